//! A list as it comes: unpacked from gzip or ZIP, and as UTF-8.

#![expect(clippy::indexing_slicing, reason = "what is buffered is within the buffer")]

use alloc::boxed::Box;
use alloc::format;
use alloc::vec;
use alloc::vec::Vec;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read, Take};

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

/// How much of a list is looked at to see how it comes.
const HEAD_BYTES: u64 = 64;

/// What is unpacked may be so much larger than what it is packed in, beyond so many bytes: lists of hashes shrink to half.
const MOST_RATIO: u64 = 200;
const FREE_BYTES: u64 = 64 << 20;

type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// A list's text, whatever it came in.
pub(super) enum Incoming<R: BufRead> {
    Plain(Whole<R>),
    Utf16(BufReader<Utf16<Whole<R>>>),
    Packed(Box<BufReader<Utf16OrNot<Unpacked<R>>>>),
}

impl<R: BufRead> Incoming<R> {
    /// Looks at the beginning of a list.
    ///
    /// # Errors
    ///
    /// What the reader returns; an archive that is not read.
    pub(super) fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        let unpacked = match head.as_slice() {
            [0x1f, 0x8b, ..] => Unpacked::gzip(Cursor::new(head).chain(reader)),
            [b'P', b'K', 3, 4, ..] => Unpacked::zip(Cursor::new(head).chain(reader))?,
            [b'P', b'K', 5, 6, ..] => return Err(refused("a ZIP archive without files, expected one with a list")),
            other => {
                if let Some((_, name)) = ARCHIVES.iter().find(|(magic, _)| other.starts_with(magic)) {
                    return Err(refused(&format!("a {name} archive, expected a list; unpack it")));
                }
                let order = Order::of(other);
                let whole = Cursor::new(head).chain(reader);
                return Ok(match order {
                    Some(order) => Self::Utf16(BufReader::new(Utf16::new(whole, order))),
                    None => Self::Plain(whole),
                });
            }
        };
        Ok(Self::Packed(Box::new(BufReader::new(Utf16OrNot::new(unpacked)?))))
    }
}

const ARCHIVES: [(&[u8], &str); 5] = [
    (b"Rar!\x1a\x07", "RAR"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
];

fn refused(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("found {what}"))
}

impl<R: BufRead> Read for Incoming<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Utf16(reader) => reader.read(buffer),
            Self::Packed(reader) => reader.read(buffer),
        }
    }
}

impl<R: BufRead> BufRead for Incoming<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(reader) => reader.fill_buf(),
            Self::Utf16(reader) => reader.fill_buf(),
            Self::Packed(reader) => reader.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        match self {
            Self::Plain(reader) => reader.consume(amount),
            Self::Utf16(reader) => reader.consume(amount),
            Self::Packed(reader) => reader.consume(amount),
        }
    }
}

/// The order of the bytes of UTF-16.
#[derive(Clone, Copy)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// By its mark, or by digits and letters of it without one.
    const fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] | [1..=255, 0, 1..=255, 0, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] | [0, 1..=255, 0, 1..=255, ..] => Some(Self::Big),
            _ => None,
        }
    }
}

/// UTF-16 as UTF-8. Half a pair becomes U+FFFD.
pub(super) struct Utf16<R> {
    reader: R,
    order: Order,
    /// The first half of a pair.
    first: Option<u16>,
    /// Text that did not fit.
    text: Vec<u8>,
    given: usize,
    is_over: bool,
}

