//! The bits of a scan, un-stuffed as they go.
//!
//! In a scan's data every byte of ones is followed by a zero, so that markers stand out. Data are taken over from the
//! source a KB at a time, without these zeros, into a buffer from which bits are then read eight bytes at a time.

#![expect(
    clippy::indexing_slicing,
    reason = "`at` and `end` are places of the buffer, and `taken` one of the bytes at hand"
)]

use super::source::{Input, Source, find_ff};

/// Bytes of the buffer.
const ROOM: usize = 1024;

/// The bits between two markers.
#[derive(Debug)]
pub(super) struct Bits<'i, S: Source> {
    input: &'i mut Input<S>,
    /// The next bits, from the top.
    next: u64,
    /// How many of them are there: 56 at least after [`Bits::refill`].
    count: u32,
    /// Un-stuffed data: those from `at` to `end` are to come.
    buffer: [u8; ROOM],
    at: usize,
    end: usize,
    /// The last byte was one of ones: what it means depends on the next.
    is_after_ff: bool,
    ended: Option<Ended<S::Error>>,
    /// Zero bytes added behind the end.
    padding: u64,
}

/// What ended the data.
#[derive(Debug)]
enum Ended<E> {
    Marker(u8),
    File,
    Error(E),
}

/// How the bits between two markers were read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finish<E> {
    /// To the end, which is this marker.
    Marker(u8),
    /// There were more; the marker is beyond them.
    Leftover,
    /// Beyond the end: a marker where data were missing.
    Short,
    /// To the end or beyond, which is the end of the file.
    File,
    Error(E),
}

impl<'i, S: Source> Bits<'i, S> {
    pub(super) fn new(input: &'i mut Input<S>) -> Self {
        Self { input, next: 0, count: 0, buffer: [0; ROOM], at: 0, end: 0, is_after_ff: false, ended: None, padding: 0 }
    }

