//! What is known of a file, as bytes: for a program that lets another process decode, and does not trust what that says.
//!
//! For a pipe, not for a disk: the form may change with the version.

use super::error::{DecodeError, Limited, Stage};
use super::header::Header;
use super::limits::Limits;
use super::sniff::Format;
use crate::pixels::PixelFormat;
use crate::wire::Reader;

impl Header {
    /// How many bytes [`Header::to_bytes`] makes.
    pub const BYTES: usize = 32;

    /// Packs the header, so that another process can read it by [`Header::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let kinds = [code(&FORMATS, self.format), code(&PIXELS, self.pixel_format), self.orientation, 0];
        let words = [self.width, self.height, self.frames].map(u32::to_le_bytes);
        let sizes = [self.bytes_needed, self.row_bytes_needed].map(u64::to_le_bytes);
        let fields = kinds.iter().chain(words.as_flattened()).chain(sizes.as_flattened());
        bytes.iter_mut().zip(fields).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Reads a header that [`Header::to_bytes`] packed. None for bytes that are no header of a picture inside the limits.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Option<Self> {
        let mut reader = Reader::new(bytes.get(..Self::BYTES).filter(|_| bytes.len() == Self::BYTES)?);
        let [format, pixel_format, orientation, 0] = reader.bytes()? else { return None };
        let header = Self {
            format: *FORMATS.get(usize::from(format))?,
            pixel_format: *PIXELS.get(usize::from(pixel_format))?,
            orientation,
            width: reader.u32()?,
            height: reader.u32()?,
            frames: reader.u32()?,
            bytes_needed: reader.u64()?,
            row_bytes_needed: reader.u64()?,
        };
        // The same limits hold that held when it was made.
        let checked = header.check(0, limits).ok()?;
        let is_whole = (1..=8).contains(&orientation)
            && header.frames > 0
            && header.bytes_needed >= checked.bytes_needed
            && header.bytes_needed <= limits.max_alloc_bytes
            && header.row_bytes_needed <= header.bytes_needed;
        is_whole.then_some(header)
    }
}

impl DecodeError {
    /// How many bytes [`DecodeError::to_bytes`] makes.
    pub const BYTES: usize = 19;

    /// Packs the error, so that another process can read it by [`DecodeError::from_bytes`].
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let (kinds, sizes) = match *self {
            Self::Unsupported { format } => ([0, code(&UNSUPPORTED, format), 0], [0, 0]),
            Self::Corrupt { format, stage } => ([1, code(&FORMATS, format), code(&STAGES, stage)], [0, 0]),
            Self::OverLimit { what, found, allowed } => ([2, code(&LIMITED, what), 0], [found, allowed]),
        };
        let mut bytes = [0; Self::BYTES];
        let sizes = sizes.map(u64::to_le_bytes);
        bytes.iter_mut().zip(kinds.iter().chain(sizes.as_flattened())).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Reads an error that [`DecodeError::to_bytes`] packed; none for other bytes.
    ///
    /// A kind of file that only [`sniff`](super::sniff()) names comes out as an unsupported kind of picture: whoever has the file can ask that.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes.get(..Self::BYTES).filter(|_| bytes.len() == Self::BYTES)?);
        let [kind, first, second] = reader.bytes()?;
        let (found, allowed) = (reader.u64()?, reader.u64()?);
        let first = usize::from(first);
        match (kind, second, found, allowed) {
            (0, 0, 0, 0) => Some(Self::Unsupported { format: UNSUPPORTED.get(first)? }),
            (1, stage, 0, 0) => {
                Some(Self::Corrupt { format: *FORMATS.get(first)?, stage: *STAGES.get(usize::from(stage))? })
            }
            (2, 0, ..) if found > allowed => Some(Self::OverLimit { what: *LIMITED.get(first)?, found, allowed }),
            _ => None,
        }
    }
}

/// The number of something in its table; of what is not there, that of the first.
fn code<T: PartialEq>(table: &[T], it: T) -> u8 {
    table.iter().zip(0..).find(|(other, _)| **other == it).map_or(0, |(_, code)| code)
}

const FORMATS: [Format; 6] = [Format::Jpeg, Format::Png, Format::Gif, Format::WebP, Format::Bmp, Format::Tiff];
const STAGES: [Stage; 4] = [Stage::Header, Stage::Pixels, Stage::Truncated, Stage::Panicked];
const LIMITED: [Limited; 8] = [
    Limited::FileBytes,
    Limited::Pixels,
    Limited::AllocBytes,
    Limited::Frames,
    Limited::Scans,
    Limited::AnimationPixels,
    Limited::Side,
    Limited::Memory,
];
const PIXELS: [PixelFormat; 8] = [
    PixelFormat::Gray8,
    PixelFormat::Rgb8,
    PixelFormat::Rgba8,
    PixelFormat::Bgr8,
    PixelFormat::Bgra8,
    PixelFormat::Gray16,
    PixelFormat::Rgb16,
    PixelFormat::Rgba16,
];

