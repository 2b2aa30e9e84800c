//! PNG and APNG, through the png crate.
//!
//! Text and colour profiles, which may be compressed a thousandfold, are ignored. A picture is complete if it has all rows
//! and the checksums of their chunks are right; a missing end chunk and damaged trailing chunks are not errors.

#![expect(clippy::indexing_slicing, reason = "cut to what is there")]

use alloc::borrow::Cow;
use alloc::vec::Vec;
use std::io::Cursor;

use png::{BitDepth, ColorType, Decoder, DecodingError, Reader, Transformations};

use super::decoded::Decoded;
use super::error::{DecodeError, Stage};
use super::fields::{array, be32, orientation};
use super::header::Header;
use super::limits::Limits;
use super::samples::{keep_first, swap_bytes, zeros};
use super::sniff::Format;
use crate::pixels::PixelFormat;

/// Memory for chunks other than pixels (palettes, EXIF), in bytes.
const SIDE_BYTES: usize = 8 << 20;

/// Rows buffered, at most, while rows are read one by one.
const ROWS_AT_A_TIME: u64 = 20;

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    read_header(bytes, limits).map(|(header, _)| header)
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let (header, decoded_as) = read_header(bytes, limits)?;
    let (mut reader, size) = open(bytes, &header, decoded_as)?;
    let mut pixels = zeros(size, limits)?;
    let frame = reader.next_frame(&mut pixels).map_err(|error| translate(Stage::Pixels, &error))?;
    if (frame.width, frame.height) != (header.width, header.height) {
        return Err(corrupt(Stage::Header));
    }
    decoded_as.convert(&mut pixels);
    Decoded::new(header, pixels)
}

/// Reads the rows of a picture that is not interlaced in the memory of some rows.
pub(super) struct Rows<'b> {
    reader: FileReader<'b>,
    decoded_as: DecodedAs,
    /// Length of a row as decoded, in bytes.
    line_bytes: usize,
}

impl<'b> Rows<'b> {
    /// Returns none for an interlaced picture.
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Result<Option<(Header, Self)>, DecodeError> {
        let (header, decoded_as) = read_header(bytes, limits)?;
        if decoded_as.interlaced {
            return Ok(None);
        }
        let (reader, size) = open(bytes, &header, decoded_as)?;
        let info = reader.info();
        let first = info.frame_control.as_ref().map_or(info.size(), |frame| (frame.width, frame.height));
        if info.interlaced || first != (header.width, header.height) {
            return Err(corrupt(Stage::Header));
        }
        let line_bytes = usize::try_from(size / u64::from(header.height)).map_err(|_| corrupt(Stage::Header))?;
        Ok(Some((header, Self { reader, decoded_as, line_bytes })))
    }

    /// Decodes the next row; after the last one, also verifies the rest of the pixel chunks.
    pub(super) fn read(&mut self, row: &mut Vec<u8>, is_last: bool) -> Result<(), DecodeError> {
        let pixels = |error: DecodingError| translate(Stage::Pixels, &error);
        row.resize(self.line_bytes, 0);
        if self.reader.read_row(row).map_err(pixels)?.is_none() {
            return Err(corrupt(Stage::Pixels));
        }
        if is_last && self.reader.read_row(&mut []).map_err(pixels)?.is_some() {
            return Err(corrupt(Stage::Pixels));
        }
        self.decoded_as.convert(row);
        Ok(())
    }
}

pub(super) type FileReader<'b> = Reader<Cursor<Cow<'b, [u8]>>>;

/// Opens a decoder at the first pixel; returns the size of the decoded picture in bytes as well.
pub(super) fn open<'b>(
    bytes: &'b [u8],
    header: &Header,
    decoded_as: DecodedAs,
) -> Result<(FileReader<'b>, u64), DecodeError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(mended(bytes)?), png::Limits { bytes: SIDE_BYTES });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(|error| translate(Stage::Header, &error))?;
    let size = u64::from(header.width) * u64::from(header.height) * decoded_as.bytes_per_pixel();
    if reader.output_buffer_size().map(|size| size as u64) != Some(size) {
        return Err(corrupt(Stage::Header));
    }
    Ok((reader, size))
}

