//! Delimited columns under a header.
//!
//! The csv crate's parser (csv-core) reads the fields. It is fed line by line, because a quote that is opened and never
//! closed would otherwise swallow the rest of the list as one field: a record may span at most [`MAX_RECORD_LINES`] lines
//! and [`MAX_RECORD_BYTES`](super::MAX_RECORD_BYTES) bytes. If it does not end by then, its first line is quarantined and
//! reading goes on with its second.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use std::io::BufRead;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::check::{Fields, Output, utf8};
use super::lines::{Line, Lines, MAX_RECORD_BYTES};
use super::record::Refused;
use super::{Columns, Format, ListError, Options, Reason, Sink, Summary, Why};
use crate::entry::{Opinion, Role};
use crate::hash::Profile;

/// How many lines a record may span: quoted fields of lists hold a remark, not a book.
const MAX_RECORD_LINES: usize = 64;
/// How many columns are looked at; further ones are ignored.
const MAX_COLUMNS: usize = 1024;

/// What a format made of a CSV knows of its columns, by names in lower case with `_` for space and `-`; empty for the usual ones.
pub(super) struct Preset {
    pub(super) id: &'static str,
    pub(super) classification: &'static str,
    /// Where an opinion stands that is not the classification.
    pub(super) opinion: &'static str,
    /// The classification of what does not belong on a list of harmless files.
    pub(super) malicious: &'static str,
    pub(super) delimiter: Option<u8>,
    /// The one role such a list can have.
    pub(super) role: Option<Role>,
}

impl Preset {
    pub(super) const NONE: Self =
        Self { id: "", classification: "", opinion: "", malicious: "", delimiter: None, role: None };
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    read_as(reader, options, &Preset::NONE, profile, sink)
}

/// Reads a format that is made of a CSV.
pub(super) fn read_as<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    preset: &Preset,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut source = Source::new(reader);
    let (header_line, delimiter) = loop {
        let Some((number, line)) = source.peek()? else {
            return Err(ListError::no_header());
        };
        let text = line.trim_ascii();
        if !text.is_empty() && !text.starts_with(b"#") {
            break (number, options.delimiter.or(preset.delimiter).unwrap_or_else(|| guess_delimiter(text)));
        }
        source.drop_line();
        output.skip(1);
    };
    let mut records = Records::new(source, delimiter);
    let map = match records.next()? {
        Some(Record { lines, content: Ok(()), .. }) => {
            output.skip(lines);
            let header = records.fields().map(utf8).collect::<Result<Vec<_>, _>>();
            let header = header.map_err(|_| ListError::header_text(header_line))?;
            Map::new(&header, options, preset, profile, header_line)?
        }
        _ => return Err(ListError::header_text(header_line)),
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
    Ok(output.by_lines())
}

