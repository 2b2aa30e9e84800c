//! The counts of a period as sections, with what is small hidden.

use std::collections::BTreeMap;

use lookalike::audit::{Counts, Report, Share, System};

use super::hide::{Cell, Cells, Row};
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
    let mut cells = Cells::new(k);
    let all = cells.row(&report.all);
    let lists = table(&mut cells, report.lists.values());
    let systems = table(&mut cells, report.systems.values());
    let days = table(&mut cells, report.days.values());
    let (classes, actions) = (table(&mut cells, report.classes.values()), table(&mut cells, report.actions.values()));
    cells.rows(all, &lists);
    cells.rows(all, &days);
    for (list, total) in report.lists.keys().zip(&lists) {
        let own = report.systems.keys().zip(&systems).filter(|(system, _)| system.list == *list);
        let own: Vec<Row> = own.map(|(_, row)| *row).collect();
        cells.rows(*total, &own);
    }
    let decisions = numbers(&mut cells, report.decisions.values());
    let automation = numbers(&mut cells, report.automation.values());
    cells.sum(all.pictures, &decisions);
    cells.sum(all.pictures, &automation);
    let (yes, no, unsaid) = report.viewed;
    let reported_all = cells.number(report.reported.values().sum());
    let reported = numbers(&mut cells, report.reported.values());
    let viewed = numbers(&mut cells, [yes, no, unsaid].iter());
    cells.sum(reported_all, &reported);
    cells.sum(reported_all, &viewed);
    // The policy gives each list its action, and with it what is done and who is told.
    let by_list = [Row::cells(&lists), Row::cells(&systems)].concat();
    for own in [Row::cells(&classes), Row::cells(&actions), decisions.clone(), automation.clone(), reported.clone()] {
        cells.crossing(&own, &by_list);
    }
    let (open, upheld, rejected) = report.complaints;
    let complaints = numbers(&mut cells, [open, upheld, rejected, report.reinstated].iter());
    let deleted = numbers(&mut cells, report.deletions.values());
    let work = &report.work;
    let [matched, tests, held] = [work.matched, work.tests, work.held].map(|count| cells.number(count));
    cells.sum(matched, &[all.pictures]);
    let asked = numbers(&mut cells, work.systems.iter().map(|system| &system.matched));
    for (system, matched) in work.systems.iter().zip(&asked) {
        let is_of = |key: &System| (&key.list, &key.by, key.radius) == (&system.list, &system.by, system.radius);
        let own = report.systems.keys().zip(&systems).filter(|(key, _)| is_of(key));
        let own: Vec<Cell> = own.map(|(_, row)| row.pictures).collect();
        if !own.is_empty() {
            cells.sum(*matched, &own);
        }
    }
    cells.close();
    let cells = &cells;

    let count = |key: &str, count: u64, cell: Option<Cell>| Line {
        keys: vec![key.to_owned()],
        values: vec![Value::count(count, cell.is_some_and(|cell| cells.is_hidden(cell)))],
    };
    let counts = |map: &BTreeMap<String, u64>, ids: &[Cell]| -> Vec<Line> {
        map.iter().zip(ids).map(|((key, number), id)| count(said(key), *number, Some(*id))).collect()
    };
    let tables = |map: &BTreeMap<String, Counts>, rows: &[Row]| -> Vec<Line> {
        map.iter()
            .zip(rows)
            .map(|((key, counts), row)| line(vec![said(key).into()], split(cells, counts, *row)))
            .collect()
    };
    let mut looked: Vec<Line> = work
        .systems
        .iter()
        .zip(&asked)
        .map(|(system, id)| {
            let keys = vec![said(&system.list).into(), system.by.clone(), radius(system.radius)];
            line(keys, vec![Value::Count(system.looked_up), Value::count(system.matched, cells.is_hidden(*id))])
        })
        .collect();
    looked.sort_by(|one, other| one.keys.cmp(&other.keys));
    let with_precision = |counts: &Counts, row: Row| {
        let mut values = split(cells, counts, row);
        values.extend(share(counts.precision(), cells.is_hidden(row.split)));
        values
    };

    let was_counted = report.spans > 0;
    let files = [
        ("seen", work.seen, None),
        ("unsupported", work.unsupported, None),
        ("corrupt", work.corrupt, None),
        ("over limit", work.over_limit, None),
        ("unreadable", work.unreadable, None),
        ("hashed", work.hashed, None),
        ("below quality", work.below_quality, None),
        ("looked up", work.looked_up, None),
        ("matched", work.matched, Some(matched)),
        ("matched test lists only", work.tests, Some(tests)),
        ("held back by rules", work.held, Some(held)),
    ];
    let files = files.into_iter().filter(|_| was_counted).map(|(key, number, cell)| count(key, number, cell));
    let mut sections = vec![
        Section {
            id: "work",
            title: "Work done",
            note: "Files by what became of them, summed over the counts that were logged; seen = hashed + unsupported + corrupt + over limit + unreadable.",
            keys: &["step"],
            measures: NUMBER,
            rows: files.collect(),
            empty: "not measured: no counts were logged",
        },
        Section {
            id: "looked_up",
            title: "Looked up, by system",
            note: "How many pictures were looked up in each list, by what was compared (a perceptual hash, or the digest of the file) and within which radius.",
            keys: &["list", "compared", "radius"],
            measures: &[("looked_up", "looked up"), ("matched", "matched")],
            rows: looked,
            empty: "not measured: no counts by list were logged",
        },
        Section {
            id: "matches",
            title: "Matches",
            note: "A picture counts once, on the day when its match was logged, with what a reviewer said of it last; not reviewed is no verdict.",
            keys: &["of"],
            measures: SYSTEM,
            rows: vec![line(vec!["all lists".into()], with_precision(&report.all, all))],
            empty: "",
        },
        Section {
            id: "days",
            title: "Matches by day",
            note: "Days are those of UTC; days without a match are left out.",
            keys: &["day"],
            measures: COUNTS,
            rows: tables(&report.days, &days),
            empty: "no matches",
        },
    ];
    let system_rows = report.systems.iter().zip(&systems).map(|((system, counts), row)| {
        let keys = vec![said(&system.list).into(), system.by.clone(), radius(system.radius), system.version.clone()];
        line(keys, with_precision(counts, *row))
    });
    sections.push(Section {
        id: "systems", title: "Precision by system",
        note: "Confirmed / (confirmed + false positive), with the 95 % interval of Wilson; unclear and not reviewed do not enter, and where nothing was reviewed it is not measured.",
        keys: &["list", "compared", "radius", "version"], measures: SYSTEM, rows: system_rows.collect(), empty: "not measured: no matches",
    });
    let runs = report.test_runs.iter().map(|(time, run)| {
        let list = if run.list.is_empty() { "all lists".to_owned() } else { run.list.clone() };
        let compared = match run.radius {
            Some(radius) => format!("{} within {radius}", run.by),
            None => run.by.clone(),
        };
        let mut values = vec![Value::Count(run.positives), Value::Count(run.found)];
        values.extend(share(Share::of(run.found, run.positives), false));
        values.extend([run.negatives, run.false_alarms].map(|number| number.map_or(Value::NotMeasured, Value::Count)));
        line(vec![super::stamp(*time), list, compared, run.sample.clone()], values)
    });
    sections.push(Section {
        id: "recall", title: "Recall",
        note: "Only from test runs over pictures of which it is known what they are; it is never computed from what was uploaded. With the 95 % interval of Wilson.",
        keys: &["time", "list", "compared", "sample"], measures: RECALL, rows: runs.collect(), empty: "not measured: no test run was logged",
    });
    for (id, title, note, key, map, rows) in [
        (
            "lists",
            "Matches by list",
            "A picture counts for each list that it matches, so that rows may add up to more than all.",
            &["list"],
            &report.lists,
            &lists,
        ),
        (
            "classes",
            "Matches by class",
            "By the operator's class of the entry, or else what the publisher calls it; a picture counts for each of its classes.",
            &["class"],
            &report.classes,
            &classes,
        ),
        (
            "actions",
            "Matches by wanted action",
            "By the action that the policy wants; a picture counts for each.",
            &["action"],
            &report.actions,
            &actions,
        ),
    ] {
        sections.push(Section {
            id,
            title,
            note,
            keys: key,
            measures: COUNTS,
            rows: tables(map, rows),
            empty: "no matches",
        });
    }
    sections.extend([
        Section {
            id: "decisions", title: "What was done", note: "By the decision that was logged last, in the operator's words; nothing is inferred.",
            keys: &["decision"], measures: PICTURES, rows: counts(&report.decisions, &decisions), empty: "no matches",
        },
        Section {
            id: "automation", title: "How far that was automated", note: "full: by the machine alone; partial: by a person on its proposal; none: by a person. The detection is always automatic.",
            keys: &["automation"], measures: PICTURES, rows: counts(&report.automation, &automation), empty: "no matches",
        },
        Section {
            id: "complaints", title: "Complaints", note: "Of the matches of the period, by the state that was logged last; reinstated are files put back, after a complaint or without.",
            keys: &["state"], measures: PICTURES,
            rows: [("open", open), ("upheld", upheld), ("rejected", rejected), ("reinstated", report.reinstated)]
                .into_iter().zip(&complaints).map(|((key, number), id)| count(key, number, Some(*id))).collect(),
            empty: "",
        },
        Section {
            id: "reported", title: "Reported to", note: "Matches of the period that were reported, by the recipient that was logged last.",
            keys: &["recipient"], measures: PICTURES,
            rows: counts(&report.reported, &reported).into_iter()
                .chain((!report.reported.is_empty()).then(|| count("all", report.reported.values().sum(), Some(reported_all)))).collect(),
            empty: "nothing was reported",
        },
        Section {
            id: "viewed", title: "Viewed by the provider before it was reported", note: "Of the reported, as somebody said it; a match never implies it.",
            keys: &["viewed"], measures: PICTURES,
            rows: [("yes", yes), ("no", no), ("not said", unsaid)].into_iter().zip(&viewed)
                .filter(|_| !report.reported.is_empty()).map(|((key, number), id)| count(key, number, Some(*id))).collect(),
            empty: "nothing was reported",
        },
        Section {
            id: "list_changes", title: "Changes of lists", note: "How often each list changed in the period, by kind of change.",
            keys: &["list", "change"], measures: TIMES,
            rows: report.changes.iter().map(|((list, change), times)| line(vec![said(list).into(), change.clone()], vec![Value::Count(*times)])).collect(),
            empty: "no change was logged",
        },
        Section {
            id: "deletions", title: "Deletions", note: "What was deleted in the period, and how many of it; `personal` are parts of this log.",
            keys: &["what"], measures: COUNT, rows: counts(&report.deletions, &deleted), empty: "no deletion was logged",
        },
        Section {
            id: "log", title: "The log itself", note: "Torn ends that were cut off after a crash, and spans of time that the work is summed over.",
            keys: &["what"], measures: COUNT,
            rows: vec![count("recoveries", report.recoveries, None), count("spans", report.spans, None)], empty: "",
        },
    ]);
    (sections, cells.hides())
}

fn table<'c>(cells: &mut Cells, counts: impl Iterator<Item = &'c Counts>) -> Vec<Row> {
    counts.map(|counts| cells.row(counts)).collect()
}

fn numbers<'c>(cells: &mut Cells, numbers: impl Iterator<Item = &'c u64>) -> Vec<Cell> {
    numbers.map(|number| cells.number(*number)).collect()
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

fn split(cells: &Cells, counts: &Counts, row: Row) -> Vec<Value> {
    let parts = counts.split().map(|part| Value::count(part, cells.is_hidden(row.split)));
    std::iter::once(Value::count(counts.pictures, cells.is_hidden(row.pictures))).chain(parts).collect()
}

fn share(share: Option<Share>, is_hidden: bool) -> [Value; 3] {
    match share {
        _ if is_hidden => [const { Value::Hidden }; 3],
        Some(share) => [Value::Share(share.estimate), Value::Share(share.lower), Value::Share(share.upper)],
        None => [Value::NotMeasured, Value::Nothing, Value::Nothing],
    }
}
