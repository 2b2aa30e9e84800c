//! One listed picture planted somewhere in a file: found, or the file is said to be checked in part. Never clean.
//!
//! With `LOOKALIKE_PLANTED=DIR` the files are also written there, with `listed.txt`: `.ci/interfaces` asks every interface for them.

#![cfg(feature = "check")]
#![allow(clippy::std_instead_of_alloc, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;

use std::borrow::Cow;

use decode_support::{SIDE, gif_file, png_file, png_of_shapes, shapes};
use lookalike::coverage::Unseen;
use lookalike::decode::{self, Limits};
use lookalike::hash::PdqProfile;
use lookalike::index::{Builder, Source};
use lookalike::{Checker, Lists, Outcome};

/// Files of each container.
const PLACES: u32 = 100;

/// The seed of the listed picture.
const LISTED: u32 = 7;

/// Numbers by a linear congruence: the same in every run.
struct Draw(u64);

impl Draw {
    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % end
    }

    /// The seeds of so many pictures, none of them listed but, where there is one, that at `place`.
    fn seeds(&mut self, count: u32, place: Option<u32>) -> Vec<u32> {
        (0..count).map(|at| if Some(at) == place { LISTED } else { 8 + self.below(60) }).collect()
    }
}

fn jpeg(pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let side = SIDE as u16;
    jpeg_encoder::Encoder::new(&mut file, 95).encode(pixels, side, side, jpeg_encoder::ColorType::Luma).unwrap();
    file
}

/// Puts a segment behind the start of a JPEG.
fn with_segment(jpeg: &[u8], marker: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, marker], &length, contents, &jpeg[2..]].concat()
}

/// An EXIF block whose second directory points to a JPEG.
fn exif(thumbnail: &[u8]) -> Vec<u8> {
    let word = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let entry = |tag: u16, value: usize| [&tag.to_le_bytes()[..], &[4, 0, 1, 0, 0, 0], &word(value)].concat();
    let first = [&[1, 0][..], &entry(0x0131, 0), &word(26)].concat();
    let second = [&[2, 0][..], &entry(513, 56), &entry(514, thumbnail.len()), &word(0)].concat();
    [b"II\x2a\0\x08\0\0\0", &*first, &second, thumbnail].concat()
}

/// A TIFF of grey pages, of which those marked lie below the first.
fn tiff(pages: &[(Vec<u8>, bool)]) -> Vec<u8> {
    let word = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let (pixels, directory) = ((SIDE * SIDE) as usize, 2 + 12 * 9 + 4);
    let below: Vec<usize> = (0..pages.len()).filter(|at| pages[*at].1).collect();
    let chain: Vec<usize> = (0..pages.len()).filter(|at| !pages[*at].1).collect();
    let strip = |at: usize| 8 + at * (pixels + directory);
    let begin = |at: usize| strip(at) + pixels;
    let list = strip(pages.len());
    let mut file = [&b"II\x2a\0"[..], &word(begin(chain[0]))].concat();
    for (at, (samples, is_below)) in pages.iter().enumerate() {
        file.extend(samples);
        let is_first = at == chain[0] && !below.is_empty();
        let sub = match below.as_slice() {
            [one] => (1, begin(*one)),
            many => (many.len(), list),
        };
        let values = [(256, SIDE as usize), (257, SIDE as usize), (258, 8), (259, 1), (262, 1), (273, strip(at))];
        let values = values.into_iter().chain([(278, SIDE as usize), (279, pixels)]);
        let values = values.map(|(tag, value)| (tag, 1, value)).chain(is_first.then_some((330, sub.0, sub.1)));
        let entries: Vec<_> = values.collect();
        file.extend((entries.len() as u16).to_le_bytes());
        for (tag, count, value) in &entries {
            // numbers of 16 bits where these are usual, else of 32
            let kind = if (258..=262).contains(tag) { 3 } else { 4 };
            file.extend([&u16::to_le_bytes(*tag)[..], &[kind, 0], &word(*count), &word(*value)].concat());
        }
        let next = chain.iter().find(|next| **next > at && !is_below);
        file.extend(word(next.map_or(0, |next| begin(*next))));
        file.resize(strip(at + 1), 0);
    }
    file.extend(below.iter().flat_map(|at| word(begin(*at))));
    file
}

