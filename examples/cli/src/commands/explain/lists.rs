//! What each list of an index has near a side.

use std::path::Path;
use std::sync::Arc;

use lookalike::check::InProcess;
use lookalike::decode::{Rendition, View};
use lookalike::entry::Role;
use lookalike::hash::{Dihedral, HashBits, Profile};
use lookalike::index::{Hit, Index, IndexError, Query};
use lookalike::matching::{RuleSet, SearchOptions};
use lookalike::mmap::FileBytes;
use serde::Serialize;

use super::side::{Bits, Side, is_repetitive, turned};
use super::words::{bits, view_and_turn};
use crate::args::Views;
use crate::args::explain::ExplainArgs;
use crate::examine::{self, Asked, Examiner, Origin};
use crate::exit::Failure;
use crate::index_file;
use crate::names::{shown, shown_text};
use crate::record::{Ending, Record};
use crate::report::text::sentence;
use crate::template::text;

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
    /// What a scan reports, where A is a file: with digests, allow lists and the policy.
    pub(super) scanned: Option<Record>,
}

/// What one list has.
#[derive(Debug, Serialize)]
pub(super) struct OfList {
    list: String,
    entries: u64,
    #[serde(serialize_with = "text")]
    role: Role,
    /// Within the radius, before any rule.
    is_within: bool,
    nearest: Option<Near>,
}

/// The entry of a list nearest to a side.
#[derive(Debug, Serialize)]
struct Near {
    entry: String,
    classification: String,
    distance: u32,
    #[serde(rename = "transform", serialize_with = "text")]
    turn: Dihedral,
    #[serde(serialize_with = "text")]
    view: View,
}

impl OfList {
    /// What the list has near, in words; and whether that would match, where no scan says it.
    pub(super) fn words(&self, listed: &Listed) -> String {
        let Listed { radius, widest, scanned, .. } = listed;
        let name = if self.list.is_empty() { "(no name)" } else { &self.list };
        let role = if self.role == Role::Abuse { String::new() } else { format!(" (role {})", self.role) };
        let Some(near) = &self.nearest else {
            return format!("{name}: nothing within {widest} bits{role}");
        };
        let entry = if near.entry.is_empty() { "(no id)" } else { &near.entry };
        let classification = match &*near.classification {
            "" => String::new(),
            words => format!(" ({words})"),
        };
        let how = match view_and_turn(near.view, near.turn) {
            how if how == "original" => String::new(),
            how => format!(", {how}"),
        };
        let verdict = match (scanned, self.is_within) {
            (Some(_), _) => String::new(),
            (None, true) => format!("; would match at radius {radius}"),
            (None, false) => format!("; would not match at radius {radius}"),
        };
        format!("{name}: entry {entry}{classification} is {} away{how}{verdict}{role}", bits(near.distance))
    }
}

/// What a scan reports of a file, under a policy or without: the same code, and so the same answer.
///
/// # Errors
///
/// When the index or the policy is refused.
pub(super) fn scanned(args: &ExplainArgs, index: &Path) -> Result<Record, Failure> {
    let views = if args.views == Views::Standard { None } else { Some(args.views.set()) };
    let lists = examine::open_lists(Some(index), None)?;
    // What is explained has a hash and a quality, which are exact only from pixels.
    let asked = Asked { radius: args.radius, views, exact: true, policy: args.policy.as_deref(), ..Asked::default() };
    let decoder = Arc::new(InProcess::new(examine::limits(MEMORY)));
    let checker = examine::build(asked.builder(lists)?.decoder(decoder).memory(MEMORY))?;
    Examiner::Checks(Arc::new(checker)).examine(Origin::File { path: args.a.clone(), named: true })
}

/// For the file and its pixels.
const MEMORY: u64 = 1 << 30;

/// What is said of a record: its outcome, then each entry with the rules that let it pass or held it back.
pub(super) fn record_words(record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    let detail = record.detail().map(|detail| format!(": {}", shown_text(&detail))).unwrap_or_default();
    let remark = if record.ending() == Ending::Test { ", which is not abuse" } else { "" };
    lines.push(format!("{}{remark}{detail}", record.ending().words()));
    let names = |rules: &RuleSet| rules.iter().map(|rule| rule.name()).collect::<Vec<_>>().join(", ");
    for (word, entries) in [("counts", record.matches()), ("held back", record.held())] {
        for found in entries.iter().take(NAMED) {
            let rules = if word == "counts" { names(&found.fired) } else { names(&found.held_by) };
            let action =
                if found.action.is_empty() { String::new() } else { format!(", action {}", shown_text(&found.action)) };
            lines.push(format!("{word}: {}{action} [{rules}]", sentence(found, record)));
        }
        if let Some(more) = entries.len().checked_sub(NAMED).filter(|more| *more > 0) {
            lines.push(format!("{word}: {more} more"));
        }
    }
    let rules = record.report().and_then(lookalike::Report::rules);
    for lacking in rules.iter().flat_map(|rules| &rules.lacking) {
        lines.push(format!("lacking: {lacking}"));
    }
    for allowing in rules.iter().flat_map(|rules| &rules.allowed_by) {
        lines.push(format!(
            "allowed by: entry {} of list {}",
            shown_text(&allowing.entry.id),
            shown_text(&allowing.entry.list)
        ));
    }
    lines
}

