//! Block mean value hash: the mean of each block of the picture against the median of its band of blocks.
//!
//! The picture is cut into 8x8 or 16x16 equal blocks, whose edges may fall inside a pixel: such a pixel counts for both
//! sides by its share. Each horizontal band of a quarter of the blocks has its own median. No resampling, no heap, about
//! 4 KB of state, and as fast as bytes can be added up.
//!
//! Profiles [`Profile::Blockhash64`] and [`Profile::Blockhash256`] are the *precise* method (`bmvbhash`), equal bit for bit to the
//! published implementation on RGB pictures.
//!
//! The reference computes in doubles; as 8 and 16 are powers of two, all of its values are exact, and the integers here,
//! in units of one 64th or 256th of a colour value, equal them. Alpha is dropped; the reference makes a fully
//! transparent pixel white.
//!
//! Source: B. Yang, F. Gu, X. Niu, "Block Mean Value Based Image Perceptual Hashing", 2006; blockhash.io (PyPI
//! phash-blockhashio 0.1.4).

#![expect(
    clippy::indexing_slicing,
    reason = "a row has the length that was announced, its runs cover it, and their blocks are those of an axis"
)]

use crate::hash::classic::{RowCount, pack};
use crate::hash::{Bits64, Bits256, HashBits};
use crate::kernel::Level;
use crate::luma::color_sum;
use crate::pixels::{ImageError, ImageRef, PixelFormat};

#[cfg(doc)]
use crate::hash::Profile;

/// Computes the 64-bit block hash, profile [`Profile::Blockhash64`].
///
/// ```
/// use lookalike::hash::blockhash;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// // Dark on the left, light on the right; 42 is not a multiple of 8.
/// let pixels: Vec<u8> = (0..42 * 30).map(|i| if i % 42 < 21 { 10 } else { 200 }).collect();
/// let image = ImageRef::packed(&pixels, 42, 30, PixelFormat::Gray8)?;
/// assert_eq!(blockhash::hash64(&image)?.to_string(), "0f0f0f0f0f0f0f0f");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// Refuses a picture of 2^32 pixels or more.
pub fn hash64(image: &ImageRef<'_>) -> Result<Bits64, ImageError> {
    of_image(image)
}

/// Computes the 256-bit block hash, profile [`Profile::Blockhash256`].
///
/// # Errors
///
/// As [`hash64`].
pub fn hash256(image: &ImageRef<'_>) -> Result<Bits256, ImageError> {
    of_image(image)
}

fn of_image<const N: usize>(image: &ImageRef<'_>) -> Result<HashBits<N>, ImageError> {
    let mut stream = BlockhashStream::new(image.width(), image.height(), image.format())?;
    image.rows().try_for_each(|row| stream.push_row(row))?;
    stream.finish()
}

/// Blocks along an axis of the longest hash.
const MOST: usize = 16;
/// Runs along an axis: one within each block, and one over the edge behind it.
const MOST_RUNS: usize = 2 * MOST;
/// Red, green and blue of a white pixel, plus one each: what the reference takes for the range of a pixel.
const FULL_PIXEL: u64 = 3 * 256;

/// Computes a block hash of `N` bytes, 8 or 32, from the rows of a picture, from top to bottom.
///
/// ```
/// use lookalike::hash::blockhash::BlockhashStream;
/// use lookalike::pixels::PixelFormat;
///
/// let mut stream = BlockhashStream::<8>::new(9, 8, PixelFormat::Rgb8)?;
/// for row in 0..8_u8 {
///     stream.push_row(&[row; 27])?;
/// }
/// assert_eq!(stream.finish()?.to_string(), "00ff00ff00ff00ff");
/// # Ok::<(), lookalike::pixels::ImageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockhashStream<const N: usize> {
    level: Level,
    format: PixelFormat,
    rows: RowCount,
    rows_in: u32,
    /// The runs of a row, of which there are `run_count`.
    runs: [Run; MOST_RUNS],
    run_count: usize,
    across: Cut,
    down: Cut,
    /// Sums of colour values, in units of `1 / side^2`.
    blocks: [[u64; MOST]; MOST],
}

impl<const N: usize> BlockhashStream<N> {
    /// Blocks along an axis: 8 or 16.
    const SIDE: usize = {
        assert!(N == 8 || N == 32, "a block hash has 8 or 32 bytes");
        if N == 8 { 8 } else { 16 }
    };

