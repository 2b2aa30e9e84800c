//! Where a picture may lie within what was put around it: a border of one colour, or the bars of a screenshot.
//!
//! Both are found in the grid, to a fraction of a cell: the row of cells in which the picture begins is part border, part
//! picture, and which part shows by how far it lies between the border and the row behind it (least squares).

mod screen;

use crate::resample::area::{Cells, SIDE};
use screen::Grounds;

use crate::kernel::Level;
use crate::kernel::lines::{self, Counts, Steps};

/// How far a cell of a border may lie from its colour: 10 of 255, of the mean of many pixels.
const TOLERANCE: i32 = 10 * 256;

/// What is left must have a sixth of the cells of each axis: a wide picture on an upright screen has a quarter.
const LEAST_REST: u32 = LENGTH / 6;

/// Neighbouring lines of cells that are so far apart,
const JUMP: u16 = 6 * 256;
/// at so many places of 100, are the edge of a bar;
const EDGE_SHARE: usize = 60;
/// and a line of which so many places of 100 equal their neighbours,
const FLAT_SHARE: usize = 55;
/// to within this, is drawn and no photograph.
const FLAT: u16 = 2 * 256;
/// Of the lines of a bar so many of 100 are drawn.
const DRAWN_SHARE: usize = 75;
/// A bar takes less than this part of 100 of the axis.
const WIDEST_BAR: usize = 45;

/// In what part of a cell places are counted.
pub(in crate::hash::views) const UNIT: u32 = 256;

/// How long an axis is, in these parts.
#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const LENGTH: u32 = UNIT * SIDE as u32;

/// A part of the picture, in 256ths of a cell from the top or the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hash::views) struct Rect {
    pub(in crate::hash::views) top: u32,
    pub(in crate::hash::views) right: u32,
    pub(in crate::hash::views) bottom: u32,
    pub(in crate::hash::views) left: u32,
}

impl Rect {
    pub(in crate::hash::views) const WHOLE: Self = Self { top: 0, right: LENGTH, bottom: LENGTH, left: 0 };

    /// Whether enough is left of each axis.
    fn is_enough(self) -> bool {
        self.bottom.saturating_sub(self.top) >= LEAST_REST && self.right.saturating_sub(self.left) >= LEAST_REST
    }

    /// This part if it is less than the other, and enough.
    fn if_less_than(self, other: Self) -> Option<Self> {
        (self != other && self.is_enough()).then_some(self)
    }

    /// The smallest that holds both.
    fn with(self, other: Self) -> Self {
        Self {
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
            left: self.left.min(other.left),
        }
    }

    /// What both have in common.
    fn within(self, other: Self) -> Self {
        Self {
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
            left: self.left.max(other.left),
        }
    }

    /// The cells that lie wholly within: rows, then columns.
    fn cells(self) -> (core::ops::Range<usize>, core::ops::Range<usize>) {
        let range = |from: u32, to: u32| from.div_ceil(UNIT) as usize..(to / UNIT) as usize;
        (range(self.top, self.bottom), range(self.left, self.right))
    }
}

/// The frames of a picture, each where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hash::views) struct Frames {
    pub(in crate::hash::views) trimmed: Option<Rect>,
    pub(in crate::hash::views) evenly: Option<Rect>,
    pub(in crate::hash::views) twice: Option<Rect>,
    pub(in crate::hash::views) bars: Option<Rect>,
    pub(in crate::hash::views) panels: Option<Rect>,
    pub(in crate::hash::views) screen: Option<Rect>,
    pub(in crate::hash::views) wide: Option<Rect>,
    pub(in crate::hash::views) edged: Option<Rect>,
}

impl Frames {
    pub(in crate::hash::views) const NONE: Self = Self {
        trimmed: None,
        evenly: None,
        twice: None,
        bars: None,
        panels: None,
        screen: None,
        wide: None,
        edged: None,
    };

    /// Looks for frames in a grid.
    pub(in crate::hash::views) fn of(cells: &[Cells; SIDE]) -> Self {
        let trimmed = trim(cells, Rect::WHOLE);
        let twice = trimmed.and_then(|rect| trim(cells, rect));
        let evenly = trimmed.and_then(|rect| {
            let (down, across) =
                (rect.top.min(Rect::WHOLE.bottom - rect.bottom), rect.left.min(Rect::WHOLE.right - rect.right));
            let even =
                Rect { top: down, right: Rect::WHOLE.right - across, bottom: Rect::WHOLE.bottom - down, left: across };
            even.if_less_than(Rect::WHOLE).filter(|even| *even != rect)
        });
        let trimmed_within = |rect: Rect| trim(cells, rect).unwrap_or(rect);
        let bars = within_bars(cells, true).map(trimmed_within).filter(|&rect| Some(rect) != trimmed);
        let panels =
            within_bars(cells, false).map(trimmed_within).filter(|&rect| Some(rect) != trimmed && Some(rect) != bars);
        let known = [trimmed, evenly, twice, bars, panels];
        let is_ground = screen::grounds(cells);
        let shown = |part, which| is_ground.as_ref().and_then(|is_ground| screen::shown(cells, is_ground, part, which));
        let screen = shown(Rect::WHOLE, Grounds::All);
        // a window on a desktop, and the picture within the window
        let wide = shown(Rect::WHOLE, Grounds::Outer).map(|rect| shown(rect, Grounds::Outer).unwrap_or(rect));
        let either = screen.zip(wide).map(|(one, other)| one.with(other)).or(screen).or(wide);
        let edged = either.and_then(|rect| screen::edged(cells, rect));
        let screen = screen.filter(|&rect| !known.contains(&Some(rect)));
        let wide = wide.filter(|&rect| !known.contains(&Some(rect)) && Some(rect) != screen);
        let edged = edged.filter(|&rect| !known.contains(&Some(rect)) && Some(rect) != screen && Some(rect) != wide);
        Self { trimmed, evenly, twice, bars, panels, screen, wide, edged }
    }
}

