//! The stored hashes, in either of their two layouts.
//!
//! *Rows*: one hash after the other. *Sliced*, for hashes of 256 bits: the first 96 bits of every 256 hashes are turned into planes, bit
//! `k` of all of them side by side; then follow the remaining 20 bytes of each hash; hashes after the last whole block of
//! 256 are rows. Either way a hash takes its own 32 bytes.
//!
//! ```text
//! per block   96 planes of 32 bytes       bit k of hash i of the block is bit i % 8 of byte i / 8 of plane k;
//!                                         bit k of a hash is bit 7 - k % 8 of its byte k / 8, so planes are in printed order
//! per hash    remainder of 20 bytes       bytes 12..32 of each hash in a block
//! tail        rows of 32 bytes            the hashes in no block
//! ```
//!
//! A scan of sliced hashes reads 12 bytes a hash instead of 32, one after the other, and counts in vectors as wide as the machine
//! has them ([`linear`](super::linear)). A look-up of single hashes reads remainders first: 160 bits tell unrelated hashes
//! apart, so that the planes, where a hash is scattered over 96 places, are only gathered for those that are near.

#![expect(clippy::indexing_slicing, reason = "lanes are below 256, and callers pass slots of the index")]

use crate::kernel::hamming;
use crate::kernel::planes::{LANES, PLANES, Plane};
use crate::kernel::prefetch;

/// Bytes of each hash that are planes, and those that follow.
pub(super) const SLICED: usize = PLANES / 8;
pub(super) const REST: usize = 32 - SLICED;
/// The planes of a block.
pub(super) type Planes = [Plane; PLANES];

/// 256 hashes, sliced.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) planes: &'a Planes,
    pub(super) rests: &'a [[u8; REST]],
}

impl Block<'_> {
    /// The bytes of one hash that are planes, gathered bit by bit.
    pub(super) fn gathered(&self, lane: usize) -> [u8; SLICED] {
        let mut bytes = [0; SLICED];
        for (byte, eight) in bytes.iter_mut().zip(self.planes.as_chunks::<8>().0) {
            for plane in eight {
                *byte = *byte << 1 | plane[lane / 8] >> (lane % 8) & 1;
            }
        }
        bytes
    }

    /// The bytes of all hashes that are planes.
    pub(super) fn all_gathered(&self) -> [[u8; SLICED]; LANES] {
        let mut all = [[0; SLICED]; LANES];
        for (at, eight) in self.planes.as_chunks::<8>().0.iter().enumerate() {
            for (column, lanes) in all.as_chunks_mut::<8>().0.iter_mut().enumerate() {
                let bytes = transposed(u64::from_le_bytes(core::array::from_fn(|k| eight[k][column]))).to_le_bytes();
                for (lane, byte) in lanes.iter_mut().zip(bytes) {
                    lane[at] = byte.reverse_bits(); // the first plane is the highest bit
                }
            }
        }
        all
    }

    /// The distance of a needle from one hash, and the hash, if it is at most `radius`: first over the bytes that lie together.
    #[inline]
    pub(super) fn within<const N: usize>(
        &self,
        lane: usize,
        needle: &[u8; N],
        radius: u32,
        gathered: impl FnOnce(usize) -> [u8; SLICED],
    ) -> Option<(u32, [u8; N])> {
        let ((first, rest), own_rest) = (parts(needle), &self.rests[lane]);
        let of_rest = hamming::distance(own_rest, rest);
        if of_rest > radius {
            return None;
        }
        let own_first = gathered(lane);
        let distance = of_rest + hamming::distance(&own_first, first);
        (distance <= radius).then(|| (distance, joined(own_first, own_rest)))
    }
}

/// Mirrors a matrix of 8x8 bits along its diagonal: rows are bytes, the lowest first, and so are columns within them.
///
/// Source: Warren, "Hacker's Delight", section 7-3.
pub(super) const fn transposed(mut bits: u64) -> u64 {
    let mut swap = (bits ^ bits >> 7) & 0x00aa_00aa_00aa_00aa;
    bits ^= swap ^ swap << 7;
    swap = (bits ^ bits >> 14) & 0x0000_cccc_0000_cccc;
    bits ^= swap ^ swap << 14;
    swap = (bits ^ bits >> 28) & 0x0000_0000_f0f0_f0f0;
    bits ^ swap ^ swap << 28
}

