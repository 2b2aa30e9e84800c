//! `lookalike store status`: what a store is made of.

use std::io::Write as _;

use lookalike::store::Summary;
use lookalike::store::manifest::Freshness;
use serde_json::json;

use super::failure;
use crate::args::store::{StatusArgs, StatusFormat};
use crate::commands::list::signed::now;
use crate::exit::{Exit, Failure};
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::summary::{counted, entries, grouped};

pub(super) fn run(args: &StatusArgs) -> Result<Exit, Failure> {
    let summary = Summary::read(&args.directory).map_err(failure)?;
    let mut out = Output::open(None)?;
    let text = match args.format {
        StatusFormat::Text => in_words(&shown(&args.directory), &summary),
        StatusFormat::Json => json(&summary),
    };
    let name = out.name().to_owned();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.finish());
    Output::ended(&name, written).map(|()| Exit::Clean)
}

fn in_words(directory: &str, summary: &Summary) -> String {
    let mut text = format!(
        "{directory}: generation {}, made {} by {}, profile {}\n",
        summary.generation(),
        summary.created(),
        summary.by(),
        summary.profile()
    );
    let total: u64 = summary.lists().map(|(_, _, entries)| entries).sum();
    text += &format!("{} of {}:\n", entries(total), counted(summary.lists().len() as u64, "list"));
    for (name, role, count) in summary.lists() {
        text += &format!("  {:>12}  {}  ({})\n", grouped(count), shown_text(name), role.name());
    }
    if total == 0 {
        text += "Nothing is listed yet: publish lists with `lookalike store publish`.\n";
    }
    for (name, seen) in summary.signed() {
        let freshness = seen.freshness(now());
        let (name, sequence, epoch) = (shown_text(name), seen.sequence, seen.epoch);
        text += &format!("signed: {name}, number {sequence} of key epoch {epoch}, {freshness}\n");
    }
    text += &format!("index: {} bytes; ", grouped(summary.index_bytes()));
    text += &match summary.changes() {
        (0, 0) => "no changes since it was built\n".to_owned(),
        (added, hidden) => {
            let bytes = grouped(summary.delta_bytes());
            format!("changes since it was built: {} added, {} hidden, {bytes} bytes\n", grouped(added), grouped(hidden))
        }
    };
    let earlier: Vec<_> = summary.earlier().iter().map(u64::to_string).collect();
    text += &match earlier.as_slice() {
        [] => "there is no earlier generation to roll back to\n".to_owned(),
        earlier => format!("can be rolled back to: {}\n", earlier.join(", ")),
    };
    text
}

fn json(summary: &Summary) -> String {
    let lists: Vec<_> = summary
        .lists()
        .map(|(name, role, entries)| json!({"name": name, "role": role.name(), "entries": entries}))
        .collect();
    let signed: Vec<_> = summary
        .signed()
        .map(|(name, seen)| {
            let is_stale = matches!(seen.freshness(now()), Freshness::Stale { .. });
            json!({"name": name, "sequence": seen.sequence, "epoch": seen.epoch, "stale": is_stale})
        })
        .collect();
    let (added, hidden) = summary.changes();
    let value = json!({
        "generation": summary.generation(),
        "created": summary.created(),
        "by": summary.by(),
        "profile": summary.profile().name(),
        "lists": lists,
        "index_bytes": summary.index_bytes(),
        "delta_bytes": summary.delta_bytes(),
        "added": added,
        "hidden": hidden,
        "quarantined": summary.quarantined(),
        "rollback": summary.earlier(),
        "signed": signed,
    });
    format!("{value}\n")
}