fn gif(seeds: &[u32]) -> Vec<u8> {
    let palette: Vec<u8> = (0..=255).flat_map(|level: u8| [level; 3]).collect();
    let drawn: Vec<_> = seeds.iter().map(|seed| shapes(*seed)).collect();
    let side = SIDE as u16;
    let frame = |pixels| gif::Frame { width: side, height: side, buffer: Cow::Borrowed(pixels), ..Default::default() };
    let frames: Vec<_> = drawn.iter().map(|pixels| frame(pixels.as_slice())).collect();
    gif_file(side, side, &palette, &frames)
}

fn apng(seeds: &[u32], is_first_apart: bool) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_animated(seeds.len() as u32 - u32::from(is_first_apart), 0).unwrap();
    encoder.set_sep_def_img(is_first_apart).unwrap();
    let mut writer = encoder.write_header().unwrap();
    seeds.iter().for_each(|seed| writer.write_image_data(&shapes(*seed)).unwrap());
    writer.finish().unwrap();
    file
}

fn still_webp(seed: u32) -> Vec<u8> {
    let mut still = Vec::new();
    let encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut still);
    encoder.encode(&shapes(seed), SIDE, SIDE, image::ExtendedColorType::L8).unwrap();
    still
}

fn webp(seeds: &[u32]) -> Vec<u8> {
    let size = (SIDE - 1).to_le_bytes()[..3].to_vec();
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        [&kind[..], &(data.len() as u32).to_le_bytes(), data, &[0][..data.len() % 2]].concat()
    };
    let extended = [&[2, 0, 0, 0][..], &size, &size].concat();
    let mut chunks = [chunk(b"VP8X", &extended), chunk(b"ANIM", &[0; 6])].concat();
    for seed in seeds {
        let frame = [&[0; 6][..], &size, &size, &[100, 0, 0, 2], &still_webp(*seed)[12..]].concat();
        chunks.extend(chunk(b"ANMF", &frame));
    }
    [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunks].concat()
}

fn bitmap(seed: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let encoder = image::codecs::bmp::BmpEncoder::new(&mut file);
    image::ImageEncoder::write_image(encoder, &shapes(seed), SIDE, SIDE, image::ExtendedColorType::L8).unwrap();
    file
}

/// A chunk of metadata in front of the pixels of a PNG.
fn png_with_exif(seed: u32, thumbnail: &[u8]) -> Vec<u8> {
    let file = png_of_shapes(&shapes(seed));
    let block = exif(thumbnail);
    let checksum = crc32(&[b"eXIf", &*block].concat()).to_be_bytes();
    let chunk = [&(block.len() as u32).to_be_bytes()[..], b"eXIf", &block, &checksum].concat();
    // behind the signature and the header chunk
    [&file[..33], &chunk, &file[33..]].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    }) ^ u32::MAX
}

/// A picture that is another one on ground of this grey: its colours are flat, its alpha is drawn.
fn composite(seed: u32, ground: u8) -> Vec<u8> {
    let pixels: Vec<u8> = shapes(seed)
        .into_iter()
        .flat_map(|level| if ground == 255 { [0, 0, 0, 255 - level] } else { [255, 255, 255, level] })
        .collect();
    png_file(SIDE, SIDE, png::ColorType::Rgba, png::BitDepth::Eight, &pixels, |_| {})
}

/// A whole file of any kind.
fn any(draw: &mut Draw, seed: u32) -> Vec<u8> {
    match draw.below(5) {
        0 => jpeg(&shapes(seed)),
        1 => png_of_shapes(&shapes(seed)),
        2 => gif(&[seed]),
        3 => still_webp(seed),
        _ => bitmap(seed),
    }
}

