//! Why something could not be done with a store.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::error::Error;
use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::hash::Profile;

/// Says what could not be done with a store, where, why, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process or thread is writing to the store: try again when it has ended.
    Busy {
        /// The directory of the store.
        directory: PathBuf,
    },
    /// The directory holds no store.
    NotAStore {
        /// The directory in question.
        directory: PathBuf,
    },
    /// The directory holds a store already, or other files.
    NotEmpty {
        /// The directory in question.
        directory: PathBuf,
    },
    /// The file system refused something.
    Io {
        /// What was tried: `write`, `rename` and so on.
        operation: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it was refused.
        source: io::Error,
    },
    /// A file that the store needs is not there.
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file of the store is not what it was when it was published.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// What was to be published did not pass its test, so that nothing was published.
    Refused {
        /// What is wrong with it.
        what: String,
    },
    /// Hashes of another profile than the store's.
    Profile {
        /// The profile of what was to be published or asked.
        found: Profile,
        /// The store's.
        expected: Profile,
    },
    /// The list has no entry of that name, so that nothing was removed.
    NoSuchEntry {
        /// The name of the list.
        list: String,
        /// The name of the entry.
        entry: String,
    },
    /// The generation asked for is not kept any more.
    NoSuchGeneration {
        /// The one asked for.
        asked: u64,
        /// Those that are kept beside the current one.
        kept: alloc::vec::Vec<u64>,
    },
}

impl StoreError {
    pub(crate) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { operation, path, source }
    }

    /// A file of the store cannot be read. That something else has its name is damage, and no failure of the system.
    pub(crate) fn unread(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput => Self::damaged(&path, source),
            _ => Self::Io { operation: "read", path, source },
        }
    }

    pub(crate) fn damaged(path: &Path, what: impl fmt::Display) -> Self {
        // What is wrong may be quoted, and is no line of its own.
        Self::Damaged { path: path.to_owned(), what: alloc::format!("{what}").replace(char::is_control, "\u{fffd}") }
    }

    pub(crate) fn refused(what: impl fmt::Display) -> Self {
        Self::Refused { what: alloc::format!("{what}") }
    }

    pub(crate) const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}

/// What helps where a file of a store is damaged or gone. Of an index and its names a writer needs nothing to put others in their place; without
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
        match self {
            Self::Busy { directory } => {
                write!(
                    f,
                    "the store {} is being written to by another process; try again when it has ended",
                    directory.display()
                )
            }
            Self::NotAStore { directory } => {
                write!(f, "{} holds no store: it has no file CURRENT", directory.display())
            }
            Self::NotEmpty { directory } => {
                write!(
                    f,
                    "{} is not empty; a store is made in a directory that is empty or not there yet",
                    directory.display()
                )
            }
            Self::Io { operation, path, source } => write!(f, "cannot {operation} {}: {source}", path.display()),
            Self::Damaged { path, what } => {
                write!(f, "{} is damaged: {what}; {}", path.display(), advice(path))
            }
            Self::Missing { path } => {
                write!(f, "{} is not there, and the store needs it; {}", path.display(), advice(path))
            }
            Self::Refused { what } => write!(f, "nothing was published: {what}"),
            Self::Profile { found, expected } => {
                write!(f, "found hashes of profile {found}, the store holds profile {expected}")
            }
            Self::NoSuchEntry { list, entry } => {
                write!(f, "the list {list:?} has no entry {entry:?}; nothing was changed")
            }
            Self::NoSuchGeneration { asked, kept } => {
                write!(f, "generation {asked} is not kept; kept beside the current one: ")?;
                if kept.is_empty() {
                    return f.write_str("none");
                }
                for (index, number) in kept.iter().enumerate() {
                    write!(f, "{}{number}", if index > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
