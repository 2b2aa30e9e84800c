//! The service: what it holds, and the way of an upload through it.
//!
//! ```text
//!  request ─ limits::admit ─ upload::receive ─ limits::job ─┬─ blocking thread: Checker::check ─ audit ─ JSON ──────────┐
//!            (refused at once)  (too long, slow)  (waits)    └─ the answer, or `over_limit` when it takes too long ◄──────┘
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use lookalike::check::{
    CheckError, CheckErrorKind, Checker, Decoder, Disclosure, Lists, PictureHasher, Report, Subject, Trail,
};
use lookalike::matching::Outcome;
use prometheus_client::metrics::gauge::Gauge;

use crate::answer::{self, json};
use crate::args::Args;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::refusal::Refusal;
use crate::upload::{self, Upload};
use crate::{audit, hma, open};

/// Everything that requests share.
pub struct Service {
    pub(crate) args: Args,
    pub(crate) checker: Checker,
    pub(crate) hasher: PictureHasher,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) trail: Option<Trail>,
    pub(crate) is_ending: AtomicBool,
}

/// What a client wants to know about a file.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    /// The report.
    Report(Disclosure),
    /// The matches, as `POST /m/lookup` has them.
    Banks,
    /// Its hash. It is not compared with any list.
    Hash,
}

/// An answer, and how its parts are logged.
#[derive(Default)]
pub(crate) struct Answered {
    pub(crate) body: Vec<u8>,
    /// None if the file was only hashed.
    pub(crate) outcome: Option<&'static str>,
    pub(crate) generation: Option<u64>,
    pub(crate) audit: Option<u64>,
    pub(crate) took: Vec<(&'static str, Duration)>,
}

impl Service {
    /// Opens the lists, the rules and the audit log. Pictures are decoded where the arguments say; if that is in worker processes, `main` calls
    /// [`run_worker_if_asked`](crate::run_worker_if_asked) first.
    ///
    /// # Errors
    ///
    /// If any of them cannot be opened, nothing could ever match, or no worker can be started.
    pub fn open(args: Args) -> Result<Self, Failure> {
        let lists = open::lists(&args)?;
        let decoder = open::decoder(&args)?;
        Self::over(args, lists, decoder)
    }

    /// The same with another decoder.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(args: Args, decoder: Arc<dyn Decoder>) -> Result<Self, Failure> {
        let lists = open::lists(&args)?;
        Self::over(args, lists, decoder)
    }

    fn over(args: Args, lists: Lists, decoder: Arc<dyn Decoder>) -> Result<Self, Failure> {
        let checker = open::checker(&args, lists, Arc::clone(&decoder))?;
        Ok(Self {
            hasher: PictureHasher::new(vec![checker.profile()]).decoder(decoder),
            checker,
            limits: Limits::new(&args),
            metrics: Metrics::new(),
            trail: audit::open(&args)?,
            is_ending: AtomicBool::new(false),
            args,
        })
    }

    /// Answers the upload of a request.
    pub(crate) async fn check(self: &Arc<Self>, request: Request, wanted: Wanted) -> Response {
        let started = Instant::now();
        match self.checked(request, wanted).await {
            Ok(response) => response,
            Err(refusal) => {
                let millis = millis(started.elapsed());
                tracing::info!(reason = refusal.reason(), status = refusal.status().as_u16(), millis, "refused");
                self.refuse(refusal)
            }
        }
    }

    /// Counts a refusal, and answers it.
    pub(crate) fn refuse(&self, refusal: Refusal) -> Response {
        use axum::response::IntoResponse as _;
        self.metrics.refused(refusal.reason());
        refusal.into_response()
    }

    async fn checked(self: &Arc<Self>, request: Request, wanted: Wanted) -> Result<Response, Refusal> {
        self.usable()?;
        let started = Instant::now();
        let upload = upload::receive(&self.limits, request).await?;
        let body = started.elapsed();
        let waiting = Instant::now();
        let queued = Raised::new(&self.metrics.queued);
        let permit = self.limits.job().await?;
        drop(queued);
        let (lookup, bytes) = (new_id(), upload.bytes.len());
        let (service, name) = (Arc::clone(self), lookup.clone());
        let checking = tokio::task::spawn_blocking(move || {
            let before = vec![("body", body), ("queue", waiting.elapsed())];
            let answered = service.run(&upload, &name, wanted, before);
            // Held until here, even if the client stopped waiting.
            drop((permit, upload));
            answered
        });
        let answered = match tokio::time::timeout(self.limits.timeout, checking).await {
            Ok(ended) => ended.unwrap_or_else(|_| Err(self.failed()))?,
            Err(_) => {
                self.metrics.late.inc();
                let late = self.checker.late(self.limits.timeout);
                self.answer(&late, &lookup, wanted, None)?
            }
        };
        let Answered { outcome, generation, audit, .. } = answered;
        tracing::info!(lookup, outcome, generation, audit, bytes, millis = millis(started.elapsed()), "checked");
        Ok(self.respond(answered))
    }

