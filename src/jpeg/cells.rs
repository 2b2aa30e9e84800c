//! The cells of a grid of views, added up from coefficients as the samples of PDQ are: see `grid.rs`.
//!
//! Cells are coarser than blocks or little finer, so the lowest coefficients of each axis are enough: as many as the hash reads,
//! but four at most.

#![expect(clippy::indexing_slicing, reason = "rows are those of a unit, and places those of the grid")]

use super::axis::{Line, Plan};
use super::grid::MOST_ROWS;
use crate::hash::views::Grid;
use crate::resample::area::SIDE;

/// The most coefficients of each axis that are looked at.
pub(super) const MOST_PER_AXIS: usize = 4;

/// What a DC of zero means: the middle of 0 to 255.
const MIDDLE: f32 = 128.0;

/// Memory in which the cells of a grid are summed: 160 KB, reusable.
#[derive(Clone)]
pub struct CellMemory {
    /// Of the rows of blocks under way: for each cell along the row the sums by vertical frequency.
    sums: [[f32; SIDE * MOST_PER_AXIS]; MOST_ROWS],
    cells: [[f32; SIDE]; SIDE],
}

impl CellMemory {
    /// Makes empty memory.
    #[must_use]
    pub const fn new() -> Self {
        Self { sums: [[0.0; SIDE * MOST_PER_AXIS]; MOST_ROWS], cells: [[MIDDLE; SIDE]; SIDE] }
    }
}

impl Default for CellMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for CellMemory {
    /// Prints no data of the picture.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CellMemory").finish_non_exhaustive()
    }
}

/// Receives the coefficients, in addition to the samples of the hash.
pub(super) trait Cells {
    /// Adds a block of one of the rows under way; `coefficients` are `stride` to a horizontal frequency.
    fn add(&mut self, row: usize, block: usize, coefficients: &[f32], stride: usize);

    /// Ends one of the rows under way, which is the given row of blocks of the picture.
    fn end_row(&mut self, row: usize, block: usize);
}

/// Ignores them, so that no code is linked if no grid is needed.
impl Cells for () {
    #[inline(always)]
    fn add(&mut self, _: usize, _: usize, _: &[f32], _: usize) {}

    #[inline(always)]
    fn end_row(&mut self, _: usize, _: usize) {}
}

/// The cells under way, of the `PER_AXIS` lowest coefficients of each axis.
#[derive(Debug)]
pub(super) struct CellSums<'p, const PER_AXIS: usize> {
    across: Plan<'p>,
    down: Line,
    memory: &'p mut CellMemory,
}

impl<'p, const PER_AXIS: usize> CellSums<'p, PER_AXIS> {
    pub(super) fn new(across: Plan<'p>, down: Line, memory: &'p mut CellMemory) -> Self {
        memory.sums.as_flattened_mut().fill(0.0);
        memory.cells.as_flattened_mut().fill(MIDDLE);
        Self { across, down, memory }
    }

    /// Writes the finished cells of a picture of the given size.
    pub(super) fn finish(&self, width: u32, height: u32, grid: &mut Grid) {
        let cells = &self.memory.cells;
        grid.fill_with(width, height, |y, x| cells[y][x]);
    }
}

impl<const PER_AXIS: usize> Cells for CellSums<'_, PER_AXIS> {
    #[inline]
    fn add(&mut self, row: usize, block: usize, coefficients: &[f32], stride: usize) {
        let Some((first, weights)) = self.across.of_block(block) else { return };
        let sums = self.memory.sums[row][first * PER_AXIS..].as_chunks_mut::<PER_AXIS>().0;
        for (sums, weights) in sums.iter_mut().zip(weights.as_chunks::<PER_AXIS>().0) {
            for (coefficients, weight) in coefficients.chunks(stride).zip(weights) {
                for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                    *sum += weight * coefficient;
                }
            }
        }
    }

    fn end_row(&mut self, row: usize, block: usize) {
        let CellMemory { sums, cells } = &mut *self.memory;
        let sums = &mut sums[row][..SIDE * PER_AXIS];
        self.down.of_block(block, PER_AXIS, |place, weights| {
            for (cell, sums) in cells[place].iter_mut().zip(sums.as_chunks::<PER_AXIS>().0) {
                for (sum, weight) in sums.iter().zip(weights) {
                    *cell += weight * sum;
                }
            }
        });
        sums.fill(0.0);
    }
}
