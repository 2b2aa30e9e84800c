//! The words of the command line, and the help about them.

pub(crate) mod audit;
pub(crate) mod calibrate;
pub(crate) mod diff;
pub(crate) mod explain;
mod list;
pub(crate) mod manifest;
pub(crate) mod report;
pub(crate) mod store;
pub(crate) mod test_list;

use std::ffi::OsString;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum};
use lookalike::hash::Profile;
use lookalike::hash::views::ViewSet;
use lookalike::index::IndexKind;

pub(crate) use list::{ListCheckArgs, ListCommand, ListConvertArgs};

/// Tells whether pictures look like those on a list of known abuse material.
#[derive(Debug, Parser)]
#[command(name = "lookalike", version, styles = Styles::plain(), after_help = include_str!("../help/lookalike.txt"), after_long_help = include_str!("../help/lookalike.txt"))]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Hash(HashArgs),
    /// Compile, inspect, verify and compare indexes
    #[command(subcommand)]
    Index(IndexCommand),
    /// Check and convert lists of hashes; write the safe test list
    #[command(subcommand)]
    List(ListCommand),
    Match(MatchArgs),
    Scan(ScanArgs),
    /// Verify the log of matches, and say what became of them
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    Report(report::ReportArgs),
    /// Keep lists that change while they are looked up in
    #[command(subcommand)]
    Store(store::StoreCommand),
    Explain(explain::ExplainArgs),
    Calibrate(calibrate::CalibrateArgs),
    Demo(DemoArgs),
}

/// Print the hashes of pictures
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/hash.txt"))]
pub(crate) struct HashArgs {
    /// How to hash: pdq, pdq512 (what Meta's command-line tool prints), ahash, dhash, phash, whash, blockhash (64 bits), or
    /// one of these with 256 bits: ahash256 ...; given several times, a picture is decoded once (csv and jsonl only)
    #[arg(long, default_value = "pdq", value_name = "NAME", value_delimiter = ',')]
    pub(crate) profile: Vec<Profile>,

    /// Print the hashes of all eight turned and mirrored pictures: of PDQ those of the reference, which turns
    /// coefficients, of the others those of really turned pixels
    #[arg(long)]
    pub(crate) dihedral: bool,

    /// text: HEX,QUALITY,PATH (with --dihedral: HEX,QUALITY,TRANSFORM,PATH)
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: HashFormat,

    #[command(flatten)]
    pub(crate) work: WorkArgs,

    /// Pictures, directories of them, or `-` for one picture on standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// A text for people, or a form for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Csv,
    Jsonl,
}

pub(crate) type HashFormat = Format;

/// What `hash` and `scan` have in common: how the work is done.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// Threads [default: one per core]
    #[arg(long, short, value_name = "N", help_heading = RESOURCES)]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Memory for files and pixels of all threads together, such as 384MiB or 2G
    #[arg(long, value_name = "SIZE", default_value = "384MiB", value_parser = size, help_heading = RESOURCES)]
    pub(crate) memory: u64,

    /// Draw no progress bar
    #[arg(long, help_heading = RESOURCES)]
    pub(crate) no_progress: bool,
}

const RESOURCES: &str = "Resources";

impl WorkArgs {
    /// The number of worker threads.
    pub(crate) fn threads(&self) -> usize {
        self.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

/// Where `scan` decodes pictures.
#[derive(Debug, Args)]
pub(crate) struct DecoderArgs {
    /// Where pictures are decoded: worker, in processes that may neither open a file nor reach a network, which a hostile file cannot
    /// leave; in-process, in this one. JPEGs are screened in this one either way, by the library's own code [default: worker on Linux, else
    /// in-process]
    #[arg(long, value_enum, help_heading = RESOURCES)]
    pub(crate) decoder: Option<DecoderChoice>,

    /// How long a worker may take for one file, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds, help_heading = RESOURCES)]
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there are no workers"))]
    pub(crate) decoder_timeout: Duration,

    /// How many files a worker decodes before another takes its place; 1 is a process for each file
    #[arg(long, value_name = "N", default_value = "1000", help_heading = RESOURCES)]
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there are no workers"))]
    pub(crate) decoder_files: NonZeroU32,
}

impl DecoderArgs {
    /// What was chosen, or what is best here.
    pub(crate) fn choice(&self) -> DecoderChoice {
        let best = if cfg!(target_os = "linux") { DecoderChoice::Worker } else { DecoderChoice::InProcess };
        self.decoder.unwrap_or(best)
    }
}

/// Where pictures are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecoderChoice {
    Worker,
    InProcess,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
    let seconds = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds from 0.001 to 86400".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    Build(BuildArgs),
    Inspect(InspectArgs),
    Verify(VerifyArgs),
    Diff(diff::DiffArgs),
}

/// Compile lists of hashes into an index
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/index-build.txt"))]
pub(crate) struct BuildArgs {
    /// The index to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// How the listed hashes were made; a look-up under another profile is refused
    #[arg(long, default_value = "pdq", value_name = "NAME")]
    pub(crate) profile: Profile,