pub(super) const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::Png, stage }
}

pub(super) fn translate(stage: Stage, error: &DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(_) => corrupt(Stage::Truncated),
        _ => corrupt(stage),
    }
}

/// Layout of the decoded pixels.
#[derive(Clone, Copy)]
pub(super) struct DecodedAs {
    pub(super) channels: usize,
    pub(super) bytes_per_sample: usize,
    interlaced: bool,
}

impl DecodedAs {
    const fn bytes_per_pixel(self) -> u64 {
        (self.channels * self.bytes_per_sample) as u64
    }

    /// Converts pixels to the layout of [`Header::pixel_format`].
    fn convert(self, pixels: &mut Vec<u8>) {
        let sample = self.bytes_per_sample;
        if self.channels == 2 {
            keep_first(pixels, sample, 2 * sample);
        }
        if sample == 2 {
            swap_bytes(pixels);
        }
    }
}

/// Walks the chunks, of which the header must be the first.
pub(super) fn read_header(bytes: &[u8], limits: &Limits) -> Result<(Header, DecodedAs), DecodeError> {
    let start = array::<33>(bytes, 0).ok_or(corrupt(Stage::Truncated))?;
    let [.., b'I', b'H', b'D', b'R', w3, w2, w1, w0, h3, h2, h1, h0, depth, color, _, _, interlace, _, _, _, _] = start
    else {
        return Err(corrupt(Stage::Header));
    };
    let said = Said::new(bytes);
    let depth = BitDepth::from_u8(depth).ok_or(corrupt(Stage::Header))?;
    let color = ColorType::from_u8(color).ok_or(corrupt(Stage::Header))?;
    let bytes_per_sample = if depth == BitDepth::Sixteen { 2 } else { 1 };
    let channels = match (color, said.transparent) {
        (ColorType::Grayscale, false) => 1,
        (ColorType::Grayscale, true) | (ColorType::GrayscaleAlpha, _) => 2,
        (ColorType::Rgb | ColorType::Indexed, false) => 3,
        (ColorType::Rgb | ColorType::Indexed, true) | (ColorType::Rgba, _) => 4,
    };
    let pixel_format = match (channels, bytes_per_sample) {
        (1 | 2, 1) => PixelFormat::Gray8,
        (3, 1) => PixelFormat::Rgb8,
        (4, 1) => PixelFormat::Rgba8,
        (1 | 2, _) => PixelFormat::Gray16,
        (3, _) => PixelFormat::Rgb16,
        _ => PixelFormat::Rgba16,
    };
    let header = Header {
        frames: said.frames,
        orientation: said.orientation,
        ..Header::still(
            Format::Png,
            u32::from_be_bytes([w3, w2, w1, w0]),
            u32::from_be_bytes([h3, h2, h1, h0]),
            pixel_format,
        )
    };
    // Grey with alpha is decoded with alpha, which is dropped in place; unfiltering buffers three rows.
    let pixels = u64::from(header.width) * u64::from(header.height);
    let alpha = if channels == 2 { pixels.saturating_mul(bytes_per_sample as u64) } else { 0 };
    let decoded_as = DecodedAs { channels, bytes_per_sample, interlaced: interlace != 0 };
    let row = u64::from(header.width) * 8;
    let header = header.check(alpha.saturating_add(3 * row), limits)?;
    // The decoder buffers six rows before it moves them, in a buffer that grows by doubling.
    let row_bytes_needed = if decoded_as.interlaced { header.bytes_needed } else { ROWS_AT_A_TIME * row };
    Ok((Header { row_bytes_needed: row_bytes_needed.min(header.bytes_needed), ..header }, decoded_as))
}

