//! NCMEC hash sharing v2, in XML of any length.
//!
//! `<queryResult>` holds `<images>` and `<videos>`, which hold `<image>`, `<deletedImage>`, `<video>` and `<deletedVideo>`; pages
//! may follow each other in one file, and prefixes of namespaces do not matter. A record has `<member id="42">Name</member>` (the owner),
//! `<timestamp>`, `<id>`, `<classification>` and `<fingerprints>` with `<md5>`, `<sha1>`, `<pdna>`, `<pdq>`. Member and entry identify it; what members
//! say against it (`<negativeFeedback>`) makes it disputed, what they say for it positive.
//!
//! Records are cut out before they are parsed, so that memory is bounded, entities are never expanded, and a record that is not
//! well-formed costs itself only: the next begins where its start tag is.
//!
//! Source: facebook/ThreatExchange, `threatexchange/exchanges/clients/ncmec/hash_api.py`.
#![expect(
    clippy::indexing_slicing,
    reason = "a tag begins with `<`, which is before `looked`; places come from memchr; an element that ends was begun"
)]

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use std::io::BufRead;

use memchr::memmem;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::check::{Fields, Output, Place};
use super::window::Window;
use super::{Format, ListError, MAX_RECORD_BYTES, Options, Reason, Sink, Summary, Why, time};
use crate::entry::Opinion;
use crate::hash::Profile;

/// The elements that are records.
const RECORDS: [&str; 4] = ["image", "deletedImage", "video", "deletedVideo"];
/// How deep the elements of a record may be nested.
const MAX_DEPTH: usize = 32;
/// How long the name of an element may be.
const MAX_NAME_BYTES: usize = 256;
const MALFORMED: Reason = Reason::Malformed { language: "XML" };

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut cutter =
        Cutter { window: Window::new(reader), root: Vec::new(), is_open: false, is_list: false, records: 0 };
    let mut row = Row::default();
    while let Some((place, cut)) = cutter.next()? {
        let flow = match cut {
            Err(reason) => output.quarantine(place, reason),
            Ok(()) => match row.parse(cutter.window.kept()) {
                Err(reason) => output.quarantine(place, reason),
                Ok(()) => take(&row, place, &mut output),
            },
        };
        if flow.is_break() {
            return Ok(output.of_document(cutter.window.lines()));
        }
    }
    if !cutter.is_list {
        return Err(ListError::not_format(Format::Ncmec, cutter.window.lines()));
    }
    Ok(output.of_document(cutter.window.lines()))
}

fn take<const N: usize>(row: &Row, place: Place, output: &mut Output<'_, '_, N>) -> ControlFlow<()> {
    if row.id.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "id" });
    }
    let key = alloc::format!("{}/{}", row.member, row.id);
    let updated = time::read(&row.timestamp);
    if row.is_deleted {
        return output.withdraw(place, "", &key, updated);
    }
    let has_value = ![&row.md5, &row.sha1, &row.sha256, &row.pdq, &row.photodna].into_iter().all(String::is_empty);
    if !has_value && !row.other.is_empty() {
        return output.leave_out(place, "", Some(&key), updated, Why::OtherKind { kind: &row.other });
    }
    let fields = Fields {
        hash: &row.pdq,
        kind: if row.pdq.is_empty() { "" } else { "pdq" },
        md5: &row.md5,
        sha1: &row.sha1,
        sha256: &row.sha256,
        photodna: &row.photodna,
        id: &key,
        classification: &row.classification,
        owner: if row.owner.is_empty() { &row.member } else { &row.owner },
        opinion: match (row.is_contradicted, row.is_supported) {
            (true, _) => Opinion::Disputed,
            (false, true) => Opinion::Positive,
            (false, false) => Opinion::Unstated,
        },
        key: Some(&key),
        updated,
        ..Fields::default()
    };
    output.record(place, Ok(fields))
}

/// Cuts the elements that are records out of a document.
struct Cutter<R> {
    window: Window<R>,
    /// The name of the outermost element.
    root: Vec<u8>,
    is_open: bool,
    is_list: bool,
    records: u64,
}

/// Where a record begins, and whether it could be cut out.
type Cut = (Place, Result<(), Reason>);

/// What stands at a `<`.
enum Markup {
    Start,
    End,
    /// A comment, a section of characters, an instruction, a declaration: passed over.
    Passed,
}

