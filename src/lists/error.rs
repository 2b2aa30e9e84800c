//! Why an entry was quarantined, and why a list could not be read.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::io;

use super::Format;
use super::lines::MAX_RECORD_BYTES;
use crate::entry::{DigestKind, Role};
use crate::hash::Profile;

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
    /// The hash has so few or so many ones that it is of no ordinary picture.
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
    /// A field is none of the values that it can have.
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

/// Says why a list could not be read at all.
#[derive(Debug)]
pub struct ListError(Kind);

#[derive(Debug)]
enum Kind {
    Read { line: u64, error: io::Error },
    Width { profile: Profile, bytes: usize },
    Utf16,
    NoHeader,
    HeaderText { line: u64 },
    Column { line: u64, key: &'static str, wanted: Option<String>, found: Vec<String> },
    Columns { format: Format },
    Categories { format: Format },
    Truncated { line: u64, within: &'static str },
    NotFormat { format: Format, line: u64 },
    Role { format: Format, role: Role, line: u64, why: &'static str },
    Country { country: String },
}

impl ListError {
    pub(super) fn read(line: u64, error: io::Error) -> Self {
        Self(Kind::Read { line, error })
    }

    pub(super) const fn width(profile: Profile, bytes: usize) -> Self {
        Self(Kind::Width { profile, bytes })
    }

    pub(super) const fn utf16() -> Self {
        Self(Kind::Utf16)
    }

    pub(super) const fn no_header() -> Self {
        Self(Kind::NoHeader)
    }

    /// Columns or a delimiter are given for a format that has none.
    pub(super) const fn columns(format: Format) -> Self {
        Self(Kind::Columns { format })
    }

    /// Categories are given for a format that has none.
    pub(super) const fn categories(format: Format) -> Self {
        Self(Kind::Categories { format })
    }

    /// The list ends where it cannot.
    pub(super) const fn truncated(line: u64, within: &'static str) -> Self {
        Self(Kind::Truncated { line, within })
    }

    /// Nothing of the format was found.
    pub(super) const fn not_format(format: Format, line: u64) -> Self {
        Self(Kind::NotFormat { format, line })
    }

    /// A list cannot have this role.
    pub(super) const fn role(format: Format, role: Role, line: u64, why: &'static str) -> Self {
        Self(Kind::Role { format, role, line, why })
    }

    /// It is not known which categories of a country are abuse.
    pub(super) fn country(country: &str) -> Self {
        Self(Kind::Country { country: country.into() })
    }

    /// The header's line is not text, or not a record that ends.
    pub(super) const fn header_text(line: u64) -> Self {
        Self(Kind::HeaderText { line })
    }

    /// The column for `key` is missing: the one `wanted`, or any of the usual names.
    pub(super) fn column(line: u64, key: &'static str, wanted: Option<&str>, header: &[String]) -> Self {
        let found = header.iter().enumerate().map(|(index, name)| shown(index, name)).collect();
        Self(Kind::Column { line, key, wanted: wanted.map(String::from), found })
    }
}

/// A column's name, unless it looks like data: a file without a header must not put its first hash into a log.
fn shown(index: usize, name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_hexdigit).count();
    if name.is_empty() || name.len() > 40 || (digits >= 12 && 4 * digits >= 3 * name.len()) {
        return alloc::format!("(column {}, which is not a name)", index + 1);
    }
    alloc::format!("{name:?}")
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Read { line, error } => write!(f, "reading failed after line {line}: {error}"),
            Kind::Width { profile, bytes } => {
                write!(f, "a hash of {profile} has {} bytes, the caller reads {bytes}", profile.bits() / 8)
            }
            Kind::Utf16 => f.write_str("the list is UTF-16, expected UTF-8; convert it (iconv -f UTF-16 -t UTF-8)"),
            Kind::NoHeader => f.write_str("the list is empty, expected a line with the names of its columns"),
            Kind::HeaderText { line } => {
                write!(f, "line {line} is not a line of column names: it is not text, or a quote in it is never closed")
            }
            Kind::Column { line, key, wanted, found } => {
                match wanted {
                    Some(wanted) => write!(f, "line {line} has no column {wanted:?} for the {key}")?,
                    None => write!(f, "line {line} has no column that is known to hold the {key}")?,
                }
                f.write_str("; found")?;
                for (index, name) in found.iter().take(20).enumerate() {
                    write!(f, "{} {name}", if index == 0 { "" } else { "," })?;
                }
                if found.len() > 20 {
                    write!(f, " and {} more", found.len() - 20)?;
                }
                write!(f, "; name the column with {key}-column=NAME after the list's path")
            }
            Kind::Columns { format } => {
                write!(
                    f,
                    "columns and delimiter are for CSV, and the list is read as {format}; put csv: before its path"
                )
            }
            Kind::Categories { format } => {
                write!(
                    f,
                    "categories are those of Project VIC, and the list is read as {format}; put vics: before its path"
                )
            }
            Kind::Truncated { line, within } => write!(
                f,
                "the list ends on line {line} within {within}: it is not complete, and what is missing is not known; get it again"
            ),
            Kind::NotFormat { format, line } => {
                write!(
                    f,
                    "no list of format {format} was found up to line {line}; name the format before the list's path"
                )
            }
            Kind::Role { format, role, line, why } => {
                write!(f, "a list of format {format} cannot have role={role}: ")?;
                if *line > 0 { write!(f, "on line {line} {why}") } else { f.write_str(why) }
            }
            Kind::Country { country } => write!(
                f,
                "the list has the categories of {country:?}, and which of them are abuse is not known here; say it with \
                 categories=1+2 after the list's path"
            ),
        }
    }
}

impl core::error::Error for ListError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.0 {
            Kind::Read { error, .. } => Some(error),
            _ => None,
        }
    }
}