/// Contents of chunks other than the header.
struct Said {
    /// Of an animation, and the default image before it where that is no frame of it.
    frames: u32,
    transparent: bool,
    orientation: u8,
}

impl Said {
    fn new(bytes: &[u8]) -> Self {
        let mut said = Self { frames: 1, transparent: false, orientation: 1 };
        let (mut animated, mut default_is_first, mut pixels_begun, mut palette) = (None, false, false, 0);
        for (kind, data) in chunks(bytes) {
            match &kind {
                b"acTL" if !pixels_begun => animated = Some(be32(data, 0).unwrap_or(1).max(1)),
                b"fcTL" if !pixels_begun => default_is_first = true,
                b"tRNS" if !pixels_begun => said.transparent |= is_sound_transparency(bytes, data, palette),
                b"PLTE" => palette = data.len() / 3,
                b"eXIf" => said.orientation = orientation(data),
                b"IDAT" => pixels_begun = true,
                _ => {}
            }
        }
        if let Some(frames) = animated {
            said.frames = frames.saturating_add(u32::from(!default_is_first));
        }
        said
    }
}

/// Where the colour type stands.
const COLOR_AT: usize = 25;

/// Whether a `tRNS` chunk behind a palette of so many colours is taken, as libpng does; any other is as if it were not there.
fn is_sound_transparency(file: &[u8], data: &[u8], palette: usize) -> bool {
    match file.get(COLOR_AT) {
        Some(0) => data.len() == 2,
        Some(2) => data.len() == 6,
        Some(3) => (1..=palette).contains(&data.len()),
        _ => false,
    }
}

/// The file as the png crate is to see it: without chunks that libpng passes over and the crate refuses, and with the end chunk.
///
/// # Errors
///
/// For a palette that is not of threes, at which the crate panics.
fn mended(file: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";
    let (mut dropped, mut palette, mut at, mut has_pixels, mut is_ended) = (Vec::new(), 0, 8, false, false);
    for (kind, data) in chunks(file) {
        // the last chunk may be cut
        let past = at + 12 + data.len();
        match &kind {
            b"PLTE" if data.len() % 3 != 0 && file.get(COLOR_AT) == Some(&3) => return Err(corrupt(Stage::Header)),
            b"PLTE" if data.len() % 3 != 0 => dropped.push(at..past),
            b"PLTE" => palette = data.len() / 3,
            b"tRNS" if !is_sound_transparency(file, data, palette) => dropped.push(at..past),
            b"IDAT" => has_pixels = true,
            b"IEND" => is_ended = true,
            _ => {}
        }
        at = past;
    }
    // only where the last chunk is whole; what lacks more than its end is cut
    let lacks_end = has_pixels && !is_ended && at == file.len();
    if dropped.is_empty() && !lacks_end {
        return Ok(Cow::Borrowed(file));
    }
    let (mut whole, mut from) = (Vec::with_capacity(file.len() + END.len()), 0);
    for range in dropped {
        whole.extend_from_slice(&file[from..range.start]);
        from = range.end.min(file.len());
    }
    whole.extend_from_slice(&file[from..]);
    if lacks_end {
        whole.extend_from_slice(END);
    }
    Ok(Cow::Owned(whole))
}

/// Iterates over the chunks up to the end chunk: kind and data, cut at the end of the file.
pub(super) fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut next = Some(8);
    core::iter::from_fn(move || {
        let at = next.take()?;
        let (length, kind) = (be32(bytes, at)?, array::<4>(bytes, at.checked_add(4)?)?);
        let rest = bytes.get(at.checked_add(8)?..)?;
        let length = usize::try_from(length).ok()?;
        next = at.checked_add(12).and_then(|past| past.checked_add(length)).filter(|_| &kind != b"IEND");
        Some((kind, &rest[..length.min(rest.len())]))
    })
}
