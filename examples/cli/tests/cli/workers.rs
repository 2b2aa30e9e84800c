//! `scan` in worker processes: the same records as in one process, and one outcome where a worker dies.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Done, command, demo, demo_index, index_under, references, run, shared};

/// The records of a scan, without what differs from run to run, and how it ended.
fn scan(decoder: &str, words: &[&str]) -> (Vec<Value>, i32, String) {
    let done = run(["scan", "--format", "jsonl", "--decoder", decoder].iter().chain(words));
    let mut records = done.records();
    for record in &mut records {
        record.as_object_mut().unwrap().remove("millis").unwrap();
    }
    // the summary, but for the time it took
    let summary = done.err.split(" in ").next().unwrap_or_default().to_owned();
    (records, done.code, summary)
}

/// Scans both ways, and returns how many records there are and how many of them could not be checked.
fn compare(words: &[&str]) -> (usize, usize) {
    let (expected, found) = (scan("in-process", words), scan("worker", words));
    assert_eq!(found.0.len(), expected.0.len());
    for (found, expected) in found.0.iter().zip(&expected.0) {
        assert_eq!(found, expected);
    }
    assert_eq!(found, expected);
    let checked = ["match", "test", "no_match"];
    let unchecked = found.0.iter().filter(|record| !checked.contains(&record["outcome"].as_str().unwrap()));
    (found.0.len(), unchecked.count())
}

#[test]
fn records_are_those_of_decoding_in_the_process() {
    let (index, media) = (demo_index(), demo().to_str().unwrap().to_owned());
    for words in [&["--exact"][..], &[], &["--exact", "--views", "thorough"], &["--exact", "--views", "none"]] {
        let (records, _) = compare(&[&["--index", &index, &media], words].concat());
        assert!(records > 20, "{records}");
    }
    if let Some(folder) = shared("malformed") {
        let (records, unchecked) = compare(&["--exact", "--index", &index, folder.to_str().unwrap()]);
        assert!(records > 50 && unchecked > 20, "{unchecked} of {records}");
        compare(&["--index", &index, folder.to_str().unwrap()]);
    }
    if let Some(folder) = shared("pdq-reference") {
        let directory = tempfile::tempdir().unwrap();
        let listed: Vec<_> = references(&folder).into_iter().map(|row| row.pdq).collect();
        let listed: Vec<_> = listed.iter().map(String::as_str).step_by(3).collect();
        let index = index_under("pdq", directory.path(), &listed);
        let images = folder.join("images");
        let (records, _) = compare(&["--exact", "--index", &index, images.to_str().unwrap()]);
        assert!(records > 20, "{records}");
        compare(&["--index", &index, images.to_str().unwrap()]);
    }
}

/// Lists of a hash that is made of pixels: these come out of the worker, too.
#[test]
fn classic_hashes_are_those_of_decoding_in_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let index = index_under("phash", directory.path(), &["0123456789abcdef", "8000000000000001"]);
    let (records, _) = compare(&["--index", &index, "--radius", "20", demo().to_str().unwrap()]);
    assert!(records > 20, "{records}");
}

/// The processes of a process.
fn children(of: u32) -> Vec<i32> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let is_child = |number: &i32| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)) == Some(of.to_string().as_str())
    };
    all.filter(is_child).collect()
}

fn kill(number: i32) {
    let done = std::process::Command::new("kill").args(["-9", &number.to_string()]).stderr(Stdio::null()).status();
    assert!(done.is_ok());
}

#[test]
fn a_scan_whose_workers_are_killed_loses_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let picture = fs::read(png_of(demo())).unwrap();
    const FILES: usize = 300;
    for number in 0..FILES {
        fs::write(directory.path().join(format!("{number:04}.png")), &picture).unwrap();
    }
    let index = demo_index();
    let words = ["scan", "--exact", "--jobs", "2", "--format", "jsonl", "--decoder", "worker", "--index", &index];
    let child = command(words.iter().copied().chain([directory.path().to_str().unwrap()])).spawn().unwrap();
    let (scan, begun) = (child.id(), Instant::now());
    let killer = thread::spawn(move || {
        let mut kills = 0;
        // The first worker is started before the scan, which would be refused without; the second one in its course.
        while begun.elapsed() < Duration::from_secs(60) && children(scan).len() < 2 {
            thread::sleep(Duration::from_millis(1));
        }
        while begun.elapsed() < Duration::from_secs(120) && fs::exists(format!("/proc/{scan}/exe")).unwrap_or(false) {
            let Some(worker) = children(scan).into_iter().nth(kills % 2) else {
                thread::sleep(Duration::from_millis(1));
                if fs::read_to_string(format!("/proc/{scan}/stat")).is_ok_and(|stat| stat.contains(") Z")) {
                    break;
                }
                continue;
            };
            kill(worker);
            kills += 1;
            thread::sleep(Duration::from_millis(30));
        }
        kills
    });
    let done = Done::from(child.wait_with_output().unwrap());
    let kills = killer.join().unwrap();
    let records = done.records();
    assert_eq!(records.len(), FILES, "{}", done.err);
    let mut dead = 0;
    for record in &records {
        match (record["outcome"].as_str().unwrap(), record["detail"].as_str()) {
            ("corrupt", Some(detail)) => {
                assert!(detail.contains("the decoder was killed by signal 9"), "{detail}");
                dead += 1;
            }
            ("unreadable", Some(detail)) => assert!(detail.contains("no decoder could be started"), "{detail}"),
            ("match" | "no_match", _) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(kills > 0);
    // what was not checked is never clean
    assert!(dead == 0 || matches!(done.code, 1 | 3), "{}", done.err);
}

/// Some PNG below a directory.
fn png_of(directory: &Path) -> std::path::PathBuf {
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "png") {
                return path;
            }
        }
    }
    panic!("the demo has no PNG")
}

#[test]
fn a_file_that_takes_too_long_is_over_the_limit() {
    let index = demo_index();
    let picture = png_of(demo());
    let words = ["scan", "--exact", "--format", "jsonl", "--decoder-timeout", "0.001", "--index", &index];
    let done = run(words.iter().copied().chain([picture.to_str().unwrap()]));
    let record = &done.records()[0];
    assert_eq!((done.code, record["outcome"].as_str()), (3, Some("over_limit")), "{record}");
    let detail = record["detail"].as_str().unwrap();
    assert!(detail.contains("it takes longer than 1 ms; --decoder-timeout allows more"), "{detail}");
}
