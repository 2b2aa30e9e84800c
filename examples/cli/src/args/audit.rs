//! The words of `lookalike audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use lookalike::audit::{Complaint, Conclusion};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    Verify(VerifyArgs),
    Outcome(OutcomeArgs),
    Redact(RedactArgs),
    TestRun(TestRunArgs),
}

/// Check that nothing of a log was changed, removed, put in or moved
#[derive(Debug, Args)]
#[command(after_long_help = "\
Every line of a log has the hash of the one before. Whoever changes a line must make all that follow anew,
or cut them off; against both helps a head that was written down elsewhere: --head. Without one, lines that
were cut off at the end are not noticed.

Exit codes: 0 the log is sound, 2 it is not, or cannot be read.")]
pub(crate) struct VerifyArgs {
    /// A head that was written down before: everything up to it is proven then
    #[arg(long, value_name = "HASH")]
    pub(crate) head: Option<String>,

    /// The log; full files of it, FILE.000001 and so on, are read with it
    #[arg(value_name = "FILE")]
    pub(crate) log: PathBuf,
}

/// Log what became of a match: what a reviewer found, a complaint, a report to an authority
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  lookalike audit outcome audit.jsonl 17 --review confirmed --viewed yes --reported-to NCMEC --report-id 4711
  lookalike audit outcome audit.jsonl 18 --review false-positive --reinstated yes
  lookalike audit outcome audit.jsonl 18 --complaint upheld

Nothing is inferred: whether a person looked at the file is logged only if it is said. A later outcome of the
same match takes the place of what it repeats.")]
pub(crate) struct OutcomeArgs {
    /// What a reviewer found
    #[arg(long, value_enum)]
    pub(crate) review: Option<ReviewWord>,

    /// What became of a complaint
    #[arg(long, value_enum)]
    pub(crate) complaint: Option<ComplaintWord>,

    /// Whether the file was put back
    #[arg(long, value_enum)]
    pub(crate) reinstated: Option<YesNo>,

    /// Whether somebody at the provider looked at the file before it was reported
    #[arg(long, value_enum)]
    pub(crate) viewed: Option<YesNo>,

    /// To whom it was reported
    #[arg(long, value_name = "WHO")]
    pub(crate) reported_to: Option<String>,

    /// The id of that report; it can be deleted later
    #[arg(long, value_name = "ID")]
    pub(crate) report_id: Option<String>,

    /// The id of the complaint; it can be deleted later
    #[arg(long, value_name = "ID")]
    pub(crate) complaint_id: Option<String>,

    /// The id of the statement of reasons; it can be deleted later
    #[arg(long, value_name = "ID")]
    pub(crate) statement_id: Option<String>,

    /// What was done, in your words
    #[arg(long, value_name = "WORDS")]
    pub(crate) decision: Option<String>,

    /// The log
    #[arg(value_name = "FILE")]
    pub(crate) log: PathBuf,

    /// The number of the match: `seq` in the log, `audit` in the records of a scan
    #[arg(value_name = "NUMBER")]
    pub(crate) of: u64,
}

/// Delete the personal parts of events whose time is over; the chain stays whole
#[derive(Debug, Args)]
pub(crate) struct RedactArgs {
    /// Also of events that have no time of their own and are older
    #[arg(long, value_name = "DAYS")]
    pub(crate) older_than: Option<u32>,

    /// The log
    #[arg(value_name = "FILE")]
    pub(crate) log: PathBuf,
}

/// Log a run over pictures of which it is known what they are: what recall is told from
#[derive(Debug, Args)]
pub(crate) struct TestRunArgs {
    /// Which pictures, and how they were drawn
    #[arg(long, value_name = "TEXT")]
    pub(crate) sample: String,

    /// Pictures that should match
    #[arg(long, value_name = "N")]
    pub(crate) positives: u64,

    /// Of these matched
    #[arg(long, value_name = "N")]
    pub(crate) found: u64,

    /// Pictures that should not match
    #[arg(long, value_name = "N", requires = "false_alarms")]
    pub(crate) negatives: Option<u64>,

    /// Of these matched
    #[arg(long, value_name = "N", requires = "negatives")]
    pub(crate) false_alarms: Option<u64>,

    /// The list that was asked [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) list: Option<String>,

    /// The profile
    #[arg(long, value_name = "NAME", requires = "radius")]
    pub(crate) profile: Option<lookalike::hash::Profile>,

    /// The radius
    #[arg(long, value_name = "BITS", requires = "profile")]
    pub(crate) radius: Option<u32>,

    /// The log
    #[arg(value_name = "FILE")]
    pub(crate) log: PathBuf,
}

/// A reviewer's finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReviewWord {
    Confirmed,
    FalsePositive,
    Unclear,
}

impl From<ReviewWord> for Conclusion {
    fn from(word: ReviewWord) -> Self {
        match word {
            ReviewWord::Confirmed => Self::Confirmed,
            ReviewWord::FalsePositive => Self::FalsePositive,
            ReviewWord::Unclear => Self::Unclear,
        }
    }
}

/// The state of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComplaintWord {
    Filed,
    Upheld,
    Rejected,
}

impl From<ComplaintWord> for Complaint {
    fn from(word: ComplaintWord) -> Self {
        match word {
            ComplaintWord::Filed => Self::Filed,
            ComplaintWord::Upheld => Self::Upheld,
            ComplaintWord::Rejected => Self::Rejected,
        }
    }
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum YesNo {
    Yes,
    No,
}

impl From<YesNo> for bool {
    fn from(word: YesNo) -> Self {
        word == YesNo::Yes
    }
}
