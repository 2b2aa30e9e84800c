//! Sums along columns: rows go in, rows of the grid come out.

#![expect(
    clippy::indexing_slicing,
    reason = "windows that are not finished reach the row, and each has a slot of sums"
)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use super::weights::{Axis, filled};
use crate::kernel::Level;
use crate::kernel::lanczos::{HALF, accumulate, finish};

/// The reduction of columns.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    level: Level,
    axis: Axis,
    /// Weights of the axis that belong to finished outputs.
    weights_done: usize,
    rows_in: usize,
    rows_out: usize,
    width: usize,
    /// Unfinished outputs: output `n` in slot `n % overlap`.
    sums: Vec<i32>,
    /// The output just finished.
    finished: Vec<i16>,
}

impl Columns {
    pub(super) fn new(level: Level, axis: Axis, width: usize) -> Result<Self, TryReserveError> {
        Ok(Self {
            level,
            weights_done: 0,
            rows_in: 0,
            rows_out: 0,
            width,
            sums: filled(HALF, width.saturating_mul(axis.overlap))?,
            finished: filled(0, width)?,
            axis,
        })
    }

    pub(super) fn push_row(&mut self, row: &[i16], mut finished: impl FnMut(&[i16])) {
        let Self { axis, width, .. } = self;
        let slot = |output| {
            let start = output % axis.overlap * *width;
            start..start + *width
        };
        let mut weights_start = self.weights_done;
        let unfinished = axis.windows.iter().enumerate().skip(self.rows_out);
        for (output, window) in unfinished.take_while(|(_, window)| window.first <= self.rows_in) {
            let weight = axis.weights[weights_start + self.rows_in - window.first];
            weights_start += window.taps;
            accumulate(self.level, weight, row, &mut self.sums[slot(output)]);
        }
        self.rows_in += 1;
        while let Some(window) = axis.windows.get(self.rows_out).filter(|window| window.end() == self.rows_in) {
            let sums = &mut self.sums[slot(self.rows_out)];
            finish(self.level, sums, &mut self.finished);
            finished(&self.finished);
            self.weights_done += window.taps;
            self.rows_out += 1;
        }
    }
}
