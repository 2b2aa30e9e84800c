//! The one writer of a store: everything that makes a new generation.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::Instant;

use super::Sha256Digest;
use super::changes::Changes;
use super::contents::Contents;
use super::disk;
use super::lock::{Lock, lock};
use super::reader::read_delta;
use super::record::{DeltaRecord, Layout, Pointer, Record, SignedRecord, now};
use super::{Seen, Staged, StoreError, StoreErrorKind, collect};
use crate::hash::Profile;
use crate::mmap::Opener;

/// Recommended compaction threshold, in changes: above it, lookups become slower until [`compact`](super::compact) builds them into the index.
pub const MANY_CHANGES: u64 = 10_000;

/// The writer of a store: there is one at a time, over all processes of the machine, until it is dropped.
///
/// All operations are atomic and crash-safe: files are renamed after they were synced, read back and tested, and a generation counts when the
/// file `CURRENT` names it, which is the last step. See [`Store`](super::Store) for an example.
pub struct Writer<const N: usize> {
    pub(super) layout: Layout,
    _lock: Lock,
    pub(super) record: Record,
    pub(super) changes: Changes<N>,
    opener: Opener,
}

impl<const N: usize> Writer<N> {
    /// Makes a store in a directory that is empty or not there yet: generation 1, which holds nothing.
    ///
    /// # Errors
    ///
    /// Refuses a directory with anything in it, and a profile whose hashes do not have `8 * N` bits.
    pub fn init(directory: impl AsRef<Path>, profile: Profile) -> Result<Self, StoreError> {
        let directory = directory.as_ref();
        let layout = Layout(directory.to_owned());
        match fs::read_dir(directory) {
            Ok(mut entries) => {
                // An earlier attempt may have been interrupted before there was a store.
                let is_ours = |name: &std::ffi::OsStr| {
                    ["LOCK", "BUILDING", "generations", "indexes", "deltas"].iter().any(|ours| name == *ours)
                        || name.to_string_lossy().ends_with(disk::TEMPORARY)
                };
                if entries.any(|entry| entry.is_ok_and(|entry| !is_ours(&entry.file_name()))) {
                    return Err(StoreError::not_empty(directory));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => disk::create_directory(directory)?,
            Err(error) => return Err(StoreError::io("read the directory", directory)(error)),
        }
        let lock = lock(&layout)?;
        // Nor is a store that lost its `CURRENT` one that was never made: that has no generation but the first.
        let has_been_used = layout.generations().exists() && collect::kept(&layout)?.iter().any(|number| *number > 1);
        if layout.current().exists() || has_been_used {
            return Err(StoreError::not_empty(directory));
        }
        for directory in [layout.generations(), layout.indexes(), layout.deltas()] {
            if !directory.exists() {
                disk::create_directory(&directory)?;
            }
        }
        disk::sync_directory(directory)?;
        let record = Record::none(profile);
        let mut writer = Self { layout, _lock: lock, record, changes: Changes::default(), opener: Opener::default() };
        let nothing = Staged::empty(directory, Contents::new(profile)?)?;
        let record = writer.next("init");
        writer.persist(nothing, record, Changes::default())?;
        Ok(writer)
    }

    /// Opens a store for writing.
    ///
    /// Removes what an interrupted writer left behind.
    ///
    /// # Errors
    ///
    /// [`Busy`](super::StoreErrorKind::Busy) while there is another writer. Refuses a directory that holds no store, hashes of another length, and damage.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        let layout = Layout(directory.as_ref().to_owned());
        // Before a lock file is made where there is no store.
        Pointer::read(&layout)?;
        let lock = lock(&layout)?;
        let record = Record::read(&layout, &Pointer::read(&layout)?)?;
        if record.profile().bits() != 8 * N {
            return Err(StoreError::width(8 * N, record.profile()));
        }
        let changes = match &record.delta {
            Some(delta) => Changes::of(&read_delta(&layout, &delta.sha256, &record)?)?,
            None => Changes::default(),
        };
        let writer = Self { layout, _lock: lock, record, changes, opener: Opener::default() };
        collect::remove_unfinished(&writer.layout, &writer.record)?;
        Ok(writer)
    }

    /// The same; waits for another writer, but no longer than a given time.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_within(directory: impl AsRef<Path>, wait: Duration) -> Result<Self, StoreError> {
        let (directory, until) = (directory.as_ref(), Instant::now() + wait);
        loop {
            match Self::open(directory) {
                Err(error) if error.kind() == StoreErrorKind::Busy && Instant::now() < until => {
                    thread::sleep(Duration::from_millis(2));
                }
                opened => return opened,
            }
        }
    }

