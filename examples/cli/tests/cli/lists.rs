//! `lookalike list`: what a list holds, and every list in the documented form; `index build` of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{run, run_with};

/// The library's files of every format, which its own tests read record by record.
fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lists").join(name).to_str().unwrap().to_owned()
}

const ALL: [&str; 14] = [
    "ncmec.xml",
    "stopncii.json",
    "tat.json",
    "threatexchange.json",
    "pytx.txt",
    "pytx.csv",
    "hma.json",
    "vics_1.json",
    "vics_2_cases.json",
    "icse.csv",
    "nsrl.txt",
    "list.jsonl",
    "list.csv",
    "list.txt",
];

#[test]
fn check_says_what_an_import_would_do() {
    let done = run(["list", "check", &fixture("ncmec.xml")]);
    assert_eq!(done.code, 3, "{}", done.err);
    for words in [
        "ncmec.xml (ncmec): 11 records in 57 lines",
        "entries                 4  2 with a pdq hash, 3 md5, 2 sha1, 0 sha256",
        "taken                   2  entries that no later record replaces or withdraws",
        "replaced                1  entries, by a later record of the same key",
        "withdrawn               1  entries, of 2 withdrawals",
        "PhotoDNA                1  values",
        "left out                1",
        "1  the record is of another kind: tmk-pdqf",
        "quarantined             4  and 1 part of entries that are taken without",
        "ncmec.xml:16: record 2: the md5 is that of an empty file, the rest of the entry is taken",
        "2  ",
        "ncmec.xml:29: record 4: the record is not well-formed XML",
        "opinions                2  unstated",
        "1  positive",
        "1  disputed",
        "classes                 1  (none)",
        "2  A1",
    ] {
        assert!(done.out.contains(words), "{words:?} in {}", done.out);
    }
}

#[test]
fn check_shows_no_hash() {
    let names: Vec<String> = ALL.iter().map(|name| fixture(name)).collect();
    for format in ["text", "jsonl"] {
        let args = ["list", "check", "--format", format].into_iter().chain(names.iter().map(String::as_str));
        let done = run(args);
        assert_eq!(done.code, 3, "{}", done.err);
        let paths = fixture("");
        let shown = done.out.replace(&paths, "") + &done.err.replace(&paths, "");
        let run_of_digits = shown.split(|char: char| !char.is_ascii_hexdigit()).find(|word| word.len() >= 16);
        assert_eq!(run_of_digits, None, "{shown}");
    }
}

#[test]
fn check_speaks_jsonl() {
    let done = run(["list", "check", "--format", "jsonl", &fixture("stopncii.json"), &fixture("list.txt")]);
    assert_eq!(done.code, 3, "{}", done.err);
    let lists: Vec<serde_json::Value> = done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lists.len(), 2);
    let list = &lists[0];
    for (field, value) in [
        ("records", 9),
        ("entries", 4),
        ("taken", 3),
        ("replaced", 0),
        ("withdrawn", 1),
        ("withdrawals", 2),
        ("left_out", 1),
        ("quarantined", 2),
        ("partial", 0),
        ("hashes", 2),
    ] {
        assert_eq!(list[field], value, "{field} in {list}");
    }
    assert_eq!((&list["format"], &list["opinions"]["seed"]), (&"stopncii".into(), &2.into()));
    assert_eq!(lists[1]["digests"], serde_json::json!({ "md5": 2, "sha1": 1, "sha256": 1 }));
}

