//! JSON of any length, cut into records.
//!
//! Lists in JSON are documents of gigabytes that hold their records in arrays, at times in arrays within records of another kind
//! (the media of a case). This walks the outer structure, aware of strings and nothing more, and hands out the bytes of one record
//! after the other, for a parser that wants them whole. It goes into arrays with the names it is given, and takes what is in them
//! for records; an object at the outermost level that holds no such array is a record itself. So documents, pages one after the
//! other, plain arrays, and one record per line are all read.
//!
//! **Damage.** A record whose brackets pair up costs itself only; whether it is sound is the parser's business. Where they do not, or a string is
//! not closed on its line, or what stands between strings is no JSON (the sign of a quote too few), nothing can be said about where the record
//! ends. But records of a list begin alike: reading goes on at the next object that begins with the name of a field with which a record began
//! before. A list that ends before its brackets are closed is not complete, which is an error.
#![expect(
    clippy::indexing_slicing,
    reason = "places within a run of bytes come from memchr or are bounded by its length"
)]

use alloc::vec::Vec;
use core::ops::{ControlFlow, Range};
use std::io::BufRead;

use super::check::Place;
use super::window::Window;
use super::{Format, ListError, MAX_RECORD_BYTES, Reason};

/// How deep brackets may be nested within a record: as deep as the parser goes.
const MAX_DEPTH: u32 = 120;
/// How deep arrays of records may be nested.
const MAX_OUTER: usize = 8;
/// How many different first fields are remembered.
const MAX_FIRST_FIELDS: usize = 8;
/// How long the name of a field is of which records are known.
const MAX_FIELD_BYTES: usize = 64;
/// How much of the end of a list is looked at for closing brackets.
const TAIL_BYTES: usize = 1 << 12;
/// How many bytes may be looked at again after damage, beside as many as were read: beyond, what is damaged costs more than itself.
const RESCAN_BYTES: u64 = 64 << 20;

/// What was found in a list.
pub(super) enum Event<'a> {
    /// What an object said before an array of records began in it: `{"key":"value",`.
    Envelope(&'a [u8]),
    /// The bytes of a record.
    Record(Place, &'a [u8]),
    /// What is no record.
    Bad(Place, Reason),
}

/// The same, in places of the window.
enum Found {
    Envelope(Range<u64>),
    Record(Place, Range<u64>),
    Bad(Place, Reason),
}

/// In what the current place lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outer {
    /// An array of records.
    Array,
    /// An object that holds such arrays.
    Envelope,
}

/// How a walk through an object or its rest ended.
enum Walked {
    Whole,
    /// At the bracket of an array of records, the field's name being where it is said.
    AtArray(u64),
    Broken,
    End,
}

/// Hands the records of a document to a function, and what is none; returns the number of lines.
pub(super) fn each<R: BufRead>(
    reader: R,
    format: Format,
    arrays: &'static [&'static str],
    mut take: impl FnMut(Place, Result<&[u8], Reason>) -> ControlFlow<()>,
) -> Result<u64, ListError> {
    let mut framer = Framer::new(reader, arrays);
    let mut is_list = false;
    while let Some(event) = framer.next()? {
        is_list = true;
        let flow = match event {
            Event::Envelope(_) => continue,
            Event::Bad(place, reason) => take(place, Err(reason)),
            Event::Record(place, record) => take(place, Ok(record)),
        };
        if flow.is_break() {
            break;
        }
    }
    if is_list { Ok(framer.lines()) } else { Err(ListError::not_format(format, framer.lines())) }
}

/// Cuts JSON into records.
pub(super) struct Framer<R> {
    window: Window<R>,
    /// The names of the arrays that hold records, of either case.
    arrays: &'static [&'static str],
    outer: Vec<Outer>,
    /// Brackets open within the record: a bit each, set for objects, the innermost lowest.
    objects: u128,
    depth: u32,
    /// The names, in quotes, with which records began.
    first_fields: Vec<Vec<u8>>,
    records: u64,
    rescanned: u64,
    is_over: bool,
}

