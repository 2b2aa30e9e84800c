//! A comparison as one JSON object, of which the text and the page are made as well.

use lookalike::check::Disclosure;
use serde_json::{Value, json};

use super::Explained;
use super::compare::Comparison;
use super::side::{Bits, Side};
use crate::record::Record;
use crate::template::add;

/// Everything there is to say. `profile` is what the verdict is about, `turned` the side that the transforms turn.
pub(super) fn line(explained: &Explained) -> Value {
    let (comparison, listed) = (explained.comparison.as_ref(), explained.listed.as_ref());
    let row = comparison.and_then(Comparison::row);
    let profile = row.map(|row| row.profile).or(listed.map(|listed| listed.profile));
    let side = |side: &Side| {
        let picture = side.picture.as_ref();
        json!({
            "name": side.name,
            "is_picture": picture.is_some(),
            "hash": profile.and_then(|profile| side.turned(profile).first()).map(Bits::hexadecimal),
            "quality": picture.map(|picture| picture.quality),
            "width": picture.map(|picture| picture.width),
            "height": picture.map(|picture| picture.height),
        })
    };
    let nearest = comparison.map(Comparison::nearest);
    let mut line = json!({
        "a": side(&explained.a),
        "b": explained.b.as_ref().map(side),
        "profile": profile.map(lookalike::hash::Profile::name),
        "radius": row.map(|row| row.radius).or(listed.map(|listed| listed.radius)),
        "matches": explained.matches(),
        "distance": nearest.map(|(_, distance)| distance),
        "transform": nearest.map(|(turn, _)| turn.name()),
        "turned": comparison.and_then(|comparison| comparison.turned),
        "profiles": comparison.map_or(&[][..], |comparison| &comparison.rows),
        "views": comparison.map_or(&[][..], |comparison| &comparison.views),
    });
    if let Some(listed) = listed {
        add(&mut line, json!({ "lists": listed.lists }));
        if let Some(record) = &listed.scanned {
            add(&mut line, json!({ "scan": scan(record) }));
        }
    }
    line
}

/// What a scan reports, in its own words.
fn scan(record: &Record) -> Value {
    json!(record.report().map(|report| report.json(Disclosure::Everything)))
}
