//! What an answer looks like.
//!
//! The words are those of `lookalike scan --format jsonl`. Distances and hashes are left out where nobody asked for them: who can choose what is
//! uploaded and sees how near he is climbs towards a listed picture step by step (`README.md`, "What is not in the answer").

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use lookalike::check::Matched;
use lookalike::matching::{By, RuleSet};
use serde::Serialize;

use crate::check::Checked;
use crate::refusal::Refusal;

/// The answer to an upload that ended with an outcome.
#[derive(Serialize)]
struct Answer<'a> {
    /// What to call this check in logs and questions; it says nothing of the picture.
    lookup: &'a str,
    outcome: &'static str,
    checked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    generation: Option<u64>,
    profile: &'static str,
    quality: Option<u8>,
    /// `pixels`, or `coefficients` of a JPEG that matches nothing; none where no hash was made.
    hashed_from: Option<&'static str>,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<u64>,
    matches: Vec<MatchBody<'a>>,
    held: Vec<MatchBody<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    lacking: &'a [String],
}

#[derive(Serialize)]
struct MatchBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<u32>,
    transform: &'static str,
    view: String,
    quality: Option<u8>,
    list: &'a str,
    entry: &'a str,
    classification: &'a str,
    class: Option<&'a str>,
    by: &'static str,
    role: &'static str,
    opinion: &'static str,
    trust: &'static str,
    owner: &'a str,
    jurisdiction: &'a str,
    action: &'a str,
    subject: Option<u32>,
    #[serde(skip_serializing_if = "is_empty")]
    held_by: RuleSet,
}

fn is_empty(rules: &RuleSet) -> bool {
    rules.is_empty()
}

/// What an answer says beside the outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said<'a> {
    pub(crate) lookup: &'a str,
    pub(crate) generation: Option<u64>,
    pub(crate) profile: &'static str,
    pub(crate) bytes: u64,
    /// Which event of the audit log tells of it.
    pub(crate) audit: Option<u64>,
    pub(crate) with_distances: bool,
}

/// The answer in JSON.
///
/// # Errors
///
/// Never, as far as is known: then nothing is answered.
pub(crate) fn body(checked: &Checked, said: &Said<'_>) -> Result<Vec<u8>, Refusal> {
    let answer = Answer {
        lookup: said.lookup,
        outcome: checked.outcome.name(),
        checked: checked.outcome.was_checked(),
        detail: checked.detail.as_deref(),
        generation: said.generation,
        profile: said.profile,
        quality: checked.quality,
        hashed_from: if checked.is_screened { Some("coefficients") } else { checked.quality.map(|_| "pixels") },
        bytes: said.bytes,
        audit: said.audit,
        matches: MatchBody::all(&checked.matches, said),
        held: MatchBody::all(&checked.held, said),
        lacking: &checked.lacking,
    };
    bytes(&answer)
}

impl<'a> MatchBody<'a> {
    fn all(found: &'a [Matched], said: &Said<'_>) -> Vec<Self> {
        found.iter().map(|found| Self::new(found, said)).collect()
    }

    fn new(found: &'a Matched, said: &Said<'_>) -> Self {
        Self {
            distance: said.with_distances.then_some(found.distance),
            transform: found.transform.name(),
            view: view(found),
            quality: quality(found),
            list: &found.list,
            entry: &found.entry,
            classification: &found.classification,
            class: found.class.as_deref(),
            by: by(found, said.profile),
            role: found.role.name(),
            opinion: found.opinion.name(),
            trust: found.trust.name(),
            owner: &found.owner,
            jurisdiction: &found.jurisdiction,
            action: &found.action,
            subject: found.subject,
            held_by: found.held_by,
        }
    }
}

/// Which view of the picture was found: as the library displays it; `file` where it was a digest.
pub(crate) fn view(found: &Matched) -> String {
    found.view.map_or_else(|| "file".to_owned(), |view| view.to_string())
}

/// What was compared: the profile, or the kind of digest.
pub(crate) const fn by(found: &Matched, profile: &'static str) -> &'static str {
    match found.by {
        By::Hash(_) => profile,
        By::Digest(digest) => digest.kind().name(),
    }
}

/// The quality of the view; none of a digest.
pub(crate) fn quality(found: &Matched) -> Option<u8> {
    (!found.is_exact()).then_some(found.quality)
}

/// A value as JSON.
///
/// # Errors
///
/// When it cannot be written so.
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
