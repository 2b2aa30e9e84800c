//! What a comparison means, in plain sentences.

use lookalike::decode::{Rendition, View};
use lookalike::hash::{Dihedral, Profile, pdq};
use serde::Serialize;

use super::compare::{Comparison, turn_words};
use super::side::Side;

/// A sentence, and whether it must not be overlooked.
#[derive(Debug, Serialize)]
pub(super) struct Sentence {
    pub(super) text: String,
    pub(super) is_loud: bool,
}

/// The verdict first, then what must not be overlooked, then what else is to be known.
pub(super) fn sentences(a: &Side, b: &Side, comparison: &Comparison) -> Vec<Sentence> {
    let loud = [Some(verdict(comparison)), warning("A", a), warning("B", b)].into_iter().flatten();
    let loud = loud.map(|text| Sentence { text, is_loud: true });
    loud.chain(remarks(comparison).into_iter().map(|text| Sentence { text, is_loud: false })).collect()
}

/// How the turned side was turned, and what the views bring.
fn remarks(comparison: &Comparison) -> Vec<String> {
    let mut sentences = Vec::new();
    let (turn, _) = comparison.nearest();
    let is_within = comparison.row().is_some_and(|row| row.matches);
    match comparison.turned {
        None if !is_within => sentences.push(
            "Two hashes can only be compared as they are: a turned picture's hash cannot be made from a hash.".into(),
        ),
        Some(which) if is_within && turn != Dihedral::Original => {
            sentences.push(format!("{}{}, looks like {}.", which.letter(), turned(turn), which.other()));
        }
        _ => {}
    }
    if let Some(seen) = comparison.views.first().filter(|_| !is_within) {
        let (of, other) = (seen.of.letter(), seen.of.other());
        let how = match seen.view.kind {
            Rendition::Framed(_) => "as it may have been before it was framed, cut or tilted",
            Rendition::Oriented => "as its EXIF orientation turns it",
            Rendition::Unletterboxed => "without its border",
            _ => "in another of its frames",
        };
        let (turn, bits) = (turned(seen.turn), bits(seen.distance));
        sentences.push(format!("{of}, {how} ({}){turn}, is {bits} from {other}.", seen.view));
        if Some(seen.of) != comparison.turned && !comparison.matches() {
            sentences.push(format!(
                "That would be found if {of} were looked up and {other} listed, not the other way round."
            ));
        }
    }
    sentences
}

/// Whether it would match, and by how much.
fn verdict(comparison: &Comparison) -> String {
    let Some(row) = comparison.row() else { return String::new() };
    let (turn, distance) = comparison.nearest();
    let (turn, bits, radius) = (turned(turn), bits(distance), row.radius);
    if row.matches {
        format!("Would match at radius {radius}: yes, {bits}{turn}.")
    } else if comparison.matches() {
        format!("Would match at radius {radius}: yes, but only in another view; as stored {bits}{turn}.")
    } else {
        let half = row.profile.bits() / 2;
        format!("Would match at radius {radius}: no, {bits}{turn}; unrelated pictures differ in about {half}.")
    }
}

/// `, mirrored left to right`, or nothing for a picture as it is.
fn turned(turn: Dihedral) -> String {
    if turn == Dihedral::Original { String::new() } else { format!(", {}", turn_words(turn)) }
}

/// What must be said loudly of a side.
fn warning(letter: &str, side: &Side) -> Option<String> {
    match (&side.picture, side.hashes.first()) {
        (Some(picture), _) if side.is_of_low_quality() => Some(format!(
            "LOW QUALITY: {letter} has quality {} of 100, and below {} a hash means little; such a picture is not looked up, \
             and does not belong on a list.",
            picture.quality,
            pdq::MIN_QUALITY
        )),
        (None, Some((Profile::Pdq | Profile::Pdq512, hashes))) => {
            let ones = hashes.first().map_or(0, super::side::Bits::count_ones);
            (!(64..=192).contains(&ones)).then(|| {
                format!(
                    "DEGENERATE: {ones} of the 256 bits of {letter} are set; ordinary pictures have 128, and an index leaves such \
                     entries out."
                )
            })
        }
        _ => None,
    }
}

/// `1 bit`, `12 bits`.
pub(super) fn bits(count: u32) -> String {
    format!("{count} bit{}", if count == 1 { "" } else { "s" })
}

/// `rotate90`, or `trim, rotate90`.
pub(super) fn view_and_turn(view: View, turn: Dihedral) -> String {
    match turn {
        Dihedral::Original => view.to_string(),
        _ => format!("{view}, {turn}"),
    }
}
