//! The pictures that are sent: drawn ones of several sizes, and photographs where `../shared` is there.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use hyper::body::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use lookalike::decode::{self, Limits};
use lookalike::hash::{Bits256, PdqProfile};

use crate::program::Draw;

/// A picture file, and its hash.
pub(crate) struct Picture {
    pub(crate) bytes: Bytes,
    pub(crate) hash: Bits256,
}

/// All pictures that have enough structure to be looked up.
pub(crate) fn all() -> Vec<Picture> {
    let mut files = Vec::new();
    for (number, (width, height)) in
        [(640, 480), (1280, 960), (800, 600), (1024, 1024), (1600, 1200)].iter().cycle().take(20).enumerate()
    {
        let drawn = drawn(number as u64, *width, *height);
        let mut bytes = Cursor::new(Vec::new());
        if number % 3 == 0 {
            drawn.write_to(&mut bytes, ImageFormat::Png).unwrap();
        } else {
            drawn.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 60 + (number as u8 % 4) * 10)).unwrap();
        }
        files.push(bytes.into_inner());
    }
    let photographs = photographs();
    println!("{} drawn pictures, {} files of ../shared/pdq-reference", files.len(), photographs.len());
    files.extend(photographs);
    let hashed = files.into_iter().filter_map(|bytes| {
        let spectrum = decode::pdq(&bytes, &Limits::default(), PdqProfile::FullResolution).ok()?;
        let hash = spectrum.pdq().hash;
        (spectrum.quality() >= 50).then(|| Picture { bytes: bytes.into(), hash })
    });
    hashed.collect()
}

/// Blobs on a slope, with the grain of a photograph.
fn drawn(number: u64, width: u32, height: u32) -> DynamicImage {
    let mut draw = Draw(number.wrapping_mul(0x1234_5678_9abc_def1));
    let mut unit = || (draw.next() >> 40) as f32 / (1_u32 << 24) as f32;
    let blobs: Vec<_> = (0..60).map(|_| [unit(), unit(), 0.02 + unit() * 0.1, unit() * 200.0]).collect();
    let mut grain = Draw(number);
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let blob = blobs.iter().rev().find(|[at_u, at_v, size, _]| (u - at_u).hypot(v - at_v) < *size);
        let level = blob.map_or(60.0 * u + 60.0 * v, |blob| blob[3]) + (grain.next() % 16) as f32;
        Rgb([level as u8, (level * 0.9) as u8, (255.0 - level) as u8])
    });
    DynamicImage::ImageRgb8(picture)
}

fn photographs() -> Vec<Vec<u8>> {
    let shared = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let mut found = Vec::new();
    let mut folders = vec![shared.join("pdq-reference/images")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            println!("skipped: {} is not here", folder.display());
            continue;
        };
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "jpg" || kind == "jpeg" || kind == "png") {
                found.extend(fs::read(path));
            }
        }
    }
    found
}
