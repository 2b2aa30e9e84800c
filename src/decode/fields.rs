//! Reads numbers and TIFF tags from the bytes of a file.

use alloc::vec::Vec;
use core::ops::Range;

/// `N` bytes from `at` on.
pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

pub(super) fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(|[a, b, c]| u32::from_le_bytes([a, b, c, 0]))
}

pub(super) fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A TIFF structure's byte order and offset size, and where its first directory lies.
#[derive(Clone, Copy)]
pub(super) struct Ifds<'a> {
    bytes: &'a [u8],
    little: bool,
    /// BigTIFF: offsets of 64 bits.
    big: bool,
}

/// A directory that holds a picture.
#[derive(Clone, Copy)]
pub(super) struct Directory {
    pub(super) at: usize,
    /// It is one of those that follow each other, not one below them.
    pub(super) is_page: bool,
}

/// Entries of a directory that are looked at: a file may claim directories of many, one in the other. Cameras write 100.
const MOST_ENTRIES: usize = 1024;

pub(super) const STRIPS_AT: u16 = 273;
const TILES_AT: u16 = 324;
pub(super) const JPEG_AT: u16 = 513;

/// How many bytes a whole number of this type takes; 0 for what is no whole number.
const fn bytes_of(kind: u64) -> usize {
    match kind {
        1 => 1,
        3 => 2,
        4 | 13 => 4,
        16 | 18 => 8,
        _ => 0,
    }
}