impl<R: BufRead> Framer<R> {
    pub(super) fn new(reader: R, arrays: &'static [&'static str]) -> Self {
        Self {
            window: Window::new(reader),
            arrays,
            outer: Vec::new(),
            objects: 0,
            depth: 0,
            first_fields: Vec::new(),
            records: 0,
            rescanned: 0,
            is_over: false,
        }
    }

    /// The next record; `None` at the end of the list.
    pub(super) fn next(&mut self) -> Result<Option<Event<'_>>, ListError> {
        self.window.release();
        let Some(found) = self.find()? else {
            return Ok(None);
        };
        Ok(Some(match found {
            Found::Envelope(range) => Event::Envelope(self.window.between(range.start, range.end)),
            Found::Record(place, range) => Event::Record(place, self.window.between(range.start, range.end)),
            Found::Bad(place, reason) => Event::Bad(place, reason),
        }))
    }

    /// How many lines were read.
    pub(super) fn lines(&mut self) -> u64 {
        self.window.lines()
    }

    fn find(&mut self) -> Result<Option<Found>, ListError> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            if self.outer.last() == Some(&Outer::Envelope) {
                // Behind an array of records: the rest of the object that holds it.
                let place = self.here();
                (self.objects, self.depth) = (1, 1);
                match self.walk(b'v')? {
                    Walked::Whole => drop(self.outer.pop()),
                    Walked::AtArray(_) => self.go_into_array(),
                    Walked::Broken => {
                        self.outer.pop();
                        return self.broken(place).map(Some);
                    }
                    Walked::End => return Err(self.truncated("an object")),
                }
                continue;
            }
            let Some(byte) = self.window.peek()? else {
                if self.outer.is_empty() {
                    return Ok(None);
                }
                return Err(self.truncated("an array of records"));
            };
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' | b',' => self.window.advance(1),
                b']' if self.outer.last() == Some(&Outer::Array) => {
                    self.window.advance(1);
                    self.outer.pop();
                }
                b'[' if self.outer.is_empty() => self.go_into_array(),
                b'{' => {
                    if let Some(found) = self.element()? {
                        return Ok(Some(found));
                    }
                }
                _ => return self.no_object(byte).map(Some),
            }
        }
    }

    /// An object where a record may be: `None` if it holds an array of records and said nothing before it.
    fn element(&mut self) -> Result<Option<Found>, ListError> {
        let place = self.here();
        let start = self.window.place();
        self.window.keep();
        self.window.advance(1);
        (self.objects, self.depth) = (1, 1);
        match self.walk(b'{')? {
            Walked::Whole => {
                let place = self.count(place);
                if !self.window.is_kept() || self.window.place() - start > MAX_RECORD_BYTES as u64 {
                    return Ok(Some(Found::Bad(place, Reason::TooLong)));
                }
                self.remember_first_field();
                Ok(Some(Found::Record(place, start..self.window.place())))
            }
            Walked::AtArray(field) => {
                let found = self.window.is_kept().then_some(Found::Envelope(start..field));
                if self.outer.len() + 2 > MAX_OUTER {
                    return self.broken(place).map(Some);
                }
                self.outer.push(Outer::Envelope);
                self.go_into_array();
                Ok(found)
            }
            Walked::Broken => self.broken(place).map(Some),
            Walked::End => Err(self.truncated("a record")),
        }
    }

    /// Something else where a record should be.
    fn no_object(&mut self, byte: u8) -> Result<Found, ListError> {
        let place = self.here();
        self.window.keep();
        (self.objects, self.depth) = (0, 0);
        let is_whole = match byte {
            b'[' => {
                self.window.advance(1);
                self.depth = 1;
                match self.walk(b'[')? {
                    Walked::Whole => true,
                    Walked::AtArray(_) | Walked::Broken => false,
                    Walked::End => return Err(self.truncated("an array")),
                }
            }
            b'"' => match self.string()? {
                Some(is_whole) => is_whole,
                None => return Err(self.truncated("a string")),
            },
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => self.scalar()?,
            _ => false,
        };
        if is_whole {
            return Ok(Found::Bad(self.count(place), Reason::NotARecord));
        }
        self.broken(place)
    }

    fn go_into_array(&mut self) {
        self.window.advance(1);
        self.outer.push(Outer::Array);
    }

    /// Walks on through an object or array, `before` being the last byte that counts: a bracket, `:`, `,`, `k` for the name of a
    /// field, `v` for a value.
    fn walk(&mut self, mut before: u8) -> Result<Walked, ListError> {
        // Where the name of the field is that holds records, if its value comes next.
        let mut records = None;
        loop {
            let Some(byte) = self.window.peek()? else {
                return Ok(Walked::End);
            };
            let in_object = self.objects & 1 == 1;
            let may_be_value = if in_object { before == b':' } else { matches!(before, b'[' | b',') };
            let is_name = in_object && matches!(before, b'{' | b',');
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.window.advance(1),
                b'"' if may_be_value || is_name => {
                    let start = self.window.place();
                    let (read, is_of_records) =
                        if is_name && self.depth == 1 { self.name()? } else { (self.string()?, false) };
                    match read {
                        Some(true) => before = if is_name { b'k' } else { b'v' },
                        Some(false) => return Ok(Walked::Broken),
                        None => return Ok(Walked::End),
                    }
                    records = is_of_records.then_some(start);
                }
                b':' if before == b'k' => {
                    self.window.advance(1);
                    before = b':';
                }
                b',' if before == b'v' => {
                    self.window.advance(1);
                    before = b',';
                }
                b'{' | b'[' if may_be_value && self.depth < MAX_DEPTH => {
                    if let Some(name) = records.take().filter(|_| byte == b'[') {
                        return Ok(Walked::AtArray(name));
                    }
                    self.window.advance(1);
                    self.depth += 1;
                    self.objects = self.objects << 1 | u128::from(byte == b'{');
                    before = byte;
                }
                // A comma before the bracket is for the parser to complain about.
                b'}' | b']' if in_object == (byte == b'}') && !matches!(before, b':' | b'k') => {
                    self.window.advance(1);
                    self.depth -= 1;
                    self.objects >>= 1;
                    before = b'v';
                    if self.depth == 0 {
                        return Ok(Walked::Whole);
                    }
                }
                b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'N' | b'I' if may_be_value => {
                    if !self.scalar()? {
                        return Ok(Walked::Broken);
                    }
                    before = b'v';
                }
                _ => return Ok(Walked::Broken),
            }
        }
    }

    /// Passes over a string: whether it is closed on its line; `None` if the list ends within it.
    fn string(&mut self) -> Result<Option<bool>, ListError> {
        self.window.advance(1);
        loop {
            let rest = self.window.rest();
            match memchr::memchr3(b'"', b'\\', b'\n', rest).map(|at| (at, rest[at])) {
                Some((at, b'"')) => {
                    self.window.advance(at + 1);
                    return Ok(Some(true));
                }
                Some((at, b'\n')) => {
                    self.window.advance(at);
                    return Ok(Some(false));
                }
                Some((at, _)) => {
                    self.window.advance(at + 1);
                    match self.window.peek()? {
                        Some(b'\n') => return Ok(Some(false)),
                        Some(_) => self.window.advance(1),
                        None => return Ok(None),
                    }
                }
                None => {
                    let length = rest.len();
                    self.window.advance(length);
                    if !self.window.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Passes over the name of a field: as [`string`](Self::string), and whether it is that of an array of records.
    fn name(&mut self) -> Result<(Option<bool>, bool), ListError> {
        let was_kept = self.window.is_kept();
        if !was_kept {
            self.window.keep();
        }
        let start = self.window.place();
        let read = self.string()?;
        let mut is_of_records = false;
        if read == Some(true) && self.window.is_kept() {
            let name = self.window.between(start + 1, self.window.place() - 1);
            is_of_records = self.arrays.iter().any(|array| array.as_bytes().eq_ignore_ascii_case(name));
        }
        if !was_kept {
            self.window.release();
        }
        Ok((read, is_of_records))
    }

    /// Passes over a number or word; false if it is longer than a word, and no number.
    fn scalar(&mut self) -> Result<bool, ListError> {
        let mut letters = 0;
        while let Some(byte) = self.window.peek()? {
            match byte {
                b'0'..=b'9' | b'+' | b'-' | b'.' => {}
                b'a'..=b'z' | b'A'..=b'Z' => letters += 1,
                _ => break,
            }
            self.window.advance(1);
        }
        // `-Infinity`, which Python writes, has 8.
        Ok(letters <= 8)
    }

    /// Where the current place is.
    fn here(&mut self) -> Place {
        Place { line: self.window.line(), record: None }
    }

    /// Gives the record that begins at a place its number.
    const fn count(&mut self, place: Place) -> Place {
        self.records += 1;
        Place { record: Some(self.records), ..place }
    }

    fn truncated(&mut self, within: &'static str) -> ListError {
        ListError::truncated(self.window.line(), within)
    }

    /// Remembers with which field the kept record begins.
    fn remember_first_field(&mut self) {
        let Some(inside) = self.window.kept().strip_prefix(b"{") else {
            return;
        };
        let field = inside.trim_ascii_start();
        if self.first_fields.len() == MAX_FIRST_FIELDS || self.first_fields.iter().any(|known| field.starts_with(known))
        {
            return;
        }
        let head = &field[..field.len().min(MAX_FIELD_BYTES)];
        let end = head.strip_prefix(b"\"").and_then(|name| memchr::memchr(b'"', name));
        if let Some(end) = end {
            // With both quotes.
            self.first_fields.push(head[..end + 2].to_vec());
        }
    }

    /// What cannot be read as a record: goes on at the next.
    fn broken(&mut self, place: Place) -> Result<Found, ListError> {
        let place = self.count(place);
        if self.first_fields.is_empty() {
            self.remember_first_field();
        }
        let here = self.window.place();
        self.rescanned += here - self.window.kept_from().unwrap_or(here);
        if self.rescanned <= here + RESCAN_BYTES {
            self.window.back_to_kept();
        }
        self.window.release();
        self.seek_record()?;
        Ok(Found::Bad(place, Reason::Malformed { language: "JSON" }))
    }

    /// Moves to the next object that begins as records of this list do, or to the end.
    fn seek_record(&mut self) -> Result<(), ListError> {
        // The last bytes that count: they tell whether what is open is closed in the end.
        let mut tail = Vec::new();
        loop {
            let rest = self.window.rest();
            let begins = memchr::memchr(b'{', rest);
            let passed = &rest[..begins.unwrap_or(rest.len())];
            let length = passed.len();
            let last = &passed[length.saturating_sub(TAIL_BYTES)..];
            tail.extend(last.iter().filter(|byte| !byte.is_ascii_whitespace()));
            tail.drain(..tail.len().saturating_sub(MAX_OUTER));
            self.window.advance(length);
            if begins.is_some() {
                if self.is_first_field_next()? {
                    return Ok(());
                }
                self.window.advance(1);
                tail.push(b'{');
            } else if !self.window.fill()? {
                break;
            }
        }
        let closing = self.outer.iter().map(|outer| if *outer == Outer::Array { b']' } else { b'}' });
        if !tail.iter().rev().copied().take(self.outer.len()).eq(closing) {
            return Err(self.truncated("a record"));
        }
        self.is_over = true;
        Ok(())
    }

    /// Whether an object begins here with a field with which records began; with any, if there was no record yet.
    fn is_first_field_next(&mut self) -> Result<bool, ListError> {
        self.window.keep();
        while self.window.rest().len() < 4 * MAX_FIELD_BYTES && self.window.fill()? {}
        self.window.release();
        let field = self.window.rest().split_first().map_or(&[][..], |(_, field)| field).trim_ascii_start();
        Ok(match self.first_fields.as_slice() {
            [] => field.starts_with(b"\""),
            known => known.iter().any(|known| field.starts_with(known)),
        })
    }
}
