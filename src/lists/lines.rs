//! A list's lines, one at a time, in bounded memory.
#![expect(clippy::indexing_slicing, reason = "places within a chunk come from memchr or are bounded by its length")]

use alloc::vec::Vec;
use std::io::{BufRead, ErrorKind};

use super::{ListError, ListErrorKind, MAX_RECORD_BYTES};

/// Lines that end in LF, CRLF or CR; the last may lack its end. A byte order mark before the first is skipped.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
    /// The last line ended in CR: an LF that follows belongs to it.
    after_cr: bool,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// All of it was added to the buffer.
    Whole,
    /// It is longer than there was room for; it was skipped to its end, and the buffer holds its beginning.
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, number: 0, after_cr: false }
    }

    /// The number of the line last read, counted from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Appends the next line, without its end, to `buffer`, up to [`MAX_RECORD_BYTES`] in all. `None` at the end.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Line>, ListError> {
        let mut line = Line::Whole;
        let mut begun = false;
        loop {
            let chunk = fill(&mut self.reader, self.number)?;
            let Some(first) = chunk.first() else {
                break;
            };
            if core::mem::take(&mut self.after_cr) && *first == b'\n' {
                self.reader.consume(1);
                continue;
            }
            begun = true;
            let end = memchr::memchr2(b'\n', b'\r', chunk);
            let text = &chunk[..end.unwrap_or(chunk.len())];
            // A buffer never holds more than a record may have.
            let room = MAX_RECORD_BYTES - buffer.len();
            if text.len() > room {
                line = Line::TooLong;
            }
            buffer.extend_from_slice(&text[..text.len().min(room)]);
            let used = text.len() + usize::from(end.is_some());
            self.after_cr = end.is_some_and(|at| chunk[at] == b'\r');
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !begun {
            return Ok(None);
        }
        self.number += 1;
        if self.number == 1 {
            buffer.drain(..mark(buffer)?);
        }
        Ok(Some(line))
    }
}

/// How long the byte order mark of UTF-8 is with which a list begins, if it does; refuses UTF-16.
pub(super) fn mark(head: &[u8]) -> Result<usize, ListError> {
    match head {
        // With its mark, or digits and letters of it without.
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] | [0, 1..=255, 0, 1..=255, ..] | [1..=255, 0, 1..=255, 0, ..] => {
            let what = "the list is UTF-16, expected UTF-8; convert it (iconv -f UTF-16 -t UTF-8)";
            Err(ListError::new(ListErrorKind::Format, what))
        }
        [0xef, 0xbb, 0xbf, ..] => Ok(3),
        _ => Ok(0),
    }
}

/// The reader's next bytes; none at the end.
pub(super) fn fill<R: BufRead>(reader: &mut R, line: u64) -> Result<&[u8], ListError> {
    // Asked twice, because a buffer that is returned from within a loop would stay borrowed by it.
    while let Err(error) = reader.fill_buf() {
        if error.kind() != ErrorKind::Interrupted {
            return Err(ListError::read(line, error));
        }
    }
    reader.fill_buf().map_err(|error| ListError::read(line, error))
}