impl<'a> Ifds<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (little, big) = match bytes.first_chunk()? {
            b"II\x2a\0" => (true, false),
            b"MM\0\x2a" => (false, false),
            b"II\x2b\0" => (true, true),
            b"MM\0\x2b" => (false, true),
            _ => return None,
        };
        Some(Self { bytes, little, big })
    }

    fn number(self, at: usize, size: usize) -> Option<u64> {
        let field = self.bytes.get(at..at.checked_add(size)?)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.little { field.iter().rev().fold(0, add) } else { field.iter().fold(0, add) })
    }

    fn offset(self, at: usize) -> Option<usize> {
        self.number(at, if self.big { 8 } else { 4 }).and_then(|offset| usize::try_from(offset).ok())
    }

    /// Where the first directory lies.
    pub(super) fn first(self) -> Option<usize> {
        self.offset(if self.big { 8 } else { 4 }).filter(|offset| *offset != 0)
    }

    /// Where the offset of the first directory stands, and the bytes that would make this one the first.
    pub(super) fn begin_at(self, directory: usize) -> (usize, Vec<u8>) {
        let (at, size) = if self.big { (8, 8) } else { (4, 4) };
        let mut bytes: Vec<u8> = (directory as u64).to_le_bytes().into_iter().take(size).collect();
        if !self.little {
            bytes.reverse();
        }
        (at, bytes)
    }

    /// Entries of a directory: how many, how long each, where the first lies.
    fn entries(self, directory: usize) -> Option<(usize, usize, usize)> {
        let (count_size, size) = if self.big { (8, 20) } else { (2, 12) };
        let count = usize::try_from(self.number(directory, count_size)?).ok()?;
        Some((count, size, directory.checked_add(count_size)?))
    }

    /// Where the directory after this one lies.
    fn after(self, directory: usize) -> Option<usize> {
        let (count, size, first) = self.entries(directory)?;
        self.offset(first.checked_add(count.checked_mul(size)?)?).filter(|offset| *offset != 0)
    }

    /// The directories that follow each other from the first on, up to `most`, each of a cycle once or twice.
    pub(super) fn chain(self, most: u32) -> impl Iterator<Item = usize> {
        let (mut here, mut count) = (self.first(), 0);
        // Brent's algorithm: a mark moved after 1, 2, 4, 8 ... steps is met again if the chain is a cycle.
        let (mut mark, mut until) = (None, 1);
        core::iter::from_fn(move || {
            let directory = here.filter(|_| count < most && mark != here)?;
            count += 1;
            if count == until {
                (mark, until) = (here, until.saturating_mul(2));
            }
            here = self.after(directory);
            Some(directory)
        })
    }

    /// The directories that hold pictures: the first, the others of the chain, then those below each of them. At most `most` of the chain, and
    /// as many below it.
    pub(super) fn pictures(self, most: u32) -> impl Iterator<Item = Directory> {
        let chain = move || self.chain(most).zip(0_u32..);
        let pages = chain().filter(move |(at, index)| *index == 0 || self.has_picture(*at));
        let below = chain().flat_map(move |(at, _)| self.below(at)).filter(move |at| self.has_picture(*at));
        let pages = pages.map(|(at, _)| Directory { at, is_page: true });
        pages.chain(below.take(most as usize).map(|at| Directory { at, is_page: false }))
    }

    /// Counts the pages that hold pictures, up to `most`; the first counts always.
    pub(super) fn count(self, most: u32) -> u32 {
        u32::try_from(self.pictures(most).take_while(|directory| directory.is_page).count()).unwrap_or(u32::MAX)
    }

    /// A directory of more entries than are looked at is taken to hold a picture.
    fn has_picture(self, directory: usize) -> bool {
        let is_long = self.entries(directory).is_some_and(|(count, ..)| count > MOST_ENTRIES);
        is_long || self.has_strips(directory) || self.has(directory, JPEG_AT)
    }

    /// Returns true if a directory says where strips or tiles of pixels lie.
    pub(super) fn has_strips(self, directory: usize) -> bool {
        [STRIPS_AT, TILES_AT].into_iter().any(|tag| self.has(directory, tag))
    }

    /// Where strips and tiles lie, in the order of the file, each byte once; none of what is compressed as JPEG.
    pub(super) fn strips(self, directory: usize) -> Vec<Range<u64>> {
        const COMPRESSION: u16 = 259;
        const STRIP_LENGTHS: u16 = 279;
        const TILE_LENGTHS: u16 = 325;
        if matches!(self.values(directory, COMPRESSION).next(), Some(6 | 7)) {
            return Vec::new();
        }
        let pairs = [(STRIPS_AT, STRIP_LENGTHS), (TILES_AT, TILE_LENGTHS)].into_iter().flat_map(|(at, lengths)| {
            self.values(directory, at).zip(self.values(directory, lengths)).take(self.bytes.len())
        });
        let mut ranges: Vec<Range<u64>> = pairs.map(|(at, length)| at..at.saturating_add(length)).collect();
        ranges.sort_unstable_by_key(|range| range.start);
        // A byte that two strips share is turned once.
        let mut end = 0;
        for range in &mut ranges {
            range.start = range.start.max(end);
            end = end.max(range.end);
        }
        ranges.retain(|range| range.start < range.end);
        ranges
    }

    /// Returns true if a directory has a tag, of whatever type.
    pub(super) fn has(self, directory: usize, tag: u16) -> bool {
        self.entry(directory, tag).is_some()
    }

    /// The directories to which one points.
    fn below(self, directory: usize) -> impl Iterator<Item = usize> {
        const SUB_DIRECTORIES: u16 = 330;
        let values = self.values(directory, SUB_DIRECTORIES);
        values.filter_map(|at| usize::try_from(at).ok()).filter(|at| *at != 0)
    }

    /// Where the entry of a tag lies, and its type, its count, and where its values lie.
    fn entry(self, directory: usize, tag: u16) -> Option<(u64, usize, usize)> {
        let (count, size, first) = self.entries(directory)?;
        for index in 0..count.min(MOST_ENTRIES) {
            let entry = index.checked_mul(size).and_then(|skip| first.checked_add(skip))?;
            if self.number(entry, 2)? == u64::from(tag) {
                let word = if self.big { 8 } else { 4 };
                let kind = self.number(entry.checked_add(2)?, 2)?;
                let count = usize::try_from(self.number(entry.checked_add(4)?, word)?).ok()?;
                let at = entry.checked_add(4 + word)?;
                // What is longer lies elsewhere.
                let is_here = count.checked_mul(bytes_of(kind)).is_some_and(|bytes| bytes <= word);
                return Some((kind, count, if is_here { at } else { self.offset(at)? }));
            }
        }
        None
    }

    /// The whole numbers of a tag, up to where the file ends.
    pub(super) fn values(self, directory: usize, tag: u16) -> impl Iterator<Item = u64> {
        let (kind, count, first) = self.entry(directory, tag).unwrap_or((0, 0, 0));
        let bytes = bytes_of(kind);
        let value = move |index: usize| self.number(first.checked_add(index.checked_mul(bytes)?)?, bytes);
        (0..if bytes == 0 { 0 } else { count }).map_while(value)
    }

    /// Where the value of a 16-bit tag of a directory lies.
    pub(super) fn short_at(self, directory: usize, tag: u16) -> Option<usize> {
        const SHORT: u64 = 3;
        self.entry(directory, tag).filter(|(kind, ..)| *kind == SHORT).map(|(.., at)| at)
    }

    /// The value of a 16-bit tag of a directory.
    pub(super) fn short(self, directory: usize, tag: u16) -> Option<u16> {
        self.number(self.short_at(directory, tag)?, 2).and_then(|value| u16::try_from(value).ok())
    }

    /// Returns the orientation of a directory, 1 to 8.
    pub(super) fn orientation(self, directory: usize) -> Option<u8> {
        const ORIENTATION: u16 = 0x0112;
        self.short(directory, ORIENTATION)
            .and_then(|value| u8::try_from(value).ok())
            .filter(|value| (1..=8).contains(value))
    }
}

/// Returns the orientation in an EXIF block, 1 to 8; 1 if it is missing or invalid.
pub(super) fn orientation(exif: &[u8]) -> u8 {
    // Some writers of WebP and PNG add the prefix of JPEG.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Ifds::new(exif).and_then(|ifds| ifds.orientation(ifds.first()?)).unwrap_or(1)
}
