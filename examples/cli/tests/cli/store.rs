//! `lookalike store`, and scans of a store that changes under them.

use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use lookalike::hash::Bits256;
use lookalike::index::Source;
use lookalike::store::Writer;
use lookalike::store::manifest::Seen;
use serde_json::Value;

use crate::support::{Done, command, demo_file, run, run_with};

/// A store with the demo's list, in generation 2: the entries hills, town and shapes of the list known.
fn demo_store() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store").to_str().unwrap().to_owned();
    assert_eq!(run(["store", "init", &store]).code, 0);
    let published = run(["store", "publish", &store, &demo_file("known.csv")]);
    assert_eq!(published.code, 3, "a line of the demo's list is bad: {}", published.err);
    assert!(published.err.contains("Published generation 2: 3 entries, profile pdq."), "{}", published.err);
    (directory, store)
}

fn status(store: &str) -> Value {
    let done = run(["store", "status", "--format", "json", store]);
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

fn scan(store: &str, picture: &str) -> (Done, Value) {
    let path = demo_file(picture);
    let done = run(["scan", "--store", store, "--no-progress", "--format", "jsonl", &path]);
    let record = done.records().remove(0);
    (done, record)
}

const HILLS: &str = "media/altered/hills-copied.png";
const TOWN: &str = "media/altered/town-copied.png";

#[test]
fn entries_are_removed_and_added_and_every_record_says_in_which_generation() {
    let (directory, store) = demo_store();
    let (done, record) = scan(&store, HILLS);
    assert_eq!((done.code, &record["generation"], &record["outcome"]), (1, &Value::from(2), &Value::from("match")));

    let removed = run(["store", "remove", &store, "--list", "known", "hills"]);
    assert_eq!((removed.code, removed.err.as_str()), (0, "Removed 1 entry of known: generation 3.\n"));
    let (done, record) = scan(&store, HILLS);
    assert_eq!((done.code, &record["generation"], &record["outcome"]), (0, &Value::from(3), &Value::from("no_match")));
    assert_eq!(scan(&store, TOWN).0.code, 1);

    let hash = run(["hash", &demo_file(HILLS)]).out.split(',').next().unwrap().to_owned();
    let urgent = directory.path().join("urgent.jsonl");
    let line = format!(r#"{{"key":"u1","id":"u1","hash":"{hash}","kind":"pdq","classification":"A1"}}"#);
    fs::write(&urgent, format!("{line}\n")).unwrap();
    let added = run(["store", "add", &store, &format!("jsonl:{},list=hotline", urgent.display())]);
    assert_eq!(added.code, 0, "{}", added.err);
    assert!(added.err.contains("Added 1 entry"), "{}", added.err);
    let (_, record) = scan(&store, HILLS);
    assert_eq!((&record["generation"], &record["matches"][0]["list"]), (&Value::from(4), &Value::from("hotline")));

    assert_eq!(run(["store", "compact", &store]).code, 0);
    let now = status(&store);
    assert_eq!(
        (&now["generation"], &now["added"], &now["hidden"]),
        (&Value::from(5), &Value::from(0), &Value::from(0))
    );
    assert_eq!(scan(&store, HILLS).1["matches"][0]["entry"], "u1");
    assert_eq!(run(["store", "rollback", &store, "--to", "4"]).code, 0);
    assert_eq!(scan(&store, HILLS).1["generation"], 6);
}

/// A scan that is given one name after the other.
struct UnderWay {
    child: Child,
    names: ChildStdin,
    records: Lines<BufReader<ChildStdout>>,
}

impl UnderWay {
    fn start(store: &str, more: &[&str]) -> Self {
        let usual = ["scan", "--store", store, "--no-progress", "--format", "jsonl", "--jobs", "1"];
        let mut child = command(usual.iter().chain(more).chain(&["-"])).stdin(Stdio::piped()).spawn().unwrap();
        let names = child.stdin.take().unwrap();
        let records = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, names, records }
    }

    fn ask(&mut self, picture: &str) -> Value {
        writeln!(self.names, "{}", demo_file(picture)).unwrap();
        self.names.flush().unwrap();
        serde_json::from_str(&self.records.next().unwrap().unwrap()).unwrap()
    }

    /// Asks until the answer is of a generation; those before it must have this outcome.
    fn ask_in(&mut self, generation: u64, picture: &str, before: &str) -> Value {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let record = self.ask(picture);
            if record["generation"] == generation {
                return record;
            }
            assert_eq!(record["outcome"], before, "{record}");
            assert!(Instant::now() < until);
        }
    }

    fn end(self) -> i32 {
        let Self { mut child, names, records } = self;
        drop(names);
        assert_eq!(records.count(), 0);
        child.wait().unwrap().code().unwrap()
    }
}

