//! Windows bitmaps, through the image crate.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use super::decoded::Decoded;
use super::error::{DecodeError, Stage};
use super::fields::{le16, le32};
use super::header::Header;
use super::limits::Limits;
use super::samples::zeros;
use super::sniff::Format;
use crate::pixels::PixelFormat;

type FileDecoder<'b> = BmpDecoder<Cursor<&'b [u8]>>;

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    open(bytes, limits).map(|(header, _)| header)
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let (header, decoder) = open(bytes, limits)?;
    let mut pixels = zeros(decoder.total_bytes(), limits)?;
    decoder.read_image(&mut pixels).map_err(|error| translate(Stage::Pixels, &error))?;
    Decoded::new(header, pixels)
}

/// Opens the file; the decoder allocates the palette, 1 KiB at most.
fn open<'b>(bytes: &'b [u8], limits: &Limits) -> Result<(Header, FileDecoder<'b>), DecodeError> {
    // The oldest header has sides of 16 bits. The decoder would report sides of zero as unsupported.
    let oldest = le32(bytes, 14) == Some(12);
    let sides =
        if oldest { [18, 20].map(|at| le16(bytes, at).map(u32::from)) } else { [18, 22].map(|at| le32(bytes, at)) };
    if sides.contains(&Some(0)) {
        return Err(corrupt(Stage::Header));
    }
    // Pixels that begin inside the headers: viewers look elsewhere, and not all at one place.
    let headers = le32(bytes, 14).and_then(|size| size.checked_add(14));
    if le32(bytes, 10).zip(headers).is_some_and(|(pixels, headers)| pixels < headers) {
        return Err(corrupt(Stage::Header));
    }
    let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(|error| translate(Stage::Header, &error))?;
    let (width, height) = decoder.dimensions();
    let pixel_format = match decoder.color_type() {
        ColorType::L8 => PixelFormat::Gray8,
        ColorType::Rgb8 => PixelFormat::Rgb8,
        _ => PixelFormat::Rgba8,
    };
    let header = Header::still(Format::Bmp, width, height, pixel_format);
    Ok((header.check(0, limits)?, decoder))
}

const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::Bmp, stage }
}

fn translate(stage: Stage, error: &ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(_) => DecodeError::Unsupported { format: "bmp of an unsupported kind" },
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => corrupt(Stage::Truncated),
        _ => corrupt(stage),
    }
}
