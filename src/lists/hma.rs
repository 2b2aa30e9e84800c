//! Hasher-Matcher-Actioner: the contents of a bank, in JSON.
//!
//! There is no bulk export; an array of contents, a content a line, or contents under `content`, `contents`, `bank_content` or `items` are read. A
//! content has `id`, `disable_until_ts` (0 off, 1 on, else off until that second since 1970), `bank` (a name, or an object with `name` and
//! `matching_enabled_ratio`, of which 0 switches off), `signals` (type: value) and `metadata` (`collab` is the owner). The bank is the list, if it is named.
//! Source: facebook/ThreatExchange, `hasher-matcher-actioner/src/OpenMediaMatch/blueprints/curation.py`, `schemas/curation.py`.

use alloc::collections::BTreeMap;
use core::ops::ControlFlow;
use std::io::BufRead;

use serde::Deserialize;

use super::check::{Fields, Output, Place};
use super::framer;
use super::signal::{self, Signal};
use super::value::{Text, parse};
use super::{Format, ListError, Options, Reason, Sink, Summary, Why, time};
use crate::entry::DigestKind;
use crate::hash::Profile;

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    disable_until_ts: Text<'a>,
    #[serde(borrow, default)]
    bank: Option<Bank<'a>>,
    #[serde(borrow, default)]
    signals: Option<BTreeMap<Text<'a>, Text<'a>>>,
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Bank<'a> {
    Object {
        #[serde(borrow, default)]
        name: Text<'a>,
        #[serde(borrow, default)]
        matching_enabled_ratio: Text<'a>,
    },
    Name(#[serde(borrow)] Text<'a>),
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    collab: Text<'a>,
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let now = options.now.unwrap_or_else(time::now);
    let mut output = Output::new(options, profile, sink);
    let arrays = &["content", "contents", "bank_content", "items"];
    let lines = framer::each(reader, Format::Hma, arrays, |place, record| match record.and_then(parse::<Row<'_>>) {
        Ok(row) => take(&row, place, now, &mut output),
        Err(reason) => output.quarantine(place, reason),
    })?;
    Ok(output.of_document(lines))
}

fn take<const N: usize>(row: &Row<'_>, place: Place, now: i64, output: &mut Output<'_, '_, N>) -> ControlFlow<()> {
    let id = row.id.get();
    if id.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "id" });
    }
    let (list, ratio) = match &row.bank {
        Some(Bank::Object { name, matching_enabled_ratio }) => (name.get(), matching_enabled_ratio.get()),
        Some(Bank::Name(name)) => (name.get(), ""),
        None => ("", ""),
    };
    match disabled(row.disable_until_ts.get(), ratio, now) {
        Err(reason) => return output.quarantine(place, reason),
        Ok(Some(why)) => return output.leave_out(place, list, Some(id), None, why),
        Ok(None) => {}
    }
    let mut fields = Fields {
        list,
        id,
        owner: row.metadata.as_ref().map_or("", |metadata| metadata.collab.get()),
        key: Some(id),
        ..Fields::default()
    };
    let mut other = None;
    for (name, value) in row.signals.iter().flatten() {
        let (name, value) = (name.get(), value.get());
        match signal::named(name, output.profile()) {
            _ if value.is_empty() => {}
            Signal::Hash => fields.hash = value,
            Signal::Digest(DigestKind::Md5) => fields.md5 = value,
            Signal::Digest(DigestKind::Sha1) => fields.sha1 = value,
            Signal::Digest(DigestKind::Sha256) => fields.sha256 = value,
            Signal::PhotoDna => fields.photodna = value,
            Signal::Other | Signal::Unknown => other = Some(name),
        }
    }
    if let Some(kind) = other {
        // Counts only if there is nothing else.
        fields.kind = if fields.hash.is_empty() { kind } else { "" };
    }
    output.record(place, Ok(fields))
}

/// Whether a content is switched off now.
fn disabled(until: &str, ratio: &str, now: i64) -> Result<Option<Why<'static>>, Reason> {
    const OFF: Option<Why<'static>> = Some(Why::Disabled { until: None });
    if ratio.parse() == Ok(0.0) {
        return Ok(OFF);
    }
    let expected = "0 (off), 1 (on) or a time in seconds since 1970";
    let bad = Reason::Value { field: "disable_until_ts", expected };
    match until {
        "" | "1" => Ok(None),
        "0" => Ok(OFF),
        _ => {
            let seconds: f64 = until.parse().map_err(|_| bad)?;
            let until = time::of_number(seconds).filter(|until| *until >= 0).ok_or(bad)?;
            Ok((until > now).then_some(Why::Disabled { until: Some(until) }))
        }
    }
}
