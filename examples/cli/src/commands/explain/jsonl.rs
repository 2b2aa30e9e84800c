//! A comparison as one JSON object on one line.

use std::io::{self, Write};

use lookalike::check::Disclosure;
use lookalike::hash::Dihedral;
use serde::Serialize;

use super::Explained;
use super::compare::{Comparison, Row};
use super::lists::Listed;
use super::side::{Bits, Side};
use crate::report::jsonl::write_line;

#[derive(Serialize)]
struct Line<'a> {
    a: SideLine<'a>,
    b: Option<SideLine<'a>>,
    /// What the verdict is about; none where nothing was compared.
    profile: Option<&'static str>,
    radius: Option<u32>,
    matches: bool,
    distance: Option<u32>,
    transform: Option<&'static str>,
    /// Which side the transforms turn.
    turned: Option<&'static str>,
    profiles: Vec<ProfileLine>,
    views: Vec<ViewLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lists: Option<Vec<ListLine<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct SideLine<'a> {
    name: &'a str,
    is_picture: bool,
    hash: Option<String>,
    quality: Option<u8>,
    width: Option<u32>,
    height: Option<u32>,
}

#[derive(Serialize)]
struct ProfileLine {
    profile: &'static str,
    bits: usize,
    radius: u32,
    matches: bool,
    distances: Vec<Turned>,
}

#[derive(Serialize)]
struct Turned {
    transform: &'static str,
    distance: u32,
}

#[derive(Serialize)]
struct ViewLine {
    of: &'static str,
    view: String,
    transform: &'static str,
    distance: u32,
    quality: u8,
}

#[derive(Serialize)]
struct ListLine<'a> {
    list: &'a str,
    entries: u64,
    role: &'static str,
    /// Within the radius, before any rule.
    is_within: bool,
    nearest: Option<NearLine<'a>>,
}

#[derive(Serialize)]
struct NearLine<'a> {
    entry: &'a str,
    classification: &'a str,
    distance: u32,
    transform: &'static str,
    view: String,
}

/// Writes the object.
pub(super) fn write(out: &mut dyn Write, explained: &Explained) -> io::Result<()> {
    let comparison = explained.comparison.as_ref();
    let profile = comparison.map(|it| it.profile).or_else(|| explained.listed.as_ref().map(|listed| listed.profile));
    let side = |side: &Side| -> SideLine<'_> {
        let hash = profile.and_then(|profile| side.turned(profile).first()).map(Bits::hexadecimal);
        let picture = side.picture.as_ref();
        SideLine {
            name: "",
            is_picture: picture.is_some(),
            hash,
            quality: picture.map(|it| it.quality),
            width: picture.map(|it| it.width),
            height: picture.map(|it| it.height),
        }
    };
    let nearest = comparison.map(Comparison::nearest);
    let scanned = explained.listed.as_ref().and_then(|listed| listed.scanned.as_ref()?.report());
    let scan = scanned.map(|report| serde_json::to_value(report.json(Disclosure::Everything)));
    let scan = scan.transpose().map_err(io::Error::from)?;
    let line = Line {
        a: SideLine { name: &explained.a.name, ..side(&explained.a) },
        b: explained.b.as_ref().map(|b| SideLine { name: &b.name, ..side(b) }),
        profile: profile.map(lookalike::hash::Profile::name),
        radius: comparison.map(|it| it.radius).or_else(|| explained.listed.as_ref().map(|listed| listed.radius)),
        matches: explained.matches(),
        distance: nearest.map(|(_, distance)| distance),
        transform: nearest.map(|(turn, _)| turn.name()),
        turned: comparison.and_then(|it| it.turned).map(super::compare::Which::letter),
        profiles: comparison.iter().flat_map(|it| &it.rows).map(profile_line).collect(),
        views: comparison.iter().flat_map(|it| &it.views).map(view_line).collect(),
        lists: explained.listed.as_ref().map(list_lines),
        scan,
    };
    write_line(out, &line)
}

fn profile_line(row: &Row) -> ProfileLine {
    let turned = Dihedral::ALL.into_iter().zip(&row.distances);
    ProfileLine {
        profile: row.profile.name(),
        bits: row.profile.bits(),
        radius: row.radius,
        matches: row.matches(),
        distances: turned.map(|(turn, &distance)| Turned { transform: turn.name(), distance }).collect(),
    }
}

fn view_line(seen: &super::compare::Seen) -> ViewLine {
    ViewLine {
        of: seen.of.letter(),
        view: seen.view.to_string(),
        transform: seen.turn.name(),
        distance: seen.distance,
        quality: seen.quality,
    }
}

fn list_lines(listed: &Listed) -> Vec<ListLine<'_>> {
    let lines = listed.lists.iter().map(|list| ListLine {
        list: &list.name,
        entries: list.entries,
        role: list.role.name(),
        is_within: list.nearest.as_ref().is_some_and(|near| near.counts),
        nearest: list.nearest.as_ref().map(|near| NearLine {
            entry: &near.entry,
            classification: &near.classification,
            distance: near.distance,
            transform: near.turn.name(),
            view: near.view.to_string(),
        }),
    });
    lines.collect()
}
