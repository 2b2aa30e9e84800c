//! Files made to harm: every one ends as a typed error or a whole picture, and none panics.

#![cfg(feature = "image")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]
#![allow(clippy::print_stdout, reason = "a tally, and a word where a test is skipped")]

mod decode_support;
mod support;

use decode_support::one_of_each;
use lookalike::decode::{DecodeError, Decoded, Limits, Stage, decode, inspect};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::shared;

fn pixels(picture: &Decoded) -> Vec<u8> {
    picture.image().rows().flatten().copied().collect()
}

#[test]
fn no_truncation_passes_for_a_picture_with_other_pixels() {
    for (name, file) in one_of_each() {
        let whole = decode(&file, &Limits::default()).unwrap();
        let mut errors = 0;
        for cut in 0..file.len() {
            match decode(&file[..cut], &Limits::default()) {
                // What is missing holds no pixel: the end of a PNG or GIF, padding.
                Ok(picture) => assert_eq!(pixels(&picture), pixels(&whole), "{name} cut at {cut} of {}", file.len()),
                Err(error) => {
                    errors += 1;
                    let panicked = matches!(error, DecodeError::Corrupt { stage: Stage::Panicked, .. });
                    assert!(!panicked, "{name} cut at {cut}: {error}");
                }
            }
        }
        assert!(errors * 10 > file.len() * 7, "{name}: {errors} errors in {} truncations", file.len());
    }
}

#[test]
fn a_jpeg_without_its_end_is_truncated() {
    let (_, file) = one_of_each().swap_remove(0);
    for cut in [1, 2, 3, 50] {
        let error = decode(&file[..file.len() - cut], &Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Corrupt { stage: Stage::Truncated, .. }), "{error}");
    }
    let with_rest = [&file[..], b"\xff\xd8\xff\xe1 a second picture, as cameras append it"].concat();
    assert!(decode(&with_rest, &Limits::default()).is_ok());
}

#[test]
fn a_jpeg_with_fewer_bits_than_blocks_is_truncated() {
    let (_, file) = one_of_each().swap_remove(0);
    // The scan's data goes, the end stays; the first 0xffda is the scan's header.
    let scan = file.windows(2).position(|marker| marker == [0xff, 0xda]).unwrap();
    let header = usize::from(u16::from_be_bytes([file[scan + 2], file[scan + 3]]));
    let cut = [&file[..scan + 2 + header + 3], b"\xff\xd9"].concat();
    let error = decode(&cut, &Limits::default()).unwrap_err();
    assert!(matches!(error, DecodeError::Corrupt { stage: Stage::Truncated, .. }), "{error}");
}

#[test]
fn single_byte_changes_never_panic() {
    for (name, file) in one_of_each() {
        // Header and structure in full, the rest in steps.
        for at in (0..file.len().min(150)).chain((150..file.len()).step_by(13)) {
            for value in [0, 1, 0x7f, 0x80, 0xff, file[at] ^ 1, file[at] ^ 0x10] {
                let mut changed = file.clone();
                changed[at] = value;
                let result = decode(&changed, &Limits::default().max_pixels(1 << 20));
                let panicked = matches!(result, Err(DecodeError::Corrupt { stage: Stage::Panicked, .. }));
                assert!(!panicked, "{name}, byte {at} set to {value}");
                let header = inspect(&changed, &Limits::default().max_pixels(1 << 20));
                if let Ok(picture) = result {
                    assert_eq!(header.as_ref(), Ok(picture.header()), "{name}, byte {at} set to {value}");
                }
            }
        }
    }
}

#[test]
fn zero_sides_are_refused() {
    for (name, file) in one_of_each() {
        let (at, size) = match name {
            _ if name.contains("jpeg") => (file.windows(2).position(|marker| marker == [0xff, 0xc0]).unwrap() + 7, 2),
            "png" => (16, 4),
            _ if name.contains("bmp") => (18, 4),
            _ => continue,
        };
        let mut empty = file;
        empty[at..at + size].fill(0);
        let error = decode(&empty, &Limits::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Corrupt { .. }), "{name}: {error}");
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn outcome(result: &Result<Decoded, DecodeError>) -> String {
    match result {
        Ok(picture) => format!("{} decoded", picture.header().format),
        Err(DecodeError::Unsupported { format, .. }) => format!("unsupported: {format}"),
        Err(DecodeError::Corrupt { format, stage, .. }) => format!("{format} corrupt: {stage}"),
        Err(DecodeError::OverLimit { what, .. }) => format!("over the limit: {what}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_malformed_file_ends_typed_and_in_time() {
    let Some(folder) = shared("malformed") else {
        return;
    };
    let files = files(&folder);
    let mut tally = BTreeMap::new();
    let mut slowest = (Duration::ZERO, PathBuf::new());
    for path in &files {
        let bytes = std::fs::read(path).unwrap();
        let begun = Instant::now();
        let result = decode(&bytes, &Limits::default());
        slowest = slowest.max((begun.elapsed(), path.clone()));
        assert!(begun.elapsed() < Duration::from_secs(10), "{} took {:?}", path.display(), begun.elapsed());
        *tally.entry(outcome(&result)).or_insert(0) += 1;
    }
    for (outcome, count) in &tally {
        println!("{count:6}  {outcome}");
    }
    println!("slowest of {}: {:?}, {}", files.len(), slowest.0, slowest.1.display());
    assert!(files.len() > 4000, "only {} files", files.len());
    assert_eq!(tally.values().sum::<usize>(), files.len());
}

#[test]
fn every_reference_picture_is_decoded() {
    let Some(folder) = shared("pdq-reference") else {
        return;
    };
    let pictures: Vec<_> = files(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|kind| ["png", "jpg", "webp"].iter().any(|known| kind == *known)))
        .collect();
    assert!(pictures.len() > 50, "only {} pictures", pictures.len());
    for path in pictures {
        let result = decode(&std::fs::read(&path).unwrap(), &Limits::default());
        assert!(result.is_ok(), "{}: {}", path.display(), outcome(&result));
    }
}

/// Files that once made a decoder fail in a way it should not.
#[test]
fn files_that_once_failed_still_end_typed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/images");
    let files = files(&folder);
    assert!(!files.is_empty(), "no files in {}", folder.display());
    for path in files {
        let result = decode(&std::fs::read(&path).unwrap(), &Limits::default());
        let panicked = matches!(result, Err(DecodeError::Corrupt { stage: Stage::Panicked, .. }));
        assert!(!panicked, "{}: {}", path.display(), outcome(&result));
    }
}
