//! An index on its way into a store: written, read again and tested, while the store goes on as it is.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use std::path::{Path, PathBuf};

use super::changes::fingerprint;
use super::contents::{Contents, Finished, Needle};
use super::disk;
use super::fingerprint::Fingerprint;
use super::lock::{Lock, try_lock};
use super::names::{self, Names};
use super::record::{FileRecord, Layout, ListRecord, Record};
use super::{EntryDigests, StoreError, self_test};
use crate::hash::Profile;
use crate::index::IndexError;
use crate::mmap::Opener;

/// An index and its names, written into a store under temporary names, and tested. [`Writer::switch_to`](super::Writer::switch_to) makes it current.
///
/// Everything that takes long has happened by then: meanwhile others may change the store. One index is staged at a time. Dropped
/// before it is current, it is removed.
pub struct Staged<const N: usize> {
    index: PathBuf,
    names: PathBuf,
    base: FileRecord,
    names_record: FileRecord,
    pub(super) profile: Profile,
    quarantined: u64,
    pub(super) lists: Vec<ListRecord>,
    entries: u64,
    /// While this lock is held, no writer removes the temporary files.
    _building: Lock,
    hashes: PhantomData<[u8; N]>,
}

impl<const N: usize> Staged<N> {
    /// Builds, writes and tests an index for the store of a directory. `opener` is how it is opened for the test.
    ///
    /// Costs what [`Builder::finish`](crate::index::Builder::finish) costs, the time to write the file to the disk, and that to
    /// [verify](crate::index::Index::verify) it.
    ///
    /// # Errors
    ///
    /// Refuses contents without any entry. [`Busy`](super::StoreErrorKind::Busy) if another index is being staged. [`Refused`](super::StoreErrorKind::Refused)
    /// if the index that was written does not pass its verification, or does not find the entries it was built from.
    pub fn new(directory: impl AsRef<Path>, contents: Contents<N>, opener: Opener) -> Result<Self, StoreError> {
        if contents.entries() == 0 {
            return Err(StoreError::refused("there is no entry, and an empty store would find every picture clean"));
        }
        let layout = Layout(directory.as_ref().to_owned());
        let building = try_lock(&layout.building(), &layout)?;
        Self::of(&layout, building, contents.finish()?, opener)
    }

    /// The same for a store that holds nothing yet.
    pub(super) fn empty(directory: &Path, contents: Contents<N>) -> Result<Self, StoreError> {
        let layout = Layout(directory.to_owned());
        let building = try_lock(&layout.building(), &layout)?;
        Self::of(&layout, building, contents.finish()?, Opener::default())
    }

    pub(super) fn of(
        layout: &Layout,
        building: Lock,
        finished: Finished<N>,
        opener: Opener,
    ) -> Result<Self, StoreError> {
        let Finished { index, mut rows, needles } = finished;
        let base = FileRecord::of(&index);
        let temporary = Unfinished(disk::write_temporary(&layout.indexes(), &index)?);
        drop(index);
        let opened = opener.open(&temporary.0).map_err(StoreError::refused)?;
        self_test::check(&opened, &needles).map_err(StoreError::refused)?;
        let lists: Result<_, IndexError> = opened.lists().map(|list| list.map(|list| ListRecord::of(&list))).collect();
        let lists = lists.map_err(StoreError::refused)?;
        let (profile, quarantined, entries) = (opened.profile(), opened.quarantined(), opened.entries());
        drop(opened);
        let bytes = names::write(&mut rows);
        drop(rows);
        let names_record = FileRecord::of(&bytes);
        let names = Unfinished(disk::write_temporary(&layout.indexes(), &bytes)?);
        drop(bytes);
        check_names(&names.0, &names_record, &needles)?;
        Ok(Self {
            index: temporary.keep(),
            names: names.keep(),
            base,
            names_record,
            profile,
            quarantined,
            lists,
            entries,
            _building: building,
            hashes: PhantomData,
        })
    }

    /// The profile of its hashes.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// The number of its entries, equal ones once.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// The digests of its entries, to be held against signed manifests: one pass over them.
    ///
    /// # Errors
    ///
    /// When the file that was written cannot be read.
    pub fn entry_digests(&self, opener: Opener) -> Result<EntryDigests, StoreError> {
        let index = opener.open(&self.index).map_err(StoreError::refused)?;
        EntryDigests::of(&index).map_err(StoreError::refused)
    }

    /// The file that was written, as long as it is not current: to be looked at before it is published.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.index
    }

    /// Visits every entry with its list.
    pub(super) fn each_entry(
        &self,
        opener: Opener,
        mut visit: impl FnMut(Fingerprint, &str),
    ) -> Result<(), StoreError> {
        let index = opener.open(&self.index).map_err(StoreError::refused)?;
        for listed in index.in_order::<N>().map_err(StoreError::refused)?.iter() {
            let listed = listed.map_err(StoreError::refused)?;
            visit(fingerprint(&listed.source, listed.hash), listed.source.list);
        }
        Ok(())
    }

    /// Gives the files their names, and records them.
    pub(super) fn persist(self, layout: &Layout, record: &mut Record) -> Result<(), StoreError> {
        disk::rename(&self.index, &layout.index(&self.base.sha256))?;
        disk::rename(&self.names, &layout.names(&self.names_record.sha256))?;
        disk::sync_directory(&layout.indexes())?;
        record.base = self.base.clone();
        record.names = self.names_record.clone();
        record.quarantined = self.quarantined;
        Ok(())
    }
}

impl<const N: usize> Drop for Staged<N> {
    fn drop(&mut self) {
        // Gone already, once they have their names.
        disk::discard(&self.index);
        disk::discard(&self.names);
    }
}

impl<const N: usize> fmt::Debug for Staged<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").field("index", &self.index).field("entries", &self.entries).finish_non_exhaustive()
    }
}

/// A file that is removed unless it is kept.
struct Unfinished(PathBuf);

impl Unfinished {
    fn keep(mut self) -> PathBuf {
        core::mem::take(&mut self.0)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            disk::discard(&self.0);
        }
    }
}

/// Every needle must be known by its name.
fn check_names<const N: usize>(path: &Path, record: &FileRecord, needles: &[Needle<N>]) -> Result<(), StoreError> {
    names::rows(path, record)?;
    let mut names = Names::open(path, record)?;
    for Needle { hash, list, id, .. } in needles {
        let entry = Fingerprint::entry(list, id, Some(hash.as_bytes()));
        let mut is_known = false;
        for name in [Fingerprint::name(list, id), Fingerprint::name_and_key(list, id)] {
            is_known |= names.entries(name)?.contains(&entry);
        }
        if !is_known {
            return Err(StoreError::refused(format_args!(
                "the names that were written lack the entry {id:?} of {list:?}"
            )));
        }
    }
    Ok(())
}
