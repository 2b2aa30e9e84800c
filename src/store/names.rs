//! Which entries an index has, by name: a file beside it, in which a writer finds what to remove without reading the index.
//!
//! ```text
//! bytes      16   label "lookalike names\0"
//!             4   version: 2
//!             4   CRC-32 of everything after the header
//!             8   number of rows, n
//!          32 n   rows, rising: fingerprint of a name or key, fingerprint of an entry
//!     4 (n / 128)  CRC-32 of each block of 128 rows, of which the last may have fewer
//! ```
//!
//! A writer reads some blocks of it, and no row of a block that was damaged: an entry that it did not find would not be removed, and one that it found
//! under a wrong fingerprint would be said to be.
//!
//! Fingerprints are of SHA-256 and 16 bytes long ([`Fingerprint`]). Of every entry there is a row of its name, and one of its key, where
//! its list identifies records by something else than their names.

#![expect(
    clippy::indexing_slicing,
    reason = "a file has a header, or is refused before; a block that was read has every row below `rows`"
)]

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::fingerprint::{Fingerprint, Row};
use super::record::{FileRecord, HEAD};
use super::{StoreError, disk};
use crate::checksum::crc32;
use crate::wire::Reader;

const LABEL: [u8; 16] = *b"lookalike names\0";
const VERSION: u32 = 2;
const HEADER: usize = 32;
const ROW: usize = 32;
/// How many rows are read together: one page of the system.
const BLOCK: usize = 128;

/// Puts rows in order, once each, and into the form of a file.
pub(super) fn write(rows: &mut Vec<Row>) -> Vec<u8> {
    rows.sort_unstable();
    rows.dedup();
    let mut bytes = Vec::with_capacity(HEADER + ROW * rows.len());
    bytes.extend_from_slice(&LABEL);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    for (name, entry) in rows.iter() {
        bytes.extend_from_slice(&name.0);
        bytes.extend_from_slice(&entry.0);
    }
    let checksums: Vec<[u8; 4]> = bytes[HEADER..].chunks(ROW * BLOCK).map(|block| crc32(block).to_le_bytes()).collect();
    bytes.extend_from_slice(checksums.as_flattened());
    let checksum = crc32(&bytes[HEADER..]).to_le_bytes();
    bytes[20..24].copy_from_slice(&checksum);
    bytes
}

/// Reads all rows of a file, after checking every byte.
pub(super) fn rows(path: &Path, record: &FileRecord) -> Result<Vec<Row>, StoreError> {
    let bytes = disk::read(path, record.bytes)?;
    record.check(path, bytes.len() as u64, &bytes)?;
    let (count, checksum) = header(&bytes, bytes.len() as u64, path)?;
    let body = &bytes[HEADER..];
    if crc32(body) != checksum {
        return Err(StoreError::damaged(path, CHANGED));
    }
    // The checksums of the blocks fill no row, but where there are eight of them: the header has said how many rows there are.
    let rows = (0..count).zip(body.as_chunks::<ROW>().0);
    let rows: Vec<Row> = rows.map(|(_, bytes)| row(bytes)).collect();
    if !rows.is_sorted() {
        return Err(StoreError::damaged(path, "its rows do not rise"));
    }
    Ok(rows)
}

/// What is said of rows that are not those that were written.
const CHANGED: &str = "its rows do not match their checksum";

fn row(bytes: &[u8; ROW]) -> Row {
    let mut row = (Fingerprint([0; 16]), Fingerprint([0; 16]));
    let (name, entry) = bytes.split_at(16);
    row.0.0.copy_from_slice(name);
    row.1.0.copy_from_slice(entry);
    row
}

/// The number of rows and their checksum, of a file of this length.
fn header(bytes: &[u8], len: u64, path: &Path) -> Result<(u64, u32), StoreError> {
    let damaged = |what: &str| StoreError::damaged(path, what);
    let mut reader = Reader::new(bytes);
    let mut field = || Some((reader.bytes::<16>()?, reader.u32()?, reader.u32()?, reader.u64()?));
    let (label, version, checksum, count) = field().ok_or_else(|| damaged("it is shorter than a header"))?;
    if label != LABEL || version != VERSION {
        return Err(damaged("it does not begin as a table of names of this version"));
    }
    let rest = count.checked_mul(ROW as u64).and_then(|rows| rows.checked_add(4 * count.div_ceil(BLOCK as u64)));
    if rest.and_then(|rest| rest.checked_add(HEADER as u64)) != Some(len) {
        return Err(damaged("it was cut short or added to"));
    }
    Ok((count, checksum))
}

/// How many times the place of a name is guessed before it is sought by halves.
const GUESSES: u32 = 8;

/// A table of names on the disk. Fingerprints are spread evenly, so that guessing the place of one by its value takes some four reads of a
/// block, also in ten million entries; whatever they are, it takes no more than eight and a bisection.
#[derive(Debug)]
pub(super) struct Names {
    path: PathBuf,
    file: File,
    rows: u64,
    /// The block that was read last, by its number.
    block: Option<(u64, Vec<u8>)>,
}

impl Names {
    pub(super) fn open(path: &Path, record: &FileRecord) -> Result<Self, StoreError> {
        let (mut file, len) = disk::open(path)?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(StoreError::read_error(path))?;
        record.check(path, len, &head)?;
        let (rows, _) = header(&head, len, path)?;
        Ok(Self { path: path.to_owned(), file, rows, block: None })
    }

