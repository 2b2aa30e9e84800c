//! Moments and sums of blocks with NEON.
//!
//! The moments of eight blocks are brought together by adding neighbours in 16 bits, which no partial sum exceeds, until
//! each block has one sum.

#![forbid(unsafe_code)]

use core::arch::aarch64::{
    int32x4_t, vaddq_s32, vaddvq_s32, vdupq_n_s32, vget_low_s16, vmlal_high_s16, vmlal_s16, vmlaq_s16, vmulq_s16,
    vpaddq_s16,
};

use super::{BLOCK, BLOCKS, BlockWeights, BlockWindow, MOMENTS, Moments, scalar};
use crate::kernel::aarch64::{load_i16, store_i16};

/// Blocks brought together.
const BATCH: usize = 8;

#[target_feature(enable = "neon")]
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
#[target_feature(enable = "neon")]
fn add_up(batch: &[i16; BATCH * BLOCK], weights: &[i16; BLOCK], moments: &mut [i16; BATCH]) {
    let products = |block: &[i16; BLOCK]| match (block.as_chunks().0, weights.as_chunks().0) {
        ([p, q], [w, v]) => vmlaq_s16(vmulq_s16(load_i16(p), load_i16(w)), load_i16(q), load_i16(v)),
        _ => load_i16(&[0; 8]),
    };
    if let [a, b, c, d, e, f, g, h] = batch.as_chunks().0 {
        let left = vpaddq_s16(vpaddq_s16(products(a), products(b)), vpaddq_s16(products(c), products(d)));
        let right = vpaddq_s16(vpaddq_s16(products(e), products(f)), vpaddq_s16(products(g), products(h)));
        store_i16(moments, vpaddq_s16(left, right));
    }
}

#[target_feature(enable = "neon")]
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
        let zero = vdupq_n_s32(0);
        let (mut first, mut second, mut third) = ([zero; 2], [zero; 2], [zero; 2]);
        for ((([v, w, x], one), slope), curve) in weights.iter().zip(ones).zip(slopes).zip(curves) {
            first = add_products(first, v, one);
            second = add_products(second, w, slope);
            third = add_products(third, x, curve);
        }
        *out = [first, second, third].map(|[low, high]| vaddvq_s32(vaddq_s32(low, high)));
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn add_products([low, high]: [int32x4_t; 2], weights: &[i16; BLOCKS], moments: &[i16; BLOCKS]) -> [int32x4_t; 2] {
    weights.as_chunks().0.iter().zip(moments.as_chunks().0).fold([low, high], |[low, high], (weights, moments)| {
        let (weights, moments) = (load_i16(weights), load_i16(moments));
        [vmlal_s16(low, vget_low_s16(weights), vget_low_s16(moments)), vmlal_high_s16(high, weights, moments)]
    })
}
