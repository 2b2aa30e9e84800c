//! What an added entry has beside its source.

use crate::entry::DigestKind;

/// What an entry has; one bit each.
#[derive(Clone, Copy)]
pub(super) struct Shape(u8);

impl Shape {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const HASH: Self = Self(1);
    pub(super) const MD5: Self = Self(2);
    pub(super) const SHA1: Self = Self(4);
    pub(super) const SHA256: Self = Self(8);
    /// No entry of its own, but further digests of the entry before.
    pub(super) const MORE: Self = Self(64);
    pub(super) const REMOVED: Self = Self(128);

    pub(super) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_live(self) -> bool {
        !self.has(Self::REMOVED)
    }

    /// The bit of a kind of digest.
    pub(super) const fn of(kind: DigestKind) -> Self {
        match kind {
            DigestKind::Md5 => Self::MD5,
            DigestKind::Sha1 => Self::SHA1,
            DigestKind::Sha256 => Self::SHA256,
        }
    }
}
