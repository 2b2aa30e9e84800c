//! DCT hash: the picture reduced to a square, transformed; each bit says whether a low frequency lies above the median.
//!
//! The most robust of the classic hashes against scaling, blur, re-encoding and changes of brightness. Equal to Python
//! ImageHash's `phash` at `hash_size` 8 and 16, bit for bit, flat pictures included.
//!
//! Source: N. Krawetz, "Looks Like It", hackerfactor.com, 2011; ImageHash 4.3.2 with SciPy 1.17.

#![expect(clippy::indexing_slicing, reason = "a column lies within the grid")]

use crate::hash::classic::{median, pack};
use crate::hash::dct64::dct;
use crate::hash::{Bits64, Bits256, HashBits, classic_grid};
use crate::pixels::{ImageError, ImageRef};

#[cfg(doc)]
use crate::hash::Profile;

/// Computes the 64-bit DCT hash, profile [`Profile::Phash64`].
///
/// ```
/// use lookalike::hash::phash;
/// use lookalike::pixels::{ImageRef, PixelFormat};
///
/// let pixels: Vec<u8> = (0..90 * 70).map(|i| (i % 90 * (i / 90) / 25) as u8).collect();
/// let brighter: Vec<u8> = pixels.iter().map(|pixel| pixel + 4).collect();
/// let hash = |pixels| phash::hash64(&ImageRef::packed(pixels, 90, 70, PixelFormat::Gray8).unwrap());
/// assert!(hash(&pixels)?.distance(&hash(&brighter)?) <= 4);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails where the memory is not there: about 12 to 24 bytes for each pixel of width and of height.
pub fn hash64(image: &ImageRef<'_>) -> Result<Bits64, ImageError> {
    Ok(of_grid64(&classic_grid::of_image(image, (32, 32))?))
}

/// Computes the 256-bit DCT hash, profile [`Profile::Phash256`].
///
/// # Errors
///
/// As [`hash64`].
pub fn hash256(image: &ImageRef<'_>) -> Result<Bits256, ImageError> {
    Ok(of_grid256(&classic_grid::of_image(image, (64, 64))?))
}

/// Pixels of the grid for each bit, along both axes: ImageHash's `highfreq_factor`.
pub(crate) const OVERSAMPLING: usize = 4;

/// The 64-bit hash of a grid of 32x32 pixels.
pub(crate) fn of_grid64(grid: &[u8]) -> Bits64 {
    of_grid::<32, 8, 64, 8>(grid)
}

/// The 256-bit hash of a grid of 64x64 pixels.
pub(crate) fn of_grid256(grid: &[u8]) -> Bits256 {
    of_grid::<64, 16, 256, 32>(grid)
}

/// The hash of a grid of `GRID * GRID` pixels, from its `SIDE * SIDE` lowest frequencies.
fn of_grid<const GRID: usize, const SIDE: usize, const COUNT: usize, const N: usize>(grid: &[u8]) -> HashBits<N> {
    const { assert!(GRID == OVERSAMPLING * SIDE && COUNT == SIDE * SIDE && COUNT == 8 * N) };
    // Columns first, as the reference does: the order decides the rounding.
    let mut rows = [[0.0; GRID]; SIDE];
    for x in 0..GRID {
        let mut column = [0.0; GRID];
        for (value, row) in column.iter_mut().zip(grid.chunks_exact(GRID)) {
            *value = row[x].into();
        }
        dct(&mut column);
        for (row, value) in rows.iter_mut().zip(column) {
            row[x] = value;
        }
    }
    let mut low = [0.0; COUNT];
    for (low, row) in low.chunks_exact_mut(SIDE).zip(&mut rows) {
        dct(row);
        low.iter_mut().zip(row).for_each(|(low, value)| *low = *value);
    }
    let median = median(low);
    pack(low.iter().map(|&coefficient| coefficient > median))
}
