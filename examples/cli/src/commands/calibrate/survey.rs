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
    hashes: HashSet<Vec<u8>>,
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

    /// Counts a picture of this hash; what it is near comes nearest first.
    fn add<'f>(&mut self, hash: Option<&[u8]>, near: impl IntoIterator<Item = Near<'f>>) {
        self.pictures += 1;
        // Half of a hash tells pictures apart, and is never printed.
        let half = hash.map(|hash| hash.iter().take(16).copied().collect::<Vec<u8>>());
        self.repeated += half.map_or(0, |half| u64::from(!self.hashes.insert(half)));
        let mut distances: Vec<Option<u32>> = vec![None; self.lists.len()];
        let mut seen = HashSet::new();
        for found in near {
            let of_list = self.lists.iter().zip(&mut distances).find(|(list, _)| list.name == found.list);
            let Some((_, distance)) = of_list else { continue };
            distance.get_or_insert(found.distance);
            if found.distance <= self.radius && seen.insert((found.list, found.entry)) {
                let (list, entry) = (found.list.to_owned(), found.entry.to_owned());
                let key = (list.clone(), entry.clone());
                let sticky = Sticky { list, entry, pictures: 0, nearest: u32::MAX };
                let sticky = self.entries.entry(key).or_insert(sticky);
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

/// An entry that a picture is near.
#[derive(Clone, Copy, Debug)]
struct Near<'f> {
    list: &'f str,
    entry: &'f str,
    distance: u32,
}

impl Report for Survey {
    fn record(&mut self, _out: &mut dyn Write, record: Record) -> io::Result<()> {
        if record.ending().is_checked() {
            let hash = record.hashes().first().and_then(|hashes| hashes.iter().next()).map(|(_, hash)| hash);
            self.add(
                hash,
                record.matches().iter().map(|found| Near {
                    list: &found.entry.list,
                    entry: &found.entry.id,
                    distance: found.distance,
                }),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    const fn near(list: &'static str, entry: &'static str, distance: u32) -> Near<'static> {
        Near { list, entry, distance }
    }

    fn survey() -> Survey {
        Survey::new(vec![Tally::new("a", 10, 64), Tally::new("b", 10, 64)], 31, 64)
    }

    #[test]
    fn a_picture_counts_once_for_each_list_with_its_nearest_distance() {
        let mut survey = survey();
        survey.add(None, [near("a", "1", 4), near("a", "2", 8), near("b", "1", 40)]);
        survey.add(None, [near("a", "1", 20), near("a", "1", 22)]);
        survey.add(None, []);
        assert_eq!(survey.pictures, 3);
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
        survey.add(None, [near("allow", "1", 0)]);
        assert_eq!((survey.pictures, survey.all.within(64), survey.sticky(1).len()), (1, 0, 0));
    }
}
