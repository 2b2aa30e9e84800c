//! One JSON object per line: per file for `scan`, per file and profile for `hash`.
//!
//! A line of `scan` is the library's JSON form of a report ([`lookalike::check::json`]) with `path` before it and `millis` after it. Two fields
//! are there only if they say something: `path_bytes`, the bytes of a name that is not UTF-8 in hexadecimal; `audit`, the number of the event,
//! where a match was logged. `hash` has the same fields without lists, and with `--dihedral` a field `dihedral`.

use std::borrow::Cow;
use std::io::{self, Write};

use lookalike::check::{Disclosure, Hashes};
use serde::Serialize;

use super::Report;
use crate::names::lossless;
use crate::record::Record;

/// The `jsonl` format of `scan` and `hash`.
#[derive(Debug)]
pub(crate) struct Jsonl {
    /// The profiles of `hash`; one for `scan`.
    pub(crate) profiles: Vec<lookalike::hash::Profile>,
    pub(crate) dihedral: bool,
}

#[derive(Serialize)]
struct Line<'a, T> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    #[serde(flatten)]
    body: T,
    millis: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<u64>,
}

/// A file that was only hashed.
#[derive(Serialize)]
struct HashBody {
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    profile: &'static str,
    hash: Option<String>,
    quality: Option<u8>,
    hashed_from: Option<&'static str>,
    width: Option<u32>,
    height: Option<u32>,
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dihedral: Option<Vec<Turned>>,
}

#[derive(Serialize)]
struct Turned {
    transform: &'static str,
    hash: String,
}

impl Report for Jsonl {
    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        if let Some(report) = record.report() {
            return write_line(out, &line(&record, report.json(Disclosure::Everything)));
        }
        self.profiles.iter().try_for_each(|&profile| {
            let hashes = record.hashes().iter().find(|hashes| hashes.profile() == profile);
            let turned = |hashes: &Hashes| {
                hashes.hex().map(|(turn, hash)| Turned { transform: turn.name(), hash }).collect::<Vec<_>>()
            };
            let body = HashBody {
                outcome: record.outcome().1,
                detail: record.detail(),
                profile: profile.name(),
                hash: hashes.and_then(|hashes| hashes.hex().next()).map(|(_, hash)| hash),
                quality: hashes.map(Hashes::quality),
                hashed_from: hashes.map(|_| "pixels"),
                width: record.size().map(|(width, _)| width),
                height: record.size().map(|(_, height)| height),
                bytes: record.bytes(),
                dihedral: hashes.filter(|_| self.dihedral).map(turned),
            };
            write_line(out, &line(&record, body))
        })
    }
}

fn line<T>(record: &Record, body: T) -> Line<'_, T> {
    Line {
        path: record.path.to_string_lossy(),
        path_bytes: lossless(&record.path),
        body,
        millis: (record.millis * 1e3).round() / 1e3,
        audit: record.audit,
    }
}

/// Writes one object and a line break; a failed write keeps its kind, so that a closed pipe can be distinguished.
pub(crate) fn write_line(out: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    out.write_all(b"\n")
}
