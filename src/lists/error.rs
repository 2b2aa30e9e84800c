//! Why a list could not be read at all.

use alloc::format;
use alloc::string::String;
use core::fmt;
use std::io;

/// Error returned when a list cannot be read, or the argument that names it cannot be used.
#[derive(Debug)]
pub struct ListError {
    kind: ListErrorKind,
    what: String,
    source: Option<io::Error>,
}

/// The kind of a [`ListError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListErrorKind {
    /// The argument that names the list, or an option, cannot be used.
    Argument,
    /// The hashes of the profile have another length than the caller reads.
    Profile,
    /// The reader failed.
    Io,
    /// The content is not that of a list of the format.
    Format,
    /// The list ends in the middle: what is missing is not known.
    Truncated,
    /// The list cannot have the role that it was given.
    Role,
}

impl ListError {
    pub(super) fn new(kind: ListErrorKind, what: impl fmt::Display) -> Self {
        Self { kind, what: format!("{what}"), source: None }
    }

    pub(super) fn read(line: u64, error: io::Error) -> Self {
        let what = format!("reading failed after line {line}: {error}");
        Self { kind: ListErrorKind::Io, what, source: Some(error) }
    }

    /// The list ends where it cannot.
    pub(super) fn truncated(line: u64, within: &str) -> Self {
        let what = format_args!("the list ends on line {line} within {within}, so it is not complete; get it again");
        Self::new(ListErrorKind::Truncated, what)
    }

    /// Nothing of the format was found.
    pub(super) fn not_format(format: impl fmt::Display, line: u64) -> Self {
        let what = format_args!("no list of format {format} was found up to line {line}; put FORMAT: before its path");
        Self::new(ListErrorKind::Format, what)
    }

    /// The kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ListErrorKind {
        self.kind
    }
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl core::error::Error for ListError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
