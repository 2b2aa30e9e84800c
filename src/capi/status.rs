//! How a call ended.

use core::ffi::{CStr, c_char};

use crate::matching::Outcome;

/// How a call ended: it succeeded, a picture has this outcome, or the call failed. The numbers never change.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The call succeeded. Never returned for a picture that was checked.
    Ok = 0,
    /// The picture was compared with the lists, and nothing matches. Only this means clean.
    NoMatch = 1,
    /// An entry of a list of abuse material matches.
    Match = 2,
    /// Only entries of lists made for testing match: the way from a picture to an alarm works.
    Test = 3,
    /// Not checked: the picture has too little detail for its hash to mean anything.
    LowQuality = 16,
    /// Not checked: the file is of a kind, or uses a feature, that is not decoded.
    Unsupported = 17,
    /// Not checked: the file breaks the rules of its format.
    Corrupt = 18,
    /// Not checked, or only in part: the file exceeds a limit.
    OverLimit = 19,
    /// Not checked: the file could not be read.
    Unreadable = 20,
    /// Checked in part: nothing matches of what was compared, but a part of the file was not.
    PartlyChecked = 21,
    /// An argument is null, out of range, or does not fit another.
    InvalidArgument = 32,
    /// The index or store cannot be opened: it is missing, unreadable or damaged.
    CannotOpen = 33,
    /// The lists hold no entry, so every picture would look clean.
    Empty = 34,
    /// The hashes are of another profile than the lists.
    WrongProfile = 35,
    /// The index turned out to be damaged during the search: nothing is known of the picture.
    Damaged = 36,
    /// The policy cannot be read, or could never be met by these lists.
    PolicyRefused = 37,
    /// A signed list has expired, and its keys file refuses it then: nothing is known of the picture.
    Stale = 38,
    /// Worker processes cannot be started.
    NoWorkers = 39,
    /// A bug in the library: please report it. Nothing is known of the picture.
    Panicked = 64,
}

impl Status {
    pub(super) const ALL: [(Self, &CStr); 19] = [
        (Self::Ok, c"ok"),
        (Self::NoMatch, c"no_match"),
        (Self::Match, c"match"),
        (Self::Test, c"test"),
        (Self::LowQuality, c"low_quality"),
        (Self::Unsupported, c"unsupported"),
        (Self::Corrupt, c"corrupt"),
        (Self::OverLimit, c"over_limit"),
        (Self::Unreadable, c"unreadable"),
        (Self::PartlyChecked, c"partly_checked"),
        (Self::InvalidArgument, c"invalid_argument"),
        (Self::CannotOpen, c"cannot_open"),
        (Self::Empty, c"empty"),
        (Self::WrongProfile, c"wrong_profile"),
        (Self::Damaged, c"damaged"),
        (Self::PolicyRefused, c"policy_refused"),
        (Self::Stale, c"stale"),
        (Self::NoWorkers, c"no_workers"),
        (Self::Panicked, c"panicked"),
    ];
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Match => Self::Match,
            Outcome::Test => Self::Test,
            Outcome::NoMatch(_) => Self::NoMatch,
            Outcome::PartlyChecked(_) => Self::PartlyChecked,
            Outcome::LowQuality { .. } => Self::LowQuality,
            Outcome::Unsupported { .. } => Self::Unsupported,
            Outcome::Corrupt { .. } => Self::Corrupt,
            Outcome::OverLimit { .. } => Self::OverLimit,
            Outcome::Unreadable { .. } => Self::Unreadable,
        }
    }
}

/// Returns the name of a status, `no_match` for example; that of an outcome is the same in every interface. `unknown` for any other number.
/// Never null; static.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_status_name(status: i32) -> *const c_char {
    let named = Status::ALL.iter().find(|(of, _)| *of as i32 == status);
    named.map_or(c"unknown", |(_, name)| name).as_ptr()
}

/// Returns 1 if a picture of this status was compared with the lists (`no_match`, `match`, `test`), else 0.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_status_was_checked(status: i32) -> i32 {
    i32::from([Status::NoMatch, Status::Match, Status::Test].into_iter().any(|checked| checked as i32 == status))
}
