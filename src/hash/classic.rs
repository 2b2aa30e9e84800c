//! What the classic hashes share: the count of rows, the packing of bits, and the median.
//!
//! The hashes themselves are [`average`](super::average), [`difference`](super::difference), [`phash`](super::phash),
//! [`wavelet`](super::wavelet) and [`blockhash`](super::blockhash); [`ClassicStream`](super::ClassicStream) makes any
//! set of them in one pass over the pixels.

use bitvec::order::Msb0;
use bitvec::view::BitView;

use crate::hash::HashBits;
use crate::pixels::{ImageError, PixelFormat};

/// Packs bits in reading order, the most significant first, as ImageHash prints them.
pub(crate) fn pack<const N: usize>(bits: impl Iterator<Item = bool>) -> HashBits<N> {
    let mut bytes = [0_u8; N];
    bytes.view_bits_mut::<Msb0>().iter_mut().zip(bits).for_each(|(mut place, bit)| place.set(bit));
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
    pub(crate) fn new(width: u32, height: u32, format: PixelFormat) -> Result<Self, ImageError> {
        if width == 0 || height == 0 {
            return Err(ImageError::empty(width, height));
        }
        let row_bytes = (width as usize).checked_mul(format.bytes_per_pixel());
        // A pixel has at most 8 bytes: where a row is too long to be addressed, its side is above this limit.
        let row_bytes = row_bytes.ok_or(ImageError::too_large("side in pixels", width.into(), u32::MAX / 8))?;
        Ok(Self { row_bytes, height, seen: 0 })
    }

    /// Admits one more row.
    pub(crate) fn admit(&mut self, row: &[u8]) -> Result<(), ImageError> {
        if row.len() != self.row_bytes {
            return Err(ImageError::row_length(row.len(), self.row_bytes));
        }
        if self.seen == self.height {
            return Err(ImageError::row_count(u64::from(self.height) + 1, self.height));
        }
        self.seen += 1;
        Ok(())
    }

    /// Confirms that every row came in.
    pub(crate) fn complete(self) -> Result<(), ImageError> {
        if self.seen == self.height { Ok(()) } else { Err(ImageError::row_count(self.seen.into(), self.height)) }
    }
}

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
        let message = |error: ImageError| error.to_string();
        let mut rows = RowCount::new(2, 1, PixelFormat::Rgb8).unwrap();
        assert_eq!(message(rows.complete().unwrap_err()), "number of rows: found 0, expected 1");
        assert_eq!(message(rows.admit(&[0; 5]).unwrap_err()), "row length in bytes: found 5, expected 6");
        rows.admit(&[0; 6]).unwrap();
        rows.complete().unwrap();
        assert_eq!(message(rows.admit(&[0; 6]).unwrap_err()), "number of rows: found 2, expected 1");
        let empty = RowCount::new(0, 4, PixelFormat::Gray8).unwrap_err();
        assert_eq!(message(empty), "picture without pixels: found 0x4, expected at least 1x1");
    }
}
