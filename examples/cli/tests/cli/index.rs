//! `lookalike index`: what goes in, what is left out, what is refused.

use std::fs;

use crate::support::{demo_file, demo_index, run, run_with};

const HASH: &str = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
const OTHER: &str = "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064";

fn build(input: &str, args: &[&str]) -> (i32, String, bool) {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("out.idx");
    let all = ["index", "build", "--output", output.to_str().unwrap()].into_iter().chain(args.iter().copied());
    let done = run_with(all, input.as_bytes());
    (done.code, done.err, output.exists())
}

#[test]
fn bad_entries_are_left_out_counted_and_named() {
    let list = format!("# a list\n{HASH}\n{HASH}\nnonsense\n{OTHER},97,cat.jpg\n1234\n");
    let (code, err, exists) = build(&list, &["-"]);
    assert_eq!((code, exists), (0, true), "{err}");
    assert!(err.contains("6 lines read, 3 entries, 2 quarantined, 1 duplicate"), "{err}");
    assert!(err.contains("standard input:4: ") && err.contains("standard input:6: the hash has 4 digits"), "{err}");
}

#[test]
fn only_the_first_bad_entries_are_named() {
    let list = format!("{HASH}\n{}", "x\n".repeat(25));
    let (code, err, _) = build(&list, &["-"]);
    assert_eq!((code, err.matches("left out").count()), (0, 10), "{err}");
    assert!(err.contains("and 15 more"), "{err}");
}

#[test]
fn strict_writes_nothing_when_an_entry_is_bad() {
    let (code, err, exists) = build(&format!("{HASH}\nnonsense\n"), &["--strict", "-"]);
    assert_eq!((code, exists), (2, false), "{err}");
    assert!(err.contains("--strict"), "{err}");
    assert_eq!(build(&format!("{HASH}\n"), &["--strict", "-"]).0, 0);
}

#[test]
fn an_empty_index_is_an_error_unless_asked_for() {
    for list in ["", "# nothing\n\n", "nonsense\n"] {
        let (code, err, exists) = build(list, &["-"]);
        assert_eq!((code, exists), (2, false), "{err}");
        assert!(err.contains("--allow-empty"), "{err}");
        let (code, err, exists) = build(list, &["--allow-empty", "-"]);
        assert_eq!((code, exists), (0, true), "{err}");
    }
}

#[test]
fn an_existing_file_is_replaced_only_by_force() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("precious.jpg");
    fs::write(&output, "precious").unwrap();
    let name = output.to_str().unwrap();
    let done = run_with(["index", "build", "-o", name, "-"], HASH.as_bytes());
    assert_eq!((done.code, fs::read(&output).unwrap()), (2, b"precious".to_vec()));
    assert!(done.err.contains("--force"), "{}", done.err);
    // A failure leaves the old file, too.
    assert_eq!(run_with(["index", "build", "--force", "-o", name, "-"], b"nonsense").code, 2);
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    assert_eq!(run_with(["index", "build", "--force", "-o", name, "-"], HASH.as_bytes()).code, 0);
    assert_eq!(run(["index", "verify", name]).code, 0);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_csv_has_a_map_of_columns() {
    let csv = format!("case;pdq_hex;what\n7;{HASH};A1\n");
    let (code, err, _) =
        build(&csv, &["csv:-,list=mine,hash-column=pdq_hex,id-column=case,classification-column=what"]);
    assert_eq!(code, 0, "{err}");
    let (code, err, exists) = build(&csv, &["csv:-,hash-column=no such"]);
    assert_eq!((code, exists), (2, false));
    assert!(err.contains("no such") && err.contains("pdq_hex"), "{err}");
}

#[test]
fn every_kind_and_profile_gives_the_same_answers() {
    let directory = tempfile::tempdir().unwrap();
    for (profile, hash) in [("pdq", HASH), ("pdq512", HASH), ("phash", "aca29c1c33dc23d7"), ("ahash256", OTHER)] {
        for kind in ["auto", "linear", "bk-tree"] {
            let output = directory.path().join(format!("{profile}-{kind}"));
            let name = output.to_str().unwrap();
            let args = ["index", "build", "--profile", profile, "--kind", kind, "-o", name, "-"];
            let done = run_with(args, hash.as_bytes());
            assert_eq!(done.code, 0, "{}", done.err);
            let done = run(["match", "--index", name, hash]);
            assert_eq!(done.code, 1, "{profile} {kind}: {}", done.err);
            assert!(done.out.contains(&format!("{hash},0,{hash},stdin,1")), "{}", done.out);
        }
    }
    assert_eq!(build(HASH, &["--kind", "magic", "-"]).0, 2);
    assert_eq!(build(HASH, &["--profile", "PDQ", "-"]).0, 2);
}

#[test]
fn inspect_tells_what_is_inside() {
    let done = run(["index", "inspect", &demo_index()]);
    assert_eq!(done.code, 0, "{}", done.err);
    for words in [
        "pdq (256 bits)",
        "hashes       3 distinct",
        "entries      3",
        "quarantined  1",
        "kind         linear, in planes",
        "planned      linear: at radius 31 a look-up in 3 hashes by multi-index hashing would cost more than a scan",
        "digests      none",
        "entry digest ",
        "known: 3 entries, abuse, entry digest ",
        "by chance",
    ] {
        assert!(done.out.contains(words), "{words} in {}", done.out);
    }
}

#[test]
fn verify_refuses_what_was_changed() {
    assert_eq!(run(["index", "verify", &demo_index()]).code, 0);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("changed.idx");
    let bytes = fs::read(demo_index()).unwrap();
    for at in [0, 20, 40, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&path, &changed).unwrap();
        for command in ["verify", "inspect"] {
            let done = run(["index", command, path.to_str().unwrap()]);
            assert_eq!((done.code, &*done.out), (2, ""), "{command} at {at}");
            assert!(done.err.contains("changed.idx"), "{}", done.err);
        }
    }
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(run(["index", "verify", path.to_str().unwrap()]).code, 2);
    assert_eq!(run(["index", "verify", &demo_file("known.csv")]).code, 2);
}