    #[command(flatten)]
    pub(crate) compile: CompileArgs,

    /// Replace the index if it exists
    #[arg(long)]
    pub(crate) force: bool,

    /// Build even if no list has any usable entry; nothing would ever match
    #[arg(long)]
    pub(crate) allow_empty: bool,

    /// Lists to compile, each `[FORMAT:]PATH[,key=value...]`
    #[arg(required_unless_present = "test_list", value_name = "LIST")]
    pub(crate) lists: Vec<OsString>,
}

/// How lists are compiled into an index.
#[derive(Debug, Args)]
pub(crate) struct CompileArgs {
    /// The search structure: auto, linear, bk-tree, mih. It changes the speed, never the answer
    #[arg(long, default_value = "auto", value_name = "KIND", value_parser = kind)]
    pub(crate) kind: KindChoice,

    /// For which radius `--kind auto` chooses [default: the profile's]. The index answers every radius
    #[arg(long, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    /// Refuse everything if any entry of any list is bad, instead of leaving it out
    #[arg(long)]
    pub(crate) strict: bool,

    /// Add the safe test list: its pictures (`lookalike list test`) are reported as `test`, never as abuse
    #[arg(long)]
    pub(crate) test_list: bool,
}

/// Show what an index holds
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// For which radius to say what a look-up costs and how often chance makes a match [default: the profile's]
    #[arg(long, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    /// The index
    #[arg(value_name = "FILE")]
    pub(crate) index: PathBuf,
}

/// Recompute everything in an index: exit code 0 if it is sound, 2 if not
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The index
    #[arg(value_name = "FILE")]
    pub(crate) index: PathBuf,
}

/// Look up hashes
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/match.txt"))]
pub(crate) struct MatchArgs {
    /// The index to look in
    #[arg(long, short, value_name = "FILE")]
    pub(crate) index: PathBuf,

    /// The largest distance in bits that counts, inclusive [default: 31 for pdq, else 4 of 64 or 16 of 256 bits]
    #[arg(long, short, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    /// Read eight lines per picture, as `hash --dihedral` prints them, and report the nearest turn
    #[arg(long)]
    pub(crate) dihedral: bool,

    /// Do not look up needles that state a lower quality: 0 to 100
    #[arg(long, value_name = "QUALITY", default_value_t = lookalike::hash::pdq::MIN_QUALITY,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_quality: u8,

    #[arg(long, value_enum, default_value = "csv")]
    pub(crate) format: MatchFormat,

    /// Hashes in hexadecimal; `-`, or none, reads them from standard input, one per line
    #[arg(value_name = "HEX")]
    pub(crate) needles: Vec<String>,
}

/// A form for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    Csv,
    Jsonl,
}

pub(crate) type MatchFormat = RowFormat;

/// A text for people, or JSONL for programs, where there are no rows of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextFormat {
    Text,
    Jsonl,
}

/// Where to look up.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PlaceArgs {
    /// The index to look in
    #[arg(long, short, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,

    /// The store to look in: every picture is looked up in the generation that is current then, and its record says which (jsonl)
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
}