/// Pictures one behind the other's end, with something between.
fn behind(draw: &mut Draw, first: Vec<u8>, seeds: &[u32]) -> Vec<u8> {
    seeds.iter().fold(first, |mut file, seed| {
        file.extend(b"\0padding\0".iter().take(draw.below(9) as usize));
        // a bitmap has too short a signature to be found anywhere but right behind the end
        let next = match any(draw, *seed) {
            bitmap if bitmap.starts_with(b"BM") => jpeg(&shapes(*seed)),
            other => other,
        };
        [file, next].concat()
    })
}

type Container = (&'static str, fn(&mut Draw, u32, Option<u32>) -> Vec<u8>);

/// Each makes a file of `count` pictures, of which that at `place` is listed.
const CONTAINERS: [Container; 16] = [
    ("gif", |draw, count, place| gif(&draw.seeds(count, place))),
    ("apng", |draw, count, place| apng(&draw.seeds(count.max(2), place), false)),
    ("apng-apart", |draw, count, place| apng(&draw.seeds(count.max(2), place), true)),
    ("webp", |draw, count, place| webp(&draw.seeds(count, place))),
    ("tiff-pages", |draw, count, place| {
        tiff(&draw.seeds(count, place).into_iter().map(|seed| (shapes(seed), false)).collect::<Vec<_>>())
    }),
    ("tiff-below", |draw, count, place| {
        let pages = draw.seeds(count, place).into_iter().enumerate();
        tiff(&pages.map(|(at, seed)| (shapes(seed), at > 0 && draw.below(2) == 0)).collect::<Vec<_>>())
    }),
    ("jpeg-behind", |draw, count, place| {
        let seeds = draw.seeds(count, place);
        let first = jpeg(&shapes(seeds[0]));
        behind(draw, first, &seeds[1..])
    }),
    ("png-behind", |draw, count, place| {
        let seeds = draw.seeds(count, place);
        let first = png_of_shapes(&shapes(seeds[0]));
        behind(draw, first, &seeds[1..])
    }),
    ("gif-behind", |draw, count, place| {
        let seeds = draw.seeds(count, place);
        behind(draw, gif(&seeds[..1]), &seeds[1..])
    }),
    ("webp-behind", |draw, count, place| {
        let seeds = draw.seeds(count, place);
        behind(draw, still_webp(seeds[0]), &seeds[1..])
    }),
    ("bmp-behind", |draw, count, place| {
        let seeds = draw.seeds(count, place);
        behind(draw, bitmap(seeds[0]), &seeds[1..])
    }),
    ("exif-thumbnail", |draw, _, place| {
        let seeds = draw.seeds(2, place.map(|place| place % 2));
        with_segment(&jpeg(&shapes(seeds[0])), 0xe1, &[b"Exif\0\0", &*exif(&jpeg(&shapes(seeds[1])))].concat())
    }),
    ("png-exif", |draw, _, place| {
        let seeds = draw.seeds(2, place.map(|place| place % 2));
        png_with_exif(seeds[0], &jpeg(&shapes(seeds[1])))
    }),
    ("nested-thumbnails", |draw, count, place| {
        // each picture behind the end has a thumbnail of its own
        let seeds = draw.seeds(2 * count, place);
        let one = |pair: &[u32]| with_segment(&jpeg(&shapes(pair[0])), 0xed, &jpeg(&shapes(pair[1])));
        seeds.chunks(2).map(one).collect::<Vec<_>>().concat()
    }),
    ("on-white", |draw, _, place| composite(draw.seeds(1, place.map(|_| 0))[0], 255)),
    ("on-black", |draw, _, place| composite(draw.seeds(1, place.map(|_| 0))[0], 0)),
];

fn checker() -> Checker {
    let listed = png_of_shapes(&shapes(LISTED));
    let hash = decode::pdq(&listed, &Limits::default(), PdqProfile::FullResolution).unwrap().pdq().hash;
    if let Some(folder) = std::env::var_os("LOOKALIKE_PLANTED") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(std::path::Path::new(&folder).join("listed.txt"), format!("{hash}\n")).unwrap();
    }
    let mut builder = Builder::new(lookalike::hash::Profile::Pdq).unwrap();
    builder.add(hash, Source { list: "listed", id: "1", ..Source::default() }).unwrap();
    Checker::new(Lists::from_bytes(builder.finish().unwrap()).unwrap()).unwrap()
}

