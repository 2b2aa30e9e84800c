//! Compressed lists: gzip and ZIP archives of one file are read, others are refused by name.

use alloc::format;
use alloc::vec::Vec;
use core::mem;
use std::io::{self, BufRead, BufReader, Chain, Cursor, ErrorKind, Read, Take};

use crc32fast::Hasher;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

/// Unpacked bytes up to this are always read, whatever their ratio.
const FREE_BYTES: u64 = 64 << 20;
/// How many times larger than its packed bytes a list may be. Hashes in hexadecimal shrink to half, XML around them to a tenth.
const MAX_RATIO: u64 = 200;
/// As long as the longest signature.
const SIGNATURE_BYTES: u64 = 10;

/// A list that is handed on as it is, or unpacked.
pub(super) enum Unpacked<R> {
    Start(R),
    Plain(Chain<Cursor<Vec<u8>>, R>),
    Gzip(BufReader<Bounded<MultiGzDecoder<Packed<R>>>>),
    Zip(BufReader<Bounded<Zip<R>>>),
    /// Refused, or failed before anything was read.
    Over,
}

impl<R: BufRead> Unpacked<R> {
    pub(super) const fn new(reader: R) -> Self {
        Self::Start(reader)
    }

    /// Reads the signature, if that was not done.
    fn begin(&mut self) -> io::Result<()> {
        if !matches!(self, Self::Start(_)) {
            return Ok(());
        }
        if let Self::Start(mut reader) = mem::replace(self, Self::Over) {
            let mut head = Vec::new();
            reader.by_ref().take(SIGNATURE_BYTES).read_to_end(&mut head)?;
            let packing = Packing::of(&head);
            let whole = Cursor::new(head).chain(reader);
            let packed = |whole| Packed { reader: whole, bytes: 0 };
            *self = match packing {
                Packing::None => Self::Plain(whole),
                Packing::Gzip => Self::Gzip(BufReader::new(Bounded::new(MultiGzDecoder::new(packed(whole))))),
                Packing::Zip => Self::Zip(BufReader::new(Bounded::new(Zip::new(packed(whole))?))),
                Packing::Other(name) => {
                    return Err(refused(format!("the list is a{name} file, expected text, gzip or ZIP; unpack it")));
                }
            };
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Unpacked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.begin()?;
        match self {
            Self::Plain(reader) => reader.fill_buf(),
            Self::Gzip(reader) => reader.fill_buf(),
            Self::Zip(reader) => reader.fill_buf(),
            Self::Start(_) | Self::Over => Err(ErrorKind::InvalidData.into()),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Plain(reader) => reader.consume(count),
            Self::Gzip(reader) => reader.consume(count),
            Self::Zip(reader) => reader.consume(count),
            Self::Start(_) | Self::Over => {}
        }
    }
}

enum Packing {
    None,
    Gzip,
    Zip,
    /// Its name with the article's rest before it.
    Other(&'static str),
}

impl Packing {
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Self::Other(" 7z"),
            [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Self::Other(" RAR"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Other("n xz"),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => Self::Other(" bzip2"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Other(" Zstandard"),
            _ => Self::None,
        }
    }
}

fn refused(what: impl Into<alloc::string::String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.into())
}

/// Packed bytes, counted.
pub(super) struct Packed<R> {
    reader: Chain<Cursor<Vec<u8>>, R>,
    bytes: u64,
}

impl<R: BufRead> Read for Packed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        self.bytes += count as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Packed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.bytes += count as u64;
        self.reader.consume(count);
    }
}

/// What unpacks, and how many packed bytes it has used.
pub(super) trait Unpack: Read {
    fn used(&self) -> u64;
}

impl<R: BufRead> Unpack for MultiGzDecoder<Packed<R>> {
    fn used(&self) -> u64 {
        self.get_ref().bytes
    }
}

impl<R: BufRead> Unpack for Zip<R> {
    fn used(&self) -> u64 {
        match &self.body {
            Body::Stored(body) => body.get_ref().bytes,
            Body::Deflated(body) => body.get_ref().bytes,
            Body::Over => 0,
        }
    }
}

/// Unpacked bytes, refused where there are too many for the packed ones.
pub(super) struct Bounded<U> {
    unpack: U,
    bytes: u64,
}

