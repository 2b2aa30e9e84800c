//! A directory of index generations: published whole, changed in milliseconds, read by many processes.
//!
//! ```text
//!  Contents ── Staged ──► indexes/SHA256.idx, .names ─┐
//!                                                     ├─► generations/NUMBER.json ◄── CURRENT ◄─ Store ── Snapshot
//!  Change ── commit ────► deltas/SHA256.delta ────────┘      (what a generation is made of)        (reload)   (look up)
//! ```
//!
//! There is one [`Writer`] and any number of readers ([`Store`]), in any number of processes. A generation is an index, and what changed since that
//! was built: a *delta* of entries added and of entries that no longer count, which is searched beside the index, takes milliseconds to write
//! however long the index is, and is built into a new index by [`compact`] now and then. Every answer of a [`Snapshot`] is that of its one
//! generation.
//!
//! Whatever has a proper name in the directory is whole: it was written under a temporary one, brought to the disk, read again by the
//! reader that everybody uses, and asked for entries that it must find. A generation begins to count when `CURRENT` names it, which is one renaming.
//! So a crash, at any point, leaves the old generation or the new one. No file is ever changed; what is needed no more is removed.
//!
//! Files and directories can be read by their owner only: a list of hashes must not leak.

#![forbid(unsafe_code)]

mod change;
mod changes;
mod collect;
mod compact;
mod contents;
mod delta;
mod disk;
pub mod entries;
mod error;
mod faults;
mod fingerprint;
mod lock;
pub mod manifest;
mod names;
mod reader;
mod record;
mod self_test;
mod sha256;
mod snapshot;
mod staged;
mod summary;
#[cfg(test)]
mod tests;
mod tombstones;
mod writer;

pub use change::Change;
pub use compact::{compact, forget};
pub use contents::Contents;
pub use entries::{EntryDigests, ListDigest};
pub use error::{StoreError, StoreErrorKind};
pub use reader::{Status, Store, Watch};
pub use sha256::Sha256Digest;
pub use snapshot::{Hit, Place, Snapshot};
pub use staged::Staged;
pub use summary::Summary;
pub use writer::{MANY_CHANGES, Writer};

use manifest::Seen;
