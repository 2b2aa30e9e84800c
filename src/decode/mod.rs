//! Bytes of a picture file in, pixels out, inside limits.
//!
//! The kind of file is read from its bytes, never from its name. Everything that can be told from the header (measures,
//! frames, scans, memory) is held against [`Limits`] before a single pixel is allocated, a panic of a decoder is
//! contained, and a file that ends before its picture does is an error, never half a picture with the rest in grey.
//!
//! Pixels come out as hashing wants them, without a needless copy: grey stays grey, palettes are expanded, CMYK and YCCK
//! become RGB, 1, 2 and 4 bits become 8, and 16 bits stay 16. Alpha is dropped, not blended (transparent pixels keep the
//! colour they hide); colour profiles and gamma are ignored, and so is EXIF orientation, which [`Header::orientation`]
//! reports: this is what the reference implementations do, and their lists were made so. Of an animation the first
//! frame is decoded, on its canvas, as Pillow shows it.
//!
//! ```
//! use lookalike::decode::{self, DecodeError, Limits, Stage};
//!
//! // A bitmap of 1x1 pixel with 24 bits: 54 bytes of header, then blue, green, red and one byte of padding.
//! let mut bitmap = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
//! bitmap.resize(54, 0);
//! bitmap.extend([10, 20, 30, 0]);
//! let picture = decode::decode(&bitmap, &Limits::default())?;
//! assert_eq!((picture.header().width, picture.header().height), (1, 1));
//! assert_eq!(picture.image().rows().next(), Some(&[30, 20, 10][..]));
//!
//! bitmap.truncate(56);
//! let error = decode::decode(&bitmap, &Limits::default()).unwrap_err();
//! assert!(matches!(error, DecodeError::Corrupt { stage: Stage::Truncated, .. }));
//! # Ok::<(), DecodeError>(())
//! ```

#![forbid(unsafe_code)]

mod apng;
mod bmp;
mod border;
mod canvas;
mod carried;
mod contain;
mod error;
mod fields;
mod frames;
mod gif;
mod jpeg;
mod limits;
mod png;
mod rows;
mod samples;
mod screen;
mod sniff;
mod tiff;
mod views;
mod webp;

use alloc::vec::Vec;
use core::fmt;

use crate::pixels::{ImageRef, PixelFormat};

pub use border::unletterboxed;
pub use contain::is_contained;
pub use error::{DecodeError, Limited, Stage};
pub use frames::{Frame, Frames, frames};
pub use limits::Limits;
pub use rows::{Rows, rows};
pub use screen::{SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN, Screening, screen, screen_with_grid};
pub use sniff::{Format, Sniffed, sniff};
pub use views::{View, ViewKind, Visitor, pdq, pdq_views};

/// Reads the header of a picture file: what the picture is, and what decoding it will take.
///
/// Walks the file's structure (segments, chunks, blocks; never pixel data) and allocates no pixels.
///
/// # Errors
///
/// As [`decode`], as far as the header tells.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    let format = supported(bytes, limits)?;
    contain::contained(format, || match format {
        Format::Jpeg => jpeg::inspect(bytes, limits),
        Format::Png => png::inspect(bytes, limits),
        Format::Gif => gif::inspect(bytes, limits),
        Format::WebP => webp::inspect(bytes, limits),
        Format::Bmp => bmp::inspect(bytes, limits),
        Format::Tiff => tiff::inspect(bytes, limits),
    })
}

/// Decodes a picture file: the first frame, every pixel of it.
///
/// Takes at most [`Header::bytes_needed`] beside the encoded bytes and some hundred KB.
///
/// # Errors
///
/// [`DecodeError::Unsupported`] if the file is not a picture of a kind decoded here, or uses a feature that is not,
/// [`DecodeError::OverLimit`] if the header asks for more than `limits` allow, [`DecodeError::Corrupt`] if the file breaks
/// the rules of its format, ends too early, or makes the decoder panic.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let format = supported(bytes, limits)?;
    contain::contained(format, || match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        Format::Png => png::decode(bytes, limits),
        Format::Gif => gif::decode(bytes, limits),
        Format::WebP => webp::decode(bytes, limits),
        Format::Bmp => bmp::decode(bytes, limits),
        Format::Tiff => tiff::decode(bytes, limits),
    })
}

fn supported(bytes: &[u8], limits: &Limits) -> Result<Format, DecodeError> {
    limits.check(Limited::FileBytes, bytes.len() as u64)?;
    match sniff(bytes) {
        Sniffed::Supported(format) => Ok(format),
        Sniffed::Unsupported(format) => Err(DecodeError::Unsupported { format }),
    }
}

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
    /// Holds what a header says against the limits. `beside` is what the decoder keeps beside the pixels, in bytes.
    fn check(self, beside: u64, limits: &Limits) -> Result<Self, DecodeError> {
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
}

/// A decoded picture.
pub struct Decoded {
    header: Header,
    pixels: Vec<u8>,
}

impl Decoded {
    /// The only way in: pixels that are as many as the header says.
    fn new(header: Header, mut pixels: Vec<u8>) -> Result<Self, DecodeError> {
        let Header { format, width, height, pixel_format, .. } = header;
        match ImageRef::packed(&pixels, width, height, pixel_format) {
            Ok(_) => {
                pixels.shrink_to_fit();
                Ok(Self { header, pixels })
            }
            Err(_) => Err(DecodeError::Corrupt { format, stage: Stage::Header }),
        }
    }

    /// What the file's header says.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The pixels: top row first, rows without padding.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "never panics: `new` made the same reference")]
    pub fn image(&self) -> ImageRef<'_> {
        let Header { width, height, pixel_format, .. } = self.header;
        ImageRef::packed(&self.pixels, width, height, pixel_format).expect("checked by `new`")
    }
}

impl fmt::Debug for Decoded {
    /// Never prints pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").field("header", &self.header).finish_non_exhaustive()
    }
}
