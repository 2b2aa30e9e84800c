//! Luma with AVX2, sixteen pixels at a time, and sums of bytes.
//!
//! A shuffle brings the outer two colours of each pixel side by side into its 32 bits, another brings green there twice,
//! and `madd` multiplies and adds each pair: green's weight does not fit 16 bits, but its half does. What is left of a row
//! goes to [`super::scalar`].

#![expect(clippy::indexing_slicing, reason = "whole batches lie within both the row and the luma")]
#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi64, _mm_cvtsi128_si64, _mm_unpackhi_epi64, _mm256_add_epi32, _mm256_add_epi64,
    _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_inserti128_si256,
    _mm256_madd_epi16, _mm256_packus_epi32, _mm256_sad_epu8, _mm256_set1_epi32, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_srli_epi32,
};

use super::{BLUE, GREEN, Layout, RED, scalar};
use crate::kernel::chunk::chunk_at;
use crate::kernel::x86::{load128, load256, store_i16};

/// Pixels multiplied at a time.
const BATCH: usize = 16;

#[target_feature(enable = "avx2")]
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
#[target_feature(enable = "avx2")]
fn three(row: &[u8], luma: &mut [i16], first: u32, third: u32) -> usize {
    // The last four pixels of a batch are read with the four bytes before them, not after.
    let (low, high) = (Shuffles::new([0, 0], 3), Shuffles::new([0, 4], 3));
    let mut done = 0;
    for (bytes, out) in row.as_chunks::<{ 3 * BATCH }>().0.iter().zip(luma.as_chunks_mut().0) {
        let quarter = |at: usize| load128(chunk_at(bytes, at));
        let halves = [joined(quarter(0), quarter(24)), joined(quarter(12), quarter(32))];
        store_i16(out, weigh(halves, [low, high], first, third));
        done += BATCH;
    }
    done
}

/// Whole batches of pixels of four bytes; tells how many pixels those were.
#[inline]
#[target_feature(enable = "avx2")]
fn four(row: &[u8], luma: &mut [i16], first: u32, third: u32) -> usize {
    let shuffles = Shuffles::new([0, 0], 4);
    let mut done = 0;
    for (bytes, out) in row.as_chunks::<{ 4 * BATCH }>().0.iter().zip(luma.as_chunks_mut().0) {
        if let [a, b, c, d] = bytes.as_chunks().0 {
            let halves = [joined(load128(a), load128(c)), joined(load128(b), load128(d))];
            store_i16(out, weigh(halves, [shuffles; 2], first, third));
        }
        done += BATCH;
    }
    done
}

/// Where the colours of four pixels lie, in each half of a vector.
#[derive(Clone, Copy)]
struct Shuffles {
    outer: __m256i,
    green: __m256i,
}

impl Shuffles {
    /// Four pixels of `samples` bytes start at byte `starts` of each half.
    #[target_feature(enable = "avx2")]
    fn new(starts: [u8; 2], samples: u8) -> Self {
        let vector = |colors: [u8; 2]| {
            let mut bytes = [0x80; 32]; // which a shuffle turns into zero
            for (half, start) in bytes.as_chunks_mut::<16>().0.iter_mut().zip(starts) {
                for (pixel, at) in half.as_chunks_mut::<4>().0.iter_mut().zip((start..).step_by(samples.into())) {
                    *pixel = [at + colors[0], 0x80, at + colors[1], 0x80];
                }
            }
            load256(&bytes)
        };
        Self { outer: vector([0, 2]), green: vector([1, 1]) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn weigh(halves: [__m256i; 2], shuffles: [Shuffles; 2], first: u32, third: u32) -> __m256i {
    let outer_weights = _mm256_set1_epi32((first | (third << 16)).cast_signed());
    let green_weights = _mm256_set1_epi32(((GREEN / 2) | ((GREEN / 2) << 16)).cast_signed());
    let one = |half: __m256i, shuffle: Shuffles| {
        let outer = _mm256_madd_epi16(_mm256_shuffle_epi8(half, shuffle.outer), outer_weights);
        let green = _mm256_madd_epi16(_mm256_shuffle_epi8(half, shuffle.green), green_weights);
        _mm256_srli_epi32::<16>(_mm256_add_epi32(_mm256_add_epi32(outer, green), _mm256_set1_epi32(0x8000)))
    };
    // Packing works in halves: pixels 0 to 3 and 8 to 11 are in the first vector, the others in the second.
    _mm256_packus_epi32(one(halves[0], shuffles[0]), one(halves[1], shuffles[1]))
}

#[inline]
#[target_feature(enable = "avx2")]
fn joined(low: __m128i, high: __m128i) -> __m256i {
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(low), high)
}

/// Differences from zero, added up eight bytes at a time.
#[target_feature(enable = "avx2")]
pub(super) fn byte_sum(bytes: &[u8]) -> u64 {
    let zero = _mm256_setzero_si256();
    let (fours, rest) = bytes.as_chunks::<128>();
    let (mut first, mut second) = (zero, zero);
    for four in fours {
        if let [a, b, c, d] = four.as_chunks().0 {
            let pairs = [
                _mm256_add_epi64(_mm256_sad_epu8(load256(a), zero), _mm256_sad_epu8(load256(b), zero)),
                _mm256_add_epi64(_mm256_sad_epu8(load256(c), zero), _mm256_sad_epu8(load256(d), zero)),
            ];
            (first, second) = (_mm256_add_epi64(first, pairs[0]), _mm256_add_epi64(second, pairs[1]));
        }
    }
    let sum = _mm256_add_epi64(first, second);
    let sum = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    let sum = _mm_cvtsi128_si64(_mm_add_epi64(sum, _mm_unpackhi_epi64(sum, sum)));
    sum.cast_unsigned() + scalar::byte_sum(rest)
}
