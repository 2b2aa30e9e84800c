//! PDQ from pixels in memory, by size, pixel format and CPU level, against the memory bandwidth of this machine.
//!
//! `cargo bench --bench pdq`. Throughput is in bytes of pixels read; a figure above the bandwidth of plain reading that
//! is printed first means that the compiler deleted the work.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a benchmark may panic")]

use core::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lookalike::Level;
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum, PdqStream};
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

criterion_group!(benches, bandwidth, from_pixels, from_spectrum);
criterion_main!(benches);
