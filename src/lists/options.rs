//! What a caller knows about a list that the list does not say itself.

use alloc::string::String;
use alloc::vec::Vec;

use crate::entry::Role;

/// What a caller knows about a list: its name, what holds for all its entries, where its columns are.
///
/// ```
/// use lookalike::lists::{Column, Options};
///
/// let options = Options::new("hotline").jurisdiction("GB").column(Column::Hash, "pdq_hex").delimiter(b';');
/// assert_eq!(options.list(), "hotline");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub(super) list: String,
    pub(super) classification: String,
    pub(super) owner: String,
    pub(super) jurisdiction: String,
    pub(super) role: Option<Role>,
    /// Which column of a CSV holds what, by [`Column`].
    pub(super) columns: [Option<String>; Column::ALL.len()],
    pub(super) delimiter: Option<u8>,
    pub(super) minimum_quality: Option<u8>,
    pub(super) categories: Option<Vec<u32>>,
    pub(super) now: Option<i64>,
    pub(super) kind: Option<Kind>,
}

impl Options {
    /// Options for a list of this name, which is that of every entry whose record does not name a list.
    #[must_use]
    pub fn new(list: &str) -> Self {
        Self { list: list.into(), ..Self::default() }
    }

    /// The name of the list.
    #[must_use]
    pub fn list(&self) -> &str {
        &self.list
    }

    /// Sets the classification of entries that state none.
    #[must_use]
    pub fn classification(self, classification: &str) -> Self {
        Self { classification: classification.into(), ..self }
    }

    /// Sets the owner of entries that state none.
    #[must_use]
    pub fn owner(self, owner: &str) -> Self {
        Self { owner: owner.into(), ..self }
    }

    /// Sets the jurisdiction of entries that state none.
    #[must_use]
    pub fn jurisdiction(self, jurisdiction: &str) -> Self {
        Self { jurisdiction: jurisdiction.into(), ..self }
    }

    /// Sets what the list is for: [`Role::Abuse`] by default, and [`Role::Allow`] for NSRL.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    /// Sets which categories of a Project VIC list are taken: by default those known to be abuse in the list's country.
    #[must_use]
    pub fn categories(self, categories: &[u32]) -> Self {
        Self { categories: Some(categories.into()), ..self }
    }

    /// Sets what hashes of no stated kind are. Without it they are hashes of the profile, and a list of digests that is taken for PDQ hashes
    /// is refused.
    #[must_use]
    pub fn kind(self, kind: Kind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Sets the time, in milliseconds since 1970, at which entries disabled until a time are judged: by default the system's.
    #[must_use]
    pub fn now(self, milliseconds: i64) -> Self {
        Self { now: Some(milliseconds), ..self }
    }

    /// Sets the name of the column of a CSV that holds something. The header must have it.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "there is a place for every column")]
    pub fn column(mut self, column: Column, name: &str) -> Self {
        self.columns[column as usize] = Some(name.into());
        self
    }

    /// Sets what separates the columns of a CSV: by default it is read from the header.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter: Some(delimiter), ..self }
    }

    /// Sets the least stated quality that is taken. The default is 50 for the PDQ profiles (below that, unrelated pictures match) and 0 for the
    /// others. An entry without a stated quality is always taken.
    #[must_use]
    pub fn minimum_quality(self, minimum: u8) -> Self {
        Self { minimum_quality: Some(minimum), ..self }
    }
}

/// What the hashes of a list are, where the list does not state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// PDQ hashes.
    Pdq,
    /// MD5 digests.
    Md5,
    /// SHA-1 digests.
    Sha1,
    /// SHA-256 digests.
    Sha256,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Pdq, Self::Md5, Self::Sha1, Self::Sha256];

    /// The name in options: `pdq`, `md5` ...
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pdq => "pdq",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }
}

/// What a column of a CSV holds.
///
/// A column named by [`Options::column`] must exist. For the others, the first of these names is used (of either case;
/// `-` and space count as `_`); the header must have a hash or a digest:
///
/// | what | usual names |
/// |---|---|
/// | hash | the profile's name, `hash`, `signal_str`, `signal`, `hash_value`, `hashvalue`, `pdq_hash`, `phash`, `hex`, `fingerprint` |
/// | md5, sha1, sha256 | `md5`, `sha1`, `sha_1`, `sha256`, `sha_256`, and these with `_hash`, `_hex`, `_base32` behind |
/// | photodna | `photodna`, `pdna` |
/// | id | `id`, `entry`, `entry_id`, `hash_id`, `content_id`, `uuid`, `path`, `filename` |
/// | classification | `classification`, `category`, `class`, `label` |
/// | owner | `owner`, `member`, `collab`, `source` |
/// | jurisdiction | `jurisdiction`, `country` |
/// | list | `list`, `list_name` |
/// | quality | `quality`, `pdq_quality` |
/// | kind | `signal_type`, `hash_type`, `algorithm`: what the column `hash` holds; the profile's hash if there is no such column |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Column {
    /// The hash.
    Hash,
    /// The MD5.
    Md5,
    /// The SHA-1.
    Sha1,
    /// The SHA-256.
    Sha256,
    /// The entry's id.
    Id,
    /// The classification.
    Classification,
    /// The owner.
    Owner,
    /// The jurisdiction.
    Jurisdiction,
    /// The name of the list, if one file holds several.
    List,
    /// The quality.
    Quality,
    /// The kind of hash, if one file holds several.
    Kind,
}

impl Column {
    pub(super) const ALL: [Self; 11] = [
        Self::Hash,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Id,
        Self::Classification,
        Self::Owner,
        Self::Jurisdiction,
        Self::List,
        Self::Quality,
        Self::Kind,
    ];

    /// The name in options, before `-column`: `hash`, `md5` ...
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Id => "id",
            Self::Classification => "classification",
            Self::Owner => "owner",
            Self::Jurisdiction => "jurisdiction",
            Self::List => "list",
            Self::Quality => "quality",
            Self::Kind => "kind",
        }
    }
}
