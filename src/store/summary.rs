//! What a store is made of, from its records alone: no index is opened.

use alloc::vec::Vec;
use std::path::Path;

use super::record::{Layout, Record};
use super::{Seen, StoreError, collect};
use crate::entry::Role;
use crate::hash::Profile;

/// What the current generation of a store is made of.
#[derive(Clone, Debug)]
pub struct Summary {
    record: Record,
    earlier: Vec<u64>,
}

impl Summary {
    /// Reads the record of the current generation: at once, however large the store is.
    ///
    /// # Errors
    ///
    /// Refuses a directory that holds no store, and a damaged record.
    pub fn read(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        let layout = Layout(directory.as_ref().into());
        let record = Record::current(&layout)?;
        let mut earlier = collect::kept(&layout)?;
        earlier.retain(|generation| *generation < record.generation);
        Ok(Self { record, earlier })
    }

    /// The generation.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.record.generation
    }

    /// When it was made, in RFC 3339.
    #[must_use]
    pub fn created(&self) -> &str {
        &self.record.created
    }

    /// What made it: `publish`, `change`, `compact`, `roll back to 41`.
    #[must_use]
    pub fn by(&self) -> &str {
        &self.record.by
    }

    /// The profile of its hashes.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.record.profile()
    }

    /// The lists by name: role, and entries that count.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = (&str, Role, u64)> {
        self.record.lists.iter().map(|list| (list.name.as_str(), list.role(), list.entries))
    }

    /// The length of the index.
    #[must_use]
    pub const fn index_bytes(&self) -> u64 {
        self.record.base.bytes
    }

    /// The length of the changes since the index was built.
    #[must_use]
    pub fn delta_bytes(&self) -> u64 {
        self.record.delta.as_ref().map_or(0, |delta| delta.bytes)
    }

    /// Entries added since the index was built, and entries of it that are hidden.
    #[must_use]
    pub fn changes(&self) -> (u64, u64) {
        self.record.changes()
    }

    /// Entries that importers left out of the index because something was wrong with them.
    #[must_use]
    pub const fn quarantined(&self) -> u64 {
        self.record.quarantined
    }

    /// The manifests last accepted of lists that are signed, by name.
    pub fn signed(&self) -> impl Iterator<Item = (&str, Seen)> {
        self.record.signed.iter().map(|(name, signed)| (name.as_str(), signed.seen()))
    }

    /// The generations that can be rolled back to, rising.
    #[must_use]
    pub fn earlier(&self) -> &[u64] {
        &self.earlier
    }
}
