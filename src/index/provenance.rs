//! Where a stored hash came from: every list and entry, with what was published about it.

use core::fmt;
use core::ops::Range;
use core::str;

use super::format::{Entry, List, Origin, SectionId};
use super::{Corrupt, Index, SearchError, Slot};
use crate::wire::{self, u64_of};

/// One entry of a published list, as an index remembers it. An empty text means that it was not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "made by callers as a literal; it is what format version 1 stores")]
pub struct Source<'a> {
    /// The name of the list.
    pub list: &'a str,
    /// The entry's own id within the list.
    pub id: &'a str,
    /// How the publisher classified the material.
    pub classification: &'a str,
    /// Who contributed the entry.
    pub owner: &'a str,
    /// Under whose law it was classified.
    pub jurisdiction: &'a str,
}

/// A list of an index: its name, and how many entries came from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSummary<'a> {
    /// The name of the list.
    pub name: &'a str,
    /// Entries, after duplicates within the list were put together.
    pub entries: u64,
}

impl<D: AsRef<[u8]>> Index<D> {
    /// Visits the entries that a stored hash came from, in the order of list, classification, owner, jurisdiction, id.
    ///
    /// Allocates nothing. Damage of the index, or a slot of another index that this one does not have, is an error item.
    #[must_use]
    pub fn sources(&self, slot: Slot) -> Sources<'_> {
        match Tables::of(self).and_then(|tables| Ok((tables, tables.entries_of(slot)?))) {
            Ok((tables, entries)) => Sources { tables: Some(tables), entries, error: None },
            Err(error) => Sources { tables: None, entries: 0..0, error: Some(error) },
        }
    }

    /// Visits the lists in the order of their names. Damage of the index is an error item.
    pub fn lists(&self) -> impl Iterator<Item = Result<ListSummary<'_>, SearchError>> {
        let tables = Tables::of(self);
        let (lists, error) = match tables {
            // Opening refuses more lists than a word can number.
            Ok(tables) => (0..u32::try_from(tables.lists.len()).unwrap_or(u32::MAX), None),
            Err(error) => (0..0, Some(Err(error.into()))),
        };
        error.into_iter().chain(lists.map(move |list| {
            let tables = tables?;
            let list = tables.list(list)?;
            Ok(ListSummary { name: tables.string(list.name)?, entries: list.entries })
        }))
    }
}

/// The entries of one stored hash; made by [`Index::sources`].
#[derive(Clone)]
pub struct Sources<'a> {
    tables: Option<Tables<'a>>,
    entries: Range<u32>,
    error: Option<Corrupt>,
}

impl<'a> Iterator for Sources<'a> {
    type Item = Result<Source<'a>, SearchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.error.take() {
            return Some(Err(error.into()));
        }
        let source = self.tables?.source(self.entries.next()?);
        if source.is_err() {
            self.tables = None;
        }
        Some(source.map_err(SearchError::from))
    }
}

impl fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("entries", &self.entries).finish_non_exhaustive()
    }
}

/// The sections that make up provenance. Every reference is checked when it is followed.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) first_entries: &'a [[wire::Word; 1]],
    pub(super) entries: &'a [[wire::Word; 2]],
    pub(super) origins: &'a [[wire::Word; 4]],
    pub(super) lists: &'a [[wire::Word; 3]],
    pub(super) string_ends: &'a [[wire::Word; 2]],
    pub(super) strings: &'a [u8],
}

impl<'a> Tables<'a> {
    pub(super) fn of<D: AsRef<[u8]>>(index: &'a Index<D>) -> Result<Self, Corrupt> {
        Ok(Self {
            first_entries: wire::records(index.section(SectionId::FirstEntries)?),
            entries: wire::records(index.section(SectionId::Entries)?),
            origins: wire::records(index.section(SectionId::Origins)?),
            lists: wire::records(index.section(SectionId::Lists)?),
            string_ends: wire::records(index.section(SectionId::StringEnds)?),
            strings: index.section(SectionId::Strings)?,
        })
    }

    /// The numbers of the entries of a slot.
    pub(super) fn entries_of(&self, slot: Slot) -> Result<Range<u32>, Corrupt> {
        let corrupt = |what| Corrupt { section: SectionId::FirstEntries, what };
        let slot = slot.0 as usize;
        let Some(&[[first], [end]]) = self.first_entries.get(slot..).and_then(<[_]>::first_chunk) else {
            return Err(corrupt("does not have the slot asked for"));
        };
        let (first, end) = (u32::from_le_bytes(first), u32::from_le_bytes(end));
        if first >= end || end as usize > self.entries.len() {
            return Err(corrupt("gives a slot no entries"));
        }
        Ok(first..end)
    }

    pub(super) fn entry(&self, number: u32) -> Result<Entry, Corrupt> {
        find(self.entries, number, SectionId::Entries).map(Entry::read)
    }

    pub(super) fn origin(&self, number: u32) -> Result<Origin, Corrupt> {
        find(self.origins, number, SectionId::Origins).map(Origin::read)
    }

    pub(super) fn list(&self, number: u32) -> Result<List, Corrupt> {
        find(self.lists, number, SectionId::Lists).map(List::read)
    }

    pub(super) fn string(&self, number: u32) -> Result<&'a str, Corrupt> {
        let corrupt = |section, what| Corrupt { section, what };
        let end = |number| {
            let [low, high] = find(self.string_ends, number, SectionId::StringEnds)?;
            usize::try_from(u64_of(low, high))
                .map_err(|_| corrupt(SectionId::StringEnds, "refers past the end of the strings"))
        };
        let start = number.checked_sub(1).map_or(Ok(0), end)?;
        let bytes = self
            .strings
            .get(start..end(number)?)
            .ok_or(corrupt(SectionId::StringEnds, "refers past the end of the strings"))?;
        str::from_utf8(bytes).map_err(|_| corrupt(SectionId::Strings, "holds text that is not UTF-8"))
    }

    fn source(&self, entry: u32) -> Result<Source<'a>, Corrupt> {
        let entry = self.entry(entry)?;
        let origin = self.origin(entry.origin)?;
        Ok(Source {
            list: self.string(self.list(origin.list)?.name)?,
            id: self.string(entry.id)?,
            classification: self.string(origin.classification)?,
            owner: self.string(origin.owner)?,
            jurisdiction: self.string(origin.jurisdiction)?,
        })
    }
}

fn find<T: Copy>(records: &[T], number: u32, section: SectionId) -> Result<T, Corrupt> {
    let record = usize::try_from(number).ok().and_then(|number| records.get(number));
    record.copied().ok_or(Corrupt { section, what: "lacks a record that another section refers to" })
}
