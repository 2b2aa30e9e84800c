//! Row sums with AVX2: 32 bytes of pixels times 32 weights at a time.
//!
//! Weights are at most 64, pixels at most 255: two products fit 16 bits, so `maddubs` multiplies and adds pairs, and
//! `madd` by ones adds pairs of those into 32 bits. A triangle's weights need no table: `min(k + 1, 2 window - 1 - k)`
//! is two saturating additions and a minimum, once per row. Wider windows, 16-bit samples and rows too short for a
//! vector go to [`super::scalar`].

#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi32, _mm_hadd_epi32, _mm_madd_epi16, _mm_maddubs_epi16, _mm_set1_epi16,
    _mm256_add_epi32, _mm256_adds_epu8, _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_inserti128_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_min_epu8, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_subs_epu8,
};

use super::{Layout, RowSums, SUMS, TRIANGLES, Triangles, WIDEST, scalar, span};
use crate::kernel::chunk::chunk_at;
use crate::kernel::x86::{lanes, load128, load256};

#[target_feature(enable = "avx2")]
pub(super) fn row_sums(row: &[u8], layout: Layout, triangles: &Triangles, sums: &mut RowSums) {
    let (is_narrow, fits) = (triangles.window <= 8, triangles.window > 1 && triangles.window <= WIDEST);
    match layout {
        Layout::Gray8 if fits && is_narrow => gray_narrow(row, triangles, sums),
        Layout::Gray8 if fits => gray(row, triangles, sums),
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

/// The weights of positions `base + offset` of a triangle; 0 past its end.
#[inline]
#[target_feature(enable = "avx2")]
#[expect(clippy::cast_possible_truncation, reason = "a byte each, by the comment below")]
fn weights(window: u32, base: u32, offsets: __m256i) -> __m256i {
    // both below 256: windows are at most 64, and positions at most 127
    let rising = _mm256_adds_epu8(offsets, _mm256_set1_epi8((base + 1) as i8));
    let falling = _mm256_subs_epu8(_mm256_set1_epi8((2 * window - 1).saturating_sub(base) as i8), offsets);
    _mm256_min_epu8(rising, falling)
}

/// Adds the four lanes of each of four vectors: one sum each.
#[inline]
#[target_feature(enable = "avx2")]
fn four_sums(a: __m128i, b: __m128i, c: __m128i, d: __m128i) -> [u32; 4] {
    lanes(_mm_hadd_epi32(_mm_hadd_epi32(a, b), _mm_hadd_epi32(c, d)))
}

/// Grey rows with windows of at most 8: a triangle fits 16 bytes.
#[target_feature(enable = "avx2")]
fn gray_narrow(row: &[u8], triangles: &Triangles, sums: &mut RowSums) {
    let weights = _mm256_castsi256_si128(weights(triangles.window, 0, consecutive()));
    let ones = _mm_set1_epi16(1);
    let mut pad = [0; 16];
    let mut dot = |start: u32| {
        let pixels = load128(span(row, start as usize, &mut pad));
        _mm_madd_epi16(_mm_maddubs_epi16(pixels, weights), ones)
    };
    let (starts, _) = triangles.starts.as_chunks::<4>();
    for (&[a, b, c, d], sums) in starts.iter().zip(sums.as_chunks_mut::<4>().0) {
        *sums = four_sums(dot(a), dot(b), dot(c), dot(d));
    }
}

/// Grey rows with windows of at most 64: a triangle fits four times 32 bytes.
#[target_feature(enable = "avx2")]
fn gray(row: &[u8], triangles: &Triangles, sums: &mut RowSums) {
    let vectors = (2 * triangles.window as usize - 1).div_ceil(32);
    let mut weighted = [_mm256_setzero_si256(); 4];
    for (weighted, base) in weighted.iter_mut().zip((0..).step_by(32)) {
        *weighted = weights(triangles.window, base, consecutive());
    }
    let ones = _mm256_set1_epi16(1);
    let mut pad = [0; 128];
    let mut dot = |start: u32| {
        let pixels: &[u8; 128] = span(row, start as usize, &mut pad);
        let mut sum = _mm256_setzero_si256();
        for (pixels, weights) in pixels.as_chunks().0.iter().zip(&weighted).take(vectors) {
            let pairs = _mm256_maddubs_epi16(load256(pixels), *weights);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
        }
        _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1))
    };
    let (starts, _) = triangles.starts.as_chunks::<4>();
    for (&[a, b, c, d], sums) in starts.iter().zip(sums.as_chunks_mut::<4>().0) {
        *sums = four_sums(dot(a), dot(b), dot(c), dot(d));
    }
}

