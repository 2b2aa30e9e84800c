//! Why a record, or a part of one, was quarantined.

use core::fmt;

use crate::entry::DigestKind;
use crate::hash::Profile;

/// The longest record that is read, in bytes: 1 MiB. No list comes near it, and a file that is no list at all (one line
/// of gigabytes) must not fill the memory.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// A record, or a part of one, that cannot be taken: where it begins, and why. The record itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// Where the record begins, counted from 1.
    pub line: u64,
    /// Which record it is, counted from 1, in formats where a line may hold several.
    pub record: Option<u64>,
    /// Why it cannot be taken.
    pub reason: Reason,
    /// Only a part of the record is bad; its entry is taken without it.
    pub partial: bool,
}

impl fmt::Display for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(record) = self.record {
            write!(f, ", record {record}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why a record, or a part of one, cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// There is no hash where one should be.
    Empty,
    /// The hash has a character that is not a hexadecimal digit.
    NotHex {
        /// Which character of the hash, counted from 1.
        character: usize,
    },
    /// The hash is not as long as the profile's.
    Length {
        /// How many digits it has.
        digits: usize,
        /// What was expected.
        profile: Profile,
    },
    /// A digest has another length, or other characters, than its kind has in any encoding.
    Digest {
        /// What was expected.
        kind: DigestKind,
        /// How many characters it has.
        characters: usize,
    },
    /// The digest of an empty file: it would match every empty file.
    DigestOfNothing {
        /// Of which kind.
        kind: DigestKind,
    },
    /// A digest of zeros or ones only, which stands for none.
    Placeholder {
        /// Of which kind.
        kind: DigestKind,
    },
    /// A PhotoDNA value that is not 144 bytes in base64 or hexadecimal.
    PhotoDna,
    /// The hash has fewer or more ones than that of an ordinary picture.
    Degenerate {
        /// How many ones it has.
        ones: u32,
        /// The fewest an ordinary hash has.
        least: u32,
        /// The most an ordinary hash has.
        most: u32,
    },
    /// The hash's quality is below the minimum: it would match pictures that have nothing in common with it.
    LowQuality {
        /// The quality that the entry states.
        quality: u8,
        /// The least that is taken.
        minimum: u8,
    },
    /// What stands in the place of the quality is not a number from 0 to 100.
    Quality,
    /// Something follows the hash that does not belong there.
    Trailing,
    /// The text is not UTF-8.
    NotUtf8,
    /// Text beside the hash is not UTF-8; the entry is taken with U+FFFD in place of the bad bytes.
    Replaced,
    /// The text has a NUL character.
    Nul,
    /// The record is longer than [`MAX_RECORD_BYTES`].
    TooLong,
    /// A quote is opened and not closed within the record's limits.
    OpenQuote,
    /// The record is not well-formed.
    Malformed {
        /// In which language: `JSON`, `XML`.
        language: &'static str,
    },
    /// Where a record should be, there is something else, such as a number.
    NotARecord,
    /// A field of the record has another type than the format gives it.
    Shape,
    /// A field that the record must have is missing or empty.
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// A field has a value that the format does not allow.
    Value {
        /// The field's name.
        field: &'static str,
        /// What it can be.
        expected: &'static str,
    },
    /// The record was quarantined when the list was converted.
    Converted,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no hash"),
            Self::NotHex { character } => write!(f, "character {character} of the hash is not a hexadecimal digit"),
            Self::Length { digits, profile } => {
                write!(f, "the hash has {digits} digits, {profile} has {}", profile.bits() / 4)
            }
            Self::Digest { kind, characters } => {
                let bytes = kind.bytes();
                write!(
                    f,
                    "the {kind} has {characters} characters or a wrong one, expected {} hexadecimal digits",
                    2 * bytes
                )?;
                write!(f, " or {} of base64", 4 * bytes.div_ceil(3))?;
                if *kind == DigestKind::Sha1 { f.write_str(" or 32 of base32") } else { Ok(()) }
            }
            Self::DigestOfNothing { kind } => write!(f, "the {kind} is that of an empty file"),
            Self::Placeholder { kind } => write!(f, "the {kind} has only zeros or ones, which stand for none"),
            Self::PhotoDna => f.write_str(
                "the PhotoDNA value is not one, expected 192 characters of base64 or 288 hexadecimal digits",
            ),
            Self::Degenerate { ones, least, most } => {
                write!(f, "{ones} bits of the hash are set, an ordinary picture has {least} to {most}")
            }
            Self::LowQuality { quality, minimum } => write!(f, "quality {quality} is below {minimum}"),
            Self::Quality => f.write_str("the quality is not a number from 0 to 100"),
            Self::Trailing => f.write_str("text follows the hash, expected nothing, a comment, or ,QUALITY,ID"),
            Self::NotUtf8 => f.write_str("the text is not UTF-8"),
            Self::Replaced => f.write_str("text beside the hash is not UTF-8, its bad bytes are read as U+FFFD"),
            Self::Nul => f.write_str("the text has a NUL character"),
            Self::TooLong => write!(f, "the record is longer than {MAX_RECORD_BYTES} bytes"),
            Self::OpenQuote => f.write_str("a quote is opened and not closed"),
            Self::Malformed { language } => write!(f, "the record is not well-formed {language}"),
            Self::NotARecord => f.write_str("there is no record where one should be"),
            Self::Shape => f.write_str("a field of the record has another type than the format gives it"),
            Self::Missing { field } => write!(f, "the record has no {field}"),
            Self::Value { field, expected } => write!(f, "the value of {field} is not usable, expected {expected}"),
            Self::Converted => f.write_str("the record was quarantined when the list was converted"),
        }
    }
}
