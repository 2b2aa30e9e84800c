//! The words of `lookalike list manifest`, `list trust` and `list verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use jiff::{Span, SpanRelativeTo};
use lookalike::hash::Profile;

/// Write the manifest of a list's file, which is then signed with minisign
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/list-manifest.txt"))]
pub(crate) struct ManifestArgs {
    /// The manifest to write
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,

    /// The manifest before this one; without it, this is the list's first
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,

    /// The first that is signed by new keys, besides the old ones: numbers begin again with 1
    #[arg(long, requires = "previous")]
    pub(crate) new_epoch: bool,

    /// Who publishes the list [default: as in the previous manifest]
    #[arg(long, value_name = "TEXT")]
    pub(crate) publisher: Option<String>,

    /// Under whose law the list is made [default: as in the previous manifest]
    #[arg(long, value_name = "TEXT")]
    pub(crate) jurisdiction: Option<String>,

    /// The radius at which to match, as a recommendation [default: as in the previous manifest, else the profile's]
    #[arg(long, value_name = "BITS")]
    pub(crate) radius: Option<u32>,

    /// How long the list is fresh: days, hours or minutes, as 30d, 12h, 90m. Ship the next one before
    #[arg(long, default_value = "30d", value_name = "TIME", value_parser = span)]
    pub(crate) expires_in: i64,

    /// The profile of the list's perceptual hashes
    #[arg(long, default_value = "pdq", value_name = "NAME")]
    pub(crate) profile: Profile,

    /// Every entry was withdrawn: a list without any is meant
    #[arg(long)]
    pub(crate) allow_empty: bool,

    /// The list's file as it is shipped, `[FORMAT:]PATH[,key=value...]` as for `index build`
    #[arg(value_name = "LIST")]
    pub(crate) list: OsString,
}

/// Say whom a keys file trusts to sign which list
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/list-trust.txt"))]
pub(crate) struct TrustArgs {
    /// The keys file, TOML
    #[arg(value_name = "FILE")]
    pub(crate) keys: PathBuf,
}

/// Check a list's file, manifest and signatures against a keys file, without keeping anything
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("../help/list-verify.txt"))]
pub(crate) struct VerifyArgs {
    /// The keys file, TOML: see `list trust --help`
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,

    /// The manifest
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: PathBuf,

    /// Minisign's signatures of the manifest
    #[arg(long = "signature", required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) signatures: Vec<PathBuf>,

    /// The list's file, `[FORMAT:]PATH[,key=value...]`
    #[arg(long, value_name = "LIST")]
    pub(crate) list: OsString,
}

/// Reads a length of time, in milliseconds.
fn span(text: &str) -> Result<i64, String> {
    let span = text.parse::<Span>().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    let millis = span.ok().and_then(|span| i64::try_from(span.as_millis()).ok());
    let millis = millis.filter(|millis| (60_000..=3650 * 86_400_000).contains(millis));
    millis
        .ok_or_else(|| "expected a whole number of days, hours or minutes, as 30d, 12h, 90m, at most 3650d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        assert_eq!(["30d", "12h", "90m"].map(|text| span(text).unwrap()), [2_592_000_000, 43_200_000, 5_400_000]);
        for wrong in ["", "d", "30", "-1d", "0m", "1y", "30é", "4000d", "99999999999d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