/// All hashes of an index, in the order of their slots.
#[derive(Clone, Copy)]
pub(super) enum Hashes<'a, const N: usize> {
    /// One after the other.
    Rows(&'a [[u8; N]]),
    /// Blocks of 256, and the hashes after them; only hashes of 32 bytes.
    Sliced(Sliced<'a, N>),
}

/// Blocks of 256 hashes, and the hashes after them.
#[derive(Clone, Copy)]
pub(super) struct Sliced<'a, const N: usize> {
    planes: &'a [Planes],
    rests: &'a [[u8; REST]],
    pub(super) tail: &'a [[u8; N]],
}

impl<'a, const N: usize> Sliced<'a, N> {
    /// Hashes in blocks.
    pub(super) const fn in_blocks(&self) -> usize {
        LANES * self.planes.len()
    }

    #[inline]
    fn block(&self, number: usize) -> Block<'a> {
        Block { planes: &self.planes[number], rests: &self.rests[LANES * number..][..LANES] }
    }

    /// The blocks in their order.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Block<'a>> {
        self.planes.iter().zip(self.rests.chunks(LANES)).map(|(planes, rests)| Block { planes, rests })
    }
}

impl<'a, const N: usize> Hashes<'a, N> {
    /// Hashes one after the other.
    pub(super) const fn rows(bytes: &'a [u8]) -> Self {
        Self::Rows(bytes.as_chunks().0)
    }

    /// Blocks of 256 hashes, and the rest one after the other.
    pub(super) const fn sliced(bytes: &'a [u8]) -> Self {
        if N != 32 {
            return Self::rows(bytes);
        }
        let blocks = bytes.len() / 32 / LANES;
        let (planes, others) = bytes.split_at(blocks * size_of::<Planes>());
        let (rests, tail) = others.split_at(blocks * LANES * REST);
        let planes = planes.as_chunks().0.as_chunks().0;
        Self::Sliced(Sliced { planes, rests: rests.as_chunks().0, tail: tail.as_chunks().0 })
    }

    /// Blocks and the hashes after them: of rows no block, and all of them after it.
    pub(super) const fn sliced_or_tail(self) -> Sliced<'a, N> {
        match self {
            Self::Rows(tail) => Sliced { planes: &[], rests: &[], tail },
            Self::Sliced(sliced) => sliced,
        }
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Rows(rows) => rows.len(),
            Self::Sliced(sliced) => sliced.in_blocks() + sliced.tail.len(),
        }
    }

    /// Where a hash lies: in a block, or as a row.
    #[inline]
    fn place(&self, slot: usize) -> Place<'a, N> {
        match self {
            Self::Rows(rows) => Place::Row(&rows[slot]),
            Self::Sliced(sliced) => match slot.checked_sub(sliced.in_blocks()) {
                None => Place::Lane(sliced.block(slot / LANES), slot % LANES),
                Some(slot) => Place::Row(&sliced.tail[slot]),
            },
        }
    }

    /// The hash in a slot, if there is that slot.
    #[cfg(any(test, feature = "store"))]
    pub(super) fn get(&self, slot: usize) -> Option<[u8; N]> {
        (slot < self.len()).then(|| self.at(slot))
    }

    /// The hash in a slot.
    pub(super) fn at(&self, slot: usize) -> [u8; N] {
        match self.place(slot) {
            Place::Row(row) => *row,
            Place::Lane(block, lane) => joined(block.gathered(lane), &block.rests[lane]),
        }
    }

    /// The distance of a needle from the hash in a slot, and the hash, if it is at most `radius`.
    #[inline]
    pub(super) fn within(&self, slot: usize, needle: &[u8; N], radius: u32) -> Option<(u32, [u8; N])> {
        match self.place(slot) {
            Place::Row(row) => {
                let distance = hamming::distance(row, needle);
                (distance <= radius).then_some((distance, *row))
            }
            Place::Lane(block, lane) => block.within(lane, needle, radius, |lane| block.gathered(lane)),
        }
    }

    /// Prefetches what [`within`](Self::within) reads first.
    #[inline]
    pub(super) fn prefetch(&self, slot: usize) {
        match self.place(slot) {
            Place::Row(row) => prefetch(row),
            Place::Lane(block, lane) => prefetch(&block.rests[lane]),
        }
    }

    /// Visits all hashes in the order of their slots, a block at a time.
    pub(super) fn for_each<E>(&self, mut visit: impl FnMut(&[u8; N]) -> Result<(), E>) -> Result<(), E> {
        let rows = match self {
            Self::Rows(rows) => rows,
            Self::Sliced(sliced) => {
                for block in sliced.blocks() {
                    for (first, rest) in block.all_gathered().into_iter().zip(block.rests) {
                        visit(&joined(first, rest))?;
                    }
                }
                sliced.tail
            }
        };
        rows.iter().try_for_each(visit)
    }
}

