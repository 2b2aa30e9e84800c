//! All entries of an index, each with everything that belongs to it, in an order that is the same in every index.
//!
//! For comparing two indexes and for making a new one of them: entries with a hash rise by hash, then by source; those without
//! one follow, by source. Look-ups need none of this.

#![expect(clippy::indexing_slicing, reason = "slots and rows are listed in full, and gone through by their numbers")]

use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Range;

use super::digests::Rows;
use super::error::{Corrupt, IndexError};
use super::hashes::Hashes;
use super::provenance::Tables;
use super::section::SectionId;
use super::{Index, IndexKind, Slot, Source};
use crate::entry::{Digest, DigestKind};
use crate::hash::HashBits;

impl<D: AsRef<[u8]>> Index<D> {
    /// Prepares going through all entries in order: by hash, those without one last, then by list, classification, owner,
    /// jurisdiction, opinion, id.
    ///
    /// Takes four bytes for each digest, and for each hash of a tree.
    ///
    /// ```
    /// use lookalike::entry::DigestKind;
    /// use lookalike::hash::{Bits64, Profile};
    /// use lookalike::index::{Builder, Index, Source};
    ///
    /// let mut builder = Builder::new(Profile::Phash64)?;
    /// let md5 = DigestKind::Md5.parse("9e107d9d372bb6826bd81d3542a419d6")?;
    /// let hash: Bits64 = "b7b78fa7173336d6".parse()?;
    /// builder.add_entry(None, &[md5], Source { list: "a", id: "1", ..Source::default() })?;
    /// builder.add_entry(Some(hash), &[md5], Source { list: "b", id: "2", ..Source::default() })?;
    /// let index = Index::open(builder.finish()?)?;
    ///
    /// let all = index.in_order::<8>()?;
    /// let ids: Vec<_> = all.iter().map(|entry| entry.map(|entry| (entry.source.id, entry.hash))).collect::<Result<_, _>>()?;
    /// assert_eq!(ids, [("2", Some(hash)), ("1", None)]);
    /// for entry in all.iter() {
    ///     assert!(entry?.digests().eq([md5]));
    /// }
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Refuses a length other than that of the index's hashes, and reports damage that would give entries to several hashes.
    pub fn in_order<const N: usize>(&self) -> Result<InOrder<'_, N>, IndexError> {
        let (hashes, tables) = (self.stored::<N>()?, Tables::of(self)?);
        // Then no entry is given twice, in whichever order slots are gone through.
        if !tables.first_entries.is_sorted_by_key(|&[first]| u32::from_le_bytes(first)) {
            return Err(Corrupt { section: SectionId::FirstEntries, what: "holds numbers that fall" }.into());
        }
        let mut slots = Vec::new();
        if self.kind() == IndexKind::BkTree {
            slots.extend(self.slots().map(Slot::number));
            // Each hash is read once: a sort may panic if what it compares changes, and so may a file that is mapped.
            slots.sort_by_cached_key(|&slot| hashes.at(slot as usize));
        }
        let [md5, sha1, sha256] = DigestKind::ALL.map(|kind| self.digest_rows(kind).map(ByEntry::new));
        Ok(InOrder { tables, hashes, slots, entries: self.header().entries, digests: [md5?, sha1?, sha256?] })
    }
}

/// All entries of an index in order; made by [`Index::in_order`].
pub struct InOrder<'a, const N: usize> {
    tables: Tables<'a>,
    hashes: Hashes<'a, N>,
    /// The slots by hash; empty where they lie so.
    slots: Vec<u32>,
    entries: u32,
    digests: [ByEntry<'a>; 3],
}

/// Rows of digests, by entry.
struct ByEntry<'a> {
    rows: Rows<'a>,
    by_entry: Vec<u32>,
}

impl<'a> ByEntry<'a> {
    fn new(rows: Rows<'a>) -> Self {
        // A builder writes no more rows than entries can be numbered; those beyond would be damage.
        let mut by_entry: Vec<u32> = (0..u32::MAX).take(rows.len()).collect();
        // Read once, as the hashes of a tree are.
        by_entry.sort_by_cached_key(|&row| rows.at(row as usize).1);
        Self { rows, by_entry }
    }

    /// The rows of an entry.
    fn of(&self, entry: u32) -> &[u32] {
        let entry_of = |row: &u32| self.rows.at(*row as usize).1;
        let from = &self.by_entry[self.by_entry.partition_point(|row| entry_of(row) < entry)..];
        &from[..from.iter().take_while(|row| entry_of(row) == entry).count()]
    }
}