    /// Prepares to hash a picture of these measures.
    ///
    /// # Errors
    ///
    /// Refuses a side of zero, and a picture of 2^32 pixels or more, whose sums might overflow.
    pub fn new(width: u32, height: u32, format: PixelFormat) -> Result<Self, ImageError> {
        let rows = RowCount::new(width, height, format)?;
        let pixels = u64::from(width) * u64::from(height);
        if pixels > u64::from(u32::MAX) {
            return Err(ImageError::too_large("number of pixels", pixels, u32::MAX));
        }
        let (across, down) = (Cut::new(width, Self::SIDE), Cut::new(height, Self::SIDE));
        let mut runs = [Run { end: 0, shares: [(0, 0); 2] }; MOST_RUNS];
        let (mut run_count, mut x) = (0, 0);
        while x < width {
            runs[run_count] = across.run(x);
            (run_count, x) = (run_count + 1, runs[run_count].end);
        }
        let blocks = [[0; MOST]; MOST];
        Ok(Self { level: Level::best(), format, rows, rows_in: 0, runs, run_count, across, down, blocks })
    }

    /// Computes with the given CPU level instead of the best; the result is the same.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// Takes the next row: exactly `width * bytes_per_pixel` bytes.
    ///
    /// # Errors
    ///
    /// Refuses a row of another length, and more rows than the picture has.
    pub fn push_row(&mut self, row: &[u8]) -> Result<(), ImageError> {
        self.rows.admit(row)?;
        let bytes = self.format.bytes_per_pixel();
        let (mut sums, mut x) = ([0; MOST], 0);
        for run in &self.runs[..self.run_count] {
            let sum = color_sum(self.level, self.format, &row[x as usize * bytes..run.end as usize * bytes]);
            for (block, share) in run.shares {
                sums[block] += sum * share;
            }
            x = run.end;
        }
        for (block, share) in self.down.run(self.rows_in).shares {
            self.blocks[block].iter_mut().zip(&sums).for_each(|(block, sum)| *block += sum * share);
        }
        self.rows_in += 1;
        Ok(())
    }

    /// Makes the hash.
    ///
    /// # Errors
    ///
    /// Fails where rows are missing.
    pub fn finish(self) -> Result<HashBits<N>, ImageError> {
        self.rows.complete()?;
        // Twice everything, as a median may be half a unit, and in units of 1 / side^2.
        let unit = 2 * self.across.blocks * self.down.blocks;
        let half_block = self.across.length * self.down.length * FULL_PIXEL;
        let mut bits = [[false; MOST]; MOST];
        let band_rows = Self::SIDE / 4;
        for (blocks, bits) in self.blocks.chunks(band_rows).zip(bits.chunks_mut(band_rows)) {
            let values = || blocks.iter().flat_map(|row| row.iter().take(Self::SIDE));
            let median = twice_median(values().copied());
            for (bits, blocks) in bits.iter_mut().zip(blocks) {
                for (bit, &value) in bits.iter_mut().zip(blocks) {
                    // A band of one shade, say black or white, has the median for most of its blocks: what is
                    // within one colour value of it follows the shade instead of the noise.
                    let tied = (2 * value).abs_diff(median) < unit;
                    *bit = 2 * value > median || (tied && median > half_block);
                }
            }
        }
        Ok(pack(bits.iter().take(Self::SIDE).flat_map(|row| row.iter().take(Self::SIDE).copied())))
    }
}

/// One axis of a picture, cut into blocks. Positions are counted in units of `1 / blocks` of a pixel, in which a block is as
/// long as the axis has pixels.
#[derive(Clone, Copy, Debug)]
struct Cut {
    length: u64,
    blocks: u64,
}

/// Neighbouring pixels that lie in the same block, or one pixel that lies in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    end: u32,
    /// The block of each share, and the share: both shares together make one pixel.
    shares: [(usize, u64); 2],
}

impl Cut {
    fn new(length: u32, blocks: usize) -> Self {
        Self { length: length.into(), blocks: blocks as u64 }
    }

    /// The run that begins at a pixel.
    #[expect(clippy::cast_possible_truncation, reason = "a block is one of 16, and a position one of the axis")]
    fn run(self, first: u32) -> Run {
        let Self { length, blocks } = self;
        let next = u64::from(first) + 1;
        let (start, end) = (u64::from(first) * blocks, next * blocks);
        let (block, into) = ((start / length) as usize, end % length);
        // The reference looks at whole pixels since the last edge: none means that the edge is at or inside this pixel.
        if into >= blocks || next == length {
            // The next edge is at or inside the pixel before which the run ends.
            let next_edge = (end / length + 1) * length;
            let end = (next_edge.div_ceil(blocks) - 1).clamp(next, length) as u32;
            return Run { end, shares: [(block, blocks), (block, 0)] };
        }
        Run { end: first + 1, shares: [(block, blocks - into), (start.div_ceil(length) as usize, into)] }
    }
}

