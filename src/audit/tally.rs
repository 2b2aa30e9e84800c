//! Folding a log into the counts of a transparency report.
//!
//! A match belongs to the period in which it was logged, and so do its outcomes, whenever they came: the report says what is known by now of the matches
//! of that time. A count of work belongs to the period in which its span ended. Every count can be made again from the log by hand.
//!
//! Precision is the share of confirmed among the confirmed and false of those reviewed, with [`Share`]'s interval; where nothing was reviewed it is not
//! measured. Recall comes from [test runs](super::TestRun) alone.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::ops::Range;

use super::chain::stamp;
use super::counters::Counters;
use super::event::{Automation, Complaint, Conclusion, Event, Match, Review, TestRun};
use super::interval::Share;
use super::readable::readable;

/// How many pictures matched, and what became of them. The last four add up to `pictures`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Pictures that matched.
    pub pictures: u64,
    /// Reviewed, and what the list says.
    pub confirmed: u64,
    /// Reviewed, and not what the list says.
    pub false_positive: u64,
    /// Reviewed, and it cannot be told.
    pub unclear: u64,
    /// Not reviewed.
    pub not_reviewed: u64,
}

impl Counts {
    /// The share of confirmed among confirmed and false; none where nothing was reviewed: not measured.
    #[must_use]
    pub fn precision(&self) -> Option<Share> {
        Share::of(self.confirmed, self.confirmed + self.false_positive)
    }

    /// What the pictures are divided into: confirmed, false positive, unclear, not reviewed.
    #[must_use]
    pub const fn split(&self) -> [u64; 4] {
        [self.confirmed, self.false_positive, self.unclear, self.not_reviewed]
    }

    const fn count(&mut self, review: Option<Conclusion>) {
        self.pictures += 1;
        let which = match review {
            Some(Conclusion::Confirmed) => &mut self.confirmed,
            Some(Conclusion::FalsePositive) => &mut self.false_positive,
            Some(Conclusion::Unclear) => &mut self.unclear,
            None => &mut self.not_reviewed,
        };
        *which += 1;
    }
}

/// What judges of its own: a list, what is compared, the radius, and, if asked for, the version of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct System {
    /// The name of the list.
    pub list: String,
    /// What was compared: the profile, or the kind of digest.
    pub by: String,
    /// Within which radius, in bits; none of a digest.
    pub radius: Option<u32>,
    /// `manifest 12`, or `generation 7` where the list has no manifest; empty where it is not known or not asked for.
    pub version: String,
}

readable! {
    /// The counts of a period.
    #[derive(Clone, Debug, Default, PartialEq)]
    Report
    values {
        /// Spans that the sums are of.
        spans: u64,
        /// Pictures that matched, all together.
        all: Counts,
        /// Pictures that only lists made for testing have.
        tests: u64,
        /// Of the reported: looked at before by the provider, not looked at, not said.
        viewed: (u64, u64, u64),
        /// Complaints: open, upheld, rejected.
        complaints: (u64, u64, u64),
        /// Files put back.
        reinstated: u64,
        /// Torn ends that were cut off after a crash.
        recoveries: u64,
    }
    parts {
        /// Work done, summed up; `systems` has what was looked up by list, profile and radius.
        work: Counters,
        /// By list. A picture counts for each list that it matches.
        lists: BTreeMap<String, Counts>,
        /// By list, what was compared, radius, version.
        systems: BTreeMap<System, Counts>,
        /// By the operator's class of the entry, or what the publisher calls it. A picture counts for each of its classes.
        classes: BTreeMap<String, Counts>,
        /// By the action that the policy wants. A picture counts for each.
        actions: BTreeMap<String, Counts>,
        /// By what was done, as last said: each picture once; empty: not said.
        decisions: BTreeMap<String, u64>,
        /// By how far that was automated: each picture once; empty: not said.
        automation: BTreeMap<String, u64>,
        /// By day in UTC, `2026-11-25`.
        days: BTreeMap<String, Counts>,
        /// By whom they were reported to.
        reported: BTreeMap<String, u64>,
        /// Test runs, in order, with their times.
        test_runs: Vec<(i64, TestRun)>,
        /// By list and kind of change: how often.
        changes: BTreeMap<(String, String), u64>,
        /// By what was deleted: how many.
        deletions: BTreeMap<String, u64>,
    }
}

/// Adds lines up. Feed it from [`fold`](super::fold()), in order; it keeps a small record of each match of the period.
#[derive(Clone, Debug)]
pub struct Tally {
    period: Range<i64>,
    report: Report,
    by_version: bool,
    matches: BTreeMap<u64, Kept>,
}

/// What is kept of a match until all its outcomes are known.
#[derive(Clone, Debug, Default)]
struct Kept {
    day: String,
    lists: BTreeSet<String>,
    systems: BTreeSet<System>,
    classes: BTreeSet<String>,
    actions: BTreeSet<String>,
    decision: String,
    automation: String,
    review: Option<Conclusion>,
    complaint: Option<Complaint>,
    reinstated: bool,
    reported_to: String,
    viewed: Option<bool>,
}

