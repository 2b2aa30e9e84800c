//! What a generation is made of, as it stands on the disk: a record of its own, and `CURRENT`, which names the one that holds.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Sha256Digest;
use super::disk;
use super::manifest::Seen;
use super::{StoreError, delta};
use crate::entry::Role;
use crate::hash::Profile;
use crate::index::ListSummary;

/// The version of the layout that this code reads and writes.
const FORMAT: u32 = 2;
/// The longest record and the longest `CURRENT` that are read.
const LONGEST: u64 = 64 << 20;

/// A generation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) format: u32,
    /// The SHA-256 of the text without this field: nothing names a record that is not current any more, and it can be rolled back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) own_sha256: Option<Sha256Digest>,
    pub(super) generation: u64,
    /// RFC 3339, UTC.
    pub(super) created: String,
    /// What made it: `publish`, `add` and so on.
    pub(super) by: String,
    #[serde(with = "super::manifest::profile")]
    pub(super) profile: Profile,
    pub(super) base: FileRecord,
    pub(super) names: FileRecord,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delta: Option<DeltaRecord>,
    /// Entries that importers left out of the base because something was wrong with them.
    pub(super) quarantined: u64,
    pub(super) lists: Vec<ListRecord>,
    /// What was last accepted of each list that is signed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) signed: BTreeMap<String, SignedRecord>,
}

/// What was last accepted of a list that is signed, and whether the store refuses lookups once it is stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedRecord {
    seen: Seen,
    refuses_stale: bool,
}

impl SignedRecord {
    pub(super) const fn new(seen: Seen) -> Self {
        Self { seen, refuses_stale: seen.refuses_stale }
    }

    pub(super) const fn seen(&self) -> Seen {
        Seen { refuses_stale: self.refuses_stale, ..self.seen }
    }
}

/// A file that is named by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRecord {
    pub(super) sha256: String,
    pub(super) bytes: u64,
    /// The SHA-256 of its first [`HEAD`] bytes.
    head: Sha256Digest,
}

/// So many bytes hold the header of an index and of its names, in which stand the checksums of all that follows. So a whole file that is not the
/// one that was meant is told by them, and nobody need hash a gigabyte.
pub(super) const HEAD: usize = 512;

