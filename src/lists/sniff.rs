//! Which format a list has, told by its beginning.

use alloc::string::String;
use alloc::vec::Vec;
use std::io::{self, BufRead, Chain, Cursor, Read as _};
use std::path::Path;

use super::signal::{self, Signal};
use super::unpack::Unpacked;
use super::utf16::Utf8;
use super::{Format, csv, sums};
use crate::hash::Profile;

/// How much of a list is looked at.
const HEAD_BYTES: u64 = 1 << 16;

/// A list whose beginning was read, to recognise its format.
pub(super) struct Sniffed<R> {
    head: Vec<u8>,
    reader: R,
}

impl<R: BufRead> Sniffed<R> {
    /// Reads the first 64 KiB of a list, or all of it.
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        Ok(Self { head, reader })
    }

    /// The whole list.
    pub(super) fn into_reader(self) -> Chain<Cursor<Vec<u8>>, R> {
        Cursor::new(self.head).chain(self.reader)
    }

    /// Whether it begins with the header of `dataset --csv`.
    pub(super) fn is_dataset(&self) -> bool {
        first_line(text_of(&self.head)).is_some_and(is_dataset)
    }
}

impl Format {
    /// Reads the first 64 KiB of a list to recognise its format as [`sniff`](Self::sniff) does; also returns the whole list.
    ///
    /// ```
    /// use lookalike::lists::Format;
    /// use std::io::Read;
    ///
    /// let (format, mut reader) = Format::detect(&b"hash,id\n"[..], "list".as_ref())?;
    /// assert_eq!(format, Format::Csv);
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text)?;
    /// assert_eq!(text, "hash,id\n");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What the reader returns.
    pub fn detect<R: BufRead>(reader: R, path: &Path) -> io::Result<(Self, impl BufRead + use<R>)> {
        let sniffed = Sniffed::new(Utf8::new(Unpacked::new(reader)))?;
        Ok((Self::sniff(&sniffed.head, path), sniffed.into_reader()))
    }

    /// Recognises the format of a list by its path and its beginning; some KiB suffice.
    ///
    /// XML is NCMEC; JSON is told by the names of its fields, a CSV by its header. A line that begins with a hash is text, unless
    /// the path ends in `.csv` or `.tsv`.
    ///
    /// ```
    /// use lookalike::lists::Format;
    ///
    /// assert_eq!(Format::sniff(b"<?xml version='1.0'?><queryResult>", "-".as_ref()), Format::Ncmec);
    /// assert_eq!(Format::sniff(br#"{"count": 1, "hashRecords": []}"#, "x.csv".as_ref()), Format::Stopncii);
    /// assert_eq!(Format::sniff(b"MD5;SHA1;PhotoDNA;Image ID;Baseline", "-".as_ref()), Format::Icse);
    /// assert_eq!(Format::sniff(b"video_md5 0123", "-".as_ref()), Format::Pytx);
    /// ```
    #[must_use]
    pub fn sniff(head: &[u8], path: &Path) -> Self {
        let text = text_of(head);
        match text.first() {
            Some(b'<') => return Self::Ncmec,
            Some(b'{' | b'[') => return of_json(text),
            _ => {}
        }
        let is = |wanted: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted));
        if is("jsonl") || is("ndjson") {
            return Self::Jsonl;
        }
        let line = first_line(text).unwrap_or(b"");
        let lower = String::from_utf8_lossy(line).to_ascii_lowercase();
        let has =
            |name: &str| lower.split([',', ';', '\t', '|']).any(|cell| cell.trim_matches(['"', ' ', '\'']) == name);
        if is_dataset(line) {
            return Self::Pytx;
        }
        if csv::excel_separator(line).is_some() {
            return Self::Csv;
        }
        if sums::is_sums(line) {
            return Self::Sums;
        }
        if has("productcode") && has("sha-1") {
            return Self::Nsrl;
        }
        if has("md5") && has("image id") && has("baseline") {
            return Self::Icse;
        }
        if is("csv") || is("tsv") {
            return Self::Csv;
        }
        const NAMES: [&str; 12] = [
            "hash",
            "pdq",
            "md5",
            "sha1",
            "sha-1",
            "sha256",
            "signal",
            "signal_str",
            "phash",
            "hash_value",
            "pdq_hash",
            "hashvalue",
        ];
        if lower.contains([',', ';', '\t', '|']) && NAMES.iter().any(|name| has(name)) {
            return Self::Csv;
        }
        if lines(text).take(100).any(is_signal) { Self::Pytx } else { Self::Text }
    }
}

/// Which of the formats in JSON it is.
fn of_json(text: &[u8]) -> Format {
    let has = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    // Before the records of any format, only its envelope can say something else.
    if has("ProjectVic") || has("PROJECTVIC") || has("odata.metadata") || has("@odata.context") {
        return Format::Vics;
    }
    if has("\"hashRecords\"") || has("\"signalType\"") && has("\"hashValue\"") {
        return Format::Stopncii;
    }
    if has("\"hash_digest\"") {
        return Format::Tat;
    }
    if has("\"indicator\"") && has("\"type\"") {
        return Format::Threatexchange;
    }
    if has("\"disable_until_ts\"") || has("\"signals\"") {
        return Format::Hma;
    }
    let lower = text.to_ascii_lowercase();
    let has_any_case = |mark: &str| memchr::memmem::find(&lower, mark.as_bytes()).is_some();
    if has_any_case("\"md5\"") && (has_any_case("\"category\"") || has_any_case("\"mediaid\"")) {
        return Format::Vics;
    }
    // Pages of services may be empty.
    for (mark, format) in [
        ("\"results\"", Format::Tat),
        ("\"checkpoint\"", Format::Tat),
        ("\"threat_updates\"", Format::Threatexchange),
        ("\"paging\"", Format::Threatexchange),
        ("\"mediasize\"", Format::Vics),
    ] {
        if has_any_case(mark) {
            return format;
        }
    }
    Format::Jsonl
}

/// The beginning without byte order mark and white space.
fn text_of(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

/// The lines that are neither blank nor comments.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
}

fn first_line(text: &[u8]) -> Option<&[u8]> {
    lines(text).next()
}

/// Whether a line is `TYPE SIGNAL` of a type that only python-threatexchange has; `pdq HEX`, `md5 HEX` are plain text, too.
fn is_signal(line: &[u8]) -> bool {
    let Some(space) = line.iter().position(u8::is_ascii_whitespace) else { return false };
    let (first, _) = line.split_at(space);
    core::str::from_utf8(first)
        .is_ok_and(|first| first.contains('_') && signal::named(first, Profile::Pdq) != Signal::Unknown)
}

fn is_dataset(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let mut cells = line.split(',').map(|cell| cell.trim().trim_matches('"'));
    cells.next() == Some("signal_type") && cells.next() == Some("signal_str")
}
