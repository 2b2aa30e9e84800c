//! Lists read one after the other into whatever takes their entries: an index, a store, a change of a store.

use std::ffi::OsString;

use lookalike::hash::Profile;
use lookalike::index::{Builder, EntryNumber};
use lookalike::lists::{Dedup, Entry, Record};
use lookalike::store::Contents;

use crate::commands::test_list;
use crate::exit::Failure;
use crate::lists::{self, Tally};
use crate::summary::counted;

/// What takes entries.
pub(crate) trait Target<const N: usize> {
    /// By what an entry can be taken back.
    type Entry: Copy + Ord;

    /// Takes an entry.
    fn add(&mut self, entry: &Entry<'_, N>) -> Result<Self::Entry, String>;

    /// Takes an entry back that a later record replaced or withdrew.
    fn remove(&mut self, entry: Self::Entry);

    /// Is told of every key that a record withdraws, by whatever list it was listed before.
    fn withdraw(&mut self, _list: &str, _key: &str) {}
}

impl<const N: usize> Target<N> for Builder<N> {
    type Entry = EntryNumber;

    fn add(&mut self, entry: &Entry<'_, N>) -> Result<EntryNumber, String> {
        self.add_entry(entry.hash, entry.digests, entry.source).map_err(|error| error.to_string())
    }

    fn remove(&mut self, entry: EntryNumber) {
        Self::remove(self, entry);
    }
}

impl<const N: usize> Target<N> for Contents<N> {
    type Entry = EntryNumber;

    fn add(&mut self, entry: &Entry<'_, N>) -> Result<EntryNumber, String> {
        Self::add(self, entry.hash, entry.digests, entry.source, entry.key).map_err(|error| error.to_string())
    }

    fn remove(&mut self, entry: EntryNumber) {
        Self::remove(self, entry);
    }
}

/// Reads lists, tells what became of each, and returns the number of bad records. With `test_list` the safe test list follows.
///
/// # Errors
///
/// When an argument makes no sense, a list cannot be read, an entry is refused, or there are bad records and `strict` allows none.
pub(crate) fn gather<const N: usize, T: Target<N>>(
    arguments: &[OsString],
    profile: Profile,
    strict: bool,
    with_test_list: bool,
    target: &mut T,
    tell: &mut dyn FnMut(&Tally),
) -> Result<u64, Failure> {
    let specs = arguments.iter().map(|argument| lists::parse(argument)).collect::<Result<Vec<_>, _>>()?;
    let built_in = with_test_list.then(|| test_list::spec(profile)).transpose()?;
    let mut dedup = Dedup::new();
    let mut tallies = Vec::new();
    let mut last = None;
    let files = specs.iter().map(|spec| (spec, None));
    for (spec, bytes) in files.chain(built_in.iter().map(|spec| (spec, Some(test_list::LIST)))) {
        let mut sink = |record: &Record<'_, N>| {
            match record {
                Record::Entry(entry) => {
                    last = Some(target.add(entry)?);
                    if let Some(key) = entry.key {
                        dedup.note(entry.source.list, key, entry.updated, last);
                    }
                }
                Record::Withdrawal { list, key, updated, .. }
                | Record::LeftOut { list, key: Some(key), updated, .. } => {
                    dedup.note(list, key, *updated, None);
                    target.withdraw(list, key);
                }
                _ => {}
            }
            Ok(())
        };
        let tally = match bytes {
            None => lists::read::<N>(spec, profile, &mut sink)?,
            Some(bytes) => {
                lists::read_from::<N>("the test list".to_owned(), Box::new(bytes), spec, profile, &mut sink)?
            }
        };
        tallies.push((tally, last));
    }
    let left_out = dedup.resolve();
    left_out.iter().for_each(|(entry, _)| target.remove(*entry));
    lists::settle(&mut tallies, &left_out);
    drop(left_out);
    tallies.iter().for_each(|(tally, _)| tell(tally));

    let bad = tallies.iter().map(|(tally, _)| tally.bad_count()).sum();
    if strict && bad > 0 {
        let bad = counted(bad, "bad record");
        return Err(Failure::new(format!("found {bad}, and --strict allows none; nothing was written")));
    }
    Ok(bad)
}
