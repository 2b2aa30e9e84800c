//! Logs on a disk: what is written, what is found of changes, what survives.

mod changes;
mod crash;
mod recount;

use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI64, Ordering};
use std::fs;
use std::path::{Path, PathBuf};

use super::verify::ProblemKind;
use super::*;

/// 2026-11-25T06:45:00Z.
const NOW: i64 = 1_795_589_100_000;
const DAY: i64 = 86_400_000;

/// Options with a clock that stands still until it is set.
fn still(options: Options) -> (Options, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(NOW));
    let own = Arc::clone(&clock);
    (options.sync(Sync::System).clock(move || own.load(Ordering::SeqCst)), clock)
}

fn found(list: &str, entry: &str) -> Match {
    Match::new([Entry::new(list, entry).by("pdq", 31).distance(4).quality(80).classification("A1").action("block")])
}

struct Line {
    seq: u64,
    event: Event,
}

fn all(path: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    let found = fold(path, None, |seq, _, event| lines.push(Line { seq, event })).unwrap();
    assert!(found.is_sound(), "{:?}", found.problems);
    lines
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

fn log_in(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("audit.jsonl")
}

#[test]
fn what_was_appended_is_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let (options, _) = still(Options::new());
    let events = [
        Event::from(found("a", "1").content("c").generation(7).automation(Automation::None).retain_until(NOW + 1)),
        Event::from(Review::new(2).review(Conclusion::Unclear).report_id("r-1").file_viewed_by_provider(false)),
        Event::from(TestRun::new("drawn", 10, 9).by("pdq", 31).negatives(5, 1)),
        Event::from(ListChange::new("a", "updated").added(5).reason("weekly")),
        Event::from(Deletion::new("uploads", 3)),
        Event::from(Counters { from: NOW, until: NOW + 1, ..Counters::default() }),
    ];
    let log = Log::open_with(&path, options.clone()).unwrap();
    for event in &events[..3] {
        log.append(event.clone()).unwrap();
    }
    drop(log);
    let log = Log::open_with(&path, options).unwrap();
    for event in &events[3..] {
        log.append(event.clone()).unwrap();
    }
    assert_eq!(log.recovered(), None);
    let lines = all(&path);
    assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), (1..=7).collect::<Vec<_>>());
    assert_eq!(lines.iter().skip(1).map(|line| &line.event).collect::<Vec<_>>(), events.iter().collect::<Vec<_>>());
    assert_eq!(names(directory.path()), ["audit.jsonl", "audit.jsonl.lock"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn files_end_by_size_and_by_day_and_the_chain_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let (options, clock) = still(Options::new().max_bytes(2000));
    let log = Log::open_with(&path, options.clone()).unwrap();
    for at in 0..20 {
        log.append(found("a", "x").generation(at)).unwrap();
    }
    let by_size = names(directory.path()).len();
    assert!(by_size > 4, "{:?}", names(directory.path()));
    clock.fetch_add(DAY, Ordering::SeqCst);
    log.append(found("a", "y")).unwrap();
    assert_eq!(names(directory.path()).len(), by_size + 1);
    // A clock that goes back begins no file.
    clock.fetch_sub(3 * DAY, Ordering::SeqCst);
    log.append(found("a", "z")).unwrap();
    drop(log);
    let log = Log::open_with(&path, options).unwrap();
    log.append(found("a", "z")).unwrap();
    let lines = all(&path);
    assert_eq!(lines.iter().filter(|line| matches!(line.event, Event::Match(_))).count(), 23);
    let begins = lines.iter().filter_map(|line| match &line.event {
        Event::Begin { number, log, .. } => Some((*number, log)),
        _ => None,
    });
    let begins: Vec<_> = begins.collect();
    assert!(begins.iter().enumerate().all(|(at, (number, log))| *number == at as u64 + 1 && *log == begins[0].1));
    for name in names(directory.path()).iter().filter(|name| !name.ends_with("lock")) {
        assert!(fs::metadata(directory.path().join(name)).unwrap().len() <= 2000, "{name}");
    }
}

#[test]
fn a_file_that_went_missing_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let (options, _) = still(Options::new().max_bytes(1000));
    let log = Log::open_with(&path, options).unwrap();
    for _ in 0..12 {
        log.append(found("a", "x")).unwrap();
    }
    fs::remove_file(files::rotated(&path, 2)).unwrap();
    let found = verify(&path, Some(&log.head())).unwrap();
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert_eq!((found.problems[0].kind, found.problems[0].line), (ProblemKind::Missing, 1));
    assert_eq!(found.problems[0].file, files::rotated(&path, 3));
    fs::remove_file(files::rotated(&path, 1)).unwrap();
    let told = verify(&path, None).unwrap().problems[0].to_string();
    assert!(told.contains("audit.jsonl.000003:1: the log begins with event") && told.contains("are missing"), "{told}");
}

