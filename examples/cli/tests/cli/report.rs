//! `lookalike report`: its counts are those of the log, the same in every format, and what is hidden stays hidden.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lookalike::audit::{
    Automation, Complaint, Conclusion, Counters, Deletion, Entry, ListChange, Log, Match, Options, Review, Sync,
    SystemCount, TestRun,
};
use serde_json::Value;

use crate::support::{Done, run};

/// 2026-03-01, midnight in UTC, in Unix milliseconds.
const START: i64 = 1_772_323_200_000;
const DAY: i64 = 86_400_000;

/// A number of a report: section, four keys, measure.
type Key = (String, [String; 4], String);

struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// A log in a directory of its own, with a clock that the test sets.
struct Written {
    _directory: tempfile::TempDir,
    path: PathBuf,
    log: Log,
    now: Arc<AtomicI64>,
}

impl Written {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("secret-folder");
        fs::create_dir(&folder).unwrap();
        let path = folder.join("audit.jsonl");
        let now = Arc::new(AtomicI64::new(START));
        let clock = now.clone();
        let options = Options::new().sync(Sync::System).daily(false).max_bytes(40_000);
        let log = Log::open_with(&path, options.clock(move || clock.load(Ordering::Relaxed))).unwrap();
        Self { _directory: directory, path, log, now }
    }

    fn wait(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::Relaxed);
    }

    fn report(&self, more: &[&str]) -> Done {
        run(["report", "--audit", self.path.to_str().unwrap()].iter().chain(more))
    }

    /// All lines of all files, oldest first.
    fn lines(&self) -> Vec<Value> {
        let mut files: Vec<PathBuf> =
            (1..1000).map(|number| format!("{}.{number:06}", self.path.display()).into()).collect();
        files.push(self.path.clone());
        let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
        texts
            .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
            .collect()
    }
}

const CONTENT: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

/// A log of some days of work, drawn.
fn drawn(seed: u64) -> Written {
    let (written, mut draw) = (Written::new(), Draw(seed));
    let log = &written.log;
    let mut matches = Vec::new();
    for _ in 0..60 + draw.below(240) {
        written.wait(i64::try_from(draw.below(6_000_000)).unwrap());
        match draw.below(10) {
            0..=4 => {
                let entries: Vec<_> = (0..=draw.below(3)).map(|_| entry(&mut draw)).collect();
                let mut event = Match::new(entries).generation(draw.below(3)).content(CONTENT).needle(CONTENT);
                if draw.below(3) > 0 {
                    event = event.automation(if draw.below(2) > 0 { Automation::Full } else { Automation::None });
                }
                if draw.below(12) == 0 {
                    event = event.test();
                }
                matches.push(log.append(event.decision(draw.one_of(&["", "removed", "quarantined"]))).unwrap());
            }
            5..=7 if !matches.is_empty() => {
                let at = usize::try_from(draw.below(matches.len() as u64)).unwrap();
                _ = log.append(outcome(&mut draw, matches[at])).unwrap();
            }
            8 => {
                let mut work = Counters::default();
                let until = written.now.load(Ordering::Relaxed);
                (work.from, work.until, work.looked_up) = (until - 60_000, until, draw.below(5000));
                (work.corrupt, work.unsupported, work.below_quality) = (draw.below(9), draw.below(9), draw.below(9));
                work.partly_checked = draw.below(9);
                (work.matched, work.tests, work.held) = (draw.below(4), draw.below(3), draw.below(3));
                work.hashed = work.looked_up + work.below_quality + work.partly_checked;
                work.seen = work.hashed + work.corrupt + work.unsupported;
                let mut system = SystemCount::new(draw.one_of(&["hotline", "national"]), "pdq", Some(31));
                (system.looked_up, system.matched) = (work.looked_up, work.matched);
                work.add_system(&system);
                _ = log.append(work).unwrap();
            }
            _ => match draw.below(3) {
                0 => {
                    _ = log.append(ListChange::new("hotline", draw.one_of(&["updated", "muted"])).added(3_u64)).unwrap()
                }
                1 => _ = log.append(Deletion::new("uploads", draw.below(50))).unwrap(),
                _ => {
                    let run = TestRun::new("recompressed", 200, draw.below(200)).by("pdq", 31).negatives(1000, 1);
                    _ = log.append(run).unwrap();
                }
            },
        }
    }
    written
}

