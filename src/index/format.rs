//! The index file, version 2: the only place that knows where its bytes are.
//!
//! Everything is little-endian and read without alignment. The header:
//!
//! ```text
//!  0  16  label "lookalike index\0"
//! 16   4  format version: 2
//! 20   2  profile id
//! 22   2  kind id
//! 24   2  bytes per hash: 8 or 32
//! 26   2  number of sections, s
//! 28   4  reserved: 0
//! 32   8  distinct hashes, n
//! 40   8  entries: (hash, list, id, ...) records
//! 48   8  quarantined: entries that importers left out
//! 56   8  lists
//! 64   8  length of the whole file
//! 72  24s section table: id (4), CRC-32 (4), offset (8), length (8)
//!      4  CRC-32 of all bytes above
//! ```
//!
//! The sections follow in the order of the table, each at the next multiple of 64, with zeros between; the last one
//! ends the file. Which sections a kind has, and in which order, is fixed ([`sections`]). Numbers within them are words
//! of four bytes:
//!
//! ```text
//! 1 hashes         n hashes in the order of their slots: sorted (linear, mih), or as the tree wants them (bk-tree);
//!                  one after the other, but those of 256 bits in linear and mih sliced, see `hashes`
//! 2 tree           bk-tree only: branches of three words, see `bk_tree`
//! 9 chunks, 10 buckets, 11 ids, 12 overflow
//!                  mih only, see `mih`
//! 3 first entries  n + 1 words: the entries of slot i are first[i]..first[i + 1]
//! 4 entries        per entry: origin, id (a string)
//! 5 origins        per origin: list, and as strings classification, owner, jurisdiction
//! 6 lists          per list: name (a string), number of entries (two words)
//! 7 string ends    per string: where it ends in the next section (two words); it starts where the one before ends
//! 8 strings        UTF-8, one after the other, sorted
//! ```
//!
//! Entries of a slot, origins, lists and strings are sorted and distinct, which makes the bytes a function of the set
//! of entries alone. Slots, entries and strings are numbered by words, so a file holds at most 2^32 - 2 of each.
//!
//! Version 1 had no mih, and its hashes are never sliced; it is still read.

use core::fmt;

use super::Kind;
use super::mih::{Chunk, Ring};
use super::open::OpenError;
use crate::checksum::crc32;
use crate::hash::Profile;
use crate::wire::{self, Reader, Word, u64_of};

/// The label by which a file is recognised, readable with `strings`.
pub(super) const LABEL: [u8; 16] = *b"lookalike index\0";
/// The version that this code writes.
pub(super) const VERSION: u32 = 2;
/// The first version, which it also reads.
pub(super) const FIRST_VERSION: u32 = 1;
/// Sections start at multiples of this: a cache line.
const ALIGNMENT: usize = 64;
const FIXED_HEADER: usize = 72;
const TABLE_ROW: usize = 24;
const HEADER_CHECKSUM: usize = 4;
/// The most sections that any kind has.
const MAX_SECTIONS: usize = 11;
/// Slots, entries, origins, lists and strings are numbered below this.
pub(super) const MAX_COUNT: u64 = u32::MAX as u64 - 1;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionId {
    Hashes,
    Tree,
    FirstEntries,
    Entries,
    Origins,
    Lists,
    StringEnds,
    Strings,
    Chunks,
    Buckets,
    Ids,
    Overflow,
}

use SectionId::{
    Buckets, Chunks, Entries, FirstEntries, Hashes, Ids, Lists, Origins, Overflow, StringEnds, Strings, Tree,
};

/// The sections of a kind in the order of the file.
pub(super) const fn sections(kind: Kind) -> &'static [SectionId] {
    match kind {
        Kind::Linear => &[Hashes, FirstEntries, Entries, Origins, Lists, StringEnds, Strings],
        Kind::BkTree => &[Hashes, Tree, FirstEntries, Entries, Origins, Lists, StringEnds, Strings],
        Kind::Mih => {
            &[Hashes, Chunks, Buckets, Ids, Overflow, FirstEntries, Entries, Origins, Lists, StringEnds, Strings]
        }
    }
}

