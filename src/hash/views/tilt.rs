//! A framing that is turned by some degrees: sampled place by place, each sample a mean of the four cells around it.
//!
//! Places are counted in 65,536ths of a cell, so that stepping along a row adds up exactly.

use super::frames::UNIT;
use super::framing::{Beyond, Framing};
use super::grid::Grid;
use super::window::{Window, lag};
use crate::kernel::Level;
use crate::resample::area::SIDE;
use crate::resample::jarosz::SAMPLES;

/// The largest angle, in tenths of a degree.
const MOST_TENTHS: i16 = 450;

/// Samples a window that is turned about its middle.
pub(super) fn sample(
    _: Level,
    grid: &Grid,
    window: &Window,
    framing: &Framing,
    samples: &mut [[f32; SAMPLES]; SAMPLES],
) -> Option<()> {
    if !(-MOST_TENTHS..=MOST_TENTHS).contains(&framing.tenths) {
        return None;
    }
    let (sin, cos) = sin_cos(f64::from(framing.tenths) * core::f64::consts::PI / 1800.0);
    // the proportions of a cell: how many cells across are as long as one down
    let cell_width = f64::from(grid.width);
    let cell_height = f64::from(grid.height);
    let aspect = cell_height / cell_width;
    let (step_x, step_y) = ((window.right - window.left) / 64.0, (window.bottom - window.top) / 64.0);
    let fixed = |cells: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "some hundreds of cells at most")]
        let fixed = (cells * 65_536.0) as i32;
        fixed
    };
    // one sample to the right, and one down
    let right = (fixed(cos * step_x), fixed(sin * step_x / aspect));
    let down = (fixed(-sin * step_y * aspect), fixed(cos * step_y));
    let middle = (
        (window.left + window.right) / 2.0 + lag(window.left, window.right, grid.width),
        (window.top + window.bottom) / 2.0 + lag(window.top, window.bottom, grid.height),
    );
    let half = |one: i32, other: i32| 63 * (one / 2 + other / 2);
    // cells are counted from their middles
    let start = (fixed(middle.0 - 0.5) - half(right.0, down.0), fixed(middle.1 - 0.5) - half(right.1, down.1));
    let across = Bounds::new((window.base.left, window.base.right), framing.beyond)?;
    let upright = Bounds::new((window.base.top, window.base.bottom), framing.beyond)?;
    let mut row_start = start;
    for row in samples {
        let mut place = row_start;
        let end = (place.0 + 63 * right.0, place.1 + 63 * right.1);
        // most rows lie within the base as a whole
        if [place, end].iter().all(|place| across.holds(place.0) && upright.holds(place.1)) {
            for sample in row {
                *sample = mean_of_four(grid, place.0.cast_unsigned(), place.1.cast_unsigned());
                place = (place.0 + right.0, place.1 + right.1);
            }
        } else {
            for sample in row {
                *sample = mean_of_four(grid, across.fold(place.0), upright.fold(place.1));
                place = (place.0 + right.0, place.1 + right.1);
            }
        }
        row_start = (row_start.0 + down.0, row_start.1 + down.1);
    }
    Some(())
}

/// The mean of the four cells around a place, by how near they are.
#[inline(always)]
fn mean_of_four(grid: &Grid, x: u32, y: u32) -> f32 {
    let ((column, right), (row, below)) = ((x >> 16, x >> 8 & 255), (y >> 16, y >> 8 & 255));
    let (column, row) = ((column as usize).min(SIDE - 2), (row as usize).min(SIDE - 2));
    let (upper, lower) = grid.cells.as_flattened().split_at(row * SIDE + column).1.split_at(SIDE);
    let pair = |cells: &[u16]| match cells {
        [one, next, ..] => (256 - right) * u32::from(*one) + right * u32::from(*next),
        _ => 0,
    };
    // 16 bits of luma and 8 of each share
    let sum = (256 - below) * (pair(upper) >> 4) + below * (pair(lower) >> 4);
    #[expect(clippy::cast_precision_loss, reason = "28 bits, of which the upper 24 are enough")]
    let mean = sum as f32 * (1.0 / 1_048_576.0);
    mean
}

/// The places between the middles of the first and the last cell that lie wholly within the base, in 65,536ths of a cell.
#[derive(Clone, Copy)]
struct Bounds {
    first: i32,
    last: i32,
    /// The sides of the base, where it is mirrored.
    from: i32,
    to: i32,
    beyond: Beyond,
}

impl Bounds {
    fn new((from, to): (u32, u32), beyond: Beyond) -> Option<Self> {
        let fixed = |place: u32| i32::try_from(place * (65_536 / UNIT)).ok();
        let (first, last) = (from.div_ceil(UNIT), (to / UNIT).checked_sub(1)?);
        // sides are counted from the middles of cells, too
        let bounds = Self {
            first: fixed(first * UNIT)?,
            last: fixed(last * UNIT)?,
            from: fixed(from)? - 32_768,
            to: fixed(to)? - 32_768,
            beyond,
        };
        (first <= last).then_some(bounds)
    }

    /// Whether a place lies between the first and the last, so that it stands for itself.
    const fn holds(&self, place: i32) -> bool {
        self.first <= place && place <= self.last
    }

    /// The place that stands for a place.
    #[inline(always)]
    fn fold(&self, place: i32) -> u32 {
        let folded = match self.beyond {
            Beyond::Reflected if place < self.from => 2 * self.from - place,
            Beyond::Reflected if place > self.to => 2 * self.to - place,
            _ => place,
        };
        folded.clamp(self.first, self.last).cast_unsigned()
    }
}

/// The sine and the cosine of an angle of at most an eighth of a turn, by their series.
fn sin_cos(angle: f64) -> (f64, f64) {
    let square = angle * angle;
    let (mut sin, mut cos) = (0.0, 0.0);
    let (mut term, mut number) = (1.0, 0.0);
    // by turns a term of the cosine and, times the angle, one of the sine
    for _ in 0..9 {
        cos += term;
        sin += term * angle / (number + 1.0);
        term *= -square / ((number + 1.0) * (number + 2.0));
        number += 2.0;
    }
    (sin, cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_are_those_of_the_angle() {
        for tenths in -MOST_TENTHS..=MOST_TENTHS {
            let angle = f64::from(tenths) * core::f64::consts::PI / 1800.0;
            let (sin, cos) = sin_cos(angle);
            assert!((sin - angle.sin()).abs() < 1e-14 && (cos - angle.cos()).abs() < 1e-14, "{tenths}");
        }
    }
}
