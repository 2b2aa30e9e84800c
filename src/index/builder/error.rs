//! Why entries do not make an index.

use alloc::string::String;
use core::fmt;

use crate::entry::Role;
use crate::hash::Profile;
use crate::index::format::MAX_COUNT;

/// Says why entries do not make an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError(pub(super) Reason);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Width { profile: Profile, found: usize },
    Nothing,
    Role { list: String, before: Role, found: Role },
    Full,
    TooLong,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Width { profile, found } => {
                write!(f, "found hashes of {found} bits, those of profile {profile} have {}", profile.bits())
            }
            Reason::Nothing => {
                f.write_str("the entry has neither a hash nor a digest, so nothing would ever match it: leave it out")
            }
            Reason::Role { list, before, found } => write!(
                f,
                "the list {list:?} has the role {before} already, and cannot have the role {found} as well: give the \
                 lists different names"
            ),
            Reason::Full => {
                write!(f, "more than {MAX_COUNT} entries do not fit into one index: split the lists over several")
            }
            Reason::TooLong => {
                f.write_str("the index is longer than this machine can address: split the lists over several")
            }
        }
    }
}

impl core::error::Error for BuildError {}
