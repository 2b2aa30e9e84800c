//! Rows of digests as they lie in a file: each a digest and the entry that has it, sorted.
//!
//! Digests are looked up exactly, by bisection: 22 comparisons in four million rows, a microsecond beside the milliseconds that
//! reading and digesting a picture take. Interpolation would need three or four where digests are random; but a list can be
//! written so that they are not.

#![expect(clippy::indexing_slicing, reason = "opening refuses a part of a row, and rows are numbered below `len`")]

use super::Index;
use super::error::Corrupt;
use super::format::digest_row;
use super::section::SectionId;
use crate::entry::DigestKind;
use crate::wire::Word;

impl<D: AsRef<[u8]>> Index<D> {
    /// The number of digests of a kind, over all entries: equal digests of different entries count each.
    #[must_use]
    pub fn digests(&self, kind: DigestKind) -> u64 {
        self.digest_rows(kind).map_or(0, |rows| rows.len() as u64)
    }

    pub(super) fn digest_rows(&self, kind: DigestKind) -> Result<Rows<'_>, Corrupt> {
        Ok(Rows { kind, bytes: self.section(SectionId::Digests(kind))? })
    }
}

/// Rows of one kind, or some neighbours of them. What no builder writes, rows out of order, changes what is found and no more.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    kind: DigestKind,
    bytes: &'a [u8],
}

impl<'a> Rows<'a> {
    /// How many there are; opening refuses a part of one.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len() / digest_row(self.kind)
    }

    /// A row: the digest, and the number of its entry.
    pub(super) fn at(&self, at: usize) -> (&'a [u8], u32) {
        let width = digest_row(self.kind);
        read_row(&self.bytes[at * width..][..width])
    }

    /// The rows from the first on that is not less than a digest.
    pub(super) fn not_less(&self, digest: &[u8]) -> Self {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle).0 < digest {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.from(low)
    }

    fn from(&self, row: usize) -> Self {
        Self { bytes: &self.bytes[row * digest_row(self.kind)..], ..*self }
    }

    /// Takes the first row if it is of this digest: the number of its entry.
    pub(super) fn next_of(&mut self, digest: &[u8]) -> Option<u32> {
        let (_, entry) = (self.len() > 0).then(|| self.at(0)).filter(|(found, _)| *found == digest)?;
        *self = self.from(1);
        Some(entry)
    }
}

/// A row: the digest, and the number of its entry.
pub(super) fn read_row(row: &[u8]) -> (&[u8], u32) {
    let (digest, entry): (_, &Word) = row.split_last_chunk().expect("a row ends in a word");
    (digest, u32::from_le_bytes(*entry))
}
