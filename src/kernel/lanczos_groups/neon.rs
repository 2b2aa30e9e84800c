//! Groups with NEON: a look-up in 16 bytes brings two pixels to each of four outputs, whose products are added at the end.

#![expect(clippy::indexing_slicing, reason = "a half is the first or the second")]
#![forbid(unsafe_code)]

use core::arch::aarch64::{
    int16x8_t, int32x4_t, vaddq_s32, vcombine_s16, vdupq_n_s16, vdupq_n_s32, vget_low_s16, vmaxq_s16, vminq_s16,
    vmlal_high_s16, vmlal_s16, vpaddq_s32, vqmovn_s32, vqtbl1q_u8, vreinterpretq_s16_u8, vshlq_s32, vshrq_n_s32,
};

use super::{GROUP, Group, PairWeights, SPAN};
use crate::kernel::aarch64::{load, load_i16, store_i16};
use crate::kernel::chunk::chunk_at;
use crate::kernel::lanczos::{FRACTION_BITS, HALF};

#[target_feature(enable = "neon")]
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
        let narrow = |half| vqmovn_s32(four(group, half, weights, shift, bytes));
        let pixels = vcombine_s16(narrow(0), narrow(1));
        store_i16(out, vmaxq_s16(vminq_s16(pixels, vdupq_n_s16(255)), vdupq_n_s16(0)));
    }
}

/// Four outputs: the first or the second half of a group.
#[inline]
#[target_feature(enable = "neon")]
fn four(group: &Group, half: usize, weights: &[PairWeights], shift: u32, bytes: &[u8]) -> int32x4_t {
    let shuffle = load(&group.shuffle.as_chunks().0[half]);
    let bytes: &[u8; SPAN] = chunk_at(bytes, group.starts[half]);
    let zero = vdupq_n_s32(0);
    let (mut highs, mut lows) = ([zero; 2], [zero; 2]);
    for (weights, bytes) in weights.iter().zip(bytes.windows(16).step_by(2)) {
        let pixels = load(chunk_at(bytes, 0));
        let pixels = vreinterpretq_s16_u8(vqtbl1q_u8(pixels, shuffle));
        let [high, low] = weights.each_ref().map(|part| &part.as_chunks().0[half]);
        highs = add_products(highs, pixels, load_i16(high));
        lows = add_products(lows, pixels, load_i16(low));
    }
    let [high, low] = [highs, lows].map(|[first, second]| vpaddq_s32(first, second));
    let sums = vaddq_s32(vshlq_s32(high, vdupq_n_s32(shift.cast_signed())), low);
    vshrq_n_s32::<{ FRACTION_BITS.cast_signed() }>(vaddq_s32(sums, vdupq_n_s32(HALF)))
}

/// Products of two outputs are added to the first of the sums, those of the next two to the second.
#[inline]
#[target_feature(enable = "neon")]
fn add_products([first, second]: [int32x4_t; 2], pixels: int16x8_t, weights: int16x8_t) -> [int32x4_t; 2] {
    [vmlal_s16(first, vget_low_s16(pixels), vget_low_s16(weights)), vmlal_high_s16(second, pixels, weights)]
}
