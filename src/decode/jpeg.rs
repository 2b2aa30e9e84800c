//! JPEG, through zune-jpeg; sequential files of several scans through jpeg-decoder, because zune-jpeg 0.5.15 makes other
//! pictures of some of them and reports success (zune-image issues 422 and 448).
//!
//! zune-jpeg is lenient as browsers are: what is missing of a picture it fills with grey, and reports success. So the
//! markers are walked here first, and the decoder runs in its strict mode. A picture is whole if
//!
//! - the walk meets the end-of-image marker after the last scan (what follows it is not looked at),
//! - the scans have at least the bits that their blocks take with the shortest of codes, and
//! - no code in them is invalid.
//!
//! A file that is cut anywhere before the end-of-image marker is therefore [`Stage::Truncated`], even if only that marker
//! is missing: whether the last row of blocks is complete cannot be told without it. Pillow does the same. What is not
//! noticed, here or in libjpeg, is data cut out before the end-of-image marker: zeros are decoded in its place.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use jpeg_decoder::PixelFormat as InScans;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::decoded::Decoded;
use super::error::{DecodeError, Limited, Stage};
use super::fields::{be16, orientation};
use super::header::Header;
use super::limits::Limits;
use super::samples::zeros;
use super::sniff::Format;
use crate::jpeg::find_ff;
use crate::pixels::PixelFormat;

const CORRUPT: DecodeError = corrupt(Stage::Header);

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    Walk::new(bytes, limits)?.header(limits)
}

/// Refuses a file that ends before its picture does.
pub(super) fn check_whole(bytes: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    if Walk::new(bytes, limits)?.whole { Ok(()) } else { Err(corrupt(Stage::Truncated)) }
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let walk = Walk::new(bytes, limits)?;
    let header = walk.header(limits)?;
    if !walk.whole {
        return Err(corrupt(Stage::Truncated));
    }
    let bytes = walk.without_junk(bytes);
    if walk.is_sequential_in_scans() {
        return in_scans(&bytes, header);
    }
    let color = if header.pixel_format == PixelFormat::Gray8 { ColorSpace::Luma } else { ColorSpace::RGB };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(usize::MAX)
        .jpeg_set_out_colorspace(color);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&*bytes), options);
    decoder.decode_headers().map_err(|error| translate(Stage::Header, &error))?;
    let size = u64::from(header.width) * u64::from(header.height) * header.pixel_format.bytes_per_pixel() as u64;
    if decoder.output_buffer_size().map(|size| size as u64) != Some(size) {
        return Err(CORRUPT);
    }
    let mut pixels = zeros(size, limits)?;
    decoder.decode_into(&mut pixels).map_err(|error| translate(Stage::Pixels, &error))?;
    Decoded::new(header, pixels)
}

/// Decodes a sequential file whose components come one after the other.
fn in_scans(bytes: &[u8], header: Header) -> Result<Decoded, DecodeError> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.set_max_decoding_buffer_size(usize::try_from(header.bytes_needed).unwrap_or(usize::MAX));
    let pixels = decoder.decode().map_err(|error| match error {
        jpeg_decoder::Error::Unsupported(_) => unsupported("jpeg of an unsupported kind"),
        _ => corrupt(Stage::Pixels),
    })?;
    let expected = if header.pixel_format == PixelFormat::Gray8 { InScans::L8 } else { InScans::RGB24 };
    match decoder.info() {
        Some(info) if info.pixel_format == expected => Decoded::new(header, pixels),
        Some(_) => Err(unsupported("jpeg of four colours in several scans")),
        None => Err(CORRUPT),
    }
}

const fn corrupt(stage: Stage) -> DecodeError {
    DecodeError::Corrupt { format: Format::Jpeg, stage }
}

fn translate(stage: Stage, error: &DecodeErrors) -> DecodeError {
    match error {
        DecodeErrors::Unsupported(_) => unsupported("jpeg of an unsupported kind"),
        DecodeErrors::ExhaustedData | DecodeErrors::FormatStatic("Premature end of buffer") => {
            corrupt(Stage::Truncated)
        }
        _ => corrupt(stage),
    }
}

const fn unsupported(format: &'static str) -> DecodeError {
    DecodeError::Unsupported { format }
}

/// The frame header: measures and sampling.
struct Frame {
    progressive: bool,
    width: u16,
    height: u16,
    /// Horizontal and vertical sampling factors.
    components: Vec<(u8, u8)>,
}

/// What the markers say.
struct Walk {
    frame: Frame,
    /// Components of the first scan; fewer than the frame has if each comes in a scan of its own.
    first_scan: u8,
    /// The end was met, and what is before it might hold the picture.
    whole: bool,
    orientation: u8,
    /// Where bytes lie between segments that belong to none: start and end, before the first scan.
    junk: Vec<(usize, usize)>,
}

