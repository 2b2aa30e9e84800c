//! `lookalike explain`: its numbers are those of `hash` and `scan`, its pages show nothing of the pictures.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use image::{Rgb, RgbImage, imageops};
use serde_json::Value;

use crate::support::{command, demo_file, demo_index, distance, index_of, run, run_with};

/// 128 of its 256 bits are set.
const HASH: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

/// The hash of a file, its eight turned ones, under a profile.
fn eight(profile: &str, path: &str) -> Vec<String> {
    let done = run(["hash", "--dihedral", "--profile", profile, "--format", "jsonl", path]);
    let turned = done.records()[0]["dihedral"].as_array().unwrap().clone();
    turned.iter().map(|turned| turned["hash"].as_str().unwrap().to_owned()).collect()
}

fn explained(args: &[&str]) -> (i32, Value) {
    let done = run(["explain", "--format", "jsonl"].iter().chain(args));
    (done.code, done.records().remove(0))
}

#[test]
fn two_hashes_are_compared_bit_for_bit() {
    // four bits of the first digit, one of the last
    let other = format!("f{}e", &HASH[1..63]);
    let done = run(["explain", HASH, &other]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.out.contains("Would match at radius 31: yes, 5 bits."), "{}", done.out);
    assert!(done.out.contains("A  hash: hash of profile pdq, 128 of 256 bits set"), "{}", done.out);
    let grid: Vec<_> = done.out.lines().filter(|line| line.starts_with(['0', 'f']) && line.len() > 60).collect();
    assert_eq!(grid.len(), 16);
    assert_eq!(grid[0], "0f0f  .!.!.!.!# # # # . . . . # # # #    ff0f  #!#!#!#!# # # # . . . . # # # #");
    assert_eq!(grid[15], "0f0f  . . . . # # # # . . . . # # # #!   0f0e  . . . . # # # # . . . . # # # .!");
    assert_eq!(grid.concat().matches('!').count(), 10, "each differing bit is marked on both sides");
    assert_eq!(run(["explain", "--radius", "4", HASH, &other]).code, 0);
    // Either case is read.
    assert_eq!(explained(&[HASH, &HASH.to_uppercase()]).1["distance"], 0);
}

#[test]
fn a_hash_must_be_one_of_its_profile() {
    let (short, other) = ("00000000000000ff", "00000000000000f0");
    let done = run(["explain", short, other]);
    assert_eq!(done.code, 2);
    assert!(
        done.err.contains("--profile: ") && done.err.contains("phash") && !done.err.contains(short),
        "{}",
        done.err
    );
    let (code, record) = explained(&["--profile", "phash", short, other]);
    assert_eq!((code, &record["distance"], &record["radius"]), (1, &4.into(), &4.into()));
    for (args, words) in [
        (["--profile", "pdq", short, HASH], "expected"),
        (["--profile", "phash", short, HASH], "which has 16"),
        (["--radius", "257", HASH, HASH], "more than the 256 bits"),
        (["--output", "/tmp/x.gif", HASH, HASH], "FILE.html or FILE.png"),
    ] {
        let done = run(["explain"].iter().chain(&args));
        assert_eq!(done.code, 2, "{args:?}: {}", done.out);
        assert!(!done.err.contains(HASH) && !done.err.contains(short), "{}", done.err);
        assert!(done.err.contains(words) || words == "expected", "{args:?}: {}", done.err);
    }
    // Other digits, or other numbers of them, are a file's name.
    for name in [&short[1..], "000000000000000g", "./0000000000000000", "a.jpg"] {
        let done = run(["explain", name, HASH]);
        assert!(done.code == 2 && done.err.contains(&format!("cannot find {name}")), "{}", done.err);
    }
    assert_eq!(run(["explain", HASH]).code, 2, "nothing to compare it with");
    assert_eq!(run(["explain", "-", "-"]).code, 2);
}

