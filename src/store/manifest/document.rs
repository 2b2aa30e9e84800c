//! What a publisher says of one version of a list, and its one text.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{FileDigest, ManifestError, ManifestErrorKind, profile, time};
use crate::hash::Profile;
use crate::store::{ListDigest, Sha256Digest};

/// What a publisher says of one version of a list.
///
/// [`to_json`](Self::to_json) writes the text that is signed, [`parse`](Self::parse) reads it. There is one text for each manifest, so that
/// a text can neither hold a field twice, nor one that is not known, nor anything after its end.
///
/// ```
/// use lookalike::hash::Profile;
/// use lookalike::store::manifest::{FileDigest, Manifest};
/// use lookalike::store::EntryDigests;
///
/// let file = FileDigest::of(b"...");
/// let entries = EntryDigests::new(Profile::Pdq).list("hotline");
/// let mut manifest = Manifest::new("hotline", Profile::Pdq, file, entries);
/// (manifest.created, manifest.expires) = (1_795_564_800_000, 1_798_156_800_000);
/// let text = manifest.to_json()?;
/// assert!(text.starts_with(b"{\n  \"format\": \"lookalike manifest 1\",\n  \"list\": \"hotline\",\n"));
/// assert_eq!(Manifest::parse(&text)?, manifest);
/// # Ok::<(), lookalike::store::manifest::ManifestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// The name of the list, as its entries bear it. Up to 200 bytes, not empty.
    pub list: String,
    /// Who publishes it, for people. Up to 200 bytes.
    pub publisher: String,
    /// Under whose law it was made, for people. Up to 200 bytes.
    pub jurisdiction: String,
    /// The profile of its perceptual hashes.
    pub profile: Profile,
    /// The radius at which the publisher recommends to match: 0 to the bits of the profile.
    pub radius: u32,
    /// The epoch of the keys that sign it: 1 to 2^53 - 1.
    pub epoch: u64,
    /// Its number within the epoch, greater than that of every manifest before: 1 to 2^53 - 1.
    pub sequence: u64,
    /// When it was made: Unix milliseconds, a whole second.
    pub created: i64,
    /// Until when it is fresh: Unix milliseconds, a whole second, after `created`.
    pub expires: i64,
    /// The SHA-256 of the text of the manifest before; the first of all has none.
    pub previous: Option<Sha256Digest>,
    /// The file of the list as it is shipped.
    pub file: FileDigest,
    /// The name of the file's format, for [`ListSpec`](../../lists/struct.ListSpec.html); may be empty. Up to 200 bytes.
    pub file_format: String,
    /// The options with which the file must be read so that the entries come out that are signed: `KEY=VALUE,...`; may be empty. Up to 2000 bytes.
    pub file_options: String,
    /// The entries that come out: see [`entries`](crate::store::entries).
    pub entries: ListDigest,
}

impl Manifest {
    /// The longest text that is read: 1 MiB.
    pub const MAX_BYTES: usize = 1 << 20;
    /// The largest epoch, sequence, length and count: 2^53 - 1, which JSON's numbers hold everywhere.
    pub const MAX_NUMBER: u64 = (1 << 53) - 1;

    /// A first manifest, of epoch 1 and sequence 1, recommending the profile's radius; its times are yet to be set.
    #[must_use]
    pub fn new(list: &str, profile: Profile, file: FileDigest, entries: ListDigest) -> Self {
        Self {
            list: list.into(),
            publisher: String::new(),
            jurisdiction: String::new(),
            profile,
            radius: profile.default_radius(),
            epoch: 1,
            sequence: 1,
            created: 0,
            expires: 0,
            previous: None,
            file,
            file_format: String::new(),
            file_options: String::new(),
            entries,
        }
    }