    /// Tests new indexes by opening them in this way.
    #[must_use]
    pub const fn opener(mut self, opener: Opener) -> Self {
        self.opener = opener;
        self
    }

    /// The current generation.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.record.generation
    }

    /// The profile of the store's hashes.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.record.profile()
    }

    /// The number of entries added and hidden since the index was built: from [`MANY_CHANGES`] on it is time to
    /// [`compact`](super::compact).
    #[must_use]
    pub fn changes(&self) -> u64 {
        let (added, hidden) = self.record.changes();
        added + hidden
    }

    /// The lists: name, role, entries that count.
    pub fn lists(&self) -> impl Iterator<Item = (&str, crate::entry::Role, u64)> {
        self.record.lists.iter().map(|list| (list.name.as_str(), list.role(), list.entries))
    }

    /// What was last accepted of a list that is signed.
    #[must_use]
    pub fn signed(&self, list: &str) -> Option<Seen> {
        self.record.signed.get(list).map(SignedRecord::seen)
    }

    /// Publishes contents in place of everything that there is, earlier changes included; returns the generation.
    ///
    /// Costs what [`Builder::finish`](crate::index::Builder::finish) costs, the time to write the file to the disk, and twice the time to verify it.
    ///
    /// # Errors
    ///
    /// Nothing is published if there is no entry, if the index that was written does not pass its [test](crate::index::Index::verify)
    /// or does not find the entries that it was built from, or if the file system refuses something.
    pub fn publish(&mut self, contents: Contents<N>) -> Result<u64, StoreError> {
        let staged = Staged::new(&self.layout.0, contents, self.opener)?;
        self.switch_to(staged, false)
    }

    /// Publishes what was [staged](Staged) before; changes made since the last publication are kept on top of it, or not. Costs as
    /// much as a small change, and if changes are kept, one pass over the entries.
    ///
    /// # Errors
    ///
    /// Refuses hashes of another profile than the store's, and what the file system refuses.
    pub fn switch_to(&mut self, staged: Staged<N>, keeps_changes: bool) -> Result<u64, StoreError> {
        if staged.profile != self.profile() {
            return Err(StoreError::profile(staged.profile, self.profile()));
        }
        let mut record = self.next("publish");
        let mut changes = if keeps_changes { self.changes.clone() } else { Changes::default() };
        record.lists.clone_from(&staged.lists);
        // Which of the changes hide something of the new index.
        for hidden in changes.hidden.values_mut() {
            hidden.is_in_base = false;
        }
        if !changes.hidden.is_empty() {
            staged.each_entry(self.opener, |entry, list| {
                if let Some(hidden) = changes.hidden.get_mut(&entry).filter(|hidden| !hidden.is_in_base) {
                    hidden.is_in_base = true;
                    record.uncount(list, 1);
                }
            })?;
        }
        for (_, _, source) in changes.entries() {
            record.count(source.list, source.role, 1, 0);
        }
        self.persist(staged, record, changes)
    }

    /// Gives a staged index its name, and makes it current with changes on top of it.
    pub(super) fn persist(
        &mut self,
        staged: Staged<N>,
        mut record: Record,
        changes: Changes<N>,
    ) -> Result<u64, StoreError> {
        staged.persist(&self.layout, &mut record)?;
        self.commit(record, changes)
    }

    /// Remembers what was accepted of a signed list, with the next generation.
    pub fn remember(&mut self, list: &str, seen: Seen) {
        self.record.signed.insert(list.into(), SignedRecord::new(seen));
    }

    /// Makes the contents of an earlier generation current again, as a new one; returns that. `None` is the one before the current.
    ///
    /// What was last accepted of signed lists stays, so that nothing older is accepted again.
    ///
    /// # Errors
    ///
    /// [`NoSuchGeneration`](super::StoreErrorKind::NoSuchGeneration) if it is not kept.
    pub fn roll_back(&mut self, to: Option<u64>) -> Result<u64, StoreError> {
        let mut kept: Vec<u64> = collect::kept(&self.layout)?;
        kept.retain(|generation| *generation < self.record.generation);
        let to = to.or(kept.last().copied());
        let Some(to) = to.filter(|to| kept.contains(to)) else {
            return Err(StoreError::no_such_generation(to.unwrap_or(0), &kept));
        };
        let old = Record::read_old(&self.layout, to)?;
        if old.lists.iter().all(|list| list.entries == 0) {
            return Err(StoreError::refused(format_args!("generation {to} holds no entry")));
        }
        // By the same code that opens it for readers, and whole.
        let index = super::reader::open_base(&self.layout, self.opener, &old)?;
        index.verify().map_err(|error| StoreError::damaged(&self.layout.index(&old.base.sha256), error))?;
        drop(index);
        let changes = match &old.delta {
            Some(delta) => Changes::of(&read_delta(&self.layout, &delta.sha256, &old)?)?,
            None => Changes::default(),
        };
        let next = self.next(&format!("roll back to {to}"));
        let record =
            Record { generation: next.generation, created: next.created, by: next.by, signed: next.signed, ..old };
        self.commit(record, changes)
    }

    /// The generations that can be rolled back to, rising.
    ///
    /// # Errors
    ///
    /// When the directory cannot be read.
    pub fn earlier(&self) -> Result<Vec<u64>, StoreError> {
        let mut kept = collect::kept(&self.layout)?;
        kept.retain(|generation| *generation < self.record.generation);
        Ok(kept)
    }

    pub(super) fn next(&self, by: &str) -> Record {
        Record { generation: self.record.generation + 1, created: now(), by: by.to_string(), ..self.record.clone() }
    }

    /// Writes changes, the record, and at last `CURRENT`.
    pub(super) fn commit(&mut self, mut record: Record, changes: Changes<N>) -> Result<u64, StoreError> {
        record.delta = None;
        let hidden = changes.hidden.values().filter(|hidden| hidden.is_in_base).count() as u64;
        if !changes.hidden.is_empty() {
            let bytes = changes.write(record.profile())?;
            let (sha256, len) = (Sha256Digest::of(&bytes).to_string(), bytes.len() as u64);
            let path = self.layout.delta(&sha256);
            let temporary = disk::write_temporary(&self.layout.deltas(), &bytes)?;
            let tested = super::delta::Delta::read(disk::read(&temporary, super::delta::LONGEST)?, &temporary)
                .and_then(|delta| changes.check(&delta))
                .and_then(|()| disk::rename(&temporary, &path));
            if tested.is_err() {
                disk::discard(&temporary);
            }
            tested?;
            disk::sync_directory(&self.layout.deltas())?;
            record.delta = Some(DeltaRecord { sha256, bytes: len, added: changes.len() as u64, hidden });
        }
        let bytes = record.write()?;
        disk::replace(&self.layout.generations(), &self.layout.record(record.generation), &bytes)?;
        let pointer = Pointer { generation: record.generation, record: Sha256Digest::of(&bytes) };
        let switched = disk::replace(&self.layout.0, &self.layout.current(), &pointer.write());
        if let Err(error) = switched {
            // The directory may not have come to the disk after the renaming: what holds is what is there.
            return if Pointer::read(&self.layout).is_ok_and(|current| current == pointer) {
                (self.record, self.changes) = (record, changes);
                Err(error)
            } else {
                disk::discard(&self.layout.record(record.generation));
                Err(error)
            };
        }
        let generation = record.generation;
        (self.record, self.changes) = (record, changes);
        // What cannot be removed now is removed by the next writer.
        let _: Result<(), StoreError> = collect::remove_old(&self.layout, &self.record);
        Ok(generation)
    }
}

impl<const N: usize> fmt::Debug for Writer<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("directory", &self.layout.0)
            .field("generation", &self.record.generation)
            .finish_non_exhaustive()
    }
}
