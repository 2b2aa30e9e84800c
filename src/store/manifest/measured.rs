//! Files read by somebody else's word, of which no more is read than was signed.

use alloc::vec::Vec;
use core::fmt;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::{ManifestError, ManifestErrorKind};
use crate::store::Sha256Digest;

/// The length of a file and its SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileDigest {
    /// Bytes.
    pub length: u64,
    /// The SHA-256 of all of them.
    pub sha256: Sha256Digest,
}

impl FileDigest {
    /// Joins the two.
    #[must_use]
    pub const fn new(length: u64, sha256: Sha256Digest) -> Self {
        Self { length, sha256 }
    }

    /// Measures a file that is in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len() as u64, sha256: Sha256Digest::of(bytes) }
    }
}

impl FileDigest {
    /// Reads a file to its end, and no further than `most` bytes.
    ///
    /// # Errors
    ///
    /// [`EndlessData`](ManifestErrorKind::EndlessData), [`Unreadable`](ManifestErrorKind::Unreadable).
    pub fn of_reader(file: impl Read, most: u64) -> Result<Self, ManifestError> {
        Measured::new(file, most).finish()
    }
}

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
    /// [`EndlessData`](ManifestErrorKind::EndlessData) as soon as there is a byte too much; [`Unreadable`](ManifestErrorKind::Unreadable).
    pub fn finish(mut self) -> Result<FileDigest, ManifestError> {
        let copied = io::copy(&mut self, &mut io::sink());
        if self.length > self.signed {
            return Err(ManifestErrorKind::EndlessData { signed: self.signed }.into());
        }
        copied.map_err(|error| ManifestErrorKind::Unreadable { what: "list", error: error.kind() })?;
        Ok(FileDigest::new(self.length, Sha256Digest::finish(self.hasher)))
    }
}

#[expect(clippy::indexing_slicing, reason = "a reader returns no more than the length of the buffer")]
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
        self.hasher.update(&buffer[..read]);
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
    read.map_err(|error| ManifestErrorKind::Unreadable { what, error: error.kind() })?;
    if bytes.len() > most { Err(ManifestErrorKind::TooLarge { what, most: most as u64 }.into()) } else { Ok(bytes) }
}
