//! The segments of a JPEG in order, walked as libjpeg walks them.
//!
//! Bytes that belong to no segment are passed over. A segment whose stated length is too short for the length itself is empty,
//! if it is one that is skipped; the others state their length exactly. What a scan codes is everything up to the next marker
//! that is not a restart.

use super::faults::{CORRUPT, unsupported};
use crate::decode::error::DecodeError;
use crate::decode::fields::be16;
use crate::jpeg::find_ff;

pub(super) const RESTART: u8 = 0xd0;

/// A segment.
#[derive(Clone, Copy)]
pub(super) enum Segment<'b> {
    /// The frame header: which kind of frame, and the segment's contents.
    Frame(u8, &'b [u8]),
    Huffman(&'b [u8]),
    Quantisation(&'b [u8]),
    RestartInterval(&'b [u8]),
    Scan {
        header: &'b [u8],
        /// Entropy-coded bytes, with stuffing and restart markers.
        data: &'b [u8],
    },
    /// The height of the picture, stated again.
    Lines,
    /// Contents of an application's own segment, and its marker.
    Application(u8, &'b [u8]),
    End,
}

/// Iterates over segments, up to the end-of-image marker or the end of the file.
pub(super) struct Segments<'b> {
    bytes: &'b [u8],
    at: usize,
    /// A scan was met.
    has_scan: bool,
}

impl<'b> Segments<'b> {
    /// Starts after the start-of-image marker, by which the format was recognised.
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 2, has_scan: false }
    }

    /// Returns the next segment; none where the file ends before the picture.
    pub(super) fn next(&mut self) -> Result<Option<Segment<'b>>, DecodeError> {
        loop {
            let Some((start, marker)) = next_marker(self.bytes, self.at) else { return Ok(None) };
            self.at = start + 2;
            match marker {
                0xd9 => return Ok(Some(Segment::End)),
                0x01 => continue,
                // Not a marker, but damage to the data of a scan.
                0x02..=0xbf | 0xc3 | 0xc5..=0xcb | 0xcd..=0xcf | 0xd8 | 0xde | 0xdf | 0xf0..=0xfd if self.has_scan => {
                    return Ok(None);
                }
                0xc3 => return Err(unsupported("jpeg, lossless")),
                0xc5..=0xc7 | 0xde | 0xdf => return Err(unsupported("jpeg, hierarchical")),
                0xc9..=0xcb | 0xcd..=0xcf => return Err(unsupported("jpeg with arithmetic coding")),
                0xc8 | 0xd8 | 0x02..=0xbf | 0xf0..=0xfd => return Err(CORRUPT),
                _ => {}
            }
            let Some(length) = be16(self.bytes, self.at).map(usize::from) else { return Ok(None) };
            let is_skipped = matches!(marker, 0xcc | 0xdc | 0xe0..=0xef | 0xfe);
            let Some(contents) = length.checked_sub(2).or(is_skipped.then_some(0)) else { return Err(CORRUPT) };
            let Some(contents) = self.bytes.get(self.at + 2..).and_then(|rest| rest.get(..contents)) else {
                return Ok(None);
            };
            self.at += 2 + contents.len();
            return Ok(Some(match marker {
                0xc0..=0xc2 => Segment::Frame(marker, contents),
                0xc4 => Segment::Huffman(contents),
                0xda => {
                    let end = next_marker(self.bytes, self.at).map_or(self.bytes.len(), |(start, _)| start);
                    #[expect(clippy::indexing_slicing, reason = "a marker found from here on")]
                    let data = &self.bytes[self.at..end];
                    (self.at, self.has_scan) = (end, true);
                    Segment::Scan { header: contents, data }
                }
                0xdb => Segment::Quantisation(contents),
                0xdc => Segment::Lines,
                0xdd => Segment::RestartInterval(contents),
                0xe0..=0xef => Segment::Application(marker, contents),
                _ => continue,
            }));
        }
    }
}

/// Finds the next marker from `at` on, past entropy-coded data, stuffing and restarts: where its 0xff lies, and which it is.
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
