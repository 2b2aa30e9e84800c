//! Why lists cannot be searched, or a checker cannot be made.

use alloc::string::{String, ToString as _};
use core::fmt;

use crate::index::IndexError;
use crate::store::StoreError;

/// Error of [`Lists`](super::Lists) and [`Checker`](super::Checker): the lists cannot be used. What is wrong with a picture is an
/// [`Outcome`](crate::matching::Outcome), never an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckError {
    kind: CheckErrorKind,
    message: String,
}

/// The kind of a [`CheckError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CheckErrorKind {
    /// The index or store cannot be opened.
    Open,
    /// The lists hold no entry, so every picture would look clean.
    Empty,
    /// A signed list has expired, and its keys file says to refuse it then.
    Stale,
    /// A search option does not fit the profile of the lists.
    Options,
    /// The policy cannot be read, or could never be met by these lists.
    Policy,
    /// The hashes are of another profile than the lists.
    Profile,
    /// The index is damaged.
    Damaged,
}

impl CheckError {
    pub(super) fn new(kind: CheckErrorKind, message: impl fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }

    /// What kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> CheckErrorKind {
        self.kind
    }
}

impl From<IndexError> for CheckError {
    fn from(error: IndexError) -> Self {
        let advice = "check the index with `lookalike index verify` and rebuild it from its lists";
        Self::new(CheckErrorKind::Damaged, format_args!("cannot search the lists: {error}; {advice}"))
    }
}

impl From<StoreError> for CheckError {
    fn from(error: StoreError) -> Self {
        Self::new(CheckErrorKind::Open, error)
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for CheckError {}
