//! Tech Against Terrorism: its hash list, in JSON.
//!
//! `{count, next, previous, checkpoint, results: [...]}`; pages may follow each other in one file. A record has `hash_digest`,
//! `algorithm`, `ideology` (the classification), `file_type`, `deleted`, `updated_on` (seconds) and `id`.
//! Source: facebook/ThreatExchange, `threatexchange/exchanges/clients/techagainstterrorism/api.py`.

use core::ops::ControlFlow;
use std::io::BufRead;

use serde::Deserialize;

use super::check::{Fields, Output, Place, or};
use super::framer;
use super::value::{Text, parse};
use super::{Format, ListError, Options, Reason, Sink, Summary, time};
use crate::hash::Profile;

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    hash_digest: Text<'a>,
    #[serde(borrow, default)]
    algorithm: Text<'a>,
    #[serde(borrow, default)]
    ideology: Text<'a>,
    #[serde(borrow, default)]
    deleted: Text<'a>,
    #[serde(borrow, default)]
    updated_on: Text<'a>,
    #[serde(borrow, default)]
    created_on: Text<'a>,
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let arrays = &["results"];
    let lines = framer::each(reader, Format::Tat, arrays, |place, record| match record.and_then(parse::<Row<'_>>) {
        Ok(row) => take(&row, place, &mut output),
        Err(reason) => output.quarantine(place, reason),
    })?;
    Ok(output.of_document(lines))
}

fn take<const N: usize>(row: &Row<'_>, place: Place, output: &mut Output<'_, '_, N>) -> ControlFlow<()> {
    let id = row.id.get();
    if id.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "id" });
    }
    let updated = time::read(or(row.updated_on.get(), row.created_on.get()));
    if row.deleted.is_true() {
        return output.withdraw(place, "", id, updated);
    }
    let kind = row.algorithm.get();
    if kind.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "algorithm" });
    }
    let fields = Fields {
        hash: row.hash_digest.get(),
        kind,
        id,
        classification: row.ideology.get(),
        key: Some(id),
        updated,
        ..Fields::default()
    };
    output.record(place, Ok(fields))
}
