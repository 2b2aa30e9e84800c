//! From entries in any order to the bytes of an index, always the same for the same entries.
//!
//! Of every entry its origin and id are kept as numbers of interned texts, its hash beside its number, and its digests kind by
//! kind in the order of the entries, so that they need no number: a byte says which kinds each entry has. At the end texts,
//! lists, origins and entries are sorted and numbered by rank, so that nothing of the order of insertion, nor of a hash table, nor
//! of what was removed, reaches the file.

mod digests;
mod error;
mod finish;
mod origins;
mod shape;
mod texts;

use alloc::vec::Vec;
use core::fmt;

use super::format::{Entry, MAX_COUNT};
use super::{IndexKind, Source};
use crate::entry::Digest;
use crate::hash::{HashBits, Profile};
use crate::wire;
use digests::Digests;
use error::Reason;
use origins::Origins;
use shape::Shape;
use texts::Texts;

pub use error::BuildError;

/// Makes an index from the entries of hash lists.
///
/// Holds all entries in memory: 9 bytes for each, `N + 4` for its hash, those of its digests, and its id if that is not a
/// number. See the [module](super) for an example.
pub struct Builder<const N: usize> {
    profile: Profile,
    kind: Option<IndexKind>,
    radius: Option<u32>,
    quarantined: u64,
    /// By the number of the entry. Texts and origins have the numbers that they got when they were added; `finish` replaces them by ranks.
    entries: Vec<Entry>,
    shapes: Vec<Shape>,
    hashes: Vec<Hashed<N>>,
    digests: Digests,
    origins: Origins,
    texts: Texts,
    /// How many there are that were not removed: entries, and those of them that have a hash.
    live: u64,
    live_hashed: u64,
}

/// A hash, and the entry that has it.
type Hashed<const N: usize> = ([u8; N], u32);

/// An entry that was added to a [`Builder`], by which it can be removed again. It means nothing to any other builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryNumber(u32);

impl<const N: usize> Builder<N> {
    /// Starts an index of hashes made under one profile.
    ///
    /// # Errors
    ///
    /// Refuses a profile whose hashes do not have `8 * N` bits.
    pub fn new(profile: Profile) -> Result<Self, BuildError> {
        if profile.bits() != 8 * N {
            return Err(BuildError(Reason::Width { profile, found: 8 * N }));
        }
        Ok(Self {
            profile,
            kind: None,
            radius: None,
            quarantined: 0,
            entries: Vec::new(),
            shapes: Vec::new(),
            hashes: Vec::new(),
            digests: Digests::default(),
            origins: Origins::default(),
            texts: Texts::default(),
            live: 0,
            live_hashed: 0,
        })
    }

    /// Chooses how the hashes are arranged; `None`, the default, leaves the choice to the builder: see [`Plan`](super::Plan).
    #[must_use]
    pub fn kind(mut self, kind: Option<IndexKind>) -> Self {
        self.kind = kind;
        self
    }

    /// Says within which radius the index will mostly be asked, where the builder chooses its kind; `None`, the default, stands
    /// for [the profile's](Profile::default_radius). Every index answers every radius.
    #[must_use]
    pub fn radius(mut self, bits: Option<u32>) -> Self {
        self.radius = bits;
        self
    }

    /// Adds an entry of a list that has a perceptual hash and no digest: see [`add_entry`](Self::add_entry).
    ///
    /// # Errors
    ///
    /// As `add_entry`.
    pub fn add(&mut self, hash: HashBits<N>, source: Source<'_>) -> Result<EntryNumber, BuildError> {
        self.add_entry(Some(hash), &[], source)
    }

    /// Adds an entry of a list: its perceptual hash, if it has one, and its digests, in any order.
    ///
    /// Entries of the same hash and source are one entry, with the digests of all of them; so are entries without a hash of the same
    /// source. Hence the ids of entries without a hash should differ.
    ///
    /// # Errors
    ///
    /// Refuses an entry with neither hash nor digest, which nothing could ever match; a list that has another role already; and more
    /// than 2^32 - 2 entries. The builder is as it was before.
    pub fn add_entry(
        &mut self,
        hash: Option<HashBits<N>>,
        digests: &[Digest],
        source: Source<'_>,
    ) -> Result<EntryNumber, BuildError> {
        if hash.is_none() && digests.is_empty() {
            return Err(BuildError(Reason::Nothing));
        }
        // Keeping the number of texts in range keeps every other number in range.
        let entries = self.entries.len() as u64 + digests.len() as u64 + 1;
        if entries > MAX_COUNT || !self.texts.has_room() {
            return Err(BuildError(Reason::Full));
        }
        let number = wire::number(self.entries.len());
        let entry = Entry { origin: self.origins.number(&mut self.texts, &source)?, id: self.texts.number(source.id) };
        let mut shape = Shape::NOTHING;
        if let Some(hash) = hash {
            shape = Shape::HASH;
            self.hashes.push((*hash.as_bytes(), number));
            self.live_hashed += 1;
        }
        for digest in digests {
            let kind = Shape::of(digest.kind());
            if shape.has(kind) {
                self.push(entry, shape);
                shape = Shape::MORE;
            }
            shape = shape.and(kind);
            self.digests.push(digest);
        }
        self.push(entry, shape);
        self.live += 1;
        Ok(EntryNumber(number))
    }

    fn push(&mut self, entry: Entry, shape: Shape) {
        self.entries.push(entry);
        self.shapes.push(shape);
    }

    /// Takes an entry back, which was withdrawn or replaced: [`finish`](Self::finish) leaves it out, as if it had never been added.
    ///
    /// Only that entry: another one of the same hash and source stays. An entry that was removed already stays removed.
    pub fn remove(&mut self, entry: EntryNumber) {
        // a number of another builder may be none of this one
        if let Some((shape, rest)) = self.shapes.get_mut(entry.0 as usize..).and_then(<[_]>::split_first_mut)
            && shape.is_live()
        {
            self.live -= 1;
            self.live_hashed -= u64::from(shape.has(Shape::HASH));
            *shape = shape.and(Shape::REMOVED);
            for more in rest.iter_mut().take_while(|shape| shape.has(Shape::MORE)) {
                *more = more.and(Shape::REMOVED);
            }
        }
    }

    /// The number of entries that were added and not removed, equal ones counted each.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.live
    }

    /// How many of [them](Self::entries) have a perceptual hash. Less [those that differ](super::Index::len), which are known once the
    /// index is finished, that is how many entries have the hash of another.
    #[must_use]
    pub const fn hashed(&self) -> u64 {
        self.live_hashed
    }

    /// Adds to the number of entries left out by importers, which the index records.
    pub fn quarantined(&mut self, count: u64) {
        self.quarantined = self.quarantined.saturating_add(count);
    }
}

impl<const N: usize> fmt::Debug for Builder<N> {
    /// Prints measures, never hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("profile", &self.profile)
            .field("kind", &self.kind)
            .field("entries", &self.live)
            .field("quarantined", &self.quarantined)
            .finish_non_exhaustive()
    }
}
