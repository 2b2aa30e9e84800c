//! Row sums with NEON: sixteen pixels times their weights at a time.
//!
//! Weights are at most 64, pixels at most 255: two products fit 16 bits, in which they are added before all are added up
//! in 32. A load sorts the pixels by channel. Wider windows and 16-bit samples go to [`super::scalar`].

#![forbid(unsafe_code)]

use core::arch::aarch64::{
    uint8x16_t, uint8x16x3_t, uint32x4_t, vdupq_n_u32, vget_low_u8, vmlal_high_u8, vmull_u8, vpadalq_u16, vpaddq_u32,
};

use super::{Layout, RowSums, SUMS, TRIANGLES, Triangles, WIDEST, byte_weights, scalar, span};
use crate::kernel::aarch64::{lanes, load, load_three_of_fours, load_threes};
use crate::kernel::chunk::chunk_at;

#[target_feature(enable = "neon")]
pub(super) fn row_sums(row: &[u8], layout: Layout, triangles: &Triangles, sums: &mut RowSums) {
    let (is_narrow, fits) = (triangles.window <= 8, triangles.window > 1 && triangles.window <= WIDEST);
    match layout {
        Layout::Gray8 if fits && is_narrow => gray::<16>(row, triangles, sums),
        Layout::Gray8 if fits => gray::<128>(row, triangles, sums),
        Layout::Rgb8 | Layout::Bgr8 if fits && is_narrow => {
            colour::<3, 48>(row, triangles, sums, layout == Layout::Bgr8)
        }
        Layout::Rgb8 | Layout::Bgr8 if fits => colour::<3, 384>(row, triangles, sums, layout == Layout::Bgr8),
        Layout::Rgbx8 | Layout::Bgrx8 if fits && is_narrow => {
            colour::<4, 64>(row, triangles, sums, layout == Layout::Bgrx8);
        }
        Layout::Rgbx8 | Layout::Bgrx8 if fits => colour::<4, 512>(row, triangles, sums, layout == Layout::Bgrx8),
        _ => return scalar::row_sums(row, layout, triangles, sums),
    }
    scalar::tail_sums(row, layout, triangles, sums);
}

/// Grey rows; a triangle fits `SPAN` bytes.
#[target_feature(enable = "neon")]
fn gray<const SPAN: usize>(row: &[u8], triangles: &Triangles, sums: &mut RowSums) {
    let vectors = (2 * triangles.window as usize - 1).div_ceil(16);
    let weights: [u8; SPAN] = byte_weights(triangles.window);
    let mut pad = [0; SPAN];
    let mut dot = |start: u32| {
        let pixels = span(row, start as usize, &mut pad);
        let batches = pixels.as_chunks().0.iter().zip(weights.as_chunks().0).take(vectors);
        batches.fold(vdupq_n_u32(0), |sum, (pixels, weights)| add_products(sum, load(pixels), load(weights)))
    };
    let (starts, _) = triangles.starts.as_chunks::<4>();
    for (&[a, b, c, d], sums) in starts.iter().zip(sums.as_chunks_mut::<4>().0) {
        *sums = four_sums(dot(a), dot(b), dot(c), dot(d));
    }
}

/// Rows of three or four bytes a pixel; a triangle fits `SPAN` bytes.
#[target_feature(enable = "neon")]
fn colour<const BYTES: usize, const SPAN: usize>(
    row: &[u8],
    triangles: &Triangles,
    sums: &mut RowSums,
    reversed: bool,
) {
    let vectors = (2 * triangles.window as usize - 1).div_ceil(16);
    let weights: [u8; 128] = byte_weights(triangles.window);
    let mut pad = [0; SPAN];
    let (red, rest) = sums.split_at_mut(SUMS);
    let (green, blue) = rest.split_at_mut(SUMS);
    let (red, blue) = if reversed { (blue, red) } else { (red, blue) };
    let places = red.iter_mut().zip(green).zip(blue).take(TRIANGLES);
    for (((red, green), blue), &start) in places.zip(&triangles.starts) {
        let pixels = span(row, BYTES * start as usize, &mut pad);
        let mut added = [vdupq_n_u32(0); 3];
        for (pixels, weights) in pixels.chunks_exact(16 * BYTES).zip(weights.as_chunks().0).take(vectors) {
            let weights = load(weights);
            for (sum, channel) in added.iter_mut().zip(channels::<BYTES>(pixels)) {
                *sum = add_products(*sum, channel, weights);
            }
        }
        let [first, second, third] = added;
        let [first, second, third, _] = four_sums(first, second, third, vdupq_n_u32(0));
        (*red, *green, *blue) = (first, second, third);
    }
}

/// The channels of sixteen pixels of `BYTES` bytes.
#[inline]
#[target_feature(enable = "neon")]
fn channels<const BYTES: usize>(pixels: &[u8]) -> [uint8x16_t; 3] {
    let uint8x16x3_t(first, second, third) =
        if BYTES == 3 { load_threes(chunk_at(pixels, 0)) } else { load_three_of_fours(chunk_at(pixels, 0)) };
    [first, second, third]
}

#[inline]
#[target_feature(enable = "neon")]
fn add_products(sum: uint32x4_t, pixels: uint8x16_t, weights: uint8x16_t) -> uint32x4_t {
    let products = vmull_u8(vget_low_u8(pixels), vget_low_u8(weights));
    vpadalq_u16(sum, vmlal_high_u8(products, pixels, weights))
}

/// Adds the four lanes of each of four vectors: one sum each.
#[inline]
#[target_feature(enable = "neon")]
fn four_sums(a: uint32x4_t, b: uint32x4_t, c: uint32x4_t, d: uint32x4_t) -> [u32; 4] {
    lanes(vpaddq_u32(vpaddq_u32(a, b), vpaddq_u32(c, d)))
}