    fn respond(&self, answered: Answered) -> Response {
        answered.outcome.iter().for_each(|outcome| self.metrics.checked(outcome));
        let mut response = json(StatusCode::OK, answered.body);
        if self.args.server_timing {
            let parts: Vec<_> =
                answered.took.iter().map(|(stage, took)| format!("{stage};dur={}", millis(*took))).collect();
            if let Ok(value) = HeaderValue::from_str(&parts.join(", ")) {
                response.headers_mut().insert(HeaderName::from_static("server-timing"), value);
            }
        }
        response
    }

    /// Refuses requests while nothing can be checked.
    pub(crate) fn usable(&self) -> Result<(), Refusal> {
        if self.is_ending.load(Ordering::Relaxed) {
            return Err(Refusal::Ending);
        }
        self.checker.status().unusable().map_or(Ok(()), |why| Err(Refusal::Unusable(why.to_owned())))
    }

    /// Checks or hashes a file on a thread that may be kept busy.
    fn run(
        &self,
        upload: &Upload,
        lookup: &str,
        wanted: Wanted,
        mut took: Vec<(&'static str, Duration)>,
    ) -> Result<Answered, Refusal> {
        let started = Instant::now();
        let report = match wanted {
            Wanted::Hash => return hma::hashed(self, &upload.bytes),
            Wanted::Report(Disclosure::Entries) => self.checker.check(&upload.bytes),
            // A client that sees distances sees qualities, too, and only pixels give them.
            Wanted::Report(_) | Wanted::Banks => self.checker.check_exact(&upload.bytes),
        };
        let report = report.map_err(|error| unusable(&error))?;
        if report.outcome() == (Outcome::Corrupt { stage: "defect" }) {
            self.metrics.panics.inc();
        }
        let auditing = Instant::now();
        let audit = self.log(&report, || Subject::of_file(&upload.bytes))?;
        let audited = auditing.elapsed();
        let answered = self.answer(&report, lookup, wanted, audit)?;
        let times = report.times();
        let own = started.elapsed().saturating_sub(times.decode());
        took.extend([
            ("decode", times.decode()),
            ("hash", times.hash()),
            ("look_up", times.search()),
            ("audit", audited),
            ("own", own),
        ]);
        took.iter().for_each(|(stage, took)| self.metrics.took(stage, *took));
        Ok(Answered { took, ..answered })
    }

    /// Renders a report.
    fn answer(&self, report: &Report, lookup: &str, wanted: Wanted, audit: Option<u64>) -> Result<Answered, Refusal> {
        let body = match wanted {
            Wanted::Report(disclosure) => answer::body(report, lookup, audit, disclosure),
            Wanted::Banks => hma::by_signal_type(report),
            Wanted::Hash => Err(Refusal::not_checked("not_hashed", report)),
        };
        let (outcome, generation) = (Some(report.outcome().name()), report.generation());
        Ok(Answered { body: body?, outcome, generation, audit, took: Vec::new() })
    }

    /// Logs a match before it is answered.
    pub(crate) fn log<'s>(
        &self,
        report: &Report,
        subject: impl FnOnce() -> Subject<'s>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(trail) = &self.trail else { return Ok(None) };
        let was_broken = trail.is_broken();
        trail.record(report, &self.checker, subject).map_err(|error| {
            if !was_broken {
                tracing::error!("the audit log cannot be written: {error}; no match is answered until it can");
            }
            Refusal::NotLogged
        })
    }

    /// Counts a defect of the service.
    pub(crate) fn failed(&self) -> Refusal {
        self.metrics.panics.inc();
        Refusal::Failed
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("args", &self.args).finish_non_exhaustive()
    }
}

/// The refusal of a request that the lists cannot answer.
pub(crate) fn unusable(error: &CheckError) -> Refusal {
    if error.kind() == CheckErrorKind::Damaged {
        tracing::error!("{error}");
    }
    Refusal::Unusable(error.to_string())
}

/// A gauge that is one higher as long as this lives.
struct Raised<'m>(&'m Gauge);

impl<'m> Raised<'m> {
    fn new(gauge: &'m Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Raised<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The name of a check: 128 random bits.
fn new_id() -> String {
    let mut bytes = [0; 16];
    // Without random numbers the check goes on, unnamed.
    let _: Result<(), getrandom::Error> = getrandom::fill(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}

/// Milliseconds, to the microsecond.
fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}
