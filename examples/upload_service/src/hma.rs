//! The shapes in which Meta's Hasher-Matcher-Actioner is spoken to: its `docs/api.md`, and what its `/status` says.
//!
//! Lists are its banks. What has no word there (a picture that cannot be hashed, a service that cannot look up) is an error with `message`, never
//! an empty hash and never an empty answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use lookalike::check::{CheckError, CheckErrorKind, Checker, Hashes, Match, Report, Subject};
use lookalike::hash::{Bits64, Bits256};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::answer::{self, json};
use crate::health;
use crate::refusal::Refusal;
use crate::service::{Answered, Service, Wanted, unusable};

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    url: Option<String>,
    signal_type: Option<String>,
    signal: Option<String>,
    banks: Option<String>,
}

/// A match as its clients read it.
#[derive(Serialize)]
struct Content<'a> {
    bank_content_id: u64,
    distance: String,
    /// Not of the original: the entry's id as its list has it.
    entry: &'a str,
}

type ByBank<'a> = BTreeMap<&'a str, Vec<Content<'a>>>;

/// `GET /h/hash?url=`: refused.
pub(crate) async fn hash_url(State(service): State<Arc<Service>>) -> Response {
    service.refuse(offered(&service).err().unwrap_or_else(fetches_nothing))
}

/// `POST /h/hash`.
pub(crate) async fn hash(State(service): State<Arc<Service>>, request: Request) -> Response {
    match offered(&service) {
        Ok(()) => service.check(request, Wanted::Hash).await,
        Err(refusal) => service.refuse(refusal),
    }
}

/// `POST /m/lookup`.
pub(crate) async fn look_up_file(State(service): State<Arc<Service>>, request: Request) -> Response {
    match offered(&service) {
        Ok(()) => service.check(request, Wanted::Banks).await,
        Err(refusal) => service.refuse(refusal),
    }
}

/// `GET /m/lookup?signal_type=&signal=`.
pub(crate) async fn look_up_hash(State(service): State<Arc<Service>>, Query(asked): Query<Asked>) -> Response {
    match looked_up(&service, asked).await {
        Ok(body) => json(StatusCode::OK, body),
        Err(refusal) => service.refuse(refusal),
    }
}

/// `GET /m/index/status`.
pub(crate) async fn index_status(State(service): State<Arc<Service>>) -> Response {
    if let Err(refusal) = offered(&service) {
        return service.refuse(refusal);
    }
    let status = service.checker.status();
    let created = status.created().and_then(|created| created.parse::<jiff::Timestamp>().ok());
    let built_to = created.map_or(-1, jiff::Timestamp::as_second);
    let status = serde_json::json!({
        service.checker.profile().name(): { "present": true, "built_to": built_to, "size": status.entries() }
    });
    match answer::bytes(&status) {
        Ok(body) => json(StatusCode::OK, body),
        Err(refusal) => service.refuse(refusal),
    }
}

/// `GET /status`.
pub(crate) async fn status(State(service): State<Arc<Service>>) -> (StatusCode, &'static str) {
    let readiness = health::readiness(&service, &service.checker.status());
    match (readiness.is_ready(), readiness.is_stale()) {
        (true, _) => (StatusCode::OK, "I-AM-ALIVE"),
        (false, true) => (StatusCode::SERVICE_UNAVAILABLE, "INDEX-STALE"),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "NOT-READY"),
    }
}

fn offered(service: &Service) -> Result<(), Refusal> {
    if service.args.hma {
        return Ok(());
    }
    Err(Refusal::NotOffered("this hands out hashes and distances, and is off; start the service with --hma".to_owned()))
}

fn fetches_nothing() -> Refusal {
    Refusal::BadRequest("this service fetches nothing from any address; POST the file as the field `photo`".to_owned())
}

/// Hashes a file.
pub(crate) fn hashed(service: &Service, bytes: &[u8]) -> Result<Answered, Refusal> {
    let reason = "not_hashed";
    let hashed = service.hasher.hash(bytes);
    let hashes = hashed.hashes().map_err(|not| {
        let (outcome, detail) = (not.outcome().name(), not.to_string());
        Refusal::NotChecked { reason, outcome, detail }
    })?;
    let least = service.checker.required_quality();
    if let Some(quality) = hashes.iter().map(Hashes::quality).find(|quality| *quality < least) {
        // The original answers an empty hash, which its own look-up refuses.
        let detail = format!("quality {quality} of 100, at least {least} is compared");
        return Err(Refusal::NotChecked { reason, outcome: "low_quality", detail });
    }
    let stored = |hashes: &Hashes| hashes.hex().next().map(|(_, hex)| (hashes.profile().name(), hex));
    let body = answer::bytes(&hashes.iter().filter_map(stored).collect::<BTreeMap<_, _>>())?;
    Ok(Answered { body, ..Answered::default() })
}

