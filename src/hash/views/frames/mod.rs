//! Where a picture may lie within what was put around it: a border of one colour, or the bars of a screenshot.
//!
//! Both are found in the grid, to a fraction of a cell: the row of cells in which the picture begins is part border, part
//! picture, and which part shows by how far it lies between the border and the row behind it (least squares).

mod rect;
mod screen;
mod side;

use self::rect::unit;
use self::screen::Grounds;
use self::side::{FLAT, JUMP, SideScan};
use crate::kernel::Level;
use crate::kernel::edge_counts::{self, Counts, Steps};
use crate::resample::area::{Cells, SIDE};

pub(in crate::hash::views) use self::rect::{Rect, UNIT};

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

/// What both sides of the rows or columns of a part leave, by `depth` of each.
fn narrowed(cells: &[Cells; SIDE], rect: Rect, is_row: bool, depth: impl Fn(&SideScan<'_>) -> u32) -> Rect {
    let (rows, columns) = rect.cells();
    let (lines, places) = if is_row { (rows, columns) } else { (columns, rows) };
    let scan = |is_back| SideScan {
        cells,
        is_row,
        is_back,
        lines: (lines.start, lines.end),
        places: (places.start, places.end),
    };
    let (before, after) = (depth(&scan(false)), depth(&scan(true)));
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
    let by_rows = narrowed(cells, rect, true, |scan| scan.border());
    if !by_rows.is_enough() {
        return None;
    }
    narrowed(cells, by_rows, false, |scan| scan.border()).if_less_than(rect)
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
        edge_counts::of_rows(Level::best(), cells, part, steps, &mut counts);
    } else {
        edge_counts::of_columns(Level::best(), cells, part, steps, &mut counts);
    }
    narrowed(cells, rect, is_row, |scan| scan.bar(&counts))
}

#[cfg(test)]
mod tests;