/// Twice the median of an even count of values, at most a quarter of the blocks: half the sum of the middle two, doubled.
fn twice_median(values: impl Iterator<Item = u64>) -> u64 {
    let mut sorted = [u64::MAX; MOST * MOST / 4];
    let count = sorted.iter_mut().zip(values).map(|(place, value)| *place = value).count();
    sorted.sort_unstable();
    sorted.iter().skip((count / 2).saturating_sub(1)).take(2).sum()
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests may panic"
)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The definition, in doubles and pixel by pixel: the blocks of one position along an axis, and their shares.
    fn slow_shares(position: u32, length: u32, side: u32) -> [(usize, f64); 2] {
        let block = f64::from(length) / f64::from(side);
        let since_edge = f64::from(position + 1) % block;
        let first = (f64::from(position) / block).floor() as usize;
        if since_edge >= 1.0 || position + 1 == length {
            return [(first, 1.0), (first, 0.0)];
        }
        let second = (f64::from(position) / block).ceil() as usize;
        [(first, 1.0 - since_edge.fract()), (second, since_edge.fract())]
    }

    fn slow<const N: usize>(pixels: &[u8], width: u32, height: u32) -> HashBits<N> {
        let side = BlockhashStream::<N>::SIDE;
        let mut blocks = [0.0; 256];
        for y in 0..height {
            for x in 0..width {
                let value = 3.0 * f64::from(pixels[(y * width + x) as usize]);
                for (row, down) in slow_shares(y, height, side as u32) {
                    for (column, across) in slow_shares(x, width, side as u32) {
                        blocks[row * side + column] += value * down * across;
                    }
                }
            }
        }
        let half = f64::from(width) * f64::from(height) / (side * side) as f64 * 384.0;
        let bands = blocks[..side * side].chunks(side * side / 4);
        pack(bands.flat_map(|band| {
            let mut sorted = band.to_vec();
            sorted.sort_by(f64::total_cmp);
            let median = (sorted[band.len() / 2 - 1] + sorted[band.len() / 2]) / 2.0;
            band.iter().map(move |v| *v > median || ((v - median).abs() < 1.0 && median > half)).collect::<Vec<_>>()
        }))
    }

    #[test]
    fn integers_decide_as_the_doubles_of_the_definition() {
        for width in [1, 2, 5, 7, 8, 9, 13, 15, 16, 17, 24, 31, 33, 40] {
            for height in [1, 3, 8, 11, 16, 19, 32, 37] {
                for shades in [1, 2, 256] {
                    let pixels: Vec<u8> = (0..width * height)
                        .map(|at: u32| ((at.wrapping_mul(2_654_435_761) >> 11) % shades * 255 / shades) as u8)
                        .collect();
                    let image = ImageRef::packed(&pixels, width, height, PixelFormat::Gray8).unwrap();
                    let message = std::format!("{width}x{height}, {shades} shades");
                    assert_eq!(hash64(&image).unwrap(), slow(&pixels, width, height), "{message}");
                    assert_eq!(hash256(&image).unwrap(), slow(&pixels, width, height), "{message}");
                }
            }
        }
    }

    #[test]
    fn a_row_of_any_length_is_cut_into_few_runs_that_cover_it() {
        for length in (1..300).chain([65_535, u32::MAX]) {
            let cut = Cut::new(length, 16);
            let (mut at, mut runs) = (0, 0);
            while at < length {
                let run = cut.run(at);
                assert!(run.end > at && run.end <= length);
                assert_eq!(run.shares[0].1 + run.shares[1].1, 16);
                assert!(run.shares.iter().all(|&(block, _)| block < 16));
                (at, runs) = (run.end, runs + 1);
            }
            assert!(runs <= MOST_RUNS, "{length}");
        }
    }

    #[test]
    fn pictures_too_large_to_sum_up_are_refused() {
        assert!(BlockhashStream::<8>::new(65_536, 65_536, PixelFormat::Gray8).is_err());
        assert!(BlockhashStream::<32>::new(65_535, 65_535, PixelFormat::Gray8).is_ok());
    }
}
