//! Where the windows of an axis lie, and their weights in fixed point, as Pillow computes them in `f64`.
//!
//! A weight is a truncated sinc, over the sum of its window, rounded to 22 fractional bits. Two sines for each pixel of the
//! axis are a large part of a hash's time where the picture has few rows. So they are first approximated: exact sines at
//! intervals, turned by multiples of a step. Where that puts a weight nearer to a rounding boundary than its error
//! could move it, the whole window is computed as the reference does.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "f64 positions are clamped to the source, and weights are within 2^23, before they become integers"
)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::f64::consts::PI;

use crate::kernel::Level;
use crate::kernel::lanczos::FRACTION_BITS;
use crate::kernel::lanczos_weights::{Start, TURNS, Turns, round, sincs, sum};

/// Half the width of the filter, in outputs.
const SUPPORT: f64 = 3.0;
/// Fixed-point weights are multiples of its inverse.
const ONE: f64 = (1 << FRACTION_BITS) as f64;
/// How far from a window's centre, in outputs, weights are computed by the definition.
const CENTER: f64 = 1.0 / 64.0;
/// How near to a rounding boundary, in units of a fixed-point weight, an approximate weight is doubted. A weight of
/// up to `2^22 / scale` units errs by a few last places over [`CENTER`], and with the rounding of a sum of `6 scale`
/// others: by less than `(2^22 / scale) * (6 scale + 200) * 2^-53`, that is 2^-23.
const DOUBT: f64 = 1.0 / (1 << 20) as f64;

/// The source pixels that one output is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub(super) first: usize,
    pub(super) taps: usize,
    /// Centre of the output in the source, in pixels from its edge.
    pub(super) center: f64,
}

impl Window {
    pub(super) fn end(&self) -> usize {
        self.first + self.taps
    }
}

/// Where the windows of one axis lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry {
    source: u32,
    outputs: u32,
    /// Source pixels per output.
    scale: f64,
}

impl Geometry {
    pub(super) fn new(source: u32, outputs: u32) -> Self {
        // Pillow hands the size over as `float`: from 2^24 pixels on it is rounded.
        #[expect(clippy::cast_precision_loss, reason = "as the reference")]
        let scale = f64::from(source as f32) / f64::from(outputs);
        Self { source, outputs, scale }
    }

    /// The filter never shrinks below the source's pixels: where a picture grows, it interpolates.
    fn filter_scale(&self) -> f64 {
        self.scale.max(1.0)
    }

    fn window(&self, output: u32) -> Window {
        let center = (f64::from(output) + 0.5) * self.scale;
        let support = SUPPORT * self.filter_scale();
        // A cast truncates towards zero and stops at zero: the reference's rounding and clamp in one.
        let first = (center - support + 0.5) as u32;
        let end = ((center + support + 0.5) as u32).min(self.source);
        Window { first: first as usize, taps: end.saturating_sub(first) as usize, center }
    }

    pub(super) fn windows(self) -> impl Iterator<Item = Window> + Clone {
        (0..self.outputs).map(move |output| self.window(output))
    }

    /// The position of a tap from the window's centre, in outputs.
    #[inline]
    fn position(&self, window: Window, tap: usize) -> f64 {
        let step = 1.0 / self.filter_scale();
        #[expect(clippy::cast_precision_loss, reason = "positions are below 2^32")]
        let position = ((tap + window.first) as f64 - window.center + 0.5) * step;
        position
    }

    /// Writes the weights of a window in fixed point, by the definition; `exact` is scratch.
    pub(super) fn weigh(&self, window: Window, exact: &mut Vec<f64>, weights: &mut [i32]) {
        let mut sum = 0.0;
        exact.clear();
        exact.extend((0..window.taps).map(|tap| {
            let weight = lanczos(self.position(window, tap));
            sum += weight;
            weight
        }));
        for (weight, exact) in weights.iter_mut().zip(exact) {
            let normal = if sum == 0.0 { *exact } else { *exact / sum };
            *weight = (normal * ONE + f64::copysign(0.5, normal)) as i32;
        }
    }
}

