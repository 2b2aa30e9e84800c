//! Why something could not be done with a store.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString as _};
use core::error::Error;
use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::hash::Profile;

/// Error returned by every operation on a store: what failed, on which file, and what to do.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    path: Option<PathBuf>,
    what: String,
    source: Option<io::Error>,
}

/// The kind of a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another process or thread is writing to the store: try again when it has finished.
    Busy,
    /// The directory is not a store.
    NotAStore,
    /// The directory already is a store, or has other files.
    NotEmpty,
    /// The file system refused an operation.
    Io,
    /// A file that the store needs is missing.
    Missing,
    /// A file of the store is not what it was when it was published.
    Damaged,
    /// What was to be published did not pass its test, so nothing was published.
    Refused,
    /// The hashes are of another profile than the store's.
    Profile,
    /// The list has no entry of that name, so nothing was removed.
    NoSuchEntry,
    /// The generation is no longer kept.
    NoSuchGeneration,
}

impl StoreError {
    fn new(kind: StoreErrorKind, path: Option<&Path>, what: String) -> Self {
        Self { kind, path: path.map(ToOwned::to_owned), what, source: None }
    }

    pub(crate) fn busy(directory: &Path) -> Self {
        let name = directory.display();
        let what = format!("the store {name} is being written to by another process; try again when it has finished");
        Self::new(StoreErrorKind::Busy, Some(directory), what)
    }

    pub(crate) fn not_a_store(directory: &Path) -> Self {
        let what = format!("{} holds no store: it has no file CURRENT", directory.display());
        Self::new(StoreErrorKind::NotAStore, Some(directory), what)
    }

    pub(crate) fn not_empty(directory: &Path) -> Self {
        let what = format!("{} is not empty; make the store in an empty or new directory", directory.display());
        Self::new(StoreErrorKind::NotEmpty, Some(directory), what)
    }

    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let what = format!("cannot {operation} {}: {source}", path.display());
            Self { source: Some(source), ..Self::new(StoreErrorKind::Io, Some(path), what) }
        }
    }

    /// A file of the store cannot be read. That something else has its name is damage, and no failure of the system.
    pub(crate) fn read_error(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::NotFound => {
                let what = format!("{} is missing, and the store needs it; {}", path.display(), advice(path));
                Self::new(StoreErrorKind::Missing, Some(path), what)
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => Self::damaged(path, source),
            _ => Self::io("read", path)(source),
        }
    }

    pub(crate) fn damaged(path: &Path, what: impl fmt::Display) -> Self {
        // What is wrong may be quoted, and is no line of its own.
        let what = what.to_string().replace(char::is_control, "\u{fffd}");
        let what = format!("{} is damaged: {what}; {}", path.display(), advice(path));
        Self::new(StoreErrorKind::Damaged, Some(path), what)
    }

    pub(crate) fn refused(what: impl fmt::Display) -> Self {
        Self::new(StoreErrorKind::Refused, None, format!("nothing was published: {what}"))
    }

    pub(crate) fn profile(found: Profile, expected: Profile) -> Self {
        let what = format!("found hashes of profile {found}, the store holds profile {expected}");
        Self::new(StoreErrorKind::Profile, None, what)
    }

    /// The hashes of a caller have another length than the store's.
    pub(crate) fn width(found_bits: usize, expected: Profile) -> Self {
        let bits = expected.bits();
        let what = format!("found hashes of {found_bits} bits, the store holds profile {expected} of {bits} bits");
        Self::new(StoreErrorKind::Profile, None, what)
    }

    pub(crate) fn no_such_entry(list: &str, entry: &str) -> Self {
        let what = format!("the list {list:?} has no entry {entry:?}; nothing was changed");
        Self::new(StoreErrorKind::NoSuchEntry, None, what)
    }

    pub(crate) fn no_such_generation(asked: u64, kept: &[u64]) -> Self {
        let kept = if kept.is_empty() {
            "none".to_owned()
        } else {
            kept.iter().map(u64::to_string).collect::<alloc::vec::Vec<_>>().join(", ")
        };
        let what = format!("generation {asked} is not kept; kept beside the current one: {kept}");
        Self::new(StoreErrorKind::NoSuchGeneration, None, what)
    }

    /// The kind of the error.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The file or directory, if the error is about one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(crate) fn is_missing(&self) -> bool {
        self.kind == StoreErrorKind::Missing
    }
}

/// What helps where a file of a store is damaged or missing. A writer can replace an index and its names without reading them; without
/// the rest it cannot tell what the store is.
fn advice(path: &Path) -> &'static str {
    if path.extension().is_some_and(|kind| kind == "idx" || kind == "names") {
        "publish the lists again, or roll back"
    } else {
        "put a copy of it back, or make a new store and publish the lists there"
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
