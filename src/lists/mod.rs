//! Published hash lists, streamed record by record into one type.
//!
//! [`read`] hands each record of a list to a sink as it is read, and keeps no more than a record in memory, however long the
//! list or one of its lines may be. What a [`Record`] can be:
//!
//! | record | what it means |
//! |---|---|
//! | [`Entry`] | a picture that is listed: its perceptual hash, digests of its file, or both |
//! | [`Withdrawal`](Record::Withdrawal) | what was listed under this key no longer is |
//! | [`LeftOut`](Record::LeftOut) | a sound record that is not taken: of another kind, of a class that is no abuse, switched off |
//! | [`Quarantined`] | a record, or a part of one, that cannot be taken; with its line and the reason |
//!
//! One malformed record must not keep a list from use, and must not vanish either: reading goes on behind it. A list that
//! ends in the middle is an error, because what is missing is not known. Nothing here prints a value of a list: a hash is not
//! anonymous, and errors end up in logs.
//!
//! Records with a key (a member's entry, a database id) replace each other, and are withdrawn, also by later files:
//! [`Dedup`] reports at the end which entries to leave out.
//!
//! # Formats
//!
//! | [`Format`] | what it is | key | withdrawn by |
//! |---|---|---|---|
//! | `text` | a hash or digest a line | | |
//! | `csv` | a header and [columns](Column) | | |
//! | `jsonl` | an object a line: the documented form of everything else, see [`jsonl`] | `key` | `withdrawn` |
//! | `ncmec` | NCMEC hash sharing v2, XML | member and entry | `<deletedImage>`, `<deletedVideo>` |
//! | `stopncii` | StopNCII `FetchHashes`, JSON | type and hash | its status, or that of all its cases |
//! | `tat` | Tech Against Terrorism hash list, JSON | `id` | `deleted` |
//! | `threatexchange` | Meta ThreatExchange `threat_updates`, JSON | `id` | `should_delete`, no descriptor |
//! | `pytx` | signal files of python-threatexchange, and its `dataset --csv` | | |
//! | `hma` | contents of a bank of Hasher-Matcher-Actioner, JSON | `id` | `disable_until_ts` |
//! | `vics` | Project VIC data model 1.x and 2.0, JSON: see [`vics`] | MD5 | another `Category` |
//! | `icse` | Interpol ICSE, CSV | | |
//! | `nsrl` | NIST National Software Reference Library, CSV: known files, an allow list and nothing else | | |
//! | `sums` | the output of `md5sum`, `sha1sum`, `sha256sum` (GNU and BSD) and `hashdeep`; names of files are not kept | | |
//!
//! JSON may be one document, pages of a service one after the other, an array of records, or a record a line. Where no format
//! is named, [`Format::sniff`] tells it by the content.
//!
//! A list may be packed: gzip, and ZIP archives of one file, stored or deflated, are told by their first bytes. More than 200 times the
//! packed size is refused beyond 64 MiB. Encrypted archives, zip64, 7z, RAR, xz, bzip2 and Zstandard are refused.
//!
//! # Plain text
//!
//! ```text
//! # a comment; blank lines are skipped, white space around a line too
//! f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22      # a trailing comment
//! f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22,100,albums/bridge.jpg
//! pdq f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22
//! md5 0123456789abcdef0123456789abcdef
//! ```
//!
//! `HEX`, `HEX,QUALITY` and `HEX,QUALITY,ID` (what Meta's tool and `lookalike hash` print, the path being the id), and
//! the `TYPE HEX` of py-tx. An entry without an id gets its line number.
//!
//! 64 digits are a PDQ hash or a SHA-256. A list of no stated kind is refused if fewer than half of its first 32 hashes (of 8 at least) have
//! 127 to 129 ones, as PDQ hashes have; [`Options::kind`] states the kind.
//!
//! # CSV
//!
//! A header, then records; quoted fields may hold delimiters and line ends. Comma, semicolon or tab is told from the
//! header. Columns are found by [their usual names](Column) or mapped by name. `#` lines before the header are skipped.
//! A row with digests only is an entry. A column named twice is refused. `sep=;` as the first line sets the delimiter.
//!
//! # What is accepted, and what is quarantined
//!
//! Lines end in LF, CRLF or CR; a UTF-8 byte order mark is skipped; digits are of either case; digests may be base64, SHA-1
//! also base32; what spreadsheets put around a value (`="..."`, an apostrophe, no-break and zero-width spaces) is removed, and so are quotation
//! marks around a hash; `NULL`, `N/A`, `none` and `-` in a column state nothing; truth values and numbers may be strings. UTF-16 is read if it has a byte order mark, and refused if not. Quarantined are: what is not a
//! hash of the profile's length, all zeros or all ones, PDQ hashes with fewer than 64 or more than 192 ones (an ordinary one has 128),
//! a stated quality below the minimum, digests of empty input, hashes that are not UTF-8, and records over [`MAX_RECORD_BYTES`]. Where a
//! record has good parts beside a bad one, it is an entry with the good ones, and the bad one is quarantined as a part. In text and CSV, bytes beside the hash that are not UTF-8
//! are read as U+FFFD, and reported as such a part.
//!
//! PhotoDNA values are kept as they are and counted; this library does not compute them.
//!
//! ```
//! use core::ops::ControlFlow;
//! use lookalike::hash::Profile;
//! use lookalike::lists::{self, Format, Options, Record};
//!
//! let list = "# two good entries and a bad one\n0123456789abcdef\nFEDCBA9876543210,,cat.jpg\n0123\n";
//! let (mut ids, mut bad) = (Vec::new(), Vec::new());
//! let summary = lists::read::<8, _>(Format::Text, list.as_bytes(), &Options::new("mine"), Profile::Phash64, &mut |record| {
//!     match record {
//!         Record::Entry(entry) => ids.push(entry.source.id.to_owned()),
//!         Record::Quarantined(quarantined) => bad.push(quarantined.to_string()),
//!         _ => {}
//!     }
//!     ControlFlow::Continue(())
//! })?;
//! assert_eq!(ids, ["2", "cat.jpg"]);
//! assert_eq!(bad, ["line 4: the hash has 4 digits, phash has 16"]);
//! assert_eq!((summary.entries(), summary.quarantined(), summary.lines()), (2, 1, 4));
//! # Ok::<(), lists::ListError>(())
//! ```

