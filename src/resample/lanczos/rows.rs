//! One row to its outputs, in the quickest way that the windows allow.
//!
//! - **Groups**, for short windows (up to four pixels per output): eight outputs side by side, exact at once.
//! - **Blocks**, for long windows: over 16 pixels a Lanczos window hardly differs from a parabola, so its sum is nearly a
//!   weighted sum of each block's three moments, which all grids share. The error of every weight is known, and hence the
//!   most that all of them can add; where that leaves the byte open, the window is multiplied out.
//! - **Dense**, for all others and as the last resort: every pixel times the high part of its weight, and the low part
//!   where that decides.

#![expect(
    clippy::cast_possible_truncation,
    reason = "parts of weights are within 2^15, and ranges of sums within 2^31, by construction"
)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;

use super::line::{Line, Needs};
use super::weights::{Axis, with_room};
use crate::kernel::Level;
use crate::kernel::lanczos::{FRACTION_BITS, HALF, LANES, Lanes, RowWindow, clip, reduce_row};
use crate::kernel::lanczos_blocks::{BLOCK, BLOCKS, BlockWeights, BlockWindow, MOMENTS, MOST_MOMENT, block_sums};
use crate::kernel::lanczos_groups::{self, GROUP, Group, MOST_PAIRS, PairWeights, ZERO, reduce_groups};

/// The reduction of rows.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    Groups(Groups),
    Blocks(Blocks, Dense),
    Dense(Dense),
}

impl Rows {
    pub(super) fn new(level: Level, axis: &Axis) -> Result<Self, TryReserveError> {
        if lanczos_groups::pays(level)
            && let Some(groups) = Groups::new(axis)?
        {
            return Ok(Self::Groups(groups));
        }
        let dense = Dense::new(axis)?;
        Ok(match Blocks::new(axis, dense.split)? {
            Some(blocks) => Self::Blocks(blocks, dense),
            None => Self::Dense(dense),
        })
    }

    /// What a line must offer besides its pixels.
    pub(super) fn needs(&self) -> Needs {
        Needs { moments: matches!(self, Self::Blocks(..)), bytes: matches!(self, Self::Groups(_)) }
    }

    /// Reduces a line that offers what is needed.
    pub(super) fn reduce(&mut self, level: Level, line: &Line, reduced: &mut [i16]) {
        match self {
            Self::Groups(Groups { groups, pairs, weights, split }) => {
                reduce_groups(level, groups, *pairs, weights, split.shift, line.bytes(), reduced);
            }
            Self::Blocks(blocks, dense) => blocks.reduce(level, line, dense, reduced),
            Self::Dense(dense) => dense.reduce(level, line, reduced),
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
        let shift = (0..FRACTION_BITS).find(|shift| (largest >> shift) < 0x7fff).unwrap_or(FRACTION_BITS);
        Self { shift }
    }

    fn parts(self, weight: i32) -> [i16; 2] {
        let high = (weight + ((1 << self.shift) >> 1)) >> self.shift;
        [high as i16, (weight - (high << self.shift)) as i16]
    }
}

/// The least and the most that is missing from a sum of pixels whose weights each lack something.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lacking {
    least: i64,
    most: i64,
}

impl Lacking {
    fn add(&mut self, weight: i64) {
        self.least += 255 * weight.min(0);
        self.most += 255 * weight.max(0);
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
            let mut lacking = Lacking::default();
            for weights in weights.chunks(LANES) {
                let mut parts = [[0; LANES]; 2];
                let [highs, lows] = &mut parts;
                for ((weight, high), low) in weights.iter().zip(highs).zip(lows) {
                    [*high, *low] = split.parts(*weight);
                    lacking.add((*low).into());
                }
                high.push(parts[0]);
                if split.shift != 0 {
                    low.push(parts[1]);
                }
            }
            let low_range = (lacking.least as i32, lacking.most as i32);
            outputs.push(RowWindow { first: window.first, lanes_end: high.len(), low_range });
        }
        Ok(Self { outputs, high, low, split })
    }

    fn reduce(&self, level: Level, line: &Line, reduced: &mut [i16]) {
        reduce_row(level, &self.outputs, [&self.high, &self.low], self.split.shift, line.pixels(), reduced);
    }

    /// Only one of the outputs.
    fn reduce_one(&self, level: Level, line: &Line, output: usize) -> i16 {
        let start =
            output.checked_sub(1).and_then(|before| self.outputs.get(before)).map_or(0, |before| before.lanes_end);
        let window =
            self.outputs.get(output).map(|&window| RowWindow { lanes_end: window.lanes_end - start, ..window });
        let parts = [&self.high, &self.low].map(|part| part.get(start..).unwrap_or_default());
        let mut reduced = [0];
        reduce_row(level, window.as_slice(), parts, self.split.shift, line.pixels(), &mut reduced);
        reduced[0]
    }
}

