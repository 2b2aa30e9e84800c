//! The JSON of an answer: the library's report, and the name of the check.
//!
//! Distances and hashes are left out unless the operator turns them on: whoever chooses what is uploaded and sees distances approaches a listed
//! picture step by step (`README.md`, "What is not in the answer").

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use lookalike::check::{Disclosure, Report};
use lookalike::matching::Outcome;
use serde::Serialize;

use crate::refusal::Refusal;

#[derive(Serialize)]
struct Answer<'a, R> {
    /// The name of this check in logs and questions. It says nothing about the picture.
    lookup: &'a str,
    /// The event of the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<u64>,
    /// The option that raises the limit which the file exceeds.
    #[serde(skip_serializing_if = "Option::is_none")]
    raised_by: Option<&'static str>,
    #[serde(flatten)]
    report: R,
}

/// The answer of `POST /v1/check`: the JSON form of [`Report::json`], with `lookup`, `audit` and `raised_by`.
///
/// # Errors
///
/// Never, as far as is known: then the request fails.
pub(crate) fn body(
    report: &Report,
    lookup: &str,
    audit: Option<u64>,
    disclosure: Disclosure,
) -> Result<Vec<u8>, Refusal> {
    bytes(&Answer { lookup, audit, raised_by: raised_by(report.outcome()), report: report.json(disclosure) })
}

/// The option that raises a limit.
fn raised_by(outcome: Outcome) -> Option<&'static str> {
    let Outcome::OverLimit { what, .. } = outcome else { return None };
    match what {
        "alloc_bytes" => Some("--decode-memory"),
        "pixels" => Some("--max-pixels"),
        "milliseconds" => Some("--timeout"),
        _ => None,
    }
}

/// A value as JSON.
///
/// # Errors
///
/// If it cannot be serialised.
pub(crate) fn bytes(value: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(value).map_err(|_| Refusal::Failed)
}

/// A response of JSON.
pub(crate) fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