impl<R: BufRead> Cutter<R> {
    /// Cuts out the next record, which the window then keeps.
    fn next(&mut self) -> Result<Option<Cut>, ListError> {
        self.window.release();
        let mut name = Vec::new();
        loop {
            match self.markup(&mut name)? {
                None if self.is_open => return Err(ListError::truncated(self.window.line(), "the document")),
                None => return Ok(None),
                Some(Markup::Passed) => {}
                Some(Markup::End) => {
                    if name == self.root {
                        self.is_open = !self.pass(b">")?;
                    } else {
                        self.window.advance(1);
                    }
                }
                Some(Markup::Start) => {
                    if !self.is_open {
                        self.is_open = true;
                        self.is_list |= local(&name).eq_ignore_ascii_case(b"queryResult");
                        self.root.clone_from(&name);
                        // A document may be one empty element.
                        if self.is_empty_element()? {
                            self.is_open = false;
                        }
                        self.window.advance(1);
                    } else if is_record(&name) {
                        self.is_list = true;
                        return self.cut(&name).map(Some);
                    } else {
                        self.window.advance(1);
                    }
                }
            }
        }
    }

    /// Cuts out the record whose start tag begins here.
    fn cut(&mut self, record: &[u8]) -> Result<Cut, ListError> {
        self.records += 1;
        let place = Place { line: self.window.line(), record: Some(self.records) };
        let start = self.window.place();
        let is_empty = self.is_empty_element()?;
        self.window.keep();
        self.window.advance(1);
        if is_empty {
            self.pass_tag()?;
            return Ok((place, Ok(())));
        }
        let mut name = Vec::new();
        loop {
            match self.markup(&mut name)? {
                None => return Err(self.truncated()),
                Some(Markup::Passed) => {}
                Some(Markup::End) if name == record => {
                    self.pass_tag()?;
                    let fits = self.window.is_kept() && self.window.place() - start <= MAX_RECORD_BYTES as u64;
                    return Ok((place, if fits { Ok(()) } else { Err(Reason::TooLong) }));
                }
                // The record ends without its end tag; what is here belongs to what is around it.
                Some(Markup::End) if name == self.root || is_section(&name) => return Ok((place, Err(MALFORMED))),
                Some(Markup::Start) if is_record(&name) => return Ok((place, Err(MALFORMED))),
                Some(_) => self.window.advance(1),
            }
        }
    }

    /// Moves behind the end of a tag.
    fn pass_tag(&mut self) -> Result<(), ListError> {
        if self.pass(b">")? { Ok(()) } else { Err(self.truncated()) }
    }

    fn truncated(&mut self) -> ListError {
        ListError::truncated(self.window.line(), "a record")
    }

    /// Moves to the next `<` and tells what it is, and its name; `None` at the end.
    fn markup(&mut self, name: &mut Vec<u8>) -> Result<Option<Markup>, ListError> {
        loop {
            let rest = self.window.rest();
            if let Some(at) = memchr::memchr(b'<', rest) {
                self.window.advance(at);
                break;
            }
            let length = rest.len();
            self.window.advance(length);
            if !self.window.fill()? {
                return Ok(None);
            }
        }
        while self.window.rest().len() < MAX_NAME_BYTES && self.window.fill()? {}
        let rest = self.window.rest();
        for (open, close) in [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<?", b"?>"), (b"<!", b">")] {
            if rest.starts_with(open) {
                self.window.advance(open.len());
                return Ok(self.pass(close)?.then_some(Markup::Passed));
            }
        }
        let (markup, after) = match rest {
            [_, b'/', after @ ..] => (Markup::End, after),
            [_, after @ ..] => (Markup::Start, after),
            [] => return Ok(None),
        };
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/' | b'<');
        name.clear();
        name.extend(after.iter().take(MAX_NAME_BYTES).take_while(|byte| !ends(byte)));
        Ok(Some(markup))
    }

    /// Whether the tag that begins here is that of an element without content.
    fn is_empty_element(&mut self) -> Result<bool, ListError> {
        let mut looked = 1;
        loop {
            let rest = self.window.rest();
            if let Some(at) = memchr::memchr2(b'>', b'<', &rest[looked..]) {
                let end = looked + at;
                return Ok(rest[end] == b'>' && rest[end - 1] == b'/');
            }
            looked = rest.len().max(1);
            if looked > MAX_RECORD_BYTES || !self.window.fill()? {
                return Ok(false);
            }
        }
    }

    /// Moves behind the next occurrence of a pattern; false if there is none, the place then being the end.
    fn pass(&mut self, pattern: &[u8]) -> Result<bool, ListError> {
        loop {
            let rest = self.window.rest();
            if let Some(at) = memmem::find(rest, pattern) {
                self.window.advance(at + pattern.len());
                return Ok(true);
            }
            let length = rest.len();
            self.window.advance(length.saturating_sub(pattern.len() - 1));
            if !self.window.fill()? {
                let length = self.window.rest().len();
                self.window.advance(length);
                return Ok(false);
            }
        }
    }
}