fn entry(draw: &mut Draw) -> Entry {
    let list = draw.one_of(&["hotline", "hotline", "national", "terror|<b>list</b>"]);
    let entry = Entry::new(list, "entry-0017").distance(4).classification(draw.one_of(&["A1", "A2", "B1", ""]));
    let entry = entry.class(draw.one_of(&["", "", "csam"])).action(draw.one_of(&["block", "review"])).role("abuse");
    let entry = if draw.below(3) > 0 { entry.sequence(draw.below(3)) } else { entry };
    match draw.below(4) {
        0 => entry.by_digest("sha256"),
        1 => entry.by("pdq", 20),
        _ => entry.by("pdq", 31),
    }
}

fn outcome(draw: &mut Draw, of: u64) -> Review {
    let mut event = Review::new(of).report_id("report-4711");
    if draw.below(4) > 0 {
        event = event.review(draw.one_of(&[
            Conclusion::Confirmed,
            Conclusion::Confirmed,
            Conclusion::FalsePositive,
            Conclusion::Unclear,
        ]));
    }
    if draw.below(4) == 0 {
        event = event.complaint(draw.one_of(&[Complaint::Filed, Complaint::Upheld, Complaint::Rejected]));
    }
    if draw.below(4) == 0 {
        event = event.reinstated(draw.below(2) > 0);
    }
    if draw.below(2) == 0 {
        event = event.reported_to(draw.one_of(&["NCMEC", "police"]));
    }
    if draw.below(3) == 0 {
        event = event.file_viewed_by_provider(draw.below(2) > 0);
    }
    if draw.below(5) == 0 { event.decision("restored").automation(Automation::Partial) } else { event }
}

/// The numbers of a report in CSV, without what it was made from.
fn numbers(csv: &str) -> BTreeMap<Key, String> {
    let mut numbers = BTreeMap::new();
    for row in csv::Reader::from_reader(csv.as_bytes()).records() {
        let row = row.unwrap();
        let keys = [1, 2, 3, 4].map(|at| row[at].to_owned());
        if !["made_from", "notice"].contains(&&row[0]) {
            let before = numbers.insert((row[0].to_owned(), keys, row[5].to_owned()), row[6].to_owned());
            assert_eq!(before, None, "{row:?} stands there twice");
        }
    }
    numbers
}

/// What a log says, counted once more from its lines in the plainest way.
#[derive(Default)]
struct Recount(BTreeMap<Key, u64>);

impl Recount {
    fn add(&mut self, section: &str, keys: &[&str], measure: &str, count: u64) {
        let mut all = <[String; 4]>::default();
        all.iter_mut()
            .zip(keys)
            .for_each(|(all, key)| *all = if key.is_empty() { "not said".into() } else { (*key).to_owned() });
        *self.0.entry((section.into(), all, measure.into())).or_default() += count;
    }

    fn split(&mut self, section: &str, keys: &[&str], review: Option<&str>) {
        self.add(section, keys, "pictures", 1);
        for of in ["confirmed", "false_positive", "unclear", "not_reviewed"] {
            self.add(section, keys, of, u64::from(of == review.unwrap_or("not_reviewed")));
        }
    }

