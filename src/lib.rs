//! Tells whether a picture looks like one on a list of known abuse material.
//!
//! The modules stand in the order in which data flows through them: pixels are hashed ([`hash`]), hashes of published
//! lists are compiled into an [`index`], and a picture's hashes are looked up in it ([`matching`]). Around this core,
//! which needs neither `std` nor `alloc`, lie the edges: importers of lists (`lists`), decoding of picture files
//! (`decode`), mapping of index files (`mmap`).

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        reason = "a test may panic, and knows its numbers"
    )
)]

#[cfg(any(test, feature = "alloc"))]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

// Each room stands alone, so that formatting keeps them in the order of the flow.

pub mod pixels;

mod luma;

mod resample;

mod dct;

pub mod hash;

pub mod jpeg;

pub mod entry;

pub mod coverage;

pub mod index;

#[cfg(feature = "lists")]
pub mod lists;

pub mod matching;

#[cfg(feature = "image")]
pub mod decode;

#[cfg(feature = "mmap")]
pub mod mmap;

#[cfg(feature = "store")]
pub mod store;

#[cfg(feature = "audit")]
pub mod audit;

#[cfg(feature = "check")]
pub mod check;

#[cfg(feature = "capi")]
pub mod capi;

mod kernel;

mod checksum;
mod wire;

#[cfg(feature = "check")]
pub use check::{Checker, Lists, Report};
pub use kernel::Level;
pub use matching::Outcome;

/// Compiles and runs the examples of README.md.
#[cfg(all(doctest, feature = "check"))]
#[doc = include_str!("../README.md")]
struct Readme;
