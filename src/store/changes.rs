//! Changes of a few entries: kept in hash tables while a writer is open, written as a delta when they are committed.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::{HashMap, HashSet};

use super::StoreError;
use super::delta::{Delta, Hidden};
use super::fingerprint::{Fingerprint, Row};
use crate::entry::{Digest, Opinion, Role};
use crate::hash::{HashBits, Profile};
use crate::index::{Builder, Index, Source};

/// An entry by itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Owned<const N: usize> {
    hash: Option<HashBits<N>>,
    digests: Vec<Digest>,
    list: String,
    id: String,
    classification: String,
    owner: String,
    jurisdiction: String,
    opinion: Opinion,
    role: Role,
}

impl<const N: usize> Owned<N> {
    fn source(&self) -> Source<'_> {
        Source {
            list: &self.list,
            id: &self.id,
            classification: &self.classification,
            owner: &self.owner,
            jurisdiction: &self.jurisdiction,
            opinion: self.opinion,
            role: self.role,
        }
    }
}

/// Everything that changed since the index was built.
#[derive(Clone)]
pub(super) struct Changes<const N: usize> {
    pub(super) added: HashMap<Fingerprint, Added<N>>,
    pub(super) hidden: HashMap<Fingerprint, Hidden>,
    /// Entries added by their names and keys.
    pub(super) names: HashMap<Fingerprint, HashSet<Fingerprint>>,
}

/// Entries added that are one as far as a store can tell, and their names and keys.
#[derive(Clone)]
pub(super) struct Added<const N: usize> {
    like: Vec<Owned<N>>,
    pub(super) names: Vec<Fingerprint>,
}

impl<const N: usize> Default for Added<N> {
    fn default() -> Self {
        Self { like: Vec::new(), names: Vec::new() }
    }
}

impl<const N: usize> Default for Changes<N> {
    fn default() -> Self {
        Self { added: HashMap::new(), hidden: HashMap::new(), names: HashMap::new() }
    }
}

impl<const N: usize> Changes<N> {
    /// Reads back what a delta holds.
    pub(super) fn of(delta: &Delta) -> Result<Self, StoreError> {
        let mut changes = Self::default();
        changes.hidden.extend(delta.hidden.iter().map(|hidden| (hidden.entry, *hidden)));
        let failed = |error| StoreError::refused(format_args!("the delta cannot be read: {error}"));
        for listed in delta.index.in_order::<N>().map_err(failed)?.iter() {
            let listed = listed.map_err(failed)?;
            changes.insert(listed.hash, listed.digests().collect(), &listed.source);
        }
        delta.rows.iter().for_each(|(name, entry)| changes.name(*name, *entry));
        Ok(changes)
    }

    /// Adds an entry; says whether it was not there.
    pub(super) fn insert(&mut self, hash: Option<HashBits<N>>, digests: Vec<Digest>, source: &Source<'_>) -> bool {
        let entry = fingerprint(source, hash);
        let owned = Owned {
            hash,
            digests,
            list: source.list.to_owned(),
            id: source.id.to_owned(),
            classification: source.classification.to_owned(),
            owner: source.owner.to_owned(),
            jurisdiction: source.jurisdiction.to_owned(),
            opinion: source.opinion,
            role: source.role,
        };
        let like = &mut self.added.entry(entry).or_default().like;
        let is_new = !like.contains(&owned);
        if is_new {
            like.push(owned);
        }
        is_new
    }

    /// Names an entry that was added.
    pub(super) fn name(&mut self, name: Fingerprint, entry: Fingerprint) {
        if let Some(added) = self.added.get_mut(&entry)
            && self.names.entry(name).or_default().insert(entry)
        {
            added.names.push(name);
        }
    }

