//! Hamming distance of one hash, or of a few, to many that lie one after the other.
//!
//! Nearly every answer is "not within the radius", so [`within`] answers for a whole block of hashes with one word of
//! bits, and the distance is computed again only for the few that are.
//!
//! wasm's simd128 has no code of its own here: counting the bits of bytes by hand took as long as the plain body under V8,
//! and longer for 64 bits.

#![expect(
    clippy::indexing_slicing,
    reason = "a bit of the answer is set only for a hash of the block, of which there are at most as many as bits"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod neon;
mod scalar;

use core::ops::ControlFlow;

use super::dispatch::dispatch;
use super::level::Level;
pub(crate) use scalar::distance;

/// How many hashes one call of a kernel looks at: one for each bit of its answer.
const BLOCK: usize = 64;

/// A pair within the radius.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// Position among the needles.
    pub(crate) needle: usize,
    /// Position among the hashes.
    pub(crate) hash: usize,
    /// Bits in which the two differ.
    pub(crate) distance: u32,
}

/// Visits every pair of a needle and a hash that differ in at most `radius` bits, until told to stop.
///
/// The hashes are read from memory once, whatever the number of needles: a block stays in the nearest cache while all
/// needles pass over it.
pub(crate) fn scan<'n, const N: usize>(
    level: Level,
    needles: impl Iterator<Item = &'n [u8; N]> + Clone,
    hashes: &[[u8; N]],
    radius: u32,
    mut visit: impl FnMut(Pair) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for (number, block) in hashes.chunks(BLOCK).enumerate() {
        for (needle, bits) in needles.clone().enumerate() {
            let mut found = within(level, bits, block, radius);
            while found != 0 {
                let at = found.trailing_zeros() as usize;
                found &= found - 1;
                visit(Pair { needle, hash: BLOCK * number + at, distance: distance(bits, &block[at]) })?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Sets bit `i` of the answer where `hashes[i]`, of at most 64, differs from the needle in at most `radius` bits.
#[inline]
pub(crate) fn within<const N: usize>(level: Level, needle: &[u8; N], hashes: &[[u8; N]], radius: u32) -> u64 {
    dispatch!(level, simd128 as scalar, within(needle, hashes, radius))
}

/// Hashes that a vector level compares at a time.
const GROUP: usize = 16;

/// As [`within`], by functions for four times four hashes of 8 and of 32 bytes. Other lengths are left to [`scalar`].
#[inline(always)]
#[allow(dead_code, reason = "not every machine has a level besides scalar")]
fn within_by<const N: usize>(
    within_64: impl Fn(&[u8; 8], [&[u8; 32]; 4], u16) -> u16,
    within_256: impl Fn(&[u8; 32], [&[u8; 128]; 4], u16) -> u16,
    needle: &[u8; N],
    hashes: &[[u8; N]],
    radius: u32,
) -> u64 {
    if N != 8 && N != 32 {
        return scalar::within(needle, hashes, radius);
    }
    // no distance is above 256
    let [low, high, ..] = radius.min(256).to_le_bytes();
    let radius = u16::from_le_bytes([low, high]);
    let group_within = |group: &[[u8; N]; GROUP]| {
        let group = group.as_flattened();
        if let (Some(needle), [a, b, c, d]) = (needle.first_chunk(), group.as_chunks::<128>().0) {
            within_256(needle, [a, b, c, d], radius)
        } else if let (Some(needle), [a, b, c, d]) = (needle.first_chunk(), group.as_chunks::<32>().0) {
            within_64(needle, [a, b, c, d], radius)
        } else {
            unreachable!("hashes of other lengths are left to scalar")
        }
    };
    let (groups, rest) = hashes.split_at(hashes.len().min(BLOCK)).0.as_chunks::<GROUP>();
    let mut found = 0;
    for (number, group) in groups.iter().enumerate() {
        found |= u64::from(group_within(group)) << (GROUP * number);
    }
    if !rest.is_empty() {
        let mut group = [[0; N]; GROUP];
        group.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let there = (1 << rest.len()) - 1;
        found |= u64::from(group_within(&group) & there) << (GROUP * groups.len());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn pairs<const N: usize>(
        level: Level,
        needles: &[[u8; N]],
        hashes: &[[u8; N]],
        radius: u32,
    ) -> Vec<(usize, usize, u32)> {
        let mut found = Vec::new();
        let end = scan(level, needles.iter(), hashes, radius, |pair| {
            found.push((pair.hash, pair.needle, pair.distance));
            ControlFlow::Continue(())
        });
        assert_eq!(end, ControlFlow::Continue(()));
        found.sort_unstable();
        found
    }

    /// The definition: bit by bit.
    fn slow<const N: usize>(a: &[u8; N], b: &[u8; N]) -> u32 {
        let bit = |bytes: &[u8; N], bit: usize| bytes[bit / 8] >> (bit % 8) & 1;
        (0..8 * N).filter(|&at| bit(a, at) != bit(b, at)).count() as u32
    }

    fn every_length_and_radius<const N: usize>() {
        for len in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200] {
            // A chain of hashes, each a few bits away from the one before, so that all distances occur.
            let mut hash = [0x5a; N];
            let hashes: Vec<[u8; N]> = (0..len)
                .map(|i: usize| {
                    hash[i * 7 % N] ^= (i * 29 + 1) as u8;
                    hash
                })
                .collect();
            // one byte further than a vector wants
            let shifted: Vec<u8> = core::iter::once(0).chain(hashes.as_flattened().iter().copied()).collect();
            let unaligned = shifted[1..].as_chunks().0;
            let needles = [[0x5a; N], [0; N], [0xff; N], hashes.last().map_or([1; N], |last| last.map(|byte| !byte))];
            for radius in [0, 1, 2, 5, 31, 32, 63, 64, 65, 128, 255, 256, 257, u32::MAX] {
                let mut expected = Vec::new();
                for (h, hash) in hashes.iter().enumerate() {
                    for (n, needle) in needles.iter().enumerate() {
                        let distance = slow(needle, hash);
                        if distance <= radius {
                            expected.push((h, n, distance));
                        }
                    }
                }
                for level in Level::available() {
                    let found = pairs(level, &needles, &hashes, radius);
                    assert_eq!(found, expected, "{level:?}, {N} bytes, {len} hashes, radius {radius}");
                    assert_eq!(pairs(level, &needles, unaligned, radius), expected, "{level:?}, unaligned");
                }
            }
        }
    }

    #[test]
    fn every_level_equals_counting_bit_by_bit() {
        every_length_and_radius::<8>();
        every_length_and_radius::<32>();
        every_length_and_radius::<11>(); // not a whole number of words
    }

    #[test]
    fn the_visitor_can_stop_the_scan() {
        let mut visits = 0;
        let end = scan(Level::best(), [[0; 8]].iter(), &[[0; 8]; 200], 0, |_| {
            visits += 1;
            if visits == 70 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!((end, visits), (ControlFlow::Break(()), 70));
    }
}
