//! The service: what it holds, and the way of an upload through it.
//!
//! ```text
//!  request ─ limits::admit ─ upload::receive ─ limits::job ─┬─ blocking thread: decode ─ look up ─ judge ─ audit ─ JSON ─┐
//!            (refused at once)  (too long, slow)  (waits)    └─ the answer, or `over_limit` when it takes too long ◄───────┘
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use lookalike::check::RuleBook;
use lookalike::hash::Profile;
use lookalike::hash::views::ViewSet;
use prometheus_client::metrics::gauge::Gauge;

use crate::answer::{self, Said, json};
use crate::args::{Args, DecoderChoice};
use crate::audit::{Subject, Trail};
use crate::check::{self, Checked};
use crate::clock::Clock;
use crate::decode::{Decoder, InProcess};
use crate::failure::Failure;
use crate::hma;
use crate::limits::Limits;
use crate::lists::Lists;
use crate::lookup::{Lookup, read_policy};
use crate::metrics::Metrics;
use crate::refusal::Refusal;
use crate::upload;

/// Everything that requests share.
pub struct Service {
    pub(crate) args: Args,
    pub(crate) lists: Lists,
    pub(crate) decoder: Arc<dyn Decoder>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    pub(crate) trail: Option<Trail>,
    pub(crate) is_ending: AtomicBool,
}

/// What is done with a file.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// It is checked, and answered so.
    Check(Render),
    /// It is hashed and not looked up.
    Hash,
}

