//! One generation, opened: searched as an index is, and every answer is that generation's.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;

use super::Seen;
use super::delta::Delta;
use super::fingerprint::Fingerprint;
use super::record::Record;
use super::tombstones::Tombstones;
use crate::entry::{Digest, DigestKind, Role};
use crate::hash::{HashBits, Profile};
use crate::index::{Index, IndexError, Query, Slot, Source, Sources, StoredHash};
use crate::mmap::FileBytes;

/// A generation of a store, or an index by itself, opened for looking up.
///
/// It stays as it is for as long as somebody holds it, whatever is published meanwhile; so whoever looks up takes one from
/// [`Store::snapshot`](super::Store::snapshot) for each picture, and not one for all.
pub struct Snapshot {
    pub(super) record: Option<Arc<Record>>,
    pub(super) base: Arc<Index<FileBytes>>,
    pub(super) delta: Option<Arc<Delta>>,
    /// The entries of `base` that the delta hides; `None` if it hides none.
    tombstones: Option<Tombstones>,
}

impl From<Index<FileBytes>> for Snapshot {
    /// An index that is of no store: a snapshot without a generation.
    fn from(index: Index<FileBytes>) -> Self {
        Self { record: None, base: Arc::new(index), delta: None, tombstones: None }
    }
}

/// Where a snapshot keeps a hash: the key to its [sources](Snapshot::sources). It means nothing in any other snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    is_added: bool,
    slot: Slot,
}

/// A stored hash within the radius of a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit<const N: usize> {
    /// The bits in which needle and hash differ: at most the radius.
    pub distance: u32,
    /// The position of the needle in the query.
    pub needle: usize,
    /// The stored hash.
    pub hash: HashBits<N>,
    /// Where the snapshot keeps it.
    pub place: Place,
}

impl<const N: usize> Hit<N> {
    const fn new(hit: crate::index::Hit<N>, is_added: bool) -> Self {
        let crate::index::Hit { distance, needle, hash, slot } = hit;
        Self { distance, needle, hash, place: Place { is_added, slot } }
    }
}

impl Snapshot {
    pub(super) fn new(record: Arc<Record>, base: Arc<Index<FileBytes>>, delta: Option<Arc<Delta>>) -> Self {
        let hides = delta.as_ref().is_some_and(|delta| delta.hidden.iter().any(|hidden| hidden.is_in_base));
        let tombstones = hides.then(|| Tombstones::new(base.entries()));
        Self { record: Some(record), base, delta, tombstones }
    }

    /// The generation, counted from 1 over all changes of the store; `None` for an index that is of no store.
    #[must_use]
    pub fn generation(&self) -> Option<u64> {
        self.record.as_ref().map(|record| record.generation)
    }

    /// When the generation was made, in RFC 3339; `None` for an index that is of no store.
    #[must_use]
    pub fn created(&self) -> Option<&str> {
        self.record.as_ref().map(|record| record.created.as_str())
    }

