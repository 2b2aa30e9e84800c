//! Little-endian bytes to numbers: total, checked, without alignment or offsets by hand.
//!
//! A [`Reader`] takes the fields of a header one after the other; [`records`] cuts a section into fixed-width records
//! whose fields are words. Neither can fail on content, only on length, and neither copies.

#![forbid(unsafe_code)]

/// Four bytes as they stand in a file; `u32::from_le_bytes` reads them.
pub(crate) type Word = [u8; 4];

/// Takes little-endian fields from the front of some bytes; `None` means that they ran out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.bytes().map(u64::from_le_bytes)
    }
}

/// Cuts bytes into records of `W` words; bytes after the last whole record are left out.
pub(crate) const fn records<const W: usize>(bytes: &[u8]) -> &[[Word; W]] {
    bytes.as_chunks::<4>().0.as_chunks::<W>().0
}

/// Reads a 64-bit field that a record keeps as two words, the lower one first.
pub(crate) const fn u64_of([a, b, c, d]: Word, [e, f, g, h]: Word) -> u64 {
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A number of something that an index numbers by words: builder and reader refuse more.
pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).expect("fewer than a word can number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_in_order_and_never_past_the_end() {
        let mut reader = Reader::new(&[1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!((reader.u16(), reader.u32(), reader.u64()), (Some(1), Some(2), Some(3)));
        assert_eq!(reader.u16(), None);
        assert_eq!(reader.bytes(), Some([9]));
        assert_eq!(reader.bytes::<1>(), None);
    }

    #[test]
    fn records_leave_a_ragged_end_out() {
        let bytes = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0];
        assert_eq!(records::<2>(&bytes), [[[1, 0, 0, 0], [2, 0, 0, 0]]]);
        assert_eq!(records::<1>(&bytes).len(), 3);
        assert_eq!(u64_of([1, 0, 0, 0], [2, 0, 0, 0]), 0x2_0000_0001);
    }
}
