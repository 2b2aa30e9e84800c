//! The cells of a grid of views, added up from coefficients as the samples of PDQ are: see `grid.rs`.
//!
//! Cells are coarser than blocks or little finer, so the lowest coefficients of each axis are enough: as many as the hash reads,
//! but four at most.

use super::axis::Plan;
use super::grid::MOST_ROWS;
use crate::hash::views::Grid;
use crate::resample::area::SIDE;

/// The most coefficients of each axis that are looked at.
pub(super) const MOST_PER_AXIS: usize = 4;

/// What a DC of zero means: the middle of 0 to 255.
const MIDDLE: f32 = 128.0;

/// Memory in which the cells of a picture are added up: 196 KB, to be used over and over again.
#[derive(Clone)]
pub struct CellMemory {
    /// Of the rows of blocks under way: for each cell along the row the sums by frequencies.
    sums: [[f32; SIDE * MOST_PER_AXIS * MOST_PER_AXIS]; MOST_ROWS],
    cells: [[f32; SIDE]; SIDE],
}

impl CellMemory {
    /// Memory of no picture.
    #[must_use]
    pub const fn new() -> Self {
        Self { sums: [[0.0; SIDE * MOST_PER_AXIS * MOST_PER_AXIS]; MOST_ROWS], cells: [[MIDDLE; SIDE]; SIDE] }
    }
}

impl Default for CellMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for CellMemory {
    /// Never prints what was computed from a picture.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CellMemory").finish_non_exhaustive()
    }
}

/// The cells under way, of the `PER_AXIS` lowest coefficients of each axis.
#[derive(Debug)]
pub(super) struct CellSums<'p, const PER_AXIS: usize> {
    across: &'p Plan<'p>,
    down: &'p Plan<'p>,
    memory: &'p mut CellMemory,
}

impl<'p, const PER_AXIS: usize> CellSums<'p, PER_AXIS> {
    pub(super) fn new(across: &'p Plan<'p>, down: &'p Plan<'p>, memory: &'p mut CellMemory) -> Self {
        memory.sums.as_flattened_mut().fill(0.0);
        memory.cells.as_flattened_mut().fill(MIDDLE);
        Self { across, down, memory }
    }

    /// Adds a block of one of the rows under way; `coefficients` are `stride` to a vertical frequency.
    #[inline]
    pub(super) fn add(&mut self, row: usize, block: usize, coefficients: &[f32], stride: usize) {
        let Some((first, weights)) = self.across.of_block(block) else { return };
        let sums = self.memory.sums.get_mut(row).and_then(|row| row.get_mut(first * PER_AXIS * PER_AXIS..));
        let sums = sums.unwrap_or_default().chunks_exact_mut(PER_AXIS * PER_AXIS);
        for (sums, weights) in sums.zip(weights.as_chunks::<PER_AXIS>().0) {
            for (sums, coefficients) in sums.as_chunks_mut::<PER_AXIS>().0.iter_mut().zip(coefficients.chunks(stride)) {
                for ((sum, coefficient), weight) in sums.iter_mut().zip(coefficients).zip(weights) {
                    *sum += weight * coefficient;
                }
            }
        }
    }

    /// Ends one of the rows under way, which is the given row of blocks of the picture.
    pub(super) fn end_row(&mut self, row: usize, block: usize) {
        let CellMemory { sums, cells } = &mut *self.memory;
        let Some(sums) = sums.get_mut(row) else { return };
        let (sums, _) = sums.split_at_mut(SIDE * PER_AXIS * PER_AXIS);
        if let Some((first, weights)) = self.down.of_block(block) {
            // by vertical frequency: sums over the horizontal ones
            let mut folded = [[0.0; SIDE]; PER_AXIS];
            for (at, sums) in sums.chunks_exact(PER_AXIS * PER_AXIS).enumerate() {
                for (folded, sums) in folded.iter_mut().zip(sums.as_chunks::<PER_AXIS>().0) {
                    if let Some(folded) = folded.get_mut(at) {
                        *folded = sums.iter().sum();
                    }
                }
            }
            let cells = cells.get_mut(first..).unwrap_or_default();
            for (cells, weights) in cells.iter_mut().zip(weights.as_chunks::<PER_AXIS>().0) {
                for (folded, weight) in folded.iter().zip(weights) {
                    cells.iter_mut().zip(folded).for_each(|(cell, folded)| *cell += weight * folded);
                }
            }
        }
        sums.fill(0.0);
    }

    /// Writes the finished cells of a picture of the given size.
    pub(super) fn finish(&self, width: u32, height: u32, grid: &mut Grid) {
        let cells = &self.memory.cells;
        grid.fill_with(width, height, |y, x| cells.get(y).and_then(|row| row.get(x)).copied().unwrap_or(MIDDLE));
    }
}