/// Parabolas through the windows, block by block.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    windows: Vec<BlockWindow>,
    weights: Vec<BlockWeights>,
    units: Units,
    /// The least and the most that sums of blocks lack of sums of pixels.
    missing: Vec<(i32, i32)>,
    sums: Vec<[i32; 3]>,
}

impl Blocks {
    /// The shortest window that is worth a try, in pixels.
    const SHORTEST: usize = 128;
    /// How much the blocks' sums may lack on average: a fifth of a grey level, so that they decide four bytes of five.
    const MOST_MISSING: i64 = (1 << FRACTION_BITS) / 5;

    /// Fits parabolas, if they come close enough to be worth their while.
    fn new(axis: &Axis, split: Split) -> Result<Option<Self>, TryReserveError> {
        if axis.windows.iter().any(|window| window.taps < Self::SHORTEST) {
            return Ok(None);
        }
        let outputs = axis.windows.len();
        let units = Units::new(split, axis.windows.iter().map(|window| window.taps).max().unwrap_or(0));
        let blocks = axis.windows.iter().map(|window| window.taps.div_ceil(BLOCK) + 1);
        let mut weights: Vec<BlockWeights> = with_room(blocks.clone().map(|blocks| blocks.div_ceil(BLOCKS)).sum())?;
        let mut spread: Vec<i32> = with_room(blocks.max().unwrap_or(0) * BLOCK)?;
        let (mut windows, mut missing) = (with_room(outputs)?, with_room(outputs)?);
        let mut widths = 0;
        for (window, exact) in axis.weighted() {
            spread.clear();
            spread.resize(window.first % BLOCK, 0);
            spread.extend_from_slice(exact);
            let (mut counted, whole) = (spread.len(), spread.len().next_multiple_of(BLOCK));
            if window.end() == axis.source {
                // Pixels beyond the edge are zero, whatever their weight: let it go on smoothly.
                spread.extend(axis.extrapolated(window, exact, whole - counted));
            } else {
                counted = whole;
            }
            spread.resize(whole, 0);
            let (mut lacking, mut largest) = (Lacking::default(), [0; 3]);
            for (at, group) in spread.chunks(BLOCK * BLOCKS).enumerate() {
                let mut parts = [[0; BLOCKS]; 3];
                let [ones, slopes, curves] = &mut parts;
                let places = ones.iter_mut().zip(slopes).zip(curves);
                for ((block, exact), ((one, slope), curve)) in group.as_chunks().0.iter().enumerate().zip(places) {
                    let parabola = units.parabola(exact);
                    [*one, *slope, *curve] = parabola;
                    largest.iter_mut().zip(parabola).for_each(|(sum, part)| *sum += i64::from(part).abs());
                    let inside = counted - (at * BLOCKS + block) * BLOCK;
                    for (&exact, fitted) in exact.iter().zip(units.values(parabola)).take(inside) {
                        lacking.add((i64::from(exact) << Units::FRACTION) - fitted);
                    }
                }
                weights.push(parts);
            }
            let (least, most) = units.missing(lacking);
            let overflow = largest.iter().zip(MOST_MOMENT).any(|(&sum, moment)| sum * moment > i32::MAX.into());
            if overflow || most - least > 1 << FRACTION_BITS {
                return Ok(None);
            }
            widths += most - least;
            missing.push((least as i32, most as i32));
            windows.push(BlockWindow { first: window.first / BLOCK, weights_end: weights.len() });
        }
        let accepted = widths <= Self::MOST_MISSING.saturating_mul(i64::try_from(outputs).unwrap_or(i64::MAX));
        let mut sums = with_room(outputs)?;
        sums.resize(outputs, [0; 3]);
        Ok(accepted.then_some(Self { windows, weights, units, missing, sums }))
    }

    fn reduce(&mut self, level: Level, line: &Line, dense: &Dense, reduced: &mut [i16]) {
        block_sums(level, &self.windows, &self.weights, line.moments(), &mut self.sums);
        for (output, ((&sums, (least, most)), out)) in self.sums.iter().zip(&self.missing).zip(reduced).enumerate() {
            let sum = self.units.sum(sums) + HALF;
            let byte = clip(sum + least);
            *out = if byte == clip(sum + most) { i16::from(byte) } else { dense.reduce_one(level, line, output) };
        }
    }
}

/// In what units the weights of moments are counted. Those of the ones are multiples of a fixed-point weight; slopes and
/// curves, which are multiplied with larger numbers, are fractions of it.
#[derive(Clone, Copy, Debug)]
struct Units {
    one_shift: u32,
    slope_bits: u32,
    curve_bits: u32,
}

impl Units {
    /// Fractional bits in which errors are counted: at least those of slopes and curves.
    const FRACTION: u32 = 16;

