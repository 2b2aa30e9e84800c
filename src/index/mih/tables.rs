//! The tables of a multi-index as they lie in the file.
//!
//! Opening holds the lengths of the sections against the chunks; what a bucket says is checked whenever it is read.

#![expect(
    clippy::indexing_slicing,
    reason = "sections have the lengths that the chunks call for, as opening has checked"
)]

use crate::index::error::Corrupt;
use crate::index::hashes::Hashes;
use crate::index::ring::{Chunk, HEAD_LANES, Ring};
use crate::index::section::SectionId;
use crate::kernel::sketches::{Buckets, Line};

/// A multi-index as it lies in the file.
#[derive(Clone, Copy)]
pub(in crate::index) struct Tables<'a, const N: usize> {
    pub(in crate::index) ring: &'a Ring,
    pub(in crate::index) hashes: Hashes<'a, N>,
    pub(in crate::index) lines: &'a [Line],
    pub(in crate::index) ids: &'a [u8],
    pub(in crate::index) overflow: &'a [[u8; 2]],
}

pub(super) const fn corrupt(section: SectionId, what: &'static str) -> Corrupt {
    Corrupt { section, what }
}

impl<'a, const N: usize> Tables<'a, N> {
    /// The buckets of a chunk.
    pub(super) fn buckets(&self, chunk: &Chunk) -> Buckets<'a> {
        let lines = &self.lines[chunk.first_line..][..chunk.lines()];
        #[expect(clippy::cast_possible_truncation, reason = "a bucket has at most 2,047 lines of 32 lanes")]
        let capacity = chunk.capacity() as u16;
        Buckets { lines, lines_each: chunk.lines_each, capacity }
    }

    /// What a bucket says of itself: the first of its entries, how many there are, and its overflow.
    pub(super) fn bucket(&self, chunk: &Chunk, bucket: usize) -> Result<Bucket<'a>, Corrupt> {
        let broken = |what| Err(corrupt(SectionId::Buckets, what));
        let lanes = self.lanes(chunk, bucket);
        let (&[[a, b], [c, d], count], sketches) =
            lanes.split_first_chunk::<HEAD_LANES>().expect("a line has 32 lanes");
        let first = u32::from_le_bytes([a, b, c, d]) as usize;
        let mut len = usize::from(u16::from_le_bytes(count));
        let mut overflow: &[[u8; 2]] = &[];
        let inline = chunk.inline(len);
        if inline < len {
            let of_chunk = &self.overflow[chunk.first_overflow..][..chunk.overflow];
            let from = of_chunk.get(overflow_place(lanes)..);
            let Some((&[[a, b], [c, d]], rest)) = from.and_then(|from| from.split_first_chunk::<2>()) else {
                return broken("refers past the end of the overflow");
            };
            let all = u32::from_le_bytes([a, b, c, d]) as usize;
            if all.min(usize::from(u16::MAX)) != len {
                return broken("counts other entries than its overflow");
            }
            len = all;
            overflow = match rest.get(..len - inline) {
                Some(overflow) => overflow,
                None => return broken("refers past the end of the overflow"),
            };
        }
        if first.checked_add(len).is_none_or(|end| end > self.hashes.len()) {
            return broken("refers past the last entry");
        }
        Ok(Bucket { first, len, sketches: &sketches[..inline], overflow })
    }

    /// The lanes of a bucket.
    pub(super) fn lanes(&self, chunk: &Chunk, bucket: usize) -> &'a [[u8; 2]] {
        let lines = &self.lines[chunk.first_line + bucket * chunk.lines_each..][..chunk.lines_each];
        lines.as_flattened().as_chunks().0
    }

    /// The bytes of the number of an entry, which [`bucket`](Self::bucket) found to be there.
    #[inline]
    pub(super) fn id_bytes(&self, chunk: usize, entry: usize) -> &'a [u8] {
        let width = self.ring.id_bytes;
        &self.ids[(chunk * self.hashes.len() + entry) * width..][..width]
    }

    /// The slot of an entry, which [`bucket`](Self::bucket) found to be there.
    #[inline]
    pub(super) fn slot(&self, chunk: usize, entry: usize) -> Result<usize, Corrupt> {
        let slot = match *self.id_bytes(chunk, entry) {
            [a, b, c] => u32::from_le_bytes([a, b, c, 0]) as usize,
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]) as usize,
            _ => unreachable!("numbers have 3 or 4 bytes"),
        };
        if slot < self.hashes.len() { Ok(slot) } else { Err(corrupt(SectionId::Ids, "refers past the last hash")) }
    }
}

/// Where in the overflow of its chunk a full bucket continues: the last two lanes.
pub(super) fn overflow_place(lanes: &[[u8; 2]]) -> usize {
    let &[[a, b], [c, d]] = lanes.last_chunk().expect("a line has 32 lanes");
    u32::from_le_bytes([a, b, c, d]) as usize
}

/// A bucket, checked.
pub(super) struct Bucket<'a> {
    pub(super) first: usize,
    pub(super) len: usize,
    /// The sketches of its first entries, and of the others.
    pub(super) sketches: &'a [[u8; 2]],
    pub(super) overflow: &'a [[u8; 2]],
}