/// Where a hash lies.
enum Place<'a, const N: usize> {
    Row(&'a [u8; N]),
    Lane(Block<'a>, usize),
}

/// A hash from its two parts.
fn joined<const N: usize>(first: [u8; SLICED], rest: &[u8; REST]) -> [u8; N] {
    let mut hash = [0; N];
    hash[..SLICED].copy_from_slice(&first);
    hash[SLICED..].copy_from_slice(rest);
    hash
}

/// The two parts of a hash.
pub(super) fn parts<const N: usize>(hash: &[u8; N]) -> (&[u8; SLICED], &[u8; REST]) {
    hash.first_chunk().zip(hash.last_chunk()).filter(|_| N == 32).expect("only hashes of 32 bytes are sliced")
}

/// Writes hashes into as many bytes as they have: sliced, or in rows where they do not have 32 bytes.
#[cfg(feature = "alloc")]
pub(super) fn write_sliced<'a, const N: usize>(hashes: impl Iterator<Item = &'a [u8; N]>, out: &mut [u8]) {
    let mut hashes = hashes.fuse();
    let blocks = if N == 32 { out.len() / 32 / LANES } else { 0 };
    let (planes, others) = out.split_at_mut(blocks * size_of::<Planes>());
    let (rests, tail) = others.split_at_mut(blocks * LANES * REST);
    let blocks = planes.as_chunks_mut::<{ LANES / 8 }>().0.as_chunks_mut::<PLANES>().0;
    for (planes, rests) in blocks.iter_mut().zip(rests.as_chunks_mut::<REST>().0.chunks_mut(LANES)) {
        let mut column = [[0_u8; SLICED]; 8];
        for (number, (rest, hash)) in rests.iter_mut().zip(&mut hashes).enumerate() {
            (column[number % 8], *rest) = (*parts(hash).0, *parts(hash).1);
            if number % 8 == 7 {
                put_column(planes, number / 8, &column);
            }
        }
    }
    for (row, hash) in tail.as_chunks_mut::<N>().0.iter_mut().zip(hashes) {
        *row = *hash;
    }
}

/// Writes the planes of eight neighbouring hashes.
#[cfg(feature = "alloc")]
fn put_column(planes: &mut [Plane], column: usize, hashes: &[[u8; SLICED]; 8]) {
    for (at, eight) in planes.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        // the first plane is the highest bit
        let bits =
            transposed(u64::from_le_bytes(core::array::from_fn(|lane| hashes[lane][at].reverse_bits()))).to_le_bytes();
        eight.iter_mut().zip(bits).for_each(|(plane, byte)| plane[column] = byte);
    }
}

#[cfg(all(test, feature = "alloc"))]
pub(super) mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Hashes at all distances from each other.
    pub(in crate::index) fn hashes(len: usize) -> Vec<[u8; 32]> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (state >> 56) as u8
        };
        // families, so that hashes lie at all distances from each other
        let mut hash = [0; 32];
        (0..len)
            .map(|i| {
                if i % 40 == 0 {
                    hash = core::array::from_fn(|_| next());
                }
                hash[i % 32] ^= next() & next();
                hash
            })
            .collect()
    }

    #[test]
    fn sliced_hashes_are_the_same_hashes() {
        for len in [0, 1, 2, 255, 256, 257, 511, 512, 1000] {
            let rows = hashes(len);
            let mut bytes = vec![0; 32 * len];
            write_sliced(rows.iter(), &mut bytes);
            let sliced = Hashes::<32>::sliced(&bytes);
            assert_eq!(sliced.len(), len);
            let found: Vec<_> = (0..len).map(|slot| sliced.get(slot).unwrap()).collect();
            assert_eq!(found, rows);
            assert_eq!(sliced.get(len), None);
            let mut in_order = Vec::new();
            let ended: Result<(), ()> = sliced.for_each(|hash| {
                in_order.push(*hash);
                Ok(())
            });
            assert_eq!((ended, in_order), (Ok(()), rows));
        }
    }

    #[test]
    fn bits_are_where_the_layout_says() {
        let mut rows = vec![[0; 32]; 256];
        rows[77][11] = 0b0000_0100; // bit 93
        rows[77][12] = 0xab;
        let mut bytes = vec![0; 32 * 256];
        write_sliced(rows.iter(), &mut bytes);
        let ones: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at] != 0).map(|at| (at, bytes[at])).collect();
        assert_eq!(ones, [(93 * 32 + 77 / 8, 1 << (77 % 8)), (96 * 32 + 77 * 20, 0xab)]);
    }
}
