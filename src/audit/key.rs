//! Names for contents that only the operator can make: HMAC-SHA-256 (FIPS 198-1) with the operator's key.

use alloc::string::String;
use core::fmt;
use std::path::Path;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::chain::hex;
use super::error::{AuditError, AuditErrorKind};

/// The operator's secret, by which contents are named.
///
/// A log must not hold what is uploaded, nor its hashes, for a perceptual hash gives the picture away. With the key the operator can tell
/// whether two events are of one file, and find the events of a file at hand; without it nobody can.
///
/// ```
/// use lookalike::audit::Key;
///
/// let key = Key::new(b"32 random bytes, kept elsewhere!")?;
/// assert_eq!(key.content(&[7; 32]).len(), 64);
/// assert_ne!(key.content(&[7; 32]), key.needle(&[7; 32]));
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// # Ok::<(), lookalike::audit::AuditError>(())
/// ```
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// A key of at least 16 bytes; 32 random ones are right.
    ///
    /// # Errors
    ///
    /// When it is shorter.
    pub fn new(bytes: &[u8]) -> Result<Self, AuditError> {
        let short = |_| AuditError::new(AuditErrorKind::ShortKey { found: bytes.len() }, Path::new(""));
        let bytes = if bytes.len() < 16 { &[] } else { bytes };
        if bytes.is_empty() {
            return Err(short(()));
        }
        Hmac::new_from_slice(bytes).map(Self).map_err(|_| short(()))
    }

    /// The name of a file with this SHA-256: 64 hexadecimal digits.
    #[must_use]
    pub fn content(&self, sha256: &[u8; 32]) -> String {
        self.name("lookalike content\0", sha256)
    }

    /// The name of a picture's hash: 64 hexadecimal digits.
    #[must_use]
    pub fn needle(&self, hash: &[u8]) -> String {
        self.name("lookalike needle\0", hash)
    }

    fn name(&self, what: &str, bytes: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(what.as_bytes());
        mac.update(bytes);
        hex(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}
