//! Comma-separated values, one row per match, or one for a file without any; columns never change within a version.

use std::borrow::Cow;
use std::io::{self, Write};

use lookalike::check::{Hashes, Match};
use lookalike::hash::Profile;

use super::Report;
use crate::names::shown;
use crate::record::Record;

/// The `csv` format of `scan`.
#[derive(Debug)]
pub(crate) struct ScanCsv {
    pub(crate) profile: Profile,
}

impl Report for ScanCsv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        row(out, COLUMNS.into_iter().chain(FOUND_COLUMNS))
    }

    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        let hash = record.hashes().first().and_then(|hashes| hashes.hex().next()).map(|(_, hash)| hash);
        let cells = cells(&record, self.profile, record.hashes().first(), hash.as_deref());
        if record.matches().is_empty() && record.held().is_empty() {
            return row(out, cells.iter().map(|cell| &**cell).chain([""; FOUND_COLUMNS.len()]));
        }
        record.matches().iter().chain(record.held()).try_for_each(|found| {
            let tail = found_cells(found);
            row(out, cells.iter().chain(&tail).map(|cell| &**cell))
        })
    }
}

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
    let entry = &found.entry;
    [
        found.distance.to_string().into(),
        found.transform.name().into(),
        found.view_name().into(),
        found.listed().into(),
        safe(&entry.list),
        safe(&entry.id),
        safe(&entry.classification),
        safe(found.class.as_deref().unwrap_or("")),
        found.by_name().into(),
        entry.role.name().into(),
        entry.opinion.name().into(),
        found.trust.name().into(),
        safe(&entry.owner),
        safe(&entry.jurisdiction),
        safe(&found.action),
        found.subject.map(|subject| subject.to_string()).unwrap_or_default().into(),
        found.held_by.to_string().into(),
    ]
}

/// The `csv` format of `hash`.
#[derive(Debug)]
pub(crate) struct HashCsv {
    pub(crate) profiles: Vec<Profile>,
    /// Eight rows a picture, with a column for the transform.
    pub(crate) dihedral: bool,
}

impl Report for HashCsv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        row(out, COLUMNS.into_iter().chain(self.dihedral.then_some("transform")))
    }

    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        self.profiles.iter().try_for_each(|&profile| {
            let Some(hashes) = record.hashes().iter().find(|hashes| hashes.profile() == profile) else {
                let cells = cells(&record, profile, None, None);
                return row(out, cells.iter().map(|cell| &**cell).chain(self.dihedral.then_some("")));
            };
            hashes.hex().try_for_each(|(turn, hash)| {
                let cells = cells(&record, profile, Some(hashes), Some(&hash));
                row(out, cells.iter().map(|cell| &**cell).chain(self.dihedral.then_some(turn.name())))
            })
        })
    }
}

const COLUMNS: [&str; 10] =
    ["path", "outcome", "detail", "profile", "hash", "quality", "width", "height", "bytes", "millis"];

fn cells<'a>(
    record: &Record,
    profile: Profile,
    hashes: Option<&Hashes>,
    hash: Option<&'a str>,
) -> [Cow<'a, str>; COLUMNS.len()] {
    fn known<T: ToString>(value: Option<T>) -> Cow<'static, str> {
        value.map_or(Cow::Borrowed(""), |value| value.to_string().into())
    }
    let (width, height) = record.size().unzip();
    [
        safe(&shown(&record.path)).into_owned().into(),
        record.outcome().1.into(),
        safe(&record.detail().unwrap_or_default()).into_owned().into(),
        profile.name().into(),
        hash.unwrap_or("").into(),
        known(hashes.map(Hashes::quality)),
        known(width),
        known(height),
        known(record.bytes()),
        format!("{:.3}", record.millis).into(),
    ]
}

/// Text that a spreadsheet does not take for a formula.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// Writes one row.
pub(crate) fn row<'a>(out: &mut dyn Write, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(io::Error::from)?;
    out.write_all(&writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
}
