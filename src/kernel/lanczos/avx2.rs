//! Windows along a row with AVX2: sixteen products at a time, added up in pairs by `madd`.

#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_madd_epi16, _mm_shuffle_epi32, _mm256_add_epi32,
    _mm256_castsi256_si128, _mm256_extracti128_si256, _mm256_madd_epi16, _mm256_setzero_si256,
};

use super::{LANES, Lanes, RowWindow, reduce_row_by};
use crate::kernel::x86::{load_8_i16, load_16_i16};

#[target_feature(enable = "avx2")]
pub(super) fn reduce_row(windows: &[RowWindow], parts: [&[Lanes]; 2], shift: u32, luma: &[i16], reduced: &mut [i16]) {
    reduce_row_by(|weights, pixels| dot(weights, pixels), windows, parts, shift, luma, reduced);
}

#[inline]
#[target_feature(enable = "avx2")]
fn dot(weights: &[Lanes], pixels: &[i16]) -> i32 {
    let (long, rest) = weights.as_flattened().as_chunks::<{ 4 * LANES }>();
    let (long_pixels, pixels) = pixels.split_at(long.as_flattened().len());
    let mut sums = [_mm256_setzero_si256(); 2];
    for (weights, pixels) in long.iter().zip(long_pixels.as_chunks::<{ 4 * LANES }>().0) {
        if let ([w, v], [p, q]) = (weights.as_chunks().0, pixels.as_chunks().0) {
            sums = [add_products(sums[0], w, p), add_products(sums[1], v, q)];
        }
    }
    let (middle, short) = rest.as_chunks::<{ 2 * LANES }>();
    let (middle_pixels, pixels) = pixels.split_at(middle.as_flattened().len());
    for (weights, pixels) in middle.iter().zip(middle_pixels.as_chunks().0) {
        sums[0] = add_products(sums[0], weights, pixels);
    }
    let sum = _mm256_add_epi32(sums[0], sums[1]);
    let mut sum = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    for (weights, pixels) in short.as_chunks().0.iter().zip(pixels.as_chunks().0) {
        sum = _mm_add_epi32(sum, _mm_madd_epi16(load_8_i16(weights), load_8_i16(pixels)));
    }
    let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b01_00_11_10>(sum));
    _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32::<0b10_11_00_01>(sum)))
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_products(sum: __m256i, weights: &[i16; 16], pixels: &[i16; 16]) -> __m256i {
    _mm256_add_epi32(sum, _mm256_madd_epi16(load_16_i16(weights), load_16_i16(pixels)))
}
