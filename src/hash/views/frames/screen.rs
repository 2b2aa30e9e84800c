//! Finds a picture that is shown on a screen, among text, buttons and panels.
//!
//! What is drawn on a screen stands on grounds of one colour each, which fill much of it and are exactly even; a photograph has
//! no such colour, and its sky and its shadows change from place to place. So: the colours that many even cells have are grounds;
//! every cell that has one of them speaks against a rectangle, every other for it; and the rectangle with the most in its
//! favour is the picture. Text speaks for itself only here and there, and less than the ground between its lines against it.
//! In the end each side is moved to where ground ends and picture begins.

use super::{JUMP, Look, Rect, UNIT};
use crate::resample::area::{Cells, SIDE};

/// Neighbours that differ by less than this are even: half a level.
const EVEN: u16 = 128;

/// A colour is a ground if so many of 1,000 cells are even and have it.
const GROUND_SHARE: usize = 15;

/// How far a cell's luma may be from a ground's: one level.
const NEAR_LEVELS: usize = 1;

/// A ground's colour is a peak: all levels so far from it are together rarer. Those of a sky are not.
const SLOPE: (usize, usize) = (3, 6);

/// Cells along a side of a square that is judged as one.
const SQUARE: usize = 4;
/// Squares along an axis.
const SQUARES: usize = SIDE / SQUARE;

/// How many lines of cells a side may be moved by, outwards and inwards: a line of text or two.
const OUTWARDS: usize = 5;
const INWARDS: usize = 16;

/// A line is one of the picture if it has so many of 100 of the cells without ground that are usual in it,
const USUAL_SHARE: usize = 92;
/// and the side is where so many follow each other.
const IN_A_ROW: usize = 4;

/// Which colours count as grounds, and how much a cell that has one counts against a rectangle: in halves of what any other
/// counts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grounds {
    /// All that are found.
    All,
    /// Those along the sides of the part that is looked at: the picture may have one of its own.
    Outer,
}

