//! Which framings are looked up: one plain table for each set.

use super::framing::{Base, Framing, Sides};

/// How many further needles a picture is looked up by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Set {
    /// None: the picture as it is.
    #[default]
    None,
    /// Those that found the most for each needle.
    Standard,
    /// Many.
    Thorough,
}

impl Set {
    /// All sets, the smallest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Standard, Self::Thorough];

    /// The framings to be looked up beside the picture itself.
    #[must_use]
    pub const fn framings(self) -> &'static [Framing] {
        match self {
            Self::None => &[],
            Self::Standard => STANDARD,
            Self::Thorough => THOROUGH,
        }
    }

    /// The name: `none`, `standard`, `thorough`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Standard => "standard",
            Self::Thorough => "thorough",
        }
    }
}

impl core::fmt::Display for Set {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

const fn cut(top: i16, right: i16, bottom: i16, left: i16) -> Framing {
    Framing::WHOLE.cut(Sides::new(top, right, bottom, left))
}

const TRIM: Framing = Framing::TRIM;
const EVENLY: Framing = Framing::of(Base::TrimmedEvenly);
const TWICE: Framing = Framing::of(Base::TrimmedTwice);
const BARS: Framing = Framing::of(Base::WithinBars);
const PANELS: Framing = Framing::of(Base::WithinPanels);

const SCREEN: Framing = Framing::of(Base::Shown);
const WIDE: Framing = Framing::of(Base::ShownWide);
const EDGES: Framing = Framing::of(Base::ShownEdges);

const STANDARD: &[Framing] = &[
    TRIM,
    EVENLY,
    TWICE,
    BARS,
    PANELS,
    SCREEN,
    WIDE,
    EDGES,
    Framing::crop(15),
    Framing::crop(30),
    Framing::crop(60),
    Framing::crop(100),
    Framing::crop(150),
    cut(60, 0, 0, 0),
    cut(120, 0, 0, 0),
    cut(0, 0, 60, 0),
    cut(0, 0, 120, 0),
    cut(0, 0, 200, 0),
    cut(60, 0, 60, 0),
    Framing::pad(8),
    Framing::pad(15),
    Framing::pad(22),
    Framing::pad(30),
    Framing::pad(50),
    cut(-50, 0, 0, 0),
    cut(0, -50, 0, 0),
    cut(0, 0, -50, 0),
    cut(0, 0, 0, -50),
    cut(-100, 0, 0, 0),
    cut(0, -100, 0, 0),
    cut(0, 0, -100, 0),
    cut(0, 0, 0, -100),
    Framing::tilt(-10),
    Framing::tilt(10),
    Framing::tilt(-20),
    Framing::tilt(20),
    Framing::tilt(-30),
    Framing::tilt(30),
    Framing::tilt(-40),
    Framing::tilt(40),
    Framing::tilt(-50),
    Framing::tilt(50),
];

const THOROUGH: &[Framing] = STANDARD;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::string::ToString;

    #[test]
    fn every_framing_of_a_set_has_a_name_of_its_own() {
        for set in Set::ALL {
            let names: BTreeSet<_> = set.framings().iter().map(ToString::to_string).collect();
            assert_eq!(names.len(), set.framings().len(), "{set}");
        }
        assert!(Set::Standard.framings().iter().all(|framing| Set::Thorough.framings().contains(framing)));
    }
}
