//! What a list is for.

use core::fmt;

/// What it means that a picture is on a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The picture is known abuse material.
    #[default]
    Abuse,
    /// The picture is known to be harmless; what looks like it is no match. Never a match itself.
    Allow,
    /// The picture was made to try the way from a picture to an alarm; it is reported as a test, and never as abuse.
    Test,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Abuse, Self::Allow, Self::Test];

    /// The name in files and reports: `abuse`, `allow`, `test`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abuse => "abuse",
            Self::Allow => "allow",
            Self::Test => "test",
        }
    }

    /// The role of this name, in lower case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