    /// Units as fine as 16 bits a weight and 32 bits a sum allow, for windows of up to `taps` pixels. Both are verified for
    /// every window: here it is enough that they are usual.
    fn new(split: Split, taps: usize) -> Self {
        // Of a window of `6 scale` pixels, whose highest weight is `2^22 / scale`, the slopes add up to `2^22 / 12 scale` and
        // the curves to `2^22 / scale^2`.
        let scale_bits = (taps / 6).checked_ilog2().unwrap_or(0);
        let slope_bits = scale_bits.saturating_sub(3);
        Self { one_shift: split.shift, slope_bits, curve_bits: (2 * slope_bits).min(Self::FRACTION) }
    }

    /// The weights of a block's moments that come nearest to its 16 weights in the mean square, but for rounding.
    fn parabola(self, weights: &[i32; BLOCK]) -> [i16; 3] {
        let [ones, slopes, curves] = MOMENTS;
        let dot =
            |places: [i16; BLOCK]| weights.iter().zip(places).map(|(&w, p)| i64::from(w) * i64::from(p)).sum::<i64>();
        let rounded = |sum: i64, parts: i64| {
            (2 * sum + parts).div_euclid(2 * parts).clamp(i16::MIN.into(), i16::MAX.into()) as i16
        };
        let sum = dot(ones);
        // 1360 is the sum of the squares of `slopes`. `2 curves - 1` is orthogonal to both others; its squares sum to 5712.
        let slope = rounded(dot(slopes) << self.slope_bits, 1360);
        let curve = rounded((2 * (2 * dot(curves) - sum)) << self.curve_bits, 5712);
        // The `curves` themselves sum to 8.
        let rest = (sum << self.curve_bits) - 8 * i64::from(curve);
        [rounded(rest, 16 << (self.one_shift + self.curve_bits)), slope, curve]
    }

    /// The weights of the pixels that come of it, with [`Units::FRACTION`] more fractional bits.
    fn values(self, [one, slope, curve]: [i16; 3]) -> [i64; BLOCK] {
        let [_, slopes, curves] = MOMENTS;
        let one = i64::from(one) << (self.one_shift + Self::FRACTION);
        let slope = i64::from(slope) << (Self::FRACTION - self.slope_bits);
        let curve = i64::from(curve) << (Self::FRACTION - self.curve_bits);
        let mut values = [0; BLOCK];
        for ((value, place), square) in values.iter_mut().zip(slopes).zip(curves) {
            *value = one + slope * i64::from(place) + curve * i64::from(square);
        }
        values
    }

    /// The sum of a window, rounded down twice: less than the parabolas' by less than 2.
    fn sum(self, [one, slope, curve]: [i32; 3]) -> i32 {
        (one << self.one_shift) + (slope >> self.slope_bits) + (curve >> self.curve_bits)
    }

    /// The least and the most that [`Units::sum`] lacks of a window's true sum.
    fn missing(self, lacking: Lacking) -> (i64, i64) {
        (lacking.least >> Self::FRACTION, (lacking.most >> Self::FRACTION) + 1 + 2)
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
                let taps = exact.next().unwrap_or_default().chunks(2);
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
    fn a_parabola_is_its_own_fit() {
        for units in
            [Units { one_shift: 0, slope_bits: 0, curve_bits: 0 }, Units { one_shift: 2, slope_bits: 3, curve_bits: 6 }]
        {
            for given in [[0; 3], [1, 0, 0], [900, -24, 64], [-700, 32, -320], [32_000, 8, 1280]] {
                let values = units.values(given).map(|value| (value >> Units::FRACTION) as i32);
                assert_eq!(units.parabola(&values), given, "{units:?}");
            }
        }
    }

    #[test]
    fn blocks_are_used_where_windows_are_long_and_groups_where_they_are_short() {
        let kind = |source, outputs| {
            Rows::new(Level::best(), &Axis::new(Level::best(), source, outputs).expect("the memory is there"))
        };
        let kind = |source, outputs| kind(source, outputs).expect("the memory is there");
        for (source, outputs) in [(1000, 8), (1003, 9), (4000, 8), (4032, 9), (4000, 32), (6000, 64), (65_535, 64)] {
            assert!(matches!(kind(source, outputs), Rows::Blocks(..)), "{source} to {outputs}");
        }
        for (source, outputs) in [(64, 64), (100, 64), (4000, 2048), (1024, 1024), (2000, 512)] {
            let grouped = matches!(kind(source, outputs), Rows::Groups(_));
            assert_eq!(grouped, Level::best() != Level::SCALAR, "{source} to {outputs}");
        }
        // Too curved for blocks, or too long for their weights' units.
        assert!(matches!(kind(640, 32), Rows::Dense(_)));
        assert!(matches!(kind(65_535, 8), Rows::Dense(_)));
    }
}
