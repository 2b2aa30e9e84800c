//! The classic hashes on the command line: `hash --profile ahash` and the like, and `scan` with an index of them.

use std::fs;
use std::path::{Path, PathBuf};

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, imageops};
use serde_json::Value;

use crate::support::{index_under, run, run_with};
use crate::views::{animated, oriented, png};

/// Written by `benches/peers/classic_check.py vectors` with Python ImageHash and phash-blockhashio.
const VECTORS: &str = include_str!("../../../../tests/vectors/classic.tsv");
const PROFILES: [&str; 10] =
    ["ahash", "ahash256", "dhash", "dhash256", "phash", "phash256", "whash", "whash256", "blockhash", "blockhash256"];

/// One sample of a picture of the vectors.
fn sample(kind: &str, [width, height]: [u32; 2], [x, y]: [u32; 2], channel: u32) -> u8 {
    let value = match kind {
        "flat" => 90 + 41 * channel,
        "gradient" => [255 * x / width, 255 * y / height, 255 * (x + y) / (width + height)][channel as usize],
        "checks" => (x / 5 + y / 3 + channel) % 2 * 200 + 20,
        "halves" if 2 * x < width => 0,
        "halves" => 255 - 60 * channel,
        _ => {
            let mixed = ((y * width + x) * 3 + channel + 1).wrapping_mul(2_654_435_761);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519);
            (mixed ^ (mixed >> 13)) % 256
        }
    };
    u8::try_from(value).unwrap()
}

fn draw(kind: &str, width: u32, height: u32, mode: &str) -> DynamicImage {
    let sample = |x, y, channel| sample(kind, [width, height], [x, y], channel);
    match mode {
        "L" => ImageBuffer::from_fn(width, height, |x, y| Luma([sample(x, y, 0)])).into(),
        _ => ImageBuffer::from_fn(width, height, |x, y| image::Rgb([0, 1, 2].map(|c| sample(x, y, c)))).into(),
    }
}

/// Grey shapes without symmetry, of all shades everywhere.
fn shapes(seed: u32) -> GrayImage {
    GrayImage::from_fn(160, 120, |x, y| {
        let mixed = (64 * seed + 8 * (y / 15) + x / 20).wrapping_mul(2_654_435_761);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519);
        Luma([40 + (mixed >> 25).to_le_bytes()[0] + (x / 8).to_le_bytes()[0]])
    })
}

/// The records of `hash` under `profiles` for some files.
fn hashed(profiles: &str, files: &[PathBuf]) -> Vec<Value> {
    let fixed = ["hash", "--format", "jsonl", "--profile", profiles];
    let done = run(fixed.iter().copied().chain(files.iter().map(|file| file.to_str().unwrap())));
    assert_eq!(done.code, 0, "{}", done.err);
    done.records()
}

#[test]
fn hashes_of_files_equal_those_of_the_references() {
    let directory = tempfile::tempdir().unwrap();
    let rows: Vec<Vec<_>> = VECTORS.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let mut files = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let path = directory.path().join(format!("{number:03}.png"));
        draw(row[0], row[1].parse().unwrap(), row[2].parse().unwrap(), row[3]).save(&path).unwrap();
        files.push(path);
    }
    let records = hashed(&PROFILES.join(","), &files);
    assert_eq!((rows.len(), records.len()), (190, 190 * PROFILES.len()));
    for (row, records) in rows.iter().zip(records.chunks(PROFILES.len())) {
        for ((record, profile), hash) in records.iter().zip(PROFILES).zip(&row[4..]) {
            assert_eq!((record["profile"].as_str(), record["hash"].as_str()), (Some(profile), Some(*hash)), "{row:?}");
        }
    }
}

