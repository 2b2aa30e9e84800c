//! `lookalike calibrate`: counts that can be recomputed, against lists made for them.

use std::fs;
use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage, imageops};
use serde_json::Value;

use crate::support::{Done, demo_file, run, run_with};

/// The hashes of the nine unrelated pictures of the demo, with their names.
fn unrelated() -> Vec<(String, String)> {
    let done = run(["hash", &demo_file("media/unrelated")]);
    let lines = done.out.lines().map(|line| {
        let mut cells = line.splitn(3, ',');
        let hash = cells.next().unwrap().to_owned();
        (hash, cells.nth(1).unwrap().to_owned())
    });
    lines.collect()
}

/// The hash with its first bits changed.
fn flipped(hash: &str, bits: usize) -> String {
    let digit = |(at, letter): (usize, char)| {
        let mask = (0..4).filter(|bit| 4 * at + bit < bits).map(|bit| 8 >> bit).sum::<u32>();
        char::from_digit(letter.to_digit(16).unwrap() ^ mask, 16).unwrap()
    };
    hash.chars().enumerate().map(digit).collect()
}

/// An index of lists, each of entries: id and hash.
fn index(directory: &Path, lists: &[(&str, &[(&str, String)])]) -> String {
    let path = directory.join("made.idx");
    let mut args = vec!["index".into(), "build".into(), "--force".into(), "--output".into(), path.clone()];
    for (name, entries) in lists {
        let list = directory.join(format!("{name}.csv"));
        let rows: String = entries.iter().map(|(id, hash)| format!("{id},{hash}\n")).collect();
        fs::write(&list, format!("id,hash\n{rows}")).unwrap();
        args.push(list);
    }
    let done = run(&args);
    assert_eq!(done.code, 0, "{}", done.err);
    path.to_str().unwrap().to_owned()
}

/// How many pictures are said to match a list (`*`: any) within a radius, and the bounds.
fn row(csv: &Done, list: &str, radius: u32) -> (u64, f64, f64) {
    let start = format!("{list},{radius},");
    let line = csv.out.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{start}: {}", csv.out));
    let cells: Vec<_> = line.split(',').collect();
    (cells[3].parse().unwrap(), cells[5].parse().unwrap(), cells[6].parse().unwrap())
}

#[test]
fn every_picture_counts_once_with_its_nearest_distance() {
    let directory = tempfile::tempdir().unwrap();
    let pictures = unrelated();
    assert_eq!(pictures.len(), 9);
    let near = [
        ("exact", pictures[0].0.clone()),
        ("ten", flipped(&pictures[1].0, 10)),
        ("twelve", flipped(&pictures[1].0, 12)),
    ];
    let far = [("forty", flipped(&pictures[2].0, 40)), ("exact-too", pictures[0].0.clone())];
    let index = index(directory.path(), &[("near", &near), ("far", &far)]);
    let done =
        run(["calibrate", "--views", "none", "--format", "csv", "--index", &index, &demo_file("media/unrelated")]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert_eq!(done.out.lines().next(), Some("list,radius,pictures,matched,per_million,lower,upper"));
    assert_eq!(done.out.lines().count(), 1 + 3 * 65, "every radius from 0 to 64, of all and of two lists");
    let counts = |list: &str| [0, 9, 10, 39, 40, 64].map(|radius| row(&done, list, radius).0);
    assert_eq!(counts("near"), [1, 1, 2, 2, 2, 2]);
    assert_eq!(counts("far"), [1, 1, 1, 1, 2, 2]);
    assert_eq!(counts("*"), [1, 1, 2, 2, 3, 3], "a picture near both lists counts once for all");

    // One of nine: Wilson's bounds are where the estimate is 1.96 standard deviations away from the true share.
    let (_, lower, upper) = row(&done, "near", 0);
    for p in [lower / 1e6, upper / 1e6] {
        let deviations = (1.0 / 9.0 - p) / (p * (1.0 - p) / 9.0).sqrt();
        assert!((deviations.abs() - 1.959_964).abs() < 1e-6, "{lower} to {upper}: {deviations}");
    }
}

#[test]
fn nothing_of_n_leaves_something_open() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path(), &[("a", &[("x", "0f".repeat(32))])]);
    let args = ["calibrate", "--format", "jsonl", "--index", &index, &demo_file("media/unrelated")];
    let done = run(args);
    assert_eq!((done.code, &*done.err), (0, ""));
    let records = done.records();
    let of = |kind: &'static str| records.iter().filter(move |record| record["kind"] == kind);
    let sample = of("sample").next().unwrap();
    assert_eq!((&sample["pictures"], &sample["not_checked"], &sample["entries"]), (&9.into(), &0.into(), &1.into()));
    assert_eq!(of("radius").count(), 2 * 65);
    for record in of("radius") {
        // Of 0 of n, Wilson's upper bound is q / (n + q), where q is the square of 1.96.
        let (upper, q) = (record["upper"].as_f64().unwrap(), 1.959_963_985_f64.powi(2));
        assert!((upper / 1e6 - q / (9.0 + q)).abs() < 1e-8, "{record}");
    }
    let advice = of("recommendation").next().unwrap();
    assert_eq!((&advice["list"], &advice["radius"]), (&"a".into(), &Value::Null));
    assert!(advice["detail"].as_str().unwrap().contains("NO STATEMENT"), "{advice}");
    // 299,150 per million is what nine pictures leave open: with that to spend, the widest radius looked at is fine.
    let done = run(args.iter().chain(&["--budget", "299150"]));
    let advice = done.records().into_iter().find(|record| record["kind"] == "recommendation").unwrap();
    assert_eq!(advice["radius"], 64);
    let done = run(args.iter().chain(&["--budget", "299140"]));
    assert!(done.out.contains("NO STATEMENT"));
}

