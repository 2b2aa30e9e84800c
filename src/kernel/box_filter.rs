//! Box filter by running sums, of eight rows or of all columns side by side.
//!
//! The sums are those of the reference: add the value that enters the window, subtract the one that leaves, divide by the
//! number inside, in f32. They never start afresh, so their order is what gives the same bits; what may run side by side
//! are sums of different rows or columns. Eight rows are taken as one row of eights, turned over there and back.

#![expect(
    clippy::indexing_slicing,
    reason = "every index is a position below the length of an axis, and the rows have that length"
)]

use super::multiversion::multiversion;

/// Rows that are taken side by side.
pub(crate) const LANES: usize = 8;
/// One value of each of eight rows.
pub(crate) type Eight = [f32; LANES];

/// One axis of a box filter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Values along the axis.
    pub(crate) len: usize,
    /// Values of a full window: at least 1, at most `len`.
    pub(crate) full: usize,
    /// Values of a window after its centre: less than `full`.
    pub(crate) right: usize,
}

/// One step of a running sum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// The position that enters the window; none near the end.
    pub(crate) enters: Option<usize>,
    /// The position that leaves the window; none near the start.
    pub(crate) leaves: Option<usize>,
    /// How many are inside after that.
    inside: usize,
}

impl Window {
    /// What happens at output position `at`.
    pub(crate) const fn step(self, at: usize) -> Step {
        let left = self.full - 1 - self.right;
        let end = if at + self.right < self.len { at + self.right + 1 } else { self.len };
        Step {
            enters: if at + self.right < self.len { Some(at + self.right) } else { None },
            leaves: if at > left { Some(at - left - 1) } else { None },
            inside: end - at.saturating_sub(left),
        }
    }
}

impl Step {
    /// The number that the reference divides by.
    #[expect(clippy::cast_precision_loss, reason = "a window has at most 4,096 values")]
    pub(crate) const fn divisor(self) -> f32 {
        self.inside as f32
    }
}

multiversion! {
    /// Turns eight rows of `width` values, one after the other, into one row of eights.
    pub(crate) fn interleave(rows: &[f32], width: usize, eights: &mut [Eight]) {
        let row = |lane: usize| rows[lane * width..][..width].as_chunks::<LANES>();
        let rows: [_; LANES] = core::array::from_fn(row);
        let (blocks, rest) = eights.as_chunks_mut::<LANES>();
        for (number, block) in blocks.iter_mut().enumerate() {
            *block = turned(&core::array::from_fn(|lane| rows[lane].0[number]));
        }
        for (x, eight) in rest.iter_mut().enumerate() {
            *eight = core::array::from_fn(|lane| rows[lane].1[x]);
        }
    }
}

multiversion! {
    /// Turns a row of eights into eight rows of `width` values, one after the other.
    pub(crate) fn deinterleave(eights: &[Eight], width: usize, rows: &mut [f32]) {
        let (blocks, rest) = eights.as_chunks::<LANES>();
        for (number, block) in blocks.iter().enumerate() {
            for (row, values) in rows.chunks_exact_mut(width).zip(turned(block)) {
                row[LANES * number..][..LANES].copy_from_slice(&values);
            }
        }
        for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
            row[LANES * blocks.len()..].iter_mut().zip(rest).for_each(|(value, eight)| *value = eight[lane]);
        }
    }
}

/// Swaps rows and columns.
#[inline(always)]
fn turned(block: &[Eight; LANES]) -> [Eight; LANES] {
    core::array::from_fn(|i| core::array::from_fn(|j| block[j][i]))
}

multiversion! {
    /// The mean under the window at each position of eight rows.
    pub(crate) fn blur(values: &[Eight], window: Window, means: &mut [Eight]) {
        let mut means = means.iter_mut();
        run(values, window, |_, sums, divisor| {
            if let Some(mean) = means.next() {
                *mean = core::array::from_fn(|lane| sums[lane] / divisor);
            }
        });
    }
}

multiversion! {
    /// The mean under the window at some positions, in rising order, of eight rows.
    pub(crate) fn sample(values: &[Eight], window: Window, positions: &[usize; 64], means: &mut [Eight; 64]) {
        let mut wanted = positions.iter().zip(means).peekable();
        run(values, window, |x, sums, divisor| {
            while let Some((_, mean)) = wanted.next_if(|(position, _)| **position == x) {
                *mean = core::array::from_fn(|lane| sums[lane] / divisor);
            }
        });
    }
}

