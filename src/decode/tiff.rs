//! TIFF and BigTIFF, through the tiff crate, page by page.
//!
//! Grey of 1, 2, 4, 8 and 16 bits (black or white as zero), palettes of up to 8 bits, RGB and CMYK of 8 and 16 bits, with
//! extra samples dropped, in strips, tiles or planes. Floating-point and signed samples, YCbCr and Lab are not decoded.
//!
//! The orientation is reported and not applied, as for all formats. Pillow, and therefore threatexchange, applies it to TIFF
//! only, so lists made with them have the hash of the turned picture.

#![expect(
    clippy::indexing_slicing,
    reason = "a palette has a colour for every index of its bits, and a pixel all of its samples"
)]

use alloc::vec::Vec;
use core::ops::Range;
use std::io::{Cursor, Read, Seek, SeekFrom};

use tiff::decoder::{ChunkType, Decoder, Limits as TiffLimits};
use tiff::tags::{SampleFormat, Tag};
use tiff::{ColorType, TiffError};

use super::decoded::Decoded;
use super::error::{DecodeError, Stage};
use super::fields::{Ifds, array};
use super::header::Header;
use super::limits::Limits;
use super::samples::{cmyk_to_rgb, keep_first, native_to_little_endian, zeros};
use super::sniff::Format;
use crate::pixels::PixelFormat;

pub(super) fn inspect(bytes: &[u8], page: u32, limits: &Limits) -> Result<Header, DecodeError> {
    Page::open(bytes, page, limits).map(|page| page.header)
}

pub(super) fn decode(bytes: &[u8], page: u32, limits: &Limits) -> Result<Decoded, DecodeError> {
    let Page { header, mut decoder, layout } = Page::open(bytes, page, limits)?;
    let (width, height) = (header.width as usize, header.height as usize);
    let mut pixels = zeros(layout.bytes(header.width, header.height), limits)?;
    decoder.read_image_bytes(&mut pixels).map_err(|error| translate(Stage::Pixels, &error))?;
    let sample_bytes = usize::from(layout.bits).div_ceil(8);
    let samples = usize::from(layout.samples);
    if sample_bytes == 2 {
        native_to_little_endian(&mut pixels);
    }
    match &layout.meaning {
        Meaning::Palette(colors) => {
            let indices = expand_bits(&pixels, width, layout.bits, false);
            pixels = indices.iter().flat_map(|index| colors[usize::from(*index)]).collect();
        }
        Meaning::Gray if layout.bits < 8 => pixels = expand_bits(&pixels, width, layout.bits, true),
        Meaning::Gray if layout.planar => pixels.truncate(width * height * sample_bytes),
        Meaning::Gray => keep_first(&mut pixels, sample_bytes, sample_bytes * samples),
        Meaning::Rgb | Meaning::Cmyk => {
            if layout.planar {
                pixels = interleave(&pixels, width * height, sample_bytes, samples);
            }
            let keep = if matches!(layout.meaning, Meaning::Cmyk) { 4 } else { samples.min(4) };
            keep_first(&mut pixels, sample_bytes * keep, sample_bytes * samples);
            if matches!(layout.meaning, Meaning::Cmyk) {
                cmyk_to_rgb(&mut pixels);
            }
        }
    }
    Decoded::new(header, pixels)
}

const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::Tiff, stage }
}

const fn unsupported(format: &'static str) -> DecodeError {
    DecodeError::Unsupported { format }
}

fn translate(stage: Stage, error: &TiffError) -> DecodeError {
    match error {
        TiffError::UnsupportedError(_) => unsupported("tiff of an unsupported kind"),
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => corrupt(Stage::Truncated),
        _ => corrupt(stage),
    }
}

/// A page, opened and checked against the limits.
struct Page<'b> {
    header: Header,
    decoder: Decoder<Patched<'b>>,
    layout: Layout,
}

/// Layout of the decoded samples.
struct Layout {
    meaning: Meaning,
    bits: u8,
    /// Samples per pixel, including dropped ones.
    samples: u16,
    /// Each sample has a plane of its own.
    planar: bool,
}

enum Meaning {
    Gray,
    Rgb,
    Cmyk,
    Palette(Vec<[u8; 3]>),
}

impl Layout {
    fn bytes(&self, width: u32, height: u32) -> u64 {
        let (planes, samples) = if self.planar { (self.samples, 1) } else { (1, self.samples) };
        let row = (u64::from(width) * u64::from(self.bits) * u64::from(samples)).div_ceil(8);
        row.saturating_mul(u64::from(height)).saturating_mul(u64::from(planes))
    }
}

