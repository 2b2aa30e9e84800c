//! Small files that ask for much: more than 200, of seven families. Made here, so that nobody has to keep them.

#![allow(dead_code, clippy::std_instead_of_alloc, reason = "each user takes its part; tests have std")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the files are ours"
)]

use std::borrow::Cow;
use std::io::Write as _;

use super::decode_support::{gif_file, one_of_each, png_file};

/// A file, and what it is called.
pub(crate) struct Bomb {
    pub(crate) family: &'static str,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// All of them.
pub(crate) fn all() -> Vec<Bomb> {
    let mut bombs = Vec::new();
    for (family, made) in [
        ("dimension", dimensions as fn() -> Vec<(String, Vec<u8>)>),
        ("inflate", inflates),
        ("scans", scans),
        ("frames", frames),
        ("metadata", metadata),
        ("nested", nested),
        ("layout", layouts),
    ] {
        bombs.extend(made().into_iter().map(|(name, bytes)| Bomb { family, name, bytes }));
    }
    bombs
}

/// A small intact file of a kind: `jpeg`, `png`, `gif`, `webp`, `bmp`, `tiff`.
fn intact(kind: &str) -> Vec<u8> {
    one_of_each().into_iter().find(|(name, _)| name.starts_with(kind)).unwrap().1
}

fn at(file: &[u8], marker: &[u8]) -> usize {
    file.windows(marker.len()).position(|window| window == marker).unwrap()
}

fn zlib(uncompressed: usize) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 16];
    let mut left = uncompressed;
    while left > 0 {
        let count = left.min(zeros.len());
        encoder.write_all(&zeros[..count]).unwrap();
        left -= count;
    }
    encoder.finish().unwrap()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

/// A PNG of these measures, colour type and depth, with chunks of its own before the pixels.
fn png(width: u32, height: u32, color: u8, depth: u8, before: &[u8], idat: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, 0]].concat();
    let parts = [chunk(b"IHDR", &header), before.to_vec(), chunk(b"IDAT", idat), chunk(b"IEND", &[])];
    [b"\x89PNG\r\n\x1a\n".to_vec(), parts.concat()].concat()
}

fn small_png(before: &[u8]) -> Vec<u8> {
    png(8, 8, 0, 8, before, &zlib(8 * 9))
}

/// A TIFF of these entries (tag, kind, count, value), the pixels at byte 8.
fn tiff(entries: &[(u16, u16, u32, u32)], next: u32) -> Vec<u8> {
    let mut file = b"II\x2a\0".to_vec();
    file.extend(72_u32.to_le_bytes());
    file.extend([100; 64]);
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend(next.to_le_bytes());
    file
}

/// What a grey TIFF of 8x8 has; a tag that is given again stands for its own.
fn tiff_with(changed: &[(u16, u16, u32, u32)]) -> Vec<u8> {
    let usual = [
        (256, 4, 1, 8),
        (257, 4, 1, 8),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, 8),
        (279, 4, 1, 64),
    ];
    let mut entries: Vec<_> =
        usual.into_iter().filter(|(tag, ..)| changed.iter().all(|(other, ..)| other != tag)).collect();
    entries.extend_from_slice(changed);
    entries.sort_unstable();
    tiff(&entries, 0)
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", chunks].concat()
}

fn riff_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding = vec![0; data.len() % 2];
    [kind, &(data.len() as u32).to_le_bytes()[..], data, &padding].concat()
}

/// A canvas of these measures in an extended header.
fn canvas(width: u32, height: u32, flags: u8) -> Vec<u8> {
    let measures = [(width - 1).to_le_bytes(), (height - 1).to_le_bytes()];
    let data = [&[flags, 0, 0, 0][..], &measures[0][..3], &measures[1][..3]].concat();
    riff_chunk(b"VP8X", &data)
}

/// The pixels of the small intact WebP.
fn webp_pixels() -> Vec<u8> {
    intact("webp")[12..].to_vec()
}

