//! Every pixel of a drawn JPEG is the one that libjpeg-turbo gives: markers and names of components, sampling factors, ways of coding,
//! sizes, and corners of the format.
//!
//! `tests/jpeg/libjpeg-turbo.tsv` has libjpeg-turbo's pixels of the very files that are drawn here, as checksums. To make it anew:
//!
//! ```text
//! LOOKALIKE_DRAWN=drawn cargo test --features image --test jpeg_libjpeg -- --ignored
//! python benches/peers/jpeg_pixels.py drawn > tests/jpeg/libjpeg-turbo.tsv
//! ```

#![cfg(feature = "image")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod jpeg_support;

use jpeg_support::{Coding, Drawing, segment};
use lookalike::decode::{DecodeError, Limits, decode, inspect, salvage};
use lookalike::decode::{View, pdq_views};
use lookalike::hash::{PdqProfile, PdqSpectrum};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

const CODINGS: [Coding; 3] = [Coding::Interleaved, Coding::Scans, Coding::Progressive];

/// Luma of full resolution, chroma of a quarter.
const QUARTER: [(u8, u8); 3] = [(2, 2), (1, 1), (1, 1)];

type Files = BTreeMap<String, Vec<u8>>;

fn all() -> Files {
    let mut files = Files::new();
    colors(&mut files);
    samplings(&mut files);
    sizes(&mut files);
    corners(&mut files);
    damaged(&mut files);
    files
}

fn add(files: &mut Files, name: String, drawing: &Drawing) {
    assert!(files.insert(name.clone(), drawing.file()).is_none(), "two files {name}");
}

