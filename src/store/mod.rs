//! A directory of index generations: published whole, changed in milliseconds, read by many processes.

#![forbid(unsafe_code)]

pub mod entries;
pub mod manifest;
mod sha256;

pub use entries::{EntryDigester, EntryDigests, ListDigest};
pub use sha256::{ParseSha256Error, Sha256Digest};