impl SectionId {
    const fn number(self) -> u32 {
        match self {
            Hashes => 1,
            Tree => 2,
            FirstEntries => 3,
            Entries => 4,
            Origins => 5,
            Lists => 6,
            StringEnds => 7,
            Strings => 8,
            Chunks => 9,
            Buckets => 10,
            Ids => 11,
            Overflow => 12,
        }
    }

    /// The size of one record, and how many the header calls for if it does.
    const fn shape(self, header: &Header) -> (u64, Option<u64>) {
        match self {
            Hashes => (header.hash_bytes as u64, Some(header.hashes)),
            Tree => (12, None),
            FirstEntries => (4, Some(header.hashes + 1)),
            Entries => (8, Some(header.entries)),
            Origins => (16, None),
            Lists => (12, Some(header.lists)),
            StringEnds => (8, None),
            Strings => (1, None),
            Chunks => (16, None),
            // their lengths follow from the chunks
            Buckets => (64, None),
            Ids => (1, None),
            Overflow => (2, None),
        }
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Hashes => "hashes",
            Tree => "tree",
            FirstEntries => "first entries",
            Entries => "entries",
            Origins => "origins",
            Lists => "lists",
            StringEnds => "string ends",
            Strings => "strings",
            Chunks => "chunks",
            Buckets => "buckets",
            Ids => "ids",
            Overflow => "overflow",
        })
    }
}

/// Where a section lies, and what its bytes should sum up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) id: SectionId,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) checksum: u32,
}

impl Section {
    const NONE: Self = Self { id: Hashes, start: 0, end: 0, checksum: 0 };
}

/// The header, read once: what later code knows of sizes, it knows from here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    version: u32,
    pub(super) profile: Profile,
    pub(super) kind: Kind,
    pub(super) hash_bytes: usize,
    pub(super) hashes: u64,
    pub(super) entries: u64,
    pub(super) quarantined: u64,
    pub(super) lists: u64,
    /// The chunks of a multi-index; [`Ring::NONE`] of another kind.
    pub(super) ring: Ring,
    table: [Section; MAX_SECTIONS],
    sections: usize,
}

