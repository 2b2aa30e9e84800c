//! StopNCII: what `FetchHashes` returns, in JSON.
//!
//! `{count, nextPageToken, nextSetTimestamp, hasMoreRecords, hashRecords: [...]}`; pages may follow each other in one file. A record has
//! `lastModtimestamp`, `signalType` (`ImagePDQ`, `VideoMD5` ...), `hashValue`, `hashStatus`, `caseNumbers` (case: status) and
//! `CSPFeedbacks` ([{feedbackValue, tags, source}]).
//!
//! **Withdrawals.** Signal type and hash identify a record. It is withdrawn if its status, or that of every case, is `Withdrawn` or `Deleted`: people ask for
//! that, and it must take effect.
//!
//! **Opinion.** Anybody can open a case. A record is a seed until a service says `Blocked` (positive); `NotBlocked` alone is a dispute.
//! The id is the first case that still stands; tags of services are the classification.
//!
//! Source: facebook/ThreatExchange, `threatexchange/exchanges/clients/stopncii/api.py`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use std::io::BufRead;

use serde::Deserialize;

use super::check::{Fields, Output, Place};
use super::framer;
use super::value::{Text, parse};
use super::{Format, ListError, Options, Reason, Sink, Summary, time};
use crate::entry::Opinion;
use crate::hash::Profile;

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default, rename = "lastModtimestamp")]
    modified: Text<'a>,
    #[serde(borrow, default, rename = "signalType")]
    kind: Text<'a>,
    #[serde(borrow, default, rename = "hashValue")]
    hash: Text<'a>,
    #[serde(borrow, default, rename = "hashStatus")]
    status: Text<'a>,
    #[serde(borrow, default, rename = "caseNumbers")]
    cases: Option<BTreeMap<Text<'a>, Text<'a>>>,
    #[serde(borrow, default, rename = "CSPFeedbacks")]
    feedback: Option<Vec<Feedback<'a>>>,
}

#[derive(Deserialize)]
struct Feedback<'a> {
    #[serde(borrow, default, rename = "feedbackValue")]
    value: Text<'a>,
    #[serde(borrow, default)]
    tags: Option<Vec<Text<'a>>>,
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut key = String::new();
    let arrays = &["hashRecords"];
    let lines =
        framer::each(reader, Format::Stopncii, arrays, |place, record| match record.and_then(parse::<Row<'_>>) {
            Ok(row) => take(&row, place, &mut key, &mut output),
            Err(reason) => output.quarantine(place, reason),
        })?;
    Ok(output.of_document(lines))
}

fn take<const N: usize>(
    row: &Row<'_>,
    place: Place,
    key: &mut String,
    output: &mut Output<'_, '_, N>,
) -> ControlFlow<()> {
    let (kind, hash) = (row.kind.get(), row.hash.get());
    if kind.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "signalType" });
    }
    if hash.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "hashValue" });
    }
    key.clear();
    key.push_str(kind);
    key.push('/');
    key.push_str(hash);
    key.make_ascii_lowercase();
    let updated = time::read(row.modified.get());
    let stands = |status: &&Text<'_>| !["Withdrawn", "Deleted"].iter().any(|no| status.get().eq_ignore_ascii_case(no));
    let cases = row.cases.as_ref();
    let case = cases.into_iter().flatten().find(|(_, status)| stands(status));
    if !stands(&&row.status) || case.is_none() && cases.is_some_and(|cases| !cases.is_empty()) {
        return output.withdraw(place, "", key, updated);
    }
    let feedback = || row.feedback.iter().flatten();
    let says = |value: &str| feedback().any(|feedback| feedback.value.get().eq_ignore_ascii_case(value));
    let opinion = match (says("Blocked"), says("NotBlocked")) {
        (true, _) => Opinion::Positive,
        (false, true) => Opinion::Disputed,
        (false, false) => Opinion::Seed,
    };
    let mut tags: Vec<&str> = feedback().flat_map(|feedback| feedback.tags.iter().flatten()).map(Text::get).collect();
    tags.sort_unstable();
    tags.dedup();
    let fields = Fields {
        hash,
        kind,
        id: case.map_or("", |(case, _)| case.get()),
        classification: &tags.join(" "),
        opinion,
        key: Some(key),
        updated,
        ..Fields::default()
    };
    output.record(place, Ok(fields))
}
