//! Error of building an index.

use alloc::string::String;
use core::fmt;

use crate::entry::Role;
use crate::hash::Profile;
use crate::index::format::MAX_COUNT;

/// Error of building an index.
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
                write!(
                    f,
                    "hashes of the wrong length: found {found} bits, expected {} of profile {profile}",
                    profile.bits()
                )
            }
            Reason::Nothing => f.write_str("entry that nothing can match: expected a hash or a digest; leave it out"),
            Reason::Role { list, before, found } => write!(
                f,
                "list {list:?} with two roles: found {found}, expected {before} as before; give the lists different names"
            ),
            Reason::Full => {
                write!(f, "too many entries: found more than {MAX_COUNT}; split the lists over several indexes")
            }
            Reason::TooLong => f.write_str(
                "index too long: found more bytes than this machine can address; split the lists over several indexes",
            ),
        }
    }
}

impl core::error::Error for BuildError {}
