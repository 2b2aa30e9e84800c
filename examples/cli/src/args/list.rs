//! The words of `lookalike list`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use lookalike::hash::Profile;

use super::TextFormat;

#[derive(Debug, Subcommand)]
pub(crate) enum ListCommand {
    Check(ListCheckArgs),
    Convert(ListConvertArgs),
    Manifest(super::manifest::ManifestArgs),
    Trust(super::manifest::TrustArgs),
    Verify(super::manifest::VerifyArgs),
    Test(super::test_list::TestListArgs),
}

/// Say what an import of lists would take, merge, withdraw and leave out, without building anything
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/list-check.txt"))]
pub(crate) struct ListCheckArgs {
    /// The profile of which the lists' perceptual hashes are
    #[arg(long, default_value = "pdq", value_name = "NAME")]
    pub(crate) profile: Profile,

    /// text, or jsonl: one object per list
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: TextFormat,

    /// Lists, each `[FORMAT:]PATH[,key=value...]` as for `index build`; a later one may withdraw what an earlier one lists
    #[arg(required = true, value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}

/// Convert lists of any format to the documented JSONL, from which the same index is built
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/list-convert.txt"))]
pub(crate) struct ListConvertArgs {
    /// The JSONL to write; `-` is standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// The profile of which the lists' perceptual hashes are
    #[arg(long, default_value = "pdq", value_name = "NAME")]
    pub(crate) profile: Profile,

    /// Lists, each `[FORMAT:]PATH[,key=value...]` as for `index build`
    #[arg(required = true, value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}
