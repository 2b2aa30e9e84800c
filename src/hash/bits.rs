//! The bits of a perceptual hash: fixed length, hexadecimal in and out, Hamming distance.
//!
//! Bytes are kept in the order in which the field prints them: the most significant first, so that the hexadecimal
//! form of a hash is the hexadecimal form of its bytes.

use core::fmt;
use core::str::FromStr;

use bitvec::order::Msb0;
use bitvec::slice::BitSlice;
use bitvec::view::BitView;

/// `N` bytes of perceptual hash.
///
/// ```
/// use lookalike::hash::Bits64;
///
/// let a: Bits64 = "00000000000000ff".parse()?;
/// let b: Bits64 = "00000000000000F0".parse()?; // upper case is read as well
/// assert_eq!(a.distance(&b), 4);
/// assert_eq!(b.to_string(), "00000000000000f0"); // lower case is written
/// # Ok::<(), lookalike::hash::ParseHexError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct HashBits<const N: usize>([u8; N]);

/// A 64-bit hash: average, difference, perceptual, wavelet and block hashes on an 8x8 grid.
pub type Bits64 = HashBits<8>;
/// A 256-bit hash: PDQ, and the classic hashes on a 16x16 grid.
pub type Bits256 = HashBits<32>;

impl<const N: usize> HashBits<N> {
    /// The hash without a single bit set, which the reference prints for a picture too small to be hashed.
    pub const ZERO: Self = Self([0; N]);
    /// How many bits the hash has.
    pub const BITS: usize = 8 * N;

    /// Wraps bytes in printed order: most significant first.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes in printed order: most significant first.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The bits in printed order: bit 0 is the most significant bit of byte 0.
    ///
    /// ```
    /// use lookalike::hash::Bits64;
    ///
    /// let hash: Bits64 = "8000000000000001".parse()?;
    /// assert!(hash.bits().iter_ones().eq([0, 63]));
    /// # Ok::<(), lookalike::hash::ParseHexError>(())
    /// ```
    #[must_use]
    pub fn bits(&self) -> &BitSlice<u8, Msb0> {
        self.0.view_bits()
    }

    /// The bits in printed order, to be changed.
    #[must_use]
    pub fn bits_mut(&mut self) -> &mut BitSlice<u8, Msb0> {
        self.0.view_bits_mut()
    }

    /// Counts the bits in which two hashes differ: `0..=8 * N`.
    #[must_use]
    pub fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// Counts the bits that are set. A PDQ hash of an ordinary picture has exactly 128.
    #[must_use]
    pub fn count_ones(&self) -> u32 {
        self.0.iter().map(|byte| byte.count_ones()).sum()
    }
}

impl<const N: usize> FromStr for HashBits<N> {
    type Err = ParseHexError;

    /// Reads exactly `2 * N` hexadecimal digits of either case; surrounding white space is not stripped.
    fn from_str(text: &str) -> Result<Self, ParseHexError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() == N && rest.is_empty() {
            let mut bytes = [0; N];
            let mut seen = 0;
            for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
                let (high, low) = (digit(*high), digit(*low));
                seen |= high | low;
                *byte = high << 4 | low;
            }
            if seen & NO_DIGIT == 0 {
                return Ok(Self(bytes));
            }
        }
        Err(ParseHexError(match text.bytes().position(|byte| !byte.is_ascii_hexdigit()) {
            Some(at) => NotHex::Digit { at },
            None => NotHex::Length { found: text.len(), expected: 2 * N },
        }))
    }
}

/// A bit that no digit's value has.
const NO_DIGIT: u8 = 0x80;

/// The value of a hexadecimal digit, or [`NO_DIGIT`]; by table, because lists hold hundreds of millions of them.
#[inline]
fn digit(ascii: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [NO_DIGIT; 256];
        let digits = *b"0123456789abcdef";
        let mut value = 0;
        while value < 16 {
            #[expect(clippy::indexing_slicing, reason = "a constant, so that a mistake does not compile")]
            {
                values[digits[value as usize] as usize] = value;
                values[digits[value as usize].to_ascii_uppercase() as usize] = value;
            }
            value += 1;
        }
        values
    };
    #[expect(clippy::indexing_slicing, reason = "there is a value for every byte")]
    VALUES[usize::from(ascii)]
}

impl<const N: usize> fmt::LowerHex for HashBits<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Display for HashBits<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(self, f)
    }
}

impl<const N: usize> fmt::Debug for HashBits<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HashBits({self:x})")
    }
}

impl<const N: usize> AsRef<[u8]> for HashBits<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Error of parsing a hash or digest: a character that is not a hexadecimal digit, or a wrong length.
///
/// It does not hold the text: a hash is not anonymous, and errors end up in logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseHexError(NotHex);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotHex {
    Digit { at: usize },
    Length { found: usize, expected: usize },
}

impl fmt::Display for ParseHexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            NotHex::Digit { at } => write!(f, "invalid character {}: expected a hexadecimal digit", at + 1),
            NotHex::Length { found, expected } => {
                write!(f, "wrong length: found {found} hexadecimal digits, expected {expected}")
            }
        }
    }
}

impl core::error::Error for ParseHexError {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn hexadecimal_survives_a_round_trip_in_printed_order() {
        let text = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
        let bits: Bits256 = text.parse().unwrap();
        assert_eq!(bits.as_bytes()[0], 0xf8);
        assert_eq!(bits.as_bytes()[31], 0x22);
        assert_eq!(bits.to_string(), text);
        assert_eq!(text.to_ascii_uppercase().parse::<Bits256>(), Ok(bits));
    }

    #[test]
    fn what_is_not_a_hash_is_refused_with_its_reason() {
        let message = |text: &str| text.parse::<Bits64>().unwrap_err().to_string();
        assert_eq!(message(""), "wrong length: found 0 hexadecimal digits, expected 16");
        assert_eq!(message("00000000000000f"), "wrong length: found 15 hexadecimal digits, expected 16");
        assert_eq!(message("00000000000000f00"), "wrong length: found 17 hexadecimal digits, expected 16");
        assert_eq!(message("000000000000 0f0"), "invalid character 13: expected a hexadecimal digit");
        assert_eq!(message("00000000000000é"), "invalid character 15: expected a hexadecimal digit");
    }

    #[test]
    fn distance_counts_every_differing_bit() {
        let zero = Bits256::ZERO;
        let ones = Bits256::from_bytes([0xff; 32]);
        assert_eq!(zero.distance(&ones), 256);
        assert_eq!(ones.distance(&ones), 0);
        assert_eq!(ones.count_ones(), 256);
        for bit in 0..256 {
            let mut one = zero;
            one.bits_mut().set(bit, true);
            assert_eq!(zero.distance(&one), 1);
            assert_eq!((one.as_bytes()[bit / 8], one.bits().count_ones()), (0x80 >> (bit % 8), 1));
        }
    }
}
