//! Which of many 16-bit sketches, in buckets of whole cache lines, lie near a needle's.
//!
//! A look-up touches hundreds of buckets in memory that no cache holds, and finds next to nothing in them. So the loop over the
//! buckets is here, in the code of a level, and calls back only for the few lines where something is near: everything
//! else is a load, a comparison of 32 sketches, and the next load, which does not wait for the one before.

#![expect(
    clippy::indexing_slicing,
    reason = "an index is opened only if its lines are those of all buckets, at least one each, and probes are of its buckets"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use core::ops::ControlFlow;

use super::dispatch::dispatch;
use super::level::Level;

/// Sketches of 16 bits in a line.
pub(crate) const LANES: usize = 32;
/// One cache line of sketches.
pub(crate) type Line = [u8; 2 * LANES];

/// A bucket to look into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Which bucket.
    pub(crate) bucket: usize,
    /// What the sketches are compared with.
    pub(crate) sketch: u16,
    /// Whose probe it is: the caller's business.
    pub(crate) tag: u32,
}

/// Why a bucket is handed to the visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Bit `i` is set where sketch `i` of the bucket's line is near. The first lanes of line 0 are no sketches, nor are those
    /// after the last: the visitor has to leave them out.
    Lanes {
        /// Which line of the bucket.
        line: usize,
        /// Which lanes of it.
        bits: u32,
    },
    /// The bucket says that it has more sketches than its lines hold; they come first.
    Full,
    /// The lines of a full bucket have been gone through, and the others follow.
    Overflow,
}

/// How buckets lie in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buckets<'a> {
    /// The lines of all buckets, one bucket after the other.
    pub(crate) lines: &'a [Line],
    /// Lines of each bucket: at least 1.
    pub(crate) lines_each: usize,
    /// The most sketches that lie in the lines themselves.
    pub(crate) capacity: u16,
}

impl<'a> Buckets<'a> {
    /// The lines of a bucket.
    #[inline(always)]
    pub(crate) fn get(&self, bucket: usize) -> &'a [Line] {
        &self.lines[bucket * self.lines_each..][..self.lines_each]
    }
}

/// Compares each probe's sketch with those of its bucket, and visits what lies within `most` bits, until told to stop.
///
/// Buckets are visited in the order of the probes, lines in their order, the overflow last.
#[inline]
pub(crate) fn probe<B>(
    level: Level,
    buckets: Buckets<'_>,
    most: u32,
    probes: impl Iterator<Item = Probe>,
    visit: impl FnMut(Probe, Found) -> ControlFlow<B>,
) -> ControlFlow<B> {
    dispatch!(level, probe(buckets, most, probes, visit))
}

/// Sets bit `i` where the sketch in lane `i` of a line differs from `sketch` in at most `most` bits.
#[inline]
pub(crate) fn within(level: Level, line: &Line, sketch: u16, most: u32) -> u32 {
    dispatch!(level, within(line, sketch, most))
}

/// The loop of every level, around its comparison of a line.
#[inline(always)]
fn probe_by<B>(
    within: impl Fn(&Line, u16, u32) -> u32,
    buckets: Buckets<'_>,
    most: u32,
    probes: impl Iterator<Item = Probe>,
    mut visit: impl FnMut(Probe, Found) -> ControlFlow<B>,
) -> ControlFlow<B> {
    for probe in probes {
        let lines = buckets.get(probe.bucket);
        // bytes 4 and 5 of the first line: how many sketches the bucket has
        let [_, _, _, _, low, high, ..] = lines[0];
        let count = u16::from_le_bytes([low, high]);
        let is_full = count > buckets.capacity;
        if is_full {
            visit(probe, Found::Full)?;
        }
        for (number, line) in lines.iter().enumerate() {
            let bits = within(line, probe.sketch, most);
            if bits != 0 {
                visit(probe, Found::Lanes { line: number, bits })?;
            }
        }
        if is_full {
            visit(probe, Found::Overflow)?;
        }
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn line(seed: u16) -> Line {
        let mut line = [0; 64];
        for (lane, to) in line.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            // a chain of sketches, so that all distances occur
            let ones = (1_u32 << (lane % 17)) - 1;
            *to = ((ones as u16).rotate_left(lane as u32) ^ seed).to_le_bytes();
        }
        line
    }

    #[test]
    fn every_level_finds_the_sketches_within_every_distance() {
        for seed in [0, 1, 0x8000, 0xffff, 0x5a3c] {
            let line = line(seed);
            for sketch in [seed, !seed, 0, 0xffff, 0x1234] {
                for most in (0..=17).chain([100, u32::MAX]) {
                    let near = |lane: &[u8; 2]| (u16::from_le_bytes(*lane) ^ sketch).count_ones() <= most;
                    let lanes = line.as_chunks::<2>().0;
                    let expected: u32 = lanes.iter().enumerate().map(|(at, lane)| u32::from(near(lane)) << at).sum();
                    for level in Level::available() {
                        assert_eq!(within(level, &line, sketch, most), expected, "{level:?}, {most} of {sketch:x}");
                    }
                }
            }
        }
    }

    #[test]
    fn probes_visit_what_is_near_and_what_overflows_in_order() {
        let mut lines: Vec<Line> = (0..6).map(|_| [0xff; 64]).collect();
        lines[2][4..6].copy_from_slice(&61_u16.to_le_bytes());
        lines[3][62..].copy_from_slice(&7_u16.to_le_bytes());
        lines[4][4..6].copy_from_slice(&3_u16.to_le_bytes());
        lines[0][4..6].copy_from_slice(&62_u16.to_le_bytes());
        let buckets = Buckets { lines: &lines, lines_each: 2, capacity: 61 };
        let probe_of = |bucket| Probe { bucket, sketch: 5, tag: 9 };
        for level in Level::available() {
            let mut seen = Vec::new();
            let probes = [1, 0, 2].map(probe_of);
            let flow = probe(level, buckets, 1, probes.into_iter(), |probe, found| {
                seen.push((probe.bucket, found));
                ControlFlow::<()>::Continue(())
            });
            assert!(flow.is_continue());
            let (near, three) = (Found::Lanes { line: 1, bits: 1 << 31 }, Found::Lanes { line: 0, bits: 4 });
            assert_eq!(seen, [(1, near), (0, Found::Full), (0, Found::Overflow)], "{level:?}");
            // the count of bucket 2 is 3, which is within two bits of 5 but not within one: it is a lane like any other
            let flow = probe(level, buckets, 2, [probe_of(2)].into_iter(), |_, found| ControlFlow::Break(found));
            assert_eq!(flow, ControlFlow::Break(three));
        }
    }

    #[test]
    #[should_panic = "out of range"]
    fn a_probe_of_a_missing_bucket_is_a_defect() {
        let buckets = Buckets { lines: &[[0xff; 64]; 6], lines_each: 2, capacity: 61 };
        let probe_of = Probe { bucket: 3, sketch: 5, tag: 9 };
        let _ = probe(Level::best(), buckets, 1, [probe_of].into_iter(), |_, _| ControlFlow::<()>::Continue(()));
    }
}
