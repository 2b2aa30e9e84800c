//! What a caller knows about a list that the list does not say itself.

use alloc::string::String;

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
    /// Which column of a CSV holds what.
    pub columns: Columns,
    /// What separates the columns of a CSV; told from the header if not given.
    pub delimiter: Option<u8>,
    /// The least stated quality that is taken. If not given, 50 for the PDQ profiles (below that, unrelated pictures
    /// match) and 0 for the others. An entry without a stated quality is taken.
    pub minimum_quality: Option<u8>,
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
/// `-` and space count as `_`), and the hash must be found:
///
/// | what | usual names |
/// |---|---|
/// | hash | the profile's name, `hash`, `signal_str`, `signal`, `hash_value`, `hashvalue`, `pdq_hash`, `phash`, `hex`, `fingerprint` |
/// | id | `id`, `entry`, `entry_id`, `hash_id`, `content_id`, `uuid`, `path`, `filename` |
/// | classification | `classification`, `category`, `class`, `label` |
/// | owner | `owner`, `member`, `collab`, `source` |
/// | jurisdiction | `jurisdiction`, `country` |
/// | list | `list`, `list_name` |
/// | quality | `quality`, `pdq_quality` |
/// | kind | `signal_type`, `hash_type`, `algorithm`: the profile's name, else the record is quarantined |
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
}
