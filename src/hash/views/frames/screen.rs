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
/// As many has a row of it.
const CELLS: i32 = 4;
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
        let Some(squares) = squares.get_mut(y / SQUARE) else { continue };
        for (square, x) in squares.iter_mut().zip((0..).step_by(SQUARE)) {
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
        top: unit(found.rows.0),
        right: unit(found.columns.1),
        bottom: unit(found.rows.1),
        left: unit(found.columns.0),
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

/// Of the grounds those that take so many of 100 of the cells along the sides of a part.
const OUTER_SHARE: usize = 8;

fn outer(cells: &[Cells; SIDE], part: Rect, is_ground: &Levels) -> Option<Levels> {
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

/// By level of luma, of some levels.
pub(super) type Levels = [bool; 256];

/// Whether a level is that of a ground; none if no level is.
pub(super) fn grounds(cells: &[Cells; SIDE]) -> Option<Levels> {
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

/// Lines of cells, a bit for each cell: of each line the first 64 cells, then of each the next.
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
            let bits = cells.map(|cell| u64::from(is_ground.get(level(cell)).copied().unwrap_or(false)));
            for (rows, bits) in found.rows.iter_mut().zip(bits.as_chunks::<64>().0) {
                if let Some(row) = rows.get_mut(y) {
                    *row = bits.iter().rev().fold(0, |row, bit| row << 1 | bit);
                }
            }
            if let Some(columns) = found.columns.get_mut(y / 64) {
                columns.iter_mut().zip(&bits).for_each(|(column, bit)| *column |= bit << (y % 64));
            }
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
        let of = |lines: &[u64; SIDE], first| {
            let bits = lines.get(line).copied().unwrap_or(0);
            (bits & before(to, first) & !before(from, first)).count_ones() as usize
        };
        lines.iter().zip((0..).step_by(64)).map(|(lines, first)| of(lines, first)).sum()
    }

    /// How many cells are ground of those that a row has in the square that begins in a column.
    fn of_square(&self, row: usize, column: usize) -> i32 {
        let word = self.rows.get(column / 64).and_then(|rows| rows.get(row)).copied().unwrap_or(0);
        ((word >> (column % 64)) & ((1 << SQUARE) - 1)).count_ones().cast_signed()
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
fn move_side(cells: &[Cells; SIDE], ground: &Ground, rect: &mut Rect, is_row: bool, is_back: bool) {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    if lines.is_empty() || places.is_empty() {
        return;
    }
    let count = |look: &Look<'_>, depth: usize| look.len() - ground.along(is_row, look.at(depth), look.places);
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