/// All combinations of markers that tell of colours, with names of components that somebody has a rule for, and others.
fn colors(files: &mut Files) {
    let three: [&[u8; 3]; 15] = [
        b"\x01\x02\x03",
        b"\x00\x01\x02",
        b"RGB",
        b"rgb",
        b"BGR",
        b"RGA",
        b"YCc",
        b"\x01\x01\x01",
        b"\x01\x22\x23",
        b"\x03\x02\x01",
        b"\x02\x03\x04",
        b"\xff\xfe\xfd",
        b"\x01\x02\x04",
        b"\x00\x00\x01",
        b"\x52\x47\x00",
    ];
    let four: [&[u8; 4]; 3] = [b"\x01\x02\x03\x04", b"CMYK", b"\x00\x01\x02\x03"];
    for jfif in [false, true] {
        for adobe in [None, Some(0), Some(1), Some(2), Some(5)] {
            let said =
                format!("{}-{}", if jfif { "jfif" } else { "plain" }, adobe.map_or("none".into(), |it| it.to_string()));
            for (at, ids) in three.iter().enumerate() {
                let factors = if at % 2 == 0 { [(1, 1); 3] } else { QUARTER };
                let drawing = Drawing { jfif, adobe, ids: ids.to_vec(), ..Drawing::new(19, 21, &factors, CODINGS[0]) };
                add(files, format!("colors-{said}-{}", hex(*ids)), &drawing);
            }
            for ids in four {
                for coding in [Coding::Interleaved, Coding::Scans] {
                    let factors = if ids == b"CMYK" { [(1, 1), (1, 1), (1, 1), (2, 2)] } else { [(1, 1); 4] };
                    let drawing = Drawing { jfif, adobe, ids: ids.to_vec(), ..Drawing::new(19, 21, &factors, coding) };
                    add(files, format!("colors-{said}-{}-{coding:?}", hex(ids)), &drawing);
                }
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sampling factors: all of 1 and 2, some with 3 and 4, some of four components, some that do not divide.
fn samplings(files: &mut Files) {
    for number in 0..4096_u32 {
        let factor = |at: u32| ((1 + (number >> (4 * at) & 3)) as u8, (1 + (number >> (4 * at + 2) & 3)) as u8);
        let factors = [factor(0), factor(1), factor(2)];
        let is_small = factors.iter().all(|&(across, down)| across <= 2 && down <= 2);
        let divide = divide(&factors);
        if !is_small && number % if divide { 7 } else { 300 } != 0 {
            continue;
        }
        let codings = if is_small { &CODINGS[..] } else { &CODINGS[number as usize % 3..][..1] };
        for &coding in codings {
            if coding == Coding::Interleaved && factors.iter().map(|(across, down)| across * down).sum::<u8>() > 10 {
                continue;
            }
            let (width, height) = ((1 + number * 7 % 61) as u16, (1 + number * 13 % 57) as u16);
            let drawing = Drawing { restart: (number % 4) as u16, ..Drawing::new(width, height, &factors, coding) };
            add(files, format!("sampling-{}-{coding:?}", named(&factors)), &drawing);
        }
    }
    for number in (0..65_536_u32).step_by(41) {
        let factor = |at: u32| ((1 + (number >> (4 * at) & 3)) as u8, (1 + (number >> (4 * at + 2) & 3)) as u8);
        let factors = [factor(0), factor(1), factor(2), factor(3)];
        if divide(&factors) {
            let coding = CODINGS[1 + number as usize % 2];
            let (width, height) = ((1 + number % 37) as u16, (1 + number % 41) as u16);
            let drawing = Drawing::new(width, height, &factors, coding);
            add(files, format!("sampling-{}-{coding:?}", named(&factors)), &drawing);
        }
    }
}

fn named(factors: &[(u8, u8)]) -> String {
    factors.iter().map(|(across, down)| format!("{across}x{down}")).collect::<Vec<_>>().join(",")
}

fn divide(factors: &[(u8, u8)]) -> bool {
    let most = |factor: fn(&(u8, u8)) -> u8| factors.iter().map(factor).max().unwrap();
    let (across, down) = (most(|it| it.0), most(|it| it.1));
    factors.iter().all(|(own_across, own_down)| across % own_across == 0 && down % own_down == 0)
}

/// Sizes around those of blocks and units, and pictures of few pixels, whose chroma is not smoothed.
fn sizes(files: &mut Files) {
    let factors: [&[(u8, u8)]; 5] =
        [&QUARTER, &[(2, 1), (1, 1), (1, 1)], &[(1, 2), (1, 1), (1, 1)], &[(1, 1)], &[(2, 2)]];
    let mut number = 0;
    for width in [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33] {
        for height in [1, 2, 3, 8, 9, 16, 17, 31] {
            let (factors, coding) = (factors[number % 5], CODINGS[number % 3]);
            add(
                files,
                format!("size-{width}x{height}-{}-{coding:?}", named(factors)),
                &Drawing::new(width, height, factors, coding),
            );
            number += 1;
        }
    }
    // Files that end before all of their coefficients are sent, which libjpeg smooths.
    let factors: [&[(u8, u8)]; 6] =
        [&QUARTER, &[(1, 1); 3], &[(1, 1)], &[(2, 2)], &[(1, 4), (1, 2), (1, 1)], &[(2, 2), (2, 1), (1, 2), (1, 1)]];
    for factors in factors {
        for (width, height) in [(1, 1), (17, 17), (40, 24), (100, 65)] {
            for coding in [Coding::Means, Coding::Coarse] {
                let drawing = Drawing::new(width, height, factors, coding);
                add(files, format!("unfinished-{width}x{height}-{}-{coding:?}", named(factors)), &drawing);
            }
        }
    }
    // Sums that exceed 16 bits.
    for coding in CODINGS {
        for wide_steps in [false, true] {
            let drawing = Drawing { extreme: true, wide_steps, ..Drawing::new(40, 33, &QUARTER, coding) };
            add(files, format!("extreme-{coding:?}-{wide_steps}"), &drawing);
        }
    }
}

/// What is passed over, missing or repeated.
fn corners(files: &mut Files) {
    for coding in CODINGS {
        for restart in 1..=9 {
            let drawing = Drawing { restart, ..Drawing::new(70, 50, &QUARTER, coding) };
            add(files, format!("restart-{restart}-{coding:?}"), &drawing);
        }
        let drawing = Drawing { wide_steps: true, ..Drawing::new(30, 20, &QUARTER, coding) };
        add(files, format!("steps-of-16-bits-{coding:?}"), &drawing);
    }
    let motion = Drawing { tables: false, ..Drawing::new(30, 20, &QUARTER, Coding::Interleaved) };
    add(files, "no-huffman-tables".into(), &motion);
    let motion = Drawing { tables: false, ..Drawing::new(30, 20, &QUARTER, Coding::Progressive) };
    add(files, "no-huffman-tables-progressive".into(), &motion);

    let plain = Drawing::new(30, 20, &QUARTER, Coding::Interleaved);
    let mut with = |name: &str, drawing: &Drawing, before: &[u8], after: &[u8]| {
        let mut file = drawing.head();
        file.extend(before);
        drawing.body(&mut file);
        file.extend(after);
        file.extend([0xff, 0xd9]);
        files.insert(name.to_owned(), file);
    };
    with("segment-of-length-0", &plain, b"\xff\xe5\0\0", b"");
    with("segment-of-length-1", &plain, b"\xff\xfe\0\x01", b"");
    with("adobe-of-length-0", &plain, b"\xff\xee\0\0", b"");
    with("bytes-between-segments", &plain, b"\0\x12\xff\0\x34\xff\xff\xd3\x35", b"");
    with("reserved-segment", &plain, b"\xff\x40\0\x02", b"");
    with("two-start-markers", &plain, b"\xff\xd8", b"");
    with("lines", &plain, b"", b"\xff\xdc\0\x04\0\x14");
    with("other-lines", &plain, b"", b"\xff\xdc\0\x04\0\x07");
    with("bytes-after-the-scan", &plain, b"", b"\0\x01\x02\x03\xff\0\x04\xff\xd2\x05");
    with("steps-after-the-scan", &plain, b"", &[&b"\xff\xdb\0\x43\0"[..], &[1; 64]].concat());
    let scans = Drawing { coding: Coding::Scans, ..plain.clone() };
    with("lines-scans", &scans, b"", b"\xff\xdc\0\x04\0\x14");
    let mut markers = |name: &str, segments: &[(u8, &[u8])]| {
        let mut before = Vec::new();
        segments.iter().for_each(|(marker, contents)| segment(&mut before, *marker, contents));
        with(name, &plain, &before, b"");
    };
    let adobe = |transform| [b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat();
    let jfif = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
    markers("adobe-0", &[(0xee, &adobe(0))]);
    markers("adobe-0-then-1", &[(0xee, &adobe(0)), (0xee, &adobe(1))]);
    markers("adobe-1-then-0", &[(0xee, &adobe(1)), (0xee, &adobe(0))]);
    markers("adobe-0-short", &[(0xee, &adobe(0)[..11])]);
    markers("adobe-0-long", &[(0xee, &[&adobe(0)[..], b"more"].concat())]);
    markers("adobe-0-in-app13", &[(0xed, &adobe(0))]);
    markers("adobe-0-then-jfif", &[(0xee, &adobe(0)), (0xe0, jfif)]);
    markers("jfif-short-adobe-0", &[(0xe0, &jfif[..13]), (0xee, &adobe(0))]);
    markers("jfxx-adobe-0", &[(0xe0, b"JFXX\0\x10\0\0\0\0\0\0\0\0"), (0xee, &adobe(0))]);
    markers("exif-adobe-0", &[(0xe1, b"Exif\0\0MM\0\x2a\0\0\0\x08"), (0xee, &adobe(0))]);
}

/// Files that end too early, have changed bits, or lack some bytes or a restart marker: libjpeg warns, and shows them.
fn damaged(files: &mut Files) {
    let codings = [Coding::Interleaved, Coding::Scans, Coding::Progressive, Coding::Means];
    for (coding, restart) in codings.into_iter().flat_map(|coding| [(coding, 0), (coding, 3)]) {
        let whole = Drawing { restart, ..Drawing::new(70, 50, &QUARTER, coding) }.file();
        let name = |what: &str| format!("damaged-{coding:?}-{restart}-{what}");
        files.insert(name("without-end"), whole[..whole.len() - 2].to_vec());
        let scan = whole.windows(2).rposition(|marker| marker == [0xff, 0xda]).unwrap() + 14;
        let data = whole.len() - 2 - scan;
        for part in [0, 3, 5, 8, 9] {
            files.insert(name(&format!("cut-{part}")), whole[..scan + data * part / 10].to_vec());
        }
        for part in [1, 4, 7] {
            let at = scan + data * part / 10;
            let mut lacking = whole.clone();
            lacking.drain(at..at + 9);
            files.insert(name(&format!("lacking-{part}")), lacking);
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            if !changed[at - 1..=at].contains(&0xff) {
                files.insert(name(&format!("changed-{part}")), changed);
            }
        }
    }
}

/// The checksum of gzip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    let next = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), next))
}

fn described(name: &str, file: &[u8]) -> String {
    let strict = decode(file, &Limits::default());
    let salvaged = salvage(file, &Limits::default());
    match (&strict, &salvaged) {
        (Ok(strict), Ok(lenient)) => {
            assert!(!lenient.is_salvaged() && strict.image().rows().eq(lenient.image().rows()), "{name}");
        }
        (Err(_), Ok(lenient)) => assert!(lenient.is_salvaged(), "{name}"),
        (_, Err(_)) => assert!(strict.is_err(), "{name}"),
    }
    match if name.starts_with("damaged-") { salvaged } else { strict } {
        Ok(picture) => {
            let header = picture.header();
            assert_eq!(inspect(file, &Limits::default()).as_ref(), Ok(header));
            let pixels: Vec<u8> = picture.image().rows().flatten().copied().collect();
            format!("{}x{}\t{:08x}", header.width, header.height, crc32(&pixels))
        }
        Err(DecodeError::Unsupported { .. } | DecodeError::Corrupt { .. }) => "refused\t".into(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn drawn_files_have_the_pixels_of_libjpeg_turbo() {
    let table: BTreeMap<&str, (&str, &str)> = include_str!("jpeg/libjpeg-turbo.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, rest) = line.split_once('\t').unwrap();
            (name, rest.split_once('\t').unwrap())
        })
        .collect();
    let files = all();
    assert!(files.keys().eq(table.keys()), "the table is of other files");
    let mut different = Vec::new();
    for (name, file) in &files {
        let (file_crc, expected) = table[name.as_str()];
        assert_eq!(format!("{:08x}", crc32(file)), file_crc, "{name} is another file than the table's");
        let found = described(name, file);
        if found != expected {
            different.push(format!("{name}: {found}, libjpeg-turbo {expected}"));
        }
    }
    assert!(different.is_empty(), "{} of {}:\n{}", different.len(), files.len(), different.join("\n"));
}

#[test]
fn damaged_files_are_errors_and_their_views_are_visited() {
    let mut seen = 0;
    for (name, file) in all() {
        let error = decode(&file, &Limits::default()).err();
        let mut views = 0;
        let mut count = |_: View, _: &PdqSpectrum| {
            views += 1;
            ControlFlow::Continue(())
        };
        let visited = pdq_views(&file, &Limits::default(), PdqProfile::FullResolution, &mut count);
        assert_eq!(visited.err(), error, "{name}");
        let is_shown = salvage(&file, &Limits::default()).is_ok();
        assert_eq!(views > 0, is_shown, "{name}");
        seen += u32::from(error.is_some() && is_shown);
    }
    assert!(seen > 60, "{seen}");
}

#[test]
#[ignore = "writes the files of the table"]
fn write_the_files() {
    let folder = std::path::PathBuf::from(std::env::var_os("LOOKALIKE_DRAWN").expect("LOOKALIKE_DRAWN is a folder"));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, file) in all() {
        std::fs::write(folder.join(name + ".jpg"), file).unwrap();
    }
}
