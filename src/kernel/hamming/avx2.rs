//! Hamming distances with AVX2: sixteen hashes at a time.
//!
//! A shuffle looks up how many bits each nibble has (Muła, "SSSE3: fast popcount"), `sad` adds the counts of eight bytes.
//! Of a hash of 64 bits that is the distance; of one of 256 bits four such sums remain, which are added for sixteen
//! hashes at once, each in 16 bits of its own. Other lengths go to [`super::scalar`].

#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_add_epi64, _mm256_and_si256, _mm256_castsi256_pd, _mm256_cmpgt_epi16,
    _mm256_cmpgt_epi64, _mm256_movemask_epi8, _mm256_movemask_pd, _mm256_or_si256, _mm256_packs_epi16,
    _mm256_permute2x128_si256, _mm256_permute4x64_epi64, _mm256_sad_epu8, _mm256_set1_epi8, _mm256_set1_epi16,
    _mm256_set1_epi64x, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi64,
    _mm256_srli_epi16, _mm256_unpackhi_epi64, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::within_by;
use crate::kernel::x86::load256;

/// As [`super::scalar::within`].
#[target_feature(enable = "avx2")]
pub(super) fn within<const N: usize>(needle: &[u8; N], hashes: &[[u8; N]], radius: u32) -> u64 {
    within_by(
        |needle, fours, radius| within_64(needle, fours, radius),
        |needle, fours, radius| within_256(needle, fours, radius),
        needle,
        hashes,
        radius,
    )
}

/// Four times four hashes of 64 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn within_64(needle: &[u8; 8], fours: [&[u8; 32]; 4], radius: u16) -> u16 {
    let needle = _mm256_set1_epi64x(i64::from_le_bytes(*needle));
    let radius = _mm256_set1_epi64x(radius.into());
    let mut outside = 0;
    for four in fours.into_iter().rev() {
        let is_outside = _mm256_cmpgt_epi64(eights(needle, load256(four)), radius);
        outside = outside << 4 | _mm256_movemask_pd(_mm256_castsi256_pd(is_outside));
    }
    low_half(!outside)
}

/// Four times four hashes of 256 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn within_256(needle: &[u8; 32], fours: [&[u8; 128]; 4], radius: u16) -> u16 {
    let needle = load256(needle);
    let [a, b, c, d] = fours.map(|four| sums_of_four(needle, four));
    // from sums over a quarter of each hash to sums over a half, and over the whole
    let (left, right) = (halves(a, b), halves(c, d));
    let sums = _mm256_add_epi64(
        _mm256_permute2x128_si256::<0x20>(left, right),
        _mm256_permute2x128_si256::<0x31>(left, right),
    );
    let is_outside = _mm256_cmpgt_epi16(sums, _mm256_set1_epi16(radius.cast_signed()));
    // packing works in halves: the middle quarters change places
    let bytes = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi16(is_outside, _mm256_setzero_si256()));
    low_half(!_mm256_movemask_epi8(bytes))
}

/// Four hashes of 256 bits: in each 64 bits four sums of 16, over a quarter of each hash.
#[inline]
#[target_feature(enable = "avx2")]
fn sums_of_four(needle: __m256i, four: &[u8; 128]) -> __m256i {
    let mut sums = _mm256_setzero_si256();
    for hash in four.as_chunks::<32>().0.iter().rev() {
        sums = _mm256_or_si256(_mm256_slli_epi64::<16>(sums), eights(needle, load256(hash)));
    }
    sums
}

/// Adds the quarters of each half: those of `a` to the even places, those of `b` to the odd ones.
#[inline]
#[target_feature(enable = "avx2")]
fn halves(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b))
}

/// Counts the bits in which two vectors differ, in each eight bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn eights(a: __m256i, b: __m256i) -> __m256i {
    let counts = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    );
    let nibble = _mm256_set1_epi8(0x0f);
    let different = _mm256_xor_si256(a, b);
    let low = _mm256_shuffle_epi8(counts, _mm256_and_si256(different, nibble));
    let high = _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16::<4>(different), nibble));
    _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256())
}

#[inline]
const fn low_half(bits: i32) -> u16 {
    let [low, high, ..] = bits.to_le_bytes();
    u16::from_le_bytes([low, high])
}
