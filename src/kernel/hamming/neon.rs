//! Hamming distances with NEON: sixteen hashes at a time.
//!
//! `cnt` counts the bits of each byte. Neighbouring bytes are then added, those of two vectors into one, until each hash
//! has one byte, or two where 256 bits may differ. Other lengths than 8 and 32 bytes go to [`super::scalar`].

#![forbid(unsafe_code)]

use core::arch::aarch64::{
    uint8x16_t, vaddq_u8, vandq_u8, vcleq_u8, vcleq_u16, vcntq_u8, vcombine_u8, vcreate_u8, vdupq_n_u8, vdupq_n_u16,
    veorq_u8, vgetq_lane_u16, vpaddlq_u8, vpaddq_u8, vreinterpretq_u8_u16, vreinterpretq_u16_u8, vuzp1q_u8,
};

use super::within_by;
use crate::kernel::aarch64::load;

/// As [`super::scalar::within`].
#[target_feature(enable = "neon")]
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
#[target_feature(enable = "neon")]
fn within_64(needle: &[u8; 8], fours: [&[u8; 32]; 4], radius: u16) -> u16 {
    let needle = vcreate_u8(u64::from_le_bytes(*needle));
    let needle = vcombine_u8(needle, needle);
    let [a, b, c, d] = fours.map(|four| {
        let [first, second] = halves(four);
        vpaddq_u8(vcntq_u8(veorq_u8(first, needle)), vcntq_u8(veorq_u8(second, needle)))
    });
    let distances = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
    // no distance is above 64
    let [radius, _] = radius.min(64).to_le_bytes();
    bits(vcleq_u8(distances, vdupq_n_u8(radius)))
}

/// Four times four hashes of 256 bits.
#[inline]
#[target_feature(enable = "neon")]
fn within_256(needle: &[u8; 32], fours: [&[u8; 128]; 4], radius: u16) -> u16 {
    let [low, high] = halves(needle);
    let counts = |hash: &[u8; 32]| {
        let [first, second] = halves(hash);
        vaddq_u8(vcntq_u8(veorq_u8(first, low)), vcntq_u8(veorq_u8(second, high)))
    };
    // four bytes a hash, each at most 64
    let [a, b, c, d] = fours.map(|four| match four.as_chunks().0 {
        [a, b, c, d] => vpaddq_u8(vpaddq_u8(counts(a), counts(b)), vpaddq_u8(counts(c), counts(d))),
        _ => unreachable!("128 bytes are four hashes"),
    });
    let radius = vdupq_n_u16(radius);
    let [first, second] =
        [vpaddq_u8(a, b), vpaddq_u8(c, d)].map(|eight| vreinterpretq_u8_u16(vcleq_u16(vpaddlq_u8(eight), radius)));
    bits(vuzp1q_u8(first, second))
}

#[inline]
#[target_feature(enable = "neon")]
fn halves(hash: &[u8; 32]) -> [uint8x16_t; 2] {
    match hash.as_chunks().0 {
        [first, second] => [load(first), load(second)],
        _ => unreachable!("32 bytes are two vectors"),
    }
}

/// One bit for each byte, which is 0 or 255.
#[inline]
#[target_feature(enable = "neon")]
fn bits(bytes: uint8x16_t) -> u16 {
    let places = vcreate_u8(0x8040_2010_0804_0201);
    let bits = vandq_u8(bytes, vcombine_u8(places, places));
    let pairs = vpaddq_u8(bits, bits);
    let fours = vpaddq_u8(pairs, pairs);
    vgetq_lane_u16::<0>(vreinterpretq_u16_u8(vpaddq_u8(fours, fours)))
}
