//! Killed, torn, out of room: what was appended stays, whole and once.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::time::Duration;
use std::collections::HashSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{all, found, log_in, still};
use crate::audit::verify::ProblemKind;
use crate::audit::{AuditErrorKind, Entry, Event, Log, Match, Options, Review, Sync, files, verify};

const PATH: &str = "LOOKALIKE_AUDIT_TEST_LOG";
const WHAT: &str = "LOOKALIKE_AUDIT_TEST_ROUND";

/// This test program, asked to run one test of this file only.
fn myself(test: &str, path: &Path, what: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", &format!("audit::tests::crash::{test}")]);
    command.env(PATH, path).env(WHAT, what).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn long() -> Match {
    let text = "x".repeat(250);
    Match::new((0..60).map(|at| Entry::new(&text, &at.to_string()).classification(&text).action(&text).class(&text)))
}

#[test]
#[ignore = "run by the tests that kill it"]
fn writes_until_killed() {
    let Ok(path) = std::env::var(PATH) else { return };
    let round: u64 = std::env::var(WHAT).unwrap().parse().unwrap();
    let sync = [Sync::Each, Sync::Every(Duration::from_millis(2)), Sync::System][round as usize % 3];
    let log = Log::open_with(path, Options::new().sync(sync).max_bytes(300_000)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let log = &log;
            scope.spawn(move || {
                for at in 0.. {
                    let event = if thread == 0 { found("a", "1").content("c") } else { long() };
                    let number = log.append(event.service(&format!("{round}-{thread}-{at}"))).unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "logged {number} {round}-{thread}-{at}").unwrap();
                    out.flush().unwrap();
                }
            });
        }
    });
}

/// Kills a writer with two threads so often, each time after some milliseconds, and looks at the log.
fn killed(rounds: u64) -> (u64, u64) {
    let (mut torn, mut logged) = (0, 0);
    let mut directory = tempfile::tempdir().unwrap();
    let (mut acknowledged, mut starts) = (Vec::new(), 0);
    for round in 0..rounds {
        if round % 10 == 0 {
            directory = tempfile::tempdir().unwrap();
            acknowledged.clear();
            starts = 0;
        }
        let path = log_in(&directory);
        let mut child = myself("writes_until_killed", &path, &round.to_string()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Not before it writes, or nothing would be tested.
        let is_told = |line: &String| line.starts_with("logged ");
        let first = out.by_ref().find(is_told).expect("the writer writes");
        std::thread::sleep(Duration::from_micros(500 + round * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        starts += 1;
        let told = core::iter::once(first).chain(out.filter(is_told));
        acknowledged.extend(told.filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?.parse::<u64>().ok()?, String::from(words.next()?)))
        }));

        let before = verify(&path, None);
        if let Ok(before) = &before {
            let kinds: Vec<_> = before.problems.iter().map(|problem| problem.kind).collect();
            assert!(kinds.is_empty() || kinds == [ProblemKind::Unfinished], "round {round}: {:?}", before.problems);
        }
        let log = Log::open_with(&path, Options::new().sync(Sync::System)).unwrap();
        torn += u64::from(log.recovered().is_some());
        drop(log);
        let lines = all(&path);
        let there = lines.iter().filter_map(|line| {
            if let Event::Match(found) = &line.event { Some((line.seq, found.service.clone())) } else { None }
        });
        let there: Vec<_> = there.collect();
        let set: HashSet<_> = there.iter().collect();
        let services: HashSet<_> = there.iter().map(|(_, service)| service).collect();
        assert_eq!((set.len(), services.len()), (there.len(), there.len()), "round {round}: nothing is doubled");
        for told in &acknowledged {
            assert!(set.contains(told), "round {round}: {told:?} was acknowledged and is not there");
        }
        // Each of the two threads may have been killed between its append and the word about it.
        assert!(there.len() <= acknowledged.len() + 2 * starts, "round {round}");
        logged = there.len() as u64 + logged * u64::from(round % 10 == 0);
    }
    (torn, logged)
}

#[test]
fn a_hundred_kills_lose_nothing_that_was_appended() {
    killed(100);
}

#[test]
#[ignore = "takes minutes; the figures are in ARCHITECTURE.md"]
fn a_thousand_kills_lose_nothing_that_was_appended() {
    let (torn, _) = killed(1000);
    tell(format_args!("1,000 kills, {torn} torn ends put aside"));
}

