//! The classic hashes and PDQ from 12 megapixels of RGB in memory, each alone and all six of the usual length together.
//!
//! `cargo bench --bench classic`. Throughput is in bytes of pixels read. A smooth picture and a textured one of high contrast
//! are hashed, because a wavelet hash leaves work out where nothing overshoots.

#![allow(missing_docs, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "a benchmark may panic")]

use core::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lookalike::hash::pdq::{self, PdqProfile};
use lookalike::hash::{ClassicHashes, ClassicStream, Pdq, PdqStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;
const SHORT: [Profile; 5] =
    [Profile::Ahash64, Profile::Dhash64, Profile::Phash64, Profile::Whash64, Profile::Blockhash64];
const LONG: [Profile; 5] =
    [Profile::Ahash256, Profile::Dhash256, Profile::Phash256, Profile::Whash256, Profile::Blockhash256];

/// Waves of some hundred pixels, with the noise of a sensor, far from black and white.
fn smooth() -> Vec<u8> {
    draw(|x, y, noise| 128.0 + 60.0 * wave(x, 310) * wave(y, 470) + 30.0 * wave(x + 2 * y, 1900) + 6.0 * noise)
}

/// Foliage in sunlight: contrast at every scale from two pixels on, a good part of it black or white.
fn textured() -> Vec<u8> {
    draw(|x, y, noise| {
        let coarse = wave(x + y / 3, 910) + wave(2 * x + 5 * y, 3700);
        let fine = wave(x, 9) * wave(y, 7) + wave(3 * x + y, 31) * wave(x + 4 * y, 43);
        128.0 + 60.0 * coarse + 90.0 * fine * (1.0 + 0.5 * coarse) + 90.0 * noise
    })
}

/// A wave in triangles, from -1 to 1.
fn wave(at: u32, length: u32) -> f32 {
    let phase = (at % length) as f32 / length as f32;
    4.0 * (phase - 0.5).abs() - 1.0
}

/// Draws red, green and blue a little apart; noise is from -0.5 to 0.5.
fn draw(pixel: impl Fn(u32, u32, f32) -> f32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut pixels = Vec::with_capacity(3 * (WIDTH * HEIGHT) as usize);
    for (y, x) in (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (y, x))) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let value = pixel(x, y, (state >> 8) as f32 / (1 << 24) as f32 - 0.5);
        #[expect(clippy::cast_sign_loss, reason = "casts stop at 0 and 255, as wanted")]
        pixels.extend([value as u8, (0.9 * value + 5.0) as u8, (0.7 * value + 20.0) as u8]);
    }
    pixels
}

fn classics(image: &ImageRef<'_>, profiles: &[Profile]) -> ClassicHashes {
    ClassicStream::of_image(black_box(image), profiles).unwrap()
}

/// In one pass: each row goes to both while it is in the cache.
fn together(image: &ImageRef<'_>, profiles: &[Profile]) -> (ClassicHashes, Pdq) {
    let (width, height, format) = (image.width(), image.height(), image.format());
    let mut pdq = PdqStream::new(width, height, format, PdqProfile::FullResolution).unwrap();
    let mut classic = ClassicStream::new(width, height, format, profiles).unwrap();
    for row in black_box(image).rows() {
        pdq.push_row(row).unwrap();
        classic.push_row(row).unwrap();
    }
    (classic.finish().unwrap(), pdq.finish().unwrap().pdq())
}

fn hashes(criterion: &mut Criterion) {
    for (name, pixels) in [("smooth", smooth()), ("textured", textured())] {
        let image = ImageRef::packed(&pixels, WIDTH, HEIGHT, PixelFormat::Rgb8).unwrap();
        let quality = pdq::spectrum(&image, PdqProfile::FullResolution).unwrap().quality();
        assert!(quality >= pdq::MIN_QUALITY, "{name}: {quality}");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(pixels.len() as u64)).sample_size(10);
        group.bench_function("pdq", |bencher| {
            bencher.iter(|| pdq::spectrum(black_box(&image), PdqProfile::FullResolution).unwrap().pdq());
        });
        for profile in SHORT.into_iter().chain(LONG) {
            let expected = classics(&image, &[profile]);
            group.bench_function(profile.name(), |bencher| {
                bencher.iter(|| assert_eq!(classics(&image, &[profile]), expected));
            });
        }
        for (name, profiles) in [("pdq and five of 64 bits", SHORT), ("pdq and five of 256 bits", LONG)] {
            let expected = together(&image, &profiles);
            group.bench_function(name, |bencher| {
                bencher.iter(|| assert_eq!(together(&image, &profiles), expected));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, hashes);
criterion_main!(benches);
