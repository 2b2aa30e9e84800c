//! Delimited columns under a header.
//!
//! The csv crate's parser (csv-core) reads the fields. It is fed line by line, because a quote that is opened and never
//! closed would otherwise swallow the rest of the list as one field: a record may span at most [`MAX_RECORD_LINES`] lines
//! and [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES) bytes. If it does not end by then, its first line is quarantined and
//! reading goes on with its second.
#![expect(
    clippy::indexing_slicing,
    reason = "the parser fills `text` and `ends` up to what it reports; there is a place for every column"
)]

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::check::{Fields, Output, intact, utf8};
use super::lines::{Line, Lines};
use super::record::Refused;
use super::role::role_error;
use super::signal::{self, Signal};
use super::value::{bare, cell, stated, trim};
use super::{Column, Format, ListError, ListErrorKind, MAX_RECORD_BYTES, Options, Reason, Sink, Summary, Why};
use crate::entry::{Opinion, Role};
use crate::hash::Profile;

/// How many lines a record may span: quoted fields of lists hold a remark, not a book.
const MAX_RECORD_LINES: usize = 64;
/// How many columns are looked at; further ones are ignored.
const MAX_COLUMNS: usize = 1024;

/// What a format made of a CSV says of its columns, by names in lower case with `_` for space and `-`; empty for the usual ones.
struct Preset {
    id: &'static str,
    classification: &'static str,
    /// The column of an opinion that is not the classification.
    opinion: &'static str,
    /// The classification of files that do not belong on a list of harmless ones.
    malicious: &'static str,
    delimiter: Option<u8>,
    /// The one role such a list can have.
    role: Option<Role>,
}

const USUAL: Preset = Preset { id: "", classification: "", opinion: "", malicious: "", delimiter: None, role: None };

/// Interpol ICSE: `MD5;SHA1;PhotoDNA;Image ID;Is distributed;Victim identified;Offender identified;Series name;Number of submissions;File
/// Available;Media Type;Baseline`. Source: sepinf-inc/IPED, `HashDBTool.java`.
const ICSE: Preset = Preset { id: "image_id", classification: "baseline", delimiter: Some(b';'), ..USUAL };

/// NIST's `NSRLFile.txt`: `SHA-1`, `MD5`, `CRC32`, `FileName`, `FileSize`, `ProductCode`, `OpSystemCode`, `SpecialCode`, which is `M` for malicious
/// files. Source: NIST, "Data Formats of the NSRL Reference Data Set".
const NSRL: Preset =
    Preset { id: "productcode", classification: "specialcode", malicious: "M", role: Some(Role::Allow), ..USUAL };

/// `dataset --csv` of python-threatexchange: `signal_type,signal_str,collab,category,tags`. The category is an opinion, tags are separated by
/// spaces. Source: facebook/ThreatExchange, `threatexchange/cli/dataset_cmd.py`.
const PYTX: Preset = Preset { classification: "tags", opinion: "category", ..USUAL };

/// Reads a CSV, with what its format says of its columns.
pub(super) fn read<const N: usize, R: BufRead>(
    format: Format,
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let preset = &match format {
        Format::Icse => ICSE,
        Format::Nsrl => NSRL,
        Format::Pytx => PYTX,
        _ => USUAL,
    };
    if let (Some(only), Some(role)) = (preset.role, options.role)
        && only != role
    {
        let why = "it lists known files, nearly all of them harmless; use role=allow, or leave role away";
        return Err(role_error(format, role, 0, why));
    }
    let mut output = Output::new(options, profile, sink);
    let mut source = Source::new(reader);
    // Excel's `sep=;`, which it writes and reads as the first line.
    let mut separator = None;
    let (header_line, delimiter) = loop {
        let Some((number, line)) = source.peek()? else {
            return Err(ListError::new(
                ListErrorKind::Format,
                "the list is empty, expected a line with the names of its columns",
            ));
        };
        let text = line.trim_ascii();
        if let Some(stated) = excel_separator(line).filter(|_| number == 1) {
            separator = Some(stated);
        } else if !text.is_empty() && !text.starts_with(b"#") {
            let delimiter = options.delimiter.or(separator).or(preset.delimiter);
            break (number, delimiter.unwrap_or_else(|| guess_delimiter(text)));
        }
        source.drop_line();
        output.skip(1);
    };
    let mut records = Records::new(source, delimiter);
    let map = match records.next()? {
        Some(Record { lines, content: Ok(()), .. }) => {
            output.skip(lines);
            let header = records.fields().map(utf8).collect::<Result<Vec<_>, _>>();
            let header = header.map_err(|_| header_error(header_line))?;
            Map::new(&header, options, preset, profile, header_line)?
        }
        _ => return Err(header_error(header_line)),
    };
    while let Some(record) = records.next()? {
        let Some(line) = record.line else {
            output.skip(record.lines);
            continue;
        };
        let fields = record.content.map_err(Refused::from).and_then(|()| map.fields(&records, preset));
        let flow = output.record(line, fields);
        output.skip(record.lines - 1);
        if flow.is_break() {
            break;
        }
    }
    output.by_lines()
}

