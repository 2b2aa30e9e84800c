//! What a caller knows about a list that the list does not say itself.

use alloc::string::String;
use alloc::vec::Vec;

use crate::entry::Role;

/// What a caller knows about a list: its name, what holds for all its entries, where its columns are.
///
/// ```
/// use lookalike::lists::{Columns, Options};
///
/// let options = Options::new("hotline")
///     .jurisdiction("GB")
///     .columns(Columns::default().hash("pdq_hex").id("case"))
///     .delimiter(b';');
/// assert_eq!(options.list, "hotline");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The name of the list, given to every entry whose record does not name one.
    pub list: String,
    /// The classification of entries that state none.
    pub classification: String,
    /// The owner of entries that state none.
    pub owner: String,
    /// The jurisdiction of entries that state none.
    pub jurisdiction: String,
    /// What the list is for; if not given, [`Role::Abuse`], and [`Role::Allow`] for NSRL.
    pub role: Option<Role>,
    /// Which column of a CSV holds what.
    pub columns: Columns,
    /// What separates the columns of a CSV; told from the header if not given.
    pub delimiter: Option<u8>,
    /// The least stated quality that is taken. If not given, 50 for the PDQ profiles (below that, unrelated pictures
    /// match) and 0 for the others. An entry without a stated quality is taken.
    pub minimum_quality: Option<u8>,
    /// Which categories of a Project VIC list are taken; if not given, those that are known to be abuse in the list's country.
    pub categories: Option<Vec<u32>>,
    /// The time at which entries that are switched off until a time are judged, in milliseconds since 1970; if not given, the system's.
    pub now: Option<i64>,
}

impl Options {
    /// Options for a list of this name.
    #[must_use]
    pub fn new(list: &str) -> Self {
        Self { list: list.into(), ..Self::default() }
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

    /// Sets what the list is for.
    #[must_use]
    pub fn role(self, role: Role) -> Self {
        Self { role: Some(role), ..self }
    }

    /// Sets which categories of a Project VIC list are taken.
    #[must_use]
    pub fn categories(self, categories: &[u32]) -> Self {
        Self { categories: Some(categories.into()), ..self }
    }

    /// Sets the time at which entries that are switched off until a time are judged, in milliseconds since 1970.
    #[must_use]
    pub fn now(self, milliseconds: i64) -> Self {
        Self { now: Some(milliseconds), ..self }
    }

    /// Sets which column of a CSV holds what.
    #[must_use]
    pub fn columns(self, columns: Columns) -> Self {
        Self { columns, ..self }
    }

    /// Sets what separates the columns of a CSV.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter: Some(delimiter), ..self }
    }

    /// Sets the least stated quality that is taken.
    #[must_use]
    pub fn minimum_quality(self, minimum: u8) -> Self {
        Self { minimum_quality: Some(minimum), ..self }
    }
}

/// Which column of a CSV holds what, by the names in its header.
///
/// A column that is named here must exist. For one that is not, the first of these names is looked for (of either case;
/// `-` and space count as `_`); at least a hash or a digest must be found:
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Columns {
    /// Where the hash is.
    pub hash: Option<String>,
    /// Where the entry's id is.
    pub id: Option<String>,
    /// Where the classification is.
    pub classification: Option<String>,
    /// Where the owner is.
    pub owner: Option<String>,
    /// Where the jurisdiction is.
    pub jurisdiction: Option<String>,
    /// Where the name of the list is, if one file holds several.
    pub list: Option<String>,
    /// Where the quality is.
    pub quality: Option<String>,
    /// Where the kind of hash is, if one file holds several.
    pub kind: Option<String>,
    /// Where the MD5 is.
    pub md5: Option<String>,
    /// Where the SHA-1 is.
    pub sha1: Option<String>,
    /// Where the SHA-256 is.
    pub sha256: Option<String>,
}

impl Columns {
    /// Sets which column holds the hash.
    #[must_use]
    pub fn hash(self, name: &str) -> Self {
        Self { hash: Some(name.into()), ..self }
    }

    /// Sets which column holds the entry's id.
    #[must_use]
    pub fn id(self, name: &str) -> Self {
        Self { id: Some(name.into()), ..self }
    }

    /// Sets which column holds the classification.
    #[must_use]
    pub fn classification(self, name: &str) -> Self {
        Self { classification: Some(name.into()), ..self }
    }

    /// Sets which column holds the owner.
    #[must_use]
    pub fn owner(self, name: &str) -> Self {
        Self { owner: Some(name.into()), ..self }
    }

    /// Sets which column holds the jurisdiction.
    #[must_use]
    pub fn jurisdiction(self, name: &str) -> Self {
        Self { jurisdiction: Some(name.into()), ..self }
    }

    /// Sets which column holds the name of the list.
    #[must_use]
    pub fn list(self, name: &str) -> Self {
        Self { list: Some(name.into()), ..self }
    }

    /// Sets which column holds the quality.
    #[must_use]
    pub fn quality(self, name: &str) -> Self {
        Self { quality: Some(name.into()), ..self }
    }

    /// Sets which column holds the kind of hash.
    #[must_use]
    pub fn kind(self, name: &str) -> Self {
        Self { kind: Some(name.into()), ..self }
    }

    /// Sets which column holds the MD5.
    #[must_use]
    pub fn md5(self, name: &str) -> Self {
        Self { md5: Some(name.into()), ..self }
    }

    /// Sets which column holds the SHA-1.
    #[must_use]
    pub fn sha1(self, name: &str) -> Self {
        Self { sha1: Some(name.into()), ..self }
    }

    /// Sets which column holds the SHA-256.
    #[must_use]
    pub fn sha256(self, name: &str) -> Self {
        Self { sha256: Some(name.into()), ..self }
    }
}
