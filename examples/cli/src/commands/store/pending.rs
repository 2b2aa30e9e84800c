//! What lists of changes or of new entries say, kept until all is read: which records of a key hold is known at their end only.

use lookalike::entry::{Digest, Opinion, Role};
use lookalike::hash::HashBits;
use lookalike::index::Source;
use lookalike::lists::Entry;
use lookalike::store::{Change, StoreError};

use crate::gather::Target;

/// Entries and withdrawals.
#[derive(Default)]
pub(super) struct Pending<const N: usize> {
    /// Each that holds; none in place of one that was taken back.
    entries: Vec<Option<Owned<N>>>,
    withdrawals: Vec<(String, String)>,
}

/// An entry by itself.
pub(super) struct Owned<const N: usize> {
    pub(super) hash: Option<HashBits<N>>,
    digests: Vec<Digest>,
    pub(super) list: String,
    pub(super) id: String,
    pub(super) classification: String,
    owner: String,
    jurisdiction: String,
    opinion: Opinion,
    role: Role,
    key: Option<String>,
}

impl<const N: usize> Target<N> for Pending<N> {
    type Entry = usize;

    fn add(&mut self, entry: &Entry<'_, N>) -> Result<usize, String> {
        self.entries.push(Some(Owned {
            hash: entry.hash,
            digests: entry.digests.to_vec(),
            list: entry.source.list.to_owned(),
            id: entry.source.id.to_owned(),
            classification: entry.source.classification.to_owned(),
            owner: entry.source.owner.to_owned(),
            jurisdiction: entry.source.jurisdiction.to_owned(),
            opinion: entry.source.opinion,
            role: entry.source.role,
            key: entry.key.map(str::to_owned),
        }));
        Ok(self.entries.len() - 1)
    }

    fn remove(&mut self, entry: usize) {
        if let Some(entry) = self.entries.get_mut(entry) {
            *entry = None;
        }
    }

    fn withdraw(&mut self, list: &str, key: &str) {
        self.withdrawals.push((list.to_owned(), key.to_owned()));
    }
}

impl<const N: usize> Pending<N> {
    /// The entries that hold.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Owned<N>> {
        self.entries.iter().flatten()
    }

    /// Whether nothing is to be changed.
    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.withdrawals.is_empty()
    }

    /// The lists of everything, some several times.
    pub(super) fn lists(&self) -> impl Iterator<Item = &str> {
        let of_entries = self.entries().map(|entry| entry.list.as_str());
        of_entries.chain(self.withdrawals.iter().map(|(list, _)| list.as_str()))
    }

    /// Makes the change: first what is withdrawn, then what holds in the end.
    pub(super) fn apply(&self, change: &mut Change<'_, N>) -> Result<(), StoreError> {
        for (list, key) in &self.withdrawals {
            change.withdraw(list, key)?;
        }
        for entry in self.entries() {
            let source = Source {
                list: &entry.list,
                id: &entry.id,
                classification: &entry.classification,
                owner: &entry.owner,
                jurisdiction: &entry.jurisdiction,
                opinion: entry.opinion,
                role: entry.role,
            };
            change.add(entry.hash, &entry.digests, source, entry.key.as_deref())?;
        }
        Ok(())
    }
}