    fn of(lines: &[Value], from: &str, to: &str, by_version: bool) -> Self {
        let mut recount = Self::default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let inside = |line: &&Value| {
            let day = &line["time"].as_str().unwrap()[..10];
            day >= from && day <= to
        };
        for state in ["open", "upheld", "rejected", "reinstated"] {
            recount.add("complaints", &[state], "pictures", 0);
        }
        for found in lines.iter().filter(inside).filter(|line| line["event"] == "match" && line["outcome"] == "match") {
            let outcomes: Vec<&Value> =
                lines.iter().filter(|line| line["event"] == "outcome" && line["of"] == found["seq"]).collect();
            let last =
                |field: &str| outcomes.iter().rev().map(|outcome| &outcome[field]).find(|value| !value.is_null());
            let review = last("review").and_then(Value::as_str);
            recount.split("matches", &["all lists"], review);
            recount.split("days", &[&found["time"].as_str().unwrap()[..10]], review);
            let mut seen = BTreeSet::new();
            for entry in found["entries"].as_array().unwrap() {
                let class = if entry["class"].is_null() { &entry["classification"] } else { &entry["class"] };
                let radius = entry["radius"].as_u64().map_or_else(|| "equal".into(), |radius| radius.to_string());
                let version = match (entry["sequence"].as_u64(), found["generation"].as_u64()) {
                    _ if !by_version => String::new(),
                    (Some(sequence), _) => format!("manifest {sequence}"),
                    (None, Some(generation)) => format!("generation {generation}"),
                    (None, None) => String::new(),
                };
                seen.insert(("lists", vec![text(&entry["list"])]));
                seen.insert(("classes", vec![text(class)]));
                seen.insert(("actions", vec![text(&entry["action"])]));
                seen.insert(("systems", vec![text(&entry["list"]), text(&entry["by"]), radius, version]));
            }
            for (section, keys) in &seen {
                let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                // An unknown version stays empty.
                if keys.len() == 4 && keys[3].is_empty() {
                    keys.truncate(3);
                }
                recount.split(section, &keys, review);
            }
            let decision = last("decision").unwrap_or(&found["decision"]);
            recount.add("decisions", &[&text(decision)], "pictures", 1);
            recount.add("automation", &[&text(last("automation").unwrap_or(&found["automation"]))], "pictures", 1);
            match last("complaint").and_then(Value::as_str) {
                Some("filed") => recount.add("complaints", &["open"], "pictures", 1),
                Some(state) => recount.add("complaints", &[state], "pictures", 1),
                None => {}
            }
            recount.add(
                "complaints",
                &["reinstated"],
                "pictures",
                u64::from(last("reinstated") == Some(&Value::Bool(true))),
            );
            if let Some(to) = last("reported_to") {
                recount.add("reported", &[&text(to)], "pictures", 1);
                recount.add("reported", &["all"], "pictures", 1);
                let viewed = last("file_viewed_by_provider").and_then(Value::as_bool);
                for (key, is_it) in
                    [("yes", viewed == Some(true)), ("no", viewed == Some(false)), ("not said", viewed.is_none())]
                {
                    recount.add("viewed", &[key], "pictures", u64::from(is_it));
                }
            }
        }
        for line in lines.iter().filter(inside) {
            let number = |field: &str| line[field].as_u64().unwrap_or(0);
            match line["event"].as_str().unwrap() {
                "counters" => {
                    for field in [
                        "seen",
                        "unsupported",
                        "corrupt",
                        "over_limit",
                        "unreadable",
                        "hashed",
                        "below_quality",
                        "partly_checked",
                        "looked_up",
                        "matched",
                        "tests",
                        "held",
                    ] {
                        let name = field.replace('_', " ");
                        let name = match field {
                            "tests" => "matched test lists only",
                            "held" => "held back by rules",
                            _ => &name,
                        };
                        recount.add("work", &[name], "files", number(field));
                    }
                    for system in line["systems"].as_array().unwrap() {
                        let keys = [text(&system["list"]), text(&system["by"]), system["radius"].to_string()];
                        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                        for measure in ["looked_up", "matched"] {
                            recount.add("looked_up", &keys, measure, system[measure].as_u64().unwrap());
                        }
                    }
                }
                "list_change" => {
                    recount.add("list_changes", &[&text(&line["list"]), &text(&line["change"])], "times", 1)
                }
                "deletion" => recount.add("deletions", &[&text(&line["what"])], "count", number("count")),
                _ => {}
            }
        }
        recount
    }
}

const RECOUNTED: [&str; 14] = [
    "work",
    "looked_up",
    "matches",
    "days",
    "systems",
    "lists",
    "classes",
    "actions",
    "decisions",
    "automation",
    "complaints",
    "reported",
    "viewed",
    "list_changes",
];

