//! What a picture file holds beside the picture that viewers show: further pages, previews, thumbnails, pictures behind the end.
//!
//! Found by the structure of the file alone; nothing is decoded. Looked at are
//!
//! - every directory of a TIFF and its sub-directories, and JPEGs to which one points,
//! - the metadata segments of a JPEG and the EXIF chunk of a PNG or WebP, for JPEGs in them,
//! - what lies behind the end of a JPEG, PNG, GIF, WebP or bitmap: pictures one after the other, or a video.

#![expect(clippy::indexing_slicing, reason = "ranges come from the walks below, which end inside the file")]

use alloc::vec::Vec;
use core::ops::Range;

use memchr::memmem;

use super::fields::{Ifds, JPEG_AT, STRIPS_AT, be16, be32, le32};
use super::limits::Limits;
use super::sniff::{Format, Sniffed, sniff};
use super::views::Part;
use crate::coverage::Unseen;
use crate::jpeg::find_ff;

/// A picture in a file, beside the one that viewers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inside {
    pub(crate) part: Part,
    pub(crate) place: Place,
}

/// Where a picture lies in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A directory of a TIFF, by its number among `Ifds::pictures`, counted from 1.
    Page(u32),
    /// A whole picture file.
    Bytes(Range<usize>),
}

/// The pictures in a file beside the one that viewers show, and what of it is no picture that is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) pictures: Vec<Inside>,
    pub(crate) unseen: Vec<Unseen>,
    /// Bytes that may be walked through once more, in search of what turns out to be no picture.
    budget: usize,
}

/// Pictures found in a file at most; no camera writes as many.
const MOST: usize = 1100;

/// A file is walked through so often at most.
const WALKS: usize = 4;

/// Finds the pictures in a file beside the one that viewers show.
pub(crate) fn inside(file: &[u8], limits: &Limits) -> Contents {
    let budget = file.len().saturating_mul(WALKS);
    let mut contents = Contents { pictures: Vec::new(), unseen: Vec::new(), budget };
    let Sniffed::Supported(format) = sniff(file) else { return contents };
    match format {
        Format::Tiff => contents.directories(file, limits),
        Format::Jpeg => {
            let mut segments = Jpeg::walk(file).metadata.into_iter();
            while segments.next().is_some_and(|segment| contents.metadata(file, segment)) {}
        }
        Format::Png => {
            let mut blocks = chunks(file).filter(|(name, _)| name == b"eXIf");
            while blocks.next().is_some_and(|(_, at)| contents.metadata(file, at)) {}
        }
        Format::WebP => {
            let mut blocks = riff(file).filter(|(name, _)| name == b"EXIF");
            while blocks.next().is_some_and(|(_, at)| contents.metadata(file, at)) {}
        }
        Format::Gif | Format::Bmp => {}
    }
    if let Some(end) = end(file, format)
        && !contents.is_full()
    {
        contents.behind(file, end);
    }
    if contents.is_full() {
        contents.unseen.push(Unseen::Part { part: "data", number: 1, why: "over_limit" });
    }
    contents
}

impl Contents {
    /// Nothing more is looked for: there is too much that is a picture, or looks like one.
    const fn is_full(&self) -> bool {
        self.budget == 0 || self.pictures.len() >= MOST || self.unseen.len() >= MOST
    }

    /// Walks through what may be a JPEG; none if it is none.
    fn jpeg(&mut self, file: &[u8]) -> Option<Jpeg> {
        let walk = Jpeg::walk(file);
        self.budget = self.budget.saturating_sub(walk.walked);
        walk.has_frame.then_some(walk)
    }

    fn push(&mut self, part: fn(u32) -> Part, place: Place) {
        let alike = |other: &&Inside| core::mem::discriminant(&other.part) == core::mem::discriminant(&part(1));
        let first = if matches!(part(1), Part::Page(_) | Part::Picture(_)) { 2 } else { 1 };
        let number = self.pictures.iter().filter(alike).count();
        let number = u32::try_from(number).unwrap_or(u32::MAX).saturating_add(first);
        self.pictures.push(Inside { part: part(number), place });
    }

