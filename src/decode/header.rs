//! What the header of a picture file states, held against the limits.

use super::error::{DecodeError, Limited, Stage};
use super::limits::Limits;
use super::sniff::Format;
use crate::hash::Dihedral;
use crate::pixels::PixelFormat;

/// What the header of a picture file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The kind of file.
    pub format: Format,
    /// Pixels per row, as stored: at least 1.
    pub width: u32,
    /// Rows, as stored: at least 1.
    pub height: u32,
    /// Frames of an animation, pages of a TIFF; 1 for a still picture. Only the first is decoded.
    pub frames: u32,
    /// How the decoded samples will lie in memory.
    pub pixel_format: PixelFormat,
    /// How the picture is meant to be turned for viewing, as EXIF numbers it: 1 (as stored) to 8. Not applied.
    pub orientation: u8,
    /// How much memory decoding takes at its peak, in bytes: the pixels, and what the decoder keeps beside them.
    pub bytes_needed: u64,
    /// How much memory reading the picture by [`rows`] takes, in bytes: that of some rows where the kind of file
    /// allows it, else [`Header::bytes_needed`].
    pub row_bytes_needed: u64,
}

impl Header {
    /// The header of a still picture that is shown as stored; [`Header::check`] adds the memory that it takes.
    pub(super) const fn still(format: Format, width: u32, height: u32, pixel_format: PixelFormat) -> Self {
        Self { format, width, height, frames: 1, pixel_format, orientation: 1, bytes_needed: 0, row_bytes_needed: 0 }
    }

    /// Holds what a header says against the limits. `beside` is what the decoder keeps beside the pixels, in bytes.
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

    /// The symmetry by which the picture is meant to be turned for viewing.
    pub(super) fn turn(&self) -> Dihedral {
        Dihedral::from_exif(self.orientation).expect("1 to 8, as the readers of orientation give it")
    }
}
