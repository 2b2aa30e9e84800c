//! Rows of chroma stretched to the width and height of a picture, as libjpeg-turbo does by default ("fancy upsampling").
//!
//! A sample of the stretched row is 3/4 of the nearer sample and 1/4 of the farther, along each axis that is stretched. The
//! constants added before dividing alternate along a row, so that rounding favours neither direction.

use super::multiversion::multiversion;

multiversion! {
    /// Doubles the width of a row: `stretched` has two samples for each of `row`, which is not empty.
    pub(crate) fn double_width(row: &[u8], stretched: &mut [u8]) {
        let (Some(&first), Some(&last)) = (row.first(), row.last()) else { return };
        let pairs = stretched.as_chunks_mut::<2>().0;
        let both = |before: u8, here: u8, after: u8| {
            let three = 3 * u16::from(here);
            [narrow((three + u16::from(before) + 1) >> 2), narrow((three + u16::from(after) + 2) >> 2)]
        };
        let inner = row.windows(3).zip(pairs.iter_mut().skip(1));
        for (window, pair) in inner {
            if let [before, here, after] = *window {
                *pair = both(before, here, after);
            }
        }
        // The row goes on as it ends.
        if let Some(pair) = pairs.get_mut(row.len() - 1) {
            *pair = both(row.iter().nth_back(1).copied().unwrap_or(last), last, last);
        }
        if let Some(pair) = pairs.first_mut() {
            *pair = both(first, first, row.get(1).copied().unwrap_or(first));
        }
    }
}

multiversion! {
    /// Makes a row between two, nearer to `near`. `rounding`: 1 for the upper of the two rows made of one, 2 for the lower.
    pub(crate) fn between(near: &[u8], far: &[u8], rounding: u16, stretched: &mut [u8]) {
        for ((sample, &near), &far) in stretched.iter_mut().zip(near).zip(far) {
            *sample = narrow((3 * u16::from(near) + u16::from(far) + rounding) >> 2);
        }
    }
}

multiversion! {
    /// Makes a row of twice the width between two rows, nearer to `near`. `sums` is memory: two more than `near` has samples.
    pub(crate) fn double_both(near: &[u8], far: &[u8], sums: &mut [u16], stretched: &mut [u8]) {
        let Some(sums) = sums.get_mut(..near.len() + 2) else { return };
        let [before, inner @ .., after] = &mut *sums else { return };
        for ((sum, &near), &far) in inner.iter_mut().zip(near).zip(far) {
            *sum = 3 * u16::from(near) + u16::from(far);
        }
        // The row goes on as it ends.
        (*before, *after) = (inner.first().copied().unwrap_or(0), inner.last().copied().unwrap_or(0));
        for (pair, window) in stretched.as_chunks_mut::<2>().0.iter_mut().zip(sums.windows(3)) {
            if let [before, here, after] = *window {
                *pair = [narrow((3 * here + before + 8) >> 4), narrow((3 * here + after + 7) >> 4)];
            }
        }
    }
}

/// Repeats every sample of a row `times` times.
pub(crate) fn repeat(row: &[u8], times: usize, stretched: &mut [u8]) {
    for (group, &sample) in stretched.chunks_mut(times).zip(row) {
        group.fill(sample);
    }
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a weighted mean of bytes")]
fn narrow(mean: u16) -> u8 {
    mean as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use alloc::vec;
    use alloc::vec::Vec;

    fn noise(len: usize, seed: usize) -> Vec<u8> {
        (0..len).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    /// The sample at a place that may be beyond the edges, where the row goes on as it ends.
    fn at<T: Copy>(row: &[T], place: usize, step: isize) -> T {
        row[place.saturating_add_signed(step).min(row.len() - 1)]
    }

    #[test]
    fn stretched_rows_are_weighted_means_of_the_nearest_samples() {
        for len in [1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 100] {
            let (near, far) = (noise(len, 1), noise(len, 900));
            let sums: Vec<u16> =
                near.iter().zip(&far).map(|(&near, &far)| 3 * u16::from(near) + u16::from(far)).collect();
            let mut wide = Vec::new();
            let mut both = Vec::new();
            for place in 0..len {
                let (before, here, after) = (at(&near, place, -1), near[place], at(&near, place, 1));
                wide.push(((3 * u16::from(here) + u16::from(before) + 1) >> 2) as u8);
                wide.push(((3 * u16::from(here) + u16::from(after) + 2) >> 2) as u8);
                both.push(((3 * sums[place] + at(&sums, place, -1) + 8) >> 4) as u8);
                both.push(((3 * sums[place] + at(&sums, place, 1) + 7) >> 4) as u8);
            }
            for level in Level::available() {
                // one more than needed, which stays
                let mut found = vec![7; 2 * len + 1];
                double_width(level, &near, &mut found);
                assert_eq!((&found[..2 * len], found[2 * len]), (&wide[..], 7), "{len} {level:?}");
                double_both(level, &near, &far, &mut vec![0; len + 2], &mut found);
                assert_eq!((&found[..2 * len], found[2 * len]), (&both[..], 7), "{len} {level:?}");
                for rounding in [1, 2] {
                    let expected: Vec<u8> = sums.iter().map(|sum| ((sum + rounding) >> 2) as u8).collect();
                    between(level, &near, &far, rounding, &mut found);
                    assert_eq!(found[..len], expected, "{len} {level:?}");
                }
            }
            let mut found = vec![7; 3 * len - 1];
            repeat(&near, 3, &mut found);
            assert!(found.iter().enumerate().all(|(place, &sample)| sample == near[place / 3]));
        }
    }
}
