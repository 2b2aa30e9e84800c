//! The counts of a period as sections, with what is small hidden.

use std::collections::BTreeMap;

use lookalike::audit::{Counts, Report, Share};

use super::hide::{Cell, Row};
use super::marks::Marks;
use super::model::{Line, Section, Value};

/// What pictures are divided into, and what follows from it.
const COUNTS: &[(&str, &str)] = &[
    ("pictures", "pictures"),
    ("confirmed", "confirmed"),
    ("false_positive", "false positive"),
    ("unclear", "unclear"),
    ("not_reviewed", "not reviewed"),
];
const SYSTEM: &[(&str, &str)] = &[
    ("pictures", "pictures"),
    ("confirmed", "confirmed"),
    ("false_positive", "false positive"),
    ("unclear", "unclear"),
    ("not_reviewed", "not reviewed"),
    ("precision_percent", "precision"),
    ("precision_lower_percent", "from"),
    ("precision_upper_percent", "to"),
];
const RECALL: &[(&str, &str)] = &[
    ("positives", "should match"),
    ("found", "did"),
    ("recall_percent", "recall"),
    ("recall_lower_percent", "from"),
    ("recall_upper_percent", "to"),
    ("negatives", "should not"),
    ("false_alarms", "did"),
];
const NUMBER: &[(&str, &str)] = &[("files", "files")];
const PICTURES: &[(&str, &str)] = &[("pictures", "pictures")];
const TIMES: &[(&str, &str)] = &[("times", "times")];
const COUNT: &[(&str, &str)] = &[("count", "count")];

/// The sections of a report, and whether a number was hidden.
pub(super) fn sections(report: &Report, k: Option<u64>) -> (Vec<Section>, bool) {
    let marks = Marks::of(report, k);
    let maker = Maker { report, marks: &marks };
    let mut sections = maker.work();
    sections.extend(maker.measured());
    sections.extend(maker.by_property());
    sections.extend(maker.afterwards());
    sections.extend(maker.upkeep());
    (sections, marks.cells.hides())
}

struct Maker<'r> {
    report: &'r Report,
    marks: &'r Marks,
}

