//! How pictures are searched for.

use super::Occlusion;
use crate::hash::Profile;
use crate::hash::pdq;
use crate::hash::views::ViewSet;

/// By which hashes a picture is searched for. What of the hits counts is the [`Policy`](super::Rules)'s.
///
/// ```
/// use lookalike::hash::Profile;
/// use lookalike::hash::views::ViewSet;
/// use lookalike::matching::SearchOptions;
///
/// let options = SearchOptions::new(Profile::Pdq);
/// assert_eq!((options.dihedral(), options.views(), options.screening()), (true, ViewSet::Standard, true));
/// let fastest = options.with_views(ViewSet::None).with_dihedral(false);
/// assert_eq!(fastest.views(), ViewSet::None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchOptions {
    dihedral: bool,
    views: ViewSet,
    occlusion: Option<Occlusion>,
    screening: bool,
    survey: bool,
}

impl SearchOptions {
    /// The default of every interface: turned and mirrored pictures are found, with the standard views where the profile is PDQ, and
    /// JPEGs are screened from their coefficients first.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        // Views are made from the same samples as PDQ, and from no other hash.
        let views = if profile == Profile::Pdq { ViewSet::Standard } else { ViewSet::None };
        Self { dihedral: true, views, occlusion: None, screening: true, survey: false }
    }

    /// Sets whether turned and mirrored pictures are found.
    #[must_use]
    pub const fn with_dihedral(self, dihedral: bool) -> Self {
        Self { dihedral, ..self }
    }

    /// Sets which further views of a picture are searched for. PDQ only.
    #[must_use]
    pub const fn with_views(self, views: ViewSet) -> Self {
        Self { views, ..self }
    }

    /// Sets whether copies under a caption, a logo or a sticker are found, and when. PDQ only; off by default.
    #[must_use]
    pub const fn with_occlusion(self, occlusion: Option<Occlusion>) -> Self {
        Self { occlusion, ..self }
    }

    /// Sets whether JPEGs are screened from their coefficients, which decodes only those that may match. The answers are the same either
    /// way, but a report of a screened picture has no hash and no quality.
    #[must_use]
    pub const fn with_screening(self, screening: bool) -> Self {
        Self { screening, ..self }
    }

    /// Sets whether the minimum distance of each entry is reported across all views, as calibration needs it, instead of preferring exact
    /// views.
    #[must_use]
    pub const fn with_survey(self, survey: bool) -> Self {
        Self { survey, ..self }
    }

    /// Returns whether turned and mirrored pictures are found.
    #[must_use]
    pub const fn dihedral(&self) -> bool {
        self.dihedral
    }

    /// Returns which further views of a picture are searched for.
    #[must_use]
    pub const fn views(&self) -> ViewSet {
        self.views
    }

    /// Returns when copies under a caption, a logo or a sticker are found, if they are.
    #[must_use]
    pub const fn occlusion(&self) -> Option<Occlusion> {
        self.occlusion
    }

    /// Returns whether JPEGs are screened from their coefficients.
    #[must_use]
    pub const fn screening(&self) -> bool {
        self.screening
    }

    /// Returns whether the minimum distance of each entry is reported across all views.
    #[must_use]
    pub const fn survey(&self) -> bool {
        self.survey
    }

    /// The largest distance at which a view matches, inclusive, in bits: never more than `radius`, that of the picture itself.
    #[must_use]
    pub fn view_radius(profile: Profile, radius: u32) -> u32 {
        radius.min(profile.default_radius())
    }

    /// The least quality of a view, 0 to 100: never less than `minimum`, that of the picture itself.
    #[must_use]
    pub fn view_minimum_quality(minimum: u8) -> u8 {
        minimum.max(pdq::MIN_QUALITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_searched_for_no_wider_and_at_no_lower_quality_than_the_picture() {
        assert_eq!([10, 31, 60].map(|radius| SearchOptions::view_radius(Profile::Pdq, radius)), [10, 31, 31]);
        assert_eq!([0, 50, 80].map(SearchOptions::view_minimum_quality), [50, 50, 80]);
    }
}
