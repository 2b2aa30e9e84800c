//! Why a file was not decoded.

use std::fmt;
use std::time::Duration;

use lookalike::decode::{DecodeError, Limited};
use lookalike::matching::Outcome;

/// Why a file was not decoded, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotDecoded {
    /// The decoder says so: what would have come out in this process, too.
    Refused(DecodeError),
    /// The worker that had the file is no more.
    Died(Death),
}

impl fmt::Display for NotDecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::Died(death) => death.fmt(f),
        }
    }
}

impl std::error::Error for NotDecoded {}

impl From<DecodeError> for NotDecoded {
    fn from(error: DecodeError) -> Self {
        Self::Refused(error)
    }
}

/// How a worker ended that had a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Death {
    /// The file took longer than this, and the worker was killed.
    Late(Duration),
    /// The file took more than so many bytes of memory.
    Memory(u64),
    /// It tried what it must not, and the kernel killed it.
    Forbidden,
    /// It was killed by this signal, or killed itself.
    Signal(i32),
    /// It ended by itself, with this code.
    Exit(i32),
    /// It answered what no decoder answers, and was killed.
    Nonsense,
    /// There was no worker, and none could be started.
    NotStarted,
}

impl Death {
    /// What becomes of the file if nothing else is found of it: never [`Outcome::NoMatch`].
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Late(allowed) => {
                let allowed = millis(*allowed);
                Outcome::OverLimit { what: "milliseconds", found: allowed.saturating_add(1), allowed }
            }
            Self::Memory(allowed) => {
                let (what, found) = (Limited::AllocBytes.name(), allowed.saturating_add(1));
                Outcome::OverLimit { what, found, allowed: *allowed }
            }
            Self::NotStarted => Outcome::Unreadable { io: "no decoder could be started" },
            Self::Forbidden | Self::Signal(_) | Self::Exit(_) | Self::Nonsense => Outcome::Corrupt { stage: "decoder" },
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(allowed) => write!(f, "it takes longer than {} ms", millis(*allowed)),
            Self::Memory(allowed) => write!(f, "decoding takes more than {allowed} {}", Limited::AllocBytes),
            Self::Forbidden => f.write_str("the decoder tried what it must not, and was stopped"),
            Self::Signal(signal) => write!(f, "the decoder was killed by signal {signal}"),
            Self::Exit(code) => write!(f, "the decoder ended by itself, with code {code}"),
            Self::Nonsense => f.write_str("the decoder answered what no decoder answers"),
            Self::NotStarted => f.write_str("no decoder could be started"),
        }
    }
}

impl std::error::Error for Death {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_death_means_that_a_file_was_checked() {
        let deaths = [
            (Death::Late(Duration::from_secs(2)), "over_limit", "it takes longer than 2000 ms"),
            (Death::Memory(77), "over_limit", "decoding takes more than 77 bytes of memory"),
            (Death::Forbidden, "corrupt", "the decoder tried what it must not, and was stopped"),
            (Death::Signal(9), "corrupt", "the decoder was killed by signal 9"),
            (Death::Exit(0), "corrupt", "the decoder ended by itself, with code 0"),
            (Death::Nonsense, "corrupt", "the decoder answered what no decoder answers"),
            (Death::NotStarted, "unreadable", "no decoder could be started"),
        ];
        for (death, name, words) in deaths {
            assert_eq!((death.outcome().name(), death.to_string().as_str()), (name, words));
            assert!(!death.outcome().was_checked());
        }
    }
}