/// The sinc of `x`, windowed by the wider sinc of `x / 3`.
fn lanczos(x: f64) -> f64 {
    if (-SUPPORT..SUPPORT).contains(&x) { sinc(x) * sinc(x / SUPPORT) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * PI;
    libm::sin(x) / x
}

/// Writes the same weights in a fraction of the time.
struct Quick {
    level: Level,
    geometry: Geometry,
    turns: Turns,
}

impl Quick {
    fn new(level: Level, geometry: Geometry) -> Self {
        let step = PI / geometry.filter_scale();
        let offsets: [f64; TURNS] = core::array::from_fn(|turn| turn as f64);
        let turned = offsets.map(|offset| libm::sincos(step * offset));
        let wide = offsets.map(|offset| libm::sincos(step / SUPPORT * offset));
        let turns = [
            offsets,
            turned.map(|(sin, _)| sin),
            turned.map(|(_, cos)| cos),
            wide.map(|(sin, _)| sin),
            wide.map(|(_, cos)| cos),
        ];
        Self { level, geometry, turns }
    }

    /// As [`Geometry::weigh`].
    fn weigh(&self, window: Window, exact: &mut Vec<f64>, weights: &mut [i32]) {
        exact.clear();
        exact.resize(window.taps, 0.0);
        for (start, exact) in (0..).step_by(TURNS).zip(exact.chunks_mut(TURNS)) {
            let angle = PI * self.geometry.position(window, start);
            let [(sin, cos), (wide_sin, wide_cos)] = [libm::sincos(angle), libm::sincos(angle / SUPPORT)];
            let start = Start {
                number: (start + window.first) as f64,
                center: window.center,
                step: 1.0 / self.geometry.filter_scale(),
                sines: [sin, cos, wide_sin, wide_cos],
                support: SUPPORT,
                scale: SUPPORT / (PI * PI),
            };
            sincs(self.level, &start, &self.turns, exact);
        }
        // Next to the centre the quotient loses its digits.
        let nearest = (window.center - 0.5) as usize - window.first;
        let reach = (CENTER * self.geometry.filter_scale()) as usize + 1;
        for (tap, exact) in exact.iter_mut().enumerate().take(nearest + reach + 1).skip(nearest.saturating_sub(reach)) {
            *exact = lanczos(self.geometry.position(window, tap));
        }
        let factor = ONE / sum(self.level, exact);
        if round(self.level, exact, factor, weights) > 0.5 - DOUBT || !factor.is_finite() {
            self.geometry.weigh(window, exact, weights);
        }
    }
}

/// Makes an empty vector with room for `len`, or says that the memory is not there.
pub(super) fn with_room<T>(len: usize) -> Result<Vec<T>, TryReserveError> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len)?;
    Ok(vec)
}

pub(super) fn filled<T: Copy>(value: T, len: usize) -> Result<Vec<T>, TryReserveError> {
    let mut vec = with_room(len)?;
    vec.resize(len, value);
    Ok(vec)
}

/// One axis: the weights of every output, and where its window starts.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) weights: Vec<i32>,
    pub(super) windows: Vec<Window>,
    /// The largest number of outputs whose windows reach the same source pixel.
    pub(super) overlap: usize,
    /// How many pixels there are.
    pub(super) source: usize,
}

impl Axis {
    pub(super) fn new(level: Level, source: u32, outputs: u32) -> Result<Self, TryReserveError> {
        let geometry = Geometry::new(source, outputs);
        let quick = Quick::new(level, geometry);
        // More than memory has room for, where 32 bits do not count them.
        let taps = geometry.windows().try_fold(0, |sum: usize, window| sum.checked_add(window.taps));
        let mut weights = filled(0, taps.unwrap_or(usize::MAX))?;
        let mut windows = with_room(outputs as usize)?;
        let mut exact = Vec::new();
        let (mut ahead, mut begun, mut overlap) = (geometry.windows().peekable(), 0, 0);
        let mut rest = weights.as_mut_slice();
        for (output, window) in geometry.windows().enumerate() {
            let (here, after) = rest.split_at_mut(window.taps);
            rest = after;
            exact.try_reserve(window.taps)?;
            quick.weigh(window, &mut exact, here);
            windows.push(window);
            while ahead.next_if(|next| next.first < window.end()).is_some() {
                begun += 1;
            }
            overlap = overlap.max(begun - output);
        }
        Ok(Self { weights, windows, overlap, source: source as usize })
    }

    /// Every window with its weights.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (Window, &[i32])> {
        let mut rest = self.weights.as_slice();
        self.windows.iter().map(move |&window| {
            let (weights, after) = rest.split_at(window.taps);
            rest = after;
            (window, weights)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_weights_are_those_of_the_definition() {
        let sides = [1, 2, 3, 5, 7, 8, 9, 16, 17, 31, 100, 127, 640, 1000, 1023, 1024, 1500, 4000, 4032, 65_535];
        for source in sides {
            for outputs in [8, 9, 16, 17, 32, 64, 128, 1024, 2048] {
                let levels = Level::available();
                let axes = levels.map(|level| Axis::new(level, source, outputs).expect("the memory is there"));
                for (window, weights) in axes.collect::<Vec<_>>().iter().flat_map(Axis::weighted) {
                    let mut expected = std::vec![0; window.taps];
                    Geometry::new(source, outputs).weigh(window, &mut Vec::new(), &mut expected);
                    assert_eq!(weights, expected, "{source} to {outputs}, from {}", window.first);
                }
            }
        }
    }

    #[test]
    fn weights_of_a_window_sum_to_one() {
        for (source, outputs) in [(1, 8), (5, 16), (100, 9), (4032, 32), (65_535, 8)] {
            for (window, weights) in Axis::new(Level::best(), source, outputs).expect("the memory is there").weighted()
            {
                let error = weights.iter().sum::<i32>() - (1 << FRACTION_BITS);
                assert!(error.unsigned_abs() as usize <= window.taps, "{source} to {outputs}: {error}");
            }
        }
    }
}
