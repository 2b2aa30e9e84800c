//! What a list says of a picture beside its hash: the words that importers, [`index`](crate::index) and
//! [`matching`](crate::matching) share.

#![forbid(unsafe_code)]

use core::fmt;

use crate::hash::{HashBits, ParseHexError};

/// A digest of a whole file: equal digests, equal bytes.
///
/// MD5 and SHA-1 no longer withstand somebody who makes two files of one digest; for finding again a file that was listed they
/// do, because nobody can make another file of a digest that is given.
///
/// ```
/// use lookalike::entry::{Digest, DigestKind};
///
/// let digest = DigestKind::Md5.parse("D41D8CD98F00B204E9800998ECF8427E")?; // of nothing at all
/// assert_eq!((digest.kind(), digest.as_bytes().len()), (DigestKind::Md5, 16));
/// assert_eq!(digest.to_string(), "d41d8cd98f00b204e9800998ecf8427e");
/// assert!(digest.is_of_nothing());
/// # Ok::<(), lookalike::hash::ParseHexError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Digest {
    /// MD5, RFC 1321.
    Md5([u8; 16]),
    /// SHA-1, FIPS 180-4.
    Sha1([u8; 20]),
    /// SHA-256, FIPS 180-4.
    Sha256([u8; 32]),
}

impl Digest {
    /// By which function it was made.
    #[must_use]
    pub const fn kind(&self) -> DigestKind {
        match self {
            Self::Md5(_) => DigestKind::Md5,
            Self::Sha1(_) => DigestKind::Sha1,
            Self::Sha256(_) => DigestKind::Sha256,
        }
    }

    /// Its bytes in printed order: 16, 20 or 32.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Md5(bytes) => bytes,
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    /// The digest of these bytes, if there are as many as the kind has.
    #[must_use]
    pub fn from_bytes(kind: DigestKind, bytes: &[u8]) -> Option<Self> {
        match kind {
            DigestKind::Md5 => bytes.try_into().ok().map(Self::Md5),
            DigestKind::Sha1 => bytes.try_into().ok().map(Self::Sha1),
            DigestKind::Sha256 => bytes.try_into().ok().map(Self::Sha256),
        }
    }

    /// Whether it is the digest of an empty file, which lists contain by mistake and which every empty file matches.
    #[must_use]
    pub fn is_of_nothing(&self) -> bool {
        let bytes: &[u8] = match self {
            Self::Md5(_) => b"\xd4\x1d\x8c\xd9\x8f\x00\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e",
            Self::Sha1(_) => b"\xda\x39\xa3\xee\x5e\x6b\x4b\x0d\x32\x55\xbf\xef\x95\x60\x18\x90\xaf\xd8\x07\x09",
            Self::Sha256(_) => {
                b"\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24\
                  \x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55"
            }
        };
        self.as_bytes() == bytes
    }
}

impl fmt::Display for Digest {
    /// Lower-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({self})", self.kind())
    }
}

/// By which function a digest is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DigestKind {
    /// MD5: 16 bytes.
    Md5,
    /// SHA-1: 20 bytes.
    Sha1,
    /// SHA-256: 32 bytes.
    Sha256,
}

impl DigestKind {
    /// Every kind, the shortest first.
    pub const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    /// The name in reports and on the command line: `md5`, `sha1`, `sha256`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// How many bytes such a digest has.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Reads a digest from hexadecimal digits of either case; surrounding white space is not stripped.
    ///
    /// # Errors
    ///
    /// Refuses anything but exactly twice as many hexadecimal digits as the digest has bytes.
    pub fn parse(self, text: &str) -> Result<Digest, ParseHexError> {
        match self {
            Self::Md5 => text.parse().map(|bits: HashBits<16>| Digest::Md5(*bits.as_bytes())),
            Self::Sha1 => text.parse().map(|bits: HashBits<20>| Digest::Sha1(*bits.as_bytes())),
            Self::Sha256 => text.parse().map(|bits: HashBits<32>| Digest::Sha256(*bits.as_bytes())),
        }
    }
}

impl fmt::Display for DigestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How sure the publisher of an entry is of it, in the words of python-threatexchange.
///
/// Its fourth word, `NEGATIVE_CLASS`, says that a picture is *not* abuse; such entries never reach an index.
///
/// ```
/// use lookalike::entry::Opinion;
///
/// assert_eq!(Opinion::named("INVESTIGATION_SEED"), Some(Opinion::Seed));
/// assert_eq!(Opinion::Seed.name(), "seed");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Opinion {
    /// The list does not say; what is known of the list as a whole holds.
    #[default]
    Unstated,
    /// Somebody looked at it, and it is what the list says.
    Positive,
    /// A lead, to be looked at: reported, and not reviewed.
    Seed,
    /// Others disagree.
    Disputed,
}

impl Opinion {
    /// Every opinion.
    pub const ALL: [Self; 4] = [Self::Unstated, Self::Positive, Self::Seed, Self::Disputed];

    /// The name in reports: `unstated`, `positive`, `seed`, `disputed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unstated => "unstated",
            Self::Positive => "positive",
            Self::Seed => "seed",
            Self::Disputed => "disputed",
        }
    }

    /// The opinion of this name, of either case: its own, or that of python-threatexchange.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let published = |opinion| match opinion {
            Self::Positive => "POSITIVE_CLASS",
            Self::Seed => "INVESTIGATION_SEED",
            _ => "",
        };
        Self::ALL.into_iter().find(|opinion| {
            name.eq_ignore_ascii_case(opinion.name())
                || name.eq_ignore_ascii_case(published(*opinion)) && !name.is_empty()
        })
    }
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What it means that a picture is on a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The picture is known abuse material.
    #[default]
    Abuse,
    /// The picture is known to be harmless; what looks like it is no match. Never a match itself.
    Allow,
    /// The picture was made to try the way from a picture to an alarm; it is reported as a test, and never as abuse.
    Test,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Abuse, Self::Allow, Self::Test];

    /// The name in files and reports: `abuse`, `allow`, `test`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abuse => "abuse",
            Self::Allow => "allow",
            Self::Test => "test",
        }
    }

    /// The role of this name, in lower case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn digests_are_read_in_either_case_and_written_in_lower() {
        for kind in DigestKind::ALL {
            let upper = "AB".repeat(kind.bytes());
            let digest = kind.parse(&upper).unwrap();
            assert_eq!(digest.to_string(), upper.to_lowercase());
            assert_eq!(Digest::from_bytes(kind, digest.as_bytes()), Some(digest));
            assert_eq!((digest.kind(), digest.is_of_nothing()), (kind, false));
            for bad in ["", &upper[1..], &upper.replacen('A', "G", 1), &alloc::format!("{upper} ")] {
                assert!(kind.parse(bad).is_err(), "{bad:?}");
            }
        }
    }

    #[test]
    fn digests_of_nothing_are_known() {
        let nothing = [
            (DigestKind::Md5, "d41d8cd98f00b204e9800998ecf8427e"),
            (DigestKind::Sha1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (DigestKind::Sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ];
        for (kind, text) in nothing {
            assert!(kind.parse(text).unwrap().is_of_nothing());
        }
    }

    #[test]
    fn names_are_read_back() {
        for opinion in Opinion::ALL {
            assert_eq!(Opinion::named(opinion.name()), Some(opinion));
        }
        assert_eq!(Opinion::named("positive_class"), Some(Opinion::Positive));
        assert_eq!((Opinion::named(""), Opinion::named("NEGATIVE_CLASS")), (None, None));
    }
}