impl Header {
    /// Reads and checks the header against the bytes of the whole file; section contents are not looked at.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, OpenError> {
        let mut reader = Reader::new(bytes);
        let short = || OpenError::too_short(bytes.len());
        if reader.bytes().ok_or_else(short)? != LABEL {
            return Err(OpenError::not_an_index());
        }
        let version = reader.u32().ok_or_else(short)?;
        if !(FIRST_VERSION..=VERSION).contains(&version) {
            return Err(OpenError::version(version));
        }
        let profile_id = reader.u16().ok_or_else(short)?;
        let kind_id = reader.u16().ok_or_else(short)?;
        let hash_bytes = usize::from(reader.u16().ok_or_else(short)?);
        let found_sections = usize::from(reader.u16().ok_or_else(short)?);
        let reserved = reader.u32().ok_or_else(short)?;
        let [hashes, entries, quarantined, lists, file_len] = {
            let mut field = || reader.u64().ok_or_else(short);
            [field()?, field()?, field()?, field()?, field()?]
        };
        let summed = FIXED_HEADER + TABLE_ROW * found_sections;
        let (head, rest) = bytes.split_at_checked(summed).ok_or_else(short)?;
        if Reader::new(rest).u32().ok_or_else(short)? != crc32(head) {
            return Err(OpenError::header("its checksum does not match"));
        }
        if file_len != bytes.len() as u64 {
            return Err(OpenError::length(bytes.len(), file_len));
        }
        if reserved != 0 {
            return Err(OpenError::header("a reserved field is not zero"));
        }
        let profile = Profile::from_id(profile_id).ok_or_else(|| OpenError::profile(profile_id))?;
        let kind = Kind::from_id(kind_id).ok_or_else(|| OpenError::kind(kind_id))?;
        if kind == Kind::Mih && version == FIRST_VERSION {
            return Err(OpenError::header("its kind is not of its version"));
        }
        if hash_bytes * 8 != profile.bits() {
            return Err(OpenError::header("the length of its hashes is not that of its profile"));
        }
        if hashes > entries || entries > MAX_COUNT || lists > entries || (hashes == 0 && entries != 0) {
            return Err(OpenError::header("its counts contradict each other"));
        }
        let sections = sections(kind);
        if sections.len() != found_sections {
            return Err(OpenError::header("it does not list the sections of its kind"));
        }
        let (table, ring) = ([Section::NONE; MAX_SECTIONS], Ring::NONE);
        let sections_len = sections.len();
        let mut header = Self {
            version,
            profile,
            kind,
            hash_bytes,
            hashes,
            entries,
            quarantined,
            lists,
            ring,
            table,
            sections: sections_len,
        };
        header.read_table(bytes, reader, sections)?;
        if kind == Kind::Mih {
            header.read_ring(bytes)?;
        }
        Ok(header)
    }

    /// Reads the chunks, and holds the lengths of what they describe against them.
    fn read_ring(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        let records: &[[Word; 4]] = wire::records(self.cut(bytes, Chunks).unwrap_or_default());
        let chunks = records.iter().map(|&record| Chunk::read(record));
        let ring =
            Ring::new(chunks, 8 * self.hash_bytes, self.hashes).map_err(|what| OpenError::section(Chunks, what))?;
        let (lines, lanes) = ring.totals();
        let ids = self.hashes.checked_mul((ring.id_bytes * ring.chunks().len()) as u64);
        for (id, expected) in
            [(Buckets, (lines as u64).checked_mul(64)), (Ids, ids), (Overflow, (lanes as u64).checked_mul(2))]
        {
            let found = self.sections().iter().find(|section| section.id == id);
            if found.map(|section| (section.end - section.start) as u64) != expected {
                return Err(OpenError::section(id, "does not have the length that the chunks call for"));
            }
        }
        self.ring = ring;
        Ok(())
    }

    /// Whether the hashes lie in blocks of planes.
    pub(super) const fn is_sliced(&self) -> bool {
        is_sliced(self.version, self.kind, self.hash_bytes)
    }

    /// Reads the section table: every section where the one before leaves off, and as long as the header says.
    fn read_table(&mut self, bytes: &[u8], mut reader: Reader<'_>, ids: &[SectionId]) -> Result<(), OpenError> {
        let mut table = [Section::NONE; MAX_SECTIONS];
        let mut end = FIXED_HEADER + TABLE_ROW * self.sections + HEADER_CHECKSUM;
        for (row, &id) in table.iter_mut().zip(ids) {
            let short = || OpenError::too_short(bytes.len());
            if reader.u32().ok_or_else(short)? != id.number() {
                return Err(OpenError::header("it does not list the sections of its kind"));
            }
            let checksum = reader.u32().ok_or_else(short)?;
            let offset = reader.u64().ok_or_else(short)?;
            let len = reader.u64().ok_or_else(short)?;
            let start = end.next_multiple_of(ALIGNMENT);
            if offset != start as u64 {
                return Err(OpenError::section(id, "does not start where the one before it leaves off"));
            }
            let padding = bytes.get(end..start).ok_or(OpenError::section(id, "starts after the end of the file"))?;
            if padding.iter().any(|&byte| byte != 0) {
                return Err(OpenError::section(id, "follows bytes that are not zero"));
            }
            let (record, count) = id.shape(self);
            let fits = count.map_or(len.is_multiple_of(record), |count| count.checked_mul(record) == Some(len));
            if !fits {
                return Err(OpenError::section(id, "does not have the length that the header calls for"));
            }
            end = usize::try_from(len)
                .ok()
                .and_then(|len| start.checked_add(len))
                .filter(|&end| end <= bytes.len())
                .ok_or(OpenError::section(id, "ends after the end of the file"))?;
            *row = Section { id, start, end, checksum };
        }
        if end != bytes.len() {
            return Err(OpenError::header("its sections do not reach the end of the file"));
        }
        self.table = table;
        Ok(())
    }

    /// The sections in the order of the file.
    pub(super) fn sections(&self) -> &[Section] {
        self.table.get(..self.sections).unwrap_or_default()
    }

    /// Cuts a section out of the file's bytes; a section that the kind does not have is empty.
    ///
    /// `None` means that the bytes are no longer those that were opened.
    pub(super) fn cut<'a>(&self, bytes: &'a [u8], id: SectionId) -> Option<&'a [u8]> {
        match self.sections().iter().find(|section| section.id == id) {
            Some(section) => bytes.get(section.start..section.end),
            None => Some(&[]),
        }
    }
}

