//! Distances from planes with NEON: 128 hashes at a time.

#![expect(
    clippy::indexing_slicing,
    reason = "places count to a constant: sixteen planes at a time, and the parts of a plane"
)]
#![forbid(unsafe_code)]

use core::arch::aarch64::{
    uint8x16_t, vandq_u8, vcombine_u8, vcreate_u8, veorq_u8, vgetq_lane_u64, vmaxvq_u8, vorrq_u8, vreinterpretq_u64_u8,
};

use super::{LANES, Masks, PLANES, Plane};
use crate::kernel::aarch64::load as load128;

/// As [`super::within`].
#[target_feature(enable = "neon")]
pub(super) fn within(planes: &[Plane; PLANES], needle: &Masks, radius: u32) -> [u64; LANES / 64] {
    let [low, high] = [0, 1].map(|part| vreinterpretq_u64_u8(count(planes, needle, part, radius)));
    [vgetq_lane_u64::<0>(low), vgetq_lane_u64::<1>(low), vgetq_lane_u64::<0>(high), vgetq_lane_u64::<1>(high)]
}

#[inline]
#[target_feature(enable = "neon")]
fn load(plane: &Plane, part: usize) -> uint8x16_t {
    load128(&plane.as_chunks().0[part])
}

#[inline]
#[target_feature(enable = "neon")]
fn splat(mask: u64) -> uint8x16_t {
    let half = vcreate_u8(mask);
    vcombine_u8(half, half)
}

#[inline]
#[target_feature(enable = "neon")]
fn xor(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
    veorq_u8(a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn and(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
    vandq_u8(a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn or(a: uint8x16_t, b: uint8x16_t) -> uint8x16_t {
    vorrq_u8(a, b)
}

#[inline]
#[target_feature(enable = "neon")]
fn is_zero(a: uint8x16_t) -> bool {
    vmaxvq_u8(a) == 0
}

super::count_planes!(
    #[target_feature(enable = "neon")]
    uint8x16_t
);
