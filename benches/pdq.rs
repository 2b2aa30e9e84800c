//! PDQ from pixels in memory, by size, pixel format and CPU level, against the memory bandwidth of this machine.
//!
//! `cargo bench --bench pdq`. Throughput is in bytes of pixels read; a figure above the bandwidth of plain reading that
//! is printed first means that the compiler deleted the work.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a benchmark may panic")]

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lookalike::Level;
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum, PdqStream};
use lookalike::hash::views::{Base, Framing, Grid, Scratch};
use lookalike::pixels::{ImageRef, PixelFormat};

/// A picture with structure at all scales: hashed by no short cut.
fn draw(width: u32, height: u32, format: PixelFormat) -> Vec<u8> {
    let mut state = 1_u32;
    let bytes = format.bytes_per_pixel() as u32;
    (0..height)
        .flat_map(|y| (0..width * bytes).map(move |x| (x, y)))
        .map(|(x, y)| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (x / bytes * 97 / width + x / 64 * 31 + y * 150 / height + y / 90 * 57 + (state >> 27)) as u8
        })
        .collect()
}

fn hash(image: &ImageRef<'_>, level: Level) -> PdqSpectrum {
    let mut stream =
        PdqStream::new(image.width(), image.height(), image.format(), PdqProfile::FullResolution).unwrap().level(level);
    for row in image.rows() {
        stream.push_row(row).unwrap();
    }
    stream.finish().unwrap()
}

fn bandwidth(criterion: &mut Criterion) {
    let bytes = vec![1_u8; 256 << 20];
    let mut group = criterion.benchmark_group("bandwidth");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
    group.bench_function("read 256 MiB", |bencher| {
        bencher.iter(|| {
            bytes.as_chunks::<8>().0.iter().fold(0, |sum: u64, word| sum.wrapping_add(u64::from_le_bytes(*word)))
        });
    });
    group.finish();
}

fn from_pixels(criterion: &mut Criterion) {
    let sizes = [(64, 64), (512, 512), (1920, 1080), (4000, 3000), (6000, 4000)];
    for format in [PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16] {
        let mut group = criterion.benchmark_group(format!("{format:?}"));
        for (width, height) in sizes {
            let pixels = draw(width, height, format);
            let image = ImageRef::packed(&pixels, width, height, format).unwrap();
            let expected = hash(&image, Level::SCALAR).pdq();
            assert!(expected.quality > 0);
            group.throughput(Throughput::Bytes(pixels.len() as u64)).sample_size(10);
            for level in Level::available() {
                group.bench_function(BenchmarkId::new(level.name(), format!("{width}x{height}")), |bencher| {
                    bencher.iter(|| {
                        let found = hash(black_box(&image), level).pdq();
                        assert_eq!(found, expected);
                    });
                });
            }
        }
        group.finish();
    }
}

fn from_spectrum(criterion: &mut Criterion) {
    let pixels = draw(64, 64, PixelFormat::Gray8);
    let image = ImageRef::packed(&pixels, 64, 64, PixelFormat::Gray8).unwrap();
    let mut group = criterion.benchmark_group("64x64");
    group.bench_function("hash", |bencher| {
        bencher.iter(|| pdq::spectrum(black_box(&image), PdqProfile::FullResolution).unwrap().pdq());
    });
    group.bench_function("hash and eight dihedral", |bencher| {
        bencher.iter(|| pdq::spectrum(black_box(&image), PdqProfile::FullResolution).unwrap().dihedral());
    });
    group.finish();
}

/// Frames in a grid of cells, by what is around the picture: most of the cost is detection, the rest is unpacking 74 KB.
fn frames(criterion: &mut Criterion) {
    const SIDE: u32 = 768;
    let photograph = |x: u32, y: u32| (x * x / 97 + y * 13 / 7 + x * y / 211) as u8;
    let is_text = |x: u32, y: u32| (y / 6).is_multiple_of(2) && (x / 3).wrapping_mul(2_654_435_761) >> 30 == 0;
    let pixel = |kind: &str, x: u32, y: u32| match kind {
        "photograph" => photograph(x, y),
        "border" if x.abs_diff(SIDE / 2) < 330 && y.abs_diff(SIDE / 2) < 340 => photograph(x, y),
        "screen" if (150..600).contains(&x) && (200..500).contains(&y) => photograph(x, y),
        "screen" if is_text(x, y) => 20,
        _ => 250,
    };
    let mut group = criterion.benchmark_group("frames");
    for kind in ["photograph", "border", "screen"] {
        let pixels: Vec<u8> = (0..SIDE * SIDE).map(|at| pixel(kind, at % SIDE, at / SIDE)).collect();
        let image = ImageRef::packed(&pixels, SIDE, SIDE, PixelFormat::Gray8).unwrap();
        let bytes = Grid::of(&image).unwrap().to_bytes();
        let framing = if kind == "border" { Framing::TRIM } else { Framing::of(Base::Shown) };
        let is_found = |grid: &Grid| grid.spectrum(&framing, &mut Scratch::new()).is_some();
        assert_eq!(is_found(&Grid::from_bytes(&bytes).unwrap()), kind != "photograph", "{kind}");
        group.bench_function(kind, |bencher| {
            bencher.iter(|| Grid::from_bytes(black_box(&bytes)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, bandwidth, from_pixels, from_spectrum, frames);
criterion_main!(benches);