fn jpeg_of(width: u16, height: u16, frame: u8) -> Vec<u8> {
    let mut file = intact("jpeg");
    let at = at(&file, &[0xff, 0xc0]);
    file[at + 1] = frame;
    file[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    file[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    file
}

fn gif_of(width: u16, height: u16, frames: usize, size: u16) -> Vec<u8> {
    let pixels = vec![0; usize::from(size) * usize::from(size)];
    let frame = gif::Frame { width: size, height: size, delay: 4, buffer: Cow::Owned(pixels), ..gif::Frame::default() };
    gif_file(width, height, &[0, 0, 0, 9, 9, 9], &vec![frame; frames])
}

/// Measures that no small file has.
fn dimensions() -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    let large = [(65_535, 65_535), (30_000, 30_000), (0x7fff_ffff, 1), (1, 0x7fff_ffff), (0x7fff_ffff, 0x7fff_ffff)];
    for (width, height) in large.into_iter().chain([(10_001, 10_000), (16_384, 16_384), (524_289, 8)]) {
        let pixels = zlib(4096);
        for (color, depth) in [(0, 1), (2, 16)] {
            made.push((
                format!("{width}x{height}-{color}-{depth}.png"),
                png(width, height, color, depth, &[], &pixels),
            ));
        }
        made.push((format!("{width}x{height}.tiff"), tiff_with(&[(256, 4, 1, width), (257, 4, 1, height)])));
        let mut bmp = intact("bmp");
        bmp[18..22].copy_from_slice(&width.to_le_bytes());
        bmp[22..26].copy_from_slice(&height.to_le_bytes());
        made.push((format!("{width}x{height}.bmp"), bmp));
    }
    for (width, height) in [(65_535, 65_535), (65_500, 1), (1, 65_500), (30_000, 30_000), (9_999, 9_999)] {
        for frame in [0xc0, 0xc1, 0xc2] {
            made.push((format!("{width}x{height}-{frame:x}.jpeg"), jpeg_of(width, height, frame)));
        }
        made.push((format!("{width}x{height}.gif"), gif_of(width, height, 1, 1)));
    }
    for (width, height) in [(16_384, 16_384), (1 << 24, 1), (1, 1 << 24), (1 << 24, 1 << 24), (9_999, 9_999)] {
        let chunks = [canvas(width, height, 0), webp_pixels()].concat();
        made.push((format!("{width}x{height}.webp"), riff(&chunks)));
    }
    for size in [0x3fff_u32, 0x2000] {
        let measures = ((size & 0x3fff) | ((size & 0x3fff) << 14)).to_le_bytes();
        let lossless = riff_chunk(b"VP8L", &[&[0x2f][..], &measures, &[0; 20]].concat());
        made.push((format!("{size}-lossless.webp"), riff(&lossless)));
    }
    made
}

/// Streams that inflate to more than anybody needs.
fn inflates() -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    for megabytes in [1, 16, 64, 256] {
        let stream = zlib(megabytes << 20);
        made.push((format!("idat-{megabytes}.png"), png(8, 8, 0, 8, &[], &stream)));
        let text = chunk(b"zTXt", &[b"Comment\0\0", &stream[..]].concat());
        made.push((format!("ztxt-{megabytes}.png"), small_png(&text)));
        let text = chunk(b"iTXt", &[b"Comment\0\x01\0\0\0", &stream[..]].concat());
        made.push((format!("itxt-{megabytes}.png"), small_png(&text)));
        let profile = chunk(b"iCCP", &[b"icc\0\0", &stream[..]].concat());
        made.push((format!("iccp-{megabytes}.png"), small_png(&profile)));
        // the strip of 8x8 pixels
        let mut file = tiff_with(&[(259, 3, 1, 8), (273, 4, 1, 0), (279, 4, 1, stream.len() as u32)]);
        let start = file.len() as u32;
        let strip = at(&file, &[&273_u16.to_le_bytes()[..], &4_u16.to_le_bytes()].concat()) + 8;
        file[strip..strip + 4].copy_from_slice(&start.to_le_bytes());
        file.extend(&stream);
        made.push((format!("strip-{megabytes}.tiff"), file));
    }
    for (count, megabytes) in [(64, 1), (64, 4), (1000, 1)] {
        let stream = zlib(megabytes << 20);
        let text = chunk(b"zTXt", &[b"Comment\0\0", &stream[..]].concat()).repeat(count);
        made.push((format!("ztxt-{count}-of-{megabytes}.png"), small_png(&text)));
    }
    // as large as is allowed, in some kilobytes: these are decoded, and take what is allowed
    made.push(("98-megapixels-of-1-bit.png".to_owned(), png(9_900, 9_900, 0, 1, &[], &zlib(9_900 * 1239))));
    made.push(("100-megapixels-grey.png".to_owned(), png(10_000, 10_000, 0, 8, &[], &zlib(10_000 * 10_001))));
    made
}

