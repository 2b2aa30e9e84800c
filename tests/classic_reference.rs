//! The classic hashes equal Python ImageHash on every reference picture, bit for bit.
//!
//! The pictures lie outside the project (`../shared/pdq-reference`, or the folder that `LOOKALIKE_SHARED` names); where they
//! are missing the test says so.

#![cfg(feature = "alloc")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests may panic and print")]

use std::path::{Path, PathBuf};

use lookalike::hash::{ClassicStream, Profile};
use lookalike::pixels::{ImageRef, PixelFormat};

/// The profiles by their column in `expected.tsv`.
const COLUMNS: [(&str, Profile); 8] = [
    ("ahash64", Profile::Ahash64),
    ("ahash256", Profile::Ahash256),
    ("dhash64", Profile::Dhash64),
    ("dhash256", Profile::Dhash256),
    ("phash64", Profile::Phash64),
    ("phash256", Profile::Phash256),
    ("whash64", Profile::Whash64),
    ("whash256", Profile::Whash256),
];

fn reference() -> PathBuf {
    let shared = std::env::var_os("LOOKALIKE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    shared.join("pdq-reference")
}

#[test]
fn every_png_hashes_as_in_imagehash() {
    let folder = reference();
    let Ok(table) = std::fs::read_to_string(folder.join("expected.tsv")) else {
        println!("skipped: no {}", folder.display());
        return;
    };
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |name: &str| header.iter().position(|&found| found == name).unwrap();
    let mut checked = 0;
    for line in lines.filter(|line| line[0].ends_with(".png")) {
        let picture = image::open(folder.join(line[0])).unwrap();
        // Grey and black-and-white stay grey, as Pillow's luma of three equal channels is the channel.
        let rgb = picture.to_rgb8();
        let image = ImageRef::packed(&rgb, rgb.width(), rgb.height(), PixelFormat::Rgb8).unwrap();
        let hashes = ClassicStream::of_image(&image, &COLUMNS.map(|(_, profile)| profile)).unwrap();
        for ((name, profile), (found, hash)) in COLUMNS.iter().zip(hashes.iter()) {
            assert_eq!(found, *profile);
            assert_eq!(hash.to_string(), line[column(name)], "{name} of {}", line[0]);
            checked += 1;
        }
        if picture.color().has_color() {
            continue;
        }
        let gray = picture.to_luma8();
        let image = ImageRef::packed(&gray, gray.width(), gray.height(), PixelFormat::Gray8).unwrap();
        assert_eq!(ClassicStream::of_image(&image, &COLUMNS.map(|(_, profile)| profile)).unwrap(), hashes);
    }
    assert!(checked >= 30 * COLUMNS.len(), "only {checked} hashes were compared");
}
