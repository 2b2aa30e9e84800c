//! Counts of equal neighbours along the rows and columns of cells, and of edges between them.
//!
//! Counts are of the cells of a line, [`SIDE`] at most: adding without a check for overflow lets it be vectorised where those
//! are on, in tests and where inputs are tried by the million.

#![expect(clippy::indexing_slicing, reason = "a part lies within the grid, and every line and place within the part")]

use super::grid_mean::SIDE;
use super::multiversion::multiversion;

/// By row or column, over the part that is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    /// Neighbours along the line that are nearly equal.
    pub(crate) flat: [u16; SIDE],
    /// Places at which the line differs from the next or the one after it, and from the one before or that before it.
    pub(crate) onwards: [u16; SIDE],
    pub(crate) backwards: [u16; SIDE],
}

impl Counts {
    pub(crate) const NONE: Self = Self { flat: [0; SIDE], onwards: [0; SIDE], backwards: [0; SIDE] };
}

/// The first and one past the last row, and the same of columns.
pub(crate) type Part = [(usize, usize); 2];

/// What is nearly equal, and what differs: luma times 256.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub(crate) flat: u16,
    pub(crate) jump: u16,
}

multiversion! {
    /// Counts along rows.
    pub(crate) fn of_rows(cells: &[[u16; SIDE]; SIDE], part: Part, steps: Steps, counts: &mut Counts) {
        let [rows, columns] = part;
        let line = |y: usize| &cells[y][columns.0..columns.1];
        for y in rows.0..rows.1 {
            let row = line(y);
            counts.flat[y] = equal_neighbours(row, steps.flat);
            if y + 2 < rows.1 {
                counts.onwards[y] = differing(row, line(y + 1), line(y + 2), steps.jump);
            }
            if y >= rows.0 + 2 {
                counts.backwards[y] = differing(row, line(y - 1), line(y - 2), steps.jump);
            }
        }
    }
}

multiversion! {
    /// Counts along columns: all of them at once, row by row.
    pub(crate) fn of_columns(cells: &[[u16; SIDE]; SIDE], part: Part, steps: Steps, counts: &mut Counts) {
        let [rows, columns] = part;
        let Counts { flat, onwards, backwards } = counts;
        for y in rows.0..rows.1 {
            let row = &cells[y][columns.0..columns.1];
            if y + 1 < rows.1 {
                let below = &cells[y + 1][columns.0..columns.1];
                for ((count, cell), below) in flat[columns.0..].iter_mut().zip(row).zip(below) {
                    *count = count.wrapping_add(u16::from(cell.abs_diff(*below) <= steps.flat));
                }
            }
            // a part of fewer than three columns has no pair of neighbours on one side
            if row.len() < 3 {
                continue;
            }
            let (next, after) = (&row[1..], &row[2..]);
            for (((count, cell), next), after) in onwards[columns.0..].iter_mut().zip(row).zip(next).zip(after) {
                let differs = (cell.abs_diff(*next) > steps.jump) | (cell.abs_diff(*after) > steps.jump);
                *count = count.wrapping_add(u16::from(differs));
            }
            let backwards = &mut backwards[columns.0 + 2..];
            for (((count, cell), before), earlier) in backwards.iter_mut().zip(after).zip(next).zip(row) {
                let differs = (cell.abs_diff(*before) > steps.jump) | (cell.abs_diff(*earlier) > steps.jump);
                *count = count.wrapping_add(u16::from(differs));
            }
        }
    }
}

#[inline(always)]
fn equal_neighbours(row: &[u16], flat: u16) -> u16 {
    let pairs = row.iter().zip(row.iter().skip(1));
    pairs.fold(0, |count, (one, next)| count.wrapping_add(u16::from(one.abs_diff(*next) <= flat)))
}

#[inline(always)]
fn differing(row: &[u16], next: &[u16], after: &[u16], jump: u16) -> u16 {
    let all = row.iter().zip(next).zip(after);
    all.fold(0, |count, ((cell, next), after)| {
        count.wrapping_add(u16::from((cell.abs_diff(*next) > jump) | (cell.abs_diff(*after) > jump)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn columns_are_the_rows_of_the_turned_grid_at_every_level() {
        let cells: [[u16; SIDE]; SIDE] =
            core::array::from_fn(|y| core::array::from_fn(|x| ((x * x * 7 + y * 311 + x * y) % 3000) as u16));
        let turned: [[u16; SIDE]; SIDE] = core::array::from_fn(|y| core::array::from_fn(|x| cells[x][y]));
        let steps = Steps { flat: 400, jump: 900 };
        for part in [[(0, SIDE), (0, SIDE)], [(3, 100), (20, 191)], [(5, 6), (7, 9)], [(8, 8), (9, 9)]] {
            let mut expected = Counts::NONE;
            of_rows(Level::SCALAR, &turned, [part[1], part[0]], steps, &mut expected);
            for level in Level::available() {
                let (mut rows, mut columns) = (Counts::NONE, Counts::NONE);
                of_rows(level, &turned, [part[1], part[0]], steps, &mut rows);
                of_columns(level, &cells, part, steps, &mut columns);
                for found in [rows, columns] {
                    assert_eq!(found.flat, expected.flat, "{level:?} {part:?}");
                    assert_eq!(found.onwards, expected.onwards, "{level:?} {part:?}");
                    assert_eq!(found.backwards, expected.backwards, "{level:?} {part:?}");
                }
            }
            // by definition, of one line
            let y = part[1].0 + 2;
            if y + 2 < part[1].1 {
                let line = |y: usize| &turned[y][part[0].0..part[0].1];
                let count = line(y).iter().zip(line(y + 1)).zip(line(y + 2));
                let count = count.filter(|((a, b), c)| a.abs_diff(**b) > 900 || a.abs_diff(**c) > 900).count();
                assert_eq!(usize::from(expected.onwards[y]), count);
            }
        }
    }
}
