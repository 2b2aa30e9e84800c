//! The classic hashes equal those of Python ImageHash and phash-blockhashio on drawn pictures, without any file from outside.
//!
//! `benches/peers/classic_check.py vectors` wrote `vectors/classic.tsv` and draws the same pictures by the same formulas.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests may panic")]

use lookalike::hash::{ClassicStream, Profile, average, blockhash, difference, phash, wavelet};
use lookalike::pixels::{ImageError, ImageRef, PixelFormat};

const VECTORS: &str = include_str!("vectors/classic.tsv");

/// One sample of a drawn picture.
fn sample(kind: &str, (width, height): (u64, u64), (x, y): (u64, u64), channel: u64) -> u8 {
    let value = match kind {
        "flat" => 90 + 41 * channel,
        "gradient" => [255 * x / width, 255 * y / height, 255 * (x + y) / (width + height)][channel as usize],
        "checks" => (x / 5 + y / 3 + channel) % 2 * 200 + 20,
        "halves" if 2 * x < width => 0,
        "halves" => 255 - 60 * channel,
        _ => {
            let seed = ((y * width + x) * 3 + channel + 1) as u32;
            let mixed = seed.wrapping_mul(2_654_435_761);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519);
            u64::from((mixed ^ (mixed >> 13)) % 256)
        }
    };
    u8::try_from(value).unwrap()
}

fn draw(kind: &str, width: u64, height: u64, channels: u64) -> Vec<u8> {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    places.flat_map(|place| (0..channels).map(move |channel| sample(kind, (width, height), place, channel))).collect()
}

/// Calls `check` with every picture of the table, its format, and its hashes in the order of the profiles.
fn for_every_vector(mut check: impl FnMut(&ImageRef<'_>, &[Profile], &[&str])) {
    let mut lines = VECTORS.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let profiles: Vec<Profile> = lines.next().unwrap()[4..].iter().map(|name| name.parse().unwrap()).collect();
    for line in lines {
        let (width, height) = (line[1].parse().unwrap(), line[2].parse().unwrap());
        let (format, channels) = if line[3] == "L" { (PixelFormat::Gray8, 1) } else { (PixelFormat::Rgb8, 3) };
        let pixels = draw(line[0], width, height, channels);
        let image = ImageRef::packed(&pixels, width as u32, height as u32, format).unwrap();
        check(&image, &profiles, &line[4..]);
    }
}

#[test]
fn drawn_pictures_hash_as_in_the_references() {
    let mut checked = 0;
    for_every_vector(|image, profiles, expected| {
        let hashes = ClassicStream::of_image(image, profiles).unwrap();
        for ((profile, hash), expected) in hashes.iter().zip(expected) {
            assert_eq!(hash.to_string(), *expected, "{profile} of {image:?}");
            checked += 1;
        }
    });
    assert_eq!(checked, 190 * 10);
}

#[test]
fn one_hash_alone_equals_the_same_hash_among_all() {
    for_every_vector(|image, profiles, expected| {
        let alone = |profile| -> Result<String, ImageError> {
            Ok(match profile {
                Profile::Ahash64 => average::hash64(image)?.to_string(),
                Profile::Ahash256 => average::hash256(image)?.to_string(),
                Profile::Dhash64 => difference::hash64(image)?.to_string(),
                Profile::Dhash256 => difference::hash256(image)?.to_string(),
                Profile::Phash64 => phash::hash64(image)?.to_string(),
                Profile::Phash256 => phash::hash256(image)?.to_string(),
                Profile::Whash64 => wavelet::hash64(image)?.to_string(),
                Profile::Whash256 => wavelet::hash256(image)?.to_string(),
                Profile::Blockhash64 => blockhash::hash64(image)?.to_string(),
                _ => blockhash::hash256(image)?.to_string(),
            })
        };
        for (profile, expected) in profiles.iter().zip(expected) {
            assert_eq!(alone(*profile).unwrap(), *expected, "{profile}");
        }
    });
}

#[test]
fn every_format_of_the_same_picture_has_the_same_hashes() {
    let rgb = draw("noise", 50, 40, 3);
    let spell = |pixel: &dyn Fn([u8; 3]) -> Vec<u8>| -> Vec<u8> {
        rgb.as_chunks().0.iter().flat_map(|&color| pixel(color)).collect()
    };
    let wide = |samples: &[u8]| samples.iter().flat_map(|&s| (u16::from(s) * 257).to_le_bytes()).collect();
    let spellings = [
        (PixelFormat::Rgb8, rgb.clone()),
        (PixelFormat::Rgba8, spell(&|[r, g, b]| vec![r, g, b, 3])),
        (PixelFormat::Bgr8, spell(&|[r, g, b]| vec![b, g, r])),
        (PixelFormat::Bgra8, spell(&|[r, g, b]| vec![b, g, r, 200])),
        (PixelFormat::Rgb16, spell(&|color| wide(&color))),
        (PixelFormat::Rgba16, spell(&|[r, g, b]| wide(&[r, g, b, 0]))),
    ];
    let profiles: Vec<Profile> = Profile::all().filter(|profile| profile.id() >= Profile::Ahash64.id()).collect();
    let hashes = spellings.map(|(format, pixels)| {
        ClassicStream::of_image(&ImageRef::packed(&pixels, 50, 40, format).unwrap(), &profiles).unwrap()
    });
    assert_eq!(hashes[0].iter().len(), 10);
    assert!(hashes.iter().all(|found| *found == hashes[0]));
}

#[test]
fn what_is_no_classic_hash_is_refused() {
    let error = ClassicStream::new(9, 9, PixelFormat::Gray8, &[Profile::Ahash64, Profile::Pdq]).unwrap_err();
    assert_eq!(error.to_string(), "profile: found pdq, expected one of ahash, dhash, phash, whash, blockhash");
    let stream = ClassicStream::new(9, 9, PixelFormat::Gray8, &[Profile::Ahash64]).unwrap();
    assert_eq!(stream.finish().unwrap_err().to_string(), "number of rows: found 0, expected 9");
    let huge = ClassicStream::new(u32::MAX, u32::MAX, PixelFormat::Gray8, &[Profile::Whash64]).unwrap_err();
    assert!(huge.to_string().contains("not enough memory"), "{huge}");
}
