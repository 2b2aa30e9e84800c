//! Comma-separated values with a header, quoted where needed (RFC 4180): one row per file and match, or per file.
//! An entry that was held back has a row of its own, which names the rules in `held_by`: only rows without that are matches.
//!
//! Cells that a spreadsheet would take for a formula get a leading apostrophe, because names of files and entries are
//! chosen by strangers.

use std::borrow::Cow;
use std::io::{self, Write};

use lookalike::hash::Dihedral;

use super::Report;
use crate::names::shown;
use crate::record::{Hashed, Match, Record};

/// The `csv` format of `scan`.
#[derive(Debug)]
pub(crate) struct ScanCsv;

impl Report for ScanCsv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        row(out, COLUMNS.into_iter().chain(FOUND_COLUMNS))
    }

    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        let Some(hashed) = record.hashes.first() else { return Ok(()) };
        let cells = cells(record, hashed);
        if record.matches.is_empty() && record.held.is_empty() {
            return row(out, cells.iter().map(|cell| &**cell).chain([""; FOUND_COLUMNS.len()]));
        }
        record.matches.iter().chain(&record.held).try_for_each(|found| {
            let tail = found_cells(found);
            row(out, cells.iter().chain(&tail).map(|cell| &**cell))
        })
    }
}

/// What stands behind the file's columns. What came with policies stands last, so that the columns before stay where they are.
const FOUND_COLUMNS: [&str; 17] = [
    "distance",
    "transform",
    "view",
    "match_hash",
    "list",
    "entry",
    "classification",
    "class",
    "by",
    "role",
    "opinion",
    "trust",
    "owner",
    "jurisdiction",
    "action",
    "subject",
    "held_by",
];

fn found_cells(found: &Match) -> [Cow<'_, str>; FOUND_COLUMNS.len()] {
    [
        found.distance.to_string().into(),
        found.transform.into(),
        found.view.as_str().into(),
        (&found.hash).into(),
        safe(&found.list),
        safe(&found.entry),
        safe(&found.classification),
        safe(found.class.as_deref().unwrap_or("")),
        found.by.into(),
        found.role.name().into(),
        found.opinion.name().into(),
        found.trust.into(),
        safe(&found.owner),
        safe(&found.jurisdiction),
        safe(&found.action),
        found.subject.map(|subject| subject.to_string()).unwrap_or_default().into(),
        found.held_by.to_string().into(),
    ]
}

/// The `csv` format of `hash`: a row per picture and profile, with `--dihedral` eight.
#[derive(Debug)]
pub(crate) struct HashCsv {
    pub(crate) dihedral: bool,
}

impl Report for HashCsv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        row(out, COLUMNS.into_iter().chain(self.dihedral.then_some("transform")))
    }

    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        record.hashes.iter().try_for_each(|hashed| {
            let mut cells = cells(record, hashed);
            let Some(hashes) = &hashed.dihedral else {
                return row(out, cells.iter().map(|cell| &**cell).chain(self.dihedral.then_some("")));
            };
            hashes.iter().zip(Dihedral::ALL).try_for_each(|(hash, turn)| {
                if let Some(cell) = cells.get_mut(HASH_COLUMN) {
                    *cell = hash.into();
                }
                row(out, cells.iter().map(|cell| &**cell).chain([turn.name()]))
            })
        })
    }
}

const COLUMNS: [&str; 10] =
    ["path", "outcome", "detail", "profile", "hash", "quality", "width", "height", "bytes", "millis"];
const HASH_COLUMN: usize = 4;

fn cells<'a>(record: &'a Record, hashed: &'a Hashed) -> [Cow<'a, str>; COLUMNS.len()] {
    fn known<T: ToString>(value: Option<T>) -> Cow<'static, str> {
        value.map_or(Cow::Borrowed(""), |value| value.to_string().into())
    }
    [
        safe(&shown(&record.path)).into_owned().into(),
        record.outcome.name().into(),
        safe(record.detail.as_deref().unwrap_or("")),
        hashed.profile.name().into(),
        hashed.hash.as_deref().unwrap_or("").into(),
        known(hashed.quality),
        known(record.width),
        known(record.height),
        known(record.bytes),
        format!("{:.3}", record.millis).into(),
    ]
}

/// The text, with an apostrophe before what a spreadsheet would compute.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// Writes one row.
pub(crate) fn row<'a>(out: &mut dyn Write, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    // One row at a time through a buffer: the csv writer would otherwise hold rows back and own `out`.
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::from)?;
    out.write_all(&writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
}
