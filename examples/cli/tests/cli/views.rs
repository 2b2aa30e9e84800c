//! What `scan` looks up beside a picture as stored: later frames, turned by EXIF, without a border.

use std::fs;
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{GrayImage, ImageEncoder as _, Luma, imageops};
use serde_json::{Value, json};

use crate::support::{index_of, run};

/// Grey shapes without symmetry.
fn shapes(seed: u32) -> GrayImage {
    GrayImage::from_fn(160, 120, |x, y| {
        let cell = (x / 20) * 13 + (y / 15) * 7 + seed;
        let shade = (cell.wrapping_mul(2_654_435_761) >> 25).to_le_bytes()[0];
        Luma([40 + shade + (x / 8).to_le_bytes()[0]])
    })
}

pub(crate) fn png(picture: &GrayImage) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = picture.dimensions();
    PngEncoder::new(&mut file).write_image(picture, width, height, image::ExtendedColorType::L8).unwrap();
    file
}

/// The still pictures as one animated PNG: the first one's chunks, the others' data as frames.
pub(crate) fn animated(pictures: &[GrayImage]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut sequence = 0_u32;
    let mut chunk = |kind: &[u8], data: &[u8]| {
        file.extend((u32::try_from(data.len()).unwrap()).to_be_bytes());
        let body = [kind, data].concat();
        file.extend_from_slice(&body);
        file.extend(crc(&body).to_be_bytes());
    };
    for (number, picture) in pictures.iter().enumerate() {
        let still = png(picture);
        if number == 0 {
            chunk(b"IHDR", still.get(16..29).unwrap());
            let count = u32::try_from(pictures.len()).unwrap();
            chunk(b"acTL", &[count.to_be_bytes(), [0; 4]].concat());
        }
        let mut control = sequence.to_be_bytes().to_vec();
        sequence += 1;
        control.extend([picture.width(), picture.height(), 0, 0].map(u32::to_be_bytes).concat());
        control.extend([0, 1, 0, 10, 0, 0]);
        chunk(b"fcTL", &control);
        let mut rest = still.get(33..).unwrap();
        while let [l0, l1, l2, l3, kind @ ..] = rest {
            let length = u32::from_be_bytes([*l0, *l1, *l2, *l3]) as usize;
            let data = kind.get(4..4 + length).unwrap();
            if kind.starts_with(b"IDAT") && number == 0 {
                chunk(b"IDAT", data);
            } else if kind.starts_with(b"IDAT") {
                chunk(b"fdAT", &[&sequence.to_be_bytes(), data].concat());
                sequence += 1;
            }
            rest = kind.get(4 + length + 4..).unwrap();
        }
    }
    chunk(b"IEND", &[]);
    file
}

/// CRC-32, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