    /// Takes an entry that was added back; says how many that were.
    pub(super) fn take_back(&mut self, entry: Fingerprint) -> u64 {
        let Some(Added { like, names }) = self.added.remove(&entry) else { return 0 };
        for name in names {
            if let Some(entries) = self.names.get_mut(&name) {
                entries.remove(&entry);
            }
        }
        like.len() as u64
    }

    /// What was changed after a generation.
    pub(super) fn after(&self, generation: u64) -> Self {
        let is_new = |entry: &Fingerprint| self.hidden.get(entry).is_some_and(|hidden| hidden.generation > generation);
        let mut after = Self::default();
        after
            .hidden
            .extend(self.hidden.iter().filter(|(entry, _)| is_new(entry)).map(|(entry, hidden)| (*entry, *hidden)));
        for (entry, added) in self.added.iter().filter(|(entry, _)| is_new(entry)) {
            after.added.insert(*entry, Added { like: added.like.clone(), names: Vec::new() });
            added.names.iter().for_each(|name| after.name(*name, *entry));
        }
        after
    }

    /// The number of entries added.
    pub(super) fn len(&self) -> usize {
        self.added.values().map(|added| added.like.len()).sum()
    }

    /// The rows of names of everything that was added.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.added.iter().flat_map(|(entry, added)| added.names.iter().map(move |name| (*name, *entry)))
    }

    /// Every entry added, in no order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Option<HashBits<N>>, &[Digest], Source<'_>)> {
        self.added
            .values()
            .flat_map(|added| &added.like)
            .map(|owned| (owned.hash, owned.digests.as_slice(), owned.source()))
    }

    /// Puts everything into the form of a delta.
    pub(super) fn write(&self, profile: Profile) -> Result<Vec<u8>, StoreError> {
        let mut builder = Builder::new(profile).map_err(StoreError::refused)?;
        for (hash, digests, source) in self.entries() {
            builder.add_entry(hash, digests, source).map_err(StoreError::refused)?;
        }
        let index = builder.finish().map_err(StoreError::refused)?;
        let mut hidden: Vec<_> = self.hidden.values().copied().collect();
        let mut rows = self.rows().collect();
        Ok(Delta::write(&mut hidden, &mut rows, &index))
    }

    /// Looks every entry that was added up in the delta as it was written.
    pub(super) fn check(&self, delta: &Delta) -> Result<(), StoreError> {
        let refused = |what: &str| StoreError::refused(format_args!("the delta that was written {what}"));
        let failed = |error| StoreError::refused(format_args!("the delta cannot be read: {error}"));
        delta.index.verify().map_err(StoreError::refused)?;
        if delta.hidden.len() != self.hidden.len() || delta.index.entries() != self.len() as u64 {
            return Err(refused("does not hold what was to be written"));
        }
        for (hash, digests, source) in self.entries() {
            let is_found = match hash {
                Some(hash) => of_hash(&delta.index, hash).map_err(failed)?.any(|found| found == Ok(source)),
                None => digests.iter().all(|digest| delta.index.find(digest).any(|found| found == Ok(source))),
            };
            if !is_found {
                return Err(refused("does not find an entry that was added"));
            }
        }
        Ok(())
    }
}

/// The entries of exactly this hash.
fn of_hash<'a, const N: usize, D: AsRef<[u8]>>(
    index: &'a Index<D>,
    hash: HashBits<N>,
) -> Result<impl Iterator<Item = Result<Source<'a>, crate::index::IndexError>>, crate::index::IndexError> {
    let needles = [hash];
    let hits = index.hits(&crate::index::Query::new(index.profile(), &needles).radius(0))?;
    Ok(hits.into_iter().flat_map(move |hit| index.sources(hit.slot)))
}

pub(super) fn fingerprint<const N: usize>(source: &Source<'_>, hash: Option<HashBits<N>>) -> Fingerprint {
    let bytes = hash.map(|hash| *hash.as_bytes());
    Fingerprint::entry(source.list, source.id, bytes.as_ref().map(<[u8; N]>::as_slice))
}
