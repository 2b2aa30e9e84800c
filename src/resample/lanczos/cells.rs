//! Sums over the cells of a fine grid, within bounds, without making the grid; and any part of the grid afterwards.
//!
//! A wavelet hash reduces the picture to a grid nearly as fine, only to add it up in 8x8 or 16x16 cells and compare the sums.
//! Were it not for the rounding of every pixel of the grid, twice, a cell's sum would be one weighted sum of the picture's
//! pixels, with a weight per column and row: a fraction of the work. That sum is made here, exactly, and with it the most
//! that rounding can have changed:
//!
//! - Each rounding moves a pixel of the grid by at most a half, after the first or the second reduction.
//! - What leaves 0 to 255 is cut off. A window of pixels between `least` and `most` stays between
//!   `least - n * (most - least)` and `most + n * (most - least)`, `n` being its negative weights: near black and white,
//!   where there is contrast as well, something may be lost. The extremes of small tiles of the picture tell where.
//!
//! The cells whose bounds leave a comparison open are few in most photographs; for these, the grid is made from the luma,
//! which is kept for that: a byte for each pixel of the picture.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "weights and their sums are integers below 2^53, parts of them fit by construction, and centres are positions"
)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::ops::Range;

use super::line::{Line, Needs};
use super::weights::{Axis, filled, with_room};
use super::{Reduction, columns_first};
use crate::kernel::Level;
use crate::kernel::lanczos::{
    FRACTION_BITS, LANES, Lanes, RUN, RowWindow, extremes, lower, raise, run_extremes, window_sums,
};

/// Cells along an axis.
pub(crate) const CELLS: usize = 16;
/// Columns and rows of a tile.
const TILE: (usize, usize) = (RUN, 8);
/// A fixed-point weight of one.
const ONE: f64 = (1 << FRACTION_BITS) as f64;

/// Sums of the cells of a square grid, in reading order.
pub(crate) type Bounds = [Bound; CELLS * CELLS];

/// What a cell's sum lies between, both included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bound {
    pub(crate) least: f64,
    pub(crate) most: f64,
}

/// A picture on its way to the sums of its cells.
///
/// Memory: a byte for each pixel of the picture and two for each of its tiles, and about 30 for each of its width and height;
/// at the end twice as many for the tiles, and a part of the grid.
#[derive(Clone, Debug)]
pub(crate) struct CellSums {
    level: Level,
    columns_first: bool,
    across: CellAxis,
    down: CellAxis,
    row_weights: RowWeights,
    row_sums: [i32; CELLS],
    /// Sums of rows, times the weights of the rows.
    sums: [[i64; CELLS]; CELLS],
    luma: Vec<u8>,
    rows_in: usize,
    /// Extremes of the columns, in the strip of tiles that is under way.
    least: Vec<u8>,
    most: Vec<u8>,
    /// Extremes of the tiles, in reading order: the least, the most.
    tiles: [Vec<u8>; 2],
}

impl CellSums {
    /// Sides of the grid for which there is something to be gained, and for which the sums fit.
    pub(crate) const SIDES: Range<u32> = 256..8193;

    /// Prepares to sum up the cells of a grid of `side * side`, one of [`CellSums::SIDES`] and a multiple of [`CELLS`].
    ///
    /// Fails where the memory is not there.
    pub(crate) fn new(level: Level, source: (u32, u32), side: u32) -> Result<Self, TryReserveError> {
        let across = CellAxis::new(Axis::new(level, source.0, side)?, TILE.0)?;
        let down = CellAxis::new(Axis::new(level, source.1, side)?, TILE.1)?;
        let width = source.0 as usize;
        Ok(Self {
            level,
            columns_first: columns_first(source, (side, side)),
            row_weights: RowWeights::new(&across)?,
            row_sums: [0; CELLS],
            sums: [[0; CELLS]; CELLS],
            luma: with_room(width.saturating_mul(source.1 as usize))?,
            rows_in: 0,
            least: filled(255, width)?,
            most: filled(0, width)?,
            tiles: [
                filled(255, across.tiles.len() * down.tiles.len())?,
                filled(0, across.tiles.len() * down.tiles.len())?,
            ],
            across,
            down,
        })
    }

