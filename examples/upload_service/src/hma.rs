//! The shapes in which Meta's Hasher-Matcher-Actioner is spoken to: its `docs/api.md`, and what its `/status` says.
//!
//! Lists are its banks. What has no word there (a picture that cannot be hashed, a service that cannot look up) is an error with `message`, never
//! an empty hash and never an empty answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use lookalike::check::{Confirmed, Found, MOST_REPORTED, Matched};
use lookalike::decode::{Rendition, View};
use lookalike::hash::{Bits64, Bits256, Profile};
use lookalike::index::SearchError;
use lookalike::matching::Outcome;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::answer::{self, Said, json};
use crate::audit::Subject;
use crate::check::{self, Checked, Times};
use crate::health;
use crate::lookup::{Lookup, damaged, now};
use crate::refusal::Refusal;
use crate::service::{Ended, Service, Work};

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
        Ok(()) => service.check(request, Work::Hash, true).await,
        Err(refusal) => service.refuse(refusal),
    }
}

/// `POST /m/lookup`.
pub(crate) async fn look_up_file(State(service): State<Arc<Service>>, request: Request) -> Response {
    match offered(&service) {
        Ok(()) => service.check(request, Work::Check(by_signal_type), true).await,
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
    let lookup = service.lists.current();
    let size: u64 = lookup.snapshot().lists().unwrap_or_default().iter().map(|(_, entries, _)| entries).sum();
    let created = lookup.snapshot().created().and_then(|created| created.parse::<jiff::Timestamp>().ok());
    let built_to = created.map_or(-1, jiff::Timestamp::as_second);
    let status =
        serde_json::json!({ lookup.profile().name(): { "present": true, "built_to": built_to, "size": size } });
    match answer::bytes(&status) {
        Ok(body) => json(StatusCode::OK, body),
        Err(refusal) => service.refuse(refusal),
    }
}

/// `GET /status`.
pub(crate) async fn status(State(service): State<Arc<Service>>) -> (StatusCode, &'static str) {
    let readiness = health::readiness(&service);
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

/// The hash of a file, once it has come in.
pub(crate) fn hashed(service: &Service, lookup: &Lookup, bytes: &[u8]) -> Result<Ended, Refusal> {
    let (hash, quality) = check::hash(bytes, lookup.profile(), &*service.decoder)
        .map_err(|not| Refusal::NotHashed { outcome: not.outcome.name(), detail: not.detail })?;
    let least = lookup.required_quality();
    if quality < least {
        // The original answers an empty hash, which its own look-up refuses.
        let detail = format!("quality {quality} of 100, at least {least} is looked up");
        return Err(Refusal::NotHashed { outcome: "low_quality", detail });
    }
    Ok(Ended { body: answer::bytes(&BTreeMap::from([(lookup.profile().name(), hash)]))?, ..Ended::default() })
}

/// What a file is called of which nothing is known.
pub(crate) fn not_hashed(checked: &Checked) -> Refusal {
    Refusal::NotHashed { outcome: checked.outcome.name(), detail: checked.detail.clone().unwrap_or_default() }
}

/// The answer to a file: by signal type, then by bank.
fn by_signal_type(checked: &Checked, said: &Said<'_>) -> Result<Vec<u8>, Refusal> {
    if !checked.outcome.was_checked() {
        return Err(not_hashed(checked));
    }
    answer::bytes(&BTreeMap::from([(said.profile, by_bank(&checked.matches, None))]))
}

fn by_bank<'a>(matches: &'a [Matched], banks: Option<&str>) -> ByBank<'a> {
    let is_wanted = |list: &str| banks.is_none_or(|banks| banks.split(',').any(|bank| bank.trim() == list));
    let mut by_bank = ByBank::new();
    for found in matches.iter().filter(|found| is_wanted(&found.list)) {
        let content = Content {
            bank_content_id: content_id(&found.list, &found.entry),
            distance: found.distance.to_string(),
            entry: &found.entry,
        };
        by_bank.entry(&found.list).or_default().push(content);
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
    let lookup = service.usable()?;
    let profile = lookup.profile().name();
    if signal_type != profile {
        return Err(Refusal::BadRequest(format!("no such signal_type; the lists have {profile}")));
    }
    let needle = Needle::parse(signal.trim(), lookup.profile()).ok_or_else(|| {
        let digits = lookup.profile().bits() / 4;
        Refusal::BadRequest(format!(
            "signal is no hash: {digits} hexadecimal digits are expected, and nothing was looked up"
        ))
    })?;
    let permit = service.limits.job().await?;
    let failed = Arc::clone(service);
    let service = Arc::clone(service);
    let work = tokio::task::spawn_blocking(move || {
        let checked = check_hash(&lookup, needle).map_err(|error| service.damaged(&damaged(&error)));
        drop(permit);
        let checked = checked?;
        let audit = service.log(&checked, &lookup, Subject::Hash(needle.as_bytes()))?;
        service.metrics.checked(checked.outcome.name());
        let generation = lookup.generation();
        tracing::info!(outcome = checked.outcome.name(), generation, audit, "hash looked up");
        answer::bytes(&by_bank(&checked.matches, asked.banks.as_deref()))
    });
    work.await.unwrap_or_else(|_| {
        failed.metrics.panics.inc();
        Err(Refusal::Failed)
    })
}

/// A hash that was sent, as long as those of the lists.
#[derive(Clone, Copy)]
enum Needle {
    Short(Bits64),
    Long(Bits256),
}

impl Needle {
    fn parse(text: &str, profile: Profile) -> Option<Self> {
        if profile.bits() == 64 { text.parse().ok().map(Self::Short) } else { text.parse().ok().map(Self::Long) }
    }

    const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(hash) => hash.as_bytes(),
            Self::Long(hash) => hash.as_bytes(),
        }
    }
}

/// Looks up a hash of which nothing else is known: it is taken for one of full quality.
fn check_hash(lookup: &Lookup, needle: Needle) -> Result<Checked, SearchError> {
    let mut found = Found::new(Some(now()));
    let (view, confirmed) = (View::new(1, Rendition::Stored), Confirmed::default());
    match needle {
        Needle::Short(hash) => lookup.view(view, 100, &[hash], &confirmed, &mut found)?,
        Needle::Long(hash) => lookup.view(view, 100, &[hash], &confirmed, &mut found)?,
    }
    let verdict = lookup.judge(Outcome::NoMatch, Some(100), found, MOST_REPORTED);
    Ok(Checked {
        outcome: verdict.outcome,
        detail: verdict.note,
        quality: None,
        matches: verdict.matches,
        held: verdict.held,
        lacking: verdict.evidence.map(|evidence| evidence.lacking).unwrap_or_default(),
        is_screened: false,
        times: Times::default(),
    })
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
