//! What changed since the index of a store was built: entries added, and entries of the index that no longer count.
//!
//! ```text
//! bytes      16   label "lookalike delta\0"
//!             4   version: 1
//!             4   CRC-32 of everything after the header
//!             8   number of hidden entries, h
//!             8   number of rows of names, n
//!             8   reserved: 0
//!          32 h   hidden entries, rising: fingerprint 16, generation that touched it 8, 1 if the index has it and else 0 in 8
//!          32 n   rows of names of the entries added, as in a table of names
//!                 an index of the entries added, to the end of the file
//! ```
//!
//! An entry that was added hides the same one of the index, and one that was removed hides it with nothing in its place. The
//! generations tell, when the changes are built into a new index, which of them came while it was being built.

#![expect(clippy::indexing_slicing, reason = "a delta has a header, or is refused before; records have 32 bytes")]

use alloc::vec::Vec;
use std::path::Path;

use super::StoreError;
use super::fingerprint::{Fingerprint, Row};
use crate::checksum::crc32;
use crate::index::Index;
use crate::wire::Reader;

const LABEL: [u8; 16] = *b"lookalike delta\0";
const VERSION: u32 = 1;
const HEADER: usize = 48;
/// The longest file that is read: that of some millions of changes, which nobody should let come together.
pub(super) const LONGEST: u64 = 1 << 30;

/// An entry of the index that no longer counts, or whose place was taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hidden {
    pub(super) entry: Fingerprint,
    /// The generation that last touched it.
    pub(super) generation: u64,
    /// Whether the index has it: else it hides nothing, and is only remembered.
    pub(super) is_in_base: bool,
}

/// A delta as it is read: what it hides, and an index of what it adds.
pub(super) struct Delta {
    pub(super) hidden: Vec<Hidden>,
    pub(super) rows: Vec<Row>,
    pub(super) index: Index<Tail>,
}

/// The bytes of a file from some place on.
pub(super) struct Tail {
    bytes: Vec<u8>,
    start: usize,
}

impl AsRef<[u8]> for Tail {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl Delta {
    /// Puts a delta into the form of a file. `hidden` and `rows` are put in order.
    pub(super) fn write(hidden: &mut [Hidden], rows: &mut Vec<Row>, index: &[u8]) -> Vec<u8> {
        hidden.sort_unstable();
        rows.sort_unstable();
        rows.dedup();
        let mut bytes = Vec::with_capacity(HEADER + 32 * (hidden.len() + rows.len()) + index.len());
        bytes.extend_from_slice(&LABEL);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        for field in [hidden.len() as u64, rows.len() as u64, 0] {
            bytes.extend_from_slice(&field.to_le_bytes());
        }
        for Hidden { entry, generation, is_in_base } in hidden {
            bytes.extend_from_slice(&entry.0);
            bytes.extend_from_slice(&generation.to_le_bytes());
            bytes.extend_from_slice(&u64::from(*is_in_base).to_le_bytes());
        }
        for (name, entry) in rows {
            bytes.extend_from_slice(&name.0);
            bytes.extend_from_slice(&entry.0);
        }
        bytes.extend_from_slice(index);
        let checksum = crc32(&bytes[HEADER..]).to_le_bytes();
        bytes[20..24].copy_from_slice(&checksum);
        bytes
    }

