//! Loads and stores of vectors through references of their size: the only operations on pointers in the kernels.

#![expect(unsafe_code, reason = "the intrinsics of loads and stores take pointers")]

#[cfg(feature = "alloc")]
use core::arch::aarch64::vld1q_s16;
use core::arch::aarch64::{
    int16x8_t, uint8x16_t, uint8x16x3_t, uint32x4_t, vdupq_n_u8, vld1q_u8, vld3q_u8, vst1q_s16, vst1q_u32, vuzp1q_u8,
    vuzp2q_u8,
};

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the reference is valid for reads of 16 bytes, and the load needs no alignment.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

/// Sixteen times three bytes, the first of each in the first vector.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_threes(bytes: &[u8; 48]) -> uint8x16x3_t {
    // SAFETY: the reference is valid for reads of 48 bytes, and the load needs no alignment.
    unsafe { vld3q_u8(bytes.as_ptr()) }
}

/// The first three of sixteen times four bytes, the first of each in the first vector.
///
/// No `ld4`: the compiler makes a detour of it where one of its vectors is not used.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_three_of_fours(bytes: &[u8; 64]) -> uint8x16x3_t {
    let [a, b, c, d] = match bytes.as_chunks().0 {
        [a, b, c, d] => [load(a), load(b), load(c), load(d)],
        _ => [vdupq_n_u8(0); 4],
    };
    let (even, odd) = ([vuzp1q_u8(a, b), vuzp1q_u8(c, d)], [vuzp2q_u8(a, b), vuzp2q_u8(c, d)]);
    uint8x16x3_t(vuzp1q_u8(even[0], even[1]), vuzp1q_u8(odd[0], odd[1]), vuzp2q_u8(even[0], even[1]))
}

#[cfg(feature = "alloc")]
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_i16(lanes: &[i16; 8]) -> int16x8_t {
    // SAFETY: the reference is valid for reads of 16 bytes, and the load needs no alignment.
    unsafe { vld1q_s16(lanes.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store_i16(lanes: &mut [i16; 8], vector: int16x8_t) {
    // SAFETY: the reference is valid for writes of 16 bytes, and the store needs no alignment.
    unsafe { vst1q_s16(lanes.as_mut_ptr(), vector) };
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn lanes(vector: uint32x4_t) -> [u32; 4] {
    let mut lanes = [0; 4];
    // SAFETY: the array is valid for writes of 16 bytes, and the store needs no alignment.
    unsafe { vst1q_u32(lanes.as_mut_ptr(), vector) };
    lanes
}
