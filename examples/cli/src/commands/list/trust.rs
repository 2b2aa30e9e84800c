//! `lookalike list trust`: a keys file in plain words.

use lookalike::store::manifest::KeySet;
use serde_json::{Value, json};

use super::signed;
use crate::args::manifest::TrustArgs;
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::template::render;

pub(super) fn run(args: &TrustArgs) -> Result<Exit, Failure> {
    let keys = signed::keys(&args.keys)?;
    if keys.lists().next().is_none() {
        let path = shown(&args.keys);
        return Err(Failure::new(format!("{path} has keys for no list; see `lookalike list trust --help`")));
    }
    let lists = keys.lists().map(|list| {
        let former: Vec<_> = list.former().iter().map(set).collect();
        let is_refused = list.refuses_stale();
        json!({ "name": list.name(), "now": set(list.keys()), "former": former, "is_refused": is_refused })
    });
    let lists: Vec<_> = lists.collect();
    Output::print(&render("list-trust.txt", json!({ "lists": lists }))?).map(|()| Exit::Clean)
}

fn set(set: &KeySet) -> Value {
    let keys = set.iter().map(|key| {
        let (id, fingerprint) = (key.id().to_string(), key.fingerprint().to_string());
        json!({ "name": key.name(), "id": id, "fingerprint": fingerprint })
    });
    json!({ "epoch": set.epoch(), "threshold": set.threshold(), "keys": keys.collect::<Vec<_>>() })
}
