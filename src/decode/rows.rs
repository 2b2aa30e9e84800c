//! Rows of a picture in the order of decoding, for hashing without a buffer of the picture.
//!
//! Use it where memory or cache matters. A PNG that is not interlaced, and a GIF whose first frame fills its canvas and
//! is not interlaced, are decoded in the memory of some rows, and every row is hashed while it is in the cache.
//! Other files are decoded completely at the first call of [`Rows::next_row`].

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::contain::contained;
use super::decoded::Decoded;
use super::error::DecodeError;
use super::file::{decode, inspect, supported};
use super::header::Header;
use super::limits::Limits;
use super::sniff::Format;
use super::{gif, png};

/// Opens a picture file to read its first frame row by row.
///
/// Rows, errors and limits are those of [`decode`](super::decode()): the memory limit applies to [`Header::bytes_needed`], although
/// reading uses only [`Header::row_bytes_needed`].
///
/// ```
/// use lookalike::decode::{self, Limits};
///
/// // A bitmap of 1x2 pixels with 24 bits, the lowest row first.
/// let mut bitmap = b"BM\x3e\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
/// bitmap.resize(54, 0);
/// bitmap.extend([10, 20, 30, 0, 40, 50, 60, 0]);
/// let mut rows = decode::rows(&bitmap, &Limits::default())?;
/// assert_eq!(rows.next_row()?, Some(&[60, 50, 40][..]));
/// assert_eq!(rows.next_row()?, Some(&[30, 20, 10][..]));
/// assert_eq!(rows.next_row()?, None);
/// # Ok::<(), decode::DecodeError>(())
/// ```
///
/// # Errors
///
/// As [`inspect`]. Faults in the pixel data are returned by [`Rows::next_row`].
pub fn rows<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Rows<'b>, DecodeError> {
    let format = supported(bytes, limits)?;
    let opened = contained(format, || match format {
        Format::Png => Ok(png::Rows::open(bytes, limits)?.map(|(header, rows)| (header, Source::Png(Box::new(rows))))),
        Format::Gif => Ok(gif::Rows::open(bytes, limits)?.map(|(header, rows)| (header, Source::Gif(Box::new(rows))))),
        _ => Ok(None),
    })?;
    let (header, source) = match opened {
        Some(opened) => opened,
        None => (inspect(bytes, limits)?, Source::Whole { bytes, limits: *limits, picture: None }),
    };
    Ok(Rows { header, source, row: Vec::new(), left: header.height, failed: None })
}

/// Rows of a picture's first frame, from top to bottom; created by [`rows`].
pub struct Rows<'b> {
    header: Header,
    source: Source<'b>,
    row: Vec<u8>,
    /// Rows not yet returned.
    left: u32,
    failed: Option<DecodeError>,
}

impl Rows<'_> {
    /// Returns the header of the file.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Decodes the next row, `width * bytes_per_pixel` bytes; returns none after the last.
    ///
    /// The last row is returned after the complete picture was verified, so a picture whose rows were all returned is complete.
    ///
    /// # Errors
    ///
    /// As [`decode`](super::decode()). Further calls return the same error.
    #[expect(clippy::missing_panics_doc, reason = "never panics: the picture has the rows that its header states")]
    pub fn next_row(&mut self) -> Result<Option<&[u8]>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.left == 0 {
            return Ok(None);
        }
        let y = self.header.height - self.left;
        self.left -= 1;
        let Self { header, source, row, left, .. } = self;
        let read = contained(header.format, || match source {
            Source::Png(rows) => rows.read(row, *left == 0),
            Source::Gif(rows) => rows.read(row),
            Source::Whole { picture: Some(_), .. } => Ok(()),
            Source::Whole { bytes, limits, picture } => decode(bytes, limits).map(|decoded| *picture = Some(decoded)),
        });
        if let Err(error) = read {
            self.failed = Some(error);
            return Err(error);
        }
        match &self.source {
            Source::Whole { picture: Some(picture), .. } => {
                Ok(Some(picture.image().row(y).expect("a row of the header's")))
            }
            _ => Ok(Some(&self.row)),
        }
    }
}

impl fmt::Debug for Rows<'_> {
    /// Never prints pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("header", &self.header).field("left", &self.left).finish_non_exhaustive()
    }
}

enum Source<'b> {
    Png(Box<png::Rows<'b>>),
    Gif(Box<gif::Rows<'b>>),
    /// Decoded at the first row.
    Whole {
        bytes: &'b [u8],
        limits: Limits,
        picture: Option<Decoded>,
    },
}
