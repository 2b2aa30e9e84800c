//! Block mean value hash: the mean of each block of the picture against the median of its band of blocks.
//!
//! The picture is cut into 8x8 or 16x16 equal blocks, whose edges may fall inside a pixel: such a pixel counts for both
//! sides by its share. Each horizontal band of a quarter of the blocks has its own median. No resampling, no heap, about
//! 4 KB of state, and as fast as bytes can be added up.
//!
//! Profiles [`Profile::Blockhash64`] and [`Profile::Blockhash256`] are this *precise* method (`bmvbhash`), equal bit for bit
//! to the published implementation on RGB pictures. The *quick* one (`bmvbhash_even`), which ignores the rest of a division
//! of the sides by the blocks, is here for comparison with others' hashes; where there is no rest the two are equal.
//!
//! The reference computes in doubles; as 8 and 16 are powers of two, all of its values are exact, and the integers here,
//! in units of one 64th or 256th of a colour value, equal them. Alpha is dropped; the reference makes a fully
//! transparent pixel white.
//!
//! Source: B. Yang, F. Gu, X. Niu, "Block Mean Value Based Image Perceptual Hashing", 2006; blockhash.io (PyPI
//! phash-blockhashio 0.1.4).

use core::ops::Range;

use crate::hash::classic::{ClassicError, RowCount, pack};
use crate::hash::{Bits64, Bits256, HashBits};
use crate::kernel::Level;
use crate::luma::color_sum;
use crate::pixels::{ImageRef, PixelFormat};

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
pub fn hash64(image: &ImageRef<'_>) -> Result<Bits64, ClassicError> {
    of_image(image, Method::Precise)
}

/// Computes the 256-bit block hash, profile [`Profile::Blockhash256`].
///
/// # Errors
///
/// As [`hash64`].
pub fn hash256(image: &ImageRef<'_>) -> Result<Bits256, ClassicError> {
    of_image(image, Method::Precise)
}

/// Computes the 64-bit block hash by the quick method, which belongs to no profile.
///
/// # Errors
///
/// As [`hash64`].
pub fn quick64(image: &ImageRef<'_>) -> Result<Bits64, ClassicError> {
    of_image(image, Method::Quick)
}

/// Computes the 256-bit block hash by the quick method, which belongs to no profile.
///
/// # Errors
///
/// As [`hash64`].
pub fn quick256(image: &ImageRef<'_>) -> Result<Bits256, ClassicError> {
    of_image(image, Method::Quick)
}

fn of_image<const N: usize>(image: &ImageRef<'_>, method: Method) -> Result<HashBits<N>, ClassicError> {
    let mut stream = BlockhashStream::with_method(image.width(), image.height(), image.format(), method)?;
    image.rows().try_for_each(|row| stream.push_row(row))?;
    stream.finish()
}

/// Blocks along an axis of the longest hash.
const MOST: usize = 16;
/// Runs along an axis: one within each block, and one over the edge behind it.
const MOST_RUNS: usize = 2 * MOST;
/// Red, green and blue of a white pixel, plus one each: what the reference takes for the range of a pixel.
const FULL_PIXEL: u64 = 3 * 256;

/// How the picture is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Precise,
    Quick,
}

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
/// # Ok::<(), lookalike::hash::ClassicError>(())
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
    pub fn new(width: u32, height: u32, format: PixelFormat) -> Result<Self, ClassicError> {
        Self::with_method(width, height, format, Method::Precise)
    }

    /// Computes with the given CPU level instead of the best; the result is the same.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    fn with_method(width: u32, height: u32, format: PixelFormat, method: Method) -> Result<Self, ClassicError> {
        let rows = RowCount::new(width, height, format)?;
        if u64::from(width) * u64::from(height) > u64::from(u32::MAX) {
            return Err(ClassicError::too_large(width, height));
        }
        let cut = |length| Cut { length: u64::from(length), blocks: Self::SIDE as u64, method };
        let (across, down) = (cut(width), cut(height));
        let mut runs = [Run { end: 0, shares: [(0, 0); 2] }; MOST_RUNS];
        let (mut run_count, mut x) = (0, 0);
        while x < across.used()
            && let Some(run) = runs.get_mut(run_count)
        {
            *run = across.run(x);
            (run_count, x) = (run_count + 1, run.end);
        }
        let blocks = [[0; MOST]; MOST];
        Ok(Self { level: Level::best(), format, rows, rows_in: 0, runs, run_count, across, down, blocks })
    }

    /// Takes the next row: exactly `width * bytes_per_pixel` bytes.
    ///
    /// # Errors
    ///
    /// Refuses a row of another length, and more rows than the picture has.
    pub fn push_row(&mut self, row: &[u8]) -> Result<(), ClassicError> {
        self.rows.admit(row)?;
        let y = u64::from(self.rows_in);
        self.rows_in += 1;
        if y >= self.down.used() {
            return Ok(());
        }
        let mut sums = [0; MOST];
        let mut x = 0;
        for run in self.runs.iter().take(self.run_count) {
            let sum = color_sum(self.level, self.format, self.bytes(row, x..run.end));
            run.add(sum, &mut sums, |block, amount| *block += amount);
            x = run.end;
        }
        self.down.run(y).add(1, &mut self.blocks, |blocks, weight| {
            blocks.iter_mut().zip(&sums).for_each(|(block, sum)| *block += sum * weight);
        });
        Ok(())
    }

    fn bytes<'a>(&self, row: &'a [u8], pixels: Range<u64>) -> &'a [u8] {
        let at = |pixel| usize::try_from(pixel).map_or(usize::MAX, |pixel| pixel * self.format.bytes_per_pixel());
        row.get(at(pixels.start)..at(pixels.end)).unwrap_or_default()
    }

    /// Makes the hash.
    ///
    /// # Errors
    ///
    /// Fails where rows are missing.
    pub fn finish(self) -> Result<HashBits<N>, ClassicError> {
        self.rows.complete()?;
        // Twice everything, as a median may be half a unit, and in units of 1 / side^2.
        let unit = 2 * self.across.blocks * self.down.blocks;
        let half_block = self.across.extent() * self.down.extent() * FULL_PIXEL;
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
    method: Method,
}

