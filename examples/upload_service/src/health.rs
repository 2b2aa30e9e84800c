//! Whether the service lives, and whether it can check: why not, if so.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
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
    /// What somebody should look at, though pictures are checked.
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

/// How it stands with the service.
pub(crate) fn readiness(service: &Service) -> Readiness {
    let (lookup, standing) = (service.lists.current(), service.lists.standing());
    let (mut problems, mut warnings) = (Vec::new(), Vec::new());
    let problem = |what, message: &str| Problem { what, message: message.to_owned() };
    if service.is_ending.load(Ordering::Relaxed) {
        problems.push(problem("ending", "the service is being stopped"));
    }
    if lookup.snapshot().is_empty() {
        problems.push(problem("empty", "the lists hold no entry"));
    }
    for (list, refuses) in lookup.stale() {
        let message = format!("the manifest of the list {list:?} has expired, and no newer one came");
        if refuses { &mut problems } else { &mut warnings }.push(problem("stale_list", &message));
    }
    if let Some(failure) = &standing.failure {
        warnings.push(problem("reload", failure));
    }
    if let (Some(most), Some(checked)) = (service.args.max_stale, standing.checked)
        && checked > most
    {
        problems.push(problem("stale_store", "the store could not be read for too long"));
    }
    if service.trail.as_ref().is_some_and(crate::audit::Trail::is_broken) {
        problems.push(problem("audit", "the audit log cannot be written"));
    }
    warnings.extend(lookup.warnings.iter().map(|warning| problem("policy", warning)));
    Readiness {
        ready: problems.is_empty(),
        generation: lookup.generation(),
        profile: lookup.profile().name(),
        store_checked_seconds: standing.checked.map(|checked| checked.as_secs_f64()),
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
    let readiness = readiness(&service);
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

/// Sets what is only looked at now and then.
fn measure(service: &Service) {
    let metrics = &service.metrics;
    let (lookup, standing, readiness) = (service.lists.current(), service.lists.standing(), readiness(service));
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    metrics.ready.set(readiness.ready.into());
    metrics.generation.set(whole(lookup.generation().unwrap_or(0)));
    let age = standing.since.and_then(|since| since.elapsed().ok()).unwrap_or_default();
    metrics.generation_age.set(age.as_secs_f64());
    metrics.store_checked.set(standing.checked.unwrap_or_default().as_secs_f64());
    metrics.reload_failing.set(standing.failure.is_some().into());
    metrics.stale_lists.set(whole(lookup.stale().count() as u64));
    let unlogged = service.trail.as_ref().map_or(0, crate::audit::Trail::failures);
    metrics.failed(service.lists.failures(), unlogged);
    metrics.resident.set(resident().unwrap_or(0));
    service.limits.measure(metrics);
}
