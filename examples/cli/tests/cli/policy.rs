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
            "jurisdiction": "", "action": "call", "subject": 1,
        })
    };
    let mut found = film_record["matches"].as_array().unwrap().clone();
    found.sort_by_key(|found| found["by"].to_string());
    assert_eq!(found, [of_film("sha1", sha1_of(&film)), of_film("sha256", sha256_of(&film))]);
    assert_eq!((&film_record["hash"], &film_record["rules"]["fired"]), (&Value::Null, &json!(["digest"])));
    let detail = film_record["detail"].as_str().unwrap();
    assert!(detail.starts_with("it could not be looked up as a picture: "), "{detail}");
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

#[test]
fn a_rogue_list_alone_matches_nothing() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let rogue = |id, bits, jurisdiction| Listed {
        source: Source { jurisdiction, ..source("rogue", id) },
        ..listed(&changed(&hash, bits), "", "")
    };
    let flood = || vec![rogue("1", 0, "US"), rogue("2", 2, "NL"), rogue("3", 4, "DE"), rogue("4", 6, "GB")];
    let far = picture(&place, "b.png", 5);
    let other = |list, hash: &str, bits, jurisdiction| Listed {
        source: Source { jurisdiction, ..source(list, "x") },
        ..listed(&changed(hash, bits), "", "")
    };
    fs::remove_file(place.at("media").join("b.png")).unwrap();
    let policy = "[quorum]\nlists = 2\njurisdictions = 2\n";

    let elsewhere = other("hotline", &far, 0, "NL");
    place.index(&flood().into_iter().chain([elsewhere]).collect::<Vec<_>>());
    let (code, record) = place.one(policy);
    assert_eq!((code, &record["outcome"], &record["matches"]), (0, &json!("no_match"), &json!([])));
    assert_eq!(record["held"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&record["rules"]["held_by"], &record["rules"]["lists"]),
        (&json!(["quorum_lists", "quorum_jurisdictions"]), &json!(["rogue"]))
    );
    assert_eq!(record["rules"]["lacking"], json!(["quorum_lists: 1 of 2", "quorum_jurisdictions: 1 of 2"]));
    let held = &record["held"][0];
    assert_eq!((&held["list"], &held["subject"]), (&json!("rogue"), &json!(1)));
    assert_eq!(held["held_by"], json!(["quorum_lists", "quorum_jurisdictions"]));
    let text = place.scan(policy, &[]);
    assert!(text.err.contains("4 findings held back by the policy, in 1 file."), "{}", text.err);
    assert!(text.out.contains("; held back by quorum_lists (1 of 2), quorum_jurisdictions (1 of 2)"), "{}", text.out);
    let html = place.scan(policy, &["--format", "html"]).out;
    assert!(
        html.contains("<div class=\"held\">same hash as entry 1 of list rogue; held back by quorum_lists"),
        "{html}"
    );
    let csv = place.scan(policy, &["--format", "csv"]).out;
    assert_eq!(csv.matches(",\"quorum_lists, quorum_jurisdictions\"\n").count(), 4, "{csv}");

    // Another list of the same country does not help; one of another does, with a near copy and without the same hash.
    place.index(&flood().into_iter().take(1).chain([other("hotline", &hash, 8, "us")]).collect::<Vec<_>>());
    let (code, record) = place.one(policy);
    assert_eq!((code, &record["rules"]["lacking"]), (0, &json!(["quorum_jurisdictions: 1 of 2"])));
    let both = "[[list]]\nname = 'hotline'\njurisdiction = 'NL'\n";
    let (code, record) = place.one(&format!("{both}{policy}"));
    assert_eq!((code, record["matches"].as_array().unwrap().len()), (1, 2));
    assert_eq!(
        (&record["rules"]["lists"], &record["rules"]["jurisdictions"]),
        (&json!(["hotline", "rogue"]), &json!(["NL", "US"]))
    );
    assert_eq!(record["matches"][0]["subject"], record["matches"][1]["subject"]);

    // Seeds alone do not do where verified lists are demanded.
    let verified = "[default]\ntrust = 'verified'\n[[list]]\nname = 'hotline'\n[quorum]\nverified = 1\n";
    assert_eq!(place.one(verified).0, 1);
    let seeds = "[[list]]\nname = 'hotline'\ntrust = 'seed'\n[[list]]\nname = 'rogue'\ntrust = 'seed'\n[[list]]\nname = 'far'\n";
    place.index(
        &flood().into_iter().chain([other("hotline", &hash, 8, "NL"), other("far", &far, 0, "NL")]).collect::<Vec<_>>(),
    );
    let (code, record) = place.one(&format!("{seeds}[quorum]\nlists = 2\nverified = 1\n"));
    assert_eq!((code, &record["rules"]["lacking"]), (0, &json!(["quorum_verified: 0 of 1"])));
}

