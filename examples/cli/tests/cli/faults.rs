//! Commands with too little memory, room or files: they say so, keep what was there, and nothing that was missed reads as done.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::support::{demo_file, demo_index, run};

/// The binary in a shell that sets limits first.
fn limited<I: AsRef<OsStr>>(limits: &str, args: impl IntoIterator<Item = I>) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limits} exec \"$0\" \"$@\"")]).arg(env!("CARGO_BIN_EXE_lookalike")).args(args);
    shell.stdin(Stdio::null()).output().unwrap()
}

/// How a command ended that was short of something.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// With this code, and what it printed.
    Code(i32, String),
    /// It said why it could not run.
    Refused(String),
    /// Its memory did not suffice for it to begin, or to go on: it said so.
    Aborted,
}

impl End {
    fn code(&self) -> Option<i32> {
        if let Self::Code(code, _) = self { Some(*code) } else { None }
    }
}

fn end(output: Output, limits: &str, case: &str) -> End {
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!err.contains("please report it") && !err.contains("panicked"), "{case}: {err}");
    match (output.status.code(), output.status.signal()) {
        (Some(2), _) => {
            assert!(err.lines().any(|line| line.starts_with("lookalike: ")), "{case}: {err}");
            End::Refused(err)
        }
        (Some(code @ (0 | 1 | 3)), _) => End::Code(code, out),
        // the system's loader, which had no room for the program
        (Some(126 | 127), _) => End::Aborted,
        (_, Some(6)) => {
            assert!(err.contains("memory allocation of"), "{case}: {err}");
            End::Aborted
        }
        // the system, which has no room for the program at all
        (_, Some(_)) if err.is_empty() && !limited(limits, ["--version"]).status.success() => End::Aborted,
        other => panic!("{case}: {other:?}\n{err}"),
    }
}

/// Runs a command under ever higher limits, from the lowest up to the first under which it ends as without any, and on to the last.
///
/// `may_end` judges what it printed under each; returns how often it did not end as usual.
fn raise(limits: &[String], args: &[&str], mut may_end: impl FnMut(&End, &End, &str)) -> usize {
    let usual = end(limited("", args), "", "without limits");
    let (mut unusual, mut last) = (0, None);
    for limit in limits {
        let case = format!("{limit} {args:?}");
        let found = end(limited(limit, args), limit, &case);
        unusual += usize::from(found.code() != usual.code());
        may_end(&found, &usual, &case);
        last = Some(found);
    }
    assert_eq!(last.map(|last| last.code()), Some(usual.code()), "{args:?} is well under the highest limit");
    unusual
}

/// A result under a limit is the usual one, or none; that none was got of a file is said, and is code 3.
fn same_or_none(found: &End, usual: &End, case: &str) {
    if matches!(found, End::Code(..)) && *found != End::Code(3, String::new()) {
        assert_eq!(found, usual, "{case}");
    }
}

fn records(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a scan under a limit says of every file what is usually said, or that it was not checked.
fn no_file_is_missed(found: &End, usual: &End, case: &str) {
    let (End::Code(code, out), End::Code(_, usual)) = (found, usual) else { return };
    let (found, usual) = (records(out), records(usual));
    assert_eq!(found.len(), usual.len(), "{case}");
    let (mut matches, mut unchecked) = (0, 0);
    for (found, usual) in found.iter().zip(&usual) {
        assert_eq!(found["path"], usual["path"], "{case}");
        match found["outcome"].as_str().unwrap() {
            "over_limit" | "unreadable" | "corrupt" if found["outcome"] != usual["outcome"] => unchecked += 1,
            _ => {
                assert_eq!(found["outcome"], usual["outcome"], "{case}: {found}");
                assert_eq!(found["matches"], usual["matches"], "{case}");
                matches += usize::from(found["outcome"] == "match");
            }
        }
    }
    let expected = if matches > 0 {
        1
    } else if unchecked > 0 {
        3
    } else {
        0
    };
    assert_eq!(*code, expected, "{case}: {matches} matches, {unchecked} not checked");
}

/// Two listed pictures, two others, and one of many pixels.
fn pictures() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in ["media/altered/hills-copied.png", "media/altered/town-copied.png", "media/unrelated/hills-1.jpg"] {
        let name = demo_file(name);
        fs::copy(&name, directory.path().join(Path::new(&name).file_name().unwrap())).unwrap();
    }
    let large = image::GrayImage::from_fn(4000, 3000, |x, y| image::Luma([(x * y / 3000).to_le_bytes()[0]]));
    large.save(directory.path().join("large.png")).unwrap();
    directory
}

