//! One JSON object per line and file; of `hash`, per file and profile.
//!
//! Every record has the same fields in the same order; what is not known is null, and `matches` may be empty. Two more
//! stand only where they say something: `detail`, why a file was not checked; `path_bytes`, the name's bytes in
//! hexadecimal, where the name is not UTF-8 and `path` therefore not exact. `hash --dihedral` adds `dihedral`.
//! `matches` are the entries that count, `held` those that a rule held back; `rules` says why, and is null where nothing was found.
//! `hashed_from` says which way a picture was hashed: `pixels`, or `coefficients`, which is said only of a JPEG that matches
//! nothing; then `hash` and `quality` are null, because they were not made exactly. `generation` stands where a store was looked up in,
//! `audit` where a match was logged: the number of the event.

use std::io::{self, Write};

use lookalike::hash::Dihedral;
use lookalike::matching::{Evidence, RuleSet};
use serde::Serialize;

use super::Report;
use crate::names::lossless;
use crate::record::{Hashed, Match, Outcome, Record};

/// The `jsonl` format of `scan` and `hash`.
#[derive(Debug)]
pub(crate) struct Jsonl;

#[derive(Serialize)]
struct Line<'a> {
    path: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    profile: &'static str,
    hash: Option<&'a str>,
    quality: Option<u8>,
    hashed_from: Option<&'static str>,
    width: Option<u32>,
    height: Option<u32>,
    bytes: Option<u64>,
    millis: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dihedral: Option<Vec<Turned<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<Vec<MatchLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<Vec<HeldLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Option<&'a Evidence>>,
}

#[derive(Serialize)]
struct Turned<'a> {
    transform: &'static str,
    hash: &'a str,
}

/// A match as it stands in a JSONL record.
#[derive(Debug, Serialize)]
pub(crate) struct MatchLine<'a> {
    distance: u32,
    transform: &'static str,
    view: &'a str,
    hash: &'a str,
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
}

/// What was held back, and by which rules.
#[derive(Debug, Serialize)]
struct HeldLine<'a> {
    #[serde(flatten)]
    found: MatchLine<'a>,
    fired: RuleSet,
    held_by: RuleSet,
}

impl<'a> From<&'a Match> for HeldLine<'a> {
    fn from(found: &'a Match) -> Self {
        Self { found: found.into(), fired: found.fired, held_by: found.held_by }
    }
}

impl<'a> From<&'a Match> for MatchLine<'a> {
    fn from(found: &'a Match) -> Self {
        Self {
            distance: found.distance,
            transform: found.transform,
            view: &found.view,
            hash: &found.hash,
            list: &found.list,
            entry: &found.entry,
            classification: &found.classification,
            class: found.class.as_deref(),
            by: found.by,
            role: found.role.name(),
            opinion: found.opinion.name(),
            trust: found.trust,
            owner: &found.owner,
            jurisdiction: &found.jurisdiction,
            action: &found.action,
            subject: found.subject,
        }
    }
}

impl Report for Jsonl {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        let is_looked_up = record.outcome != Outcome::Hashed;
        record.hashes.iter().try_for_each(|hashed| {
            let line = Line {
                path: record.path.to_string_lossy(),
                path_bytes: lossless(&record.path),
                outcome: record.outcome.name(),
                detail: record.detail.as_deref(),
                profile: hashed.profile.name(),
                hash: hashed.hash.as_deref(),
                quality: hashed.quality,
                hashed_from: hashed_from(record, hashed),
                width: record.width,
                height: record.height,
                bytes: record.bytes,
                millis: (record.millis * 1e3).round() / 1e3,
                generation: record.generation,
                audit: record.audit,
                dihedral: hashed.dihedral.as_deref().map(turned),
                matches: is_looked_up.then(|| record.matches.iter().map(Into::into).collect()),
                held: is_looked_up.then(|| record.held.iter().map(Into::into).collect()),
                rules: is_looked_up.then_some(record.rules.as_ref()),
            };
            write_line(out, &line)
        })
    }
}

/// Which way a picture took: from a JPEG's coefficients to hashes that are good enough to say that nothing matches, or from pixels.
fn hashed_from(record: &Record, hashed: &Hashed) -> Option<&'static str> {
    if record.is_screened { Some("coefficients") } else { hashed.hash.as_ref().map(|_| "pixels") }
}

fn turned(hashes: &[String]) -> Vec<Turned<'_>> {
    let pairs = hashes.iter().zip(Dihedral::ALL);
    pairs.map(|(hash, turn)| Turned { transform: turn.name(), hash }).collect()
}

/// Writes one object and a line break; a failed write keeps its kind, so that a closed pipe can be told apart.
pub(crate) fn write_line(out: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    out.write_all(b"\n")
}
