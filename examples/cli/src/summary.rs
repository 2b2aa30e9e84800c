//! The counts of a run, and the words in which they are told.

use std::fmt::Write as _;
use std::time::Duration;

use crate::exit::Exit;
use crate::record::{Ending, Record};

/// How many links that lead out are named; the rest is counted.
const LINKS_NAMED: usize = 10;

/// What happened to all files of a run.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    counts: [u64; Ending::ALL.len()],
    bytes: u64,
    /// Findings that rules held back, and the files that have any.
    held: u64,
    held_files: u64,
    links_inside: u64,
    links_out: u64,
    links_named: Vec<String>,
    /// Set by Ctrl-C: not everything that was named was reached.
    pub(crate) interrupted: bool,
    /// Unsupported files do not change the exit code.
    ignore_unsupported: bool,
    /// Why the names on standard input could not be read to their end.
    pub(crate) broken_input: Option<String>,
}

impl Summary {
    /// Begins counting; `ignore_unsupported`: unsupported files do not change the exit code.
    pub(crate) fn new(ignore_unsupported: bool) -> Self {
        Self { ignore_unsupported, ..Self::default() }
    }

    /// Counts one record.
    pub(crate) fn add(&mut self, record: &Record) {
        self.count_one(record.ending());
        let rules = record.report().and_then(lookalike::Report::rules);
        self.held += rules.map_or(0, |rules| rules.held as u64);
        self.held_files += u64::from(!record.held().is_empty());
        self.bytes += record.bytes_read();
        if record.is_link {
            self.links_out += 1;
            if self.links_named.len() < LINKS_NAMED {
                self.links_named.push(crate::names::shown(&record.path));
            }
        }
    }

    #[expect(clippy::indexing_slicing, reason = "there is a count for each ending")]
    const fn count_one(&mut self, ending: Ending) {
        self.counts[ending as usize] += 1;
    }

    /// Counts a link whose target is checked where it lies.
    pub(crate) const fn add_link_inside(&mut self) {
        self.links_inside += 1;
    }

    /// Files with this ending.
    #[expect(clippy::indexing_slicing, reason = "there is a count for each ending")]
    pub(crate) fn count(&self, ending: Ending) -> u64 {
        self.counts[ending as usize]
    }

