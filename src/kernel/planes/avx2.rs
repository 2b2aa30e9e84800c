//! Distances from planes with AVX2: all 256 hashes at a time.

#![expect(
    clippy::indexing_slicing,
    reason = "places count to a constant: sixteen planes at a time, and the parts of a plane"
)]
#![forbid(unsafe_code)]

use core::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_extract_epi64, _mm256_or_si256, _mm256_set1_epi64x, _mm256_testz_si256,
    _mm256_xor_si256,
};

use super::{LANES, Masks, PLANES, Plane};
use crate::kernel::x86::load256;

/// As [`super::within`].
#[target_feature(enable = "avx2")]
pub(super) fn within(planes: &[Plane; PLANES], needle: &Masks, radius: u32) -> [u64; LANES / 64] {
    let found = count(planes, needle, 0, radius);
    if is_zero(found) {
        return [0; LANES / 64];
    }
    [
        _mm256_extract_epi64::<0>(found),
        _mm256_extract_epi64::<1>(found),
        _mm256_extract_epi64::<2>(found),
        _mm256_extract_epi64::<3>(found),
    ]
    .map(i64::cast_unsigned)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(plane: &Plane, _: usize) -> __m256i {
    load256(plane)
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(mask: u64) -> __m256i {
    _mm256_set1_epi64x(mask.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: __m256i, b: __m256i) -> __m256i {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn and(a: __m256i, b: __m256i) -> __m256i {
    _mm256_and_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn or(a: __m256i, b: __m256i) -> __m256i {
    _mm256_or_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn is_zero(a: __m256i) -> bool {
    _mm256_testz_si256(a, a) == 1
}

super::count_planes!(
    #[target_feature(enable = "avx2")]
    __m256i
);
