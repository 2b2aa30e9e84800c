//! Search by looking at every hash: the definition of the answer, and the fastest way to it for short lists.
//!
//! Hashes in rows go through the kernel of distances, sliced ones through that of planes, which leaves one hash in 3,000 to be
//! looked at further at radius 31. Either way memory is read once for several needles.

#![expect(clippy::indexing_slicing, reason = "the kernels report pairs of the rows that they were passed")]

use core::ops::ControlFlow;

use super::hashes::{Block, Hashes, REST, Sliced, parts};
use crate::hash::HashBits;
use crate::kernel::Level;
use crate::kernel::hamming::{self, Pair};
use crate::kernel::planes::{self, LANES, PLANES};

/// Needles that pass over a block while it is in the nearest cache.
const NEEDLES: usize = 8;
/// Up to this radius the planes are looked at first. Beyond it one unrelated hash in ten is near in its planes, while nearly none is
/// in its other bits.
const PLANES_FIRST: u32 = 41;
/// How many times as long a scan of hashes of so many bits takes at this radius as at small ones: looking at the other bits first takes
/// 4.4 ns a hash, looking at the planes 0.41.
pub(super) const fn slowness(bits: u32, radius: u32) -> u64 {
    if bits == 256 && radius > PLANES_FIRST { 10 } else { 1 }
}

/// From so many hashes of a block on, it is cheaper to turn all its planes back into bytes than to gather bits one by one.
const DENSE: u32 = 24;

/// Visits every pair of a needle and a hash within the radius: of eight needles at a time in the order of the slots up to blocks, last those
/// of the hashes in rows.
///
/// The hashes are read from memory once for every eight needles, rows once for all.
pub(super) fn search<const N: usize>(
    level: Level,
    hashes: Hashes<'_, N>,
    needles: &[HashBits<N>],
    radius: u32,
    visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    search_by::<N, NEEDLES>(level, hashes, needles, radius, visit)
}

/// The same, so many needles at a time: each takes 770 bytes of stack.
pub(super) fn search_by<const N: usize, const GROUP: usize>(
    level: Level,
    hashes: Hashes<'_, N>,
    needles: &[HashBits<N>],
    radius: u32,
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let sliced = hashes.sliced_or_tail();
    let first = sliced.in_blocks();
    if first > 0 {
        for (number, needles) in needles.chunks(GROUP).enumerate() {
            let visit = |pair: Pair, hash: &[u8; N]| visit(Pair { needle: GROUP * number + pair.needle, ..pair }, hash);
            scan_blocks::<N, GROUP>(level, sliced, needles, radius, visit)?;
        }
    }
    scan_rows(level, sliced.tail, needles, radius, |pair, hash| visit(Pair { hash: first + pair.hash, ..pair }, hash))
}

/// A group of needles over all blocks.
fn scan_blocks<const N: usize, const GROUP: usize>(
    level: Level,
    hashes: Sliced<'_, N>,
    needles: &[HashBits<N>],
    radius: u32,
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut masks = [[0; PLANES]; GROUP];
    for (masks, needle) in masks.iter_mut().zip(needles) {
        *masks = planes::masks(parts(needle.as_bytes()).0);
    }
    for (number, block) in hashes.blocks().enumerate() {
        for ((needle, bits), masks) in needles.iter().enumerate().zip(&masks) {
            let mut near = [u64::MAX; LANES / 64];
            if radius > PLANES_FIRST {
                near = rests_within(level, &block, bits.as_bytes(), radius);
            }
            if near != [0; LANES / 64] {
                let in_planes = planes::within(level, block.planes, masks, radius);
                near.iter_mut().zip(in_planes).for_each(|(near, in_planes)| *near &= in_planes);
            }
            if near == [0; LANES / 64] {
                continue;
            }
            let visit =
                |lane, distance, hash: &[u8; N]| visit(Pair { needle, hash: LANES * number + lane, distance }, hash);
            visit_near(&block, near, bits.as_bytes(), radius, visit)?;
        }
    }
    ControlFlow::Continue(())
}

