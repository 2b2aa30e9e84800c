//! Sets of framings: one table, of which the standard set is the beginning.

use super::framing::{Base, Beyond, Framing, Sides};

/// The framings by which a picture is looked up, beside its own hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViewSet {
    /// No framing: only the picture itself.
    #[default]
    None,
    /// The 43 framings with the highest recall for each needle.
    Standard,
    /// Every framing of the table.
    Thorough,
}

impl ViewSet {
    /// All sets, the smallest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Standard, Self::Thorough];

    /// The framings to look up beside the picture itself.
    #[must_use]
    pub const fn framings(self) -> &'static [Framing] {
        match self {
            Self::None => &[],
            Self::Standard => THOROUGH.split_at(STANDARD).0,
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

impl core::fmt::Display for ViewSet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.name())
    }
}

const fn sides(top: i16, right: i16, bottom: i16, left: i16) -> Sides {
    Sides::new(top, right, bottom, left)
}

const fn cut(top: i16, right: i16, bottom: i16, left: i16) -> Framing {
    Framing::WHOLE.cut(sides(top, right, bottom, left))
}

const fn cover(top: i16, right: i16, bottom: i16, left: i16) -> Framing {
    Framing::WHOLE.cover(sides(top, right, bottom, left))
}

const fn crop(per_mille: i16) -> Framing {
    Framing::crop(per_mille)
}

const fn pad(per_mille: i16) -> Framing {
    Framing::pad(per_mille)
}

const fn tilt(tenths: i16) -> Framing {
    Framing::tilt(tenths)
}

const EDGE: Beyond = Beyond::Edge;
const TRIM: Framing = Framing::TRIM;
const EVENLY: Framing = Framing::of(Base::TrimmedEvenly);
const TWICE: Framing = Framing::of(Base::TrimmedTwice);
const BARS: Framing = Framing::of(Base::WithinBars);
const PANELS: Framing = Framing::of(Base::WithinPanels);
const SCREEN: Framing = Framing::of(Base::Shown);
const WIDE: Framing = Framing::of(Base::ShownWide);
const EDGED: Framing = Framing::of(Base::ShownEdges);

/// Length of the standard set.
const STANDARD: usize = 43;

