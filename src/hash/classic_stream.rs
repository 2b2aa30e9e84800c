//! Any set of classic hashes in one pass: rows of pixels in, hashes out.
//!
//! The luma of a row is computed once and goes to every reduction that the wanted hashes need; hashes that stand on the
//! same grid share it.

use alloc::vec::Vec;
use core::fmt;

use crate::hash::blockhash::BlockhashStream;
use crate::hash::classic::RowCount;
use crate::hash::classic_grid::GridReducer;
use crate::hash::{Bits64, Bits256, HashBits, Profile, average, difference, phash, wavelet};
use crate::kernel::Level;
use crate::luma::luma_row;
use crate::pixels::{ImageError, ImageRef, PixelFormat};
use crate::resample::lanczos::Line;

/// Computes several classic hashes from the rows of one picture, from top to bottom.
///
/// Memory: 2 bytes for each pixel of width, and for each grid about 12 to 24 bytes for each pixel of width and of
/// height. The grid of a wavelet hash has up to as many pixels as the picture, a byte each (4 MiB for 12 megapixels); where
/// sums of its blocks tie, the reference's transform takes 8/3 as much again. See [`ClassicStream::memory_bytes`].
///
/// PDQ of the same rows is [`PdqStream`](super::PdqStream)'s: fed side by side, both read the row while it is in the cache.
///
/// ```
/// use lookalike::hash::{ClassicStream, Profile};
/// use lookalike::pixels::PixelFormat;
///
/// let mut stream = ClassicStream::new(16, 2, PixelFormat::Gray8, &[Profile::Ahash64, Profile::Dhash64])?;
/// for row in [[7; 16], [200; 16]] {
///     stream.push_row(&row)?;
/// }
/// let hashes = stream.finish()?;
/// assert_eq!(hashes.bits64(Profile::Ahash64).unwrap().to_string(), "00000000ffffffff");
/// assert_eq!(hashes.bits64(Profile::Dhash64).unwrap().count_ones(), 0);
/// # Ok::<(), lookalike::pixels::ImageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClassicStream {
    level: Level,
    width: u32,
    height: u32,
    format: PixelFormat,
    rows: RowCount,
    profiles: Vec<Profile>,
    grids: Vec<GridReducer>,
    blocks64: Option<BlockhashStream<8>>,
    blocks256: Option<BlockhashStream<32>>,
    /// One row of luma.
    line: Line,
}

impl ClassicStream {
    /// Prepares to make the hashes of `profiles` from a picture of these measures.
    ///
    /// # Errors
    ///
    /// Refuses a side of zero and profiles that are not of a classic hash; fails where the memory is not there.
    pub fn new(width: u32, height: u32, format: PixelFormat, profiles: &[Profile]) -> Result<Self, ImageError> {
        Self::at_level(Level::best(), width, height, format, profiles)
    }

    /// As [`ClassicStream::new`], to compute with the given CPU level instead of the best; the hashes are the same.
    ///
    /// # Errors
    ///
    /// As [`ClassicStream::new`].
    pub fn at_level(
        level: Level,
        width: u32,
        height: u32,
        format: PixelFormat,
        profiles: &[Profile],
    ) -> Result<Self, ImageError> {
        let rows = RowCount::new(width, height, format)?;
        let memory = |_| ImageError::memory(width, height);
        let mut grids: Vec<GridReducer> = Vec::new();
        let (mut blocks64, mut blocks256) = (None, None);
        for &profile in profiles {
            match profile {
                Profile::Pdq | Profile::Pdq512 => return Err(ImageError::profile(profile.name())),
                Profile::Blockhash64 => blocks64 = Some(BlockhashStream::new(width, height, format)?.level(level)),
                Profile::Blockhash256 => blocks256 = Some(BlockhashStream::new(width, height, format)?.level(level)),
                _ => {}
            }
            if let Some(size) = grid_size(profile, width, height)
                && grids.iter().all(|grid| grid.size != size)
            {
                grids.push(GridReducer::new(level, (width, height), size).map_err(memory)?);
            }
        }
        let reads_bytes = grids.iter().any(GridReducer::reads_bytes);
        let line = Line::new(width as usize, reads_bytes).map_err(memory)?;
        let profiles = profiles.to_vec();
        Ok(Self { level, width, height, format, rows, profiles, grids, blocks64, blocks256, line })
    }

    /// How much memory the hashes of `profiles` take beside the pixels, in bytes: an estimate from above, to plan with.
    ///
    /// Profiles that are not of a classic hash count as nothing.
    #[must_use]
    pub fn memory_bytes(width: u32, height: u32, profiles: &[Profile]) -> u64 {
        let sides = u64::from(width) + u64::from(height);
        let pixels = u64::from(width) * u64::from(height);
        let each = profiles.iter().map(|profile| match profile {
            // The grid, which is no larger than the picture, and the transform of that.
            Profile::Whash64 | Profile::Whash256 => 100 * sides + 4 * pixels.max(16 * 16),
            Profile::Pdq | Profile::Pdq512 | Profile::Blockhash64 | Profile::Blockhash256 => 0,
            _ => 100 * sides,
        });
        each.map(|bytes| bytes + 64 * 1024).sum()
    }

