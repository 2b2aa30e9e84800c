//! What is measured, as Prometheus reads it.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::refusal::REASONS;

/// One label and its value.
type Label = [(&'static str, &'static str); 1];
type Seconds = Gauge<f64, AtomicU64>;

/// The parts of a check that are timed.
const STAGES: [&str; 7] = ["body", "queue", "decode", "hash", "look_up", "audit", "own"];

/// Every outcome by name.
const OUTCOMES: [&str; 9] = [
    "match",
    "test",
    "no_match",
    "partly_checked",
    "low_quality",
    "unsupported",
    "corrupt",
    "over_limit",
    "unreadable",
];

/// Counters, and gauges that are set when somebody looks.
pub(crate) struct Metrics {
    registry: Registry,
    checks: Family<Label, Counter>,
    refusals: Family<Label, Counter>,
    stages: Family<Label, Histogram, fn() -> Histogram>,
    pub(crate) panics: Counter,
    pub(crate) late: Counter,
    pub(crate) connections_refused: Counter,
    pub(crate) connections: Gauge,
    pub(crate) uploads: Gauge,
    pub(crate) queued: Gauge,
    pub(crate) running: Gauge,
    pub(crate) body_bytes: Gauge,
    pub(crate) ready: Gauge,
    pub(crate) generation: Gauge,
    pub(crate) generation_age: Seconds,
    pub(crate) store_checked: Seconds,
    reload_failures: Counter,
    pub(crate) reload_failing: Gauge,
    pub(crate) stale_lists: Gauge,
    audit_failures: Counter,
    pub(crate) resident: Gauge,
}

/// 50 microseconds to 26 seconds.
fn histogram() -> Histogram {
    Histogram::new([0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0])
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("lookalike"),
            checks: Family::default(),
            refusals: Family::default(),
            stages: Family::new_with_constructor(histogram),
            panics: Counter::default(),
            late: Counter::default(),
            connections_refused: Counter::default(),
            connections: Gauge::default(),
            uploads: Gauge::default(),
            queued: Gauge::default(),
            running: Gauge::default(),
            body_bytes: Gauge::default(),
            ready: Gauge::default(),
            generation: Gauge::default(),
            generation_age: Seconds::default(),
            store_checked: Seconds::default(),
            reload_failures: Counter::default(),
            reload_failing: Gauge::default(),
            stale_lists: Gauge::default(),
            audit_failures: Counter::default(),
            resident: Gauge::default(),
        };
        // What never happened is there, as zero: an alarm on what is lacking cannot be told from one that sleeps.
        for outcome in OUTCOMES {
            drop(metrics.checks.get_or_create(&[("outcome", outcome)]));
        }
        for reason in REASONS {
            drop(metrics.refusals.get_or_create(&[("reason", reason)]));
        }
        for stage in STAGES {
            drop(metrics.stages.get_or_create(&[("stage", stage)]));
        }
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let all = &mut self.registry;
        all.register("checks", "Files that were checked, by outcome", self.checks.clone());
        all.register("refused", "Requests without an outcome, by reason", self.refusals.clone());
        let what = "How long each part of a check took; own is everything of the check but decode";
        all.register_with_unit("stage", what, Unit::Seconds, self.stages.clone());
        all.register("panics", "Checks that failed by a defect of the service", self.panics.clone());
        all.register("late", "Checks that were answered before they ended", self.late.clone());
        let what = "Connections closed because there were too many";
        all.register("connections_refused", what, self.connections_refused.clone());
        all.register("connections", "Connections open", self.connections.clone());
        all.register("uploads", "Uploads under way: coming in, waiting, checked", self.uploads.clone());
        all.register("queued", "Uploads that wait for their check", self.queued.clone());
        all.register("running", "Checks under way", self.running.clone());
        all.register("body_bytes", "Memory set aside for bodies", self.body_bytes.clone());
        all.register("ready", "1 if ready", self.ready.clone());
        all.register("generation", "The generation that is looked up in, 0 of an index", self.generation.clone());
        let what = "How long ago the generation was opened";
        all.register_with_unit("generation_age", what, Unit::Seconds, self.generation_age.clone());
        let what = "How long ago the store was last read without an error";
        all.register_with_unit("store_checked", what, Unit::Seconds, self.store_checked.clone());
        let what = "How often a new generation could not be taken";
        all.register("reload_failures", what, self.reload_failures.clone());
        all.register("reload_failing", "1 if a newer generation cannot be taken", self.reload_failing.clone());
        all.register("stale_lists", "Signed lists whose manifest has expired", self.stale_lists.clone());
        all.register("audit_failures", "Events that could not be logged", self.audit_failures.clone());
        all.register_with_unit("resident", "Memory of the process", Unit::Bytes, self.resident.clone());
        self
    }

    /// Counts what became of a file.
    pub(crate) fn checked(&self, outcome: &'static str) {
        self.checks.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Counts a request without an outcome.
    pub(crate) fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&[("reason", reason)]).inc();
    }

    /// Says how long a part took.
    pub(crate) fn took(&self, stage: &'static str, took: Duration) {
        self.stages.get_or_create(&[("stage", stage)]).observe(took.as_secs_f64());
    }

    /// Says how often, since the start, a new generation could not be taken, and an event could not be logged.
    pub(crate) fn failed(&self, reloads: u64, events: u64) {
        self.reload_failures.inc_by(reloads.saturating_sub(self.reload_failures.get()));
        self.audit_failures.inc_by(events.saturating_sub(self.audit_failures.get()));
    }

    /// Everything, as text.
    ///
    /// # Errors
    ///
    /// Never, as far as is known.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The memory of this process in bytes, where the system says it.
pub(crate) fn resident() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    i64::try_from(rustix::param::page_size()).ok().map(|size| pages * size)
}
