//! The counts of a period as sections, with what is small hidden.

use std::collections::BTreeMap;

use lookalike::audit::{Counts, Report, Share, System};
use serde::Deserialize;

use super::hide::{Cell, Cells, Pair};
use super::model::{Row, Section, Value, Words};
use crate::exit::Failure;

/// The sections of a report, and whether a number was hidden, in place of which stands a sign.
///
/// # Errors
///
/// When the words of the sections have a defect.
pub(super) fn sections(report: &Report, k: Option<u64>, sign: &str) -> Result<(Vec<Section>, bool), Failure> {
    #[derive(Deserialize)]
    struct All {
        section: Vec<Words>,
    }
    let all: All = toml::from_str(include_str!("sections.toml"))
        .map_err(|error| Failure::new(format!("the words of the report: {error}; please report it")))?;
    let mut cells = Cells::new(k);
    let mut drafts = drafts(report, &mut cells);
    cells.close();
    let hidden = |cell: Option<Cell>| cell.filter(|cell| cells.is_hidden(*cell)).map(|_| sign);
    let finished = |draft: Draft| {
        let values = draft.counts.iter().map(|(count, cell)| Value::count(*count, hidden(*cell)));
        let row = Row::new(draft.keys, values.collect());
        match draft.precision {
            Some(share) => row.with_share(share, hidden(draft.pair.map(|pair| pair.split))),
            None => row,
        }
    };
    let sections = all.section.into_iter().map(|words| {
        let rows = match &*words.id {
            "recall" => recall(report),
            id => drafts.remove(id).into_iter().flatten().map(finished).collect(),
        };
        Section { words, rows }
    });
    Ok((sections.collect(), cells.hides()))
}

/// A row of which it is not known yet what is hidden.
struct Draft {
    keys: Vec<String>,
    /// Each with its cell, unless it is always shown.
    counts: Vec<(u64, Option<Cell>)>,
    /// The cells of a row of counts.
    pair: Option<Pair>,
    precision: Option<Option<Share>>,
}

impl Draft {
    /// A number by a key.
    fn number(key: &str, count: u64, cell: Option<Cell>) -> Self {
        Self { keys: vec![said(key)], counts: vec![(count, cell)], pair: None, precision: None }
    }

    /// A row of counts.
    fn split(cells: &mut Cells, keys: Vec<String>, counts: &Counts) -> Self {
        let pair = cells.pair(counts);
        let parts = counts.split().map(|part| (part, Some(pair.split)));
        let counts = std::iter::once((counts.pictures, Some(pair.pictures))).chain(parts);
        Self { keys, counts: counts.collect(), pair: Some(pair), precision: None }
    }

    /// The same with its precision.
    fn measured(cells: &mut Cells, keys: Vec<String>, counts: &Counts) -> Self {
        Self { precision: Some(counts.precision()), ..Self::split(cells, keys, counts) }
    }
}

/// The rows of all sections, tied by the sums that a reader could compute.
fn drafts(report: &Report, cells: &mut Cells) -> BTreeMap<&'static str, Vec<Draft>> {
    let matches = vec![Draft::measured(cells, vec!["all lists".into()], &report.all())];
    let [days, lists, classes, actions] = [report.days(), report.lists(), report.classes(), report.actions()]
        .map(|map| map.iter().map(|(key, counts)| Draft::split(cells, vec![said(key)], counts)).collect::<Vec<_>>());
    let system = |(system, counts): (&System, &Counts)| {
        let keys = vec![said(&system.list), system.by.clone(), radius(system.radius), system.version.clone()];
        Draft::measured(cells, keys, counts)
    };
    let systems: Vec<_> = report.systems().iter().map(system).collect();
    let of = |drafts: &[Draft]| drafts.iter().filter_map(|draft| draft.pair).collect::<Vec<Pair>>();
    for all in of(&matches) {
        cells.pairs(all, &of(&lists));
        cells.pairs(all, &of(&days));
    }
    for (list, total) in report.lists().keys().zip(of(&lists)) {
        let own = report.systems().keys().zip(of(&systems)).filter(|(system, _)| system.list == *list);
        cells.pairs(total, &own.map(|(_, pair)| pair).collect::<Vec<_>>());
    }
    let pictures: Vec<Cell> = of(&matches).iter().map(|pair| pair.pictures).collect();

    let mut numbers = |map: &BTreeMap<String, u64>| named(cells, map.iter().map(|(key, count)| (&**key, *count)));
    let [decisions, automation, mut reported, deletions] =
        [report.decisions(), report.automation(), report.reported(), report.deletions()].map(&mut numbers);
    let (yes, no, unsaid) = report.viewed();
    let viewed = named(cells, [("yes", yes), ("no", no), ("not said", unsaid)].into_iter());
    let (open, upheld, rejected) = report.complaints();
    let complaints = [("open", open), ("upheld", upheld), ("rejected", rejected), ("reinstated", report.reinstated())];
    let complaints = named(cells, complaints.into_iter());
    let reported_count = report.reported().values().sum();
    let reported_all = cells.number(reported_count);
    for total in &pictures {
        cells.sum(*total, &of_numbers(&decisions));
        cells.sum(*total, &of_numbers(&automation));
    }
    cells.sum(reported_all, &of_numbers(&reported));
    cells.sum(reported_all, &of_numbers(&viewed));
    // The policy gives each list its action, and with it what is done and who is told.
    let by_list = Pair::cells(&[of(&lists), of(&systems)].concat());
    for own in [Pair::cells(&of(&classes)), Pair::cells(&of(&actions))] {
        cells.crossing(&own, &by_list);
    }
    for own in [&decisions, &automation, &reported] {
        cells.crossing(&of_numbers(own), &by_list);
    }
    let has_reports = !reported.is_empty();
    reported.extend(has_reports.then(|| Draft::number("all", reported_count, Some(reported_all))));

    let changes = report.changes().iter().map(|((list, change), times)| Draft {
        keys: vec![said(list), change.clone()],
        ..Draft::number("", *times, None)
    });
    BTreeMap::from([
        ("work", work(report, cells, &pictures)),
        ("looked_up", looked_up(report, cells, &of(&systems))),
        ("matches", matches),
        ("days", days),
        ("systems", systems),
        ("lists", lists),
        ("classes", classes),
        ("actions", actions),
        ("decisions", decisions),
        ("automation", automation),
        ("complaints", complaints),
        ("reported", reported),
        ("viewed", if has_reports { viewed } else { Vec::new() }),
        ("list_changes", changes.collect()),
        ("deletions", deletions),
        (
            "log",
            [("recoveries", report.recoveries()), ("spans", report.spans())]
                .map(|(key, count)| Draft::number(key, count, None))
                .into(),
        ),
    ])
}

