//! How much a count says about the share behind it.
//!
//! Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American Statistical Association
//! 22 (1927). The score interval: it never leaves 0 to 1, and says something also where all or none of few were confirmed.

/// The 97.5 % quantile of the normal distribution: two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A share of a whole, with its 95 % interval; all from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Share {
    /// How many.
    pub(super) part: u64,
    /// Of how many; at least one.
    pub(super) whole: u64,
    /// `part / whole`.
    pub estimate: f64,
    /// The lower bound.
    pub lower: f64,
    /// The upper bound.
    pub upper: f64,
}

impl Share {
    /// `part` of `whole`; nothing where there is no whole, or the part is more: then nothing was measured.
    ///
    /// ```
    /// use lookalike::audit::Share;
    ///
    /// let share = Share::of(9, 10).unwrap();
    /// assert!((share.lower - 0.5958).abs() < 1e-4 && (share.upper - 0.9821).abs() < 1e-4);
    /// assert_eq!(Share::of(0, 0), None);
    /// ```
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        if whole == 0 || part > whole {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of reviewed pictures are far below 2^53")]
        let (n, p) = (whole as f64, part as f64 / whole as f64);
        let (scale, middle) = (1.0 + Z * Z / n, p + Z * Z / (2.0 * n));
        let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let lower = if part == 0 { 0.0 } else { ((middle - half) / scale).max(0.0) };
        let upper = if part == whole { 1.0 } else { ((middle + half) / scale).min(1.0) };
        Some(Self { part, whole, estimate: p, lower, upper })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_the_published_ones() {
        // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
        for (part, whole, lower, upper) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let share = Share::of(part, whole).unwrap();
            assert!((share.lower - lower).abs() < 6e-5 && (share.upper - upper).abs() < 6e-5, "{share:?}");
        }
    }

    #[test]
    fn all_and_none_mirror_each_other() {
        for whole in [1, 7, 1000] {
            let (none, all) = (Share::of(0, whole).unwrap(), Share::of(whole, whole).unwrap());
            assert_eq!((none.lower, all.upper), (0.0, 1.0));
            assert!((none.upper - (1.0 - all.lower)).abs() < 1e-12);
        }
        assert_eq!(Share::of(2, 1), None);
    }
}