/// JPEGs of many scans.
fn scans() -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    for count in [100, 101, 1_000, 10_000, 80_000] {
        for (name, frame, scan) in [
            ("baseline", 0xc0, [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]),
            ("progressive", 0xc2, [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0]),
            ("refining", 0xc2, [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0x10]),
        ] {
            let mut file = jpeg_of(4_000, 4_000, frame);
            let end = file.len() - 2;
            file.splice(end..end, scan.repeat(count));
            made.push((format!("{count}-{name}.jpeg"), file));
        }
    }
    made
}

/// Animations that never end, and pages without number.
fn frames() -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    for count in [20, 1_000, 50_001, 100_000] {
        made.push((format!("{count}-small.gif"), gif_of(1, 1, count, 1)));
    }
    for (side, count) in [(10_000, 20), (5_000, 1_000), (2_000, 5_000), (300, 20_000)] {
        made.push((format!("{count}-on-{side}.gif"), gif_of(side, side, count, 1)));
    }
    for count in [20_u32, 50_001, 0x7fff_ffff] {
        for side in [8_u32, 10_000] {
            let control = chunk(b"acTL", &[count.to_be_bytes(), [0; 4]].concat());
            let mut file = png(side, side, 0, 8, &control, &zlib(4096));
            let end = file.len() - 12;
            let frame: Vec<u8> = (0..count.min(2_000))
                .flat_map(|number| {
                    let mut fields = (2 * number + 1).to_be_bytes().to_vec();
                    fields.extend([side, side, 0, 0].iter().flat_map(|field| field.to_be_bytes()));
                    fields.extend([0, 1, 0, 10, 0, 0]);
                    let data = [&(2 * number + 2).to_be_bytes()[..], &zlib(72)].concat();
                    [chunk(b"fcTL", &fields), chunk(b"fdAT", &data)].concat()
                })
                .collect();
            file.splice(end..end, frame);
            made.push((format!("{count}-on-{side}.apng.png"), file));
        }
    }
    for (count, side) in [(20, 24), (5_000, 24), (50_001, 24), (2_000, 16_000), (20, 9_999)] {
        let mut data = [[0; 3], [0; 3], [23, 0, 0], [16, 0, 0], [40, 0, 0]].concat();
        data.push(0);
        data.extend(webp_pixels());
        let frame = riff_chunk(b"ANMF", &data);
        let chunks = [canvas(side, side, 2), riff_chunk(b"ANIM", &[0; 6]), frame.repeat(count)].concat();
        made.push((format!("{count}-on-{side}.webp"), riff(&chunks)));
    }
    for count in [20_u32, 50_001] {
        let page = tiff_with(&[]);
        let (start, length) = (72, page.len() as u32 - 72);
        let mut file = page[..72].to_vec();
        for number in 1..=count {
            file.extend(&page[72..page.len() - 4]);
            let next = if number < count { start + number * length } else { 0 };
            file.extend(next.to_le_bytes());
        }
        made.push((format!("{count}-pages.tiff"), file));
    }
    made
}