impl<'b> Page<'b> {
    /// Opens a picture of the file by its number, counted from 1: pages, then what is below them.
    fn open(bytes: &'b [u8], page: u32, limits: &Limits) -> Result<Self, DecodeError> {
        let ifds = Ifds::new(bytes).ok_or(corrupt(Stage::Header))?;
        let most = limits.max_frames.saturating_add(1);
        let index = page.checked_sub(1).and_then(|index| usize::try_from(index).ok());
        let directory = index.and_then(|index| ifds.pictures(most).nth(index)).ok_or(corrupt(Stage::Header))?.at;
        let palette = ifds.short(directory, PHOTOMETRIC) == Some(RGB_PALETTE);
        let palette_at = ifds.short_at(directory, PHOTOMETRIC).filter(|_| palette);
        let palette_at = palette_at.and_then(|at| Some((at, array::<2>(bytes, at)?)));
        let edits = edits(ifds.begin_at(directory), palette_at);
        let turned = if ifds.short(directory, FILL_ORDER) == Some(2) { ifds.strips(directory) } else { Vec::new() };
        let source = Patched { file: Cursor::new(bytes), edits, turned };
        let header = |error| translate(Stage::Header, &error);
        let decoder = Decoder::new(source).map_err(header)?;
        // What is beside the pixels: a strip or tile, compressed and not, and the tables of where they lie.
        let beside = usize::try_from(limits.max_alloc_bytes).unwrap_or(usize::MAX);
        let mut tiff_limits = TiffLimits::default();
        tiff_limits.decoding_buffer_size = beside;
        tiff_limits.intermediate_buffer_size = beside;
        let mut decoder = decoder.with_limits(tiff_limits);
        let (width, height) = decoder.dimensions().map_err(header)?;
        let layout = layout(&mut decoder, palette)?;
        let pixel_format = match (&layout.meaning, layout.bits, layout.samples) {
            (Meaning::Gray, 16, _) => PixelFormat::Gray16,
            (Meaning::Gray, ..) => PixelFormat::Gray8,
            (Meaning::Rgb, 16, 3) => PixelFormat::Rgb16,
            (Meaning::Rgb, 16, _) => PixelFormat::Rgba16,
            (Meaning::Rgb, _, 4..) => PixelFormat::Rgba8,
            _ => PixelFormat::Rgb8,
        };
        let header = Header {
            frames: ifds.count(most),
            orientation: ifds.orientation(directory).unwrap_or(1),
            ..Header::still(Format::Tiff, width, height, pixel_format)
        };
        let pixels = u64::from(width) * u64::from(height);
        let output = pixels.saturating_mul(pixel_format.bytes_per_pixel() as u64);
        let decoded = layout.bytes(width, height);
        // Conversion in place needs the larger of the two sizes; planes, palettes and packed bits need a second buffer.
        let twice = layout.planar || layout.bits < 8 || matches!(layout.meaning, Meaning::Palette(_));
        let conversion = if twice { decoded.saturating_mul(2) } else { decoded.saturating_sub(output) };
        let (across, down) = decoder.chunk_dimensions();
        let chunk = u64::from(across.min(width.next_multiple_of(16)))
            .saturating_mul(u64::from(down.min(height.next_multiple_of(16))))
            .saturating_mul(u64::from(layout.bits) * u64::from(layout.samples))
            / 8;
        let header = header.check(conversion.saturating_add(chunk), limits)?;
        Ok(Self { header, decoder, layout })
    }
}

fn layout(decoder: &mut Decoder<Patched<'_>>, palette: bool) -> Result<Layout, DecodeError> {
    let header = |error| translate(Stage::Header, &error);
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).map_err(header)?.unwrap_or_default();
    if formats.iter().any(|format| *format != SampleFormat::Uint.to_u16()) {
        return Err(unsupported("tiff with signed or floating-point samples"));
    }
    let planar = decoder.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(header)? == Some(2);
    if planar && decoder.get_chunk_type() == ChunkType::Tile {
        return Err(unsupported("tiff in tiles of one colour each"));
    }
    let color = decoder.colortype().map_err(header)?;
    let (meaning, bits, samples) = match color {
        ColorType::Gray(bits @ 1..=8) if palette => (Meaning::Palette(colors(decoder, bits)?), bits, 1),
        ColorType::Gray(bits @ (1 | 2 | 4 | 8 | 16)) => (Meaning::Gray, bits, 1),
        ColorType::GrayA(bits @ (8 | 16)) => (Meaning::Gray, bits, 2),
        ColorType::Multiband { bit_depth: bits @ (8 | 16), num_samples } if !palette => {
            (Meaning::Gray, bits, num_samples)
        }
        ColorType::RGB(bits @ (8 | 16)) => (Meaning::Rgb, bits, 3),
        ColorType::RGBA(bits @ (8 | 16)) => (Meaning::Rgb, bits, 4),
        ColorType::CMYK(8) => (Meaning::Cmyk, 8, 4),
        ColorType::CMYKA(8) => (Meaning::Cmyk, 8, 5),
        ColorType::YCbCr(_) => return Err(unsupported("tiff in YCbCr")),
        ColorType::Lab(_) => return Err(unsupported("tiff in Lab")),
        _ => return Err(unsupported("tiff of an unsupported kind")),
    };
    Ok(Layout { meaning, bits, samples, planar: planar && samples > 1 })
}

