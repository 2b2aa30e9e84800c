//! Moments and sums of blocks with wasm's simd128.
//!
//! `dot` multiplies half a block by the weights of a moment and leaves four sums of pairs. Those of eight blocks are
//! brought together by adding neighbours, until each block has one sum.

#![forbid(unsafe_code)]

use core::arch::wasm32::{i16x8_narrow_i32x4, i32x4_add, i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat, v128};

use super::{BLOCK, BLOCKS, BlockWeights, BlockWindow, MOMENTS, Moments, scalar};
use crate::kernel::wasm::{lanes, load_i16, store_i16};

/// Blocks brought together.
const BATCH: usize = 8;

pub(super) fn moments(pixels: &[i16], moments: [&mut [i16]; 3]) {
    let (batches, rest) = pixels.as_chunks::<{ BATCH * BLOCK }>();
    let [first, second, third] =
        moments.map(|moments| moments.split_at_mut_checked(BATCH * batches.len()).unwrap_or_default());
    let outs = first.0.as_chunks_mut().0.iter_mut().zip(second.0.as_chunks_mut().0).zip(third.0.as_chunks_mut().0);
    for (batch, ((first, second), third)) in batches.iter().zip(outs) {
        let [one, slope, curve] = MOMENTS;
        add_up(batch, &one, first);
        add_up(batch, &slope, second);
        add_up(batch, &curve, third);
    }
    scalar::moments(rest, [first.1, second.1, third.1]);
}

/// One moment of eight blocks.
#[inline]
fn add_up(batch: &[i16; BATCH * BLOCK], weights: &[i16; BLOCK], moments: &mut [i16; BATCH]) {
    let products = |block: &[i16; BLOCK]| add_products(i32x4_splat(0), weights, block);
    if let [a, b, c, d, e, f, g, h] = batch.as_chunks().0 {
        let left = pairs(pairs(products(a), products(b)), pairs(products(c), products(d)));
        let right = pairs(pairs(products(e), products(f)), pairs(products(g), products(h)));
        store_i16(moments, i16x8_narrow_i32x4(left, right));
    }
}

pub(super) fn block_sums(
    windows: &[BlockWindow],
    weights: &[BlockWeights],
    moments: Moments<'_>,
    sums: &mut [[i32; 3]],
) {
    let mut start = 0;
    for (window, out) in windows.iter().zip(sums) {
        let weights = weights.get(start..window.weights_end).unwrap_or_default();
        start = window.weights_end;
        let [ones, slopes, curves] = moments.map(|plane| plane.get(window.first..).unwrap_or_default().as_chunks().0);
        let zero = i32x4_splat(0);
        let (mut first, mut second, mut third) = (zero, zero, zero);
        for ((([v, w, x], one), slope), curve) in weights.iter().zip(ones).zip(slopes).zip(curves) {
            first = add_products(first, v, one);
            second = add_products(second, w, slope);
            third = add_products(third, x, curve);
        }
        let [first, second, third, _] = lanes(pairs(pairs(first, second), pairs(third, zero)));
        *out = [first, second, third].map(u32::cast_signed);
    }
}

#[inline]
fn add_products(sum: v128, weights: &[i16; BLOCKS], values: &[i16; BLOCKS]) -> v128 {
    weights
        .as_chunks()
        .0
        .iter()
        .zip(values.as_chunks().0)
        .fold(sum, |sum, (weights, values)| i32x4_add(sum, i32x4_dot_i16x8(load_i16(weights), load_i16(values))))
}

/// Adds neighbours: first those of `a`, then those of `b`.
#[inline]
fn pairs(a: v128, b: v128) -> v128 {
    i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(a, b), i32x4_shuffle::<1, 3, 5, 7>(a, b))
}
