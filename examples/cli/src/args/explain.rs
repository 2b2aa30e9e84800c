//! The words of `lookalike explain`.

use std::path::PathBuf;

use clap::{Args, ColorChoice};
use lookalike::hash::Profile;

use super::{TextFormat, Views};

/// Show why two pictures, or a picture and a hash, match or do not
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/explain.txt"))]
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
    pub(crate) format: TextFormat,

    /// Also write a self-contained page (FILE.html) or a picture of the grids (FILE.png)
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Whether to colour the text; auto: on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: ColorChoice,

    /// A picture, `-` for one on standard input, or a hash in hexadecimal
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,

    /// The same
    #[arg(value_name = "B", required_unless_present = "index")]
    pub(crate) b: Option<PathBuf>,
}
