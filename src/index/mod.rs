//! The compiled, immutable form of hash lists, and exact search in it.
//!
//! An index is one run of bytes, the same on disk, in flash and in memory. A [`Builder`] makes it; [`Index::open`] reads
//! it wherever it lies, without copying, allocating or aligning it; [`Index::search`] finds every hash within a radius of
//! a needle; [`Index::sources`] tells which lists and entries a found hash came from.
//!
//! Search is exact: it reports what comparing the needles with every stored hash would report, for every radius and
//! every [`IndexKind`] of index.
#![cfg_attr(
    feature = "alloc",
    doc = r#"
```
use core::ops::ControlFlow;
use lookalike::hash::{Bits64, Profile};
use lookalike::index::{Builder, Index, Query, Source};

let mut builder = Builder::new(Profile::Phash64)?;
let listed: Bits64 = "b7b78fa7173336d6".parse()?;
builder.add(listed, Source { list: "example", id: "entry-7", ..Source::default() })?;
let index = Index::open(builder.finish()?)?;

let needles: [Bits64; 1] = ["b7b78fa7173336d5".parse()?];
let mut found = Vec::new();
index.search(&Query::new(Profile::Phash64, &needles).radius(4), |hit| {
    found.push(hit);
    ControlFlow::Continue(())
})?;
assert_eq!((found.len(), found[0].distance, found[0].hash), (1, 2, listed));

let source = index.sources(found[0].slot).next().unwrap()?;
assert_eq!((source.list, source.id), ("example", "entry-7"));
# Ok::<(), Box<dyn std::error::Error>>(())
```
"#
)]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
mod batch;
mod bk_tree;
#[cfg(feature = "alloc")]
mod builder;
mod digests;
mod error;
#[cfg(feature = "std")]
mod file;
mod format;
mod hashes;
#[cfg(feature = "alloc")]
mod in_order;
mod kind;
mod linear;
mod mih;
mod open;
mod permuted;
#[cfg(feature = "alloc")]
mod planner;
mod provenance;
mod read_at;
mod ring;
mod search;
mod section;
mod verify;

#[cfg(feature = "alloc")]
pub use builder::{BuildError, Builder, EntryNumber};
pub use error::{IndexError, IndexErrorKind};
#[cfg(feature = "std")]
pub use file::FileError;
#[cfg(feature = "mmap")]
pub(crate) use file::open_regular;
#[cfg(feature = "alloc")]
pub use in_order::{InOrder, Listed};
pub use kind::IndexKind;
pub use open::Index;
#[cfg(feature = "alloc")]
pub use planner::Plan;
#[cfg(feature = "store")]
pub(crate) use provenance::StoredHash;
pub use provenance::{ListSummary, Source, Sources};
pub use read_at::{BUFFER_BYTES, ReadAt, ReadError, ReadIndex};
pub use search::{Hit, Query, Slot};
