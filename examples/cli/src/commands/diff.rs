//! `lookalike index diff`: which entries one index has and another has not.
//!
//! Both are gone through in the same order, entry by entry, so that memory does not grow with what differs.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use lookalike::entry::{Digest, Role};
use lookalike::hash::Profile;
use lookalike::index::{InOrder, Index, IndexError, Listed};
use lookalike::store::EntryDigests;
use serde::Serialize;

use crate::args::Format;
use crate::args::diff::DiffArgs;
use crate::exit::{Exit, Failure};
use crate::index_file;
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::report::csv::{row, safe};
use crate::report::jsonl::write_line;
use crate::summary::{entries, grouped};
use lookalike::mmap::FileBytes;

/// Compares two indexes.
///
/// # Errors
///
/// When an index cannot be read or is refused, when they are of different profiles, or when the result cannot be written.
pub(crate) fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let (before, after) = (index_file::open(&args.before)?, index_file::open(&args.after)?);
    if before.profile() != after.profile() {
        return Err(Failure::new(format!(
            "{} holds hashes of profile {}, {} of profile {}: only indexes of one profile can be compared",
            shown(&args.before),
            before.profile(),
            shown(&args.after),
            after.profile(),
        )));
    }
    by_width!(before.profile(), compare(args, &before, &after))
}

fn compare<const N: usize>(
    args: &DiffArgs,
    before: &Index<FileBytes>,
    after: &Index<FileBytes>,
) -> Result<Exit, Failure> {
    let roles = changed_roles(
        &lists(before).map_err(|error| damaged(&args.before, error))?,
        &lists(after).map_err(|error| damaged(&args.after, error))?,
    );
    let [all_before, all_after] = [(before, &args.before), (after, &args.after)]
        .map(|(index, path)| index.in_order::<N>().map_err(|error| damaged(path, error)));
    let mut out = Output::open(None)?;
    let mut counts = Counts::default();
    let mut written = if args.format == Format::Csv { row(&mut out, COLUMNS) } else { Ok(()) };
    let merged = merge(args, before.profile(), &all_before?, &all_after?, |difference| {
        counts.add(&difference);
        written = match args.format {
            _ if written.is_err() => return false,
            Format::Text => Ok(()),
            Format::Csv => write_csv(&mut out, &difference),
            Format::Jsonl => write_line(&mut out, &Line::from(&difference)),
        };
        written.is_ok()
    })?;
    if let Some((same, digests)) = &merged {
        let text = counts.text(*same, &roles) + &words(digests);
        match args.format {
            Format::Text => written = written.and_then(|()| out.write_all(text.as_bytes())),
            Format::Csv | Format::Jsonl => eprint!("{text}"),
        }
    }
    Output::ended("standard output", written.and_then(|()| out.finish()))?;
    Ok(if merged.is_some() && counts.is_empty() && roles.is_empty() { Exit::Clean } else { Exit::Matched })
}

fn damaged(path: &Path, error: IndexError) -> Failure {
    Failure::new(format!("{}: {error}", shown(path)))
}

/// The lists of an index, by name, with their roles.
fn lists(index: &Index<FileBytes>) -> Result<BTreeMap<String, Role>, IndexError> {
    index.lists().map(|list| list.map(|list| (list.name.to_owned(), list.role))).collect()
}

/// Lists that are in both and have another role.
fn changed_roles(before: &BTreeMap<String, Role>, after: &BTreeMap<String, Role>) -> Vec<(String, Role, Role)> {
    let both = before.iter().filter_map(|(name, role)| Some((name.clone(), *role, *after.get(name)?)));
    both.filter(|(_, before, after)| before != after).collect()
}

/// What became of an entry.
#[derive(Clone, Copy, Debug)]
enum Change {
    Added,
    Removed,
    /// It has other digests.
    Changed,
}

impl Change {
    const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// An entry that differs, and those of its digests that do.
struct Difference<'a, const N: usize> {
    change: Change,
    entry: &'a Listed<'a, N>,
    added: Vec<Digest>,
    removed: Vec<Digest>,
}

/// What to say of the digests: machines that agree in them have the same entries, without showing any.
fn words([before, after]: &[EntryDigests; 2]) -> String {
    let (before, after) = (before.whole(), after.whole());
    if before == after {
        format!("the entry digests are equal: {after}\n")
    } else {
        format!("the entry digest was {before}\nand is           {after}\n")
    }
}

