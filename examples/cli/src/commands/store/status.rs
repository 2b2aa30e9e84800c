//! `lookalike store status`: what a store is made of.

use lookalike::store::Summary;
use lookalike::store::manifest::Freshness;
use serde_json::{Value, json};

use super::failure;
use crate::args::store::{StatusArgs, StatusFormat};
use crate::commands::list::signed::now;
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::template::render;

pub(super) fn run(args: &StatusArgs) -> Result<Exit, Failure> {
    let status = status(&Summary::read(&args.directory).map_err(failure)?);
    let text = match args.format {
        StatusFormat::Text => {
            render("store-status.txt", json!({ "directory": shown(&args.directory), "status": status }))?
        }
        StatusFormat::Json => format!("{status}\n"),
    };
    Output::print(&text).map(|()| Exit::Clean)
}

fn status(summary: &Summary) -> Value {
    let lists =
        summary.lists().map(|(name, role, entries)| json!({"name": name, "role": role.name(), "entries": entries}));
    let (added, hidden) = summary.changes();
    let signed = summary.signed().map(|(name, seen)| {
        let freshness = seen.freshness(now());
        json!({
            "name": name,
            "sequence": seen.sequence,
            "epoch": seen.epoch,
            "stale": matches!(freshness, Freshness::Stale { .. }),
            "freshness": freshness.to_string(),
        })
    });
    json!({
        "generation": summary.generation(),
        "created": summary.created(),
        "by": summary.by(),
        "profile": summary.profile().name(),
        "lists": lists.collect::<Vec<_>>(),
        "index_bytes": summary.index_bytes(),
        "delta_bytes": summary.delta_bytes(),
        "added": added,
        "hidden": hidden,
        "quarantined": summary.quarantined(),
        "rollback": summary.earlier(),
        "signed": signed.collect::<Vec<_>>(),
    })
}
