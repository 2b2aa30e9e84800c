//! `lookalike hash` against the reference, and its forms.

use std::fs;

use crate::support::{Reference, demo_file, distance, references, run, run_with, shared};

/// Runs `hash` over all pictures of the reference with `args`, giving its lines by picture.
fn hashed(args: &[&str], lines_each: usize) -> Option<Vec<(Reference, Vec<Vec<String>>)>> {
    let folder = shared("pdq-reference")?;
    let references = references(&folder);
    let paths: Vec<_> = references.iter().map(|row| folder.join(&row.file).to_str().unwrap().to_owned()).collect();
    let done = run(["hash"].iter().chain(args).map(|arg| (*arg).to_owned()).chain(paths.iter().cloned()));
    assert_eq!(done.code, 0, "{}", done.err);
    let lines: Vec<_> = done.out.lines().collect();
    assert_eq!(lines.len(), lines_each * references.len());
    let fields = if lines_each == 1 { 3 } else { 4 };
    let groups = lines.chunks(lines_each).map(|lines| {
        lines.iter().map(|line| line.splitn(fields, ',').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    });
    let pairs: Vec<_> = references.into_iter().zip(groups).collect();
    for ((row, lines), path) in pairs.iter().zip(&paths) {
        assert!(lines.iter().all(|line| line.last() == Some(path)), "{}: order or path", row.file);
    }
    Some(pairs)
}

fn check(row: &Reference, found: &[String], hash: &str, quality: u8) {
    if row.is_png() {
        assert_eq!((&*found[0], &*found[1]), (hash, &*quality.to_string()), "{}", row.file);
    } else if quality >= 50 {
        assert!(distance(&found[0], hash) <= 2, "{}: {} bits", row.file, distance(&found[0], hash));
    }
}

#[test]
fn hash_equals_the_reference() {
    for (row, lines) in hashed(&[], 1).into_iter().flatten() {
        check(&row, &lines[0], &row.pdq, row.quality);
    }
}

#[test]
fn pdq512_equals_metas_tool() {
    for (row, lines) in hashed(&["--profile", "pdq512"], 1).into_iter().flatten() {
        check(&row, &lines[0], &row.pdq512, row.quality512);
    }
}

#[test]
fn dihedral_equals_the_reference_in_its_order() {
    let names = ["original", "rotate90", "rotate180", "rotate270", "flipx", "flipy", "flipplus1", "flipminus1"];
    for (row, lines) in hashed(&["--dihedral"], 8).into_iter().flatten() {
        for ((line, hash), name) in lines.iter().zip(&row.dihedral).zip(names) {
            assert_eq!(line[2], name);
            check(&row, line, hash, row.quality);
        }
    }
}

#[test]
fn what_is_no_picture_prints_nothing_and_is_told() {
    let done = run(["hash", &demo_file("media/odd/notes.txt"), &demo_file("media/odd/half-a-file.jpg")]);
    assert_eq!((done.code, &*done.out), (3, ""));
    assert!(
        done.err.contains("notes.txt: unsupported:") && done.err.contains("half-a-file.jpg: corrupt:"),
        "{}",
        done.err
    );
}

#[test]
fn records_tell_the_outcome_of_every_file() {
    let paths = [demo_file("media/odd/notes.txt"), demo_file("media/altered/hills-copied.png")];
    let done = run(["hash", "--format", "jsonl"].iter().copied().chain(paths.iter().map(String::as_str)));
    assert_eq!(done.code, 3);
    let records = done.records();
    assert_eq!(records[0]["outcome"], "unsupported");
    assert!(records[0]["hash"].is_null());
    assert_eq!(
        (&records[1]["outcome"], &records[1]["width"], &records[1]["height"]),
        (&"hashed".into(), &800.into(), &600.into())
    );
    let done = run(["hash", "--format", "csv"].iter().copied().chain(paths.iter().map(String::as_str)));
    let lines: Vec<_> = done.out.lines().collect();
    assert_eq!((done.code, lines.len()), (3, 3));
    assert_eq!(lines[0], "path,outcome,detail,profile,hash,quality,width,height,bytes,millis");
    assert!(lines[1].contains(",unsupported,"), "{}", lines[1]);
}

#[test]
fn a_picture_may_come_on_standard_input() {
    let path = demo_file("media/altered/hills-copied.png");
    let named = run(["hash", &path]);
    let piped = run_with(["hash", "-"], &fs::read(&path).unwrap());
    assert_eq!((named.code, piped.code), (0, 0));
    assert_eq!(named.out.replace(&path, "-"), piped.out);
    assert_eq!(run_with(["hash", "-"], b"no picture").code, 3);
}

#[test]
fn a_tiny_picture_has_the_zero_hash_and_a_note() {
    // A bitmap of one pixel.
    let mut bitmap = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
    bitmap.resize(58, 0);
    let done = run_with(["hash", "-"], &bitmap);
    assert_eq!((done.code, done.out), (0, format!("{},0,-\n", "0".repeat(64))));
    assert!(done.err.contains("means nothing"), "{}", done.err);
}

#[test]
fn directories_are_walked() {
    let done = run(["hash", &demo_file("media/altered")]);
    assert_eq!((done.code, done.out.lines().count()), (0, 21), "{}", done.err);
}