#[test]
fn a_flood_of_one_list_does_not_crowd_out_another() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let ids: Vec<_> = (0..5000).map(|id| id.to_string()).collect();
    let mut entries: Vec<_> = ids.iter().map(|id| listed(&hash, "flood", id)).collect();
    entries.push(listed(&changed(&hash, 20), "hotline", "7"));
    place.index(&entries);
    let (code, record) = place.one("[quorum]\nlists = 2\n");
    assert_eq!((code, &record["outcome"]), (1, &json!("match")));
    assert_eq!(record["rules"]["lists"], json!(["flood", "hotline"]));
    // Where the flood is all there is, and some of it was left out, nobody can say what it lacked.
    place.index(&entries.into_iter().take(5000).chain([listed(&"5a".repeat(32), "hotline", "7")]).collect::<Vec<_>>());
    let (code, record) = place.one("[quorum]\nlists = 2\n");
    assert_eq!((code, &record["outcome"]), (3, &json!("over_limit")), "{record}");
}

#[test]
fn what_looks_like_an_allowed_picture_does_not_alarm() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let bytes = fs::read(place.at("media/a.png")).unwrap();
    let allow = |bits, digests| Listed {
        hash: Some(changed(&hash, bits)),
        digests,
        source: Source { role: Role::Allow, ..source("good", "g") },
    };
    place.index(&[listed(&hash, "hotline", "1"), allow(10, vec![])]);
    let (code, record) = place.one("");
    assert_eq!(
        (code, &record["outcome"], &record["held"][0]["held_by"]),
        (0, &json!("no_match"), &json!(["allow_near"]))
    );
    let by = &record["rules"]["allowed_by"][0];
    assert_eq!(
        (&by["list"], &by["entry"], &by["distance"], &by["by"]),
        (&json!("good"), &json!("g"), &json!(10), &json!("hash"))
    );
    let text = place.scan("", &[]);
    assert!(text.out.contains("held back by allow_near (good)"), "{}", text.out);
    assert!(
        text.err.contains("1 finding held back by the policy, in 1 file.")
            && text.err.contains("Everything was checked.")
    );
    // A policy is not needed; a narrower radius lets the alarm through; an allow list is never printed by `match`.
    let (index, media) = (place.text("known.idx"), place.text("media"));
    assert_eq!(run(["scan", "--index", &index, &media]).code, 0);
    assert_eq!(run(["scan", "--index", &index, "--radius", "0", &media]).code, 0, "also where the look-up is narrower");
    assert_eq!(place.one("[allow]\nradius = 9\n").0, 1);
    let matched = run(["match", "--index", &index, "--format", "jsonl", &changed(&hash, 10)]);
    assert_eq!(matched.records()[0]["matches"].as_array().unwrap().len(), 1);
    assert!(!matched.out.contains("good"), "{}", matched.out);

    // A digest of the abuse list is stronger than what merely looks alike, and weaker than the digest of the allow list.
    let exact = || Listed { digests: vec![md5_of(&bytes)], ..listed(&hash, "hotline", "1") };
    place.index(&[exact(), allow(0, vec![])]);
    let (code, record) = place.one("");
    assert_eq!((code, &record["matches"][0]["by"], &record["held"][0]["by"]), (1, &json!("md5"), &json!("pdq")));
    place.index(&[exact(), allow(0, vec![sha256_of(&bytes)])]);
    let (code, record) = place.one("");
    assert_eq!((code, record["held"].as_array().unwrap().len()), (0, 2));
    assert_eq!(record["rules"]["held_by"], json!(["allow_exact", "allow_near"]));
    // What could not be checked stays so, allowed or not.
    let film = film();
    fs::remove_file(place.at("media/a.png")).unwrap();
    place.media("film.mp4", &film);
    place.index(&[exact(), allow(0, vec![sha256_of(&film)])]);
    assert_eq!((place.one("").0, &place.one("").1["outcome"]), (3, &json!("unsupported")));
}

