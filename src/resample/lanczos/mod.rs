//! Lanczos reduction to a small grid of bytes, row by row, equal to Pillow's `Image.resize(.., LANCZOS)` on 8-bit grey.
//!
//! For the classic hashes, whose reference is Python ImageHash. Every output is a window of the source, up to three
//! outputs wide to either side, weighted by a truncated sinc. Pillow computes the weights in `f64`, normalises each
//! window to 1 and rounds to 22 fractional bits; everything after is integer arithmetic, first along rows, then along
//! columns (tall pictures the other way round), rounded to a byte after each. So a row can be reduced as soon as it is
//! there, and added, times one weight, to each of the few outputs whose window reaches it: seven rows of `i32` at most
//! where the picture shrinks.
//!
//! Nothing here is approximate. Along rows long windows are first multiplied by the high half of their weights, and by the
//! low half only where that could change the rounded byte, which is known beforehand for each window: see [`rows`].
//!
//! Source: Pillow 13, `src/libImaging/Resample.c`. The sine is `libm`'s on every platform; an error in its last place
//! is 2^-30 of the last fixed-point bit.

mod columns;
mod line;
mod rows;
mod weights;

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use self::columns::Columns;
use self::rows::Rows;
use self::weights::{Axis, filled};
use crate::kernel::Level;

pub(crate) use self::line::Line;

/// A picture on its way to a small grid: lines of luma go in, finished rows of the grid come out.
///
/// Memory, in bytes: about 24 for each pixel of the source's width and of its height, and 4 for each unfinished output of
/// a column: 7 of them where the picture shrinks. There are as many columns as the grid is wide; where it shrinks in
/// height first, as many as the picture is.
#[derive(Clone, Debug)]
pub(crate) struct Reduction {
    level: Level,
    rows: Rows,
    columns: Columns,
    /// Where columns are reduced first: a finished row of them.
    finished: Option<Line>,
    /// A row reduced.
    reduced: Vec<i16>,
}

impl Reduction {
    /// Prepares to reduce `source` pixels, (width, height), to `grid` outputs. Neither may have a side of zero.
    ///
    /// Fails where the memory is not there.
    pub(crate) fn new(level: Level, source: (u32, u32), grid: (u32, u32)) -> Result<Self, TryReserveError> {
        let [across, down] = [Axis::new(level, source.0, grid.0)?, Axis::new(level, source.1, grid.1)?];
        let rows = Rows::new(level, &across)?;
        let outputs = across.windows.len();
        let (finished, width) = if columns_first(source, grid) {
            (Some(Line::new(across.source, rows.reads_bytes())?), across.source)
        } else {
            (None, outputs)
        };
        let columns = Columns::new(level, down, width)?;
        Ok(Self { level, finished, rows, columns, reduced: filled(0, outputs)? })
    }

    /// Whether the lines that are pushed must have their pixels in bytes, too.
    pub(crate) fn reads_bytes(&self) -> bool {
        self.finished.is_none() && self.rows.reads_bytes()
    }

    /// Takes the next line and hands out the rows of the grid that it finishes, in order.
    pub(crate) fn push_row(&mut self, line: &Line, mut finished: impl FnMut(&[i16])) {
        let Self { rows, columns, reduced, .. } = self;
        let level = self.level;
        if let Some(column_line) = &mut self.finished {
            columns.push_row(line.pixels(), |row| {
                column_line.fill(level, |pixels| pixels.iter_mut().zip(row).for_each(|(pixel, row)| *pixel = *row));
                rows.reduce(level, column_line, reduced);
                finished(reduced);
            });
        } else {
            rows.reduce(level, line, reduced);
            columns.push_row(reduced, finished);
        }
    }
}

