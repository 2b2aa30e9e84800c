//! The words of `lookalike explain`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lookalike::hash::Profile;

use super::Views;

/// Show why two pictures, or a picture and a hash, match or do not
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// How hashes that are given were made [default: pdq for 64 digits; hashes of 16 digits need it]. Of two pictures, which
    /// profile the grids show and the verdict is about
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<Profile>,

    /// The largest distance in bits that counts, inclusive [default: the profile's: 31 for pdq, else 4 of 64 or 16 of 256 bits]
    #[arg(long, short, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    /// By which further views pictures are compared: as they may have been before they were framed, cut or tilted (pdq only)
    #[arg(long, value_enum, value_name = "SET", default_value = "standard")]
    pub(crate) views: Views,

    /// What each list of an index would say of A; without B, A is compared with the nearest listed hash
    #[arg(long, short, value_name = "FILE")]
    pub(crate) index: Option<PathBuf>,

    /// What a scan under this policy would report of A
    #[arg(long, value_name = "FILE", requires = "index")]
    pub(crate) policy: Option<PathBuf>,

    /// The form of what is printed
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ExplainFormat,

    /// Also write a self-contained page (FILE.html) or a picture of the grids (FILE.png)
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Whether to colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,

    /// A picture, `-` for one on standard input, or a hash in hexadecimal
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,

    /// The same
    #[arg(value_name = "B", required_unless_present = "index")]
    pub(crate) b: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Both hashes are drawn as grids in the order in which they are printed, a row of digits a line:
`#` is a set bit, `.` a clear one, and `!` behind either marks a bit that differs. (PDQ's lowest
frequencies are its last bits.) The table has the distances under every profile and turn, the
smallest of each row marked `*`; A is turned, or B where A is a hash. No picture is ever written
into what is made here, but hashes are, and hashes are not anonymous: see README.md.

A name of 16 or 64 hexadecimal digits is taken for a hash; write ./NAME for a file of such a name.

Examples:
  lookalike explain original.png copy.jpg
  lookalike explain upload.jpg f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22
  lookalike explain --profile phash 8f0f3c3c3c1c0c00 8f0f3c3c3c1c0c01
  lookalike explain --index my.idx upload.jpg             the nearest listed hash, list by list
  lookalike explain --index my.idx --policy policy.toml upload.jpg
  lookalike explain --output why.html original.png copy.jpg

Exit codes: 0 they would not match, 1 they would, 2 could not run, 3 they would not, but a picture
could not be read or has too low a quality to tell.";

/// The form of what `explain` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    Text,
    Jsonl,
}

/// When text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}
