//! The index file, version 3: the only place that knows where its bytes are.
//!
//! Everything is little-endian and read without alignment. The header:
//!
//! ```text
//!  0  16  label "lookalike index\0"
//! 16   4  format version: 3
//! 20   2  profile id
//! 22   2  kind id
//! 24   2  bytes per hash: 8 or 32
//! 26   2  number of sections, s
//! 28   4  reserved: 0
//! 32   8  distinct hashes, n
//! 40   8  entries: (hash or none, list, id, ...) records
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
//! 3 first entries  n + 1 words: the entries of slot i are first[i]..first[i + 1]; from first[n] on follow those without a hash
//! 4 entries        per entry: origin, id (a string)
//! 5 origins        per origin: list, as strings classification, owner, jurisdiction; and the opinion
//! 6 lists          per list: name (a string), role, number of entries (two words)
//! 7 string ends    per string: where it ends in the next section (two words); it starts where the one before ends
//! 8 strings        UTF-8, one after the other, sorted
//! 13 md5, 14 sha1, 15 sha256
//!                  per digest of an entry: its 16, 20 or 32 bytes, and the entry; sorted by digest, origin, id, entry
//! ```
//!
//! Entries of a slot, entries without a hash, origins, lists, strings and rows of digests are sorted and distinct, which makes
//! the bytes a function of the set of entries alone. Slots, entries and strings are numbered by words, so a file holds at most
//! 2^32 - 2 of each. Opinions and roles are words with the numbers in `records`.
//!
//! Version 2 had neither digests nor roles nor opinions, hence only entries with a hash; version 1 also had no mih, and its hashes
//! are never sliced. Both are still read.

#![expect(clippy::indexing_slicing, reason = "headers, padding and tables are cut to less than their arrays hold")]

mod records;
#[cfg(feature = "alloc")]
mod write;

use core::ops::Range;

use super::IndexKind;
use super::error::IndexError;
use super::ring::{Chunk, MAX_CHUNKS, Ring};
use super::section::SectionId::{
    self, Buckets, Chunks, Digests, Entries, FirstEntries, Hashes, Ids, Lists, Origins, Overflow, StringEnds, Strings,
    Tree,
};
use super::section::{DIGESTS_VERSION, FIRST_VERSION, MAX_SECTIONS, VERSION, sections};
use crate::checksum::crc32;
use crate::entry::DigestKind;
use crate::hash::Profile;
use crate::wire::{self, Reader, Word, u64_of};

pub(super) use records::{Branch, Entry, List, Origin};
#[cfg(feature = "alloc")]
pub(super) use write::{Counts, Layout, Room, assemble};

/// The label by which a file is recognised, readable with `strings`.
pub(super) const LABEL: [u8; 16] = *b"lookalike index\0";
/// Sections start at multiples of this: a cache line.
const ALIGNMENT: usize = 64;
const FIXED_HEADER: usize = 72;
/// The longest header: that with the most sections.
const MAX_HEADER: usize = FIXED_HEADER + TABLE_ROW * MAX_SECTIONS + HEADER_CHECKSUM;
const TABLE_ROW: usize = 24;
const HEADER_CHECKSUM: usize = 4;
/// Slots, entries, origins, lists and strings are numbered below this.
pub(super) const MAX_COUNT: u64 = u32::MAX as u64 - 1;

/// The size of one record of a section, and how many the header calls for if it does.
const fn shape(section: SectionId, header: &Header) -> (usize, Option<u64>) {
    match section {
        Hashes => (header.hash_bytes, Some(header.hashes as u64)),
        Tree => (12, None),
        FirstEntries => (4, Some(header.hashes as u64 + 1)),
        Entries => (8, Some(header.entries as u64)),
        Origins => (if header.has_digests() { 20 } else { 16 }, None),
        Lists => (if header.has_digests() { 16 } else { 12 }, Some(header.lists as u64)),
        StringEnds => (8, None),
        Strings => (1, None),
        Chunks => (16, None),
        // their lengths follow from the chunks
        Buckets => (64, None),
        Ids => (1, None),
        Overflow => (2, None),
        Digests(kind) => (digest_row(kind), None),
    }
}

/// The length of a row of digests: the digest and the number of an entry.
pub(super) const fn digest_row(kind: DigestKind) -> usize {
    kind.bytes() + size_of::<Word>()
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

/// The fields of the header between its version and its table.
struct Fields {
    profile_id: u16,
    kind_id: u16,
    hash_bytes: usize,
    found_sections: usize,
    reserved: u32,
    /// Hashes, entries, quarantined, lists.
    counts: [u64; 4],
    file_len: u64,
}

impl Fields {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        // one look at whether they are all there
        let fields = reader.bytes::<{ FIXED_HEADER - LABEL.len() - size_of::<u32>() }>()?;
        let mut reader = Reader::new(&fields);
        Some(Self {
            profile_id: reader.u16()?,
            kind_id: reader.u16()?,
            hash_bytes: reader.u16()?.into(),
            found_sections: reader.u16()?.into(),
            reserved: reader.u32()?,
            counts: [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?],
            file_len: reader.u64()?,
        })
    }
}

