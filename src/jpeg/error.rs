//! Why a JPEG has no screening hash.

use core::convert::Infallible;
use core::fmt;

/// Why no screening hash could be made of a file; the pixel path may still hash it, or will say better what is wrong.
///
/// `E` is the error of the source that the bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JpegError<E = Infallible> {
    /// The file is, as far as was read, in order, but of a kind that is not read here.
    Unsupported(Unsupported),
    /// The bytes break the rules of the format, or end too early.
    Corrupt {
        /// Which rule.
        fault: Fault,
        /// The position in the file at which reading had arrived: the fault lies before it, by 1 KB at most.
        offset: u64,
    },
    /// The source failed.
    Source(E),
}

/// What is not read here.
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
    /// Four colours: CMYK, or its form YCCK.
    FourColors,
    /// A number of colours without a rule: 2, or more than 4.
    Colors(u8),
    /// Three colours of which the file does not say, as all decoders understand it, whether they are RGB or YCbCr.
    UnknownColors,
    /// Luma (or a colour of RGB) at a lower resolution than the picture.
    SubsampledLuma,
    /// A height that is given after the picture.
    LateHeight,
    /// Coefficients whose lowest bits are so many, and come so late, that their highest alone do not make a hash.
    Coarse,
    /// Coefficients of the hash so close to each other that many bits are in doubt, as those of patterns and gradients are.
    Doubtful,
    /// More scans than any encoder writes: reading each takes time, though it may hold next to nothing.
    Scans,
    /// A smaller side below [`MIN_SIDE`](super::MIN_SIDE): too few pixels for coefficients to be enough.
    Small,
    /// More memory than was offered.
    Memory,
}

/// The rule that a file breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// It does not begin with a JPEG's start marker.
    NotJpeg,
    /// It ends before its picture does.
    Truncated,
    /// A segment is shorter than its contents.
    Segment,
    /// A table of quantisation values or Huffman codes is impossible, or missing.
    Table,
    /// The frame header is impossible, missing or repeated.
    Frame,
    /// The header of a scan is impossible.
    Scan,
    /// A code in the picture's data is none, or leads out of its block.
    Code,
    /// A restart marker is missing or out of order.
    Restart,
    /// There are data left when all blocks are read.
    Leftover,
}

impl Unsupported {
    const fn phrase(self) -> &'static str {
        match self {
            Self::Arithmetic => "arithmetic coding",
            Self::Lossless => "lossless coding",
            Self::Hierarchical => "hierarchical coding",
            Self::Depth(_) => "samples of another depth than 8 bits",
            Self::FourColors => "four colours",
            Self::Colors(_) => "an unusual number of colours",
            Self::UnknownColors => "colours of unknown meaning",
            Self::SubsampledLuma => "subsampled luma",
            Self::LateHeight => "a height given after the picture",
            Self::Coarse => "coefficients refined late",
            Self::Doubtful => "many bits in doubt",
            Self::Scans => "too many scans",
            Self::Small => "too few pixels",
            Self::Memory => "more memory than offered",
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
            Self::NotJpeg => "no JPEG",
            Self::Truncated => "it ends before its picture does",
            Self::Segment => "a segment is too short",
            Self::Table => "a table is impossible or missing",
            Self::Frame => "the frame header is impossible, missing or repeated",
            Self::Scan => "the header of a scan is impossible",
            Self::Code => "an impossible code",
            Self::Restart => "a restart marker is missing or out of order",
            Self::Leftover => "data are left over when all blocks are read",
        })
    }
}

impl<E: fmt::Display> fmt::Display for JpegError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(what) => write!(f, "not screened from coefficients: {what}; hash its pixels"),
            Self::Corrupt { fault, offset } => write!(f, "corrupt before byte {offset}: {fault}"),
            Self::Source(error) => write!(f, "could not be read: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for JpegError<E> {}

impl<E> From<Unsupported> for JpegError<E> {
    fn from(what: Unsupported) -> Self {
        Self::Unsupported(what)
    }
}