impl<U> Bounded<U> {
    const fn new(unpack: U) -> Self {
        Self { unpack, bytes: 0 }
    }
}

impl<U: Unpack> Read for Bounded<U> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.unpack.read(into)?;
        self.bytes += count as u64;
        if count > 0 && self.bytes > FREE_BYTES && self.bytes / MAX_RATIO > self.unpack.used() {
            let what = format!(
                "unpacked size limit exceeded: more than {MAX_RATIO} times the packed size; unpack the list yourself"
            );
            return Err(refused(what));
        }
        Ok(count)
    }
}

/// The one file of a ZIP archive.
pub(super) struct Zip<R> {
    body: Body<R>,
    crc: Hasher,
    /// The checksum in the header; `None` if it follows the file.
    expected: Option<u32>,
}

enum Body<R> {
    Stored(Take<Packed<R>>),
    Deflated(DeflateDecoder<Packed<R>>),
    Over,
}

impl<R: BufRead> Zip<R> {
    /// Reads the local header. Source: PKWARE, APPNOTE 6.3.10, 4.3.7.
    fn new(mut packed: Packed<R>) -> io::Result<Self> {
        if read_array(&mut packed)? != *b"PK\x03\x04" {
            return Err(refused("the list is a ZIP archive without a file, expected one; make it again"));
        }
        let mut short = || read_array(&mut packed).map(u16::from_le_bytes);
        let [_version, flags, method, _time, _date] = [short()?, short()?, short()?, short()?, short()?];
        let mut long = || read_array(&mut packed).map(u32::from_le_bytes);
        let [crc, packed_size, size] = [long()?, long()?, long()?];
        let mut short = || read_array(&mut packed).map(u16::from_le_bytes);
        let skipped = u64::from(short()?) + u64::from(short()?);
        let unusable = |what| Err(refused(format!("the list is a ZIP archive {what}; unpack it")));
        if flags & (1 | 1 << 6 | 1 << 13) != 0 {
            return unusable("that is encrypted");
        }
        if packed_size == u32::MAX || size == u32::MAX {
            return unusable("of format zip64");
        }
        if io::copy(&mut packed.by_ref().take(skipped), &mut io::sink())? < skipped {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let follows = flags & 1 << 3 != 0;
        let body = match method {
            0 if follows => return unusable("whose file is stored without its size"),
            0 => Body::Stored(packed.take(packed_size.into())),
            8 => Body::Deflated(DeflateDecoder::new(packed)),
            _ => return unusable("whose file is neither stored nor deflated"),
        };
        Ok(Self { body, crc: Hasher::new(), expected: (!follows).then_some(crc) })
    }

    /// Checks what follows the file: its checksum, and that it is the only one.
    fn finish(&mut self) -> io::Result<()> {
        let mut packed = match mem::replace(&mut self.body, Body::Over) {
            Body::Stored(body) if body.limit() > 0 => return Err(ErrorKind::UnexpectedEof.into()),
            Body::Stored(body) => body.into_inner(),
            Body::Deflated(body) => body.into_inner(),
            Body::Over => return Ok(()),
        };
        let expected = match self.expected {
            Some(crc) => crc,
            None => {
                // The signature of the descriptor is optional.
                let first = read_array(&mut packed)?;
                let crc = if first == *b"PK\x07\x08" { read_array(&mut packed)? } else { first };
                let _sizes: [u8; 8] = read_array(&mut packed)?;
                u32::from_le_bytes(crc)
            }
        };
        if mem::take(&mut self.crc).finalize() != expected {
            return Err(refused(
                "the file in the ZIP archive has another checksum than the archive states; get it again",
            ));
        }
        if read_array(&mut packed)? != *b"PK\x01\x02" {
            return Err(refused("the list is a ZIP archive of several files, expected one; unpack it"));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Zip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.body {
            Body::Stored(body) => body.read(into)?,
            Body::Deflated(body) => body.read(into)?,
            Body::Over => 0,
        };
        self.crc.update(into.get(..count).ok_or(ErrorKind::InvalidData)?);
        if count == 0 && !into.is_empty() {
            self.finish()?;
        }
        Ok(count)
    }
}

fn read_array<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}
