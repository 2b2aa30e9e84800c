//! The library as C sees it: `include/lookalike.h`, which is made from these files.
//!
//! ```text
//!  index file, store ─► checker_open, from_memory ◄─ options (policy, limits, workers)
//!                               │
//!  file ───► checker_check, check_path ─┐
//!  hashes ─► checker_check_hashes ──────┴─► status: no_match, match, corrupt ...; result: info, matches, JSON
//!    ▲
//!  hash_file, hash_pixels, stream (rows)
//! ```
//!
//! It passes bytes to a [`Checker`](crate::Checker) and renders its [`Report`](crate::Report), nothing else. From Rust, use those; what this
//! module exports is for C alone, except the function by which a library adds worker processes.
//!
//! Every function that can fail returns a status. That of a picture is never 0, so that "could not check" is not taken for "clean". Pointers are
//! checked for null and alignment, lengths for what memory can hold; a panic ends in a status and never crosses into C.

#![expect(unsafe_code, reason = "C's pointers are valid by its caller's promise, which no type can express")]
#![allow(unreachable_pub, reason = "exported to C, which knows no modules")]

mod argument;
mod checker;
mod failure;
mod hashes;
mod limits;
mod names;
mod options;
mod result;
mod status;
mod stream;
#[cfg(test)]
mod tests;
mod workers;

pub use workers::enable_workers;