impl Maker<'_> {
    fn work(&self) -> Vec<Section> {
        let (work, marks) = (self.report.work(), self.marks);
        let mut looked: Vec<Line> = work
            .systems
            .iter()
            .zip(&marks.asked)
            .map(|(system, id)| {
                let keys = vec![said(&system.list).into(), system.by.clone(), radius(system.radius)];
                line(
                    keys,
                    vec![Value::Count(system.looked_up), Value::count(system.matched, marks.cells.is_hidden(*id))],
                )
            })
            .collect();
        looked.sort_by(|one, other| one.keys.cmp(&other.keys));
        let was_counted = self.report.spans() > 0;
        let files = [
            ("seen", work.seen, None),
            ("unsupported", work.unsupported, None),
            ("corrupt", work.corrupt, None),
            ("over limit", work.over_limit, None),
            ("unreadable", work.unreadable, None),
            ("hashed", work.hashed, None),
            ("below quality", work.below_quality, None),
            ("looked up", work.looked_up, None),
            ("matched", work.matched, Some(marks.matched)),
            ("matched test lists only", work.tests, Some(marks.tests)),
            ("held back by rules", work.held, Some(marks.held)),
        ];
        let files = files.into_iter().filter(|_| was_counted).map(|(key, number, cell)| self.count(key, number, cell));
        vec![
            Section {
                id: "work",
                title: "Work done",
                note: "Files by what became of them, summed over the counts that were logged; seen = hashed + \
            unsupported + corrupt + over limit + unreadable.",
                keys: &["step"],
                measures: NUMBER,
                rows: files.collect(),
                empty: "not measured: no counts were logged",
            },
            Section {
                id: "looked_up",
                title: "Looked up, by system",
                note: "How many pictures were looked up in each list, by what was compared (a perceptual hash, or the \
            digest of the file) and within which radius.",
                keys: &["list", "compared", "radius"],
                measures: &[("looked_up", "looked up"), ("matched", "matched")],
                rows: looked,
                empty: "not measured: no counts by list were logged",
            },
        ]
    }

    fn measured(&self) -> Vec<Section> {
        let marks = self.marks;
        let systems = self.report.systems().iter().zip(&marks.systems).map(|((system, counts), row)| {
            let keys =
                vec![said(&system.list).into(), system.by.clone(), radius(system.radius), system.version.clone()];
            line(keys, self.with_precision(counts, *row))
        });
        let runs = self.report.test_runs().iter().map(|(time, run)| {
            let list = if run.list.is_empty() { "all lists".to_owned() } else { run.list.clone() };
            let compared = match run.radius {
                Some(radius) => format!("{} within {radius}", run.by),
                None => run.by.clone(),
            };
            let mut values = vec![Value::Count(run.positives), Value::Count(run.found)];
            values.extend(share(Share::of(run.found, run.positives), false));
            values.extend(
                [run.negatives, run.false_alarms].map(|number| number.map_or(Value::NotMeasured, Value::Count)),
            );
            line(vec![super::stamp(*time), list, compared, run.sample.clone()], values)
        });
        vec![
            Section {
                id: "matches",
                title: "Matches",
                note: "A picture counts once, on the day when its match was logged, with what a reviewer said of it \
            last; not reviewed is no verdict.",
                keys: &["of"],
                measures: SYSTEM,
                rows: vec![line(vec!["all lists".into()], self.with_precision(&self.report.all(), marks.all))],
                empty: "",
            },
            Section {
                id: "days",
                title: "Matches by day",
                note: "Days are those of UTC; days without a match are left out.",
                keys: &["day"],
                measures: COUNTS,
                rows: self.tables(self.report.days(), &marks.days),
                empty: "no matches",
            },
            Section {
                id: "systems",
                title: "Precision by system",
                note: "Confirmed / (confirmed + false positive), with the 95 % interval of Wilson; unclear and not \
            reviewed do not enter, and where nothing was reviewed it is not measured.",
                keys: &["list", "compared", "radius", "version"],
                measures: SYSTEM,
                rows: systems.collect(),
                empty: "not measured: no matches",
            },
            Section {
                id: "recall",
                title: "Recall",
                note: "Only from test runs over pictures of which it is known what they are; it is never computed from \
            what was uploaded. With the 95 % interval of Wilson.",
                keys: &["time", "list", "compared", "sample"],
                measures: RECALL,
                rows: runs.collect(),
                empty: "not measured: no test run was logged",
            },
        ]
    }

    fn by_property(&self) -> Vec<Section> {
        let marks = self.marks;
        let properties: [(_, _, _, &[&str], _, &[Row]); 3] = [
            (
                "lists",
                "Matches by list",
                "A picture counts for each list that it matches, so that rows may add up to more than all.",
                &["list"],
                self.report.lists(),
                &marks.lists,
            ),
            (
                "classes",
                "Matches by class",
                "By the operator's class of the entry, or else what the publisher calls it; a picture counts for \
            each of its classes.",
                &["class"],
                self.report.classes(),
                &marks.classes,
            ),
            (
                "actions",
                "Matches by wanted action",
                "By the action that the policy wants; a picture counts for each.",
                &["action"],
                self.report.actions(),
                &marks.actions,
            ),
        ];
        let section = |(id, title, note, keys, map, rows): (_, _, _, _, _, &[Row])| Section {
            id,
            title,
            note,
            keys,
            measures: COUNTS,
            rows: self.tables(map, rows),
            empty: "no matches",
        };
        properties.into_iter().map(section).collect()
    }

    fn afterwards(&self) -> Vec<Section> {
        let marks = self.marks;
        let (yes, no, unsaid) = self.report.viewed();
        let (open, upheld, rejected) = self.report.complaints();
        vec![
            Section {
                id: "decisions",
                title: "What was done",
                note: "By the decision that was logged last, in the operator's words; nothing is inferred.",
                keys: &["decision"],
                measures: PICTURES,
                rows: self.counts(self.report.decisions(), &marks.decisions),
                empty: "no matches",
            },
            Section {
                id: "automation",
                title: "How far that was automated",
                note: "full: by the machine alone; partial: by a person on its proposal; none: by a person. The \
            detection is always automatic.",
                keys: &["automation"],
                measures: PICTURES,
                rows: self.counts(self.report.automation(), &marks.automation),
                empty: "no matches",
            },
            Section {
                id: "complaints",
                title: "Complaints",
                note: "Of the matches of the period, by the state that was logged last; reinstated are files put back, \
            after a complaint or without.",
                keys: &["state"],
                measures: PICTURES,
                rows: [
                    ("open", open),
                    ("upheld", upheld),
                    ("rejected", rejected),
                    ("reinstated", self.report.reinstated()),
                ]
                .into_iter()
                .zip(&marks.complaints)
                .map(|((key, number), id)| self.count(key, number, Some(*id)))
                .collect(),
                empty: "",
            },
            Section {
                id: "reported",
                title: "Reported to",
                note: "Matches of the period that were reported, by the recipient that was logged last.",
                keys: &["recipient"],
                measures: PICTURES,
                rows: self
                    .counts(self.report.reported(), &marks.reported)
                    .into_iter()
                    .chain(
                        (!self.report.reported().is_empty()).then(|| {
                            self.count("all", self.report.reported().values().sum(), Some(marks.reported_all))
                        }),
                    )
                    .collect(),
                empty: "nothing was reported",
            },
            Section {
                id: "viewed",
                title: "Viewed by the provider before it was reported",
                note: "Of the reported, as somebody said it; a match never implies it.",
                keys: &["viewed"],
                measures: PICTURES,
                rows: [("yes", yes), ("no", no), ("not said", unsaid)]
                    .into_iter()
                    .zip(&marks.viewed)
                    .filter(|_| !self.report.reported().is_empty())
                    .map(|((key, number), id)| self.count(key, number, Some(*id)))
                    .collect(),
                empty: "nothing was reported",
            },
        ]
    }

    fn upkeep(&self) -> Vec<Section> {
        vec![
            Section {
                id: "list_changes",
                title: "Changes of lists",
                note: "How often each list changed in the period, by kind of change.",
                keys: &["list", "change"],
                measures: TIMES,
                rows: self
                    .report
                    .changes()
                    .iter()
                    .map(|((list, change), times)| {
                        line(vec![said(list).into(), change.clone()], vec![Value::Count(*times)])
                    })
                    .collect(),
                empty: "no change was logged",
            },
            Section {
                id: "deletions",
                title: "Deletions",
                note: "What was deleted in the period, and how many of it; `personal` are parts of this log.",
                keys: &["what"],
                measures: COUNT,
                rows: self.counts(self.report.deletions(), &self.marks.deleted),
                empty: "no deletion was logged",
            },
            Section {
                id: "log",
                title: "The log itself",
                note: "Torn ends that were cut off after a crash, and spans of time that the work is summed over.",
                keys: &["what"],
                measures: COUNT,
                rows: vec![
                    self.count("recoveries", self.report.recoveries(), None),
                    self.count("spans", self.report.spans(), None),
                ],
                empty: "",
            },
        ]
    }

    fn count(&self, key: &str, count: u64, cell: Option<Cell>) -> Line {
        let is_hidden = cell.is_some_and(|cell| self.marks.cells.is_hidden(cell));
        line(vec![key.to_owned()], vec![Value::count(count, is_hidden)])
    }

    fn counts(&self, map: &BTreeMap<String, u64>, cells: &[Cell]) -> Vec<Line> {
        map.iter().zip(cells).map(|((key, number), cell)| self.count(said(key), *number, Some(*cell))).collect()
    }

    fn tables(&self, map: &BTreeMap<String, Counts>, rows: &[Row]) -> Vec<Line> {
        map.iter()
            .zip(rows)
            .map(|((key, counts), row)| line(vec![said(key).into()], self.split(counts, *row)))
            .collect()
    }

    fn split(&self, counts: &Counts, row: Row) -> Vec<Value> {
        let cells = &self.marks.cells;
        let parts = counts.split().map(|part| Value::count(part, cells.is_hidden(row.split)));
        std::iter::once(Value::count(counts.pictures, cells.is_hidden(row.pictures))).chain(parts).collect()
    }

    fn with_precision(&self, counts: &Counts, row: Row) -> Vec<Value> {
        let mut values = self.split(counts, row);
        values.extend(share(counts.precision(), self.marks.cells.is_hidden(row.split)));
        values
    }
}

const fn line(keys: Vec<String>, values: Vec<Value>) -> Line {
    Line { keys, values }
}

fn said(key: &str) -> &str {
    if key.is_empty() { "not said" } else { key }
}

fn radius(radius: Option<u32>) -> String {
    radius.map_or_else(|| "equal".into(), |radius| radius.to_string())
}

fn share(share: Option<Share>, is_hidden: bool) -> [Value; 3] {
    match share {
        _ if is_hidden => [const { Value::Hidden }; 3],
        Some(share) => [Value::Share(share.estimate), Value::Share(share.lower), Value::Share(share.upper)],
        None => [Value::NotMeasured, Value::Nothing, Value::Nothing],
    }
}
