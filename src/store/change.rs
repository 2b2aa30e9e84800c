//! Changes of a few entries: kept in hash tables while a writer is open, written as a delta when they are committed.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use hashbrown::{HashMap, HashSet};

use super::delta::{Delta, Hidden};
use super::fingerprint::{Fingerprint, Row};
use super::names::Names;
use super::record::Record;
use super::{StoreError, contents};
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
    names: HashMap<Fingerprint, HashSet<Fingerprint>>,
}

/// Entries added that are one as far as a store can tell, and their names and keys.
#[derive(Clone)]
pub(super) struct Added<const N: usize> {
    like: Vec<Owned<N>>,
    names: Vec<Fingerprint>,
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
    fn insert(&mut self, hash: Option<HashBits<N>>, digests: Vec<Digest>, source: &Source<'_>) -> bool {
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
    fn name(&mut self, name: Fingerprint, entry: Fingerprint) {
        if let Some(added) = self.added.get_mut(&entry)
            && self.names.entry(name).or_default().insert(entry)
        {
            added.names.push(name);
        }
    }

    /// Takes an entry that was added back; says how many that were.
    fn take_back(&mut self, entry: Fingerprint) -> u64 {
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

/// A change under way; [committed](Self::commit) whole or, if dropped before that, not at all. Made by
/// [`Writer::change`](super::Writer::change).
pub struct Change<'w, const N: usize> {
    pub(super) writer: &'w mut super::Writer<N>,
    pub(super) changes: Changes<N>,
    pub(super) record: Record,
    pub(super) names: Option<Names>,
    pub(super) done: Done,
}

/// What a change did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    pub(super) added: u64,
    pub(super) replaced: u64,
    pub(super) removed: u64,
    unknown: u64,
}

impl<const N: usize> Change<'_, N> {
    /// Adds an entry: see [`Contents::add`](super::Contents::add).
    ///
    /// If it has a key, it takes the place of all entries of that key. Without a key it takes the place of none but the one of the same list, id
    /// and hash.
    ///
    /// # Errors
    ///
    /// Refuses an entry with neither hash nor digest, and one whose list has another role; the change is as it was before.
    pub fn add(
        &mut self,
        hash: Option<HashBits<N>>,
        digests: &[Digest],
        source: Source<'_>,
        key: Option<&str>,
    ) -> Result<(), StoreError> {
        if hash.is_none() && digests.is_empty() {
            return Err(StoreError::refused("an entry with neither hash nor digest could never match"));
        }
        let known = self.record.lists.iter().find(|list| list.name == source.list).map(|list| list.role());
        if let Some(role) = known.filter(|role| *role != source.role) {
            return Err(StoreError::refused(format_args!(
                "the list {:?} has the role {}, and an entry the role {}; all entries of a list have one",
                source.list,
                role.name(),
                source.role.name()
            )));
        }
        let mut replaced = 0;
        if let Some(key) = key {
            for entry in self.of_key(source.list, key)? {
                replaced += self.hide(entry)?;
            }
        }
        let entry = fingerprint(&source, hash);
        let before = self.changes.hidden.get(&entry).copied();
        let is_in_base = match before {
            Some(hidden) => hidden.is_in_base,
            None => self.is_in_base(&source, entry)?,
        };
        let is_added = self.changes.added.contains_key(&entry);
        // Of entries that are one as far as a store can tell, those of one change stay together.
        let is_of_this_change = before.is_some_and(|hidden| hidden.generation == self.record.generation);
        if is_added && !is_of_this_change || before.is_none() && is_in_base {
            replaced += self.hide(entry)?;
        }
        let added = u64::from(self.changes.insert(hash, digests.to_vec(), &source));
        self.changes.hidden.insert(entry, Hidden { entry, generation: self.record.generation, is_in_base });
        let bytes = hash.map(|hash| *hash.as_bytes());
        for (name, entry) in contents::rows(&source, bytes.as_ref().map(<[u8; N]>::as_slice), key) {
            self.changes.name(name, entry);
        }
        self.record.count(source.list, source.role, added, replaced);
        self.done.added += added;
        self.done.replaced += replaced;
        Ok(())
    }

