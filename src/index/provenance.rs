//! Where a stored hash or digest came from: every list and entry, with what was published about it.

use core::fmt;
use core::ops::Range;
use core::str;

use super::digests::Rows;
use super::error::{Corrupt, IndexError};
use super::format::{Entry, List, Origin};
use super::section::SectionId;
use super::{Index, Slot};
use crate::entry::{Digest, Opinion, Role};
use crate::wire::{self, u64_of};

/// One entry of a published list, as an index remembers it. An empty text means that it was not given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "made by callers as a literal; it is what format version 3 stores")]
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
    /// How sure the publisher is.
    pub opinion: Opinion,
    /// What the list is for: the same for all its entries.
    pub role: Role,
}

/// A list of an index: its name, and how many entries came from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSummary<'a> {
    /// The name of the list.
    pub name: &'a str,
    /// Entries, after duplicates within the list were put together.
    pub entries: u64,
    /// What it is for.
    pub role: Role,
}

impl<D: AsRef<[u8]>> Index<D> {
    /// Visits the entries that a stored hash came from, in the order of list, classification, owner, jurisdiction, opinion, id.
    ///
    /// Allocates nothing. Damage of the index, or a slot of another index that this one does not have, is an error item.
    #[must_use]
    pub fn sources(&self, slot: Slot) -> Sources<'_> {
        match Tables::of(self).and_then(|tables| Ok((tables, tables.entries_of(slot)?))) {
            Ok((tables, entries)) => Sources::new(tables, Found::OfSlot(entries)),
            Err(error) => Sources::failed(error),
        }
    }

    /// Visits the entries with exactly this digest, in the order of list, classification, owner, jurisdiction, opinion, id; none if no
    /// entry has it.
    ///
    /// At most one comparison of digests for each binary digit of [their number](Self::digests). Allocates nothing and never
    /// panics. Damage of the index is an error item.
    #[cfg_attr(
        feature = "alloc",
        doc = r#"
```
# use lookalike::entry::DigestKind;
# use lookalike::hash::Profile;
use lookalike::index::{Builder, Index, Source};

let mut builder = Builder::<32>::new(Profile::Pdq)?;
let listed = DigestKind::Md5.parse("9e107d9d372bb6826bd81d3542a419d6")?;
builder.add_entry(None, &[listed], Source { list: "example", id: "7", ..Source::default() })?;
let index = Index::open(builder.finish()?)?;

let found = index.find(&listed).next().unwrap()?;
assert_eq!((found.list, found.id), ("example", "7"));
let other = DigestKind::Md5.parse("e4d909c290d0fb1ca068ffaddf22cbd0")?;
assert!(index.find(&other).next().is_none());
# Ok::<(), Box<dyn std::error::Error>>(())
```
"#
    )]
    #[must_use]
    pub fn find(&self, digest: &Digest) -> Sources<'_> {
        match Tables::of(self).and_then(|tables| Ok((tables, self.digest_rows(digest.kind())?))) {
            Ok((tables, rows)) => {
                Sources::new(tables, Found::ByDigest { digest: *digest, rows: rows.not_less(digest.as_bytes()) })
            }
            Err(error) => Sources::failed(error),
        }
    }

    /// The numbers of the entries of a slot.
    #[cfg(feature = "store")]
    pub(crate) fn entries_of_slot(&self, slot: Slot) -> Result<Range<u32>, IndexError> {
        Ok(Tables::of(self)?.entries_of(slot)?)
    }

    /// The entry of a number.
    #[cfg(feature = "store")]
    pub(crate) fn source_of_entry(&self, entry: u32) -> Result<Source<'_>, IndexError> {
        Ok(Tables::of(self)?.source(entry)?)
    }

    /// The hash of the entry of a number, if it has one.
    #[cfg(feature = "store")]
    pub(crate) fn hash_of_entry(&self, entry: u32) -> Result<Option<StoredHash>, IndexError> {
        let Some(slot) = Tables::of(self)?.slot_of(entry) else { return Ok(None) };
        self.hash_of_slot(slot)
    }

    /// The hash of a slot.
    #[cfg(feature = "store")]
    fn hash_of_slot(&self, slot: Slot) -> Result<Option<StoredHash>, IndexError> {
        // The header allows no other lengths.
        Ok(if self.header().hash_bytes == 8 {
            self.stored::<8>()?.get(slot.0 as usize).map(StoredHash::Short)
        } else {
            self.stored::<32>()?.get(slot.0 as usize).map(StoredHash::Long)
        })
    }

    /// Visits the lists in the order of their names. Damage of the index is an error item.
    pub fn lists(&self) -> impl Iterator<Item = Result<ListSummary<'_>, IndexError>> {
        let tables = Tables::of(self);
        let (lists, error) = match tables {
            Ok(tables) => (tables.lists.numbers(), None),
            Err(error) => (0..0, Some(Err(error.into()))),
        };
        error.into_iter().chain(lists.map(move |list| {
            let tables = tables?;
            let list = tables.list(list)?;
            Ok(ListSummary { name: tables.string(list.name)?, entries: list.entries, role: list.role })
        }))
    }
}