/// Whether hashes lie in blocks of planes, by version, kind and length.
const fn is_sliced(version: u32, kind: Kind, hash_bytes: usize) -> bool {
    version > FIRST_VERSION && !matches!(kind, Kind::BkTree) && hash_bytes == 32
}

impl Chunk {
    fn read([measures, lines, low, high]: [Word; 4]) -> Self {
        let [a, b, c, d] = measures;
        // what does not fit a word of this machine is refused for its size
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (width, prefix) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        let (lines_each, overflow) = (size(u32::from_le_bytes(lines).into()), size(u64_of(low, high)));
        Self::new(width.into(), prefix.into(), lines_each, overflow)
    }
}

/// One record of a list: which list and with which attributes, and its own id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) origin: u32,
    pub(super) id: u32,
}

impl Entry {
    pub(super) const fn read([origin, id]: [Word; 2]) -> Self {
        Self { origin: u32::from_le_bytes(origin), id: u32::from_le_bytes(id) }
    }
}

/// What entries have in common: the list, and three strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Origin {
    pub(super) list: u32,
    pub(super) classification: u32,
    pub(super) owner: u32,
    pub(super) jurisdiction: u32,
}

impl Origin {
    pub(super) const fn read([list, classification, owner, jurisdiction]: [Word; 4]) -> Self {
        Self {
            list: u32::from_le_bytes(list),
            classification: u32::from_le_bytes(classification),
            owner: u32::from_le_bytes(owner),
            jurisdiction: u32::from_le_bytes(jurisdiction),
        }
    }
}

/// A list: its name, a string, and how many entries are of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) name: u32,
    pub(super) entries: u64,
}

impl List {
    pub(super) const fn read([name, low, high]: [Word; 3]) -> Self {
        Self { name: u32::from_le_bytes(name), entries: u64_of(low, high) }
    }
}

/// A group of the tree; see [`bk_tree`](super::bk_tree).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) end: u32,
    pub(super) children: u32,
    pub(super) edge: u16,
    pub(super) count: u16,
}

impl Branch {
    #[inline]
    pub(super) const fn read([end, children, [a, b, c, d]]: [Word; 3]) -> Self {
        Self {
            end: u32::from_le_bytes(end),
            children: u32::from_le_bytes(children),
            edge: u16::from_le_bytes([a, b]),
            count: u16::from_le_bytes([c, d]),
        }
    }
}

#[cfg(feature = "alloc")]
pub(super) use writing::{Counts, assemble};

#[cfg(feature = "alloc")]
mod writing {
    use super::*;
    use alloc::vec::Vec;

