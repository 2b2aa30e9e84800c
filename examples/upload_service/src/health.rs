//! Whether the service lives, and whether it can check: why not, if so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use lookalike::check::{Status, Trail};
use serde::Serialize;

use crate::answer::{bytes, json};
use crate::metrics::resident;
use crate::refusal::Refusal;
use crate::service::Service;

/// Whether pictures can be checked.
#[derive(Debug, Serialize)]
pub(crate) struct Readiness {
    ready: bool,
    generation: Option<u64>,
    profile: &'static str,
    /// How many seconds ago the store was last read without an error.
    store_checked_seconds: Option<f64>,
    /// Why not: each a reason to send uploads elsewhere.
    problems: Vec<Problem>,
    /// What an operator should look at, though pictures are checked.
    warnings: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct Problem {
    what: &'static str,
    message: String,
}

impl Readiness {
    pub(crate) const fn is_ready(&self) -> bool {
        self.ready
    }

    pub(crate) fn is_stale(&self) -> bool {
        self.problems.iter().any(|problem| matches!(problem.what, "stale_list" | "stale_store"))
    }
}

/// The readiness of the service.
pub(crate) fn readiness(service: &Service, status: &Status) -> Readiness {
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let problem = |what, message: &str| Problem { what, message: message.to_owned() };
    if service.is_ending.load(Ordering::Relaxed) {
        problems.push(problem("ending", "the service is being stopped"));
    }
    for stale in status.stale() {
        let message =
            format!("the list {:?} is {}; fetch a newer manifest from its publisher", stale.list, stale.since);
        if stale.refused { &mut problems } else { &mut warnings }.push(problem("stale_list", &message));
    }
    warnings.extend(status.problem().map(|why| problem("reload", why)));
    if let (Some(most), Some(read_ago)) = (service.args.max_stale, status.read_ago())
        && read_ago > most
    {
        problems.push(problem("stale_store", "the store could not be read for too long"));
    }
    if service.trail.as_ref().is_some_and(Trail::is_broken) {
        problems.push(problem("audit", "the audit log cannot be written"));
    }
    warnings.extend(service.checker.warnings().iter().map(|warning| problem("policy", warning)));
    Readiness {
        ready: problems.is_empty(),
        generation: status.generation(),
        profile: service.checker.profile().name(),
        store_checked_seconds: status.read_ago().map(|read_ago| read_ago.as_secs_f64()),
        problems,
        warnings,
    }
}

/// `GET /livez`: the process answers.
pub(crate) async fn livez() -> &'static str {
    "OK"
}

/// `GET /readyz`.
pub(crate) async fn readyz(State(service): State<Arc<Service>>) -> Response {
    let readiness = readiness(&service, &service.checker.status());
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match bytes(&readiness) {
        Ok(body) => json(status, body),
        Err(refusal) => service.refuse(refusal),
    }
}

/// `GET /metrics`.
pub(crate) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    measure(&service);
    match service.metrics.text() {
        Ok(text) => {
            let mut response = json(StatusCode::OK, text.into_bytes());
            let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        Err(_) => service.refuse(Refusal::Failed),
    }
}

/// Sets what is measured only when it is read.
fn measure(service: &Service) {
    let metrics = &service.metrics;
    let status = service.checker.status();
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    metrics.ready.set(readiness(service, &status).ready.into());
    metrics.generation.set(whole(status.generation().unwrap_or(0)));
    let age = status.opened().and_then(|opened| opened.elapsed().ok()).unwrap_or_default();
    metrics.generation_age.set(age.as_secs_f64());
    metrics.store_checked.set(status.read_ago().unwrap_or_default().as_secs_f64());
    metrics.reload_failing.set(status.problem().is_some().into());
    metrics.stale_lists.set(whole(status.stale().len() as u64));
    let unlogged = service.trail.as_ref().map_or(0, Trail::failures);
    metrics.failed(status.failures(), unlogged);
    metrics.resident.set(resident().unwrap_or(0));
    service.limits.measure(metrics);
}
