//! From the arguments to a checker: the lists, the policy, and where pictures are decoded.

use std::sync::{Arc, Mutex, PoisonError};

use lookalike::check::{Checker, Decoder, InProcess, Lists, Status};
use lookalike::decode::Limits;
use lookalike::hash::views::ViewSet;
use lookalike::matching::{Policy, SearchOptions};

use crate::args::{Args, DecoderChoice, Views};
use crate::failure::Failure;

/// The share of `--timeout` that a check may take, so that what was found until then is answered in time.
const SHARE: f64 = 0.9;

/// Opens the lists.
///
/// # Errors
///
/// If they cannot be opened.
pub(crate) fn lists(args: &Args) -> Result<Lists, Failure> {
    match (&args.index, &args.store) {
        (Some(index), _) => Ok(Lists::open_index(index)?),
        (None, Some(directory)) => Ok(Lists::open(directory)?),
        (None, None) => Err(Failure::new("no lists: give --index FILE or --store DIR")),
    }
}

/// Reads the policy and makes the checker.
///
/// # Errors
///
/// If the policy cannot be read, or nothing could ever match.
pub(crate) fn checker(args: &Args, lists: Lists, decoder: Arc<dyn Decoder>) -> Result<Checker, Failure> {
    let builder = Checker::builder(lists);
    let profile = builder.profile();
    let mut options = SearchOptions::new(profile).with_screening(!args.no_screen);
    if args.views == Views::None {
        options = options.with_views(ViewSet::None);
    }
    let builder = match &args.policy {
        Some(path) => builder.policy_file(path)?,
        None => {
            let mut policy = Policy::new(profile);
            if let Some(radius) = args.radius {
                policy = policy.radius(radius);
            }
            if let Some(quality) = args.min_quality {
                policy = policy.minimum_quality(quality);
            }
            builder.policy(policy)
        }
    };
    let builder = builder.search(options).decoder(decoder).time_limit(args.timeout.mul_f64(SHARE));
    // The service waits for the next manifest of an expired list; until then it is not ready.
    let checker = builder.allow_expired().observer(log_changes()).build()?;
    checker.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    Ok(checker)
}

/// Logs each state of the lists once. A store that cannot be read is noticed at every check.
fn log_changes() -> impl Fn(&Status) + Send + Sync {
    let last = Mutex::new(None);
    move |status| {
        let state = (status.generation(), status.problem().map(str::to_owned));
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref() == Some(&state) {
            return;
        }
        match &state {
            (generation, None) => tracing::info!(generation, "lists in use"),
            (generation, Some(problem)) => tracing::error!(generation, "{problem}"),
        }
        *last = Some(state);
    }
}

/// The decoder that the arguments choose.
///
/// # Errors
///
/// If no worker process can be started: the service never falls back to decoding without its protection.
pub(crate) fn decoder(args: &Args) -> Result<Arc<dyn Decoder>, Failure> {
    let limits = Limits::default().max_alloc_bytes(args.decode_memory);
    let limits = limits.max_pixels(args.max_pixels).max_file_bytes(args.max_body);
    match args.decoder_choice() {
        DecoderChoice::InProcess => Ok(Arc::new(InProcess::new(limits))),
        DecoderChoice::Worker => workers(args, limits),
    }
}

/// As many processes that decode as pictures are checked at the same time.
#[cfg(target_os = "linux")]
fn workers(args: &Args, limits: Limits) -> Result<Arc<dyn Decoder>, Failure> {
    let options = decode_worker::Options::new(limits).workers(args.job_count());
    let pool = decode_worker::Pool::start(options.files(args.decoder_files).time(args.timeout));
    let pool = pool.map_err(|error| {
        let advice = "--decoder in-process does without, and without its protection";
        Failure::new(format!("cannot start a process to decode in: {error}; {advice}"))
    })?;
    let sandbox = pool.sandbox();
    if sandbox.seccomp {
        tracing::info!("uploads are decoded in processes held by {sandbox}");
    } else {
        tracing::warn!("uploads are decoded in processes held by {sandbox}: this kernel lacks the rest");
    }
    Ok(Arc::new(pool))
}

#[cfg(not(target_os = "linux"))]
fn workers(_: &Args, _: Limits) -> Result<Arc<dyn Decoder>, Failure> {
    Err(Failure::new("--decoder worker is for Linux only: no other system can hold a process so"))
}
