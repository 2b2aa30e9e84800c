//! A calibration for programs: every radius of every list, as CSV or JSONL.
//!
//! CSV has one kind of row; JSONL also has a `recommendation` per list, a line for each `sticky` entry, and first of all the `sample`.

use std::io::{self, Write};

use serde::Serialize;

use super::Calibration;
use super::interval::Share;
use super::survey::Tally;
use crate::report::csv::{row, safe};
use crate::report::jsonl::write_line;

/// The name under which all lists together stand in CSV; in JSONL it is null.
const ALL: &str = "*";

/// Writes rows `list,radius,pictures,matched,per_million,lower,upper`; the list `*` is all of them together.
pub(super) fn csv(out: &mut dyn Write, it: &Calibration) -> io::Result<()> {
    row(out, ["list", "radius", "pictures", "matched", "per_million", "lower", "upper"])?;
    each(it, |list, radius, matched, share| {
        let (estimate, lower, upper) = share.per_million();
        let numbers = [f64::from(radius), estimate, lower, upper].map(|number| rounded(number).to_string());
        let [radius, estimate, lower, upper] = &numbers;
        let (pictures, matched) = (it.survey.pictures.to_string(), matched.to_string());
        let list = list.map_or(ALL.into(), |list| safe(&list.name));
        row(out, [&*list, radius, &*pictures, &*matched, estimate, lower, upper])
    })
}

/// Writes a line for the sample, for every radius, for each recommendation, and for each entry that sticks out.
pub(super) fn jsonl(out: &mut dyn Write, it: &Calibration) -> io::Result<()> {
    let survey = &it.survey;
    write_line(
        out,
        &Sample {
            kind: "sample",
            profile: it.profile.name(),
            pictures: survey.pictures,
            not_checked: it.not_checked,
            repeated: survey.repeated,
            entries: survey.all.entries,
            radius: survey.radius,
            most_radius: survey.widest,
            budget: it.budget,
        },
    )?;
    each(it, |list, radius, matched, share| {
        let (per_million, lower, upper) = share.per_million();
        let line = Radius {
            kind: "radius",
            list: list.map(|list| &*list.name),
            radius,
            matched,
            per_million: rounded(per_million),
            lower: rounded(lower),
            upper: rounded(upper),
        };
        write_line(out, &line)
    })?;
    for (list, advice) in survey.lists.iter().zip(&it.advice) {
        let detail = advice.words(survey.pictures, it.budget);
        write_line(out, &Recommendation { kind: "recommendation", list: &list.name, radius: advice.radius(), detail })?;
    }
    for sticky in &it.sticky {
        let line = StickyLine {
            kind: "sticky",
            list: &sticky.list,
            entry: &sticky.entry,
            pictures: sticky.pictures,
            nearest: sticky.nearest,
        };
        write_line(out, &line)?;
    }
    Ok(())
}

/// Every radius of all lists together, and of each.
fn each(it: &Calibration, mut write: impl FnMut(Option<&Tally>, u32, u64, Share) -> io::Result<()>) -> io::Result<()> {
    let survey = &it.survey;
    for list in std::iter::once(None).chain(survey.lists.iter().map(Some)) {
        for radius in 0..=survey.widest {
            let matched = list.unwrap_or(&survey.all).within(radius);
            write(list, radius, matched, Share::of(matched, survey.pictures))?;
        }
    }
    Ok(())
}

/// To a thousandth of a false match in a million.
fn rounded(per_million: f64) -> f64 {
    (per_million * 1e3).round() / 1e3
}

#[derive(Serialize)]
struct Sample {
    kind: &'static str,
    profile: &'static str,
    pictures: u64,
    not_checked: u64,
    repeated: u64,
    entries: u64,
    radius: u32,
    most_radius: u32,
    budget: f64,
}

#[derive(Serialize)]
struct Radius<'a> {
    kind: &'static str,
    list: Option<&'a str>,
    radius: u32,
    matched: u64,
    per_million: f64,
    lower: f64,
    upper: f64,
}

#[derive(Serialize)]
struct Recommendation<'a> {
    kind: &'static str,
    list: &'a str,
    radius: Option<u32>,
    detail: String,
}

#[derive(Serialize)]
struct StickyLine<'a> {
    kind: &'static str,
    list: &'a str,
    entry: &'a str,
    pictures: u64,
    nearest: u32,
}
