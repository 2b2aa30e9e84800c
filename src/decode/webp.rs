//! WebP, through the image crate: lossy, lossless, and the first frame of an animation on its canvas.
//!
//! Container and bitstream both state the size, and the decoder allocates by both, so the walk over the chunks requires them to
//! agree. A picture is complete if its container is: no chunk may extend beyond the end of the file.

#![expect(clippy::indexing_slicing, reason = "the end of the container was compared with that of the file")]

use alloc::borrow::Cow;
use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use super::canvas::Canvas;
use super::decoded::Decoded;
use super::error::{DecodeError, Stage};
use super::fields::{array, le24, le32, orientation};
use super::header::Header;
use super::limits::Limits;
use super::samples::zeros;
use super::sniff::Format;
use super::work::Work;
use crate::pixels::PixelFormat;

type FileDecoder<'b> = WebPDecoder<Cursor<Cow<'b, [u8]>>>;

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    open(bytes, limits).map(|(header, _)| header)
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let (header, decoder) = open(bytes, limits)?;
    let mut pixels = zeros(decoder.total_bytes(), limits)?;
    decoder.read_image(&mut pixels).map_err(|error| translate(Stage::Pixels, &error))?;
    Decoded::new(header, pixels)
}

/// Frames of an animation, composed by the decoder.
pub(super) struct Frames<'b> {
    decoder: image_webp::WebPDecoder<Cursor<&'b [u8]>>,
}

impl<'b> Frames<'b> {
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Result<(Header, Work, Self), DecodeError> {
        let (header, _) = open(bytes, limits)?;
        let decoder =
            image_webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|error| translate_frame(Stage::Header, &error))?;
        let size = u64::from(header.width) * u64::from(header.height) * header.pixel_format.bytes_per_pixel() as u64;
        if !decoder.is_animated() || decoder.output_buffer_size().map(|size| size as u64) != Some(size) {
            return Err(corrupt(Stage::Header));
        }
        // The decoder copies its canvas for every frame, however small that is.
        let mut work = Work::new(limits);
        (0..header.frames).for_each(|_| work.add(u64::from(header.width) * u64::from(header.height)));
        Ok((header, work, Self { decoder }))
    }

    /// Draws the next frame.
    pub(super) fn draw(&mut self, canvas: &mut Canvas) -> Result<(), DecodeError> {
        self.decoder.read_frame(canvas.pixels()).map(drop).map_err(|error| translate_frame(Stage::Pixels, &error))
    }
}

fn translate_frame(stage: Stage, error: &image_webp::DecodingError) -> DecodeError {
    use image_webp::DecodingError::{IoError, NoMoreFrames};
    match error {
        IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => corrupt(Stage::Truncated),
        NoMoreFrames => corrupt(Stage::Truncated),
        _ => corrupt(stage),
    }
}

const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::WebP, stage }
}

fn translate(stage: Stage, error: &ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(_) => DecodeError::Unsupported { format: "webp of an unsupported kind" },
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => corrupt(Stage::Truncated),
        _ => corrupt(stage),
    }
}

fn open<'b>(bytes: &'b [u8], limits: &Limits) -> Result<(Header, FileDecoder<'b>), DecodeError> {
    let walk = Walk::new(bytes, limits)?;
    let [width, height] = walk.canvas;
    let beside = walk.beside;
    let checked = |pixel_format| {
        Header {
            frames: walk.frames.max(1),
            orientation: walk.orientation,
            ..Header::still(Format::WebP, width, height, pixel_format)
        }
        .check(beside * u64::from(width) * u64::from(height), limits)
    };
    checked(PixelFormat::Rgb8)?;
    let decoder =
        WebPDecoder::new(Cursor::new(without_false_alpha(bytes))).map_err(|error| translate(Stage::Header, &error))?;
    if decoder.dimensions() != (width, height) {
        return Err(corrupt(Stage::Header));
    }
    let header = checked(match decoder.color_type() {
        ColorType::Rgba8 => PixelFormat::Rgba8,
        _ => PixelFormat::Rgb8,
    })?;
    Ok((header, decoder))
}

/// The file without the flag of alpha, where no chunk holds any: libwebp takes such a picture for opaque, the crate refuses it.
fn without_false_alpha(file: &[u8]) -> Cow<'_, [u8]> {
    const FLAGS: usize = 20;
    const ALPHA: u8 = 0x10;
    const ANIMATION: u8 = 0x02;
    let flags = file.get(FLAGS).filter(|_| file.get(12..16) == Some(b"VP8X"));
    if flags.is_none_or(|flags| flags & (ALPHA | ANIMATION) != ALPHA) {
        return Cow::Borrowed(file);
    }
    let (mut at, mut is_lossy, mut has_alpha) = (12_usize, false, false);
    while let (Some(name), Some(size)) = (array::<4>(file, at), le32(file, at + 4)) {
        is_lossy |= &name == b"VP8 ";
        has_alpha |= &name == b"ALPH";
        let size = usize::try_from(size).ok().and_then(|size| size.checked_next_multiple_of(2));
        let Some(next) = size.and_then(|size| size.checked_add(8)?.checked_add(at)) else { break };
        at = next;
    }
    if !is_lossy || has_alpha {
        return Cow::Borrowed(file);
    }
    let mut opaque = file.to_vec();
    opaque[FLAGS] &= !ALPHA;
    Cow::Owned(opaque)
}

