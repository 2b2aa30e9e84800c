//! A picture file of any kind: recognised by its bytes, and handed to the decoder of its kind.

use super::contain::contained;
use super::decoded::Decoded;
use super::error::{DecodeError, Limited};
use super::header::Header;
use super::limits::Limits;
use super::sniff::{Format, Sniffed, sniff};
use super::{bmp, gif, jpeg, png, tiff, webp};

/// Reads the header of a picture file: what the picture is, and what decoding it will take.
///
/// Walks the file's structure (segments, chunks, blocks; never pixel data) and allocates no pixels.
///
/// # Errors
///
/// As [`decode`], as far as the header tells.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    let format = supported(bytes, limits)?;
    contained(format, || match format {
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
    contained(format, || match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        Format::Png => png::decode(bytes, limits),
        Format::Gif => gif::decode(bytes, limits),
        Format::WebP => webp::decode(bytes, limits),
        Format::Bmp => bmp::decode(bytes, limits),
        Format::Tiff => tiff::decode(bytes, limits),
    })
}

/// Recognises a file that can be decoded and is not too large.
pub(super) fn supported(bytes: &[u8], limits: &Limits) -> Result<Format, DecodeError> {
    limits.check(Limited::FileBytes, bytes.len() as u64)?;
    match sniff(bytes) {
        Sniffed::Supported(format) => Ok(format),
        Sniffed::Unsupported(format) => Err(DecodeError::Unsupported { format }),
    }
}