/// Whether the reference reduces columns before rows, which decides what is rounded first: since Pillow 13 it does where
/// the height shrinks, and by more than twice what the width shrinks by.
fn columns_first(source: (u32, u32), grid: (u32, u32)) -> bool {
    let [across, down] = [(source.0, grid.0), (source.1, grid.1)].map(|(from, to)| i64::from(from) - i64::from(to));
    down > 0 && down > 2 * across
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::weights::Geometry;
    use super::*;
    use crate::kernel::lanczos::{FRACTION_BITS, HALF};

    /// Pixels without order, the same for the same seed.
    fn noise(count: usize, seed: u32) -> Vec<i16> {
        let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            // Half of the pixels black or white, for sums that overshoot.
            if state & 0x100 == 0 { i16::from(state as u8) } else { i16::from(state & 0x200 == 0) * 255 }
        };
        (0..count).map(|_| next()).collect()
    }

    /// The definition: every output of an axis, from whole lines of pixels, with the unsplit weights.
    fn slow_lines(lines: &[Vec<i16>], outputs: u32) -> Vec<Vec<i16>> {
        let geometry = Geometry::new(lines[0].len() as u32, outputs);
        let reduce = |line: &Vec<i16>, window: weights::Window| {
            let mut weights = std::vec![0; window.taps];
            geometry.weigh(window, &mut Vec::new(), &mut weights);
            let sum: i64 = weights.iter().zip(&line[window.first..]).map(|(&w, &p)| i64::from(w) * i64::from(p)).sum();
            ((sum + i64::from(HALF)) >> FRACTION_BITS).clamp(0, 255) as i16
        };
        lines.iter().map(|line| geometry.windows().map(|window| reduce(line, window)).collect()).collect()
    }

    fn transpose(lines: &[Vec<i16>]) -> Vec<Vec<i16>> {
        (0..lines[0].len()).map(|x| lines.iter().map(|line| line[x]).collect()).collect()
    }

    fn slow(pixels: &[i16], source: (u32, u32), grid: (u32, u32)) -> Vec<i16> {
        let lines: Vec<Vec<i16>> = pixels.chunks(source.0 as usize).map(<[i16]>::to_vec).collect();
        let down = |lines: &[Vec<i16>]| transpose(&slow_lines(&transpose(lines), grid.1));
        let small = if columns_first(source, grid) {
            slow_lines(&down(&lines), grid.0)
        } else {
            down(&slow_lines(&lines, grid.0))
        };
        small.concat()
    }

    fn fast(level: Level, pixels: &[i16], source: (u32, u32), grid: (u32, u32)) -> Vec<i16> {
        let mut reduction = Reduction::new(level, source, grid).unwrap();
        let mut line = Line::new(source.0 as usize, reduction.reads_bytes()).unwrap();
        let mut found = Vec::new();
        for row in pixels.chunks(source.0 as usize) {
            line.fill(level, |pixels| pixels.copy_from_slice(row));
            reduction.push_row(&line, |row| found.extend_from_slice(row));
        }
        found
    }

    fn check(source: (u32, u32), grid: (u32, u32)) {
        let pixels = noise((source.0 * source.1) as usize, source.0 * 1000 + source.1);
        let expected = slow(&pixels, source, grid);
        for level in Level::available() {
            assert_eq!(fast(level, &pixels, source, grid), expected, "{source:?} to {grid:?}, {level:?}");
        }
    }

    #[test]
    fn streamed_rows_make_the_grid_of_the_definition() {
        let sides = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 127, 129];
        for width in sides {
            for height in sides {
                for grid in [(8, 8), (9, 8), (17, 16), (32, 32)] {
                    check((width, height), grid);
                }
            }
        }
    }

    #[test]
    fn long_windows_make_the_grid_of_the_definition() {
        // From 128 pixels an output on the weights have no low part; the others are around whole lanes and chunks.
        for width in [1023, 1024, 1025, 1040, 1100, 2000, 3001] {
            check((width, 9), (8, 8));
            check((width, 40), (17, 16));
        }
        check((20, 3001), (8, 8));
        check((300, 200), (128, 128));
        check((140, 300), (128, 128));
    }

    #[test]
    fn a_grid_of_the_same_size_is_the_picture() {
        let pixels = noise(64, 1);
        assert_eq!(fast(Level::best(), &pixels, (8, 8), (8, 8)), pixels);
    }

    #[test]
    fn columns_come_first_only_where_the_height_shrinks_more_than_twice_as_much() {
        assert!(!columns_first((4032, 3024), (8, 8)));
        assert!(!columns_first((108, 208), (8, 8)));
        assert!(columns_first((108, 209), (8, 8)));
        assert!(columns_first((5, 9), (8, 8)));
        assert!(!columns_first((5, 8), (8, 8)));
    }

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        assert!(Reduction::new(Level::SCALAR, (u32::MAX, 1), (1 << 31, 1 << 31)).is_err());
    }
}
