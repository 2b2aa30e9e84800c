//! The report counts what is in the log: compared with a recount of its text that shares no code with it.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::{DAY, NOW, log_in, still};
use crate::audit::*;
use alloc::borrow::ToOwned as _;

/// What happens, by numbers that proptest draws.
#[derive(Clone, Debug)]
enum Step {
    Found { lists: Vec<(u8, u8, bool)>, is_test: bool, decision: u8, automation: u8 },
    Outcome { of: usize, review: u8, complaint: u8, reinstated: u8, reported: u8, viewed: u8, decision: u8 },
    Work { seen: u8, corrupt: u8 },
    Later(u32),
    Redact,
}

fn step() -> impl Strategy<Value = Step> {
    let lists = prop::collection::vec((0..3_u8, 0..2_u8, prop::bool::weighted(0.2)), 1..4);
    prop_oneof![
        6 => (lists, prop::bool::weighted(0.1), 0..3_u8, 0..4_u8)
            .prop_map(|(lists, is_test, decision, automation)| Step::Found { lists, is_test, decision, automation }),
        5 => (0..40_usize, 0..4_u8, 0..4_u8, 0..3_u8, 0..3_u8, 0..3_u8, 0..3_u8).prop_map(
            |(of, review, complaint, reinstated, reported, viewed, decision)| Step::Outcome {
                of, review, complaint, reinstated, reported, viewed, decision
            }
        ),
        2 => (0..9_u8, 0..3_u8).prop_map(|(seen, corrupt)| Step::Work { seen, corrupt }),
        3 => (1..50_000_000_u32).prop_map(Step::Later),
        1 => Just(Step::Redact),
    ]
}

const REVIEWS: [Conclusion; 3] = [Conclusion::Confirmed, Conclusion::FalsePositive, Conclusion::Unclear];
const COMPLAINTS: [Complaint; 3] = [Complaint::Filed, Complaint::Upheld, Complaint::Rejected];
const AUTOMATION: [Automation; 3] = [Automation::Full, Automation::Partial, Automation::None];

/// Writes a log of these steps.
fn write(path: &Path, steps: &[Step]) {
    let (options, clock) = still(Options::new().max_bytes(6000));
    let log = Log::open_with(path, options).unwrap();
    let mut matches = Vec::new();
    for step in steps {
        let now = clock.load(Ordering::SeqCst);
        match step {
            Step::Found { lists, is_test, decision, automation } => {
                let entries = lists.iter().enumerate().map(|(at, (list, how, is_held))| {
                    let entry = Entry::new(&format!("list {list}"), &at.to_string());
                    let entry = if *how == 0 { entry.by("pdq", 31) } else { entry.by_digest("md5") };
                    let held = if *is_held { Vec::from(["muted".to_string()]) } else { Vec::new() };
                    let entry =
                        entry.classification(["A1", "B2", ""][*list as usize]).action(["block", ""][*how as usize]);
                    let mut entry = entry.sequence(u64::from(*how)).distance(at as u32);
                    entry.held_by = held;
                    entry
                });
                let mut found = Match::new(entries).content("c").decision(["", "removed", "kept"][*decision as usize]);
                if let Some(automation) = AUTOMATION.get(*automation as usize) {
                    found = found.automation(*automation);
                }
                let found = if *is_test { found.test() } else { found };
                matches.push(log.append(found.retain_until(now + DAY)).unwrap());
            }
            Step::Outcome { of, review, complaint, reinstated, reported, viewed, decision } => {
                let Some(of) = matches.get(*of) else { continue };
                let mut outcome = Review::new(*of)
                    .reported_to(["", "ncmec", "police"][*reported as usize])
                    .decision(["", "restored", "kept"][*decision as usize]);
                outcome.review = REVIEWS.get(*review as usize).copied();
                outcome.complaint = COMPLAINTS.get(*complaint as usize).copied();
                outcome.reinstated = [None, Some(true), Some(false)][*reinstated as usize];
                outcome.file_viewed_by_provider = [None, Some(true), Some(false)][*viewed as usize];
                log.append(outcome).unwrap();
            }
            Step::Work { seen, corrupt } => {
                let mut work = Counters { from: now - 1000, until: now, ..Counters::default() };
                (0..*seen)
                    .for_each(|_| work.count(&crate::matching::Outcome::NoMatch(crate::coverage::Whole::of_hash())));
                (0..*corrupt).for_each(|_| work.count(&crate::matching::Outcome::Corrupt { stage: "x" }));
                log.append(work).unwrap();
            }
            Step::Later(time) => drop(clock.fetch_add(i64::from(*time), Ordering::SeqCst)),
            Step::Redact => drop(log.redact(None).unwrap()),
        }
    }
}

