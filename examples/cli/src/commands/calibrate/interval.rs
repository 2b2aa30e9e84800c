//! How much a count of matches among so many pictures says about the share among all.
//!
//! Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
//! Biometrika 26 (1934). The interval is exact, and never too narrow: it holds the true share in 95 of 100 samples at least. Its
//! bounds are quantiles of beta distributions, which are statrs' business.

use statrs::function::beta::inv_beta_reg;

/// The share of samples whose interval may miss the true share.
const ALPHA: f64 = 0.05;

/// A share and its bounds, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    pub(super) estimate: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Share {
    /// Of `matched` among `all` pictures, drawn independently. Of no picture at all nothing is known: from 0 to 1.
    ///
    /// Where nothing matched, or everything, one bound is certain and the other has all of the 5 %: 0 of n leaves 3 / n open.
    pub(super) fn of(matched: u64, all: u64) -> Self {
        let (k, n) = (real(matched), real(all));
        if all == 0 || matched > all {
            return Self { estimate: 0.0, lower: 0.0, upper: 1.0 };
        }
        let one_sided = ALPHA.powf(1.0 / n);
        match matched {
            0 => Self { estimate: 0.0, lower: 0.0, upper: 1.0 - one_sided },
            _ if matched == all => Self { estimate: 1.0, lower: one_sided, upper: 1.0 },
            _ => Self {
                estimate: k / n,
                lower: inv_beta_reg(k, n - k + 1.0, ALPHA / 2.0),
                upper: inv_beta_reg(k + 1.0, n - k, 1.0 - ALPHA / 2.0),
            },
        }
    }

    /// The same per million: estimate, lower, upper bound.
    pub(super) fn per_million(self) -> (f64, f64, f64) {
        (self.estimate * 1e6, self.lower * 1e6, self.upper * 1e6)
    }
}

/// How many pictures must be checked, and none match, before the upper bound is no more than `share`.
pub(super) fn pictures_for(share: f64) -> f64 {
    (ALPHA.ln() / (-share).ln_1p()).ceil().max(1.0)
}

/// A count as a number to calculate with; above 2^53 it is rounded, which no sample reaches.
#[expect(clippy::cast_precision_loss, reason = "counts of pictures are far below 2^53")]
pub(super) const fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::function::beta::beta_reg;

    fn bounds(matched: u64, all: u64) -> (f64, f64) {
        let share = Share::of(matched, all);
        (share.lower, share.upper)
    }

    #[test]
    fn bounds_are_the_published_ones() {
        // R 4: binom.test(k, n)$conf.int; the first also in Newcombe, Statistics in Medicine 17 (1998), table I (method 5).
        let published =
            [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (1, 29, 0.0009, 0.1776), (10, 100, 0.0490, 0.1762)];
        for (matched, all, lower, upper) in published {
            let found = bounds(matched, all);
            assert!((found.0 - lower).abs() < 6e-5 && (found.1 - upper).abs() < 6e-5, "{matched} of {all}: {found:?}");
        }
    }

    #[test]
    fn nothing_of_n_leaves_three_of_n_open() {
        // The rule of three: Hanley and Lippman-Hand, JAMA 249 (1983).
        for all in [100, 3_000, 1_000_000] {
            let share = Share::of(0, all);
            assert_eq!((share.estimate, share.lower), (0.0, 0.0));
            let ratio = share.upper * real(all) / 3.0;
            assert!((0.97..1.0).contains(&ratio), "{ratio}");
        }
        assert_eq!(bounds(0, 0), (0.0, 1.0));
        assert_eq!(bounds(20, 20).1, 1.0);
        assert!((bounds(20, 20).0 - 0.05_f64.powf(0.05)).abs() < 1e-12);
    }

    #[test]
    fn bounds_solve_their_equations_for_every_size_of_sample() {
        for all in [2, 7, 100, 5_000, 1_000_000] {
            for matched in [1, 2, 3, 10, 99, 4_000, 999_999].into_iter().filter(|&matched| matched < all) {
                let (lower, upper) = bounds(matched, all);
                let (k, n) = (real(matched), real(all));
                assert!(lower < k / n && k / n < upper, "{matched} of {all}");
                // at the lower bound so many or more have a probability of 2.5 %, at the upper one so many or fewer
                let at_lower = beta_reg(k, n - k + 1.0, lower);
                let at_upper = 1.0 - beta_reg(k + 1.0, n - k, upper);
                assert!((at_lower - 0.025).abs() < 1e-6, "{matched} of {all}: {at_lower}");
                assert!((at_upper - 0.025).abs() < 1e-6, "{matched} of {all}: {at_upper}");
            }
        }
    }

    #[test]
    fn a_budget_says_how_many_pictures_it_takes() {
        for budget in [20.0, 100.0, 5_000.0] {
            let needed = pictures_for(budget / 1e6);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive whole number")]
            let needed = needed as u64;
            assert!(Share::of(0, needed).per_million().2 <= budget);
            assert!(Share::of(0, needed - 1).per_million().2 > budget);
        }
    }
}