/// The separator in a line `sep=;`.
pub(super) fn excel_separator(line: &[u8]) -> Option<u8> {
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] if separator.is_ascii() && *separator != b'"' => {
            Some(*separator)
        }
        _ => None,
    }
}

/// The candidate that the header has most of; a comma if it has none.
fn guess_delimiter(header: &[u8]) -> u8 {
    let count = |delimiter| header.iter().filter(|byte| **byte == delimiter).count();
    // The last of several equals.
    [b'\t', b','].into_iter().fold(b';', |most, next| if count(next) >= count(most) { next } else { most })
}

/// Lines that can be looked at again.
struct Source<R> {
    lines: Lines<R>,
    /// Lines read and not yet dropped, with their numbers.
    ahead: VecDeque<(u64, Vec<u8>, Line)>,
}

impl<R: BufRead> Source<R> {
    const fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader), ahead: VecDeque::new() }
    }

    /// Makes the line `index` lines ahead available; false at the end.
    fn reach(&mut self, index: usize) -> Result<bool, ListError> {
        while self.ahead.len() <= index {
            let mut line = Vec::new();
            let Some(whole) = self.lines.next(&mut line)? else {
                return Ok(false);
            };
            self.ahead.push_back((self.lines.number(), line, whole));
        }
        Ok(true)
    }

    fn peek(&mut self) -> Result<Option<(u64, &[u8])>, ListError> {
        self.reach(0)?;
        Ok(self.ahead.front().map(|(number, line, _)| (*number, line.as_slice())))
    }

    fn drop_line(&mut self) {
        self.ahead.pop_front();
    }
}

/// Records, one at a time.
struct Records<R> {
    source: Source<R>,
    parser: Reader,
    /// The fields of the current record, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    /// The current record has bytes that are not UTF-8; `text` has U+FFFD in their place.
    replaced: bool,
}

/// The shape of a record; its fields are with [`Records`].
struct Record {
    /// Where it begins; `None` for a blank line.
    line: Option<u64>,
    /// How many lines it spans.
    lines: u64,
    content: Result<(), Reason>,
}

impl<R: BufRead> Records<R> {
    fn new(source: Source<R>, delimiter: u8) -> Self {
        let parser = ReaderBuilder::new().delimiter(delimiter).build();
        Self { source, parser, text: Vec::new(), ends: vec![0; MAX_COLUMNS], fields: 0, replaced: false }
    }

    /// Reads the next record; [`fields`](Self::fields) then returns its content.
    fn next(&mut self) -> Result<Option<Record>, ListError> {
        let Some((line, first)) = self.source.peek()? else {
            return Ok(None);
        };
        if first.trim_ascii().is_empty() {
            self.source.drop_line();
            return Ok(Some(Record { line: None, lines: 1, content: Ok(()) }));
        }
        let (lines, content) = match self.parse()? {
            Ok(lines) => {
                self.replace_bad_bytes();
                (lines, Ok(()))
            }
            Err(reason) => (1, Err(reason)),
        };
        for _ in 0..lines {
            self.source.drop_line();
        }
        Ok(Some(Record { line: Some(line), lines: lines as u64, content }))
    }

    /// Puts U+FFFD in place of bytes that are not UTF-8: a note in Latin-1 must not cost the hash beside it.
    fn replace_bad_bytes(&mut self) {
        self.replaced = core::str::from_utf8(self.text()).is_err();
        if !self.replaced {
            return;
        }
        let mut text = Vec::with_capacity(self.text.len());
        let ends: Vec<usize> = (0..self.fields)
            .map(|index| {
                text.extend_from_slice(String::from_utf8_lossy(self.field(index)).as_bytes());
                text.len()
            })
            .collect();
        self.text = text;
        self.ends[..ends.len()].copy_from_slice(&ends);
    }

