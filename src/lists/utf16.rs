//! UTF-16 with a byte order mark, as PowerShell and Excel write text, read as UTF-8.

use alloc::vec::Vec;
use std::io::{self, BufRead, ErrorKind, Read};

/// How many bytes of UTF-16 are converted at a time.
const CHUNK_BYTES: usize = 1 << 13;
/// Written for an unpaired surrogate: a byte that is not UTF-8, so that it is replaced and reported as others are.
const BAD_BYTE: u8 = 0xff;

/// A list that is handed on as it is, or converted if it begins with a byte order mark of UTF-16.
pub(super) struct Utf8<R> {
    reader: R,
    /// The order of bytes of UTF-16; `None` before the list's beginning was read.
    order: Option<Order>,
    /// What is handed on next, from `at` on.
    buffer: Vec<u8>,
    at: usize,
    /// A high surrogate that was read, and waits for its low one.
    high: Option<u16>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Not UTF-16.
    Bytes,
    Little,
    Big,
}

impl<R: BufRead> Utf8<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self { reader, order: None, buffer: Vec::new(), at: 0, high: None }
    }

    /// Reads up to `limit` bytes.
    fn raw(&mut self, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(limit).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Makes something available, unless the list is at its end.
    fn refill(&mut self) -> io::Result<()> {
        if self.order.is_none() {
            let mark = self.raw(2)?;
            let order = match mark.as_slice() {
                [0xff, 0xfe] => Order::Little,
                [0xfe, 0xff] => Order::Big,
                _ => Order::Bytes,
            };
            self.order = Some(order);
            if order == Order::Bytes {
                self.buffer = mark;
                return Ok(());
            }
        }
        while self.order != Some(Order::Bytes) && self.at >= self.buffer.len() {
            (self.buffer, self.at) = (Vec::new(), 0);
            let bytes = self.raw(CHUNK_BYTES as u64)?;
            let is_last = bytes.len() < CHUNK_BYTES;
            let (pairs, odd) = bytes.as_chunks::<2>();
            for pair in pairs {
                let unit =
                    if self.order == Some(Order::Big) { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) };
                self.unit(unit);
            }
            if is_last {
                self.flush();
                self.buffer.extend(odd.iter().map(|_| BAD_BYTE));
                break;
            }
        }
        Ok(())
    }

    fn unit(&mut self, unit: u16) {
        if matches!(unit, 0xd800..=0xdbff) {
            self.flush();
            self.high = Some(unit);
            return;
        }
        let units = match self.high {
            Some(high) if matches!(unit, 0xdc00..=0xdfff) => {
                self.high = None;
                [Some(high), Some(unit)]
            }
            _ => {
                self.flush();
                [Some(unit), None]
            }
        };
        for char in char::decode_utf16(units.into_iter().flatten()) {
            match char {
                Ok(char) => self.buffer.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(_) => self.buffer.push(BAD_BYTE),
            }
        }
    }

    /// Hands on a high surrogate that no low one followed.
    fn flush(&mut self) {
        if self.high.take().is_some() {
            self.buffer.push(BAD_BYTE);
        }
    }
}

impl<R: BufRead> Read for Utf8<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Utf8<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.buffer.len() && self.order != Some(Order::Bytes) {
            self.refill()?;
        }
        match self.buffer.get(self.at..) {
            Some(rest) if !rest.is_empty() => Ok(rest),
            _ if self.order == Some(Order::Bytes) => self.reader.fill_buf(),
            Some(rest) => Ok(rest),
            None => Err(ErrorKind::InvalidData.into()),
        }
    }

    fn consume(&mut self, count: usize) {
        if self.at < self.buffer.len() {
            self.at = self.buffer.len().min(self.at + count);
        } else {
            self.reader.consume(count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use std::io::BufReader;

    #[test]
    fn both_orders_are_read_in_chunks_of_any_size() {
        let text: alloc::string::String = "a\u{e9}\u{1f600}\r\n".repeat(3000);
        let high = 0xd83d;
        for big in [true, false] {
            let bytes = |units: &mut dyn Iterator<Item = u16>| -> Vec<u8> {
                units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
            };
            let mut list = bytes(&mut core::iter::once(0xfeff).chain(text.encode_utf16()));
            for size in [1, 3, 64, 1 << 16] {
                let mut read = Vec::new();
                Utf8::new(BufReader::with_capacity(size, &list[..])).read_to_end(&mut read).unwrap();
                assert_eq!(read, text.as_bytes(), "{size}");
            }
            list.extend(bytes(&mut [high, high, 0x61, 0xdc00, high].into_iter()));
            list.push(7);
            let mut read = vec![];
            Utf8::new(&list[..]).read_to_end(&mut read).unwrap();
            assert_eq!(read.strip_prefix(text.as_bytes()), Some(&b"\xff\xffa\xff\xff\xff"[..]));
        }
    }

    #[test]
    fn other_text_is_handed_on() {
        for list in [&b""[..], b"\xff", b"a", b"\xef\xbb\xbfabc", b"\xfe\xfeabc"] {
            for size in [1, 2, 64] {
                let mut read = Vec::new();
                Utf8::new(BufReader::with_capacity(size, list)).read_to_end(&mut read).unwrap();
                assert_eq!(read, list);
            }
        }
    }
}
