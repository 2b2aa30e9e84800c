//! `scan --audit`, `lookalike audit`: the trail of a scan, and what becomes of it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Done, demo_file, demo_index, run};

/// The lines of a log.
fn lines(log: &Path) -> Vec<Value> {
    fs::read_to_string(log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind(log: &Path, kind: &str) -> Vec<Value> {
    lines(log).into_iter().filter(|line| line["event"] == kind).collect()
}

struct Scanned {
    _directory: tempfile::TempDir,
    log: PathBuf,
    done: Done,
}

/// A scan of the demo's pictures with a log and a key.
fn scanned(more: &[&str]) -> Scanned {
    let directory = tempfile::tempdir().unwrap();
    let (log, key) = (directory.path().join("audit.jsonl"), directory.path().join("key"));
    fs::write(&key, [7; 32]).unwrap();
    let (index, media) = (demo_index(), demo_file("media"));
    let usual = ["scan", "--index", &index, "--no-progress", "--format", "jsonl", "--audit", log.to_str().unwrap()];
    let key = ["--audit-key", key.to_str().unwrap(), &media];
    let done = run(usual.iter().chain(more).chain(&key));
    Scanned { _directory: directory, log, done }
}

fn audit(command: &str, log: &Path, more: &[&str]) -> Done {
    run(["audit", command, log.to_str().unwrap()].iter().chain(more))
}

#[test]
fn every_match_is_logged_and_the_rest_is_counted() {
    let Scanned { log, done, .. } = &scanned(&[]);
    let records = done.records();
    let matched: Vec<_> = records.iter().filter(|record| record["outcome"] == "match").collect();
    let logged = of_kind(log, "match");
    assert!(matched.len() > 10);
    assert_eq!(logged.len(), matched.len());
    for (record, event) in matched.iter().zip(&logged) {
        let (found, entry) = (&record["matches"][0], &event["entries"][0]);
        assert_eq!(event["personal"]["bytes"], record["bytes"]);
        assert_eq!(event["seq"], record["audit"], "a reviewer finds the event of a file");
        assert!(event.get("automation").is_none(), "nothing is inferred");
        for (theirs, ours) in
            [("list", "list"), ("entry", "entry"), ("distance", "distance"), ("by", "by"), ("quality", "quality")]
        {
            assert_eq!(found[theirs], entry[ours]);
        }
        assert_eq!(entry["radius"], 31);
        assert_eq!(event["personal"]["content"].as_str().unwrap().len(), 64);
    }
    let counters = of_kind(log, "counters");
    assert_eq!(counters.len(), 1);
    let count = |outcome: &str| records.iter().filter(|record| record["outcome"] == outcome).count();
    let named = [
        ("matched", "match"),
        ("below_quality", "low_quality"),
        ("unsupported", "unsupported"),
        ("corrupt", "corrupt"),
    ];
    for (field, outcome) in named {
        assert_eq!(counters[0][field], count(outcome), "{field}");
    }
    assert_eq!(counters[0]["seen"], records.len());
    assert_eq!(counters[0]["looked_up"], count("match") + count("no_match"));
    assert_eq!(counters[0]["systems"][0]["matched"], matched.len());
    assert_eq!(counters[0]["interrupted"], false);

    let checked = audit("verify", log, &[]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    let head = checked.out.lines().find_map(|line| line.strip_prefix("head ")).unwrap();
    assert!(done.err.contains(&format!("its head is {head}")), "{}", done.err);
}

#[test]
fn no_path_and_no_hash_is_in_a_log() {
    let Scanned { log, done, .. } = &scanned(&["--verbose"]);
    let text = fs::read_to_string(log).unwrap();
    for record in done.records() {
        let name = Path::new(record["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap();
        assert!(!text.contains(name), "{name}");
        let hashes = record["hash"].as_str().into_iter().chain(record["matches"][0]["hash"].as_str());
        for hash in hashes {
            assert!(!text.contains(hash) && !text.contains(&hash[..20]), "a hash");
        }
    }
}

#[test]
fn outcomes_are_of_matches() {
    let Scanned { log, .. } = &scanned(&[]);
    let first = of_kind(log, "match")[0]["seq"].to_string();
    let done = audit("outcome", log, &[&first, "--review", "confirmed", "--viewed", "yes", "--reported-to", "NCMEC"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let outcome = &of_kind(log, "outcome")[0];
    assert_eq!((&outcome["review"], &outcome["file_viewed_by_provider"]), (&"confirmed".into(), &true.into()));
    let before = fs::read(log).unwrap();
    let refused = |of: &str, more: &[&str], words: &str| {
        let arguments: Vec<_> = [of].iter().chain(more).copied().collect();
        let done = audit("outcome", log, &arguments);
        assert_eq!(done.code, 2);
        assert!(done.err.contains(words), "{words} in {}", done.err);
    };
    refused("1", &["--review", "confirmed"], "event 1 of");
    refused("99999", &["--review", "confirmed"], "has no event 99999");
    refused(&first, &[], "say what became of it");
    assert_eq!(fs::read(log).unwrap(), before);
    let absent = log.with_file_name("absent.jsonl");
    assert_eq!(audit("outcome", &absent, &["1", "--review", "unclear"]).code, 2);
    assert!(!absent.exists(), "a wrong name begins no log");
    assert_eq!(audit("verify", log, &[]).code, 0);
}

#[test]
fn a_changed_log_is_named_by_its_line_and_a_head_finds_what_was_cut_off() {
    let Scanned { log, .. } = &scanned(&[]);
    let checked = audit("verify", log, &[]);
    let head = checked.out.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned();
    let text = fs::read_to_string(log).unwrap();
    let third = text.lines().nth(2).unwrap();
    fs::write(log, text.replace(third, &third.replacen("\"distance\":", "\"distance\":1", 1))).unwrap();
    let done = audit("verify", log, &[]);
    assert_eq!(done.code, 2);
    assert!(done.err.contains("audit.jsonl") && done.err.contains('3') && !done.out.contains("sound:"), "{}", done.err);
    let shorter: Vec<_> = text.lines().collect();
    fs::write(log, shorter[..shorter.len() - 2].join("\n") + "\n").unwrap();
    assert_eq!(audit("verify", log, &[]).code, 0, "that nobody can tell without a head");
    let done = audit("verify", log, &["--head", &head]);
    assert_eq!(done.code, 2, "{}", done.out);
    fs::write(log, text).unwrap();
    assert_eq!(audit("verify", log, &["--head", &head]).code, 0);
}

#[test]
fn personal_parts_are_deleted_and_the_log_stays_sound() {
    let Scanned { log, .. } = &scanned(&[]);
    let matches = of_kind(log, "match").len();
    let head =
        audit("verify", log, &[]).out.lines().find_map(|line| line.strip_prefix("head ").map(str::to_owned)).unwrap();
    assert!(audit("redact", log, &[]).err.contains("no personal part whose time is over"));
    let done = audit("redact", log, &["--older-than", "0"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains(&format!("Deleted {matches} personal parts")), "{}", done.err);
    let checked = audit("verify", log, &["--head", &head]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    assert!(checked.out.contains(&format!("{matches} lost the personal part")), "{}", checked.out);
}

#[test]
fn what_cannot_be_logged_is_not_reported() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("audit.jsonl");
    let other = directory.path().join("other.jsonl");
    fs::write(&other, "{\"path\":\"a\"}\n").unwrap();
    let (index, media) = (demo_index(), demo_file("media"));
    let scan = |log: &Path, more: &[&str]| {
        let usual = ["scan", "--index", &index, "--no-progress", "--audit", log.to_str().unwrap(), &media];
        run(usual.iter().chain(more))
    };
    let refused = scan(&other, &[]);
    assert!(refused.code == 2 && refused.out.is_empty(), "{}", refused.err);
    assert_eq!(fs::read_to_string(&other).unwrap(), "{\"path\":\"a\"}\n");
    let short = directory.path().join("short");
    fs::write(&short, "secret").unwrap();
    let refused = scan(&log, &["--audit-key", short.to_str().unwrap()]);
    assert!(refused.code == 2 && refused.err.contains("audit key"), "{}", refused.err);
    // one writer
    assert_eq!(scan(&log, &[]).code, 1);
    let lock = fs::OpenOptions::new().write(true).open(directory.path().join("audit.jsonl.lock")).unwrap();
    lock.lock().unwrap();
    let busy = scan(&log, &[]);
    assert!(busy.code == 2 && busy.out.is_empty(), "{}", busy.err);
    drop(lock);
    assert_eq!(scan(&log, &[]).code, 1);
    assert_eq!(of_kind(&log, "counters").len(), 2);
}

#[test]
fn what_is_kept_for_a_time_and_what_is_left_out_can_be_said() {
    let Scanned { log, done, .. } = &scanned(&["--audit-retain", "30", "--audit-no-distances"]);
    assert_eq!(done.code, 1, "{}", done.err);
    let matches = of_kind(log, "match");
    assert!(!matches.is_empty());
    for event in &matches {
        assert!(event["retain_until"].as_i64() > event["personal"]["bytes"].as_i64());
        assert!(!event.to_string().contains("distance"));
    }
}

#[test]
fn a_key_is_the_same_with_and_without_its_line_break() {
    let contents = ["0123456789abcdef", "0123456789abcdef\n", "0123456789abcdeX"].map(|key| {
        let directory = tempfile::tempdir().unwrap();
        let (log, path) = (directory.path().join("audit.jsonl"), directory.path().join("key"));
        fs::write(&path, key).unwrap();
        let words = ["--audit", log.to_str().unwrap(), "--audit-key", path.to_str().unwrap(), &demo_file("media")];
        run(["scan", "--index", &demo_index()].iter().chain(&words));
        of_kind(&log, "match").iter().map(|event| event["personal"]["content"].to_string()).collect::<Vec<_>>()
    });
    assert!(contents[0] == contents[1] && contents[0] != contents[2] && !contents[0].is_empty());
}

#[test]
fn a_test_run_is_logged_as_it_was_said() {
    let Scanned { log, .. } = &scanned(&[]);
    let words = ["--sample", "drawn", "--positives", "200", "--profile", "pdq", "--radius", "31"];
    let done = audit("test-run", log, &[&words[..], &["--found", "190"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let run = &of_kind(log, "test_run")[0];
    assert_eq!((&run["positives"], &run["found"], &run["by"]), (&200.into(), &190.into(), &"pdq".into()));
    assert_eq!(audit("test-run", log, &[&words[..], &["--found", "201"]].concat()).code, 2);
}
