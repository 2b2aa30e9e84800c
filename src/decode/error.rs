//! Why a picture file was not decoded.

use core::fmt;

use super::Format;

/// Says why a picture file was not decoded. Neither case means that the picture was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file is of a kind, or uses a feature, that is not decoded here.
    #[non_exhaustive]
    Unsupported {
        /// What the bytes were recognised as, `unknown` or `empty file`.
        format: &'static str,
    },
    /// The file breaks the rules of its format.
    #[non_exhaustive]
    Corrupt {
        /// The kind of file.
        format: Format,
        /// How far decoding came.
        stage: Stage,
    },
    /// The header asks for more than the limits allow.
    #[non_exhaustive]
    OverLimit {
        /// What there is too much of.
        what: Limited,
        /// How much the header asks for; where counting stopped at the limit, one more than allowed.
        found: u64,
        /// How much [`Limits`](super::Limits) allow.
        allowed: u64,
    },
}

/// Where decoding of a corrupt file stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The structure before the pixels makes no sense.
    Header,
    /// The pixels cannot be decoded.
    Pixels,
    /// The file ends before the picture does.
    Truncated,
    /// The decoder panicked; the panic was contained.
    Panicked,
}

/// What [`Limits`](super::Limits) bound, and hashing.
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
    /// Width or height, where a picture is to be hashed; not a matter of [`Limits`](super::Limits).
    Side,
    /// Bytes of memory that the machine does not have, though [`Limits`](super::Limits) would allow them.
    Memory,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { format } => {
                write!(f, "unsupported: found {format}, expected JPEG, PNG, GIF, WebP, BMP or TIFF")
            }
            Self::Corrupt { format, stage } => write!(f, "corrupt {format}: {stage}"),
            Self::OverLimit { what, found, allowed } => {
                write!(f, "over the limit: found {found} {what}, allowed {allowed}")
            }
        }
    }
}

impl core::error::Error for DecodeError {}

impl Stage {
    /// A word for records: `header`, `pixels`, `truncated`, `panicked`.
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
            Self::Header => "the header makes no sense",
            Self::Pixels => "the pixels cannot be decoded",
            Self::Truncated => "the file ends before the picture does",
            Self::Panicked => "the decoder panicked",
        })
    }
}

impl Limited {
    /// A word for records: `file_bytes`, `pixels`, `alloc_bytes`, `frames`, `scans`, `animation_pixels`, `side`, `memory`.
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
            Self::Memory => "bytes of memory that the machine does not have",
        })
    }
}
