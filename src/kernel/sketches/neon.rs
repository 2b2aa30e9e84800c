//! Sketches with NEON: a line in four vectors.
//!
//! `cnt` counts the bits of each byte, and two counts are added to that of a sketch.

#![forbid(unsafe_code)]

use core::arch::aarch64::{
    uint8x16_t, uint16x8_t, vandq_u8, vcleq_u16, vcntq_u8, vcombine_u8, vcreate_u8, vdupq_n_u16, veorq_u8,
    vgetq_lane_u32, vmaxvq_u16, vorrq_u16, vpaddlq_u8, vpaddq_u8, vreinterpretq_u8_u16, vreinterpretq_u32_u8,
    vuzp1q_u8,
};
use core::ops::ControlFlow;

use super::{Buckets, Found, Line, Probe, probe_by};
use crate::kernel::aarch64::load;
use crate::kernel::chunk::chunk_at;

/// As [`super::probe`].
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn probe<B>(
    buckets: Buckets<'_>,
    most: u32,
    probes: impl Iterator<Item = Probe>,
    visit: impl FnMut(Probe, Found) -> ControlFlow<B>,
) -> ControlFlow<B> {
    probe_by(|line, sketch, most| within(line, sketch, most), buckets, most, probes, visit)
}

/// As [`super::within`].
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn within(line: &Line, sketch: u16, most: u32) -> u32 {
    let [a, b, c, d] = [0, 16, 32, 48].map(|at| chunk_at(line, at));
    let sketch = vreinterpretq_u8_u16(vdupq_n_u16(sketch));
    let most = vdupq_n_u16(most.min(16) as u16);
    let near =
        |eight: &[u8; 16]| -> uint16x8_t { vcleq_u16(vpaddlq_u8(vcntq_u8(veorq_u8(load(eight), sketch))), most) };
    let (a, b, c, d) = (near(a), near(b), near(c), near(d));
    if vmaxvq_u16(vorrq_u16(vorrq_u16(a, b), vorrq_u16(c, d))) == 0 {
        return 0;
    }
    // one byte for each sketch, then one bit
    let half = |a, b| -> uint8x16_t {
        let places = vcreate_u8(0x8040_2010_0804_0201);
        vandq_u8(vuzp1q_u8(vreinterpretq_u8_u16(a), vreinterpretq_u8_u16(b)), vcombine_u8(places, places))
    };
    let pairs = vpaddq_u8(half(a, b), half(c, d));
    let fours = vpaddq_u8(pairs, pairs);
    vgetq_lane_u32::<0>(vreinterpretq_u32_u8(vpaddq_u8(fours, fours)))
}
