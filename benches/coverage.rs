//! What it costs to see a file whole: an animation of 60 frames, looked up frame by frame, beside decoding it alone; a JPEG with a thumbnail beside
//! the same without.

#![allow(
    clippy::unwrap_used,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::indexing_slicing,
    reason = "a bench has std, and may panic"
)]

use std::borrow::Cow;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lookalike::decode::{Limits, frames};
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Source};
use lookalike::{Checker, Lists};

const SIDE: u32 = 500;

/// A hundred thousand hashes that nothing is near.
fn checker() -> Checker {
    let mut builder = Builder::new(Profile::Pdq).unwrap();
    let mut state = 1_u64;
    for _ in 0..100_000 {
        let hash: Vec<u8> = (0..32)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            })
            .collect();
        builder
            .add(Bits256::from_bytes(hash.try_into().unwrap()), Source { list: "drawn", ..Source::default() })
            .unwrap();
    }
    Checker::new(Lists::from_bytes(builder.finish().unwrap()).unwrap()).unwrap()
}

/// Shapes, and a square that moves with the frame.
fn drawn(frame: u32) -> Vec<u8> {
    let pixel = |index: u32| {
        let (x, y) = (index % SIDE, index / SIDE);
        let is_inside = x.wrapping_sub(7 * frame) < 60 && y.wrapping_sub(3 * frame + 40) < 60;
        let cell = (x / 40 * 13 + y / 35 * 7).wrapping_mul(2_654_435_761) >> 25;
        if is_inside { 250 } else { u8::try_from((cell + x / 8 + y / 8) % 200).unwrap() }
    };
    (0..SIDE * SIDE).map(pixel).collect()
}

/// A chat of 60 frames in which a square moves; or that shows six pictures over and over again.
fn animation(pictures: u32) -> Vec<u8> {
    let palette: Vec<u8> = (0..=255).flat_map(|level: u8| [level; 3]).collect();
    let side = u16::try_from(SIDE).unwrap();
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, side, side, &palette).unwrap();
    for number in 0..60 {
        let pixels = drawn(number % pictures);
        let frame = gif::Frame { width: side, height: side, buffer: Cow::Borrowed(&pixels), ..Default::default() };
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

fn jpeg(side: u16) -> Vec<u8> {
    let mut file = Vec::new();
    let pixels: Vec<u8> = (0..u32::from(side) * u32::from(side))
        .map(|index| {
            let (x, y) = (index % u32::from(side), index / u32::from(side));
            u8::try_from(
                ((x * 5 / u32::from(side) * 13 + y * 6 / u32::from(side) * 7).wrapping_mul(2_654_435_761) >> 25)
                    + x * 100 / u32::from(side),
            )
            .unwrap()
        })
        .collect();
    jpeg_encoder::Encoder::new(&mut file, 90).encode(&pixels, side, side, jpeg_encoder::ColorType::Luma).unwrap();
    file
}

fn whole(criterion: &mut Criterion) {
    let checker = checker();
    let mut group = criterion.benchmark_group("coverage");
    group.sample_size(10);
    for (name, pictures) in [("moving", 60), ("repeating", 6)] {
        let file = animation(pictures);
        group.bench_function(format!("decode, {name}"), |bencher| {
            bencher.iter(|| {
                let mut frames = frames(&file, &Limits::default()).unwrap();
                let mut sum = 0_u64;
                while let Some(frame) = frames.next_frame().unwrap() {
                    sum += frame.image.rows().map(|row| u64::from(row[0])).sum::<u64>();
                }
                black_box(sum)
            });
        });
        group.bench_function(format!("check, {name}"), |bencher| {
            bencher.iter(|| black_box(checker.check(&file).unwrap()))
        });
    }
    let (large, small) = (jpeg(2000), jpeg(160));
    let length = u16::try_from(small.len() + 2).unwrap().to_be_bytes();
    let with_thumbnail = [&large[..2], &[0xff, 0xed], &length, &small, &large[2..]].concat();
    group.bench_function("check, jpeg", |bencher| bencher.iter(|| black_box(checker.check(&large).unwrap())));
    group.bench_function("check, jpeg with a thumbnail", |bencher| {
        bencher.iter(|| black_box(checker.check(&with_thumbnail).unwrap()));
    });
}

criterion_group!(benches, whole);
criterion_main!(benches);
