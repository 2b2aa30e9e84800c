//! Reads numbers and TIFF tags from the bytes of a file.

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

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let field = self.bytes.get(at..at.checked_add(size)?)?;
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.little { field.iter().rev().fold(0, add) } else { field.iter().fold(0, add) })
    }

    fn offset(&self, at: usize) -> Option<usize> {
        self.number(at, if self.big { 8 } else { 4 }).and_then(|offset| usize::try_from(offset).ok())
    }

    /// Where the first directory lies.
    pub(super) fn first(&self) -> Option<usize> {
        self.offset(if self.big { 8 } else { 4 }).filter(|offset| *offset != 0)
    }

    /// Entries of a directory: how many, how long each, where the first lies.
    fn entries(&self, directory: usize) -> Option<(usize, usize, usize)> {
        let (count_size, size) = if self.big { (8, 20) } else { (2, 12) };
        let count = usize::try_from(self.number(directory, count_size)?).ok()?;
        Some((count, size, directory.checked_add(count_size)?))
    }

    /// Where the directory after this one lies.
    fn after(&self, directory: usize) -> Option<usize> {
        let (count, size, first) = self.entries(directory)?;
        self.offset(first.checked_add(count.checked_mul(size)?)?).filter(|offset| *offset != 0)
    }

    /// Counts directories up to `most`, and each directory of a cycle once.
    pub(super) fn count(&self, most: u32) -> u32 {
        let (mut here, mut count) = (self.first(), 0);
        // Brent's algorithm: a mark moved after 1, 2, 4, 8 ... steps is met again if the chain is a cycle.
        let (mut mark, mut until) = (None, 1);
        while let Some(directory) = here.filter(|_| count < most) {
            if mark == here {
                break;
            }
            count += 1;
            if count == until {
                (mark, until) = (here, until.saturating_mul(2));
            }
            here = self.after(directory);
        }
        count
    }

    /// Where the value of a 16-bit tag of the first directory lies.
    pub(super) fn short_at(&self, tag: u16) -> Option<usize> {
        const SHORT: u64 = 3;
        let (count, size, first) = self.entries(self.first()?)?;
        // No directory has more than 65,535 entries: their tags differ.
        for index in 0..count.min(65_535) {
            let entry = index.checked_mul(size).and_then(|skip| first.checked_add(skip))?;
            if self.number(entry, 2)? == u64::from(tag) {
                let at = entry.checked_add(size - if self.big { 8 } else { 4 })?;
                return (self.number(entry.checked_add(2)?, 2)? == SHORT).then_some(at);
            }
        }
        None
    }

    /// The value of a 16-bit tag of the first directory.
    pub(super) fn short(&self, tag: u16) -> Option<u16> {
        self.number(self.short_at(tag)?, 2).and_then(|value| u16::try_from(value).ok())
    }

    /// Returns the orientation, 1 to 8.
    pub(super) fn orientation(&self) -> Option<u8> {
        const ORIENTATION: u16 = 0x0112;
        self.short(ORIENTATION).and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value))
    }
}

/// Returns the orientation in an EXIF block, 1 to 8; 1 if it is missing or invalid.
pub(super) fn orientation(exif: &[u8]) -> u8 {
    // Some writers of WebP and PNG add the prefix of JPEG.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Ifds::new(exif).and_then(|ifds| ifds.orientation()).unwrap_or(1)
}