impl Walk {
    fn new(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (mut frame, mut first_scan, mut scans) = (None, None, 0_u64);
        let (mut ended, mut orientation_found) = (false, 1);
        let mut junk = Vec::new();
        let (mut at, mut scan_begin, mut scan_bytes) = (2, None, 0);
        while let Some((start, marker)) = next_marker(bytes, at) {
            // A scan's data is not junk; before the first scan, fill bytes and lone bytes between segments are.
            if first_scan.is_none() && start > at {
                junk.push((at, start));
            }
            scan_bytes += scan_begin.take().map_or(0, |begin| start - begin);
            at = start + 2;
            match marker {
                0xd9 => {
                    ended = true;
                    break;
                }
                0x01 | 0xd0..=0xd8 => continue,
                _ => {}
            }
            let Some(length) = be16(bytes, at).map(usize::from) else {
                break;
            };
            let segment = at.checked_add(length).and_then(|end| bytes.get(at + 2..end));
            let Some(segment) = segment else {
                break;
            };
            match marker {
                0xc0..=0xc2 if frame.is_none() => frame = Some(Frame::new(marker == 0xc2, segment)?),
                0xc0..=0xc2 => return Err(CORRUPT),
                0xc3 => return Err(unsupported("jpeg, lossless")),
                0xc5..=0xc7 => return Err(unsupported("jpeg, hierarchical")),
                0xc9..=0xcf => return Err(unsupported("jpeg with arithmetic coding")),
                0xda => {
                    scans += 1;
                    limits.check(Limited::Scans, scans)?;
                    first_scan.get_or_insert(segment.first().copied().unwrap_or(0));
                }
                0xdc => return Err(unsupported("jpeg with its height after the pixels")),
                0xe1 if segment.starts_with(b"Exif\0\0") => orientation_found = orientation(segment),
                _ => {}
            }
            at += length;
            if marker == 0xda {
                scan_begin = Some(at);
            }
        }
        match (frame, first_scan) {
            (Some(frame), Some(first_scan)) => {
                let whole = ended && frame.least_bits() <= 8 * scan_bytes as u64;
                Ok(Self { frame, first_scan, whole, orientation: orientation_found, junk })
            }
            _ if ended => Err(CORRUPT),
            _ => Err(corrupt(Stage::Truncated)),
        }
    }

    fn is_sequential_in_scans(&self) -> bool {
        !self.frame.progressive && usize::from(self.first_scan) < self.frame.components.len()
    }

    fn header(&self, limits: &Limits) -> Result<Header, DecodeError> {
        let Frame { progressive, width, height, components } = &self.frame;
        let pixel_format = if components.len() == 1 { PixelFormat::Gray8 } else { PixelFormat::Rgb8 };
        let (across, down) = self.frame.unit();
        let units = u64::from(*width).div_ceil(across) * u64::from(*height).div_ceil(down);
        // Coefficients of 2 bytes are kept for the whole picture if it comes in several scans, else for a row of it.
        let several_scans = *progressive || usize::from(self.first_scan) < components.len();
        let rows = u64::from(*height).div_ceil(down).max(1);
        let beside: u64 = components
            .iter()
            .map(|(h, v)| u64::from(*h) * u64::from(*v) * 128 * if several_scans { units } else { units / rows })
            .sum();
        // Rows of samples, before and after they are stretched to the full width.
        let beside = beside + 160 * u64::from(*width);
        let (width, height) = (u32::from(*width), u32::from(*height));
        Header { orientation: self.orientation, ..Header::still(Format::Jpeg, width, height, pixel_format) }
            .check(beside, limits)
    }

    /// The file without bytes that belong to no segment. Browsers skip them, the strict decoder refuses them.
    fn without_junk<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        if self.junk.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut at = 0;
        for (start, end) in &self.junk {
            clean.extend_from_slice(bytes.get(at..*start).unwrap_or_default());
            at = *end;
        }
        clean.extend_from_slice(bytes.get(at..).unwrap_or_default());
        Cow::Owned(clean)
    }
}

impl Frame {
    fn new(progressive: bool, segment: &[u8]) -> Result<Self, DecodeError> {
        let [precision, h1, h0, w1, w0, count, components @ ..] = segment else {
            return Err(CORRUPT);
        };
        let (height, width) = (u16::from_be_bytes([*h1, *h0]), u16::from_be_bytes([*w1, *w0]));
        match (precision, height, count) {
            (8, 0, _) => return Err(unsupported("jpeg with its height after the pixels")),
            (8, _, 1 | 3 | 4) => {}
            (12 | 16, ..) => return Err(unsupported("jpeg with more than 8 bits per sample")),
            (8, _, 2) => return Err(unsupported("jpeg with 2 components")),
            _ => return Err(CORRUPT),
        }
        let sampling = |[_, factors, _]: &[u8; 3]| (factors >> 4, factors & 15);
        let components: Vec<_> = components.as_chunks::<3>().0.iter().take(usize::from(*count)).map(sampling).collect();
        let sound = |(h, v): &(u8, u8)| (1..=4).contains(h) && (1..=4).contains(v);
        if components.len() != usize::from(*count) || !components.iter().all(sound) {
            return Err(CORRUPT);
        }
        Ok(Self { progressive, width, height, components })
    }
}

impl Frame {
    /// The fewest bits that hold the picture: for each block of 8x8 samples a code of one bit for its mean and, unless a
    /// band of many blocks can end at once, one for its end.
    fn least_bits(&self) -> u64 {
        let (across, down) = self.unit();
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        let blocks =
            |(h, v): &(u8, u8)| (width * u64::from(*h)).div_ceil(across) * (height * u64::from(*v)).div_ceil(down);
        self.components.iter().map(blocks).sum::<u64>() * if self.progressive { 1 } else { 2 }
    }

    /// Width and height in pixels of the unit in which components are interleaved.
    fn unit(&self) -> (u64, u64) {
        let most = |factor: fn(&(u8, u8)) -> u8| u64::from(self.components.iter().map(factor).max().unwrap_or(1));
        (8 * most(|component| component.0), 8 * most(|component| component.1))
    }
}

/// Finds the next marker from `at` on, past entropy-coded data and stuffing: where its 0xff lies, and which it is.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(usize, u8)> {
    loop {
        at += find_ff(bytes.get(at..)?)?;
        match bytes.get(at + 1)? {
            // A stuffed byte, or a restart within a scan.
            0x00 | 0xd0..=0xd7 => at += 2,
            0xff => at += 1,
            marker => return Some((at, *marker)),
        }
    }
}
