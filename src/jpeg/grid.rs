//! The 64x64 samples of a picture, added up from coefficients.
//!
//! Along rows first: a block adds its wanted coefficients, each times its weight, to the one or two outputs of its row of
//! blocks that it reaches; vertical frequencies stay apart. When a row of blocks is complete, its sums are weighted
//! along columns the same way. All of it is linear, so the scans of a progressive file add to the same grid one after the
//! other, and no coefficient is ever kept.

#![expect(clippy::indexing_slicing, reason = "outputs and sums have the sizes that `new` took them in")]

use super::axis::{Line, OUTPUTS, Plan};
use super::wanted::PerAxis;
use crate::resample::jarosz::SAMPLES;

/// Rows of blocks in a row of units: the largest sampling factor.
pub(super) const MOST_ROWS: usize = 4;

/// What a DC of zero means: the middle of 0 to 255.
const MIDDLE: f32 = 128.0;

/// How many numbers a grid takes: the outputs, and sums of so many rows of blocks under way.
pub(super) const fn sums_needed(rows: usize, per_axis: usize) -> usize {
    OUTPUTS * (OUTPUTS + rows * per_axis)
}

/// The outputs of a picture, and the rows of blocks under way.
#[derive(Debug)]
pub(super) struct Grid<'p, A> {
    per_axis: A,
    across: Plan<'p>,
    down: Line,
    outputs: &'p mut [[f32; OUTPUTS]],
    /// Of the rows of blocks under way: for each output along the row the sums by vertical frequency.
    sums: &'p mut [f32],
}

impl<'p, A: PerAxis> Grid<'p, A> {
    /// A grid in memory for [`sums_needed`] of the rows of blocks under way; none if it is less.
    pub(super) fn new(per_axis: A, across: Plan<'p>, down: Line, memory: &'p mut [f32]) -> Option<Self> {
        let (outputs, sums) = memory.split_at_mut_checked(OUTPUTS * OUTPUTS)?;
        outputs.fill(MIDDLE);
        sums.fill(0.0);
        Some(Self { per_axis, across, down, outputs: outputs.as_chunks_mut().0, sums })
    }

    /// Adds a block of one of the rows under way.
    #[inline]
    pub(super) fn add(&mut self, row: usize, block: usize, coefficients: &A::Values) {
        let Some((first, weights)) = self.across.of_block(block) else { return };
        let sums = &mut self.sums[(row * OUTPUTS + first) * self.per_axis.get()..];
        self.per_axis.add_block(sums, weights, coefficients);
    }

    /// Ends one of the rows under way, which is the given row of blocks of the picture.
    pub(super) fn end_row(&mut self, row: usize, block: usize) {
        let Self { per_axis, down, outputs, sums, .. } = self;
        let len = OUTPUTS * per_axis.get();
        let sums = &mut sums[row * len..(row + 1) * len];
        down.of_block(block, per_axis.get(), |place, weights| per_axis.add_row(&mut outputs[place], sums, weights));
        sums.fill(0.0);
    }

    /// A row of the samples, 0 to 255; of a column of them if the axes are swapped.
    pub(super) fn samples(&self, row: usize, swap: bool) -> [f32; SAMPLES] {
        let at = |y: usize, x: usize| self.outputs[self.down.place(y)][self.across.place(x)].clamp(0.0, 255.0);
        core::array::from_fn(|other| if swap { at(other, row) } else { at(row, other) })
    }

    /// The most that luma varies along the outermost pixels of the side where it varies the least.
    pub(super) fn least_edge_contrast(&self) -> f32 {
        let [first, last] = [0, OUTPUTS - 1];
        let row = |y: usize| contrast(&self.outputs[y][1..=SAMPLES]);
        let column = |x: usize| contrast(&core::array::from_fn::<_, SAMPLES, _>(|y| self.outputs[y + 1][x]));
        [row(first), row(last), column(first), column(last)].into_iter().fold(f32::INFINITY, f32::min)
    }
}

fn contrast(samples: &[f32]) -> f32 {
    let least = samples.iter().copied().fold(f32::INFINITY, f32::min);
    samples.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least
}
