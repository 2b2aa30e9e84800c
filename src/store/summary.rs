//! What a store is made of, from its records alone: no index is opened.

use alloc::string::String;
use alloc::vec::Vec;
use std::path::Path;

use super::record::{Layout, Record};
use super::{Signed, StoreError, collect};
use crate::entry::Role;
use crate::hash::Profile;

/// What the current generation of a store is made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The generation.
    pub generation: u64,
    /// When it was made, in RFC 3339.
    pub created: String,
    /// What made it: `publish`, `change`, `compact`, `roll back to 41`.
    pub by: String,
    /// The profile of its hashes.
    pub profile: Profile,
    /// The lists by name: role, and entries that count.
    pub lists: Vec<(String, Role, u64)>,
    /// The length of the index.
    pub index_bytes: u64,
    /// The length of what changed since the index was built.
    pub delta_bytes: u64,
    /// Entries added since.
    pub added: u64,
    /// Entries of the index that no longer count.
    pub hidden: u64,
    /// Entries that importers left out of the index because something was wrong with them.
    pub quarantined: u64,
    /// What was last accepted of lists that are signed, by name.
    pub signed: Vec<(String, Signed)>,
    /// The generations that can be rolled back to, rising.
    pub earlier: Vec<u64>,
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
        let delta = record.delta.as_ref();
        Ok(Self {
            generation: record.generation,
            profile: record.profile(),
            lists: record
                .lists
                .iter()
                .map(|list| (list.name.clone(), list.role().unwrap_or_default(), list.entries))
                .collect(),
            index_bytes: record.base.bytes,
            delta_bytes: delta.map_or(0, |delta| delta.bytes),
            added: delta.map_or(0, |delta| delta.added),
            hidden: delta.map_or(0, |delta| delta.hidden),
            quarantined: record.quarantined,
            earlier,
            signed: record.signed.into_iter().collect(),
            created: record.created,
            by: record.by,
        })
    }
}
