//! What counts as a match.

use crate::hash::{Profile, pdq};

/// The radius, the least quality and the transforms under which a picture counts as matching.
///
/// ```
/// use lookalike::hash::Profile;
/// use lookalike::matching::Policy;
///
/// let policy = Policy::new(Profile::Pdq).radius(20);
/// assert_eq!((policy.radius, policy.minimum_quality, policy.dihedral), (20, 50, true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The largest distance that counts, inclusive.
    pub radius: u32,
    /// The least PDQ quality at which a picture is looked up: 0 to 100.
    pub minimum_quality: u8,
    /// Whether turned and mirrored pictures count.
    pub dihedral: bool,
}

impl Policy {
    /// The usual policy of a profile: its [`Profile::default_radius`], quality 50, turned and mirrored pictures count.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self { radius: profile.default_radius(), minimum_quality: pdq::MIN_QUALITY, dihedral: true }
    }

    /// Sets the largest distance that counts, inclusive.
    #[must_use]
    pub const fn radius(self, radius: u32) -> Self {
        Self { radius, ..self }
    }

    /// Sets the least quality at which a picture is looked up: 0 to 100.
    #[must_use]
    pub const fn minimum_quality(self, minimum_quality: u8) -> Self {
        Self { minimum_quality, ..self }
    }

    /// Sets whether turned and mirrored pictures count.
    #[must_use]
    pub const fn dihedral(self, dihedral: bool) -> Self {
        Self { dihedral, ..self }
    }
}