/// Visits every difference in order; returns how many entries are the same, and the digests of all entries before and after, or
/// nothing where a visit ended it.
fn merge<const N: usize>(
    args: &DiffArgs,
    profile: Profile,
    before: &InOrder<'_, N>,
    after: &InOrder<'_, N>,
    mut visit: impl FnMut(Difference<'_, N>) -> bool,
) -> Result<Option<(u64, [EntryDigests; 2])>, Failure> {
    let (mut before, mut after) = (before.iter(), after.iter());
    let (mut all_before, mut all_after) = (EntryDigests::new(profile), EntryDigests::new(profile));
    let mut next_before = || before.next().transpose().map_err(|error| damaged(&args.before, error));
    let mut next_after = || after.next().transpose().map_err(|error| damaged(&args.after, error));
    let (mut left, mut right) = (next_before()?, next_after()?);
    let mut same = 0;
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok(Some((same, [all_before, all_after]))),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.compare(right),
        };
        let digests = |of: &Option<Listed<'_, N>>| of.iter().flat_map(Listed::digests).collect::<Vec<_>>();
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        let (change, entry) = match order {
            Ordering::Less => {
                removed = digests(&left);
                (Change::Removed, &left)
            }
            Ordering::Greater => {
                added = digests(&right);
                (Change::Added, &right)
            }
            Ordering::Equal => {
                let (old, new) = (digests(&left), digests(&right));
                // few: a published entry has one of each kind
                removed.extend(old.iter().filter(|digest| !new.contains(digest)));
                added.extend(new.iter().filter(|digest| !old.contains(digest)));
                (Change::Changed, &right)
            }
        };
        match entry {
            Some(entry) if order.is_ne() || !removed.is_empty() || !added.is_empty() => {
                if !visit(Difference { change, entry, added, removed }) {
                    return Ok(None);
                }
            }
            _ => same += 1,
        }
        if order.is_le() {
            left.iter().for_each(|entry| all_before.add(entry.hash, &entry.source, entry.digests()));
            left = next_before()?;
        }
        if order.is_ge() {
            right.iter().for_each(|entry| all_after.add(entry.hash, &entry.source, entry.digests()));
            right = next_after()?;
        }
    }
}

/// How many entries differ, by list and classification.
#[derive(Debug, Default)]
struct Counts {
    by_list: BTreeMap<(String, String), [u64; 3]>,
    all: [u64; 3],
}

impl Counts {
    fn add<const N: usize>(&mut self, difference: &Difference<'_, N>) {
        let source = &difference.entry.source;
        let of_list = self.by_list.entry((source.list.to_owned(), source.classification.to_owned())).or_default();
        for [added, removed, changed] in [of_list, &mut self.all] {
            *match difference.change {
                Change::Added => added,
                Change::Removed => removed,
                Change::Changed => changed,
            } += 1;
        }
    }

    fn is_empty(&self) -> bool {
        self.by_list.is_empty()
    }

    fn text(&self, same: u64, roles: &[(String, Role, Role)]) -> String {
        let line = |counts: [String; 3], what: &str| {
            let [added, removed, changed] = counts;
            format!("{added:>12} {removed:>12} {changed:>12}  {what}\n")
        };
        let mut text = String::new();
        if !self.is_empty() {
            text += &line(["added", "removed", "changed"].map(str::to_owned), "list, classification");
            for ((list, classification), counts) in &self.by_list {
                let separator = if classification.is_empty() { "" } else { ", " };
                let what = format!("{}{separator}{}", shown_text(list), shown_text(classification));
                text += &line(counts.map(grouped), &what);
            }
            text += &line(self.all.map(grouped), "in all");
        }
        for (list, before, after) in roles {
            text.push_str(&format!("the role of list {} was {before} and is {after}\n", shown_text(list)));
        }
        let none = if self.is_empty() && roles.is_empty() { "no difference: " } else { "" };
        text.push_str(&format!("{none}{} in both\n", entries(same)));
        text
    }
}

const COLUMNS: [&str; 11] = [
    "change",
    "list",
    "entry",
    "classification",
    "owner",
    "jurisdiction",
    "opinion",
    "role",
    "hash",
    "digests_added",
    "digests_removed",
];

/// A difference as it stands in JSONL.
#[derive(Serialize)]
struct Line<'a> {
    change: &'static str,
    list: &'a str,
    entry: &'a str,
    classification: &'a str,
    owner: &'a str,
    jurisdiction: &'a str,
    opinion: &'static str,
    role: &'static str,
    hash: Option<String>,
    digests_added: Vec<String>,
    digests_removed: Vec<String>,
}

impl<'a, const N: usize> From<&Difference<'a, N>> for Line<'a> {
    fn from(difference: &Difference<'a, N>) -> Self {
        let Difference { change, entry, added, removed } = difference;
        let named = |digests: &[Digest]| digests.iter().map(|digest| format!("{}:{digest}", digest.kind())).collect();
        Self {
            change: change.name(),
            list: entry.source.list,
            entry: entry.source.id,
            classification: entry.source.classification,
            owner: entry.source.owner,
            jurisdiction: entry.source.jurisdiction,
            opinion: entry.source.opinion.name(),
            role: entry.source.role.name(),
            hash: entry.hash.map(|hash| hash.to_string()),
            digests_added: named(added),
            digests_removed: named(removed),
        }
    }
}

/// A row; digests stand in one cell, with spaces between.
fn write_csv<const N: usize>(out: &mut dyn Write, difference: &Difference<'_, N>) -> io::Result<()> {
    let line = Line::from(difference);
    let texts = [line.list, line.entry, line.classification, line.owner, line.jurisdiction].map(safe);
    let (added, removed) = (line.digests_added.join(" "), line.digests_removed.join(" "));
    let tail = [line.opinion, line.role, line.hash.as_deref().unwrap_or(""), &added, &removed];
    row(out, [line.change].into_iter().chain(texts.iter().map(|text| &**text)).chain(tail))
}
