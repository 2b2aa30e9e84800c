//! Loads and stores of vectors through references of their size: the only operations on pointers in the kernels.

#![expect(unsafe_code, reason = "the intrinsics of loads and stores take pointers")]

use core::arch::wasm32::{v128, v128_load, v128_store};

#[inline]
pub(super) fn load(bytes: &[u8; 16]) -> v128 {
    // SAFETY: the reference is valid for reads of 16 bytes, and the load needs no alignment.
    unsafe { v128_load(bytes.as_ptr().cast()) }
}

#[cfg(feature = "alloc")]
#[inline]
pub(super) fn load_i16(lanes: &[i16; 8]) -> v128 {
    // SAFETY: the reference is valid for reads of 16 bytes, and the load needs no alignment.
    unsafe { v128_load(lanes.as_ptr().cast()) }
}

#[inline]
pub(super) fn store_i16(lanes: &mut [i16; 8], vector: v128) {
    // SAFETY: the reference is valid for writes of 16 bytes, and the store needs no alignment.
    unsafe { v128_store(lanes.as_mut_ptr().cast(), vector) };
}

#[inline]
pub(super) fn lanes(vector: v128) -> [u32; 4] {
    let mut lanes = [0; 4];
    // SAFETY: the array is valid for writes of 16 bytes, and the store needs no alignment.
    unsafe { v128_store(lanes.as_mut_ptr().cast(), vector) };
    lanes
}
