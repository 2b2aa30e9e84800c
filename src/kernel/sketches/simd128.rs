//! Sketches with wasm's simd128: a line in four vectors.

#![forbid(unsafe_code)]

use core::arch::wasm32::{
    i8x16_bitmask, i8x16_narrow_i16x8, i8x16_popcnt, u16x8_extadd_pairwise_u8x16, u16x8_le, u16x8_splat, v128,
    v128_any_true, v128_or, v128_xor,
};
use core::ops::ControlFlow;

use super::{Buckets, Found, Line, Probe, probe_by};
use crate::kernel::chunk::chunk_at;
use crate::kernel::wasm::load;

/// As [`super::probe`].
#[inline]
pub(super) fn probe<B>(
    buckets: Buckets<'_>,
    most: u32,
    probes: impl Iterator<Item = Probe>,
    visit: impl FnMut(Probe, Found) -> ControlFlow<B>,
) -> ControlFlow<B> {
    probe_by(within, buckets, most, probes, visit)
}

/// As [`super::within`].
#[inline]
pub(super) fn within(line: &Line, sketch: u16, most: u32) -> u32 {
    let [a, b, c, d] = [0, 16, 32, 48].map(|at| chunk_at(line, at));
    let sketch = u16x8_splat(sketch);
    let most = u16x8_splat(most.min(16) as u16);
    let near = |eight: &[u8; 16]| -> v128 {
        u16x8_le(u16x8_extadd_pairwise_u8x16(i8x16_popcnt(v128_xor(load(eight), sketch))), most)
    };
    let (a, b, c, d) = (near(a), near(b), near(c), near(d));
    if !v128_any_true(v128_or(v128_or(a, b), v128_or(c, d))) {
        return 0;
    }
    let (low, high) = (i8x16_bitmask(i8x16_narrow_i16x8(a, b)), i8x16_bitmask(i8x16_narrow_i16x8(c, d)));
    u32::from(low) | u32::from(high) << 16
}