    /// Takes the next row: exactly `width * bytes_per_pixel` bytes.
    ///
    /// # Errors
    ///
    /// Refuses a row of another length, and more rows than the picture has.
    pub fn push_row(&mut self, row: &[u8]) -> Result<(), ImageError> {
        self.rows.admit(row)?;
        if let Some(blocks) = &mut self.blocks64 {
            blocks.push_row(row)?;
        }
        if let Some(blocks) = &mut self.blocks256 {
            blocks.push_row(row)?;
        }
        if !self.grids.is_empty() {
            self.line.fill(self.level, |luma| luma_row(self.level, self.format, row, luma));
        }
        for grid in &mut self.grids {
            grid.push_row(&self.line);
        }
        Ok(())
    }

    /// Makes the hashes.
    ///
    /// # Errors
    ///
    /// Fails where rows are missing.
    pub fn finish(self) -> Result<ClassicHashes, ImageError> {
        self.rows.complete()?;
        let hashes: Result<Vec<_>, _> =
            self.profiles.iter().map(|&profile| Ok((profile, self.hash(profile)?))).collect();
        Ok(ClassicHashes(hashes?))
    }

    /// Makes the hashes of `profiles` from a whole picture.
    ///
    /// # Errors
    ///
    /// As [`ClassicStream::new`].
    pub fn of_image(image: &ImageRef<'_>, profiles: &[Profile]) -> Result<ClassicHashes, ImageError> {
        let mut stream = Self::new(image.width(), image.height(), image.format(), profiles)?;
        image.rows().try_for_each(|row| stream.push_row(row))?;
        stream.finish()
    }

    fn hash(&self, profile: Profile) -> Result<ClassicHash, ImageError> {
        let (width, height) = (self.width, self.height);
        let memory = |_| ImageError::memory(width, height);
        let (bits64, bits256) = (ClassicHash::Bits64, ClassicHash::Bits256);
        let (grid, side) = match grid_size(profile, width, height) {
            Some(size) => (self.grid(size), size.0 as usize),
            None => (&[][..], 0),
        };
        Ok(match profile {
            Profile::Ahash64 => bits64(average::of_grid(grid)),
            Profile::Ahash256 => bits256(average::of_grid(grid)),
            Profile::Dhash64 => bits64(difference::of_grid(grid, side)),
            Profile::Dhash256 => bits256(difference::of_grid(grid, side)),
            Profile::Phash64 => bits64(phash::of_grid64(grid)),
            Profile::Phash256 => bits256(phash::of_grid256(grid)),
            Profile::Whash64 => bits64(wavelet::of_grid64(grid, side).map_err(memory)?),
            Profile::Whash256 => bits256(wavelet::of_grid256(grid, side).map_err(memory)?),
            Profile::Blockhash64 => bits64(finish_blocks(self.blocks64.as_ref())?),
            Profile::Blockhash256 => bits256(finish_blocks(self.blocks256.as_ref())?),
            Profile::Pdq | Profile::Pdq512 => return Err(ImageError::profile(profile.name())),
        })
    }

    fn grid(&self, size: (u32, u32)) -> &[u8] {
        let grid = self.grids.iter().find(|grid| grid.size == size);
        &grid.expect("a grid is made for every profile that reads one").pixels
    }
}

fn finish_blocks<const N: usize>(blocks: Option<&BlockhashStream<N>>) -> Result<HashBits<N>, ImageError> {
    blocks.expect("blocks are summed for every profile that reads them").clone().finish()
}

/// Width and height of the grid that a hash is read from; PDQ and block hashes read none.
fn grid_size(profile: Profile, width: u32, height: u32) -> Option<(u32, u32)> {
    let square = |side| Some((side, side));
    match profile {
        Profile::Ahash64 => square(8),
        Profile::Ahash256 => square(16),
        Profile::Dhash64 => Some((9, 8)),
        Profile::Dhash256 => Some((17, 16)),
        Profile::Phash64 => square(32),
        Profile::Phash256 => square(64),
        Profile::Whash64 => square(wavelet::grid_side(width, height, 8)),
        Profile::Whash256 => square(wavelet::grid_side(width, height, 16)),
        Profile::Blockhash64 | Profile::Blockhash256 | Profile::Pdq | Profile::Pdq512 => None,
    }
}

/// A classic hash of either length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClassicHash {
    /// A hash of an 8x8 grid.
    Bits64(Bits64),
    /// A hash of a 16x16 grid.
    Bits256(Bits256),
}

impl fmt::Display for ClassicHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits64(bits) => bits.fmt(f),
            Self::Bits256(bits) => bits.fmt(f),
        }
    }
}

/// The hashes of one picture, each under its profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassicHashes(Vec<(Profile, ClassicHash)>);

impl ClassicHashes {
    /// The 64-bit hash of a profile, if it was asked for.
    #[must_use]
    pub fn bits64(&self, profile: Profile) -> Option<Bits64> {
        self.iter().find_map(|(found, hash)| match hash {
            ClassicHash::Bits64(bits) if found == profile => Some(bits),
            _ => None,
        })
    }

    /// The 256-bit hash of a profile, if it was asked for.
    #[must_use]
    pub fn bits256(&self, profile: Profile) -> Option<Bits256> {
        self.iter().find_map(|(found, hash)| match hash {
            ClassicHash::Bits256(bits) if found == profile => Some(bits),
            _ => None,
        })
    }

    /// All hashes, in the order in which their profiles were asked for.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Profile, ClassicHash)> + '_ {
        self.0.iter().copied()
    }
}