/// The thorough set, what gained most first: chosen one after the other on the training half of the photographs by the recall
/// that each added to those before (`benches/quality/select_views.py`).
const THOROUGH: &[Framing] = &[
    SCREEN,
    TRIM,
    pad(25).beyond(EDGE),
    tilt(-35),
    tilt(33),
    BARS.cut(sides(-5, -5, -5, -5)),
    pad(40).beyond(EDGE),
    cut(-65, 0, 0, 0).beyond(EDGE),
    pad(10).beyond(EDGE),
    pad(30).rotate(25),
    cover(0, 0, 840, 0),
    pad(30).rotate(-25),
    cut(0, 0, -40, 0).beyond(EDGE),
    WIDE,
    EDGED,
    cut(0, -65, 0, 0).beyond(EDGE),
    cut(0, 0, 0, -65).beyond(EDGE),
    cut(180, 0, 180, 0),
    cut(0, 100, 0, 100),
    cut(0, 200, 0, 200),
    cut(0, 0, -100, 0).beyond(EDGE),
    cut(-120, 0, 0, 0).beyond(EDGE),
    cover(860, 0, 0, 0),
    cut(0, -120, 0, 0).beyond(EDGE),
    cut(150, 0, 150, 0),
    cut(0, 0, 0, -100).beyond(EDGE),
    tilt(-15),
    cut(0, 150, 0, 150),
    pad(50).rotate(35),
    pad(50).rotate(-35),
    cut(0, 0, 0, -30).beyond(EDGE),
    cut(0, -30, 0, 0).beyond(EDGE),
    pad(80).beyond(EDGE),
    tilt(15),
    cut(100, 0, 100, 0),
    tilt(45),
    cover(700, 0, 0, 700),
    cut(-40, -20, -5, -20),
    cover(0, 700, 700, 0),
    cut(0, 0, 150, 0),
    cover(0, 0, 700, 700),
    cover(700, 700, 0, 0),
    cut(0, 0, -120, 0).beyond(EDGE),
    pad(20).rotate(-15),
    cut(-30, -10, -30, -60),
    tilt(-45),
    cut(0, 0, 180, 0),
    cut(0, 0, 0, -120).beyond(EDGE),
    cut(0, 0, -80, 0),
    cut(0, 180, 0, 180),
    cut(-10, -10, -30, -30),
    cut(0, 120, 0, 120),
    cut(200, 0, 200, 0),
    cut(0, -35, -35, 0),
    pad(50).beyond(EDGE),
    pad(100).beyond(EDGE),
    pad(30).rotate(15),
    cut(-80, 0, 0, 0),
    cut(0, -100, 0, 0).beyond(EDGE),
    cut(-20, 0, 0, -20),
    cut(150, 0, 0, 0),
    EVENLY.cut(sides(15, 15, 15, 15)),
    pad(60).rotate(-45),
    cut(-45, -45, -15, -15),
    cover(0, 0, 880, 0),
    cut(-70, 0, 0, -70),
    cut(10, 0, 10, 0),
    cut(180, 0, 0, 0),
    cut(-40, 0, 0, 0).beyond(EDGE),
    pad(40).rotate(-30),
    pad(60).rotate(40),
    cut(0, 0, 0, -10),
    cover(750, 0, 0, 750),
    cut(-45, -15, -15, -45),
    cut(-40, -20, -40, -20),
    SCREEN.cut(sides(0, 0, -40, 0)),
    SCREEN.cut(sides(-80, 0, 0, 0)),
    cover(800, 800, 0, 0),
    cut(0, -50, -50, 0),
    TWICE.cut(sides(10, 10, 10, 10)),
    crop(50),
    cut(0, 0, 0, -100),
    pad(28).beyond(EDGE),
    cover(880, 0, 0, 0),
    cover(0, 0, 820, 0),
    cut(0, -10, 0, 0).beyond(EDGE),
    cut(0, -80, 0, 0).beyond(EDGE),
    WIDE.cut(sides(0, -40, 0, 0)),
    cut(-15, -15, -45, -45),
    PANELS.cut(sides(0, 0, -20, 0)),
    pad(40).rotate(35),
    tilt(-5),
    cut(0, -20, -20, 0),
    pad(60).beyond(EDGE),
    EVENLY.cut(sides(5, 5, 5, 5)),
    tilt(-25),
    pad(40).rotate(-45),
    pad(20).rotate(25),
    cover(820, 0, 0, 0),
    cut(-20, -20, 0, 0),
    WIDE.cut(sides(-80, 0, 0, 0)),
    cover(0, 800, 800, 0),
    cut(-15, -45, -45, -15),
    pad(30).rotate(-20),
    pad(50).rotate(20),
    cut(-10, -30, -60, -30),
    cut(100, 0, 0, 0),
    cut(-30, -60, -30, -10),
    cut(-100, 0, 0, 0),
    cut(0, 0, 0, -50).beyond(EDGE),
    SCREEN.cut(sides(0, 0, 0, -40)),
    pad(60).rotate(-35),
    pad(35).beyond(EDGE),
    cut(0, 0, 0, -80).beyond(EDGE),
    tilt(25),
    TRIM.cut(sides(0, 20, 0, 0)),
    cover(0, 0, 800, 800),
    cut(-30, -10, -30, -10),
    pad(20).rotate(-25),
    pad(60).rotate(45),
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::string::ToString;

    #[test]
    fn every_framing_of_a_set_has_a_name_of_its_own() {
        for set in ViewSet::ALL {
            let names: BTreeSet<_> = set.framings().iter().map(ToString::to_string).collect();
            assert_eq!(names.len(), set.framings().len(), "{set}");
        }
        assert!(ViewSet::Standard.framings().iter().all(|framing| ViewSet::Thorough.framings().contains(framing)));
    }
}
