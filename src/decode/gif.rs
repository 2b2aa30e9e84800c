//! GIF, through the gif crate: the first frame on its canvas.
//!
//! As in Pillow, and unlike in a browser, transparent pixels keep the colour of their palette entry, the canvas around the first
//! frame has the colour of the transparent index (of index 0 if there is none), and a frame that extends beyond the canvas
//! enlarges it. A picture is complete if its first frame is.
//!
//! Later frames are drawn as in a browser: transparent pixels show the frame behind, and frames are clipped to the canvas.

#![expect(
    clippy::indexing_slicing,
    reason = "a palette has a colour for every byte, and buffers the rows of the frame that they are made for"
)]

use alloc::boxed::Box;
use alloc::vec::Vec;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, DisposalMethod, Frame, MemoryLimit};

use super::canvas::{Canvas, Disposal, Rectangle};
use super::decoded::Decoded;
use super::error::{DecodeError, Stage};
use super::fields::array;
use super::header::Header;
use super::limits::Limits;
use super::samples::zeros;
use super::sniff::Format;
use super::work::Work;
use crate::pixels::PixelFormat;

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    read_header(bytes, limits).map(|(header, _)| header)
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let (header, rectangle) = read_header(bytes, limits)?;
    let (mut decoder, frame) = open(bytes, rectangle)?;
    let [left, top, width, height] = rectangle.map(usize::from);
    let free = frame.transparent.unwrap_or(0);
    let mut indices = zeros((width * height) as u64, limits)?;
    for y in rows_as_stored(height, frame.interlaced) {
        read_row(&mut decoder, &mut indices[y * width..(y + 1) * width])?;
    }
    let palette = palette(&decoder)?;

    let canvas = u64::from(header.width) * u64::from(header.height) * 3;
    let mut pixels = zeros(canvas, limits)?;
    let row_bytes = 3 * header.width as usize;
    if (width, height) != (header.width as usize, header.height as usize) {
        pixels.as_chunks_mut::<3>().0.fill(palette[usize::from(free)]);
    }
    for (row, indices) in pixels.chunks_exact_mut(row_bytes).skip(top).zip(indices.chunks_exact(width)) {
        color_in(&mut row[3 * left..], indices, &palette);
    }
    Decoded::new(header, pixels)
}

/// Reads the rows of a first frame that fills its canvas and is not interlaced, in the memory of a row.
pub(super) struct Rows<'b> {
    decoder: Decoder<&'b [u8]>,
    palette: Palette,
    indices: Vec<u8>,
}

impl<'b> Rows<'b> {
    /// Returns none for other frames.
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Result<Option<(Header, Self)>, DecodeError> {
        let (header, rectangle) = read_header(bytes, limits)?;
        if rectangle.map(u32::from) != [0, 0, header.width, header.height] {
            return Ok(None);
        }
        let (decoder, frame) = open(bytes, rectangle)?;
        if frame.interlaced {
            return Ok(None);
        }
        let indices = zeros(header.width.into(), limits)?;
        let palette = palette(&decoder)?;
        Ok(Some((header, Self { decoder, palette, indices })))
    }

    /// Decodes the next row.
    pub(super) fn read(&mut self, row: &mut Vec<u8>) -> Result<(), DecodeError> {
        read_row(&mut self.decoder, &mut self.indices)?;
        row.resize(3 * self.indices.len(), 0);
        color_in(row, &self.indices, &self.palette);
        Ok(())
    }
}

/// Draws the frames of an animation on a canvas of RGB.
pub(super) struct Frames<'b> {
    decoder: Decoder<&'b [u8]>,
    /// The first frame until it is drawn; the decoder is at its pixels.
    first: Option<Frame<'static>>,
    /// Colour of pixels that no frame covers.
    free: [u8; 3],
    indices: Vec<u8>,
    limits: Limits,
}

