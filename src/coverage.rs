//! The parts of a picture file that were not compared with the lists, and the proof that there are none.

#![forbid(unsafe_code)]

use core::fmt;

/// A part of a file that holds pixels and was not compared.
///
/// ```
/// use lookalike::coverage::Unseen;
///
/// let rest = Unseen::Rest { parts: "frames", seen: 16, all: 400, why: "over_limit" };
/// assert_eq!(rest.to_string(), "16 of 400 frames were compared (over limit)");
/// assert_eq!(Unseen::Part { part: "page", number: 3, why: "corrupt" }.to_string(), "page 3 was not compared (corrupt)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unseen {
    /// One part.
    Part {
        /// What it is: `page`, `preview`, `picture`, `thumbnail`, `video`, `data`.
        part: &'static str,
        /// Which of its kind, counted from 1.
        number: u32,
        /// Why it was not compared: the name of an [`Outcome`](crate::matching::Outcome).
        why: &'static str,
    },
    /// All parts after some number of them.
    Rest {
        /// What they are: `frames`, or `parts` of any kind.
        parts: &'static str,
        /// How many were compared.
        seen: u64,
        /// How many there are.
        all: u64,
        /// Why the rest was not compared: the name of an [`Outcome`](crate::matching::Outcome).
        why: &'static str,
    },
}

impl Unseen {
    /// What it is: `page`, or `frames`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Part { part, .. } => part,
            Self::Rest { parts, .. } => parts,
        }
    }

    /// Why it was not compared: the name of an [`Outcome`](crate::matching::Outcome).
    #[must_use]
    pub const fn why(&self) -> &'static str {
        match self {
            Self::Part { why, .. } | Self::Rest { why, .. } => why,
        }
    }
}

impl fmt::Display for Unseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Part { part, number, .. } => write!(f, "{part} {number} was not compared (")?,
            Self::Rest { parts, seen, all, .. } => write!(f, "{seen} of {all} {parts} were compared (")?,
        }
        let mut words = self.why().split('_');
        f.write_str(words.next().unwrap_or_default())?;
        words.try_for_each(|word| write!(f, " {word}"))?;
        f.write_str(")")
    }
}

/// Proof that nothing of a picture was left out. Without it there is no [`Outcome::NoMatch`](crate::matching::Outcome::NoMatch).
///
/// ```
/// use lookalike::coverage::{Unseen, Whole};
///
/// assert!(Whole::prove(&[]).is_ok());
/// let page = Unseen::Part { part: "page", number: 2, why: "unsupported" };
/// assert_eq!(Whole::prove(&[page]), Err(page));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole(());

impl Whole {
    /// Returns the proof for a hash that was looked up by itself, without a file.
    #[must_use]
    pub const fn of_hash() -> Self {
        Self(())
    }

    /// Takes everything that was left out.
    ///
    /// # Errors
    ///
    /// The first part that was left out.
    pub const fn prove(unseen: &[Unseen]) -> Result<Self, Unseen> {
        match unseen.first() {
            None => Ok(Self(())),
            Some(first) => Err(*first),
        }
    }
}
