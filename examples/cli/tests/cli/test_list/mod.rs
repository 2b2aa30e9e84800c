//! The test list: pictures, hashes and digests belong to each other, and to nothing else in the world.

mod draw;

use std::fs;
use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::support::{distance, references, run, shared};

/// Where pictures and list are committed.
fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-list")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The three digests of a file, under the names of the list's fields.
fn digests(bytes: &[u8]) -> [(&'static str, String); 3] {
    [
        ("md5", hexadecimal(&md5::Md5::digest(bytes))),
        ("sha1", hexadecimal(&sha1::Sha1::digest(bytes))),
        ("sha256", hexadecimal(&sha2::Sha256::digest(bytes))),
    ]
}

/// Hashes a picture: its record, with the eight turned hashes.
fn hashed(picture: &Path) -> Value {
    let done = run(["hash", "--dihedral", "--format", "jsonl", picture.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    done.records().remove(0)
}

fn turned(record: &Value) -> Vec<String> {
    let turned = record["dihedral"].as_array().unwrap();
    turned.iter().map(|turned| turned["hash"].as_str().unwrap().to_owned()).collect()
}

fn entries() -> Vec<Value> {
    let list = fs::read_to_string(committed().join("lookalike-test.jsonl")).unwrap();
    list.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The picture of an entry.
fn picture(entry: &Value) -> PathBuf {
    committed().join(format!("{}.png", entry["id"].as_str().unwrap()))
}

fn mosaics() -> impl Iterator<Item = (u8, PathBuf)> {
    (1..=draw::MOSAICS).map(|number| (number, committed().join(format!("lookalike-test-{number}.png"))))
}

/// Draws what is committed anew: `cargo test -p lookalike-cli --test cli -- --ignored draw_the_test_list`.
///
/// Other encoders write other bytes, and with them other digests: those who have the old list would no longer find the new
/// pictures by them. So this is for new pictures only.
#[test]
#[ignore = "writes into the source tree"]
fn draw_the_test_list() {
    let folder = committed();
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, picture: &image::RgbImage| {
        let path = folder.join(format!("{name}.png"));
        let mut bytes = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Best, FilterType::NoFilter);
        picture.write_with_encoder(encoder).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut list = String::new();
    let mut listed = |name: &str, path: &Path, has_hash: bool| {
        let record = hashed(path);
        let bytes = fs::read(path).unwrap();
        let mut entry = json!({ "list": "lookalike-test", "id": name, "classification": "harmless", "role": "test" });
        if has_hash {
            entry["hash"] = record["hash"].clone();
            entry["quality"] = record["quality"].clone();
        }
        for (kind, digest) in digests(&bytes) {
            entry[kind] = digest.into();
        }
        list.push_str(&format!("{entry}\n"));
    };
    for number in 1..=draw::MOSAICS {
        let name = format!("lookalike-test-{number}");
        let path = write(&name, &draw::mosaic(number));
        listed(&name, &path, true);
    }
    let path = write("lookalike-test-sheet", &draw::sheet());
    listed("lookalike-test-sheet", &path, false);
    fs::write(folder.join("lookalike-test.jsonl"), list).unwrap();

    let first = draw::mosaic(1);
    let small = imageops::resize(&first, first.width() / 2, first.height() / 2, imageops::FilterType::Triangle);
    let mut bytes = Vec::new();
    small.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 60)).unwrap();
    fs::write(folder.join("lookalike-test-1-small.jpg"), bytes).unwrap();
}

#[test]
fn the_committed_pictures_are_those_that_are_drawn() {
    for (number, path) in mosaics() {
        assert_eq!(image::open(path).unwrap().to_rgb8(), draw::mosaic(number), "{number}");
    }
    assert_eq!(image::open(committed().join("lookalike-test-sheet.png")).unwrap().to_rgb8(), draw::sheet());
}

#[test]
fn hashes_and_digests_of_the_list_are_those_of_the_pictures() {
    let entries = entries();
    assert_eq!(entries.len(), usize::from(draw::MOSAICS) + 1);
    for entry in &entries {
        let path = picture(entry);
        for (kind, digest) in digests(&fs::read(&path).unwrap()) {
            assert_eq!(entry[kind], digest, "{}", path.display());
        }
        assert_eq!((&entry["role"], &entry["list"]), (&"test".into(), &"lookalike-test".into()));
        let record = hashed(&path);
        match entry.get("hash") {
            Some(hash) => assert_eq!((hash, &entry["quality"]), (&record["hash"], &record["quality"])),
            None => assert!(record["quality"].as_u64() < Some(50), "only what has no useful hash is listed without"),
        }
    }
}

#[test]
fn hashes_of_the_list_are_good_and_far_from_each_other_under_every_turn() {
    let records: Vec<_> = mosaics().map(|(_, path)| hashed(&path)).collect();
    for (at, record) in records.iter().enumerate() {
        assert!(record["quality"].as_u64() >= Some(80), "{record}");
        let own = turned(record);
        let ones = distance(&own[0], &"0".repeat(64));
        assert!((126..=130).contains(&ones), "{ones}");
        for (turn, hash) in own.iter().enumerate().skip(1) {
            assert!(distance(&own[0], hash) > 80, "picture {} looks like itself after turn {turn}", at + 1);
        }
        for (other, record) in records.iter().enumerate().filter(|(other, _)| *other != at) {
            let nearest = turned(record).iter().map(|hash| distance(&own[0], hash)).min().unwrap();
            assert!(nearest > 80, "pictures {} and {}: {nearest}", at + 1, other + 1);
        }
    }
}

#[test]
fn no_reference_picture_is_near_the_list() {
    let Some(folder) = shared("pdq-reference") else { return };
    let listed: Vec<_> = entries().iter().filter_map(|entry| entry["hash"].as_str().map(str::to_owned)).collect();
    assert_eq!(listed.len(), usize::from(draw::MOSAICS));
    let references = references(&folder);
    assert!(references.len() > 70);
    for reference in references.iter().filter(|reference| reference.quality >= 50) {
        for hash in &reference.dihedral {
            let nearest = listed.iter().map(|listed| distance(listed, hash)).min().unwrap();
            assert!(nearest > 80, "{}: {nearest}", reference.file);
        }
    }
}

#[test]
fn the_small_copy_matches_by_its_perceptual_hash_alone() {
    let copy = committed().join("lookalike-test-1-small.jpg");
    let entry = entries().remove(0);
    let record = hashed(&copy);
    let bits = distance(record["hash"].as_str().unwrap(), entry["hash"].as_str().unwrap());
    assert!((1..=10).contains(&bits), "{bits}");
    for (kind, digest) in digests(&fs::read(&copy).unwrap()) {
        assert_ne!(entry[kind], digest);
    }
}

#[test]
fn the_files_are_written_as_they_are_committed() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("new/test pictures");
    let args = ["list", "test", "--output", output.to_str().unwrap()];
    let done = run(args);
    assert_eq!((done.code, &*done.out), (0, ""), "{}", done.err);
    let names = |folder: &Path| -> std::collections::BTreeSet<_> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    let mut committed_names = names(&committed());
    committed_names.retain(|name| name != "README.md");
    assert_eq!(names(&output), committed_names);
    for name in committed_names {
        assert_eq!(fs::read(output.join(&name)).unwrap(), fs::read(committed().join(&name)).unwrap(), "{name:?}");
    }
    // Again is no harm; what is somebody's own stays.
    assert_eq!(run(args).code, 0);
    fs::write(output.join("lookalike-test-3.png"), "mine").unwrap();
    let done = run(args);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("lookalike-test-3.png") && done.err.contains("--force"), "{}", done.err);
    assert_eq!(fs::read(output.join("lookalike-test-3.png")).unwrap(), b"mine");
    assert_eq!(run(args.iter().chain(&["--force"])).code, 0);
    assert_ne!(fs::read(output.join("lookalike-test-3.png")).unwrap(), b"mine");
    let done = run(["list", "test"]);
    assert_eq!((done.code, done.out.as_bytes()), (0, &*fs::read(committed().join("lookalike-test.jsonl")).unwrap()));
}

