//! Digests of the entries of lists: the same for the same entries, in whatever file and order they came.
//!
//! The bytes of an index file depend on its kind and on the version of its format. For saying that two machines look up the same
//! lists, or that an index holds what a publisher signed, the entries themselves are hashed: in their one order, that of
//! [`Index::in_order`], and in bytes that can be read in one way only. Safe Browsing checks its lists after every update in this way.
//!
//! # The bytes
//!
//! A *list's digest* is the SHA-256 of these, integers little-endian, `text` standing for a length of 4 bytes and UTF-8:
//!
//! | what | bytes |
//! |---|---|
//! | label | `lookalike entries 1` and a line feed |
//! | profile | text: its name, `pdq` |
//! | list | text: its name |
//! | role | text: `abuse`, `allow` or `test` |
//! | for each entry: hash | 1 and the 8 or 32 bytes of the hash in printed order; 0 if the entry has none |
//! | classification, owner, jurisdiction | three texts |
//! | opinion | 1 byte: 0 unstated, 1 positive, 2 seed, 3 disputed |
//! | id | text |
//! | digests | for each the kind (1 MD5, 2 SHA-1, 3 SHA-256) and its 16, 20 or 32 bytes, rising by kind, then bytes; after the last 0 |
//! | end | 2, and the number of entries, 8 bytes |
//!
//! Entries rise by hash, those without one last, then by classification, owner, jurisdiction, opinion, id, all compared as bytes. Entries that
//! agree in all of these are one entry, with the digests of all.
//!
//! The *whole digest* is the SHA-256 of `lookalike lists 1` and a line feed, the profile as text, then for each list, rising by name, 1, its
//! name as text, the number of its entries (8 bytes) and its digest (32 bytes); then 2, and the number of lists (8 bytes).
//! A list without entries does not appear.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};

use super::Sha256Digest;
use crate::entry::{Digest, DigestKind, Opinion, Role};
use crate::hash::{HashBits, Profile};
use crate::index::{Index, IndexError, Source};

/// The digests of the entries of an index, of all and by list.
///
/// ```
/// use lookalike::hash::{Bits64, Profile};
/// use lookalike::index::{Builder, Index, IndexKind, Source};
/// use lookalike::store::EntryDigests;
///
/// let hashes: [Bits64; 2] = ["b7b78fa7173336d6".parse()?, "00000000000000ff".parse()?];
/// let built = |kind, hashes: &mut dyn Iterator<Item = &Bits64>| {
///     let mut builder = Builder::new(Profile::Phash64)?.kind(Some(kind));
///     for hash in hashes {
///         builder.add(*hash, Source { list: "hotline", ..Source::default() })?;
///     }
///     Ok::<_, Box<dyn std::error::Error>>(EntryDigests::of(&Index::open(builder.finish()?)?)?)
/// };
/// let digests = built(IndexKind::Linear, &mut hashes.iter())?;
/// assert_eq!(digests, built(IndexKind::BkTree, &mut hashes.iter().rev())?);
/// assert_eq!((digests.entries(), digests.list("hotline").entries), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct EntryDigests {
    profile: Profile,
    lists: BTreeMap<String, (Sha256, u64)>,
    /// Those of the entry that was added last.
    bytes: Vec<u8>,
}

/// The digest of the entries of one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListDigest {
    /// How many there are, equal ones counted once.
    pub entries: u64,
    /// The SHA-256 of their bytes: see [the module](self).
    pub sha256: Sha256Digest,
}

impl EntryDigests {
    /// Starts with no entry, for entries that are elsewhere than in an index: [`add`](Self::add) them in the order of [`Index::in_order`].
    #[must_use]
    pub const fn new(profile: Profile) -> Self {
        Self { profile, lists: BTreeMap::new(), bytes: Vec::new() }
    }

    /// Goes once through all entries of an index.
    ///
    /// Cost: SHA-256 of about 30 bytes and the texts of each entry. Memory: what [`Index::in_order`] takes, and a little for each list.
    ///
    /// # Errors
    ///
    /// Reports damage of the index.
    pub fn of<D: AsRef<[u8]>>(index: &Index<D>) -> Result<Self, IndexError> {
        match index.profile().bits() {
            64 => Self::of_width::<8, D>(index),
            _ => Self::of_width::<32, D>(index),
        }
    }

    fn of_width<const N: usize, D: AsRef<[u8]>>(index: &Index<D>) -> Result<Self, IndexError> {
        let mut digests = Self::new(index.profile());
        for entry in index.in_order::<N>()?.iter() {
            let entry = entry?;
            digests.add(entry.hash, &entry.source, entry.digests());
        }
        Ok(digests)
    }