impl<'b> Frames<'b> {
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Result<(Header, Work, Self), DecodeError> {
        let (header, rectangle) = read_header(bytes, limits)?;
        let mut work = Work::new(limits);
        let canvas = u64::from(header.width) * u64::from(header.height);
        for Descriptor { rectangle: [_, _, width, height], .. } in descriptors(bytes) {
            work.add(canvas.max(u64::from(width) * u64::from(height)));
        }
        // A canvas, what lies behind a frame, a row of indices.
        let canvas = canvas * 3;
        let header = header.check(canvas + u64::from(u16::MAX), limits)?;
        let (decoder, first) = open(bytes, rectangle)?;
        let frames = Self { decoder, first: Some(first), free: [0; 3], indices: Vec::new(), limits: *limits };
        Ok((header, work, frames))
    }

    /// Draws the next frame.
    pub(super) fn draw(&mut self, canvas: &mut Canvas) -> Result<(), DecodeError> {
        let first = self.first.take();
        let is_first = first.is_some();
        let frame = match first {
            Some(first) => first,
            None => {
                let next = self.decoder.next_frame_info().map_err(|error| translate(Stage::Pixels, &error))?;
                next.ok_or(corrupt(Stage::Truncated))?.clone()
            }
        };
        let palette = palette(&self.decoder)?;
        if is_first {
            self.free = palette[usize::from(frame.transparent.unwrap_or(0))];
            canvas.fill(self.free);
        }
        let [left, top, width, height] = [frame.left, frame.top, frame.width, frame.height].map(usize::from);
        let rectangle = Rectangle { left, top, width, height };
        let disposal = match frame.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
            DisposalMethod::Background => Disposal::Fill(self.free),
            DisposalMethod::Previous => Disposal::Restore,
        };
        canvas.begin(rectangle, disposal);
        if width == 0 {
            return Ok(());
        }
        self.indices = zeros(width as u64, &self.limits)?;
        for y in rows_as_stored(height, frame.interlaced) {
            read_row(&mut self.decoder, &mut self.indices)?;
            let row = canvas.row(rectangle, y);
            match frame.transparent.filter(|_| !is_first) {
                None => color_in(row, &self.indices, &palette),
                Some(transparent) => {
                    for (pixel, index) in row.as_chunks_mut::<3>().0.iter_mut().zip(&self.indices) {
                        if *index != transparent {
                            *pixel = palette[usize::from(*index)];
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Numbers of the rows in file order: four passes if interlaced.
fn rows_as_stored(height: usize, interlaced: bool) -> impl Iterator<Item = usize> {
    let passes = if interlaced { &[(0, 8), (4, 8), (2, 4), (1, 2)][..] } else { &[(0, 1)] };
    passes.iter().flat_map(move |(first, step)| (*first..height).step_by(*step))
}

/// Opens a decoder at the pixels of the first frame.
fn open(bytes: &[u8], rectangle: [u16; 4]) -> Result<(Decoder<&[u8]>, Frame<'static>), DecodeError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options.set_memory_limit(MemoryLimit::Unlimited);
    options.allow_unknown_blocks(true);
    let mut decoder = options.read_info(bytes).map_err(|error| translate(Stage::Header, &error))?;
    let frame = decoder.next_frame_info().map_err(|error| translate(Stage::Header, &error))?;
    let frame = frame.ok_or(corrupt(Stage::Truncated))?.clone();
    if rectangle != [frame.left, frame.top, frame.width, frame.height] {
        return Err(corrupt(Stage::Header));
    }
    Ok((decoder, frame))
}

/// Reads a row of indices.
///
/// All pixels are read row by row, because with damaged data the number of pixels decoded depends on the size of the request.
fn read_row(decoder: &mut Decoder<&[u8]>, indices: &mut [u8]) -> Result<(), DecodeError> {
    if decoder.fill_buffer(indices).map_err(|error| translate(Stage::Pixels, &error))? {
        return Ok(());
    }
    Err(corrupt(Stage::Pixels))
}

const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::Gif, stage }
}

fn translate(stage: Stage, error: &DecodingError) -> DecodeError {
    match error {
        DecodingError::UnexpectedEof => corrupt(Stage::Truncated),
        DecodingError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => corrupt(Stage::Truncated),
        _ => corrupt(stage),
    }
}

/// 256 colours; entries missing in the file are grey, as in Pillow.
type Palette = Box<[[u8; 3]; 256]>;

/// Returns the palette of the decoder's current frame.
fn palette(decoder: &Decoder<&[u8]>) -> Result<Palette, DecodeError> {
    let bytes = decoder.palette().map_err(|error| translate(Stage::Header, &error))?;
    let mut palette = Box::new([[0; 3]; 256]);
    for (index, color) in (0..=255).zip(palette.iter_mut()) {
        *color = [index; 3];
    }
    for (color, named) in palette.iter_mut().zip(bytes.as_chunks::<3>().0) {
        *color = *named;
    }
    Ok(palette)
}

/// Converts indices to colours.
fn color_in(row: &mut [u8], indices: &[u8], palette: &Palette) {
    for (pixel, index) in row.as_chunks_mut::<3>().0.iter_mut().zip(indices) {
        *pixel = palette[usize::from(*index)];
    }
}

/// Walks the blocks; returns the header and the first frame's rectangle (left, top, width, height).
fn read_header(bytes: &[u8], limits: &Limits) -> Result<(Header, [u16; 4]), DecodeError> {
    let truncated = corrupt(Stage::Truncated);
    let [w0, w1, h0, h1, _, _, _] = array(bytes, 6).ok_or(truncated)?;
    let mut descriptors = descriptors(bytes);
    let Descriptor { rectangle, interlaced } = descriptors.next().ok_or(truncated)?;
    // Counting stops one above the limit.
    let others = descriptors.take(limits.max_frames as usize).count();
    let [left, top, width, height] = rectangle.map(u32::from);
    if width == 0 || height == 0 {
        return Err(corrupt(Stage::Header));
    }
    let header = Header {
        frames: u32::try_from(others).map_or(u32::MAX, |others| others.saturating_add(1)),
        ..Header::still(
            Format::Gif,
            u32::from(u16::from_le_bytes([w0, w1])).max(left + width),
            u32::from(u16::from_le_bytes([h0, h1])).max(top + height),
            PixelFormat::Rgb8,
        )
    };
    // One byte of index per pixel of the frame.
    let header = header.check(u64::from(width) * u64::from(height), limits)?;
    let is_in_rows = !interlaced && [left, top, width, height] == [0, 0, header.width, header.height];
    let row_bytes_needed = if is_in_rows { 4 * u64::from(width) } else { header.bytes_needed };
    Ok((Header { row_bytes_needed, ..header }, rectangle))
}

/// Image descriptor of a frame.
struct Descriptor {
    /// Left, top, width, height.
    rectangle: [u16; 4],
    interlaced: bool,
}

/// Iterates over the descriptors of all frames up to the trailer.
fn descriptors(bytes: &[u8]) -> impl Iterator<Item = Descriptor> {
    let mut at = 13 + array(bytes, 6).map_or(0, |[_, _, _, _, flags, _, _]| color_table(flags));
    core::iter::from_fn(move || {
        loop {
            let found = match bytes.get(at)? {
                // An extension: its label, then data.
                0x21 => {
                    at += 2;
                    None
                }
                0x2c => {
                    let [l0, l1, t0, t1, w0, w1, h0, h1, flags] = array(bytes, at + 1)?;
                    let rectangle = [[l0, l1], [t0, t1], [w0, w1], [h0, h1]].map(u16::from_le_bytes);
                    // The descriptor, a colour table, the code size; then data.
                    at += 10 + color_table(flags) + 1;
                    Some(Descriptor { rectangle, interlaced: flags & 0x40 != 0 })
                }
                0x3b => return None,
                // Padding between blocks, which other readers skip as well.
                _ => {
                    at += 1;
                    continue;
                }
            };
            while let Some(length) = bytes.get(at).filter(|length| **length != 0) {
                at += 1 + usize::from(*length);
            }
            at += 1;
            if found.is_some() {
                return found;
            }
        }
    })
}

/// Returns the size of a colour table in bytes, from the flags before it.
const fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}
