//! The figures of a calibration: every radius of every list, as CSV or JSONL, and what a text shows of them.
//!
//! CSV has one kind of row; JSONL also has a `recommendation` per list, a line for each `sticky` entry, and first of all the `sample`.

use std::io::{self, Write};

use lookalike::audit::Share;
use serde::Serialize;

use super::Calibration;
use super::survey::Tally;
use crate::report::csv::{row, safe};
use crate::report::jsonl::write_line;

/// The name under which all lists together stand in CSV; in JSONL it is null.
const ALL: &str = "*";

/// How often pictures match within a radius.
#[derive(Serialize)]
pub(super) struct Radius<'a> {
    list: Option<&'a str>,
    radius: u32,
    matched: u64,
    per_million: f64,
    lower: f64,
    upper: f64,
}

impl<'a> Radius<'a> {
    pub(super) fn of(list: Option<&'a str>, tally: &Tally, radius: u32, pictures: u64) -> Self {
        let matched = tally.within(radius);
        // to a thousandth of a false match in a million
        let [per_million, lower, upper] = per_million(matched, pictures).map(|number| (number * 1e3).round() / 1e3);
        Self { list, radius, matched, per_million, lower, upper }
    }
}

/// A share in a million, its lower and its upper bound. Of no picture at all nothing is known.
pub(super) fn per_million(matched: u64, pictures: u64) -> [f64; 3] {
    let share = Share::of(matched, pictures);
    share.map_or([0.0, 0.0, 1.0], |share| [share.estimate, share.lower, share.upper]).map(|share| share * 1e6)
}

/// A line of JSONL.
#[derive(Serialize)]
struct Line<T> {
    kind: &'static str,
    #[serde(flatten)]
    rest: T,
}

#[derive(Serialize)]
struct Sample {
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
struct Recommendation<'a> {
    list: &'a str,
    radius: Option<u32>,
    detail: String,
}

/// Writes rows `list,radius,pictures,matched,per_million,lower,upper`; the list `*` is all of them together.
pub(super) fn csv(out: &mut dyn Write, calibration: &Calibration) -> io::Result<()> {
    row(out, ["list", "radius", "pictures", "matched", "per_million", "lower", "upper"])?;
    let pictures = calibration.survey.pictures.to_string();
    each(calibration).try_for_each(|line| {
        let list = line.list.map_or(ALL.into(), safe);
        let (radius, matched) = (line.radius.to_string(), line.matched.to_string());
        let [estimate, lower, upper] = [line.per_million, line.lower, line.upper].map(|number| number.to_string());
        row(out, [&*list, &radius, &pictures, &matched, &estimate, &lower, &upper])
    })
}

/// Writes a line for the sample, for every radius, for each recommendation, and for each entry that sticks out.
pub(super) fn jsonl(out: &mut dyn Write, calibration: &Calibration) -> io::Result<()> {
    let survey = &calibration.survey;
    let sample = Sample {
        profile: calibration.profile.name(),
        pictures: survey.pictures,
        not_checked: calibration.not_checked,
        repeated: survey.repeated,
        entries: survey.all.entries,
        radius: survey.radius,
        most_radius: survey.widest,
        budget: calibration.budget,
    };
    write_line(out, &Line { kind: "sample", rest: sample })?;
    each(calibration).try_for_each(|rest| write_line(out, &Line { kind: "radius", rest }))?;
    for (list, advice) in survey.lists.iter().zip(&calibration.advice) {
        let detail = advice.words(survey.pictures, calibration.budget);
        let rest = Recommendation { list: &list.name, radius: advice.radius(), detail };
        write_line(out, &Line { kind: "recommendation", rest })?;
    }
    calibration.sticky.iter().try_for_each(|rest| write_line(out, &Line { kind: "sticky", rest }))
}

/// Every radius of all lists together, and of each.
fn each(calibration: &Calibration) -> impl Iterator<Item = Radius<'_>> {
    let survey = &calibration.survey;
    let lists = survey.lists.iter().map(|list| (Some(&*list.name), list));
    std::iter::once((None, &survey.all)).chain(lists).flat_map(move |(name, tally)| {
        (0..=survey.widest).map(move |radius| Radius::of(name, tally, radius, survey.pictures))
    })
}

/// The radius at which a count begins to hold, the last one, and the one in use; at most some twenty.
pub(super) fn shown_radii(list: &Tally, own: u32, widest: u32) -> Vec<u32> {
    let changes = |radius: u32| radius.checked_sub(1).is_none_or(|before| list.within(before) != list.within(radius));
    let shown = |is_shown: &dyn Fn(u32) -> bool| {
        (0..=widest).filter(|&radius| is_shown(radius) || radius == own || radius == widest).collect::<Vec<_>>()
    };
    let steps = std::iter::successors(Some(4), |step| Some(2 * step));
    let coarser = steps.map(|step| shown(&|radius| radius % step == 0));
    let mut all = std::iter::once(shown(&changes)).chain(coarser);
    all.find(|radii| radii.len() <= MOST_ROWS).unwrap_or_default()
}

const MOST_ROWS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_short_and_have_the_radius_in_use() {
        let mut list = Tally::new("a", 1, 64);
        assert_eq!(shown_radii(&list, 31, 64), [0, 31, 64]);
        list.add(8);
        assert_eq!(shown_radii(&list, 31, 64), [0, 8, 31, 64]);
        (0..64).for_each(|distance| list.add(distance));
        let radii = shown_radii(&list, 31, 64);
        assert!(radii.len() <= MOST_ROWS && radii.contains(&31) && radii.contains(&64), "{radii:?}");
    }
}
