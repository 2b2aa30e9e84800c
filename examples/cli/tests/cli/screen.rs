//! `scan` screens JPEGs from their coefficients: what matches is what matches with `--exact`, and what does not is told cheaply.

use std::fs;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageEncoder as _, Luma, imageops};
use serde_json::Value;

use crate::support::{index_of, run, shared};

/// Smooth grey hills without symmetry or border.
pub(crate) fn hills(seed: u32, width: u32, height: u32) -> GrayImage {
    GrayImage::from_fn(width, height, |x, y| {
        let (x, y, seed) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height), f64::from(seed));
        let waves = (7.0 + seed) * x + (3.0 * y + seed).sin() * 4.0 + (11.0 * x * y + 2.0 * seed).cos() * 3.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        Luma([(127.5 + 110.0 * waves.sin() * (5.0 * y - 2.0 * x + seed).cos()) as u8])
    })
}

/// A JPEG, with an EXIF orientation if it is not 1.
pub(crate) fn jpeg(picture: &GrayImage, quality: u8, orientation: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, quality);
    let exif = [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]].concat();
    if orientation != 1 {
        encoder.set_exif_metadata(exif).unwrap();
    }
    let rgb = DynamicImage::from(picture.clone()).into_rgb8();
    encoder.write_image(&rgb, rgb.width(), rgb.height(), image::ExtendedColorType::Rgb8).unwrap();
    file
}

pub(crate) fn scan(index: &str, folder: &Path, extra: &[&str]) -> Vec<Value> {
    let folder = folder.to_str().unwrap();
    let mut records =
        run([&["scan", "--format", "jsonl", "--jobs", "2", "--index", index], extra, &[folder]].concat()).records();
    records.sort_by_key(|record| record["path"].as_str().unwrap().to_owned());
    records
}

/// The PDQ hash of a file.
pub(crate) fn hash_of(path: &Path) -> String {
    let done = run(["hash".as_ref(), path.as_os_str()]);
    done.out.split(',').next().unwrap().to_owned()
}

/// What a record says of matches, and of being checked.
pub(crate) fn told(record: &Value) -> [&Value; 3] {
    [&record["path"], &record["outcome"], &record["matches"]]
}

#[test]
fn screened_pictures_match_as_decoded_ones_do() {
    let folder = tempfile::tempdir().unwrap();
    let listed = folder.path().join("listed.png");
    let media = folder.path().join("media");
    fs::create_dir(&media).unwrap();
    let known = hills(1, 800, 600);
    known.save(&listed).unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(media.join(name), bytes).unwrap();
    write("copy.jpg", jpeg(&known, 70, 1));
    write("turned.jpg", jpeg(&imageops::rotate90(&known), 80, 1));
    // turned back by its orientation only: stored it is the listed picture turned by 270 degrees
    write("oriented.jpg", jpeg(&imageops::rotate270(&known), 80, 6));
    let mut framed = GrayImage::from_pixel(800, 700, Luma([0]));
    imageops::replace(&mut framed, &known, 0, 50);
    write("letterboxed.jpg", jpeg(&framed, 90, 1));
    for (number, seed) in (5..15).enumerate() {
        write(&format!("other-{number}.jpg"), jpeg(&hills(seed, 700 + 40 * seed, 800), 60, 1));
    }
    write("flat.jpg", jpeg(&GrayImage::from_pixel(640, 480, Luma([90])), 90, 1));
    write("small.jpg", jpeg(&hills(9, 200, 180), 90, 1));
    let whole = jpeg(&hills(3, 640, 520), 90, 1);
    write("cut.jpg", whole[..whole.len() / 2].to_vec());

    let index = index_of(folder.path(), &[&hash_of(&listed)]);
    let (screened, exact) = (scan(&index, &media, &[]), scan(&index, &media, &["--exact"]));
    assert_eq!(screened.iter().map(told).collect::<Vec<_>>(), exact.iter().map(told).collect::<Vec<_>>());
    assert_eq!(screened.len(), 17);

    let of = |records: &'static str, name: &str| {
        let records = if records == "exact" { &exact } else { &screened };
        records.iter().find(|record| record["path"].as_str().unwrap().ends_with(name)).unwrap().clone()
    };
    for name in ["copy.jpg", "turned.jpg", "oriented.jpg", "letterboxed.jpg"] {
        let record = of("screened", name);
        assert_eq!((&record["outcome"], &record["hashed_from"]), (&"match".into(), &"pixels".into()), "{name}");
        assert_eq!(record["hash"], of("exact", name)["hash"], "what is reported is exact: {name}");
    }
    let others = screened.iter().filter(|record| record["path"].as_str().unwrap().contains("other"));
    let by_coefficients = others.filter(|record| record["hashed_from"] == "coefficients").count();
    assert!(by_coefficients >= 8, "of 10 unrelated pictures {by_coefficients} were not decoded");
    for record in screened.iter().filter(|record| record["hashed_from"] == "coefficients") {
        assert_eq!((&record["outcome"], &record["hash"]), (&"no_match".into(), &Value::Null));
    }
    assert!(exact.iter().all(|record| record["hashed_from"] != "coefficients"));
    assert_eq!(of("screened", "flat.jpg")["outcome"], "low_quality");
    assert_eq!(of("screened", "small.jpg")["hashed_from"], "pixels");
    assert_eq!(of("screened", "cut.jpg")["outcome"], "corrupt");
}

#[test]
fn the_reference_pictures_match_alike_screened_and_exact() {
    let Some(images) = shared("pdq-reference/images") else { return };
    let folder = tempfile::tempdir().unwrap();
    let bridge = images.join("bridge-mods/aaa-orig.jpg");
    let index = index_of(folder.path(), &[&hash_of(&bridge)]);
    let (screened, exact) = (scan(&index, &images, &[]), scan(&index, &images, &["--exact"]));
    assert_eq!(screened.iter().map(told).collect::<Vec<_>>(), exact.iter().map(told).collect::<Vec<_>>());
    assert!(screened.iter().any(|record| record["outcome"] == "match"));
}
