//! A sliding window over the bytes of a reader, which keeps what the current record needs.
#![expect(clippy::indexing_slicing, reason = "keep <= at <= filled <= buffer.len(), and counted <= filled")]

use alloc::vec;
use alloc::vec::Vec;
use std::io::BufRead;

use super::lines::{fill, mark};
use super::{ListError, MAX_RECORD_BYTES};

/// How much is read at once.
const STEP: usize = 1 << 17;

/// A stretch of a list, with a place in it that moves forward, and a line number for every place.
///
/// Places are counted from the beginning of the list, so that they stay true when the buffer moves on. What lies before the current
/// place is forgotten, except from a kept place on: up to [`MAX_RECORD_BYTES`], then that is forgotten, too.
pub(super) struct Window<R> {
    reader: R,
    buffer: Vec<u8>,
    /// How many bytes of the buffer are filled.
    filled: usize,
    /// The current place, within the buffer.
    at: usize,
    /// From where on bytes are kept, within the buffer.
    keep: Option<usize>,
    /// Where the buffer begins in the list.
    base: u64,
    /// Up to where within the buffer line ends were counted, and how many there were before.
    counted: usize,
    line_ends: u64,
    /// The byte before the buffer.
    before: u8,
    is_begun: bool,
}

impl<R: BufRead> Window<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; 2 * STEP],
            filled: 0,
            at: 0,
            keep: None,
            base: 0,
            counted: 0,
            line_ends: 0,
            before: b'\n',
            is_begun: false,
        }
    }

    /// The current place.
    pub(super) const fn place(&self) -> u64 {
        self.base + self.at as u64
    }

    /// What was read from the current place on.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// The byte at the current place; `None` at the end of the list.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>, ListError> {
        loop {
            if self.at < self.filled {
                return Ok(Some(self.buffer[self.at]));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    /// Moves forward within [`rest`](Self::rest).
    #[inline]
    pub(super) const fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Reads more behind what was read; false at the end of the list.
    pub(super) fn fill(&mut self) -> Result<bool, ListError> {
        if self.keep.is_some_and(|keep| self.at - keep > MAX_RECORD_BYTES) {
            self.keep = None;
        }
        if self.filled == self.buffer.len() {
            match self.keep.unwrap_or(self.at) {
                0 => self.buffer.resize(2 * self.buffer.len(), 0),
                from => self.forget(from),
            }
        }
        let line = self.line_ends;
        let chunk = fill(&mut self.reader, line)?;
        let room = &mut self.buffer[self.filled..];
        let count = chunk.len().min(room.len());
        room[..count].copy_from_slice(&chunk[..count]);
        self.reader.consume(count);
        self.filled += count;
        if !self.is_begun && (self.filled >= 4 || count == 0) {
            self.is_begun = true;
            self.at = mark(&self.buffer[..self.filled])?;
        } else if !self.is_begun {
            return self.fill();
        }
        Ok(count > 0)
    }

    /// Forgets what lies before a place within the buffer.
    fn forget(&mut self, from: usize) {
        self.count_to(from);
        self.before = self.byte_before(from);
        self.buffer.copy_within(from..self.filled, 0);
        self.filled -= from;
        self.at -= from;
        self.keep = self.keep.map(|keep| keep - from);
        self.counted -= from;
        self.base += from as u64;
    }

    fn byte_before(&self, place: usize) -> u8 {
        place.checked_sub(1).map_or(self.before, |last| self.buffer[last])
    }

    fn count_to(&mut self, to: usize) {
        // The place moves back after damage; lines before it were counted already.
        if self.counted < to {
            self.line_ends += memchr::memchr_iter(b'\n', &self.buffer[self.counted..to]).count() as u64;
            self.counted = to;
        }
    }

    /// The line of the current place, counted from 1. Cheap if asked in the order of the list.
    pub(super) fn line(&mut self) -> u64 {
        self.count_to(self.at);
        self.line_ends + 1
    }

    /// How many lines there are up to the current place.
    pub(super) fn lines(&mut self) -> u64 {
        self.count_to(self.at);
        self.line_ends + u64::from(self.byte_before(self.at) != b'\n')
    }

    /// Keeps what follows the current place.
    pub(super) const fn keep(&mut self) {
        self.keep = Some(self.at);
    }

    /// Keeps nothing.
    pub(super) const fn release(&mut self) {
        self.keep = None;
    }

    /// Whether what was to be kept still is.
    pub(super) const fn is_kept(&self) -> bool {
        self.keep.is_some()
    }

    /// From where on bytes are kept, in places of the list.
    pub(super) fn kept_from(&self) -> Option<u64> {
        self.keep.map(|keep| self.base + keep as u64)
    }

    /// What was kept, up to the current place.
    pub(super) fn kept(&self) -> &[u8] {
        &self.buffer[self.keep.unwrap_or(self.at)..self.at]
    }

    /// What was kept between two places.
    pub(super) fn between(&self, from: u64, to: u64) -> &[u8] {
        #[expect(clippy::cast_possible_truncation, reason = "what is kept is in the buffer")]
        let within = |place: u64| (place - self.base) as usize;
        &self.buffer[within(from)..within(to)]
    }

    /// Moves back to just behind the beginning of what was kept.
    pub(super) fn back_to_kept(&mut self) {
        if let Some(keep) = self.keep.take() {
            self.at = (keep + 1).min(self.at);
        }
    }
}
