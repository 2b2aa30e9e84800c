//! `lookalike list trust`: a keys file in plain words.

use std::fmt::Write as _;

use lookalike::store::manifest::{KeySet, Keys, OnStale};

use super::signed;
use crate::args::manifest::TrustArgs;
use crate::exit::{Exit, Failure};
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::summary::counted;

pub(super) fn run(args: &TrustArgs) -> Result<Exit, Failure> {
    let keys = signed::keys(&args.keys)?;
    if keys.lists().next().is_none() {
        let path = shown(&args.keys);
        return Err(Failure::new(format!("{path} has keys for no list; see `lookalike list trust --help`")));
    }
    Output::print(&text(&keys)).map(|()| Exit::Clean)
}

fn text(keys: &Keys) -> String {
    let mut text = String::new();
    for list in keys.lists() {
        if !text.is_empty() {
            text.push('\n');
        }
        let now = list.keys();
        let _ = writeln!(text, "list {}", shown_text(list.name()));
        set(&mut text, now, "must sign");
        text.push_str(match list.on_stale() {
            OnStale::Refuse => "  once its manifest has expired, the list is no longer looked up\n",
            _ => "  once its manifest has expired, the list keeps matching, with an alarm\n",
        });
        for former in list.former() {
            set(&mut text, former, &format!("must sign the first manifest of epoch {} as well", now.epoch()));
        }
    }
    text
}

fn set(text: &mut String, set: &KeySet, what: &str) {
    let keys = counted(set.iter().len() as u64, "key");
    let _ = writeln!(text, "  key epoch {}: {} of {keys} {what}", set.epoch(), set.threshold());
    let width = set.iter().map(|key| shown_text(key.name()).chars().count()).max().unwrap_or(0);
    for key in set.iter() {
        let _ = writeln!(
            text,
            "    {:<width$}  minisign {}  SHA-256 {}",
            shown_text(key.name()),
            key.id(),
            key.fingerprint()
        );
    }
}
