//! Any set of classic hashes in one pass: rows of pixels in, hashes out.
//!
//! The luma of a row is computed once and goes to every reduction that the wanted hashes need; hashes that stand on the
//! same grid share it.

use alloc::vec::Vec;
use core::fmt;

use crate::hash::blockhash::BlockhashStream;
use crate::hash::classic::{ClassicError, RowCount};
use crate::hash::{Bits64, Bits256, HashBits, Profile, average, difference, phash, wavelet};
use crate::kernel::Level;
use crate::luma::luma_row;
use crate::pixels::{ImageRef, PixelFormat};
use crate::resample::lanczos::{CellSums, Line, Needs, Reduction};

/// Computes several classic hashes from the rows of one picture, from top to bottom.
///
/// Memory: 2 bytes for each pixel of width, and for each grid about 12 to 24 bytes for each pixel of width and of
/// height. A wavelet hash also keeps the luma of the whole picture, a byte for each pixel, and makes parts of its grid at the
/// end: of up to 256x256 pixels each for 12 megapixels, or all of it, 4 MiB, where sums of blocks tie (then also the
/// reference's transform of it, 11 MB more). Pictures below 256 pixels have the grid alone. See
/// [`ClassicStream::memory_bytes`].
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
/// # Ok::<(), lookalike::hash::ClassicError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClassicStream {
    level: Level,
    width: u32,
    height: u32,
    format: PixelFormat,
    rows: RowCount,
    profiles: Vec<Profile>,
    grids: Vec<Grid>,
    /// For wavelet hashes of a fine grid.
    cells: Option<CellSums>,
    blocks64: Option<BlockhashStream<8>>,
    blocks256: Option<BlockhashStream<32>>,
    /// One row of luma.
    line: Line,
}

/// A reduction, and what it has finished of its grid.
#[derive(Clone, Debug)]
struct Grid {
    size: (u32, u32),
    reduction: Reduction,
    pixels: Vec<u8>,
}

impl ClassicStream {
    /// Prepares to make the hashes of `profiles` from a picture of these measures.
    ///
    /// # Errors
    ///
    /// Refuses a side of zero and profiles that are not of a classic hash; fails where the memory is not there.
    pub fn new(width: u32, height: u32, format: PixelFormat, profiles: &[Profile]) -> Result<Self, ClassicError> {
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
    ) -> Result<Self, ClassicError> {
        let rows = RowCount::new(width, height, format)?;
        let too_large = ClassicError::too_large(width, height);
        let mut grids: Vec<Grid> = Vec::new();
        let (mut cells, mut blocks64, mut blocks256) = (None, None, None);
        for &profile in profiles {
            match profile {
                Profile::Blockhash64 => blocks64 = Some(BlockhashStream::new(width, height, format)?.level(level)),
                Profile::Blockhash256 => blocks256 = Some(BlockhashStream::new(width, height, format)?.level(level)),
                _ => {}
            }
            let Some(size) = grid_size(profile, width, height)? else { continue };
            let is_wavelet = matches!(profile, Profile::Whash64 | Profile::Whash256);
            if is_wavelet && cells.is_none() && CellSums::SIDES.contains(&size.0) {
                // Where there is no memory for the picture, there may be for the grid.
                cells = CellSums::new(level, (width, height), size.0).ok();
            }
            if is_wavelet && cells.is_some() {
                continue;
            }
            if grids.iter().all(|grid| grid.size != size) {
                let reduction = Reduction::new(level, (width, height), size).map_err(|_| too_large)?;
                let mut pixels = Vec::new();
                let len = usize::try_from(u64::from(size.0) * u64::from(size.1)).map_err(|_| too_large)?;
                pixels.try_reserve_exact(len).map_err(|_| too_large)?;
                grids.push(Grid { size, reduction, pixels });
            }
        }
        let needs = cells.as_ref().map_or_else(Needs::default, CellSums::needs);
        let needs = grids.iter().fold(needs, |needs, grid| needs.and(grid.reduction.needs()));
        let line = usize::try_from(width).map_err(|_| too_large)?;
        let line = Line::new(line, needs).map_err(|_| too_large)?;
        Ok(Self {
            level,
            width,
            height,
            format,
            rows,
            profiles: profiles.to_vec(),
            grids,
            cells,
            blocks64,
            blocks256,
            line,
        })
    }

