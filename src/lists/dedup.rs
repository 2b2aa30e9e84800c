//! Which entries are to be left out in the end, because a later record of their key replaced or withdrew them.

use alloc::vec::Vec;
use core::fmt;
use core::hash::BuildHasher as _;
use std::hash::RandomState;

use super::Record;

/// Keeps account of keyed records, of any number of lists, and tells at the end which entries were replaced or withdrawn.
///
/// Of the records of a key within a list the latest holds: one after the other, each takes the place of the one before, unless both say
/// when they were changed and it is the older. If the record that holds in the end is an entry, the other entries of the key are
/// [`Replaced`](Disposition::Replaced); if it is a withdrawal (or was left out), they are all [`Withdrawn`](Disposition::Withdrawn). So a withdrawal in one file takes
/// effect on entries of files given before, if their lists have the same name. Records without a key neither replace nor are replaced.
///
/// Takes 32 bytes a keyed record, flat, half as much again in the end, and no key itself: lists and keys are kept as 128-bit fingerprints under a random key. That two
/// of a billion keys have the same is less likely than 1 in 10^20, whatever a list holds.
///
/// ```
/// use core::ops::ControlFlow;
/// use lookalike::hash::Profile;
/// use lookalike::lists::{self, Disposition, Format, Options, Record, Dedup};
///
/// let may = r#"{"key":"a","md5":"0123456789abcdef0123456789abcdef"}
/// {"key":"b","md5":"123456789abcdef0123456789abcdef0"}"#;
/// let june = r#"{"key":"a","withdrawn":true}"#;
///
/// let (mut dedup, mut entries) = (Dedup::new(), 0);
/// for list in [may, june] {
///     lists::read::<32, _>(Format::Jsonl, list.as_bytes(), &Options::new("L"), Profile::Pdq, &mut |record| {
///         dedup.add(&record, entries);
///         entries += u32::from(matches!(record, Record::Entry(_)));
///         ControlFlow::Continue(())
///     })?;
/// }
/// assert_eq!(dedup.resolve(), [(0, Disposition::Withdrawn)]);
/// # Ok::<(), lists::ListError>(())
/// ```
#[derive(Default)]
pub struct Dedup<T = u32> {
    records: Vec<Keyed<T>>,
    hashers: [RandomState; 2],
}

/// A keyed record: its key's fingerprint, when it was changed, and the entry, if it is one.
#[derive(Clone, Copy)]
struct Keyed<T> {
    key: [u64; 2],
    updated: Option<Updated>,
    entry: Option<T>,
}

/// Milliseconds since 1970 without 0, which stands for none: eight bytes instead of sixteen.
type Updated = core::num::NonZeroI64;

/// Why an entry is to be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Disposition {
    /// A later record of the same key is an entry, too.
    Replaced,
    /// The last record of the key withdraws it.
    Withdrawn,
}

impl<T: Copy + Ord> Dedup<T> {
    /// Starts without records.
    #[must_use]
    pub fn new() -> Self {
        Self { records: Vec::new(), hashers: [RandomState::new(), RandomState::new()] }
    }

    /// Notes a record; `entry` is by which number or name the caller knows it, if it is an entry.
    ///
    /// Records of several files are to be noted in the order in which the files are to hold.
    pub fn add<const N: usize>(&mut self, record: &Record<'_, N>, entry: T) {
        let (list, key, updated, entry) = match record {
            Record::Entry(of) => (of.source.list, of.key, of.updated, Some(entry)),
            Record::Withdrawal { list, key, updated, .. } => (*list, Some(*key), *updated, None),
            Record::LeftOut { list, key, updated, .. } => (*list, *key, *updated, None),
            Record::Quarantined(_) => return,
        };
        if let Some(key) = key {
            self.note(list, key, updated, entry);
        }
    }

