//! A change of a few entries, from its first entry to the generation that it becomes.

use super::changes::{Changes, fingerprint};
use super::delta::Hidden;
use super::fingerprint::Fingerprint;
use super::names::Names;
use super::record::Record;
use super::{StoreError, contents};
use crate::entry::Digest;
use crate::hash::HashBits;
use crate::index::Source;
use alloc::vec::Vec;
use core::fmt;

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

impl<const N: usize> super::Writer<N> {
    /// Begins a change of some entries, which becomes a generation when it is committed.
    pub fn change(&mut self) -> Change<'_, N> {
        let (changes, record) = (self.changes.clone(), self.next("change"));
        Change { writer: self, changes, record, names: None, done: Done::default() }
    }
}

impl<const N: usize> Change<'_, N> {
    /// Makes the change a generation; returns that. A change that did nothing makes none, and returns the current one.
    ///
    /// Writes a file as long as all changes since the index was built, however long the index is.
    ///
    /// # Errors
    ///
    /// Nothing has changed if the file system refuses something, or the file that was written does not pass its test.
    pub fn commit(self) -> Result<u64, StoreError> {
        let Self { writer, changes, record, done, .. } = self;
        if done.added + done.removed + done.replaced == 0 {
            return Ok(writer.record.generation);
        }
        writer.commit(record, changes)
    }

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
    /// [`NoSuchEntry`](super::StoreErrorKind::NoSuchEntry) if there is none: the caller would believe an entry gone.
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
