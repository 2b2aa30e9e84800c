//! Finds a picture that is shown on a screen, among text, buttons and panels.
//!
//! A user interface is drawn on backgrounds of a single colour, which fill much of the screen and are exactly even; in a photograph
//! even the sky and the shadows vary from place to place. So a level of luma that many even cells share is a *ground*. Every cell
//! at a ground counts against a rectangle, every other cell for it, and the rectangle with the largest sum is the picture. Text
//! counts for a rectangle only here and there, and the ground between its lines counts more against it.
//! In the end each side is moved to where ground ends and picture begins.

#![expect(clippy::indexing_slicing, reason = "levels are at most 255, and lines and places lie within the grid")]

use core::ops::Range;

use super::rect::{Rect, unit};
use super::side::{JUMP, SideScan};
use crate::resample::area::{Cells, SIDE};

/// Neighbours that differ by less than this are even: half a level.
const EVEN: u16 = 128;

/// A level is a ground if at least 1.5 % of the cells are even and have it.
const GROUND_SHARE: usize = 15;

/// Largest difference between a cell and its ground, in levels.
const NEAR_LEVELS: usize = 1;

/// A ground is a peak of the histogram: the levels 3 to 6 away from it are rarer, all together. The levels of a sky are not peaks.
const SLOPE: (usize, usize) = (3, 6);

/// Cells along a side of a square that is judged as one.
const SQUARE: usize = 4;
/// The same, as the sums count it.
const CELLS: i32 = 4;
/// Squares along an axis.
const SQUARES: usize = SIDE / SQUARE;

/// Lines of cells by which a side is moved at most, outwards and inwards: one or two lines of text.
const OUTWARDS: usize = 5;
const INWARDS: usize = 16;

/// A line belongs to the picture if it has at least 92 % of the usual number of cells without ground,
const USUAL_SHARE: usize = 92;
/// and the side is where four such lines follow each other.
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

/// Finds the rectangle within a part that has the most in its favour, by the grounds of all cells.
///
/// None where the part has no ground that counts, and where the rectangle is the whole part or too small.
pub(super) fn shown(cells: &[Cells; SIDE], is_ground: &Levels, part: Rect, which: Grounds) -> Option<Rect> {
    let (rows, columns) = part.cells();
    let (is_ground, against) = match which {
        Grounds::All => (*is_ground, 4),
        Grounds::Outer => (outer(cells, part, is_ground)?, 2),
    };
    let ground = Ground::of(cells, &is_ground);
    let mut squares = [[0_i32; SQUARES]; SQUARES];
    for y in 0..SIDE {
        for (square, x) in squares[y / SQUARE].iter_mut().zip((0..).step_by(SQUARE)) {
            *square += if rows.contains(&y) && columns.contains(&x) {
                let against_it = ground.of_square(y, x);
                2 * (CELLS - against_it) - against * against_it
            } else {
                OUTSIDE
            };
        }
    }
    let found = best_rectangle(&squares)?;
    let mut rect = Rect {
        top: unit(found.rows.0 * SQUARE),
        right: unit(found.columns.1 * SQUARE),
        bottom: unit(found.rows.1 * SQUARE),
        left: unit(found.columns.0 * SQUARE),
    };
    // twice, for how far a side reaches depends on the others
    for _ in 0..2 {
        for (is_row, is_back) in SIDES {
            move_side(cells, &ground, &mut rect, is_row, is_back);
        }
    }
    rect.within(part).if_less_than(part)
}

/// What a row of a square counts that lies outside of the part looked at.
const OUTSIDE: i32 = -1000;

/// An outer ground takes at least 8 % of the cells along the sides of a part.
const OUTER_SHARE: usize = 8;

