//! The words of `lookalike index diff`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

/// Compare two indexes: which entries were added and removed
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/index-diff.txt"))]
pub(crate) struct DiffArgs {
    /// text: counts by list and classification; csv and jsonl: every entry, and the counts on standard error
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,

    /// The index before
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,

    /// The index after
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
}