/// The picture with an EXIF chunk behind its header.
pub(crate) fn oriented(picture: &GrayImage, orientation: u8) -> Vec<u8> {
    let exif = [&b"eXIfMM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[orientation], &[0; 6]].concat();
    let mut file = png(picture);
    let length = u32::try_from(exif.len() - 4).unwrap().to_be_bytes();
    file.splice(33..33, [&length[..], &exif, &crc(&exif).to_be_bytes()].concat());
    file
}

/// Hashes a picture as the owner of a list does.
fn hash(directory: &Path, picture: &GrayImage) -> String {
    let path = directory.join("listed.png");
    fs::write(&path, png(picture)).unwrap();
    let done = run(["hash", path.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    done.out.split(',').next().unwrap().to_owned()
}

/// Scans one file against one listed hash.
fn scan(directory: &Path, file: &[u8], listed: &str, arguments: &[&str]) -> Value {
    let path = directory.join("scanned.png");
    fs::write(&path, file).unwrap();
    let index = index_of(directory, &[listed]);
    let fixed = ["scan", "--format", "jsonl", "--index", &index];
    let done = run(fixed.iter().chain(arguments).chain(&[path.to_str().unwrap()]));
    done.records().remove(0)
}

/// The view and distance of the first match.
fn view(record: &Value) -> (&str, u64) {
    let found = &record["matches"][0];
    (found["view"].as_str().unwrap_or("none"), found["distance"].as_u64().unwrap_or(u64::MAX))
}

#[test]
fn a_listed_picture_behind_a_blank_first_frame_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let blank = GrayImage::from_pixel(160, 120, Luma([255]));
    let listed = hash(directory.path(), &shapes(7));
    let frames: Vec<_> = (1..=9).map(|number| if number == 7 { shapes(7) } else { blank.clone() }).collect();
    let record = scan(directory.path(), &animated(&frames), &listed, &[]);
    assert_eq!((record["outcome"].as_str(), view(&record)), (Some("match"), ("frame 7", 0)), "{record}");
    assert_eq!(record["quality"], 0, "hash and quality are those of the first frame");

    // All frames are blank: not looked up. One is not, and not listed: clean.
    let record = scan(directory.path(), &animated(&vec![blank.clone(); 9]), &listed, &[]);
    assert_eq!(record["outcome"], "low_quality");
    let frames = [blank, shapes(3)];
    assert_eq!(scan(directory.path(), &animated(&frames), &listed, &[])["outcome"], "no_match");
}

#[test]
fn every_frame_is_looked_up_and_one_that_cannot_be_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..40).map(shapes).collect();
    let file = animated(&frames);
    let listed = hash(directory.path(), &shapes(100));
    let record = scan(directory.path(), &file, &listed, &[]);
    assert_eq!(
        (&record["outcome"], &record["unseen"], &record["frames"]),
        (&"no_match".into(), &json!([]), &40.into())
    );
    for number in [2, 17, 40] {
        let listed = hash(directory.path(), &shapes(number - 1));
        assert_eq!(view(&scan(directory.path(), &file, &listed, &[])), (&*format!("frame {number}"), 0));
    }
    // A video behind the end, as phones write it.
    let motion = [&*png(&shapes(1)), b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"].concat();
    let record = scan(directory.path(), &motion, &listed, &[]);
    assert_eq!((&record["outcome"], &record["checked"]), (&"partly_checked".into(), &false.into()));
    assert_eq!(record["unseen"], json!([{"part": "video", "number": 1, "why": "unsupported"}]));
    assert_eq!(record["detail"], "video 1 was not compared (unsupported)");
    // Cut off, it is not clean; a match in what is left of it stands.
    let cut = file.get(..file.len() / 2).unwrap();
    assert_eq!(scan(directory.path(), cut, &listed, &[])["outcome"], "corrupt");
    let record = scan(directory.path(), cut, &hash(directory.path(), &shapes(0)), &[]);
    assert_eq!(record["outcome"], "match");
    assert!(record["detail"].as_str().unwrap().starts_with("the rest is unknown"), "{record}");
}

#[test]
fn a_listed_picture_in_a_border_is_found_as_unletterboxed() {
    let directory = tempfile::tempdir().unwrap();
    let picture = shapes(11);
    let listed = hash(directory.path(), &picture);
    for (margins, shade) in [([0, 40], 0), ([50, 0], 255), ([30, 30], 120)] {
        let [x, y] = margins;
        let mut canvas = GrayImage::from_pixel(160 + 2 * x, 120 + 2 * y, Luma([shade]));
        imageops::replace(&mut canvas, &picture, x.into(), y.into());
        let record = scan(directory.path(), &png(&canvas), &listed, &["--no-dihedral"]);
        assert_eq!((record["outcome"].as_str(), view(&record)), (Some("match"), ("unletterboxed", 0)), "{record}");
        assert_eq!(record["width"], 160 + 2 * x);
    }
    let record = scan(directory.path(), &png(&picture), &listed, &[]);
    assert_eq!((view(&record), record["matches"].as_array().unwrap().len()), (("original", 0), 1), "once, as it is");
}

#[test]
fn a_picture_that_exif_turns_is_found_as_oriented() {
    let directory = tempfile::tempdir().unwrap();
    let upright = shapes(5);
    let listed = hash(directory.path(), &upright);
    // Stored a quarter counter-clockwise, so that orientation 6, a quarter clockwise, brings it back.
    let stored = imageops::rotate270(&upright);
    let record = scan(directory.path(), &oriented(&stored, 6), &listed, &["--no-dihedral"]);
    assert_eq!((record["outcome"].as_str(), view(&record)), (Some("match"), ("oriented", 0)), "{record}");
    assert_eq!(scan(directory.path(), &oriented(&stored, 1), &listed, &["--no-dihedral"])["outcome"], "no_match");
}