/// How an answer is made of what became of a file.
pub(crate) type Render = fn(&Checked, &Said<'_>) -> Result<Vec<u8>, Refusal>;

/// A check that has ended, on its own thread.
#[derive(Default)]
pub(crate) struct Ended {
    pub(crate) body: Vec<u8>,
    pub(crate) outcome: &'static str,
    pub(crate) generation: Option<u64>,
    pub(crate) audit: Option<u64>,
    pub(crate) took: Vec<(&'static str, Duration)>,
}

/// One upload on its way to its answer.
struct Job {
    id: String,
    bytes: Vec<u8>,
    work: Work,
    with_distances: bool,
    /// What was taken before the check began.
    took: Vec<(&'static str, Duration)>,
}

impl Service {
    /// Opens the lists, the rules and the audit log; pictures are decoded where the arguments say. In worker processes: then `main` calls
    /// [`run_worker_if_asked`](crate::run_worker_if_asked) first.
    ///
    /// # Errors
    ///
    /// When something of it cannot be opened, nothing could ever match, or no worker can be started: they are never silently done without.
    pub fn open(args: Args) -> Result<Self, Failure> {
        Self::open_by(args, |args| {
            let limits = lookalike::decode::Limits::default().max_alloc_bytes(args.decode_memory);
            let limits = limits.max_pixels(args.max_pixels).max_file_bytes(args.max_body);
            match args.decoder_choice() {
                DecoderChoice::InProcess => Ok(Arc::new(InProcess::new(limits))),
                DecoderChoice::Worker => workers(args, limits),
            }
        })
    }

    /// The same with another decoder.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(args: Args, decoder: Arc<dyn Decoder>) -> Result<Self, Failure> {
        Self::open_by(args, |_| Ok(decoder))
    }

    fn open_by(args: Args, decoder: impl FnOnce(&Args) -> Result<Arc<dyn Decoder>, Failure>) -> Result<Self, Failure> {
        let rules = |profile: Profile| match &args.policy {
            Some(path) => read_policy(path, profile),
            None => {
                let radius = args.radius.unwrap_or_else(|| profile.default_radius());
                Ok((RuleBook::plain(profile, radius, args.min_quality), None))
            }
        };
        let lists = Lists::open(args.index.as_deref(), args.store.as_deref(), ViewSet::from(args.views), rules)?;
        let trail = Trail::open(&args)?;
        Ok(Self {
            lists,
            decoder: decoder(&args)?,
            limits: Limits::new(&args),
            metrics: Metrics::new(),
            trail,
            is_ending: AtomicBool::new(false),
            args,
        })
    }

    /// Checks the upload of a request.
    pub(crate) async fn check(self: &Arc<Self>, request: Request, work: Work, with_distances: bool) -> Response {
        let started = Instant::now();
        match self.checked(request, work, with_distances).await {
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

    async fn checked(
        self: &Arc<Self>,
        request: Request,
        work: Work,
        with_distances: bool,
    ) -> Result<Response, Refusal> {
        self.usable()?;
        let started = Instant::now();
        let upload = upload::receive(&self.limits, request).await?;
        let body = started.elapsed();
        self.metrics.took("body", body);

        let waiting = Instant::now();
        let queued = Raised::new(&self.metrics.queued);
        let permit = self.limits.job().await?;
        drop(queued);
        let id = new_id();
        let length = upload.bytes.len() as u64;
        let job = Job { id: id.clone(), bytes: upload.bytes, work, with_distances, took: vec![("body", body)] };
        let service = Arc::clone(self);
        let admitted = upload.admitted;
        let checking = tokio::task::spawn_blocking(move || {
            let queue = waiting.elapsed();
            let ended = service.run(job, queue);
            // Held until here, also where nobody waits for the answer any more.
            drop((permit, admitted));
            ended
        });
        let Ok(ended) = tokio::time::timeout(self.limits.timeout, checking).await else {
            return self.late(&id, length, with_distances, work);
        };
        let ended = ended.map_err(|_| Refusal::Failed)??;
        let total = millis(started.elapsed());
        tracing::info!(
            lookup = id,
            outcome = ended.outcome,
            generation = ended.generation,
            audit = ended.audit,
            bytes = length,
            millis = total,
            "checked"
        );
        Ok(self.respond(ended))
    }

    fn respond(&self, ended: Ended) -> Response {
        if !ended.outcome.is_empty() {
            self.metrics.checked(ended.outcome);
        }
        let mut response = json(StatusCode::OK, ended.body);
        if self.args.server_timing {
            let parts: Vec<_> =
                ended.took.iter().map(|(stage, took)| format!("{stage};dur={}", millis(*took))).collect();
            if let Ok(value) = HeaderValue::from_str(&parts.join(", ")) {
                response.headers_mut().insert(HeaderName::from_static("server-timing"), value);
            }
        }
        response
    }

    /// Answers an upload whose check goes on for too long. Its thread and memory are not given back before it ends.
    fn late(&self, id: &str, bytes: u64, with_distances: bool, work: Work) -> Result<Response, Refusal> {
        self.metrics.late.inc();
        let lookup = self.lists.current();
        let allowed = u64::try_from(self.limits.timeout.as_millis()).unwrap_or(u64::MAX);
        let (generation, profile) = (lookup.generation(), lookup.profile().name());
        let said = Said { lookup: id, generation, profile, bytes, audit: None, with_distances };
        let late = Checked::late(allowed);
        let body = match work {
            Work::Check(render) => render(&late, &said)?,
            Work::Hash => return Err(hma::not_hashed(&late)),
        };
        tracing::info!(lookup = id, outcome = "over_limit", bytes, "not checked in time");
        Ok(self.respond(Ended { body, outcome: "over_limit", generation, audit: None, took: Vec::new() }))
    }

    /// Whether a look-up means something now.
    pub(crate) fn usable(&self) -> Result<Arc<Lookup>, Refusal> {
        if self.is_ending.load(Ordering::Relaxed) {
            return Err(Refusal::Ending);
        }
        let lookup = self.lists.current();
        match lookup.unusable() {
            None => Ok(lookup),
            Some(why) => Err(Refusal::Unusable(why)),
        }
    }

    /// Checks a file on a thread that may be kept busy. A panic is this file's misfortune alone.
    fn run(&self, job: Job, queue: Duration) -> Result<Ended, Refusal> {
        // What is shared with others are locks that are never left half changed.
        let ended = catch_unwind(AssertUnwindSafe(|| self.run_contained(job, queue)));
        ended.unwrap_or_else(|_| {
            self.metrics.panics.inc();
            Err(Refusal::Failed)
        })
    }

    fn run_contained(&self, job: Job, queue: Duration) -> Result<Ended, Refusal> {
        let started = Clock::start();
        let lookup = self.lists.current();
        if let Some(why) = lookup.unusable() {
            return Err(Refusal::Unusable(why));
        }
        let Work::Check(render) = job.work else { return hma::hashed(self, &lookup, &job.bytes) };
        let allowed = self.limits.timeout;
        // A little earlier than nobody waits any more, so that what was found until then is answered.
        // Who is told distances is told qualities, which are exact from pixels only. Coefficients say nothing of another hash than PDQ.
        let screens = self.args.screen && !job.with_distances && lookup.profile() == Profile::Pdq;
        let checked = check::check(&job.bytes, &lookup, &*self.decoder, Some(allowed.mul_f64(0.9)), screens);
        let checked = checked.map_err(|error| self.damaged(&error))?;
        let auditing = Instant::now();
        let audit = self.log(&checked, &lookup, Subject::File(&job.bytes))?;
        let audited = auditing.elapsed();
        let (generation, profile) = (lookup.generation(), lookup.profile().name());
        let bytes = job.bytes.len() as u64;
        let said = Said { lookup: &job.id, generation, profile, bytes, audit, with_distances: job.with_distances };
        let body = render(&checked, &said)?;
        let times = checked.times;
        let own = started.spent().without(times.decode);
        let mut took = job.took;
        let stages = [
            ("queue", queue),
            ("decode", times.decode.wall),
            ("hash", times.hash),
            ("look_up", times.look_up),
            ("audit", audited),
            ("own", own.wall),
            ("own_processor", own.processor),
        ];
        for (stage, took) in stages {
            self.metrics.took(stage, took);
        }
        took.extend(stages);
        Ok(Ended { body, outcome: checked.outcome.name(), generation, audit, took })
    }

    /// Logs a match before anybody is told of it.
    pub(crate) fn log(&self, checked: &Checked, lookup: &Lookup, subject: Subject<'_>) -> Result<Option<u64>, Refusal> {
        match &self.trail {
            Some(trail) => trail.note(checked, lookup, subject).map_err(|_| Refusal::NotLogged),
            None => Ok(None),
        }
    }

    /// Lists that cannot be searched: no answer means anything.
    pub(crate) fn damaged(&self, error: &Failure) -> Refusal {
        tracing::error!("{error}");
        Refusal::Unusable(error.to_string())
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("args", &self.args).finish_non_exhaustive()
    }
}

/// Processes that decode, as many as pictures are checked at the same time.
#[cfg(target_os = "linux")]
fn workers(args: &Args, limits: lookalike::decode::Limits) -> Result<Arc<dyn Decoder>, Failure> {
    let options = decode_worker::Options::new(limits).workers(args.job_count());
    let workers = crate::decode::Workers::start(options.files(args.decoder_files).time(args.timeout));
    let workers = workers.map_err(|error| {
        Failure::new(format!(
            "cannot start a process to decode in: {error}; --decoder in-process does without, and without its protection"
        ))
    })?;
    let sandbox = workers.sandbox();
    if sandbox.seccomp {
        tracing::info!("uploads are decoded in processes held by {sandbox}");
    } else {
        tracing::warn!("uploads are decoded in processes held by {sandbox}: this kernel lacks the rest");
    }
    Ok(Arc::new(workers))
}

#[cfg(not(target_os = "linux"))]
fn workers(_: &Args, _: lookalike::decode::Limits) -> Result<Arc<dyn Decoder>, Failure> {
    Err(Failure::new("--decoder worker is for Linux only: no other system can hold a process so".to_owned()))
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

/// What to call a check: 128 random bits, of which nothing follows.
pub(crate) fn new_id() -> String {
    let mut bytes = [0; 16];
    // Without random numbers the check goes on, and has no name.
    let _: Result<(), getrandom::Error> = getrandom::fill(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}

/// Milliseconds, to the microsecond.
fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}

/// How `POST /v1/check` answers.
pub(crate) const ANSWER: Work = Work::Check(answer::body);
