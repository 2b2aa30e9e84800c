//! The header of a picture file, checked against the limits.

use super::error::{DecodeError, Limited, Stage};
use super::limits::Limits;
use super::sniff::Format;
use crate::hash::Dihedral;
use crate::pixels::PixelFormat;

/// Header of a picture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// Format of the file.
    pub format: Format,
    /// Pixels per row, as stored: at least 1.
    pub width: u32,
    /// Rows, as stored: at least 1.
    pub height: u32,
    /// Frames of an animation, pages of a TIFF; 1 for a still picture. Only the first is decoded.
    pub frames: u32,
    /// Memory layout of the decoded samples.
    pub pixel_format: PixelFormat,
    /// EXIF orientation, 1 (as stored) to 8. Reported, not applied.
    pub orientation: u8,
    /// Peak memory of decoding in bytes: the pixels and the decoder's own buffers.
    pub bytes_needed: u64,
    /// Peak memory of reading the picture by [`rows`](super::rows()) in bytes. Equals [`Header::bytes_needed`] if the file cannot
    /// be read row by row.
    pub row_bytes_needed: u64,
}

impl Header {
    /// Makes the header of a still picture without orientation; [`Header::check`] computes its memory.
    pub(super) const fn still(format: Format, width: u32, height: u32, pixel_format: PixelFormat) -> Self {
        Self { format, width, height, frames: 1, pixel_format, orientation: 1, bytes_needed: 0, row_bytes_needed: 0 }
    }

    /// Checks the header against the limits. `beside` is the memory of the decoder's own buffers in bytes.
    pub(super) fn check(self, beside: u64, limits: &Limits) -> Result<Self, DecodeError> {
        let Self { format, width, height, frames, pixel_format, .. } = self;
        if width == 0 || height == 0 {
            return Err(DecodeError::Corrupt { format, stage: Stage::Header });
        }
        let pixels = u64::from(width) * u64::from(height);
        limits.check(Limited::Pixels, pixels)?;
        limits.check(Limited::Frames, u64::from(frames))?;
        let bytes_needed = pixels.saturating_mul(pixel_format.bytes_per_pixel() as u64).saturating_add(beside);
        limits.check(Limited::AllocBytes, bytes_needed)?;
        Ok(Self { bytes_needed, row_bytes_needed: bytes_needed, ..self })
    }

    /// Returns the number of pixels of a frame.
    #[cfg(feature = "check")]
    pub(crate) const fn pixels(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Returns the symmetry that the EXIF orientation prescribes.
    pub(super) fn turn(&self) -> Dihedral {
        Dihedral::from_exif(self.orientation).expect("1 to 8, as the readers of orientation give it")
    }
}
