//! The front door: one object through which every picture goes, whoever asks.
//!
//! ```text
//!  bytes ─► digests ─► screening ─► decoding (in-process | pool) ─► views ─► search ─► rules ─► Report ─► JSON, text, HTTP, C, audit event
//!                                        Decoder                              │
//!  Lists: an index, or a store that is followed (empty, stale, older and unfit generations are refused) ─┘
//! ```
//!
//! Make a [`Checker`] once from [`Lists`], and call [`Checker::check`] for every picture. The [`Report`] says what became of it: a match, no
//! match, or why it could not be checked, which never reads as clean. The command line, the HTTP service and the C library are built on it
//! and add nothing to the way from bytes to outcome.
//!
//! ```
//! use lookalike::hash::{Bits256, Profile};
//! use lookalike::index::{Builder, Source};
//! use lookalike::{Checker, Lists, Outcome};
//!
//! let mut builder = Builder::new(Profile::Pdq)?;
//! builder.add(Bits256::from_bytes([0x5a; 32]), Source { list: "example", id: "7", ..Source::default() })?;
//! let checker = Checker::new(Lists::from_bytes(builder.finish()?)?)?;
//!
//! let report = checker.check(b"not a picture")?;
//! assert_eq!(report.outcome(), Outcome::Unsupported { format: "unknown" });
//! assert!(!report.outcome().was_checked());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod budget;
mod checker;
mod confirm;
mod decoder;
mod digester;
mod error;
mod found;
mod hashes;
mod input;
pub mod json;
mod judge;
mod lists;
mod matcher;
mod needles;
mod picture;
mod report;
mod status;
#[cfg(feature = "audit")]
mod trail;

pub use checker::{Checker, CheckerBuilder};
pub use decoder::{Decoder, InProcess, NotDecoded};
pub use digester::Digester;
pub use error::{CheckError, CheckErrorKind};
pub use hashes::{Hashed, Hashes, PictureHasher};
pub use input::{read_error, special_file};
pub use json::Disclosure;
pub use lists::Lists;
pub use report::{Entry, Match, Report, RuleTrace, Times};
pub use status::{StaleList, Status};
#[cfg(feature = "audit")]
pub use trail::{Subject, Trail};