/// A hash of whichever length the index holds.
#[cfg(feature = "store")]
#[derive(Clone, Copy)]
pub(crate) enum StoredHash {
    Short([u8; 8]),
    Long([u8; 32]),
}

#[cfg(feature = "store")]
impl StoredHash {
    pub(crate) const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(bytes) => bytes,
            Self::Long(bytes) => bytes,
        }
    }
}

/// The entries of one stored hash or digest; made by [`Index::sources`] and [`Index::find`].
#[derive(Clone)]
pub struct Sources<'a> {
    tables: Option<Tables<'a>>,
    found: Found<'a>,
    error: Option<Corrupt>,
}

/// Where the numbers of the entries stand that are yet to come.
#[derive(Clone)]
enum Found<'a> {
    OfSlot(Range<u32>),
    ByDigest { digest: Digest, rows: Rows<'a> },
}

impl<'a> Sources<'a> {
    const fn new(tables: Tables<'a>, found: Found<'a>) -> Self {
        Self { tables: Some(tables), found, error: None }
    }

    const fn failed(error: Corrupt) -> Self {
        Self { tables: None, found: Found::OfSlot(0..0), error: Some(error) }
    }
}

impl<'a> Sources<'a> {
    /// The next entry, and its number in the index.
    pub(crate) fn next_numbered(&mut self) -> Option<Result<(u32, Source<'a>), IndexError>> {
        if let Some(error) = self.error.take() {
            return Some(Err(error.into()));
        }
        let tables = self.tables?;
        let entry = match &mut self.found {
            Found::OfSlot(entries) => entries.next()?,
            Found::ByDigest { digest, rows } => rows.next_of(digest.as_bytes())?,
        };
        let source = tables.source(entry);
        if source.is_err() {
            self.tables = None;
        }
        Some(source.map(|source| (entry, source)).map_err(IndexError::from))
    }
}

impl<'a> Iterator for Sources<'a> {
    type Item = Result<Source<'a>, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let numbered = self.next_numbered()?;
        Some(numbered.map(|(_, source)| source))
    }
}

impl fmt::Debug for Sources<'_> {
    /// Never prints the digest that was asked about.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Sources");
        match &self.found {
            Found::OfSlot(entries) => shown.field("entries", entries),
            Found::ByDigest { digest, .. } => shown.field("digest", &digest.kind()),
        };
        shown.finish_non_exhaustive()
    }
}

/// The sections that make up provenance. Every reference is checked when it is followed.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) first_entries: &'a [[wire::Word; 1]],
    pub(super) entries: &'a [[wire::Word; 2]],
    pub(super) origins: Records<'a, 4, 5>,
    pub(super) lists: Records<'a, 3, 4>,
    pub(super) string_ends: &'a [[wire::Word; 2]],
    pub(super) strings: &'a [u8],
}

