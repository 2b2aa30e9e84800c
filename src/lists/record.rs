//! What importers hand on: the records of a list, whatever its format.

use core::fmt;
use core::ops::ControlFlow;

use super::time::Shown;
use super::{Quarantined, Reason};
use crate::entry::{Digest, DigestKind, Opinion, Role};
use crate::hash::HashBits;

/// What takes the records of a list; it ends the reading by breaking.
pub type Sink<'s, const N: usize> = dyn FnMut(Record<'_, N>) -> ControlFlow<()> + 's;

/// A record of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Record<'a, const N: usize> {
    /// A picture that is listed.
    Entry(Entry<'a, N>),
    /// What was listed under a key no longer is.
    Withdrawal(Withdrawal<'a>),
    /// A sound record that is not taken. Under a key, it takes the place of what came before it, as a withdrawal does.
    LeftOut(LeftOut<'a>),
    /// A record, or a part of one, that cannot be taken.
    Quarantined(Quarantined),
}

/// One entry of a list: a hash, digests, or both. What the list does not say is empty.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry<'a, const N: usize> {
    /// The perceptual hash, if the entry has one of the profile asked for.
    pub hash: Option<HashBits<N>>,
    /// Digests of the picture's file, each kind once at most, the shortest first.
    pub digests: &'a [Digest],
    /// The PhotoDNA value as published, in base64 or hexadecimal; not interpreted.
    pub photodna: Option<&'a str>,
    /// The name of the list.
    pub list: &'a str,
    /// The entry's name in the list; its line number, or the record's where records share lines, if it has none.
    pub id: &'a str,
    /// The list's word for what the picture is; not interpreted.
    pub classification: &'a str,
    /// Who vouches for the entry.
    pub owner: &'a str,
    /// Under whose law it was classified.
    pub jurisdiction: &'a str,
    /// How sure its publisher is of it.
    pub opinion: Opinion,
    /// What the list is for.
    pub role: Role,
    /// What identifies the record within its list, where the format has identities. May contain a hash: not for logs.
    pub key: Option<&'a str>,
    /// When the record was last changed, in milliseconds since 1970.
    pub updated: Option<i64>,
    /// Where the entry begins, counted from 1.
    pub line: u64,
}

/// Says that what was listed under a key no longer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withdrawal<'a> {
    /// The name of the list.
    pub list: &'a str,
    /// What identifies the record within its list. May contain a hash: not for logs.
    pub key: &'a str,
    /// When the record was last changed, in milliseconds since 1970.
    pub updated: Option<i64>,
    /// Where the record begins, counted from 1.
    pub line: u64,
}

/// A sound record that is not taken, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut<'a> {
    /// The name of the list.
    pub list: &'a str,
    /// What identifies the record within its list, where the format has identities. May contain a hash: not for logs.
    pub key: Option<&'a str>,
    /// When the record was last changed, in milliseconds since 1970.
    pub updated: Option<i64>,
    /// Why it is not taken.
    pub why: Why<'a>,
    /// Where the record begins, counted from 1.
    pub line: u64,
}

/// Why a sound record is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why<'a> {
    /// It is of a kind that is not looked up: a video, a text, an address, or another perceptual hash.
    OtherKind {
        /// The list's word for it.
        kind: &'a str,
    },
    /// The list puts it into a class that does not count.
    OtherClass {
        /// The class, as `5 non-pertinent`.
        class: &'a str,
    },
    /// The list says that the picture is not abuse.
    Negative,
    /// It is switched off.
    Disabled {
        /// Until when, in milliseconds since 1970; `None` is for good.
        until: Option<i64>,
    },
}

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherKind { kind } => write!(f, "the record is of another kind: {}", name_only(kind)),
            Self::OtherClass { class } => write!(f, "the record is in another class: {}", name_only(class)),
            Self::Negative => f.write_str("the list says that this picture is not abuse"),
            Self::Disabled { until: None } => f.write_str("the record is switched off"),
            Self::Disabled { until: Some(until) } => write!(f, "the record is switched off until {}", Shown(*until)),
        }
    }
}

/// A word of a list, if it can be nothing but a word: what might be a hash is not shown.
fn name_only(word: &str) -> &str {
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    if word.is_empty() || word.len() > 60 || digits >= 12 && 4 * digits >= 3 * word.len() {
        return "(not a name)";
    }
    word
}

/// What was read.
///
/// `records == entries + withdrawals + quarantined + left_out()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Lines in all.
    pub lines: u64,
    /// Lines without a record of their own in formats of lines: blank, comment, header, continuation of a quoted field. There
    /// `lines == records + skipped`.
    pub skipped: u64,
    /// Records in all.
    pub records: u64,
    /// Records that are entries.
    pub entries: u64,
    /// Records that withdraw others.
    pub withdrawals: u64,
    /// Records that were quarantined.
    pub quarantined: u64,
    /// Parts of entries that were quarantined, while the entry was taken without them.
    pub partial: u64,
    /// Records left out because they are of another kind.
    pub other_kinds: u64,
    /// Records left out because they are of another class.
    pub other_classes: u64,
    /// Records left out because the list says that they are not abuse.
    pub negative: u64,
    /// Records left out because they are switched off.
    pub disabled: u64,
    /// Entries with a perceptual hash.
    pub hashes: u64,
    /// MD5 digests of entries.
    pub md5: u64,
    /// SHA-1 digests of entries.
    pub sha1: u64,
    /// SHA-256 digests of entries.
    pub sha256: u64,
    /// Entries with a PhotoDNA value, and records that have nothing else.
    pub photodna: u64,
}

impl Summary {
    /// Records that are sound and not taken.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.other_kinds + self.other_classes + self.negative + self.disabled
    }

    /// Digests of a kind among the entries.
    #[must_use]
    pub const fn digests(&self, kind: DigestKind) -> u64 {
        match kind {
            DigestKind::Md5 => self.md5,
            DigestKind::Sha1 => self.sha1,
            DigestKind::Sha256 => self.sha256,
        }
    }

    pub(super) const fn count_digest(&mut self, digest: &Digest) {
        match digest.kind() {
            DigestKind::Md5 => self.md5 += 1,
            DigestKind::Sha1 => self.sha1 += 1,
            DigestKind::Sha256 => self.sha256 += 1,
        }
    }

    pub(super) const fn count_left_out(&mut self, why: &Why<'_>) {
        match why {
            Why::OtherKind { .. } => self.other_kinds += 1,
            Why::OtherClass { .. } => self.other_classes += 1,
            Why::Negative => self.negative += 1,
            Why::Disabled { .. } => self.disabled += 1,
        }
    }
}

/// Why a record is no entry: it cannot be taken, or it should not.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refused<'a> {
    Quarantined(Reason),
    LeftOut(Why<'a>),
}

impl From<Reason> for Refused<'_> {
    fn from(reason: Reason) -> Self {
        Self::Quarantined(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn what_may_be_a_hash_is_not_shown() {
        let shown = Why::OtherKind { kind: "0123456789abcdef0123456789abcdef" }.to_string();
        assert_eq!(shown, "the record is of another kind: (not a name)");
        assert_eq!(Why::OtherKind { kind: "vpdq" }.to_string(), "the record is of another kind: vpdq");
        let until = Why::Disabled { until: Some(1_893_456_000_000) }.to_string();
        assert_eq!(until, "the record is switched off until 2030-01-01T00:00:00Z");
    }
}