fn mebibytes(limits: impl IntoIterator<Item = u64>) -> Vec<String> {
    limits.into_iter().map(|limit| format!("ulimit -v {};", limit << 10)).collect()
}

const SOME: [u64; 10] = [4, 8, 14, 20, 30, 45, 70, 130, 260, 2048];

fn memory(limits: &[u64]) {
    let pictures = pictures();
    let (index, directory) = (demo_index(), pictures.path().to_str().unwrap());
    let limits = mebibytes(limits.iter().copied());
    for decoder in ["in-process", "worker"] {
        let usual = ["scan", "--jobs", "2", "--no-progress", "--format", "jsonl", "--decoder", decoder, "--exact"];
        let unusual = raise(&limits, &[&usual[..], &["--index", &index, directory]].concat(), no_file_is_missed);
        assert!(unusual > 2, "{decoder}: {unusual}");
    }
    // a file of 2 MB of hashes, each looked up
    let (lines, list) = (pictures.path().join("needles.txt"), pictures.path().join("list.txt"));
    let hashes: Vec<String> = (0..30_000_u64)
        .map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .map(|at| format!("{at:016x}{:016x}{:016x}{:016x}", at.rotate_left(7), at ^ at >> 9, !at.rotate_left(31)))
        .collect();
    fs::write(&lines, hashes[..2000].join("\n")).unwrap();
    fs::write(&list, hashes.join("\n")).unwrap();
    let matching = ["match", "--index", &index, lines.to_str().unwrap()];
    assert!(raise(&limits, &matching, same_or_none) > 1);
    let picture = pictures.path().join("large.png");
    assert!(raise(&limits, &["hash", picture.to_str().unwrap()], same_or_none) > 1);
    let built = pictures.path().join("built.idx");
    let list = format!("{},kind=pdq", list.to_str().unwrap());
    let building = ["index", "build", "--force", "--output", built.to_str().unwrap(), &list];
    let unusual = raise(&limits, &building, |found, usual, case| {
        same_or_none(found, usual, case);
        // whole, of this run or the one before
        assert_eq!(run(["index", "verify", built.to_str().unwrap()]).code, 0, "{case}");
    });
    assert!(unusual > 1);
}

#[test]
fn too_little_memory_is_said_and_no_file_is_missed() {
    memory(&SOME);
}

/// `cargo test --release -p lookalike-cli --test cli -- --ignored every_mebibyte`
#[test]
#[ignore = "takes minutes"]
fn every_mebibyte_of_memory_is_too_little_or_enough() {
    memory(&(2..400).chain([2048]).collect::<Vec<_>>());
}

#[test]
fn too_few_open_files_are_said_and_no_file_is_missed() {
    let pictures = pictures();
    let (index, directory) = (demo_index(), pictures.path().to_str().unwrap());
    let limits: Vec<String> = (3..24).chain([200]).map(|files| format!("ulimit -n {files};")).collect();
    for decoder in ["in-process", "worker"] {
        let scan = ["scan", "--jobs", "2", "--no-progress", "--format", "jsonl", "--decoder", decoder];
        let unusual = raise(&limits, &[&scan[..], &["--index", &index, directory]].concat(), no_file_is_missed);
        assert!(unusual > 1, "{decoder}: {unusual}");
    }
}

/// A store with the demo's list.
fn store(directory: &Path) -> String {
    let store = directory.join("store").to_str().unwrap().to_owned();
    assert_eq!(run(["store", "init", &store]).code, 0);
    assert_eq!(run(["store", "publish", &store, &demo_file("known.csv")]).code, 3);
    assert_eq!(run(["store", "remove", &store, "--list", "known", "hills"]).code, 0);
    store
}

