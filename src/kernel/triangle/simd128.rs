//! Row sums with wasm's simd128: sixteen pixels times their weights at a time.
//!
//! Weights are at most 64, pixels at most 255: two products fit 16 bits, in which they are added before all are added up
//! in 32. Of colours it is four pixels at a time, sorted by channel in a shuffle. Wider windows and 16-bit samples go to [`super::scalar`].

#![forbid(unsafe_code)]

use core::arch::wasm32::{
    i8x16_shuffle, i32x4_add, i32x4_shuffle, u16x8_add, u16x8_extmul_high_u8x16, u16x8_extmul_low_u8x16,
    u32x4_extadd_pairwise_u16x8, u32x4_splat, v128,
};

use super::{Layout, RowSums, SUMS, TRIANGLES, Triangles, WIDEST, byte_weights, scalar, span};
use crate::kernel::chunk::chunk_at;
use crate::kernel::wasm::{lanes, load};

pub(super) fn row_sums(row: &[u8], layout: Layout, triangles: &Triangles, sums: &mut RowSums) {
    // of three bytes a pixel, the last four pixels are read with four more bytes
    let (is_narrow, fits) = (triangles.window <= 8, triangles.window > 1 && triangles.window <= WIDEST);
    match layout {
        Layout::Gray8 if fits && is_narrow => gray::<16>(row, triangles, sums),
        Layout::Gray8 if fits => gray::<128>(row, triangles, sums),
        Layout::Rgb8 | Layout::Bgr8 if fits && is_narrow => {
            colour::<3, 52>(row, triangles, sums, layout == Layout::Bgr8)
        }
        Layout::Rgb8 | Layout::Bgr8 if fits => colour::<3, 388>(row, triangles, sums, layout == Layout::Bgr8),
        Layout::Rgbx8 | Layout::Bgrx8 if fits && is_narrow => {
            colour::<4, 64>(row, triangles, sums, layout == Layout::Bgrx8);
        }
        Layout::Rgbx8 | Layout::Bgrx8 if fits => colour::<4, 512>(row, triangles, sums, layout == Layout::Bgrx8),
        _ => return scalar::row_sums(row, layout, triangles, sums),
    }
    scalar::tail_sums(row, layout, triangles, sums);
}

/// Grey rows; a triangle fits `SPAN` bytes.
fn gray<const SPAN: usize>(row: &[u8], triangles: &Triangles, sums: &mut RowSums) {
    let vectors = (2 * triangles.window as usize - 1).div_ceil(16);
    let weights: [u8; SPAN] = byte_weights(triangles.window);
    let mut pad = [0; SPAN];
    let mut dot = |start: u32| {
        let pixels = span(row, start as usize, &mut pad);
        let batches = pixels.as_chunks().0.iter().zip(weights.as_chunks().0).take(vectors);
        batches.fold(u32x4_splat(0), |sum, (pixels, weights)| add_products(sum, load(pixels), load(weights)))
    };
    let (starts, _) = triangles.starts.as_chunks::<4>();
    for (&[a, b, c, d], sums) in starts.iter().zip(sums.as_chunks_mut::<4>().0) {
        *sums = four_sums(dot(a), dot(b), dot(c), dot(d));
    }
}

/// Rows of three or four bytes a pixel; a triangle fits `SPAN` bytes. Four pixels at a time are sorted by channel.
fn colour<const BYTES: usize, const SPAN: usize>(
    row: &[u8],
    triangles: &Triangles,
    sums: &mut RowSums,
    reversed: bool,
) {
    let weights: [u8; 128] = byte_weights(triangles.window);
    let fours = (2 * triangles.window as usize - 1).div_ceil(4);
    let weights = weights.as_chunks::<4>().0.split_at(fours).0;
    let mut pad = [0; SPAN];
    let (red, rest) = sums.split_at_mut(SUMS);
    let (green, blue) = rest.split_at_mut(SUMS);
    let (red, blue) = if reversed { (blue, red) } else { (red, blue) };
    let places = red.iter_mut().zip(green).zip(blue).take(TRIANGLES);
    for (((red, green), blue), &start) in places.zip(&triangles.starts) {
        let pixels = span(row, BYTES * start as usize, &mut pad);
        let mut pixels = pixels.windows(16).step_by(4 * BYTES);
        let zero = u32x4_splat(0);
        // first and second channel, third and fourth
        let (mut left, mut right) = (zero, zero);
        // four products fit 16 bits
        for weights in weights.chunks(4) {
            let (mut low, mut high) = (zero, zero);
            for (&weights, pixels) in weights.iter().zip(&mut pixels) {
                let channels = sorted::<BYTES>(load(chunk_at(pixels, 0)));
                let weights = u32x4_splat(u32::from_le_bytes(weights));
                low = u16x8_add(low, u16x8_extmul_low_u8x16(channels, weights));
                high = u16x8_add(high, u16x8_extmul_high_u8x16(channels, weights));
            }
            left = i32x4_add(left, u32x4_extadd_pairwise_u16x8(low));
            right = i32x4_add(right, u32x4_extadd_pairwise_u16x8(high));
        }
        let [first, second, third, _] = lanes(pairs(left, right));
        (*red, *green, *blue) = (first, second, third);
    }
}

/// Sorts four pixels by channel; behind three bytes a pixel follows something of no account.
#[inline]
fn sorted<const BYTES: usize>(pixels: v128) -> v128 {
    if BYTES == 3 {
        i8x16_shuffle::<0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 12, 13, 14, 15>(pixels, pixels)
    } else {
        i8x16_shuffle::<0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15>(pixels, pixels)
    }
}

#[inline]
fn add_products(sum: v128, pixels: v128, weights: v128) -> v128 {
    let (low, high) = (u16x8_extmul_low_u8x16(pixels, weights), u16x8_extmul_high_u8x16(pixels, weights));
    i32x4_add(sum, u32x4_extadd_pairwise_u16x8(u16x8_add(low, high)))
}

/// Adds the four lanes of each of four vectors: one sum each.
#[inline]
fn four_sums(a: v128, b: v128, c: v128, d: v128) -> [u32; 4] {
    lanes(pairs(pairs(a, b), pairs(c, d)))
}

/// Adds neighbours: first those of `a`, then those of `b`.
#[inline]
fn pairs(a: v128, b: v128) -> v128 {
    i32x4_add(i32x4_shuffle::<0, 2, 4, 6>(a, b), i32x4_shuffle::<1, 3, 5, 7>(a, b))
}
