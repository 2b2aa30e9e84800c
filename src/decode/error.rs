//! Errors of decoding a picture file.

use core::fmt;

use super::sniff::Format;

/// Error returned when a picture file cannot be decoded. The picture was then not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file is not a picture of a supported format, or it uses an unsupported feature.
    #[non_exhaustive]
    Unsupported {
        /// The recognised format or feature; `unknown` or `empty file` if there is none.
        format: &'static str,
    },
    /// The file violates its format.
    #[non_exhaustive]
    Corrupt {
        /// Format of the file.
        format: Format,
        /// Stage at which decoding stopped.
        stage: Stage,
    },
    /// The picture exceeds a limit.
    #[non_exhaustive]
    OverLimit {
        /// The quantity that exceeds its limit.
        what: Limited,
        /// Quantity stated by the header; one more than allowed if counting stopped at the limit.
        found: u64,
        /// Quantity allowed by [`Limits`](super::Limits).
        allowed: u64,
    },
}

/// Stage at which decoding of a corrupt file stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The structure before the pixels is invalid.
    Header,
    /// The pixel data is invalid.
    Pixels,
    /// The file ends before the picture is complete.
    Truncated,
    /// The decoder panicked, and the panic was contained.
    Panicked,
}

/// A limited quantity: by [`Limits`](super::Limits), by hashing, or by the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limited {
    /// Bytes of the file.
    FileBytes,
    /// Width times height.
    Pixels,
    /// Bytes of memory needed for decoding.
    AllocBytes,
    /// Frames of an animation, pages of a TIFF.
    Frames,
    /// Scans of a JPEG.
    Scans,
    /// Pixels drawn to compose the frames of an animation.
    AnimationPixels,
    /// Width or height in pixels; limited by hashing, not by [`Limits`](super::Limits).
    Side,
    /// Bytes of memory that could not be allocated although [`Limits`](super::Limits) allow them.
    Memory,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { format } => {
                write!(f, "unsupported: found {format}, expected JPEG, PNG, GIF, WebP, BMP or TIFF")
            }
            Self::Corrupt { format, stage } => write!(f, "corrupt {format}: {stage}"),
            Self::OverLimit { what: Limited::Memory, found, .. } => {
                write!(f, "out of memory: cannot allocate {found} bytes")
            }
            Self::OverLimit { what, found, allowed } => write!(f, "limit exceeded: {found} {what} > {allowed}"),
        }
    }
}

impl core::error::Error for DecodeError {}

impl Stage {
    /// Name used in records: `header`, `pixels`, `truncated`, `panicked`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Pixels => "pixels",
            Self::Truncated => "truncated",
            Self::Panicked => "panicked",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Header => "invalid header",
            Self::Pixels => "invalid pixel data",
            Self::Truncated => "unexpected end of file",
            Self::Panicked => "the decoder panicked",
        })
    }
}

impl Limited {
    /// Name used in records: `file_bytes`, `pixels`, `alloc_bytes`, `frames`, `scans`, `animation_pixels`, `side`, `memory`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FileBytes => "file_bytes",
            Self::Pixels => "pixels",
            Self::AllocBytes => "alloc_bytes",
            Self::Frames => "frames",
            Self::Scans => "scans",
            Self::AnimationPixels => "animation_pixels",
            Self::Side => "side",
            Self::Memory => "memory",
        }
    }
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::FileBytes => "bytes of file",
            Self::Pixels => "pixels",
            Self::AllocBytes => "bytes of memory",
            Self::Frames => "frames",
            Self::Scans => "scans",
            Self::AnimationPixels => "pixels of all frames",
            Self::Side => "pixels per side",
            Self::Memory => "bytes of available memory",
        })
    }
}
