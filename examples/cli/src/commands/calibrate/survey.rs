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
