//! Which entries an index has, by name: a file beside it, in which a writer finds what to remove without reading the index.
//!
//! ```text
//! bytes      16   label "lookalike names\0"
//!             4   version: 1
//!             4   CRC-32 of the rows
//!             8   number of rows, n
//!          32 n   rows, rising: fingerprint of a name or key, fingerprint of an entry
//! ```
//!
//! Fingerprints are of SHA-256 and 16 bytes long ([`Fingerprint`]). Of every entry there is a row of its name, and one of its key, where
//! its list identifies records by something else than their names.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::fingerprint::Fingerprint;
use crate::checksum::crc32;
use crate::wire::Reader;

const LABEL: [u8; 16] = *b"lookalike names\0";
const VERSION: u32 = 1;
const HEADER: usize = 32;
const ROW: usize = 32;

/// A name or key, and an entry that has it.
pub(super) type Row = (Fingerprint, Fingerprint);

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
    let checksum = crc32(bytes.get(HEADER..).unwrap_or_default()).to_le_bytes();
    if let Some(place) = bytes.get_mut(20..24) {
        place.copy_from_slice(&checksum);
    }
    bytes
}

/// Reads all rows of a file, after checking every byte.
pub(super) fn rows(path: &Path) -> Result<Vec<Row>, StoreError> {
    let bytes = std::fs::read(path).map_err(StoreError::io("read", path))?;
    let (count, checksum) = header(&bytes, bytes.len() as u64, path)?;
    let body = bytes.get(HEADER..).unwrap_or_default();
    if crc32(body) != checksum {
        return Err(StoreError::damaged(path, "its rows do not match their checksum"));
    }
    let rows: Vec<Row> = body.as_chunks::<ROW>().0.iter().map(row).collect();
    if rows.len() as u64 != count || !rows.is_sorted() {
        return Err(StoreError::damaged(path, "its rows do not rise"));
    }
    Ok(rows)
}

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
    if count.checked_mul(ROW as u64).and_then(|rows| rows.checked_add(HEADER as u64)) != Some(len) {
        return Err(damaged("it was cut short or added to"));
    }
    Ok((count, checksum))
}

/// How many times the place of a name is guessed before it is sought by halves.
const GUESSES: u32 = 8;

/// A table of names on the disk. Fingerprints are spread evenly, so that guessing the place of one by its value takes some four reads of 32
/// bytes, also in ten million entries; whatever they are, it takes no more than eight and a bisection.
#[derive(Debug)]
pub(super) struct Names {
    path: PathBuf,
    file: File,
    rows: u64,
}

impl Names {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = || StoreError::io("read", path);
        let mut file = File::open(path).map_err(failed())?;
        let len = file.metadata().map_err(failed())?.len();
        let mut head = Vec::new();
        file.by_ref().take(HEADER as u64).read_to_end(&mut head).map_err(failed())?;
        let (rows, _) = header(&head, len, path)?;
        Ok(Self { path: path.to_owned(), file, rows })
    }

    fn row(&mut self, at: u64) -> Result<Row, StoreError> {
        let mut bytes = [0; ROW];
        let place = SeekFrom::Start(HEADER as u64 + ROW as u64 * at);
        let read = self.file.seek(place).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(StoreError::io("read", &self.path))?;
        Ok(row(&bytes))
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
                low + u64::try_from(u128::from(high - low) * part / whole).unwrap_or(0)
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
        std::fs::write(&path, write(&mut rows)).unwrap();
        assert_eq!(rows.len(), 500);
        assert!(super::rows(&path).unwrap() == rows);
        let mut names = Names::open(&path).unwrap();
        for i in 0..200 {
            let mut expected: Vec<_> = (0..500).filter(|j| j % 170 == i).map(|j| print(1000 + j)).collect();
            expected.sort();
            assert!(names.entries(print(i)).unwrap() == expected, "{i}");
        }
    }

    #[test]
    fn every_changed_byte_and_every_length_is_refused() {
        let print = |seed: u16| Fingerprint::name("L", &alloc::format!("{seed}"));
        let mut rows: Vec<Row> = (0..9).map(|i| (print(i), print(i))).collect();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("names");
        let bytes = write(&mut rows);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            std::fs::write(&path, changed).unwrap();
            assert!(super::rows(&path).is_err(), "byte {at}");
            std::fs::write(&path, &bytes[..at]).unwrap();
            assert!(Names::open(&path).is_err() && super::rows(&path).is_err(), "length {at}");
        }
    }
}
