//! Windows of fixed-point weights, multiplied along a row and down the columns.
//!
//! A weight is its high part times `2^shift` plus its low part, both of 16 bits. The high parts alone decide the byte unless
//! the sum lies so near a rounding boundary that the low parts could carry it across, which is known beforehand for each
//! window; only then are they multiplied as well. The result is exact, at half the multiplications.
//!
//! NEON has no code of its own here: of the plain body the compiler makes a multiplication and addition of four lanes each
//! (`smlal`), and an equal loop by hand took as many instructions or more.

#![expect(clippy::indexing_slicing, reason = "windows lie within the row, and their lanes are those of the weights")]

#[cfg(target_arch = "x86_64")]
mod avx2;
mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

use super::Level;
use super::dispatch::dispatch;
use super::multiversion::multiversion;

/// Fractional bits of a weight: an `i32` less 8 bits of pixel and 2 for the overshoot of the negative lobes.
pub(crate) const FRACTION_BITS: u32 = 32 - 8 - 2;
/// One half, so that the shift rounds to nearest.
pub(crate) const HALF: i32 = 1 << (FRACTION_BITS - 1);
/// Pixels multiplied at a time; windows along rows are filled up to a multiple with weights of zero.
pub(crate) const LANES: usize = 8;
/// Weights of neighbouring pixels.
pub(crate) type Lanes = [i16; LANES];

/// One output of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowWindow {
    /// The first pixel.
    pub(crate) first: usize,
    /// Lanes of weights: from the previous output's end to here.
    pub(crate) lanes_end: usize,
    /// The least and the most that the low parts can add to a sum.
    pub(crate) low_range: (i32, i32),
}

/// Reduces one row: the windows' bytes go to `reduced`. `luma` holds whole lanes behind every window's first pixel, of any
/// value beyond the window; `parts` are the high and the low parts of the weights, the latter empty where all are zero.
pub(crate) fn reduce_row(
    level: Level,
    windows: &[RowWindow],
    parts: [&[Lanes]; 2],
    shift: u32,
    luma: &[i16],
    reduced: &mut [i16],
) {
    dispatch!(level, neon as scalar, reduce_row(windows, parts, shift, luma, reduced))
}

/// `dot` multiplies weights and pixels and adds up.
#[inline(always)]
fn reduce_row_by(
    dot: impl Fn(&[Lanes], &[i16]) -> i32,
    windows: &[RowWindow],
    parts: [&[Lanes]; 2],
    shift: u32,
    luma: &[i16],
    reduced: &mut [i16],
) {
    let [high, low] = parts;
    let mut start = 0;
    for (window, out) in windows.iter().zip(reduced) {
        let lanes = start..window.lanes_end;
        start = window.lanes_end;
        let pixels = &luma[window.first..];
        let sum = (dot(&high[lanes.clone()], pixels) << shift) + HALF;
        let (least, most) = window.low_range;
        let mut byte = clip(sum + least);
        if byte != clip(sum + most) {
            byte = clip(sum + dot(&low[lanes], pixels));
        }
        *out = i16::from(byte);
    }
}

multiversion! {
    /// Writes pixels of 0 to 255 as bytes.
    pub(crate) fn narrow(pixels: &[i16], bytes: &mut [u8]) {
        for (byte, &pixel) in bytes.iter_mut().zip(pixels) {
            *byte = pixel.to_le_bytes()[0];
        }
    }
}

multiversion! {
    /// Adds a row, times a weight, to the sums, which must not overflow: see [`FRACTION_BITS`].
    pub(crate) fn accumulate(weight: i32, row: &[i16], sums: &mut [i32]) {
        for (sum, &pixel) in sums.iter_mut().zip(row) {
            *sum += weight * i32::from(pixel);
        }
    }
}

multiversion! {
    /// Rounds finished sums to bytes, and begins them anew.
    pub(crate) fn finish(sums: &mut [i32], row: &mut [i16]) {
        for (sum, pixel) in sums.iter_mut().zip(row) {
            *pixel = i16::from(clip(*sum));
            *sum = HALF;
        }
    }
}

/// Rounds a fixed-point sum to a byte.
#[inline(always)]
pub(crate) fn clip(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn every_level_reduces_as_scalar_does() {
        for lanes in [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 94] {
            let value =
                |at: usize, most: usize| i16::try_from(((at + 1).wrapping_mul(2_654_435_761) >> 7) % most).unwrap();
            let luma: Vec<i16> = (0..lanes * LANES + 3).map(|at| value(at, 256)).collect();
            let part = |most: usize| -> Vec<Lanes> {
                (0..lanes).map(|lane| core::array::from_fn(|at| value(lane * LANES + at + most, most) - 3)).collect()
            };
            let (high, low) = (part(900), part(7));
            // extremes of both factors, whose products add up to nothing much
            let white = vec![255; luma.len()];
            let widest: Vec<Lanes> = vec![[i16::MAX, -i16::MAX, i16::MIN, i16::MAX, i16::MAX, -i16::MAX, 1, 0]; lanes];
            for (luma, high) in [(&luma, &high), (&white, &widest)] {
                every_level_reduces(lanes, luma, [high, &low]);
            }
        }
    }

    fn every_level_reduces(lanes: usize, luma: &[i16], [high, low]: [&[Lanes]; 2]) {
        let windows = [3, 0].map(|first| RowWindow { first, lanes_end: lanes, low_range: (-99_999, 99_999) });
        let reduce = |level| {
            let mut reduced = vec![-1; 2];
            reduce_row(level, &windows, [high, low], 7, luma, &mut reduced);
            reduced
        };
        for level in Level::available() {
            assert_eq!(reduce(level), reduce(Level::SCALAR), "{lanes} {level:?}");
        }
    }
}