    /// How much memory the hashes of `profiles` take beside the pixels, in bytes: an estimate from above, to plan with.
    ///
    /// Profiles that are not of a classic hash count as nothing.
    #[must_use]
    pub fn memory_bytes(width: u32, height: u32, profiles: &[Profile]) -> u64 {
        let sides = u64::from(width) + u64::from(height);
        let pixels = u64::from(width) * u64::from(height);
        let each = profiles.iter().map(|profile| match profile {
            // The luma, the grid, which is no larger, and the transform of that.
            Profile::Whash64 | Profile::Whash256 => 100 * sides + 5 * pixels.max(16 * 16),
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
    pub fn push_row(&mut self, row: &[u8]) -> Result<(), ClassicError> {
        self.rows.admit(row)?;
        if let Some(blocks) = &mut self.blocks64 {
            blocks.push_row(row)?;
        }
        if let Some(blocks) = &mut self.blocks256 {
            blocks.push_row(row)?;
        }
        if !self.grids.is_empty() || self.cells.is_some() {
            self.line.fill(self.level, |luma| luma_row(self.level, self.format, row, luma));
        }
        if let Some(cells) = &mut self.cells {
            cells.push_row(&self.line);
        }
        for grid in &mut self.grids {
            grid.reduction.push_row(&self.line, |row| {
                grid.pixels.extend(row.iter().map(|&pixel| pixel.to_le_bytes()[0]));
            });
        }
        Ok(())
    }

    /// Makes the hashes.
    ///
    /// # Errors
    ///
    /// Fails where rows are missing.
    pub fn finish(self) -> Result<ClassicHashes, ClassicError> {
        self.rows.complete()?;
        let hashes: Result<Vec<_>, _> =
            self.profiles.iter().map(|&profile| Ok((profile, self.hash(profile)?))).collect();
        Ok(ClassicHashes(hashes?))
    }

    /// Computes one 64-bit hash of a whole picture.
    pub(crate) fn hash64(image: &ImageRef<'_>, profile: Profile) -> Result<Bits64, ClassicError> {
        Self::of_image(image, &[profile])?.bits64(profile).ok_or(ClassicError::not_classic(profile))
    }

    /// Computes one 256-bit hash of a whole picture.
    pub(crate) fn hash256(image: &ImageRef<'_>, profile: Profile) -> Result<Bits256, ClassicError> {
        Self::of_image(image, &[profile])?.bits256(profile).ok_or(ClassicError::not_classic(profile))
    }

    /// Makes the hashes of `profiles` from a whole picture.
    ///
    /// # Errors
    ///
    /// As [`ClassicStream::new`].
    pub fn of_image(image: &ImageRef<'_>, profiles: &[Profile]) -> Result<ClassicHashes, ClassicError> {
        let mut stream = Self::new(image.width(), image.height(), image.format(), profiles)?;
        image.rows().try_for_each(|row| stream.push_row(row))?;
        stream.finish()
    }

    fn hash(&self, profile: Profile) -> Result<ClassicHash, ClassicError> {
        let (width, height) = (self.width, self.height);
        let size = grid_size(profile, width, height)?;
        let grid = self.grids.iter().find(|grid| Some(grid.size) == size);
        let (grid, side) = grid.map_or((&[][..], 0), |grid| (grid.pixels.as_slice(), grid.size.0 as usize));
        let too_large = |_| ClassicError::too_large(width, height);
        let (bits64, bits256) = (ClassicHash::Bits64, ClassicHash::Bits256);
        Ok(match (profile, &self.cells) {
            (Profile::Whash64, Some(cells)) => bits64(wavelet::of_cells64(cells).map_err(too_large)?),
            (Profile::Whash256, Some(cells)) => bits256(wavelet::of_cells256(cells).map_err(too_large)?),
            (Profile::Ahash64, _) => bits64(average::of_grid(grid)),
            (Profile::Ahash256, _) => bits256(average::of_grid(grid)),
            (Profile::Dhash64, _) => bits64(difference::of_grid(grid, side)),
            (Profile::Dhash256, _) => bits256(difference::of_grid(grid, side)),
            (Profile::Phash64, _) => bits64(phash::of_grid64(grid)),
            (Profile::Phash256, _) => bits256(phash::of_grid256(grid)),
            (Profile::Whash64, _) => bits64(wavelet::of_grid64(grid, side).map_err(too_large)?),
            (Profile::Whash256, _) => bits256(wavelet::of_grid256(grid, side).map_err(too_large)?),
            (Profile::Blockhash64, _) => bits64(finish_blocks(profile, self.blocks64.as_ref())?),
            (Profile::Blockhash256, _) => bits256(finish_blocks(profile, self.blocks256.as_ref())?),
            (Profile::Pdq | Profile::Pdq512, _) => return Err(ClassicError::not_classic(profile)),
        })
    }
}

fn finish_blocks<const N: usize>(
    profile: Profile,
    blocks: Option<&BlockhashStream<N>>,
) -> Result<HashBits<N>, ClassicError> {
    blocks.cloned().ok_or(ClassicError::not_classic(profile))?.finish()
}

/// Width and height of the grid that a hash is made from; block hashes have none.
fn grid_size(profile: Profile, width: u32, height: u32) -> Result<Option<(u32, u32)>, ClassicError> {
    let square = |side| (side, side);
    Ok(Some(match profile {
        Profile::Ahash64 => (8, 8),
        Profile::Ahash256 => (16, 16),
        Profile::Dhash64 => (9, 8),
        Profile::Dhash256 => (17, 16),
        Profile::Phash64 => (32, 32),
        Profile::Phash256 => (64, 64),
        Profile::Whash64 => square(wavelet::grid_side(width, height, 8)),
        Profile::Whash256 => square(wavelet::grid_side(width, height, 16)),
        Profile::Blockhash64 | Profile::Blockhash256 => return Ok(None),
        Profile::Pdq | Profile::Pdq512 => return Err(ClassicError::not_classic(profile)),
    }))
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