    /// What the lines must offer that are pushed.
    pub(crate) fn needs(&self) -> Needs {
        Needs { bytes: true, moments: false }
    }

    /// Takes the next line.
    pub(crate) fn push_row(&mut self, line: &Line) {
        let RowWeights { windows, weights, .. } = &self.row_weights;
        window_sums(self.level, windows, weights, line.pixels(), &mut self.row_sums);
        for (cell, sums) in self.down.cells.iter().zip(&mut self.sums) {
            let Some(weight) = self.rows_in.checked_sub(cell.first).and_then(|at| cell.weights.get(at)) else {
                continue;
            };
            for (sum, &row_sum) in sums.iter_mut().zip(&self.row_sums) {
                *sum += i64::from(*weight) * i64::from(row_sum);
            }
        }
        let bytes = line.bytes().get(..line.width()).unwrap_or_default();
        self.luma.extend_from_slice(bytes);
        extremes(self.level, bytes, &mut self.least, &mut self.most);
        self.rows_in += 1;
        if self.rows_in.is_multiple_of(TILE.1) || self.rows_in == self.down.axis.source {
            let columns = self.across.tiles.len();
            let start = (self.rows_in - 1) / TILE.1 * columns;
            let strip = self.tiles.each_mut().map(|tiles| tiles.get_mut(start..start + columns).unwrap_or_default());
            run_extremes(self.level, [&self.least, &self.most], strip);
            self.least.fill(255);
            self.most.fill(0);
        }
    }

    /// What the sums of all cells lie between, once all lines are in.
    pub(crate) fn bounds(&self) -> Bounds {
        let Self { across, down, row_weights, .. } = self;
        let mut bounds = [Bound::default(); CELLS * CELLS];
        let unit = f64::from(1 << row_weights.shift) / (ONE * ONE);
        for (place, bound) in bounds.iter_mut().enumerate() {
            let (column, row) = (place % CELLS, place / CELLS);
            let (Some(x), Some(y), Some(sum)) =
                (across.cells.get(column), down.cells.get(row), self.sums.get(row).and_then(|sums| sums.get(column)))
            else {
                continue;
            };
            let second = if self.columns_first { y.outputs * x.absolute } else { x.outputs * y.absolute };
            let rounding = 0.5 * (second + x.outputs * y.outputs);
            // The 1 is for the roundings here: of numbers below 2^40, in doubles.
            let slack = rounding + row_weights.missing / ONE * y.absolute + 1.0;
            let sum = *sum as f64 * unit;
            *bound = Bound { least: sum - slack, most: sum + slack };
        }
        self.widen_by_what_may_be_cut_off(&mut bounds);
        bounds
    }

    fn widen_by_what_may_be_cut_off(&self, bounds: &mut Bounds) {
        let (first, second) = if self.columns_first { (&self.down, &self.across) } else { (&self.across, &self.down) };
        let columns = self.across.tiles.len();
        let reach = (self.across.reach, self.down.reach);
        let [least, most] = &self.tiles;
        let least = spread(least, columns, reach, |tiles, others| lower(self.level, tiles, others));
        let most = spread(most, columns, reach, |tiles, others| raise(self.level, tiles, others));
        // What both reductions may cut off where pixels lie between two values.
        let cut_offs = |least: u8, most: u8| {
            let once = first.overshoot(&Range { start: f64::from(least), end: f64::from(most) });
            let rounded = (once.start - 0.5).max(0.0)..(once.end + 0.5).min(255.0);
            [cut_off(&once), cut_off(&second.overshoot(&rounded))]
        };
        // For each least value, the first most value at which something is: the higher the former, the higher the latter.
        let mut limits = [0; 256];
        let mut limit = 0;
        for (value, place) in (0..=255).zip(&mut limits) {
            while let Ok(most) = u8::try_from(limit)
                && cut_offs(value, most.max(value)).as_flattened().iter().all(|&cut_off| cut_off == 0.0)
            {
                limit += 1;
            }
            *place = limit;
        }
        let strips = least.chunks(columns).zip(most.chunks(columns)).zip(&self.down.tiles);
        for ((least, most), strip) in strips {
            for ((&least, &most), tile) in least.iter().zip(most).zip(&self.across.tiles) {
                if limits.get(usize::from(least)).is_some_and(|&limit: &u16| u16::from(most) < limit) {
                    continue;
                }
                let [[below, above], [below2, above2]] = cut_offs(least, most);
                for row in strip.cells.clone() {
                    for column in tile.cells.clone() {
                        let (Some(x), Some(y)) = (tile.shares.get(column), strip.shares.get(row)) else { continue };
                        let (outputs, weighted) = if self.columns_first { (y.outputs, x) } else { (x.outputs, y) };
                        if let Some(bound) = bounds.get_mut(row * CELLS + column) {
                            let pixels = x.outputs * y.outputs;
                            bound.most +=
                                outputs * (weighted.positive * below + weighted.negative * above) + pixels * below2;
                            bound.least -=
                                outputs * (weighted.positive * above + weighted.negative * below) + pixels * above2;
                        }
                    }
                }
            }
        }
    }