/// What decoders call unsupported, beside kinds of files that are not decoded at all.
const UNSUPPORTED: [&str; 15] = [
    "picture of an unsupported kind",
    "jpeg with sampling factors that do not divide",
    "jpeg, lossless",
    "jpeg, hierarchical",
    "jpeg with arithmetic coding",
    "jpeg with its height after the pixels",
    "jpeg with more than 8 bits per sample",
    "jpeg with 2 components",
    "webp of an unsupported kind",
    "bmp of an unsupported kind",
    "tiff of an unsupported kind",
    "tiff with signed or floating-point samples",
    "tiff in YCbCr",
    "tiff in Lab",
    "tiff in tiles of one colour each",
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Every name that a decoder gives to what it does not support stands in the table.
    #[test]
    fn every_unsupported_kind_has_its_code() {
        let sources = [
            include_str!("jpeg/frame.rs"),
            include_str!("jpeg/segments.rs"),
            include_str!("jpeg/walk.rs"),
            include_str!("tiff.rs"),
            include_str!("webp.rs"),
            include_str!("bmp.rs"),
        ];
        let mut seen = Vec::new();
        for source in sources {
            for start in ["unsupported(\"", "Unsupported { format: \""] {
                seen.extend(source.split(start).skip(1).filter_map(|rest| rest.split('"').next()));
            }
        }
        assert!(seen.len() > 12, "{seen:?}");
        for format in seen {
            let error = DecodeError::Unsupported { format };
            assert_eq!(DecodeError::from_bytes(&error.to_bytes()), Some(error));
        }
        let other = DecodeError::Unsupported { format: "heic" };
        let read = DecodeError::from_bytes(&other.to_bytes());
        assert_eq!(read, Some(DecodeError::Unsupported { format: "picture of an unsupported kind" }));
    }

    #[test]
    fn errors_come_back_and_other_bytes_are_none() {
        let mut errors = Vec::new();
        for format in FORMATS {
            errors.extend(STAGES.map(|stage| DecodeError::Corrupt { format, stage }));
        }
        errors.extend(LIMITED.map(|what| DecodeError::OverLimit { what, found: u64::MAX, allowed: 1 << 40 }));
        for error in errors {
            assert_eq!(DecodeError::from_bytes(&error.to_bytes()), Some(error));
        }
        let wrong: [&[u8]; 6] = [&[], &[0; 18], &[0; 20], &[3; 19], &[1; 19], &[0xff; 19]];
        for wrong in wrong {
            assert_eq!(DecodeError::from_bytes(wrong), None, "{wrong:?}");
        }
        let mut unknown = [0; 19];
        unknown[1] = 15;
        assert_eq!(DecodeError::from_bytes(&unknown), None);
    }

    #[test]
    fn headers_come_back_and_what_no_limits_allow_is_none() {
        let limits = Limits::default();
        for (format, pixel_format) in FORMATS.into_iter().cycle().zip(PIXELS) {
            let header = Header {
                format,
                width: 640,
                height: 480,
                frames: 3,
                pixel_format,
                orientation: 8,
                bytes_needed: 640 * 480 * 8 + 77,
                row_bytes_needed: 9000,
            };
            assert_eq!(Header::from_bytes(&header.to_bytes(), &limits), Some(header));
            for wrong in [
                Header { width: 0, ..header },
                Header { height: 1 << 30, ..header },
                Header { frames: 0, ..header },
                Header { frames: 50_001, ..header },
                Header { orientation: 0, ..header },
                Header { orientation: 9, ..header },
                Header { bytes_needed: 1, ..header },
                Header { bytes_needed: u64::MAX, ..header },
                Header { row_bytes_needed: u64::MAX, ..header },
            ] {
                assert_eq!(Header::from_bytes(&wrong.to_bytes(), &limits), None, "{wrong:?}");
            }
            for (at, byte) in [(0, 6), (1, 8), (3, 1)] {
                let mut bytes = header.to_bytes();
                bytes[at] = byte;
                assert_eq!(Header::from_bytes(&bytes, &limits), None);
            }
            assert_eq!(Header::from_bytes(&header.to_bytes()[1..], &limits), None);
        }
    }
}
