//! Hashes are printed where they were asked for, and nowhere else: a hash is not anonymous, and logs are read by many.

use std::fs;

use crate::support::{Done, demo, demo_file, demo_index, run, run_with};

/// Whether a text holds anything like a hash: 16 or more hexadecimal digits in a row.
fn holds_a_hash(text: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_hexdigit()).any(|word| word.len() >= 16)
}

/// The text without digests of all entries of a list: they tell of no picture, and are there to be compared.
fn without_digests(text: &str) -> String {
    text.lines().map(|line| line.split("digest ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn no_hash_reaches_standard_error_or_a_report_for_people() {
    let list = fs::read_to_string(demo().join("known.csv")).unwrap();
    let broken: String =
        list.lines().map(|line| format!("{}\n", line.replace("harmless", "x").replacen(',', ",0", 1))).collect();
    let (index, media) = (demo_index(), demo_file("media"));
    let new = tempfile::tempdir().unwrap();
    let output = new.path().join("out.idx");
    let output = output.to_str().unwrap();
    let store = new.path().join("store");
    let store = store.to_str().unwrap();
    let quiet: Vec<(&str, Done)> = vec![
        ("scan", run(["scan", "--index", &index, "--verbose", &media])),
        ("html", run(["scan", "--index", &index, "--verbose", "--format", "html", &media])),
        (
            "inspect",
            Done { out: without_digests(&run(["index", "inspect", &index]).out), ..run(["index", "verify", &index]) },
        ),
        ("store init", run(["store", "init", store])),
        ("store publish", run_with(["store", "publish", store, "csv:-"], list.as_bytes())),
        ("store add", run_with(["store", "add", store, "csv:-,list=more"], broken.as_bytes())),
        ("store remove", run(["store", "remove", store, "--list", "csv", "town"])),
        ("store status", run(["store", "status", store])),
        ("store scan", run(["scan", "--store", store, &media])),
        ("verify", run(["index", "verify", &index])),
        ("build", run_with(["index", "build", "-o", output, "csv:-"], broken.as_bytes())),
        ("build text", run_with(["index", "build", "-o", output, "text:-"], broken.as_bytes())),
        ("demo", run(["demo"])),
    ];
    for (name, done) in &quiet {
        assert!(!holds_a_hash(&done.out), "{name}: {}", done.out);
        assert!(!holds_a_hash(&done.err), "{name}: {}", done.err);
    }
    let loud = [
        run(["hash", &media]),
        run(["scan", "--index", &index, "--format", "jsonl", &media]),
        run_with(["match", "--index", &index, "-"], format!("{broken}{}zz", "ab".repeat(31)).as_bytes()),
        run(["match", "--index", &index, &"ab".repeat(40)]),
    ];
    for done in &loud {
        assert!(!holds_a_hash(&done.err), "{}", done.err);
    }
    assert!(holds_a_hash(&loud[0].out) && holds_a_hash(&loud[1].out), "the check itself must be able to fail");
}