#[test]
fn an_index_with_the_test_list_knows_its_pictures() {
    let directory = tempfile::tempdir().unwrap();
    let (index, pictures) = (directory.path().join("test.idx"), directory.path().join("pictures"));
    let (index, pictures) = (index.to_str().unwrap(), pictures.to_str().unwrap());
    assert_eq!(run(["list", "test", "--output", pictures]).code, 0);
    let done = run(["index", "build", "--test-list", "--output", index]);
    assert_eq!(done.code, 0, "{}", done.err);
    let shown = run(["index", "inspect", index]).out;
    assert!(shown.contains("lookalike-test") && shown.contains("test"), "{shown}");

    fs::remove_file(format!("{pictures}/lookalike-test.jsonl")).unwrap();
    let done = run(["scan", "--format", "jsonl", "--index", index, pictures]);
    assert_eq!(done.code, 1, "{}", done.err);
    let records = done.records();
    assert_eq!(records.len(), 10);
    for record in &records {
        assert_eq!(record["outcome"], "test", "{record}");
    }
    assert!(!done.out.contains("\"match\""), "nothing of the test list is abuse");
    // An index of another profile cannot hold it.
    let done = run(["index", "build", "--test-list", "--profile", "phash", "--output", index, "--force"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("pdq"), "{}", done.err);
}
