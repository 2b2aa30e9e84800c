//! The 64x64 samples of a picture, added up from coefficients.
//!
//! Along rows first: a block adds its wanted coefficients, each times its weight, to the one or two outputs of its row of
//! blocks that it reaches; vertical frequencies stay apart. When a row of blocks is complete, its sums are weighted
//! along columns the same way. All of it is linear, so the scans of a progressive file add to the same grid one after the
//! other, and no coefficient is ever kept.

use super::axis::{OUTPUTS, Plan};
use crate::resample::jarosz::SAMPLES;

/// Rows of blocks in a row of units: the largest sampling factor.
pub(super) const MOST_ROWS: usize = 4;

/// What a DC of zero means: the middle of 0 to 255.
const MIDDLE: f32 = 128.0;

/// Wanted coefficients of a block, `PER_AXIS * PER_AXIS == ALL`: by vertical frequency, then by horizontal.
#[derive(Debug)]
pub(super) struct Grid<'p, const PER_AXIS: usize, const ALL: usize> {
    across: &'p Plan<'p>,
    down: &'p Plan<'p>,
    /// Of the rows of blocks under way: for each output along the row the sums by frequencies.
    sums: [[[f32; ALL]; OUTPUTS]; MOST_ROWS],
    outputs: [[f32; OUTPUTS]; OUTPUTS],
}

impl<'p, const PER_AXIS: usize, const ALL: usize> Grid<'p, PER_AXIS, ALL> {
    pub(super) const fn new(across: &'p Plan<'p>, down: &'p Plan<'p>) -> Self {
        Self { across, down, sums: [[[0.0; ALL]; OUTPUTS]; MOST_ROWS], outputs: [[MIDDLE; OUTPUTS]; OUTPUTS] }
    }

    /// Adds a block of one of the rows under way.
    #[inline]
    pub(super) fn add(&mut self, row: usize, block: usize, coefficients: &[f32; ALL]) {
        let Some((first, weights)) = self.across.of_block(block) else { return };
        let Some(sums) = self.sums.get_mut(row).and_then(|row| row.get_mut(first..)) else { return };
        for (sums, weights) in sums.iter_mut().zip(weights.as_chunks::<PER_AXIS>().0) {
            for ((sums, coefficients), _) in
                sums.chunks_exact_mut(PER_AXIS).zip(coefficients.chunks_exact(PER_AXIS)).zip(0..PER_AXIS)
            {
                for ((sum, coefficient), weight) in sums.iter_mut().zip(coefficients).zip(weights) {
                    *sum += weight * coefficient;
                }
            }
        }
    }

    /// Ends one of the rows under way, which is the given row of blocks of the picture.
    pub(super) fn end_row(&mut self, row: usize, block: usize) {
        let Some(sums) = self.sums.get_mut(row) else { return };
        if let Some((first, weights)) = self.down.of_block(block) {
            // by vertical frequency: sums over the horizontal ones
            let mut folded = [[0.0; OUTPUTS]; PER_AXIS];
            for (at, sums) in sums.iter().enumerate() {
                for (folded, sums) in folded.iter_mut().zip(sums.chunks_exact(PER_AXIS)) {
                    if let Some(folded) = folded.get_mut(at) {
                        *folded = sums.iter().sum();
                    }
                }
            }
            let outputs = self.outputs.get_mut(first..).unwrap_or_default();
            for (outputs, weights) in outputs.iter_mut().zip(weights.as_chunks::<PER_AXIS>().0) {
                for (folded, weight) in folded.iter().zip(weights) {
                    outputs.iter_mut().zip(folded).for_each(|(output, folded)| *output += weight * folded);
                }
            }
        }
        *sums = [[0.0; ALL]; OUTPUTS];
    }

    /// The samples, 0 to 255.
    pub(super) fn samples(&self) -> [[f32; SAMPLES]; SAMPLES] {
        let at = |y: usize, x: usize| self.outputs.get(y).and_then(|row| row.get(x)).copied().unwrap_or(MIDDLE);
        core::array::from_fn(|y| {
            core::array::from_fn(|x| at(self.down.place(y), self.across.place(x)).clamp(0.0, 255.0))
        })
    }

    /// The most that luma varies along the outermost pixels of the side where it varies the least.
    pub(super) fn least_edge_contrast(&self) -> f32 {
        let inner = 1..=SAMPLES;
        let [first, last] = [0, OUTPUTS - 1];
        let row = |y: usize| self.outputs.get(y).and_then(|row| row.get(inner.clone())).map(contrast);
        let column = |x: usize| {
            let column: [f32; SAMPLES] =
                core::array::from_fn(|y| self.outputs.get(y + 1).and_then(|row| row.get(x)).copied().unwrap_or(MIDDLE));
            Some(contrast(&column))
        };
        [row(first), row(last), column(first), column(last)].into_iter().flatten().fold(f32::INFINITY, f32::min)
    }
}

fn contrast(samples: &[f32]) -> f32 {
    let least = samples.iter().copied().fold(f32::INFINITY, f32::min);
    samples.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least
}
