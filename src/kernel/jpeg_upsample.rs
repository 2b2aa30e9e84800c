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