#[test]
fn several_profiles_are_the_same_as_each_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("shapes.png");
    fs::write(&file, png(&shapes(3))).unwrap();
    let all = hashed("whash,pdq512,pdq,ahash256,whash", std::slice::from_ref(&file));
    let names: Vec<_> = all.iter().map(|record| record["profile"].as_str().unwrap()).collect();
    assert_eq!(names, ["whash", "pdq512", "pdq", "ahash256"]);
    for together in &all {
        let alone = hashed(together["profile"].as_str().unwrap(), std::slice::from_ref(&file)).remove(0);
        assert_eq!((&together["hash"], &together["quality"]), (&alone["hash"], &alone["quality"]));
        // As text, which cannot name the profile.
        let done = run(["hash", "--profile", together["profile"].as_str().unwrap(), file.to_str().unwrap()]);
        let (hash, quality) = (alone["hash"].as_str().unwrap(), &alone["quality"]);
        assert_eq!((done.code, done.out), (0, format!("{hash},{quality},{}\n", file.display())));
    }
    let csv = run(["hash", "--profile", "dhash", "--profile", "pdq", "--format", "csv", file.to_str().unwrap()]);
    assert_eq!((csv.code, csv.out.lines().count()), (0, 3));
    let text = run(["hash", "--profile", "dhash,pdq", file.to_str().unwrap()]);
    assert_eq!((text.code, &*text.out), (2, ""));
    assert!(text.err.contains("--format csv"), "{}", text.err);
    assert_eq!(run(["hash", "--profile", "md5", file.to_str().unwrap()]).code, 2);

    fs::write(&file, b"no picture").unwrap();
    let failed = run(["hash", "--profile", "dhash,pdq", "--format", "jsonl", file.to_str().unwrap()]);
    assert_eq!((failed.code, failed.records().len()), (3, 2));
    assert!(failed.records().iter().all(|record| record["outcome"] == "unsupported" && record["hash"].is_null()));
}

/// A way to turn a picture.
type Turn = fn(&GrayImage) -> GrayImage;

