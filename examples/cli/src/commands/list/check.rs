//! `lookalike list check`: what an import would take, merge, withdraw and leave out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use lookalike::entry::{DigestKind, Opinion};
use lookalike::hash::Profile;
use lookalike::lists::{Dedup, Record};
use serde::Serialize;

use crate::args::{ListCheckArgs, ListCheckFormat};
use crate::exit::{Exit, Failure};
use crate::lists::{self, Tally};
use crate::names::shown_text;
use crate::output::Output;
use crate::report::jsonl::write_line;
use crate::summary::{counted, grouped};

/// How many bad records of a reason are shown.
const SHOWN: usize = 3;

pub(super) fn run(args: &ListCheckArgs) -> Result<Exit, Failure> {
    match args.profile.bits() {
        64 => check::<8>(args),
        _ => check::<32>(args),
    }
}

fn check<const N: usize>(args: &ListCheckArgs) -> Result<Exit, Failure> {
    let specs = args.lists.iter().map(|argument| lists::parse(argument)).collect::<Result<Vec<_>, _>>()?;
    let mut dedup = Dedup::new();
    let (mut entries, mut last) = (0_u32, None);
    let mut tallies = Vec::new();
    for spec in &specs {
        let tally = lists::read::<N>(spec, args.profile, &mut |record| {
            dedup.add(record, entries);
            if let Record::Entry(_) = record {
                last = Some(entries);
                entries = entries.checked_add(1).ok_or("these are more entries than fit into one index")?;
            }
            Ok(())
        })?;
        tallies.push((tally, last));
    }
    lists::settle(&mut tallies, &dedup.resolve());

    let mut out = Output::open(None)?;
    let mut written = Ok(());
    for (tally, _) in &tallies {
        written = written.and_then(|()| match args.format {
            ListCheckFormat::Text => out.write_all(text(tally, args.profile).as_bytes()),
            ListCheckFormat::Jsonl => write_line(&mut out, &Checked::new(tally, args.profile)),
        });
    }
    Output::ended("standard output", written.and_then(|()| out.finish()))?;
    let is_bad = tallies.iter().any(|(tally, _)| tally.bad_count() > 0);
    Ok(if is_bad { Exit::NotChecked } else { Exit::Clean })
}

fn text(tally: &Tally, profile: Profile) -> String {
    let summary = &tally.summary;
    let mut text = format!(
        "{} ({}): {} in {}\n",
        tally.name,
        tally.format,
        counted(summary.records(), "record"),
        counted(summary.lines(), "line")
    );
    let mut line = |name: &str, count: u64, words: &str| push(&mut text, name, &grouped(count), words);
    let mut holds = vec![format!("{} with a {profile} hash", grouped(summary.hashes()))];
    holds.extend(DigestKind::ALL.map(|kind| format!("{} {kind}", grouped(summary.digests(kind)))));
    line("entries", summary.entries(), &holds.join(", "));
    line(
        "taken",
        summary.entries() - tally.replaced - tally.withdrawn,
        "entries that no later record replaces or withdraws",
    );
    line("replaced", tally.replaced, "entries, by a later record of the same key");
    line("withdrawn", tally.withdrawn, &format!("entries, of {}", counted(summary.withdrawals(), "withdrawal")));
    line("duplicates", tally.duplicates, "entries of the same hash and digests as another; all are kept as sources");
    line("PhotoDNA", summary.photodna(), "values, kept and not looked up");
    line("left out", summary.left_out(), "");
    for (why, count) in tally.left_out.iter() {
        line("", count, &why);
    }
    line(
        "quarantined",
        summary.quarantined(),
        &match summary.partial() {
            0 => String::new(),
            parts => format!("and {} of entries that are taken without", counted(parts, "part")),
        },
    );
    for bad in &tally.bad {
        for (at, first) in bad.first.iter().take(SHOWN).enumerate() {
            let count = if at == 0 { grouped(bad.count) } else { String::new() };
            push(&mut text, "", &count, &shown_text(first));
        }
    }
    let mut words = |name: &str, words: Vec<(String, u64)>| {
        for (at, (word, count)) in words.into_iter().enumerate() {
            let word = if word.is_empty() { "(none)" } else { &word };
            push(&mut text, if at == 0 { name } else { "" }, &grouped(count), word);
        }
    };
    words("opinions", opinions(tally).map(|(opinion, count)| (opinion.to_string(), count)).collect());
    words("classes", tally.classes.iter().collect());
    text
}

/// A line of what `check` prints.
fn push(text: &mut String, name: &str, count: &str, words: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{}", format!("  {name:<12}{count:>13}  {words}").trim_end());
}

/// The opinions that entries have.
fn opinions(tally: &Tally) -> impl Iterator<Item = (Opinion, u64)> {
    Opinion::ALL.into_iter().zip(tally.opinions).filter(|(_, count)| *count > 0)
}

/// What JSONL says of a list.
#[derive(Serialize)]
struct Checked<'a> {
    list: &'a str,
    format: &'static str,
    profile: &'static str,
    lines: u64,
    records: u64,
    entries: u64,
    taken: u64,
    replaced: u64,
    withdrawn: u64,
    withdrawals: u64,
    duplicates: u64,
    hashes: u64,
    digests: BTreeMap<&'static str, u64>,
    photodna: u64,
    left_out: u64,
    left_out_why: BTreeMap<String, u64>,
    quarantined: u64,
    partial: u64,
    quarantined_why: Vec<Reason<'a>>,
    opinions: BTreeMap<&'static str, u64>,
    classes: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Reason<'a> {
    count: u64,
    first: &'a [String],
}

impl<'a> Checked<'a> {
    fn new(tally: &'a Tally, profile: Profile) -> Self {
        let summary = &tally.summary;
        let reason = |bad: &'a lists::Bad| Reason {
            count: bad.count,
            first: bad.first.get(..bad.first.len().min(SHOWN)).unwrap_or_default(),
        };
        Self {
            list: &tally.name,
            format: tally.format.name(),
            profile: profile.name(),
            lines: summary.lines(),
            records: summary.records(),
            entries: summary.entries(),
            taken: summary.entries() - tally.replaced - tally.withdrawn,
            replaced: tally.replaced,
            withdrawn: tally.withdrawn,
            withdrawals: summary.withdrawals(),
            duplicates: tally.duplicates,
            hashes: summary.hashes(),
            digests: DigestKind::ALL.into_iter().map(|kind| (kind.name(), summary.digests(kind))).collect(),
            photodna: summary.photodna(),
            left_out: summary.left_out(),
            left_out_why: tally.left_out.iter().collect(),
            quarantined: summary.quarantined(),
            partial: summary.partial(),
            quarantined_why: tally.bad.iter().map(reason).collect(),
            opinions: opinions(tally).map(|(opinion, count)| (opinion.name(), count)).collect(),
            classes: tally.classes.iter().collect(),
        }
    }
}
