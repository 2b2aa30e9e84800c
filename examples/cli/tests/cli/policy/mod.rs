//! `scan --policy`: what counts, what is held back and by what, and what a policy file must say.

use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use lookalike::entry::{Digest, DigestKind, Opinion, Role};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Source};
use md5::Digest as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::screen::{hash_of, hills, jpeg, told};
use crate::support::{Done, run};
use crate::views::{animated, png};

mod files;
mod rules;

/// A folder with pictures, indexes and policies.
struct Place {
    folder: TempDir,
}

/// What a list says of a picture.
#[derive(Default)]
struct Listed<'a> {
    hash: Option<String>,
    digests: Vec<Digest>,
    source: Source<'a>,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("media")).unwrap();
        Self { folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }

    /// Puts a file among the media.
    fn media(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.at("media").join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn index(&self, entries: &[Listed<'_>]) {
        self.index_of::<32>("known.idx", Profile::Pdq, entries);
    }

    fn index_of<const N: usize>(&self, name: &str, profile: Profile, entries: &[Listed<'_>]) {
        let mut builder = Builder::<N>::new(profile).unwrap();
        for entry in entries {
            let hash: Option<HashBits<N>> = entry.hash.as_ref().map(|hash| hash.parse().unwrap());
            builder.add_entry(hash, &entry.digests, entry.source).unwrap();
        }
        fs::write(self.at(name), builder.finish().unwrap()).unwrap();
    }

    /// Scans the media under a policy, whose first line is left to be written here.
    fn scan(&self, policy: &str, extra: &[&str]) -> Done {
        fs::write(self.at("policy.toml"), format!("version = 1\n{policy}")).unwrap();
        let (index, policy, media) = (self.text("known.idx"), self.text("policy.toml"), self.text("media"));
        run([&["scan", "--index", &index, "--policy", &policy], extra, &[&media]].concat())
    }

    fn records(&self, policy: &str) -> (i32, Vec<Value>) {
        // Without views, whose qualities are others.
        let done = self.scan(policy, &["--format", "jsonl", "--views", "none"]);
        assert!(done.code == 0 || done.code == 1 || done.code == 3, "{}", done.err);
        let mut records = done.records();
        records.sort_by_key(|record| record["path"].as_str().unwrap().to_owned());
        (done.code, records)
    }

    /// The exit code and the record of the only file.
    fn one(&self, policy: &str) -> (i32, Value) {
        let (code, records) = self.records(policy);
        let [record] = &records[..] else { panic!("{records:?}") };
        (code, record.clone())
    }
}

fn of<'a>(records: &'a [Value], name: &str) -> &'a Value {
    records.iter().find(|record| record["path"].as_str().unwrap().ends_with(name)).unwrap()
}

fn source<'a>(list: &'a str, id: &'a str) -> Source<'a> {
    Source { list, id, ..Source::default() }
}

fn listed<'a>(hash: &str, list: &'a str, id: &'a str) -> Listed<'a> {
    Listed { hash: Some(hash.to_owned()), source: source(list, id), ..Listed::default() }
}

/// A hash with some bits changed, as many ones as zeros.
fn changed(hash: &str, bits: usize) -> String {
    let mut bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&hash[2 * at..2 * at + 2], 16).unwrap()).collect();
    let places = (0..256).filter(|bit| bit % 5 == 1);
    let (ones, zeros): (Vec<usize>, Vec<usize>) = places.partition(|bit| bytes[bit / 8] >> (bit % 8) & 1 == 1);
    for bit in ones.iter().take(bits / 2).chain(zeros.iter().take(bits.div_ceil(2))) {
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha1_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(DigestKind::Sha1, &sha1::Sha1::digest(bytes)).unwrap()
}

fn md5_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(DigestKind::Md5, &md5::Md5::digest(bytes)).unwrap()
}

fn sha256_of(bytes: &[u8]) -> Digest {
    Digest::from_bytes(DigestKind::Sha256, &sha2::Sha256::digest(bytes)).unwrap()
}

