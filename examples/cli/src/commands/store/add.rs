//! `lookalike store add`: the entries and withdrawals of a few lists, on top of what is there.

use lookalike::store::{MANY_CHANGES, Summary};

use super::logged::Before;
use super::pending::Pending;
use super::{done, failure, open, profile};
use crate::args::store::AddArgs;
use crate::commands::index::tell;
use crate::exit::{Exit, Failure};
use crate::gather::gather;
use crate::names::{shown, shown_text};
use crate::summary::{counted, entries};

pub(super) fn run<const N: usize>(args: &AddArgs) -> Result<Exit, Failure> {
    let profile = profile(&args.directory)?;
    let mut pending = Pending::<N>::default();
    let bad = gather(&args.lists, profile, args.strict, false, &mut pending, &mut tell)?;
    if pending.is_empty() {
        return Err(Failure::new("the lists have no usable entry and withdraw nothing; check them with `list check`"));
    }
    if !args.accept_unsigned {
        let summary = Summary::read(&args.directory).map_err(failure)?;
        if let Some(list) = pending.lists().find(|list| summary.signed().any(|(name, _)| name == *list)) {
            return Err(Failure::new(format!(
                "the list {} is signed by its publisher; publish it with its manifest, give your own changes another list name, or --accept-unsigned",
                shown_text(list)
            )));
        }
    }
    let mut writer = open::<N>(&args.directory, args.changing.wait())?;
    let (before, logged) = (writer.generation(), Before::new(&args.changing, &writer)?);
    let mut change = writer.change();
    pending.apply(&mut change).map_err(failure)?;
    let (added, replaced) = (change.added(), change.replaced());
    let (removed, unknown) = (change.removed(), change.unknown());
    let generation = change.commit().map_err(failure)?;
    if generation == before {
        eprintln!("Nothing changed: the store stays in generation {generation}.");
    } else {
        let is_touched = |list: &str| pending.lists().any(|touched| touched == list);
        let overridden: &[&str] = if args.accept_unsigned { &["--accept-unsigned"] } else { &[] };
        logged.log(&writer, is_touched, overridden)?;
        let replaced = if replaced > 0 { format!(", {replaced} replaced") } else { String::new() };
        eprintln!("Added {}{replaced}, {removed} withdrawn: generation {generation}.", entries(added));
    }
    if unknown > 0 {
        eprintln!("{} of keys under which the store has nothing.", counted(unknown, "withdrawal"));
    }
    if writer.changes() >= MANY_CHANGES {
        let directory = shown(&args.directory);
        eprintln!(
            "There are {} now; build them in with `lookalike store compact {directory}`.",
            counted(writer.changes(), "change")
        );
    }
    Ok(done(bad))
}