/// Records that grew by a word in version 3.
#[derive(Clone, Copy)]
pub(super) enum Records<'a, const OLD: usize, const NEW: usize> {
    Old(&'a [[wire::Word; OLD]]),
    New(&'a [[wire::Word; NEW]]),
}

impl<'a, const OLD: usize, const NEW: usize> Records<'a, OLD, NEW> {
    const fn new(bytes: &'a [u8], is_new: bool) -> Self {
        if is_new { Self::New(wire::records(bytes)) } else { Self::Old(wire::records(bytes)) }
    }

    pub(super) fn numbers(&self) -> Range<u32> {
        let len = match self {
            Self::Old(records) => records.len(),
            Self::New(records) => records.len(),
        };
        // Opening refuses more lists than a word can number; no entry refers to an origin beyond.
        0..u32::try_from(len).unwrap_or(u32::MAX)
    }
}

impl<'a> Tables<'a> {
    pub(super) fn of<D: AsRef<[u8]>>(index: &'a Index<D>) -> Result<Self, Corrupt> {
        Ok(Self {
            first_entries: wire::records(index.section(SectionId::FirstEntries)?),
            entries: wire::records(index.section(SectionId::Entries)?),
            origins: Records::new(index.section(SectionId::Origins)?, index.header().has_digests()),
            lists: Records::new(index.section(SectionId::Lists)?, index.header().has_digests()),
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

    /// The slot that has an entry; `None` if the entry has no hash.
    #[cfg(feature = "store")]
    pub(super) fn slot_of(&self, entry: u32) -> Option<Slot> {
        let after = self.first_entries.partition_point(|&[first]| u32::from_le_bytes(first) <= entry);
        // The last of them is the first entry that has no hash.
        (after < self.first_entries.len())
            .then(|| after.checked_sub(1).and_then(|slot| u32::try_from(slot).ok()))?
            .map(Slot)
    }

    /// The number of the first entry without a hash: they follow those of the last slot.
    pub(super) fn first_of_no_hash(&self) -> Result<u32, Corrupt> {
        let first = self.first_entries.last().map(|&[first]| u32::from_le_bytes(first));
        first.ok_or(Corrupt { section: SectionId::FirstEntries, what: "is empty" })
    }

    pub(super) fn entry(&self, number: u32) -> Result<Entry, Corrupt> {
        find(self.entries, number, SectionId::Entries).map(Entry::read)
    }

    pub(super) fn origin(&self, number: u32) -> Result<Origin, Corrupt> {
        match self.origins {
            Records::Old(origins) => find(origins, number, SectionId::Origins).map(Origin::read_without_opinion),
            Records::New(origins) => Origin::read(find(origins, number, SectionId::Origins)?)
                .ok_or(Corrupt { section: SectionId::Origins, what: "states an opinion that is not known" }),
        }
    }

    pub(super) fn list(&self, number: u32) -> Result<List, Corrupt> {
        match self.lists {
            Records::Old(lists) => find(lists, number, SectionId::Lists).map(List::read_without_role),
            Records::New(lists) => List::read(find(lists, number, SectionId::Lists)?)
                .ok_or(Corrupt { section: SectionId::Lists, what: "states a role that is not known" }),
        }
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

    pub(super) fn source(&self, entry: u32) -> Result<Source<'a>, Corrupt> {
        let entry = self.entry(entry)?;
        let origin = self.origin(entry.origin)?;
        let list = self.list(origin.list)?;
        Ok(Source {
            list: self.string(list.name)?,
            id: self.string(entry.id)?,
            classification: self.string(origin.classification)?,
            owner: self.string(origin.owner)?,
            jurisdiction: self.string(origin.jurisdiction)?,
            opinion: origin.opinion,
            role: list.role,
        })
    }
}

fn find<T: Copy>(records: &[T], number: u32, section: SectionId) -> Result<T, Corrupt> {
    let record = usize::try_from(number).ok().and_then(|number| records.get(number));
    record.copied().ok_or(Corrupt { section, what: "lacks a record that another section refers to" })
}
