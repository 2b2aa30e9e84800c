//! Checks that the tables hold every hash exactly where a look-up will search for it, without looking any of them up.
//!
//! Of each chunk the file has a list of entries: slot, prefix and sketch, in the order of the prefixes. The hashes have the same
//! list, in the order of the slots. That both are the same multiset is checked by adding up a keyed function of each entry
//! (Clarke et al., "Incremental Multiset Hash Functions", 2003): different lists add up to the same 64 bits by chance only. Two
//! passes in order replace sixteen random accesses for each hash.
//!
//! The key is drawn for each verification where there is a source of randomness (feature `std`), so that nobody can make
//! a file that passes falsely; elsewhere it is fixed, and the check is against accidents.

#![expect(clippy::indexing_slicing, reason = "blocks are emptied when full; buckets are checked before they are read")]

use super::tables::{Bucket, Tables, corrupt, overflow_place};
use crate::index::error::Corrupt;
use crate::index::permuted::Permuted;
use crate::index::ring::{Chunk, HEAD_LANES, MAX_CHUNKS};
use crate::index::section::SectionId;

/// Hashes that are gone through together.
const BLOCK: usize = 64;

/// What the function of entries depends on.
#[derive(Clone, Copy)]
struct Key(u64, u64);

impl Key {
    fn new() -> Self {
        #[cfg(feature = "std")]
        let drawn = || {
            use core::hash::{BuildHasher, Hasher};
            std::hash::RandomState::new().build_hasher().finish()
        };
        #[cfg(not(feature = "std"))]
        let drawn = || 0x9e37_79b9_7f4a_7c15;
        Self(drawn(), drawn().rotate_left(32))
    }

    /// The function of an entry: both halves of a product of which each factor depends on a part of the key.
    #[inline]
    fn of(self, slot: usize, bits: u64) -> u64 {
        let product = u128::from(slot as u64 ^ self.0) * u128::from(bits ^ self.1);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let halves = product as u64 ^ (product >> 64) as u64;
        halves
    }
}

impl<const N: usize> Tables<'_, N> {
    /// Checks everything that a builder promises of hashes, buckets, ids and overflow.
    pub(in crate::index) fn verify(&self) -> Result<(), Corrupt> {
        let key = Key::new();
        let chunks = self.ring.chunks();
        let mut sums = [0_u64; MAX_CHUNKS];
        let (mut before, mut slot) = (None, 0);
        // gone through chunk by chunk, a block of hashes stays in registers and the nearest cache
        let (mut block, mut len) = ([Permuted::default(); BLOCK], 0);
        let mut add = |first: usize, block: &[Permuted]| {
            for (sum, chunk) in sums.iter_mut().zip(chunks) {
                for (permuted, slot) in block.iter().zip(first..) {
                    *sum = sum.wrapping_add(key.of(slot, chunk.bits(permuted)));
                }
            }
        };
        self.hashes.for_each(|hash| {
            if before.replace(*hash).is_some_and(|before| before >= *hash) {
                return Err(corrupt(SectionId::Hashes, "holds hashes that do not rise"));
            }
            block[len] = Permuted::of(hash);
            len += 1;
            if len == BLOCK {
                add(slot, &block);
                slot += BLOCK;
                len = 0;
            }
            Ok(())
        })?;
        add(slot, &block[..len]);
        for ((number, chunk), sum) in chunks.iter().enumerate().zip(sums) {
            let found = match self.ring.id_bytes {
                3 => self.verify_chunk(number, chunk, key, |[a, b, c]: [u8; 3]| [a, b, c, 0])?,
                _ => self.verify_chunk(number, chunk, key, |id: [u8; 4]| id)?,
            };
            if found != sum {
                return Err(corrupt(SectionId::Ids, "does not hold every hash in its bucket"));
            }
        }
        Ok(())
    }

    /// Checks the order of a chunk's entries, and adds them up.
    fn verify_chunk<const W: usize>(
        &self,
        number: usize,
        chunk: &Chunk,
        key: Key,
        word: impl Fn([u8; W]) -> [u8; 4],
    ) -> Result<u64, Corrupt> {
        let (mut entries, mut overflow, mut sum) = (0, 0, 0_u64);
        for (prefix, place) in (0..chunk.buckets()).zip(0_u64..) {
            let bucket = self.bucket(chunk, prefix)?;
            if bucket.first != entries {
                return Err(corrupt(SectionId::Buckets, "does not follow from the bucket before"));
            }
            self.verify_unused(chunk, prefix, &bucket, &mut overflow)?;
            let at = (number * self.hashes.len() + entries) * W;
            let ids = &self.ids[at..at + W * bucket.len];
            let mut before = None;
            for (id, sketch) in ids.as_chunks::<W>().0.iter().zip(bucket.sketches.iter().chain(bucket.overflow)) {
                let slot = u32::from_le_bytes(word(*id)) as usize;
                if before.replace(slot).is_some_and(|before| before >= slot) {
                    return Err(corrupt(SectionId::Ids, "has entries of a bucket that do not rise"));
                }
                let bits = place | u64::from(u16::from_le_bytes(*sketch)) << chunk.prefix;
                sum = sum.wrapping_add(key.of(slot, bits));
            }
            entries += bucket.len;
        }
        if entries != self.hashes.len() || overflow != chunk.overflow {
            return Err(corrupt(SectionId::Buckets, "does not hold as many entries as there are hashes"));
        }
        Ok(sum)
    }

    /// Checks that what a bucket does not use is zero, and that its overflow follows that of the bucket before.
    fn verify_unused(
        &self,
        chunk: &Chunk,
        prefix: usize,
        bucket: &Bucket<'_>,
        overflow: &mut usize,
    ) -> Result<(), Corrupt> {
        let lanes = self.lanes(chunk, prefix);
        if bucket.overflow.is_empty() {
            let unused = &lanes[HEAD_LANES + bucket.len..];
            if unused.iter().any(|lane| *lane != [0; 2]) {
                return Err(corrupt(SectionId::Buckets, "has entries after the last"));
            }
        } else {
            if overflow_place(lanes) != *overflow {
                return Err(corrupt(SectionId::Buckets, "has an overflow that does not follow the one before"));
            }
            *overflow += 2 + bucket.overflow.len();
        }
        Ok(())
    }
}
