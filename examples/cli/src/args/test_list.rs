//! The words of `lookalike list test`.

use std::path::PathBuf;

use clap::Args;

/// Write the safe test list: harmless pictures by which a whole installation can be tried
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/list-test.txt"))]
pub(crate) struct TestListArgs {
    /// The directory to write pictures and list into; without it the list alone goes to standard output
    #[arg(long, short, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Replace files of these names
    #[arg(long)]
    pub(crate) force: bool,
}
