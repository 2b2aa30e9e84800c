//! How a call ended.

use crate::matching::Outcome;

/// How a call ended: that it did what it was asked, what became of a picture, or why it could not be done. The numbers never change.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done. Never said of a picture that was looked up.
    Ok = 0,
    /// The picture was looked up, and nothing counts. Only this may be taken for clean.
    NoMatch = 1,
    /// An entry of a list of abuse material counts.
    Match = 2,
    /// Only lists made for testing have it: the way from a picture to an alarm works, and it is no abuse.
    Test = 3,
    /// Not checked: the picture has too little gradient for its hash to mean anything.
    LowQuality = 16,
    /// Not checked: the bytes are not a picture of a kind that is decoded here.
    Unsupported = 17,
    /// Not checked: the bytes are of a known kind, but broken.
    Corrupt = 18,
    /// Not checked, or only in part: the picture exceeds a limit.
    OverLimit = 19,
    /// Not checked: the bytes could not be read.
    Unreadable = 20,
    /// An argument is null, out of its range, or does not fit another.
    InvalidArgument = 32,
    /// A file is no index, is damaged, or a directory is no store; nothing was opened.
    Refused = 33,
    /// The file system refused something.
    Io = 34,
    /// The hashes were made under another profile than those of the lists.
    WrongProfile = 35,
    /// The index turned out to be damaged while it was looked up in: nothing is known of the picture.
    Damaged = 36,
    /// The policy is refused: no TOML, no policy, or one under which nothing could ever match.
    PolicyRefused = 37,
    /// A signed list has expired, and the operator wants no look-up then: nothing is known of the picture.
    Stale = 38,
    /// A defect of the library: please report it. Nothing is known of the picture.
    Panicked = 64,
}

impl Status {
    pub(super) const ALL: [(Self, &core::ffi::CStr); 17] = [
        (Self::Ok, c"ok"),
        (Self::NoMatch, c"no_match"),
        (Self::Match, c"match"),
        (Self::Test, c"test"),
        (Self::LowQuality, c"low_quality"),
        (Self::Unsupported, c"unsupported"),
        (Self::Corrupt, c"corrupt"),
        (Self::OverLimit, c"over_limit"),
        (Self::Unreadable, c"unreadable"),
        (Self::InvalidArgument, c"invalid_argument"),
        (Self::Refused, c"refused"),
        (Self::Io, c"io"),
        (Self::WrongProfile, c"wrong_profile"),
        (Self::Damaged, c"damaged"),
        (Self::PolicyRefused, c"policy_refused"),
        (Self::Stale, c"stale"),
        (Self::Panicked, c"panicked"),
    ];
}

impl<M> From<&Outcome> for Status {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Match => Self::Match,
            Outcome::Test => Self::Test,
            Outcome::NoMatch => Self::NoMatch,
            Outcome::LowQuality { .. } => Self::LowQuality,
            Outcome::Unsupported { .. } => Self::Unsupported,
            Outcome::Corrupt { .. } => Self::Corrupt,
            Outcome::OverLimit { .. } => Self::OverLimit,
            Outcome::Unreadable { .. } => Self::Unreadable,
        }
    }
}