    /// Notes a record of a key: an entry, or a withdrawal if there is none.
    pub fn note(&mut self, list: &str, key: &str, updated: Option<i64>, entry: Option<T>) {
        let [first, second] = &self.hashers;
        let key = [first.hash_one((list, key)), second.hash_one((list, key))];
        // One later from 1970 on, so that no time is 0.
        let updated = updated.and_then(|at| Updated::new(if at < 0 { at } else { at.saturating_add(1) }));
        self.records.push(Keyed { key, updated, entry });
    }

    /// How many keyed records were noted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether no keyed record was noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The entries that are to be left out, each once, in their order. O(n log n).
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "the last record is one of the chunk, which is not empty")]
    pub fn resolve(mut self) -> Vec<(T, Disposition)> {
        // Stable: records of a key stay in the order in which they were noted.
        self.records.sort_by_key(|record| record.key);
        let mut out = Vec::new();
        for records in self.records.chunk_by(|a, b| a.key == b.key) {
            let mut last = 0;
            for (index, record) in records.iter().enumerate() {
                let is_older = records[last].updated.zip(record.updated).is_some_and(|(held, new)| new < held);
                if !is_older {
                    last = index;
                }
            }
            let disposition =
                if records[last].entry.is_some() { Disposition::Replaced } else { Disposition::Withdrawn };
            let others = records.iter().enumerate().filter(|(index, _)| *index != last);
            out.extend(others.filter_map(|(_, record)| Some((record.entry?, disposition))));
        }
        out.sort_unstable_by_key(|(entry, _)| *entry);
        out
    }
}

impl<T> fmt::Debug for Dedup<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedup").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// When what holds was changed, and the entry, if it is one.
    type Held = (Option<i64>, Option<u32>);

    #[test]
    fn a_record_takes_thirty_two_bytes() {
        assert_eq!(size_of::<Keyed<u32>>(), 32);
    }

    #[test]
    fn the_last_record_of_a_key_holds_unless_it_is_older() {
        let mut dedup = Dedup::new();
        dedup.note("L", "a", Some(5), Some(0));
        dedup.note("L", "a", Some(4), None); // older
        dedup.note("L", "a", None, Some(1)); // does not say
        dedup.note("L", "b", None, Some(2));
        dedup.note("M", "b", None, None); // another list
        dedup.note("L", "c", Some(7), Some(3));
        dedup.note("L", "c", Some(7), None); // as old
        assert_eq!(dedup.len(), 7);
        assert_eq!(dedup.resolve(), [(0, Disposition::Replaced), (3, Disposition::Withdrawn)]);
    }

    proptest! {
        #[test]
        fn a_map_of_keys_agrees(records in proptest::collection::vec(
            (0..2_u8, 0..4_u8, proptest::option::of(-2..3_i64), any::<bool>()), 0..60)
        ) {
            let mut dedup = Dedup::new();
            // For each key: what holds, since when, and all its entries.
            let mut map = HashMap::<(u8, u8), (Option<Held>, Vec<u32>)>::new();
            for (number, &(list, key, updated, is_entry)) in (0..).zip(&records) {
                let entry = is_entry.then_some(number);
                dedup.note(["L", "M"][list as usize], ["a", "b", "c", "d"][key as usize], updated, entry);
                let (holds, entries) = map.entry((list, key)).or_default();
                entries.extend(entry);
                match (*holds, updated) {
                    (Some((Some(held), _)), Some(new)) if new < held => {}
                    _ => *holds = Some((updated, entry)),
                }
            }
            let mut expected: Vec<(u32, Disposition)> = map.into_values().flat_map(|(holds, entries)| {
                let holds = holds.and_then(|(_, entry)| entry);
                let disposition = if holds.is_some() { Disposition::Replaced } else { Disposition::Withdrawn };
                entries.into_iter().filter(move |entry| Some(*entry) != holds).map(move |entry| (entry, disposition))
            }).collect();
            expected.sort_unstable_by_key(|(entry, _)| *entry);
            prop_assert_eq!(dedup.resolve(), expected);
        }
    }
}
