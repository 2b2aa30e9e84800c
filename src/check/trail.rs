//! An audit trail of a checker: every match is on the disk before it is returned, and everything else is counted.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use sha2::{Digest as _, Sha256};

use super::checker::now;
use super::{Checker, Match, Report};
use crate::audit::{AuditError, Counters, Entry, Event, Key, Log, Match as Logged, Options, SystemCount};
use crate::matching::Outcome;

/// A list, what was compared with it, and the radius in bits; none for a digest.
type System = (String, &'static str, Option<u32>);

/// An audit trail of a [`Checker`]: call [`record`](Self::record) with every report before anybody else sees it.
#[derive(Debug)]
pub struct Trail {
    path: PathBuf,
    options: Options,
    key: Option<Key>,
    /// How long names of contents may be kept, in milliseconds.
    retain: Option<i64>,
    /// None while it is reopened.
    log: RwLock<Option<Log>>,
    counts: Mutex<Counts>,
    is_broken: AtomicBool,
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    counters: Counters,
    /// Pictures compared and matched.
    systems: BTreeMap<System, [u64; 2]>,
}

/// The content that a report is about, of which only a keyed digest is logged.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// A file, by its SHA-256.
    Sha256([u8; 32]),
    /// A hash that was sent in place of a file.
    Hash(&'a [u8]),
    /// Unknown.
    Unknown,
}

impl Subject<'_> {
    /// A file in memory.
    #[must_use]
    pub fn of_file(file: &[u8]) -> Self {
        Self::Sha256(Sha256::digest(file).into())
    }
}

impl Trail {
    /// Opens a log for writing, or begins one. Contents are named by `key`, if there is one; their names may be kept for `retain_days`.
    ///
    /// # Errors
    ///
    /// If the file is not a log, is damaged, or another process writes to it.
    pub fn open(
        path: impl AsRef<Path>,
        options: Options,
        key: Option<Key>,
        retain_days: Option<u32>,
    ) -> Result<Self, AuditError> {
        let path = path.as_ref().to_owned();
        let log = Log::open_with(&path, options.clone())?;
        let mut counts = Counts::default();
        counts.counters.from = now();
        Ok(Self {
            path,
            options,
            key,
            retain: retain_days.map(|days| i64::from(days) * 86_400_000),
            log: RwLock::new(Some(log)),
            counts: Mutex::new(counts),
            is_broken: AtomicBool::new(false),
            failures: AtomicU64::new(0),
        })
    }