/// A row of the section table: id, checksum, offset, length.
fn table_row(reader: &mut Reader<'_>) -> Option<(u32, u32, u64, u64)> {
    let row = reader.bytes::<TABLE_ROW>()?;
    let mut reader = Reader::new(&row);
    Some((reader.u32()?, reader.u32()?, reader.u64()?, reader.u64()?))
}

/// The header, read once: what later code knows of sizes, it knows from here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    version: u32,
    pub(super) profile: Profile,
    pub(super) kind: IndexKind,
    pub(super) hash_bytes: usize,
    pub(super) hashes: u32,
    pub(super) entries: u32,
    pub(super) quarantined: u64,
    pub(super) lists: u32,
    /// The chunks of a multi-index; [`Ring::NONE`] of another kind.
    pub(super) ring: Ring,
    table: [Section; MAX_SECTIONS],
    sections: usize,
}

impl Header {
    /// Reads and checks the header against the bytes of the whole file; section contents are not looked at.
    ///
    /// Of an index that is not linear, `LINEAR` makes it an error, and all that is known of other kinds falls away.
    pub(super) fn read<const LINEAR: bool>(bytes: &[u8]) -> Result<Self, IndexError> {
        Self::read_by::<LINEAR>(bytes.len(), |at, to| match bytes.get(at..).and_then(|bytes| bytes.get(..to.len())) {
            Some(bytes) => {
                to.copy_from_slice(bytes);
                true
            }
            None => false,
        })
    }

