//! Wavelet hash: block means of the picture; each bit says whether its block is brighter than the median block.
//!
//! The picture is reduced to the largest square of a power of two that fits it, transformed by Haar wavelets down to a
//! single value, which is set to zero, transformed back, and transformed again down to 8x8 or 16x16. In exact arithmetic
//! that leaves the mean of each block less the mean of the picture. Equal to Python ImageHash's `whash` at `hash_size` 8
//! and 16, bit for bit, flat pictures included.
//!
//! The slowest of the classic hashes, as its grid has up to as many pixels as the picture.
//!
//! Source: D. Petrov, "Wavelet image hash in Python", 2016; ImageHash 4.3.2 with PyWavelets 1.9.
//
// How the wavelets are left out: block sums are integers, and the reference's doubles follow them with an error far
// below half a unit, so sums that differ from the middle ones decide their bits. Only blocks that tie
// with the median are rounding noise in the reference; for them, and only then, its arithmetic is repeated: `Pyramid`.

#![expect(
    clippy::indexing_slicing,
    reason = "blocks count to a constant, and places of a level to the square of its side"
)]

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::f64::consts::FRAC_1_SQRT_2;

use crate::hash::classic::{median, pack};
use crate::hash::{Bits64, Bits256, HashBits, classic_grid};
use crate::pixels::{ImageError, ImageRef};

#[cfg(doc)]
use crate::hash::Profile;

/// Computes the 64-bit wavelet hash, profile [`Profile::Whash64`].
///
/// ```
/// use lookalike::hash::wavelet;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// // Dark above, light below.
/// let pixels: Vec<u8> = (0..64 * 64).map(|i| if i < 64 * 32 { 30 } else { 90 }).collect();
/// let image = ImageRef::packed(&pixels, 64, 64, PixelFormat::Gray8)?;
/// assert_eq!(wavelet::hash64(&image)?.to_string(), "00000000ffffffff");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails where the memory is not there: about 12 to 24 bytes for each pixel of width and of height, a byte for each pixel of
/// the grid, and where blocks tie 8/3 more; see [`ClassicStream`](crate::hash::ClassicStream).
pub fn hash64(image: &ImageRef<'_>) -> Result<Bits64, ImageError> {
    let side = grid_side(image.width(), image.height(), 8);
    let memory = |_| ImageError::memory(image.width(), image.height());
    of_grid64(&classic_grid::of_image(image, (side, side))?, side as usize).map_err(memory)
}

/// Computes the 256-bit wavelet hash, profile [`Profile::Whash256`].
///
/// # Errors
///
/// As [`hash64`].
pub fn hash256(image: &ImageRef<'_>) -> Result<Bits256, ImageError> {
    let side = grid_side(image.width(), image.height(), 16);
    let memory = |_| ImageError::memory(image.width(), image.height());
    of_grid256(&classic_grid::of_image(image, (side, side))?, side as usize).map_err(memory)
}

/// Side of the grid for a picture: the largest power of two that fits both sides, or the hash's own side if that is more.
pub(crate) fn grid_side(width: u32, height: u32, hash_side: u32) -> u32 {
    let fitting = width.min(height).checked_ilog2().map_or(0, |log| 1 << log);
    hash_side.max(fitting)
}

/// The 64-bit hash of a square grid, whose side is a power of two from 8 on.
pub(crate) fn of_grid64(grid: &[u8], side: usize) -> Result<Bits64, TryReserveError> {
    of_grid::<8, 64, 8>(grid, side)
}

/// The 256-bit hash of a square grid, whose side is a power of two from 16 on.
pub(crate) fn of_grid256(grid: &[u8], side: usize) -> Result<Bits256, TryReserveError> {
    of_grid::<16, 256, 32>(grid, side)
}

fn of_grid<const SIDE: usize, const COUNT: usize, const N: usize>(
    grid: &[u8],
    side: usize,
) -> Result<HashBits<N>, TryReserveError> {
    let sums = block_sums::<SIDE, COUNT>(grid, side);
    if let Some(hash) = of_sums(&sums) {
        return Ok(hash);
    }
    let mut sorted = sums;
    sorted.sort_unstable();
    let tie = sorted[COUNT / 2];
    let pyramid = Pyramid::new(grid, side)?;
    let blocks = pyramid.without_mean::<COUNT>(SIDE);
    let mut values = [0.0; COUNT];
    for (block, ((value, sum), exact)) in values.iter_mut().zip(sums).zip(blocks).enumerate() {
        *value = match sum.cmp(&tie) {
            Ordering::Equal => pyramid.there_and_back(SIDE, (block % SIDE, block / SIDE), exact),
            // A block that is not tied lies beyond the tied ones; any value that keeps it there will do.
            Ordering::Less => f64::NEG_INFINITY,
            Ordering::Greater => f64::INFINITY,
        };
    }
    let median = median(values);
    Ok(pack(values.iter().map(|&value| value > median)))
}