impl FileRecord {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let (sha256, head) = (Sha256Digest::of(bytes).to_string(), Self::head_of(bytes));
        Self { sha256, bytes: bytes.len() as u64, head }
    }

    fn head_of(bytes: &[u8]) -> Sha256Digest {
        Sha256Digest::of(bytes.split_at_checked(HEAD).map_or(bytes, |(head, _)| head))
    }

    /// Holds a file, of which the beginning or all is given, against what is recorded of it.
    pub(super) fn check(&self, path: &Path, len: u64, beginning: &[u8]) -> Result<(), StoreError> {
        if len == self.bytes && Self::head_of(beginning) == self.head {
            Ok(())
        } else {
            Err(StoreError::damaged(path, "it is not the file that the generation was made with"))
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeltaRecord {
    pub(super) sha256: String,
    pub(super) bytes: u64,
    /// Entries that it adds.
    pub(super) added: u64,
    /// Entries of the base that it hides.
    pub(super) hidden: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListRecord {
    pub(super) name: String,
    #[serde(with = "role")]
    pub(super) role: Role,
    /// Entries that count: those of the base that are not hidden, and those added.
    pub(super) entries: u64,
}

impl ListRecord {
    pub(super) fn of(list: &ListSummary<'_>) -> Self {
        Self { name: list.name.to_owned(), role: list.role, entries: list.entries }
    }

    pub(super) const fn role(&self) -> Role {
        self.role
    }
}

mod role {
    use alloc::string::String;

    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::entry::Role;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(super) fn serialize<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(role.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Role, D::Error> {
        let name = String::deserialize(deserializer)?;
        Role::named(&name).ok_or_else(|| serde::de::Error::custom("a role is not known"))
    }
}

/// Where everything is in a directory.
#[derive(Clone, Debug)]
pub(super) struct Layout(pub(super) PathBuf);

impl Layout {
    pub(super) fn current(&self) -> PathBuf {
        self.0.join("CURRENT")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.0.join("LOCK")
    }

    /// Locked while an index is being staged.
    pub(super) fn building(&self) -> PathBuf {
        self.0.join("BUILDING")
    }

    pub(super) fn generations(&self) -> PathBuf {
        self.0.join("generations")
    }

    pub(super) fn indexes(&self) -> PathBuf {
        self.0.join("indexes")
    }

    pub(super) fn deltas(&self) -> PathBuf {
        self.0.join("deltas")
    }

    pub(super) fn record(&self, generation: u64) -> PathBuf {
        self.generations().join(format!("{generation}.json"))
    }

    pub(super) fn index(&self, sha256: &str) -> PathBuf {
        self.indexes().join(format!("{sha256}.idx"))
    }

    pub(super) fn names(&self, sha256: &str) -> PathBuf {
        self.indexes().join(format!("{sha256}.names"))
    }

    pub(super) fn delta(&self, sha256: &str) -> PathBuf {
        self.deltas().join(format!("{sha256}.delta"))
    }
}

/// What `CURRENT` says: which generation holds, and what its record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    pub(super) generation: u64,
    pub(super) record: Sha256Digest,
}

impl Pointer {
    pub(super) fn write(&self) -> Vec<u8> {
        let Self { generation, record } = self;
        format!("lookalike store {FORMAT}\ngeneration {generation}\nrecord sha256:{record}\n").into_bytes()
    }

    pub(super) fn read(layout: &Layout) -> Result<Self, StoreError> {
        let path = layout.current();
        let bytes = match disk::read(&path, LONGEST) {
            // nothing is damaged where somebody names an index instead of a store
            Err(error) if error.is_missing() || layout.0.is_file() => {
                return Err(StoreError::not_a_store(&layout.0));
            }
            read => read?,
        };
        let parsed = || {
            let text = str::from_utf8(&bytes).ok()?;
            let mut lines = text.strip_suffix('\n')?.split('\n');
            (lines.next()?.strip_prefix("lookalike store ")? == FORMAT.to_string()).then_some(())?;
            let generation = lines.next()?.strip_prefix("generation ")?.parse().ok()?;
            let record = Sha256Digest::parse(lines.next()?.strip_prefix("record sha256:")?)?;
            lines.next().is_none().then_some(Self { generation, record })
        };
        // Written back it must be the same: numbers have one form.
        let pointer = parsed().filter(|pointer| pointer.write() == bytes);
        pointer.ok_or_else(|| StoreError::damaged(&path, format_args!("it is not what version {FORMAT} writes")))
    }
}

impl Record {
    /// The record of a generation before there is any.
    pub(super) fn none(profile: Profile) -> Self {
        let nothing = FileRecord::of(&[]);
        Self {
            format: FORMAT,
            own_sha256: None,
            generation: 0,
            created: now(),
            by: String::new(),
            profile,
            base: nothing.clone(),
            names: nothing,
            delta: None,
            quarantined: 0,
            lists: Vec::new(),
            signed: BTreeMap::new(),
        }
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        let text = |own_sha256| {
            let record = Self { own_sha256, ..self.clone() };
            let mut bytes = serde_json::to_vec_pretty(&record).map_err(StoreError::refused)?;
            bytes.push(b'\n');
            Ok(bytes)
        };
        text(Some(Sha256Digest::of(&text(None)?)))
    }

    /// Reads the record that a pointer names.
    pub(super) fn read(layout: &Layout, pointer: &Pointer) -> Result<Self, StoreError> {
        let path = layout.record(pointer.generation);
        let bytes = disk::read(&path, LONGEST)?;
        if Sha256Digest::of(&bytes) != pointer.record {
            return Err(StoreError::damaged(&path, "it is not the record that CURRENT names"));
        }
        Self::parse(&bytes, &path)
    }

    /// Reads the record of the current generation.
    pub(super) fn current(layout: &Layout) -> Result<Self, StoreError> {
        loop {
            let pointer = Pointer::read(layout)?;
            match Self::read(layout, &pointer) {
                // It was followed by others meanwhile.
                Err(error) if error.is_missing() && Pointer::read(layout)? != pointer => {}
                read => return read,
            }
        }
    }

    /// Reads a record that nothing names; only whole files have its name.
    pub(super) fn read_old(layout: &Layout, generation: u64) -> Result<Self, StoreError> {
        let path = layout.record(generation);
        let record = Self::parse(&disk::read(&path, LONGEST)?, &path)?;
        if record.generation == generation {
            Ok(record)
        } else {
            Err(StoreError::damaged(&path, format_args!("it is the record of generation {}", record.generation)))
        }
    }

    fn parse(bytes: &[u8], path: &Path) -> Result<Self, StoreError> {
        let record: Self = serde_json::from_slice(bytes).map_err(|error| StoreError::damaged(path, error))?;
        let names =
            [Some(&record.base.sha256), Some(&record.names.sha256), record.delta.as_ref().map(|delta| &delta.sha256)];
        let is_known = record.format == FORMAT
            // They become parts of paths.
            && names.into_iter().flatten().all(|hex| Sha256Digest::parse(hex).is_some());
        if !is_known || record.delta.as_ref().is_some_and(|delta| delta.bytes > delta::LONGEST) {
            return Err(StoreError::damaged(path, "it is of another version"));
        }
        if record.write()? != bytes {
            return Err(StoreError::damaged(path, "it does not match its own digest"));
        }
        Ok(record)
    }

    pub(super) const fn profile(&self) -> Profile {
        self.profile
    }

    /// Entries added since the index was built, and entries of it that are hidden.
    pub(super) fn changes(&self) -> (u64, u64) {
        self.delta.as_ref().map_or((0, 0), |delta| (delta.added, delta.hidden))
    }

    /// Every file that the generation is made of.
    pub(super) fn files(&self, layout: &Layout) -> Vec<PathBuf> {
        let mut files = alloc::vec![layout.index(&self.base.sha256), layout.names(&self.names.sha256)];
        files.extend(self.delta.as_ref().map(|delta| layout.delta(&delta.sha256)));
        files
    }

    /// Changes the number of entries of a list that count, by what was added and removed.
    pub(super) fn count(&mut self, list: &str, role: Role, added: u64, removed: u64) {
        match self.lists.iter_mut().find(|known| known.name == list) {
            Some(known) => known.entries = (known.entries + added).saturating_sub(removed),
            None => {
                self.lists.push(ListRecord { name: list.to_owned(), role, entries: added });
                self.lists.sort_by(|a, b| a.name.cmp(&b.name));
            }
        }
    }

    /// Some entries of a list no longer count.
    pub(super) fn uncount(&mut self, list: &str, removed: u64) {
        if let Some(known) = self.lists.iter_mut().find(|known| known.name == list) {
            known.entries = known.entries.saturating_sub(removed);
        }
    }
}

/// Now, in RFC 3339, in whole milliseconds.
pub(super) fn now() -> String {
    let nanos = jiff::Timestamp::now().as_millisecond();
    // jiff's own milliseconds are within its range.
    jiff::Timestamp::from_millisecond(nanos).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