    /// The same of a file of so many bytes, of which `read` copies some from a place on, or says that it cannot.
    ///
    /// It is asked for the header, for the fewer than 64 zeros before each section, and for 256 bytes of chunks at most.
    pub(super) fn read_by<const LINEAR: bool>(
        file_bytes: usize,
        mut read: impl FnMut(usize, &mut [u8]) -> bool,
    ) -> Result<Self, IndexError> {
        let short = || IndexError::too_short(file_bytes);
        let mut head = [0; MAX_HEADER];
        let bytes = &mut head[..file_bytes.min(MAX_HEADER)];
        if !read(0, bytes) {
            return Err(short());
        }
        let bytes = &*bytes;
        let mut reader = Reader::new(bytes);
        if reader.bytes().ok_or_else(short)? != LABEL {
            return Err(IndexError::not_an_index());
        }
        let version = reader.u32().ok_or_else(short)?;
        if !(FIRST_VERSION..=VERSION).contains(&version) {
            return Err(IndexError::version(version));
        }
        let Fields { profile_id, kind_id, hash_bytes, found_sections, reserved, counts, file_len } =
            Fields::read(&mut reader).ok_or_else(short)?;
        let [hashes, entries, quarantined, lists] = counts;
        if found_sections > MAX_SECTIONS {
            return Err(IndexError::header("does not list the sections of its kind"));
        }
        let summed = FIXED_HEADER + TABLE_ROW * found_sections;
        let (head, rest) = bytes.split_at_checked(summed).ok_or_else(short)?;
        if Reader::new(rest).u32().ok_or_else(short)? != crc32(head) {
            return Err(IndexError::header("does not match its checksum"));
        }
        if file_len != file_bytes as u64 {
            return Err(IndexError::length(file_bytes, file_len));
        }
        if reserved != 0 {
            return Err(IndexError::header("has a reserved field that is not zero"));
        }
        let profile = Profile::from_id(profile_id).ok_or_else(|| IndexError::profile_id(profile_id))?;
        let kind = IndexKind::from_id(kind_id).ok_or_else(|| IndexError::kind_id(kind_id))?;
        if LINEAR && kind != IndexKind::Linear {
            return Err(IndexError::not_linear(kind));
        }
        if kind == IndexKind::Mih && version == FIRST_VERSION {
            return Err(IndexError::header("has a kind that its version does not have"));
        }
        if hash_bytes * 8 != profile.bits() {
            return Err(IndexError::header("has hashes of another length than its profile"));
        }
        let needs_hashes = version < DIGESTS_VERSION;
        let number = |count: u64| u32::try_from(count).ok().filter(|_| count <= entries && entries <= MAX_COUNT);
        let (Some(hashes), Some(entries), Some(lists)) = (number(hashes), number(entries), number(lists)) else {
            return Err(IndexError::header("has counts that contradict each other"));
        };
        if needs_hashes && hashes == 0 && entries != 0 {
            return Err(IndexError::header("has counts that contradict each other"));
        }
        let sections = sections(version, if LINEAR { IndexKind::Linear } else { kind });
        if sections.len() != found_sections {
            return Err(IndexError::header("does not list the sections of its kind"));
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
        header.read_table(file_bytes, &mut read, reader, sections)?;
        if !LINEAR && kind == IndexKind::Mih {
            header.read_ring(read)?;
        }
        Ok(header)
    }

    /// Reads the chunks, and holds the lengths of what they describe against them.
    fn read_ring(&mut self, mut read: impl FnMut(usize, &mut [u8]) -> bool) -> Result<(), IndexError> {
        let damaged = |what| IndexError::section(Chunks, what);
        let place = self.place(Chunks);
        let mut records = [0; MAX_CHUNKS * size_of::<[Word; 4]>()];
        let records = records.get_mut(..place.len()).ok_or(damaged("does not have 1 to 16 chunks"))?;
        if !read(place.start, records) {
            return Err(damaged("is no longer there"));
        }
        let chunks = wire::records(records).iter().map(|&record| Chunk::read(record));
        let ring = Ring::new(chunks, 8 * self.hash_bytes, self.hashes.into()).map_err(damaged)?;
        let (lines, lanes) = ring.totals();
        let ids = u64::from(self.hashes).checked_mul((ring.id_bytes * ring.chunks().len()) as u64);
        for (id, expected) in
            [(Buckets, (lines as u64).checked_mul(64)), (Ids, ids), (Overflow, (lanes as u64).checked_mul(2))]
        {
            if Some(self.place(id).len() as u64) != expected {
                return Err(IndexError::section(id, "does not have the length that the chunks call for"));
            }
        }
        self.ring = ring;
        Ok(())
    }

    /// Whether the hashes lie in blocks of planes.
    pub(super) const fn is_sliced(&self) -> bool {
        is_sliced(self.version, self.kind, self.hash_bytes)
    }

    /// Whether the file has digests, roles and opinions, and entries without a hash.
    pub(super) const fn has_digests(&self) -> bool {
        self.version >= DIGESTS_VERSION
    }

    /// Reads the section table: every section where the one before leaves off, and as long as the header says.
    fn read_table(
        &mut self,
        file_bytes: usize,
        mut read: impl FnMut(usize, &mut [u8]) -> bool,
        mut reader: Reader<'_>,
        ids: &[SectionId],
    ) -> Result<(), IndexError> {
        let mut table = [Section::NONE; MAX_SECTIONS];
        let mut end = FIXED_HEADER + TABLE_ROW * self.sections + HEADER_CHECKSUM;
        for (row, &id) in table.iter_mut().zip(ids) {
            let (number, checksum, offset, len) =
                table_row(&mut reader).ok_or_else(|| IndexError::too_short(file_bytes))?;
            if number != id.number() {
                return Err(IndexError::header("does not list the sections of its kind"));
            }
            let start = end.next_multiple_of(ALIGNMENT);
            if offset != start as u64 {
                return Err(IndexError::section(id, "does not start where the one before it leaves off"));
            }
            let mut padding = [0; ALIGNMENT];
            let padding = &mut padding[..start - end];
            if start > file_bytes || !read(end, padding) {
                return Err(IndexError::section(id, "starts after the end of the file"));
            }
            if padding.iter().any(|&byte| byte != 0) {
                return Err(IndexError::section(id, "follows bytes that are not zero"));
            }
            let (record, count) = shape(id, self);
            // what does not fit a word of this machine ends after the end of the file, as is said below
            let is_whole = usize::try_from(len).map_or(true, |len| len.is_multiple_of(record));
            // counts have been found to be below 2^32
            let fits = count.map_or(is_whole, |count| count * record as u64 == len);
            if !fits {
                return Err(IndexError::section(id, "does not have the length that the header calls for"));
            }
            end = usize::try_from(len)
                .ok()
                .and_then(|len| start.checked_add(len))
                .filter(|&end| end <= file_bytes)
                .ok_or(IndexError::section(id, "ends after the end of the file"))?;
            *row = Section { id, start, end, checksum };
        }
        if end != file_bytes {
            return Err(IndexError::header("has sections that do not reach the end of the file"));
        }
        self.table = table;
        Ok(())
    }

    /// The sections in the order of the file.
    pub(super) fn sections(&self) -> &[Section] {
        &self.table[..self.sections]
    }

    /// Cuts a section out of the file's bytes; a section that the kind does not have is empty.
    ///
    /// `None` means that the bytes are no longer those that were opened.
    pub(super) fn cut<'a>(&self, bytes: &'a [u8], id: SectionId) -> Option<&'a [u8]> {
        bytes.get(self.place(id))
    }

    /// Where a section lies: at the start of the file, and empty, if the kind does not have it.
    pub(super) fn place(&self, id: SectionId) -> Range<usize> {
        self.sections().iter().find(|section| section.id == id).map_or(0..0, |section| section.start..section.end)
    }
}

/// Whether hashes lie in blocks of planes, by version, kind and length.
const fn is_sliced(version: u32, kind: IndexKind, hash_bytes: usize) -> bool {
    version > FIRST_VERSION && !matches!(kind, IndexKind::BkTree) && hash_bytes == 32
}

impl Chunk {
    fn read([measures, lines, low, high]: [Word; 4]) -> Self {
        let [a, b, c, d] = measures;
        // a size that this machine cannot address is refused by the ring
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let (width, prefix) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
        let (lines_each, overflow) = (size(u32::from_le_bytes(lines).into()), size(u64_of(low, high)));
        Self::new(width.into(), prefix.into(), lines_each, overflow)
    }
}
