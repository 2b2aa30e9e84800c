//! What each list of an index has near a side.

use std::path::Path;

use lookalike::decode::{View, ViewKind};
use lookalike::hash::{Bits64, Bits256, Dihedral, HashBits, Profile};
use lookalike::index::{Hit, Index, Query, SearchError};
use lookalike::matching::Policy;

use super::side::{Bits, Side, is_repetitive};
use super::words::{bits, view_and_turn};
use crate::exit::Failure;
use crate::lookup::{self, IndexBytes};
use crate::names::{shown, shown_text};

/// The lists of an index, and the nearest of all listed hashes.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) index: String,
    pub(super) profile: Profile,
    /// The largest distance that counts, and that at which entries are still named.
    pub(super) radius: u32,
    pub(super) widest: u32,
    pub(super) lists: Vec<OfList>,
    pub(super) nearest: Option<Bits>,
}

/// What one list has.
#[derive(Debug)]
pub(super) struct OfList {
    pub(super) name: String,
    pub(super) entries: u64,
    pub(super) nearest: Option<Near>,
}

/// The entry of a list nearest to a side.
#[derive(Debug)]
pub(super) struct Near {
    pub(super) entry: String,
    pub(super) classification: String,
    pub(super) distance: u32,
    pub(super) turn: Dihedral,
    pub(super) view: View,
    /// Within the radius at which such a view counts.
    pub(super) counts: bool,
}

impl OfList {
    /// What the list would say, in words.
    pub(super) fn words(&self, listed: &Listed) -> String {
        let Listed { radius, widest, .. } = listed;
        let Some(near) = &self.nearest else {
            return format!("would not match, nothing within {widest} bits");
        };
        let entry = if near.entry.is_empty() { "(no id)".to_owned() } else { shown_text(&near.entry) };
        let classification = match &*near.classification {
            "" => String::new(),
            text => format!(" ({})", shown_text(text)),
        };
        let how = match view_and_turn(near.view, near.turn) {
            how if how == "original" => String::new(),
            how => format!(", {how}"),
        };
        let verdict = if near.counts { "would match" } else { "would not match" };
        format!("{verdict} at radius {radius}: entry {entry}{classification} is {} away{how}", bits(near.distance))
    }
}

impl Listed {
    /// Looks a side up.
    ///
    /// # Errors
    ///
    /// When the index is refused, or the side has no hash of its profile.
    pub(super) fn of(path: &Path, side: &Side, radius: Option<u32>) -> Result<Self, Failure> {
        let index = lookup::open(path)?;
        let profile = index.profile();
        let name = shown(path);
        if side.turned(profile).is_empty() {
            let own = side.hashes.first().map_or("none", |(own, _)| own.name());
            return Err(Failure::new(format!("the hash is of profile {own}, and the index {name} of {profile}")));
        }
        match profile.bits() {
            64 => Self::of_wide(&index, name, side, radius, |bits: &Bits| {
                bits.0.as_slice().try_into().ok().map(Bits64::from_bytes)
            }),
            _ => Self::of_wide(&index, name, side, radius, |bits: &Bits| {
                bits.0.as_slice().try_into().ok().map(Bits256::from_bytes)
            }),
        }
    }

    fn of_wide<const N: usize>(
        index: &Index<IndexBytes>,
        name: String,
        side: &Side,
        radius: Option<u32>,
        of: impl Fn(&Bits) -> Option<HashBits<N>>,
    ) -> Result<Self, Failure> {
        let profile = index.profile();
        let policy = Policy::new(profile);
        let policy = policy.radius(radius.unwrap_or(policy.radius));
        let widest = (2 * profile.default_radius() + 2).max(policy.radius);
        let damaged = |error: SearchError| Failure::new(format!("the index {name} cannot be searched: {error}"));

        let own =
            Dihedral::ALL.into_iter().map(|turn| (View::new(1, ViewKind::Stored), turn)).zip(side.turned(profile));
        let mut needles: Vec<_> = own.filter_map(|(named, bits)| Some((named, of(bits)?))).collect();
        if profile == Profile::Pdq {
            let views = side.picture.iter().flat_map(|picture| &picture.views);
            for (view, spectrum) in views {
                let turned = spectrum.dihedral().map(|turned| Bits(turned.hash.as_bytes().to_vec()));
                let named = Dihedral::ALL.into_iter().map(|turn| (*view, turn));
                needles.extend(named.zip(&turned).filter_map(|(named, bits)| Some((named, of(bits)?))));
            }
        }
        let hashes: Vec<_> = needles.iter().map(|(_, hash)| *hash).collect();
        let mut hits = index.hits(&Query::new(profile, &hashes).radius(widest)).map_err(damaged)?;
        let counts = |hit: &Hit<N>| {
            let is_framed =
                needles.get(hit.needle).is_some_and(|((view, _), _)| matches!(view.kind, ViewKind::Framed(_)));
            let radius = if is_framed { policy.radius_of_views() } else { policy.radius };
            (hit.distance <= radius && !(is_framed && is_repetitive(hit.hash.as_bytes())), is_framed)
        };
        // What counts before what does not; then the nearest, the picture as stored before its views.
        hits.sort_by_key(|hit| (!counts(hit).0, hit.distance, hit.needle));
        // A view beyond its radius says nothing.
        hits.retain(|hit| counts(hit).0 || !counts(hit).1);

        let mut lists = Vec::new();
        for list in index.lists() {
            let list = list.map_err(damaged)?;
            lists.push(OfList { name: list.name.to_owned(), entries: list.entries, nearest: None });
        }
        for hit in &hits {
            for source in index.sources(hit.slot) {
                let source = source.map_err(damaged)?;
                let Some(list) = lists.iter_mut().find(|list| list.name == source.list && list.nearest.is_none())
                else {
                    continue;
                };
                let Some(((view, turn), _)) = needles.get(hit.needle) else { continue };
                list.nearest = Some(Near {
                    entry: source.id.to_owned(),
                    classification: source.classification.to_owned(),
                    distance: hit.distance,
                    turn: *turn,
                    view: *view,
                    counts: counts(hit).0,
                });
            }
            if lists.iter().all(|list| list.nearest.is_some()) {
                break;
            }
        }
        let nearest = hits.first().map(|hit| Bits(hit.hash.as_bytes().to_vec()));
        Ok(Self { index: name.clone(), profile, radius: policy.radius, widest, lists, nearest })
    }
}
