//! What no signature excuses, unless a person says so: a list that changes suddenly.

use super::ManifestErrorKind;

/// What is refused although the right keys signed it: those who sign may be mistaken, or forced.
///
/// It looks at one manifest and the one before; many small steps pass it, each of them in the record of whoever keeps the list.
///
/// ```
/// use lookalike::store::manifest::Guard;
///
/// let usual = Guard::new(); // half as many entries more, or a tenth fewer
/// let once = usual.accept_size(true); // after somebody asked the publisher
/// assert_ne!(usual, once);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    pub(super) growth_percent: u32,
    pub(super) shrinking_percent: u32,
    pub(super) accepts_size: bool,
    pub(super) accepts_profile: bool,
    pub(super) accepts_clock: bool,
}

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

impl Guard {
    /// Refuses a list that grows by more than 50 %, shrinks by more than 10 %, or changes its profile, and a clock that was set back.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            growth_percent: 50,
            shrinking_percent: 10,
            accepts_size: false,
            accepts_profile: false,
            accepts_clock: false,
        }
    }

    /// By how many percent of its entries a list may grow.
    #[must_use]
    pub const fn growth(self, percent: u32) -> Self {
        Self { growth_percent: percent, ..self }
    }

    /// By how many percent of its entries a list may shrink; 100 and more allow everything.
    #[must_use]
    pub const fn shrinking(self, percent: u32) -> Self {
        Self { shrinking_percent: percent, ..self }
    }

    /// Lets a sudden change of size pass, with a [warning](super::Warning).
    #[must_use]
    pub const fn accept_size(self, accepts_size: bool) -> Self {
        Self { accepts_size, ..self }
    }

    /// Lets another profile pass, with a warning.
    #[must_use]
    pub const fn accept_profile(self, accepts_profile: bool) -> Self {
        Self { accepts_profile, ..self }
    }

    /// Lets a clock pass that shows an earlier time than before, with a warning: it was wrong then and is right now.
    #[must_use]
    pub const fn accept_clock(self, accepts_clock: bool) -> Self {
        Self { accepts_clock, ..self }
    }

    /// Whether a list that had `before` entries and has `now` changes suddenly: then how. What the operator accepts is not looked at, so that a
    /// publisher can foresee what operators will ask him.
    ///
    /// ```
    /// use lookalike::store::manifest::{Guard, ManifestErrorKind};
    ///
    /// assert_eq!(Guard::new().sudden(100, 150), None);
    /// let shrinking = ManifestErrorKind::SuddenShrinking { before: 100, now: 89, most_percent: 10 };
    /// assert_eq!(Guard::new().sudden(100, 89), Some(shrinking));
    /// ```
    #[must_use]
    pub fn sudden(&self, before: u64, now: u64) -> Option<ManifestErrorKind> {
        let (were, are) = (u128::from(before), 100 * u128::from(now));
        let kept = 100_u32.saturating_sub(self.shrinking_percent);
        if are > were * (100 + u128::from(self.growth_percent)) {
            Some(ManifestErrorKind::SuddenGrowth { before, now, most_percent: self.growth_percent })
        } else if are < were * u128::from(kept) {
            Some(ManifestErrorKind::SuddenShrinking { before, now, most_percent: self.shrinking_percent })
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_what_is_allowed() {
        let is_sudden = |guard: Guard, before, now| guard.sudden(before, now).is_some();
        let guard = Guard::new();
        assert!(!is_sudden(guard, 100, 150) && is_sudden(guard, 100, 151));
        assert!(!is_sudden(guard, 100, 90) && is_sudden(guard, 100, 89));
        assert!(is_sudden(guard, 0, 1) && !is_sudden(guard, 0, 0));
        assert!(is_sudden(guard, 1, u64::MAX) && is_sudden(guard, u64::MAX, 1));
        let open = guard.growth(u32::MAX).shrinking(u32::MAX);
        assert!(!is_sudden(open, 1, 1 << 25) && !is_sudden(open, u64::MAX, 0));
    }
}