#[test]
fn counts_equal_a_recount_from_the_lines() {
    for (seed, from, to, by_version) in [
        (1, "2026-03-01", "2027-01-01", false),
        (2, "2026-03-02", "2026-03-05", true),
        (3, "2026-03-03", "2026-03-03", false),
        (4, "2026-03-02", "2026-03-09", true),
    ] {
        let written = drawn(seed);
        let mut args = vec!["--format", "csv", "--from", from, "--to", to];
        if by_version {
            args.push("--by-version");
        }
        let done = written.report(&args);
        assert_eq!(done.code, 0, "{}", done.err);
        let is_recounted = |key: &Key| RECOUNTED.contains(&key.0.as_str()) || key.0 == "deletions";
        let is_count = |key: &Key| !key.2.contains("percent") && key.2 != "text";
        let ours: BTreeMap<Key, u64> = numbers(&done.out)
            .into_iter()
            .filter(|(key, _)| is_recounted(key) && is_count(key))
            .map(|(key, value)| (key, value.parse().unwrap()))
            .collect();
        let theirs = Recount::of(&written.lines(), from, to, by_version).0;
        assert!(theirs.len() > 40, "seed {seed} drew nearly nothing");
        for key in ours.keys().chain(theirs.keys()) {
            assert_eq!(ours.get(key), theirs.get(key), "seed {seed}: {key:?}");
        }
    }
}

/// The rows of all tables of a report in CSV: keys, then values.
fn rows_of_csv(csv: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for row in csv::Reader::from_reader(csv.as_bytes()).records() {
        let row: Vec<String> = row.unwrap().iter().map(str::to_owned).collect();
        if row[5] == "text" {
            continue;
        }
        match rows.last_mut().filter(|last| last.0 == row[..5]) {
            Some(last) => last.1.push(row[6].clone()),
            None => rows.push((row[..5].to_vec(), vec![row[6].clone()])),
        }
    }
    let flat = |(mut keys, values): (Vec<String>, Vec<String>)| {
        keys.remove(0);
        keys.retain(|key| !key.is_empty());
        keys.into_iter().chain(values.into_iter().filter(|value| !value.is_empty())).collect()
    };
    let mut rows: Vec<_> = rows.into_iter().map(flat).collect();
    rows.sort();
    rows
}

/// A cell of a table for people as it stands in one for machines.
fn plain(cell: &str) -> String {
    let cell = cell.trim().trim_end_matches(" %").replace(',', "");
    if cell == "–" { String::new() } else { cell }
}

fn rows_of_markdown(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().collect::<Vec<_>>();
    let is_body = |at: usize| {
        lines[at].starts_with("| ") && !lines[at].starts_with("| :--") && !lines[at + 1].starts_with("| :--")
    };
    let mut rows: Vec<Vec<String>> = (0..lines.len())
        .filter(|&at| is_body(at))
        .map(|at| {
            let line = lines[at].replace("\\|", "\u{1}").replace('\\', "").trim_matches('|').to_owned();
            line.split('|').map(|cell| plain(&cell.replace('\u{1}', "|"))).filter(|cell| !cell.is_empty()).collect()
        })
        .collect();
    rows.sort();
    rows
}

