//! The audit log: a match is on the disk before it is answered, the rest is counted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use lookalike::audit::{AuditError, Counters, Entry, Event, Key, Log, Match as Logged, Options, SystemCount};
use lookalike::check::Matched;
use lookalike::entry::Role;
use lookalike::matching::Outcome;
use sha2::{Digest as _, Sha256};

use crate::answer;
use crate::args::Args;
use crate::check::Checked;
use crate::failure::Failure;
use crate::lookup::{Lookup, now};

/// What is compared with a list, and within which radius: none of a digest.
type System = (String, &'static str, Option<u32>);

/// The audit log of the service.
pub(crate) struct Trail {
    path: PathBuf,
    options: Options,
    key: Option<Key>,
    /// For how long names of contents may be kept, in milliseconds.
    retain: Option<i64>,
    /// None while it is opened anew.
    log: RwLock<Option<Log>>,
    counts: Mutex<Counts>,
    is_broken: AtomicBool,
    failures: AtomicU64,
}

#[derive(Default)]
struct Counts {
    counters: Counters,
    /// Pictures looked up and matched, by list and what is compared.
    systems: BTreeMap<System, [u64; 2]>,
}

impl Counts {
    /// Adds counts of a span that ended where this one began.
    fn add_earlier(&mut self, earlier: Self) {
        let from = earlier.counters.from;
        self.counters.add(&earlier.counters);
        self.counters.from = from;
        for (system, [looked_up, matched]) in earlier.systems {
            let [of_all, of_matched] = self.systems.entry(system).or_default();
            (*of_all, *of_matched) = (*of_all + looked_up, *of_matched + matched);
        }
    }
}

impl Trail {
    /// Opens the log that the arguments name, if any.
    ///
    /// # Errors
    ///
    /// When it is no log, is damaged, or somebody else writes to it; when the key cannot be read or is too short.
    pub(crate) fn open(args: &Args) -> Result<Option<Self>, Failure> {
        let Some(directory) = &args.audit else { return Ok(None) };
        fs::create_dir_all(directory).map_err(|error| Failure::file("make the directory", directory, &error))?;
        let key = args.audit_key.as_deref().map(read_key).transpose()?;
        let options = Options::new().distances(!args.audit_no_distances);
        let path = directory.join("audit.jsonl");
        let log = Log::open_with(&path, options.clone()).map_err(|error| Failure::new(error.to_string()))?;
        if let Some(torn) = log.recovered() {
            tracing::warn!("the last line of the audit log was not whole, and lies in {} now", torn.display());
        }
        let mut counts = Counts::default();
        counts.counters.from = now();
        Ok(Some(Self {
            path,
            options,
            key,
            retain: args.audit_retain.map(|days| i64::from(days) * 86_400_000),
            log: RwLock::new(Some(log)),
            counts: Mutex::new(counts),
            is_broken: AtomicBool::new(false),
            failures: AtomicU64::new(0),
        }))
    }

    /// Logs a match, and counts. Returns the number of the event; it is on the disk then.
    ///
    /// # Errors
    ///
    /// When a match could not be logged.
    pub(crate) fn note(
        &self,
        checked: &Checked,
        lookup: &Lookup,
        subject: Subject<'_>,
    ) -> Result<Option<u64>, AuditError> {
        let is_match = matches!(checked.outcome, Outcome::Match | Outcome::Test);
        let event = is_match.then(|| self.append(self.event(checked, lookup, subject))).transpose()?;
        self.count(checked, lookup);
        Ok(event)
    }

    fn event(&self, checked: &Checked, lookup: &Lookup, subject: Subject<'_>) -> Logged {
        let lent = lookup.rules().lend();
        let rules = lent.rules();
        let profile = lookup.profile().name();
        let entry = |found: &Matched| {
            let by = answer::by(found, profile);
            let entry = Entry::new(&found.list, &found.entry)
                .distance(found.distance)
                .transform(found.transform.name())
                .view(&answer::view(found))
                .classification(&found.classification)
                .class(found.class.as_deref().unwrap_or_default())
                .jurisdiction(&found.jurisdiction)
                .role(found.role.name())
                .trust(found.trust.name())
                .action(&found.action)
                .rules(found.fired, found.held_by);
            match answer::quality(found) {
                Some(quality) => entry.quality(quality).by(by, rules.of(&found.list).radius),
                None => entry.by_digest(by),
            }
        };
        let mut event = Logged::new(checked.matches.iter().chain(&checked.held).map(entry));
        if matches!(checked.outcome, Outcome::Test) {
            event = event.test();
        }
        if let Some(generation) = lookup.generation() {
            event = event.generation(generation);
        }
        match (subject, &self.key) {
            (Subject::File(bytes), Some(key)) => event = event.content(&key.content(&Sha256::digest(bytes).into())),
            (Subject::Hash(hash), Some(key)) => event = event.needle(&key.needle(hash)),
            (_, None) => {}
        }
        if let Subject::File(bytes) = subject {
            event = event.bytes(bytes.len() as u64);
        }
        match self.retain {
            Some(retain) => event.retain_until(now() + retain),
            None => event,
        }
    }

    fn append(&self, event: impl Into<Event>) -> Result<u64, AuditError> {
        let appended = self.append_open(&event.into());
        match &appended {
            Err(error) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                if !self.is_broken.swap(true, Ordering::Relaxed) {
                    tracing::error!("the audit log cannot be written: {error}; no match is answered until it can");
                }
            }
            Ok(_) if self.is_broken.swap(false, Ordering::Relaxed) => {
                tracing::info!("the audit log can be written again");
            }
            Ok(_) => {}
        }
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

    /// Opens the log anew, which puts right what a failed write left.
    fn reopen(&self) -> Result<(), AuditError> {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        // The lock is given back before it is taken.
        *log = None;
        *log = Some(Log::open_with(&self.path, self.options.clone())?);
        Ok(())
    }

    fn count(&self, checked: &Checked, lookup: &Lookup) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { counters, systems } = &mut *counts;
        counters.count(&checked.outcome);
        counters.held += u64::from(!checked.held.is_empty() && checked.matches.is_empty());
        let lent = lookup.rules().lend();
        let rules = lent.rules();
        if checked.outcome.was_checked() {
            for (list, _, role) in lookup.snapshot().lists().unwrap_or_default() {
                if role != Role::Allow {
                    let radius = rules.of(&list).radius;
                    let [looked_up, _] = systems.entry((list, lookup.profile().name(), Some(radius))).or_default();
                    *looked_up += 1;
                }
            }
        }
        let mut matched: Vec<System> = Vec::new();
        for found in &checked.matches {
            let radius = answer::quality(found).map(|_| rules.of(&found.list).radius);
            let system = (found.list.clone(), answer::by(found, lookup.profile().name()), radius);
            if !matched.contains(&system) {
                let [_, count] = systems.entry(system.clone()).or_default();
                *count += 1;
                matched.push(system);
            }
        }
    }

    /// Logs the counts since the last time; where the log was broken, tries to put it right. What could not be logged is counted on.
    pub(crate) fn log_counts(&self, is_interrupted: bool) {
        if self.is_broken() {
            // The error that remains shows when something is appended.
            let _: Result<(), AuditError> = self.reopen();
        }
        let until = now();
        let mut next = Counts::default();
        next.counters.from = until;
        let counts = std::mem::replace(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner), next);
        let mut counters = counts.counters.clone();
        (counters.until, counters.interrupted) = (until, is_interrupted);
        for ((list, by, radius), [looked_up, matched]) in &counts.systems {
            let mut system = SystemCount::new(list, by, *radius);
            (system.looked_up, system.matched) = (*looked_up, *matched);
            counters.add_system(&system);
        }
        // Nothing to say of a time in which nothing came in; but a log that was broken is tried.
        let is_idle = counters.is_empty() && !self.is_broken();
        if is_idle || self.append(Event::Counters(counters)).is_err() {
            self.counts.lock().unwrap_or_else(PoisonError::into_inner).add_earlier(counts);
        }
    }

    /// Whether the last event could not be logged.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// How many events could not be logged.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// The hash of the last line, to be written down elsewhere.
    pub(crate) fn head(&self) -> Option<String> {
        self.log.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(Log::head)
    }
}

/// Of what a match is logged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject<'a> {
    File(&'a [u8]),
    Hash(&'a [u8]),
}

fn read_key(path: &Path) -> Result<Key, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read the audit key", path, &error))?;
    // Editors and `echo` end a file with a line break, which is no part of the key.
    let key = Key::new(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
    key.map_err(|error| Failure::new(format!("the audit key {}: {error}", path.display())))
}
