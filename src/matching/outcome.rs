//! Total, typed outcomes: "could not be checked" can never be read as "clean".

use core::fmt;

/// What became of one picture. Every picture ends as exactly one of these.
///
/// `M` is the evidence of a match, or of a test: whatever the caller collects about the entries found.
///
/// ```
/// use lookalike::matching::Outcome;
///
/// let truncated: Outcome<u32> = Outcome::Corrupt { stage: "truncated" };
/// assert!(!truncated.was_checked());
/// assert_eq!(truncated.name(), "corrupt");
/// assert_eq!(truncated.to_string(), "corrupt: truncated");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome<M> {
    /// At least one entry of a list of abuse material counts: a listed hash within the radius, or the digest of the file.
    Match(M),
    /// Only lists made for testing have the picture: the way from a picture to an alarm works, and it is no abuse.
    Test(M),
    /// The picture was hashed and looked up, and no listed hash lies within the radius.
    NoMatch,
    /// The picture has too little gradient for its hash to mean anything; it was not looked up.
    LowQuality {
        /// PDQ's quality: 0 to 100.
        quality: u8,
    },
    /// The bytes are not a picture of a kind that can be decoded.
    Unsupported {
        /// What the bytes look like.
        format: &'static str,
    },
    /// The bytes are of a known kind, but broken.
    Corrupt {
        /// How far decoding came.
        stage: &'static str,
    },
    /// The picture exceeds a limit; it was not decoded.
    OverLimit {
        /// What is limited.
        what: &'static str,
        /// How much the picture announces.
        found: u64,
        /// How much the limit allows.
        allowed: u64,
    },
    /// The bytes could not be read.
    Unreadable {
        /// Why: the kind of the input error.
        io: &'static str,
    },
}

impl<M> Outcome<M> {
    /// Says whether the picture was looked up: true only for [`Outcome::Match`], [`Outcome::Test`] and
    /// [`Outcome::NoMatch`].
    #[must_use]
    pub const fn was_checked(&self) -> bool {
        matches!(self, Self::Match(_) | Self::Test(_) | Self::NoMatch)
    }

    /// The name used in reports; these names never change.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Match(_) => "match",
            Self::Test(_) => "test",
            Self::NoMatch => "no_match",
            Self::LowQuality { .. } => "low_quality",
            Self::Unsupported { .. } => "unsupported",
            Self::Corrupt { .. } => "corrupt",
            Self::OverLimit { .. } => "over_limit",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// Replaces the evidence of a match or a test, keeping every other outcome.
    pub fn map<N>(self, evidence: impl FnOnce(M) -> N) -> Outcome<N> {
        match self {
            Self::Match(found) => Outcome::Match(evidence(found)),
            Self::Test(found) => Outcome::Test(evidence(found)),
            Self::NoMatch => Outcome::NoMatch,
            Self::LowQuality { quality } => Outcome::LowQuality { quality },
            Self::Unsupported { format } => Outcome::Unsupported { format },
            Self::Corrupt { stage } => Outcome::Corrupt { stage },
            Self::OverLimit { what, found, allowed } => Outcome::OverLimit { what, found, allowed },
            Self::Unreadable { io } => Outcome::Unreadable { io },
        }
    }
}

impl<M> fmt::Display for Outcome<M> {
    /// One line in plain words; the evidence of a match is the caller's to print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match(_) => f.write_str("match"),
            Self::Test(_) => f.write_str("test"),
            Self::NoMatch => f.write_str("no match"),
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
    fn only_a_look_up_counts_as_checked() {
        let unchecked = [
            Outcome::LowQuality { quality: 3 },
            Outcome::Unsupported { format: "PDF" },
            Outcome::Corrupt { stage: "header" },
            Outcome::OverLimit { what: "pixels", found: 2, allowed: 1 },
            Outcome::Unreadable { io: "permission denied" },
        ];
        for outcome in unchecked {
            assert!(!outcome.was_checked(), "{outcome}");
            assert_eq!(outcome.map(|(): ()| ()), outcome);
            assert!(outcome.to_string().starts_with(&outcome.name().replace('_', " ")));
        }
        assert!(Outcome::Match(1).was_checked() && Outcome::<u8>::NoMatch.was_checked());
        assert!(Outcome::Test(1).was_checked() && Outcome::Test(1) != Outcome::Match(1));
        assert_eq!(Outcome::Match(1).map(|found| found + 1), Outcome::Match(2));
        assert_eq!(Outcome::Test(1).map(|found| found + 1), Outcome::Test(2));
        assert_eq!((Outcome::Test(1).name(), Outcome::Test(1).to_string().as_str()), ("test", "test"));
    }
}