#[test]
fn distances_are_those_of_the_hashes_under_every_profile_and_turn() {
    let (a, b) = (demo_file("media/altered/hills-rotated.png"), demo_file("media/altered/hills-copied.png"));
    let (code, record) = explained(&[&a, &b]);
    assert_eq!((code, &record["turned"], &record["transform"]), (1, &"A".into(), &"rotate90".into()));
    let profiles = record["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 12);
    for row in profiles {
        let profile = row["profile"].as_str().unwrap();
        let (turned, still) = (eight(profile, &a), &eight(profile, &b)[0]);
        let expected: Vec<u32> = turned.iter().map(|hash| distance(hash, still)).collect();
        let found: Vec<u32> = row["distances"]
            .as_array()
            .unwrap()
            .iter()
            .map(|turned| u32::try_from(turned["distance"].as_u64().unwrap()).unwrap())
            .collect();
        assert_eq!(found, expected, "{profile}");
        let within = expected.iter().min().unwrap() <= &u32::try_from(row["radius"].as_u64().unwrap()).unwrap();
        assert_eq!(row["matches"], within, "{profile}");
    }
    // A picture and a hash: only the hash's profile is compared, and the picture turned, whichever side it is on.
    let still = &eight("pdq", &b)[0];
    let (_, with_hash) = explained(&[&a, still]);
    assert_eq!(with_hash["profiles"].as_array().unwrap(), &profiles[..1]);
    let (_, other_way) = explained(&[still, &a]);
    assert_eq!((&other_way["turned"], &other_way["profiles"]), (&"B".into(), &with_hash["profiles"]));
}

#[test]
fn the_text_fits_80_columns_and_has_no_escapes_in_a_pipe() {
    let (a, b) = (demo_file("media/altered/hills-copied.png"), demo_file("media/altered/town-mirrored.jpg"));
    let folder = Path::new(&a).parent().unwrap();
    let mut short = command(["explain", "hills-copied.png", "town-mirrored.jpg"]);
    let done: crate::support::Done = short.current_dir(folder).output().unwrap().into();
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.lines().all(|line| line.chars().count() <= 80), "{}", done.out);
    assert!(!done.out.contains('\x1b'));
    assert!(done.out.contains("would match") || done.out.contains("Would match at radius 31: no"), "{}", done.out);
    let coloured = run(["explain", "--color", "always", &a, &b]);
    assert!(coloured.out.contains("\x1b[1;31m"));
    let plain: String = coloured
        .out
        .split('\x1b')
        .map(|part| part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest))
        .collect();
    assert_eq!(plain, run(["explain", &a, &b]).out, "colours add nothing but colours");
}

#[test]
fn a_view_that_brings_them_together_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let original = demo_file("media/altered/hills-copied.png");
    let picture = image::open(&original).unwrap().to_rgb8();
    let mut framed = RgbImage::from_pixel(900, 700, Rgb([255, 255, 255]));
    imageops::replace(&mut framed, &picture, 50, 50);
    let framed_path = directory.path().join("framed.png");
    framed.save(&framed_path).unwrap();
    let framed_path = framed_path.to_str().unwrap();

    let (code, record) = explained(&[framed_path, &original]);
    assert_eq!((code, &record["matches"]), (1, &true.into()));
    assert!(record["distance"].as_u64() > Some(31), "as stored they are far apart");
    let seen = &record["views"][0];
    assert!(seen["of"] == "A" && seen["distance"].as_u64() <= Some(31), "{seen}");
    // what is said of it is what a scan finds
    let hash = &eight("pdq", &original)[0];
    let index = index_of(directory.path(), &[hash]);
    let scanned = run(["scan", "--exact", "--format", "jsonl", "--index", &index, framed_path]).records().remove(0);
    assert_eq!(scanned["outcome"], "match");
    let views = record["views"].as_array().unwrap();
    assert!(views.iter().any(|view| view["view"] == scanned["matches"][0]["view"]), "{scanned} {views:?}");

    let done = run(["explain", framed_path, &original]);
    assert!(done.out.contains("yes, but only in another view"), "{}", done.out);
    let none = run(["explain", "--views", "none", framed_path, &original]);
    assert_eq!(none.code, 1, "the border is looked behind even without further views");
    let other_way = run(["explain", "--views", "none", &original, framed_path]);
    assert_eq!(other_way.code, 0, "{}", other_way.out);
    assert!(other_way.out.contains("if B were looked up and A listed"), "{}", other_way.out);
}

