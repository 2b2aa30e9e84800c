//! Groups with AVX2: one shuffle brings two pixels to each of eight outputs, and `madd` multiplies and adds them.

#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm_max_epi16, _mm_min_epi16, _mm_packs_epi32, _mm_set1_epi16, _mm_setzero_si128,
    _mm256_add_epi32, _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_inserti128_si256, _mm256_madd_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_sll_epi32, _mm256_srai_epi32,
};

use super::{GROUP, Group, PairWeights, SPAN};
use crate::kernel::chunk::chunk_at;
use crate::kernel::lanczos::{FRACTION_BITS, HALF};
use crate::kernel::x86::{load_16_i16, load128, load256, store_8_i16};

#[target_feature(enable = "avx2")]
pub(super) fn reduce_groups(
    groups: &[Group],
    pairs: usize,
    weights: &[PairWeights],
    shift: u32,
    bytes: &[u8],
    reduced: &mut [i16],
) {
    // A loop of known length is unrolled, and its reads need no checks.
    match pairs {
        0 => reduced.fill(0),
        1 => reduce::<1>(groups, weights, shift, bytes, reduced),
        2 => reduce::<2>(groups, weights, shift, bytes, reduced),
        3 => reduce::<3>(groups, weights, shift, bytes, reduced),
        4 => reduce::<4>(groups, weights, shift, bytes, reduced),
        5 => reduce::<5>(groups, weights, shift, bytes, reduced),
        6 => reduce::<6>(groups, weights, shift, bytes, reduced),
        7 => reduce::<7>(groups, weights, shift, bytes, reduced),
        8 => reduce::<8>(groups, weights, shift, bytes, reduced),
        9 => reduce::<9>(groups, weights, shift, bytes, reduced),
        10 => reduce::<10>(groups, weights, shift, bytes, reduced),
        11 => reduce::<11>(groups, weights, shift, bytes, reduced),
        12 => reduce::<12>(groups, weights, shift, bytes, reduced),
        13 => reduce::<13>(groups, weights, shift, bytes, reduced),
        _ => reduce::<14>(groups, weights, shift, bytes, reduced),
    }
}

#[target_feature(enable = "avx2")]
fn reduce<const PAIRS: usize>(
    groups: &[Group],
    weights: &[PairWeights],
    shift: u32,
    bytes: &[u8],
    reduced: &mut [i16],
) {
    let shift = _mm_cvtsi32_si128(shift.cast_signed());
    let outs = reduced.as_chunks_mut::<GROUP>().0;
    for ((group, weights), out) in groups.iter().zip(weights.as_chunks::<PAIRS>().0).zip(outs) {
        let shuffle = load256(&group.shuffle);
        // Spelled out, as a closure within `map` is compiled without AVX2, and called.
        let [left, right] = group.starts;
        let (left, right) = (chunk_at(bytes, left), chunk_at(bytes, right));
        let (mut highs, mut lows) = (_mm256_setzero_si256(), _mm256_set1_epi32(HALF));
        for (pair, [high, low]) in weights.iter().enumerate() {
            let pixels = _mm256_shuffle_epi8(sixteen(left, right, 2 * pair), shuffle);
            highs = _mm256_add_epi32(highs, _mm256_madd_epi16(pixels, load_16_i16(high)));
            lows = _mm256_add_epi32(lows, _mm256_madd_epi16(pixels, load_16_i16(low)));
        }
        let sums = _mm256_add_epi32(_mm256_sll_epi32(highs, shift), lows);
        let rounded = _mm256_srai_epi32::<{ FRACTION_BITS.cast_signed() }>(sums);
        let narrow = _mm_packs_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256::<1>(rounded));
        store_8_i16(out, _mm_max_epi16(_mm_min_epi16(narrow, _mm_set1_epi16(255)), _mm_setzero_si128()));
    }
}

/// Sixteen bytes from `at` on of either half.
#[inline]
#[target_feature(enable = "avx2")]
fn sixteen(left: &[u8; SPAN], right: &[u8; SPAN], at: usize) -> __m256i {
    let (left, right) = (load128(chunk_at(left, at)), load128(chunk_at(right, at)));
    _mm256_inserti128_si256::<1>(_mm256_castsi128_si256(left), right)
}