/// The text of all files, in order.
fn lines(path: &Path) -> Vec<Value> {
    let mut names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|name| name != path && !name.to_str().unwrap().ends_with("lock"));
    names.sort_unstable();
    names.push(path.to_owned());
    let text = names.iter().map(|name| fs::read_to_string(name).unwrap()).collect::<String>();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The recount: of each match every later word, by looking through the whole log for it.
fn recount(lines: &[Value], from: &str, until: &str, by_version: bool) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let inside = |line: &Value| (from..until).contains(&line["time"].as_str().unwrap());
    for line in lines.iter().filter(|line| line["event"] == "match" && inside(line)) {
        let mut add = |what: String| *counts.entry(what).or_default() += 1;
        if line["outcome"] == "test" {
            add("tests".into());
            continue;
        }
        let last = |field: &str| {
            let of = lines.iter().filter(|other| other["event"] == "outcome" && other["of"] == line["seq"]);
            of.filter_map(|other| other.get(field)).next_back().cloned()
        };
        let review =
            last("review").map_or_else(|| "not_reviewed".into(), |review| review.as_str().unwrap().to_string());
        let mut keys = Vec::from(["all".to_string(), format!("day {}", &line["time"].as_str().unwrap()[..10])]);
        for entry in line["entries"].as_array().unwrap().iter().filter(|entry| entry.get("held_by").is_none()) {
            let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or("").to_string();
            keys.push(format!("list {}", text("list")));
            let version = if by_version { format!("manifest {}", entry["sequence"]) } else { String::new() };
            keys.push(format!("system {}/{}/{}/{version}", text("list"), text("by"), entry["radius"]));
            keys.push(format!("class {}", text("classification")));
            keys.push(format!("action {}", text("action")));
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            add(format!("{key}: {review}"));
        }
        let word = |field: &str| {
            last(field)
                .or_else(|| line.get(field).cloned())
                .map_or_else(String::new, |word| word.as_str().unwrap().into())
        };
        add(format!("decision {}", word("decision")));
        add(format!("automation {}", word("automation")));
        if let Some(complaint) = last("complaint") {
            add(format!("complaint {}", complaint.as_str().unwrap()));
        }
        if last("reinstated") == Some(Value::Bool(true)) {
            add("reinstated".into());
        }
        if let Some(to) = last("reported_to") {
            add(format!("reported {}", to.as_str().unwrap()));
            add(format!("viewed {}", last("file_viewed_by_provider").unwrap_or(Value::Null)));
        }
    }
    for line in lines.iter().filter(|line| line["event"] == "counters") {
        // The span ends a moment before its end.
        let end = chain::stamp(line["until"].as_i64().unwrap() - 1);
        if (from..until).contains(&end.as_str()) {
            for field in ["seen", "looked_up", "corrupt"] {
                *counts.entry(field.into()).or_default() += line[field].as_u64().unwrap();
            }
        }
    }
    for line in lines.iter().filter(|line| line["event"] == "deletion" && inside(line)) {
        *counts.entry("deleted".into()).or_default() += line["count"].as_u64().unwrap();
    }
    counts.retain(|_, count| *count > 0);
    counts
}