/// Hands over position, sums and the number to divide by, from the first position to the last.
#[inline(always)]
fn run(values: &[Eight], window: Window, mut visit: impl FnMut(usize, Eight, f32)) {
    let Window { len, full, right } = window;
    let left = full - 1 - right;
    let add = |sums: Eight, value: &Eight| core::array::from_fn(|lane| sums[lane] + value[lane]);
    let subtract = |sums: Eight, value: &Eight| core::array::from_fn(|lane| sums[lane] - value[lane]);
    let mut sums: Eight = values[..right].iter().fold([0.0; LANES], add);
    // values only enter at first, and only leave at last
    for (x, enters) in values[right..full].iter().enumerate() {
        sums = add(sums, enters);
        visit(x, sums, window.step(x).divisor());
    }
    let divisor = window.step(left + 1).divisor();
    for (x, (enters, leaves)) in (left + 1..).zip(values[full..len].iter().zip(values)) {
        sums = subtract(add(sums, enters), leaves);
        visit(x, sums, divisor);
    }
    for (x, leaves) in (len - right..len).zip(&values[len - full..]) {
        sums = subtract(sums, leaves);
        visit(x, sums, window.step(x).divisor());
    }
}

multiversion! {
    /// Adds a row to sums of columns.
    pub(crate) fn enter(sums: &mut [f32], row: &[f32]) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}

multiversion! {
    /// Subtracts a row from sums of columns.
    pub(crate) fn leave(sums: &mut [f32], row: &[f32]) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum -= value);
    }
}

multiversion! {
    /// Divides sums of columns.
    pub(crate) fn divide(sums: &[f32], divisor: f32, means: &mut [f32]) {
        means.iter_mut().zip(sums).for_each(|(mean, sum)| *mean = sum / divisor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn every_level_equals_one_sum_after_the_other() {
        for (len, full) in [5, 7, 8, 9, 127, 128, 129, 255, 300, 1500].into_iter().zip([1, 2, 3, 5, 4, 1, 2, 9, 17, 12])
        {
            let full = full.min(len);
            let window = Window { len, full, right: full.midpoint(2) - 1 };
            let rows: Vec<f32> = (0..LANES * len).map(|i| (i * i % 25_501 * 37 % 25_501) as f32 / 100.0).collect();
            let mut expected = Vec::new();
            for row in rows.chunks_exact(len) {
                let mut sum: f32 = row[..window.right].iter().sum();
                expected.extend((0..len).map(|x| {
                    let step = window.step(x);
                    sum += step.enters.map_or(0.0, |x| row[x]);
                    sum -= step.leaves.map_or(0.0, |x| row[x]);
                    sum / step.divisor()
                }));
            }
            let positions: [usize; 64] = core::array::from_fn(|i| (2 * i + 1) * len / 128);
            for level in Level::available() {
                let (mut eights, mut means) = (vec![[0.0; LANES]; len], vec![[0.0; LANES]; len]);
                let (mut found, mut samples) = (vec![0.0; LANES * len], [[0.0; LANES]; 64]);
                interleave(level, &rows, len, &mut eights);
                blur(level, &eights, window, &mut means);
                deinterleave(level, &means, len, &mut found);
                assert_eq!(found, expected, "{level:?}, {len} values, window {full}");
                sample(level, &eights, window, &positions, &mut samples);
                assert_eq!(samples, positions.map(|x| means[x]), "{level:?}, {len} values, window {full}");
            }
        }
    }

    #[test]
    fn every_level_advances_columns_alike() {
        for len in [0, 1, 7, 8, 9, 31, 64, 100] {
            let row: Vec<f32> = (0..len).map(|i| (i * 71 % 255) as f32 + 0.3).collect();
            for level in Level::available() {
                let (mut sums, mut means) = (vec![0.1; len], vec![0.0; len]);
                enter(level, &mut sums, &row);
                enter(level, &mut sums, &row);
                leave(level, &mut sums, &row);
                divide(level, &sums, 3.0, &mut means);
                let expected: Vec<f32> = row.iter().map(|value| (0.1 + value + value - value) / 3.0).collect();
                assert_eq!(means, expected, "{level:?}");
            }
        }
    }
}