    /// Side of the grid.
    pub(crate) fn side(&self) -> usize {
        self.across.axis.windows.len()
    }

    /// Makes a part of the grid, once all lines are in.
    pub(crate) fn grid(&self, columns: Range<usize>, rows: Range<usize>) -> Result<Vec<u8>, TryReserveError> {
        let mut grid = with_room(columns.len() * rows.len())?;
        let (across, xs) = self.across.axis.part(columns)?;
        let (down, ys) = self.down.axis.part(rows)?;
        let mut reduction = Reduction::along(self.level, across, down, self.columns_first)?;
        let mut line = Line::new(xs.len(), reduction.needs())?;
        for luma in self.luma.chunks(self.across.axis.source).take(ys.end).skip(ys.start) {
            let luma = luma.get(xs.clone()).unwrap_or_default();
            line.fill(self.level, |pixels| {
                pixels.iter_mut().zip(luma).for_each(|(pixel, &luma)| *pixel = i16::from(luma));
            });
            reduction.push_row(&line, |row| grid.extend(row.iter().map(|pixel| pixel.to_le_bytes()[0])));
        }
        Ok(grid)
    }
}

/// How much more than a half sums in a range may move when they are rounded and cut off to 0 to 255: those below, upwards,
/// and those above, downwards.
fn cut_off(range: &Range<f64>) -> [f64; 2] {
    [(-0.5 - range.start).max(0.0), (range.end - 255.5).max(0.0)]
}

/// Joins each tile with those around it, so many to either side and above and below.
fn spread(tiles: &[u8], columns: usize, (across, down): (usize, usize), join: impl Fn(&mut [u8], &[u8])) -> Vec<u8> {
    let mut wide = tiles.to_vec();
    for (wide, tiles) in wide.chunks_mut(columns).zip(tiles.chunks(columns)) {
        for shift in 1..=across {
            join(wide, tiles.get(shift..).unwrap_or_default());
            join(wide.get_mut(shift..).unwrap_or_default(), tiles);
        }
    }
    let mut all = wide.clone();
    for shift in (1..=down).map(|rows| rows * columns) {
        join(&mut all, wide.get(shift..).unwrap_or_default());
        join(all.get_mut(shift..).unwrap_or_default(), &wide);
    }
    all
}

/// One axis: its windows, the weights of its cells, and who has a share in its tiles.
#[derive(Clone, Debug)]
struct CellAxis {
    axis: Axis,
    cells: Vec<Cell>,
    tiles: Vec<Tile>,
    /// Tiles on either side that the windows of a tile's outputs may reach.
    reach: usize,
    /// The largest sum of a window's negative weights, and the most that the sum of all its weights lies from 1.
    negative: f64,
    inexact: f64,
}

/// The outputs of one cell, as weights of pixels.
#[derive(Clone, Debug)]
struct Cell {
    outputs: f64,
    first: usize,
    weights: Vec<i32>,
    /// The sum of the weights without their signs.
    absolute: f64,
}

/// What cells have to do with the pixels of a tile.
#[derive(Clone, Debug)]
struct Tile {
    /// The cells that have a share.
    cells: Range<usize>,
    shares: [Share; CELLS],
}

#[derive(Clone, Copy, Debug, Default)]
struct Share {
    /// Outputs whose centre lies in the tile.
    outputs: f64,
    /// Sums of the cell's positive and negative weights of the tile's pixels, the latter without their sign.
    positive: f64,
    negative: f64,
}