    /// Feeds lines to the parser until the record ends; tells how many it took.
    fn parse(&mut self) -> Result<Result<usize, Reason>, ListError> {
        self.parser.reset();
        let (mut written, mut ended, mut bytes) = (0, 0, 0);
        for index in 0..MAX_RECORD_LINES {
            if !self.source.reach(index)? {
                return Ok(Err(Reason::OpenQuote));
            }
            let (_, line, whole) = &self.source.ahead[index];
            bytes += line.len() + 1;
            if *whole == Line::TooLong || bytes > MAX_RECORD_BYTES {
                return Ok(Err(if index == 0 { Reason::TooLong } else { Reason::OpenQuote }));
            }
            // A field is never longer than its text in the file, and a record has at least one byte to write.
            self.text.resize(bytes.max(self.text.len()), 0);
            for mut input in [line.as_slice(), b"\n"] {
                while !input.is_empty() {
                    let (text, ends) = (&mut self.text[written..], &mut self.ends[ended..]);
                    let (result, read, wrote, more) = self.parser.read_record(input, text, ends);
                    input = &input[read..];
                    written += wrote;
                    ended += more;
                    match result {
                        ReadRecordResult::Record => {
                            self.fields = ended;
                            return Ok(Ok(index + 1));
                        }
                        ReadRecordResult::InputEmpty => {}
                        // Further columns than are looked at: the record ends with this line all the same, unless a
                        // quote in them says otherwise, which is then reported on the line that it hides.
                        ReadRecordResult::OutputEndsFull => {
                            self.fields = ended;
                            return Ok(Ok(index + 1));
                        }
                        ReadRecordResult::OutputFull | ReadRecordResult::End => return Ok(Err(Reason::TooLong)),
                    }
                }
            }
        }
        Ok(Err(Reason::OpenQuote))
    }

    /// The fields of the record last read.
    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.fields).map(|index| self.field(index))
    }

    /// All fields, one after the other.
    fn text(&self) -> &[u8] {
        &self.text[..self.end_of(self.fields)]
    }

    /// One field; empty if the record has fewer.
    fn field(&self, index: usize) -> &[u8] {
        if index >= self.fields {
            return &[];
        }
        &self.text[self.end_of(index)..self.end_of(index + 1)]
    }

    /// The end of the first fields, of this many.
    fn end_of(&self, fields: usize) -> usize {
        fields.checked_sub(1).map_or(0, |last| self.ends[last])
    }
}

/// Which column holds what.
struct Map {
    /// By [`Column`].
    columns: [Option<usize>; Column::ALL.len()],
    photodna: Option<usize>,
    opinion: Option<usize>,
    /// The name of the column of hashes does not state what they are.
    unstated: bool,
}

/// The names that a column usually has, the likeliest first.
fn usual_names(column: Column, profile: Profile, preset: &Preset) -> Vec<&'static str> {
    let (first, rest): (&str, &[&str]) = match column {
        Column::Hash => (
            profile.name(),
            &["hash", "signal_str", "signal", "hash_value", "hashvalue", "pdq_hash", "phash", "hex", "fingerprint"],
        ),
        Column::Md5 => ("md5", &["md5_hash", "md5_hex"]),
        Column::Sha1 => ("sha1", &["sha_1", "sha1_hash", "sha1_hex", "sha1_base32"]),
        Column::Sha256 => ("sha256", &["sha_256", "sha256_hash", "sha256_hex"]),
        Column::Id => (preset.id, &["id", "entry", "entry_id", "hash_id", "content_id", "uuid", "path", "filename"]),
        Column::Classification => (preset.classification, &["classification", "category", "class", "label"]),
        Column::Owner => ("owner", &["member", "collab", "source"]),
        Column::Jurisdiction => ("jurisdiction", &["country"]),
        Column::List => ("list", &["list_name"]),
        Column::Quality => ("quality", &["pdq_quality"]),
        Column::Kind => ("signal_type", &["hash_type", "algorithm"]),
    };
    core::iter::once(first).chain(rest.iter().copied()).filter(|name| !name.is_empty()).collect()
}

impl Map {
    fn new(
        header: &[&str],
        options: &Options,
        preset: &Preset,
        profile: Profile,
        line: u64,
    ) -> Result<Self, ListError> {
        let names: Vec<&str> = header.iter().map(|name| cell(name)).collect();
        let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let usually = |usual: &[&str]| usual.iter().find_map(|usual| plain_names.iter().position(|name| name == usual));
        // Which of two columns of one name is meant cannot be known.
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let twice = sorted.windows(2).find_map(|pair| match pair {
            [a, b] if a == b && !a.is_empty() => Some(*a),
            _ => None,
        });
        if let Some(name) = twice {
            return Err(twice_error(line, name));
        }
        let mut columns = [None; Column::ALL.len()];
        for column in Column::ALL {
            columns[column as usize] = match &options.columns[column as usize] {
                Some(wanted) => {
                    let exact = names.iter().position(|name| *name == wanted.trim());
                    let found = exact.or_else(|| usually(&[&plain(wanted)]));
                    Some(found.ok_or_else(|| column_error(line, column, Some(wanted), &names))?)
                }
                None => {
                    let found = usually(&usual_names(column, profile, preset));
                    let name = found.and_then(|at| plain_names.get(at));
                    if let Some(name) = name.filter(|name| plain_names.iter().filter(|other| other == name).count() > 1)
                    {
                        return Err(twice_error(line, name));
                    }
                    found
                }
            };
        }
        let opinion = if preset.opinion.is_empty() { None } else { usually(&[preset.opinion]) };
        let [hash, ..] = columns;
        let name = hash.and_then(|at| plain_names.get(at));
        let unstated = name.is_none_or(|name| signal::named(name, profile) != Signal::Hash);
        let map = Self { columns, photodna: usually(&["photodna", "pdna"]), opinion, unstated };
        if [Column::Hash, Column::Md5, Column::Sha1, Column::Sha256].iter().all(|column| map.of(*column).is_none()) {
            return Err(column_error(line, Column::Hash, None, &names));
        }
        // Known files that are read as abuse would turn every computer into a crime scene.
        let is_nsrl = usually(&["productcode"]).is_some()
            && map.of(Column::Sha1).is_some()
            && usually(&["opsystemcode"]).is_some();
        let role = preset.role.or(options.role).unwrap_or(Role::Abuse);
        if is_nsrl && role != Role::Allow {
            let why = "it has the columns of NSRL, which lists known files; put nsrl: before its path";
            return Err(role_error(Format::Csv, role, line, why));
        }
        Ok(map)
    }

