//! The largest radius that the sample supports.

use super::rows::per_million;
use super::survey::Tally;
use crate::summary::{counted, grouped};

/// What can be said of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Advice {
    /// The largest radius whose upper bound is within the budget, and that bound per million.
    UpTo { radius: u32, upper: f64, is_widest: bool },
    /// Even without a single match the bound, per million, is above the budget; so many pictures it takes.
    TooFew { upper: f64, needed: f64 },
    /// So many match at radius 0 already.
    Never { matched: u64 },
}

impl Advice {
    /// Of a list that was looked at up to a radius, by so many pictures; `budget` per million.
    pub(super) fn of(list: &Tally, pictures: u64, widest: u32, budget: f64) -> Self {
        let upper = |matched| per_million(matched, pictures)[2];
        match (0..=widest).rev().find(|&radius| upper(list.within(radius)) <= budget) {
            Some(radius) => Self::UpTo { radius, upper: upper(list.within(radius)), is_widest: radius == widest },
            None if upper(0) > budget => Self::TooFew { upper: upper(0), needed: pictures_for(budget) },
            None => Self::Never { matched: list.within(0) },
        }
    }

    /// The radius, if there is one.
    pub(super) const fn radius(self) -> Option<u32> {
        match self {
            Self::UpTo { radius, .. } => Some(radius),
            Self::TooFew { .. } | Self::Never { .. } => None,
        }
    }

    /// What it means, in words.
    pub(super) fn words(self, pictures: u64, budget: f64) -> String {
        let budget = figure(budget);
        match self {
            Self::UpTo { radius, upper, is_widest } => {
                let beyond = if is_widest { ", the widest looked at" } else { "" };
                format!("at most {radius}{beyond} (upper bound {} per million, budget {budget})", figure(upper))
            }
            Self::TooFew { upper, needed } => format!(
                "NO STATEMENT, the sample is too small: {} without a single match would still allow {} false matches per million, \
                 and the budget is {budget}; it takes {} pictures",
                counted(pictures, "picture"),
                figure(upper),
                figure(needed),
            ),
            Self::Never { matched: 0 } => format!("none within the budget of {budget} per million"),
            Self::Never { matched } => format!(
                "none within the budget of {budget} per million: {} of {} have a hash of this list (radius 0); look at the entries \
                 that match many, below",
                grouped(matched),
                counted(pictures, "picture"),
            ),
        }
    }
}

/// How many pictures must be checked, and none match, before the upper bound in a million is no more than `budget`.
fn pictures_for(budget: f64) -> f64 {
    // The bound of 0 of n is q / (n + q), where q is the square of the normal distribution's quantile: of 0 of 1 it tells q.
    let of_one = per_million(0, 1)[2] / 1e6;
    let (square, share) = (of_one / (1.0 - of_one), budget / 1e6);
    (square * (1.0 - share) / share).ceil().max(1.0)
}

/// A number such as that of false matches per million, with as many digits as mean anything.
pub(crate) fn figure(number: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "never negative; what is too large stays the largest"
    )]
    match number {
        0.0 => "0".to_owned(),
        number if number < 0.095 => format!("{number:.1e}"),
        number if number < 9.95 => format!("{number:.1}"),
        number => grouped(number.round() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(distances: &[u32]) -> Tally {
        let mut tally = Tally::new("a", 5, 64);
        distances.iter().for_each(|&distance| tally.add(distance));
        tally
    }

    #[test]
    fn the_largest_radius_within_the_budget_is_recommended() {
        // 1 of 100,000 pictures at 20 bits, 6 more at 40: 0, 1 and 7 leave 38, 57 and 144 per million open.
        let list = tally(&[20, 40, 40, 40, 40, 40, 40]);
        let radius = |budget| Advice::of(&list, 100_000, 64, budget).radius();
        assert_eq!(
            [37.0, 39.0, 50.0, 60.0, 140.0, 150.0].map(radius),
            [None, Some(19), Some(19), Some(39), Some(39), Some(64)]
        );
    }

    #[test]
    fn a_small_sample_gets_no_statement() {
        let advice = Advice::of(&tally(&[]), 100, 64, 100.0);
        let words = advice.words(100, 100.0);
        assert!(
            words.contains("NO STATEMENT") && words.contains("36,993 false") && words.contains("38,411 pictures"),
            "{words}"
        );
        assert_eq!(Advice::of(&tally(&[]), 0, 64, 100.0).radius(), None);
    }

    #[test]
    fn a_budget_says_how_many_pictures_it_takes() {
        for budget in [20.0, 100.0, 5_000.0] {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive whole number")]
            let needed = pictures_for(budget) as u64;
            assert!(per_million(0, needed)[2] <= budget && per_million(0, needed - 1)[2] > budget);
        }
    }

    #[test]
    fn a_list_that_matches_everywhere_is_not_recommended_at_all() {
        assert_eq!(Advice::of(&tally(&[0; 50]), 100_000, 64, 100.0), Advice::Never { matched: 50 });
    }

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        assert_eq!([0.0, 0.04, 0.5, 9.94, 9.96, 1234.5].map(figure), ["0", "4.0e-2", "0.5", "9.9", "10", "1,235"]);
    }
}
