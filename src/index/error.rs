//! Errors of opening, verifying and searching an index.

use core::fmt;

use super::IndexKind;
use super::section::{FIRST_VERSION, SectionId, VERSION};
use crate::hash::Profile;

/// Bytes that no builder writes: in which section, and what is wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corrupt {
    pub(super) section: SectionId,
    pub(super) what: &'static str,
}

/// Error of opening, verifying or searching an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexError(Reason);

/// What can be done about an [`IndexError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexErrorKind {
    /// The bytes are not an index: another file was given.
    NotAnIndex,
    /// The index is of a version, profile or kind that is not read here: build it again, or update this crate.
    Unsupported,
    /// The index is cut short or changed: copy it again, or build it again.
    Corrupt,
    /// The query does not fit the index.
    Query,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NotAnIndex,
    Version { found: u32 },
    ProfileId { found: u16 },
    KindId { found: u16 },
    NotLinear { found: IndexKind },
    TooShort { found: usize },
    Length { found: usize, expected: u64 },
    Header { what: &'static str },
    Section(Corrupt),
    Width { found: usize, expected: usize },
    Profile { found: Profile, expected: Profile },
    Radius { found: u32, largest: usize },
}

impl IndexError {
    pub(super) const fn not_an_index() -> Self {
        Self(Reason::NotAnIndex)
    }

    pub(super) const fn version(found: u32) -> Self {
        Self(Reason::Version { found })
    }

    pub(super) const fn profile_id(found: u16) -> Self {
        Self(Reason::ProfileId { found })
    }

    pub(super) const fn kind_id(found: u16) -> Self {
        Self(Reason::KindId { found })
    }

    pub(super) const fn not_linear(found: IndexKind) -> Self {
        Self(Reason::NotLinear { found })
    }

    pub(super) const fn too_short(found: usize) -> Self {
        Self(Reason::TooShort { found })
    }

    pub(super) const fn length(found: usize, expected: u64) -> Self {
        Self(Reason::Length { found, expected })
    }

    pub(super) const fn header(what: &'static str) -> Self {
        Self(Reason::Header { what })
    }

    pub(super) const fn section(section: SectionId, what: &'static str) -> Self {
        Self(Reason::Section(Corrupt { section, what }))
    }

    pub(super) const fn width(found: usize, expected: usize) -> Self {
        Self(Reason::Width { found, expected })
    }

    pub(super) const fn profile(found: Profile, expected: Profile) -> Self {
        Self(Reason::Profile { found, expected })
    }

    pub(super) const fn radius(found: u32, largest: usize) -> Self {
        Self(Reason::Radius { found, largest })
    }

    /// What can be done about it.
    #[must_use]
    pub const fn kind(&self) -> IndexErrorKind {
        match self.0 {
            Reason::NotAnIndex => IndexErrorKind::NotAnIndex,
            Reason::Version { .. } | Reason::ProfileId { .. } | Reason::KindId { .. } | Reason::NotLinear { .. } => {
                IndexErrorKind::Unsupported
            }
            Reason::TooShort { .. } | Reason::Length { .. } | Reason::Header { .. } | Reason::Section(_) => {
                IndexErrorKind::Corrupt
            }
            Reason::Width { .. } | Reason::Profile { .. } | Reason::Radius { .. } => IndexErrorKind::Query,
        }
    }

    /// Whether the index is damaged, rather than the query wrong: short for its [`kind`](Self::kind).
    #[must_use]
    pub const fn is_corrupt(&self) -> bool {
        matches!(self.kind(), IndexErrorKind::Corrupt)
    }
}

impl From<Corrupt> for IndexError {
    fn from(corrupt: Corrupt) -> Self {
        Self(Reason::Section(corrupt))
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::NotAnIndex => f.write_str("not an index: expected a file that begins with \"lookalike index\""),
            Reason::Version { found } => write!(
                f,
                "unsupported index version: found {found}, expected {FIRST_VERSION} to {VERSION}; build the index again"
            ),
            Reason::ProfileId { found } => {
                write!(f, "unsupported profile: found number {found}; update lookalike or build the index again")
            }
            Reason::KindId { found } => {
                write!(f, "unsupported index kind: found number {found}; update lookalike or build the index again")
            }
            Reason::NotLinear { found } => {
                write!(f, "unsupported index kind: found {found}, expected linear; build the index again")
            }
            Reason::TooShort { found } => {
                write!(f, "truncated index: found {found} bytes, expected a header; copy the index again")
            }
            Reason::Length { found, expected } => {
                write!(f, "index of the wrong length: found {found} bytes, expected {expected}; copy the index again")
            }
            Reason::Header { what } => write!(f, "damaged index: header {what}; copy or build the index again"),
            Reason::Section(Corrupt { section, what }) => {
                write!(f, "damaged index: section `{section}` {what}; copy or build the index again")
            }
            Reason::Width { found, expected } => {
                write!(f, "needles of the wrong length: found {found} bits, expected {expected}")
            }
            Reason::Profile { found, expected } => {
                write!(f, "needles of the wrong profile: found {found}, expected {expected}")
            }
            Reason::Radius { found, largest } => {
                write!(f, "radius out of range: found {found} bits, expected at most {largest}")
            }
        }
    }
}

impl core::error::Error for IndexError {}