#[test]
fn what_was_not_checked_is_no_benign_picture() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path(), &[("a", &[("x", "0f".repeat(32))])]);
    let both = [demo_file("media/unrelated"), demo_file("media/odd")];
    let done = run(["calibrate", "--format", "jsonl", "--index", &index, &both[0], &both[1]]);
    assert_eq!(done.code, 3, "{}", done.err);
    let sample = &done.records()[0];
    // of the four odd files only the cropped picture is a checked one
    assert_eq!((&sample["pictures"], &sample["not_checked"]), (&10.into(), &3.into()));
    assert!(done.err.contains("half-a-file.jpg: corrupt") && done.err.contains("NOT CHECKED: 3 files"), "{}", done.err);
    let none = run(["calibrate", "--index", &index, &demo_file("media/odd/notes.txt")]);
    assert_eq!((none.code, &*none.out), (3, ""), "no picture, no statement");
}

#[test]
fn counts_are_those_of_scans_at_every_radius_views_included() {
    let directory = tempfile::tempdir().unwrap();
    let pictures = directory.path().join("pictures");
    fs::create_dir(&pictures).unwrap();
    let hashes = unrelated();
    // each in a white border, which only views see through, at another distance of its listed hash
    for (number, (_, path)) in hashes.iter().enumerate() {
        let picture = image::open(path).unwrap().to_rgb8();
        let mut framed = RgbImage::from_pixel(picture.width() + 60, picture.height() + 60, Rgb([250, 250, 250]));
        imageops::replace(&mut framed, &picture, 30, 30);
        framed.save(pictures.join(format!("{number}.png"))).unwrap();
    }
    let entries: Vec<_> = hashes.iter().zip(0..).map(|((hash, _), number)| ("e", flipped(hash, 5 * number))).collect();
    let index = index(directory.path(), &[("a", &entries)]);
    let pictures = pictures.to_str().unwrap();
    let csv = run(["calibrate", "--format", "csv", "--index", &index, pictures]);
    let mut found = Vec::new();
    for radius in [0, 4, 10, 16, 20, 26, 31, 45, 60] {
        let scan =
            run(["scan", "--exact", "--format", "jsonl", "--radius", &radius.to_string(), "--index", &index, pictures]);
        let matched = scan.records().iter().filter(|record| record["outcome"] == "match").count();
        assert_eq!(row(&csv, "*", radius).0, matched as u64, "radius {radius}");
        found.push(matched);
    }
    found.dedup();
    assert!(found.len() > 4, "the radii tell nothing apart: {found:?}");
}

#[test]
fn entries_that_match_many_are_named_and_can_be_muted() {
    let directory = tempfile::tempdir().unwrap();
    let pictures = directory.path().join("pictures");
    fs::create_dir(&pictures).unwrap();
    let hashes = unrelated();
    for number in 0..4 {
        fs::copy(&hashes[0].1, pictures.join(format!("copy-{number}.jpg"))).unwrap();
    }
    fs::copy(&hashes[1].1, pictures.join("other.jpg")).unwrap();
    let plain = "plain, \"quoted\", ''' \\n";
    let entries = [(plain, flipped(&hashes[0].0, 6)), ("seldom", hashes[1].0.clone())];
    let entries: Vec<_> =
        entries.iter().map(|(id, hash)| (format!("\"{}\"", id.replace('"', "\"\"")), hash.clone())).collect();
    let entries: Vec<_> = entries.iter().map(|(id, hash)| (id.as_str(), hash.clone())).collect();
    let index = index(directory.path(), &[("a", &entries)]);
    let mutes = directory.path().join("mutes.toml");
    let args = ["calibrate", "--index", &index, "--mutes", mutes.to_str().unwrap(), pictures.to_str().unwrap()];
    let done = run(args);
    assert_eq!(done.code, 1);
    let said = format!("entry {plain} of list a: 4 pictures, the nearest 6 bits away");
    assert!(done.out.contains(&said) && !done.out.contains("seldom"), "{}", done.out);
    assert!(done.out.contains("3 pictures among them with the hash of another"), "{}", done.out);
    assert!(done.out.contains("1 picture among them with a listed hash"), "{}", done.out);
    let rules: toml::Table = toml::from_str(&fs::read_to_string(&mutes).unwrap()).unwrap();
    let rules = rules["mute"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0]["list"].as_str(), rules[0]["entry"].as_str()), (Some("a"), Some(plain)));
    // Below its distance the entry matches nothing, and there is nothing to mute.
    let done = run(args.iter().chain(&["--radius", "5"]));
    assert!(done.out.contains("No entry matches 3 pictures or more at radius 5"), "{}", done.out);
    assert!(!fs::read_to_string(&mutes).unwrap().contains("[[mute]]"));
}