/// More about a picture than there is picture.
fn metadata() -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    for (marker, name) in [(0xe1, "exif"), (0xe2, "icc"), (0xed, "photoshop"), (0xfe, "comment")] {
        for (count, length) in [(1_000, 65_533), (60_000, 2), (10_000, 40)] {
            let head = [0xff, marker, (length >> 8) as u8, length as u8];
            let segment = [&head[..], &vec![b'x'; length - 2]].concat();
            let mut file = intact("jpeg");
            file.splice(2..2, segment.repeat(count));
            made.push((format!("{name}-{count}-of-{length}.jpeg"), file));
        }
    }
    let mut file = intact("jpeg");
    file.splice(2..2, vec![0xff; 4 << 20]);
    made.push(("filled.jpeg".to_owned(), file));
    for (name, exif) in exifs() {
        let body = [b"Exif\0\0", &exif[..]].concat();
        let segment = [&[0xff, 0xe1][..], &(body.len() as u16 + 2).to_be_bytes(), &body].concat();
        let mut file = intact("jpeg");
        file.splice(2..2, segment);
        made.push((format!("exif-{name}.jpeg"), file));
        made.push((format!("exif-{name}.png"), small_png(&chunk(b"eXIf", &exif))));
        let chunks = [canvas(24, 17, 8), webp_pixels(), riff_chunk(b"EXIF", &exif)].concat();
        made.push((format!("exif-{name}.webp"), riff(&chunks)));
    }
    for (kind, name) in [(b"tEXt", "text"), (b"IDAT", "empty"), (b"abCd", "unknown")] {
        for count in [1_000, 200_000] {
            let data: &[u8] = if kind == b"IDAT" { &[] } else { b"k\0v" };
            made.push((format!("{name}-{count}.png"), small_png(&chunk(kind, data).repeat(count))));
        }
    }
    for (label, name) in [(0xfe, "comment"), (0xf9, "control"), (0xff, "application")] {
        for count in [1_000, 300_000] {
            let block: &[u8] = match label {
                0xf9 => &[0x21, 0xf9, 4, 0, 0, 0, 0, 0],
                0xff => b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
                _ => &[0x21, 0xfe, 1, b'x', 0],
            };
            let mut file = intact("gif");
            let colors = 3 << (1 + usize::from(file[10] & 7));
            let start = 13 + if file[10] & 0x80 == 0 { 0 } else { colors };
            file.splice(start..start, block.repeat(count));
            made.push((format!("{name}-{count}.gif"), file));
        }
    }
    for count in [1_000, 200_000] {
        let chunks = [canvas(24, 17, 0), riff_chunk(b"junk", b"xx").repeat(count), webp_pixels()].concat();
        made.push((format!("junk-{count}.webp"), riff(&chunks)));
    }
    made
}

/// EXIF that says more than there is, or leads in circles.
fn exifs() -> Vec<(&'static str, Vec<u8>)> {
    let directory = |entries: &[(u16, u16, u32, u32)], next: u32| {
        let mut bytes = b"II\x2a\0\x08\0\0\0".to_vec();
        bytes.extend((entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in entries {
            bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
        }
        bytes.extend(next.to_le_bytes());
        bytes
    };
    vec![
        ("circle", directory(&[(0x0112, 3, 1, 6), (0x8769, 4, 1, 8)], 8)),
        ("count", directory(&[(0x0112, 3, u32::MAX, 8)], 0)),
        ("far", directory(&[(0x0112, 3, 9, u32::MAX)], u32::MAX)),
        ("many", [b"II\x2a\0\x08\0\0\0\xff\xff".to_vec(), vec![1; 20_000]].concat()),
        (
            "thumbnail",
            [directory(&[(0x0201, 4, 1, 26), (0x0202, 4, 1, u32::MAX)], 0), jpeg_of(65_535, 65_535, 0xc0)].concat(),
        ),
    ]
}

/// Things in things.
fn nested() -> Vec<(String, Vec<u8>)> {
    let mut made = Vec::new();
    let mut inner = small_png(&[]);
    for depth in 1..=12 {
        inner = small_png(&chunk(b"iCCP", &[b"icc\0\0", &inner[..]].concat()));
        if depth % 3 == 0 {
            made.push((format!("profile-in-profile-{depth}.png"), inner.clone()));
        }
    }
    let mut chunks = webp_pixels();
    for depth in 1..=2_000 {
        chunks = riff_chunk(b"RIFF", &[b"WEBP", &chunks[..]].concat());
        if [1, 10, 100, 2_000].contains(&depth) {
            made.push((format!("riff-in-riff-{depth}.webp"), riff(&chunks)));
        }
    }
    for length in 1..=6_u32 {
        let page = tiff_with(&[]);
        let size = page.len() as u32 - 72;
        let mut file = page[..72].to_vec();
        for number in 1..=length {
            file.extend(&page[72..page.len() - 4]);
            file.extend((72 + number % length * size).to_le_bytes());
        }
        made.push((format!("circle-of-{length}-pages.tiff"), file));
    }
    for (tag, name) in [(330, "pages-below"), (34_665, "exif"), (34_853, "places")] {
        made.push((format!("{name}-circle.tiff"), tiff_with(&[(tag, 4, 1, 72)])));
    }
    for (directory, name) in [(png(65_535, 65_535, 0, 8, &[], &zlib(64)), "png"), (intact("bmp"), "bmp")] {
        for count in [1_u16, 1_000] {
            let mut icon = [&[0, 0, 1, 0][..], &count.to_le_bytes()].concat();
            for _ in 0..count {
                icon.extend([0, 0, 0, 0, 1, 0, 32, 0]);
                icon.extend((directory.len() as u32).to_le_bytes());
                icon.extend((6 + 16 * u32::from(count)).to_le_bytes());
            }
            icon.extend(&directory);
            made.push((format!("{count}-of-{name}.ico"), icon));
        }
    }
    made.push(("gzip-of-png.gz".to_owned(), {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; 8 << 20]).unwrap();
        encoder.finish().unwrap()
    }));
    made
}