/// The report in the same words.
fn told(report: &Report) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = Vec::from([("all".to_string(), report.all)]);
    rows.extend(report.days.iter().map(|(key, row)| (format!("day {key}"), *row)));
    rows.extend(report.lists.iter().map(|(key, row)| (format!("list {key}"), *row)));
    rows.extend(report.classes.iter().map(|(key, row)| (format!("class {key}"), *row)));
    rows.extend(report.actions.iter().map(|(key, row)| (format!("action {key}"), *row)));
    rows.extend(report.systems.iter().map(|(system, row)| {
        let radius = system.radius.map_or_else(|| "null".into(), |radius| radius.to_string());
        (format!("system {}/{}/{radius}/{}", system.list, system.by, system.version), *row)
    }));
    for (key, row) in rows {
        assert_eq!(row.split().into_iter().sum::<u64>(), row.pictures, "{key}");
        for (name, count) in ["confirmed", "false_positive", "unclear", "not_reviewed"].into_iter().zip(row.split()) {
            counts.insert(format!("{key}: {name}"), count);
        }
    }
    let (open, upheld, rejected) = report.complaints;
    let (yes, no, unsaid) = report.viewed;
    let deleted = report.deletions.values().sum();
    let singles = [
        ("tests", report.tests),
        ("complaint filed", open),
        ("complaint upheld", upheld),
        ("complaint rejected", rejected),
        ("reinstated", report.reinstated),
        ("viewed true", yes),
        ("viewed false", no),
        ("viewed null", unsaid),
        ("seen", report.work.seen),
        ("looked_up", report.work.looked_up),
        ("corrupt", report.work.corrupt),
        ("deleted", deleted),
    ];
    counts.extend(singles.map(|(name, count)| (name.into(), count)));
    counts.extend(report.decisions.iter().map(|(name, count)| (format!("decision {name}"), *count)));
    counts.extend(report.automation.iter().map(|(name, count)| (format!("automation {name}"), *count)));
    counts.extend(report.reported.iter().map(|(name, count)| (format!("reported {name}"), *count)));
    counts.retain(|_, count| *count > 0);
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_report_counts_what_is_in_the_log(steps in prop::collection::vec(step(), 0..60), span in (0..6_i64, 1..8_i64), by_version: bool) {
        let directory = tempfile::tempdir().unwrap();
        let path = log_in(&directory);
        write(&path, &steps);
        let (from, until) = (NOW + span.0 * DAY / 2 - DAY, NOW + (span.0 + span.1) * DAY / 2);
        for (from, until) in [(None, None), (Some(from), Some(until))] {
            let mut tally = Tally::new(from.unwrap_or(i64::MIN)..until.unwrap_or(i64::MAX), by_version);
            let found = fold(&path, None, |seq, time, event| tally.add(seq, time, event)).unwrap();
            prop_assert!(found.is_sound(), "{:?}", found.problems);
            let (from, until) = (from.map_or_else(|| "0".into(), chain::stamp), until.map_or_else(|| "9999".into(), chain::stamp));
            prop_assert_eq!(told(&tally.finish()), recount(&lines(&path), &from, &until, by_version));
        }
    }
}

#[test]
fn recall_is_told_by_test_runs_alone() {
    let mut tally = Tally::new(i64::MIN..i64::MAX, false);
    let mut add = |seq, event: Event| tally.add(seq, NOW, event);
    add(1, Match::new([Entry::new("a", "1").by("pdq", 31)]).into());
    add(2, Review::new(1).review(Conclusion::Confirmed).into());
    let without = tally.clone().finish();
    assert!(without.test_runs.is_empty(), "a confirmed match says nothing of what was missed");
    assert_eq!(without.all.precision().map(|share| (share.part, share.whole)), Some((1, 1)));
    tally.add(3, NOW, TestRun::new("drawn", 200, 190).into());
    let report = tally.finish();
    assert_eq!(report.test_runs.len(), 1);
    assert_eq!(Counts::default().precision(), None, "not measured");
}