/// The hash that the sums of the blocks decide, unless the middle two are equal.
fn of_sums<const COUNT: usize, const N: usize>(sums: &[u64; COUNT]) -> Option<HashBits<N>> {
    let mut sorted = *sums;
    sorted.sort_unstable();
    let (below, above) = (sorted[COUNT / 2 - 1], sorted[COUNT / 2]);
    // The reference's doubles are these sums over 255 * 2^levels, less the mean: at most 2^levels, after at most 6
    // roundings for each of the 3 * 17 steps from pixel to block and back. They err by less than 2^levels * 306 * 2^-53;
    // half a unit of a sum, 1 / (2 * 255 * 2^levels), is more than that for blocks of up to 2^17 pixels a side.
    (below < above).then(|| pack(sums.iter().map(|&sum| sum > below)))
}

/// The sum of each block's pixels, blocks in reading order.
fn block_sums<const SIDE: usize, const COUNT: usize>(grid: &[u8], side: usize) -> [u64; COUNT] {
    let block = side / SIDE;
    let mut sums = [0; COUNT];
    for (y, row) in grid.chunks_exact(side).enumerate() {
        let sums = sums.iter_mut().skip(y / block * SIDE);
        for (sum, pixels) in sums.zip(row.chunks_exact(block)) {
            *sum += pixels.iter().map(|&pixel| u64::from(pixel)).sum::<u64>();
        }
    }
    sums
}

/// The reference's transform of a grid: every approximation from the pixels down to a single value.
///
/// Memory: 8 / 3 bytes for each pixel of the grid.
struct Pyramid<'a> {
    grid: &'a [u8],
    side: usize,
    /// Approximations of half the side, a quarter of it, and so on to 1; the pixels themselves stay in `grid`.
    levels: Vec<Vec<f64>>,
}

impl<'a> Pyramid<'a> {
    fn new(grid: &'a [u8], side: usize) -> Result<Self, TryReserveError> {
        let mut pyramid = Self { grid, side, levels: Vec::new() };
        let mut length = side;
        while length > 1 {
            length /= 2;
            let mut level = Vec::new();
            level.try_reserve_exact(length * length)?;
            for y in 0..length {
                level.extend((0..length).map(|x| pyramid.quad(2 * length, (x, y)).transform().approximation));
            }
            pyramid.levels.push(level);
        }
        Ok(pyramid)
    }

    /// The approximation of `side * side` values, a power of two from 1 up to the grid's own side.
    fn value(&self, side: usize, (x, y): (usize, usize)) -> f64 {
        let index = y * side + x;
        match (self.side / side).ilog2().checked_sub(1) {
            None => f64::from(self.grid[index]) / 255.0,
            Some(level) => self.levels[level as usize][index],
        }
    }

    /// The four values of one side that make the value at `(x, y)` of half that side.
    fn quad(&self, side: usize, (x, y): (usize, usize)) -> Quad {
        Quad([0, 1].map(|down| [0, 1].map(|across| self.value(side, (2 * x + across, 2 * y + down)))))
    }

    /// The approximation of `side * side` blocks, transformed back from a single value of zero.
    fn without_mean<const COUNT: usize>(&self, side: usize) -> [f64; COUNT] {
        let mut blocks = [0.0; COUNT];
        let mut length = 1;
        while length < side {
            length *= 2;
            let coarse = blocks;
            for (index, &approximation) in coarse.iter().enumerate().take(length * length / 4) {
                let (x, y) = (index % (length / 2), index / (length / 2));
                let Quad(rows) = Bands { approximation, ..self.quad(length, (x, y)).transform() }.back();
                for (down, values) in rows.iter().enumerate() {
                    let places = blocks.iter_mut().skip((2 * y + down) * length + 2 * x);
                    places.zip(values).for_each(|(place, value)| *place = *value);
                }
            }
        }
        blocks
    }