    /// Sees to it that 56 bits are there; beyond the end they are zeros.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if self.at + 8 > self.end {
            self.refill_buffer();
        }
        let bytes = self.buffer[self.at..].first_chunk().expect("`refill_buffer` leaves eight bytes or more");
        self.next |= u64::from_be_bytes(*bytes) >> self.count;
        self.at += (63 - self.count as usize) >> 3;
        self.count |= 56;
    }

    /// The next bits, from the top of 64.
    #[inline(always)]
    pub(super) const fn peek(&self) -> u64 {
        self.next
    }

    /// Passes over at most 31 bits.
    #[inline(always)]
    pub(super) const fn pass(&mut self, bits: u32) {
        self.next <<= bits;
        self.count = self.count.wrapping_sub(bits);
    }

    /// Takes the next `bits`, 16 at most.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "16 bits")]
    pub(super) const fn take(&mut self, bits: u32) -> u32 {
        let taken = (self.next >> 1 >> (63 - bits)) as u32;
        self.pass(bits);
        taken
    }

    /// Whether bits were taken that are not there.
    pub(super) const fn is_short(&self) -> bool {
        self.padding * 8 > self.bits_left()
    }

    /// How many bits are there, padding included.
    const fn bits_left(&self) -> u64 {
        self.count as u64 + 8 * (self.end - self.at) as u64
    }

    /// Tells how the data ended, once all blocks are read; passes over what is left of them, and begins anew behind the marker.
    pub(super) fn restart(&mut self) -> Finish<S::Error> {
        let finish = self.close();
        (self.next, self.count, self.at, self.end, self.padding) = (0, 0, 0, 0, 0);
        finish
    }

    fn close(&mut self) -> Finish<S::Error> {
        let is_short = self.is_short();
        // What is whole bytes and not padding was not read; the last bits of the last byte are there to fill it.
        let mut is_left_over = self.bits_left().saturating_sub(8 * self.padding) >= 8;
        while self.ended.is_none() {
            self.end = 0;
            self.take_over();
            is_left_over |= self.end > 0;
        }
        match self.ended.take() {
            Some(Ended::Error(error)) => Finish::Error(error),
            Some(Ended::Marker(_)) if is_short => Finish::Short,
            Some(Ended::Marker(_)) if is_left_over => Finish::Leftover,
            Some(Ended::Marker(marker)) => Finish::Marker(marker),
            Some(Ended::File) | None => Finish::File,
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_buffer(&mut self) {
        self.buffer.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        while self.end < 8 && self.ended.is_none() {
            self.take_over();
        }
        if self.end < 8 {
            // `ended`: zeros from here on
            self.buffer[self.end..8].fill(0);
            self.padding += 8 - self.end as u64;
            self.end = 8;
        }
    }

    /// Takes over what is at hand, as far as there is room, or up to a marker.
    fn take_over(&mut self) {
        let window = match self.input.source.fill() {
            Ok(window) => window,
            Err(error) => {
                self.ended = Some(Ended::Error(error));
                return;
            }
        };
        if window.is_empty() {
            self.ended = Some(Ended::File);
            return;
        }
        let mut taken = 0;
        while taken < window.len() && self.end < ROOM {
            if self.is_after_ff {
                taken += 1;
                match window[taken - 1] {
                    0 => {
                        self.buffer[self.end] = 0xff;
                        self.end += 1;
                        self.is_after_ff = false;
                    }
                    // any number of bytes of ones may stand before a marker
                    0xff => {}
                    marker => {
                        self.ended = Some(Ended::Marker(marker));
                        self.is_after_ff = false;
                        break;
                    }
                }
                continue;
            }
            let most = (window.len() - taken).min(ROOM - self.end);
            let plain = find_ff(&window[taken..taken + most]).unwrap_or(most);
            self.buffer[self.end..self.end + plain].copy_from_slice(&window[taken..taken + plain]);
            self.end += plain;
            taken += plain;
            if plain < most {
                self.is_after_ff = true;
                taken += 1;
            }
        }
        self.input.consume(taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use core::convert::Infallible;

    /// Hands out one byte at a time.
    struct Dripping<'a>(&'a [u8]);

    impl Source for Dripping<'_> {
        type Error = Infallible;

        fn fill(&mut self) -> Result<&[u8], Infallible> {
            Ok(&self.0[..self.0.len().min(1)])
        }

        fn consume(&mut self, count: usize) {
            self.0 = &self.0[count..];
        }
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 24 & 3 == 0 { 0xff } else { (state >> 16) as u8 }
        };
        (0..len).map(|_| next()).collect()
    }

    fn stuffed(data: &[u8]) -> Vec<u8> {
        data.iter().flat_map(|&byte| [byte, 0].into_iter().take(1 + usize::from(byte == 0xff))).collect()
    }

    fn check<S: Source<Error = Infallible>>(source: S, data: &[u8], size: u32, marker: Option<u8>) {
        let mut input = Input::new(source);
        let mut bits = Bits::new(&mut input);
        let total = 8 * data.len() as u32 / size;
        for number in 0..total {
            bits.refill();
            let from = (number * size) as usize;
            let expected = (from..from + size as usize)
                .fold(0, |bits, at| bits << 1 | u32::from(data[at / 8] >> (7 - at % 8) & 1));
            assert_eq!(bits.take(size), expected, "{number} of {total}, {size} bits");
        }
        assert!(!bits.is_short());
        let expected = marker.map_or(Finish::File, Finish::Marker);
        assert_eq!(bits.restart(), expected);
    }

    #[test]
    fn bits_are_those_of_the_data_without_stuffing() {
        for len in [0, 1, 7, 8, 9, 63, 64, 4095, 4096, 4097, 9000] {
            let data = noise(len);
            for size in [1, 3, 8, 13, 16] {
                let mut bytes = stuffed(&data);
                if 8 * len as u32 % size < 8 {
                    check(Dripping(&bytes), &data, size, None);
                    bytes.extend([0xff, 0xff, 0xd9, 1, 2]);
                    check(&bytes[..], &data, size, Some(0xd9));
                    check(Dripping(&bytes), &data, size, Some(0xd9));
                }
            }
        }
    }

    #[test]
    fn missing_and_left_over_bits_are_told() {
        let data = [0x12, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xd9];
        for (take, expected) in [(7, Finish::Leftover), (9, Finish::Marker(0xd0)), (17, Finish::Short)] {
            let mut input = Input::new(&data[..]);
            let mut bits = Bits::new(&mut input);
            (0..take).for_each(|_| {
                bits.refill();
                bits.take(1);
            });
            assert_eq!(bits.is_short(), take > 16);
            assert_eq!(bits.restart(), expected, "{take}");
            bits.refill();
            assert_eq!(bits.take(8), 0x56);
            assert_eq!(bits.restart(), Finish::Marker(0xd9));
        }
        let mut input = Input::new(&data[..1]);
        let mut bits = Bits::new(&mut input);
        (0..1000).for_each(|_| {
            bits.refill();
            bits.take(16);
        });
        assert!(bits.is_short());
        assert_eq!(bits.restart(), Finish::File);
    }
}
