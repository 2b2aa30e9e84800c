//! Whom an operator trusts to sign which list: read from a TOML file.
//!
//! ```toml
//! version = 1                 # of this format; must be there
//!
//! [[list]]                    # as often as there are signed lists
//! name = "hotline"            # the list's name
//! epoch = 2                   # of these keys: 1 for the first, one more each time that they change
//! threshold = 2               # so many different keys must sign
//! on-stale = "keep"           # or "refuse": what becomes of a list whose manifest has expired; keep if left out
//! keys = [                    # minisign's public keys, with names of yours for messages
//!   { name = "head of desk", key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3" },
//!   { name = "vault", key = "RWR..." },
//! ]
//!
//! [[list.former]]             # the keys before, for machines that last accepted a manifest signed by them
//! epoch = 1
//! threshold = 1
//! keys = [{ name = "founder", key = "RWS..." }]
//! ```
//!
//! The file is the root of all trust: it comes to a machine in another way than the lists do, and only an operator changes it.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::ops::Range;
use std::io::Read;

use serde::Deserialize;
use toml::Spanned;

use super::{Manifest, ManifestError, ManifestErrorKind};
use crate::store::Sha256Digest;

/// Whom an operator trusts to sign which list.
///
/// ```
/// use lookalike::store::manifest::Keys;
///
/// let text = r#"
/// version = 1
/// [[list]]
/// name = "hotline"
/// epoch = 1
/// threshold = 1
/// keys = [{ name = "desk", key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3" }]
/// "#;
/// let keys = Keys::parse(text)?;
/// let list = keys.list("hotline").unwrap();
/// assert_eq!((list.refuses_stale(), list.keys().threshold()), (false, 1));
/// assert_eq!(list.keys().iter().next().unwrap().id(), "E7620F1842B4E81F");
///
/// let error = Keys::parse(&text.replace("threshold = 1", "threshold = 2")).unwrap_err();
/// assert_eq!(error.to_string(), "line 6: threshold is 2; allowed are whole numbers from 1 to 1, the number of keys");
/// # Ok::<(), lookalike::store::manifest::ManifestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    lists: Vec<ListKeys>,
}

/// Whom an operator trusts to sign one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListKeys {
    name: String,
    refuses_stale: bool,
    keys: KeySet,
    former: Vec<KeySet>,
}

/// The keys of one epoch, so many of which must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    epoch: u64,
    threshold: usize,
    keys: Vec<Key>,
}

/// A public key with the operator's name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    name: String,
    pub(super) id: KeyId,
    pub(super) public: minisign_verify::PublicKey,
    bytes: [u8; 32],
}

/// The number by which minisign distinguishes keys. Anybody can make a key of a given number, so it identifies nothing by itself.
pub(super) type KeyId = [u8; 8];

/// A number as minisign prints it: 16 hexadecimal digits in upper case.
pub(super) fn printed(id: KeyId) -> String {
    format!("{:016X}", u64::from_le_bytes(id))
}