    /// JPEGs in a segment or chunk of metadata. Returns false once there is too much of it.
    fn metadata(&mut self, file: &[u8], segment: Range<usize>) -> bool {
        const JFXX: &[u8] = b"JFXX\0";
        let payload = &file[segment.clone()];
        let is_raw = matches!(payload.strip_prefix(JFXX), Some([0x11 | 0x13, _, _, ..]));
        let exif = payload.strip_prefix(b"Exif\0\0").unwrap_or(payload);
        let has_strips =
            Ifds::new(exif).is_some_and(|ifds| ifds.chain(2).nth(1).is_some_and(|second| ifds.has_strips(second)));
        if is_raw || has_strips {
            self.unseen.push(Unseen::Part { part: "thumbnail", number: 1, why: "unsupported" });
        }
        let mut from = segment.start;
        while let Some(start) = memmem::find(&file[from..segment.end], JPEG).map(|at| from + at) {
            from = match self.jpeg(&file[start..segment.end]) {
                Some(jpeg) => {
                    let end = jpeg.end.map_or(segment.end, |end| start + end);
                    self.push(Part::Thumbnail, Place::Bytes(start..end));
                    end
                }
                None => start + 1,
            };
            if self.is_full() {
                return false;
            }
        }
        true
    }

    /// Pictures and videos behind the end of a picture.
    fn behind(&mut self, file: &[u8], mut from: usize) {
        if sniff(&file[from..]) == Sniffed::Supported(Format::Bmp) {
            // Its signature is too short to be looked for anywhere else.
            let end = end(&file[from..], Format::Bmp).map_or(file.len(), |end| from + end);
            self.push(Part::Picture, Place::Bytes(from..end));
            from = end;
        }
        let mut magics = Magics { file, next: [Some(0); MAGICS.len()] };
        while let Some((start, what)) = magics.next(from) {
            if self.is_full() {
                return;
            }
            let rest = &file[start..];
            let found = match what {
                // What is in a video is not looked at, and neither is what is behind it.
                None if be32(rest, 0).is_some_and(|size| (8..=256).contains(&size)) => {
                    self.unseen.push(Unseen::Part { part: "video", number: 1, why: "unsupported" });
                    return;
                }
                None => None,
                Some(Format::Jpeg) => self.jpeg(rest).map(|jpeg| jpeg.end),
                Some(Format::WebP) if !rest.starts_with(b"RIFF") => None,
                Some(Format::Tiff) => Ifds::new(rest).filter(|ifds| ifds.pictures(1).next().is_some()).map(|_| None),
                Some(format) => Some(end(rest, format)),
            };
            from = match found {
                Some(end) => {
                    let end = end.map_or(file.len(), |end| start + end);
                    self.push(Part::Picture, Place::Bytes(start..end));
                    end
                }
                None => start + 1,
            };
        }
    }

    /// The directories of a TIFF after the first, and JPEGs to which one points.
    fn directories(&mut self, file: &[u8], limits: &Limits) {
        let Some(ifds) = Ifds::new(file) else { return };
        for (directory, number) in ifds.pictures(limits.max_frames.saturating_add(1)).zip(1..) {
            if self.is_full() {
                return;
            }
            if let Some(jpeg) = jpeg_of(ifds, directory.at, file) {
                self.push(Part::Preview, Place::Bytes(jpeg));
            } else if number > 1 {
                self.push(if directory.is_page { Part::Page } else { Part::Preview }, Place::Page(number));
            }
        }
    }
}

/// Where the JPEG lies to which a directory points, or that is its only strip.
fn jpeg_of(ifds: Ifds<'_>, directory: usize, file: &[u8]) -> Option<Range<usize>> {
    const COMPRESSION: u16 = 259;
    const STRIP_LENGTHS: u16 = 279;
    const JPEG_TABLES: u16 = 347;
    const JPEG_LENGTH: u16 = 514;
    let one = |tag| {
        let mut values = ifds.values(directory, tag);
        values.next().filter(|_| values.next().is_none()).and_then(|value| usize::try_from(value).ok())
    };
    let (at, length) = match one(COMPRESSION) {
        Some(6 | 7) if !ifds.has(directory, JPEG_TABLES) && ifds.has_strips(directory) => {
            (one(STRIPS_AT)?, one(STRIP_LENGTHS)?)
        }
        _ => (one(JPEG_AT)?, one(JPEG_LENGTH)?),
    };
    let range = at..at.checked_add(length)?.min(file.len());
    file.get(range.clone())?.starts_with(JPEG).then_some(range)
}

const JPEG: &[u8] = b"\xff\xd8\xff";

/// How pictures and videos begin: by what bytes, how far behind their start these stand, and the format; none for a video.
const MAGICS: [(&[u8], usize, Option<Format>); 8] = [
    (JPEG, 0, Some(Format::Jpeg)),
    (b"\x89PNG\r\n\x1a\n", 0, Some(Format::Png)),
    (b"GIF87a", 0, Some(Format::Gif)),
    (b"GIF89a", 0, Some(Format::Gif)),
    (b"WEBPVP8", 8, Some(Format::WebP)),
    (b"II\x2a\0", 0, Some(Format::Tiff)),
    (b"MM\0\x2a", 0, Some(Format::Tiff)),
    (b"ftyp", 4, None),
];

