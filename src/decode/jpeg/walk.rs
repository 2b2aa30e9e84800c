//! What the segments of a JPEG say, before anything is decoded.

use super::faults::{CORRUPT, corrupt, unsupported};
use super::frame::Frame;
use super::rows;
use super::segments::{Segment, Segments};
use crate::decode::error::{DecodeError, Limited, Stage};
use crate::decode::fields::orientation;
use crate::decode::header::Header;
use crate::decode::limits::Limits;
use crate::decode::sniff::Format;
use crate::jpeg::{ColorMarkers, ColorModel};
use crate::pixels::PixelFormat;

/// The walk through all segments.
pub(super) struct Walk {
    pub(super) frame: Frame,
    pub(super) model: ColorModel,
    /// The picture comes in several scans.
    pub(super) is_in_scans: bool,
    /// The end was met, and what is before it might hold the picture.
    pub(super) is_whole: bool,
    orientation: u8,
}

impl Walk {
    pub(super) fn new(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (mut frame, mut first_scan, mut scans) = (None, None, 0_u64);
        let (mut is_ended, mut orientation_found, mut scan_bytes) = (false, 1, 0);
        let mut colors = ColorMarkers::default();
        let mut segments = Segments::new(bytes);
        while let Some(segment) = segments.next()? {
            match segment {
                Segment::Frame(..) if frame.is_some() => return Err(CORRUPT),
                Segment::Frame(marker, contents) => frame = Some(Frame::new(marker, contents)?),
                Segment::Scan { header, data } => {
                    scans += 1;
                    limits.check(Limited::Scans, scans)?;
                    if frame.is_none() {
                        return Err(CORRUPT);
                    }
                    first_scan.get_or_insert(header.first().copied().unwrap_or(0));
                    scan_bytes += data.len();
                }
                Segment::Application(marker, contents) => {
                    // libjpeg decides at the first scan.
                    if first_scan.is_none() {
                        colors.note(marker, contents);
                    }
                    if marker == 0xe1 && contents.starts_with(b"Exif\0\0") {
                        orientation_found = orientation(contents);
                    }
                }
                Segment::End => {
                    is_ended = true;
                    break;
                }
                Segment::Huffman(_) | Segment::Quantisation(_) | Segment::RestartInterval(_) | Segment::Lines => {}
            }
        }
        match (frame, first_scan) {
            (Some(frame), Some(first_scan)) => {
                let is_whole = is_ended && frame.least_bits() <= 8 * scan_bytes as u64;
                let mut ids = [0; 4];
                ids.iter_mut().zip(&frame.components).for_each(|(id, component)| *id = component.id);
                let model = ids.get(..frame.components.len()).and_then(|ids| colors.model(ids));
                let model = model.ok_or(unsupported("jpeg with 2 components"))?;
                let is_in_scans = frame.is_progressive || usize::from(first_scan) < frame.components.len();
                Ok(Self { frame, model, is_in_scans, is_whole, orientation: orientation_found })
            }
            _ if is_ended => Err(CORRUPT),
            _ => Err(corrupt(Stage::Truncated)),
        }
    }

    pub(super) fn header(&self, limits: &Limits) -> Result<Header, DecodeError> {
        let pixel_format = if self.model == ColorModel::Gray { PixelFormat::Gray8 } else { PixelFormat::Rgb8 };
        let kept = if self.is_in_scans { self.frame.coefficient_bytes() } else { 0 };
        let beside = kept + rows::bytes_needed(&self.frame);
        #[expect(clippy::cast_possible_truncation, reason = "the file has 16 bits for each")]
        let (width, height) = (self.frame.width as u32, self.frame.height as u32);
        Header { orientation: self.orientation, ..Header::still(Format::Jpeg, width, height, pixel_format) }
            .check(beside, limits)
    }
}