/// Reads the palette: 16-bit values of red, then green, then blue.
fn colors(decoder: &mut Decoder<Patched<'_>>, bits: u8) -> Result<Vec<[u8; 3]>, DecodeError> {
    let map = decoder.find_tag_unsigned_vec::<u16>(Tag::ColorMap).map_err(|error| translate(Stage::Header, &error))?;
    let count = 1_usize << bits;
    let map = map.filter(|map| map.len() >= 3 * count).ok_or(corrupt(Stage::Header))?;
    let value = |index: usize| map[index].to_be_bytes()[0];
    Ok((0..count).map(|index| [value(index), value(count + index), value(2 * count + index)]).collect())
}

/// Unpacks samples of less than 8 bits (rows begin on a byte) to bytes, scaled to 0..=255 or unscaled.
fn expand_bits(packed: &[u8], width: usize, bits: u8, scaled: bool) -> Vec<u8> {
    if bits >= 8 {
        return packed.to_vec();
    }
    let per_byte = usize::from(8 / bits);
    let most = u8::MAX >> (8 - bits);
    let factor = if scaled { 255 / most } else { 1 };
    let mut pixels = Vec::with_capacity(packed.len() * per_byte);
    for row in packed.chunks_exact((width * usize::from(bits)).div_ceil(8).max(1)) {
        let samples = row.iter().flat_map(|byte| {
            (1..=per_byte).map(move |place| (byte >> (8 - usize::from(bits) * place) & most) * factor)
        });
        pixels.extend(samples.take(width));
    }
    pixels
}

/// Interleaves planes to pixels.
fn interleave(planes: &[u8], pixels: usize, sample_bytes: usize, samples: usize) -> Vec<u8> {
    let mut out = alloc::vec![0; pixels * sample_bytes * samples];
    for (index, plane) in planes.chunks_exact((pixels * sample_bytes).max(1)).take(samples).enumerate() {
        for (pixel, sample) in out.chunks_exact_mut(sample_bytes * samples).zip(plane.chunks_exact(sample_bytes)) {
            pixel[index * sample_bytes..(index + 1) * sample_bytes].copy_from_slice(sample);
        }
    }
    out
}

const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const RGB_PALETTE: u16 = 3;

/// The file as the tiff crate is to see it: a page other than the first comes first, and a palette is declared as grey, since the crate
/// does not support palettes but decodes their indices as grey.
struct Patched<'b> {
    file: Cursor<&'b [u8]>,
    /// Places and the bytes that stand there instead, in order.
    edits: Vec<(u64, u8)>,
    /// Where bytes lie whose first bit is the lowest (FillOrder 2), in order: they are turned, as libtiff does whatever the compression, but for
    /// JPEG.
    turned: Vec<Range<u64>>,
}

/// Puts the offset of a directory where that of the first one stands, and grey (1) in place of "palette" (3): that value is 3 in one byte
/// and 0 in the other, whichever the byte order.
fn edits((begin, offset): (usize, Vec<u8>), palette: Option<(usize, [u8; 2])>) -> Vec<(u64, u8)> {
    let offset = (begin as u64..).zip(offset);
    let gray = palette.into_iter().flat_map(|(at, value)| (at as u64..).zip(value.map(|byte| u8::from(byte != 0))));
    offset.chain(gray).collect()
}

impl Read for Patched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let start = self.file.position();
        let count = self.file.read(buffer)?;
        let end = start.saturating_add(count as u64);
        let first = self.turned.partition_point(|range| range.end <= start);
        for range in self.turned[first..].iter().take_while(|range| range.start < end) {
            let within = |place: u64| usize::try_from(place.clamp(start, end) - start).unwrap_or(count);
            let bytes = buffer.get_mut(within(range.start)..within(range.end)).unwrap_or_default();
            bytes.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        }
        for (at, byte) in &self.edits {
            let index = at.checked_sub(start).and_then(|index| usize::try_from(index).ok());
            if let Some(place) = index.filter(|index| *index < count).and_then(|index| buffer.get_mut(index)) {
                *place = *byte;
            }
        }
        Ok(count)
    }
}

impl Seek for Patched<'_> {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(position)
    }
}
