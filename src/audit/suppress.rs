//! Keeping small counts out of a published report, so that nobody is recognised by being one of three.
//!
//! A count from 1 to K - 1 is hidden. Where a total stands beside its parts, hiding one part alone hides nothing: so at least two are hidden, and as many
//! as it takes until the hidden ones add up to K. Source of the practice: primary and complementary (secondary) cell suppression, A. Hundepool et
//! al., "Statistical Disclosure Control" (2012), chapter 4. Zeros are shown: that nothing happened to anybody is nobody's secret.

use alloc::vec::Vec;

use super::tally::Counts;

/// Which of the parts of a published total are to be hidden, for counts below `k`: the small ones, and the next larger ones as far as needed.
///
/// Where all parts together do not reach `k`, or none is more than one, the total gives them away, and is the caller's to hide.
///
/// ```
/// use lookalike::audit::hidden_parts;
///
/// assert_eq!(hidden_parts(&[100, 3, 40, 0], 5), [false, true, true, false]);
/// assert_eq!(hidden_parts(&[100, 30, 0], 5), [false, false, false]);
/// ```
#[must_use]
pub fn hidden_parts(parts: &[u64], k: u64) -> Vec<bool> {
    let mut hidden: Vec<bool> = parts.iter().map(|part| is_small(*part, k)).collect();
    if !hidden.contains(&true) {
        return hidden;
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&at| parts.get(at).copied());
    for at in order {
        let of = || parts.iter().zip(&hidden).filter(|(_, is_hidden)| **is_hidden);
        let (count, sum) = (of().count() as u64, of().map(|(part, _)| part).sum::<u64>());
        // As many ones as their sum would each be known to be one.
        if count >= 2 && sum >= k && sum > count {
            break;
        }
        if parts.get(at).is_some_and(|part| *part > 0)
            && let Some(is_hidden) = hidden.get_mut(at)
        {
            *is_hidden = true;
        }
    }
    // One part that is all of its total: a zero beside it leaves no doubt, and none can be hidden to make one.
    hidden
}

/// Whether a count is small: some, and below `k`.
#[must_use]
pub const fn is_small(count: u64, k: u64) -> bool {
    count > 0 && count < k
}

/// What of some rows is to be hidden: of each whether its count of pictures is, and whether what they are divided into is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hidden {
    /// The counts of pictures.
    pub pictures: Vec<bool>,
    /// What they are divided into: confirmed, false positive, unclear, not reviewed, and what is made of these.
    pub split: Vec<bool>,
}

/// What to hide of rows that may add up to a row that is published beside them.
///
/// A row with a small number anywhere shows no division at all, and where that is one row only, the next smallest does not either: else it would follow from the
/// sum of the rows.
#[must_use]
pub fn hidden_rows(rows: &[Counts], k: u64) -> Hidden {
    let pictures: Vec<u64> = rows.iter().map(|row| row.pictures).collect();
    let pictures = hidden_parts(&pictures, k);
    let is_small_somewhere = |row: &Counts| row.split().into_iter().any(|count| is_small(count, k));
    let mut split: Vec<bool> =
        rows.iter().zip(&pictures).map(|(row, is_hidden)| *is_hidden || is_small_somewhere(row)).collect();
    if split.iter().filter(|is_hidden| **is_hidden).count() == 1 {
        let next = rows.iter().enumerate().filter(|(at, row)| row.pictures > 0 && split.get(*at) == Some(&false));
        let next = next.min_by_key(|(_, row)| row.pictures).map(|(at, _)| at);
        if let Some(is_hidden) = next.and_then(|at| split.get_mut(at)) {
            *is_hidden = true;
        }
    }
    Hidden { pictures, split }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every way to fill the hidden parts so that nothing that is published contradicts it.
    fn fillings(parts: &[u64], hidden: &[bool]) -> Vec<Vec<u64>> {
        let sum: u64 = parts.iter().zip(hidden).filter(|(_, hidden)| **hidden).map(|(part, _)| part).sum();
        let free = hidden.iter().filter(|hidden| **hidden).count();
        let mut all = Vec::from([Vec::new()]);
        for _ in 0..free {
            all = all
                .into_iter()
                .flat_map(|some: Vec<u64>| {
                    let left = sum - some.iter().sum::<u64>();
                    (1..=left).map(move |next| [some.clone(), Vec::from([next])].concat())
                })
                .collect();
        }
        all.retain(|some| some.iter().sum::<u64>() == sum);
        all
    }

    proptest! {
        #[test]
        fn no_hidden_part_follows_from_the_total(parts in prop::collection::vec(0..12_u64, 1..6), k in 3..6_u64) {
            let hidden = hidden_parts(&parts, k);
            for (part, hidden) in parts.iter().zip(&hidden) {
                prop_assert!(*hidden || !is_small(*part, k));
            }
            let several = parts.iter().filter(|part| **part > 0).count() > 1 && parts.iter().any(|part| *part > 1);
            if hidden.contains(&true) && several && parts.iter().sum::<u64>() >= k {
                // An onlooker who knows that each hidden part is at least 1 must be left with two values for every small one.
                let all = fillings(&parts, &hidden);
                let places = hidden.iter().filter(|hidden| **hidden).count();
                for at in 0..places {
                    prop_assert!(all.iter().any(|one| one[at] != all[0][at]), "{parts:?} {hidden:?}");
                }
            }
        }
    }

    fn row(split: [u64; 4]) -> Counts {
        let [confirmed, false_positive, unclear, not_reviewed] = split;
        let mut counts = Counts::default();
        (counts.confirmed, counts.false_positive, counts.unclear) = (confirmed, false_positive, unclear);
        (counts.not_reviewed, counts.pictures) = (not_reviewed, split.iter().sum());
        counts
    }

    #[test]
    fn a_row_is_not_hidden_alone() {
        let rows = [row([50, 2, 0, 0]), row([90, 0, 0, 10]), row([500, 20, 0, 10])];
        let hidden = hidden_rows(&rows, 5);
        assert_eq!(hidden.pictures, [false, false, false]);
        assert_eq!(hidden.split, [true, true, false]);
        let hidden = hidden_rows(&[row([3, 0, 0, 0]), row([50, 0, 0, 10]), row([500, 20, 0, 10])], 5);
        assert_eq!((hidden.pictures, hidden.split), ([true, true, false].into(), [true, true, false].into()));
    }
}