    /// Reads a delta, and checks every byte of it.
    pub(super) fn read(bytes: Vec<u8>, path: &Path) -> Result<Self, StoreError> {
        let damaged = |what: &str| StoreError::damaged(path, what);
        let mut reader = Reader::new(&bytes);
        let mut header =
            || Some((reader.bytes::<16>()?, reader.u32()?, reader.u32()?, reader.u64()?, reader.u64()?, reader.u64()?));
        let (label, version, checksum, hidden, rows, reserved) =
            header().ok_or_else(|| damaged("it is shorter than a header"))?;
        if label != LABEL || version != VERSION || reserved != 0 {
            return Err(damaged("it does not begin as a delta of this version"));
        }
        let body = &bytes[HEADER..];
        if crc32(body) != checksum {
            return Err(damaged("it does not match its checksum"));
        }
        let short = || damaged("it is shorter than its header says");
        let len = |records: u64| usize::try_from(records.checked_mul(32)?).ok();
        let (hidden_len, rows_len) = len(hidden).zip(len(rows)).ok_or_else(short)?;
        let (hidden, rest) = body.split_at_checked(hidden_len).ok_or_else(short)?;
        let (rows, index) = rest.split_at_checked(rows_len).ok_or_else(short)?;
        let hidden: Vec<Hidden> = hidden.as_chunks::<32>().0.iter().map(read_hidden).collect();
        let rows: Vec<Row> = rows.as_chunks::<32>().0.iter().map(read_row).collect();
        if !hidden.is_sorted_by(|a, b| a.entry < b.entry) || !rows.is_sorted_by(|a, b| a < b) {
            return Err(damaged("its records do not rise"));
        }
        let start = bytes.len() - index.len();
        let index = Index::open(Tail { bytes, start }).map_err(|error| StoreError::damaged(path, error))?;
        Ok(Self { hidden, rows, index })
    }

    /// Whether an entry of the index no longer counts.
    pub(super) fn hides(&self, entry: Fingerprint) -> bool {
        self.hidden.binary_search_by_key(&entry, |hidden| hidden.entry).is_ok()
    }
}

fn read_hidden(bytes: &[u8; 32]) -> Hidden {
    let (entry, rest) = halves(bytes);
    let mut generation = [0; 8];
    generation.copy_from_slice(&rest[..8]);
    let is_in_base = rest[8..] != [0; 8];
    Hidden { entry: Fingerprint(entry), generation: u64::from_le_bytes(generation), is_in_base }
}

fn halves(bytes: &[u8; 32]) -> ([u8; 16], [u8; 16]) {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&bytes[..16]);
    second.copy_from_slice(&bytes[16..]);
    (first, second)
}

fn read_row(bytes: &[u8; 32]) -> Row {
    let (name, entry) = halves(bytes);
    (Fingerprint(name), Fingerprint(entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{Bits64, Profile};
    use crate::index::{Builder, Source};

    fn sample() -> Vec<u8> {
        let mut builder = Builder::new(Profile::Phash64).unwrap();
        for i in 0..5_u8 {
            let hash = Bits64::from_bytes([i; 8]);
            builder.add(hash, Source { list: "L", id: &alloc::format!("{i}"), ..Source::default() }).unwrap();
        }
        let entry = |i: u64| Fingerprint::name("L", &alloc::format!("{i}"));
        let mut hidden: Vec<_> =
            (0..7).map(|i| Hidden { entry: entry(i), generation: i, is_in_base: i % 2 == 0 }).collect();
        let mut rows = (0..5).map(|i| (entry(i), entry(9 + i))).collect();
        Delta::write(&mut hidden, &mut rows, &builder.finish().unwrap())
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = sample();
        let delta = Delta::read(bytes.clone(), Path::new("d")).unwrap();
        assert_eq!((delta.hidden.len(), delta.rows.len(), delta.index.len()), (7, 5, 5));
        assert!(delta.hides(Fingerprint::name("L", "6")) && !delta.hides(Fingerprint::name("L", "7")));
        let mut hidden = delta.hidden.clone();
        assert!(Delta::write(&mut hidden, &mut delta.rows.clone(), delta.index.as_bytes()) == bytes);
    }

    #[test]
    fn every_changed_byte_and_every_length_is_refused() {
        let bytes = sample();
        for at in 0..bytes.len() {
            for bit in [1, 128] {
                let mut changed = bytes.clone();
                changed[at] ^= bit;
                assert!(Delta::read(changed, Path::new("d")).is_err(), "byte {at}");
            }
            assert!(Delta::read(bytes[..at].to_vec(), Path::new("d")).is_err(), "length {at}");
        }
        let mut longer = bytes;
        longer.push(0);
        assert!(Delta::read(longer, Path::new("d")).is_err());
    }
}
