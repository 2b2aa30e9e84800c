//! Groups with wasm's simd128: a swizzle brings two pixels to each of four outputs, and `dot` multiplies and adds them.

#![expect(clippy::indexing_slicing, reason = "a half is the first or the second")]
#![forbid(unsafe_code)]

use core::arch::wasm32::{
    i8x16_swizzle, i16x8_max, i16x8_min, i16x8_narrow_i32x4, i16x8_splat, i32x4_add, i32x4_dot_i16x8, i32x4_shl,
    i32x4_shr, i32x4_splat, v128,
};

use super::{GROUP, Group, PairWeights, SPAN};
use crate::kernel::chunk::chunk_at;
use crate::kernel::lanczos::{FRACTION_BITS, HALF};
use crate::kernel::wasm::{load, load_i16, store_i16};

pub(super) fn reduce_groups(
    groups: &[Group],
    pairs: usize,
    weights: &[PairWeights],
    shift: u32,
    bytes: &[u8],
    reduced: &mut [i16],
) {
    if pairs == 0 {
        return reduced.fill(0);
    }
    let outs = reduced.as_chunks_mut::<GROUP>().0;
    for ((group, weights), out) in groups.iter().zip(weights.chunks_exact(pairs)).zip(outs) {
        let half = |half| four(group, half, weights, shift, bytes);
        let pixels = i16x8_narrow_i32x4(half(0), half(1));
        store_i16(out, i16x8_max(i16x8_min(pixels, i16x8_splat(255)), i16x8_splat(0)));
    }
}

/// Four outputs: the first or the second half of a group.
#[inline]
fn four(group: &Group, half: usize, weights: &[PairWeights], shift: u32, bytes: &[u8]) -> v128 {
    let shuffle = load(&group.shuffle.as_chunks().0[half]);
    let bytes: &[u8; SPAN] = chunk_at(bytes, group.starts[half]);
    let (mut highs, mut lows) = (i32x4_splat(0), i32x4_splat(HALF));
    for (weights, bytes) in weights.iter().zip(bytes.windows(16).step_by(2)) {
        let pixels = i8x16_swizzle(load(chunk_at(bytes, 0)), shuffle);
        let [high, low] = weights.each_ref().map(|part| &part.as_chunks().0[half]);
        highs = i32x4_add(highs, i32x4_dot_i16x8(pixels, load_i16(high)));
        lows = i32x4_add(lows, i32x4_dot_i16x8(pixels, load_i16(low)));
    }
    i32x4_shr(i32x4_add(i32x4_shl(highs, shift), lows), FRACTION_BITS)
}