/// A name without the prefix of its namespace.
fn local(name: &[u8]) -> &[u8] {
    memchr::memrchr(b':', name).map_or(name, |at| &name[at + 1..])
}

fn is_record(name: &[u8]) -> bool {
    RECORDS.iter().any(|record| local(name).eq_ignore_ascii_case(record.as_bytes()))
}

/// What is around records.
fn is_section(name: &[u8]) -> bool {
    ["images", "videos", "queryResult"].iter().any(|section| local(name).eq_ignore_ascii_case(section.as_bytes()))
}

/// What a record says.
#[derive(Default)]
struct Row {
    is_deleted: bool,
    member: String,
    owner: String,
    id: String,
    timestamp: String,
    classification: String,
    md5: String,
    sha1: String,
    sha256: String,
    photodna: String,
    pdq: String,
    /// The name of a fingerprint that is none of these.
    other: String,
    is_supported: bool,
    is_contradicted: bool,
}

impl Row {
    fn parse(&mut self, record: &[u8]) -> Result<(), Reason> {
        *self = Self::default();
        let record = core::str::from_utf8(record).map_err(|_| Reason::NotUtf8)?;
        let mut reader = Reader::from_str(record);
        let mut path: Vec<String> = Vec::new();
        let mut text = String::new();
        loop {
            match reader.read_event().map_err(|_| MALFORMED)? {
                Event::Start(tag) => {
                    if path.len() == MAX_DEPTH {
                        return Err(MALFORMED);
                    }
                    let name = self.open(&tag, path.is_empty())?;
                    path.push(name);
                    text.clear();
                }
                Event::Empty(tag) => {
                    let name = self.open(&tag, path.is_empty())?;
                    path.push(name);
                    self.close(&path, "");
                    path.pop();
                }
                Event::End(_) if path.is_empty() => return Err(MALFORMED),
                Event::End(_) => {
                    self.close(&path, text.trim());
                    path.pop();
                    text.clear();
                }
                Event::Text(part) => text.push_str(&part),
                Event::CData(part) => text.push_str(&part),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|_| MALFORMED)? {
                    Some(char) => text.push(char),
                    None => {
                        text.push_str(resolve_predefined_entity(&reference).ok_or(MALFORMED)?);
                    }
                },
                Event::Eof if path.is_empty() => return Ok(()),
                Event::Eof => return Err(MALFORMED),
                _ => {}
            }
        }
    }

    /// Reads a start tag; returns the element's name in lower case.
    fn open(&mut self, tag: &BytesStart<'_>, is_outermost: bool) -> Result<String, Reason> {
        let name = tag.local_name().as_ref().to_ascii_lowercase();
        if is_outermost {
            self.is_deleted = name.starts_with("deleted");
        }
        if name == "member" && self.member.is_empty() {
            for attribute in tag.attributes() {
                let attribute = attribute.map_err(|_| MALFORMED)?;
                if attribute.key.local_name().as_ref().eq_ignore_ascii_case("id") {
                    let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| MALFORMED)?;
                    value.trim().clone_into(&mut self.member);
                }
            }
        }
        Ok(name)
    }

    /// Takes the text of the element that ends.
    fn close(&mut self, path: &[String], text: &str) {
        let (name, around) = (&path[path.len() - 1], &path[..path.len() - 1]);
        let parent = around.last().map_or("", String::as_str);
        let field = match (around.len(), parent, name.as_str()) {
            (1, _, "member") => &mut self.owner,
            (1, _, "id") => &mut self.id,
            (1, _, "timestamp") => &mut self.timestamp,
            (1, _, "classification") => &mut self.classification,
            (2, "fingerprints", "md5") => &mut self.md5,
            (2, "fingerprints", "sha1") => &mut self.sha1,
            (2, "fingerprints", "sha256") => &mut self.sha256,
            (2, "fingerprints", "pdna" | "photodna") => &mut self.photodna,
            (2, "fingerprints", "pdq") => &mut self.pdq,
            (2, "fingerprints", other) => {
                other.clone_into(&mut self.other);
                return;
            }
            (_, "members", "member") => {
                self.is_supported |= around.iter().any(|around| around == "affirmativefeedback");
                self.is_contradicted |= around.iter().any(|around| around == "negativefeedback");
                return;
            }
            _ => return,
        };
        text.clone_into(field);
    }
}
