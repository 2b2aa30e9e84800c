//! Total, typed outcomes: "could not be checked" can never be read as "clean".

use core::fmt;

use crate::coverage::{Unseen, Whole};

/// What became of a picture: exactly one of these, and only [`Match`](Self::Match), [`Test`](Self::Test) and
/// [`NoMatch`](Self::NoMatch) mean that it was checked.
///
/// ```
/// use lookalike::matching::Outcome;
///
/// let outcome = Outcome::Corrupt { stage: "header" };
/// assert!(!outcome.was_checked());
/// assert_eq!((outcome.name(), outcome.to_string().as_str()), ("corrupt", "corrupt: header"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// An entry of a list of abuse material matches, and no rule suppressed it.
    Match,
    /// Only entries of lists made for testing match.
    Test,
    /// All of the picture was compared, and nothing matches.
    NoMatch(Whole),
    /// Nothing matches of what was compared, but a part of the file was not.
    PartlyChecked(Unseen),
    /// The picture has too little detail for its hash to mean anything, and was not compared with every list.
    LowQuality {
        /// Its best quality, 0 to 100.
        quality: u8,
    },
    /// The file is of a kind, or uses a feature, that is not decoded.
    Unsupported {
        /// What its bytes were recognised as, or `unknown`.
        format: &'static str,
    },
    /// The file breaks the rules of its format.
    Corrupt {
        /// How far decoding came.
        stage: &'static str,
    },
    /// The file exceeds a limit.
    OverLimit {
        /// What exceeds it.
        what: &'static str,
        /// The amount found; where counting stopped at the limit, one more than allowed.
        found: u64,
        /// The limit.
        allowed: u64,
    },
    /// The file could not be read.
    Unreadable {
        /// Why, as the operating system says it.
        io: &'static str,
    },
}

impl Outcome {
    /// Returns true if the picture was compared with the lists, so that the absence of a match means something.
    #[must_use]
    pub const fn was_checked(&self) -> bool {
        matches!(self, Self::Match | Self::Test | Self::NoMatch(_))
    }

    /// The name in every interface: `match`, `test`, `no_match`, `partly_checked`, `low_quality`, `unsupported`, `corrupt`, `over_limit`, `unreadable`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Test => "test",
            Self::NoMatch(_) => "no_match",
            Self::PartlyChecked(_) => "partly_checked",
            Self::LowQuality { .. } => "low_quality",
            Self::Unsupported { .. } => "unsupported",
            Self::Corrupt { .. } => "corrupt",
            Self::OverLimit { .. } => "over_limit",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match => f.write_str("match"),
            Self::Test => f.write_str("test"),
            Self::NoMatch(_) => f.write_str("no match"),
            Self::PartlyChecked(unseen) => write!(f, "partly checked: {unseen}"),
            Self::LowQuality { quality } => write!(f, "low quality: {quality} of 100"),
            Self::Unsupported { format } => write!(f, "unsupported: {format}"),
            Self::Corrupt { stage } => write!(f, "corrupt: {stage}"),
            Self::OverLimit { what, found, allowed } => write!(f, "over limit: {found} {what}, allowed {allowed}"),
            Self::Unreadable { io } => write!(f, "unreadable: {io}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn only_a_comparison_counts_as_checked() {
        let unchecked = [
            Outcome::PartlyChecked(Unseen::Part { part: "page", number: 2, why: "corrupt" }),
            Outcome::LowQuality { quality: 3 },
            Outcome::Unsupported { format: "PDF" },
            Outcome::Corrupt { stage: "header" },
            Outcome::OverLimit { what: "pixels", found: 2, allowed: 1 },
            Outcome::Unreadable { io: "permission denied" },
        ];
        for outcome in unchecked {
            assert!(!outcome.was_checked(), "{outcome}");
            assert!(outcome.to_string().starts_with(&outcome.name().replace('_', " ")));
        }
        assert!([Outcome::Match, Outcome::Test, Outcome::NoMatch(Whole::of_hash())].iter().all(Outcome::was_checked));
    }
}
