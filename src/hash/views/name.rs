//! The printed names of framings. They stand in reports, and never change.

use core::fmt;

use super::framing::{Base, Beyond, Framing, Sides};

impl fmt::Display for Framing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Parts { f, any: false };
        let base = match self.base {
            Base::Whole => None,
            Base::Trimmed => Some("trim"),
            Base::TrimmedEvenly => Some("trim evenly"),
            Base::TrimmedTwice => Some("trim twice"),
            Base::WithinBars => Some("trim bars"),
            Base::WithinPanels => Some("trim panels"),
            Base::Shown => Some("trim screen"),
            Base::ShownWide => Some("trim screen widely"),
            Base::ShownEdges => Some("trim screen edges"),
        };
        if let Some(base) = base {
            parts.add(format_args!("{base}"))?;
        }
        let (cut, added) = (positive(self.sides), positive(negated(self.sides)));
        let mut edge = if self.beyond == Beyond::Edge { " edge" } else { "" };
        if cut != Sides::NONE {
            parts.add(format_args!("{}", Named { sides: cut, all: "crop", one: "cut" }))?;
        }
        if added != Sides::NONE {
            parts.add(format_args!("{}{edge}", Named { sides: added, all: "pad", one: "pad" }))?;
            edge = "";
        }
        if self.tenths != 0 {
            parts.add(format_args!("rotate {}{edge}", Tenths(self.tenths)))?;
        }
        if let Some(sides) = self.covered {
            parts.add(format_args!(
                "cover{}{}",
                Covered(sides.top, sides.bottom, "top", "bottom"),
                Covered(sides.left, sides.right, "left", "right")
            ))?;
        }
        if parts.any { Ok(()) } else { f.write_str("whole") }
    }
}

/// Parts of a name, joined by plus signs.
struct Parts<'f, 'b> {
    f: &'f mut fmt::Formatter<'b>,
    any: bool,
}

impl Parts<'_, '_> {
    fn add(&mut self, part: fmt::Arguments<'_>) -> fmt::Result {
        if self.any {
            self.f.write_str(" + ")?;
        }
        self.any = true;
        self.f.write_fmt(part)
    }
}

const fn positive(sides: Sides) -> Sides {
    const fn or_none(side: i16) -> i16 {
        if side > 0 { side } else { 0 }
    }
    Sides::new(or_none(sides.top), or_none(sides.right), or_none(sides.bottom), or_none(sides.left))
}

const fn negated(sides: Sides) -> Sides {
    const fn negated(side: i16) -> i16 {
        side.saturating_neg()
    }
    Sides::new(negated(sides.top), negated(sides.right), negated(sides.bottom), negated(sides.left))
}

/// Distances from the sides, after a word for all the same or one for some: `crop 5%`, `cut top 6% bottom 10%`.
struct Named {
    sides: Sides,
    all: &'static str,
    one: &'static str,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sides { top, right, bottom, left } = self.sides;
        if top == right && top == bottom && top == left {
            return write!(f, "{} {}%", self.all, Tenths(top));
        }
        f.write_str(self.one)?;
        for (side, name) in [(top, "top"), (right, "right"), (bottom, "bottom"), (left, "left")] {
            if side != 0 {
                write!(f, " {name} {}%", Tenths(side))?;
            }
        }
        Ok(())
    }
}

/// Which part of an axis is covered, by the distances of the covered from both sides: ` top 15%`, ` left 30% to 60%`; nothing for all
/// of it.
struct Covered(i16, i16, &'static str, &'static str);

impl fmt::Display for Covered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(before, after, first, last) = *self;
        let rest = |side: i16| Tenths(1000_i16.saturating_sub(side));
        match (before, after) {
            (0, 0) => Ok(()),
            (0, _) => write!(f, " {first} {}%", rest(after)),
            (_, 0) => write!(f, " {last} {}%", rest(before)),
            _ => write!(f, " {first} {}% to {}%", Tenths(before), rest(after)),
        }
    }
}

/// A number of tenths: `5`, `1.5`, `-0.5`.
struct Tenths(i16);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, tenths) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        match tenths % 10 {
            0 => write!(f, "{sign}{}", tenths / 10),
            rest => write!(f, "{sign}{}.{rest}", tenths / 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn names_say_what_was_done() {
        let named = [
            (Framing::WHOLE, "whole"),
            (Framing::TRIM, "trim"),
            (Framing::of(Base::WithinBars).cut(Sides::all(20)), "trim bars + crop 2%"),
            (Framing::crop(15), "crop 1.5%"),
            (Framing::pad(30).beyond(Beyond::Edge), "pad 3% edge"),
            (Framing::WHOLE.cut(Sides::top(60)), "cut top 6%"),
            (Framing::WHOLE.cut(Sides::new(-50, 0, 50, 0)), "cut bottom 5% + pad top 5%"),
            (Framing::tilt(-5), "rotate -0.5"),
            (Framing::pad(20).rotate(15), "pad 2% + rotate 1.5"),
            (Framing::tilt(15).beyond(Beyond::Edge), "rotate 1.5 edge"),
            (Framing::WHOLE.cover(Sides::new(850, 0, 0, 0)), "cover bottom 15%"),
            (Framing::WHOLE.cover(Sides::new(0, 0, 700, 700)), "cover top 30% right 30%"),
            (Framing::WHOLE.cover(Sides::new(200, 0, 300, 0)), "cover top 20% to 70%"),
        ];
        for (framing, name) in named {
            assert_eq!(framing.to_string(), name);
        }
    }
}
