//! An index that is read piece by piece, where it cannot be mapped: from SPI flash, an SD card, behind a bus.
//!
//! The answers are those of [`Index`](super::Index), of every kind of index. The way to them is another: all hashes are read, once for
//! every two needles, by blocks of 256 into a buffer of 8 KB, and compared there by the code of the linear scan. Trees and multi-indexes are not followed; each of
//! their steps would be a read of its own, and what a device has of such memory holds a list that is read in the time of a picture: 10,000
//! hashes are 320 KB.
//!
//! Reads, with `n` hashes:
//!
//! | call | reads | bytes of each |
//! |---|---|---|
//! | [`open_without_checksums`](ReadIndex::open_without_checksums) | at most 16 | 412 at most |
//! | [`open`](ReadIndex::open) | and one for each 8 KB of the file, and for the rest of each section | 8,192 at most |
//! | [`search`](ReadIndex::search) of up to two needles | `2 * n / 256 + 1` | 3,072 and 5,120, in turns; 8,192 where hashes lie in rows |
//! | [`sources`](ReadIndex::sources) | 1, then at most 18 for each entry | 8 to 20, and the texts |
//! | [`find`](ReadIndex::find) | one for each binary digit of the number of digests, then at most 19 for each entry | 36 at most, and the texts |

#![expect(
    clippy::indexing_slicing,
    reason = "pieces are cut to the length of their buffer, and texts lie where they were read to"
)]

use core::fmt;
use core::ops::{ControlFlow, Range};

use super::digests::read_row;
use super::error::{Corrupt, IndexError};
use super::format::{Entry, Header, List, Origin, digest_row};
use super::hashes::Hashes;
use super::search::{SCANNED, hits};
use super::section::SectionId;
use super::{Hit, IndexKind, ListSummary, Query, Slot, Source, linear};
use crate::checksum::crc32_more;
use crate::entry::{Digest, DigestKind};
use crate::hash::Profile;
use crate::kernel::Level;
use crate::kernel::planes::{LANES, PLANES, Plane};
use crate::wire::{Word, u64_of};

/// Bytes of the buffer that a [`ReadIndex`] works in: a block of 256 hashes of 256 bits.
pub const BUFFER_BYTES: usize = LANES * 32;

/// Memory that is read piece by piece.
pub trait ReadAt {
    /// What reading may fail with.
    type Error;

    /// The bytes of the index: no more and no fewer.
    fn len(&self) -> u64;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `to` with the bytes from `offset` on. It is never asked for bytes beyond [`len`](Self::len).
    ///
    /// # Errors
    ///
    /// When not all of them can be read.
    fn read_at(&mut self, offset: u64, to: &mut [u8]) -> Result<(), Self::Error>;
}

/// Error of a [`ReadIndex`]. What was visited before it is true, but not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError<E> {
    /// The memory failed.
    Source(E),
    /// The bytes are not an index that is read here, or the query does not fit it.
    Index(IndexError),
    /// The texts of an entry are longer than the memory for them.
    Texts {
        /// Bytes of the texts.
        found: usize,
        /// Bytes of the memory.
        allowed: usize,
    },
}

impl<E> From<IndexError> for ReadError<E> {
    fn from(error: IndexError) -> Self {
        Self::Index(error)
    }
}

impl<E> From<Corrupt> for ReadError<E> {
    fn from(corrupt: Corrupt) -> Self {
        Self::Index(corrupt.into())
    }
}

impl<E: fmt::Display> fmt::Display for ReadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => write!(f, "cannot read the index: {error}"),
            Self::Index(error) => error.fmt(f),
            Self::Texts { found, allowed } => {
                write!(f, "buffer too small for the texts of an entry: found {allowed} bytes, expected {found}")
            }
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for ReadError<E> {}

/// An index in memory that is read piece by piece. It takes 1 KB, and borrows a buffer of [`BUFFER_BYTES`].
#[cfg_attr(
    feature = "alloc",
    doc = r#"