/// One side of a part of the grid, looked at from the outside: lines of cells by depth, and places along them.
#[derive(Clone, Copy)]
struct Look<'c> {
    cells: &'c [Cells; SIDE],
    is_row: bool,
    /// Whether depth counts backwards.
    is_back: bool,
    /// The range of lines, and of places.
    lines: (usize, usize),
    places: (usize, usize),
}

impl Look<'_> {
    /// How many lines there are.
    const fn depth(&self) -> usize {
        self.lines.1.saturating_sub(self.lines.0)
    }

    /// Which row or column lies at a depth.
    const fn at(&self, depth: usize) -> usize {
        if self.is_back { self.lines.1 - 1 - depth } else { self.lines.0 + depth }
    }

    fn line(&self, depth: usize) -> impl Iterator<Item = i32> + Clone + '_ {
        let line = self.at(depth);
        (self.places.0..self.places.1).map(move |place| {
            let (y, x) = if self.is_row { (line, place) } else { (place, line) };
            self.cells.get(y).and_then(|row| row.get(x)).copied().map_or(0, i32::from)
        })
    }

    fn len(&self) -> usize {
        self.places.1.saturating_sub(self.places.0)
    }

    /// How deep a border of one colour is, in 256ths of a cell.
    fn border(&self) -> u32 {
        let (depth, len) = (self.depth(), i32::try_from(self.len()).unwrap_or(0));
        if depth == 0 || len == 0 {
            return 0;
        }
        let color = self.line(0).sum::<i32>() / len;
        let uniform = (0..depth).take_while(|&at| self.line(at).all(|cell| (cell - color).abs() <= TOLERANCE)).count();
        if uniform == 0 || uniform == depth {
            return UNIT * u32::try_from(uniform).unwrap_or(0);
        }
        UNIT * u32::try_from(uniform).unwrap_or(0) + self.share(uniform, |_| color)
    }

    /// How much of the line at a depth belongs to what is outside, in 256ths; `outside` is that by place.
    fn share(&self, depth: usize, outside: impl Fn(usize) -> i32) -> u32 {
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
        u32::try_from(share.clamp(0, i64::from(UNIT))).unwrap_or(0)
    }

    /// How deep a bar is that is not of one colour, in 256ths of a cell: 0 where there is none.
    fn bar(&self, counts: &Counts) -> u32 {
        let len = self.len();
        let most = (self.depth() * WIDEST_BAR / 100).min(self.depth().saturating_sub(2));
        let edges = if self.is_back { &counts.backwards } else { &counts.onwards };
        let of = |counts: &[u16; SIDE], at: usize| counts.get(self.at(at)).copied().map_or(0, usize::from);
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
        UNIT * u32::try_from(found).unwrap_or(0) + self.share(found, |place| outside.get(place).copied().unwrap_or(0))
    }
}

/// What both sides of the rows or columns of a part leave, by `depth` of each.
fn narrowed(cells: &[Cells; SIDE], rect: Rect, is_row: bool, depth: impl Fn(&Look<'_>) -> u32) -> Rect {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    let look =
        |is_back| Look { cells, is_row, is_back, lines: (lines.start, lines.end), places: (places.start, places.end) };
    let unit = |line: usize| UNIT * u32::try_from(line).unwrap_or(0);
    let (before, after) = (depth(&look(false)), depth(&look(true)));
    let start = if before > 0 {
        unit(lines.start) + before
    } else if is_row {
        rect.top
    } else {
        rect.left
    };
    let end = if after > 0 {
        unit(lines.end).saturating_sub(after)
    } else if is_row {
        rect.bottom
    } else {
        rect.right
    };
    if is_row { Rect { top: start, bottom: end, ..rect } } else { Rect { left: start, right: end, ..rect } }
}

/// What lies within a border of one colour, each side having its own; none where there is none, or too little is left.
fn trim(cells: &[Cells; SIDE], rect: Rect) -> Option<Rect> {
    let by_rows = narrowed(cells, rect, true, |look| look.border());
    if !by_rows.is_enough() {
        return None;
    }
    narrowed(cells, by_rows, false, |look| look.border()).if_less_than(rect)
}

/// What lies within bars that are not of one colour: above and below first, or at the sides first.
fn within_bars(cells: &[Cells; SIDE], rows_first: bool) -> Option<Rect> {
    let first = barred(cells, Rect::WHOLE, rows_first);
    if !first.is_enough() {
        return None;
    }
    barred(cells, first, !rows_first).if_less_than(Rect::WHOLE)
}

/// What bars leave of the rows or columns of a part.
fn barred(cells: &[Cells; SIDE], rect: Rect, is_row: bool) -> Rect {
    let (rows, columns) = rect.cells();
    let (part, steps) = ([(rows.start, rows.end), (columns.start, columns.end)], Steps { flat: FLAT, jump: JUMP });
    let mut counts = Counts::NONE;
    if is_row {
        lines::of_rows(Level::best(), cells, part, steps, &mut counts);
    } else {
        lines::of_columns(Level::best(), cells, part, steps, &mut counts);
    }
    narrowed(cells, rect, is_row, |look| look.bar(&counts))
}
