//! The definition of a window's sum, in a form that the compiler vectorises.

#![forbid(unsafe_code)]

use super::{LANES, Lanes, RowWindow, reduce_row_by};

pub(super) fn reduce_row(windows: &[RowWindow], parts: [&[Lanes]; 2], shift: u32, luma: &[i16], reduced: &mut [i16]) {
    reduce_row_by(dot, windows, parts, shift, luma, reduced);
}

/// Multiplies weights and pixels and adds up. The sum fits: weights are within 2^15 and those of a window sum to 2^22.
#[inline(always)]
fn dot(weights: &[Lanes], pixels: &[i16]) -> i32 {
    // Three lengths of unrolled loop, so that the compiler adds up whole vectors and reduces them rarely.
    let (long, rest) = weights.as_flattened().as_chunks::<{ 16 * LANES }>();
    let (long_pixels, pixels) = pixels.split_at(long.as_flattened().len());
    let (middle, short) = rest.as_chunks::<{ 2 * LANES }>();
    let (middle_pixels, pixels) = pixels.split_at(middle.as_flattened().len());
    dot_chunks(long, long_pixels) + dot_chunks(middle, middle_pixels) + dot_chunks(short.as_chunks::<LANES>().0, pixels)
}

#[inline(always)]
fn dot_chunks<const LEN: usize>(weights: &[[i16; LEN]], pixels: &[i16]) -> i32 {
    let mut sum = 0;
    for (weights, pixels) in weights.iter().zip(pixels.as_chunks::<LEN>().0) {
        sum += weights.iter().zip(pixels).map(|(weight, pixel)| i32::from(*weight) * i32::from(*pixel)).sum::<i32>();
    }
    sum
}
