//! A SHA-256 of a file, of a manifest, of the entries of a list: 32 bytes, written in hexadecimal.

use alloc::string::{String, ToString as _};
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256, FIPS 180-4: equal digests, equal bytes.
///
/// ```
/// use lookalike::store::Sha256Digest;
///
/// let nothing = Sha256Digest::of(b"");
/// assert_eq!(nothing.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// assert_eq!(nothing.to_string().parse(), Ok(nothing));
/// assert!("E3B0C4".parse::<Sha256Digest>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// Hashes bytes that lie together.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Wraps a digest that was made elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes in printed order.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn finish(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Sha256Digest {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Digest({self})")
    }
}

impl FromStr for Sha256Digest {
    type Err = ParseSha256Error;

    /// Reads 64 hexadecimal digits in lower case: one digest, one text.
    fn from_str(text: &str) -> Result<Self, ParseSha256Error> {
        let mut bytes = [0; 32];
        let decoded = data_encoding::HEXLOWER.decode_len(text.len()).ok().filter(|len| *len == bytes.len());
        decoded.ok_or(ParseSha256Error(()))?;
        data_encoding::HEXLOWER.decode_mut(text.as_bytes(), &mut bytes).map_err(|_| ParseSha256Error(()))?;
        Ok(Self(bytes))
    }
}

/// Text that is not 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseSha256Error(());

impl fmt::Display for ParseSha256Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a SHA-256, expected 64 hexadecimal digits in lower case")
    }
}

impl core::error::Error for ParseSha256Error {}

impl Serialize for Sha256Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for Sha256Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