/// Where these bytes stand next, each looked for once.
struct Magics<'f> {
    file: &'f [u8],
    next: [Option<usize>; MAGICS.len()],
}

impl Magics<'_> {
    /// The next place from one on where a picture or a video may begin.
    fn next(&mut self, from: usize) -> Option<(usize, Option<Format>)> {
        for ((magic, before, _), next) in MAGICS.iter().zip(&mut self.next) {
            if next.is_some_and(|next| next < from || next == 0) {
                let first = from + before;
                let found = self.file.get(first..).and_then(|rest| memmem::find(rest, magic));
                *next = found.map(|at| first + at - before);
            }
        }
        let places = MAGICS.iter().zip(self.next).filter_map(|((.., format), at)| Some((at?, *format)));
        places.min_by_key(|(at, _)| *at)
    }
}

/// Where the picture at the start ends, if its structure says so.
fn end(file: &[u8], format: Format) -> Option<usize> {
    let end = match format {
        Format::Jpeg => Jpeg::walk(file).end,
        // Where the end chunk is missing, or a damaged chunk hides it, decoders are content with the last pixels.
        Format::Png => {
            let all = || chunks(file).map(|(name, at)| (name, at.end + 4));
            let end = all().find(|(name, _)| name == b"IEND");
            end.or_else(|| all().filter(|(name, _)| name == b"IDAT").last()).map(|(_, end)| end)
        }
        Format::Gif => gif_end(file),
        Format::WebP => le32(file, 4).and_then(|size| usize::try_from(size).ok()?.next_multiple_of(2).checked_add(8)),
        // Decoders pass over a size that is not the file's; then pictures are looked for from the pixels on.
        Format::Bmp => {
            let place = |at| le32(file, at).and_then(|place| usize::try_from(place).ok());
            place(2).filter(|size| (27..=file.len()).contains(size)).or_else(|| place(10))
        }
        Format::Tiff => None,
    };
    end.filter(|end| *end <= file.len())
}

/// The markers of a JPEG.
#[derive(Default)]
struct Jpeg {
    /// Segments of metadata, without marker and length.
    metadata: Vec<Range<usize>>,
    has_frame: bool,
    /// Behind the end-of-image marker.
    end: Option<usize>,
    /// How many bytes were walked through.
    walked: usize,
}

impl Jpeg {
    fn walk(file: &[u8]) -> Self {
        let (mut walk, mut at) = (Self::default(), 2);
        while let Some(skip) = file.get(at..).and_then(find_ff) {
            at += skip + 1;
            match file.get(at) {
                // stuffed, filled, or without a length
                Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 1,
                Some(0xff) => {}
                Some(0xd9) => {
                    walk.end = Some(at + 1);
                    break;
                }
                Some(marker) => {
                    let length = be16(file, at + 1).map_or(0, usize::from);
                    let segment = at + 3..at + 1 + length.max(2);
                    walk.has_frame |= matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf);
                    if segment.end > file.len() {
                        break;
                    }
                    at = segment.end;
                    if matches!(marker, 0xe0..=0xef) {
                        walk.metadata.push(segment);
                    }
                }
                None => break,
            }
        }
        walk.walked = at.min(file.len()).max(1);
        walk
    }
}

/// The chunks of a PNG: name, and where the contents lie.
fn chunks(file: &[u8]) -> impl Iterator<Item = ([u8; 4], Range<usize>)> {
    let mut at = 8;
    core::iter::from_fn(move || {
        let length = usize::try_from(be32(file, at)?).ok()?;
        let name = *file.get(at + 4..)?.first_chunk()?;
        let contents = at + 8..(at + 8).checked_add(length)?;
        at = contents.end.checked_add(4)?;
        (at <= file.len()).then_some((name, contents))
    })
}

/// The chunks of a WebP: name, and where the contents lie.
fn riff(file: &[u8]) -> impl Iterator<Item = ([u8; 4], Range<usize>)> {
    let mut at = 12;
    core::iter::from_fn(move || {
        let name = *file.get(at..)?.first_chunk()?;
        let contents = at + 8..(at + 8).checked_add(usize::try_from(le32(file, at + 4)?).ok()?)?;
        at = contents.end.checked_next_multiple_of(2)?;
        (contents.end <= file.len()).then_some((name, contents))
    })
}