#[test]
fn what_cannot_be_told_is_said() {
    let (hills, blank) = (demo_file("media/altered/hills-copied.png"), demo_file("media/odd/blank-page.png"));
    let done = run(["explain", &blank, &hills]);
    assert_eq!(done.code, 3, "{}", done.out);
    assert!(done.out.contains("LOW QUALITY: A has quality 0 of 100"), "{}", done.out);
    let listed = run(["explain", &hills, &blank]);
    assert!(listed.out.contains("LOW QUALITY: B"), "{}", listed.out);
    let corrupt = run(["explain", &hills, &demo_file("media/odd/half-a-file.jpg")]);
    assert_eq!((corrupt.code, &*corrupt.out), (3, ""));
    assert!(corrupt.err.contains("half-a-file.jpg"), "{}", corrupt.err);
    assert_eq!(run(["explain", &hills, &demo_file("media/odd/notes.txt")]).code, 3);
    let missing = run(["explain", &hills, "no\nsuch"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("no\\x0asuch"), "{}", missing.err);
    let degenerate = format!("{}{}", "f".repeat(4), "0".repeat(60));
    let done = run(["explain", &degenerate, HASH]);
    assert!(done.out.contains("DEGENERATE: 16 of the 256 bits of A"), "{}", done.out);
}

#[test]
fn a_picture_comes_on_standard_input() {
    let hills = demo_file("media/altered/hills-copied.png");
    let done = run_with(["explain", "--format", "jsonl", "-", &hills], &fs::read(&hills).unwrap());
    assert_eq!(done.code, 1, "{}", done.err);
    let record = &done.records()[0];
    assert_eq!((&record["a"]["name"], &record["distance"]), (&"-".into(), &0.into()));
}

#[test]
fn the_lists_of_an_index_are_asked() {
    let directory = tempfile::tempdir().unwrap();
    let picture = demo_file("media/altered/town-mirrored.jpg");
    let far = directory.path().join("far.txt");
    fs::write(&far, HASH).unwrap();
    let index = directory.path().join("two.idx");
    let (index, far) = (index.to_str().unwrap(), far.to_str().unwrap());
    assert_eq!(run(["index", "build", "-o", index, &demo_file("known.csv"), far]).code, 0);
    let (code, record) = explained(&["--index", index, &picture]);
    assert_eq!(code, 1);
    let lists = record["lists"].as_array().unwrap();
    assert_eq!(lists.len(), 2);
    let known = lists.iter().find(|list| list["list"] == "known").unwrap();
    let scanned = run(["scan", "--exact", "--format", "jsonl", "--index", index, &picture]).records().remove(0);
    let found = &scanned["matches"][0];
    for field in ["entry", "classification", "distance", "transform", "view"] {
        assert_eq!(known["nearest"][field], found[field], "{field}");
    }
    let far = lists.iter().find(|list| list["list"] == "far").unwrap();
    assert_eq!((&far["is_within"], &far["nearest"]), (&false.into(), &Value::Null));
    // What a scan would report is what it reports.
    assert_eq!((&record["scan"]["outcome"], &record["scan"]["matches"]), (&scanned["outcome"], &scanned["matches"]));
    // Of a hash there is nothing to scan, and the radius says what would match.
    let hash = found["hash"].as_str().unwrap();
    let done = run(["explain", "--index", index, hash]);
    assert!(done.out.contains("is 0 bits away; would match at radius 31"), "{}", done.out);
    // Without B the nearest listed hash is compared.
    assert_eq!((&record["b"]["hash"], &record["distance"]), (&found["hash"], &found["distance"]));
    let done = run(["explain", "--index", index, &picture]);
    assert!(done.out.contains("known: entry town (harmless) is "), "{}", done.out);
    assert!(done.out.contains("far: nothing within 64 bits"), "{}", done.out);
    // An index of another profile than a hash is refused.
    let done = run(["explain", "--profile", "phash", "--index", index, "00000000000000ff"]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("profile phash"), "{}", done.err);
}

#[test]
fn a_policy_says_what_holds_back() {
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("policy.toml");
    fs::write(&policy, "version = 1\n[[mute]]\nlist = \"known\"\nentry = \"town\"\nreason = \"ours\"\n").unwrap();
    let (policy, picture) = (policy.to_str().unwrap(), demo_file("media/altered/town-mirrored.jpg"));
    let (code, record) = explained(&["--index", &demo_index(), "--policy", policy, &picture]);
    assert_eq!((code, &record["scan"]["outcome"]), (0, &"no_match".into()));
    assert_eq!(record["scan"]["held"][0]["entry"], "town");
    let done = run(["explain", "--index", &demo_index(), "--policy", policy, &picture]);
    assert!(done.out.contains("held back: ") && done.out.contains("[muted]"), "{}", done.out);
    let page = directory.path().join("x.html");
    run(["explain", "--index", &demo_index(), "--policy", policy, "--output", page.to_str().unwrap(), &picture]);
    assert!(fs::read_to_string(page).unwrap().contains("<li>held back: "));
    assert_eq!(run(["explain", "--policy", policy, &picture, HASH]).code, 2, "a policy is about an index");
    assert_eq!(run(["explain", "--index", &demo_index(), "--policy", policy, HASH]).code, 2);
    let broken = directory.path().join("broken.toml");
    fs::write(&broken, "version = 1\nradius = 3\n").unwrap();
    let done = run(["explain", "--index", &demo_index(), "--policy", broken.to_str().unwrap(), &picture]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("broken.toml") && done.err.contains("line 2"), "{}", done.err);
}

#[test]
fn pages_and_pictures_show_the_bits_and_nothing_of_the_pictures() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (a, b) = (demo_file("media/altered/hills-copied.png"), demo_file("media/altered/town-copied.png"));
    let (_, record) = explained(&[&a, &b]);
    let differing = usize::try_from(record["distance"].as_u64().unwrap()).unwrap();
    assert_eq!(run(["explain", "--output", &at("x.html"), &a, &b]).code, 0);
    let page = fs::read_to_string(at("x.html")).unwrap();
    assert_eq!(page.matches("<circle ").count(), 2 * differing);
    assert_eq!(page.matches("<svg ").count(), 2);
    for forbidden in ["<img", "<script", "<image", "http://", "data:", "url("] {
        assert!(!page.replace("http-equiv", "").contains(forbidden), "{forbidden}");
    }
    assert_eq!(run(["explain", "--output", &at("x.png"), &a, &b]).code, 0);
    let picture = image::open(at("x.png")).unwrap().to_rgb8();
    let cells = |left: u32| (0..256).map(move |bit| (left + bit % 16 * 20 + 1, 33 + bit / 16 * 20 + 1));
    let reddish = |(x, y): (u32, u32)| {
        let Rgb([red, green, _]) = *picture.get_pixel(x, y);
        red > green.saturating_add(40)
    };
    assert_eq!(cells(24).chain(cells(368)).filter(|&at| reddish(at)).count(), 2 * differing);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing else is left behind");
    let done = run(["explain", "--output", "/no/such/dir/x.html", &a, &b]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("/no/such/dir/x.html"), "{}", done.err);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let hills = demo_file("media/altered/hills-copied.png");
    let mut child = command(["explain", &hills, &hills]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done: crate::support::Done = child.wait_with_output().unwrap().into();
    assert_eq!((done.code, &*done.err), (1, ""));
    assert_eq!(run(["explain", "--index", &demo_index(), &hills]).code, 1);
}