/// The candidate that the header has most of; a comma if it has none.
fn guess_delimiter(header: &[u8]) -> u8 {
    let count = |delimiter| header.iter().filter(|byte| **byte == delimiter).count();
    [b';', b'\t', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
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
        Self { source, parser, text: Vec::new(), ends: vec![0; MAX_COLUMNS], fields: 0 }
    }

    /// Reads the next record, of which [`fields`](Self::fields) then tells the content.
    fn next(&mut self) -> Result<Option<Record>, ListError> {
        let Some((line, first)) = self.source.peek()? else {
            return Ok(None);
        };
        if first.trim_ascii().is_empty() {
            self.source.drop_line();
            return Ok(Some(Record { line: None, lines: 1, content: Ok(()) }));
        }
        let (lines, content) = match self.parse()? {
            Ok(lines) => (lines, Ok(())),
            Err(reason) => (1, Err(reason)),
        };
        for _ in 0..lines {
            self.source.drop_line();
        }
        Ok(Some(Record { line: Some(line), lines: lines as u64, content }))
    }

    /// Feeds lines to the parser until the record ends; tells how many it took.
    fn parse(&mut self) -> Result<Result<usize, Reason>, ListError> {
        self.parser.reset();
        let (mut written, mut ended, mut bytes) = (0, 0, 0);
        for index in 0..MAX_RECORD_LINES {
            if !self.source.reach(index)? {
                return Ok(Err(Reason::OpenQuote));
            }
            let Some((_, line, whole)) = self.source.ahead.get(index) else {
                return Ok(Err(Reason::OpenQuote));
            };
            bytes += line.len() + 1;
            if *whole == Line::TooLong || bytes > MAX_RECORD_BYTES {
                return Ok(Err(if index == 0 { Reason::TooLong } else { Reason::OpenQuote }));
            }
            // A field is never longer than its text in the file, and a record has at least one byte to write.
            self.text.resize(bytes.max(self.text.len()), 0);
            for mut input in [line.as_slice(), b"\n"] {
                while !input.is_empty() {
                    let text = self.text.get_mut(written..).unwrap_or_default();
                    let ends = self.ends.get_mut(ended..).unwrap_or_default();
                    let (result, read, wrote, more) = self.parser.read_record(input, text, ends);
                    input = input.get(read..).unwrap_or_default();
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
        let end = self.fields.checked_sub(1).and_then(|last| self.ends.get(last)).copied().unwrap_or(0);
        self.text.get(..end).unwrap_or_default()
    }

    /// One field; empty if the record has fewer.
    fn field(&self, index: usize) -> &[u8] {
        if index >= self.fields {
            return &[];
        }
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(index).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }
}

/// Which column holds what.
struct Map {
    hash: Option<usize>,
    md5: Option<usize>,
    sha1: Option<usize>,
    sha256: Option<usize>,
    photodna: Option<usize>,
    id: Option<usize>,
    classification: Option<usize>,
    opinion: Option<usize>,
    owner: Option<usize>,
    jurisdiction: Option<usize>,
    list: Option<usize>,
    quality: Option<usize>,
    kind: Option<usize>,
}

impl Map {
    fn new(
        header: &[&str],
        options: &Options,
        preset: &Preset,
        profile: Profile,
        line: u64,
    ) -> Result<Self, ListError> {
        let Columns { hash, id, classification, owner, jurisdiction, list, quality, kind, md5, sha1, sha256 } =
            &options.columns;
        let names: Vec<String> = header.iter().map(|name| name.trim().into()).collect();
        let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let usually = |usual: &[&str]| {
            usual.iter().find_map(|usual| plain_names.iter().position(|name| !usual.is_empty() && name == usual))
        };
        let find = |key, wanted: &Option<String>, usual: &[&str]| match wanted {
            Some(wanted) => match names.iter().position(|name| name == wanted.trim()).or_else(|| {
                let wanted = plain(wanted);
                plain_names.iter().position(|name| *name == wanted)
            }) {
                Some(column) => Ok(Some(column)),
                None => Err(ListError::column(line, key, Some(wanted), &names)),
            },
            None => Ok(usually(usual)),
        };
        let usual_hash = [
            profile.name(),
            "hash",
            "signal_str",
            "signal",
            "hash_value",
            "hashvalue",
            "pdq_hash",
            "phash",
            "hex",
            "fingerprint",
        ];
        let map = Self {
            hash: find("hash", hash, &usual_hash)?,
            md5: find("md5", md5, &["md5", "md5_hash", "md5_hex"])?,
            sha1: find("sha1", sha1, &["sha1", "sha_1", "sha1_hash", "sha1_hex", "sha1_base32"])?,
            sha256: find("sha256", sha256, &["sha256", "sha_256", "sha256_hash", "sha256_hex"])?,
            photodna: usually(&["photodna", "pdna"]),
            id: find(
                "id",
                id,
                &[preset.id, "id", "entry", "entry_id", "hash_id", "content_id", "uuid", "path", "filename"],
            )?,
            classification: find(
                "classification",
                classification,
                &[preset.classification, "classification", "category", "class", "label"],
            )?,
            opinion: usually(&[preset.opinion]),
            owner: find("owner", owner, &["owner", "member", "collab", "source"])?,
            jurisdiction: find("jurisdiction", jurisdiction, &["jurisdiction", "country"])?,
            list: find("list", list, &["list", "list_name"])?,
            quality: find("quality", quality, &["quality", "pdq_quality"])?,
            kind: find("kind", kind, &["signal_type", "hash_type", "algorithm"])?,
        };
        if map.hash.is_none() && map.md5.is_none() && map.sha1.is_none() && map.sha256.is_none() {
            return Err(ListError::column(line, "hash", None, &names));
        }
        // Known files that are read as abuse would turn every computer into a crime scene.
        let is_nsrl = usually(&["productcode"]).is_some() && map.sha1.is_some() && usually(&["opsystemcode"]).is_some();
        let role = preset.role.or(options.role).unwrap_or_default();
        if is_nsrl && role != Role::Allow {
            let why = "it has the columns of NSRL, which lists known files; put nsrl: before its path";
            return Err(ListError::role(Format::Csv, role, line, why));
        }
        Ok(map)
    }

    fn fields<'r, R: BufRead>(&self, records: &'r Records<R>, preset: &Preset) -> Result<Fields<'r>, Refused<'r>> {
        // The whole record is looked at, so that damage beside the hash is not overlooked.
        utf8(records.text())?;
        let field = |column: Option<usize>| column.map_or(Ok(""), |column| utf8(records.field(column)).map(str::trim));
        let classification = field(self.classification)?;
        if !preset.malicious.is_empty() && classification == preset.malicious {
            return Err(Refused::LeftOut(Why::OtherClass { class: "malicious" }));
        }
        let opinion = field(self.opinion)?;
        if opinion.eq_ignore_ascii_case("NEGATIVE_CLASS") {
            return Err(Refused::LeftOut(Why::Negative));
        }
        Ok(Fields {
            hash: field(self.hash)?,
            md5: field(self.md5)?,
            sha1: field(self.sha1)?,
            sha256: field(self.sha256)?,
            photodna: field(self.photodna)?,
            id: field(self.id)?,
            classification,
            opinion: Opinion::named(opinion).unwrap_or_default(),
            role: preset.role,
            owner: field(self.owner)?,
            jurisdiction: field(self.jurisdiction)?,
            list: field(self.list)?,
            quality: field(self.quality)?,
            kind: field(self.kind)?,
            ..Fields::default()
        })
    }
}

/// A column's name without what varies: lower case, `_` for space and `-`.
fn plain(name: &str) -> String {
    name.trim().chars().map(|char| if matches!(char, ' ' | '-') { '_' } else { char.to_ascii_lowercase() }).collect()
}
