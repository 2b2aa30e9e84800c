//! A picture's luma reduced to a square of cells, each the mean of the area that it covers, row by row.
//!
//! Both axes are divided evenly, whatever their lengths, so a cell of a wide picture is wide. A pixel that a border between
//! cells divides counts for each by its share. Shares are integers: along an axis of `n` pixels, in units of which a
//! pixel has [`SIDE`], a cell is exactly `n` units long. So are the sums, and the same mean comes out on every machine.
//!
//! Of tall pictures not every row is looked at: [`ROWS_PER_CELL`] or more, evenly spread, are enough for a mean that is
//! to be looked at more coarsely still.

#![expect(
    clippy::indexing_slicing,
    reason = "a chunk of a row fits the luma, and a row the columns, by the choice of how many pixels are binned"
)]

use crate::kernel::{Level, grid_mean};
use crate::luma::luma_row;
use crate::pixels::PixelFormat;

/// Cells per axis.
pub(crate) const SIDE: usize = grid_mean::SIDE;

/// The means of a row of cells: luma times 256.
pub(crate) type Cells = [u16; SIDE];

/// The least number of rows that are looked at for each row of cells, where there are as many.
const ROWS_PER_CELL: u32 = 4;

/// Pixels whose luma is computed at a time.
const CHUNK: usize = 512;

/// The most columns that are added up apart; of wider pictures some neighbours are added up together.
const COLUMNS: usize = 4096;

/// Reduces a picture whose rows arrive from top to bottom. It takes 16 KB.
#[derive(Clone, Debug)]
pub(crate) struct Area {
    level: Level,
    format: PixelFormat,
    width: u32,
    /// So many neighbouring pixels make a column.
    binned: usize,
    /// One of so many rows is looked at.
    step: u32,
    /// Rows that are looked at in all.
    looked_at: u32,
    /// Rows that have arrived, and those of them that were looked at.
    rows: u32,
    seen: u32,
    /// The row of cells under way, and its columns: luma times length, a row having the length [`SIDE`].
    next: usize,
    columns: [u32; COLUMNS],
}

