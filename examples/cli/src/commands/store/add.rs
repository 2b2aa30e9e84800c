//! `lookalike store add`: the entries and withdrawals of a few lists, on top of what is there.

use lookalike::entry::{Digest, Opinion, Role};
use lookalike::hash::HashBits;
use lookalike::index::Source;
use lookalike::lists::Entry;
use lookalike::store::{Change, MANY_CHANGES, StoreError, Summary};

use super::logged::Before;
use super::{done, failure, open, profile, text};
use crate::args::store::AddArgs;
use crate::exit::{Exit, Failure};
use crate::gather::{Target, gather};
use crate::names::{shown, shown_text};
use crate::summary::{counted, entries};

/// What lists of changes say, kept until all is read: which records of a key hold is known at their end only.
struct Pending<const N: usize> {
    entries: Vec<Option<Owned<N>>>,
    withdrawals: Vec<(String, String)>,
}

/// An entry by itself.
struct Owned<const N: usize> {
    hash: Option<HashBits<N>>,
    digests: Vec<Digest>,
    list: String,
    id: String,
    classification: String,
    owner: String,
    jurisdiction: String,
    opinion: Opinion,
    role: Role,
    key: Option<String>,
}

impl<const N: usize> Target<N> for Pending<N> {
    type Entry = usize;

    fn add(&mut self, entry: &Entry<'_, N>) -> Result<usize, String> {
        self.entries.push(Some(Owned {
            hash: entry.hash,
            digests: entry.digests.to_vec(),
            list: entry.source.list.to_owned(),
            id: entry.source.id.to_owned(),
            classification: entry.source.classification.to_owned(),
            owner: entry.source.owner.to_owned(),
            jurisdiction: entry.source.jurisdiction.to_owned(),
            opinion: entry.source.opinion,
            role: entry.source.role,
            key: entry.key.map(str::to_owned),
        }));
        Ok(self.entries.len() - 1)
    }

    fn remove(&mut self, entry: usize) {
        if let Some(entry) = self.entries.get_mut(entry) {
            *entry = None;
        }
    }

    fn withdraw(&mut self, list: &str, key: &str) {
        self.withdrawals.push((list.to_owned(), key.to_owned()));
    }
}

impl<const N: usize> Pending<N> {
    /// The lists of everything, some several times.
    fn lists(&self) -> impl Iterator<Item = &str> {
        let of_entries = self.entries.iter().flatten().map(|entry| entry.list.as_str());
        of_entries.chain(self.withdrawals.iter().map(|(list, _)| list.as_str()))
    }

    /// Makes the change: first what is withdrawn, then what holds in the end.
    fn apply(&self, change: &mut Change<'_, N>) -> Result<(), StoreError> {
        for (list, key) in &self.withdrawals {
            change.withdraw(list, key)?;
        }
        for entry in self.entries.iter().flatten() {
            let source = Source {
                list: &entry.list,
                id: &entry.id,
                classification: &entry.classification,
                owner: &entry.owner,
                jurisdiction: &entry.jurisdiction,
                opinion: entry.opinion,
                role: entry.role,
            };
            change.add(entry.hash, &entry.digests, source, entry.key.as_deref())?;
        }
        Ok(())
    }
}

pub(super) fn run<const N: usize>(args: &AddArgs) -> Result<Exit, Failure> {
    let profile = profile(&args.directory)?;
    let mut pending = Pending::<N> { entries: Vec::new(), withdrawals: Vec::new() };
    let tell = &mut |list: &crate::lists::Tally| eprint!("{}", text(list));
    let bad = gather(&args.lists, profile, args.strict, false, &mut pending, tell)?;
    if pending.entries.is_empty() && pending.withdrawals.is_empty() {
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