impl CellAxis {
    fn new(axis: Axis, tile: usize) -> Result<Self, TryReserveError> {
        let outputs = axis.windows.len() / CELLS;
        let tiles = axis.source.div_ceil(tile);
        let mut shares = filled([Share::default(); CELLS], tiles)?;
        let mut cells = with_room(CELLS)?;
        let (mut negative, mut inexact, mut half) = (0.0_f64, 0.0_f64, 0.0_f64);
        let mut weighted = axis.weighted();
        for (which, windows) in axis.windows.chunks(outputs).enumerate() {
            let (first, end) = (windows.first().map_or(0, |w| w.first), windows.last().map_or(0, |w| w.end()));
            let mut weights = filled(0, end - first)?;
            for (window, here) in weighted.by_ref().take(outputs) {
                weights.iter_mut().skip(window.first - first).zip(here).for_each(|(sum, weight)| *sum += weight);
                negative = negative.max(-here.iter().map(|&weight| f64::from(weight.min(0))).sum::<f64>() / ONE);
                inexact = inexact.max((here.iter().map(|&weight| f64::from(weight)).sum::<f64>() / ONE - 1.0).abs());
                half = half.max(window.center - window.first as f64).max(window.end() as f64 - window.center);
                if let Some(share) = shares.get_mut(window.center as usize / tile).and_then(|tile| tile.get_mut(which))
                {
                    share.outputs += 1.0;
                }
            }
            for (at, &weight) in weights.iter().enumerate() {
                if let Some(share) = shares.get_mut((first + at) / tile).and_then(|tile| tile.get_mut(which)) {
                    share.positive += f64::from(weight.max(0)) / ONE;
                    share.negative -= f64::from(weight.min(0)) / ONE;
                }
            }
            let absolute = weights.iter().map(|&weight: &i32| f64::from(weight).abs()).sum::<f64>() / ONE;
            cells.push(Cell { outputs: outputs as f64, first, weights, absolute });
        }
        drop(weighted);
        let mut tiles = with_room(shares.len())?;
        tiles.extend(shares.into_iter().map(|shares| {
            let used = |share: &Share| share.outputs + share.positive + share.negative > 0.0;
            let start = shares.iter().position(used).unwrap_or(0);
            Tile { cells: start..shares.iter().rposition(used).map_or(start, |last| last + 1), shares }
        }));
        Ok(Self { axis, cells, tiles, reach: half as usize / tile + 1, negative, inexact })
    }

    /// Where the sum of a window lies whose pixels are within a range.
    fn overshoot(&self, range: &Range<f64>) -> Range<f64> {
        let beyond = self.negative * (range.end - range.start) + self.inexact * 255.0;
        range.start - beyond..range.end + beyond
    }
}

/// The weights of the cells of a row, in 16 bits.
#[derive(Clone, Debug)]
struct RowWeights {
    windows: Vec<RowWindow>,
    weights: Vec<Lanes>,
    /// Weights are multiples of `2^shift`.
    shift: u32,
    /// The most that rounding the weights to that can add to or take from a sum.
    missing: f64,
}