impl Keys {
    /// The longest file that is read: 1 MiB.
    pub const MAX_BYTES: usize = 1 << 20;
    /// The most keys of one epoch.
    pub const MAX_KEYS: usize = 32;

    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// Names the line, and what would be allowed: where the text is no TOML, a key of the table is unknown or lacking, a value out of its
    /// range, a public key none, or one that is there twice under two names.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let check = Check(text);
        if text.len() > Self::MAX_BYTES {
            return Err(check.at(&(0..0), format!("the file is larger than {} bytes", Self::MAX_BYTES)));
        }
        let raw: RawKeys = toml::from_str(text)
            .map_err(|error| check.at(&error.span().unwrap_or(0..0), error.message().to_string()))?;
        if *raw.version.get_ref() != 1 {
            let what = format!("unsupported version {} (expected 1)", raw.version.get_ref());
            return Err(check.at(&raw.version.span(), what));
        }
        let mut lists: Vec<ListKeys> = Vec::new();
        for raw in raw.list {
            let place = raw.name.span();
            let list = check.list(raw)?;
            if lists.iter().any(|earlier| earlier.name == list.name) {
                return Err(check.at(&place, format!("the list {:?} is there already; put both together", list.name)));
            }
            lists.push(list);
        }
        Ok(Self { lists })
    }

    /// Reads the file, and not more than it may have.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ManifestErrorKind::TooLarge), [`Unreadable`](ManifestErrorKind::Unreadable), also for text that is not UTF-8.
    pub fn read_text(from: impl Read) -> Result<String, ManifestError> {
        let bytes = super::measured::read_capped(from, "keys file", Self::MAX_BYTES)?;
        String::from_utf8(bytes).map_err(|_| {
            ManifestErrorKind::Unreadable { what: "keys file", error: std::io::ErrorKind::InvalidData }.into()
        })
    }

    /// The keys of a list, if it has some.
    #[must_use]
    pub fn list(&self, name: &str) -> Option<&ListKeys> {
        self.lists.iter().find(|list| list.name == name)
    }

    /// The lists in the order of the file.
    pub fn lists(&self) -> impl Iterator<Item = &ListKeys> {
        self.lists.iter()
    }
}

impl ListKeys {
    /// The name of the list.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is no longer looked up once its manifest has expired. Otherwise it keeps matching, with an alarm: an old list is better
    /// than none.
    #[must_use]
    pub const fn refuses_stale(&self) -> bool {
        self.refuses_stale
    }

    /// The keys that must sign now.
    #[must_use]
    pub const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The keys that had to sign before, the latest epoch first.
    #[must_use]
    pub fn former(&self) -> &[KeySet] {
        &self.former
    }
}

impl KeySet {
    /// Their number: the first keys are of epoch 1.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many different ones must sign.
    #[must_use]
    pub const fn threshold(&self) -> usize {
        self.threshold
    }

    /// The keys in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Key> {
        self.keys.iter()
    }
}

impl Key {
    /// What the operator calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number by which minisign distinguishes keys, as it prints it. Anybody can make a key of a given number, so it identifies nothing by
    /// itself.
    #[must_use]
    pub fn id(&self) -> String {
        printed(self.id)
    }

    /// The SHA-256 of the key's 32 bytes: what to compare over the telephone.
    #[must_use]
    pub fn fingerprint(&self) -> Sha256Digest {
        Sha256Digest::of(&self.bytes)
    }

    /// Whether both are the same key, under whatever names and numbers.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }

