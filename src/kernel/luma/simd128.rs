//! Luma with wasm's simd128, sixteen pixels at a time, and sums of bytes.
//!
//! A swizzle brings the outer two colours of each pixel side by side into its 32 bits, another brings green there twice,
//! and `dot` multiplies and adds each pair: green's weight does not fit 16 bits, but its half does. What is left of a row
//! goes to [`super::scalar`].

#![expect(clippy::indexing_slicing, reason = "whole batches lie within both the row and the luma")]
#![forbid(unsafe_code)]

use core::arch::wasm32::{
    i8x16_swizzle, i16x8_narrow_i32x4, i32x4_add, i32x4_dot_i16x8, i32x4_splat, u16x8_add, u16x8_extadd_pairwise_u8x16,
    u16x8_splat, u32x4_add, u32x4_extadd_pairwise_u16x8, u32x4_shr, v128,
};

use super::{BLUE, GREEN, Layout, RED, scalar};
use crate::kernel::chunk::chunk_at;
use crate::kernel::wasm::{lanes, load, store_i16};

/// Pixels multiplied at a time.
const BATCH: usize = 16;

pub(super) fn luma(layout: Layout, row: &[u8], luma: &mut [i16]) {
    let (done, samples) = match layout {
        Layout::Rgb => (three(row, luma, RED, BLUE), 3),
        Layout::Bgr => (three(row, luma, BLUE, RED), 3),
        Layout::Rgbx => (four(row, luma, RED, BLUE), 4),
        Layout::Bgrx => (four(row, luma, BLUE, RED), 4),
    };
    scalar::luma(layout, &row[samples * done..], &mut luma[done..]);
}

/// Whole batches of pixels of three bytes; tells how many pixels those were.
#[inline]
fn three(row: &[u8], luma: &mut [i16], first: u32, third: u32) -> usize {
    // The last four pixels of a batch are read with the four bytes before them, not after.
    let (start, end) = (Swizzles::new(0, 3), Swizzles::new(4, 3));
    let mut done = 0;
    for (bytes, out) in row.as_chunks::<{ 3 * BATCH }>().0.iter().zip(luma.as_chunks_mut::<BATCH>().0) {
        let quarter = |at: usize| load(chunk_at(bytes, at));
        let four = |at: usize, swizzles: Swizzles| swizzles.weigh(quarter(at), first, third);
        store([four(0, start), four(12, start), four(24, start), four(32, end)], out);
        done += BATCH;
    }
    done
}

/// Whole batches of pixels of four bytes; tells how many pixels those were.
#[inline]
fn four(row: &[u8], luma: &mut [i16], first: u32, third: u32) -> usize {
    let swizzles = Swizzles::new(0, 4);
    let mut done = 0;
    for (bytes, out) in row.as_chunks::<{ 4 * BATCH }>().0.iter().zip(luma.as_chunks_mut::<BATCH>().0) {
        if let [a, b, c, d] = bytes.as_chunks().0 {
            store([a, b, c, d].map(|four| swizzles.weigh(load(four), first, third)), out);
        }
        done += BATCH;
    }
    done
}

/// Where the colours of four pixels lie.
#[derive(Clone, Copy)]
struct Swizzles {
    outer: v128,
    green: v128,
}

impl Swizzles {
    /// Four pixels of `samples` bytes start at byte `start`.
    fn new(start: u8, samples: u8) -> Self {
        let vector = |colors: [u8; 2]| {
            let mut bytes = [0; 16];
            for (pixel, at) in bytes.as_chunks_mut::<4>().0.iter_mut().zip((start..).step_by(samples.into())) {
                *pixel = [at + colors[0], 0x80, at + colors[1], 0x80]; // 0x80 is turned into zero
            }
            load(&bytes)
        };
        Self { outer: vector([0, 2]), green: vector([1, 1]) }
    }

    /// The luma of four pixels.
    #[inline]
    fn weigh(self, four: v128, first: u32, third: u32) -> v128 {
        let outer_weights = i32x4_splat((first | (third << 16)).cast_signed());
        let green_weights = i32x4_splat(((GREEN / 2) | ((GREEN / 2) << 16)).cast_signed());
        let outer = i32x4_dot_i16x8(i8x16_swizzle(four, self.outer), outer_weights);
        let green = i32x4_dot_i16x8(i8x16_swizzle(four, self.green), green_weights);
        u32x4_shr(i32x4_add(i32x4_add(outer, green), i32x4_splat(0x8000)), 16)
    }
}

#[inline]
fn store([a, b, c, d]: [v128; 4], luma: &mut [i16; BATCH]) {
    if let [low, high] = luma.as_chunks_mut().0 {
        store_i16(low, i16x8_narrow_i32x4(a, b));
        store_i16(high, i16x8_narrow_i32x4(c, d));
    }
}

/// Pairs of bytes are added in 16 bits, 128 times at most, which keeps those sums below 2^16.
pub(super) fn byte_sum(bytes: &[u8]) -> u64 {
    let (batches, rest) = bytes.as_chunks::<32>();
    let mut sum = 0;
    for batches in batches.chunks(128) {
        let mut sums = [u16x8_splat(0); 2];
        for batch in batches {
            for (sum, bytes) in sums.iter_mut().zip(batch.as_chunks().0) {
                *sum = u16x8_add(*sum, u16x8_extadd_pairwise_u8x16(load(bytes)));
            }
        }
        let [first, second] = sums.map(|sum| u32x4_extadd_pairwise_u16x8(sum));
        sum += lanes(u32x4_add(first, second)).map(u64::from).iter().sum::<u64>();
    }
    sum + scalar::byte_sum(rest)
}