    /// The number of entries of all lists.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.lists.values().map(|(_, entries)| entries).sum()
    }

    /// The digest of all lists.
    #[must_use]
    pub fn whole(&self) -> Sha256Digest {
        let mut whole = LISTS.to_vec();
        text(&mut whole, self.profile.name());
        for (name, digest) in self.lists() {
            whole.push(LIST);
            text(&mut whole, name);
            whole.extend_from_slice(&digest.entries.to_le_bytes());
            whole.extend_from_slice(digest.sha256.as_bytes());
        }
        whole.push(END);
        whole.extend_from_slice(&(self.lists.len() as u64).to_le_bytes());
        Sha256Digest::of(&whole)
    }

    /// The digest of a list. One that has no entry in the index, perhaps because all were withdrawn, has a digest as well: the one with
    /// the role `abuse` and no entry.
    #[must_use]
    pub fn list(&self, name: &str) -> ListDigest {
        match self.lists.get(name) {
            Some((hasher, entries)) => ended(hasher.clone(), *entries),
            None => ended(begun(self.profile, name, Role::Abuse), 0),
        }
    }

    /// Every list that has entries, by name.
    pub fn lists(&self) -> impl Iterator<Item = (&str, ListDigest)> {
        self.lists.iter().map(|(name, (hasher, entries))| (name.as_str(), ended(hasher.clone(), *entries)))
    }

    /// Takes the next entry. Entries must come in order and its digests rise, or the digest is that of nothing that could be signed.
    pub fn add<const N: usize>(
        &mut self,
        hash: Option<HashBits<N>>,
        source: &Source<'_>,
        digests: impl Iterator<Item = Digest>,
    ) {
        // looked up before, so that no name is copied for each entry
        let (hasher, entries) = match self.lists.get_mut(source.list) {
            Some(list) => list,
            None => {
                let hasher = begun(self.profile, source.list, source.role);
                self.lists.entry(source.list.to_owned()).or_insert((hasher, 0))
            }
        };
        // put together first: a hasher takes many small pieces more slowly than one
        let bytes = &mut self.bytes;
        bytes.clear();
        match &hash {
            Some(hash) => {
                bytes.push(HASHED);
                bytes.extend_from_slice(hash.as_bytes());
            }
            None => bytes.push(NOT_HASHED),
        }
        for part in [source.classification, source.owner, source.jurisdiction] {
            text(bytes, part);
        }
        bytes.push(opinion(source.opinion));
        text(bytes, source.id);
        for digest in digests {
            bytes.push(kind(digest.kind()));
            bytes.extend_from_slice(digest.as_bytes());
        }
        bytes.push(NO_MORE);
        hasher.update(&*bytes);
        *entries += 1;
    }
}

impl PartialEq for EntryDigests {
    fn eq(&self, other: &Self) -> bool {
        self.whole() == other.whole()
    }
}

impl Eq for EntryDigests {}

impl fmt::Debug for EntryDigests {
    /// Never prints an entry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryDigests").field("profile", &self.profile).finish_non_exhaustive()
    }
}

const ENTRIES: &[u8] = b"lookalike entries 1\n";
const LISTS: &[u8] = b"lookalike lists 1\n";
const NOT_HASHED: u8 = 0;
const NO_MORE: u8 = 0;
const HASHED: u8 = 1;
const LIST: u8 = 1;
const END: u8 = 2;

fn begun(profile: Profile, list: &str, role: Role) -> Sha256 {
    let mut bytes = ENTRIES.to_vec();
    for part in [profile.name(), list, role.name()] {
        text(&mut bytes, part);
    }
    Sha256::new().chain_update(bytes)
}

fn ended(mut hasher: Sha256, entries: u64) -> ListDigest {
    hasher.update([END]);
    hasher.update(entries.to_le_bytes());
    ListDigest { entries, sha256: Sha256Digest::finish(hasher) }
}

/// A length, then the text, so that no two sequences of texts give the same bytes.
fn text(bytes: &mut Vec<u8>, text: &str) {
    #[expect(clippy::cast_possible_truncation, reason = "no list has a text of 4 GiB")]
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// Numbers of the format, which never change.
const fn opinion(opinion: Opinion) -> u8 {
    match opinion {
        Opinion::Unstated => 0,
        Opinion::Positive => 1,
        Opinion::Seed => 2,
        Opinion::Disputed => 3,
    }
}

const fn kind(kind: DigestKind) -> u8 {
    match kind {
        DigestKind::Md5 => 1,
        DigestKind::Sha1 => 2,
        DigestKind::Sha256 => 3,
    }
}
