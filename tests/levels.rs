//! Whatever the CPU level, the same hashes and the same hits: from the outside, in every pixel format.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests may panic, and know their numbers")]

use core::ops::ControlFlow;

use lookalike::Level;
use lookalike::hash::{Bits256, ClassicStream, HashBits, Pdq, PdqProfile, PdqStream, Profile};
use lookalike::index::{Builder, Hit, Index, IndexKind, Query, Source};
use lookalike::pixels::PixelFormat;

const FORMATS: [PixelFormat; 8] = [
    PixelFormat::Gray8,
    PixelFormat::Gray16,
    PixelFormat::Rgb8,
    PixelFormat::Bgr8,
    PixelFormat::Rgba8,
    PixelFormat::Bgra8,
    PixelFormat::Rgb16,
    PixelFormat::Rgba16,
];

const CLASSIC: [Profile; 10] = [
    Profile::Ahash64,
    Profile::Ahash256,
    Profile::Dhash64,
    Profile::Dhash256,
    Profile::Phash64,
    Profile::Phash256,
    Profile::Whash64,
    Profile::Whash256,
    Profile::Blockhash64,
    Profile::Blockhash256,
];

/// Rows of a picture with structure at all scales.
fn draw(width: u32, height: u32, format: PixelFormat) -> Vec<Vec<u8>> {
    let (mut state, bytes) = (1_u32, format.bytes_per_pixel() as u32);
    let mut sample = |x: u32, y: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x / bytes * 97 / width + x / 64 * 31 + y * 150 / height + y / 9 * 57 + (state >> 27)) as u8
    };
    (0..height).map(|y| (0..width * bytes).map(|x| sample(x, y)).collect()).collect()
}

#[test]
fn hashes_are_those_of_the_plainest_level() {
    // short and long windows, narrow and wide triangles, columns first and rows first
    for (width, height) in [(64, 64), (257, 40), (300, 700), (1100, 150), (4099, 70), (9001, 66)] {
        for format in FORMATS {
            let rows = draw(width, height, format);
            let pdq = |level| -> Pdq {
                let stream = PdqStream::new(width, height, format, PdqProfile::FullResolution).unwrap();
                let mut stream = stream.level(level);
                rows.iter().for_each(|row| stream.push_row(row).unwrap());
                stream.finish().unwrap().pdq()
            };
            let classic = |level| {
                let mut stream = ClassicStream::at_level(level, width, height, format, &CLASSIC).unwrap();
                rows.iter().for_each(|row| stream.push_row(row).unwrap());
                stream.finish().unwrap()
            };
            let expected = (pdq(Level::SCALAR), classic(Level::SCALAR));
            assert!(expected.0.quality > 0);
            for level in Level::available() {
                assert_eq!((pdq(level), classic(level)), expected, "{level:?}, {format:?}, {width}x{height}");
            }
        }
    }
}

fn hits<const N: usize>(index: &Index<Vec<u8>>, needles: &[HashBits<N>], radius: u32) -> Vec<Hit<N>> {
    let mut hits = Vec::new();
    let query = Query::new(index.profile(), needles).radius(radius);
    let visit = |hit| {
        hits.push(hit);
        ControlFlow::Continue(())
    };
    index.search(&query, visit).unwrap();
    hits
}

#[test]
fn hits_are_those_of_the_plainest_level() {
    // each hash a few bits away from the one before
    let mut bytes = [0x3c; 32];
    let hashes: Vec<Bits256> = (0..1000_usize)
        .map(|i| {
            bytes.iter_mut().skip(i * 7 % 32).take(1).for_each(|byte| *byte ^= (i * 29 + 1) as u8 & 0x55);
            HashBits::from_bytes(bytes)
        })
        .collect();
    let needles: Vec<Bits256> = hashes.iter().copied().step_by(90).collect();
    for kind in IndexKind::all() {
        let mut builder = Builder::new(Profile::Pdq).unwrap().kind(Some(kind));
        for hash in &hashes {
            builder.add(*hash, Source::default()).unwrap();
        }
        let index = Index::open(builder.finish().unwrap()).unwrap();
        for radius in [0, 5, 31, 90] {
            let expected = hits(&index.clone().level(Level::SCALAR), &needles, radius);
            assert!(!expected.is_empty());
            for level in Level::available() {
                assert_eq!(
                    hits(&index.clone().level(level), &needles, radius),
                    expected,
                    "{level:?}, {kind}, {radius}"
                );
            }
        }
    }
}