impl RowWeights {
    fn new(across: &CellAxis) -> Result<Self, TryReserveError> {
        let largest = across.cells.iter().flat_map(|cell| &cell.weights).map(|weight| weight.unsigned_abs()).max();
        let total = across.cells.iter().map(|cell| cell.absolute).fold(0.0, f64::max) * ONE * 255.0;
        // Weights in 16 bits, and sums of pixels times weights in 32, with room for the roundings of the weights.
        let fits =
            |shift: &u32| largest.unwrap_or(0) >> shift < 0x7fff && total / f64::from(1 << shift) < f64::from(1 << 30);
        let shift = (0..FRACTION_BITS).find(fits).unwrap_or(FRACTION_BITS);
        let mut windows = with_room(CELLS)?;
        let mut weights = with_room(across.cells.iter().map(|cell| cell.weights.len().div_ceil(LANES)).sum())?;
        let mut missing = 0.0_f64;
        for cell in &across.cells {
            let mut lacking = 0.0;
            for exact in cell.weights.chunks(LANES) {
                let mut lanes = [0; LANES];
                for (lane, &exact) in lanes.iter_mut().zip(exact) {
                    let rounded = (exact + ((1 << shift) >> 1)) >> shift;
                    lacking += 255.0 * f64::from(exact - (rounded << shift)).abs();
                    *lane = rounded as i16;
                }
                weights.push(lanes);
            }
            missing = missing.max(lacking);
            windows.push(RowWindow { first: cell.first, lanes_end: weights.len(), low_range: (0, 0) });
        }
        Ok(Self { windows, weights, shift, missing })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    /// The sums of the cells of the whole grid, which is made as any other.
    fn slow(level: Level, pixels: &[u8], source: (u32, u32), side: u32) -> (Vec<u8>, Vec<f64>) {
        let mut reduction = Reduction::new(level, source, (side, side)).unwrap();
        let mut line = Line::new(source.0 as usize, reduction.needs()).unwrap();
        let mut grid = Vec::new();
        for row in pixels.chunks(source.0 as usize) {
            line.fill(level, |line| line.iter_mut().zip(row).for_each(|(to, &from)| *to = from.into()));
            reduction.push_row(&line, |row| grid.extend(row.iter().map(|&pixel| pixel as u8)));
        }
        let mut sums = std::vec![0.0; CELLS * CELLS];
        for (at, &pixel) in grid.iter().enumerate() {
            let (x, y) = (at % side as usize, at / side as usize);
            sums[y * CELLS / side as usize * CELLS + x * CELLS / side as usize] += f64::from(pixel);
        }
        (grid, sums)
    }

    /// Pictures that round and overshoot in every way.
    fn draw(kind: usize, (width, height): (u32, u32)) -> Vec<u8> {
        let noise = |x: u32, y: u32| ((x * 7919 + y * 104_729 + 1).wrapping_mul(2_654_435_761) >> 13) as u8;
        let pixel = |x: u32, y: u32| match kind {
            0 => noise(x, y),
            1 => u8::from(noise(x, y) & 1 != 0) * 255,
            2 => (x * 255 / width) as u8 / 2 + (y * 255 / height) as u8 / 2,
            3 => u8::from((x / 7 + y / 11).is_multiple_of(2)) * 255,
            4 => 255 - u8::from(noise(x, y) < 20) * 255,
            5 => u8::from(x.is_multiple_of(3)) * 255,
            6 => u8::from(y % 5 < 2) * 250,
            _ => 128 + noise(x / 20, y / 20) % 64,
        };
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect()
    }

    #[test]
    fn sums_lie_within_their_bounds_and_parts_are_those_of_the_grid() {
        // Square, wide, columns first, and the smallest scale.
        for (source, side) in
            [((400, 300), 256), ((1400, 260), 256), ((300, 1000), 256), ((256, 256), 256), ((511, 257), 256)]
        {
            for kind in 0..8 {
                let pixels = draw(kind, source);
                for level in Level::available() {
                    let mut cells = CellSums::new(level, source, side).unwrap();
                    let mut line = Line::new(source.0 as usize, cells.needs()).unwrap();
                    for row in pixels.chunks(source.0 as usize) {
                        line.fill(level, |line| line.iter_mut().zip(row).for_each(|(to, &from)| *to = from.into()));
                        cells.push_row(&line);
                    }
                    let (grid, sums) = slow(level, &pixels, source, side);
                    let mut widest = 0.0_f64;
                    for (cell, (bound, sum)) in cells.bounds().iter().zip(sums).enumerate() {
                        let message = std::format!("{source:?}, kind {kind}, {level:?}, cell {cell}");
                        assert!(bound.least <= sum && sum <= bound.most, "{message}: {sum} not in {bound:?}");
                        widest = widest.max(bound.most - bound.least);
                    }
                    let pixels_of_cell = f64::from((side / 16).pow(2));
                    // Where nothing is cut off, a whole and a bit for either rounding.
                    assert!(kind != 7 || widest < 2.3 * pixels_of_cell, "{source:?}: {widest}");
                    let (columns, rows) = (48..112, 240..256);
                    let found = cells.grid(columns.clone(), rows.clone()).unwrap();
                    let expected = rows.flat_map(|y| &grid[y * side as usize..][columns.clone()]);
                    assert!(found.iter().eq(expected), "{source:?}, kind {kind}, {level:?}");
                }
            }
        }
    }
}
