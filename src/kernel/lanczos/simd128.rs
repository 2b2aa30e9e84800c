//! Windows along a row with wasm's simd128: eight products at a time, added up in pairs by `dot`.

#![forbid(unsafe_code)]

use core::arch::wasm32::{i32x4_add, i32x4_dot_i16x8, i32x4_splat, v128};

use super::{LANES, Lanes, RowWindow, reduce_row_by};
use crate::kernel::wasm::{lanes, load_i16};

pub(super) fn reduce_row(windows: &[RowWindow], parts: [&[Lanes]; 2], shift: u32, luma: &[i16], reduced: &mut [i16]) {
    reduce_row_by(dot, windows, parts, shift, luma, reduced);
}

#[inline]
fn dot(weights: &[Lanes], pixels: &[i16]) -> i32 {
    let (pairs, rest) = weights.as_chunks::<2>();
    let (pair_pixels, pixels) = pixels.split_at(2 * LANES * pairs.len());
    let mut sums = [i32x4_splat(0); 2];
    for ([w, v], pixels) in pairs.iter().zip(pair_pixels.as_chunks::<{ 2 * LANES }>().0) {
        if let [p, q] = pixels.as_chunks().0 {
            sums = [add_products(sums[0], w, p), add_products(sums[1], v, q)];
        }
    }
    for (weights, pixels) in rest.iter().zip(pixels.as_chunks().0) {
        sums[0] = add_products(sums[0], weights, pixels);
    }
    lanes(i32x4_add(sums[0], sums[1])).into_iter().fold(0, u32::wrapping_add).cast_signed()
}

#[inline]
fn add_products(sum: v128, weights: &Lanes, pixels: &Lanes) -> v128 {
    i32x4_add(sum, i32x4_dot_i16x8(load_i16(weights), load_i16(pixels)))
}
