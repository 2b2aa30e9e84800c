//! Lists named on the command line: read by their specification, and counted.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufRead, BufReader};
use std::mem::{Discriminant, discriminant};
use std::ops::ControlFlow;
use std::path::Path;

use lookalike::entry::{DigestKind, Opinion};
use lookalike::hash::Profile;
use lookalike::lists::{self, Disposition, Format, ListSpec, Quarantined, Reason, Record, Summary, Why};
use serde_json::{Map, Value, json};

use crate::exit::Failure;
use crate::names::{shown, shown_text};

/// How many bad records of a reason are named; the rest is counted.
const NAMED: usize = 10;
/// How many of them `list check` shows.
const SHOWN: usize = 3;
/// How many different words of a list are counted apart: a list may hold a different one in every record.
const WORDS: usize = 100;

/// What became of one list.
#[derive(Debug)]
pub(crate) struct Tally {
    /// What to call it in messages.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) summary: Summary,
    /// Entries of the same hash and digests as another of this list; they are kept, as further sources.
    duplicates: u64,
    /// Entries that a later record of their key replaced, in whatever list of the same name.
    replaced: u64,
    /// Entries that a later record of their key withdrew.
    withdrawn: u64,
    /// Entries by opinion, in the order of [`Opinion::ALL`].
    opinions: [u64; Opinion::ALL.len()],
    /// Entries by classification; those without one apart.
    classes: Words,
    /// Why records were left out.
    left_out: Words,
    /// Bad records and parts by reason, in the order in which reasons were met.
    bad: Vec<Bad>,
}

/// The bad records of one reason.
#[derive(Debug)]
struct Bad {
    kind: Discriminant<Reason>,
    count: u64,
    /// The first of them: place and reason.
    first: Vec<String>,
}

/// Words and how often each was met.
#[derive(Debug, Default)]
struct Words {
    counts: BTreeMap<String, u64>,
    /// Occurrences of further words, when there were too many to count apart.
    others: u64,
}