fn outer(cells: &[Cells; SIDE], part: Rect, is_ground: &Levels) -> Option<Levels> {
    let (rows, columns) = part.cells();
    let mut counts = [0_usize; 256];
    let mut all = 0;
    for (is_row, is_back) in SIDES {
        let (lines, places) = if is_row { (&rows, &columns) } else { (&columns, &rows) };
        let scan =
            SideScan { cells, is_row, is_back, lines: (lines.start, lines.end), places: (places.start, places.end) };
        for cell in scan.cells_at(1) {
            all += 1;
            counts[level(cell)] += 1;
        }
    }
    let mut is_outer = [false; 256];
    for (level, is_outer) in is_outer.iter_mut().enumerate() {
        let count: usize = counts[near(level)].iter().sum();
        *is_outer = is_ground[level] && count * 100 >= OUTER_SHARE * all;
    }
    is_outer.contains(&true).then_some(is_outer)
}

/// The four sides: of rows or of columns, from the first or from the last.
const SIDES: [(bool, bool); 4] = [(true, false), (true, true), (false, false), (false, true)];

/// By level of luma, of some levels.
pub(super) type Levels = [bool; 256];

/// Whether a level is that of a ground; none if no level is.
pub(super) fn grounds(cells: &[Cells; SIDE]) -> Option<Levels> {
    let mut counts = [0_usize; 256];
    // every second row is enough
    for (row, below) in cells.iter().zip(cells.iter().skip(1)).step_by(2) {
        for ((cell, next), below) in row.iter().zip(row.iter().skip(1)).zip(below) {
            if (cell.abs_diff(*next) < EVEN) & (cell.abs_diff(*below) < EVEN) {
                counts[level(*cell)] += 2;
            }
        }
    }
    let mut is_ground = [false; 256];
    for (level, &count) in counts.iter().enumerate() {
        let sum = |levels: Range<usize>| counts[levels].iter().sum::<usize>();
        let below = level.saturating_sub(SLOPE.1)..(level + 1).saturating_sub(SLOPE.0);
        let above = (level + SLOPE.0).min(256)..(level + SLOPE.1 + 1).min(256);
        let slopes = sum(below) + sum(above);
        if count * 1000 >= GROUND_SHARE * SIDE * SIDE && slopes < sum(near(level)) {
            is_ground[near(level)].fill(true);
        }
    }
    is_ground.contains(&true).then_some(is_ground)
}

/// The levels that are nearly equal to one.
fn near(level: usize) -> Range<usize> {
    level.saturating_sub(NEAR_LEVELS)..(level + NEAR_LEVELS + 1).min(256)
}

/// The luma of a cell in whole levels.
fn level(cell: u16) -> usize {
    usize::from(cell.saturating_add(128) >> 8)
}

/// Lines of cells, a bit for each cell: of each line the first 64 cells, then of each the next. Words, not `bitvec`: setting and
/// counting bits of slices takes twice the time of the whole detection (`cargo bench --bench pdq -- frames`).
type Lines = [[u64; SIDE]; SIDE / 64];

/// Which cells are ground: by row and by column.
struct Ground {
    rows: Lines,
    columns: Lines,
}

impl Ground {
    fn of(cells: &[Cells; SIDE], is_ground: &Levels) -> Self {
        let mut found = Self { rows: [[0; SIDE]; SIDE / 64], columns: [[0; SIDE]; SIDE / 64] };
        for (y, cells) in cells.iter().enumerate() {
            let bits = cells.map(|cell| u64::from(is_ground[level(cell)]));
            for (rows, bits) in found.rows.iter_mut().zip(bits.as_chunks::<64>().0) {
                rows[y] = bits.iter().rev().fold(0, |row, bit| row << 1 | bit);
            }
            let columns = found.columns[y / 64].iter_mut();
            columns.zip(&bits).for_each(|(column, bit)| *column |= bit << (y % 64));
        }
        found
    }

    /// How many cells are ground of those of a line in a range of places.
    fn along(&self, is_row: bool, line: usize, (from, to): (usize, usize)) -> usize {
        let lines = if is_row { &self.rows } else { &self.columns };
        // the lowest bits, as many as places before one
        let before = |place: usize, first: usize| match place.saturating_sub(first) {
            bits @ 0..64 => (1_u64 << bits) - 1,
            _ => u64::MAX,
        };
        let words = lines.iter().zip((0..).step_by(64));
        words.map(|(words, first)| (words[line] & before(to, first) & !before(from, first)).count_ones() as usize).sum()
    }

