//! Changes of a store in the operator's log: which list, by how much, from which generation on, and why.

use std::collections::BTreeMap;

use lookalike::audit::{ListChange, Log};
use lookalike::store::Writer;

use crate::args::store::ChangingArgs;
use crate::exit::Failure;

/// The lists of a store before a change, and the log that is to know of it.
pub(super) struct Before {
    log: Option<Log>,
    reason: String,
    entries: BTreeMap<String, u64>,
}

impl Before {
    /// Opens the log, if there is to be one, before anything is changed.
    ///
    /// # Errors
    ///
    /// When it is no log, or somebody else writes to it.
    pub(super) fn new<const N: usize>(args: &ChangingArgs, writer: &Writer<N>) -> Result<Self, Failure> {
        let log = args.audit.as_ref().map(Log::open).transpose();
        let log = log.map_err(|error| Failure::new(format!("{error}; nothing was changed")))?;
        Ok(Self { log, reason: args.reason.clone().unwrap_or_default(), entries: entries(writer) })
    }

    /// Logs how each list changed that a command touched, or every list that is larger or smaller now.
    ///
    /// # Errors
    ///
    /// When that cannot be logged: the change is made all the same.
    pub(super) fn log<const N: usize>(
        self,
        writer: &Writer<N>,
        is_touched: impl Fn(&str) -> bool,
        overridden: &[&str],
    ) -> Result<(), Failure> {
        let Self { log: Some(log), reason, entries: before } = self else { return Ok(()) };
        let after = entries(writer);
        let count = |of: &BTreeMap<String, u64>, list: &str| of.get(list).copied().unwrap_or(0);
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let mut events = Vec::new();
        for list in names {
            let (was, is) = (count(&before, list), count(&after, list));
            if was == is && !is_touched(list) {
                continue;
            }
            let word = match (was, is) {
                (0, _) => "added",
                (_, 0) => "removed",
                _ => "updated",
            };
            let mut event = ListChange::new(list, word).generation(writer.generation()).reason(&reason);
            if is > was {
                event = event.added(is - was);
            } else if was > is {
                event = event.removed(was - is);
            }
            if let Some(seen) = writer.signed(list) {
                event = event.sequence(seen.sequence).manifest(&seen.manifest.to_string());
            }
            events.push(event);
        }
        for what in overridden {
            events.push(ListChange::new("", "override").generation(writer.generation()).reason(what));
        }
        for event in events {
            let generation = writer.generation();
            log.append(event).map_err(|error| {
                Failure::new(format!("generation {generation} was made, but could not be logged: {error}"))
            })?;
        }
        Ok(())
    }
}

fn entries<const N: usize>(writer: &Writer<N>) -> BTreeMap<String, u64> {
    writer.lists().map(|(name, _, entries)| (name.to_owned(), entries)).collect()
}
