//! What is to be hashed instead of the whole picture.

/// A part of a picture, or more than it, that is hashed as if it were a picture of its own.
///
/// It is made in four steps: a base is chosen, the whole picture or what lies within a frame; the base may be cut, or widened
/// beyond its sides, where it goes on as a mirror or as its edge; the cut may be tilted about its middle; and a part of the
/// result may be covered by what surrounds it.
///
/// Displayed under a name that says all of it and never changes: `trim`, `crop 5%`, `cut bottom 10%`, `pad 3%`, `rotate 1.5`,
/// `trim + crop 2%`.
///
/// ```
/// use lookalike::hash::views::{Framing, Sides};
///
/// assert_eq!(Framing::crop(50).to_string(), "crop 5%");
/// assert_eq!(Framing::TRIM.cut(Sides::bottom(100)).to_string(), "trim + cut bottom 10%");
/// assert_eq!(Framing::pad(15).rotate(-30).to_string(), "pad 1.5% + rotate -3");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Framing {
    /// What is cut or widened.
    pub base: Base,
    /// How much is cut from each side of the base; negative: how much is added.
    pub sides: Sides,
    /// How the picture goes on beyond its base.
    pub beyond: Beyond,
    /// By how much the picture is turned back, counter-clockwise, in tenths of a degree: -450 to 450.
    pub tenths: i16,
    /// What is covered of the result: it lies within these distances from the sides; none where they are all 0.
    pub covered: Option<Sides>,
}

/// Which part of the picture is cut or widened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Base {
    /// All of it.
    Whole,
    /// What lies within a border of one colour on each side.
    Trimmed,
    /// The same, opposite sides having the same border: the narrower.
    TrimmedEvenly,
    /// What lies within a border of one colour within a border of one colour.
    TrimmedTwice,
    /// What lies within bars that are not of one colour, as a screenshot has them, by rows first.
    WithinBars,
    /// The same, by columns first; only where that is another part.
    WithinPanels,
    /// What is no ground that is exactly of one colour: a picture on a screen among text, buttons and panels.
    Shown,
    /// The same, but only grounds that lie around it count: the picture may have one of its own.
    ShownWide,
    /// The same, out to the straightest edges near both.
    ShownEdges,
}

/// How a picture is thought to go on beyond its sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Beyond {
    /// Mirrored at the side.
    Reflected,
    /// As its outermost cells.
    Edge,
}

/// Distances from the four sides, in thousandths of the height or width: -500 to 499, opposite sides together below 900.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sides {
    /// From above, in thousandths of the height.
    pub top: i16,
    /// From the right, in thousandths of the width.
    pub right: i16,
    /// From below, in thousandths of the height.
    pub bottom: i16,
    /// From the left, in thousandths of the width.
    pub left: i16,
}

impl Sides {
    /// Nothing from any side.
    pub const NONE: Self = Self::all(0);

    /// The four, in the order of style sheets.
    #[must_use]
    pub const fn new(top: i16, right: i16, bottom: i16, left: i16) -> Self {
        Self { top, right, bottom, left }
    }

    /// The same from every side.
    #[must_use]
    pub const fn all(per_mille: i16) -> Self {
        Self::new(per_mille, per_mille, per_mille, per_mille)
    }

    /// From above alone.
    #[must_use]
    pub const fn top(per_mille: i16) -> Self {
        Self::new(per_mille, 0, 0, 0)
    }

    /// From the right alone.
    #[must_use]
    pub const fn right(per_mille: i16) -> Self {
        Self::new(0, per_mille, 0, 0)
    }

    /// From below alone.
    #[must_use]
    pub const fn bottom(per_mille: i16) -> Self {
        Self::new(0, 0, per_mille, 0)
    }

    /// From the left alone.
    #[must_use]
    pub const fn left(per_mille: i16) -> Self {
        Self::new(0, 0, 0, per_mille)
    }

    /// Whether they lie within their ranges.
    pub(super) const fn are_sound(self) -> bool {
        const fn axis(one: i16, other: i16) -> bool {
            -500 <= one && one < 500 && -500 <= other && other < 500 && one + other < 900
        }
        axis(self.top, self.bottom) && axis(self.left, self.right)
    }
}

impl Framing {
    /// The whole picture, from the grid: near the exact hash, and no more than that.
    pub const WHOLE: Self = Self::of(Base::Whole);

    /// Without a border of one colour on each side: see [`Base::Trimmed`].
    pub const TRIM: Self = Self::of(Base::Trimmed);

    /// A base as it is.
    #[must_use]
    pub const fn of(base: Base) -> Self {
        Self { base, sides: Sides::NONE, beyond: Beyond::Reflected, tenths: 0, covered: None }
    }

    /// The inner part, so many thousandths cut from each side.
    #[must_use]
    pub const fn crop(per_mille: i16) -> Self {
        Self::WHOLE.cut(Sides::all(per_mille))
    }

    /// The picture with so many thousandths added to each side, mirrored: undoes a crop.
    #[must_use]
    pub const fn pad(per_mille: i16) -> Self {
        Self::WHOLE.cut(Sides::all(-per_mille))
    }

    /// The picture turned back by so many tenths of a degree, counter-clockwise.
    #[must_use]
    pub const fn tilt(tenths: i16) -> Self {
        Self::WHOLE.rotate(tenths)
    }

    /// The same, with so much cut from each side of the base, or added where it is negative.
    #[must_use]
    pub const fn cut(self, sides: Sides) -> Self {
        Self { sides, ..self }
    }

    /// The same, turned back by so many tenths of a degree, counter-clockwise.
    #[must_use]
    pub const fn rotate(self, tenths: i16) -> Self {
        Self { tenths, ..self }
    }

    /// The same, going on beyond its sides in another way.
    #[must_use]
    pub const fn beyond(self, beyond: Beyond) -> Self {
        Self { beyond, ..self }
    }

    /// The same, with a rectangle covered by what surrounds it: that within these distances from the sides, 0 to 1000.
    #[must_use]
    pub const fn cover(self, sides: Sides) -> Self {
        Self { covered: Some(sides), ..self }
    }
}