    fn row(&mut self, at: u64) -> Result<Row, StoreError> {
        #[expect(clippy::cast_possible_truncation, reason = "less than a block")]
        let (number, place) = (at / BLOCK as u64, (at % BLOCK as u64) as usize);
        let block = match self.block.take() {
            Some(block) if block.0 == number => block,
            _ => (number, self.read_block(number)?),
        };
        let (_, bytes) = self.block.insert(block);
        Ok(row(&bytes.as_chunks::<ROW>().0[place]))
    }

    fn read_block(&mut self, number: u64) -> Result<Vec<u8>, StoreError> {
        let first = number * BLOCK as u64;
        #[expect(clippy::cast_possible_truncation, reason = "no more than a block")]
        let len = (self.rows - first).min(BLOCK as u64) as usize;
        let (mut bytes, mut checksum) = (alloc::vec![0; ROW * len], [0; 4]);
        self.read_at(ROW as u64 * first, &mut bytes)?;
        self.read_at(ROW as u64 * self.rows + 4 * number, &mut checksum)?;
        if crc32(&bytes) == u32::from_le_bytes(checksum) {
            Ok(bytes)
        } else {
            Err(StoreError::damaged(&self.path, CHANGED))
        }
    }

    /// Reads bytes at a place behind the header.
    fn read_at(&mut self, place: u64, bytes: &mut [u8]) -> Result<(), StoreError> {
        let place = SeekFrom::Start(HEADER as u64 + place);
        let read = self.file.seek(place).and_then(|_| self.file.read_exact(bytes));
        read.map_err(StoreError::read_error(&self.path))
    }

    /// The entries of a name or key.
    pub(super) fn entries(&mut self, name: Fingerprint) -> Result<Vec<Fingerprint>, StoreError> {
        let (mut low, mut high) = (0, self.rows);
        // Between which values the rows from `low` to `high` lie.
        let (wanted, mut above, mut below) = (name.leading(), 0, u64::MAX);
        let mut guesses = 0;
        while low < high {
            let middle = if guesses < GUESSES && wanted >= above && below > above {
                let (part, whole) = (u128::from(wanted - above), u128::from(below - above) + 1);
                // Below `high`, because the part is less than the whole.
                #[expect(clippy::cast_possible_truncation, reason = "less than high - low")]
                let share = (u128::from(high - low) * part / whole) as u64;
                low + share
            } else {
                low + (high - low) / 2
            };
            guesses += 1;
            let (found, _) = self.row(middle)?;
            if found < name {
                (low, above) = (middle + 1, found.leading());
            } else {
                (high, below) = (middle, found.leading());
            }
        }
        let mut entries = Vec::new();
        while low < self.rows {
            let (found, entry) = self.row(low)?;
            if found != name {
                break;
            }
            entries.push(entry);
            low += 1;
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_entries_and_no_other() {
        let print = |seed: u16| Fingerprint::name("L", &alloc::format!("{seed}"));
        let mut rows: Vec<Row> = (0..500).map(|i| (print(i % 170), print(1000 + i))).collect();
        rows.push(rows[3]);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names");
        let bytes = write(&mut rows);
        let record = FileRecord::of(&bytes);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(rows.len(), 500);
        assert!(super::rows(&path, &record).unwrap() == rows);
        let mut names = Names::open(&path, &record).unwrap();
        for i in 0..200 {
            let mut expected: Vec<_> = (0..500).filter(|j| j % 170 == i).map(|j| print(1000 + j)).collect();
            expected.sort();
            assert!(names.entries(print(i)).unwrap() == expected, "{i}");
        }
    }

    /// Two blocks of names, of which the second is not full.
    fn sample(seed: u64) -> (Vec<Row>, Vec<u8>) {
        let print = |number: u64| Fingerprint::name("L", &alloc::format!("{seed}/{number}"));
        let mut rows: Vec<Row> = (0..150).map(|i| (print(i % 140), print(1000 + i))).collect();
        let bytes = write(&mut rows);
        (rows, bytes)
    }

    #[test]
    fn every_changed_byte_is_refused_or_no_name_is_told_wrong() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names");
        let (rows, bytes) = sample(1);
        let record = FileRecord::of(&bytes);
        // the first and the last of each block, and one that is not there
        let asked: Vec<Fingerprint> =
            [0, 127, 128, 149].iter().map(|at| rows[*at].0).chain([Fingerprint::name("L", "")]).collect();
        let (mut told, mut refused) = (0, 0);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= if at % 2 == 0 { 4 } else { 0x80 };
            std::fs::write(&path, changed).unwrap();
            assert!(super::rows(&path, &record).is_err(), "byte {at}");
            for name in &asked {
                match Names::open(&path, &record).and_then(|mut names| names.entries(*name)) {
                    Err(error) => {
                        assert_eq!(error.kind(), crate::store::StoreErrorKind::Damaged, "byte {at}: {error}");
                        refused += 1;
                    }
                    Ok(found) => {
                        let expected = rows.iter().filter(|row| row.0 == *name).map(|row| row.1);
                        assert!(found.into_iter().eq(expected), "byte {at}");
                        told += 1;
                    }
                }
            }
        }
        assert!(told > 0 && refused > told, "a block that was not damaged is still read: {told}, {refused}");
    }

    #[test]
    fn every_other_length_and_every_other_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names");
        let (_, bytes) = sample(1);
        let record = FileRecord::of(&bytes);
        let refused = |other: &[u8]| {
            std::fs::write(&path, other).unwrap();
            Names::open(&path, &record).is_err() && rows(&path, &record).is_err()
        };
        assert!(!refused(&bytes));
        assert!((0..bytes.len()).all(|len| refused(&bytes[..len])));
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(refused(&longer));
        let (_, other) = sample(2);
        assert_eq!(other.len(), bytes.len());
        assert!(refused(&other), "the names of another generation");
    }
}