/// Contents of the chunks.
struct Walk {
    canvas: [u32; 2],
    /// Frames of an animation; 0 for a still picture.
    frames: u32,
    orientation: u8,
    /// Memory of the decoder beside the pixels, in bytes per pixel.
    beside: u64,
}

impl Walk {
    fn new(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let truncated = corrupt(Stage::Truncated);
        let size = le32(bytes, 4).and_then(|size| usize::try_from(size).ok()).ok_or(truncated)?;
        let end = size.checked_add(8).filter(|end| *end <= bytes.len()).ok_or(truncated)?;
        let bytes = &bytes[..end];
        let (mut canvas, mut frames, mut turned, mut beside) = (None, 0, 1, 0);
        for chunk in (Chunks { bytes, at: 12 }) {
            let (kind, data) = chunk?;
            match &kind {
                b"VP8X" => {
                    let [width, height] = [le24(data, 4), le24(data, 7)].map(|side| side.map(|side| side + 1));
                    canvas = canvas.or(width.zip(height).map(<[u32; 2]>::from));
                }
                b"VP8 " | b"VP8L" => {
                    let bitstream = bitstream(&kind, data).ok_or(corrupt(Stage::Header))?;
                    if *canvas.get_or_insert(bitstream) != bitstream && frames == 0 {
                        return Err(corrupt(Stage::Header));
                    }
                    // Three planes, two of them of a quarter, with their filters; or four channels with their transforms.
                    beside = beside.max(if &kind == b"VP8 " { 3 } else { 5 });
                }
                // Alpha is decoded as four channels, and one is kept.
                b"ALPH" => beside = beside.max(8),
                b"ANMF" => {
                    // The canvas, the frame, and the buffers for decoding it.
                    beside = 11;
                    frames += 1;
                    if frames > limits.max_frames {
                        break;
                    }
                    check_frame(data, canvas)?;
                }
                b"EXIF" => turned = orientation(data),
                _ => {}
            }
        }
        Ok(Self { canvas: canvas.ok_or(corrupt(Stage::Header))?, frames, orientation: turned, beside })
    }
}

/// Checks that a frame of an animation is within the canvas, and that its bitstream has the stated size.
fn check_frame(data: &[u8], canvas: Option<[u32; 2]>) -> Result<(), DecodeError> {
    let wrong = corrupt(Stage::Header);
    let canvas = canvas.ok_or(wrong)?;
    let field = |at: usize| le24(data, at).ok_or(wrong);
    let (left, top, size) = (2 * field(0)?, 2 * field(3)?, [field(6)? + 1, field(9)? + 1]);
    if left + size[0] > canvas[0] || top + size[1] > canvas[1] {
        return Err(wrong);
    }
    for chunk in (Chunks { bytes: data, at: 16 }) {
        let (kind, data) = chunk?;
        if matches!(&kind, b"VP8 " | b"VP8L") && bitstream(&kind, data) != Some(size) {
            return Err(wrong);
        }
    }
    Ok(())
}

/// Reads width and height from the bitstream.
fn bitstream(kind: &[u8; 4], data: &[u8]) -> Option<[u32; 2]> {
    if kind == b"VP8 " {
        // A frame tag of three bytes, a start code of three, then 14 bits of width and of height with scaling above.
        let [w0, w1, h0, h1] = array(data, 6)?;
        return Some([[w0, w1], [h0, h1]].map(|side| u32::from(u16::from_le_bytes(side) & 0x3fff)));
    }
    let bits = le32(data, 1)?;
    Some([bits & 0x3fff, bits >> 14 & 0x3fff].map(|side| side + 1))
}

/// Iterates over the chunks of a RIFF container: kind and data.
struct Chunks<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Result<([u8; 4], &'a [u8]), DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let kind = array::<4>(self.bytes, self.at)?;
        let size = le32(self.bytes, self.at + 4).and_then(|size| usize::try_from(size).ok());
        let start = self.at + 8;
        let data = size.and_then(|size| self.bytes.get(start..start.checked_add(size)?));
        // Odd data is followed by a byte of padding.
        self.at = data.map_or(self.bytes.len(), |data| start + data.len().next_multiple_of(2));
        Some(data.map(|data| (kind, data)).ok_or(corrupt(Stage::Truncated)))
    }
}