/// Behind the trailer of a GIF.
fn gif_end(file: &[u8]) -> Option<usize> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = 13 + table(*file.get(10)?);
    loop {
        at = match file.get(at)? {
            0x21 => at + 2,
            0x2c => at + 11 + table(*file.get(at + 9)?),
            0x3b => return Some(at + 1),
            // No block begins so: what follows is not the animation's.
            _ => return Some(at),
        };
        // blocks of data, to the empty one
        loop {
            let length = usize::from(*file.get(at)?);
            at += 1 + length;
            if length == 0 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn places(file: &[u8]) -> Vec<(Part, Place)> {
        let contents = inside(file, &Limits::default());
        contents.pictures.into_iter().map(|inside| (inside.part, inside.place)).collect()
    }

    /// A JPEG of markers only: enough to be found.
    fn jpeg(metadata: &[u8]) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8, 0xff, 0xe1];
        file.extend(u16::try_from(metadata.len() + 2).unwrap().to_be_bytes());
        file.extend(metadata);
        file.extend([0xff, 0xc0, 0, 4, 8, 0, 0xff, 0xda, 0, 2, 1, 0xff, 0x00, 0xff, 0xd3, 7, 0xff, 0xd9]);
        file
    }

    #[test]
    fn jpegs_in_metadata_and_behind_the_end_are_found() {
        let (plain, nested) = (jpeg(b""), jpeg(&jpeg(b"x")));
        assert_eq!(places(&plain), []);
        assert_eq!(places(&nested), [(Part::Thumbnail(1), Place::Bytes(6..6 + jpeg(b"x").len()))]);
        let two = [&*plain, b"\0\0padding", &nested, &plain].concat();
        let second = plain.len() + 9;
        let third = second + nested.len();
        let expected = [
            (Part::Picture(2), Place::Bytes(second..third)),
            (Part::Picture(3), Place::Bytes(third..third + plain.len())),
        ];
        assert_eq!(places(&two), expected);
        // cut in the second
        let cut = &two[..third - 1];
        assert_eq!(places(cut), [(Part::Picture(2), Place::Bytes(second..third - 1))]);
        // three bytes that are no picture
        assert_eq!(places(&[&*plain, JPEG, b"\xe0\0\x02"].concat()), []);
    }

    #[test]
    fn what_looks_like_pictures_without_end_is_left_and_said() {
        let over = Unseen::Part { part: "data", number: 1, why: "over_limit" };
        let end = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND....";
        for (name, piece) in
            [("jpeg", JPEG), ("tiff", b"II\x2a\0\x08\0\0\0"), ("png", end), ("gif", b"GIF89a"), ("ftyp", b"ftyp")]
        {
            let file = [&*jpeg(b""), &piece.repeat((1 << 20) / piece.len())].concat();
            let contents = inside(&file, &Limits::default());
            let is_left = contents.unseen == [over];
            assert_eq!(is_left, matches!(name, "jpeg" | "png" | "gif"), "{name}: {:?}", contents.unseen);
            assert!(contents.pictures.len() <= MOST, "{name}");
        }
        let segment: Vec<u8> = JPEG.repeat(20_000);
        let many = [
            &[0xff, 0xd8][..],
            &[&[0xff, 0xe1], &60_002_u16.to_be_bytes()[..], &segment[..60_000]].concat().repeat(40),
        ]
        .concat();
        assert_eq!(inside(&many, &Limits::default()).unseen, [over]);
    }

    #[test]
    fn pictures_are_found_behind_files_that_do_not_say_where_they_end() {
        let behind = |file: Vec<u8>| {
            let place = Place::Bytes(file.len()..file.len() + jpeg(b"").len());
            assert_eq!(places(&[&*file, &jpeg(b"")].concat()), [(Part::Picture(2), place)]);
        };
        let mut bitmap = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bitmap.resize(90, 7);
        behind(bitmap.clone());
        bitmap[2..6].fill(0xff);
        behind(bitmap);
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\0IHDR....\0\0\0\x02IDATxx....\xff\xff\xff\xffnoXX";
        behind(png.to_vec());
        behind(b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x01x\0\x77".to_vec());
    }

    #[test]
    fn a_video_behind_the_end_is_said() {
        let file = [&*jpeg(b""), b"ftyp, the word, \0\0\0\x18ftypmp42\0\0\0\0", &jpeg(b"")].concat();
        let contents = inside(&file, &Limits::default());
        assert!(contents.pictures.is_empty());
        assert_eq!(contents.unseen, [Unseen::Part { part: "video", number: 1, why: "unsupported" }]);
    }
}
