//! The definition of the reduction by groups.

#![forbid(unsafe_code)]

use super::{GROUP, Group, PairWeights, ZERO};
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
        let weights = weights.get(which * pairs..(which + 1) * pairs).unwrap_or_default();
        for (pair, [high, low]) in weights.iter().enumerate() {
            let halves = group.starts.map(|start| bytes.get(start + 2 * pair..).unwrap_or_default());
            for (lane, sum) in sums.iter_mut().enumerate() {
                let from = halves.get(lane / 4).copied().unwrap_or_default();
                for tap in [2 * lane, 2 * lane + 1] {
                    let place = group.shuffle.get(2 * tap).copied().unwrap_or(ZERO);
                    let pixel = from.get(usize::from(place)).copied().unwrap_or(0);
                    let part = |parts: &[i16; 2 * GROUP]| parts.get(tap).map_or(0, |&part| i32::from(part));
                    let weight = (part(high) << shift) + part(low);
                    *sum += weight * i32::from(pixel);
                }
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = i16::from(clip(sum));
        }
    }
}
