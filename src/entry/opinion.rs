//! How sure the publisher of an entry is of it.

use core::fmt;

/// How sure the publisher of an entry is of it, in the words of python-threatexchange.
///
/// Its fourth word, `NEGATIVE_CLASS`, says that a picture is *not* abuse; such entries never reach an index.
///
/// ```
/// use lookalike::entry::Opinion;
///
/// assert_eq!(Opinion::named("INVESTIGATION_SEED"), Some(Opinion::Seed));
/// assert_eq!(Opinion::Seed.name(), "seed");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Opinion {
    /// The list does not say; what is known of the list as a whole holds.
    #[default]
    Unstated,
    /// Somebody looked at it, and it is what the list says.
    Positive,
    /// A lead, to be looked at: reported, and not reviewed.
    Seed,
    /// Others disagree.
    Disputed,
}

impl Opinion {
    /// Every opinion.
    pub const ALL: [Self; 4] = [Self::Unstated, Self::Positive, Self::Seed, Self::Disputed];

    /// The name in reports: `unstated`, `positive`, `seed`, `disputed`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unstated => "unstated",
            Self::Positive => "positive",
            Self::Seed => "seed",
            Self::Disputed => "disputed",
        }
    }

    /// The opinion of this name, of either case: its own, or that of python-threatexchange.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let published = |opinion| match opinion {
            Self::Positive => "POSITIVE_CLASS",
            Self::Seed => "INVESTIGATION_SEED",
            _ => "",
        };
        Self::ALL.into_iter().find(|it| {
            name.eq_ignore_ascii_case(it.name()) || name.eq_ignore_ascii_case(published(*it)) && !name.is_empty()
        })
    }
}

impl fmt::Display for Opinion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for opinion in Opinion::ALL {
            assert_eq!(Opinion::named(opinion.name()), Some(opinion));
        }
        assert_eq!(Opinion::named("positive_class"), Some(Opinion::Positive));
        assert_eq!((Opinion::named(""), Opinion::named("NEGATIVE_CLASS")), (None, None));
    }
}