#![forbid(unsafe_code)]

mod check;
mod csv;
mod dedup;
mod encoding;
mod error;
mod format;
mod framer;
mod hma;
pub mod jsonl;
mod lines;
mod ncmec;
mod options;
mod reason;
mod record;
mod role;
mod signal;
mod sniff;
mod spec;
mod stopncii;
mod sums;
mod tat;
mod text;
mod threatexchange;
mod time;
mod unpack;
mod utf16;
mod value;
pub mod vics;
mod window;

use std::io::BufRead;

use crate::hash::Profile;
use sniff::Sniffed;

pub use dedup::{Dedup, Disposition};
pub use error::{ListError, ListErrorKind};
pub use format::Format;
pub use options::{Column, Kind, Options};
pub use reason::{MAX_RECORD_BYTES, Quarantined, Reason};
pub use record::{Entry, Record, Sink, Summary, Why};
pub use spec::ListSpec;

/// Reads a list and hands every record to `sink`, in the order of the file.
///
/// The sink ends the reading by breaking; the summary then counts what was read so far. Takes at most two records of memory
/// (3 MiB), however long the list.
///
/// # Errors
///
/// A failed read, a list that ends in the middle, a header or document that is not of the format, UTF-16 without a byte order mark, a role that such a list cannot
/// have, options that the format does not know, or a profile whose hashes are not `N` bytes long. A bad record is never an error.
pub fn read<const N: usize, R: BufRead>(
    format: Format,
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let refused = |kind, what: core::fmt::Arguments<'_>| Err(ListError::new(kind, what));
    if profile.bits() != 8 * N {
        let bytes = profile.bits() / 8;
        return refused(
            ListErrorKind::Profile,
            format_args!("a hash of {profile} has {bytes} bytes, the caller reads {N}"),
        );
    }
    let names_columns = options.delimiter.is_some() || options.columns.iter().any(Option::is_some);
    if format != Format::Csv && names_columns {
        return refused(
            ListErrorKind::Argument,
            format_args!(
                "columns and delimiter are for CSV, and the list is read as {format}; put csv: before its path"
            ),
        );
    }
    if format != Format::Vics && options.categories.is_some() {
        return refused(
            ListErrorKind::Argument,
            format_args!(
                "categories are those of Project VIC, and the list is read as {format}; put vics: before its path"
            ),
        );
    }
    let reader = utf16::Utf8::new(unpack::Unpacked::new(reader));
    match format {
        Format::Text => text::read(reader, options, profile, sink),
        Format::Csv | Format::Icse | Format::Nsrl => csv::read(format, reader, options, profile, sink),
        Format::Jsonl => jsonl::read(reader, options, profile, sink),
        Format::Ncmec => ncmec::read(reader, options, profile, sink),
        Format::Stopncii => stopncii::read(reader, options, profile, sink),
        Format::Tat => tat::read(reader, options, profile, sink),
        Format::Threatexchange => threatexchange::read(reader, options, profile, sink),
        Format::Pytx => {
            // A signal file has `TYPE SIGNAL` or only a signal a line, without comments; `dataset --csv` writes a header.
            // Source: facebook/ThreatExchange, `threatexchange/exchanges/impl/file_api.py`.
            let sniffed = Sniffed::new(reader).map_err(|error| ListError::read(0, error))?;
            let is_dataset = sniffed.is_dataset();
            let reader = sniffed.into_reader();
            if is_dataset {
                csv::read(format, reader, options, profile, sink)
            } else {
                text::read(reader, options, profile, sink)
            }
        }
        Format::Hma => hma::read(reader, options, profile, sink),
        Format::Sums => sums::read(reader, options, profile, sink),
        Format::Vics => vics::read(reader, options, profile, sink),
    }
}
