//! `lookalike scan`: what it finds, its exit codes, its forms.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::{demo_file, demo_index, distance, index_of, references, run, run_with, shared};

fn matched(records: &[Value]) -> BTreeSet<String> {
    let matches = records.iter().filter(|record| record["outcome"] == "match");
    matches.map(|record| record["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn near_duplicates_are_found_and_nothing_else() {
    let Some(folder) = shared("pdq-reference") else { return };
    let rows = references(&folder);
    let hash_of = |file: &str| rows.iter().find(|row| row.file == file).map(|row| row.pdq.as_str()).unwrap();
    let listed = [
        hash_of("images/bridge-mods/aaa-orig.jpg"),
        hash_of("images/misc-images/c.png"),
        hash_of("images/reg-test-input/labelme-subset/q0004.jpg"),
    ];
    let images = folder.join("images");
    let expected: BTreeSet<_> = rows
        .iter()
        .filter(|row| row.file.starts_with("images/") && row.quality >= 50)
        .filter(|row| row.dihedral.iter().any(|hash| listed.iter().any(|known| distance(hash, known) <= 31)))
        .map(|row| folder.join(&row.file).to_str().unwrap().to_owned())
        .collect();
    let modified = fs::read_dir(images.join("bridge-mods")).unwrap().map(|entry| entry.unwrap().path());
    for path in modified {
        assert!(expected.contains(path.to_str().unwrap()), "the data has changed: {}", path.display());
    }
    let directory = tempfile::tempdir().unwrap();
    let index = index_of(directory.path(), &listed);
    let done = run(["scan", "--format", "jsonl", "--index", &index, images.to_str().unwrap()]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert_eq!(matched(&done.records()), expected);

    // Without the turns, only what lies within the radius as it is.
    let done = run(["scan", "--no-dihedral", "--format", "jsonl", "--index", &index, images.to_str().unwrap()]);
    let expected: BTreeSet<_> = rows
        .iter()
        .filter(|row| row.file.starts_with("images/") && row.quality >= 50)
        .filter(|row| listed.iter().any(|known| distance(&row.pdq, known) <= 31))
        .map(|row| folder.join(&row.file).to_str().unwrap().to_owned())
        .collect();
    assert_eq!(matched(&done.records()), expected);
}

#[test]
fn exit_code_0_means_checked_and_clean() {
    let done = run(["scan", "--index", &demo_index(), &demo_file("media/unrelated")]);
    assert_eq!((done.code, &*done.out), (0, ""), "{}", done.err);
    assert!(done.err.contains("clean") && done.err.contains("Everything was checked."), "{}", done.err);
}

#[test]
fn exit_code_1_means_matched_whatever_else_failed() {
    let done = run(["scan", "--index", &demo_index(), &demo_file("media")]);
    assert_eq!(done.code, 1);
    assert_eq!(done.out.lines().filter(|line| line.starts_with("MATCH ")).count(), 21);
    assert!(done.err.contains("NOT CHECKED: 3 files"), "{}", done.err);
}

#[test]
fn exit_code_2_means_that_it_could_not_run() {
    let (index, media) = (demo_index(), demo_file("media/unrelated"));
    let missing = demo_file("no-such");
    let list = demo_file("known.csv");
    let cases: [(&[&str], &str); 8] = [
        (&["scan", &media], "--index"),
        (&["scan", "--index", &index], "PATH"),
        (&["scan", "--index", &missing, &media], "no such file"),
        (&["scan", "--index", &list, &media], "index"),
        (&["scan", "--index", &index, &missing], "no-such: no such file"),
        (&["scan", "--index", &index, "--radius", "257", &media], "256"),
        (&["scan", "--index", &index, "--output", "/no/such/dir/report", &media], "cannot write /no/such/dir/report"),
        (&["scan", "--index", &index, "--format", "xml", &media], "jsonl"),
    ];
    for (args, words) in cases {
        let done = run(args);
        assert_eq!(done.code, 2, "{args:?}: {}", done.err);
        assert!(done.err.contains(words), "{args:?}: {}", done.err);
        assert!(!done.err.contains("panicked") && !done.err.contains("Os {"), "{}", done.err);
    }
}

#[test]
fn exit_code_3_means_that_something_was_not_checked() {
    let (index, odd) = (demo_index(), demo_file("media/odd"));
    let done = run(["scan", "--index", &index, &odd]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.out.contains("corrupt") && done.out.contains("low quality") && done.out.contains("unsupported"));
    for name in ["half-a-file.jpg", "blank-page.png", "notes.txt"] {
        assert_eq!(run(["scan", "--index", &index, &format!("{odd}/{name}")]).code, 3, "{name}");
    }
    // A missing path among others is a record, not an end.
    let done = run(["scan", "--index", &index, &demo_file("no-such"), &demo_file("media/unrelated")]);
    assert_eq!(done.code, 3);
    assert!(done.out.contains("no-such: no such file or directory"), "{}", done.out);
}

#[test]
fn unsupported_files_can_be_ignored_but_never_vanish() {
    let notes = demo_file("media/odd/notes.txt");
    let done = run(["scan", "--ignore-unsupported", "--format", "jsonl", "--index", &demo_index(), &notes]);
    assert_eq!(done.code, 0);
    assert_eq!(done.records()[0]["outcome"], "unsupported");
    let half = demo_file("media/odd/half-a-file.jpg");
    assert_eq!(run(["scan", "--ignore-unsupported", "--index", &demo_index(), &notes, &half]).code, 3);
}

#[test]
fn jsonl_has_exactly_the_documented_fields() {
    let done =
        run(["scan", "--format", "jsonl", "--index", &demo_index(), &demo_file("media/altered/hills-rotated.png")]);
    let fields = "\"path\":.*\"outcome\":.*\"checked\":.*\"profile\":.*\"hash\":.*\"quality\":.*\"hashed_from\":.*\"width\":.*\"height\":.*\"frames\":.*\"bytes\":.*\"unseen\":.*\"matches\":.*\"held\":.*\"rules\":.*\"millis\":";
    let mut rest = done.out.as_str();
    for field in fields.split(".*") {
        let at = rest.find(field).unwrap_or_else(|| panic!("{field} is missing or out of order in {}", done.out));
        rest = &rest[at + field.len()..];
    }
    let record = &done.records()[0];
    assert_eq!(record.as_object().unwrap().len(), 16, "{record}");
    assert_eq!((&record["width"], &record["height"], &record["profile"]), (&600.into(), &800.into(), &"pdq".into()));
    let found = &record["matches"][0];
    assert_eq!(found.as_object().unwrap().len(), 19);
    assert_eq!((&record["held"], &record["rules"]["outcome"]), (&Value::Array(vec![]), &"match".into()));
    assert_eq!(
        (&found["view"], &found["list"], &found["entry"]),
        (&"original".into(), &"known".into(), &"hills".into())
    );
    assert_eq!((&found["classification"], &found["transform"]), (&"harmless".into(), &"rotate90".into()));
    assert_eq!(found["hash"].as_str().map(str::len), Some(64));
}

#[test]
fn csv_and_html_tell_the_same() {
    let media = demo_file("media");
    let csv = run(["scan", "--format", "csv", "--index", &demo_index(), &media]);
    assert_eq!((csv.code, csv.out.lines().count()), (1, 1 + 34), "one row per match or file, after the header");
    assert!(
        csv.out.starts_with("path,outcome,detail,profile,hash,quality,width,height,bytes,millis,distance,transform,")
    );
    let html = run(["scan", "--format", "html", "--index", &demo_index(), &media]);
    assert_eq!(html.code, 1);
    assert_eq!(html.out.matches("<tr class=\"match\">").count(), 21);
    assert_eq!(html.out.matches("<tr class=").count(), 24, "clean files are left out");
    assert!(html.out.contains("NOT CHECKED: 3 files") && !html.out.contains("<script") && !html.out.contains("<img"));
    assert!(html.out.trim_end().ends_with("</html>"));
}

#[test]
fn a_report_appears_complete_under_its_name() {
    let directory = tempfile::tempdir().unwrap();
    // Inside the tree that is scanned: the report does not report itself.
    fs::copy(demo_file("media/altered/town-shrunk.jpg"), directory.path().join("a.jpg")).unwrap();
    let report = directory.path().join("report.jsonl");
    let (report_name, tree) = (report.to_str().unwrap(), directory.path().to_str().unwrap());
    let done = run(["scan", "--format", "jsonl", "--output", report_name, "--index", &demo_index(), tree]);
    assert_eq!((done.code, &*done.out), (1, ""));
    assert_eq!(fs::read_to_string(&report).unwrap().lines().count(), 1);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "a temporary file stayed behind");
}

#[test]
fn names_come_on_standard_input() {
    let (a, b) = (demo_file("media/altered/hills-blurred.jpg"), demo_file("media/unrelated"));
    let lines = run_with(["scan", "--index", &demo_index(), "--verbose", "-"], format!("{a}\n{b}\n").as_bytes());
    assert_eq!((lines.code, lines.out.lines().count()), (1, 10), "{}{}", lines.out, lines.err);
    let nul = run_with(["scan", "--index", &demo_index(), "--verbose", "-0", "-"], format!("{a}\0{b}\0").as_bytes());
    assert_eq!(nul.out, lines.out);
    let endless = run_with(["scan", "--index", &demo_index(), "-0", "-"], &[b'a'; 200_000]);
    assert_eq!(endless.code, 3);
    assert!(endless.err.contains("longer than 64 KiB"), "{}", endless.err);
}

#[test]
fn the_order_is_the_same_for_any_number_of_threads() {
    let paths = |jobs: &str| {
        let done = run(["scan", "--jobs", jobs, "--format", "jsonl", "--index", &demo_index(), &demo_file("media")]);
        done.records().iter().map(|record| record["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let one = paths("1");
    assert_eq!(one.len(), 34);
    assert_eq!(one, paths("7"));
}

#[test]
fn quality_and_radius_are_the_users_to_choose() {
    let blank = demo_file("media/odd/blank-page.png");
    assert_eq!(run(["scan", "--index", &demo_index(), &blank]).code, 3);
    assert_eq!(run(["scan", "--index", &demo_index(), "--min-quality", "0", &blank]).code, 0);
    let shrunk = demo_file("media/altered/hills-shrunk.jpg");
    assert_eq!(run(["scan", "--index", &demo_index(), &shrunk]).code, 1);
    assert_eq!(run(["scan", "--index", &demo_index(), "--radius", "0", &shrunk]).code, 0);
    assert_eq!(run(["scan", "--index", &demo_index(), "--min-quality", "101", &shrunk]).code, 2);
}

#[test]
fn an_absurd_radius_is_warned_of_and_does_not_flood() {
    let directory = tempfile::tempdir().unwrap();
    let hashes: Vec<_> =
        (0..1000_u32).map(|number| format!("{number:08x}").repeat(8)).map(|hash| hash.replace('0', "9")).collect();
    let hashes: Vec<_> = hashes.iter().map(String::as_str).collect();
    let index = index_of(directory.path(), &hashes);
    let picture = demo_file("media/unrelated/town-1.jpg");
    let done = run(["scan", "--radius", "256", "--format", "jsonl", "--index", &index, &picture]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("by chance"), "{}", done.err);
    let record = &done.records()[0];
    let matches = record["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 256);
    assert!(matches.is_sorted_by_key(|found| found["distance"].as_u64()), "nearest first");
    assert!(record["detail"].as_str().unwrap().contains("more hashes lie within the radius"), "{record}");
}