/// Scan files and directories
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/scan.txt"))]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,

    /// What counts as a match, list by list: radius, quality, quorum, allow lists, muted entries. A TOML file, explained in
    /// README.md; policy-example.toml is one
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// The largest distance in bits that counts, inclusive [default: 31 for pdq, else 4 of 64 or 16 of 256 bits]
    #[arg(long, short, value_name = "BITS", conflicts_with = "policy")]
    pub(crate) radius: Option<u32>,

    /// Look up turned and mirrored pictures too (the default; it costs nearly nothing for pdq, and for the other profiles
    /// as much as hashing the picture eight times)
    #[arg(long, overrides_with = "no_dihedral")]
    pub(crate) dihedral: bool,

    /// Look up pictures only as they are
    #[arg(long, overrides_with = "dihedral")]
    pub(crate) no_dihedral: bool,

    /// Do not look up pictures of lower quality, from 0 to 100: their hashes mean little. It is PDQ's quality, whatever
    /// the profile of the index
    #[arg(long, value_name = "QUALITY", default_value_t = lookalike::hash::pdq::MIN_QUALITY, conflicts_with = "policy",
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) min_quality: u8,

    /// Also look pictures up as they may have been before they were framed, cut, tilted or photographed off a screen, which
    /// the hash alone does not survive; the match says which view it was [default: standard for an index of profile pdq,
    /// else none]
    #[arg(long, value_enum, value_name = "SET")]
    pub(crate) views: Option<Views>,

    /// Also match copies of which a caption, a logo or a sticker covers a part: listed hashes within BITS (52 without a number) that
    /// conflict with little of the picture. The match's view is `covered`. At 68 bits more are found, and falsely so: see README.md
    #[arg(long, value_name = "BITS", num_args = 0..=1, require_equals = true, default_missing_value = "52")]
    pub(crate) occlusion: Option<u32>,

    /// Log every match in FILE before it is reported, and counts of the rest: see README.md, "Audit". No path, picture or hash is logged
    #[arg(long, value_name = "FILE")]
    pub(crate) audit: Option<PathBuf>,

    /// Name the contents of matching files in the log by this key (32 random bytes in a file), so that you can find them again and
    /// nobody else can
    #[arg(long, value_name = "FILE", requires = "audit")]
    pub(crate) audit_key: Option<PathBuf>,

    /// For how many days names of contents may be kept: `audit redact` deletes them afterwards
    #[arg(long, value_name = "DAYS", requires = "audit")]
    pub(crate) audit_retain: Option<u32>,

    /// Do not log distances
    #[arg(long, requires = "audit")]
    pub(crate) audit_no_distances: bool,

    /// Also keep the hashes and names of all scanned pictures in a store of their own, to look new lists up among them with `store
    /// retro`. Decodes every picture. A hash is not anonymous: `store forget` ends what is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) remember: Option<PathBuf>,

    /// Decode every picture. Otherwise most JPEGs are screened first: hashed from their coefficients, at a tenth of the
    /// cost, and only those decoded that may match. The matches are the same
    #[arg(long)]
    pub(crate) exact: bool,

    /// The form of the report; html is one self-contained page
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ScanFormat,

    /// Write the report to a file, which appears under its name when it is complete
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Also list clean files (text and html; jsonl and csv always do)
    #[arg(long, short)]
    pub(crate) verbose: bool,

    /// Files in no picture format that is read (texts, but also videos and HEIC pictures!) keep their record, but no
    /// longer turn exit code 0 into 3
    #[arg(long)]
    pub(crate) ignore_unsupported: bool,

    /// Names on standard input end with NUL, not with a line break
    #[arg(long, short = '0')]
    pub(crate) null: bool,

    #[command(flatten)]
    pub(crate) work: WorkArgs,

    #[command(flatten)]
    pub(crate) decoder: DecoderArgs,

    /// Files and directories, or `-` for names on standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// By how many further views pictures are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Views {
    None,
    Standard,
    Thorough,
}

impl Views {
    /// The library's set of that name.
    pub(crate) const fn set(self) -> ViewSet {
        match self {
            Self::None => ViewSet::None,
            Self::Standard => ViewSet::Standard,
            Self::Thorough => ViewSet::Thorough,
        }
    }
}

/// The form of what `scan` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScanFormat {
    Text,
    Jsonl,
    Csv,
    Html,
}

/// Draw harmless pictures, list some, scan them all, and explain what matched and why
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/demo.txt"))]
pub(crate) struct DemoArgs {
    /// Where to work: a new or empty directory, which is kept [default: a temporary one, removed]
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
}

/// The kind asked for; `None` leaves the choice to the builder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KindChoice(pub(crate) Option<IndexKind>);

fn kind(name: &str) -> Result<KindChoice, String> {
    match name {
        "auto" => Ok(KindChoice(None)),
        _ => name
            .parse()
            .map(|kind| KindChoice(Some(kind)))
            .map_err(|_| "expected auto, linear, bk-tree or mih".to_owned()),
    }
}

/// Reads `384MiB`, `2G`, `1048576`: a number of bytes with an optional binary unit.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let shift = match text.get(digits.len()..).unwrap_or("").to_ascii_lowercase().trim_end_matches("ib") {
        "" | "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        _ => return Err("expected a number of bytes such as 384MiB or 2G".to_owned()),
    };
    let bytes = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    match bytes.ok_or("expected a number of bytes such as 384MiB or 2G")? {
        bytes if bytes >= LEAST_MEMORY => Ok(bytes),
        _ => Err("expected at least 16MiB".to_owned()),
    }
}

/// Below this hardly any photograph could be decoded.
const LEAST_MEMORY: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(size("384MiB"), Ok(384 << 20));
        assert_eq!(size("2g"), Ok(2 << 30));
        assert_eq!(size("33554432"), Ok(32 << 20));
        for wrong in ["", "MiB", "1", "12 MiB", "99999999999999999999", "5TB", "-1G", "18446744073709551615G"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
