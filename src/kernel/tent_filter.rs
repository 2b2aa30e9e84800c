//! Tent filter: 64 samples along an axis as weighted sums of cells, for all places of the other axis at once.

#![expect(clippy::indexing_slicing, reason = "taps are made of cells of the grid, and blocks divide its sides")]

use super::grid_mean::SIDE;
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
                    let [a, b, c, d] = four.map(|cell| &cells[usize::from(cell)]);
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

/// Writes rows as parts of columns, square by square.
#[inline(always)]
fn turn(rows: &[[f32; SIDE]; BLOCK], top: usize, columns: &mut [[f32; SAMPLES]; SIDE]) {
    for (columns, left) in columns.as_chunks_mut::<BLOCK>().0.iter_mut().zip((0..).step_by(BLOCK)) {
        let mut square = [[0.0; BLOCK]; BLOCK];
        for (line, row) in square.iter_mut().zip(rows) {
            line.copy_from_slice(&row[left..left + BLOCK]);
        }
        for (column, line) in columns.iter_mut().zip(turned(square)) {
            column[top..top + BLOCK].copy_from_slice(&line);
        }
    }
}

type Line = [f32; BLOCK];

/// A square whose rows have become columns, in the three steps of eight shuffles each that vectors of eight have.
#[inline(always)]
fn turned([a, b, c, d, e, f, g, h]: [Line; BLOCK]) -> [Line; BLOCK] {
    #[inline(always)]
    fn ones(p: Line, q: Line) -> [Line; 2] {
        let ([p0, p1, p2, p3, p4, p5, p6, p7], [q0, q1, q2, q3, q4, q5, q6, q7]) = (p, q);
        [[p0, q0, p1, q1, p4, q4, p5, q5], [p2, q2, p3, q3, p6, q6, p7, q7]]
    }
    #[inline(always)]
    fn pairs(p: Line, q: Line) -> [Line; 2] {
        let ([p0, p1, p2, p3, p4, p5, p6, p7], [q0, q1, q2, q3, q4, q5, q6, q7]) = (p, q);
        [[p0, p1, q0, q1, p4, p5, q4, q5], [p2, p3, q2, q3, p6, p7, q6, q7]]
    }
    #[inline(always)]
    fn halves(p: Line, q: Line) -> [Line; 2] {
        let ([p0, p1, p2, p3, p4, p5, p6, p7], [q0, q1, q2, q3, q4, q5, q6, q7]) = (p, q);
        [[p0, p1, p2, p3, q0, q1, q2, q3], [p4, p5, p6, p7, q4, q5, q6, q7]]
    }
    let ([ab, ba], [cd, dc], [ef, fe], [gh, hg]) = (ones(a, b), ones(c, d), ones(e, f), ones(g, h));
    let ([p, q], [r, s], [t, u], [v, w]) = (pairs(ab, cd), pairs(ba, dc), pairs(ef, gh), pairs(fe, hg));
    let ([c0, c4], [c1, c5], [c2, c6], [c3, c7]) = (halves(p, t), halves(q, u), halves(r, v), halves(s, w));
    [c0, c1, c2, c3, c4, c5, c6, c7]
}

multiversion! {
    /// For each of 64 places along the rows a column of samples: a weighted sum of columns.
    pub(crate) fn across(columns: &[[f32; SAMPLES]; SIDE], axis: &Axis, samples: &mut [[f32; SAMPLES]; SAMPLES]) {
        for (column, taps) in samples.iter_mut().zip(&axis.taps) {
            *column = [0.0; SAMPLES];
            for (four, weights) in fours(taps, axis.used) {
                let [a, b, c, d] = four.map(|cell| &columns[usize::from(cell)]);
                for ((((sample, a), b), c), d) in column.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *sample += weighted(weights, [*a, *b, *c, *d]);
                }
            }
        }
    }
}