/// The answer to a file: by signal type, then by bank.
pub(crate) fn by_signal_type(report: &Report) -> Result<Vec<u8>, Refusal> {
    if !report.outcome().was_checked() {
        return Err(Refusal::not_checked("not_hashed", report));
    }
    answer::bytes(&BTreeMap::from([(report.profile().name(), by_bank(report.matches(), None))]))
}

fn by_bank<'a>(matches: &'a [Match], banks: Option<&str>) -> ByBank<'a> {
    let is_wanted = |list: &str| banks.is_none_or(|banks| banks.split(',').any(|bank| bank.trim() == list));
    let mut by_bank = ByBank::new();
    for found in matches.iter().filter(|found| is_wanted(&found.entry.list)) {
        let (list, entry) = (&*found.entry.list, &*found.entry.id);
        let content = Content { bank_content_id: content_id(list, entry), distance: found.distance.to_string(), entry };
        by_bank.entry(list).or_default().push(content);
    }
    by_bank
}

/// The number by which its clients call an entry: the id, where that is a whole number that every JSON reader can hold, else 53 bits of a digest
/// of list and id.
fn content_id(list: &str, entry: &str) -> u64 {
    const MOST: u64 = 1 << 53;
    if let Some(number) = entry.parse().ok().filter(|number| *number < MOST && !entry.starts_with('+')) {
        return number;
    }
    let digest = Sha256::new().chain_update(list).chain_update([0]).chain_update(entry).finalize();
    let first = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
    first % MOST
}

async fn looked_up(service: &Arc<Service>, asked: Asked) -> Result<Vec<u8>, Refusal> {
    offered(service)?;
    if asked.url.is_some() {
        return Err(fetches_nothing());
    }
    let lacking = |what| Refusal::BadRequest(format!("{what} is required"));
    let signal = asked.signal.ok_or_else(|| lacking("signal"))?;
    let signal_type = asked.signal_type.ok_or_else(|| lacking("signal_type"))?;
    service.usable()?;
    let profile = service.checker.profile();
    if signal_type != profile.name() {
        return Err(Refusal::BadRequest(format!("no such signal_type; the lists have {profile}")));
    }
    let permit = service.limits.job().await?;
    let checking = Arc::clone(service);
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let (hash, report) = check_signal(&checking.checker, signal.trim()).ok_or_else(|| {
            let digits = profile.bits() / 4;
            Refusal::BadRequest(format!("signal: found no hash, expected {digits} hexadecimal digits"))
        })?;
        let report = report.map_err(|error| match error.kind() {
            CheckErrorKind::Policy => Refusal::BadRequest(error.to_string()),
            _ => unusable(&error),
        })?;
        let audit = checking.log(&report, || Subject::Hash(&hash))?;
        let (outcome, generation) = (report.outcome().name(), report.generation());
        checking.metrics.checked(outcome);
        tracing::info!(outcome, generation, audit, "hash looked up");
        if !report.outcome().was_checked() {
            return Err(Refusal::not_checked("not_checked", &report));
        }
        answer::bytes(&by_bank(report.matches(), asked.banks.as_deref()))
    });
    work.await.unwrap_or_else(|_| Err(service.failed()))
}

/// Checks a hash of a picture that is not known otherwise, and is taken to be of full quality. None if it is not a hash of the lists' profile.
fn check_signal(checker: &Checker, signal: &str) -> Option<(Vec<u8>, Result<Report, CheckError>)> {
    const FULL: u8 = 100;
    let profile = checker.profile();
    if profile.bits() == 64 {
        let hash: Bits64 = signal.parse().ok()?;
        return Some((hash.as_bytes().to_vec(), checker.check_hashes(profile, FULL, &[hash])));
    }
    let hash: Bits256 = signal.parse().ok()?;
    Some((hash.as_bytes().to_vec(), checker.check_hashes(profile, FULL, &[hash])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_called_by_their_number_or_one_of_their_own() {
        assert_eq!(content_id("a", "42"), 42);
        assert_eq!(content_id("a", "x7"), content_id("a", "x7"));
        assert_ne!(content_id("a", "x7"), content_id("b", "x7"));
        assert!(["+4", "18446744073709551615", ""].iter().all(|id| content_id("a", id) < 1 << 53));
        assert_ne!(content_id("a", "+4"), 4);
    }
}
