//! The words of `lookalike report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Make a transparency report from the log of matches
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/report.txt"))]
pub(crate) struct ReportArgs {
    /// The log; full files of it, FILE.000001 and so on, are read with it
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: PathBuf,

    /// The first day: YYYY-MM-DD, `today` or `yesterday` [default: where the log begins]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) from: Option<Date>,

    /// The last day, which counts as a whole [default: where the log ends]
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub(crate) to: Option<Date>,

    /// markdown to read, csv to compute with, html to look at
    #[arg(long, value_enum, default_value = "markdown")]
    pub(crate) format: ReportFormat,

    /// Where the report goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Hide numbers of matched pictures from 1 to K-1, and as many others as it takes that none follows from the sums
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    pub(crate) suppress_below: Option<u64>,

    /// Count each version of a list by itself: the sequence of its manifest, or the store's generation
    #[arg(long)]
    pub(crate) by_version: bool,

    /// Report what is sound of a damaged log; the report says so
    #[arg(long)]
    pub(crate) accept_damaged: bool,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Markdown,
    Csv,
    Html,
}

fn day(text: &str) -> Result<Date, &'static str> {
    let today = TimeZone::UTC.to_datetime(Timestamp::now()).date();
    match text {
        "today" => Ok(today),
        "yesterday" => Ok(today.saturating_sub(1.day())),
        _ => text.parse().map_err(|_| "a day is YYYY-MM-DD, `today` or `yesterday`"),
    }
}
