//! Why a picture has no PDQ hash.

use core::fmt;

use super::MAX_SIDE;

/// Says why a picture has no PDQ hash: a side too long, rows that do not fit its measures, bytes that are no spectrum or grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdqError(pub(in crate::hash) Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hash) enum Kind {
    Empty { width: u32, height: u32 },
    TooLarge { found: u32 },
    RowLength { found: usize, expected: usize },
    TooManyRows { expected: u32 },
    Memory { found: usize, needed: usize },
    MissingRows { found: u32, expected: u32 },
    Bytes { what: &'static str },
}

impl fmt::Display for PdqError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Empty { width, height } => write!(f, "a picture of {width}x{height} has no pixels"),
            Kind::TooLarge { found } => write!(f, "a side of {found} pixels is longer than the {MAX_SIDE} allowed"),
            Kind::RowLength { found, expected } => write!(f, "found a row of {found} bytes, expected {expected}"),
            Kind::TooManyRows { expected } => write!(f, "found a row more than the {expected} announced"),
            Kind::Memory { found, needed } => write!(f, "found memory of {found} floats, the picture needs {needed}"),
            Kind::MissingRows { found, expected } => write!(f, "found {found} rows, expected {expected}"),
            Kind::Bytes { what } => write!(f, "these bytes are none that were made of a picture: {what}"),
        }
    }
}

impl core::error::Error for PdqError {}
