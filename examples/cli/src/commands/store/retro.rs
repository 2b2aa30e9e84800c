//! `lookalike store retro`: a list's new entries against one's own uploads; `store forget`: uploads whose time is over.

use std::collections::HashSet;
use std::io::{self, Write};

use jiff::Span;
use jiff::civil::Date;
use lookalike::Lists;
use lookalike::hash::HashBits;
use lookalike::index::{IndexError, Query, Source};
use lookalike::mmap::Opener;
use lookalike::store::Snapshot;
use serde::Serialize;

use super::failure;
use super::pending::Pending;
use crate::args::RowFormat;
use crate::args::store::{ForgetArgs, RetroArgs};
use crate::commands::index::tell;
use crate::exit::{Exit, Failure};
use crate::gather::gather;
use crate::names::shown;
use crate::output::Output;
use crate::remember::{LIST, today};
use crate::report::csv::{row, safe};
use crate::report::jsonl::write_line;
use crate::summary::{counted, entries};

/// An upload near a new entry.
#[derive(Serialize)]
struct Line<'a> {
    upload: &'a str,
    kept: &'a str,
    transform: &'a str,
    distance: u32,
    list: &'a str,
    entry: &'a str,
    classification: &'a str,
}

const COLUMNS: [&str; 7] = ["upload", "kept", "transform", "distance", "list", "entry", "classification"];

impl Line<'_> {
    fn write(&self, format: RowFormat, out: &mut dyn Write) -> io::Result<()> {
        match format {
            RowFormat::Csv => {
                let distance = self.distance.to_string();
                let Line { upload, kept, transform, list, entry, classification, .. } = *self;
                let cells = [upload, kept, transform, &distance, list, entry, classification].map(safe);
                row(out, cells.iter().map(|cell| &**cell))
            }
            RowFormat::Jsonl => write_line(out, self),
        }
    }
}

/// The uploads near a hash with their distances, nearest first, each once a day.
fn near<const N: usize>(
    uploads: &Snapshot,
    hash: HashBits<N>,
    radius: u32,
) -> Result<Vec<(u32, Source<'_>)>, IndexError> {
    let mut seen = HashSet::new();
    let mut near = Vec::new();
    for hit in uploads.hits(&Query::new(uploads.profile(), &[hash]).radius(radius))? {
        for source in uploads.sources(hit.place) {
            let source = source?;
            if source.list.starts_with(LIST) && seen.insert((source.list, source.id)) {
                near.push((hit.distance, source));
            }
        }
    }
    Ok(near)
}

/// Forgets the uploads of days that are longer ago.
pub(super) fn forget<const N: usize>(args: &ForgetArgs) -> Result<Exit, Failure> {
    let oldest = today()
        .checked_sub(Span::new().days(i64::from(args.older_than)))
        .map_err(|error| Failure::new(format!("--older-than {}: {error}", args.older_than)))?;
    let is_over = |list: &str| {
        let day = list.strip_prefix(LIST).and_then(|day| day.parse::<Date>().ok());
        day.is_some_and(|day| day < oldest)
    };
    let (directory, opener) = (shown(&args.directory), Opener::default());
    match lookalike::store::forget::<N>(&args.directory, opener, is_over).map_err(failure)? {
        Some(generation) => eprintln!("Forgot the uploads of {directory} before {oldest}: generation {generation}."),
        None => eprintln!("{directory} has no uploads from before {oldest}."),
    }
    Ok(Exit::Clean)
}

pub(super) fn run<const N: usize>(args: &RetroArgs) -> Result<Exit, Failure> {
    let uploads = Lists::open_store(&args.directory).map_err(Failure::of)?.snapshot();
    let profile = uploads.profile();
    let radius = args.radius.unwrap_or_else(|| profile.default_radius());
    let mut new = Pending::<N>::default();
    let bad = gather(&args.lists, profile, false, false, &mut new, &mut tell)?;
    let mut out = Output::open(None)?;
    let name = out.name().to_owned();
    let (mut asked, mut without_hash, mut found) = (0_u64, 0_u64, 0_u64);
    let mut written = match args.format {
        RowFormat::Csv => row(&mut out, COLUMNS),
        RowFormat::Jsonl => Ok(()),
    };
    for entry in new.entries() {
        let Some(hash) = entry.hash else {
            without_hash += 1;
            continue;
        };
        asked += 1;
        let near = near(&uploads, hash, radius);
        for (distance, source) in
            near.map_err(|error| Failure::new(format!("cannot search {}: {error}", shown(&args.directory))))?
        {
            found += 1;
            let line = Line {
                upload: source.id,
                kept: source.list.strip_prefix(LIST).unwrap_or(source.list),
                transform: source.classification,
                distance,
                list: &entry.list,
                entry: &entry.id,
                classification: &entry.classification,
            };
            written = written.and_then(|()| line.write(args.format, &mut out));
        }
    }
    Output::ended(&name, written.and_then(|()| out.finish()))?;
    eprintln!("Looked {} up among the uploads at radius {radius}: {} found.", entries(asked), counted(found, "upload"));
    if without_hash > 0 {
        eprintln!("{} of digests only, which uploads are not kept by.", entries(without_hash));
    }
    Ok(match (found, bad) {
        (1.., _) => Exit::Matched,
        (0, 1..) => Exit::NotChecked,
        (0, 0) => Exit::Clean,
    })
}