/// All needles over hashes in rows.
fn scan_rows<const N: usize>(
    level: Level,
    rows: &[[u8; N]],
    needles: &[HashBits<N>],
    radius: u32,
    mut visit: impl FnMut(Pair, &[u8; N]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    hamming::scan(level, needles.iter().map(HashBits::as_bytes), rows, radius, |pair| visit(pair, &rows[pair.hash]))
}

/// Sets bit `i % 64` of word `i / 64` where the bits of lane `i` that are no planes differ from the needle's in at most `radius`.
fn rests_within<const N: usize>(level: Level, block: &Block<'_>, needle: &[u8; N], radius: u32) -> [u64; LANES / 64] {
    // widened to the length for which there is a kernel
    let widened = |rest: &[u8; REST]| {
        let mut wide = [0; 32];
        wide[..REST].copy_from_slice(rest);
        wide
    };
    let needle = widened(parts(needle).1);
    let mut words = [0; LANES / 64];
    for (word, rests) in words.iter_mut().zip(block.rests.chunks(64)) {
        let mut rows = [[0; 32]; 64];
        rows.iter_mut().zip(rests).for_each(|(row, rest)| *row = widened(rest));
        *word = hamming::within(level, &needle, &rows, radius);
    }
    words
}

/// Looks at the other bits of those hashes of a block that are near in their planes.
fn visit_near<const N: usize>(
    block: &Block<'_>,
    near: [u64; LANES / 64],
    needle: &[u8; N],
    radius: u32,
    mut visit: impl FnMut(usize, u32, &[u8; N]) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let lanes = near.into_iter().zip((0..).step_by(64)).flat_map(|(mut bits, first)| {
        core::iter::from_fn(move || {
            let lane = first + bits.trailing_zeros() as usize;
            bits = if bits == 0 { return None } else { bits & (bits - 1) };
            Some(lane)
        })
    });
    let count = near.iter().map(|bits| bits.count_ones()).sum::<u32>();
    let all = (count >= DENSE).then(|| block.all_gathered());
    for lane in lanes {
        let gathered = |lane: usize| match &all {
            Some(all) => all[lane],
            None => block.gathered(lane),
        };
        if let Some((distance, hash)) = block.within(lane, needle, radius, gathered) {
            visit(lane, distance, &hash)?;
        }
    }
    ControlFlow::Continue(())
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::index::hashes::{tests::hashes, write_sliced};
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn a_scan_of_slices_finds_what_a_scan_of_rows_finds() {
        for len in [0, 1, 255, 256, 257, 600] {
            let rows = hashes(len);
            let mut bytes = vec![0; 32 * len];
            write_sliced(rows.iter(), &mut bytes);
            let (sliced, plain) = (Hashes::<32>::sliced(&bytes), Hashes::Rows(&rows));
            let mut needles: Vec<_> = (0..11).map(|i| rows.get(i * 53).copied().unwrap_or([i as u8; 32])).collect();
            needles.extend([[0; 32], [0xff; 32]]);
            let needles: Vec<_> = needles.into_iter().map(HashBits::from_bytes).collect();
            for radius in [0, 1, 5, 12, 13, 31, 32, 64, 96, 127, 128, 129, 255, 256] {
                let found = |hashes: &Hashes<'_, 32>, level| {
                    let mut found = Vec::new();
                    let flow = search(level, *hashes, &needles, radius, |pair, hash| {
                        assert_eq!(hash, &rows[pair.hash]);
                        found.push((pair.needle, pair.hash, pair.distance));
                        ControlFlow::Continue(())
                    });
                    assert!(flow.is_continue());
                    found.sort_unstable();
                    found
                };
                let expected = found(&plain, Level::SCALAR);
                assert!(len < 255 || !expected.is_empty());
                for level in Level::available() {
                    assert_eq!(found(&sliced, level), expected, "{level:?}, {len} hashes, radius {radius}");
                }
                for (slot, row) in rows.iter().enumerate() {
                    let distance = Some(hamming::distance(row, needles[0].as_bytes())).filter(|&it| it <= radius);
                    let within = sliced.within(slot, needles[0].as_bytes(), radius);
                    assert_eq!(within, distance.map(|distance| (distance, *row)));
                }
            }
        }
    }
}