/// One file, or so many that half of them have more than a few pictures.
fn count(draw: &mut Draw) -> u32 {
    match draw.below(4) {
        0 => 1,
        1 => 2,
        2 => 3 + draw.below(6),
        _ => 10 + draw.below(20),
    }
}

#[test]
fn a_listed_picture_is_found_wherever_it_is_planted() {
    let checker = checker();
    let folder = std::env::var_os("LOOKALIKE_PLANTED").map(std::path::PathBuf::from);
    for (name, make) in CONTAINERS {
        let mut draw = Draw(u64::from(crc32(name.as_bytes())));
        let mut found = 0;
        for number in 0..PLACES {
            let many = count(&mut draw);
            let place = match draw.below(3) {
                0 => 0,
                1 => many - 1,
                _ => draw.below(many),
            };
            let file = make(&mut draw, many, Some(place));
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{name}-{number}")), &file).unwrap();
            }
            let report = checker.check(&file).unwrap();
            match report.outcome() {
                Outcome::Match => found += 1,
                Outcome::PartlyChecked(_) => {}
                other => panic!("{name} {number}, {place} of {many}: {other}"),
            }
        }
        assert_eq!(found, PLACES, "{name}: no limit is reached here, so every one is found");
    }
}

#[test]
fn without_it_the_same_files_are_clean() {
    let checker = checker();
    for (name, make) in CONTAINERS {
        let mut draw = Draw(u64::from(crc32(name.as_bytes())));
        for _ in 0..20 {
            let many = count(&mut draw);
            let file = make(&mut draw, many, None);
            let report = checker.check(&file).unwrap();
            assert!(matches!(report.outcome(), Outcome::NoMatch(_)), "{name}: {}", report.outcome());
            assert_eq!(report.unseen(), [], "{name}");
        }
    }
}

#[test]
fn what_a_limit_leaves_out_is_said() {
    let listed = png_of_shapes(&shapes(LISTED));
    let hash = decode::pdq(&listed, &Limits::default(), PdqProfile::FullResolution).unwrap().pdq().hash;
    let mut builder = Builder::new(lookalike::hash::Profile::Pdq).unwrap();
    builder.add(hash, Source { list: "listed", id: "1", ..Source::default() }).unwrap();
    let lists = Lists::from_bytes(builder.finish().unwrap()).unwrap();
    // of ten pictures three are within the budget, a fourth at most is looked at
    let limits = Limits::default().max_animation_pixels(3 * u64::from(SIDE * SIDE));
    let decoder = std::sync::Arc::new(lookalike::check::InProcess::new(limits));
    let checker = Checker::builder(lists).decoder(decoder).build().unwrap();
    let mut draw = Draw(1);
    for (name, make) in CONTAINERS.into_iter().filter(|(name, _)| !name.starts_with("on-") && !name.contains("exif")) {
        let report = checker.check(&make(&mut draw, 10, Some(9))).unwrap();
        let Outcome::PartlyChecked(first) = report.outcome() else { panic!("{name}: {}", report.outcome()) };
        assert_eq!(report.unseen().first(), Some(&first));
        let Unseen::Rest { seen, all, why, .. } = first else { panic!("{name}: {first}") };
        assert_eq!(why, "over_limit");
        assert!(seen < all, "{name}: {first}");
    }
}

#[test]
fn a_page_that_cannot_be_read_is_said() {
    let mut file = tiff(&[(shapes(8), false), (shapes(9), false)]);
    // The last photometric interpretation becomes CIELab.
    let at = file.windows(4).rposition(|window| window == [6, 1, 3, 0]).unwrap();
    file[at + 8] = 8;
    let report = checker().check(&file).unwrap();
    let page = Unseen::Part { part: "page", number: 2, why: "unsupported" };
    assert_eq!((report.outcome(), report.unseen()), (Outcome::PartlyChecked(page), &[page][..]));
    assert!(report.detail().unwrap().contains("page 2 was not compared (unsupported)"), "{:?}", report.detail());
}
