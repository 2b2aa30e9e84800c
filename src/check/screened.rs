//! JPEGs that their coefficients tell from everything listed, so that no pixel need be decoded.

use super::{Lookup, Needles};
use crate::decode::{SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN, Screening};
use crate::hash::views::Grid;
use crate::index::IndexError;

/// How far the quality of a view made from coefficients may be off.
const VIEW_QUALITY_DOUBT: u8 = 12;

impl Lookup {
    /// Whether a picture that was [screened](crate::decode::screen) is certain to match nothing, and to have the quality that is required; if not,
    /// it is to be decoded. `grid` is of [`screen_with_grid`](crate::decode::screen_with_grid), where the policy wants views.
    ///
    /// Hashes made from coefficients are some bits off, and qualities too: it looks that much further. Digests are another matter.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub fn rules_out(&self, screening: &Screening, grid: Option<&Grid>) -> Result<bool, IndexError> {
        let widest = self.policy.occlusion.map_or(self.policy.radius, |rule| rule.radius.max(self.policy.radius));
        for screened in [Some(screening.stored), screening.oriented].into_iter().flatten() {
            let eight = screened.spectrum().dihedral().map(|turned| turned.hash);
            let least_quality = screened.spectrum().quality().saturating_sub(SCREENED_QUALITY_MARGIN);
            // Of less than the required quality a picture is not clean, and how low it is must be told exactly.
            let is_sure = least_quality >= self.required_quality && self.admits(least_quality);
            let needles = eight.get(..self.turns().len()).unwrap_or(&eight);
            if !is_sure || self.may_match(needles, widest, screened.margin())? {
                return Ok(false);
            }
        }
        let Some(grid) = grid else { return Ok(true) };
        let mut needles = Needles::default();
        self.add_views(1, grid, VIEW_QUALITY_DOUBT, &mut needles);
        let may_match = self.may_match(&needles.hashes, self.policy.radius_of_views(), SCREENED_VIEW_MARGIN)?;
        Ok(!may_match)
    }
}
