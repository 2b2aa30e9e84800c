//! The inner loops one by one, at every CPU level of this machine: `cargo bench --bench kernels`.
//!
//! They are reached through the public items that spend nearly all of their time in one of them. Throughput is in bytes read:
//! pixels, or stored hashes, against the bandwidth of plain reading from memory, which is measured and printed first. What
//! fits a cache may exceed it, but a figure many times above it means that the compiler deleted the work. Every result is
//! compared with that of the plainest level before anything is timed.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::std_instead_of_core,
    clippy::print_stdout,
    reason = "a bench may panic, knows its numbers, and prints"
)]

use std::fmt::Debug;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lookalike::Level;
use lookalike::hash::blockhash::BlockhashStream;
use lookalike::hash::{ClassicStream, HashBits, PdqProfile, PdqStream, Profile};
use lookalike::index::{Builder, Index, IndexKind, Query, Source};
use lookalike::pixels::PixelFormat;

const ROWS: u32 = 512;

/// SplitMix64, whose highest byte is taken.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0_u64;
    let next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// Bytes a second of reading memory from one end to the other: the fastest of several passes.
fn bandwidth() -> f64 {
    let bytes = vec![1_u8; 256 << 20];
    let pass = || {
        let start = Instant::now();
        let words = bytes.as_chunks::<8>().0;
        black_box(words.iter().fold(0, |sum: u64, word| sum.wrapping_add(u64::from_le_bytes(*word))));
        start.elapsed()
    };
    let fastest = (0..7).map(|_| pass()).min().unwrap_or(Duration::MAX);
    bytes.len() as f64 / fastest.as_secs_f64()
}

fn print_bandwidth(_: &mut Criterion) {
    println!("reading memory: {:.1} GB/s", bandwidth() / 1e9);
}

/// Times `work` at every level, once it gives the same at all of them.
fn every_level<T: PartialEq + Debug>(
    criterion: &mut Criterion,
    kernel: &str,
    what: &str,
    bytes: usize,
    work: impl Fn(Level) -> T,
) {
    let expected = work(Level::SCALAR);
    let mut group = criterion.benchmark_group(kernel);
    group.throughput(Throughput::Bytes(bytes as u64)).sample_size(10);
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    for level in Level::available() {
        assert_eq!(work(level), expected, "{kernel}, {what}, {level:?}");
        group.bench_function(BenchmarkId::new(level.name(), what), |bencher| bencher.iter(|| work(black_box(level))));
    }
    group.finish();
}

/// One row again and again: it stays in the nearest cache.
fn triangle(criterion: &mut Criterion) {
    for format in [PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Rgba8, PixelFormat::Rgb16] {
        for width in [256_u32, 1024, 4000] {
            let row = noise(width as usize * format.bytes_per_pixel());
            let what = format!("{format:?} {width}");
            every_level(criterion, "triangle", &what, ROWS as usize * row.len(), |level| {
                let stream = PdqStream::new(width, ROWS, format, PdqProfile::FullResolution).unwrap();
                let mut stream = stream.level(level);
                (0..ROWS).for_each(|_| stream.push_row(&row).unwrap());
                stream.finish().unwrap().pdq()
            });
        }
    }
}

/// The plain sums of bytes of the block hash.
fn byte_sum(criterion: &mut Criterion) {
    let (width, format) = (4000, PixelFormat::Rgb8);
    let row = noise(width as usize * format.bytes_per_pixel());
    every_level(criterion, "byte sum", "Rgb8 4000", ROWS as usize * row.len(), |level| {
        let mut stream = BlockhashStream::<8>::new(width, ROWS, format).unwrap().level(level);
        (0..ROWS).for_each(|_| stream.push_row(&row).unwrap());
        stream.finish().unwrap()
    });
}

/// Grey rows need no luma, so the rest is the reduction: groups for short windows, whole windows, and blocks for long ones.
fn lanczos(criterion: &mut Criterion) {
    let cases =
        [("groups", 300, Profile::Phash256), ("windows", 900, Profile::Phash256), ("blocks", 4000, Profile::Ahash64)];
    for (kernel, width, profile) in cases {
        let row = noise(width as usize);
        let kernel = format!("lanczos {kernel}");
        every_level(criterion, &kernel, &format!("{width} {profile:?}"), ROWS as usize * row.len(), |level| {
            let mut stream = ClassicStream::at_level(level, width, ROWS, PixelFormat::Gray8, &[profile]).unwrap();
            (0..ROWS).for_each(|_| stream.push_row(&row).unwrap());
            stream.finish().unwrap()
        });
    }
}

/// The reduction to 8x8 of a wide row reads as many pixels of grey as of colour: the difference is luma.
fn luma(criterion: &mut Criterion) {
    for format in [PixelFormat::Gray8, PixelFormat::Rgb8, PixelFormat::Bgra8] {
        let width = 4000;
        let row = noise(width as usize * format.bytes_per_pixel());
        every_level(criterion, "luma and blocks", &format!("{format:?}"), ROWS as usize * row.len(), |level| {
            let mut stream = ClassicStream::at_level(level, width, ROWS, format, &[Profile::Ahash64]).unwrap();
            (0..ROWS).for_each(|_| stream.push_row(&row).unwrap());
            stream.finish().unwrap()
        });
    }
}

/// A short list, looked through for one needle; what is opened anew each time is its header. Linear indexes of 256 bits are in
/// planes, trees in rows; a tree of 256 bits is scanned at this radius.
fn hamming(criterion: &mut Criterion) {
    fn scan<const N: usize>(criterion: &mut Criterion, kernel: &str, kind: IndexKind, profile: Profile, radius: u32) {
        let bytes = noise(N * 20_000);
        let mut builder = Builder::new(profile).unwrap().kind(Some(kind));
        for hash in bytes.as_chunks::<N>().0 {
            builder.add(HashBits::from_bytes(*hash), Source::default()).unwrap();
        }
        let file = builder.finish().unwrap();
        let needle = [HashBits::from_bytes([0x5a; N])];
        let query = Query::new(profile, &needle).radius(radius);
        every_level(criterion, kernel, &format!("{} bits", 8 * N), bytes.len(), |level| {
            let mut hits = 0_u32;
            let visit = |hit| {
                black_box(hit);
                hits += 1;
                ControlFlow::Continue(())
            };
            Index::open_without_checksums(file.as_slice()).unwrap().level(level).search(&query, visit).unwrap();
            hits
        });
    }
    scan::<8>(criterion, "hamming", IndexKind::Linear, Profile::Phash64, 4);
    scan::<32>(criterion, "hamming", IndexKind::BkTree, Profile::Pdq, 31);
    scan::<32>(criterion, "planes", IndexKind::Linear, Profile::Pdq, 31);
    // 20,000 hashes are few enough that a look-up pays at this radius
    scan::<32>(criterion, "sketches", IndexKind::Mih, Profile::Pdq, 23);
}

/// Of small pictures nothing but the transform, the median and the quality is left: bodies compiled anew for each level.
fn transform(criterion: &mut Criterion) {
    let pixels = noise(64 * 64);
    every_level(criterion, "transform", "64x64", pixels.len(), |level| {
        let mut stream = PdqStream::new(64, 64, PixelFormat::Gray8, PdqProfile::FullResolution).unwrap().level(level);
        pixels.chunks(64).for_each(|row| stream.push_row(row).unwrap());
        stream.finish().unwrap().pdq()
    });
}

criterion_group!(benches, print_bandwidth, triangle, byte_sum, lanczos, luma, hamming, transform);
criterion_main!(benches);