#[test]
fn there_is_one_writer() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let log = Log::open(&path).unwrap();
    let second = Log::open(&path).unwrap_err();
    assert_eq!(second.kind(), AuditErrorKind::Busy);
    assert!(second.to_string().contains("open for writing elsewhere"), "{second}");
    drop(log);
    Log::open(&path).unwrap();
}

#[test]
fn the_lock_ends_with_the_log_though_a_started_process_has_the_file_still() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let log = Log::open(&path).unwrap();
    // What a process has of its parent until it runs another program.
    let theirs = log.lock.try_clone().unwrap();
    assert_eq!(Log::open(&path).unwrap_err().kind(), AuditErrorKind::Busy);
    drop(log);
    Log::open(&path).unwrap();
    drop(theirs);
}

#[test]
fn threads_share_a_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    for sync in [Sync::Each, Sync::Every(core::time::Duration::from_millis(1)), Sync::System] {
        let log = Log::open_with(&path, Options::new().sync(sync).max_bytes(20_000)).unwrap();
        let numbers: Vec<Vec<u64>> = std::thread::scope(|scope| {
            let work = |thread: u64| {
                let log = &log;
                scope.spawn(move || {
                    (0..50).map(|at| log.append(found("a", "x").generation(50 * thread + at)).unwrap()).collect()
                })
            };
            let threads: Vec<_> = (0..8).map(work).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(numbers.iter().all(|own| own.windows(2).all(|two| two[0] < two[1])));
        let by_number: std::collections::HashMap<_, _> =
            all(&path).into_iter().map(|line| (line.seq, line.event)).collect();
        for (thread, own) in numbers.iter().enumerate() {
            for (at, number) in own.iter().enumerate() {
                let Event::Match(found) = &by_number[number] else { panic!("{number}") };
                assert_eq!(found.generation, Some(50 * thread as u64 + at as u64));
            }
        }
    }
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    for content in ["a,b,c\n1,2,3\n", "{\"prev\":\"x\"}\n", "\u{0}\u{0}x", "{\"event\":\"begin\"}"] {
        fs::write(&path, content).unwrap();
        assert_eq!(Log::open(&path).unwrap_err().kind(), AuditErrorKind::NotALog, "{content:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    assert_eq!(Log::open(directory.path()).unwrap_err().kind(), AuditErrorKind::NotALog);
    assert_eq!(verify(directory.path(), None).unwrap_err().kind(), AuditErrorKind::NotALog);
    fs::write(&path, "a picture\n").unwrap();
    assert_eq!(verify(&path, None).unwrap_err().kind(), AuditErrorKind::NotALog);
    // The first line of a PNG is short.
    fs::write(&path, b"\x89PNG\r\n\x1a\n").unwrap();
    assert!(verify(&path, None).is_err());
    let mut newer = Vec::new();
    let body = br#"{"event":"begin","format":"lookalike-audit","version":2,"number":1,"log":"x","library":"9"}"#;
    chain::seal(&mut newer, chain::NOTHING, 1, NOW, body, None);
    fs::write(&path, newer).unwrap();
    let error = Log::open(&path).unwrap_err();
    assert!(error.to_string().ends_with("has version 2, and this program knows 1: use a newer one"), "{error}");
    assert_eq!(verify(&path, None).unwrap().problems[0].kind, ProblemKind::Head);
    let none = verify(directory.path().join("none"), None).unwrap_err();
    assert!(
        none.to_string().contains("cannot open the log") && none.to_string().to_lowercase().contains("no such file"),
        "{none}"
    );
}

#[test]
fn an_outcome_needs_its_match() {
    let directory = tempfile::tempdir().unwrap();
    let log = Log::open(log_in(&directory)).unwrap();
    let event = log.append(found("a", "1")).unwrap();
    assert_eq!(
        log.append(Review::new(event + 1)).unwrap_err().kind(),
        AuditErrorKind::NoSuchEvent { event: event + 1 }
    );
    log.append(Review::new(event)).unwrap();
}

#[test]
fn distances_are_left_out_where_they_are_not_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    Log::open_with(&path, Options::new().distances(false)).unwrap().append(found("a", "1")).unwrap();
    assert!(!fs::read_to_string(&path).unwrap().contains("distance"));
}

#[test]
fn what_is_personal_can_be_deleted_and_the_chain_stands() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let (options, clock) = still(Options::new());
    let log = Log::open_with(&path, options.clone()).unwrap();
    let first = log.append(found("a", "1").content("content-one").retain_until(NOW + 10)).unwrap();
    let second = log.append(found("a", "2").content("content-two").retain_until(NOW + 2 * DAY)).unwrap();
    log.append(Review::new(first).review(Conclusion::Confirmed).report_id("report-one")).unwrap();
    log.append(found("a", "3")).unwrap();
    let head = log.head();
    let report = |path: &Path| {
        let mut tally = Tally::new(i64::MIN..i64::MAX, false);
        fold(path, None, |seq, time, event| tally.add(seq, time, event)).unwrap();
        tally.finish()
    };
    let before = report(&path);
    assert_eq!(log.redact(None).unwrap(), 0);
    clock.store(NOW + 11, Ordering::SeqCst);
    assert_eq!(log.redact(Some(NOW + 11)).unwrap(), 2, "the report has no time of its own, and is old");
    assert_eq!(log.redact(Some(NOW + 11)).unwrap(), 0);

    let text: String = [files::rotated(&path, 1), path.clone()].map(|path| fs::read_to_string(path).unwrap()).concat();
    assert!(!text.contains("content-one") && !text.contains("report-one") && text.contains("content-two"), "{text}");
    let found = verify(&path, Some(&head)).unwrap();
    assert!(found.is_sound(), "{:?}", found.problems);
    assert_eq!((found.redacted, found.behind_anchor), (2, Some(2)), "a deletion and a new file");
    let after = report(&path);
    assert_eq!((&after.all, &after.systems, after.deletions.get("personal")), (&before.all, &before.systems, Some(&2)));
    let lines = all(&path);
    let Event::Match(kept) = &lines.iter().find(|line| line.seq == second).unwrap().event else { panic!() };
    assert_eq!(kept.personal.content, "content-two");

    // Without a deletion event it is called out.
    drop(log);
    let whole = fs::read_to_string(files::rotated(&path, 1)).unwrap();
    let less = |line: &str| {
        chain::redacted(line.as_bytes()).map_or_else(|| line.into(), |line| String::from_utf8(line).unwrap())
    };
    let redacted: Vec<String> = whole.lines().map(less).collect();
    fs::write(files::rotated(&path, 1), redacted.join("\n") + "\n").unwrap();
    let found = verify(&path, None).unwrap();
    assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    assert_eq!((found.problems[0].kind, found.problems[0].line), (ProblemKind::Redacted, second));
}

#[test]
fn equal_contents_have_unequal_digests_when_redacted() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let (options, clock) = still(Options::new());
    let log = Log::open_with(&path, options).unwrap();
    for _ in 0..2 {
        log.append(found("a", "1").content("same").retain_until(NOW)).unwrap();
    }
    clock.fetch_add(1, Ordering::SeqCst);
    log.redact(None).unwrap();
    let text = fs::read_to_string(files::rotated(&path, 1)).unwrap();
    let digests: Vec<_> =
        text.lines().filter_map(|line| line.split("\"personal\":\"sha256:").nth(1)?.get(..64)).collect();
    assert_eq!(digests.len(), 2);
    assert_ne!(digests[0], digests[1]);
}
