//! What is to be published whole: the entries of lists, and the names by which they can be changed later.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::StoreError;
use super::fingerprint::{Fingerprint, Row};
use crate::entry::Digest;
use crate::hash::{HashBits, Profile};
use crate::index::{Builder, EntryNumber, IndexKind, Source};

/// How many entries are looked up in an index before it is published.
const NEEDLES: usize = 64;

/// The entries of a generation, collected to be [published](super::Writer::publish).
///
/// Takes what a [`Builder`] takes, and 36 bytes for each entry.
pub struct Contents<const N: usize> {
    builder: Builder<N>,
    rows: Vec<(Row, EntryNumber)>,
    removed: Vec<EntryNumber>,
    needles: Vec<Needle<N>>,
    /// Every so many entries with a hash one is kept as a needle.
    stride: u64,
    hashed: u64,
}

/// An entry that must be found in the finished index.
pub(super) struct Needle<const N: usize> {
    pub(super) hash: HashBits<N>,
    pub(super) list: String,
    pub(super) id: String,
    number: EntryNumber,
}

/// What [`Contents`] become.
pub(super) struct Finished<const N: usize> {
    pub(super) index: Vec<u8>,
    pub(super) rows: Vec<Row>,
    pub(super) needles: Vec<Needle<N>>,
}

/// The rows of names of an entry.
pub(super) fn rows(source: &Source<'_>, hash: Option<&[u8]>, key: Option<&str>) -> impl Iterator<Item = Row> + use<> {
    let entry = Fingerprint::entry(source.list, source.id, hash);
    let name = match key {
        Some(key) if key == source.id => Fingerprint::name_and_key(source.list, source.id),
        _ => Fingerprint::name(source.list, source.id),
    };
    let key = key.filter(|key| *key != source.id).map(|key| Fingerprint::key(source.list, key));
    core::iter::once(name).chain(key).map(move |name| (name, entry))
}

impl<const N: usize> Contents<N> {
    /// Starts with nothing.
    ///
    /// # Errors
    ///
    /// Refuses a profile whose hashes do not have `8 * N` bits.
    pub fn new(profile: Profile) -> Result<Self, StoreError> {
        let builder = Builder::new(profile).map_err(StoreError::refused)?;
        Ok(Self { builder, rows: Vec::new(), removed: Vec::new(), needles: Vec::new(), stride: 1, hashed: 0 })
    }

    /// Chooses the kind of the index: see [`Builder::kind`].
    #[must_use]
    pub fn kind(mut self, kind: Option<IndexKind>) -> Self {
        self.builder = self.builder.kind(kind);
        self
    }

    /// Says within which radius will mostly be asked: see [`Builder::radius`].
    #[must_use]
    pub fn radius(mut self, bits: Option<u32>) -> Self {
        self.builder = self.builder.radius(bits);
        self
    }

    /// Adds an entry: see [`Builder::add_entry`]. `key` is what identifies its record in the list, if the list has such keys: a later
    /// record of this key can replace or withdraw it.
    ///
    /// # Errors
    ///
    /// As `add_entry`.
    pub fn add(
        &mut self,
        hash: Option<HashBits<N>>,
        digests: &[Digest],
        source: Source<'_>,
        key: Option<&str>,
    ) -> Result<EntryNumber, StoreError> {
        let number = self.add_unnamed(hash, digests, source)?;
        let bytes = hash.map(|hash| *hash.as_bytes());
        self.rows.extend(rows(&source, bytes.as_ref().map(<[u8; N]>::as_slice), key).map(|row| (row, number)));
        Ok(number)
    }

    /// The same without a row of names.
    pub(super) fn add_unnamed(
        &mut self,
        hash: Option<HashBits<N>>,
        digests: &[Digest],
        source: Source<'_>,
    ) -> Result<EntryNumber, StoreError> {
        let number = self.builder.add_entry(hash, digests, source).map_err(StoreError::refused)?;
        if let Some(hash) = hash {
            if self.hashed.is_multiple_of(self.stride) {
                if self.needles.len() == 2 * NEEDLES {
                    let mut is_even = false;
                    self.needles.retain(|_| {
                        is_even = !is_even;
                        is_even
                    });
                    self.stride *= 2;
                }
                if self.hashed.is_multiple_of(self.stride) {
                    self.needles.push(Needle { hash, list: source.list.to_owned(), id: source.id.to_owned(), number });
                }
            }
            self.hashed += 1;
        }
        Ok(number)
    }

    /// Takes an entry back: see [`Builder::remove`].
    pub fn remove(&mut self, entry: EntryNumber) {
        self.builder.remove(entry);
        self.removed.push(entry);
    }

    /// The number of entries that were added and not removed.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.builder.entries()
    }

    /// Adds to the number of entries left out by importers, which the index records.
    pub fn quarantined(&mut self, count: u64) {
        self.builder.quarantined(count);
    }

    pub(super) fn finish(self) -> Result<Finished<N>, StoreError> {
        let Self { builder, rows, mut removed, mut needles, .. } = self;
        removed.sort_unstable();
        let is_live = |number: EntryNumber| removed.binary_search(&number).is_err();
        let rows = rows.into_iter().filter(|(_, number)| is_live(*number)).map(|(row, _)| row).collect();
        needles.retain(|needle| is_live(needle.number));
        Ok(Finished { index: builder.finish().map_err(StoreError::refused)?, rows, needles })
    }
}

impl<const N: usize> fmt::Debug for Contents<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents").field("builder", &self.builder).finish_non_exhaustive()
    }
}