/// Numbers by their keys, each in a cell.
fn named<'k>(cells: &mut Cells, counts: impl Iterator<Item = (&'k str, u64)>) -> Vec<Draft> {
    counts.map(|(key, count)| Draft::number(key, count, Some(cells.number(count)))).collect()
}

fn of_numbers(drafts: &[Draft]) -> Vec<Cell> {
    drafts.iter().flat_map(|draft| &draft.counts).filter_map(|(_, cell)| *cell).collect()
}

fn work(report: &Report, cells: &mut Cells, pictures: &[Cell]) -> Vec<Draft> {
    let work = report.work();
    let [matched, tests, held] = [work.matched, work.tests, work.held].map(|count| Some(cells.number(count)));
    matched.into_iter().for_each(|matched| cells.sum(matched, pictures));
    let files = [
        ("seen", work.seen, None),
        ("unsupported", work.unsupported, None),
        ("corrupt", work.corrupt, None),
        ("over limit", work.over_limit, None),
        ("unreadable", work.unreadable, None),
        ("hashed", work.hashed, None),
        ("below quality", work.below_quality, None),
        ("partly checked", work.partly_checked, None),
        ("looked up", work.looked_up, None),
        ("matched", work.matched, matched),
        ("matched test lists only", work.tests, tests),
        ("held back by rules", work.held, held),
    ];
    let was_counted = report.spans() > 0;
    files.into_iter().filter(|_| was_counted).map(|(key, count, cell)| Draft::number(key, count, cell)).collect()
}

fn looked_up(report: &Report, cells: &mut Cells, systems: &[Pair]) -> Vec<Draft> {
    let looked_up = report.work().systems.iter().map(|system| {
        let matched = cells.number(system.matched);
        let is_of = |key: &System| (&key.list, &key.by, key.radius) == (&system.list, &system.by, system.radius);
        let own = report.systems().keys().zip(systems).filter(|(key, _)| is_of(key));
        let own: Vec<Cell> = own.map(|(_, pair)| pair.pictures).collect();
        if !own.is_empty() {
            cells.sum(matched, &own);
        }
        Draft {
            keys: vec![said(&system.list), system.by.clone(), radius(system.radius)],
            counts: vec![(system.looked_up, None), (system.matched, Some(matched))],
            pair: None,
            precision: None,
        }
    });
    let mut drafts: Vec<_> = looked_up.collect();
    drafts.sort_by(|one, other| one.keys.cmp(&other.keys));
    drafts
}

fn recall(report: &Report) -> Vec<Row> {
    let runs = report.test_runs().iter().map(|(time, run)| {
        let list = if run.list.is_empty() { "all lists".to_owned() } else { run.list.clone() };
        let within = run.radius.map(|radius| format!(" within {radius}")).unwrap_or_default();
        let keys = vec![super::stamp(*time), list, format!("{}{within}", run.by), run.sample.clone()];
        let found = vec![Value::count(run.positives, None), Value::count(run.found, None)];
        let mut row = Row::new(keys, found).with_share(Share::of(run.found, run.positives), None);
        let measured =
            |count: Option<u64>| count.map_or_else(|| Value::untold("not measured"), |count| Value::count(count, None));
        row.values.extend([run.negatives, run.false_alarms].map(measured));
        row
    });
    runs.collect()
}

fn said(key: &str) -> String {
    if key.is_empty() { "not said".to_owned() } else { key.to_owned() }
}

fn radius(radius: Option<u32>) -> String {
    radius.map_or_else(|| "equal".into(), |radius| radius.to_string())
}
