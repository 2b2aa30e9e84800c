//! Recognises the format of a picture file and dispatches to its decoder.

use super::contain::contained;
use super::decoded::Decoded;
use super::error::{DecodeError, Limited, Stage};
use super::header::Header;
use super::limits::Limits;
use super::sniff::{Format, Sniffed, sniff};
use super::{bmp, gif, jpeg, png, tiff, webp};

/// Reads the header of a picture file.
///
/// Walks the structure of the file (segments, chunks, blocks) without decoding pixels.
///
/// # Errors
///
/// As [`decode`], for faults in the structure of the file.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    inspect_page(bytes, 1, limits)
}

/// Reads the header of a picture of a TIFF by its number; of any other file there is only the first.
pub(super) fn inspect_page(bytes: &[u8], page: u32, limits: &Limits) -> Result<Header, DecodeError> {
    let format = paged(bytes, page, limits)?;
    contained(format, || match format {
        Format::Jpeg => jpeg::inspect(bytes, limits),
        Format::Png => png::inspect(bytes, limits),
        Format::Gif => gif::inspect(bytes, limits),
        Format::WebP => webp::inspect(bytes, limits),
        Format::Bmp => bmp::inspect(bytes, limits),
        Format::Tiff => tiff::inspect(bytes, page, limits),
    })
}

/// Decodes the first frame of a picture file.
///
/// Uses at most [`Header::bytes_needed`] and some hundred KB, in addition to the encoded bytes.
///
/// # Errors
///
/// [`DecodeError::Unsupported`] if the file is not a picture of a supported format or uses an unsupported feature;
/// [`DecodeError::OverLimit`] if the picture exceeds `limits`; [`DecodeError::Corrupt`] if the file violates its format, ends too
/// early, or makes the decoder panic.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    decode_page(bytes, 1, limits)
}

/// Decodes a picture of a TIFF by its number; of any other file there is only the first.
pub(super) fn decode_page(bytes: &[u8], page: u32, limits: &Limits) -> Result<Decoded, DecodeError> {
    let format = paged(bytes, page, limits)?;
    contained(format, || match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        Format::Png => png::decode(bytes, limits),
        Format::Gif => gif::decode(bytes, limits),
        Format::WebP => webp::decode(bytes, limits),
        Format::Bmp => bmp::decode(bytes, limits),
        Format::Tiff => tiff::decode(bytes, page, limits),
    })
}

/// Recognises the format of a file, which has pages if not the first is asked for.
fn paged(bytes: &[u8], page: u32, limits: &Limits) -> Result<Format, DecodeError> {
    match supported(bytes, limits)? {
        format if page != 1 && format != Format::Tiff => Err(DecodeError::Corrupt { format, stage: Stage::Header }),
        format => Ok(format),
    }
}

/// Decodes the first frame of a picture file as viewers show it, even if the file is damaged.
///
/// [`Decoded::is_salvaged`] tells whether it is. A salvaged picture may be an altered or partial one: a match of it counts, but
/// without a match the picture remains unchecked.
///
/// Only a JPEG is salvaged, as libjpeg does it: zeros are decoded in place of missing data, up to the next restart marker, and
/// what was never reached is grey. Other formats are decoded as by [`decode`].
///
/// ```
/// use lookalike::decode::{self, Limits};
///
/// assert!(decode::salvage(b"GIF89a", &Limits::default()).is_err());
/// ```
///
/// # Errors
///
/// As [`decode`], if not even a viewer would show the picture.
pub fn salvage(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    match supported(bytes, limits)? {
        Format::Jpeg => contained(Format::Jpeg, || jpeg::salvage(bytes, limits)),
        _ => decode(bytes, limits),
    }
}

/// Recognises the format of a file, which must be supported and within the size limit.
pub(super) fn supported(bytes: &[u8], limits: &Limits) -> Result<Format, DecodeError> {
    limits.check(Limited::FileBytes, bytes.len() as u64)?;
    match sniff(bytes) {
        Sniffed::Supported(format) => Ok(format),
        Sniffed::Unsupported(format) => Err(DecodeError::Unsupported { format }),
    }
}