/// Neighbouring pixels that lie in the same block, or one pixel that lies in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    end: u64,
    /// The block of each share, and the share: both shares together make one pixel.
    shares: [(u64, u64); 2],
}

impl Run {
    /// Adds `amount` to the places of its blocks, by their shares.
    fn add<T>(self, amount: u64, places: &mut [T], mut add: impl FnMut(&mut T, u64)) {
        for (block, share) in self.shares {
            if let Some(place) = usize::try_from(block).ok().and_then(|block| places.get_mut(block)) {
                add(place, amount * share);
            }
        }
    }
}

impl Cut {
    /// How many pixels are looked at.
    fn used(self) -> u64 {
        match self.method {
            Method::Precise => self.length,
            Method::Quick => self.length - self.length % self.blocks,
        }
    }

    /// Length of a block.
    fn extent(self) -> u64 {
        self.used()
    }

    /// The run that begins at a pixel that is used.
    fn run(self, first: u64) -> Run {
        let Self { blocks, .. } = self;
        let extent = self.extent();
        let start = first * blocks;
        let into = (start + blocks) % extent;
        let block = start / extent;
        // The reference looks at whole pixels since the last edge: none means that the edge is at or inside this pixel.
        if into >= blocks || first + 1 == self.length {
            // The next edge is at or inside the pixel before which the run ends.
            let next_edge = ((start + blocks) / extent + 1) * extent;
            let end = (next_edge.div_ceil(blocks) - 1).clamp(first + 1, self.used());
            return Run { end, shares: [(block, blocks), (block, 0)] };
        }
        Run { end: first + 1, shares: [(block, blocks - into), (start.div_ceil(extent), into)] }
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
    fn the_quick_method_ignores_the_rest_of_the_division() {
        let row: Vec<u8> = (0..19_u8).map(|x| x.wrapping_mul(97)).collect();
        let padded = row.repeat(17);
        let trimmed: Vec<u8> = row[..16].repeat(16);
        let padded = ImageRef::packed(&padded, 19, 17, PixelFormat::Gray8).unwrap();
        let trimmed = ImageRef::packed(&trimmed, 16, 16, PixelFormat::Gray8).unwrap();
        assert_eq!(quick64(&padded), hash64(&trimmed));
        assert_eq!(quick256(&padded), hash256(&trimmed));
        assert_ne!(quick64(&padded), hash64(&padded));
        let tiny = ImageRef::packed(&[255; 49], 7, 7, PixelFormat::Gray8).unwrap();
        assert_eq!(quick64(&tiny), Ok(Bits64::ZERO));
    }

    #[test]
    fn a_row_of_any_length_is_cut_into_few_runs_that_cover_it() {
        for length in (1..300).chain([65_535, u64::from(u32::MAX)]) {
            let cut = Cut { length, blocks: 16, method: Method::Precise };
            let (mut at, mut runs) = (0, 0);
            while at < length {
                let run = cut.run(at);
                assert!(run.end > at && run.end <= length);
                assert_eq!(run.shares[0].1 + run.shares[1].1, 16);
                assert!(run.shares.iter().all(|&(block, share)| share == 0 || block < 16));
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
