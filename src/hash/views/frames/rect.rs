//! Parts of a picture, in 256ths of a cell of its grid.

use core::ops::Range;

use crate::resample::area::SIDE;

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
    pub(super) fn is_enough(self) -> bool {
        self.bottom.saturating_sub(self.top) >= LEAST_REST && self.right.saturating_sub(self.left) >= LEAST_REST
    }

    /// This part if it is less than the other, and enough.
    pub(super) fn if_less_than(self, other: Self) -> Option<Self> {
        (self != other && self.is_enough()).then_some(self)
    }

    /// The smallest that holds both.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
            left: self.left.min(other.left),
        }
    }

    /// What both have in common.
    pub(super) fn within(self, other: Self) -> Self {
        Self {
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
            left: self.left.max(other.left),
        }
    }

    /// The cells that lie wholly within: rows, then columns.
    pub(super) fn cells(self) -> (Range<usize>, Range<usize>) {
        let range = |from: u32, to: u32| from.div_ceil(UNIT) as usize..(to / UNIT) as usize;
        (range(self.top, self.bottom), range(self.left, self.right))
    }
}

/// What is left must have a sixth of the cells of each axis: a wide picture on an upright screen has a quarter.
const LEAST_REST: u32 = LENGTH / 6;

/// Where a line of cells begins, in 256ths of a cell.
#[expect(clippy::cast_possible_truncation, reason = "at most as many lines as the grid has")]
pub(super) const fn unit(line: usize) -> u32 {
    UNIT * line as u32
}