/// How many entries are named; the rest is counted.
const NAMED: usize = 8;

impl Listed {
    /// Looks a side up.
    ///
    /// # Errors
    ///
    /// When the index is refused, or the side has no hash of its profile.
    pub(super) fn of(path: &Path, side: &Side, radius: Option<u32>) -> Result<Self, Failure> {
        let index = index_file::open(path)?;
        let profile = index.profile();
        let name = shown(path);
        if side.turned(profile).is_empty() {
            let own = side.hashes.first().map_or("none", |(own, _)| own.name());
            return Err(Failure::new(format!("the hash is of profile {own}, and the index {name} of {profile}")));
        }
        by_width!(profile, Self::of_wide(&index, name, side, radius))
    }

    fn of_wide<const N: usize>(
        index: &Index<FileBytes>,
        name: String,
        side: &Side,
        radius: Option<u32>,
    ) -> Result<Self, Failure> {
        let profile = index.profile();
        let radius = radius.unwrap_or_else(|| profile.default_radius());
        let widest = (2 * profile.default_radius() + 2).max(radius);
        let damaged = |error: IndexError| Failure::new(format!("the index {name} cannot be searched: {error}"));

        let mut needles = Vec::new();
        let mut add = |view: View, hashes: &[Bits]| {
            let hash = |bits: &Bits| bits.0.as_slice().try_into().ok().map(HashBits::<N>::from_bytes);
            let turned = Dihedral::ALL.into_iter().zip(hashes);
            needles.extend(turned.filter_map(|(turn, bits)| Some(((view, turn), hash(bits)?))));
        };
        add(View::new(1, Rendition::Stored), side.turned(profile));
        if profile == Profile::Pdq {
            let views = side.picture.iter().flat_map(|picture| &picture.views);
            views.for_each(|(view, spectrum)| add(*view, &turned(spectrum)));
        }
        let hashes: Vec<_> = needles.iter().map(|(_, hash)| *hash).collect();
        let mut hits = index.hits(&Query::new(profile, &hashes).radius(widest)).map_err(damaged)?;
        let counts = |hit: &Hit<N>| {
            let is_framed =
                needles.get(hit.needle).is_some_and(|((view, _), _)| matches!(view.kind, Rendition::Framed(_)));
            let radius = if is_framed { SearchOptions::view_radius(profile, radius) } else { radius };
            (hit.distance <= radius && !(is_framed && is_repetitive(hit.hash.as_bytes())), is_framed)
        };
        // What counts before what does not; then the nearest, the picture as stored before its views.
        hits.sort_by_key(|hit| (!counts(hit).0, hit.distance, hit.needle));
        // A view beyond its radius says nothing.
        hits.retain(|hit| counts(hit).0 || !counts(hit).1);

        let mut lists = Vec::new();
        for list in index.lists() {
            let list = list.map_err(damaged)?;
            let (list, entries, role) = (list.name.to_owned(), list.entries, list.role);
            lists.push(OfList { list, entries, role, is_within: false, nearest: None });
        }
        for hit in &hits {
            for source in index.sources(hit.slot) {
                let source = source.map_err(damaged)?;
                let list = lists.iter_mut().find(|list| list.list == source.list && list.nearest.is_none());
                let (Some(list), Some(((view, turn), _))) = (list, needles.get(hit.needle)) else { continue };
                list.is_within = counts(hit).0;
                list.nearest = Some(Near {
                    entry: source.id.to_owned(),
                    classification: source.classification.to_owned(),
                    distance: hit.distance,
                    turn: *turn,
                    view: *view,
                });
            }
            if lists.iter().all(|list| list.nearest.is_some()) {
                break;
            }
        }
        let nearest = hits.first().map(|hit| Bits(hit.hash.as_bytes().to_vec()));
        Ok(Self { index: name.clone(), profile, radius, widest, lists, nearest, scanned: None })
    }
}