impl<R: Read> Utf16<R> {
    const fn new(reader: R, order: Order) -> Self {
        Self { reader, order, first: None, text: Vec::new(), given: 0, is_over: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut units = vec![0; 8192];
        let mut len = 0;
        while len < units.len() {
            match self.reader.read(&mut units[len..]) {
                Ok(0) => break,
                Ok(read) => len += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.is_over = len < units.len();
        self.text.clear();
        self.given = 0;
        let (pairs, odd) = units[..len].as_chunks::<2>();
        let order = self.order;
        let units = pairs.iter().map(|pair| match order {
            Order::Little => u16::from_le_bytes(*pair),
            Order::Big => u16::from_be_bytes(*pair),
        });
        let ahead = self.first.take();
        let mut all: Vec<u16> = ahead.into_iter().chain(units).collect();
        // A pair may come in two reads.
        if !self.is_over
            && let Some(last @ 0xd800..=0xdbff) = all.last().copied()
        {
            all.pop();
            self.first = Some(last);
        }
        let mut push = |char: char| self.text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        char::decode_utf16(all).for_each(|char| push(char.unwrap_or(char::REPLACEMENT_CHARACTER)));
        if !odd.is_empty() {
            push(char::REPLACEMENT_CHARACTER);
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.is_over {
            self.fill()?;
        }
        let rest = &self.text[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

/// What was unpacked, which may be UTF-16 again.
pub(super) enum Utf16OrNot<R: Read> {
    Plain(Chain<Cursor<Vec<u8>>, R>),
    Utf16(Utf16<Chain<Cursor<Vec<u8>>, R>>),
}

impl<R: Read> Utf16OrNot<R> {
    fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::new();
        reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        let order = Order::of(&head);
        let whole = Cursor::new(head).chain(reader);
        Ok(match order {
            Some(order) => Self::Utf16(Utf16::new(whole, order)),
            None => Self::Plain(whole),
        })
    }
}

impl<R: Read> Read for Utf16OrNot<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(buffer),
            Self::Utf16(reader) => reader.read(buffer),
        }
    }
}

/// A packed list, as it is unpacked.
pub(super) struct Unpacked<R: BufRead> {
    reader: Unpacker<R>,
    /// Bytes that came out.
    out: u64,
}

enum Unpacker<R: BufRead> {
    Gzip(MultiGzDecoder<Counted<Whole<R>>>),
    Deflated(DeflateDecoder<Counted<Whole<R>>>),
    Stored(Take<Counted<Whole<R>>>),
}

/// Counts what is read.
struct Counted<R> {
    reader: R,
    bytes: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes += amount as u64;
        self.reader.consume(amount);
    }
}

impl<R: BufRead> Unpacked<R> {
    fn gzip(whole: Whole<R>) -> Self {
        Self { reader: Unpacker::Gzip(MultiGzDecoder::new(Counted { reader: whole, bytes: 0 })), out: 0 }
    }

    /// The first file of a ZIP archive; what comes behind it is looked at once it was read.
    fn zip(mut whole: Whole<R>) -> io::Result<Self> {
        const DEFLATED: u16 = 8;
        let mut header = [0; 30];
        whole.read_exact(&mut header)?;
        let word = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (flags, method, packed) = (word(6), word(8), long(18));
        let (is_encrypted, is_described) = (flags & 1 == 1, flags & 8 == 8);
        let names = u64::from(word(26)) + u64::from(word(28));
        io::copy(&mut whole.by_ref().take(names), &mut io::sink())?;
        let reader = Counted { reader: whole, bytes: 0 };
        let reader = match method {
            _ if is_encrypted => return Err(refused("an encrypted ZIP archive, expected a list; decrypt it")),
            DEFLATED => Unpacker::Deflated(DeflateDecoder::new(reader)),
            0 if !is_described && packed != u32::MAX => Unpacker::Stored(reader.take(packed.into())),
            _ => return Err(refused("a ZIP archive packed in a way that is not read; unpack it")),
        };
        Ok(Self { reader, out: 0 })
    }

    /// Behind the one file of an archive its directory comes, not a second file.
    fn check_end(&mut self) -> io::Result<()> {
        let reader = match &mut self.reader {
            Unpacker::Gzip(_) => return Ok(()),
            Unpacker::Deflated(reader) => reader.get_mut(),
            Unpacker::Stored(reader) => reader.get_mut(),
        };
        // a data descriptor has 12 or 16 bytes, and 24 in a large archive
        let mut rest = Vec::new();
        reader.take(64).read_to_end(&mut rest)?;
        let signature = |mark: &[u8]| memchr::memmem::find(&rest, mark);
        let (next, directory) = (signature(b"PK\x03\x04"), signature(b"PK\x01\x02"));
        match (next, directory) {
            (Some(next), directory) if directory.is_none_or(|directory| next < directory) => {
                Err(refused("a ZIP archive of several files, expected one with a list; unpack it"))
            }
            (_, Some(_)) => Ok(()),
            _ => Err(refused("a ZIP archive that ends in the middle; get it again")),
        }
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, packed) = match &mut self.reader {
            Unpacker::Gzip(reader) => (reader.read(buffer)?, reader.get_ref().bytes),
            Unpacker::Deflated(reader) => (reader.read(buffer)?, reader.get_ref().bytes),
            Unpacker::Stored(reader) => (reader.read(buffer)?, u64::MAX / MOST_RATIO),
        };
        self.out += read as u64;
        if self.out > FREE_BYTES.max(packed.saturating_mul(MOST_RATIO)) {
            return Err(refused(&format!(
                "an archive that unpacks to more than {MOST_RATIO} times its size, which no list does; unpack it if it is one"
            )));
        }
        if read == 0 && !buffer.is_empty() {
            self.check_end()?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use std::io::Write as _;

    fn text(packed: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        let read = Incoming::new(packed).and_then(|mut incoming| incoming.read_to_string(&mut text));
        read.map(|_| text).map_err(|error| format!("{error}"))
    }

    fn utf16(text: &str, order: Order, mark: bool) -> Vec<u8> {
        let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units
            .flat_map(|unit| if matches!(order, Order::Little) { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// An archive of files, stored or deflated, with data descriptors if asked for.
    fn zip(files: &[&[u8]], deflated: bool, described: bool) -> Vec<u8> {
        let mut archive = Vec::new();
        for file in files {
            let packed = if deflated {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(file).unwrap();
                encoder.finish().unwrap()
            } else {
                file.to_vec()
            };
            let sizes = if described { [0; 2] } else { [packed.len() as u32, file.len() as u32] };
            archive.extend(b"PK\x03\x04\x14\0");
            archive.extend([u8::from(described) << 3, 0, if deflated { 8 } else { 0 }, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            archive.extend(sizes.map(u32::to_le_bytes).as_flattened());
            archive.extend([5, 0, 2, 0]);
            archive.extend(b"a.txt\0\0");
            archive.extend(packed);
            if described {
                archive.extend([0; 12]);
            }
        }
        archive.extend(b"PK\x01\x02 and the rest of the directory");
        archive
    }

    #[test]
    fn utf16_is_read_with_and_without_its_mark() {
        let list = "a line\nand another, \u{e9}\u{1f600}\n";
        let long: String = list.repeat(3000);
        for order in [Order::Little, Order::Big] {
            assert_eq!(text(&utf16(list, order, true)).unwrap().trim_start_matches('\u{feff}'), list);
            assert_eq!(text(&utf16(list, order, false)).as_deref(), Ok(list));
            assert_eq!(text(&utf16(&long, order, false)).as_deref(), Ok(&*long));
            assert_eq!(text(&gzip(&utf16(list, order, false))).as_deref(), Ok(list));
        }
        assert_eq!(text(b"a\0b\0\0\xd8c\0d").as_deref(), Ok("ab\u{fffd}c\u{fffd}"));
    }

    #[test]
    fn one_packed_file_is_read_and_what_else_an_archive_holds_is_said() {
        let list = "f8f8\n".repeat(40_000);
        assert_eq!(text(&gzip(list.as_bytes())).as_deref(), Ok(&*list));
        let two_members = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(text(&two_members).as_deref(), Ok("one\ntwo\n"));
        for (deflated, described) in [(true, false), (true, true), (false, false)] {
            assert_eq!(text(&zip(&[list.as_bytes()], deflated, described)).as_deref(), Ok(&*list));
            let two = text(&zip(&[b"one", b"two"], deflated, described)).unwrap_err();
            assert_eq!(two, "found a ZIP archive of several files, expected one with a list; unpack it");
        }
        let mut cut = zip(&[list.as_bytes()], true, false);
        cut.truncate(cut.len() - 60);
        assert!(text(&cut).is_err());
        let cut = gzip(list.as_bytes());
        assert!(text(&cut[..cut.len() - 9]).is_err());
        assert_eq!(text(b"7z\xbc\xaf\x27\x1c..").unwrap_err(), "found a 7z archive, expected a list; unpack it");
        let mut encrypted = zip(&[b"one"], true, false);
        encrypted[6] |= 1;
        assert_eq!(text(&encrypted).unwrap_err(), "found an encrypted ZIP archive, expected a list; decrypt it");
    }

    #[test]
    fn a_bomb_is_refused() {
        let bomb = gzip(&vec![b'a'; 80 << 20]);
        assert!(text(&bomb).unwrap_err().contains("200 times"));
    }
}
