//! Finds a picture that is shown on a screen, among text, buttons and panels.
//!
//! What is drawn on a screen stands on grounds of one colour each, which fill much of it and are exactly even; a photograph has
//! no such colour, and its sky and its shadows change from place to place. So: the colours that many even cells have are grounds;
//! every cell that has one of them speaks against a rectangle, every other for it; and the rectangle with the most in its
//! favour is the picture. Text speaks for itself only here and there, and less than the ground between its lines against it.
//! In the end each side is moved to where ground ends and picture begins.

use super::{Look, Rect, UNIT};
use crate::resample::area::{Cells, SIDE};

/// Neighbours that differ by less than this are even: half a level.
const EVEN: i32 = 128;

/// A colour is a ground if so many of 1,000 cells are even and have it.
const GROUND_SHARE: usize = 15;

/// How far a cell's luma may be from a ground's: one level.
const NEAR_LEVELS: usize = 1;

/// Cells along a side of a square that is judged as one.
const SQUARE: usize = 3;
/// Squares along an axis.
const SQUARES: usize = SIDE / SQUARE;

/// How many lines of cells a side may be moved by.
const REACH: usize = 5;

/// Finds the rectangle with the most in its favour, where a cell of ground counts `against` halves, any other two.
///
/// None without a ground, and where the rectangle is the whole picture or too small.
pub(super) fn shown(cells: &[Cells; SIDE], against: i32) -> Option<Rect> {
    let is_ground = grounds(cells)?;
    let mut squares = [[0_i32; SQUARES]; SQUARES];
    for (rows, squares) in cells.chunks(SQUARE).zip(&mut squares) {
        for row in rows {
            for (cells, square) in row.chunks(SQUARE).zip(&mut *squares) {
                *square += cells.iter().map(|&cell| if has(&is_ground, cell) { -against } else { 2 }).sum::<i32>();
            }
        }
    }
    let found = best_rectangle(&squares)?;
    let mut rect = Rect {
        top: unit(found.rows.0),
        right: unit(found.columns.1),
        bottom: unit(found.rows.1),
        left: unit(found.columns.0),
    };
    // twice, for how far a side reaches depends on the others
    for _ in 0..2 {
        for (is_row, is_back) in [(true, false), (true, true), (false, false), (false, true)] {
            move_side(cells, &is_ground, &mut rect, is_row, is_back);
        }
    }
    rect.if_less_than(Rect::WHOLE)
}

/// Where a line of squares begins, in 256ths of a cell.
fn unit(square: usize) -> u32 {
    UNIT * u32::try_from(square * SQUARE).unwrap_or(0)
}

/// By level: whether it is that of a ground; none if no level is.
fn grounds(cells: &[Cells; SIDE]) -> Option<[bool; 256]> {
    let mut counts = [0_usize; 256];
    for (row, below) in cells.iter().zip(cells.iter().skip(1)) {
        for ((pair, next), _) in row.iter().zip(row.iter().skip(1)).zip(below).filter(|((cell, next), below)| {
            let cell = i32::from(**cell);
            (cell - i32::from(**next)).abs() < EVEN && (cell - i32::from(**below)).abs() < EVEN
        }) {
            let _ = next;
            if let Some(count) = counts.get_mut(level(*pair)) {
                *count += 1;
            }
        }
    }
    let mut is_ground = [false; 256];
    for (level, &count) in counts.iter().enumerate() {
        if count * 1000 >= GROUND_SHARE * SIDE * SIDE {
            let near = level.saturating_sub(NEAR_LEVELS)..=(level + NEAR_LEVELS).min(255);
            is_ground.get_mut(near).unwrap_or_default().fill(true);
        }
    }
    is_ground.contains(&true).then_some(is_ground)
}

/// The luma of a cell in whole levels.
fn level(cell: u16) -> usize {
    usize::from(cell.saturating_add(128) >> 8)
}

fn has(is_ground: &[bool; 256], cell: u16) -> bool {
    is_ground.get(level(cell)).copied().unwrap_or(false)
}

/// Lines of squares, from the first to one past the last.
struct Found {
    rows: (usize, usize),
    columns: (usize, usize),
}

/// The rectangle with the largest sum: for all ranges of rows the best run of columns, found in one pass (Kadane's algorithm).
fn best_rectangle(squares: &[[i32; SQUARES]; SQUARES]) -> Option<Found> {
    let (mut best, mut found) = (0, None);
    for top in 0..SQUARES {
        let mut columns = [0_i32; SQUARES];
        for (bottom, row) in squares.iter().enumerate().skip(top) {
            columns.iter_mut().zip(row).for_each(|(column, square)| *column += square);
            let (mut sum, mut start) = (0, 0);
            for (column, at) in columns.iter().zip(0..) {
                sum += column;
                if sum <= 0 {
                    (sum, start) = (0, at + 1);
                } else if sum > best {
                    best = sum;
                    found = Some(Found { rows: (top, bottom + 1), columns: (start, at + 1) });
                }
            }
        }
    }
    found
}

/// Moves a side to where ground ends and picture begins, to a fraction of a cell.
fn move_side(cells: &[Cells; SIDE], is_ground: &[bool; 256], rect: &mut Rect, is_row: bool, is_back: bool) {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    // from the outermost line that the side may be moved to
    let (first, last) = if is_back {
        (lines.end.saturating_sub(REACH), (lines.end + REACH).min(SIDE))
    } else {
        (lines.start.saturating_sub(REACH), (lines.start + REACH).min(SIDE))
    };
    let look = Look { cells, is_row, is_back, lines: (first, last), places: (places.start, places.end) };
    let pictured =
        |depth: usize| look.line(depth).filter(|&cell| !has(is_ground, u16::try_from(cell).unwrap_or(0))).count();
    let depth = look.depth();
    let is_at_end = if is_back { last == SIDE } else { first == 0 };
    let mut counts = [0; 2 * REACH];
    counts.iter_mut().zip(0..depth).for_each(|(count, at)| *count = pictured(at));
    let of = |at: usize| counts.get(at).copied().unwrap_or(0);
    // the largest step from two lines outside to two lines inside; beyond the end there is ground
    let mut best = (0, None);
    for at in usize::from(!is_at_end)..depth.saturating_sub(1) {
        let outside = if at == 0 { 0 } else { of(at - 1) + if at == 1 { of(0) } else { of(at - 2) } };
        let step = (of(at) + of(at + 1)).saturating_sub(outside);
        if step > best.0 {
            best = (step, Some(at));
        }
    }
    let Some(at) = best.1 else { return };
    let mut outside = [0; SIDE];
    if at > 0 {
        outside.iter_mut().zip(look.line(at - 1)).for_each(|(to, from)| *to = from);
    }
    let share = if at > 0 { look.share(at, |place| outside.get(place).copied().unwrap_or(0)) } else { 0 };
    let depth_units = UNIT * u32::try_from(at).unwrap_or(0) + share;
    let place = |line: usize| UNIT * u32::try_from(line).unwrap_or(0);
    let side = match (is_row, is_back) {
        (true, false) => &mut rect.top,
        (true, true) => &mut rect.bottom,
        (false, false) => &mut rect.left,
        (false, true) => &mut rect.right,
    };
    *side = if is_back { place(last).saturating_sub(depth_units) } else { place(first) + depth_units };
}