fn generation(store: &str) -> u64 {
    let status: Value = serde_json::from_str(&run(["store", "status", "--format", "json", store]).out).unwrap();
    status["generation"].as_u64().unwrap()
}

/// Every file below a directory, by name.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path.to_str().unwrap().to_owned()) }
    }
    found.sort();
    found
}

/// Runs a command while no file may be longer than so much, a little more each time, until it ends well; returns how often it did not.
fn until_there_is_room(args: &[&str], mut refused: impl FnMut(&str)) -> usize {
    for (failures, blocks) in [0, 1, 2, 4, 8, 16, 64, 256, 4096].into_iter().enumerate() {
        let limit = format!("trap '' XFSZ; ulimit -f {blocks};");
        match end(limited(&limit, args), &limit, &format!("{limit} {args:?}")) {
            End::Refused(error) => {
                assert!(error.contains("ile too large") && error.contains("cannot "), "{blocks}: {error}");
                refused(&error);
            }
            End::Code(..) => return failures,
            End::Aborted => panic!("{args:?}"),
        }
    }
    panic!("{args:?} never has room")
}

#[test]
fn no_room_is_said_and_keeps_what_was_there() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let store = store(directory.path());
    let (index, report) = (at("list.idx"), at("report.jsonl"));
    fs::copy(demo_index(), &index).unwrap();
    fs::write(&report, "of yesterday").unwrap();
    let (old_index, list) = (fs::read(&index).unwrap(), demo_file("known.csv"));
    let (index_of_demo, media) = (demo_index(), demo_file("media"));
    let before = (files(directory.path()), generation(&store));
    let is_as_before = |error: &str| {
        assert_eq!((files(directory.path()), generation(&store)), before, "{error}");
        assert_eq!(fs::read(&index).unwrap(), old_index, "{error}");
        assert_eq!(fs::read_to_string(&report).unwrap(), "of yesterday", "{error}");
    };
    let scan = ["scan", "--no-progress", "--format", "jsonl", "--decoder", "in-process", "--index", &index_of_demo];
    let build = ["index", "build", "--force", "--test-list", "--output", &index, &list];
    assert!(until_there_is_room(&build, is_as_before) > 1);
    fs::write(&index, &old_index).unwrap();
    assert!(until_there_is_room(&[&scan[..], &["--output", &report, &media]].concat(), is_as_before) > 1);
    fs::write(&report, "of yesterday").unwrap();
    for command in [&["compact", &store][..], &["remove", &store, "--list", "known", "town"], &["rollback", &store]] {
        let args = [&["store"], command].concat();
        let now = (files(directory.path()), generation(&store));
        let is_as_now = |error: &str| {
            let (mut files, generation) = (files(directory.path()), generation(&store));
            // finished, and of no generation: the next writer removes it
            files.retain(|file| now.0.contains(file) || !file.ends_with(".delta"));
            assert_eq!((files, generation), now, "{error}");
        };
        assert!(until_there_is_room(&args, is_as_now) > 0);
        assert_eq!(generation(&store), now.1 + 1, "{args:?}");
    }
}

#[test]
fn a_log_without_room_ends_the_scan_and_stays_whole() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("audit.jsonl").to_str().unwrap().to_owned();
    let (index, media) = (demo_index(), demo_file("media"));
    let usual = ["scan", "--no-progress", "--format", "jsonl", "--decoder", "in-process", "--index", &index];
    let scan = [&usual[..], &["--audit", &log, &media]].concat();
    let mut of_the_log = 0;
    let failures = until_there_is_room(&scan, |error| {
        // the index is copied into memory, which the limit holds for as well
        assert!(error.contains(&log) || error.contains(&index), "{error}");
        of_the_log += usize::from(error.contains(&log));
        if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            assert_eq!(run(["audit", "verify", &log]).code, 0, "{error}");
        }
    });
    assert!(failures > 1 && of_the_log > 0);
    assert_eq!(run(["audit", "verify", &log]).code, 0);
}