#[test]
fn a_torn_end_is_cut_off_wherever_it_was_torn() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let log = Log::open_with(&path, still(Options::new()).0).unwrap();
    log.append(found("a", "1")).unwrap();
    let kept = fs::read(&path).unwrap();
    log.append(found("a", "2").content("c")).unwrap();
    let whole = fs::read(&path).unwrap();
    drop(log);
    // As a process leaves it, and as a power loss does: blocks without content.
    let mut ends: Vec<Vec<u8>> = (kept.len() + 1..whole.len()).map(|length| whole[..length].to_vec()).collect();
    ends.push([&kept[..], &[0; 4096]].concat());
    ends.push([&kept[..], &whole[kept.len()..whole.len() - 40], &[0; 100], b"\n"].concat());
    ends.push([&kept[..], &[0; 50], b"\n", &[0; 50], b"\n{\"prev\""].concat());
    for end in ends {
        let directory = tempfile::tempdir().unwrap();
        let path = log_in(&directory);
        fs::write(&path, &end).unwrap();
        assert!(!verify(&path, None).unwrap().is_sound());
        let log = Log::open_with(&path, still(Options::new()).0).unwrap();
        let side = log.recovered().unwrap();
        assert_eq!(fs::read(side).unwrap(), end[kept.len()..], "nothing is lost");
        let event = log.append(found("a", "3")).unwrap();
        log.append(Review::new(event)).unwrap();
        let lines = all(&path);
        assert_eq!((lines.len(), lines[2].seq), (5, 3));
        assert!(matches!(lines[2].event, Event::Recovery { bytes } if bytes == (end.len() - kept.len()) as u64));
        assert!(fs::read(&path).unwrap().starts_with(&kept));
    }
}

#[test]
fn a_first_line_that_was_torn_begins_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    drop(Log::open_with(&path, still(Options::new()).0).unwrap());
    let whole = fs::read(&path).unwrap();
    for end in [vec![], whole[..1].to_vec(), whole[..whole.len() - 1].to_vec(), vec![0; 512]] {
        fs::write(&path, &end).unwrap();
        let log = Log::open_with(&path, still(Options::new()).0).unwrap();
        assert_eq!(log.recovered().is_some(), !end.is_empty());
        log.append(found("a", "1")).unwrap();
        all(&path);
    }
}

#[test]
fn a_rotation_that_was_cut_short_goes_on() {
    for rename_first in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let path = log_in(&directory);
        let log = Log::open_with(&path, still(Options::new()).0).unwrap();
        log.append(found("a", "1")).unwrap();
        drop(log);
        fs::write(files::beside(&path, ".new"), "{\"prev\":\"0").unwrap();
        if rename_first {
            fs::rename(&path, files::rotated(&path, 1)).unwrap();
        }
        let log = Log::open_with(&path, still(Options::new()).0).unwrap();
        log.append(found("a", "2")).unwrap();
        let matches = all(&path).into_iter().filter(|line| matches!(line.event, Event::Match(_)));
        assert_eq!(matches.count(), 2);
        assert_eq!(files::full_files(&path).unwrap().len(), usize::from(rename_first));
    }
}

#[test]
#[ignore = "run by the test that leaves it no room"]
fn writes_until_there_is_no_room() {
    let Ok(path) = std::env::var(PATH) else { return };
    let log = Log::open_with(path, Options::new()).unwrap();
    let mut count = 0;
    let error = loop {
        match log.append(if count % 3 == 0 { long() } else { found("a", "1") }) {
            Ok(_) => count += 1,
            Err(error) => break error,
        }
    };
    let kind = error.kind();
    assert_eq!(kind, AuditErrorKind::Io { what: "write to" });
    let again = log.append(long()).unwrap_err().kind();
    assert_eq!(again, kind, "the log is not stopped by it");
    tell(format_args!("\nlogged {count}: {error}"));
}

/// A limit on the length of a file stands for a full disk: the write that crosses it is cut short, and the next fails.
#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let child = myself("writes_until_there_is_no_room", &path, "");
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f 500; exec \"$0\" \"$@\""]).arg(child.get_program());
    command.args(child.get_args()).env(PATH, &path).env(WHAT, "");
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let line = told.lines().find(|line| line.starts_with("logged ")).unwrap_or_else(|| panic!("{told}"));
    assert!(line.ends_with("file too large; what was logged before is kept: make room"), "{line}");
    let count: usize = line.split(&[' ', ':'][..]).nth(1).unwrap().parse().unwrap();
    assert!(count > 2, "{line}");
    let matches = |path: &Path| all(path).iter().filter(|line| matches!(line.event, Event::Match(_))).count();
    assert_eq!(matches(&path), count, "and no half line");
    let log = Log::open(&path).unwrap();
    assert_eq!(log.recovered(), None);
    log.append(long()).unwrap();
    assert_eq!(matches(&path), count + 1);
}

#[expect(clippy::print_stdout, reason = "whoever runs the test reads it")]
fn tell(what: core::fmt::Arguments<'_>) {
    std::println!("{what}");
}
