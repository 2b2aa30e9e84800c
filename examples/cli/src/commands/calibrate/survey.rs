//! What benign pictures lie near, counted while their records come in.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use crate::record::Record;
use crate::report::Report;

/// The counts.
#[derive(Debug)]
pub(super) struct Survey {
    /// Up to which distance was looked, and from which on an entry counts as matching.
    pub(super) widest: u32,
    pub(super) radius: u32,
    /// All lists that count together, and each for itself.
    pub(super) all: Tally,
    pub(super) lists: Vec<Tally>,
    /// Pictures that were checked.
    pub(super) pictures: u64,
    /// Of them those whose hash some picture before had too.
    pub(super) repeated: u64,
    entries: HashMap<(String, String), Sticky>,
    hashes: HashSet<u128>,
}

/// How many pictures lie how far from the nearest entry of a list.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) name: String,
    pub(super) entries: u64,
    /// By distance, from 0 to the widest.
    nearest: Vec<u64>,
}

impl Tally {
    /// Nothing counted yet.
    pub(super) fn new(name: &str, entries: u64, widest: u32) -> Self {
        Self { name: name.to_owned(), entries, nearest: vec![0; widest as usize + 1] }
    }

    /// How many pictures lie within a radius.
    pub(super) fn within(&self, radius: u32) -> u64 {
        self.nearest.iter().take(radius as usize + 1).sum()
    }

    /// Counts a picture that lies so far from its nearest entry.
    pub(super) fn add(&mut self, distance: u32) {
        if let Some(count) = self.nearest.get_mut(distance as usize) {
            *count += 1;
        }
    }
}

/// An entry and the pictures that it matches within the radius in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sticky {
    pub(super) list: String,
    pub(super) entry: String,
    pub(super) pictures: u64,
    pub(super) nearest: u32,
}

impl Survey {
    /// Nothing counted yet; `lists` are those that count.
    pub(super) fn new(lists: Vec<Tally>, radius: u32, widest: u32) -> Self {
        let entries = lists.iter().map(|list| list.entries).sum();
        Self {
            widest,
            radius,
            all: Tally::new("", entries, widest),
            lists,
            pictures: 0,
            repeated: 0,
            entries: HashMap::new(),
            hashes: HashSet::new(),
        }
    }

    /// Counts a picture.
    fn add(&mut self, record: &Record) {
        self.pictures += 1;
        let hash = record.hashes.first().and_then(|hashed| hashed.hash.as_deref());
        if let Some(hash) = hash {
            // half of a hash tells pictures apart, and is never printed
            let digits = hash.get(..hash.len().min(32)).unwrap_or(hash);
            self.repeated += u64::from(!self.hashes.insert(u128::from_str_radix(digits, 16).unwrap_or(0)));
        }
        let mut distances: Vec<Option<u32>> = vec![None; self.lists.len()];
        let mut seen = HashSet::new();
        // nearest first
        for found in &record.matches {
            let Some(at) = self.lists.iter().position(|list| list.name == found.list) else { continue };
            if let Some(distance) = distances.get_mut(at) {
                distance.get_or_insert(found.distance);
            }
            if found.distance <= self.radius && seen.insert((&found.list, &found.entry)) {
                let key = (found.list.clone(), found.entry.clone());
                let sticky = self.entries.entry(key).or_insert_with(|| Sticky {
                    list: found.list.clone(),
                    entry: found.entry.clone(),
                    pictures: 0,
                    nearest: u32::MAX,
                });
                sticky.pictures += 1;
                sticky.nearest = sticky.nearest.min(found.distance);
            }
        }
        for (list, distance) in self.lists.iter_mut().zip(&distances) {
            distance.iter().for_each(|&distance| list.add(distance));
        }
        distances.iter().flatten().min().into_iter().for_each(|&distance| self.all.add(distance));
    }

    /// The entries that match at least so many pictures within the radius in use, those that match most first.
    pub(super) fn sticky(&self, least: u64) -> Vec<Sticky> {
        let mut sticky: Vec<_> = self.entries.values().filter(|sticky| sticky.pictures >= least).cloned().collect();
        sticky.sort_by(|a, b| {
            let key = |it: &Sticky| (std::cmp::Reverse(it.pictures), it.nearest);
            key(a).cmp(&key(b)).then_with(|| (&a.list, &a.entry).cmp(&(&b.list, &b.entry)))
        });
        sticky
    }
}

impl Report for Survey {
    fn record(&mut self, _out: &mut dyn Write, record: &Record) -> io::Result<()> {
        if record.outcome.is_checked() {
            self.add(record);
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::record::{Match, Outcome};
    use lookalike::hash::Profile;
    use lookalike::index::Source;

    fn near(list: &str, entry: &str, distance: u32) -> Match {
        Match::new(distance, String::new(), &Source { list, id: entry, ..Source::default() })
    }

    fn record(outcome: Outcome, matches: Vec<Match>) -> Record {
        let mut record = Record::new("x".into(), &[Profile::Pdq], outcome, None);
        record.matches = matches;
        record
    }

    fn survey() -> Survey {
        Survey::new(vec![Tally::new("a", 10, 64), Tally::new("b", 10, 64)], 31, 64)
    }

    #[test]
    fn a_picture_counts_once_for_each_list_with_its_nearest_distance() {
        let mut survey = survey();
        let pictures = [
            record(Outcome::Match, vec![near("a", "1", 4), near("a", "2", 8), near("b", "1", 40)]),
            record(Outcome::Match, vec![near("a", "1", 20), near("a", "1", 22)]),
            record(Outcome::NoMatch, vec![]),
            record(Outcome::Corrupt, vec![]),
            record(Outcome::LowQuality, vec![]),
        ];
        for picture in &pictures {
            survey.record(&mut Vec::new(), picture).unwrap();
        }
        assert_eq!(survey.pictures, 3, "what was not checked is no benign picture that does not match");
        let within = |tally: &Tally| [3, 4, 19, 20, 39, 40, 64].map(|radius| tally.within(radius));
        assert_eq!(within(&survey.all), [0, 1, 1, 2, 2, 2, 2]);
        assert_eq!(within(&survey.lists[0]), [0, 1, 1, 2, 2, 2, 2]);
        assert_eq!(within(&survey.lists[1]), [0, 0, 0, 0, 0, 1, 1]);
        let sticky = survey.sticky(2);
        assert_eq!(sticky.len(), 1);
        assert_eq!((&*sticky[0].list, &*sticky[0].entry, sticky[0].pictures, sticky[0].nearest), ("a", "1", 2, 4));
        assert_eq!(survey.sticky(1).len(), 2, "an entry beyond the radius in use does not stick");
    }

    #[test]
    fn lists_that_do_not_count_do_not_count() {
        let mut survey = survey();
        survey.record(&mut Vec::new(), &record(Outcome::Match, vec![near("allow", "1", 0)])).unwrap();
        assert_eq!((survey.pictures, survey.all.within(64), survey.sticky(1).len()), (1, 0, 0));
    }
}