```
use core::ops::ControlFlow;
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{BUFFER_BYTES, Builder, Query, ReadAt, ReadIndex, Source};

/// A flash chip behind a bus.
struct Flash(Vec<u8>);

impl ReadAt for Flash {
    type Error = &'static str;

    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&mut self, offset: u64, to: &mut [u8]) -> Result<(), &'static str> {
        let bytes = self.0.get(offset as usize..).and_then(|bytes| bytes.get(..to.len()));
        to.copy_from_slice(bytes.ok_or("the bus is silent")?);
        Ok(())
    }
}

let mut builder = Builder::new(Profile::Pdq)?;
builder.add(Bits256::from_bytes([0x35; 32]), Source { list: "hotline", id: "7", ..Source::default() })?;
let mut buffer = [0; BUFFER_BYTES];
let mut index = ReadIndex::open(Flash(builder.finish()?), &mut buffer)?;

let needles = [Bits256::from_bytes([0x34; 32])];
let mut found = None;
index.search(&Query::new(Profile::Pdq, &needles).radius(32), |hit| {
    found = Some(hit);
    ControlFlow::Break(())
})?;
let mut texts = [0; 64];
index.sources(found.unwrap().slot, &mut texts, |source| {
    assert_eq!((source.list, source.id), ("hotline", "7"));
    ControlFlow::Continue(())
})?;
# Ok::<(), Box<dyn core::error::Error>>(())
```
"#
)]
pub struct ReadIndex<'b, R> {
    source: R,
    header: Header,
    level: Level,
    buffer: &'b mut [u8; BUFFER_BYTES],
}

impl<R> fmt::Debug for ReadIndex<'_, R> {
    /// Prints measures, never hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadIndex")
            .field("profile", &self.header.profile)
            .field("kind", &self.header.kind)
            .field("len", &self.header.hashes)
            .field("entries", &self.header.entries)
            .finish_non_exhaustive()
    }
}

impl<'b, R: ReadAt> ReadIndex<'b, R> {
    /// Opens an index after checking its structure and every checksum: reads all of it once.
    ///
    /// # Errors
    ///
    /// As [`Index::open`](super::Index::open); [`ReadError::Source`] if a read fails.
    pub fn open(source: R, buffer: &'b mut [u8; BUFFER_BYTES]) -> Result<Self, ReadError<R::Error>> {
        let mut index = Self::open_without_checksums(source, buffer)?;
        for section in index.header.sections() {
            let (mut at, mut sum) = (section.start, 0);
            while at < section.end {
                let buffer = &mut index.buffer[..(section.end - at).min(BUFFER_BYTES)];
                read(&mut index.source, at, buffer)?;
                sum = crc32_more(sum, buffer);
                at += buffer.len();
            }
            if sum != section.checksum {
                return Err(IndexError::section(section.id, "does not match its checksum").into());
            }
        }
        Ok(index)
    }

    /// Opens an index after checking its header only, as [`Index::open_without_checksums`](super::Index::open_without_checksums) does.
    ///
    /// # Errors
    ///
    /// As there; [`ReadError::Source`] if a read fails.
    pub fn open_without_checksums(
        mut source: R,
        buffer: &'b mut [u8; BUFFER_BYTES],
    ) -> Result<Self, ReadError<R::Error>> {
        // more than this machine can address is refused for what it is: not this length
        let len = usize::try_from(source.len()).unwrap_or(usize::MAX);
        let mut failed = None;
        let header = Header::read_by::<false>(len, |at, to| {
            let is_there = at.checked_add(to.len()).is_some_and(|end| end <= len);
            is_there && source.read_at(at as u64, to).map_err(|error| failed = Some(error)).is_ok()
        });
        if let Some(error) = failed {
            return Err(ReadError::Source(error));
        }
        Ok(Self { source, header: header?, level: Level::best(), buffer })
    }

