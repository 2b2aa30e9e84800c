//! The words of `lookalike list`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use lookalike::hash::Profile;

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
#[command(after_long_help = CHECK_EXAMPLES)]
pub(crate) struct ListCheckArgs {
    /// The profile of which the lists' perceptual hashes are
    #[arg(long, default_value = "pdq", value_name = "NAME")]
    pub(crate) profile: Profile,

    /// text, or jsonl: one object per list
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ListCheckFormat,

    /// Lists, each `[FORMAT:]PATH[,key=value...]` as for `index build`; a later one may withdraw what an earlier one lists
    #[arg(required = true, value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}

/// The form of what `list check` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListCheckFormat {
    Text,
    Jsonl,
}

const CHECK_EXAMPLES: &str = "\
Quarantined is what cannot be taken: it is named by reason, with the first lines of each. Left out is what
is sound and not to be looked up: other kinds of hashes, classes that are not abuse, what is switched off.
Nothing of a list's hashes is printed.

Examples:
  lookalike list check export.csv
  lookalike list check ncmec:may.xml,list=ncmec ncmec:june.xml,list=ncmec
  lookalike list check --format jsonl vics:set.json,categories=1+2+3 | jq .quarantined

Exit codes: 0 nothing was quarantined, 2 a list could not be read, 3 something was quarantined.";

/// Convert lists of any format to the documented JSONL, from which the same index is built
#[derive(Debug, Args)]
#[command(after_long_help = CONVERT_EXAMPLES)]
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

const CONVERT_EXAMPLES: &str = "\
One object per record, in the order of the lists: entries with list, id, hash and kind, md5, sha1, sha256,
photodna, classification, owner, jurisdiction, opinion, role, key and updated, as far as they are known;
withdrawals with key and withdrawn; what was quarantined with its line and reason. Names and roles of
lists are in the records, so that list= and role= need not be said again.

Examples:
  lookalike list convert -o all.jsonl ncmec:may.xml,list=ncmec,jurisdiction=US stopncii:page*.json
  lookalike list convert -o - icse.csv | grep -c sha1";
