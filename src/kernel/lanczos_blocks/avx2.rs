//! Moments and sums of blocks with AVX2.
//!
//! `madd` multiplies a block by the weights of a moment and leaves eight sums of pairs. Those of eight blocks are brought
//! together by packing two vectors into one of 16 bits, which no partial sum exceeds, and adding neighbours, again by
//! `madd`, until each block has one sum.

#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm_add_epi16, _mm_add_epi32, _mm256_add_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_packs_epi32, _mm256_set1_epi16, _mm256_setzero_si256,
};

use super::{BLOCK, BlockWeights, BlockWindow, MOMENTS, Moments, scalar};
use crate::kernel::x86::{lanes, load_16_i16, store_8_i16};

/// Blocks brought together.
const BATCH: usize = 8;

#[target_feature(enable = "avx2")]
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
#[target_feature(enable = "avx2")]
fn add_up(batch: &[i16; BATCH * BLOCK], weights: &[i16; BLOCK], moments: &mut [i16; BATCH]) {
    let weights = load_16_i16(weights);
    let products = |block: &[i16; BLOCK]| _mm256_madd_epi16(load_16_i16(block), weights);
    if let [a, b, c, d, e, f, g, h] = batch.as_chunks::<BLOCK>().0 {
        // Either half of a vector has half of the sums of its blocks.
        let left = joined(joined(products(a), products(b)), joined(products(c), products(d)));
        let right = joined(joined(products(e), products(f)), joined(products(g), products(h)));
        let halves = _mm256_packs_epi32(left, right);
        store_8_i16(moments, _mm_add_epi16(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves)));
    }
}

/// The sums of neighbours in two vectors, in each half first those of the first.
#[inline]
#[target_feature(enable = "avx2")]
fn joined(first: __m256i, second: __m256i) -> __m256i {
    _mm256_madd_epi16(_mm256_packs_epi32(first, second), _mm256_set1_epi16(1))
}

#[target_feature(enable = "avx2")]
pub(super) fn block_sums(
    windows: &[BlockWindow],
    weights: &[BlockWeights],
    moments: Moments<'_>,
    sums: &mut [[i32; 3]],
) {
    let [ones, slopes, curves] = moments;
    let mut start = 0;
    for (window, out) in windows.iter().zip(sums) {
        let weights = weights.get(start..window.weights_end).unwrap_or_default();
        start = window.weights_end;
        // Spelled out, as a closure within `map` is compiled without AVX2, and called.
        let ones = ones.get(window.first..).unwrap_or_default().as_chunks().0;
        let slopes = slopes.get(window.first..).unwrap_or_default().as_chunks().0;
        let curves = curves.get(window.first..).unwrap_or_default().as_chunks().0;
        let (mut first, mut second, mut third) =
            (_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256());
        for ((([v, w, x], one), slope), curve) in weights.iter().zip(ones).zip(slopes).zip(curves) {
            first = _mm256_add_epi32(first, _mm256_madd_epi16(load_16_i16(v), load_16_i16(one)));
            second = _mm256_add_epi32(second, _mm256_madd_epi16(load_16_i16(w), load_16_i16(slope)));
            third = _mm256_add_epi32(third, _mm256_madd_epi16(load_16_i16(x), load_16_i16(curve)));
        }
        let pairs = [_mm256_hadd_epi32(first, second), _mm256_hadd_epi32(third, third)];
        let halves = _mm256_hadd_epi32(pairs[0], pairs[1]);
        let all = _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves));
        let [first, second, third, _] = lanes(all);
        *out = [first.cast_signed(), second.cast_signed(), third.cast_signed()];
    }
}
