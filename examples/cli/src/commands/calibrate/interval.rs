//! How much a count of matches among so many pictures says about the share among all.
//!
//! Source: C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial",
//! Biometrika 26 (1934). The interval is exact, and never too narrow: it holds the true share in 95 of 100 samples at least. Its
//! bounds are quantiles of beta distributions, whose distribution function is statrs' business.

use statrs::function::beta::beta_reg;

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
                lower: quantile(k, n - k + 1.0, ALPHA / 2.0),
                upper: quantile(k + 1.0, n - k, 1.0 - ALPHA / 2.0),
            },
        }
    }

    /// The same per million: estimate, lower, upper bound.
    pub(super) fn per_million(self) -> (f64, f64, f64) {
        (self.estimate * 1e6, self.lower * 1e6, self.upper * 1e6)
    }
}

/// Where the distribution function of the beta distribution with parameters `a` and `b` reaches `probability`.
///
/// By bisection: statrs' own inverse (algorithm AS 64) is off in the fourth digit where a share is some millionths.
fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if beta_reg(a, b, middle) < probability { low = middle } else { high = middle }
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

    /// The probability of at most `most` matches among `all` pictures, summed term by term.
    fn at_most(most: u64, all: u64, share: f64) -> f64 {
        let mut term = (1.0 - share).powi(i32::try_from(all).unwrap());
        let mut sum = term;
        for k in 1..=most {
            term *= real(all - k + 1) / real(k) * share / (1.0 - share);
            sum += term;
        }
        sum
    }

    #[test]
    fn bounds_are_where_the_binomial_says() {
        for all in [2, 7, 100, 800] {
            for matched in [1, 2, 3, 10, 60].into_iter().filter(|&matched| matched < all) {
                let (lower, upper) = bounds(matched, all);
                // at the lower bound so many or more have a probability of 2.5 %, at the upper one so many or fewer
                let (at_lower, at_upper) = (1.0 - at_most(matched - 1, all, lower), at_most(matched, all, upper));
                assert!((at_lower - 0.025).abs() < 1e-9, "{matched} of {all}: {at_lower}");
                assert!((at_upper - 0.025).abs() < 1e-9, "{matched} of {all}: {at_upper}");
            }
        }
    }

    #[test]
    fn of_a_million_the_bounds_are_those_of_a_poisson_count() {
        // F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936): 95 % limits of a count.
        for (matched, lower, upper) in [(1, 0.0253, 5.572), (2, 0.2422, 7.225), (5, 1.623, 11.668), (10, 4.795, 18.390)]
        {
            let (_, found_lower, found_upper) = Share::of(matched, 1_000_000).per_million();
            assert!((found_lower / lower - 1.0).abs() < 1e-3, "{matched}: {found_lower}");
            assert!((found_upper / upper - 1.0).abs() < 1e-3, "{matched}: {found_upper}");
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
