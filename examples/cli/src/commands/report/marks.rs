//! The numbers of a report as cells, tied by the sums that a reader could compute.

use lookalike::audit::{Counts, Report, System};

use super::hide::{Cell, Cells, Row};

/// What of a report is hidden: a cell for each number, in the order of the report's maps.
pub(super) struct Marks {
    pub(super) cells: Cells,
    pub(super) all: Row,
    pub(super) lists: Vec<Row>,
    pub(super) systems: Vec<Row>,
    pub(super) days: Vec<Row>,
    pub(super) classes: Vec<Row>,
    pub(super) actions: Vec<Row>,
    pub(super) decisions: Vec<Cell>,
    pub(super) automation: Vec<Cell>,
    pub(super) reported: Vec<Cell>,
    pub(super) reported_all: Cell,
    /// Yes, no, not said.
    pub(super) viewed: Vec<Cell>,
    /// Open, upheld, rejected, reinstated.
    pub(super) complaints: Vec<Cell>,
    pub(super) deleted: Vec<Cell>,
    pub(super) matched: Cell,
    pub(super) tests: Cell,
    pub(super) held: Cell,
    /// Matched, by what was looked up.
    pub(super) asked: Vec<Cell>,
}

impl Marks {
    /// Hides what is below `k`, and what it would follow from.
    pub(super) fn of(report: &Report, k: Option<u64>) -> Self {
        let mut cells = Cells::new(k);
        let all = cells.row(&report.all());
        let lists = table(&mut cells, report.lists().values());
        let systems = table(&mut cells, report.systems().values());
        let days = table(&mut cells, report.days().values());
        let (classes, actions) =
            (table(&mut cells, report.classes().values()), table(&mut cells, report.actions().values()));
        cells.rows(all, &lists);
        cells.rows(all, &days);
        for (list, total) in report.lists().keys().zip(&lists) {
            let own = report.systems().keys().zip(&systems).filter(|(system, _)| system.list == *list);
            let own: Vec<Row> = own.map(|(_, row)| *row).collect();
            cells.rows(*total, &own);
        }
        let decisions = numbers(&mut cells, report.decisions().values());
        let automation = numbers(&mut cells, report.automation().values());
        cells.sum(all.pictures, &decisions);
        cells.sum(all.pictures, &automation);
        let (yes, no, unsaid) = report.viewed();
        let reported_all = cells.number(report.reported().values().sum());
        let reported = numbers(&mut cells, report.reported().values());
        let viewed = numbers(&mut cells, [yes, no, unsaid].iter());
        cells.sum(reported_all, &reported);
        cells.sum(reported_all, &viewed);
        // The policy gives each list its action, and with it what is done and who is told.
        let by_list = [Row::cells(&lists), Row::cells(&systems)].concat();
        for own in [Row::cells(&classes), Row::cells(&actions), decisions.clone(), automation.clone(), reported.clone()]
        {
            cells.crossing(&own, &by_list);
        }
        let (open, upheld, rejected) = report.complaints();
        let complaints = numbers(&mut cells, [open, upheld, rejected, report.reinstated()].iter());
        let deleted = numbers(&mut cells, report.deletions().values());
        let work = report.work();
        let [matched, tests, held] = [work.matched, work.tests, work.held].map(|count| cells.number(count));
        cells.sum(matched, &[all.pictures]);
        let asked = numbers(&mut cells, work.systems.iter().map(|system| &system.matched));
        for (system, matched) in work.systems.iter().zip(&asked) {
            let is_of = |key: &System| (&key.list, &key.by, key.radius) == (&system.list, &system.by, system.radius);
            let own = report.systems().keys().zip(&systems).filter(|(key, _)| is_of(key));
            let own: Vec<Cell> = own.map(|(_, row)| row.pictures).collect();
            if !own.is_empty() {
                cells.sum(*matched, &own);
            }
        }
        cells.close();
        Self {
            cells,
            all,
            lists,
            systems,
            days,
            classes,
            actions,
            decisions,
            automation,
            reported,
            reported_all,
            viewed,
            complaints,
            deleted,
            matched,
            tests,
            held,
            asked,
        }
    }
}

fn table<'c>(cells: &mut Cells, counts: impl Iterator<Item = &'c Counts>) -> Vec<Row> {
    counts.map(|counts| cells.row(counts)).collect()
}

fn numbers<'c>(cells: &mut Cells, numbers: impl Iterator<Item = &'c u64>) -> Vec<Cell> {
    numbers.map(|number| cells.number(*number)).collect()
}
