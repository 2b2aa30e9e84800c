//! Loads and stores of vectors through references of their size: the only operations on pointers in the kernels.

#![expect(unsafe_code, reason = "the intrinsics of loads and stores take pointers")]

use core::arch::x86_64::{
    __m128i, __m256i, _mm_loadu_si128, _mm_storeu_si128, _mm256_loadu_si256, _mm256_storeu_si256,
};

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load128(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: the reference is valid for reads of 16 bytes, and the load needs no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load256(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: the reference is valid for reads of 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[cfg(feature = "alloc")]
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_8_i16(lanes: &[i16; 8]) -> __m128i {
    // SAFETY: the reference is valid for reads of 16 bytes, and the load needs no alignment.
    unsafe { _mm_loadu_si128(lanes.as_ptr().cast()) }
}

#[cfg(feature = "alloc")]
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_16_i16(lanes: &[i16; 16]) -> __m256i {
    // SAFETY: the reference is valid for reads of 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn lanes(vector: __m128i) -> [u32; 4] {
    let mut lanes = [0; 4];
    // SAFETY: the array is valid for writes of 16 bytes, and the store needs no alignment.
    unsafe { _mm_storeu_si128(lanes.as_mut_ptr().cast(), vector) };
    lanes
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_i16(lanes: &mut [i16; 16], vector: __m256i) {
    // SAFETY: the reference is valid for writes of 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), vector) };
}

#[cfg(feature = "alloc")]
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_8_i16(lanes: &mut [i16; 8], vector: __m128i) {
    // SAFETY: the reference is valid for writes of 16 bytes, and the store needs no alignment.
    unsafe { _mm_storeu_si128(lanes.as_mut_ptr().cast(), vector) };
}
