//! Difference hash: the picture reduced to a small grid; each bit says whether a pixel is brighter than its left neighbour.
//!
//! As fast as the average hash, and indifferent to brightness and contrast. Equal to Python ImageHash's `dhash` at
//! `hash_size` 8 and 16, bit for bit.
//!
//! Source: N. Krawetz, "Kind of Like That", hackerfactor.com, 2013; ImageHash 4.3.2.

use crate::hash::classic::pack;
use crate::hash::{Bits64, Bits256, HashBits, classic_grid};
use crate::pixels::{ImageError, ImageRef};

#[cfg(doc)]
use crate::hash::Profile;

/// Computes the 64-bit difference hash, profile [`Profile::Dhash64`].
///
/// ```
/// use lookalike::hash::difference;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// // Grows lighter to the right, without end.
/// let pixels: Vec<u8> = (0..=99).cycle().take(100 * 50).collect();
/// let image = ImageRef::packed(&pixels, 100, 50, PixelFormat::Gray8)?;
/// assert_eq!(difference::hash64(&image)?.count_ones(), 64);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails where the memory is not there: about 12 to 24 bytes for each pixel of width and of height.
pub fn hash64(image: &ImageRef<'_>) -> Result<Bits64, ImageError> {
    Ok(of_grid(&classic_grid::of_image(image, (9, 8))?, 9))
}

/// Computes the 256-bit difference hash, profile [`Profile::Dhash256`].
///
/// # Errors
///
/// As [`hash64`].
pub fn hash256(image: &ImageRef<'_>) -> Result<Bits256, ImageError> {
    Ok(of_grid(&classic_grid::of_image(image, (17, 16))?, 17))
}

/// The hash of a grid whose rows are `width` pixels: one more than the bits of a row.
pub(crate) fn of_grid<const N: usize>(grid: &[u8], width: usize) -> HashBits<N> {
    let rows = grid.chunks_exact(width);
    pack(rows.flat_map(|row| row.iter().zip(row.iter().skip(1)).map(|(left, right)| right > left)))
}
