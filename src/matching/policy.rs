//! How a picture is looked up.

use super::Occlusion;
use crate::hash::views::ViewSet;
use crate::hash::{Profile, pdq};

/// By which hashes a picture is looked up, from which quality on, and how far around them.
///
/// Without [`Rules`](super::Rules) everything that is found so counts. With them this is only as far as the look-up goes: give it
/// [`Rules::widest_radius`](super::Rules::widest_radius) and [`Rules::lowest_quality`](super::Rules::lowest_quality).
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
    /// By which further views a picture is looked up.
    pub views: ViewSet,
    /// The largest distance of a view that counts, inclusive, where it is less than [`Policy::radius`]: see
    /// [`Policy::radius_of_views`].
    pub view_radius: u32,
    /// The least PDQ quality at which a view is looked up, where it is more than [`Policy::minimum_quality`]: 0 to 100.
    pub view_minimum_quality: u8,
    /// Whether a copy under a caption, a logo or a sticker counts, and when; none by default.
    pub occlusion: Option<Occlusion>,
}

impl Policy {
    /// The usual policy of a profile: its [`Profile::default_radius`], quality 50, turned and mirrored pictures count, no further
    /// views.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        Self {
            radius: profile.default_radius(),
            minimum_quality: pdq::MIN_QUALITY,
            dihedral: true,
            views: ViewSet::None,
            view_radius: profile.default_radius(),
            view_minimum_quality: pdq::MIN_QUALITY,
            occlusion: None,
        }
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

    /// Sets by which further views a picture is looked up.
    #[must_use]
    pub const fn views(self, views: ViewSet) -> Self {
        Self { views, ..self }
    }

    /// Sets the largest distance of a view that counts, inclusive.
    #[must_use]
    pub const fn view_radius(self, view_radius: u32) -> Self {
        Self { view_radius, ..self }
    }

    /// Sets the least quality at which a view is looked up: 0 to 100.
    #[must_use]
    pub const fn view_minimum_quality(self, view_minimum_quality: u8) -> Self {
        Self { view_minimum_quality, ..self }
    }

    /// Sets whether a copy under a caption, a logo or a sticker counts, and when.
    #[must_use]
    pub const fn occlusion(self, occlusion: Option<Occlusion>) -> Self {
        Self { occlusion, ..self }
    }

    /// The largest distance of a view that counts: never more than that of the picture itself.
    #[must_use]
    pub const fn radius_of_views(&self) -> u32 {
        if self.view_radius < self.radius { self.view_radius } else { self.radius }
    }

    /// The least quality of a view: never less than that of the picture itself.
    #[must_use]
    pub const fn minimum_quality_of_views(&self) -> u8 {
        if self.view_minimum_quality > self.minimum_quality { self.view_minimum_quality } else { self.minimum_quality }
    }
}