impl Tally {
    /// Begins to count a period, in Unix milliseconds; all of the log is `i64::MIN..i64::MAX`. With `by_version` each version of a list is a system
    /// of its own.
    #[must_use]
    pub fn new(period: Range<i64>, by_version: bool) -> Self {
        Self { period, report: Report::default(), by_version, matches: BTreeMap::new() }
    }

    /// Counts an event, by its number and the time at which it was written, as [`fold`](super::fold()) visits it.
    pub fn add(&mut self, seq: u64, time: i64, event: Event) {
        let is_inside = self.period.contains(&time);
        let report = &mut self.report;
        match event {
            Event::Match(found) if is_inside && found.is_match() => {
                let kept = Kept::of(found, time, self.by_version);
                self.matches.insert(seq, kept);
            }
            Event::Match(_) if is_inside => report.tests += 1,
            // Outcomes count with their match, whenever they came.
            Event::Review(review) => {
                if let Some(kept) = self.matches.get_mut(&review.of) {
                    kept.learn(review);
                }
            }
            Event::Counters(counters) => {
                // A span that ends at midnight is of the day before.
                let end = if counters.until > counters.from { counters.until - 1 } else { counters.until };
                if self.period.contains(&end) {
                    report.work.add(&counters);
                    report.spans += 1;
                }
            }
            Event::TestRun(run) if is_inside => report.test_runs.push((time, run)),
            Event::ListChange(change) if is_inside => {
                *report.changes.entry((change.list, change.change)).or_default() += 1;
            }
            Event::Deletion(deletion) if is_inside => {
                let count = report.deletions.entry(deletion.what).or_default();
                *count = count.saturating_add(deletion.count);
            }
            Event::Recovery { .. } if is_inside => report.recoveries += 1,
            _ => {}
        }
    }

    /// The counts.
    #[must_use]
    pub fn finish(self) -> Report {
        let mut report = self.report;
        for kept in self.matches.into_values() {
            let review = kept.review;
            report.all.count(review);
            report.days.entry(kept.day).or_default().count(review);
            kept.lists.into_iter().for_each(|list| report.lists.entry(list).or_default().count(review));
            kept.systems.into_iter().for_each(|system| report.systems.entry(system).or_default().count(review));
            kept.classes.into_iter().for_each(|class| report.classes.entry(class).or_default().count(review));
            kept.actions.into_iter().for_each(|action| report.actions.entry(action).or_default().count(review));
            *report.decisions.entry(kept.decision).or_default() += 1;
            *report.automation.entry(kept.automation).or_default() += 1;
            match kept.complaint {
                Some(Complaint::Filed) => report.complaints.0 += 1,
                Some(Complaint::Upheld) => report.complaints.1 += 1,
                Some(Complaint::Rejected) => report.complaints.2 += 1,
                None => {}
            }
            report.reinstated += u64::from(kept.reinstated);
            if !kept.reported_to.is_empty() {
                *report.reported.entry(kept.reported_to).or_default() += 1;
                match kept.viewed {
                    Some(true) => report.viewed.0 += 1,
                    Some(false) => report.viewed.1 += 1,
                    None => report.viewed.2 += 1,
                }
            }
        }
        report
    }
}

/// The day of a time in UTC: `2026-11-25`.
fn day(time: i64) -> String {
    let stamp = stamp(time);
    stamp.split_once('T').map_or(stamp.as_str(), |(day, _)| day).to_string()
}

impl Kept {
    fn of(found: Match, time: i64, by_version: bool) -> Self {
        let mut kept = Self {
            day: day(time),
            decision: found.decision,
            automation: found.automation.map_or("", Automation::name).to_string(),
            ..Self::default()
        };
        let generation = found.generation;
        for entry in found.entries.into_iter().filter(|entry| !entry.is_held() && entry.role != "test") {
            let version = match (entry.sequence, generation) {
                _ if !by_version => String::new(),
                (Some(sequence), _) => format!("manifest {sequence}"),
                (None, Some(generation)) => format!("generation {generation}"),
                (None, None) => String::new(),
            };
            kept.lists.insert(entry.list.clone());
            kept.systems.insert(System { list: entry.list, by: entry.by, radius: entry.radius, version });
            kept.classes.insert(if entry.class.is_empty() { entry.classification } else { entry.class });
            kept.actions.insert(entry.action);
        }
        kept
    }

    fn learn(&mut self, review: Review) {
        self.review = review.review.or(self.review);
        self.complaint = review.complaint.or(self.complaint);
        self.reinstated = review.reinstated.unwrap_or(self.reinstated);
        self.viewed = review.file_viewed_by_provider.or(self.viewed);
        if !review.reported_to.is_empty() {
            self.reported_to = review.reported_to;
        }
        if !review.decision.is_empty() {
            self.decision = review.decision;
        }
        if let Some(automation) = review.automation {
            self.automation = automation.name().to_string();
        }
    }
}