    impl Entry {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            write_words(out, [self.origin, self.id]);
        }
    }

    impl Origin {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            write_words(out, [self.list, self.classification, self.owner, self.jurisdiction]);
        }
    }

    impl List {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            write_words(out, [self.name]);
            out.extend_from_slice(&self.entries.to_le_bytes());
        }
    }

    impl Branch {
        pub(in crate::index) fn write(self, out: &mut Vec<u8>) {
            write_words(out, [self.end, self.children]);
            out.extend_from_slice(&self.edge.to_le_bytes());
            out.extend_from_slice(&self.count.to_le_bytes());
        }
    }

    fn write_words<const W: usize>(out: &mut Vec<u8>, words: [u32; W]) {
        words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes()));
    }

    /// What the header says beside the section table.
    pub(in crate::index) struct Counts {
        pub(in crate::index) profile: Profile,
        pub(in crate::index) kind: Kind,
        pub(in crate::index) hashes: u64,
        pub(in crate::index) entries: u64,
        pub(in crate::index) quarantined: u64,
        pub(in crate::index) lists: u64,
    }

    impl Chunk {
        pub(in crate::index) fn write(&self, out: &mut Vec<u8>) {
            // the ring has measures that fit
            let (width, prefix) = (self.width, self.prefix);
            write_words(out, [width | prefix << 16, u32::try_from(self.lines_each).unwrap_or(u32::MAX)]);
            out.extend_from_slice(&(self.overflow as u64).to_le_bytes());
        }
    }

    impl Counts {
        /// Whether the hashes are to be written in blocks of planes.
        pub(in crate::index) fn is_sliced(&self) -> bool {
            is_sliced(VERSION, self.kind, self.profile.bits() / 8)
        }
    }

    /// Room for the contents of the sections, all zeros.
    pub(in crate::index) struct Room<'o>(Vec<(SectionId, &'o mut [u8])>);

    impl<'o> Room<'o> {
        /// The room of a section, once; none for a section that the kind does not have.
        pub(in crate::index) fn take(&mut self, id: SectionId) -> &'o mut [u8] {
            let found = self.0.iter_mut().find(|(section, _)| *section == id);
            found.map(|(_, room)| core::mem::take(room)).unwrap_or_default()
        }
    }

    /// Puts a file together: sections of the given lengths, which `fill` writes in place.
    pub(in crate::index) fn assemble(
        counts: &Counts,
        len: impl Fn(SectionId) -> usize,
        fill: impl FnOnce(&mut Room<'_>),
    ) -> Vec<u8> {
        let ids = sections(counts.kind);
        let header_len = FIXED_HEADER + TABLE_ROW * ids.len() + HEADER_CHECKSUM;
        let mut end = header_len;
        let places: Vec<_> = ids
            .iter()
            .map(|&id| {
                let start = end.next_multiple_of(ALIGNMENT);
                end = start + len(id);
                (id, start, end)
            })
            .collect();
        let mut out = alloc::vec![0; end];
        let (mut rooms, mut rest, mut at) = (Vec::new(), out.as_mut_slice(), 0);
        for &(id, start, end) in &places {
            let (_, from_start) = rest.split_at_mut(start - at);
            let (room, after) = from_start.split_at_mut(end - start);
            rooms.push((id, room));
            (rest, at) = (after, end);
        }
        fill(&mut Room(rooms));
        let mut header = Vec::with_capacity(header_len);
        header.extend_from_slice(&LABEL);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&counts.profile.id().to_le_bytes());
        header.extend_from_slice(&counts.kind.id().to_le_bytes());
        // Both are below 2^16: a profile has at most 256 bits, a kind at most eleven sections.
        header.extend_from_slice(&u16::try_from(counts.profile.bits() / 8).unwrap_or(u16::MAX).to_le_bytes());
        header.extend_from_slice(&u16::try_from(ids.len()).unwrap_or(u16::MAX).to_le_bytes());
        header.extend_from_slice(&0_u32.to_le_bytes());
        for count in [counts.hashes, counts.entries, counts.quarantined, counts.lists, out.len() as u64] {
            header.extend_from_slice(&count.to_le_bytes());
        }
        for &(id, start, end) in &places {
            header.extend_from_slice(&id.number().to_le_bytes());
            header.extend_from_slice(&crc32(out.get(start..end).unwrap_or_default()).to_le_bytes());
            header.extend_from_slice(&(start as u64).to_le_bytes());
            header.extend_from_slice(&((end - start) as u64).to_le_bytes());
        }
        header.extend_from_slice(&crc32(&header).to_le_bytes());
        for (to, from) in out.iter_mut().zip(header) {
            *to = from;
        }
        out
    }
}