    const fn of(&self, column: Column) -> Option<usize> {
        self.columns[column as usize]
    }

    fn fields<'r, R: BufRead>(&self, records: &'r Records<R>, preset: &Preset) -> Result<Fields<'r>, Refused<'r>> {
        // The whole record is looked at, so that damage beside the hash is not overlooked.
        utf8(records.text())?;
        let at = |at: Option<usize>| at.map_or(Ok(""), |at| utf8(records.field(at)).map(|text| stated(cell(text))));
        let field = |column| at(self.of(column));
        let digest = |column| field(column).map(bare);
        let hash = field(Column::Hash)?;
        if records.replaced {
            intact(hash)?;
        }
        let classification = field(Column::Classification)?;
        if !preset.malicious.is_empty() && classification == preset.malicious {
            return Err(Refused::LeftOut(Why::OtherClass { class: "malicious" }));
        }
        let opinion = at(self.opinion)?;
        if opinion.eq_ignore_ascii_case("NEGATIVE_CLASS") {
            return Err(Refused::LeftOut(Why::Negative));
        }
        Ok(Fields {
            hash: bare(hash),
            md5: digest(Column::Md5)?,
            sha1: digest(Column::Sha1)?,
            sha256: digest(Column::Sha256)?,
            photodna: at(self.photodna).map(bare)?,
            id: field(Column::Id)?,
            classification,
            opinion: Opinion::named(opinion).unwrap_or(Opinion::Unstated),
            role: preset.role,
            owner: field(Column::Owner)?,
            jurisdiction: field(Column::Jurisdiction)?,
            list: field(Column::List)?,
            quality: field(Column::Quality)?,
            kind: field(Column::Kind)?,
            replaced: records.replaced,
            unstated: self.unstated,
            ..Fields::default()
        })
    }
}

fn header_error(line: u64) -> ListError {
    let what = format!("line {line} is not a line of column names: it is not text, or a quote in it is never closed");
    ListError::new(ListErrorKind::Format, what)
}

/// Two columns have one name.
fn twice_error(line: u64, name: &str) -> ListError {
    let what = format!("line {line} names two columns {}, expected one; rename or remove one of them", shown(0, name));
    ListError::new(ListErrorKind::Format, what)
}

/// The column is missing: the one `wanted`, or any of the usual names.
fn column_error(line: u64, column: Column, wanted: Option<&str>, header: &[&str]) -> ListError {
    const SHOWN: usize = 20;
    let key = column.name();
    let missing = match wanted {
        Some(wanted) => format!("no column {wanted:?} for the {key}"),
        None => format!("no column that is known to hold the {key}"),
    };
    let found: Vec<String> = header.iter().enumerate().take(SHOWN).map(|(index, name)| shown(index, name)).collect();
    let more = match header.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = format!(
        "line {line} has {missing}; found {}{more}; name the column with {key}-column=NAME after the list's path",
        found.join(", ")
    );
    ListError::new(ListErrorKind::Format, what)
}

/// A column's name, unless it looks like data: a file without a header must not put its first hash into a log.
fn shown(index: usize, name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_hexdigit).count();
    if name.is_empty() || name.len() > 40 || (digits >= 12 && 4 * digits >= 3 * name.len()) {
        return format!("(column {}, which is not a name)", index + 1);
    }
    format!("{name:?}")
}

/// A column's name without what varies: lower case, `_` for space and `-`.
fn plain(name: &str) -> String {
    trim(name).chars().map(|char| if matches!(char, ' ' | '-') { '_' } else { char.to_ascii_lowercase() }).collect()
}