    /// Where the last line of a log was saved that was not complete when it was opened, if so.
    #[must_use]
    pub fn recovered(&self) -> Option<PathBuf> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        log.as_ref().and_then(Log::recovered).map(ToOwned::to_owned)
    }

    /// Logs a match and counts the report. Returns the number of the event, which is then on the disk. `subject` is called for matches only.
    ///
    /// # Errors
    ///
    /// If a match cannot be logged: then it must not be returned to anybody.
    pub fn record<'s>(
        &self,
        report: &Report,
        checker: &Checker,
        subject: impl FnOnce() -> Subject<'s>,
    ) -> Result<Option<u64>, AuditError> {
        let is_match = matches!(report.outcome, Outcome::Match | Outcome::Test);
        let event = is_match.then(|| self.append(&self.event(report, subject()).into())).transpose()?;
        self.count(report, checker);
        Ok(event)
    }

    fn event(&self, report: &Report, subject: Subject<'_>) -> Logged {
        let mut event = Logged::new(report.matches.iter().chain(&report.held).map(logged));
        if report.outcome == Outcome::Test {
            event = event.test();
        }
        if let Some(generation) = report.generation {
            event = event.generation(generation);
        }
        if let Some(bytes) = report.bytes {
            event = event.bytes(bytes);
        }
        match (subject, &self.key) {
            (Subject::Sha256(sha256), Some(key)) => event = event.content(&key.content(&sha256)),
            (Subject::Hash(hash), Some(key)) => event = event.needle(&key.needle(hash)),
            (Subject::Unknown, _) | (_, None) => {}
        }
        match self.retain {
            Some(retain) => event.retain_until(now().saturating_add(retain)),
            None => event,
        }
    }

    fn count(&self, report: &Report, checker: &Checker) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { counters, systems } = &mut *counts;
        counters.count(&report.outcome);
        counters.held += u64::from(!report.held.is_empty() && report.matches.is_empty());
        if report.outcome.was_checked() {
            for (list, radius) in checker.compared_lists() {
                let [compared, _] = systems.entry((list, report.profile.name(), Some(radius))).or_default();
                *compared += 1;
            }
        }
        let mut matched: Vec<System> = Vec::new();
        for found in &report.matches {
            let system = (found.entry.list.clone(), found.by_name(), found.radius);
            if !matched.contains(&system) {
                let [_, count] = systems.entry(system.clone()).or_default();
                *count += 1;
                matched.push(system);
            }
        }
    }

    /// Logs the counts since the last call; reopens a broken log first. Counts that cannot be logged are kept for the next call.
    ///
    /// # Errors
    ///
    /// If they cannot be logged.
    pub fn log_counts(&self, is_interrupted: bool) -> Result<(), AuditError> {
        if self.is_broken() {
            self.reopen()?;
        }
        let until = now();
        let mut next = Counts::default();
        next.counters.from = until;
        let counts = core::mem::replace(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner), next);
        let mut counters = counts.counters.clone();
        (counters.until, counters.interrupted) = (until, is_interrupted);
        for ((list, by, radius), [compared, matched]) in &counts.systems {
            let mut system = SystemCount::new(list, by, *radius);
            (system.looked_up, system.matched) = (*compared, *matched);
            counters.add_system(&system);
        }
        let appended = self.append(&Event::Counters(counters));
        if appended.is_err() {
            self.counts.lock().unwrap_or_else(PoisonError::into_inner).add_earlier(counts);
        }
        appended.map(drop)
    }

    /// Returns true if nothing was recorded since the last call of [`log_counts`](Self::log_counts).
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).counters.is_empty()
    }

    fn append(&self, event: &Event) -> Result<u64, AuditError> {
        let appended = self.append_open(event);
        self.failures.fetch_add(u64::from(appended.is_err()), Ordering::Relaxed);
        self.is_broken.store(appended.is_err(), Ordering::Relaxed);
        appended
    }

    fn append_open(&self, event: &Event) -> Result<u64, AuditError> {
        loop {
            if let Some(log) = self.log.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
                return log.append(event.clone());
            }
            self.reopen()?;
        }
    }

    /// Reopens the log, which repairs what a failed write left.
    fn reopen(&self) -> Result<(), AuditError> {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        // The lock on the file is released before it is taken again.
        *log = None;
        *log = Some(Log::open_with(&self.path, self.options.clone())?);
        Ok(())
    }

    /// Returns true if the last event could not be logged.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// How many events could not be logged.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// The hash of the last line, to be written down elsewhere.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        self.log.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(Log::head)
    }
}

impl Counts {
    /// Adds the counts of a span that ended where this one began.
    fn add_earlier(&mut self, earlier: Self) {
        let from = earlier.counters.from;
        self.counters.add(&earlier.counters);
        self.counters.from = from;
        for (system, [compared, matched]) in earlier.systems {
            let [all_compared, all_matched] = self.systems.entry(system).or_default();
            (*all_compared, *all_matched) = (*all_compared + compared, *all_matched + matched);
        }
    }
}

fn logged(found: &Match) -> Entry {
    let entry = Entry::new(&found.entry.list, &found.entry.id)
        .distance(found.distance)
        .transform(found.transform.name())
        .view(&found.view_name())
        .classification(&found.entry.classification)
        .class(found.class.as_deref().unwrap_or_default())
        .jurisdiction(&found.entry.jurisdiction)
        .role(found.entry.role.name())
        .trust(found.trust.name())
        .action(&found.action)
        .rules(found.fired, found.held_by);
    let entry = match found.quality {
        Some(quality) => entry.quality(quality),
        None => entry,
    };
    match found.radius {
        Some(radius) => entry.by(found.by_name(), radius),
        None => entry.by_digest(found.by_name()),
    }
}