    /// All files.
    pub(crate) fn files(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Files of which nothing can be said.
    pub(crate) fn not_checked(&self) -> u64 {
        Ending::ALL.into_iter().filter(|outcome| !outcome.is_checked()).map(|outcome| self.count(outcome)).sum()
    }

    /// The exit code these counts deserve.
    pub(crate) fn exit(&self) -> Exit {
        let ignored = if self.ignore_unsupported { self.count(Ending::Unsupported) } else { 0 };
        if self.count(Ending::Match) + self.count(Ending::Test) > 0 {
            Exit::Matched
        } else if self.files() == 0 || self.interrupted || self.broken_input.is_some() || self.not_checked() > ignored {
            Exit::NotChecked
        } else {
            Exit::Clean
        }
    }

    /// The whole summary of a scan for the person at the terminal, ending with what was not checked.
    pub(crate) fn text(&self, took: Duration) -> String {
        let mut text = String::new();
        if self.interrupted {
            text.push_str("Interrupted: what follows is the state so far.\n");
        }
        let _ = writeln!(text, "Scanned {} in {}.", counted(self.files(), "file"), self.speed(took));
        let is_told = |outcome: &Ending| match outcome {
            Ending::Hashed => false,
            Ending::Test => self.count(Ending::Test) > 0,
            _ => true,
        };
        for outcome in Ending::ALL.into_iter().filter(is_told) {
            let _ = writeln!(text, "  {:<12}{:>9}", outcome.words(), self.count(outcome));
        }
        if self.held > 0 {
            let (findings, files) = (counted(self.held, "finding"), counted(self.held_files, "file"));
            let _ = writeln!(text, "{findings} held back by the policy, in {files}.");
        }
        if self.count(Ending::Test) > 0 {
            let tests = counted(self.count(Ending::Test), "file");
            let alone = if self.count(Ending::Match) == 0 { " Nothing else matched." } else { "" };
            let _ =
                writeln!(text, "TEST: {tests} of lists made for testing, which is no abuse: the alarm works.{alone}");
        }
        if self.links_inside > 0 {
            let _ = writeln!(text, "Passed over {}: the targets were checked where they lie.", self.links_words());
        }
        self.push_links_out(&mut text);
        text.push_str(&self.not_checked_words());
        text
    }

    fn links_words(&self) -> String {
        counted(self.links_inside, "symbolic link")
    }

    fn push_links_out(&self, text: &mut String) {
        if self.links_out == 0 {
            return;
        }
        let _ = writeln!(text, "Did not follow {}:", counted(self.links_out, "symbolic link"));
        for name in &self.links_named {
            let _ = writeln!(text, "  {name}");
        }
        let more = self.links_out - self.links_named.len() as u64;
        if more > 0 {
            let _ = writeln!(text, "  and {} more", grouped(more));
        }
    }

    /// One plain sentence about what nobody may call clean.
    pub(crate) fn not_checked_words(&self) -> String {
        let mut parts = Vec::new();
        let mut part = |ending: Ending, words: &str| {
            let count = self.count(ending);
            if count > 0 {
                parts.push(format!("{} {words}", grouped(count)));
            }
        };
        part(Ending::PartlyChecked, "compared only in part");
        part(Ending::LowQuality, "too featureless to be compared");
        part(Ending::Unsupported, "not in a picture format that is read");
        part(Ending::Corrupt, "broken");
        part(Ending::OverLimit, "larger than the limits");
        part(Ending::Unreadable, "unreadable");
        let mut text = match (self.files(), parts.is_empty()) {
            (0, _) if !self.interrupted => String::from("NOT CHECKED: there was no file to check.\n"),
            (_, true) => String::new(),
            _ => format!("NOT CHECKED: {} ({}).\n", counted(self.not_checked(), "file"), parts.join(", ")),
        };
        if self.interrupted {
            text.push_str("NOT CHECKED: everything that was not reached before the interruption.\n");
        }
        if let Some(why) = &self.broken_input {
            let _ = writeln!(text, "NOT CHECKED: the names on standard input after an error: {why}.");
        }
        if text.is_empty() {
            text.push_str("Everything was checked.\n");
        }
        text
    }

    fn speed(&self, took: Duration) -> String {
        let seconds = took.as_secs_f64().max(1e-9);
        #[expect(clippy::cast_precision_loss, reason = "counts shown with three digits")]
        let (files, megabytes) = (self.files() as f64 / seconds, self.bytes as f64 / seconds / 1e6);
        format!("{seconds:.1} s ({files:.0} files/s, {megabytes:.1} MB/s)")
    }
}

/// `1 file`, `2 files`, `12,345 files`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// `1 entry`, `2 entries`.
pub(crate) fn entries(count: u64) -> String {
    format!("{} {}", grouped(count), if count == 1 { "entry" } else { "entries" })
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(outcomes: &[Ending]) -> Summary {
        let mut summary = Summary::default();
        for outcome in outcomes {
            summary.count_one(*outcome);
        }
        summary
    }

    #[test]
    fn the_exit_code_never_calls_unchecked_clean() {
        use Ending::{Corrupt, LowQuality, Match, NoMatch, OverLimit, PartlyChecked, Unreadable, Unsupported};
        assert_eq!(summary(&[NoMatch, NoMatch]).exit(), Exit::Clean);
        assert_eq!(summary(&[]).exit(), Exit::NotChecked, "nothing was there to be checked");
        assert_eq!(summary(&[NoMatch, Match, Corrupt]).exit(), Exit::Matched);
        assert_eq!(summary(&[NoMatch, Ending::Test]).exit(), Exit::Matched);
        let told = summary(&[NoMatch, Ending::Test]).text(Duration::ZERO);
        assert!(told.contains("TEST: 1 file of lists made for testing, which is no abuse"), "{told}");
        assert!(!summary(&[NoMatch, Match]).text(Duration::ZERO).contains("test"));
        for outcome in [PartlyChecked, LowQuality, Unsupported, Corrupt, OverLimit, Unreadable] {
            assert_eq!(summary(&[NoMatch, outcome]).exit(), Exit::NotChecked, "{outcome:?}");
        }
        let ignoring = |outcomes| Summary { ignore_unsupported: true, ..summary(outcomes) }.exit();
        assert_eq!(ignoring(&[NoMatch, Unsupported]), Exit::Clean);
        assert_eq!(ignoring(&[Unsupported, Corrupt]), Exit::NotChecked);
        let interrupted = |outcomes| Summary { interrupted: true, ..summary(outcomes) }.exit();
        assert_eq!(interrupted(&[NoMatch]), Exit::NotChecked);
        assert_eq!(interrupted(&[Match]), Exit::Matched);
    }

    #[test]
    fn the_summary_says_what_was_not_checked() {
        use Ending::{Corrupt, NoMatch, Unsupported};
        let words = summary(&[NoMatch, Unsupported, Unsupported, Corrupt]).not_checked_words();
        assert_eq!(words, "NOT CHECKED: 3 files (2 not in a picture format that is read, 1 broken).\n");
        assert_eq!(summary(&[NoMatch]).not_checked_words(), "Everything was checked.\n");
        assert!(summary(&[]).not_checked_words().contains("no file"));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
