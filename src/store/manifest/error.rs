//! Why a manifest, its signatures, its file or its entries are refused: each attack by its own name.

use alloc::string::String;
use core::fmt;
use std::io;

use super::time::Shown;
use crate::hash::Profile;
use crate::store::Sha256Digest;

/// Error returned when a manifest, its signatures, its file, its entries or a keys file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError(ManifestErrorKind);

impl ManifestError {
    /// Why it is refused: each attack by its own name.
    #[must_use]
    pub const fn kind(&self) -> &ManifestErrorKind {
        &self.0
    }
}

impl From<ManifestErrorKind> for ManifestError {
    fn from(kind: ManifestErrorKind) -> Self {
        Self(kind)
    }
}

/// The kind of a [`ManifestError`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestErrorKind {
    /// More bytes than such a file may have: it was not read to its end.
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How many bytes it may have.
        most: u64,
    },
    /// The system could not read it.
    Unreadable {
        /// What could not be read.
        what: &'static str,
        /// Why.
        error: io::ErrorKind,
    },
    /// The text is not that of a manifest.
    NotAManifest {
        /// What is wrong with it.
        what: String,
    },
    /// The text is not that of a minisign signature.
    NotASignature {
        /// Which of the signatures, counted from 1.
        number: usize,
    },
    /// A signature of minisign's old kind, which is not made over a hash of the file.
    LegacySignature {
        /// Which of the signatures, counted from 1.
        number: usize,
    },
    /// More signatures than are looked at.
    TooManySignatures {
        /// How many there are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// The operator's keys have none for this list.
    NoKeys {
        /// The list.
        list: String,
    },
    /// *Wrong list*: a manifest of another list than was asked for.
    WrongList {
        /// The list that was asked for.
        expected: String,
        /// The list that the manifest is of.
        found: String,
    },
    /// Signed by keys that the operator does not have yet.
    NewEpoch {
        /// The manifest's epoch.
        found: u64,
        /// The operator's epoch.
        trusted: u64,
    },
    /// Signed by keys that the operator trusts no more.
    FormerEpoch {
        /// The manifest's epoch.
        found: u64,
        /// The operator's epoch.
        trusted: u64,
    },
    /// The signature of a trusted key that is not of this manifest.
    BadSignature {
        /// What the operator calls the key.
        key: String,
    },
    /// *Too few keys* signed.
    TooFewKeys {
        /// The epoch of which keys were counted.
        epoch: u64,
        /// How many different ones of them signed.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// *Duplicate keys*: enough signatures, but several are by one key.
    DuplicateKeys {
        /// What the operator calls the key that signed twice.
        key: String,
        /// How many different ones signed.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// *Unknown key*: too few trusted keys signed, and somebody else did.
    UnknownKey {
        /// The number of a key that is not trusted, as minisign prints it.
        id: String,
        /// How many trusted ones signed.
        found: usize,
        /// How many must.
        needed: usize,
    },
    /// New keys, and the operator's keys file lacks those that were trusted before, which must sign as well.
    NoFormerKeys {
        /// The epoch whose keys are lacking.
        epoch: u64,
    },
    /// *Clock back*: the machine's clock shows an earlier time than it has shown before.
    ClockBack {
        /// The latest time that it showed, in Unix milliseconds.
        latest: i64,
        /// What it shows.
        now: i64,
    },
    /// The manifest was made later than the machine's clock shows.
    FromTheFuture {
        /// When it was made, in Unix milliseconds.
        created: i64,
        /// What the clock shows.
        now: i64,
    },
    /// *Freeze*: the manifest has expired; somebody may keep newer ones away.
    Freeze {
        /// When it expired, in Unix milliseconds.
        expired: i64,
        /// What the clock shows.
        now: i64,
    },
    /// *Rollback*: an older manifest than the last that was accepted.
    Rollback {
        /// Epoch and sequence of the last.
        seen: (u64, u64),
        /// Epoch and sequence of this one.
        found: (u64, u64),
    },
    /// *Fast-forward*: a sequence so far ahead that later manifests could never be numbered.
    FastForward {
        /// The sequence of the last that was accepted.
        seen: u64,
        /// The sequence of this one.
        found: u64,
        /// How far it may be ahead.
        most: u64,
    },
    /// Two manifests of one number: the publisher, or whoever has the keys, says different things to different machines.
    TwoOfOneSequence {
        /// The number.
        sequence: u64,
    },
    /// *Wrong chain*: the next manifest does not name the one that was accepted as its predecessor.
    WrongChain {
        /// The last that was accepted.
        expected: Sha256Digest,
        /// What the manifest names.
        found: Option<Sha256Digest>,
    },
    /// A later sequence that was made earlier.
    MadeBefore {
        /// When the last was made, in Unix milliseconds.
        seen: i64,
        /// When this one was made.
        found: i64,
    },
    /// The list's hashes are of another profile than before.
    OtherProfile {
        /// Before.
        before: Profile,
        /// Now.
        now: Profile,
    },
    /// *Sudden growth*.
    SuddenGrowth {
        /// Entries before.
        before: u64,
        /// Entries now.
        now: u64,
        /// By how many percent they may grow.
        most_percent: u32,
    },
    /// *Sudden shrinking*.
    SuddenShrinking {
        /// Entries before.
        before: u64,
        /// Entries now.
        now: u64,
        /// By how many percent they may shrink.
        most_percent: u32,
    },
    /// *Endless data*: the list's file goes on after the length that was signed.
    EndlessData {
        /// The length that was signed.
        signed: u64,
    },
    /// *Mix-and-match*: the file is not the one that was signed.
    OtherFile {
        /// The length that was signed.
        signed: u64,
        /// The file's length.
        found: u64,
    },
    /// *Mix-and-match*: the entries that came out of the file are not those that were signed.
    OtherEntries {
        /// How many were signed.
        signed: u64,
        /// How many came out.
        found: u64,
    },
    /// The keys file is malformed.
    Keys {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// Something was requested that is only known once file and entries are checked.
    Unchecked {
        /// What was not checked.
        what: &'static str,
    },
}

impl fmt::Display for ManifestErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { what, most } => write!(f, "the {what} is larger than {most} bytes; get it again"),
            Self::Unreadable { what, error } => write!(f, "the {what} cannot be read: {error}"),
            Self::NotAManifest { what } => write!(f, "not a manifest: {what}"),
            Self::NotASignature { number } => {
                write!(f, "signature {number} is not one of minisign's: four lines, the first an untrusted comment; get it again")
            }
            Self::LegacySignature { number } => {
                write!(f, "signature {number} is of minisign's old kind, not made over a hash; ask for one by a current minisign, without -l")
            }
            Self::TooManySignatures { found, most } => write!(f, "found {found} signatures, expected at most {most}"),
            Self::NoKeys { list } => write!(f, "the keys file has no keys for the list {list:?}; add a [[list]] of that name"),
            Self::WrongList { expected, found } => {
                write!(f, "wrong list: the manifest is of {found:?}, and {expected:?} was asked for")
            }
            Self::NewEpoch { found, trusted } => write!(
                f,
                "the manifest is signed by keys of epoch {found}, and the keys file has those of {trusted}; get the new keys from the \
                 publisher in another way than the list, and keep the old ones below [[list.former]]"
            ),
            Self::FormerEpoch { found, trusted } => write!(
                f,
                "the manifest is of key epoch {found}, and the keys file trusts only epoch {trusted}; get a newer manifest"
            ),
            Self::BadSignature { key } => write!(
                f,
                "the signature by the key {key:?} is not one of this manifest: either was changed, or they do not belong together"
            ),
            Self::TooFewKeys { epoch, found, needed } => {
                write!(f, "too few keys: {found} of epoch {epoch} signed the manifest, and {needed} must")
            }
            Self::DuplicateKeys { key, found, needed } => write!(
                f,
                "duplicate keys: {key:?} signed more than once, which counts once; {found} different keys signed, and {needed} must"
            ),
            Self::UnknownKey { id, found, needed } => write!(
                f,
                "unknown key: {id} is not among the keys of this list; {found} of them signed the manifest, and {needed} must"
            ),
            Self::NoFormerKeys { epoch } => write!(
                f,
                "the list's keys change, and those of epoch {epoch}, which must sign that as well, are not in the keys file; keep them \
                 below [[list.former]]"
            ),
            Self::ClockBack { latest, now } => write!(
                f,
                "clock back: the clock shows {}, and has shown {} before; set it right, or accept it if it was wrong then",
                Shown(*now),
                Shown(*latest)
            ),
            Self::FromTheFuture { created, now } => write!(
                f,
                "the manifest was made at {}, and the clock shows {}; set the clock right, or ask the publisher to",
                Shown(*created),
                Shown(*now)
            ),
            Self::Freeze { expired, now } => write!(
                f,
                "freeze: the manifest expired at {}, and it is {}; get a newer one, and if there is none for you, ask the publisher in \
                 another way",
                Shown(*expired),
                Shown(*now)
            ),
            Self::Rollback { seen, found } => write!(
                f,
                "rollback: the manifest is number {} of epoch {}, and number {} of epoch {} was accepted already; get a newer one",
                found.1, found.0, seen.1, seen.0
            ),
            Self::FastForward { seen, found, most } => write!(
                f,
                "fast-forward: the manifest is number {found}, and the last accepted was {seen}; more than {most} ahead is refused, because no \
                 later one could follow; ask the publisher, who can begin anew with a new key epoch"
            ),
            Self::TwoOfOneSequence { sequence } => write!(
                f,
                "another manifest of number {sequence} was accepted already; the publisher, or somebody with the keys, signs two versions: \
                 ask the publisher in another way"
            ),
            Self::WrongChain { expected, found } => {
                write!(f, "wrong chain: the manifest should follow {expected}, and ")?;
                match found {
                    Some(found) => write!(f, "follows {found}; ask the publisher for all manifests since"),
                    None => f.write_str("follows none; ask the publisher"),
                }
            }
            Self::MadeBefore { seen, found } => write!(
                f,
                "the manifest was made at {}, before its predecessor of {}; the publisher's clock must be set right",
                Shown(*found),
                Shown(*seen)
            ),
            Self::OtherProfile { before, now } => write!(
                f,
                "the list's hashes were of profile {before} and are now of {now}; accept that if the publisher announced it"
            ),
            Self::SuddenGrowth { before, now, most_percent } => write!(
                f,
                "sudden growth: the list had {before} entries and now has {now}, more than {most_percent} % more; accept that if the \
                 publisher confirms it"
            ),
            Self::SuddenShrinking { before, now, most_percent } => write!(
                f,
                "sudden shrinking: the list had {before} entries and now has {now}, more than {most_percent} % fewer; accept that if the \
                 publisher confirms it"
            ),
            Self::EndlessData { signed } => write!(f, "endless data: the list's file goes on after the {signed} bytes that were signed"),
            Self::OtherFile { signed, found } if signed != found => write!(
                f,
                "the list's file has {found} bytes, and {signed} were signed: it is not the file of this manifest; get it again"
            ),
            Self::OtherFile { .. } => f.write_str(
                "the list's file is not the one of this manifest: it is as long, and its SHA-256 is another; get it again",
            ),
            Self::OtherEntries { signed, found } if signed != found => write!(
                f,
                "the list has {found} entries, and {signed} were signed; it must be read with the format and options that the manifest names"
            ),
            Self::OtherEntries { .. } => f.write_str(
                "the list's entries are not those that were signed, though as many; it must be read with the format and options that the manifest \
                 names",
            ),
            Self::Keys { line, what } => write!(f, "line {line}: {what}"),
            Self::Unchecked { what } => write!(f, "the {what} not been checked against the manifest; nothing of it may be used"),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl core::error::Error for ManifestError {}
