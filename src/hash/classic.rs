//! What the classic hashes share: their errors, the count of rows, and the packing of bits.
//!
//! The hashes themselves are [`average`](super::average), [`difference`](super::difference), [`phash`](super::phash),
//! [`wavelet`](super::wavelet) and [`blockhash`](super::blockhash); [`ClassicStream`](super::ClassicStream) makes any
//! set of them in one pass over the pixels.

use core::fmt;

use crate::hash::HashBits;
#[cfg(feature = "alloc")]
use crate::hash::Profile;
use crate::pixels::PixelFormat;

/// Packs bits in reading order, the most significant first, as ImageHash prints them.
pub(crate) fn pack<const N: usize>(bits: impl Iterator<Item = bool>) -> HashBits<N> {
    let mut bytes = [0; N];
    for (index, bit) in bits.enumerate() {
        if let Some(byte) = bytes.get_mut(index / 8) {
            *byte |= u8::from(bit) << (7 - index % 8);
        }
    }
    HashBits::from_bytes(bytes)
}

/// The median as NumPy takes it of an even count: half the sum of the two middle values.
#[cfg(feature = "alloc")]
pub(crate) fn median<const COUNT: usize>(mut values: [f64; COUNT]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.iter().skip(COUNT / 2 - 1).take(2).sum::<f64>();
    middle / 2.0
}

/// Counts the rows of a picture as they come in and refuses what does not fit its measures.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowCount {
    row_bytes: usize,
    height: u32,
    seen: u32,
}

impl RowCount {
    pub(crate) fn new(width: u32, height: u32, format: PixelFormat) -> Result<Self, ClassicError> {
        if width == 0 || height == 0 {
            return Err(ClassicError(Kind::Empty { width, height }));
        }
        let row_bytes = usize::try_from(width).ok().and_then(|width| width.checked_mul(format.bytes_per_pixel()));
        let row_bytes = row_bytes.ok_or(ClassicError(Kind::TooLarge { width, height }))?;
        Ok(Self { row_bytes, height, seen: 0 })
    }

    /// Admits one more row.
    pub(crate) fn admit(&mut self, row: &[u8]) -> Result<(), ClassicError> {
        if row.len() != self.row_bytes {
            return Err(ClassicError(Kind::RowLength { found: row.len(), expected: self.row_bytes }));
        }
        if self.seen == self.height {
            return Err(ClassicError(Kind::Rows { found: u64::from(self.height) + 1, expected: self.height }));
        }
        self.seen += 1;
        Ok(())
    }

    /// Confirms that every row came in.
    pub(crate) fn complete(self) -> Result<(), ClassicError> {
        if self.seen == self.height {
            Ok(())
        } else {
            Err(ClassicError(Kind::Rows { found: self.seen.into(), expected: self.height }))
        }
    }
}

/// Says why a classic hash could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassicError(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Empty {
        width: u32,
        height: u32,
    },
    TooLarge {
        width: u32,
        height: u32,
    },
    RowLength {
        found: usize,
        expected: usize,
    },
    Rows {
        found: u64,
        expected: u32,
    },
    #[cfg(feature = "alloc")]
    Profile(Profile),
}

impl ClassicError {
    /// The picture needs more memory than there is, or more than can be counted.
    pub(crate) const fn too_large(width: u32, height: u32) -> Self {
        Self(Kind::TooLarge { width, height })
    }

    /// The profile is not one of a classic hash.
    #[cfg(feature = "alloc")]
    pub(crate) const fn not_classic(profile: Profile) -> Self {
        Self(Kind::Profile(profile))
    }
}

impl fmt::Display for ClassicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Empty { width, height } => write!(f, "a picture of {width}x{height} has no pixels"),
            Kind::TooLarge { width, height } => {
                write!(f, "a picture of {width}x{height} needs more memory than there is, scale it down first")
            }
            Kind::RowLength { found, expected } => write!(f, "found a row of {found} bytes, expected {expected}"),
            Kind::Rows { found, expected } => write!(f, "found {found} rows, expected {expected}"),
            #[cfg(feature = "alloc")]
            Kind::Profile(profile) => {
                write!(f, "{profile} is no classic hash, expected ahash, dhash, phash, whash or blockhash")
            }
        }
    }
}

impl core::error::Error for ClassicError {}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::hash::Bits64;
    use alloc::string::ToString;

    #[test]
    fn bits_are_packed_in_reading_order() {
        let bits: Bits64 = pack((0..64).map(|bit| bit == 0 || bit == 62));
        assert_eq!(bits.to_string(), "8000000000000002");
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let message = |error: ClassicError| error.to_string();
        let mut rows = RowCount::new(2, 1, PixelFormat::Rgb8).unwrap();
        assert_eq!(message(rows.complete().unwrap_err()), "found 0 rows, expected 1");
        assert_eq!(message(rows.admit(&[0; 5]).unwrap_err()), "found a row of 5 bytes, expected 6");
        rows.admit(&[0; 6]).unwrap();
        rows.complete().unwrap();
        assert_eq!(message(rows.admit(&[0; 6]).unwrap_err()), "found 2 rows, expected 1");
        let empty = RowCount::new(0, 4, PixelFormat::Gray8).unwrap_err();
        assert_eq!(message(empty), "a picture of 0x4 has no pixels");
    }
}
