//! Errors of screening a JPEG.

use core::convert::Infallible;
use core::fmt;

/// Error returned when a JPEG cannot be screened. Decode the picture then: its pixels may still be hashed.
///
/// `E` is the error of the [`Source`](super::Source).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JpegError<E = Infallible> {
    /// The file is valid as far as it was read, but cannot be screened.
    Unsupported(Unsupported),
    /// The file violates the format, or ends too early.
    Corrupt {
        /// The violated rule.
        fault: Fault,
        /// Number of bytes read when the fault was noticed; the fault is at most 1 KB before.
        offset: u64,
    },
    /// The source failed.
    Source(E),
}

/// Property of a JPEG that prevents screening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unsupported {
    /// Arithmetic coding.
    Arithmetic,
    /// Lossless coding.
    Lossless,
    /// Hierarchical coding.
    Hierarchical,
    /// Samples of another depth than 8 bits.
    Depth(u8),
    /// Four components: CMYK or YCCK.
    FourColors,
    /// A number of components without a defined meaning: 2, or more than 4.
    Colors(u8),
    /// Luma, or a component of RGB, at a lower resolution than the picture.
    SubsampledLuma,
    /// A height stated after the pixels (DNL).
    LateHeight,
    /// Coefficients whose low bits, which later scans refine, are needed for the hash.
    Coarse,
    /// Hash coefficients so close to the median that many bits are uncertain, as in patterns and gradients.
    Doubtful,
    /// More scans than any encoder writes.
    Scans,
    /// A side below [`MIN_SIDE`](super::MIN_SIDE).
    Small,
    /// The caller's memory is too small.
    Memory,
}

/// Rule of the format that a file violates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The file does not start with a start-of-image marker.
    NotJpeg,
    /// The file ends before its picture is complete.
    Truncated,
    /// A segment is shorter than its contents, or is misplaced.
    Segment,
    /// A quantisation or Huffman table is invalid or missing.
    Table,
    /// The frame header is invalid, missing or repeated.
    Frame,
    /// A scan header is invalid.
    Scan,
    /// A Huffman code is invalid, or exceeds its block.
    Code,
    /// A restart marker is missing or misplaced.
    Restart,
    /// Data follows the last block of a scan.
    Leftover,
}

impl Unsupported {
    const fn phrase(self) -> &'static str {
        match self {
            Self::Arithmetic => "arithmetic coding",
            Self::Lossless => "lossless coding",
            Self::Hierarchical => "hierarchical coding",
            Self::Depth(_) => "sample depth other than 8 bits",
            Self::FourColors => "four components",
            Self::Colors(_) => "an undefined number of components",
            Self::SubsampledLuma => "subsampled luma",
            Self::LateHeight => "height after the pixels",
            Self::Coarse => "needed bits refined by later scans",
            Self::Doubtful => "too many uncertain bits",
            Self::Scans => "too many scans",
            Self::Small => "too small",
            Self::Memory => "not enough memory",
        }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.phrase())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJpeg => "not a JPEG",
            Self::Truncated => "unexpected end of file",
            Self::Segment => "invalid segment",
            Self::Table => "invalid or missing table",
            Self::Frame => "invalid, missing or repeated frame header",
            Self::Scan => "invalid scan header",
            Self::Code => "invalid code",
            Self::Restart => "missing or misplaced restart marker",
            Self::Leftover => "data after the last block",
        })
    }
}

impl<E: fmt::Display> fmt::Display for JpegError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(what) => write!(f, "cannot screen the JPEG: {what}; decode it instead"),
            Self::Corrupt { fault, offset } => write!(f, "corrupt JPEG: {fault} before byte {offset}"),
            Self::Source(error) => write!(f, "cannot read the JPEG: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for JpegError<E> {}

impl<E> From<Unsupported> for JpegError<E> {
    fn from(what: Unsupported) -> Self {
        Self::Unsupported(what)
    }
}