fn rows_of_html(page: &str) -> Vec<Vec<String>> {
    let unescaped =
        |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'").replace("&amp;", "&");
    let mut rows: Vec<Vec<String>> = page
        .lines()
        .filter(|line| line.starts_with("<tr><td"))
        .map(|line| {
            let cells = line
                .split("<td")
                .skip(1)
                .map(|cell| cell.split_once('>').unwrap().1)
                .filter(|cell| !cell.starts_with("<span"));
            cells.map(|cell| plain(&unescaped(cell))).filter(|cell| !cell.is_empty()).collect()
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn every_format_has_the_same_numbers() {
    for (seed, more) in [(5, vec![]), (6, vec!["--by-version"]), (7, vec!["--suppress-below", "6"])] {
        let written = drawn(seed);
        let in_format = |format: &str| {
            let done = written.report(&[vec!["--format", format], more.clone()].concat());
            assert_eq!(done.code, 0, "{}", done.err);
            done.out
        };
        let csv = rows_of_csv(&in_format("csv"));
        assert!(csv.len() > 30);
        assert_eq!(rows_of_markdown(&in_format("markdown")), csv);
        assert_eq!(rows_of_html(&in_format("html")), csv);
    }
}

#[test]
fn precision_has_its_interval_and_is_not_measured_without_reviews() {
    let written = Written::new();
    for (list, of, confirmed) in [("good", 10, 9), ("new", 3, 0)] {
        for at in 0..of {
            let event = written.log.append(Match::new([Entry::new(list, "1").by("pdq", 31)])).unwrap();
            if list == "good" {
                let review = if at < confirmed { Conclusion::Confirmed } else { Conclusion::FalsePositive };
                _ = written.log.append(Review::new(event).review(review)).unwrap();
            }
        }
    }
    let numbers = numbers(&written.report(&["--format", "csv"]).out);
    let of = |list: &str, measure: &str| {
        let keys = [list, "pdq", "31", ""].map(str::to_owned);
        numbers[&("systems".to_owned(), keys, measure.to_owned())].clone()
    };
    // Wilson's interval of 9 of 10: 0.5958 to 0.9821.
    assert_eq!(
        (of("good", "precision_percent"), of("good", "precision_lower_percent")),
        ("90.00".into(), "59.58".into())
    );
    assert_eq!(
        (of("good", "precision_upper_percent"), of("new", "precision_percent")),
        ("98.21".into(), "not measured".into())
    );
    let text = written.report(&[]).out;
    assert!(
        text.contains("not measured: no test run was logged") && text.contains("not measured: no counts were logged"),
        "{text}"
    );
}

/// A report without what tells logs apart: head and times.
fn body(report: &str) -> String {
    let is_body = |line: &&str| {
        !["made_from,", "- head", "- written", "- log", "<dt>log", "<dt>head", "<dt>written"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    report.lines().filter(is_body).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_hidden_leaves_no_trace_in_any_format() {
    let reports: Vec<Vec<String>> = (1..5)
        .map(|small| {
            let written = Written::new();
            for (list, count, action) in
                [("small", small, "block"), ("middle", 43 - small, "review"), ("large", 200, "block")]
            {
                for at in 0..count {
                    let entry = Entry::new(list, "1").by("pdq", 31).action(action).classification(list);
                    let event = written.log.append(Match::new([entry]).decision(action)).unwrap();
                    if list != "large" {
                        // Reviewed, reported and complained of as numbers that are small themselves would be.
                        let review =
                            if at < 2 && list == "middle" { Conclusion::FalsePositive } else { Conclusion::Confirmed };
                        _ = written.log.append(Review::new(event).review(review)).unwrap();
                    }
                }
            }
            let mut work = Counters::default();
            (work.from, work.until, work.seen, work.hashed) = (START, START + 60_000, 9000, 9000);
            (work.looked_up, work.matched) = (9000, 243);
            for (list, matched) in [("small", small), ("middle", 43 - small), ("large", 200)] {
                let mut system = SystemCount::new(list, "pdq", Some(31));
                (system.looked_up, system.matched) = (9000, matched);
                work.add_system(&system);
            }
            _ = written.log.append(work).unwrap();
            let reports = ["markdown", "csv", "html"].map(|format| {
                let done = written.report(&["--suppress-below", "5", "--format", format]);
                assert_eq!(done.code, 0, "{}", done.err);
                body(&done.out)
            });
            reports.to_vec()
        })
        .collect();
    assert!(reports[0][1].contains("days,2026-03-01,,,,pictures,243"), "{}", reports[0][1]);
    assert!(reports[0][1].contains("lists,small,,,,pictures,<5*"), "{}", reports[0][1]);
    for other in &reports[1..] {
        assert_eq!(other, &reports[0]);
    }
}

#[test]
fn no_small_number_of_pictures_is_shown_and_no_sum_tells_one() {
    for seed in 10..18 {
        let written = drawn(seed);
        let numbers = numbers(&written.report(&["--suppress-below", "8", "--format", "csv"]).out);
        let is_of_people = |key: &Key| {
            let (section, keys, measure) = key;
            let is_of_files = match section.as_str() {
                "recall" | "list_changes" | "log" => true,
                "work" => !["matched", "held"].iter().any(|start| keys[0].starts_with(start)),
                _ => measure == "looked_up",
            };
            !is_of_files && !measure.contains("percent")
        };
        let mut hidden = 0;
        for (key, value) in numbers.iter().filter(|(key, _)| is_of_people(key)) {
            hidden += u64::from(value == "<8*");
            assert!(
                !value.parse::<u64>().is_ok_and(|count| (1..8).contains(&count)),
                "seed {seed}: {key:?} is {value}"
            );
        }
        assert!(hidden > 0);
        let all = |measure: &str| {
            numbers[&("matches".to_owned(), ["all lists", "", "", ""].map(str::to_owned), measure.to_owned())].clone()
        };
        for (section, measure) in [
            ("days", "pictures"),
            ("days", "confirmed"),
            ("days", "false_positive"),
            ("decisions", "pictures"),
            ("automation", "pictures"),
        ] {
            if all(measure) == "<8*" {
                continue;
            }
            let parts =
                numbers.iter().filter(|(key, value)| key.0 == section && key.2 == measure && *value == "<8*").count();
            assert_ne!(parts, 1, "seed {seed}: one hidden {measure} of {section} follows from the sum");
        }
    }
}

#[test]
fn no_hash_name_or_place_is_in_a_report() {
    let written = drawn(20);
    for format in ["markdown", "csv", "html"] {
        let done = written.report(&["--format", format]);
        for secret in [
            CONTENT,
            "report-4711",
            "secret-folder",
            "entry-0017",
            "<b>list",
            written.path.parent().unwrap().to_str().unwrap(),
        ] {
            // In CSV, which nobody renders, the list's name stands as it is.
            assert!(!done.out.contains(secret) || (format == "csv" && secret == "<b>list"), "{format} has {secret}");
        }
        let mut hashes: Vec<&str> =
            done.out.split(|letter: char| !letter.is_ascii_hexdigit()).filter(|word| word.len() >= 32).collect();
        hashes.dedup();
        assert_eq!(hashes, [written.log.head()], "{format}");
    }
}

#[test]
fn a_damaged_log_is_refused_by_file_and_line() {
    let written = Written::new();
    for _ in 0..9 {
        _ = written.log.append(Match::new([Entry::new("hotline", "1").by("pdq", 31)])).unwrap();
    }
    let text = fs::read_to_string(&written.path).unwrap();
    let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    lines[4] = lines[4].replace("hotline", "hotlime");
    fs::write(&written.path, lines.concat()).unwrap();
    let done = written.report(&[]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("audit.jsonl:5:") && done.err.contains("--accept-damaged"), "{}", done.err);
    let done = written.report(&["--accept-damaged", "--format", "csv"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("The log is damaged (1 problem)") && done.out.contains("lists,hotline,,,,pictures,8"),
        "{}",
        done.out
    );

    let picture = written.path.with_file_name("picture.gif");
    fs::write(&picture, b"GIF89a and what is in a picture\n").unwrap();
    let done = run(["report", "--audit", picture.to_str().unwrap()]);
    assert!(done.code == 2 && done.err.contains("is not an audit log"), "{}", done.err);
    let done = run(["report", "--audit", Path::new("no-such.jsonl").to_str().unwrap()]);
    assert!(done.code == 2 && done.err.contains("no-such.jsonl"), "{}", done.err);
}

#[test]
fn an_empty_period_says_so_and_a_wrong_one_is_refused() {
    let written = Written::new();
    _ = written.log.append(Match::new([Entry::new("hotline", "1").by("pdq", 31)])).unwrap();
    written.wait(DAY);
    for format in ["markdown", "csv", "html"] {
        let done = written.report(&["--from", "2025-01-01", "--to", "2025-12-31", "--format", format]);
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains("Nothing was counted and nothing matched in this period."), "{}", done.out);
    }
    let last = written.report(&["--from", "2026-03-01", "--to", "2026-03-01", "--format", "csv"]);
    assert!(last.out.contains("matches,all lists,,,,pictures,1"), "the last day counts as a whole: {}", last.out);
    for (args, words) in [
        (["--from", "2026-03-02", "--to", "2026-03-01"], "ends before it begins"),
        (["--from", "March", "--to", "today"], "YYYY-MM-DD"),
        (["--from", "2026-02-30", "--to", "today"], "YYYY-MM-DD"),
    ] {
        let done = written.report(&args);
        assert!(done.code == 2 && done.err.contains(words), "{}", done.err);
    }
}

#[test]
fn a_report_file_appears_whole_and_says_what_it_was_made_from() {
    let written = drawn(30);
    let output = written.path.with_file_name("report.html");
    let done = written.report(&["--format", "html", "--output", output.to_str().unwrap(), "--from", "2026-03-01"]);
    assert_eq!((done.code, done.out.as_str()), (0, ""));
    let page = fs::read_to_string(output).unwrap();
    assert!(
        page.ends_with("</html>\n")
            && page.contains(&written.log.head())
            && page.contains("2026-03-01 to its end, UTC")
    );
    assert!(
        !page.contains("<script")
            && !page.contains(" src=")
            && !page.contains("href")
            && page.matches("<svg").count() == 1,
        "it is self-contained"
    );
}
