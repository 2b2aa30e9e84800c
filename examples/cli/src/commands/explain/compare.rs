//! Two sides held against each other: under each profile and turn, and in further views.

use lookalike::decode::{Rendition, View};
use lookalike::hash::{Dihedral, Profile};
use lookalike::matching::SearchOptions;
use serde::Serialize;

use super::side::{Bits, Side, is_repetitive, turned};
use crate::template::text;

/// What came out.
#[derive(Debug)]
pub(super) struct Comparison {
    /// Which side is turned; none where both are hashes.
    pub(super) turned: Option<Which>,
    /// A row for each profile that both sides have.
    pub(super) rows: Vec<Row>,
    /// The place of the row that the grids and the verdict are about.
    chosen: usize,
    /// Views within their radius, the nearest first.
    pub(super) views: Vec<Seen>,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Which {
    A,
    B,
}

impl Which {
    /// The letter on the page.
    pub(super) const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }

    /// The letter of the other side.
    pub(super) const fn other(self) -> &'static str {
        match self {
            Self::A => "B",
            Self::B => "A",
        }
    }
}

/// The distances under one profile.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(serialize_with = "text")]
    pub(super) profile: Profile,
    bits: usize,
    /// The largest distance that counts.
    pub(super) radius: u32,
    /// Whether the smallest distance is within it.
    pub(super) matches: bool,
    /// By turn, in the order of [`Dihedral::ALL`]; of two hashes only the first.
    distances: Vec<Turned>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Turned {
    #[serde(serialize_with = "text")]
    transform: Dihedral,
    distance: u32,
}

impl Row {
    fn new(profile: Profile, radius: u32, turned: &[Bits], still: &Bits) -> Self {
        let distances = Dihedral::ALL.into_iter().zip(turned);
        let distances = distances.map(|(transform, bits)| Turned { transform, distance: bits.distance(still) });
        let mut row = Self { profile, bits: profile.bits(), radius, matches: false, distances: distances.collect() };
        row.matches = row.nearest().1 <= radius;
        row
    }

    /// The smallest distance, of equal ones the first.
    fn nearest(&self) -> (Dihedral, u32) {
        let nearest = self.distances.iter().min_by_key(|turned| turned.distance);
        nearest.map_or((Dihedral::Original, u32::MAX), |turned| (turned.transform, turned.distance))
    }
}

/// A view of one side that brings it near the other.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    pub(super) of: Which,
    #[serde(serialize_with = "text")]
    pub(super) view: View,
    #[serde(rename = "transform", serialize_with = "text")]
    pub(super) turn: Dihedral,
    pub(super) distance: u32,
    quality: u8,
}

/// A hash as rows of bits, as it is drawn beside another.
#[derive(Serialize)]
pub(super) struct Grid {
    /// Of which side it is, and how that was turned.
    pub(super) name: String,
    pub(super) rows: Vec<GridRow>,
}

/// A row of bits, and the same in hexadecimal digits.
#[derive(Serialize)]
pub(super) struct GridRow {
    digits: String,
    pub(super) bits: Vec<Bit>,
}

/// A bit, and whether the other hash has another one in its place.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Bit {
    pub(super) is_set: bool,
    pub(super) differs: bool,
}

impl Comparison {
    /// Compares two sides; nothing where they have no profile in common.
    ///
    /// `profile`: which one the verdict is about, [`Profile::Pdq`] where both have it; `radius`: the largest distance that counts under
    /// it, else the profile's own.
    pub(super) fn of(a: &Side, b: &Side, profile: Option<Profile>, radius: Option<u32>) -> Option<Self> {
        let turned = match (&a.picture, &b.picture) {
            (Some(_), _) => Some(Which::A),
            (None, Some(_)) => Some(Which::B),
            (None, None) => None,
        };
        let (turns, still) = if turned == Some(Which::B) { (b, a) } else { (a, b) };
        let common = Profile::all().filter(|&common| !turns.turned(common).is_empty());
        let common: Vec<_> = common.filter_map(|common| Some((common, still.turned(common).first()?))).collect();
        let chosen = common.iter().position(|(common, _)| profile.is_none_or(|wanted| *common == wanted))?;
        let row = |(at, (profile, still)): (usize, (Profile, &Bits))| {
            let radius = radius.filter(|_| at == chosen).unwrap_or_else(|| profile.default_radius());
            Row::new(profile, radius, turns.turned(profile), still)
        };
        let rows = common.into_iter().enumerate().map(row).collect();
        let mut comparison = Self { turned, rows, chosen, views: Vec::new() };
        let (profile, radius) = comparison.row().map(|row| (row.profile, row.radius))?;
        if profile == Profile::Pdq {
            comparison.views.extend(near_views(Which::A, a, b, radius));
            comparison.views.extend(near_views(Which::B, b, a, radius));
            comparison.views.sort_by_key(|seen| seen.distance);
        }
        Some(comparison)
    }

