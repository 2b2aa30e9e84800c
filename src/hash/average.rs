//! Average hash: the picture reduced to a small square; each bit says whether its pixel is brighter than the mean.
//!
//! The fastest of the classic hashes, and the one with the most false matches: pictures with the same rough layout of
//! light collide. Equal to Python ImageHash's `average_hash` at `hash_size` 8 and 16, bit for bit.
//!
//! Source: N. Krawetz, "Looks Like It", hackerfactor.com, 2011; ImageHash 4.3.2.

use crate::hash::classic::pack;
use crate::hash::{Bits64, Bits256, HashBits, classic_grid};
use crate::pixels::{ImageError, ImageRef};

#[cfg(doc)]
use crate::hash::Profile;

/// Computes the 64-bit average hash, profile [`Profile::Ahash64`].
///
/// ```
/// use lookalike::hash::average;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// // Dark on the left, light on the right.
/// let pixels: Vec<u8> = (0..40 * 30).map(|i| if i % 40 < 20 { 10 } else { 200 }).collect();
/// let image = ImageRef::packed(&pixels, 40, 30, PixelFormat::Gray8)?;
/// assert_eq!(average::hash64(&image)?.to_string(), "0f0f0f0f0f0f0f0f");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails where the memory is not there: about 12 to 24 bytes for each pixel of width and of height.
pub fn hash64(image: &ImageRef<'_>) -> Result<Bits64, ImageError> {
    Ok(of_grid(&classic_grid::of_image(image, (8, 8))?))
}

/// Computes the 256-bit average hash, profile [`Profile::Ahash256`].
///
/// # Errors
///
/// As [`hash64`].
pub fn hash256(image: &ImageRef<'_>) -> Result<Bits256, ImageError> {
    Ok(of_grid(&classic_grid::of_image(image, (16, 16))?))
}

/// The hash of a grid of `8 * N` pixels.
pub(crate) fn of_grid<const N: usize>(grid: &[u8]) -> HashBits<N> {
    let sum: u64 = grid.iter().map(|&pixel| u64::from(pixel)).sum();
    let count = grid.len() as u64;
    // The reference's mean is exact: a sum below 2^16 divided by a power of two.
    pack(grid.iter().map(|&pixel| u64::from(pixel) * count > sum))
}
