//! `lookalike demo`: the way in for newcomers.

use std::fs;

use crate::support::{demo, run};

#[test]
fn the_demo_explains_itself_and_cleans_up() {
    let done = run(["demo"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for words in [
        "What matched, and why",
        "What did not match",
        "What could not be checked",
        "exit code 1",
        "after rotate90",
        "same md5 as entry clip of list known",
        "of list lookalike-test",
        "held back by quorum_verified (0 of 1)",
        "held back by allow_near (ours)",
        "\"lacking\":[\"quorum_verified: 0 of 1\"]",
    ] {
        assert!(done.out.contains(words), "{words} in {}", done.out);
    }
    let place = done.out.split(" in ").nth(1).unwrap().split("/media").next().unwrap();
    assert!(!fs::exists(place).unwrap(), "{place} was left behind");
}

#[test]
fn the_demo_keeps_a_named_directory_and_overwrites_nothing() {
    for name in ["media", "known.csv", "known.idx", "uploads", "policy.toml", "policy.idx"] {
        assert!(demo().join(name).exists(), "{name}");
    }
    let again = run([std::ffi::OsStr::new("demo"), demo().as_os_str()]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("not empty"), "{}", again.err);
}

#[test]
fn the_demo_is_the_same_every_time() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("new/deep");
    assert_eq!(run([std::ffi::OsStr::new("demo"), place.as_os_str()]).code, 0);
    for name in ["known.csv", "known.idx", "policy.idx"] {
        assert_eq!(fs::read(place.join(name)).unwrap(), fs::read(demo().join(name)).unwrap(), "{name}");
    }
}
