//! Where pictures are decoded: in this process, or wherever an implementation of [`Decoder`] does it.
//!
//! Everything that a hostile file reaches first is behind this trait. The package `decode-worker` implements it by a pool of sandboxed
//! processes; [`InProcess`] decodes in the calling thread.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use core::fmt;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::decode::{self, DecodeError, Limits, Visitor};
use crate::hash::PdqProfile;
use crate::matching::Outcome;

/// Decodes and hashes picture files, view by view.
pub trait Decoder: fmt::Debug + Send + Sync {
    /// The limits of a file. They also bound what a [`Checker`](super::Checker) reads and screens by itself.
    fn limits(&self) -> &Limits;

    /// Passes the header and then every view of a picture in a file to the visitor, in the order of [`decode::page_views`], until the visitor
    /// breaks. `page` is the number of the picture in a TIFF, else 1.
    ///
    /// # Errors
    ///
    /// If the file cannot be decoded, or not to its end. The views passed on before the error are valid.
    fn views(&self, file: &[u8], page: u32, profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<(), NotDecoded>;
}

/// Decodes in the calling thread. Panics of third-party decoders are contained; a decoder that is taken over is not.
#[derive(Clone, Copy, Debug, Default)]
pub struct InProcess {
    limits: Limits,
}

impl InProcess {
    /// Decodes within these limits.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits }
    }
}

impl Decoder for InProcess {
    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn views(&self, file: &[u8], page: u32, profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<(), NotDecoded> {
        Ok(decode::page_views(file, page, &self.limits, profile, visitor)?)
    }
}

/// Why a file was not decoded, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotDecoded {
    pub(super) outcome: Outcome,
    pub(super) detail: String,
}

impl NotDecoded {
    /// A file that ends with this outcome, never one that counts as checked, and why: without anything of its content.
    #[must_use]
    pub const fn new(outcome: Outcome, detail: String) -> Self {
        Self { outcome, detail }
    }

    /// A file that cannot be read, and why.
    #[must_use]
    pub fn unreadable(why: &'static str) -> Self {
        Self::new(Outcome::Unreadable { io: why }, why.to_owned())
    }

    /// The outcome of the file if nothing else is found in it.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }
}

/// Runs a part of a check. A bug in it must not take down the batch: a panic is the outcome of this picture alone.
pub(super) fn contained<T>(part: impl FnOnce() -> T) -> Result<T, NotDecoded> {
    // Pictures share locks only, which are never left half changed.
    catch_unwind(AssertUnwindSafe(part)).map_err(|_| {
        let words = "the library failed on this file; please report it";
        NotDecoded::new(Outcome::Corrupt { stage: "defect" }, words.into())
    })
}

impl fmt::Display for NotDecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// The only place where a decoder's error becomes an outcome.
impl From<DecodeError> for NotDecoded {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Unsupported { format: "unknown" } => {
                Self::new(Outcome::Unsupported { format: "unknown" }, "not a known kind of picture".to_owned())
            }
            DecodeError::Unsupported { format } => Self::new(Outcome::Unsupported { format }, format.to_owned()),
            DecodeError::Corrupt { stage, .. } => {
                Self::new(Outcome::Corrupt { stage: stage.name() }, error.to_string())
            }
            DecodeError::OverLimit { what, found, allowed } => {
                Self::new(Outcome::OverLimit { what: what.name(), found, allowed }, error.to_string())
            }
        }
    }
}