/// Bytes that begin as an MP4 film does.
fn film() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".to_vec();
    bytes.extend((0..300_000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]));
    bytes
}

/// A picture among the media, and its hash.
fn picture(place: &Place, name: &str, seed: u32) -> String {
    hash_of(&place.media(name, &png(&hills(seed, 640, 480))))
}

#[test]
fn hashes_digests_and_tests_of_one_directory_in_one_scan() {
    let place = Place::new();
    let known = hills(1, 800, 600);
    fs::write(place.at("known.png"), png(&known.clone())).unwrap();
    let known_hash = hash_of(&place.at("known.png"));
    place.media("copy.jpg", &jpeg(&imageops::resize(&known, 500, 375, FilterType::Triangle), 60, 1));
    let film = film();
    place.media("film.mp4", &film);
    let whole = jpeg(&hills(2, 640, 480), 90, 1);
    place.media("broken.jpg", &whole[..whole.len() / 2]);
    place.media("cut.jpg", &whole[..whole.len() / 3]);
    let harmless = png(&hills(3, 640, 480));
    let eicar = hash_of(&place.media("harmless.png", &harmless));
    place.media("other.png", &png(&hills(4, 640, 480)));
    place.media("notes.txt", b"Only a note.\n");
    place.media("empty.jpg", b"");

    let hotline = Source {
        classification: "A1",
        owner: "analyst 4",
        jurisdiction: "NL",
        opinion: Opinion::Positive,
        ..source("hotline", "17")
    };
    let digests_of = |id, digests: Vec<Digest>| Listed { hash: None, digests, source: source("films", id) };
    place.index(&[
        Listed { hash: Some(known_hash.clone()), digests: vec![md5_of(b"another file")], source: hotline },
        digests_of("f-1", vec![sha1_of(&film), sha256_of(&film)]),
        digests_of("f-2", vec![md5_of(&whole[..whole.len() / 2])]),
        digests_of("nothing", vec![md5_of(b"")]),
        Listed { source: Source { role: Role::Test, ..source("eicar", "t-1") }, ..listed(&eicar, "", "") },
    ]);
    let policy = "[[list]]\nname = 'hotline'\naction = 'block'\njurisdiction = 'NL'\nclasses = { A1 = 'the worst' }\n\
                  [[list]]\nname = 'films'\naction = 'call'\ntrust = 'seed'\n";
    let (code, records) = place.records(policy);
    assert_eq!(code, 1);
    let outcomes: Vec<_> = records
        .iter()
        .map(|record| {
            let path = Path::new(record["path"].as_str().unwrap());
            (path.file_name().unwrap().to_str().unwrap(), record["outcome"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("broken.jpg", "match"),
            ("copy.jpg", "match"),
            ("cut.jpg", "corrupt"),
            ("empty.jpg", "unsupported"),
            ("film.mp4", "match"),
            ("harmless.png", "test"),
            ("notes.txt", "unsupported"),
            ("other.png", "no_match"),
        ]
    );

    let copy = of(&records, "copy.jpg");
    let distance = copy["matches"][0]["distance"].as_u64().unwrap();
    assert!(distance <= 31);
    assert_eq!(
        copy["matches"],
        json!([{
            "distance": distance, "transform": "original", "view": "original", "hash": known_hash, "list": "hotline",
            "entry": "17", "classification": "A1", "class": "the worst", "by": "pdq", "role": "abuse", "opinion": "positive",
            "trust": "verified", "owner": "analyst 4", "jurisdiction": "NL", "action": "block", "subject": 1,
            "quality": copy["quality"], "fired": ["radius", "minimum_quality"], "held_by": [],
        }])
    );
    assert_eq!(
        copy["rules"],
        json!({
            "outcome": "match", "matches": 1, "tests": 0, "held": 0, "subjects": 1, "lists": ["hotline"],
            "jurisdictions": ["NL"], "fired": ["radius", "minimum_quality"], "held_by": [], "lacking": [], "allowed_by": [],
        })
    );
    assert_eq!(copy["held"], json!([]));

    let film_record = of(&records, "film.mp4");
    let of_film = |by, hash: Digest| {
        json!({
            "distance": 0, "transform": "original", "view": "file", "hash": hash.to_string(), "list": "films", "entry": "f-1",
            "classification": "", "class": null, "by": by, "role": "abuse", "opinion": "unstated", "trust": "seed", "owner": "",
            "jurisdiction": "", "action": "call", "subject": 1, "quality": null, "fired": ["digest"], "held_by": [],
        })
    };
    let mut found = film_record["matches"].as_array().unwrap().clone();
    found.sort_by_key(|found| found["by"].to_string());
    assert_eq!(found, [of_film("sha1", sha1_of(&film)), of_film("sha256", sha256_of(&film))]);
    assert_eq!((&film_record["hash"], &film_record["rules"]["fired"]), (&Value::Null, &json!(["digest"])));
    let detail = film_record["detail"].as_str().unwrap();
    assert!(detail.starts_with("it could not be compared as a picture: "), "{detail}");
    assert_eq!(of(&records, "broken.jpg")["matches"][0]["entry"], "f-2");

    let test = of(&records, "harmless.png");
    assert_eq!((&test["matches"][0]["role"], &test["matches"][0]["subject"]), (&json!("test"), &Value::Null));
    assert_eq!((&test["rules"]["outcome"], &test["rules"]["tests"]), (&json!("test"), &json!(1)));
    assert_eq!(test["rules"]["fired"], json!(["radius", "minimum_quality", "test"]));
    assert_eq!((&of(&records, "other.png")["rules"], &of(&records, "other.png")["held"]), (&Value::Null, &json!([])));

    // The other forms tell the same.
    let text = place.scan(policy, &[]);
    // The film is found by two digests, and named once.
    assert_eq!(text.out.lines().filter(|line| line.starts_with("MATCH ")).count(), 5, "{}", text.out);
    assert!(text.out.contains("copy.jpg: ") && text.out.contains("(A1): the worst"), "{}", text.out);
    assert!(text.out.contains("film.mp4: same sha1 as entry f-1 of list films; action: call"), "{}", text.out);
    assert!(text.out.lines().any(|line| line.starts_with("TEST ")), "{}", text.out);
    assert!(text.err.contains("TEST: 1 file of lists made for testing, which is no abuse"), "{}", text.err);
    assert!(!text.out.contains(&known_hash) && !text.out.contains(&sha1_of(&film).to_string()), "no hash in text");
    let csv = place.scan(policy, &["--format", "csv"]).out;
    let rows: Vec<_> = csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
    let copy: Vec<_> = rows.iter().find(|row| row[0].ends_with("copy.jpg")).unwrap().iter().skip(14).collect();
    let expected = [
        "hotline",
        "17",
        "A1",
        "the worst",
        "pdq",
        "abuse",
        "positive",
        "verified",
        "analyst 4",
        "NL",
        "block",
        "1",
        "",
    ];
    assert_eq!(copy, expected);
    let html = place.scan(policy, &["--format", "html"]).out;
    assert!(html.contains("<tr class=\"test\"><td>test<td>") && html.contains("action: block"), "{html}");
}

#[test]
fn a_test_alone_is_exit_code_1_and_said_to_be_no_abuse() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let test = Source { role: Role::Test, ..source("eicar", "1") };
    place.index(&[Listed { source: test, ..listed(&hash, "", "") }]);
    let done = place.scan("", &[]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("no abuse: the alarm works. Nothing else matched."), "{}", done.err);
    // A policy is not needed for it, and `match` says it as well.
    let (index, media) = (place.text("known.idx"), place.text("media"));
    let done = run(["scan", "--index", &index, "--format", "jsonl", &media]);
    assert_eq!((done.code, &done.records()[0]["outcome"]), (1, &json!("test")));
    let done = run(["match", "--index", &index, "--format", "jsonl", &hash]);
    assert_eq!((done.code, &done.records()[0]["matches"][0]["role"]), (1, &json!("test")));
}
