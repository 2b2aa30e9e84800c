//! PDQ with the reference's own rounding, for the picture whose bits or quality that decides.

#![expect(clippy::indexing_slicing, reason = "a turned place is one of the picture")]

use super::pick::{PICKED_SIDE, layout, picked, picks};
use super::spectrum::{Doubt, PdqSpectrum};
use super::{PdqProfile, spectrum};
use crate::dct::{self, FREQUENCIES};
use crate::hash::quality::Gradient;
use crate::hash::{Dihedral, replica};
use crate::kernel::{Level, triangle, weighted_luma};
use crate::pixels::{ImageError, ImageRef};
use crate::resample::jarosz::SAMPLES;

/// How many floats [`reference_in`] needs for a picture of this size: about `(ceil(height / 128) + 41) * width`.
#[must_use]
pub const fn memory_len(width: u32, height: u32, profile: PdqProfile) -> usize {
    if picks(width, height, profile) {
        replica::memory_len(PICKED_SIDE as usize, PICKED_SIDE as usize)
    } else {
        replica::memory_len(width as usize, height as usize)
    }
}

/// Computes PDQ of a whole picture with the reference's own rounding where that decides a bit, in the caller's memory.
///
/// The hash, the eight turned ones and the quality equal the reference's for every picture. `memory` holds at least
/// [`memory_len`] floats; where [`spectrum()`] is certain it is not touched.
///
/// # Errors
///
/// As [`spectrum()`], and refuses memory that is too short.
pub fn reference_in(image: &ImageRef<'_>, profile: PdqProfile, memory: &mut [f32]) -> Result<PdqSpectrum, ImageError> {
    let fast = spectrum(image, profile)?;
    if fast.is_certain() { Ok(fast) } else { replicate(image, profile, Dihedral::Original, memory) }
}

/// Computes PDQ of a whole picture with the reference's own rounding where that decides a bit: [`reference_in`] with
/// memory from the heap, taken only where it is needed.
///
/// # Errors
///
/// As [`spectrum()`].
#[cfg(feature = "alloc")]
pub fn reference(image: &ImageRef<'_>, profile: PdqProfile) -> Result<PdqSpectrum, ImageError> {
    let fast = spectrum(image, profile)?;
    if fast.is_certain() {
        return Ok(fast);
    }
    let mut memory = alloc::vec![0.0; memory_len(image.width(), image.height(), profile)];
    replicate(image, profile, Dihedral::Original, &mut memory)
}

/// Hashes a picture of at least 5x5, turned as `dihedral` says, with the reference's own arithmetic.
///
/// `memory` holds at least [`memory_len`] floats for the measures of the turned picture.
pub(super) fn replicate(
    image: &ImageRef<'_>,
    profile: PdqProfile,
    dihedral: Dihedral,
    memory: &mut [f32],
) -> Result<PdqSpectrum, ImageError> {
    let (number, swap) = dihedral.parts();
    let (upside_down, mirrored) = (number & 1 != 0, number & 2 != 0);
    let (width, height) = if swap { (image.height(), image.width()) } else { (image.width(), image.height()) };
    let needed = memory_len(width, height, profile);
    let found = memory.len();
    let memory = memory.get_mut(..needed).ok_or(ImageError::buffer("memory in floats", found, needed as u64))?;

    let (level, format) = (Level::best(), image.format());
    let layout = layout(format);
    let luma = move |pixel: &[u8]| weighted_luma::pixel_luma(triangle::samples(pixel, layout));
    // the luma of the turned picture's pixel
    let turned = |x: u32, y: u32| {
        let (x, y) = if swap { (y, x) } else { (x, y) };
        let x = if mirrored { image.width() - 1 - x } else { x };
        let y = if upside_down { image.height() - 1 - y } else { y };
        let bytes = format.bytes_per_pixel();
        luma(&image.row_at(y)[x as usize * bytes..][..bytes])
    };

    let mut columns = [[0.0; SAMPLES]; FREQUENCIES];
    let mut gradient = Gradient::default();
    let mut above = None;
    let emit = |i: usize, row: &[f32; SAMPLES]| {
        dct::add_row(level, &mut columns, i, row);
        gradient.add_row(level, above.as_ref(), row);
        above = Some(*row);
    };
    let mut y = 0;
    if picks(width, height, profile) {
        let next_row = |out: &mut [f32]| {
            for (x, out) in (0..).zip(out) {
                *out = turned(picked(x, width), picked(y, height));
            }
            y += 1;
        };
        replica::reduce(level, PICKED_SIDE as usize, PICKED_SIDE as usize, next_row, memory, emit);
    } else if dihedral == Dihedral::Original {
        let next_row = |out: &mut [f32]| {
            weighted_luma::luma_of_row(level, image.row_at(y), layout, out);
            y += 1;
        };
        replica::reduce(level, width as usize, height as usize, next_row, memory, emit);
    } else {
        let next_row = |out: &mut [f32]| {
            for (x, out) in (0..width).zip(out) {
                *out = turned(x, y);
            }
            y += 1;
        };
        replica::reduce(level, width as usize, height as usize, next_row, memory, emit);
    }
    Ok(PdqSpectrum {
        coefficients: Some(dct::finish(level, &columns)),
        quality: gradient.quality(),
        doubt: Doubt::None,
    })
}