/// Samples laid out so that there are more pieces than pixels, or pieces larger than memory.
fn layouts() -> Vec<(String, Vec<u8>)> {
    let huge = u32::MAX;
    let large = [(256, 4, 1, 9_000), (257, 4, 1, 9_000)];
    let mut made: Vec<(String, Vec<u8>)> = Vec::new();
    for (name, changed) in [
        ("strips-of-a-row", vec![(278, 4, 1, 1)]),
        ("strips-of-no-row", vec![(278, 4, 1, 0)]),
        ("strip-of-all-rows", vec![(278, 4, 1, huge)]),
        ("strip-longer-than-the-file", vec![(279, 4, 1, huge)]),
        ("strip-beyond-the-file", vec![(273, 4, 1, huge)]),
        ("strips-without-number", vec![(273, 4, huge, 8)]),
        ("lengths-without-number", vec![(279, 4, huge, 8)]),
        ("bits-without-number", vec![(258, 3, huge, 8)]),
        ("samples-without-number", vec![(277, 3, 1, 65_535)]),
        ("64-bits", vec![(258, 3, 1, 64)]),
        ("4096-bits", vec![(258, 3, 1, 4096)]),
        ("palette-without-number", vec![(262, 3, 1, 3), (320, 3, huge, 8)]),
        ("profile-without-number", vec![(34_675, 7, huge, 8)]),
        ("tiles-of-a-pixel", vec![(322, 4, 1, 1), (323, 4, 1, 1), (324, 4, 1, 8), (325, 4, 1, 1)]),
        ("tiles-of-16", vec![(322, 4, 1, 16), (323, 4, 1, 16), (324, 4, 1, 8), (325, 4, 1, 256)]),
        ("tile-of-everything", vec![(322, 4, 1, huge), (323, 4, 1, huge), (324, 4, 1, 8), (325, 4, 1, huge)]),
        ("tiles-without-number", vec![(322, 4, 1, 16), (323, 4, 1, 16), (324, 4, huge, 8), (325, 4, huge, 8)]),
        ("planes", vec![(277, 3, 1, 4), (284, 3, 1, 2)]),
        ("lzw", vec![(259, 3, 1, 5)]),
        ("packed", vec![(259, 3, 1, 32_773)]),
        ("fax", vec![(259, 3, 1, 4)]),
        ("jpeg-within", vec![(259, 3, 1, 7)]),
    ] {
        made.push((format!("{name}.tiff"), tiff_with(&changed)));
        let changed: Vec<_> = changed.into_iter().chain(large).collect();
        made.push((format!("large-{name}.tiff"), tiff_with(&changed)));
    }
    for (place, name) in [(14, "header"), (46, "colours"), (34, "pixels"), (10, "offset"), (30, "compression")] {
        let mut file = intact("bmp");
        file[place..place + 4].copy_from_slice(&huge.to_le_bytes());
        made.push((format!("{name}.bmp"), file));
    }
    let (grey, eight) = (png::ColorType::Grayscale, png::BitDepth::Eight);
    let interlaced = png_file(8, 8, grey, eight, &[0; 64], |_| {});
    let mut file = interlaced;
    file[28] = 1;
    let crc = chunk(b"IHDR", &file[16..29]);
    file[29..33].copy_from_slice(&crc[crc.len() - 4..]);
    made.push(("interlaced-and-short.png".to_owned(), file));
    made
}