    /// Withdraws whatever is listed under a key; says how many entries that were. None is no error: a list may withdraw what this store
    /// never had.
    ///
    /// # Errors
    ///
    /// When the names of the index cannot be read.
    pub fn withdraw(&mut self, list: &str, key: &str) -> Result<u64, StoreError> {
        let mut removed = 0;
        for entry in self.of_key(list, key)? {
            removed += self.hide(entry)?;
        }
        self.record.uncount(list, removed);
        self.done.removed += removed;
        self.done.unknown += u64::from(removed == 0);
        Ok(removed)
    }

    /// Removes every entry of a list that has this id, or this key; says how many entries that were.
    ///
    /// # Errors
    ///
    /// [`NoSuchEntry`](super::StoreErrorKind::NoSuchEntry) if there is none: somebody means an entry, and would believe it gone.
    pub fn remove(&mut self, list: &str, id: &str) -> Result<u64, StoreError> {
        let mut removed = 0;
        let mut entries = self.of_name(Fingerprint::name(list, id))?;
        entries.extend(self.of_key(list, id)?);
        for entry in entries {
            removed += self.hide(entry)?;
        }
        if removed == 0 {
            return Err(StoreError::no_such_entry(list, id));
        }
        self.record.uncount(list, removed);
        self.done.removed += removed;
        Ok(removed)
    }

    /// Entries added so far.
    #[must_use]
    pub const fn added(&self) -> u64 {
        self.done.added
    }

    /// Entries that were replaced by added ones.
    #[must_use]
    pub const fn replaced(&self) -> u64 {
        self.done.replaced
    }

    /// Entries removed or withdrawn.
    #[must_use]
    pub const fn removed(&self) -> u64 {
        self.done.removed
    }

    /// Withdrawals of keys under which there was no entry.
    #[must_use]
    pub const fn unknown(&self) -> u64 {
        self.done.unknown
    }

    /// Makes an entry count no longer; says how many that were.
    fn hide(&mut self, entry: Fingerprint) -> Result<u64, StoreError> {
        let before = self.changes.hidden.get(&entry).copied();
        let added = self.changes.take_back(entry);
        // Unknown yet, it was found by its name in the index.
        let is_in_base = before.is_none_or(|hidden| hidden.is_in_base);
        let generation = self.record.generation;
        self.changes.hidden.insert(entry, Hidden { entry, generation, is_in_base });
        Ok(added + u64::from(before.is_none()))
    }

    fn of_key(&mut self, list: &str, key: &str) -> Result<Vec<Fingerprint>, StoreError> {
        let mut entries = self.of_name(Fingerprint::key(list, key))?;
        entries.extend(self.of_name(Fingerprint::name_and_key(list, key))?);
        Ok(entries)
    }

    /// The entries of a name that count.
    fn of_name(&mut self, name: Fingerprint) -> Result<Vec<Fingerprint>, StoreError> {
        let mut entries: Vec<_> = self.changes.names.get(&name).into_iter().flatten().copied().collect();
        let of_base = self.names()?.entries(name)?;
        entries.extend(of_base.into_iter().filter(|entry| !self.changes.hidden.contains_key(entry)));
        entries.sort_unstable();
        entries.dedup();
        Ok(entries)
    }

    /// Whether the index has an entry, hidden or not.
    fn is_in_base(&mut self, source: &Source<'_>, entry: Fingerprint) -> Result<bool, StoreError> {
        for name in [Fingerprint::name(source.list, source.id), Fingerprint::name_and_key(source.list, source.id)] {
            if self.names()?.entries(name)?.contains(&entry) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn names(&mut self) -> Result<&mut Names, StoreError> {
        let names = match self.names.take() {
            Some(names) => names,
            None => Names::open(&self.writer.layout.names(&self.record.names.sha256), &self.record.names)?,
        };
        Ok(self.names.insert(names))
    }
}

impl<const N: usize> fmt::Debug for Change<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("done", &self.done).finish_non_exhaustive()
    }
}
