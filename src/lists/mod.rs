//! Published hash lists, streamed entry by entry into one type.
//!
//! [`read`] takes plain text (one hash per line) and CSV (a header and a column map), hands each entry to a sink as it
//! is read, and keeps no more than one record in memory, however long the list or one of its lines may be. A bad entry
//! is [`Quarantined`] with its line and reason and reading goes on: one mistyped line must not keep a list from use,
//! and must not vanish either. Nothing here prints a line of a list: a hash is not anonymous, and errors end up in logs.
//!
//! # Plain text
//!
//! ```text
//! # a comment; blank lines are skipped, white space around a line too
//! f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22      # a trailing comment
//! f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22,100,albums/bridge.jpg
//! pdq f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22
//! ```
//!
//! `HEX`, `HEX,QUALITY` and `HEX,QUALITY,ID` (what Meta's tool and `lookalike hash` print, the path being the id), and
//! the `TYPE HEX` of py-tx, where the type must be the profile asked for. An entry without an id gets its line number.
//!
//! # CSV
//!
//! A header, then records; quoted fields may hold delimiters and line ends. Comma, semicolon or tab is told from the
//! header. Columns are found by [their usual names](Columns) or mapped by name. `#` lines before the header are skipped.
//!
//! # Both
//!
//! Lines end in LF, CRLF or CR; a UTF-8 byte order mark is skipped; digits are of either case. UTF-16 is refused with
//! the advice to convert. Quarantined are: what is not a hash of the profile's length, a hash of another kind, all zeros or
//! all ones, PDQ hashes with fewer than 64 or more than 192 ones (an ordinary one has 128), a stated quality below the
//! minimum, entries which the list itself marks as not abuse, text that is not UTF-8, and records over [`MAX_RECORD_BYTES`].
//!
//! ```
//! use core::ops::ControlFlow;
//! use lookalike::hash::Profile;
//! use lookalike::lists::{self, Format, Options};
//!
//! let list = "# two good entries and a bad one\n0123456789abcdef\nFEDCBA9876543210,,cat.jpg\n0123\n";
//! let (mut ids, mut bad) = (Vec::new(), Vec::new());
//! let summary = lists::read::<8, _>(Format::Text, list.as_bytes(), &Options::new("mine"), Profile::Phash64, &mut |entry| {
//!     match entry {
//!         Ok(entry) => ids.push(entry.id.to_owned()),
//!         Err(quarantined) => bad.push(quarantined.to_string()),
//!     }
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(ids, ["2", "cat.jpg"]);
//! assert_eq!(bad, ["line 4: the hash has 4 digits, phash has 16"]);
//! assert_eq!((summary.entries, summary.quarantined, summary.lines), (2, 1, 4));
//! # Ok::<(), lists::ListError>(())
//! ```

#![forbid(unsafe_code)]

mod check;
mod csv;
mod error;
mod lines;
mod options;
mod spec;
mod text;

use core::fmt;
use core::ops::ControlFlow;
use core::str::FromStr;
use std::io::BufRead;
use std::path::Path;

use crate::hash::{HashBits, Profile};

pub use error::{ListError, Quarantined, Reason};
pub use lines::MAX_RECORD_BYTES;
pub use options::{Columns, Options};
pub use spec::{ListSpec, SpecError};

/// Reads a list and hands every entry to `sink`, good or quarantined, in the order of the file.
///
/// The sink ends the reading by breaking; the summary then counts what was read so far. Takes two records of memory
/// (at most 3 MiB), however long the list.
///
/// # Errors
///
/// A failed read, a header that cannot be used, UTF-16, or a profile whose hashes are not `N` bytes long. A bad entry is
/// never an error.
pub fn read<const N: usize, R: BufRead>(
    format: Format,
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    if profile.bits() != 8 * N {
        return Err(ListError::width(profile, N));
    }
    match format {
        Format::Text => text::read(reader, options, profile, sink),
        Format::Csv => csv::read(reader, options, profile, sink),
    }
}

/// What takes the entries of a list; it ends the reading by breaking.
pub type Sink<'s, const N: usize> = dyn FnMut(Result<Entry<'_, N>, Quarantined>) -> ControlFlow<()> + 's;

/// One entry of a list. What the list does not say is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry<'a, const N: usize> {
    /// The hash.
    pub hash: HashBits<N>,
    /// The name of the list.
    pub list: &'a str,
    /// The entry's name in the list; its line number where it has none.
    pub id: &'a str,
    /// The list's word for what the picture is; not interpreted.
    pub classification: &'a str,
    /// Who vouches for the entry.
    pub owner: &'a str,
    /// Under whose law it was classified.
    pub jurisdiction: &'a str,
    /// Where the entry begins, counted from 1.
    pub line: u64,
}

/// How many entries and lines were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Entries that the sink was given as good.
    pub entries: u64,
    /// Entries that were quarantined.
    pub quarantined: u64,
    /// Lines without an entry of their own: blank, comment, header, continuation of a quoted field.
    pub skipped: u64,
    /// Lines in all: `entries + quarantined + skipped`.
    pub lines: u64,
}

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One hash per line.
    Text,
    /// A header and delimited columns.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Text, Self::Csv];

    /// The name used on the command line: `text`, `csv`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "csv",
        }
    }

    /// Guesses the format by the extension: `csv` and `tsv` (of either case) are CSV, everything else plain text.
    ///
    /// ```
    /// use lookalike::lists::Format;
    /// use std::path::Path;
    ///
    /// assert_eq!(Format::guess(Path::new("list.CSV")), Format::Csv);
    /// assert_eq!(Format::guess(Path::new("list.txt")), Format::Text);
    /// ```
    #[must_use]
    pub fn guess(path: &Path) -> Self {
        match path.extension() {
            Some(extension) if extension.eq_ignore_ascii_case("csv") || extension.eq_ignore_ascii_case("tsv") => {
                Self::Csv
            }
            _ => Self::Text,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat(()))
    }
}

/// A name that no list format bears; its message lists those that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat(());

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown list format, expected text or csv")
    }
}

impl core::error::Error for UnknownFormat {}