#[test]
fn check_ends_with_what_it_found() {
    assert_eq!(run_with(["list", "check", "-"], b"md5 0123456789abcdef0123456789abcdef\n").code, 0);
    assert_eq!(run_with(["list", "check", "-"], b"md5 0123456789abcdef0123456789abcde\n").code, 3);
    let done = run_with(["list", "check", "-"], br#"{"hashRecords":[{"signalType":"#);
    assert_eq!((done.code, &*done.out), (2, ""));
    assert!(
        done.err.contains("cannot read the list standard input: the list ends on line 1 within a record"),
        "{}",
        done.err
    );
    assert_eq!(run(["list", "check", "/nonexistent.json"]).code, 2);
    let done = run(["list", "check", "x.json,catgories=1"]);
    assert!(done.code == 2 && done.err.contains("unknown key"), "{}", done.err);
}

#[test]
fn a_later_file_withdraws_what_an_earlier_one_lists() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let page = |status: &str| {
        format!(
            r#"{{"hashRecords":[{{"lastModtimestamp":1,"signalType":"ImagePDQ","hashValue":"{}","hashStatus":"{status}"}}]}}"#,
            "0f".repeat(32)
        )
    };
    fs::write(at("may.json"), page("Active")).unwrap();
    fs::write(at("june.json"), page("Withdrawn")).unwrap();
    let (may, june) = (at("may.json") + ",list=stopncii", at("june.json") + ",list=stopncii");
    let build = |lists: &[&str]| {
        run(["index", "build", "--force", "-o", &at("x.idx")].into_iter().chain(lists.iter().copied()))
    };

    let done = build(&[&may]);
    assert!(done.code == 0 && done.err.contains("1 record read, 1 entry, 0 quarantined"), "{}", done.err);
    let done = build(&[&may, &june]);
    assert!(done.code == 2 && done.err.contains("no usable entry") && done.err.contains("1 withdrawn"), "{}", done.err);
    // Another list does not withdraw it, nor does an older withdrawal.
    assert_eq!(build(&[&may, &at("june.json")]).code, 0);
    fs::write(at("june.json"), page("Withdrawn").replace("\"lastModtimestamp\":1", "\"lastModtimestamp\":0")).unwrap();
    assert_eq!(build(&[&may, &june]).code, 0);
}

#[test]
fn what_was_converted_gives_the_same_index_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    let compile = |name: &str, lists: &[String]| {
        let output = at(name);
        let args = ["index", "build", "--force", "-o", output.to_str().unwrap()];
        let done = run(args.into_iter().chain(lists.iter().map(String::as_str)));
        assert_eq!(done.code, 0, "{lists:?}: {}", done.err);
        fs::read(output).unwrap()
    };
    let converted = at("converted.jsonl");
    let convert = |lists: &[String]| {
        let args = ["list", "convert", "-o", converted.to_str().unwrap()];
        let done = run(args.into_iter().chain(lists.iter().map(String::as_str)));
        assert_eq!(done.code, 0, "{lists:?}: {}", done.err);
        converted.to_str().unwrap().to_owned()
    };
    let all: Vec<String> = ALL.iter().map(|name| fixture(name)).collect();
    for lists in all.iter().map(core::slice::from_ref).chain([all.as_slice()]) {
        let expected = compile("direct.idx", lists);
        let found = compile("converted.idx", &[convert(lists)]);
        assert_eq!(found, expected, "{lists:?}");
        // What is in the documented form already stays as it is.
        let once = fs::read(&converted).unwrap();
        fs::copy(&converted, at("again.jsonl")).unwrap();
        convert(&[at("again.jsonl").to_str().unwrap().to_owned()]);
        let twice = fs::read_to_string(&converted).unwrap();
        let twice = twice.lines().filter(|line| !line.contains("quarantined"));
        let once = String::from_utf8(once).unwrap();
        assert!(twice.eq(once.lines().filter(|line| !line.contains("quarantined"))));
    }
}

#[test]
fn a_known_good_set_never_becomes_a_list_of_abuse() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("x.idx");
    let build = |list: String| run(["index", "build", "--force", "-o", output.to_str().unwrap(), &list]);
    for (list, words) in [
        (fixture("nsrl.txt") + ",role=abuse", "cannot have role=abuse"),
        (format!("csv:{}", fixture("nsrl.txt")), "put nsrl: before its path"),
        (fixture("vics_1.json") + ",role=allow", "cannot have role=allow: on line 4"),
        (fixture("vics_good.json"), "no usable entry"),
        (fixture("vics_uk.json"), "categories=1+2"),
    ] {
        let done = build(list);
        assert!(done.code == 2 && done.err.contains(words), "{words}: {}", done.err);
        assert!(!output.exists());
    }
    assert_eq!(build(fixture("vics_good.json") + ",role=allow").code, 0);
}
