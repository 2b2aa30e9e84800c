//! What is known of one file after it was examined: the unit of every report.

use std::path::PathBuf;

use lookalike::Report;
use lookalike::check::{Hashed, Hashes, Match};
use lookalike::decode::Header;
use lookalike::matching::Outcome;

/// One file's record.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) path: PathBuf,
    pub(crate) result: Examined,
    pub(crate) millis: f64,
    /// The number of the audit event, where the match was logged.
    pub(crate) audit: Option<u64>,
    /// A symbolic link that leads out of the tree; the summary counts it apart.
    pub(crate) is_link: bool,
}

/// What examining a file led to.
#[derive(Debug)]
pub(crate) enum Examined {
    /// It was compared with lists.
    Checked(Box<Report>),
    /// It was only hashed (the `hash` command).
    Hashed(Hashed),
}

/// The ending of a record, in the order in which summaries list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    Match,
    Test,
    NoMatch,
    Hashed,
    PartlyChecked,
    LowQuality,
    Unsupported,
    Corrupt,
    OverLimit,
    Unreadable,
}

impl Ending {
    pub(crate) const ALL: [Self; 10] = [
        Self::Match,
        Self::Test,
        Self::NoMatch,
        Self::Hashed,
        Self::PartlyChecked,
        Self::LowQuality,
        Self::Unsupported,
        Self::Corrupt,
        Self::OverLimit,
        Self::Unreadable,
    ];

    /// The words in text and HTML.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Test => "test",
            Self::NoMatch => "clean",
            Self::Hashed => "hashed",
            Self::PartlyChecked => "in part",
            Self::LowQuality => "low quality",
            Self::Unsupported => "unsupported",
            Self::Corrupt => "corrupt",
            Self::OverLimit => "over limit",
            Self::Unreadable => "unreadable",
        }
    }

    /// Returns true if the file was checked, so that the absence of a match means something.
    pub(crate) const fn is_checked(self) -> bool {
        matches!(self, Self::Match | Self::Test | Self::NoMatch | Self::Hashed)
    }

    /// Returns true if the whole file was read.
    const fn is_read(self) -> bool {
        self.is_checked() || matches!(self, Self::PartlyChecked | Self::LowQuality | Self::Corrupt)
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Match => Self::Match,
            Outcome::Test => Self::Test,
            Outcome::NoMatch(_) => Self::NoMatch,
            Outcome::PartlyChecked(_) => Self::PartlyChecked,
            Outcome::LowQuality { .. } => Self::LowQuality,
            Outcome::Unsupported { .. } => Self::Unsupported,
            Outcome::Corrupt { .. } => Self::Corrupt,
            Outcome::OverLimit { .. } => Self::OverLimit,
            // An outcome that is new is at least not clean.
            _ => Self::Unreadable,
        }
    }
}

impl Record {
    /// What became of the file, and its name in JSONL and CSV.
    pub(crate) fn outcome(&self) -> (Ending, &'static str) {
        let outcome = match &self.result {
            Examined::Checked(report) => report.outcome(),
            Examined::Hashed(hashed) => match hashed.hashes() {
                Ok(_) => return (Ending::Hashed, "hashed"),
                Err(not) => not.outcome(),
            },
        };
        (outcome.into(), outcome.name())
    }

    pub(crate) fn ending(&self) -> Ending {
        self.outcome().0
    }

    /// Why the file was not checked, or what is left out of the matches.
    pub(crate) fn detail(&self) -> Option<String> {
        match &self.result {
            Examined::Checked(report) => report.detail().map(str::to_owned),
            Examined::Hashed(hashed) => hashed.hashes().err().map(|not| match hint(not.outcome()) {
                "" => not.to_string(),
                advice => format!("{not}; {advice}"),
            }),
        }
    }

    pub(crate) fn report(&self) -> Option<&Report> {
        match &self.result {
            Examined::Checked(report) => Some(report),
            _ => None,
        }
    }

    pub(crate) fn matches(&self) -> &[Match] {
        self.report().map_or(&[], Report::matches)
    }

    pub(crate) fn held(&self) -> &[Match] {
        self.report().map_or(&[], Report::held)
    }

    /// The hashes of the picture as stored: one of each profile asked for.
    pub(crate) fn hashes(&self) -> &[Hashes] {
        match &self.result {
            Examined::Checked(report) => report.hashes().map_or(&[], std::slice::from_ref),
            Examined::Hashed(hashed) => hashed.hashes().unwrap_or(&[]),
        }
    }

    /// The quality of the picture as stored, if known.
    pub(crate) fn quality(&self) -> Option<u8> {
        self.hashes().first().map(Hashes::quality)
    }

    fn header(&self) -> Option<&Header> {
        match &self.result {
            Examined::Checked(report) => report.header(),
            Examined::Hashed(hashed) => hashed.header(),
        }
    }

    /// Width and height in pixels, if known.
    pub(crate) fn size(&self) -> Option<(u32, u32)> {
        self.header().map(|header| (header.width, header.height))
    }

    /// The size of the file, if known.
    pub(crate) fn bytes(&self) -> Option<u64> {
        match &self.result {
            Examined::Checked(report) => report.bytes(),
            Examined::Hashed(hashed) => hashed.bytes(),
        }
    }

    /// The bytes that were read.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes().filter(|_| self.ending().is_read()).unwrap_or(0)
    }
}

/// The option that helps against an outcome.
pub(crate) const fn hint(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::OverLimit { what, .. } => match what.as_bytes() {
            b"alloc_bytes" | b"file_bytes" => "--memory raises the limit",
            b"milliseconds" => "--decoder-timeout allows more",
            _ => "",
        },
        _ => "",
    }
}

/// The entries as a person reads them: one that has the file's digest says nothing more by its other digests, nor by its hash.
pub(crate) fn each_once(found: &[Match]) -> impl Iterator<Item = &Match> {
    let is_told = move |at: usize, one: &Match| {
        let is_same = |other: &Match| {
            (&other.entry.list, &other.entry.id, other.held_by) == (&one.entry.list, &one.entry.id, one.held_by)
                && !one.entry.id.is_empty()
                && other.is_exact()
        };
        let others = if one.is_exact() { found.split_at(at).0 } else { found };
        others.iter().any(is_same)
    };
    found.iter().enumerate().filter(move |(at, one)| !is_told(*at, one)).map(|(_, one)| one)
}
