//! CRC-32 (IEEE 802.3) of a file's parts: against accidents, not against attackers.
//!
//! It finds every change of up to 32 consecutive bits, hence every changed byte, and all but one in 2^32 of other changes.
//!
//! Without feature `alloc` it is computed by a table of 64 bytes: that of `crc32fast` takes 16 KB, which is as much as a
//! microcontroller has for all of a look-up.

#![forbid(unsafe_code)]

/// Computes the checksum of some bytes.
#[cfg(feature = "alloc")]
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

#[cfg(not(feature = "alloc"))]
pub(crate) use small::crc32;

/// Goes on with a checksum of the bytes before, 0 of none.
#[cfg(feature = "alloc")]
pub(crate) fn crc32_more(before: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(before);
    hasher.update(bytes);
    hasher.finalize()
}

#[cfg(not(feature = "alloc"))]
pub(crate) use small::more as crc32_more;

/// Four bits at a time.
#[cfg(any(test, not(feature = "alloc")))]
mod small {
    /// By four bits: what they leave of the polynomial, bit-reversed.
    #[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let (mut nibble, mut number) = (0, 0_u32);
        while nibble < 16 {
            let (mut rest, mut bit) = (number, 0);
            while bit < 4 {
                rest = if rest & 1 == 1 { rest >> 1 ^ 0xedb8_8320 } else { rest >> 1 };
                bit += 1;
            }
            table[nibble] = rest;
            (nibble, number) = (nibble + 1, number + 1);
        }
        table
    };

    pub(crate) fn crc32(bytes: &[u8]) -> u32 {
        more(0, bytes)
    }

    pub(crate) fn more(before: u32, bytes: &[u8]) -> u32 {
        #[expect(clippy::indexing_slicing, reason = "four bits number the sixteen rows")]
        let step = |rest: u32| rest >> 4 ^ TABLE[(rest & 15) as usize];
        !bytes.iter().fold(!before, |rest, &byte| step(step(rest ^ u32::from(byte))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value_is_met() {
        for crc32 in [crc32, small::crc32] {
            assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
            assert_eq!(crc32(b""), 0);
        }
        for split in 0..9 {
            let (first, second) = b"123456789".split_at(split);
            assert_eq!(crc32_more(crc32_more(0, first), second), 0xcbf4_3926);
        }
    }

    #[test]
    fn both_ways_are_one() {
        let bytes: [u8; 1000] = core::array::from_fn(|i| ((i * i) >> 3) as u8);
        for len in (0..bytes.len()).step_by(if cfg!(miri) { 97 } else { 1 }) {
            assert_eq!(crc32(&bytes[..len]), small::crc32(&bytes[..len]));
        }
    }
}