/// Rows of three or four bytes a pixel, where a triangle fits `SPAN` bytes: eight pixels a vector, sorted into four of each
/// channel in either half.
#[target_feature(enable = "avx2")]
fn colour<const BYTES: usize, const SPAN: usize>(
    row: &[u8],
    triangles: &Triangles,
    sums: &mut RowSums,
    reversed: bool,
) {
    /// Eight pixels, sixteen times: as many as the widest triangle has.
    const VECTORS: usize = 16;
    // Two vectors at a time: past the triangle's end weights are zero.
    let pairs = (2 * triangles.window as usize - 1).div_ceil(16);
    let mut weighted = [_mm256_setzero_si256(); VECTORS];
    for (weighted, base) in weighted.iter_mut().zip((0..).step_by(8)).take(2 * pairs) {
        *weighted = weights(triangles.window, base, by_channel());
    }
    let weighted = weighted.as_chunks::<2>().0.split_at(pairs).0;
    let sort = sorting::<BYTES>();
    let ones = _mm256_set1_epi16(1);
    let mut pad = [0; SPAN];
    let (red, rest) = sums.split_at_mut(SUMS);
    let (green, blue) = rest.split_at_mut(SUMS);
    let (red, blue) = if reversed { (blue, red) } else { (red, blue) };
    let places = red.iter_mut().zip(green).zip(blue).take(TRIANGLES);
    for (((red, green), blue), &start) in places.zip(&triangles.starts) {
        let pixels = span(row, BYTES * start as usize, &mut pad);
        let (mut sum, mut other) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (pixels, [even, odd]) in pixels.chunks_exact(16 * BYTES).zip(weighted) {
            let (first, second) = (eight::<BYTES>(pixels, 0), eight::<BYTES>(pixels, 8 * BYTES));
            let first = _mm256_maddubs_epi16(_mm256_shuffle_epi8(first, sort), *even);
            let second = _mm256_maddubs_epi16(_mm256_shuffle_epi8(second, sort), *odd);
            sum = _mm256_add_epi32(sum, _mm256_madd_epi16(first, ones));
            other = _mm256_add_epi32(other, _mm256_madd_epi16(second, ones));
        }
        let sum = _mm256_add_epi32(sum, other);
        let [first, second, third, _] =
            lanes(_mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1)));
        (*red, *green, *blue) = (first, second, third);
    }
}

/// The first and the last 16 bytes of the eight pixels from byte `at` on, a half each.
#[inline]
#[target_feature(enable = "avx2")]
fn eight<const BYTES: usize>(pixels: &[u8], at: usize) -> __m256i {
    let (low, high) = (load128(chunk_at(pixels, at)), load128(chunk_at(pixels, at + 8 * BYTES - 16)));
    _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1)
}

/// 0 to 31.
#[inline]
#[target_feature(enable = "avx2")]
fn consecutive() -> __m256i {
    _mm256_setr_epi8(
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29,
        30, 31,
    )
}

/// The positions of the pixels in a sorted vector: 0 to 3 for each channel, then 4 to 7.
#[inline]
#[target_feature(enable = "avx2")]
fn by_channel() -> __m256i {
    _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7)
}

/// Where the samples of four pixels lie, channel after channel; the fourth channel is cleared.
///
/// Of three bytes a pixel, the first half holds pixels 0 to 3 at its start, the second pixels 4 to 7 at its end.
#[inline]
#[target_feature(enable = "avx2")]
fn sorting<const BYTES: usize>() -> __m256i {
    if BYTES == 3 {
        _mm256_setr_epi8(
            0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1, 4, 7, 10, 13, 5, 8, 11, 14, 6, 9, 12, 15, -1, -1, -1,
            -1,
        )
    } else {
        _mm256_setr_epi8(
            0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1, -1, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, -1, -1, -1,
            -1,
        )
    }
}
