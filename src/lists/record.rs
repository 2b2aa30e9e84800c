//! What importers hand on: the records of a list, whatever its format.

use core::fmt;
use core::ops::ControlFlow;

use super::time::Shown;
use super::{Quarantined, Reason};
use crate::entry::{Digest, DigestKind};
use crate::hash::HashBits;
use crate::index::Source;

/// What takes the records of a list; it ends the reading by breaking.
pub type Sink<'s, const N: usize> = dyn FnMut(Record<'_, N>) -> ControlFlow<()> + 's;

/// A record of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Record<'a, const N: usize> {
    /// A picture that is listed.
    Entry(Entry<'a, N>),
    /// What was listed under a key no longer is.
    Withdrawal {
        /// The name of the list.
        list: &'a str,
        /// What identifies the record within its list. May contain a hash: not for logs.
        key: &'a str,
        /// When the record was last changed, in milliseconds since 1970.
        updated: Option<i64>,
        /// Where the record begins, counted from 1.
        line: u64,
    },
    /// A sound record that is not taken. Under a key, it takes the place of what came before it, as a withdrawal does.
    LeftOut {
        /// The name of the list.
        list: &'a str,
        /// What identifies the record within its list, where the format has identities. May contain a hash: not for logs.
        key: Option<&'a str>,
        /// When the record was last changed, in milliseconds since 1970.
        updated: Option<i64>,
        /// Why it is not taken.
        why: Why<'a>,
        /// Where the record begins, counted from 1.
        line: u64,
    },
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
    /// What the list says of the entry. Its id is the line's number, or the record's where records share lines, if it has none.
    pub source: Source<'a>,
    /// What identifies the record within its list, where the format has identities. May contain a hash: not for logs.
    pub key: Option<&'a str>,
    /// When the record was last changed, in milliseconds since 1970.
    pub updated: Option<i64>,
    /// Where the entry begins, counted from 1.
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
pub(super) fn name_only(word: &str) -> &str {
    let digits = word.bytes().filter(u8::is_ascii_hexdigit).count();
    if word.is_empty() || word.len() > 60 || digits >= 12 && 4 * digits >= 3 * word.len() {
        return "(not a name)";
    }
    word
}

/// Declares counts, and a method that reads each.
macro_rules! counts {
    ($(#[$of:meta])* $type:ident { $($(#[$doc:meta])* $count:ident),* $(,)? }) => {
        $(#[$of])*
        pub struct $type {
            $(pub(super) $count: u64,)*
        }

        impl $type {
            $($(#[$doc])*
            #[must_use]
            pub const fn $count(&self) -> u64 {
                self.$count
            })*
        }
    };
}

counts! {
    /// What was read.
    ///
    /// `records == entries + withdrawals + quarantined + left_out()`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    Summary {
        /// Lines in all.
        lines,
        /// Lines without a record of their own in formats of lines: blank, comment, header, continuation of a quoted field. There
        /// `lines == records + skipped`.
        skipped,
        /// Records in all.
        records,
        /// Records that are entries.
        entries,
        /// Records that withdraw others.
        withdrawals,
        /// Records that were quarantined.
        quarantined,
        /// Parts of entries that were quarantined, while the entry was taken without them.
        partial,
        /// Records left out because they are of another kind.
        other_kinds,
        /// Records left out because they are of another class.
        other_classes,
        /// Records left out because the list says that they are not abuse.
        negative,
        /// Records left out because they are switched off.
        disabled,
        /// Entries with a perceptual hash.
        hashes,
        /// MD5 digests of entries.
        md5,
        /// SHA-1 digests of entries.
        sha1,
        /// SHA-256 digests of entries.
        sha256,
        /// Entries with a PhotoDNA value, and records that have nothing else.
        photodna,
    }
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
