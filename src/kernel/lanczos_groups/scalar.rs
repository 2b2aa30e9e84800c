//! The definition of the reduction by groups.

#![expect(
    clippy::indexing_slicing,
    reason = "a span of bytes follows every start, and no place of a shuffle lies beyond it"
)]
#![forbid(unsafe_code)]

use super::{GROUP, Group, PairWeights};
use crate::kernel::lanczos::{HALF, clip};

pub(super) fn reduce_groups(
    groups: &[Group],
    pairs: usize,
    weights: &[PairWeights],
    shift: u32,
    bytes: &[u8],
    reduced: &mut [i16],
) {
    for (which, (group, out)) in groups.iter().zip(reduced.as_chunks_mut::<GROUP>().0).enumerate() {
        let mut sums = [HALF; GROUP];
        for (pair, [high, low]) in weights[which * pairs..][..pairs].iter().enumerate() {
            for (lane, sum) in sums.iter_mut().enumerate() {
                let from = &bytes[group.starts[lane / 4] + 2 * pair..];
                for tap in [2 * lane, 2 * lane + 1] {
                    let pixel = from[usize::from(group.shuffle[2 * tap])];
                    let weight = (i32::from(high[tap]) << shift) + i32::from(low[tap]);
                    *sum += weight * i32::from(pixel);
                }
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = i16::from(clip(sum));
        }
    }
}
