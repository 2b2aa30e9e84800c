//! Plain lines for a person: matches and problems, one line each; clean files only when asked for. No hashes.

use std::io::{self, Write};

use super::Report;
use crate::names::{shown, shown_text};
use crate::record::{Match, Outcome, Record};

/// The `text` format of `scan`.
#[derive(Debug)]
pub(crate) struct ScanText {
    /// Clean files get a line as well.
    pub(crate) verbose: bool,
}

impl Report for ScanText {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        let path = shown(&record.path);
        match record.outcome {
            Outcome::Match => {
                let sentences = record.matches.iter().map(|found| sentence(found, record)).chain(record.detail.clone());
                sentences.into_iter().try_for_each(|text| writeln!(out, "{:<12} {path}: {text}", "MATCH"))
            }
            Outcome::NoMatch if !self.verbose => Ok(()),
            Outcome::NoMatch | Outcome::Hashed => writeln!(out, "{:<12} {path}", record.outcome.words()),
            _ => {
                let detail = record.detail.as_deref().unwrap_or("no reason is known");
                writeln!(out, "{:<12} {path}: {}", record.outcome.words(), shown_text(detail))
            }
        }
    }
}

/// `4 of 256 bits from entry 17 of list harmless (A1), after rotate90`: turned so, the picture looks like the entry.
pub(crate) fn sentence(found: &Match, record: &Record) -> String {
    let mut text = match found.distance {
        0 => "same hash as".to_owned(),
        distance => format!("{distance} of {} bits from", record.bits()),
    };
    text.push_str(" entry ");
    text.push_str(&shown_text(if found.entry.is_empty() { "(no id)" } else { &found.entry }));
    text.push_str(" of list ");
    text.push_str(&shown_text(if found.list.is_empty() { "(no name)" } else { &found.list }));
    if !found.classification.is_empty() {
        text.push_str(" (");
        text.push_str(&shown_text(&found.classification));
        text.push(')');
    }
    if found.view != ORIGINAL {
        text.push_str(", as ");
        text.push_str(&found.view);
    }
    if found.transform != ORIGINAL {
        text.push_str(", after ");
        text.push_str(found.transform);
    }
    text
}

/// The view and the transform that need no word.
const ORIGINAL: &str = "original";

/// The `text` format of `hash`: `HEX,QUALITY,PATH`, as Meta's tool prints; or eight lines `HEX,QUALITY,TRANSFORM,PATH`.
#[derive(Debug)]
pub(crate) struct HashText;

impl Report for HashText {
    fn record(&mut self, out: &mut dyn Write, record: &Record) -> io::Result<()> {
        let path = shown(&record.path);
        record.hashes.iter().try_for_each(|hashed| {
            let (Some(hash), Some(quality)) = (&hashed.hash, hashed.quality) else {
                return Ok(());
            };
            match &hashed.dihedral {
                None => writeln!(out, "{hash},{quality},{path}"),
                Some(hashes) => hashes
                    .iter()
                    .zip(lookalike::hash::Dihedral::ALL)
                    .try_for_each(|(hash, transform)| writeln!(out, "{hash},{quality},{transform},{path}")),
            }
        })
    }
}
