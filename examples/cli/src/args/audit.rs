//! The words of `lookalike audit`.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Subcommand};
use lookalike::audit::{Complaint, Conclusion};
use serde::de::DeserializeOwned;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    Verify(VerifyArgs),
    Outcome(OutcomeArgs),
    Redact(RedactArgs),
    TestRun(TestRunArgs),
}

/// Check that nothing of a log was changed, removed, put in or moved
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/audit-verify.txt"))]
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
#[command(after_long_help = include_str!("../help/audit-outcome.txt"))]
pub(crate) struct OutcomeArgs {
    /// What a reviewer found: confirmed, false-positive, unclear
    #[arg(long, value_name = "FINDING", value_parser = word::<Conclusion>)]
    pub(crate) review: Option<Conclusion>,

    /// What became of a complaint: filed, upheld, rejected
    #[arg(long, value_name = "STATE", value_parser = word::<Complaint>)]
    pub(crate) complaint: Option<Complaint>,

    /// Whether the file was put back
    #[arg(long, value_name = "yes|no", value_parser = BoolishValueParser::new())]
    pub(crate) reinstated: Option<bool>,

    /// Whether somebody at the provider looked at the file before it was reported
    #[arg(long, value_name = "yes|no", value_parser = BoolishValueParser::new())]
    pub(crate) viewed: Option<bool>,

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

/// Reads a word as the log has it, with hyphens for underscores.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.replace('-', "_").into()).map_err(|error| error.to_string().replace('_', "-"))
}
