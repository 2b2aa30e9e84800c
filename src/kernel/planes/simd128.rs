//! Distances from planes with wasm's simd128: 128 hashes at a time.

#![expect(
    clippy::indexing_slicing,
    reason = "places count to a constant: sixteen planes at a time, and the parts of a plane"
)]
#![forbid(unsafe_code)]

use core::arch::wasm32::{u64x2_extract_lane, u64x2_splat, v128, v128_and, v128_any_true, v128_or, v128_xor};

use super::{LANES, Masks, PLANES, Plane};
use crate::kernel::wasm::load as load128;

/// As [`super::within`].
pub(super) fn within(planes: &[Plane; PLANES], needle: &Masks, radius: u32) -> [u64; LANES / 64] {
    let [low, high] = [0, 1].map(|part| count(planes, needle, part, radius));
    [
        u64x2_extract_lane::<0>(low),
        u64x2_extract_lane::<1>(low),
        u64x2_extract_lane::<0>(high),
        u64x2_extract_lane::<1>(high),
    ]
}

#[inline]
fn load(plane: &Plane, part: usize) -> v128 {
    load128(&plane.as_chunks().0[part])
}

#[inline]
fn splat(mask: u64) -> v128 {
    u64x2_splat(mask)
}

#[inline]
fn xor(a: v128, b: v128) -> v128 {
    v128_xor(a, b)
}

#[inline]
fn and(a: v128, b: v128) -> v128 {
    v128_and(a, b)
}

#[inline]
fn or(a: v128, b: v128) -> v128 {
    v128_or(a, b)
}

#[inline]
fn is_zero(a: v128) -> bool {
    !v128_any_true(a)
}

super::count_planes!(v128);
