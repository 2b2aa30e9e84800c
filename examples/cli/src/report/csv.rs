//! Comma-separated values with a header, quoted where needed (RFC 4180): one row per file and match, or per file.
//!
//! Cells that a spreadsheet would take for a formula get a leading apostrophe, because names of files and entries are
//! chosen by strangers.

use std::borrow::Cow;
use std::io::{self, Write};

use lookalike::hash::Dihedral;

use super::Report;
use crate::names::shown;
use crate::record::{Hashed, Record};

/// The `csv` format of `scan`.
#[derive(Debug)]
pub(crate) struct ScanCsv;

impl Report for ScanCsv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let found = ["distance", "transform", "view", "match_hash", "list", "entry", "classification"];
        row(out, COLUMNS.into_iter().chain(found))
    }

    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        let Some(hashed) = record.hashes.first() else { return Ok(()) };
        let cells = cells(record, hashed);
        if record.matches.is_empty() {
            return row(out, cells.iter().map(|cell| &**cell).chain([""; 7]));
        }
        record.matches.iter().try_for_each(|found| {
            let distance = found.distance.to_string();
            let tail = [
                Cow::from(&distance),
                found.transform.into(),
                found.view.as_str().into(),
                (&found.hash).into(),
                safe(&found.list),
                safe(&found.entry),
                safe(&found.classification),
            ];
            row(out, cells.iter().chain(&tail).map(|cell| &**cell))
        })
    }
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