#[test]
fn a_scan_under_way_sees_what_is_removed() {
    let (_directory, store) = demo_store();
    let mut scan = UnderWay::start(&store, &[]);
    assert_eq!(scan.ask(HILLS)["outcome"], "match");
    assert_eq!(run(["store", "remove", &store, "--list", "known", "hills"]).code, 0);
    assert_eq!(scan.ask_in(3, HILLS, "match")["outcome"], "no_match");
    assert_eq!(scan.end(), 1);
}

#[test]
fn the_rules_of_a_list_hold_from_the_generation_on_that_brings_it() {
    let (directory, store) = demo_store();
    let policy = directory.path().join("policy.toml");
    fs::write(&policy, "version = 1\n\n[[list]]\nname = \"hotline\"\nradius = 0\n").unwrap();
    let mut scan = UnderWay::start(&store, &["--policy", policy.to_str().unwrap()]);
    // In one change the entry goes to another list, whose radius is smaller.
    let hills = run(["hash", &demo_file(HILLS)]).out.split(',').next().unwrap().to_owned();
    let change = format!(
        "{{\"key\":\"hills\",\"withdrawn\":true}}\n{{\"key\":\"1\",\"id\":\"1\",\"hash\":\"{hills}\",\"kind\":\"pdq\",\"list\":\"hotline\"}}\n"
    );
    let blurred = "media/altered/hills-blurred.jpg";
    let before = scan.ask(blurred);
    assert_eq!(before["outcome"], "match");
    assert_ne!(before["matches"][0]["distance"], 0);
    let keyed = directory.path().join("keyed.jsonl");
    fs::write(&keyed, format!("{{\"key\":\"hills\",\"id\":\"hills\",\"hash\":\"{hills}\",\"kind\":\"pdq\"}}\n"))
        .unwrap();
    let keyed = format!("jsonl:{},list=known", keyed.display());
    assert_eq!(run(["store", "add", &store, &keyed]).code, 0);
    assert_eq!(run_with(["store", "add", &store, "jsonl:-,list=known"], change.as_bytes()).code, 0);
    assert_eq!(scan.ask_in(4, blurred, "match")["outcome"], "no_match");
    assert_eq!(scan.ask_in(4, HILLS, "match")["matches"][0]["list"], "hotline");
    assert_eq!(scan.end(), 1);
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_changed() {
    let (directory, store) = demo_store();
    let absent = directory.path().join("absent").to_str().unwrap().to_owned();
    let empty = directory.path().join("empty").to_str().unwrap().to_owned();
    assert_eq!(run(["store", "init", &empty]).code, 0);
    let bad = directory.path().join("bad.txt");
    fs::write(&bad, "zzz\n").unwrap();
    let bad = bad.to_str().unwrap();
    let picture = demo_file(HILLS);
    let cases: [(&[&str], &str); 11] = [
        (&["store", "status", &absent], "make one with `lookalike store init`"),
        (&["scan", "--store", &absent, &picture], "holds no store"),
        (&["scan", "--store", &empty, &picture], "so every picture would look clean"),
        (&["scan", "--store", &store, "--index", "x.idx", &picture], "cannot be used with"),
        (&["scan", &picture], "--index <FILE>|--store <DIR>"),
        (&["store", "init", &store], "is not empty"),
        (&["store", "remove", &store, "--list", "knwn", "hills"], "has no list knwn; it has known"),
        (&["store", "remove", &store, "--list", "known", "hills", "hlls"], "has no entry \"hlls\""),
        (&["store", "add", &store, bad], "no usable entry"),
        (&["store", "publish", &store, bad], "there is no entry"),
        (&["store", "rollback", &store], "generation 1 holds no entry"),
    ];
    for (arguments, expected) in cases {
        let done = run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.err);
        assert!(done.err.contains(expected), "{arguments:?}: {}", done.err);
    }
    assert_eq!(status(&store)["generation"], 2);
    assert_eq!(scan(&store, HILLS).0.code, 1);
}

