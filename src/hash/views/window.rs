//! Which part of the grid a framing samples.

use super::frames::{Rect, UNIT};
use super::framing::{Base, Framing};
use super::grid::Grid;
use crate::resample::area::SIDE;

/// What is sampled, in cells from the top or the left of the grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) base: Rect,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
    pub(super) left: f64,
}

impl Window {
    pub(super) fn of(grid: &Grid, framing: &Framing) -> Option<Self> {
        let frames = &grid.frames;
        let base = match framing.base {
            Base::Whole => Some(Rect::WHOLE),
            Base::Trimmed => frames.trimmed,
            Base::TrimmedEvenly => frames.evenly,
            Base::TrimmedTwice => frames.twice,
            Base::WithinBars => frames.bars,
            Base::WithinPanels => frames.panels,
            Base::Shown => frames.screen,
            Base::ShownWide => frames.wide,
            Base::ShownEdges => frames.edged,
        }?;
        if !grid.is_hashed() || !framing.sides.are_sound() {
            return None;
        }
        let cells = |place: u32| f64::from(place) / f64::from(UNIT);
        let (top, right, bottom, left) = (cells(base.top), cells(base.right), cells(base.bottom), cells(base.left));
        let (height, width) = ((bottom - top) / 1000.0, (right - left) / 1000.0);
        let sides = framing.sides;
        Some(Self {
            base,
            top: top + f64::from(sides.top) * height,
            right: right - f64::from(sides.right) * width,
            bottom: bottom - f64::from(sides.bottom) * height,
            left: left + f64::from(sides.left) * width,
        })
    }
}

/// By how many cells PDQ's samples lie behind the middles of their parts of an axis from `start` to `end`.
///
/// An even window of its filter reaches a pixel further to the right, and positions are rounded down: half a pixel on average,
/// but nothing where the length is divided evenly. See `resample/jarosz.rs`.
pub(super) fn lag(start: f64, end: f64, pixels: u32) -> f64 {
    let pixels_per_cell = f64::from(pixels) / (SIDE as f64);
    let length = floor((end - start) * pixels_per_cell + 0.5).max(0).cast_unsigned();
    let is_even = length.div_ceil(128).is_multiple_of(2);
    let lag = if is_even { 1.0 } else { 0.0 } + if length.is_multiple_of(128) { 0.5 } else { 0.0 };
    lag / pixels_per_cell
}

/// The largest integer that is not above.
pub(super) fn floor(value: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "some hundreds at most")]
    let cut = value as i32;
    if f64::from(cut) > value { cut - 1 } else { cut }
}
