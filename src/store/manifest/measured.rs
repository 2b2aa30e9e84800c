//! Files read by somebody else's word, of which no more is read than was signed.

use alloc::vec::Vec;
use core::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::{FileDigest, ManifestError};
use crate::store::Sha256Digest;

/// A reader that hands on what it reads, hashes it, and ends in an error where there is more than was signed.
///
/// So the bytes that are imported are those that are checked, and are read once. Made by [`Verified::measure`](super::Verified::measure).
pub struct Measured<R> {
    inner: R,
    signed: u64,
    length: u64,
    hasher: Sha256,
}

impl<R: Read> Measured<R> {
    pub(super) fn new(inner: R, signed: u64) -> Self {
        Self { inner, signed, length: 0, hasher: Sha256::new() }
    }

    /// Reads what is left, and says what all of it was.
    ///
    /// # Errors
    ///
    /// [`EndlessData`](ManifestError::EndlessData) as soon as there is a byte too much; [`Unreadable`](ManifestError::Unreadable).
    pub fn finish(mut self) -> Result<FileDigest, ManifestError> {
        let copied = io::copy(&mut self, &mut io::sink());
        if self.length > self.signed {
            return Err(ManifestError::EndlessData { signed: self.signed });
        }
        copied.map_err(|error| ManifestError::Unreadable { what: "list", error: error.kind() })?;
        Ok(FileDigest::new(self.length, Sha256Digest::finish(self.hasher)))
    }
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.length > self.signed {
            return Err(io::Error::other("the file is longer than its manifest says"));
        }
        let read = self.inner.read(buffer)?;
        self.length += read as u64;
        if self.length > self.signed {
            return Err(io::Error::other("the file is longer than its manifest says"));
        }
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl<R> fmt::Debug for Measured<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").field("signed", &self.signed).field("length", &self.length).finish_non_exhaustive()
    }
}

/// All of a small file, or as much as is needed to know that it is too large.
pub(super) fn read_capped(from: impl Read, what: &'static str, most: usize) -> Result<Vec<u8>, ManifestError> {
    let mut bytes = Vec::new();
    let read = from.take(most as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| ManifestError::Unreadable { what, error: error.kind() })?;
    if bytes.len() > most { Err(ManifestError::TooLarge { what, most: most as u64 }) } else { Ok(bytes) }
}