#[test]
fn a_second_writer_waits_and_then_says_who_is_in_the_way() {
    let (_directory, store) = demo_store();
    let lock = fs::OpenOptions::new().write(true).open(Path::new(&store).join("LOCK")).unwrap();
    lock.lock().unwrap();
    let busy = run(["store", "remove", &store, "--list", "known", "--wait", "0", "hills"]);
    assert_eq!(busy.code, 2);
    assert!(busy.err.contains("being written to by another process"), "{}", busy.err);
    let waiting = command(["store", "remove", &store, "--list", "known", "--wait", "60", "hills"]).spawn().unwrap();
    drop(lock);
    assert!(waiting.wait_with_output().unwrap().status.success());
}

#[test]
fn changes_are_kept_on_top_of_an_older_list_if_that_is_said() {
    let (_directory, store) = demo_store();
    assert_eq!(run(["store", "remove", &store, "--list", "known", "hills"]).code, 0);
    let list = demo_file("known.csv");
    let kept = run(["store", "publish", "--keep-changes", &store, &list]);
    assert!(kept.err.contains("generation 4") && !kept.err.contains("no longer there"), "{}", kept.err);
    assert_eq!(scan(&store, HILLS).0.code, 0);
    let dropped = run(["store", "publish", &store, &list]);
    assert!(dropped.err.contains("1 earlier change"), "{}", dropped.err);
    assert_eq!(scan(&store, HILLS).0.code, 1);
}

#[test]
fn withdrawals_of_what_is_not_there_are_counted() {
    let (_directory, store) = demo_store();
    let list = b"{\"key\":\"nobody\",\"withdrawn\":true}\n";
    let done = run_with(["store", "add", &store, "jsonl:-,list=known"], list);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("Nothing changed") && done.err.contains("1 withdrawal of keys"), "{}", done.err);
}