    /// Reads a manifest's text.
    ///
    /// Never panics, and takes memory of a few times the text's length at most. A text that is read is not yet one that is signed: see
    /// [`verify`](super::verify).
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ManifestErrorKind::TooLarge) before anything else is looked at; [`NotAManifest`](ManifestErrorKind::NotAManifest) for every text
    /// that [`to_json`](Self::to_json) does not write.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        if text.len() > Self::MAX_BYTES {
            return Err(ManifestErrorKind::TooLarge { what: "manifest", most: Self::MAX_BYTES as u64 }.into());
        }
        let raw: Raw = serde_json::from_slice(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => refused(format!("line {}: {}", error.line(), without_place(&error))),
            _ => refused(format!("line {} is not JSON, or the text is cut short", error.line())),
        })?;
        if raw.format != FORMAT {
            return Err(refused(format!("its format is not {FORMAT:?}; a newer version may be needed to read it")));
        }
        let manifest = Self::from(raw);
        if manifest.to_json()? != text {
            return Err(refused("it is not laid out as manifests are: same fields, same order, same white space"));
        }
        Ok(manifest)
    }

    /// Reads all of a manifest's text, of a file say, and not more than may be read: its source may be endless.
    ///
    /// # Errors
    ///
    /// [`TooLarge`](ManifestErrorKind::TooLarge), [`Unreadable`](ManifestErrorKind::Unreadable).
    pub fn read_text(from: impl Read) -> Result<Vec<u8>, ManifestError> {
        super::measured::read_capped(from, "manifest", Self::MAX_BYTES)
    }

    /// Writes the text that is to be signed.
    ///
    /// # Errors
    ///
    /// [`NotAManifest`](ManifestErrorKind::NotAManifest) where a field is out of the range that is said of it, or a text has control characters.
    pub fn to_json(&self) -> Result<Vec<u8>, ManifestError> {
        self.check().map_err(refused)?;
        let raw = Raw::from(self.clone());
        let mut text = serde_json::to_vec_pretty(&raw).map_err(|error| refused(format!("{error}")))?;
        text.push(b'\n');
        if text.len() > Self::MAX_BYTES {
            return Err(ManifestErrorKind::TooLarge { what: "manifest", most: Self::MAX_BYTES as u64 }.into());
        }
        Ok(text)
    }

    fn check(&self) -> Result<(), String> {
        let texts = [
            ("list", &self.list, 200),
            ("publisher", &self.publisher, 200),
            ("jurisdiction", &self.jurisdiction, 200),
            ("format of the file", &self.file_format, 200),
            ("options of the file", &self.file_options, 2000),
        ];
        for (what, text, most) in texts {
            if text.len() > most {
                return Err(format!("{what} has {} bytes; allowed are {most}", text.len()));
            }
            if text.chars().any(is_unprintable) {
                return Err(format!("{what} has control characters; take them out"));
            }
        }
        if self.list.trim().is_empty() {
            return Err("list is empty; write the name that its entries bear".into());
        }
        let numbers = [
            ("epoch", self.epoch, 1),
            ("sequence", self.sequence, 1),
            ("length", self.file.length, 0),
            ("count", self.entries.entries, 0),
        ];
        for (what, number, least) in numbers {
            if !(least..=Self::MAX_NUMBER).contains(&number) {
                return Err(format!(
                    "{what} is {number}; allowed are whole numbers from {least} to {}",
                    Self::MAX_NUMBER
                ));
            }
        }
        if self.radius as usize > self.profile.bits() {
            return Err(format!(
                "radius is {}; the profile {} has {} bits",
                self.radius,
                self.profile,
                self.profile.bits()
            ));
        }
        if !(time::is_writable(self.created) && time::is_writable(self.expires)) {
            return Err("created and expires must be whole seconds of the years 1970 to 9999".into());
        }
        if self.expires <= self.created {
            return Err("expires is not after created".into());
        }
        if self.sequence > 1 && self.previous.is_none() {
            return Err(format!("sequence is {} and previous is missing: only the first has none", self.sequence));
        }
        Ok(())
    }
}

/// Characters that could make a terminal or a report show something else.
fn is_unprintable(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn refused(what: impl Into<String>) -> ManifestError {
    ManifestErrorKind::NotAManifest { what: what.into() }.into()
}

/// serde_json ends its messages with the place, which is said otherwise; and it quotes names of fields as they are, whatever they do to a terminal.
fn without_place(error: &serde_json::Error) -> String {
    let text = format!("{error}");
    text.split_once(" at line ").map_or(text.as_str(), |(what, _)| what).replace(is_unprintable, "\u{fffd}")
}

const FORMAT: &str = "lookalike manifest 1";

/// The fields in the order of the text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: String,
    list: String,
    publisher: String,
    jurisdiction: String,
    #[serde(with = "profile")]
    profile: Profile,
    radius: u32,
    epoch: u64,
    sequence: u64,
    #[serde(with = "time")]
    created: i64,
    #[serde(with = "time")]
    expires: i64,
    previous: Option<Sha256Digest>,
    file: RawFile,
    entries: RawEntries,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    length: u64,
    sha256: Sha256Digest,
    format: String,
    options: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntries {
    count: u64,
    sha256: Sha256Digest,
}

impl From<Raw> for Manifest {
    fn from(raw: Raw) -> Self {
        let Raw { list, publisher, jurisdiction, profile, radius, epoch, sequence, created, expires, previous, .. } =
            raw;
        let RawFile { length, sha256, format, options } = raw.file;
        Self {
            list,
            publisher,
            jurisdiction,
            profile,
            radius,
            epoch,
            sequence,
            created,
            expires,
            previous,
            file: FileDigest { length, sha256 },
            file_format: format,
            file_options: options,
            entries: ListDigest { entries: raw.entries.count, sha256: raw.entries.sha256 },
        }
    }
}

impl From<Manifest> for Raw {
    fn from(manifest: Manifest) -> Self {
        let Manifest { list, publisher, jurisdiction, profile, radius, epoch, sequence, .. } = manifest;
        let Manifest { created, expires, previous, file, file_format, file_options, entries, .. } = manifest;
        let FileDigest { length, sha256 } = file;
        Self {
            format: FORMAT.into(),
            list,
            publisher,
            jurisdiction,
            profile,
            radius,
            epoch,
            sequence,
            created,
            expires,
            previous,
            file: RawFile { length, sha256, format: file_format, options: file_options },
            entries: RawEntries { count: entries.entries, sha256: entries.sha256 },
        }
    }
}
