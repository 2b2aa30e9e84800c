//! What benign pictures lie near, counted while their records come in.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use serde::Serialize;

use crate::names::shown_text;
use crate::record::Record;
use crate::report::Report;
use crate::summary::entries;

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

    /// What to call it where nothing shows that it is a name.
    pub(super) fn shown(&self) -> String {
        if self.name.is_empty() { "(no name)".to_owned() } else { shown_text(&self.name) }
    }

    /// `List known, 3 entries`.
    pub(super) fn title(&self) -> String {
        format!("List {}, {}", self.shown(), entries(self.entries))
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