    /// The profile under which all hashes were made.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.base.profile()
    }

    /// The index that was last built, without what changed since.
    #[must_use]
    pub fn base(&self) -> &Index<FileBytes> {
        &self.base
    }

    /// Whether no entry counts at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.record {
            Some(record) => record.lists.iter().all(|list| list.entries == 0),
            None => self.base.entries() == 0,
        }
    }

    /// At most so many distinct hashes: those of the index, hidden ones too, and those added.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.base.len() + self.delta.as_ref().map_or(0, |delta| delta.index.len())
    }

    /// Entries added since the index was built, and entries of it that are hidden.
    #[must_use]
    pub fn changes(&self) -> (u64, u64) {
        self.record.as_ref().map_or((0, 0), |record| record.changes())
    }

    /// The number of digests of a kind, at most: hidden ones are counted.
    #[must_use]
    pub fn digests(&self, kind: DigestKind) -> u64 {
        self.base.digests(kind) + self.delta.as_ref().map_or(0, |delta| delta.index.digests(kind))
    }

    /// The lists in the order of their names: name, entries that count, role.
    ///
    /// # Errors
    ///
    /// Reports damage of the index.
    pub fn lists(&self) -> Result<Vec<(String, u64, Role)>, IndexError> {
        match &self.record {
            Some(record) => {
                Ok(record.lists.iter().map(|list| (list.name.clone(), list.entries, list.role())).collect())
            }
            None => {
                self.base.lists().map(|list| list.map(|list| (list.name.into(), list.entries, list.role))).collect()
            }
        }
    }

    /// The lists whose publishers sign them, with what was last accepted of each.
    pub fn signed(&self) -> impl Iterator<Item = (&str, Seen)> {
        self.record.iter().flat_map(|record| &record.signed).map(|(name, signed)| (name.as_str(), signed.seen()))
    }

    /// Visits every pair of a needle and a stored hash within the radius, once, until the visitor breaks: as [`Index::search`], of
    /// the entries that count.
    ///
    /// A hash of which the index has entries and others were added is visited in both places. What is hidden costs nothing
    /// before a hidden hash is near a needle.
    ///
    /// # Errors
    ///
    /// As [`Index::search`].
    pub fn search<const N: usize>(
        &self,
        query: &Query<'_, N>,
        mut visit: impl FnMut(Hit<N>) -> ControlFlow<()>,
    ) -> Result<(), IndexError> {
        let (mut is_over, mut damage) = (false, None);
        self.base.search(query, |hit| match self.is_live(hit.slot) {
            Ok(true) => {
                let flow = visit(Hit::new(hit, false));
                is_over = flow.is_break();
                flow
            }
            Ok(false) => ControlFlow::Continue(()),
            Err(error) => {
                damage = Some(error);
                ControlFlow::Break(())
            }
        })?;
        match (damage, &self.delta) {
            (Some(error), _) => Err(error),
            (None, Some(delta)) if !is_over => delta.index.search(query, |hit| visit(Hit::new(hit, true))),
            _ => Ok(()),
        }
    }

    /// Collects every hit, nearest first; among equals by hash, then by needle, then those of the index first.
    ///
    /// # Errors
    ///
    /// As [`search`](Self::search).
    pub fn hits<const N: usize>(&self, query: &Query<'_, N>) -> Result<Vec<Hit<N>>, IndexError> {
        let mut hits = Vec::new();
        self.search(query, |hit| {
            hits.push(hit);
            ControlFlow::Continue(())
        })?;
        hits.sort_unstable_by_key(|hit| (hit.distance, hit.hash, hit.needle, hit.place));
        Ok(hits)
    }

    /// Looks up many needles together, as [`Index::batch`] does: the hits in the order of the needles, of each the nearest first, among
    /// equals by hash, then those of the index first.
    ///
    /// # Errors
    ///
    /// As [`Index::batch`]. Damage of the index is an item.
    pub fn batch<const N: usize>(
        &self,
        profile: Profile,
        radius: u32,
        needles: &[HashBits<N>],
    ) -> Result<impl Iterator<Item = Result<Hit<N>, IndexError>>, IndexError> {
        let base = self.base.batch(profile, radius, needles.iter().copied())?;
        let added = match &self.delta {
            Some(delta) => Some(delta.index.batch(profile, radius, needles.iter().copied())?),
            None => None,
        };
        let mut live = base.filter_map(|hit| match hit {
            Ok(hit) => match self.is_live(hit.slot) {
                Ok(is_live) => is_live.then(|| Ok(Hit::new(hit, false))),
                Err(error) => Some(Err(error)),
            },
            Err(error) => Some(Err(error)),
        });
        let mut added = added.into_iter().flatten().map(|hit| hit.map(|hit| Hit::new(hit, true)));
        // The next of each, of which the one that comes first is given. Damage comes first.
        let (mut of_base, mut of_added) = (live.next(), added.next());
        Ok(core::iter::from_fn(move || {
            let rank = |hit: &Result<Hit<N>, IndexError>| {
                hit.as_ref().map_or((0, 0, HashBits::ZERO), |hit| (hit.needle, hit.distance, hit.hash))
            };
            let is_of_base = match (&of_base, &of_added) {
                (Some(base), Some(added)) => rank(base) <= rank(added),
                (base, _) => base.is_some(),
            };
            if is_of_base {
                core::mem::replace(&mut of_base, live.next())
            } else {
                core::mem::replace(&mut of_added, added.next())
            }
        }))
    }

    /// Visits the entries of a stored hash that count. Damage of the index is an error item.
    #[must_use]
    pub fn sources(&self, place: Place) -> impl Iterator<Item = Result<Source<'_>, IndexError>> {
        let added = self.delta.as_ref().filter(|_| place.is_added).map(|delta| delta.index.sources(place.slot));
        let base = added.is_none().then(|| self.live(self.base.sources(place.slot)));
        base.into_iter().flatten().chain(added.into_iter().flatten())
    }

    /// Visits the entries with exactly this digest that count. Damage of the index is an error item.
    #[must_use]
    pub fn find(&self, digest: &Digest) -> impl Iterator<Item = Result<Source<'_>, IndexError>> + use<'_> {
        let added = self.delta.as_ref().map(|delta| delta.index.find(digest));
        self.live(self.base.find(digest)).chain(added.into_iter().flatten())
    }

    /// Entries of the index without the hidden ones.
    fn live<'a>(&'a self, mut sources: Sources<'a>) -> impl Iterator<Item = Result<Source<'a>, IndexError>> {
        core::iter::from_fn(move || {
            loop {
                let numbered = sources.next_numbered()?;
                match numbered.and_then(|(entry, source)| Ok((self.is_hidden(entry)?, source))) {
                    Ok((true, _)) => {}
                    Ok((false, source)) => return Some(Ok(source)),
                    Err(error) => return Some(Err(error)),
                }
            }
        })
    }

    /// Whether any entry of a slot of the index counts.
    fn is_live(&self, slot: Slot) -> Result<bool, IndexError> {
        if self.tombstones.is_none() {
            return Ok(true);
        }
        for entry in self.base.entries_of_slot(slot)? {
            if !self.is_hidden(entry)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether an entry of the index no longer counts.
    fn is_hidden(&self, entry: u32) -> Result<bool, IndexError> {
        let (Some(tombstones), Some(delta)) = (&self.tombstones, &self.delta) else { return Ok(false) };
        tombstones.is_hidden(entry, || {
            let (source, hash) = (self.base.source_of_entry(entry)?, self.base.hash_of_entry(entry)?);
            let hash = hash.as_ref().map(StoredHash::as_bytes);
            Ok(delta.hides(Fingerprint::entry(source.list, source.id, hash)))
        })
    }
}

impl fmt::Debug for Snapshot {
    /// Prints measures, never hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("generation", &self.generation())
            .field("base", &self.base)
            .field("changes", &self.changes())
            .finish_non_exhaustive()
    }
}