/// Finds the rectangle within a part that has the most in its favour.
///
/// None without a ground, and where the rectangle is the whole part or too small.
pub(super) fn shown(cells: &[Cells; SIDE], part: Rect, which: Grounds) -> Option<Rect> {
    let mut is_ground = grounds(cells)?;
    let (rows, columns) = part.cells();
    let against = match which {
        Grounds::All => 4,
        Grounds::Outer => {
            is_ground = outer(cells, part, &is_ground)?;
            2
        }
    };
    let mut squares = [[0_i32; SQUARES]; SQUARES];
    for (row, y) in cells.iter().zip(0..) {
        let Some(squares) = squares.get_mut(y / SQUARE) else { continue };
        for (cells, (square, x)) in row.chunks(SQUARE).zip(squares.iter_mut().zip((0..).step_by(SQUARE))) {
            *square += if rows.contains(&y) && columns.contains(&x) {
                cells.iter().map(|&cell| if has(&is_ground, cell) { -against } else { 2 }).sum::<i32>()
            } else {
                OUTSIDE
            };
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
        for (is_row, is_back) in SIDES {
            move_side(cells, &is_ground, &mut rect, is_row, is_back);
        }
    }
    rect.within(part).if_less_than(part)
}

/// What a row of a square counts that lies outside of the part looked at.
const OUTSIDE: i32 = -1000;

/// Of the grounds those that take so many of 100 of the cells along the sides of a part.
const OUTER_SHARE: usize = 8;

fn outer(cells: &[Cells; SIDE], part: Rect, is_ground: &[bool; 256]) -> Option<[bool; 256]> {
    let (rows, columns) = part.cells();
    let mut counts = [0_usize; 256];
    let mut all = 0;
    for (is_row, is_back) in SIDES {
        let (lines, places) = if is_row { (&rows, &columns) } else { (&columns, &rows) };
        let look = Look { cells, is_row, is_back, lines: (lines.start, lines.end), places: (places.start, places.end) };
        for cell in look.line(1) {
            all += 1;
            if let Some(count) = counts.get_mut(level(u16::try_from(cell).unwrap_or(0))) {
                *count += 1;
            }
        }
    }
    let mut is_outer = [false; 256];
    for (level, is_outer) in is_outer.iter_mut().enumerate() {
        let near = level.saturating_sub(NEAR_LEVELS)..=(level + NEAR_LEVELS).min(255);
        let count: usize = counts.get(near).unwrap_or_default().iter().sum();
        *is_outer = is_ground.get(level).copied().unwrap_or(false) && count * 100 >= OUTER_SHARE * all;
    }
    is_outer.contains(&true).then_some(is_outer)
}

/// The four sides: of rows or of columns, from the first or from the last.
const SIDES: [(bool, bool); 4] = [(true, false), (true, true), (false, false), (false, true)];

/// Where a line of squares begins, in 256ths of a cell.
fn unit(square: usize) -> u32 {
    UNIT * u32::try_from(square * SQUARE).unwrap_or(0)
}

/// By level: whether it is that of a ground; none if no level is.
fn grounds(cells: &[Cells; SIDE]) -> Option<[bool; 256]> {
    let mut counts = [0_usize; 256];
    // every second row is enough
    for (row, below) in cells.iter().zip(cells.iter().skip(1)).step_by(2) {
        for ((cell, next), below) in row.iter().zip(row.iter().skip(1)).zip(below) {
            if (cell.abs_diff(*next) < EVEN) & (cell.abs_diff(*below) < EVEN)
                && let Some(count) = counts.get_mut(level(*cell))
            {
                *count += 2;
            }
        }
    }
    let mut is_ground = [false; 256];
    for (level, &count) in counts.iter().enumerate() {
        let around = |from: usize, to: usize| counts.get(from..to.min(256)).unwrap_or_default().iter().sum::<usize>();
        let slopes = around(level.saturating_sub(SLOPE.1), level.saturating_sub(SLOPE.0) + 1)
            * usize::from(level >= SLOPE.0)
            + around(level + SLOPE.0, level + SLOPE.1 + 1);
        let peak = around(level.saturating_sub(NEAR_LEVELS), level + NEAR_LEVELS + 1);
        if count * 1000 >= GROUND_SHARE * SIDE * SIDE && slopes < peak {
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

/// Moves each side of a rectangle to the straightest edge near it: where the most cells differ from those behind them.
///
/// For pictures that have grounds of their own along a side, where counting ground misleads.
pub(super) fn edged(cells: &[Cells; SIDE], rect: Rect) -> Option<Rect> {
    let mut moved = rect;
    for _ in 0..2 {
        for (is_row, is_back) in SIDES {
            move_to_edge(cells, &mut moved, is_row, is_back);
        }
    }
    moved.if_less_than(Rect::WHOLE)
}

fn move_to_edge(cells: &[Cells; SIDE], rect: &mut Rect, is_row: bool, is_back: bool) {
    let Some((look, (first, last))) = near_side(cells, rect, is_row, is_back) else { return };
    let differing = |at: usize| {
        let pairs = look.line(at - 1).zip(look.line(at)).zip(look.line(at + 1));
        pairs
            .filter(|((outside, mixed), inside)| {
                (outside - mixed).abs() > JUMP.into() || (outside - inside).abs() > JUMP.into()
            })
            .count()
    };
    let mut best = (0, 0);
    for at in 1..look.depth().saturating_sub(1) {
        let count = differing(at);
        // an edge within a cell is seen from both of its sides: the outer one is where the picture begins
        if count * 100 > best.0 * CLEARLY {
            best = (count, at);
        }
    }
    if best.1 > 0 {
        set_side(rect, &look, best.1, (is_row, is_back), (first, last));
    }
}

/// By how much of 100 an edge must surpass one further outside.
const CLEARLY: usize = 115;

/// The lines to which a side may be moved, from outside.
fn near_side<'c>(
    cells: &'c [Cells; SIDE],
    rect: &Rect,
    is_row: bool,
    is_back: bool,
) -> Option<(Look<'c>, (usize, usize))> {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    if lines.is_empty() || places.is_empty() {
        return None;
    }
    let (first, last) = if is_back {
        (lines.end.saturating_sub(INWARDS).max(lines.start), (lines.end + OUTWARDS).min(SIDE))
    } else {
        (lines.start.saturating_sub(OUTWARDS), (lines.start + INWARDS).min(lines.end))
    };
    Some((Look { cells, is_row, is_back, lines: (first, last), places: (places.start, places.end) }, (first, last)))
}

/// Sets a side to a depth, and to the share of that line that still lies outside.
fn set_side(
    rect: &mut Rect,
    look: &Look<'_>,
    at: usize,
    (is_row, is_back): (bool, bool),
    (first, last): (usize, usize),
) {
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

/// Moves a side to where ground ends and picture begins, to a fraction of a cell.
///
/// That is the first line, seen from outside, from which on four lines have hardly more ground than those in the middle of the
/// rectangle. A line of text has more: its margins and the spaces between its words.
fn move_side(cells: &[Cells; SIDE], is_ground: &[bool; 256], rect: &mut Rect, is_row: bool, is_back: bool) {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    if lines.is_empty() || places.is_empty() {
        return;
    }
    let count = |look: &Look<'_>, depth: usize| {
        look.line(depth).filter(|&cell| !has(is_ground, u16::try_from(cell).unwrap_or(0))).count()
    };
    let places = (places.start, places.end);
    // what is usual inside: the median of the lines of the middle half
    let quarter = lines.len() / 4;
    let inner = Look { cells, is_row, is_back, lines: (lines.start + quarter, lines.end - quarter), places };
    let mut usual = [0; SIDE];
    let usual = usual.get_mut(..inner.depth()).unwrap_or_default();
    usual.iter_mut().zip(0..).for_each(|(to, depth)| *to = count(&inner, depth));
    usual.sort_unstable();
    let least = usual.get(usual.len() / 2).copied().unwrap_or(0) * USUAL_SHARE / 100;
    let Some((look, range)) = near_side(cells, rect, is_row, is_back) else { return };
    let depth = look.depth();
    let is_pictured = |at: usize| at < depth && count(&look, at) >= least;
    let Some(at) = (0..depth.saturating_sub(IN_A_ROW)).find(|&at| (at..at + IN_A_ROW).all(is_pictured)) else {
        return;
    };
    set_side(rect, &look, at, (is_row, is_back), range);
}