    /// Transforms the block at `place` of `side * side` back to pixels, from a changed approximation, and the pixels to an
    /// approximation again: the same value but for rounding.
    fn there_and_back(&self, side: usize, place: (usize, usize), approximation: f64) -> f64 {
        if side == self.side {
            return approximation;
        }
        let Quad(mut rows) = Bands { approximation, ..self.quad(2 * side, place).transform() }.back();
        for (down, values) in rows.iter_mut().enumerate() {
            for (across, value) in values.iter_mut().enumerate() {
                *value = self.there_and_back(2 * side, (2 * place.0 + across, 2 * place.1 + down), *value);
            }
        }
        Quad(rows).transform().approximation
    }
}

/// Two rows of two neighbouring values.
#[derive(Clone, Copy)]
struct Quad([[f64; 2]; 2]);

/// What one step of the Haar transform makes of a quad.
#[derive(Clone, Copy)]
struct Bands {
    approximation: f64,
    across: f64,
    down: f64,
    diagonal: f64,
}

impl Quad {
    /// Columns first, then rows; every product is rounded before it is added.
    fn transform(self) -> Bands {
        let Self([top, bottom]) = self;
        let [sums, differences] = transposed([haar([top[0], bottom[0]]), haar([top[1], bottom[1]])]);
        let ([approximation, across], [down, diagonal]) = (haar(sums), haar(differences));
        Bands { approximation, across, down, diagonal }
    }
}

impl Bands {
    /// Rows first, then columns.
    fn back(self) -> Quad {
        let (sums, differences) = (haar([self.approximation, self.across]), haar([self.down, self.diagonal]));
        Quad(transposed([haar([sums[0], differences[0]]), haar([sums[1], differences[1]])]))
    }
}

/// The sum and the difference of two values, over the square root of two; its own inverse.
fn haar([first, second]: [f64; 2]) -> [f64; 2] {
    let (first, second) = (first * FRAC_1_SQRT_2, second * FRAC_1_SQRT_2);
    [first + second, first - second]
}

fn transposed([[a, b], [c, d]]: [[f64; 2]; 2]) -> [[f64; 2]; 2] {
    [[a, c], [b, d]]
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests may panic")]
mod tests {
    use super::*;

    /// The reference's whole way, for every block.
    fn slow(grid: &[u8], side: usize) -> Bits64 {
        let pyramid = Pyramid::new(grid, side).unwrap();
        let mut values = pyramid.without_mean::<64>(8);
        for (block, value) in values.iter_mut().enumerate() {
            *value = pyramid.there_and_back(8, (block % 8, block / 8), *value);
        }
        let median = median(values);
        pack(values.iter().map(|&value| value > median))
    }

    #[test]
    fn block_sums_decide_as_the_wavelets_do() {
        for side in [8, 16, 64, 128] {
            for seed in 0..40_usize {
                // From no ties at all to nothing but ties.
                let shades = [256, 64, 4, 2, 1][seed % 5];
                let pixel = |at: usize| at.wrapping_mul(2_654_435_761).wrapping_add(seed * 40_503) >> 9;
                let grid: Vec<u8> = (0..side * side).map(|at| (pixel(at) % shades * 255 / shades) as u8).collect();
                assert_eq!(of_grid64(&grid, side).unwrap(), slow(&grid, side), "side {side}, {shades} shades");
            }
        }
    }

    #[test]
    fn blocks_that_tie_with_the_median_follow_the_references_rounding() {
        // Three in four blocks are black: a median of black blocks, whose bits are rounding alone.
        for side in [32, 64, 256] {
            let block = side / 8;
            let grid: Vec<u8> =
                (0..side * side).map(|at| if at % side / block % 4 == 0 { (at * 31 % 251) as u8 } else { 0 }).collect();
            assert_eq!(of_grid64(&grid, side).unwrap(), slow(&grid, side));
        }
    }

    #[test]
    fn the_grid_is_the_largest_power_of_two_that_fits() {
        let sides = [(1, 1), (7, 900), (8, 8), (63, 64), (64, 64), (4032, 3024)].map(|(w, h)| grid_side(w, h, 8));
        assert_eq!(sides, [8, 8, 8, 32, 64, 2048]);
        assert_eq!(grid_side(9, 9, 16), 16);
    }
}
