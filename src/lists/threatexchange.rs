//! Meta ThreatExchange: `threat_updates`, in JSON.
//!
//! `{data: [...], paging}`; pages may follow each other in one file. A record has `id`, `indicator` (the hash), `type` (`HASH_PDQ`, `HASH_MD5` ...),
//! `last_updated` (seconds), `should_delete`, and `descriptors: {data: [{owner: {id}, status, tags: {data: [{text}]}, reactions: [{key, value}]}]}`.
//!
//! A record is withdrawn by `should_delete`, and if no descriptor with an owner is left. Descriptors say `MALICIOUS`, `NON_MALICIOUS`, or something
//! less sure; the reaction `HELPFUL` supports one, `DISAGREE_WITH_TAGS` contradicts. The entry is positive if somebody says so and
//! nobody contradicts, disputed if both happen, left out if all say that it is not abuse, and otherwise a seed. Tags are
//! the classification, owners the owner, in order and separated by spaces.
//!
//! Source: facebook/ThreatExchange, `threatexchange/exchanges/clients/fb_threatexchange/`, `impl/fb_threatexchange_api.py`.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use std::io::BufRead;

use serde::Deserialize;

use super::check::{Fields, Output, Place};
use super::framer;
use super::value::{Text, parse};
use super::{Format, ListError, Options, Reason, Sink, Summary, Why, time};
use crate::entry::Opinion;
use crate::hash::Profile;

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    indicator: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    last_updated: Text<'a>,
    #[serde(borrow, default)]
    should_delete: Text<'a>,
    #[serde(borrow, default)]
    descriptors: Option<List<Descriptor<'a>>>,
}

/// A list, or an object that holds it under `data`.
#[derive(Deserialize)]
#[serde(untagged)]
enum List<T> {
    Bare(Vec<T>),
    Data {
        #[serde(default = "Vec::new")]
        data: Vec<T>,
    },
}

impl<T> List<T> {
    fn items(&self) -> &[T] {
        match self {
            Self::Bare(items) | Self::Data { data: items } => items,
        }
    }
}

#[derive(Deserialize)]
struct Descriptor<'a> {
    #[serde(borrow, default)]
    owner: Option<Owner<'a>>,
    #[serde(borrow, default)]
    status: Text<'a>,
    #[serde(borrow, default)]
    tags: Option<List<Tag<'a>>>,
    #[serde(borrow, default)]
    reactions: Option<List<Reaction<'a>>>,
}

#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Tag<'a> {
    Object {
        #[serde(borrow)]
        text: Text<'a>,
    },
    Word(#[serde(borrow)] Text<'a>),
}

#[derive(Deserialize)]
struct Reaction<'a> {
    #[serde(borrow, default)]
    key: Text<'a>,
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let arrays = &["data", "threat_updates"];
    let lines = framer::each(reader, Format::Threatexchange, arrays, |place, record| {
        match record.and_then(parse::<Row<'_>>) {
            Ok(row) => take(&row, place, &mut output),
            Err(reason) => output.quarantine(place, reason),
        }
    })?;
    Ok(output.of_document(lines))
}

fn take<const N: usize>(row: &Row<'_>, place: Place, output: &mut Output<'_, '_, N>) -> ControlFlow<()> {
    let id = row.id.get();
    if id.is_empty() {
        return output.quarantine(place, Reason::Missing { field: "id" });
    }
    let updated = time::read(row.last_updated.get());
    let descriptors = row.descriptors.as_ref().map_or(&[][..], List::items);
    let owned: Vec<(&str, &Descriptor<'_>)> = descriptors
        .iter()
        .filter_map(|descriptor| Some((descriptor.owner.as_ref()?.id.get(), descriptor)))
        .filter(|(owner, _)| !owner.is_empty())
        .collect();
    if row.should_delete.is_true() || owned.is_empty() {
        return output.withdraw(place, "", id, updated);
    }
    if row.kind.get().is_empty() {
        return output.quarantine(place, Reason::Missing { field: "type" });
    }
    let Some(opinion) = opinion(&owned) else {
        return output.leave_out(place, "", Some(id), updated, Why::Negative);
    };
    let tags = owned.iter().filter_map(|(_, descriptor)| descriptor.tags.as_ref()).flat_map(List::items);
    let tags = tags.map(|tag| match tag {
        Tag::Object { text } | Tag::Word(text) => text.get(),
    });
    let fields = Fields {
        hash: row.indicator.get(),
        kind: row.kind.get(),
        id,
        classification: &joined(tags),
        owner: &joined(owned.iter().map(|(owner, _)| *owner)),
        opinion,
        key: Some(id),
        updated,
        ..Fields::default()
    };
    output.record(place, Ok(fields))
}

/// What the descriptors say together; `None` if all say that it is not abuse.
fn opinion(descriptors: &[(&str, &Descriptor<'_>)]) -> Option<Opinion> {
    let (mut positive, mut negative, mut contradicted) = (0, 0, false);
    for (_, descriptor) in descriptors {
        let reactions = descriptor.reactions.as_ref().map_or(&[][..], List::items);
        let has = |key: &str| reactions.iter().any(|reaction| reaction.key.get().eq_ignore_ascii_case(key));
        let status = descriptor.status.get();
        if status.eq_ignore_ascii_case("NON_MALICIOUS") {
            negative += 1;
        } else if status.eq_ignore_ascii_case("MALICIOUS") || has("HELPFUL") {
            positive += 1;
        }
        contradicted |= has("DISAGREE_WITH_TAGS");
    }
    if negative == descriptors.len() {
        return None;
    }
    Some(match (positive > 0, negative > 0 || contradicted) {
        (_, true) => Opinion::Disputed,
        (true, false) => Opinion::Positive,
        (false, false) => Opinion::Seed,
    })
}

/// Each word once, in order, so that the same record always gives the same text.
fn joined<'a>(words: impl Iterator<Item = &'a str>) -> alloc::string::String {
    let mut words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words.dedup();
    words.join(" ")
}
