//! The words of `lookalike index diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Compare two indexes: which entries were added and removed
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct DiffArgs {
    /// text: counts by list and classification; csv and jsonl: every entry, and the counts on standard error
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: DiffFormat,

    /// The index before
    #[arg(value_name = "A")]
    pub(crate) before: PathBuf,

    /// The index after
    #[arg(value_name = "B")]
    pub(crate) after: PathBuf,
}

/// The form of what `index diff` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFormat {
    Text,
    Csv,
    Jsonl,
}

const EXAMPLES: &str = "\
Two entries are the same if hash, list, classification, owner, jurisdiction, opinion and id are. `added`
is what only B has, `removed` what only A has, `changed` what both have with other digests (md5, sha1,
sha256). An entry that was classified anew is removed and added. A list whose role changed is reported
by itself. How an index is arranged makes no difference; indexes of two profiles cannot be compared.
The last line is the digest of all entries, by which two machines can tell that they have the same
lists without showing them to each other; `index inspect` prints it as well.

csv and jsonl have the fields change, list, entry, classification, owner, jurisdiction, opinion, role,
hash, digests_added, digests_removed: the published hashes, so handle them as the lists themselves.

Examples:
  lookalike index diff yesterday.idx today.idx
  lookalike index diff --format jsonl yesterday.idx today.idx | grep '\"removed\"'

Exit codes: 0 no difference, 1 some difference, 2 could not run.";