    /// Reads a public key as minisign prints it: 56 letters.
    fn read(name: String, text: &str) -> Option<Self> {
        let decoded = data_encoding::BASE64.decode(text.as_bytes()).ok()?;
        let (b"Ed", rest) = decoded.split_first_chunk()? else { return None };
        let (id, bytes) = rest.split_first_chunk()?;
        let public = minisign_verify::PublicKey::from_base64(text).ok()?;
        Some(Self { name, id: *id, public, bytes: bytes.try_into().ok()? })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawKeys {
    version: Spanned<u64>,
    #[serde(default)]
    list: Vec<RawList>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawList {
    name: Spanned<String>,
    epoch: Spanned<u64>,
    threshold: Spanned<u64>,
    on_stale: Option<Spanned<String>>,
    keys: Spanned<Vec<RawKey>>,
    #[serde(default)]
    former: Vec<RawSet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSet {
    epoch: Spanned<u64>,
    threshold: Spanned<u64>,
    keys: Spanned<Vec<RawKey>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawKey {
    name: Spanned<String>,
    key: Spanned<String>,
}

/// The text, for saying where something is wrong in it.
struct Check<'t>(&'t str);

impl Check<'_> {
    fn at(&self, place: &Range<usize>, what: impl Into<String>) -> ManifestError {
        // Places come from the TOML reader; one that is not in the text would be at its end.
        let before = self.0.get(..place.start).unwrap_or(self.0);
        ManifestErrorKind::Keys { line: 1 + before.matches('\n').count(), what: what.into() }.into()
    }

    fn list(&self, raw: RawList) -> Result<ListKeys, ManifestError> {
        let RawList { name, epoch, threshold, on_stale, keys, former } = raw;
        if name.get_ref().trim().is_empty() {
            return Err(self.at(&name.span(), "name is empty; write the list's name"));
        }
        let refuses_stale = match on_stale.as_ref().map(|word| (word.get_ref().as_str(), word.span())) {
            None | Some(("keep", _)) => false,
            Some(("refuse", _)) => true,
            Some((other, place)) => {
                return Err(self.at(&place, format!("on-stale is {other:?}; allowed are \"keep\" and \"refuse\"")));
            }
        };
        let current = self.set(RawSet { epoch, threshold, keys })?;
        let mut sets: Vec<KeySet> = Vec::new();
        for raw in former {
            let place = raw.epoch.span();
            let set = self.set(raw)?;
            if set.epoch >= current.epoch {
                let what = format!(
                    "a former epoch is {}, and the list's own is {}; it must be less",
                    set.epoch, current.epoch
                );
                return Err(self.at(&place, what));
            }
            if sets.iter().any(|earlier| earlier.epoch == set.epoch) {
                return Err(self.at(&place, format!("epoch {} is there already", set.epoch)));
            }
            // or a signature would be tried with the wrong one of them
            let differs = |known: &Key| set.iter().any(|key| key.id == known.id && !key.is(known));
            if sets.iter().chain([&current]).flat_map(KeySet::iter).any(differs) {
                return Err(
                    self.at(&place, "two different keys of this list have one number; a publisher would make another")
                );
            }
            sets.push(set);
        }
        sets.sort_unstable_by_key(|set| core::cmp::Reverse(set.epoch));
        Ok(ListKeys { name: name.into_inner(), refuses_stale, keys: current, former: sets })
    }

    fn set(&self, raw: RawSet) -> Result<KeySet, ManifestError> {
        let RawSet { epoch, threshold, keys } = raw;
        let place = keys.span();
        let mut read: Vec<Key> = Vec::new();
        for raw in keys.into_inner() {
            let (at, name_at) = (raw.key.span(), raw.name.span());
            let name = raw.name.into_inner();
            if name.trim().is_empty() {
                return Err(self.at(&name_at, "name is empty; give the key one that messages can use"));
            }
            let what = "not a public key of minisign: 56 letters that begin with RW, the second line of its .pub file";
            let key = Key::read(name, raw.key.get_ref()).ok_or_else(|| self.at(&at, what))?;
            if let Some(same) = read.iter().find(|other| other.is(&key) || other.id == key.id || other.name == key.name)
            {
                let same_what = if same.is(&key) { "the same key" } else { "the same number or name" };
                let what = format!("{:?} and {:?} have {same_what}; each counts once", same.name, key.name);
                return Err(self.at(&at, what));
            }
            read.push(key);
        }
        if !(1..=Keys::MAX_KEYS).contains(&read.len()) {
            return Err(self.at(&place, format!("there are {} keys; allowed are 1 to {}", read.len(), Keys::MAX_KEYS)));
        }
        let needed = usize::try_from(*threshold.get_ref()).ok().filter(|needed| (1..=read.len()).contains(needed));
        let needed = needed.ok_or_else(|| {
            let (found, most) = (threshold.get_ref(), read.len());
            self.at(
                &threshold.span(),
                format!("threshold is {found}; allowed are whole numbers from 1 to {most}, the number of keys"),
            )
        })?;
        if !(1..=Manifest::MAX_NUMBER).contains(epoch.get_ref()) {
            return Err(self.at(&epoch.span(), format!("epoch is {}; the first is 1", epoch.get_ref())));
        }
        Ok(KeySet { epoch: *epoch.get_ref(), threshold: needed, keys: read })
    }
}
