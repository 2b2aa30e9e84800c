//! The words of `lookalike store`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use lookalike::hash::Profile;

use super::{CompileArgs, RowFormat};

#[derive(Debug, Subcommand)]
#[command(after_long_help = include_str!("../help/store.txt"))]
pub(crate) enum StoreCommand {
    Init(InitArgs),
    Publish(PublishArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
    Compact(CompactArgs),
    Status(StatusArgs),
    Rollback(RollbackArgs),
    Retro(RetroArgs),
    Forget(ForgetArgs),
}

/// Make an empty store
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// How the listed hashes will have been made
    #[arg(long, default_value = "pdq", value_name = "NAME")]
    pub(crate) profile: Profile,

    /// A directory that is empty or not there yet
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// What the commands have in common that make a new generation.
#[derive(Debug, Args)]
pub(crate) struct ChangingArgs {
    /// Log which lists changed, by how much, and from which generation on, as `scan --audit` logs matches
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,

    /// Why, in your words, for that log
    #[arg(long, value_name = "WORDS", requires = "audit")]
    pub(crate) reason: Option<String>,

    /// How long to wait while another process is writing, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    wait: u64,
}

impl ChangingArgs {
    pub(crate) const fn wait(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

/// Lists as their publishers signed them.
#[derive(Debug, Args)]
pub(crate) struct SignedArgs {
    /// A manifest of one of the lists; its signatures are the files beside it named MANIFEST.*minisig. May be given for each list
    #[arg(long = "manifest", value_name = "FILE", requires = "keys", help_heading = SIGNED)]
    pub(crate) manifests: Vec<PathBuf>,

    /// Whom you trust to sign which list: see `list trust --help`
    #[arg(long, value_name = "FILE", help_heading = SIGNED)]
    pub(crate) keys: Option<PathBuf>,

    /// Accept a list that suddenly grew by more than half or shrank by more than a tenth
    #[arg(long, help_heading = SIGNED)]
    pub(crate) accept_size: bool,

    /// Accept that the clock shows an earlier time than before: it was wrong then and is right now
    #[arg(long, help_heading = SIGNED)]
    pub(crate) accept_clock: bool,

    /// Accept a list without a manifest that had one before
    #[arg(long, help_heading = SIGNED)]
    pub(crate) accept_unsigned: bool,
}

const SIGNED: &str = "Signed lists";

impl SignedArgs {
    /// What the operator accepted that is refused otherwise.
    pub(crate) fn overrides(&self) -> Vec<&'static str> {
        let all = [
            (self.accept_size, "--accept-size"),
            (self.accept_clock, "--accept-clock"),
            (self.accept_unsigned, "--accept-unsigned"),
        ];
        all.into_iter().filter(|(is_given, _)| *is_given).map(|(_, word)| word).collect()
    }
}

/// Compile lists into a new index, and look up in it from now on, in place of everything that was there
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    pub(crate) compile: CompileArgs,

    /// Keep what was added and removed since the last publication on top of the new lists: for lists that are older than these changes
    #[arg(long)]
    pub(crate) keep_changes: bool,

    #[command(flatten)]
    pub(crate) signed: SignedArgs,

    #[command(flatten)]
    pub(crate) changing: ChangingArgs,

    /// The store
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,

    /// All lists, each `[FORMAT:]PATH[,key=value...]` as for `index build`
    #[arg(required_unless_present = "test_list", value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}

/// Add the entries of lists to what is there, and honour what they withdraw: in milliseconds, however large the store is
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// Change nothing if any entry of any list is bad, instead of leaving it out
    #[arg(long)]
    pub(crate) strict: bool,

    /// Change lists whose publishers sign them, although these changes are not signed
    #[arg(long)]
    pub(crate) accept_unsigned: bool,

    #[command(flatten)]
    pub(crate) changing: ChangingArgs,

    /// The store
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,

    /// Lists of changes, each `[FORMAT:]PATH[,key=value...]` as for `index build`. A record with a key takes the place of those before it
    /// with this key, in its list
    #[arg(required = true, value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}

/// Remove entries by name: they match nothing from now on
#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The list that has the entries
    #[arg(long, value_name = "NAME")]
    pub(crate) list: String,

    #[command(flatten)]
    pub(crate) changing: ChangingArgs,

    /// The store
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,

    /// The ids or keys of the entries, as a match names them; all are removed, or none if one is not there
    #[arg(required = true, value_name = "ENTRY")]
    pub(crate) entries: Vec<String>,
}

/// Build all changes into a new index, so that look-ups are as fast as before them; the store can be read and changed meanwhile
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/store-compact.txt"))]
pub(crate) struct CompactArgs {
    /// Do nothing unless there are 10,000 changes or more
    #[arg(long)]
    pub(crate) when_many: bool,

    /// The store
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Say in which generation the store is, what is in it, and what it can be rolled back to
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// text or json
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: StatusFormat,

    /// The store
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// The form of what `store status` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    Text,
    Json,
}

/// Make the contents of an earlier generation current again, as a new generation
#[derive(Debug, Args)]
pub(crate) struct RollbackArgs {
    /// Which one, as `store status` lists them [default: the one before]
    #[arg(long, value_name = "GENERATION")]
    pub(crate) to: Option<u64>,

    #[command(flatten)]
    pub(crate) changing: ChangingArgs,

    /// The store
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}

/// Look new entries of lists up among one's own uploads, which `scan --remember` kept: who uploaded it before it was listed
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/store-retro.txt"))]
pub(crate) struct RetroArgs {
    /// The largest distance in bits that counts, inclusive [default: 31 for pdq, else 4 of 64 or 16 of 256 bits]
    #[arg(long, short, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) format: RowFormat,

    /// The store of uploads
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,

    /// Lists of new entries, each `[FORMAT:]PATH[,key=value...]` as for `index build`
    #[arg(required = true, value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}

/// Forget uploads that `scan --remember` kept, day by day
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// How many days uploads are kept; those of longer ago are forgotten
    #[arg(long, value_name = "DAYS", required = true)]
    pub(crate) older_than: u32,

    /// The store of uploads
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
}
