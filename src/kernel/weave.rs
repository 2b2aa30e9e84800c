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

/// The taps that are used, four at a time.
#[inline(always)]
fn fours(taps: &Taps, used: usize) -> impl Iterator<Item = ([u8; 4], [f32; 4])> + '_ {
    let (cells, weights) = (taps.cells.as_chunks::<4>().0, taps.weights.as_chunks::<4>().0);
    cells.iter().copied().zip(weights.iter().copied()).take(used.div_ceil(4))
}

#[inline(always)]
fn weighted([p, q, r, s]: [f32; 4], [a, b, c, d]: [f32; 4]) -> f32 {
    (p * a + q * b) + (r * c + s * d)
}

/// Samples under way at a time, for all places of the other axis: as many as a vector has.
const BLOCK: usize = 8;

multiversion! {
    /// Columns of 64 samples, each a weighted sum of cells of its column; cells are luma times 256.
    pub(crate) fn down(cells: &[[u16; SIDE]; SIDE], axis: &Axis, columns: &mut [[f32; SAMPLES]; SIDE]) {
        for (taps, top) in axis.taps.as_chunks::<BLOCK>().0.iter().zip((0..).step_by(BLOCK)) {
            let mut rows = [[0.0; SIDE]; BLOCK];
            for (row, taps) in rows.iter_mut().zip(taps) {
                for (four, weights) in fours(taps, axis.used) {
                    let [Some(a), Some(b), Some(c), Some(d)] = four.map(|cell| cells.get(usize::from(cell))) else {
                        continue;
                    };
                    let weights = weights.map(|weight| weight * (1.0 / 256.0));
                    for ((((sample, a), b), c), d) in row.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                        *sample += weighted(weights, [a, b, c, d].map(|&cell| f32::from(cell)));
                    }
                }
            }
            turn(&rows, top, columns);
        }
    }
}

/// Writes rows as parts of columns, in squares that stay in the nearest memory.
#[inline(always)]
fn turn(rows: &[[f32; SIDE]; BLOCK], top: usize, columns: &mut [[f32; SAMPLES]; SIDE]) {
    for (columns, left) in columns.as_chunks_mut::<BLOCK>().0.iter_mut().zip((0..).step_by(BLOCK)) {
        for (column, x) in columns.iter_mut().zip(left..) {
            let Some(to) = column.get_mut(top..top + BLOCK) else { continue };
            for (to, row) in to.iter_mut().zip(rows) {
                *to = row.get::<usize>(x).copied().unwrap_or(0.0);
            }
        }
    }
}

multiversion! {
    /// For each of 64 places along the rows a column of samples: a weighted sum of columns.
    pub(crate) fn across(columns: &[[f32; SAMPLES]; SIDE], axis: &Axis, samples: &mut [[f32; SAMPLES]; SAMPLES]) {
        for (column, taps) in samples.iter_mut().zip(&axis.taps) {
            *column = [0.0; SAMPLES];
            for (four, weights) in fours(taps, axis.used) {
                let [Some(a), Some(b), Some(c), Some(d)] = four.map(|cell| columns.get(usize::from(cell))) else {
                    continue;
                };
                for ((((sample, a), b), c), d) in column.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *sample += weighted(weights, [a, b, c, d].map(|&cell| cell));
                }
            }
        }
    }
}