impl<'a, const N: usize> InOrder<'a, N> {
    /// Goes through the entries. Damage of the index is an error item, and the last.
    pub fn iter(&self) -> impl Iterator<Item = Result<Listed<'_, N>, IndexError>> {
        Entries { all: self, next_slot: 0, hash: None, entries: 0..0, given: 0, is_over: false }
    }

    /// The number of entries: [`Index::entries`].
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.entries as u64
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries == 0
    }

    fn listed(&self, number: u32, hash: Option<[u8; N]>) -> Result<Listed<'_, N>, Corrupt> {
        Ok(Listed {
            hash: hash.map(HashBits::from_bytes),
            source: self.tables.source(number)?,
            digests: self.digests.each_ref().map(|digests| (digests, digests.of(number))),
        })
    }
}

impl<const N: usize> fmt::Debug for InOrder<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InOrder").field("entries", &self.entries).finish_non_exhaustive()
    }
}

/// An entry of an index with everything that belongs to it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Listed<'a, const N: usize> {
    /// Its perceptual hash, if it has one.
    pub hash: Option<HashBits<N>>,
    /// Where it came from.
    pub source: Source<'a>,
    digests: [(&'a ByEntry<'a>, &'a [u32]); 3],
}

impl<'a, const N: usize> Listed<'a, N> {
    /// Its digests: kind by kind, rising.
    pub fn digests(&self) -> impl Iterator<Item = Digest> + use<'a, N> {
        DigestKind::ALL.into_iter().zip(self.digests).flat_map(|(kind, (all, rows))| {
            rows.iter().filter_map(move |&row| Digest::from_bytes(kind, all.rows.at(row as usize).0))
        })
    }

    /// Compares the places of two entries, of the same or of two indexes: by hash, those without one last, then by source.
    ///
    /// Neither digests nor roles are looked at: equal are entries that a builder would put together.
    #[must_use]
    pub fn compare(&self, other: &Listed<'_, N>) -> Ordering {
        let (a, b) = (&self.source, &other.source);
        (self.hash.is_none().cmp(&other.hash.is_none()))
            .then_with(|| self.hash.cmp(&other.hash))
            .then_with(|| a.list.cmp(b.list))
            .then_with(|| a.classification.cmp(b.classification))
            .then_with(|| a.owner.cmp(b.owner))
            .then_with(|| a.jurisdiction.cmp(b.jurisdiction))
            .then_with(|| a.opinion.cmp(&b.opinion))
            .then_with(|| a.id.cmp(b.id))
    }
}

impl<const N: usize> fmt::Debug for Listed<'_, N> {
    /// Never prints hash or digests.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Goes slot by slot, then through the entries without a hash.
struct Entries<'e, 'a, const N: usize> {
    all: &'e InOrder<'a, N>,
    next_slot: usize,
    hash: Option<[u8; N]>,
    entries: Range<u32>,
    given: u32,
    is_over: bool,
}

impl<'e, const N: usize> Entries<'e, '_, N> {
    /// The next entry's number; what belongs to no slot comes last.
    fn next_number(&mut self) -> Result<Option<u32>, Corrupt> {
        let broken = |what| Corrupt { section: SectionId::FirstEntries, what };
        while self.entries.is_empty() {
            if self.next_slot > self.all.hashes.len() {
                // in a sound index this was the last
                let is_whole = self.given == self.all.entries;
                return if is_whole { Ok(None) } else { Err(broken("leaves entries out")) };
            }
            if self.next_slot < self.all.hashes.len() {
                let slots = &self.all.slots;
                let slot = if slots.is_empty() { self.next_slot } else { slots[self.next_slot] as usize };
                self.hash = Some(self.all.hashes.at(slot));
                self.entries = self.all.tables.entries_of(Slot::new(slot))?;
            } else {
                self.hash = None;
                self.entries = self.all.tables.first_of_no_hash()?..self.all.entries;
            }
            self.next_slot += 1;
        }
        // Slots of a damaged index could share entries without end.
        if self.given == self.all.entries {
            return Err(broken("gives entries to several slots"));
        }
        self.given += 1;
        Ok(self.entries.next())
    }
}

impl<'e, const N: usize> Iterator for Entries<'e, '_, N> {
    type Item = Result<Listed<'e, N>, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let listed = match self.next_number() {
            Ok(Some(number)) => self.all.listed(number, self.hash),
            Ok(None) => {
                self.is_over = true;
                return None;
            }
            Err(error) => Err(error),
        };
        self.is_over = listed.is_err();
        Some(listed.map_err(IndexError::from))
    }
}
