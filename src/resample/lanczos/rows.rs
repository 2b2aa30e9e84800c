//! One row to its outputs, in the quickest way that the windows allow.
//!
//! - **Groups**, for short windows (up to four pixels per output): eight outputs side by side, exact at once.
//! - **Dense**, for all others: every pixel times the high part of its weight, and the low part where that decides.

#![expect(clippy::cast_possible_truncation, reason = "parts of weights are within 2^15 by construction")]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use super::line::Line;
use super::weights::{Axis, with_room};
use crate::kernel::Level;
use crate::kernel::lanczos::{FRACTION_BITS, LANES, Lanes, RowWindow, reduce_row};
use crate::kernel::lanczos_groups::{self, GROUP, Group, MOST_PAIRS, PairWeights, ZERO, reduce_groups};

/// The reduction of rows.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    Groups(Groups),
    Dense(Dense),
}

impl Rows {
    pub(super) fn new(level: Level, axis: &Axis) -> Result<Self, TryReserveError> {
        if lanczos_groups::pays(level)
            && let Some(groups) = Groups::new(axis)?
        {
            return Ok(Self::Groups(groups));
        }
        Ok(Self::Dense(Dense::new(axis)?))
    }

    /// Whether lines must have their pixels in bytes, too.
    pub(super) fn reads_bytes(&self) -> bool {
        matches!(self, Self::Groups(_))
    }

    /// Reduces a line.
    pub(super) fn reduce(&self, level: Level, line: &Line, reduced: &mut [i16]) {
        match self {
            Self::Groups(Groups { groups, pairs, weights, split }) => {
                reduce_groups(level, groups, *pairs, weights, split.shift, line.bytes(), reduced);
            }
            Self::Dense(Dense { outputs, high, low, split }) => {
                reduce_row(level, outputs, [high, low], split.shift, line.pixels(), reduced);
            }
        }
    }
}

/// How weights are split into high parts of 16 bits and low parts.
#[derive(Clone, Copy, Debug)]
struct Split {
    /// A weight is its high part times `2^shift`, plus its low part.
    shift: u32,
}

impl Split {
    fn new(weights: &[i32]) -> Self {
        let largest = weights.iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0);
        // The rounded high part of the largest weight must stay below 2^15.
        let shift = (0..FRACTION_BITS).find(|shift| (largest >> shift) < 0x7fff).expect("weights are below 2^23");
        Self { shift }
    }

    fn parts(self, weight: i32) -> [i16; 2] {
        let high = (weight + ((1 << self.shift) >> 1)) >> self.shift;
        [high as i16, (weight - (high << self.shift)) as i16]
    }
}

/// Whole windows, in whole lanes.
#[derive(Clone, Debug)]
pub(super) struct Dense {
    outputs: Vec<RowWindow>,
    high: Vec<Lanes>,
    /// Empty where the high parts are the weights.
    low: Vec<Lanes>,
    split: Split,
}

impl Dense {
    fn new(axis: &Axis) -> Result<Self, TryReserveError> {
        let split = Split::new(&axis.weights);
        let lanes = axis.windows.iter().map(|window| window.taps.div_ceil(LANES)).sum();
        let mut high = with_room(lanes)?;
        let mut low = with_room(if split.shift == 0 { 0 } else { lanes })?;
        let mut outputs = with_room(axis.windows.len())?;
        for (window, weights) in axis.weighted() {
            let (mut least, mut most) = (0, 0);
            for weights in weights.chunks(LANES) {
                let mut parts = [[0; LANES]; 2];
                let [highs, lows] = &mut parts;
                for ((weight, high), low) in weights.iter().zip(highs).zip(lows) {
                    [*high, *low] = split.parts(*weight);
                    least += 255 * i32::from(*low).min(0);
                    most += 255 * i32::from(*low).max(0);
                }
                high.push(parts[0]);
                if split.shift != 0 {
                    low.push(parts[1]);
                }
            }
            outputs.push(RowWindow { first: window.first, lanes_end: high.len(), low_range: (least, most) });
        }
        Ok(Self { outputs, high, low, split })
    }
}

/// Outputs in eights, each window in pairs of pixels.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    groups: Vec<Group>,
    pairs: usize,
    weights: Vec<PairWeights>,
    split: Split,
}

impl Groups {
    /// Groups the outputs of an axis, unless they are too far apart or not a multiple of eight.
    fn new(axis: &Axis) -> Result<Option<Self>, TryReserveError> {
        let pairs = axis.windows.iter().map(|window| window.taps.div_ceil(2)).max().unwrap_or(0);
        let (eights, rest) = axis.windows.as_chunks::<GROUP>();
        if pairs > MOST_PAIRS || !rest.is_empty() {
            return Ok(None);
        }
        let split = Split::new(&axis.weights);
        let mut groups = with_room(eights.len())?;
        let mut weights = with_room(eights.len() * pairs)?;
        let mut exact = axis.weighted().map(|(_, weights)| weights);
        for windows in eights {
            let starts = [windows[0].first, windows[GROUP / 2].first];
            let mut shuffle = [ZERO; 4 * GROUP];
            for (lane, (places, window)) in shuffle.as_chunks_mut::<4>().0.iter_mut().zip(windows).enumerate() {
                let place = window.first - if lane < GROUP / 2 { starts[0] } else { starts[1] };
                match u8::try_from(place) {
                    Ok(place) if place < 15 => *places = [place, ZERO, place + 1, ZERO],
                    _ => return Ok(None),
                }
            }
            groups.push(Group { starts, shuffle });
            let first = weights.len();
            weights.resize(first + pairs, [[0; 2 * GROUP]; 2]);
            for lane in 0..GROUP {
                let taps = exact.next().expect("there is a window for each lane").chunks(2);
                for ([highs, lows], taps) in weights.iter_mut().skip(first).zip(taps) {
                    let places = highs.iter_mut().zip(lows).skip(2 * lane);
                    for (&weight, (high, low)) in taps.iter().zip(places) {
                        [*high, *low] = split.parts(weight);
                    }
                }
            }
        }
        Ok(Some(Self { groups, pairs, weights, split }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_windows_are_grouped_unless_nothing_shuffles_bytes() {
        let is_grouped = |source, outputs| {
            let axis = Axis::new(Level::best(), source, outputs).expect("the memory is there");
            matches!(Rows::new(Level::best(), &axis).expect("the memory is there"), Rows::Groups(_))
        };
        for (source, outputs) in [(64, 64), (100, 64), (4000, 2048), (1024, 1024), (2000, 512)] {
            assert_eq!(is_grouped(source, outputs), Level::best() != Level::SCALAR, "{source} to {outputs}");
        }
        for (source, outputs) in [(1000, 8), (640, 32), (4032, 9), (65_535, 64)] {
            assert!(!is_grouped(source, outputs), "{source} to {outputs}");
        }
    }
}
