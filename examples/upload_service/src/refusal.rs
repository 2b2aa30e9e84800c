//! Why a request gets no outcome: nothing was checked, and no answer of these may be read as clean.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lookalike::check::Report;
use serde::Serialize;

use crate::answer::json;

/// Why nothing was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The body is longer than allowed.
    TooLarge { allowed: u64 },
    /// The body did not come in time.
    SlowBody { millis: u128 },
    /// The body ended before it was whole.
    Aborted,
    /// The body is no sound form, or has no picture in it.
    BadForm(String),
    /// The request makes no sense.
    BadRequest(String),
    /// As many uploads are under way as are allowed, or their bodies take as much memory as is allowed.
    Overloaded(&'static str),
    /// The service ends.
    Ending,
    /// A look-up would mean nothing.
    Unusable(String),
    /// A match could not be logged, and is therefore not told.
    NotLogged,
    /// A defect of the service.
    Failed,
    /// It is not offered to this client, or not at all.
    NotOffered(String),
    /// The file or hash ended with an outcome that is not an answer, for those interfaces that have no word for it.
    NotChecked { reason: &'static str, outcome: &'static str, detail: String },
}

/// Every reason, for metrics.
pub(crate) const REASONS: [&str; 15] = [
    "too_large",
    "slow_body",
    "aborted",
    "bad_form",
    "bad_request",
    "overloaded",
    "queue_full",
    "memory_full",
    "ending",
    "unusable",
    "not_logged",
    "failed",
    "not_offered",
    "not_hashed",
    "not_checked",
];

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    checked: bool,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
}

impl Refusal {
    /// What has this report was not checked.
    pub(crate) fn not_checked(reason: &'static str, report: &Report) -> Self {
        let outcome = report.outcome();
        let detail = report.detail().map_or_else(|| outcome.to_string(), str::to_owned);
        Self::NotChecked { reason, outcome: outcome.name(), detail }
    }

    /// The word for it in answers, logs and metrics.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::SlowBody { .. } => "slow_body",
            Self::Aborted => "aborted",
            Self::BadForm(_) => "bad_form",
            Self::BadRequest(_) => "bad_request",
            Self::Overloaded(reason) | Self::NotChecked { reason, .. } => reason,
            Self::Ending => "ending",
            Self::Unusable(_) => "unusable",
            Self::NotLogged => "not_logged",
            Self::Failed => "failed",
            Self::NotOffered(_) => "not_offered",
        }
    }

    /// The HTTP status: never one of success.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowBody { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Aborted | Self::BadForm(_) | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Overloaded(_) | Self::Ending | Self::Unusable(_) | Self::NotLogged => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotOffered(_) => StatusCode::NOT_FOUND,
            Self::NotChecked { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::TooLarge { allowed } => format!("the body is longer than {allowed} bytes"),
            Self::SlowBody { millis } => format!("the body did not come within {millis} ms"),
            Self::Aborted => "the body ended before it was whole".to_owned(),
            Self::BadForm(why) | Self::BadRequest(why) | Self::Unusable(why) | Self::NotOffered(why) => why.clone(),
            Self::Overloaded(_) => "too many uploads are under way; try again".to_owned(),
            Self::Ending => "the service is being stopped; try again elsewhere".to_owned(),
            Self::NotLogged => "the audit log cannot be written, and without it no match is told".to_owned(),
            Self::Failed => "the check failed by a defect of the service; please report it".to_owned(),
            Self::NotChecked { outcome, detail, .. } => format!("not checked: {outcome}: {detail}"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let message = self.message();
        let outcome = if let Self::NotChecked { outcome, .. } = self { Some(outcome) } else { None };
        let body = Body { error: self.reason(), checked: false, message: &message, outcome };
        let status = self.status();
        let mut response = json(status, serde_json::to_vec(&body).unwrap_or_default());
        let headers = response.headers_mut();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = if matches!(self, Self::Overloaded(_)) { "1" } else { "5" };
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if matches!(self, Self::TooLarge { .. } | Self::SlowBody { .. } | Self::Aborted) {
            // What is left of the body is not read.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_is_a_success_and_each_has_a_known_reason() {
        let all = [
            Refusal::TooLarge { allowed: 1 },
            Refusal::SlowBody { millis: 1 },
            Refusal::Aborted,
            Refusal::BadForm(String::new()),
            Refusal::BadRequest(String::new()),
            Refusal::Overloaded("queue_full"),
            Refusal::Ending,
            Refusal::Unusable(String::new()),
            Refusal::NotLogged,
            Refusal::Failed,
            Refusal::NotOffered(String::new()),
            Refusal::NotChecked { reason: "not_hashed", outcome: "corrupt", detail: String::new() },
            Refusal::NotChecked { reason: "not_checked", outcome: "over_limit", detail: String::new() },
        ];
        for refusal in all {
            assert!(refusal.status().as_u16() >= 400, "{refusal:?}");
            assert!(REASONS.contains(&refusal.reason()), "{refusal:?}");
        }
    }
}