#[test]
fn uploads_that_were_kept_are_found_when_they_are_listed() {
    let directory = tempfile::tempdir().unwrap();
    let uploads = directory.path().join("uploads").to_str().unwrap().to_owned();
    assert_eq!(run(["store", "init", &uploads]).code, 0);
    let (unrelated, media) = (directory.path().join("other.txt"), demo_file("media"));
    fs::write(&unrelated, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n").unwrap();
    let index = directory.path().join("other.idx").to_str().unwrap().to_owned();
    assert_eq!(run(["index", "build", "-o", &index, unrelated.to_str().unwrap()]).code, 0);
    let scan =
        || run(["scan", "--index", &index, "--no-progress", "--format", "jsonl", "--remember", &uploads, &media]);
    let done = scan();
    assert!(done.err.contains("Kept the hashes of"), "{}", done.err);
    assert!(done.records().iter().all(|record| record.get("dihedral").is_none()));
    let before = status(&uploads)["lists"].clone();
    assert!(
        scan().code == done.code && status(&uploads)["lists"] == before,
        "a file that is scanned again is kept once"
    );

    // What a scan with the list would match by the pictures themselves is what was kept.
    let known = demo_file("known.csv");
    let retro = run(["store", "retro", "--format", "jsonl", &uploads, &known]);
    assert_eq!(retro.code, 1, "{}", retro.err);
    let mut found: Vec<_> =
        retro.records().iter().map(|line| (line["upload"].clone(), line["distance"].clone())).collect();
    let matched = run([
        "scan",
        "--index",
        &demo_file("known.idx"),
        "--views",
        "none",
        "--no-progress",
        "--format",
        "jsonl",
        &media,
    ]);
    let matched = matched.records();
    let of_pictures = matched.iter().filter(|record| record["matches"][0]["view"] == "original");
    let mut expected: Vec<_> =
        of_pictures.map(|record| (record["path"].clone(), record["matches"][0]["distance"].clone())).collect();
    found.sort_by_key(|(name, _)| name.to_string());
    expected.sort_by_key(|(name, _)| name.to_string());
    assert!(expected.len() > 10);
    assert_eq!(found, expected);
    assert!(retro.records().iter().any(|line| line["transform"] != "original"), "turned ones, too");
    let csv = run(["store", "retro", &uploads, &known]);
    assert_eq!(csv.out.lines().count(), found.len() + 1);
    assert!(csv.out.starts_with("upload,kept,transform,distance,list,entry,classification\n"), "{}", csv.out);

    // An old day is forgotten, this one is not.
    let old = format!("text:{},list=uploads 2020-01-01,role=test", unrelated.display());
    assert_eq!(run(["store", "add", &uploads, &old]).code, 0);
    let forget = |days: &str| run(["store", "forget", "--older-than", days, &uploads]);
    assert!(forget("90").err.contains("Forgot the uploads"), "the day of 2020");
    assert_eq!(status(&uploads)["lists"], before);
    assert!(forget("90").err.contains("has no uploads from before"));
}

#[test]
fn a_stale_list_keeps_matching_and_alarms_unless_the_operator_chose_otherwise() {
    let (_directory, store) = demo_store();
    let remember = |expires: &str, refuses_stale: bool| {
        let seen = serde_json::json!({
            "epoch": 1, "sequence": 7, "manifest": "0".repeat(64), "created": "2026-01-01T00:00:00Z", "expires": expires,
            "entries": 3, "profile": "pdq", "latest_time": 0,
        });
        let mut writer = Writer::<32>::open(&store).unwrap();
        let mut seen: Seen = serde_json::from_value(seen).unwrap();
        seen.refuses_stale = refuses_stale;
        writer.remember("known", seen);
        let mut change = writer.change();
        let source = Source { list: "other", id: "1", ..Source::default() };
        change.add(Some(Bits256::from_bytes([0x5a; 32])), &[], source, Some("1")).unwrap();
        change.commit().unwrap();
    };
    remember("2026-02-01T00:00:00Z", false);
    let (done, record) = scan(&store, HILLS);
    assert_eq!((done.code, &record["outcome"]), (1, &Value::from("match")));
    let alarm = "the list \"known\" is stale since 2026-02-01T00:00:00Z; it is compared as it is";
    assert!(done.err.contains(alarm), "{}", done.err);
    assert!(run(["store", "status", &store]).out.contains("signed: known, number 7 of key epoch 1, stale since 2026"));
    assert_eq!(status(&store)["signed"][0]["stale"], true);

    remember("2026-02-01T00:00:00Z", true);
    let done = run(["scan", "--store", &store, "--no-progress", &demo_file(HILLS)]);
    assert_eq!(done.code, 2);
    let refused = "the list \"known\" is stale since 2026-02-01T00:00:00Z, and its keys file refuses it then";
    assert!(done.err.contains(refused), "{}", done.err);

    remember("2999-02-01T00:00:00Z", true);
    let (done, _) = scan(&store, HILLS);
    assert!(done.code == 1 && !done.err.contains("stale"), "{}", done.err);
}

#[test]
fn changes_of_lists_are_in_the_log_that_has_the_matches() {
    let (directory, store) = demo_store();
    let log = directory.path().join("audit.jsonl").to_str().unwrap().to_owned();
    let removed =
        ["store", "remove", &store, "--list", "known", "--audit", &log, "--reason", "a court said so", "hills"];
    assert_eq!(run(removed).code, 0);
    assert_eq!(run(["store", "publish", &store, &demo_file("known.csv"), "--audit", &log, "--accept-size"]).code, 3);
    let lines: Vec<Value> =
        fs::read_to_string(&log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let changes: Vec<_> = lines.iter().filter(|line| line["event"] == "list_change").collect();
    let told = |at: usize, field: &str| changes[at][field].to_string();
    assert_eq!(
        (told(0, "list"), told(0, "removed"), told(0, "generation")),
        ("\"known\"".into(), "1".into(), "3".into())
    );
    assert_eq!((told(0, "reason"), told(1, "added")), ("\"a court said so\"".into(), "1".into()));
    assert_eq!((told(2, "change"), told(2, "reason")), ("\"override\"".into(), "\"--accept-size\"".into()));
    assert_eq!((changes.len(), run(["audit", "verify", &log]).code), (3, 0));
    // A log that cannot be written changes nothing.
    let other = directory.path().join("other.csv").to_str().unwrap().to_owned();
    fs::write(&other, "id,hash\n").unwrap();
    assert_eq!(run(["store", "remove", &store, "--list", "known", "--audit", &other, "town"]).code, 2);
    assert_eq!(status(&store)["generation"], 4);
}
