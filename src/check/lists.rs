//! The lists that pictures are compared with: an index, or whatever generation a store is in.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::path::Path;

use super::{CheckError, CheckErrorKind};
use crate::index::Index;
use crate::mmap::{FileBytes, Opener};
use crate::store::{Snapshot, Store, Watch};

/// How often a store is asked for a new generation.
const POLL: Duration = Duration::from_millis(20);

/// The lists that pictures are compared with: an index, or a store that is followed from generation to generation.
///
/// A clone refers to the same lists. Cost of opening: the index is read once; a store is polled by a thread of its own.
///
/// ```
/// use lookalike::check::Lists;
///
/// let error = Lists::open("/nowhere/known.idx").unwrap_err();
/// assert!(error.to_string().contains("/nowhere/known.idx"));
/// ```
#[derive(Clone)]
pub struct Lists(Arc<Source>);

enum Source {
    Fixed(Arc<Snapshot>),
    Store { store: Arc<Store>, failures: Arc<AtomicU64>, _watch: Option<Watch> },
}

impl Lists {
    /// Opens an index file, or a store if `path` is a directory.
    ///
    /// # Errors
    ///
    /// If there is none, or it is damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, CheckError> {
        Self::open_with(path, Opener::default())
    }

    /// Opens an index file, or a store if `path` is a directory, and maps, seals or reads its files as the opener does.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, opener: Opener) -> Result<Self, CheckError> {
        let path = path.as_ref();
        if path.is_dir() {
            return Ok(Self::watched(Arc::new(Store::open_with(path, opener)?)));
        }
        open_index(path, opener).map(Self::from)
    }

    /// Opens a store, and follows it from generation to generation.
    ///
    /// # Errors
    ///
    /// If there is none, or it is damaged.
    pub fn open_store(directory: impl AsRef<Path>) -> Result<Self, CheckError> {
        Ok(Self::watched(Arc::new(Store::open(directory)?)))
    }

    /// Opens an index file.
    ///
    /// # Errors
    ///
    /// If there is none, or it is damaged.
    pub fn open_index(path: impl AsRef<Path>) -> Result<Self, CheckError> {
        open_index(path.as_ref(), Opener::default()).map(Self::from)
    }

    /// Takes the bytes of an index.
    ///
    /// # Errors
    ///
    /// If they are not a sound index.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, CheckError> {
        let opened = Index::open(FileBytes::Owned(bytes));
        opened.map(Self::from).map_err(|error| CheckError::new(CheckErrorKind::Open, error))
    }

    /// Follows a store that the caller reloads, by [`Store::reload`] or [`Store::watch`].
    #[must_use]
    pub fn from_store(store: Arc<Store>) -> Self {
        Self(Arc::new(Source::Store { store, failures: Arc::default(), _watch: None }))
    }

    fn watched(store: Arc<Store>) -> Self {
        let failures = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&failures);
        let watch = store.watch(POLL, move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        Self(Arc::new(Source::Store { store, failures, _watch: Some(watch) }))
    }

    /// The newest generation that could be opened. A [`Checker`](super::Checker) may refuse it.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        match &*self.0 {
            Source::Fixed(snapshot) => Arc::clone(snapshot),
            Source::Store { store, .. } => store.snapshot(),
        }
    }

    /// The store that is followed, if it is one.
    #[must_use]
    pub fn store(&self) -> Option<&Arc<Store>> {
        match &*self.0 {
            Source::Fixed(_) => None,
            Source::Store { store, .. } => Some(store),
        }
    }

    /// How often the store could not be read.
    pub(super) fn failures(&self) -> u64 {
        match &*self.0 {
            Source::Fixed(_) => 0,
            Source::Store { failures, .. } => failures.load(Ordering::Relaxed),
        }
    }

    /// Why the store could not be read the last time, if so.
    pub(super) fn failure(&self) -> Option<String> {
        self.store().and_then(|store| store.status().failure)
    }
}

/// Opens an index file.
pub(super) fn open_index(path: &Path, opener: Opener) -> Result<Index<FileBytes>, CheckError> {
    opener.open(path).map_err(|error| {
        let message = match error.io() {
            Some(io) => format!("cannot read the index {}: {}", path.display(), super::read_error(io)),
            None => format!("{error}; build it with `lookalike index build`"),
        };
        CheckError::new(CheckErrorKind::Open, message)
    })
}

impl From<Snapshot> for Lists {
    fn from(snapshot: Snapshot) -> Self {
        Self(Arc::new(Source::Fixed(Arc::new(snapshot))))
    }
}

impl From<Index<FileBytes>> for Lists {
    fn from(index: Index<FileBytes>) -> Self {
        Snapshot::from(index).into()
    }
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lists").field(&self.snapshot()).finish()
    }
}
