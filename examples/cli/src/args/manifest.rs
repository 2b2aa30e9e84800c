//! The words of `lookalike list manifest`, `list trust` and `list verify`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use lookalike::hash::Profile;

/// Write the manifest of a list's file, which is then signed with minisign
#[derive(Debug, Args)]
#[command(after_long_help = MANIFEST_EXAMPLES)]
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
    pub(crate) expires_in: Span,

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

const MANIFEST_EXAMPLES: &str = "\
The manifest says of one version of one list: its number, until when it is fresh, the manifest before, the
SHA-256 of the file, and the digest of the entries that come out of it. Each signer signs the same manifest
with a key of their own; machines take the list once enough different keys have signed. Ship the file, the
manifest and the signatures. `-` is not possible: the file that is shipped is the one that is measured.

Ship the list in the documented JSONL (`list convert`), in which every record says all there is to know. With
other formats the options must be the same wherever the list is read; the manifest says them.

Examples:
  lookalike list convert -o hotline.jsonl csv:export.csv,list=hotline
  lookalike list manifest -o hotline-1.json --publisher 'Hotline' --jurisdiction GB jsonl:hotline.jsonl
  minisign -S -s desk.key -m hotline-1.json -x hotline-1.json.desk.minisig
  lookalike list manifest -o hotline-2.json --previous hotline-1.json --expires-in 7d jsonl:hotline.jsonl

Exit codes: 0 written, 2 not.";

/// Say whom a keys file trusts to sign which list
#[derive(Debug, Args)]
#[command(after_long_help = TRUST_EXAMPLES)]
pub(crate) struct TrustArgs {
    /// The keys file, TOML
    #[arg(value_name = "FILE")]
    pub(crate) keys: PathBuf,
}

const TRUST_EXAMPLES: &str = "\
A keys file:

  version = 1
  [[list]]
  name = \"hotline\"
  epoch = 1                  # one more each time that the keys change
  threshold = 2              # so many different keys must sign
  on-stale = \"keep\"        # or \"refuse\": what becomes of a list whose manifest has expired
  keys = [
    { name = \"desk\", key = \"RW...\" },       # the second line of minisign's .pub file
    { name = \"vault\", key = \"RW...\" },
  ]
  [[list.former]]            # the keys before; they must sign the first manifest of the new ones
  epoch = ...

Compare the fingerprints with the publisher in another way than the file came.

Exit codes: 0 printed, 2 the file is refused.";

/// Check a list's file, manifest and signatures against a keys file, without keeping anything
#[derive(Debug, Args)]
#[command(after_long_help = VERIFY_EXAMPLES)]
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

const VERIFY_EXAMPLES: &str = "\
Nothing is remembered, so that an older version is not told from the latest; a store does that.

Example:
  lookalike list verify --keys keys.toml --manifest hotline-2.json \\
    --signature hotline-2.json.*.minisig --list jsonl:hotline.jsonl

Exit codes: 0 it may be used, 2 it is refused.";

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span(pub(crate) i64);

fn span(text: &str) -> Result<Span, String> {
    let expected = "expected a whole number of days, hours or minutes, as 30d, 12h, 90m, at most 3650d";
    let minute = 60_000;
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(expected)?;
    let unit = match unit {
        "d" => 24 * 60 * minute,
        "h" => 60 * minute,
        "m" => minute,
        _ => return Err(expected.to_owned()),
    };
    let millis = number.parse::<u32>().ok().and_then(|number| i64::from(number).checked_mul(unit));
    millis.filter(|millis| (minute..=3650 * 24 * 60 * minute).contains(millis)).map(Span).ok_or(expected.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        assert_eq!(span("30d").unwrap().0, 2_592_000_000);
        assert_eq!((span("12h").unwrap().0, span("90m").unwrap().0), (43_200_000, 5_400_000));
        for wrong in ["", "d", "30", "-1d", "0m", "1.5h", "30é", "4000d", "99999999999d", "1 d"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
