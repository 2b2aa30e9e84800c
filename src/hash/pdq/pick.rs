//! `pdq512` looks at 512x512 pixels picked by nearest neighbour from a larger picture, whatever its proportions: the
//! shorter side may be stretched.

#![expect(clippy::indexing_slicing, reason = "a picked pixel is one of the row, whose length has been checked")]

use super::PdqProfile;
use crate::kernel::triangle::{self, Layout};
use crate::pixels::PixelFormat;

/// Side of the square that `pdq512` picks from a larger picture.
pub(super) const PICKED_SIDE: u32 = 512;

/// Whether 512x512 pixels are picked from a picture of this size.
pub(super) const fn picks(width: u32, height: u32, profile: PdqProfile) -> bool {
    matches!(profile, PdqProfile::Meta512) && (width > PICKED_SIDE || height > PICKED_SIDE)
}

/// The source index of picked pixel `i` of 512: `floor(i * len / 512)`.
pub(super) const fn picked(i: u32, len: u32) -> u32 {
    // 511 * 2^19 fits 32 bits
    i * len / PICKED_SIDE
}

/// Picks 512 pixels of a row by nearest neighbour, as grey or RGB of 8 bits.
pub(super) fn pick<'b>(
    row: &[u8],
    format: PixelFormat,
    width: u32,
    buffer: &'b mut [u8; 3 * PICKED_SIDE as usize],
) -> (&'b [u8], Layout) {
    let bytes = format.bytes_per_pixel();
    let source = (0..PICKED_SIDE).map(|i| &row[picked(i, width) as usize * bytes..][..bytes]);
    let channels = if format.is_gray() { 1 } else { 3 };
    for (target, pixel) in buffer.chunks_exact_mut(channels).zip(source) {
        for (target, sample) in target.iter_mut().zip(triangle::samples(pixel, layout(format))) {
            *target = sample;
        }
    }
    let (gray, _) = buffer.split_at(PICKED_SIDE as usize);
    if format.is_gray() { (gray, Layout::Gray8) } else { (buffer, Layout::Rgb8) }
}

/// How the kernels are to read the samples.
pub(super) const fn layout(format: PixelFormat) -> Layout {
    match format {
        PixelFormat::Gray8 => Layout::Gray8,
        PixelFormat::Gray16 => Layout::Gray16,
        PixelFormat::Rgb8 => Layout::Rgb8,
        PixelFormat::Bgr8 => Layout::Bgr8,
        PixelFormat::Rgba8 => Layout::Rgbx8,
        PixelFormat::Bgra8 => Layout::Bgrx8,
        PixelFormat::Rgb16 => Layout::Rgb16,
        PixelFormat::Rgba16 => Layout::Rgbx16,
    }
}