/// The eight turns under their names, from the pixels.
fn turns() -> [(&'static str, Turn); 8] {
    [
        ("original", GrayImage::clone),
        ("rotate90", imageops::rotate270), // theirs is clockwise
        ("rotate180", imageops::rotate180),
        ("rotate270", imageops::rotate90),
        ("flipx", imageops::flip_vertical),
        ("flipy", imageops::flip_horizontal),
        ("flipplus1", |picture| imageops::flip_horizontal(&imageops::rotate90(picture))),
        ("flipminus1", |picture| imageops::flip_vertical(&imageops::rotate90(picture))),
    ]
}

#[test]
fn dihedral_hashes_are_those_of_really_turned_pictures() {
    let directory = tempfile::tempdir().unwrap();
    let picture = shapes(9);
    let file = directory.path().join("a.png");
    fs::write(&file, png(&picture)).unwrap();
    let done =
        run(["hash", "--dihedral", "--profile", &PROFILES.join(","), "--format", "jsonl", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    let records = done.records();
    for (at, (name, turn)) in turns().into_iter().enumerate() {
        fs::write(&file, png(&turn(&picture))).unwrap();
        for (record, turned) in records.iter().zip(hashed(&PROFILES.join(","), std::slice::from_ref(&file))) {
            assert_eq!(record["dihedral"][at]["transform"], name);
            assert_eq!(record["dihedral"][at]["hash"], turned["hash"], "{name} {}", record["profile"]);
        }
    }
    fs::write(&file, png(&picture)).unwrap();
    let lines = run(["hash", "--dihedral", "--profile", "phash", file.to_str().unwrap()]).out;
    let index = index_under("phash", directory.path(), &[lines.lines().nth(6).unwrap().split(',').next().unwrap()]);
    let found = run_with(["match", "--dihedral", "--radius", "0", "--index", &index, "-"], lines.as_bytes());
    assert_eq!(found.code, 1, "{}", found.err);
    assert!(found.out.contains(",flipplus1,"), "{}", found.out);
}

/// Scans one file against one listed picture of a profile.
fn scan(directory: &Path, profile: &str, file: &[u8], listed: &GrayImage, arguments: &[&str]) -> Value {
    let path = directory.join("scanned.png");
    fs::write(&path, png(listed)).unwrap();
    let hash = hashed(profile, std::slice::from_ref(&path)).remove(0);
    let index = index_under(profile, directory, &[hash["hash"].as_str().unwrap()]);
    fs::write(&path, file).unwrap();
    let fixed = ["scan", "--format", "jsonl", "--index", &index];
    let done = run(fixed.iter().chain(arguments).chain(&[path.to_str().unwrap()]));
    let record = done.records().remove(0);
    assert_eq!(done.code, i32::from(record["outcome"] == "match") + 3 * i32::from(record["outcome"] == "low_quality"));
    record
}

#[test]
fn every_view_of_a_listed_picture_is_found_under_every_profile() {
    let directory = tempfile::tempdir().unwrap();
    let listed = shapes(5);
    let mut letterboxed = GrayImage::from_pixel(160, 200, Luma([0]));
    imageops::replace(&mut letterboxed, &listed, 0, 40);
    let blank = GrayImage::from_pixel(160, 120, Luma([255]));
    let files = [
        (png(&listed), "original", "original"),
        (png(&imageops::rotate90(&listed)), "original", "rotate90"),
        (png(&imageops::flip_horizontal(&listed)), "original", "flipy"),
        (png(&letterboxed), "unletterboxed", "original"),
        (png(&imageops::rotate180(&letterboxed)), "unletterboxed", "rotate180"),
        (animated(&[blank.clone(), listed.clone()]), "frame 2", "original"),
    ];
    for profile in PROFILES {
        for (file, view, transform) in &files {
            let record = scan(directory.path(), profile, file, &listed, &["--radius", "0"]);
            assert_eq!((&record["outcome"], &record["profile"]), (&"match".into(), &profile.into()), "{record}");
            let found = &record["matches"][0];
            assert_eq!((&found["view"], &found["transform"]), (&(*view).into(), &(*transform).into()), "{record}");
        }
        // Stored a quarter counter-clockwise, so that orientation 6, a quarter clockwise, brings it back.
        let stored = oriented(&imageops::rotate270(&listed), 6);
        let record = scan(directory.path(), profile, &stored, &listed, &["--radius", "0", "--no-dihedral"]);
        assert_eq!(record["matches"][0]["view"], "oriented", "{record}");
        let record = scan(directory.path(), profile, &stored, &listed, &["--radius", "0"]);
        assert_eq!(record["matches"][0]["transform"], "rotate270", "once, as stored: {record}");
        assert_eq!(record["matches"].as_array().map(Vec::len), Some(1));
        let unturned = scan(directory.path(), profile, &files[1].0, &listed, &["--radius", "0", "--no-dihedral"]);
        assert_eq!(unturned["outcome"], "no_match", "{unturned}");
        let other = scan(directory.path(), profile, &png(&shapes(77)), &listed, &["--radius", "0"]);
        assert_eq!(other["outcome"], "no_match", "{other}");
    }
}

#[test]
fn a_flat_picture_is_not_looked_up_whatever_its_classic_hash() {
    let directory = tempfile::tempdir().unwrap();
    // Two shades that nobody can tell apart: hashes as of a half black and half white picture.
    let flat = GrayImage::from_fn(160, 120, |x, _| Luma([100 + u8::from(x >= 80)]));
    let halves = GrayImage::from_fn(160, 120, |x, _| Luma([255 * u8::from(x >= 80)]));
    let record = scan(directory.path(), "ahash", &png(&flat), &halves, &[]);
    assert_eq!((&record["outcome"], &record["hash"]), (&"low_quality".into(), &"0f0f0f0f0f0f0f0f".into()), "{record}");
    let record = scan(directory.path(), "ahash", &png(&flat), &halves, &["--min-quality", "0"]);
    assert_eq!(record["outcome"], "match", "without the guard it is accused: {record}");
}