impl Area {
    /// Begins a picture of the given size: 1 to 524,288 pixels a side.
    pub(crate) fn new(width: u32, height: u32, format: PixelFormat) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
        let step = (height / (SIDE as u32 * ROWS_PER_CELL)).max(1);
        Self {
            level: Level::best(),
            format,
            width,
            binned: (width as usize).div_ceil(COLUMNS).max(1),
            step,
            looked_at: height.saturating_sub(step / 2).div_ceil(step),
            rows: 0,
            seen: 0,
            next: 0,
            columns: [0; COLUMNS],
        }
    }

    /// Computes with the given CPU level; the result is the same.
    pub(crate) fn with_level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Takes the next row, of `width * bytes_per_pixel` bytes, and hands out the rows of cells that it completes, by number.
    pub(crate) fn push_row(&mut self, row: &[u8], mut complete: impl FnMut(usize, &Cells)) {
        let is_looked_at = self.rows % self.step == self.step / 2;
        self.rows += 1;
        if !is_looked_at || self.seen == self.looked_at {
            return;
        }
        let (side, length) = (SIDE as u64, u64::from(self.looked_at));
        let mut start = u64::from(self.seen) * side;
        let end = start + side;
        self.seen += 1;
        while self.next < SIDE && start < end {
            let cell_end = (self.next as u64 + 1) * length;
            let share = end.min(cell_end) - start;
            #[expect(clippy::cast_possible_truncation, reason = "at most the cells of an axis")]
            self.add(row, share as u16);
            start += share;
            if start == cell_end {
                self.complete(&mut complete);
            }
        }
    }

    /// Adds a share of a row to the columns.
    fn add(&mut self, row: &[u8], share: u16) {
        let bytes_per_pixel = self.format.bytes_per_pixel();
        let mut luma = [0; CHUNK];
        let columns_at_once = CHUNK / self.binned;
        let chunks = row.chunks(columns_at_once * self.binned * bytes_per_pixel);
        for (bytes, columns) in chunks.zip(self.columns.chunks_mut(columns_at_once)) {
            let luma = &mut luma[..bytes.len() / bytes_per_pixel];
            luma_row(self.level, self.format, bytes, luma);
            if self.binned == 1 {
                grid_mean::add(self.level, columns, luma, share);
            } else {
                grid_mean::add_binned(self.level, columns, luma, self.binned, share);
            }
        }
    }

    /// Ends the row of cells under way.
    fn complete(&mut self, complete: &mut impl FnMut(usize, &Cells)) {
        let used = (self.width as usize).div_ceil(self.binned);
        let columns = &mut self.columns[..used];
        let mut sums = [0; SIDE];
        grid_mean::cut(self.level, columns, self.binned as u64, u64::from(self.width), &mut sums);
        columns.fill(0);
        let mut means = [0; SIDE];
        grid_mean::means(self.level, &sums, u64::from(self.width) * u64::from(self.looked_at), &mut means);
        complete(self.next, &means);
        self.next += 1;
    }

    /// Rows that have arrived.
    pub(crate) const fn rows(&self) -> u32 {
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// By definition, in f64: every pixel of the rows looked at, weighted by the share of it that lies in the cell.
    fn by_definition(luma: &[Vec<u8>], cell: (usize, usize)) -> f64 {
        let share = |at: usize, len: usize, cell: usize| {
            let (from, to) = (cell as f64 * len as f64 / SIDE as f64, (cell + 1) as f64 * len as f64 / SIDE as f64);
            (to.min(at as f64 + 1.0) - from.max(at as f64)).max(0.0)
        };
        let (height, width) = (luma.len(), luma[0].len());
        let mut sum = 0.0;
        for (y, row) in luma.iter().enumerate() {
            for (x, &pixel) in row.iter().enumerate() {
                sum += share(y, height, cell.0) * share(x, width, cell.1) * f64::from(pixel);
            }
        }
        sum * (SIDE * SIDE) as f64 / (height * width) as f64
    }

    fn reduced(level: Level, width: u32, rows: &[Vec<u8>], format: PixelFormat) -> Vec<Cells> {
        let mut area = Area::new(width, rows.len() as u32, format).with_level(level);
        let mut cells = Vec::new();
        for row in rows {
            area.push_row(row, |number, row| {
                assert_eq!(number, cells.len());
                cells.push(*row);
            });
        }
        cells
    }

    #[test]
    fn every_cell_is_the_mean_of_its_area_at_every_level() {
        for (width, height) in [(1, 1), (5, 7), (64, 127), (128, 128), (129, 300), (1000, 131), (513, 1023), (1030, 77)]
        {
            let rows: Vec<Vec<u8>> =
                (0..height).map(|y| (0..width).map(|x| ((x * x * 7 + y * 31 + x * y) % 256) as u8).collect()).collect();
            for level in Level::available() {
                let cells = reduced(level, width, &rows, PixelFormat::Gray8);
                assert_eq!(cells.len(), SIDE, "{width}x{height}");
                for (y, x) in [(0, 0), (1, 3), (SIDE / 2, SIDE / 3), (SIDE - 1, SIDE - 1), (SIDE - 2, 0)] {
                    let (found, expected) = (f64::from(cells[y][x]) / 256.0, by_definition(&rows, (y, x)));
                    assert!((found - expected).abs() < 0.003, "{width}x{height} {y} {x}: {found} {expected} {level:?}");
                }
            }
        }
    }

    #[test]
    fn rows_passed_over_change_smooth_pictures_little() {
        let (width, height) = (200_u32, 5_000_usize);
        let rows: Vec<Vec<u8>> = (0..height).map(|y| vec![(y * 255 / height) as u8; width as usize]).collect();
        let cells = reduced(Level::best(), width, &rows, PixelFormat::Gray8);
        for (y, row) in cells.iter().enumerate() {
            let expected = (y as f64 + 0.5) * 255.0 / SIDE as f64;
            assert!((f64::from(row[7]) / 256.0 - expected).abs() < 1.0, "{y}");
        }
    }

    #[test]
    fn columns_binned_together_change_cells_little() {
        let width = 10_007_u32;
        let rows: Vec<Vec<u8>> = (0..3_u32)
            .map(|y| (0..width).map(|x| ((x + 50 * y) / 3 % 200).abs_diff(100).to_le_bytes()[0] * 2).collect())
            .collect();
        let cells = reduced(Level::best(), width, &rows, PixelFormat::Gray8);
        for x in [0, 1, 77, 190, 191] {
            let (found, expected) = (f64::from(cells[100][x]) / 256.0, by_definition(&rows, (100, x)));
            assert!((found - expected).abs() < 0.5, "{x}: {found} {expected}");
        }
    }

    #[test]
    fn the_largest_sums_fit_their_integers() {
        let (longest, side) = (1_u64 << 19, SIDE as u64);
        let rows_per_cell = u64::from(2 * ROWS_PER_CELL) + 2;
        let binned = longest.div_ceil(COLUMNS as u64);
        assert!(u32::try_from(255 * side * rows_per_cell * binned).is_ok(), "a column");
        assert!(255 * longest * longest < 1 << 53, "a cell, which f64 holds exactly");
        assert!(binned <= CHUNK as u64);
    }
}
