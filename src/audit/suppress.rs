//! Keeping small counts out of a published report, so that nobody is recognised by being one of three.
//!
//! A count from 1 to K - 1 is hidden. Where a total stands beside its parts, hiding one part alone hides nothing: so at least two are hidden, and as many
//! as it takes until the hidden ones add up to K. Source of the practice: primary and complementary (secondary) cell suppression, A. Hundepool et
//! al., "Statistical Disclosure Control" (2012), chapter 4. Zeros are shown: that nothing happened to anybody is nobody's secret.

use alloc::vec::Vec;

use bitvec::vec::BitVec;

/// Which of the parts of a published total are to be hidden, for counts below `k`: the small ones, and the next larger ones as far as needed.
///
/// Where all parts together do not reach `k`, or none is more than one, the total gives them away, and is the caller's to hide.
///
/// ```
/// use lookalike::audit::hidden_parts;
///
/// let hidden = hidden_parts(&[100, 3, 40, 0], 5);
/// assert_eq!(hidden.iter_ones().collect::<Vec<_>>(), [1, 2]);
/// assert!(hidden_parts(&[100, 30, 0], 5).not_any());
/// ```
#[must_use]
#[expect(clippy::indexing_slicing, reason = "the order is one of the places of the parts")]
pub fn hidden_parts(parts: &[u64], k: u64) -> BitVec {
    let mut hidden: BitVec = parts.iter().map(|part| is_small(*part, k)).collect();
    if hidden.not_any() {
        return hidden;
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&at| parts[at]);
    for at in order {
        let (count, sum) = (hidden.count_ones() as u64, hidden.iter_ones().map(|at| parts[at]).sum::<u64>());
        // As many ones as their sum would each be known to be one.
        if count >= 2 && sum >= k && sum > count {
            break;
        }
        if parts[at] > 0 {
            hidden.set(at, true);
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every way to fill the hidden parts so that nothing that is published contradicts it.
    fn fillings(parts: &[u64], hidden: &BitVec) -> Vec<Vec<u64>> {
        let sum: u64 = hidden.iter_ones().map(|at| parts[at]).sum();
        let free = hidden.count_ones();
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
            for (part, hidden) in parts.iter().zip(hidden.iter().by_vals()) {
                prop_assert!(hidden || !is_small(*part, k));
            }
            let several = parts.iter().filter(|part| **part > 0).count() > 1 && parts.iter().any(|part| *part > 1);
            if hidden.any() && several && parts.iter().sum::<u64>() >= k {
                // An onlooker who knows that each hidden part is at least 1 must be left with two values for every small one.
                let all = fillings(&parts, &hidden);
                let places = hidden.count_ones();
                for at in 0..places {
                    prop_assert!(all.iter().any(|one| one[at] != all[0][at]), "{parts:?} {hidden:?}");
                }
            }
        }
    }
}
