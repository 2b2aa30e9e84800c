//! CRC-32 (IEEE 802.3) of a file's parts: against accidents, not against attackers.
//!
//! It finds every change of up to 32 consecutive bits, hence every changed byte, and all but one in 2^32 of other changes.

#![forbid(unsafe_code)]

/// Computes the checksum of some bytes.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_check_value_is_met() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