    /// The row that the verdict is about.
    pub(super) fn row(&self) -> Option<&Row> {
        self.rows.get(self.chosen)
    }

    /// The nearest turn and distance of the pictures as they are.
    pub(super) fn nearest(&self) -> (Dihedral, u32) {
        self.row().map_or((Dihedral::Original, u32::MAX), Row::nearest)
    }

    /// Whether a scan for B, of which A is looked up, would report it: as it is, or in a view of A.
    pub(super) fn matches(&self) -> bool {
        self.row().is_some_and(|row| row.matches) || self.views.iter().any(|seen| Some(seen.of) == self.turned)
    }

    /// The two hashes as they are drawn: the nearest turn of the turned side, and the other as it is.
    pub(super) fn grids(&self, a: &Side, b: &Side) -> Option<[Grid; 2]> {
        let (profile, turn) = (self.row()?.profile, self.nearest().0);
        let place = Dihedral::ALL.iter().position(|own| *own == turn)?;
        let of = |which, side: &Side| {
            let is_turned = self.turned == Some(which);
            side.turned(profile).get(if is_turned { place } else { 0 }).cloned()
        };
        let (of_a, of_b) = (of(Which::A, a)?, of(Which::B, b)?);
        let name = |which: Which| match turn {
            turn if self.turned == Some(which) && turn != Dihedral::Original => {
                format!("{} after {turn}", which.letter())
            }
            _ => which.letter().to_owned(),
        };
        Some(
            [(Which::A, &of_a, &of_b), (Which::B, &of_b, &of_a)]
                .map(|(which, own, other)| Grid { name: name(which), rows: own.rows(other) }),
        )
    }
}

impl Bits {
    /// The rows of a grid, beside another hash of its length.
    fn rows(&self, other: &Self) -> Vec<GridRow> {
        let side = self.side();
        let row = |(own, other): (&[u8], &[u8])| GridRow {
            digits: own.iter().map(|byte| format!("{byte:02x}")).collect(),
            bits: own.iter().zip(other).flat_map(|(own, other)| bits(*own, *other)).collect(),
        };
        self.0.chunks(side / 8).zip(other.0.chunks(side / 8)).map(row).collect()
    }
}

/// The bits of a byte, most significant first, beside those of another.
fn bits(own: u8, other: u8) -> [Bit; 8] {
    [7, 6, 5, 4, 3, 2, 1, 0].map(|bit| Bit { is_set: own >> bit & 1 == 1, differs: (own ^ other) >> bit & 1 == 1 })
}

/// The views of one side within their radius of the other as stored, each by its nearest turn.
fn near_views(of: Which, side: &Side, other: &Side, radius: u32) -> Vec<Seen> {
    let Some(still) = other.turned(Profile::Pdq).first() else { return Vec::new() };
    let views = side.picture.iter().flat_map(|picture| &picture.views);
    let near = views.filter_map(|(view, spectrum)| {
        let distances = turned(spectrum).into_iter().map(|bits| bits.distance(still));
        let (turn, distance) = Dihedral::ALL.into_iter().zip(distances).min_by_key(|&(_, distance)| distance)?;
        let is_framed = matches!(view.kind, Rendition::Framed(_));
        let radius = if is_framed { SearchOptions::view_radius(Profile::Pdq, radius) } else { radius };
        let counts = distance <= radius && !(is_framed && is_repetitive(&still.0));
        counts.then(|| Seen { of, view: *view, turn, distance, quality: spectrum.quality() })
    });
    near.collect()
}

/// What a turn does, in words.
pub(super) const fn turn_words(turn: Dihedral) -> &'static str {
    match turn {
        Dihedral::Rotate90 => "turned by 90 degrees counter-clockwise",
        Dihedral::Rotate180 => "turned by 180 degrees",
        Dihedral::Rotate270 => "turned by 90 degrees clockwise",
        Dihedral::FlipX => "mirrored top to bottom",
        Dihedral::FlipY => "mirrored left to right",
        Dihedral::FlipPlus1 => "mirrored at the diagonal from top left to bottom right",
        Dihedral::FlipMinus1 => "mirrored at the diagonal from top right to bottom left",
        _ => "as it is",
    }
}
