//! The digests of all entries: kind by kind, in the order of the entries, until they are written as sorted rows.

#![expect(
    clippy::indexing_slicing,
    reason = "the room holds as many rows as `bytes` counts, and entries have been numbered"
)]

use alloc::vec::Vec;

use super::shape::Shape;
use crate::entry::{Digest, DigestKind};
use crate::index::format::{Entry, Room, digest_row};
use crate::index::section::SectionId;
use crate::wire::Word;

#[derive(Default)]
pub(super) struct Digests {
    md5: Vec<[u8; 16]>,
    sha1: Vec<[u8; 20]>,
    sha256: Vec<[u8; 32]>,
}

impl Digests {
    pub(super) fn push(&mut self, digest: &Digest) {
        match digest {
            Digest::Md5(bytes) => self.md5.push(*bytes),
            Digest::Sha1(bytes) => self.sha1.push(*bytes),
            Digest::Sha256(bytes) => self.sha256.push(*bytes),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.md5.is_empty() && self.sha1.is_empty() && self.sha256.is_empty()
    }

    /// Writes the digests of all entries that were not removed, sorted and each once, and says how long each section became.
    ///
    /// `finals` are the numbers of the entries in the file, `entries` those entries. Entries are gone through from the last to
    /// the first, and memory is given back as digests are written, so that they are never all there twice.
    pub(super) fn write(
        self,
        mut shapes: Vec<Shape>,
        finals: &[u32],
        entries: &[[Word; 2]],
        room: &mut Room<'_>,
    ) -> [(DigestKind, usize); 3] {
        if self.is_empty() {
            return DigestKind::ALL.map(|kind| (kind, 0)); // then no entry has a final number
        }
        let [md5, sha1, sha256] = DigestKind::ALL.map(|kind| room.take(SectionId::Digests(kind)));
        let mut md5 = Rows::new(self.md5, md5);
        let mut sha1 = Rows::new(self.sha1, sha1);
        let mut sha256 = Rows::new(self.sha256, sha256);
        while let Some(shape) = shapes.pop() {
            let entry = finals[shapes.len()];
            md5.take(shape, Shape::MD5, entry);
            sha1.take(shape, Shape::SHA1, entry);
            sha256.take(shape, Shape::SHA256, entry);
        }
        let entry_of = |number: u32| Entry::read(entries[number as usize]);
        [
            (DigestKind::Md5, sort::<16, 20>(md5.written(), entry_of)),
            (DigestKind::Sha1, sort::<20, 24>(sha1.written(), entry_of)),
            (DigestKind::Sha256, sort::<32, 36>(sha256.written(), entry_of)),
        ]
    }
}

/// How many bytes the rows of a kind take if so many entries have one.
pub(super) fn bytes(kind: DigestKind, shapes: &[Shape]) -> usize {
    let bit = Shape::of(kind);
    shapes.iter().filter(|shape| shape.is_live() && shape.has(bit)).count() * digest_row(kind)
}

/// Digests of one kind, and the room for their rows.
struct Rows<'o, const K: usize> {
    digests: Vec<[u8; K]>,
    room: &'o mut [u8],
    used: usize,
    /// At this length memory is given back.
    shrink_at: usize,
}

/// In how many steps memory is given back: a shrinking allocation may be copied.
const STEPS: usize = 16;

impl<'o, const K: usize> Rows<'o, K> {
    fn new(digests: Vec<[u8; K]>, room: &'o mut [u8]) -> Self {
        let shrink_at = digests.len() - digests.len() / STEPS;
        Self { digests, room, used: 0, shrink_at }
    }

    /// Takes the digest of the entry, if it has one, and writes its row unless it was removed.
    fn take(&mut self, shape: Shape, kind: Shape, entry: u32) {
        if !shape.has(kind) {
            return;
        }
        let digest = self.digests.pop().expect("one for each shape of the kind");
        if self.digests.len() < self.shrink_at {
            self.shrink_at = self.digests.len() - self.digests.len() / STEPS;
            self.digests.shrink_to_fit();
        }
        if shape.is_live() {
            let (to, number) = self.room[self.used..][..K + size_of::<Word>()].split_at_mut(K);
            to.copy_from_slice(&digest);
            number.copy_from_slice(&entry.to_le_bytes());
            self.used += K + size_of::<Word>();
        }
    }

    /// The rows that were written; what is left of the digests is freed.
    fn written(self) -> &'o mut [u8] {
        &mut self.room[..self.used]
    }
}

/// Sorts rows of `W` bytes, of which `K` are a digest, by it and their entries; leaves one of equal ones, and returns their length.
fn sort<const K: usize, const W: usize>(rows: &mut [u8], entry_of: impl Fn(u32) -> Entry) -> usize {
    let (rows, _) = rows.as_chunks_mut::<W>();
    let number = |row: &[u8; W]| u32::from_le_bytes(*row.last_chunk().expect("a row ends in a word"));
    rows.sort_unstable_by(|a, b| {
        a[..K].cmp(&b[..K]).then_with(|| {
            let (first, second) = (number(a), number(b));
            entry_of(first).cmp(&entry_of(second)).then(first.cmp(&second))
        })
    });
    let mut kept = 0;
    for at in 0..rows.len() {
        if kept == 0 || rows[at] != rows[kept - 1] {
            rows[kept] = rows[at];
            kept += 1;
        }
    }
    kept * W
}

const _: () = assert!(digest_row(DigestKind::Md5) == 20 && digest_row(DigestKind::Sha1) == 24);
const _: () = assert!(digest_row(DigestKind::Sha256) == 36 && size_of::<Word>() == 4);