impl Words {
    fn add(&mut self, word: &str) {
        if let Some(count) = self.counts.get_mut(word) {
            *count += 1;
        } else if self.counts.len() < WORDS {
            self.counts.insert(word.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// Each word with its count, fit to be shown.
    fn iter(&self) -> impl Iterator<Item = (String, u64)> {
        let others = (self.others > 0).then(|| ("others".to_owned(), self.others));
        self.counts.iter().map(|(word, count)| (shown_text(word), *count)).chain(others)
    }
}

/// Parses the argument that names a list.
///
/// # Errors
///
/// When it makes no sense.
pub(crate) fn parse(argument: &OsStr) -> Result<ListSpec, Failure> {
    ListSpec::parse(argument).map_err(|error| Failure::new(format!("list {}: {error}", shown(Path::new(argument)))))
}

/// Reads a list, counts what is in it, and hands on every record.
///
/// # Errors
///
/// When the list cannot be read, or the sink failed.
pub(crate) fn read<const N: usize>(
    spec: &ListSpec,
    profile: Profile,
    sink: &mut dyn FnMut(&Record<'_, N>) -> Result<(), String>,
) -> Result<Tally, Failure> {
    let is_input = spec.path.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { shown(&spec.path) };
    let reader: Box<dyn BufRead> = if is_input {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(&spec.path).map_err(|error| Failure::file("read the list", &spec.path, &error))?;
        Box::new(BufReader::with_capacity(1 << 17, file))
    };
    read_from(name, reader, spec, profile, sink)
}

/// The same of a list that is at hand.
///
/// # Errors
///
/// As [`read`].
pub(crate) fn read_from<const N: usize>(
    name: String,
    reader: Box<dyn BufRead>,
    spec: &ListSpec,
    profile: Profile,
    sink: &mut dyn FnMut(&Record<'_, N>) -> Result<(), String>,
) -> Result<Tally, Failure> {
    let (detected, reader) =
        Format::detect(reader, &spec.path).map_err(|error| Failure::file("read the list", &spec.path, &error))?;
    let format = spec.format.unwrap_or(detected);
    let mut tally = Tally {
        name,
        format,
        summary: Summary::default(),
        duplicates: 0,
        replaced: 0,
        withdrawn: 0,
        opinions: [0; Opinion::ALL.len()],
        classes: Words::default(),
        left_out: Words::default(),
        bad: Vec::new(),
    };
    let hasher = RandomState::new();
    let mut contents = Vec::new();
    let mut refused = None;
    let read = lists::read::<N, _>(format, reader, &spec.options, profile, &mut |record| {
        tally.count(&record);
        if let Record::Entry(entry) = &record {
            contents.push(hasher.hash_one((entry.hash, entry.digests)));
        }
        match sink(&record) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                let line = if let Record::Entry(entry) = &record { entry.line } else { 0 };
                refused = Some(Failure::new(format!("{}:{line}: {error}", tally.name)));
                ControlFlow::Break(())
            }
        }
    });
    let name = &tally.name;
    tally.summary = read.map_err(|error| Failure::new(format!("cannot read the list {name}: {error}")))?;
    if let Some(failure) = refused {
        return Err(failure);
    }
    contents.sort_unstable();
    tally.duplicates = contents.windows(2).filter(|pair| matches!(pair, [a, b] if a == b)).count() as u64;
    Ok(tally)
}

impl Tally {
    fn count<const N: usize>(&mut self, record: &Record<'_, N>) {
        match record {
            Record::Entry(entry) => {
                let place = Opinion::ALL.iter().position(|opinion| *opinion == entry.source.opinion);
                if let Some(count) = place.and_then(|place| self.opinions.get_mut(place)) {
                    *count += 1;
                }
                self.classes.add(entry.source.classification);
            }
            Record::LeftOut { why, .. } => match why {
                // A date each would be a word each.
                Why::Disabled { until: Some(_) } => self.left_out.add("the record is switched off until a time"),
                why => self.left_out.add(&why.to_string()),
            },
            Record::Quarantined(quarantined) => self.add_bad(quarantined),
            _ => {}
        }
    }

    fn add_bad(&mut self, quarantined: &Quarantined) {
        let kind = discriminant(&quarantined.reason);
        if !self.bad.iter().any(|bad| bad.kind == kind) {
            self.bad.push(Bad { kind, count: 0, first: Vec::new() });
        }
        if let Some(bad) = self.bad.iter_mut().find(|bad| bad.kind == kind) {
            bad.count += 1;
            if bad.first.len() < NAMED {
                let record = quarantined.record.map(|record| format!(" record {record}:")).unwrap_or_default();
                let rest = if quarantined.partial { ", the rest of the entry is taken" } else { "" };
                bad.first.push(format!("{}:{}:{record} {}{rest}", self.name, quarantined.line, quarantined.reason));
            }
        }
    }

    /// The opinions that entries have.
    pub(crate) fn opinions(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let opinions = Opinion::ALL.into_iter().zip(self.opinions).filter(|(_, count)| *count > 0);
        opinions.map(|(opinion, count)| (opinion.name(), count))
    }

    /// Everything there is to say of the list.
    pub(crate) fn values(&self) -> Value {
        let summary = &self.summary;
        let counts = |words: &mut dyn Iterator<Item = (String, u64)>| {
            words.map(|(word, count)| (word, count.into())).collect::<Map<String, Value>>()
        };
        let first =
            |bad: &Bad| json!({ "count": bad.count, "first": bad.first.iter().take(SHOWN).collect::<Vec<_>>() });
        json!({
            "list": self.name,
            "format": self.format.name(),
            "lines": summary.lines(),
            "records": summary.records(),
            "entries": summary.entries(),
            "taken": summary.entries() - self.replaced - self.withdrawn,
            "replaced": self.replaced,
            "withdrawn": self.withdrawn,
            "withdrawals": summary.withdrawals(),
            "duplicates": self.duplicates,
            "hashes": summary.hashes(),
            "digests": counts(&mut DigestKind::ALL.iter().map(|kind| (kind.to_string(), summary.digests(*kind)))),
            "photodna": summary.photodna(),
            "left_out": summary.left_out(),
            "left_out_why": counts(&mut self.left_out.iter()),
            "other_kinds": summary.other_kinds(),
            "other_classes": summary.other_classes(),
            "negative": summary.negative(),
            "disabled": summary.disabled(),
            "quarantined": summary.quarantined(),
            "partial": summary.partial(),
            "quarantined_why": self.bad.iter().map(first).collect::<Vec<_>>(),
            "opinions": counts(&mut self.opinions().map(|(word, count)| (word.to_owned(), count))),
            "classes": counts(&mut self.classes.iter()),
        })
    }

    /// Bad records, and bad parts of entries.
    pub(crate) const fn bad_count(&self) -> u64 {
        self.summary.quarantined() + self.summary.partial()
    }

    /// The first bad records of all reasons, as many as are named.
    pub(crate) fn first_bad(&self) -> impl Iterator<Item = &str> {
        self.bad.iter().flat_map(|bad| &bad.first).map(String::as_str).take(NAMED)
    }
}

/// Tells each list how many of its entries were replaced or withdrawn. Beside each list stands the last entry that was read until
/// its end; entries are in the order of reading.
pub(crate) fn settle<T: Copy + Ord>(tallies: &mut [(Tally, Option<T>)], left_out: &[(T, Disposition)]) {
    for (entry, disposition) in left_out {
        let list = tallies.partition_point(|(_, last)| last.is_none_or(|last| last < *entry));
        if let Some((tally, _)) = tallies.get_mut(list) {
            match disposition {
                Disposition::Replaced => tally.replaced += 1,
                _ => tally.withdrawn += 1,
            }
        }
    }
}
