//! Weighted sums of whole rows: how 64 samples along an axis are made from cells, for all places of the other axis at once.

use super::cells::SIDE;
use super::multiversion::multiversion;

/// Samples along an axis.
pub(crate) const SAMPLES: usize = 64;

/// The most cells that a sample is made of.
pub(crate) const MOST_TAPS: usize = 8;

/// Which cells a sample is made of, and what they weigh; unused places weigh nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taps {
    pub(crate) cells: [u8; MOST_TAPS],
    pub(crate) weights: [f32; MOST_TAPS],
}

/// Those of an axis, and how many of each are used at most.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) taps: [Taps; SAMPLES],
    pub(crate) used: usize,
}

multiversion! {
    /// Rows of samples from rows of cells, which are luma times 256.
    pub(crate) fn down(cells: &[[u16; SIDE]; SIDE], axis: &Axis, rows: &mut [[f32; SIDE]; SAMPLES]) {
        for (row, taps) in rows.iter_mut().zip(&axis.taps) {
            *row = [0.0; SIDE];
            for (&cell, &weight) in taps.cells.iter().zip(&taps.weights).take(axis.used) {
                let weight = weight * (1.0 / 256.0);
                if let Some(cells) = cells.get(usize::from(cell)) {
                    for (sample, &cell) in row.iter_mut().zip(cells) {
                        *sample += weight * f32::from(cell);
                    }
                }
            }
        }
    }
}

multiversion! {
    /// Columns of samples from columns of cells.
    pub(crate) fn across(columns: &[[f32; SAMPLES]; SIDE], axis: &Axis, samples: &mut [[f32; SAMPLES]; SAMPLES]) {
        for (column, taps) in samples.iter_mut().zip(&axis.taps) {
            *column = [0.0; SAMPLES];
            for (&cell, &weight) in taps.cells.iter().zip(&taps.weights).take(axis.used) {
                if let Some(cells) = columns.get(usize::from(cell)) {
                    for (sample, &cell) in column.iter_mut().zip(cells) {
                        *sample += weight * cell;
                    }
                }
            }
        }
    }
}

multiversion! {
    /// Rows to columns.
    pub(crate) fn transpose(rows: &[[f32; SIDE]; SAMPLES], columns: &mut [[f32; SAMPLES]; SIDE]) {
        transpose_blocks(rows, columns);
    }
}

/// In blocks of eight by eight, so that what is read and written stays in the nearest memory.
#[inline(always)]
fn transpose_blocks<const WIDTH: usize, const HEIGHT: usize>(
    rows: &[[f32; WIDTH]; HEIGHT],
    columns: &mut [[f32; HEIGHT]; WIDTH],
) {
    for (columns, left) in columns.as_chunks_mut::<8>().0.iter_mut().zip(0..) {
        for (rows, top) in rows.as_chunks::<8>().0.iter().zip(0..) {
            for (column, x) in columns.iter_mut().zip(0..) {
                let Some(to) = column.get_mut(8 * top..8 * top + 8) else { continue };
                for (to, row) in to.iter_mut().zip(rows) {
                    *to = row.get(8 * left + x).copied().unwrap_or(0.0);
                }
            }
        }
    }
}