#[test]
fn a_harmless_first_frame_hides_no_other() {
    let place = Place::new();
    let (good, bad) = (hills(1, 640, 480), hills(2, 640, 480));
    let (good_hash, bad_hash) = (picture(&place, "good.png", 1), picture(&place, "bad.png", 2));
    fs::remove_file(place.at("media/good.png")).unwrap();
    fs::remove_file(place.at("media/bad.png")).unwrap();
    place.media("both.png", &animated(&[good, bad]));
    let allow = Source { role: Role::Allow, ..source("good", "g") };
    place.index(&[
        Listed { source: allow, ..listed(&good_hash, "", "") },
        listed(&good_hash, "hotline", "first"),
        listed(&bad_hash, "hotline", "second"),
    ]);
    let (code, record) = place.one("");
    let entries = |of: &str| -> Vec<_> {
        let of = record[of].as_array().unwrap().iter();
        of.map(|found| found["entry"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((code, entries("matches"), entries("held")), (1, vec!["second".to_owned()], vec!["first".to_owned()]));
}

#[test]
fn an_entry_is_muted_until_its_time() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[listed(&hash, "hotline", "1")]);
    let mute = |entry: &str, until: &str| {
        place.one(&format!("[[mute]]\nlist = 'hotline'\nentry = '{entry}'\n{until}\nreason = 'a stock photograph'\n"))
    };
    for until in ["", "until = 9999-12-31T23:59:59Z", "until = 9999-12-31"] {
        let (code, record) = mute("1", until);
        assert_eq!((code, &record["held"][0]["held_by"]), (0, &json!(["muted"])), "{until}");
    }
    let (code, record) = mute("1", "until = 2001-01-01T00:00:00+01:00");
    assert_eq!((code, &record["rules"]["fired"]), (1, &json!(["radius", "minimum_quality", "mute_ended"])));
    assert_eq!(mute("2", "").0, 1, "another entry");
}

#[test]
fn a_second_hash_confirms() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let other = picture(&place, "b.png", 2);
    let dhash = |name: &str| {
        let done = run(["hash", "--profile", "dhash", &place.text(&format!("media/{name}"))]);
        done.out.split(',').next().unwrap().to_owned()
    };
    place.index(&[listed(&hash, "hotline", "1"), listed(&other, "hotline", "2"), listed(&other, "sure", "3")]);
    // The second index is of another opinion about the second picture.
    place.index_of::<8>(
        "second.idx",
        Profile::Dhash64,
        &[listed(&dhash("a.png"), "hotline", "1"), listed(&dhash("a.png"), "hotline", "2")],
    );
    let policy = "[[list]]\nname = 'hotline'\nconfirm = true\n[confirm]\nindex = 'second.idx'\n";
    let (code, records) = place.records(policy);
    let (a, b) = (of(&records, "a.png"), of(&records, "b.png"));
    assert_eq!((code, &a["matches"][0]["entry"], &a["held"]), (1, &json!("1"), &json!([])));
    assert_eq!(a["rules"]["fired"], json!(["radius", "minimum_quality", "confirm"]));
    assert_eq!((&b["matches"][0]["list"], &b["held"][0]["entry"]), (&json!("sure"), &json!("2")));
    assert_eq!(b["held"][0]["held_by"], json!(["confirm"]));
    // Turned pictures are confirmed by their turned hashes.
    let turned = imageops::rotate90(&hills(1, 640, 480));
    place.media("turned.png", &png(&turned));
    assert_eq!(of(&place.records(policy).1, "turned.png")["matches"][0]["entry"], "1");
    // A radius of none at all leaves only equal hashes.
    let strict = policy.replace("second.idx'\n", "second.idx'\nradius = 0\n");
    assert_eq!(of(&place.records(&strict).1, "a.png")["matches"][0]["entry"], "1");
    // The same names, a second time, where the other hash is the one that is looked up.
    let main = place.at("known.idx");
    fs::rename(&main, place.at("pdq.idx")).unwrap();
    fs::rename(place.at("second.idx"), &main).unwrap();
    let swapped = policy.replace("second.idx", "pdq.idx");
    let (_, records) = place.records(&swapped);
    let found = |name| {
        of(&records, name)["matches"].as_array().unwrap().iter().map(|it| it["entry"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((found("a.png"), found("b.png")), (vec![json!("1")], vec![]));
}

#[test]
fn each_list_has_its_radius_and_quality() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[listed(&changed(&hash, 20), "near", "1"), listed(&changed(&hash, 40), "far", "1")]);
    let entries = |policy: &str, of: &str| -> Vec<_> {
        let (_, record) = place.one(policy);
        record[of].as_array().unwrap().iter().map(|found| found["list"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(entries("", "matches"), ["near"]);
    let wide = "[[list]]\nname = 'far'\nradius = 40\n";
    assert_eq!(entries(wide, "matches"), ["near", "far"]);
    let crossed = "[default]\nradius = 19\n[[list]]\nname = 'far'\nradius = 40\n";
    assert_eq!(
        (entries(crossed, "matches"), entries(crossed, "held")),
        (vec!["far".to_owned()], vec!["near".to_owned()])
    );
    assert_eq!(place.one("[default]\nradius = 19\n").0, 0);

    // Of low quality: a tighter radius, or none. A picture of less and less contrast, until its quality is below 90.
    let quality = (1..20).map(|step| {
        let dim = |Luma([shade]): Luma<u8>| Luma([96 + (u32::from(shade) * 2 / (2 + step)).to_le_bytes()[0] / 2]);
        let whole = hills(1, 640, 480);
        place.media("a.png", &png(&GrayImage::from_fn(640, 480, |x, y| dim(*whole.get_pixel(x, y)))));
        place.one("[default]\nminimum-quality = 0\n").1["quality"].as_u64().unwrap()
    });
    let quality = quality.into_iter().find(|quality| *quality < 90).unwrap();
    assert!((52..90).contains(&quality), "{quality}");
    let hash = hash_of(&place.at("media/a.png"));
    place.index(&[listed(&changed(&hash, 20), "near", "1"), listed(&changed(&hash, 40), "far", "1")]);
    let low = |below: u64, radius: u32| format!("[default]\nlow-quality = {{ below = {below}, radius = {radius} }}\n");
    let (code, record) = place.one(&low(quality + 1, 19));
    assert_eq!((code, &record["held"][0]["held_by"]), (0, &json!(["low_quality_radius"])));
    assert_eq!(place.one(&low(quality + 1, 20)).0, 1);
    assert_eq!(place.one(&low(quality, 19)).0, 1);
    // A picture that one list could not be asked about is not clean, unless another list has it.
    let demanding = |list: &str| format!("[[list]]\nname = '{list}'\nminimum-quality = {}\n", quality + 1);
    let (code, record) = place.one(&demanding("far"));
    assert_eq!((code, &record["outcome"]), (1, &json!("match")));
    let (code, record) = place.one(&demanding("near"));
    assert_eq!(
        (code, &record["outcome"], &record["held"][0]["held_by"]),
        (3, &json!("low_quality"), &json!(["minimum_quality"]))
    );
    let detail = record["detail"].as_str().unwrap();
    assert_eq!(detail, format!("quality {quality} of 100, at least {} is looked up", quality + 1));
}

#[test]
fn screened_pictures_are_judged_as_decoded_ones() {
    let place = Place::new();
    let known = hills(1, 800, 600);
    let hash = hash_of(&place.media("copy.jpg", &jpeg(&known, 70, 1)));
    place.media("turned.jpg", &jpeg(&imageops::rotate180(&known), 80, 1));
    place.media("small.jpg", &jpeg(&imageops::resize(&known, 560, 420, FilterType::Triangle), 50, 1));
    for seed in 5..12 {
        place.media(&format!("other-{seed}.jpg"), &jpeg(&hills(seed, 900, 700), 75, 1));
    }
    place.media("flat.jpg", &jpeg(&GrayImage::from_pixel(640, 480, Luma([90])), 90, 1));
    place.media("listed.jpg", &jpeg(&hills(20, 700, 540), 75, 1));
    let bytes = fs::read(place.at("media/listed.jpg")).unwrap();
    place.index(&[
        listed(&changed(&hash, 36), "wide", "1"),
        listed(&changed(&hash, 14), "tight", "1"),
        listed(&changed(&hash, 24), "usual", "1"),
        Listed { digests: vec![sha1_of(&bytes)], source: source("digests", "1"), hash: None },
    ]);
    let policy = "[[list]]\nname = 'wide'\nradius = 44\n[[list]]\nname = 'tight'\nradius = 12\nminimum-quality = 20\n";
    let scan = |extra: &[&str]| {
        let mut records = place.scan(policy, &[&["--format", "jsonl"], extra].concat()).records();
        records.sort_by_key(|record| record["path"].as_str().unwrap().to_owned());
        records
    };
    let (screened, exact) = (scan(&[]), scan(&["--exact"]));
    let all = |records: &[Value]| -> Vec<_> {
        let more = |record: &Value| (record["held"].clone(), record["rules"].clone());
        records.iter().map(|record| (told(record).map(Clone::clone), more(record))).collect()
    };
    assert_eq!(all(&screened), all(&exact));
    let by = |found: &Value| found["list"].as_str().unwrap().to_owned();
    let copy = of(&screened, "copy.jpg");
    let lists = |of: &str| copy[of].as_array().unwrap().iter().map(by).collect::<Vec<_>>();
    assert_eq!(
        (lists("matches"), lists("held")),
        (vec!["usual".to_owned(), "wide".to_owned()], vec!["tight".to_owned()])
    );
    assert_eq!(of(&screened, "listed.jpg")["matches"][0]["by"], "sha1");
    assert_eq!(of(&screened, "flat.jpg")["outcome"], "low_quality");
    let unscreened = screened.iter().filter(|record| record["hashed_from"] == "pixels").count();
    assert!(unscreened < screened.len() - 4, "{unscreened} of {} were decoded", screened.len());
}

#[test]
fn files_that_are_too_large_or_no_pictures_match_by_their_digests() {
    let place = Place::new();
    // 16 MiB in all leave a third for files.
    let mut large = png(&hills(1, 320, 240));
    large.resize(9 << 20, 7);
    place.media("large.png", &large);
    place.media("film.mp4", &film());
    place.media("empty", b"");
    let digests = |list, id, digests| Listed { hash: None, digests, source: source(list, id) };
    place.index(&[digests("a", "1", vec![sha256_of(&large)]), digests("a", "2", vec![md5_of(&film()), md5_of(b"")])]);
    let done = place.scan("", &["--memory", "16MiB", "--format", "jsonl"]);
    let records = done.records();
    let told = |name: &str| (of(&records, name)["outcome"].clone(), of(&records, name)["matches"][0]["entry"].clone());
    assert_eq!(told("large.png"), (json!("match"), json!("1")));
    assert_eq!(told("film.mp4"), (json!("match"), json!("2")));
    assert_eq!(told("empty"), (json!("unsupported"), Value::Null), "a digest of nothing says nothing");
    // One byte more, and it is another file.
    large.push(0);
    place.media("large.png", &large);
    let done = place.scan("", &["--memory", "16MiB", "--format", "jsonl"]);
    assert_eq!(of(&done.records(), "large.png")["outcome"], "over_limit");
}

#[test]
fn a_bad_policy_is_refused_by_line_and_in_plain_words() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[listed(&hash, "hotline", "1"), listed(&hash, "forum", "1")]);
    place.index_of::<8>("second.idx", Profile::Dhash64, &[listed("00ff00ff12345678", "forum", "1")]);
    let cases = [
        (
            "[default]\nradius = 300",
            "policy.toml is refused: line 3: radius is 300; allowed are whole numbers from 0 to 256",
        ),
        ("[default]\nraduis = 3", "line 3: the key `raduis` is not known here; allowed are `name`, `radius`"),
        (
            "[quorum]\nlists = 3",
            "[quorum] lists = 3 can never be met: the index has 2 lists of abuse material, so nothing would ever match",
        ),
        ("[quorum]\njurisdictions = 3", "[quorum] jurisdictions = 3 can never be met"),
        (
            "[default]\ntrust = 'seed'\n[quorum]\nverified = 1",
            "[quorum] verified = 1 can never be met: the index has 0 such lists that are trusted as verified",
        ),
        ("[default]\nconfirm = true\n[confirm]\nindex = 'none.idx'", "none.idx: no such file or directory"),
        (
            "[default]\nconfirm = true\n[confirm]\nindex = 'second.idx'\nradius = 65",
            "[confirm] radius is 65, but the hashes of",
        ),
        (
            "[[list]]\nname = 'hotline'\nconfirm = true\n[confirm]\nindex = 'second.idx'",
            "the list \"hotline\" must be confirmed, but",
        ),
    ];
    for (policy, words) in cases {
        let done = place.scan(policy, &[]);
        assert_eq!((done.code, &*done.out), (2, ""), "{policy}: {}", done.err);
        assert!(done.err.contains(words), "{policy}: {}", done.err);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
    // Names that the index has not got may be another index's: a warning.
    let done = place.scan("[[list]]\nname = 'hotlin'\n[[mute]]\nlist = 'x'\nentry = 'y'\n", &[]);
    assert_eq!(done.code, 1);
    assert!(
        done.err.contains("the policy has rules for the list \"hotlin\", which the index has not got"),
        "{}",
        done.err
    );
    assert!(done.err.contains("the policy mutes the entry \"y\" of the list \"x\""), "{}", done.err);
    for option in [["--radius", "3"], ["--min-quality", "3"]] {
        let done = place.scan("", &option);
        assert_eq!(done.code, 2);
        assert!(done.err.contains("cannot be used with"), "{}", done.err);
    }
    let (index, media, none) = (place.text("known.idx"), place.text("media"), place.text("none.toml"));
    let done = run(["scan", "--index", &index, "--policy", &none, &media]);
    assert!(
        done.code == 2 && done.err.contains("cannot read the policy") && done.err.contains("no such file"),
        "{}",
        done.err
    );
}

#[test]
fn the_example_works_with_the_index_it_speaks_of() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[
        listed(&hash, "ncmec", "1"),
        listed(&changed(&hash, 6), "stopncii", "1"),
        listed(&hash, "forum", "1"),
    ]);
    place.index_of::<8>("known-dhash.idx", Profile::Dhash64, &[listed("00ff00ff12345678", "forum", "1")]);
    let example = include_str!("../../policy-example.toml").replace("version = 1", "");
    let (code, record) = place.one(&example);
    let found = |of: &str| {
        record[of].as_array().unwrap().iter().map(|it| (it["list"].clone(), it["action"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(
        (code, found("matches")),
        (1, vec![(json!("ncmec"), json!("block")), (json!("stopncii"), json!("review"))])
    );
    assert_eq!(found("held"), [(json!("forum"), json!("review"))]);
    assert_eq!(record["rules"]["jurisdictions"], json!(["GB", "US"]));
}
