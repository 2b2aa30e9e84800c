//! Plain lines for a person: matches and problems, one line each; clean files only when asked for. No hashes.

use std::io::{self, Write};

use lookalike::check::Match;
use lookalike::matching::Rule;

use super::Report;
use crate::names::{shown, shown_text};
use crate::record::{Ending, Record, each_once};

/// The `text` format of `scan`.
#[derive(Debug)]
pub(crate) struct ScanText {
    /// Clean files get a line as well.
    pub(crate) verbose: bool,
}

impl Report for ScanText {
    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        let (path, ending) = (shown(&record.path), record.ending());
        match ending {
            Ending::Match | Ending::Test => {
                let word = if ending == Ending::Match { "MATCH" } else { "TEST" };
                let mut sentences =
                    each_once(record.matches()).map(|found| sentence(found, &record)).chain(record.detail());
                sentences.try_for_each(|text| writeln!(out, "{word:<12} {path}: {text}"))
            }
            Ending::NoMatch if !self.verbose => Ok(()),
            Ending::NoMatch | Ending::Hashed => writeln!(out, "{:<12} {path}", ending.words()),
            _ => {
                let detail = record.detail().unwrap_or_else(|| "no reason is known".to_owned());
                writeln!(out, "{:<12} {path}: {}", ending.words(), shown_text(&detail))
            }
        }?;
        let mut held = each_once(record.held()).map(|found| held_sentence(found, &record));
        held.try_for_each(|text| writeln!(out, "{:<12} {path}: {text}", "held back"))
    }
}

/// The sentence of an entry that was held back, and by what: `... held back by quorum_lists (1 of 2)`.
pub(crate) fn held_sentence(found: &Match, record: &Record) -> String {
    let rules = record.report().and_then(lookalike::Report::rules);
    let lacking = rules.map_or(&[][..], |rules| &rules.lacking);
    let allowed = rules.and_then(|rules| rules.allowed_by.first());
    let reasons: Vec<_> = found
        .held_by
        .iter()
        .map(|rule| match (rule, allowed) {
            (Rule::AllowExact | Rule::AllowNear, Some(by)) => format!("{rule} ({})", shown_text(&by.entry.list)),
            _ => {
                let mut counts = lacking.iter().filter_map(|text| text.strip_prefix(rule.name())?.strip_prefix(": "));
                counts.next().map_or_else(|| rule.to_string(), |count| format!("{rule} ({count})"))
            }
        })
        .collect();
    format!("{}; held back by {}", sentence(found, record), reasons.join(", "))
}

/// `4 of 256 bits from entry 17 of list harmless (A1), after rotate90`: turned so, the picture looks like the entry.
pub(crate) fn sentence(found: &Match, record: &Record) -> String {
    let mut text = match found.distance {
        _ if found.is_exact() => format!("same {} as", found.by_name()),
        0 => "same hash as".to_owned(),
        distance => format!("{distance} of {} bits from", record.report().map_or(0, |report| report.profile().bits())),
    };
    text.push_str(" entry ");
    text.push_str(&shown_text(if found.entry.id.is_empty() { "(no id)" } else { &found.entry.id }));
    text.push_str(" of list ");
    text.push_str(&shown_text(if found.entry.list.is_empty() { "(no name)" } else { &found.entry.list }));
    if !found.entry.classification.is_empty() {
        text.push_str(" (");
        text.push_str(&shown_text(&found.entry.classification));
        text.push(')');
    }
    if let Some(class) = &found.class {
        text.push_str(": ");
        text.push_str(&shown_text(class));
    }
    let view = found.view_name();
    if view != ORIGINAL && !found.is_exact() {
        text.push_str(", as ");
        text.push_str(&view);
    }
    if found.transform.name() != ORIGINAL {
        text.push_str(", after ");
        text.push_str(found.transform.name());
    }
    if !found.action.is_empty() {
        text.push_str("; action: ");
        text.push_str(&shown_text(&found.action));
    }
    text
}

/// The view and the transform that need no word.
const ORIGINAL: &str = "original";

/// The `text` format of `hash`: `HEX,QUALITY,PATH`, as Meta's tool prints; or eight lines `HEX,QUALITY,TRANSFORM,PATH`.
#[derive(Debug)]
pub(crate) struct HashText {
    pub(crate) dihedral: bool,
}

impl Report for HashText {
    fn record(&mut self, out: &mut dyn Write, record: Record) -> io::Result<()> {
        let path = shown(&record.path);
        record.hashes().iter().try_for_each(|hashes| {
            let quality = hashes.quality();
            hashes.hex().try_for_each(|(transform, hash)| match self.dihedral {
                true => writeln!(out, "{hash},{quality},{transform},{path}"),
                false => writeln!(out, "{hash},{quality},{path}"),
            })
        })
    }
}
