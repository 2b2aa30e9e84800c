//! One JSON object per line and file; of `hash`, per file and profile.
//!
//! Every record has the same fields in the same order; what is not known is null, and `matches` may be empty. Two more
//! stand only where they say something: `detail`, why a file was not checked; `path_bytes`, the name's bytes in
//! hexadecimal, where the name is not UTF-8 and `path` therefore not exact. `hash --dihedral` adds `dihedral`.
//! `hashed_from` says which way a picture was hashed: `pixels`, or `coefficients`, which is said only of a JPEG that matches
//! nothing; then `hash` and `quality` are null, because they were not made exactly.

use std::io::{self, Write};

use lookalike::hash::Dihedral;
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
    dihedral: Option<Vec<Turned<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<Vec<MatchLine<'a>>>,
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
        }
    }
}

impl Report for Jsonl {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
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
                dihedral: hashed.dihedral.as_deref().map(turned),
                matches: (record.outcome != Outcome::Hashed).then(|| record.matches.iter().map(Into::into).collect()),
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