    /// How many cells are ground of those that a row has in the square that begins in a column.
    fn of_square(&self, row: usize, column: usize) -> i32 {
        ((self.rows[column / 64][row] >> (column % 64)) & ((1 << SQUARE) - 1)).count_ones().cast_signed()
    }
}

/// Lines of squares, from the first to one past the last.
struct Found {
    rows: (usize, usize),
    columns: (usize, usize),
}

/// The rectangle with the largest sum, the first of several: for all ranges of rows the best run of columns, found in one pass
/// (Kadane's algorithm), unless all that speaks for these rows is no more than what has been found.
fn best_rectangle(squares: &[[i32; SQUARES]; SQUARES]) -> Option<Found> {
    let (mut best, mut found) = (0, None);
    let most: [i32; SQUARES] = squares.map(|row| row.iter().map(|square| square.max(&0)).sum());
    for top in 0..SQUARES {
        let mut columns = [0_i32; SQUARES];
        let mut possible = 0;
        for (bottom, (row, most)) in squares.iter().zip(most).enumerate().skip(top) {
            columns.iter_mut().zip(row).for_each(|(column, square)| *column = column.wrapping_add(*square));
            possible += most;
            if possible <= best {
                continue;
            }
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
    let Some((scan, (first, last))) = near_side(cells, rect, is_row, is_back) else { return };
    let differing = |at: usize| {
        let pairs = scan.line(at - 1).zip(scan.line(at)).zip(scan.line(at + 1));
        pairs
            .filter(|((outside, mixed), inside)| {
                (outside - mixed).abs() > JUMP.into() || (outside - inside).abs() > JUMP.into()
            })
            .count()
    };
    let mut best = (0, 0);
    for at in 1..scan.depth().saturating_sub(1) {
        let count = differing(at);
        // an edge within a cell is seen from both of its sides: the outer one is where the picture begins
        if count * 100 > best.0 * CLEARLY {
            best = (count, at);
        }
    }
    if best.1 > 0 {
        set_side(rect, &scan, best.1, (is_row, is_back), (first, last));
    }
}

/// An edge must be 15 % stronger than one further outside.
const CLEARLY: usize = 115;

/// The lines to which a side may be moved, from outside.
fn near_side<'c>(
    cells: &'c [Cells; SIDE],
    rect: &Rect,
    is_row: bool,
    is_back: bool,
) -> Option<(SideScan<'c>, (usize, usize))> {
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
    Some((SideScan { cells, is_row, is_back, lines: (first, last), places: (places.start, places.end) }, (first, last)))
}

/// Sets a side to a depth, and to the share of that line that still lies outside.
fn set_side(
    rect: &mut Rect,
    scan: &SideScan<'_>,
    at: usize,
    (is_row, is_back): (bool, bool),
    (first, last): (usize, usize),
) {
    let mut outside = [0; SIDE];
    if at > 0 {
        outside.iter_mut().zip(scan.line(at - 1)).for_each(|(to, from)| *to = from);
    }
    let share = if at > 0 { scan.share(at, |place| outside[place]) } else { 0 };
    let depth = unit(at) + share;
    let side = match (is_row, is_back) {
        (true, false) => &mut rect.top,
        (true, true) => &mut rect.bottom,
        (false, false) => &mut rect.left,
        (false, true) => &mut rect.right,
    };
    *side = if is_back { unit(last).saturating_sub(depth) } else { unit(first) + depth };
}

/// Moves a side to where ground ends and picture begins, to a fraction of a cell.
///
/// That is the first line, seen from outside, from which on four lines have hardly more ground than those in the middle of the
/// rectangle. A line of text has more: its margins and the spaces between its words.
fn move_side(cells: &[Cells; SIDE], ground: &Ground, rect: &mut Rect, is_row: bool, is_back: bool) {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    if lines.is_empty() || places.is_empty() {
        return;
    }
    let count = |scan: &SideScan<'_>, depth: usize| scan.len() - ground.along(is_row, scan.at(depth), scan.places);
    let places = (places.start, places.end);
    // what is usual inside: the median of the lines of the middle half
    let quarter = lines.len() / 4;
    let inner = SideScan { cells, is_row, is_back, lines: (lines.start + quarter, lines.end - quarter), places };
    let mut usual = [0; SIDE];
    let usual = &mut usual[..inner.depth()];
    usual.iter_mut().zip(0..).for_each(|(to, depth)| *to = count(&inner, depth));
    usual.sort_unstable();
    let least = usual[usual.len() / 2] * USUAL_SHARE / 100;
    let Some((scan, range)) = near_side(cells, rect, is_row, is_back) else { return };
    let depth = scan.depth();
    let is_pictured = |at: usize| at < depth && count(&scan, at) >= least;
    let Some(at) = (0..depth.saturating_sub(IN_A_ROW)).find(|&at| (at..at + IN_A_ROW).all(is_pictured)) else {
        return;
    };
    set_side(rect, &scan, at, (is_row, is_back), range);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By definition: the first of all rectangles, by rows and then by columns, that has the largest sum.
    fn slowly(squares: &[[i32; SQUARES]; SQUARES]) -> Option<[usize; 4]> {
        let (mut best, mut found) = (0, None);
        for top in 0..SQUARES {
            for bottom in top..SQUARES {
                let sums: [i32; SQUARES] =
                    core::array::from_fn(|x| squares[top..=bottom].iter().map(|row| row[x]).sum());
                for (left, right) in (0..SQUARES).flat_map(|left| (left + 1..=SQUARES).map(move |right| (left, right)))
                {
                    let sum = sums[left..right].iter().sum();
                    if sum > best {
                        (best, found) = (sum, Some([top, bottom + 1, left, right]));
                    }
                }
            }
        }
        found
    }

    #[test]
    fn the_best_rectangle_has_the_largest_sum() {
        let mut random = 1_u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i32::try_from((random >> 33) % below).unwrap()
        };
        for round in 0..12 {
            // all against, all for, few values so that many sums are equal, islands, what cells lead to
            let mut squares = [[0_i32; SQUARES]; SQUARES];
            let island = core::array::from_fn::<_, 4, _>(|_| usize::try_from(next(SQUARES as u64)).unwrap());
            for (y, row) in squares.iter_mut().enumerate() {
                for (x, square) in row.iter_mut().enumerate() {
                    let is_inside = (y.abs_diff(island[0]) < 9) & (x.abs_diff(island[1]) < 13)
                        || (y.abs_diff(island[2]) < 5) & (x.abs_diff(island[3]) < 4);
                    *square = match round {
                        0 => -next(5),
                        1 => next(5),
                        2..6 => next(3) - 1,
                        6..9 => {
                            if is_inside {
                                next(3)
                            } else {
                                -next(3)
                            }
                        }
                        _ => {
                            if is_inside {
                                32 - next(20)
                            } else {
                                next(96) - 64
                            }
                        }
                    };
                }
            }
            let found = best_rectangle(&squares);
            let found = found.map(|found| [found.rows.0, found.rows.1, found.columns.0, found.columns.1]);
            let expected = slowly(&squares);
            let sum = |rect: Option<[usize; 4]>| {
                let [top, bottom, left, right] = rect.unwrap_or_default();
                (top..bottom).map(|row| squares[row][left..right].iter().sum::<i32>()).sum::<i32>()
            };
            assert_eq!(sum(found), sum(expected), "{round}");
            assert_eq!(found.map(|rect| (rect[0], rect[1])), expected.map(|rect| (rect[0], rect[1])), "{round}");
        }
    }
}
