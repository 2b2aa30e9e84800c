//! A picture file against lists, whole: every view of it hashed and looked up, its digests too, and an operator's rules applied.
//!
//! ```text
//!  bytes ─┬─ digests ────────────────────► find ──┐
//!         └─ decode ─► views ─► needles ─► search ┴─► Found ─ RuleBook ─► Verdict: outcome, matches, what was held back, evidence
//! ```
//!
//! This is what an upload service calls: [`Lookup::check`] for each upload, with a [`Lookup`] made for each generation of its lists. Whoever wants
//! another order of things, as a scanner of directories does, feeds [`Found`] from its parts.
//!
//! ```
//! use std::sync::Arc;
//! use lookalike::check::{Lookup, RuleBook};
//! use lookalike::decode::Limits;
//! use lookalike::hash::{Bits256, Profile};
//! use lookalike::index::{Builder, Index, Source};
//! use lookalike::matching::{Outcome, Policy};
//! use lookalike::mmap::FileBytes;
//! use lookalike::store::Snapshot;
//!
//! let mut builder = Builder::new(Profile::Pdq)?;
//! builder.add(Bits256::from_bytes([0x5a; 32]), Source { list: "example", id: "7", ..Source::default() })?;
//! let index = Index::open(FileBytes::Owned(builder.finish()?))?;
//!
//! let policy = Policy::new(Profile::Pdq);
//! let lookup = Lookup::new(Arc::new(Snapshot::from(index)), policy, RuleBook::plain(Profile::Pdq, 31, 50))?;
//! let checked = lookup.check(b"no picture", &Limits::default(), None)?;
//! assert_eq!(checked.verdict.outcome, Outcome::Unsupported { format: "unknown" });
//! assert!(!checked.verdict.outcome.was_checked());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod confirm;
mod digester;
mod found;
mod live;
mod lookup;
mod needles;
mod picture;
mod rule_book;
mod screened;
mod verdict;

pub use confirm::{Confirm, Confirmed};
pub use digester::Digester;
pub use found::{Found, Kept, MOST_KEPT};
pub use live::{LiveLookup, Refused, StaleList};
pub use lookup::{Lookup, LookupError};
pub use needles::Needles;
pub use picture::{Checked, Look};
pub use rule_book::{Lent, NeverMet, RuleBook};
pub use verdict::{MOST_REPORTED, Matched, Verdict};
