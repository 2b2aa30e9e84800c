//! The definition, in words of 64 bits: 64 hashes at a time.

#![expect(
    clippy::indexing_slicing,
    reason = "places count to a constant: sixteen planes at a time, and the parts of a plane"
)]
#![forbid(unsafe_code)]

use super::{LANES, Masks, PLANES, Plane};

/// As [`super::within`].
pub(super) fn within(planes: &[Plane; PLANES], needle: &Masks, radius: u32) -> [u64; LANES / 64] {
    core::array::from_fn(|part| count(planes, needle, part, radius))
}

#[inline]
fn load(plane: &Plane, part: usize) -> u64 {
    u64::from_le_bytes(plane.as_chunks().0[part])
}

#[inline]
const fn splat(mask: u64) -> u64 {
    mask
}

#[inline]
const fn xor(a: u64, b: u64) -> u64 {
    a ^ b
}

#[inline]
const fn and(a: u64, b: u64) -> u64 {
    a & b
}

#[inline]
const fn or(a: u64, b: u64) -> u64 {
    a | b
}

#[inline]
const fn is_zero(a: u64) -> bool {
    a == 0
}

super::count_planes!(u64);