    /// The profile under which all hashes of the index were made.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.header.profile
    }

    /// How the hashes are arranged, for whoever maps the index.
    #[must_use]
    pub const fn kind(&self) -> IndexKind {
        self.header.kind
    }

    /// The number of distinct hashes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.header.hashes as u64
    }

    /// Whether the index holds no hash at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of list entries.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.header.entries as u64
    }

    /// Gives back what the index was opened on.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.source
    }

    /// Visits every pair of a needle and a stored hash within the radius, once, until the visitor breaks.
    ///
    /// Exact for every radius and kind: the pairs that [`Index::search`](super::Index::search) visits, in another order. The reads are those that the table
    /// at the head of this module's source lists: all hashes, once for every two needles.
    ///
    /// # Errors
    ///
    /// As [`Index::search`](super::Index::search); [`ReadError::Source`] if a read fails: pairs visited before are true, and others are missing.
    pub fn search<const N: usize>(
        &mut self,
        query: &Query<'_, N>,
        mut visit: impl FnMut(Hit<N>) -> ControlFlow<()>,
    ) -> Result<(), ReadError<R::Error>> {
        query.check(&self.header)?;
        let hashes = self.header.place(SectionId::Hashes);
        let count = hashes.len() / N;
        let blocks = if self.header.is_sliced() { count / LANES } else { 0 };
        let planes = PLANES * size_of::<Plane>();
        for (group, needles) in query.needles().chunks(SCANNED).enumerate() {
            let mut slot = 0;
            while slot < count {
                let is_block = slot < LANES * blocks;
                let len = if is_block { LANES } else { (count - slot).min(BUFFER_BYTES / N) };
                let buffer = &mut self.buffer[..len * N];
                if is_block {
                    // A block lies in two pieces, which side by side are a section with this block alone.
                    let (of_planes, of_rests) = buffer.split_at_mut(planes);
                    let number = slot / LANES;
                    read(&mut self.source, hashes.start + number * planes, of_planes)?;
                    let rest = of_rests.len();
                    read(&mut self.source, hashes.start + blocks * planes + number * rest, of_rests)?;
                } else {
                    read(&mut self.source, hashes.start + slot * N, buffer)?;
                }
                let part = if is_block { Hashes::<N>::sliced(buffer) } else { Hashes::rows(buffer) };
                let mut visit = |hit: Hit<N>| {
                    let slot = Slot::new(slot + hit.slot.0 as usize);
                    visit(Hit { slot, needle: SCANNED * group + hit.needle, ..hit })
                };
                let flow =
                    linear::search_by::<N, SCANNED>(self.level, part, needles, query.radius_bits(), hits(&mut visit));
                if flow.is_break() {
                    return Ok(());
                }
                slot += len;
            }
        }
        Ok(())
    }

    /// Visits the entries that a stored hash came from, in the order of [`Index::sources`](super::Index::sources), until the visitor breaks.
    ///
    /// `texts` is memory for the texts of one entry.
    ///
    /// # Errors
    ///
    /// Damage of the index, or a slot that it does not have; [`ReadError::Texts`] if there is too little memory; [`ReadError::Source`] if a
    /// read fails.
    pub fn sources(
        &mut self,
        slot: Slot,
        texts: &mut [u8],
        mut visit: impl FnMut(Source<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError<R::Error>> {
        let corrupt = |what| Corrupt { section: SectionId::FirstEntries, what };
        if slot.0 >= self.header.hashes {
            return Err(corrupt("does not have the slot asked for").into());
        }
        let mut words = [[0; 4]; 2];
        let place = self.header.place(SectionId::FirstEntries).start + size_of::<Word>() * slot.0 as usize;
        read(&mut self.source, place, words.as_flattened_mut())?;
        let [first, end] = words.map(u32::from_le_bytes);
        if first >= end || end > self.header.entries {
            return Err(corrupt("gives a slot no entries").into());
        }
        for entry in first..end {
            if self.visit_entry(entry, texts, &mut visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Visits the entries with exactly this digest, in the order of [`Index::find`](super::Index::find), until the visitor breaks; none if no
    /// entry has it.
    ///
    /// # Errors
    ///
    /// As [`sources`](Self::sources).
    pub fn find(
        &mut self,
        digest: &Digest,
        texts: &mut [u8],
        mut visit: impl FnMut(Source<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError<R::Error>> {
        const LONGEST: usize = digest_row(DigestKind::Sha256);
        let width = digest_row(digest.kind());
        let place = self.header.place(SectionId::Digests(digest.kind()));
        let count = place.len() / width;
        let mut row = [0; LONGEST];
        let row = &mut row[..width];
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = low + (high - low) / 2;
            read(&mut self.source, place.start + middle * width, row)?;
            if read_row(row).0 < digest.as_bytes() {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        for number in low..count {
            read(&mut self.source, place.start + number * width, row)?;
            let (found, entry) = read_row(row);
            if found != digest.as_bytes() || self.visit_entry(entry, texts, &mut visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Visits the lists in the order of their names, until the visitor breaks.
    ///
    /// # Errors
    ///
    /// As [`sources`](Self::sources).
    pub fn lists(
        &mut self,
        texts: &mut [u8],
        mut visit: impl FnMut(ListSummary<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError<R::Error>> {
        for number in 0..self.header.lists {
            let list = self.list(number)?;
            let mut room = Room { texts, used: 0 };
            let name = self.string(list.name, &mut room)?;
            let summary = ListSummary { name: room.text(name)?, entries: list.entries, role: list.role };
            if visit(summary).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn visit_entry(
        &mut self,
        number: u32,
        texts: &mut [u8],
        visit: &mut impl FnMut(Source<'_>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, ReadError<R::Error>> {
        let entry = Entry::read(self.record(SectionId::Entries, number)?);
        let origin = if self.header.has_digests() {
            Origin::read(self.record(SectionId::Origins, entry.origin)?)
                .ok_or(Corrupt { section: SectionId::Origins, what: "states an opinion that is not known" })?
        } else {
            Origin::read_without_opinion(self.record(SectionId::Origins, entry.origin)?)
        };
        let list = self.list(origin.list)?;
        let mut room = Room { texts, used: 0 };
        let name = self.string(list.name, &mut room)?;
        let id = self.string(entry.id, &mut room)?;
        let classification = self.string(origin.classification, &mut room)?;
        let owner = self.string(origin.owner, &mut room)?;
        let jurisdiction = self.string(origin.jurisdiction, &mut room)?;
        Ok(visit(Source {
            list: room.text(name)?,
            id: room.text(id)?,
            classification: room.text(classification)?,
            owner: room.text(owner)?,
            jurisdiction: room.text(jurisdiction)?,
            opinion: origin.opinion,
            role: list.role,
        }))
    }

    fn list(&mut self, number: u32) -> Result<List, ReadError<R::Error>> {
        if !self.header.has_digests() {
            return Ok(List::read_without_role(self.record(SectionId::Lists, number)?));
        }
        let list = List::read(self.record(SectionId::Lists, number)?);
        list.ok_or_else(|| Corrupt { section: SectionId::Lists, what: "states a role that is not known" }.into())
    }

    /// Reads a string behind those that are there; gives where.
    fn string(&mut self, number: u32, room: &mut Room<'_>) -> Result<Range<usize>, ReadError<R::Error>> {
        let past = Corrupt { section: SectionId::StringEnds, what: "refers past the end of the strings" };
        let mut end = |number| {
            let [low, high] = self.record(SectionId::StringEnds, number)?;
            usize::try_from(u64_of(low, high)).map_err(|_| ReadError::from(past))
        };
        let start = number.checked_sub(1).map_or(Ok(0), &mut end)?;
        let end = end(number)?;
        let strings = self.header.place(SectionId::Strings);
        if start > end || end > strings.len() {
            return Err(past.into());
        }
        let place = room.used..room.used.saturating_add(end - start);
        let allowed = room.texts.len();
        let to = room.texts.get_mut(place.clone()).ok_or(ReadError::Texts { found: place.end, allowed })?;
        read(&mut self.source, strings.start + start, to)?;
        room.used = place.end;
        Ok(place)
    }

    /// Reads a record of words.
    fn record<const W: usize>(&mut self, section: SectionId, number: u32) -> Result<[Word; W], ReadError<R::Error>> {
        let place = self.header.place(section);
        let at = (number as usize).checked_mul(size_of::<[Word; W]>());
        let at = at.filter(|&at| place.len() - at.min(place.len()) >= size_of::<[Word; W]>());
        let at = at.ok_or(Corrupt { section, what: "lacks a record that another section refers to" })?;
        let mut record = [[0; 4]; W];
        read(&mut self.source, place.start + at, record.as_flattened_mut())?;
        Ok(record)
    }
}

/// Memory for texts, and how much of it is used.
struct Room<'t> {
    texts: &'t mut [u8],
    used: usize,
}

impl Room<'_> {
    fn text(&self, place: Range<usize>) -> Result<&str, Corrupt> {
        str::from_utf8(&self.texts[place])
            .map_err(|_| Corrupt { section: SectionId::Strings, what: "holds text that is not UTF-8" })
    }
}

fn read<R: ReadAt>(source: &mut R, at: usize, to: &mut [u8]) -> Result<(), ReadError<R::Error>> {
    source.read_at(at as u64, to).map_err(ReadError::Source)
}
