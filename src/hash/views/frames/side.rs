//! One side of a part of the grid, scanned from the outside for what was put around a picture.

#![expect(
    clippy::indexing_slicing,
    reason = "every rectangle lies within the grid, and lines and places within the rectangle"
)]

use super::rect::{UNIT, unit};
use crate::kernel::edge_counts::Counts;
use crate::resample::area::{Cells, SIDE};

/// Largest difference between a cell of a border and its colour: 10 levels, of the mean of many pixels.
const TOLERANCE: i32 = 10 * 256;

/// The edge of a bar: neighbouring lines of cells differ by more than 6 levels
pub(super) const JUMP: u16 = 6 * 256;
/// at 60 % of their places or more.
const EDGE_SHARE: usize = 60;
/// A line is drawn, not photographed, if at least 55 % of its places equal their neighbours
const FLAT_SHARE: usize = 55;
/// to within 2 levels.
pub(super) const FLAT: u16 = 2 * 256;
/// At least 75 % of the lines of a bar are drawn.
const DRAWN_SHARE: usize = 75;
/// A bar takes less than 45 % of the axis.
const WIDEST_BAR: usize = 45;

/// One side of a part of the grid, looked at from the outside: lines of cells by depth, and places along them.
#[derive(Clone, Copy)]
pub(super) struct SideScan<'c> {
    pub(super) cells: &'c [Cells; SIDE],
    pub(super) is_row: bool,
    /// Whether depth counts backwards.
    pub(super) is_back: bool,
    /// The range of lines, and of places.
    pub(super) lines: (usize, usize),
    pub(super) places: (usize, usize),
}

impl SideScan<'_> {
    /// How many lines there are.
    pub(super) const fn depth(&self) -> usize {
        self.lines.1.saturating_sub(self.lines.0)
    }

    /// Which row or column lies at a depth.
    pub(super) const fn at(&self, depth: usize) -> usize {
        if self.is_back { self.lines.1 - 1 - depth } else { self.lines.0 + depth }
    }

    pub(super) fn line(&self, depth: usize) -> impl Iterator<Item = i32> + Clone + '_ {
        self.cells_at(depth).map(i32::from)
    }

    /// The cells of a line, luma times 256.
    pub(super) fn cells_at(&self, depth: usize) -> impl Iterator<Item = u16> + Clone + '_ {
        let line = self.at(depth);
        (self.places.0..self.places.1).map(move |place| {
            let (y, x) = if self.is_row { (line, place) } else { (place, line) };
            self.cells[y][x]
        })
    }

    pub(super) fn len(&self) -> usize {
        self.places.1.saturating_sub(self.places.0)
    }

    /// How deep a border of one colour is, in 256ths of a cell.
    pub(super) fn border(&self) -> u32 {
        let depth = self.depth();
        if depth == 0 || self.len() == 0 {
            return 0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "at most as many places as the grid has"
        )]
        let color = self.line(0).sum::<i32>() / self.len() as i32;
        let uniform = (0..depth).take_while(|&at| self.line(at).all(|cell| (cell - color).abs() <= TOLERANCE)).count();
        if uniform == 0 || uniform == depth {
            return unit(uniform);
        }
        unit(uniform) + self.share(uniform, |_| color)
    }

    /// How much of the line at a depth belongs to what is outside, in 256ths; `outside` is that by place.
    pub(super) fn share(&self, depth: usize, outside: impl Fn(usize) -> i32) -> u32 {
        if depth + 1 >= self.depth() {
            return 0;
        }
        let (mut along, mut length) = (0_i64, 0_i64);
        for ((mixed, inside), place) in self.line(depth).zip(self.line(depth + 1)).zip(0..) {
            let step = i64::from(outside(place) - inside);
            along += i64::from(mixed - inside) * step;
            length += step * step;
        }
        let share = if length > 0 { along * i64::from(UNIT) / length } else { 0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 256")]
        let share = share.clamp(0, i64::from(UNIT)) as u32;
        share
    }

    /// How deep a bar is that is not of one colour, in 256ths of a cell: 0 where there is none.
    pub(super) fn bar(&self, counts: &Counts) -> u32 {
        let len = self.len();
        let most = (self.depth() * WIDEST_BAR / 100).min(self.depth().saturating_sub(2));
        let edges = if self.is_back { &counts.backwards } else { &counts.onwards };
        let of = |counts: &[u16; SIDE], at: usize| usize::from(counts[self.at(at)]);
        let (mut drawn, mut found) = (0, 0);
        for at in 0..most {
            drawn += usize::from(of(&counts.flat, at) * 100 >= FLAT_SHARE * len);
            if drawn * 100 >= DRAWN_SHARE * (at + 1) && of(edges, at) * 100 >= EDGE_SHARE * len {
                found = at + 1;
            }
        }
        if found == 0 {
            return 0;
        }
        let mut outside = [0; SIDE];
        outside.iter_mut().zip(self.line(found - 1)).for_each(|(to, from)| *to = from);
        unit(found) + self.share(found, |place| outside[place])
    }
}
