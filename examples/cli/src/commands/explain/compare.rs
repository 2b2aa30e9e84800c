//! Two sides held against each other: under each profile and turn, and in further views.

use lookalike::decode::{Rendition, View};
use lookalike::hash::{Dihedral, Profile};
use lookalike::matching::SearchOptions;

use super::side::{Bits, Side, is_repetitive};

/// What came out.
#[derive(Debug)]
pub(super) struct Comparison {
    /// The profile that the grids and the verdict are about.
    pub(super) profile: Profile,
    /// The largest distance that counts under it.
    pub(super) radius: u32,
    /// Which side is turned; none where both are hashes.
    pub(super) turned: Option<Which>,
    /// A row for each profile that both sides have.
    pub(super) rows: Vec<Row>,
    /// Views within their radius, the nearest first.
    pub(super) views: Vec<Seen>,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// The distances under one profile.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) profile: Profile,
    /// The largest distance that counts.
    pub(super) radius: u32,
    /// By turn, in the order of [`Dihedral::ALL`]; of two hashes only the first.
    pub(super) distances: Vec<u32>,
}

impl Row {
    /// The smallest distance, of equal ones the first.
    pub(super) fn nearest(&self) -> (Dihedral, u32) {
        let pairs = Dihedral::ALL.into_iter().zip(self.distances.iter().copied());
        pairs.min_by_key(|&(_, distance)| distance).unwrap_or((Dihedral::Original, u32::MAX))
    }

    /// Whether it is within the radius.
    pub(super) fn matches(&self) -> bool {
        self.nearest().1 <= self.radius
    }
}

/// A view of one side that brings it near the other.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) of: Which,
    pub(super) view: View,
    pub(super) turn: Dihedral,
    pub(super) distance: u32,
    pub(super) quality: u8,
}

impl Comparison {
    /// Compares two sides; nothing where they have no profile in common.
    ///
    /// `profile`: which one the verdict is about, [`Profile::Pdq`] where both have it; `radius`: the largest distance that counts under
    /// it, else the profile's own.
    pub(super) fn of(a: &Side, b: &Side, profile: Option<Profile>, radius: Option<u32>) -> Option<Self> {
        let common: Vec<_> =
            Profile::all().filter(|&it| !a.turned(it).is_empty() && !b.turned(it).is_empty()).collect();
        let profile = *common.iter().find(|&&it| profile.is_none_or(|wanted| it == wanted))?;
        let own_radius = radius.unwrap_or_else(|| profile.default_radius());
        let turned = match (&a.picture, &b.picture) {
            (Some(_), _) => Some(Which::A),
            (None, Some(_)) => Some(Which::B),
            (None, None) => None,
        };
        let rows = common.into_iter().map(|it| {
            let (turns, still) = if turned == Some(Which::B) { (b, a) } else { (a, b) };
            let still = still.turned(it).first();
            let distances = turns.turned(it).iter().filter_map(|bits| still.map(|still| bits.distance(still)));
            let radius = if it == profile { own_radius } else { it.default_radius() };
            Row { profile: it, radius, distances: distances.collect() }
        });
        let mut views = Vec::new();
        if profile == Profile::Pdq {
            views.extend(near_views(Which::A, a, b, own_radius));
            views.extend(near_views(Which::B, b, a, own_radius));
            views.sort_by_key(|seen| seen.distance);
        }
        Some(Self { profile, radius: own_radius, turned, rows: rows.collect(), views })
    }

    /// The row that the verdict is about.
    pub(super) fn row(&self) -> Option<&Row> {
        self.rows.iter().find(|row| row.profile == self.profile)
    }

    /// The nearest turn and distance of the pictures as they are.
    pub(super) fn nearest(&self) -> (Dihedral, u32) {
        self.row().map_or((Dihedral::Original, u32::MAX), Row::nearest)
    }

    /// Whether a scan for B, of which A is looked up, would report it: as it is, or in a view of A.
    pub(super) fn matches(&self) -> bool {
        self.row().is_some_and(Row::matches) || self.views.iter().any(|seen| Some(seen.of) == self.turned)
    }

    /// The two hashes that the grids show: the nearest turn of the turned side, and the other as it is.
    pub(super) fn grids<'a>(&self, a: &'a Side, b: &'a Side) -> Option<(&'a Bits, &'a Bits)> {
        let turn = Dihedral::ALL.iter().position(|&turn| turn == self.nearest().0)?;
        let (of_a, of_b) = match self.turned {
            Some(Which::A) => (turn, 0),
            Some(Which::B) => (0, turn),
            None => (0, 0),
        };
        Some((a.turned(self.profile).get(of_a)?, b.turned(self.profile).get(of_b)?))
    }
}

/// The views of one side within their radius of the other as stored, each by its nearest turn.
fn near_views(of: Which, side: &Side, other: &Side, radius: u32) -> Vec<Seen> {
    let Some(still) = other.turned(Profile::Pdq).first() else { return Vec::new() };
    let views = side.picture.iter().flat_map(|picture| &picture.views);
    let near = views.filter_map(|(view, spectrum)| {
        let distances = spectrum.dihedral().map(|turned| Bits(turned.hash.as_bytes().to_vec()).distance(still));
        let (turn, distance) = Dihedral::ALL.into_iter().zip(distances).min_by_key(|&(_, distance)| distance)?;
        let is_framed = matches!(view.kind, Rendition::Framed(_));
        let radius = if is_framed { SearchOptions::view_radius(Profile::Pdq, radius) } else { radius };
        (distance <= radius && !(is_framed && is_repetitive(&still.0))).then(|| Seen {
            of,
            view: *view,
            turn,
            distance,
            quality: spectrum.quality(),
        })
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
