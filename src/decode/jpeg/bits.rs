//! Bits of a scan's data: without stuffing, up to a marker, and from there on zeros.

use super::segments::RESTART;
use crate::jpeg::find_ff;

/// Reads bits, the highest of a byte first.
pub(super) struct Bits<'b> {
    data: &'b [u8],
    /// The next byte to take. At a marker: its 0xff.
    at: usize,
    /// Bits taken, the next one highest. Below `count` there may be some that come next.
    window: u64,
    count: u32,
    /// Bits of zeros that were added because there was nothing left.
    added: u64,
}

impl<'b> Bits<'b> {
    pub(super) const fn new(data: &'b [u8]) -> Self {
        Self { data, at: 0, window: 0, count: 0, added: 0 }
    }

    /// Sees to it that at least 32 bits can be read before the next call: a code and the bits after it have 31 at most.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        const ONES: u64 = u64::MAX / 0xff;
        if self.count > 32 {
            return;
        }
        if let Some(next) = self.data.get(self.at..).and_then(|rest| rest.first_chunk()) {
            let word = u64::from_be_bytes(*next);
            let has_ff = (!word).wrapping_sub(ONES) & word & (ONES << 7) != 0;
            if !has_ff {
                self.window |= word >> self.count;
                let taken = (64 - self.count) / 8;
                self.at += taken as usize;
                self.count += 8 * taken;
                return;
            }
        }
        self.refill_slowly();
    }

    #[cold]
    #[inline(never)]
    fn refill_slowly(&mut self) {
        while self.count <= 56 {
            let mut byte = self.data.get(self.at).copied();
            let mut after = self.at + 1;
            if byte == Some(0xff) {
                while self.data.get(after) == Some(&0xff) {
                    after += 1;
                }
                byte = self.data.get(after).copied().filter(|&stuffed| stuffed == 0).map(|_| 0xff);
                after += 1;
            }
            let Some(byte) = byte else {
                self.added += u64::from(64 - self.count);
                self.count = 64;
                return;
            };
            self.window |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.at = after;
        }
    }

    /// The next bits, 1 to 16 of them; they stay.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits at most")]
    pub(super) const fn peek(&self, size: u32) -> u32 {
        (self.window >> (64 - size)) as u32
    }

    #[inline(always)]
    pub(super) const fn skip(&mut self, size: u32) {
        self.window <<= size;
        self.count = self.count.wrapping_sub(size);
    }

    /// Takes 1 to 16 bits.
    #[inline(always)]
    pub(super) const fn take(&mut self, size: u32) -> u32 {
        let bits = self.peek(size);
        self.skip(size);
        bits
    }

    /// Returns true if zeros were read that are not in the data.
    pub(super) fn is_short(&self) -> bool {
        self.added > u64::from(self.count)
    }

    /// Drops the bits of the byte under way, and what follows up to a restart marker. Returns true if it is the one of this
    /// number, or one so far off that it is taken for it; then bits are read from behind it. Otherwise there are none, up to the
    /// next call: data of `libjpeg`'s choice are skipped (`jpeg_resync_to_restart`).
    ///
    /// `is_expected` is set to false unless the marker follows the data and has the number.
    pub(super) fn restart(&mut self, number: u8, is_expected: &mut bool) -> bool {
        (self.window, self.count, self.added) = (0, 0, 0);
        loop {
            let Some(marker) = self.find_marker() else {
                self.at = self.data.len();
                *is_expected = false;
                return false;
            };
            let ahead = marker.wrapping_sub(RESTART).wrapping_sub(number) & 7;
            *is_expected &= ahead == 0;
            match ahead {
                // a later one: the data up to it are missing
                1 | 2 => return false,
                // an earlier one: what follows it was read
                6 | 7 => self.at += 2,
                _ => {
                    self.at += 2;
                    return true;
                }
            }
        }
    }

    /// Goes to the next marker, the last 0xff before it.
    fn find_marker(&mut self) -> Option<u8> {
        loop {
            self.at += find_ff(self.data.get(self.at..)?)?;
            match self.data.get(self.at + 1)? {
                0 => self.at += 2,
                0xff => self.at += 1,
                marker => return Some(*marker),
            }
        }
    }
}
