//! A scan that leaves a trail: every match is in the log before it is printed, and what did not match is counted.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use lookalike::audit::{Counters, Entry, Event, Key, Log, Match as Logged, Options, SystemCount};
use lookalike::hash::Profile;
use sha2::{Digest as _, Sha256};

use crate::commands::list::signed::now;
use crate::exit::Failure;
use crate::names::shown;
use crate::record::{Match, Outcome, Record};
use crate::report::Report;
use crate::summary::Summary;

/// What is compared with a list, and within which radius: none of a digest.
pub(crate) type System = (String, &'static str, Option<u32>);

/// A report whose matches are logged first.
pub(crate) struct Audited<'r> {
    inner: &'r mut dyn Report,
    log: &'r Trail,
    counters: Counters,
    /// Pictures looked up and matched, by list and what is compared.
    systems: BTreeMap<System, [u64; 2]>,
    /// The radius of each list, and that of a list which comes while the scan runs.
    radii: BTreeMap<String, u32>,
    usual_radius: u32,
    profile: Profile,
    /// When counts were logged.
    counted: Instant,
    /// Why nothing can be logged any more.
    failure: Option<Failure>,
    /// Not everything was seen, as far as is known.
    is_interrupted: bool,
}

/// A log, and the key that names contents in it.
pub(crate) struct Trail {
    log: Log,
    name: String,
    key: Option<Key>,
    /// For how long names of contents may be kept, in milliseconds.
    retain: Option<i64>,
}

/// How often counts are logged: a scan that is killed loses no more of them.
const COUNTED: Duration = Duration::from_secs(60);

impl Trail {
    /// Opens a log for writing, or begins one.
    ///
    /// # Errors
    ///
    /// When it is no log, is damaged, or somebody else writes to it; when the key is too short.
    pub(crate) fn open(
        path: &Path,
        key: Option<&Path>,
        options: Options,
        retain_days: Option<u32>,
    ) -> Result<Self, Failure> {
        let key = match key {
            None => None,
            Some(path) => {
                let bytes = fs::read(path).map_err(|error| Failure::file("read the audit key", path, &error))?;
                // Editors and `echo` end a file with a line break, which is no part of the key.
                let key = Key::new(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
                Some(key.map_err(|error| Failure::new(format!("the audit key {}: {error}", shown(path))))?)
            }
        };
        let log = Log::open_with(path, options).map_err(|error| Failure::new(error.to_string()))?;
        if let Some(torn) = log.recovered() {
            eprintln!("lookalike: the last line of the log was not whole, and lies in {} now", shown(torn));
        }
        let retain = retain_days.map(|days| i64::from(days) * 86_400_000);
        Ok(Self { log, name: shown(path), key, retain })
    }

    fn append(&self, event: impl Into<Event>) -> Result<u64, Failure> {
        self.log.append(event).map_err(|error| Failure::new(error.to_string()))
    }

    /// The name of a file's content.
    fn content(&self, path: &Path) -> Option<String> {
        let key = self.key.as_ref()?;
        let mut hasher = Sha256::new();
        io::copy(&mut File::open(path).ok()?, &mut HashWriter(&mut hasher)).ok()?;
        Some(key.content(&hasher.finalize().into()))
    }
}

/// What is written to it is hashed.
struct HashWriter<'h>(&'h mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'r> Audited<'r> {
    /// Reports to `inner` what `log` has; `systems` are asked of every picture that is looked up.
    pub(crate) fn new(
        inner: &'r mut dyn Report,
        log: &'r Trail,
        systems: Vec<System>,
        profile: Profile,
        usual_radius: u32,
    ) -> Self {
        let radii = systems.iter().filter_map(|(list, _, radius)| Some((list.clone(), (*radius)?))).collect();
        let systems = systems.into_iter().map(|system| (system, [0, 0])).collect();
        let counters = {
            let mut counters = Counters::default();
            counters.from = now();
            counters
        };
        Self {
            inner,
            log,
            counters,
            systems,
            radii,
            usual_radius,
            profile,
            counted: Instant::now(),
            failure: None,
            is_interrupted: true,
        }
    }

    fn entry(&self, found: &Match) -> Entry {
        let entry = Entry::new(&found.list, &found.entry)
            .distance(found.distance)
            .transform(found.transform)
            .view(&found.view)
            .classification(&found.classification)
            .class(found.class.as_deref().unwrap_or_default())
            .jurisdiction(&found.jurisdiction)
            .role(found.role.name())
            .trust(found.trust)
            .action(&found.action)
            .rules(found.fired, found.held_by);
        match self.radius(found) {
            Some(radius) => entry.by(found.by, radius),
            None => entry.by_digest(found.by),
        }
    }

