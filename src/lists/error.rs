//! Why an entry was quarantined, and why a list could not be read.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::io;

use super::lines::MAX_RECORD_BYTES;
use crate::hash::Profile;

/// An entry that was left out: where it begins, and why. The line itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// Where the entry begins, counted from 1.
    pub line: u64,
    /// Why it was left out.
    pub reason: Reason,
}

impl fmt::Display for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// Why an entry was left out.
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
    /// The entry says that it is a hash of another kind.
    OtherKind {
        /// What was expected.
        profile: Profile,
    },
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
    /// The list itself says that the picture is not abuse.
    Negative,
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
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no hash"),
            Self::NotHex { character } => write!(f, "character {character} of the hash is not a hexadecimal digit"),
            Self::Length { digits, profile } => {
                write!(f, "the hash has {digits} digits, {profile} has {}", profile.bits() / 4)
            }
            Self::OtherKind { profile } => write!(f, "the entry is a hash of another kind than {profile}"),
            Self::Degenerate { ones, least, most } => {
                write!(f, "{ones} bits of the hash are set, an ordinary picture has {least} to {most}")
            }
            Self::LowQuality { quality, minimum } => write!(f, "quality {quality} is below {minimum}"),
            Self::Quality => f.write_str("the quality is not a number from 0 to 100"),
            Self::Negative => f.write_str("the list says that this picture is not abuse"),
            Self::Trailing => f.write_str("text follows the hash, expected nothing, a comment, or ,QUALITY,ID"),
            Self::NotUtf8 => f.write_str("the text is not UTF-8"),
            Self::Nul => f.write_str("the text has a NUL character"),
            Self::TooLong => write!(f, "the record is longer than {MAX_RECORD_BYTES} bytes"),
            Self::OpenQuote => f.write_str("a quote is opened and not closed"),
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
                write!(f, "; name the column with {key}=NAME after the list's path")
            }
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
