//! The words of `lookalike calibrate`.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::{Format, Views, WorkArgs};

/// Measure how often an index matches pictures that are known to be harmless
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/calibrate.txt"))]
pub(crate) struct CalibrateArgs {
    /// The index to look in
    #[arg(long, short, value_name = "FILE")]
    pub(crate) index: PathBuf,

    /// The radius in use: what it marks in the tables, and counts for entries that match many pictures [default: 31 for pdq,
    /// else 4 of 64 or 16 of 256 bits]
    #[arg(long, short, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    /// Up to which distance matches are looked for [default: 64 for pdq, else 10 of 64 or 34 of 256 bits]
    #[arg(long, value_name = "BITS")]
    pub(crate) most_radius: Option<u32>,

    /// How many false matches in a million uploads are bearable, for each list: the largest radius whose upper bound stays below
    /// it is recommended
    #[arg(long, value_name = "N", default_value = "100", value_parser = budget)]
    pub(crate) budget: f64,

    /// From how many pictures on an entry that matches them is listed
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) sticky: NonZeroU64,

    /// Write rules that mute these entries, to be pasted into a policy file (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) mutes: Option<PathBuf>,

    /// Write a plot of false matches by radius: FILE.svg, or FILE.html with the table
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,

    /// Look pictures up only as they are, as `scan --no-dihedral` does
    #[arg(long)]
    pub(crate) no_dihedral: bool,

    /// Do not look up pictures of lower quality, from 0 to 100: they are counted apart
    #[arg(long, value_name = "QUALITY", default_value_t = lookalike::hash::pdq::MIN_QUALITY,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_quality: u8,

    /// The views of the scans that are to be calibrated; they count up to the usual radius [default: standard for an index
    /// of profile pdq, else none]
    #[arg(long, value_enum, value_name = "SET")]
    pub(crate) views: Option<Views>,

    /// text: what a person wants to know; jsonl and csv: every radius of every list
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,

    /// Names on standard input end with NUL, not with a line break
    #[arg(long, short = '0')]
    pub(crate) null: bool,

    #[command(flatten)]
    pub(crate) work: WorkArgs,

    /// Harmless pictures of your own, directories of them, or `-` for names on standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

fn budget(text: &str) -> Result<f64, String> {
    let budget = text.parse::<f64>().ok().filter(|budget| *budget > 0.0 && *budget <= 1e6);
    budget.ok_or_else(|| "expected a number of false matches per million: above 0, and at most 1000000".to_owned())
}
