//! Luma with NEON, sixteen pixels at a time, and sums of bytes.
//!
//! A load sorts the pixels by channel; the weights fit 16 bits without a sign, and rounding is part of the narrowing. What
//! is left of a row goes to [`super::scalar`].

#![expect(clippy::indexing_slicing, reason = "whole batches lie within both the row and the luma")]
#![forbid(unsafe_code)]

use core::arch::aarch64::{
    uint8x16_t, uint8x16x3_t, uint16x8_t, vaddlvq_u16, vdup_n_u16, vdupq_n_u16, vget_low_u8, vget_low_u16,
    vmlal_high_u16, vmlal_u16, vmovl_high_u8, vmovl_u8, vmull_high_u16, vmull_u16, vpadalq_u8, vreinterpretq_s16_u16,
    vrshrn_high_n_u32, vrshrn_n_u32,
};

use super::{BLUE, GREEN, Layout, RED, scalar};
use crate::kernel::aarch64::{load, load_three_of_fours, load_threes, store_i16};

/// Pixels multiplied at a time.
const BATCH: usize = 16;
#[expect(clippy::cast_possible_truncation, reason = "the weights sum to 2^16")]
const COLOURS: [u16; 3] = [RED as u16, GREEN as u16, BLUE as u16];
const REVERSED: [u16; 3] = [COLOURS[2], COLOURS[1], COLOURS[0]];

#[target_feature(enable = "neon")]
pub(super) fn luma(layout: Layout, row: &[u8], luma: &mut [i16]) {
    let (done, samples) = match layout {
        Layout::Rgb => (three(row, luma, COLOURS), 3),
        Layout::Bgr => (three(row, luma, REVERSED), 3),
        Layout::Rgbx => (four(row, luma, COLOURS), 4),
        Layout::Bgrx => (four(row, luma, REVERSED), 4),
    };
    scalar::luma(layout, &row[samples * done..], &mut luma[done..]);
}

/// Whole batches of pixels of three bytes; tells how many pixels those were.
#[inline]
#[target_feature(enable = "neon")]
fn three(row: &[u8], luma: &mut [i16], weights: [u16; 3]) -> usize {
    let mut done = 0;
    for (bytes, out) in row.as_chunks().0.iter().zip(luma.as_chunks_mut().0) {
        let uint8x16x3_t(first, second, third) = load_threes(bytes);
        weigh([first, second, third], weights, out);
        done += BATCH;
    }
    done
}

/// Whole batches of pixels of four bytes; tells how many pixels those were.
#[inline]
#[target_feature(enable = "neon")]
fn four(row: &[u8], luma: &mut [i16], weights: [u16; 3]) -> usize {
    let mut done = 0;
    for (bytes, out) in row.as_chunks().0.iter().zip(luma.as_chunks_mut().0) {
        let uint8x16x3_t(first, second, third) = load_three_of_fours(bytes);
        weigh([first, second, third], weights, out);
        done += BATCH;
    }
    done
}

#[inline]
#[target_feature(enable = "neon")]
fn weigh(channels: [uint8x16_t; 3], weights: [u16; 3], luma: &mut [i16; BATCH]) {
    if let [low, high] = luma.as_chunks_mut().0 {
        let one = |channels, out| store_i16(out, vreinterpretq_s16_u16(weigh_eight(channels, weights)));
        one(channels.map(|channel| vmovl_u8(vget_low_u8(channel))), low);
        one(channels.map(|channel| vmovl_high_u8(channel)), high);
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn weigh_eight([first, second, third]: [uint16x8_t; 3], weights: [u16; 3]) -> uint16x8_t {
    let [x, y, z] = weights;
    let low = vmull_u16(vget_low_u16(first), vdup_n_u16(x));
    let low = vmlal_u16(low, vget_low_u16(second), vdup_n_u16(y));
    let low = vmlal_u16(low, vget_low_u16(third), vdup_n_u16(z));
    let high = vmull_high_u16(first, vdupq_n_u16(x));
    let high = vmlal_high_u16(high, second, vdupq_n_u16(y));
    let high = vmlal_high_u16(high, third, vdupq_n_u16(z));
    vrshrn_high_n_u32::<16>(vrshrn_n_u32::<16>(low), high)
}

/// Pairs of bytes are added to sums of 16 bits, 128 times at most, which keeps those below 2^16.
#[target_feature(enable = "neon")]
pub(super) fn byte_sum(bytes: &[u8]) -> u64 {
    let (batches, rest) = bytes.as_chunks::<64>();
    let mut sum = 0;
    for batches in batches.chunks(128) {
        let mut sums = [vdupq_n_u16(0); 4];
        for batch in batches {
            for (sum, bytes) in sums.iter_mut().zip(batch.as_chunks().0) {
                *sum = vpadalq_u8(*sum, load(bytes));
            }
        }
        sum += sums.map(|sum| u64::from(vaddlvq_u16(sum))).iter().sum::<u64>();
    }
    sum + scalar::byte_sum(rest)
}