    /// Within which radius it was found; none of a digest.
    fn radius(&self, found: &Match) -> Option<u32> {
        let radius = self.radii.get(&found.list).copied().unwrap_or(self.usual_radius);
        (found.by == self.profile.name()).then_some(radius)
    }

    fn log(&mut self, record: &Record) -> Result<u64, Failure> {
        let entries = record.matches.iter().chain(&record.held).map(|found| self.entry(found));
        // What is done about a match, and by whom, is for an outcome to say.
        let mut event = Logged::new(entries);
        if record.outcome == Outcome::Test {
            event = event.test();
        }
        if let Some(generation) = record.generation {
            event = event.generation(generation);
        }
        if let Some(bytes) = record.bytes {
            event = event.bytes(bytes);
        }
        if let Some(content) = self.log.content(&record.path) {
            event = event.content(&content);
        }
        if let Some(retain) = self.log.retain {
            event = event.retain_until(now() + retain);
        }
        self.log.append(event)
    }

    fn count(&mut self, record: &Record) {
        let counters = &mut self.counters;
        counters.seen += 1;
        let is_looked_up = record.outcome.is_checked();
        counters.looked_up += u64::from(is_looked_up);
        counters.hashed += u64::from(is_looked_up || record.outcome == Outcome::LowQuality);
        match record.outcome {
            Outcome::Match => counters.matched += 1,
            Outcome::Test => counters.tests += 1,
            Outcome::LowQuality => counters.below_quality += 1,
            Outcome::Unsupported => counters.unsupported += 1,
            Outcome::Corrupt => counters.corrupt += 1,
            Outcome::OverLimit => counters.over_limit += 1,
            Outcome::Unreadable => counters.unreadable += 1,
            Outcome::NoMatch | Outcome::Hashed => {}
        }
        counters.held += u64::from(!record.held.is_empty() && record.matches.is_empty());
        if is_looked_up {
            self.systems.values_mut().for_each(|[looked_up, _]| *looked_up += 1);
        }
        let mut matched: Vec<System> = Vec::new();
        for found in &record.matches {
            let radius = self.radius(found);
            let system = (found.list.clone(), found.by, radius);
            if !matched.contains(&system) {
                let [_, count] = self.systems.entry(system.clone()).or_default();
                *count += 1;
                matched.push(system);
            }
        }
    }

    /// Logs what was counted.
    ///
    /// # Errors
    ///
    /// When something could not be logged.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.counters.interrupted = self.is_interrupted;
        self.log_counts()?;
        eprintln!("Logged in {}; its head is {}.", self.log.name, self.log.log.head());
        Ok(())
    }

    /// Logs the counts since the last time, and begins at zero.
    fn log_counts(&mut self) -> Result<(), Failure> {
        let mut next = Counters::default();
        next.from = now();
        let mut counters = std::mem::replace(&mut self.counters, next);
        counters.until = self.counters.from;
        for ((list, by, radius), [looked_up, matched]) in &mut self.systems {
            let mut system = SystemCount::new(list, by, *radius);
            (system.looked_up, system.matched) = (std::mem::take(looked_up), std::mem::take(matched));
            counters.add_system(&system);
        }
        self.counted = Instant::now();
        self.log.append(Event::Counters(counters)).map(drop)
    }

    /// Logs a match, and counts.
    fn note(&mut self, record: &Record) -> Result<Option<u64>, Failure> {
        let is_logged = matches!(record.outcome, Outcome::Match | Outcome::Test);
        let event = is_logged.then(|| self.log(record)).transpose()?;
        self.count(record);
        if self.counted.elapsed() >= COUNTED {
            self.log_counts()?;
        }
        Ok(event)
    }

    /// Why the log could not be written, if that ended the run.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }
}

impl Report for Audited<'_> {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.inner.begin(out)
    }

    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        match self.note(record) {
            Ok(None) => self.inner.record(out, record),
            Ok(event) => self.inner.record(out, &Record { audit: event, ..record.clone() }),
            Err(failure) => {
                // What is not logged is not reported.
                let error = io::Error::other(failure.to_string());
                self.failure = Some(failure);
                Err(error)
            }
        }
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary, took: Duration) -> io::Result<()> {
        self.is_interrupted = summary.interrupted || summary.broken_input.is_some();
        self.inner.end(out, summary, took)
    }
}
