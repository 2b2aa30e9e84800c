//! Weights of a Lanczos window, many at a time: sines by turning exact ones, and the rounding to fixed point.
//!
//! What comes out is as near to the true weights as doubles are, not the reference's own rounding: the caller is told how
//! near to a rounding boundary any weight came.

use super::multiversion::multiversion;

/// Neighbouring pixels whose sines are made from one exact pair.
pub(crate) const TURNS: usize = 32;
/// Weights rounded side by side.
const LANES: usize = 4;
/// Added to a double below 2^51, leaves its nearest integer in the lowest bits.
const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// For each of [`TURNS`] neighbouring pixels: how far it lies from the first, in pixels, and sine and cosine of the angle
/// between them, for the sinc and for the wider sinc that is its window.
pub(crate) type Turns = [[f64; TURNS]; 5];

/// The first of some neighbouring pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// Its number, the window's centre, and outputs per pixel: its position is `(number - center + 0.5) * step`.
    pub(crate) number: f64,
    pub(crate) center: f64,
    pub(crate) step: f64,
    /// Sine and cosine of its angle, for the sinc and for its window.
    pub(crate) sines: [f64; 4],
    /// How far from the centre the window ends, in outputs, and what all weights are multiplied with.
    pub(crate) support: f64,
    pub(crate) scale: f64,
}

multiversion! {
    /// Writes the weights of up to [`TURNS`] pixels, not normalised.
    pub(crate) fn sincs(start: &Start, turns: &Turns, weights: &mut [f64]) {
        let Start { number, center, step, sines: [sin, cos, wide_sin, wide_cos], support, scale } = *start;
        let [offsets, sines, cosines, wide_sines, wide_cosines] = turns;
        let turns = offsets.iter().zip(sines).zip(cosines).zip(wide_sines).zip(wide_cosines);
        for (weight, ((((offset, turn_sin), turn_cos), wide_turn_sin), wide_turn_cos)) in weights.iter_mut().zip(turns) {
            let x = ((number + offset) - center + 0.5) * step;
            let product = (sin * turn_cos + cos * turn_sin) * (wide_sin * wide_turn_cos + wide_cos * wide_turn_sin);
            let value = product * scale / (x * x);
            *weight = if x >= -support && x < support { value } else { 0.0 };
        }
    }
}

multiversion! {
    /// Multiplies weights with a factor and rounds them, of which the largest is below 2^31; tells how far the one most in
    /// doubt lies from its integer, 0.5 at most.
    pub(crate) fn round(exact: &[f64], factor: f64, weights: &mut [i32]) -> f64 {
        let mut doubts = [0.0; LANES];
        for (exact, weights) in exact.chunks(LANES).zip(weights.chunks_mut(LANES)) {
            let mut lanes = [0.0; LANES];
            lanes.iter_mut().zip(exact).for_each(|(lane, exact)| *lane = exact * factor);
            let shifted = lanes.map(|value| value + MAGIC);
            for ((doubt, value), shifted) in doubts.iter_mut().zip(lanes).zip(shifted) {
                let distance = (value - (shifted - MAGIC)).abs();
                *doubt = if distance > *doubt { distance } else { *doubt };
            }
            for (weight, shifted) in weights.iter_mut().zip(shifted) {
                let [a, b, c, d, ..] = shifted.to_bits().to_le_bytes();
                *weight = i32::from_le_bytes([a, b, c, d]);
            }
        }
        doubts.into_iter().fold(0.0, f64::max)
    }
}

multiversion! {
    /// Adds up, in an order of its own.
    pub(crate) fn sum(values: &[f64]) -> f64 {
        let (whole, rest) = values.as_chunks::<{ 2 * LANES }>();
        let mut sums = [0.0; 2 * LANES];
        for chunk in whole {
            sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value);
        }
        sums.iter().chain(rest).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Level;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn every_level_gives_the_same_doubles_and_integers() {
        let value = |at: usize| (at as u64 * 2_654_435_761 % 100_003) as f64 / 1e5 - 0.4;
        let turns: Turns = core::array::from_fn(|plane| core::array::from_fn(|at| value(40 * plane + at)));
        for len in [0, 1, 3, 4, 5, 8, 31, TURNS] {
            let start = Start {
                number: 7.0,
                center: 9.3,
                step: 0.21,
                sines: [0.3, 0.9, -0.2, 0.95],
                support: 0.55,
                scale: 0.3,
            };
            let weights = |level| {
                let mut weights = vec![9.0; len];
                sincs(level, &start, &turns, &mut weights);
                weights
            };
            let expected = weights(Level::SCALAR);
            let factor = 123_456.7;
            let rounded = |level| {
                let mut rounded = vec![-1; len];
                let doubt = round(level, &expected, factor, &mut rounded);
                (rounded, doubt, sum(level, &expected))
            };
            for level in Level::available() {
                assert_eq!(weights(level), expected, "{len} {level:?}");
                assert_eq!(rounded(level), rounded(Level::SCALAR), "{len} {level:?}");
            }
            let nearest: Vec<f64> = expected.iter().map(|weight| libm::round(weight * factor)).collect();
            let (found, doubt, _) = rounded(Level::SCALAR);
            assert!(found.iter().zip(&nearest).all(|(&found, &nearest)| f64::from(found) == nearest));
            let distances = expected.iter().zip(nearest).map(|(weight, nearest)| (weight * factor - nearest).abs());
            assert_eq!(distances.fold(0.0, f64::max), doubt);
        }
    }
}