#[test]
fn only_lists_of_abuse_material_count_and_allow_lists_hold_back() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let hashes = unrelated();
    fs::write(at("abuse.txt"), format!("{}\n{}\n", hashes[0].0, hashes[1].0)).unwrap();
    fs::write(at("fine.txt"), format!("{}\n{}\n", hashes[0].0, hashes[2].0)).unwrap();
    let (index, fine) = (at("made.idx"), format!("{},role=allow", at("fine.txt")));
    let done = run(["index", "build", "--test-list", "--output", &index, &at("abuse.txt"), &fine]);
    assert_eq!(done.code, 0, "{}", done.err);
    let done = run(["calibrate", "--format", "csv", "--index", &index, &demo_file("media/unrelated")]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(!done.out.contains("fine,") && !done.out.contains("lookalike-test,"), "{}", done.out);
    assert_eq!([row(&done, "abuse", 0).0, row(&done, "*", 31).0], [1, 1], "the allow list speaks for the first");
    // Pictures of the test list are no abuse, whatever they match.
    assert_eq!(run(["list", "test", "--output", &at("pictures")]).code, 0);
    let pictures = format!("{}/lookalike-test-1.png", at("pictures"));
    let done = run(["calibrate", "--index", &index, &pictures]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    // Without any list of abuse material there is nothing to calibrate.
    assert_eq!(run(["index", "build", "--force", "--test-list", "--output", &index]).code, 0);
    let done = run(["calibrate", "--index", &index, &pictures]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("no list of known abuse material"), "{}", done.err);
}

#[test]
fn the_plot_is_one_self_contained_file() {
    let directory = tempfile::tempdir().unwrap();
    let hashes = unrelated();
    let index =
        index(directory.path(), &[("first", &[("x", flipped(&hashes[0].0, 20))]), ("<b>&", &[("y", "0f".repeat(32))])]);
    let at = |name: &str| directory.path().join(name);
    let draw = |path: &PathBuf| {
        let done =
            run(["calibrate", "--index", &index, "--plot", path.to_str().unwrap(), &demo_file("media/unrelated")]);
        assert_eq!(done.code, 1, "{}", done.err);
        fs::read_to_string(path).unwrap()
    };
    let (svg, page) = (draw(&at("plot.svg")), draw(&at("plot.html")));
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for words in [
        "budget, 100 per million",
        "radius in use, 31",
        "first",
        "&lt;b&gt;&amp;",
        "95 % interval",
        "9 benign pictures",
    ] {
        assert!(svg.contains(words), "{words}");
    }
    assert!(page.contains("<svg ") && page.contains("Recommended radius") && page.trim_end().ends_with("</html>"));
    for text in [&svg, &page] {
        assert!(
            !text.contains("<script") && !text.contains("<image") && !text.contains("<b>") && !text.contains("href")
        );
    }
    let done = run(["calibrate", "--index", &index, "--plot", "plot.gif", &demo_file("media/unrelated")]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("FILE.svg or FILE.html"), "{}", done.err);
}

#[test]
fn wrong_use_is_told_apart_from_what_could_not_be_checked() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path(), &[("a", &[("x", "0f".repeat(32))])]);
    let media = demo_file("media/unrelated");
    for (args, words) in [
        (vec!["--index", "/no/such.idx", &*media], "/no/such.idx"),
        (vec!["--index", &*index, "/no/such"], "/no/such"),
        (vec!["--index", &*index, "--most-radius", "300", &*media], "256 bits"),
        (vec!["--index", &*index, "--radius", "40", "--most-radius", "30", &*media], "--most-radius 30"),
        (vec!["--index", &*index, "--budget", "0", &*media], "above 0"),
        (vec!["--index", &*index, "--sticky", "0", &*media], "sticky"),
    ] {
        let done = run(["calibrate"].iter().chain(&args));
        assert_eq!(done.code, 2, "{args:?}: {}", done.err);
        assert!(done.err.contains(words), "{args:?}: {}", done.err);
    }
}

#[test]
fn names_come_on_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    let index = index(directory.path(), &[("a", &[("x", "0f".repeat(32))])]);
    let names: String = unrelated().iter().map(|(_, path)| format!("{path}\0")).collect();
    let done = run_with(["calibrate", "--index", &index, "-0", "-"], names.as_bytes());
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.starts_with("9 pictures checked against 1 entry of"), "{}", done.out);
}
