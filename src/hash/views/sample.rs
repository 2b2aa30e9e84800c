//! A framing sampled from the grid: the 64x64 that PDQ would make of it, and their spectrum.
//!
//! Each sample is a tent of cells, as wide as PDQ's own, but two cells at least. Along both axes apart where nothing is turned:
//! all samples of a column at once, then all of a row.

#![expect(clippy::indexing_slicing, reason = "samples and coefficients are numbered up to the sides of their squares")]

use super::frames::UNIT;
use super::framing::{Beyond, Framing, Sides};
use super::grid::Grid;
use super::tilt;
use super::window::{Window, floor, lag};
use crate::dct;
use crate::hash::PdqSpectrum;
use crate::hash::quality::Gradient;
use crate::kernel::Level;
use crate::kernel::tent_filter::{self, Axis, MOST_TAPS, Taps};
use crate::resample::area::SIDE;
use crate::resample::jarosz::SAMPLES;

/// Memory in which framings are sampled: 64 KB, to be used over and over again.
#[derive(Clone)]
pub struct Scratch {
    columns: [[f32; SAMPLES]; SIDE],
    samples: [[f32; SAMPLES]; SAMPLES],
}

impl Scratch {
    /// Memory in which nothing has been sampled.
    #[must_use]
    pub const fn new() -> Self {
        Self { columns: [[0.0; SAMPLES]; SIDE], samples: [[0.0; SAMPLES]; SAMPLES] }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for Scratch {
    /// Never prints samples.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

impl Grid {
    /// The spectrum of a framing, with its own quality and all eight hashes; none where the framing does not apply: there is no
    /// border to be trimmed, nothing is left, or the picture is too small to be hashed.
    ///
    /// Cost: some microseconds; a tilted one takes twice as much. No heap.
    #[must_use]
    pub fn spectrum(&self, framing: &Framing, scratch: &mut Scratch) -> Option<PdqSpectrum> {
        self.spectrum_at(Level::best(), framing, scratch)
    }

    /// The same with the given CPU level; the result is the same.
    #[must_use]
    pub fn spectrum_at(&self, level: Level, framing: &Framing, scratch: &mut Scratch) -> Option<PdqSpectrum> {
        let is_transposed = self.sample(level, framing, scratch)?;
        if let Some(covered) = framing.covered {
            cover(&mut scratch.samples, if is_transposed { transposed(covered) } else { covered });
        }
        let mut coefficients = dct::transform(level, &scratch.samples);
        if is_transposed {
            let straight = coefficients;
            coefficients = core::array::from_fn(|y| core::array::from_fn(|x| straight[x][y]));
        }
        // the sum over neighbours in both directions is the same either way
        Some(PdqSpectrum::new(coefficients, Gradient::of_rows(level, &scratch.samples)))
    }

    /// Samples a framing into the scratch memory, and says whether rows and columns have changed places.
    fn sample(&self, level: Level, framing: &Framing, scratch: &mut Scratch) -> Option<bool> {
        let window = Window::of(self, framing)?;
        if framing.tenths != 0 {
            tilt::sample(level, self, &window, framing, &mut scratch.samples)?;
            return Some(false);
        }
        let base = window.base;
        let across = axis(window.left, window.right, self.width, (base.left, base.right), framing.beyond)?;
        let down = axis(window.top, window.bottom, self.height, (base.top, base.bottom), framing.beyond)?;
        tent_filter::down(level, &self.cells, &down, &mut scratch.columns);
        tent_filter::across(level, &scratch.columns, &across, &mut scratch.samples);
        Some(true)
    }
}

/// The cells of 64 samples from `start` to `end`, and their weights; what lies beyond the base goes on as `beyond` says.
fn axis(start: f64, end: f64, pixels: u32, base: (u32, u32), beyond: Beyond) -> Option<Axis> {
    let fold = Fold::new(base, beyond)?;
    let step = (end - start) / 64.0;
    let start = start + lag(start, end, pixels);
    // half the width of the tent: PDQ's is half a step
    let half = if step > 2.0 { step / 2.0 } else { 1.0 };
    let mut axis = Axis { taps: [Taps { cells: [0; MOST_TAPS], weights: [0.0; MOST_TAPS] }; SAMPLES], used: 0 };
    for (taps, number) in axis.taps.iter_mut().zip(0_u8..) {
        let middle = start + (f64::from(number) + 0.5) * step;
        let first = floor(middle - half + 0.5);
        let mut weights = [0.0; MOST_TAPS];
        let (mut sum, mut used) = (0.0, 0);
        for (to, cell) in weights.iter_mut().zip(first..) {
            let weight = half - (f64::from(cell) + 0.5 - middle).abs();
            if weight <= 0.0 && used > 0 {
                break;
            }
            *to = weight.max(0.0);
            sum += *to;
            used += 1;
        }
        let share = 1.0 / sum;
        for (((to, weight_to), weight), cell) in
            taps.cells.iter_mut().zip(&mut taps.weights).zip(weights).zip(first..).take(used)
        {
            *to = fold.cell(cell);
            #[expect(clippy::cast_possible_truncation, reason = "rounded to f32")]
            let rounded = (weight * share) as f32;
            *weight_to = rounded;
        }
        axis.used = axis.used.max(used);
    }
    Some(axis)
}

/// How places beyond the base, and cells that it shares with what is around it, are brought into it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fold {
    /// The first and the last cell that lie wholly within the base.
    first: i32,
    last: i32,
    /// Twice the places of the base's sides, in cells.
    twice: (f64, f64),
    beyond: Beyond,
}

impl Fold {
    /// The sides of the base are counted in 256ths of a cell; none if it has no cell to itself.
    pub(super) fn new((from, to): (u32, u32), beyond: Beyond) -> Option<Self> {
        let first = i32::try_from(from.div_ceil(UNIT)).ok()?;
        let last = i32::try_from(to / UNIT).ok()? - 1;
        let twice = |place: u32| 2.0 * f64::from(place) / f64::from(UNIT);
        (first <= last).then_some(Self { first, last, twice: (twice(from), twice(to)), beyond })
    }

    /// The cell that stands for a cell.
    fn cell(&self, cell: i32) -> u8 {
        let folded = if (self.first..=self.last).contains(&cell) || self.beyond == Beyond::Edge {
            cell
        } else {
            let place = f64::from(cell) + 0.5;
            if 2.0 * place < self.twice.0 {
                floor(self.twice.0 - place)
            } else if 2.0 * place > self.twice.1 {
                floor(self.twice.1 - place)
            } else {
                cell
            }
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cell of the grid")]
        let cell = folded.clamp(self.first, self.last) as u8;
        cell
    }
}

const fn transposed(sides: Sides) -> Sides {
    Sides { top: sides.left, right: sides.bottom, bottom: sides.right, left: sides.top }
}

/// Covers a rectangle: each sample becomes the mean of the nearest ones outside of it on all sides where there are any, the
/// nearer the more.
fn cover(samples: &mut [[f32; SAMPLES]; SAMPLES], sides: Sides) {
    let from = |side: i16| (usize::from(side.clamp(0, 1000).cast_unsigned()) * SAMPLES + 500) / 1000;
    let (top, bottom) = (from(sides.top), SAMPLES - from(sides.bottom));
    let (left, right) = (from(sides.left), SAMPLES - from(sides.right));
    for y in top..bottom {
        for x in left..right {
            let (mut sum, mut weights) = (0.0, 0.0);
            let mut add = |value: f32, distance: usize| {
                #[expect(clippy::cast_precision_loss, reason = "at most 64")]
                let weight = 1.0 / distance as f32;
                sum += weight * value;
                weights += weight;
            };
            if top > 0 {
                add(samples[top - 1][x], y + 1 - top);
            }
            if bottom < SAMPLES {
                add(samples[bottom][x], bottom - y);
            }
            if left > 0 {
                add(samples[y][left - 1], x + 1 - left);
            }
            if right < SAMPLES {
                add(samples[y][right], right - x);
            }
            if weights > 0.0 {
                samples[y][x] = sum / weights;
            }
        }
    }
}
