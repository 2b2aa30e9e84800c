//! What a page draws of a report: a few numbers, the funnel of the work, and matches by day.
//!
//! What is hidden is not drawn: a length would tell it.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;

use super::model::{Page, Row, Section, Value};

/// The few numbers that are looked at first: name, value, and the colour above.
pub(super) fn tiles(page: &Page) -> [(&'static str, Value, &'static str); 7] {
    let of = |section, key, measure| page.value(section, key, measure).cloned();
    let measured = |value: Option<Value>| value.unwrap_or_else(|| Value::untold("not measured"));
    let all = |measure| measured(of("matches", "all lists", measure));
    [
        ("files seen", measured(of("work", "seen", "files")), ""),
        ("pictures matched", all("pictures"), ""),
        ("confirmed", all("confirmed"), "confirmed"),
        ("false positives", all("false_positive"), "false_positive"),
        ("not reviewed", all("not_reviewed"), "not_reviewed"),
        ("precision", all("precision_percent"), ""),
        ("reported", of("reported", "all", "pictures").unwrap_or_else(|| Value::count(0, None)), ""),
    ]
}

/// A step of the work.
#[derive(Serialize)]
pub(super) struct Step {
    name: &'static str,
    words: String,
    /// Of the files that came in; none where that would tell a hidden number.
    percent: Option<String>,
    /// What went no further.
    lost: String,
}

/// The work as a funnel, or nothing where it was not counted.
pub(super) fn funnel(page: &Page) -> Option<Vec<Step>> {
    let of = |key: &str| page.value("work", key, "files");
    let seen = of("seen")?.count?;
    let steps: [(_, &[&str]); 4] = [
        ("seen", &[]),
        ("hashed", &["unsupported", "corrupt", "over limit", "unreadable"]),
        ("looked up", &["below quality", "partly checked"]),
        ("matched", &["held back by rules"]),
    ];
    let step = |(name, lost): (&'static str, &[&str])| {
        let lost = lost.iter().filter_map(|key| of(key).map(|value| (key, value)));
        let lost =
            lost.filter(|(_, value)| value.count != Some(0)).map(|(key, value)| format!("{key} {}", value.words));
        let value = of(name)?;
        let percent = value.count.map(|count| format!("{:.3}", 100.0 * share(count, seen)));
        Some(Step { name, words: value.words.clone(), percent, lost: lost.collect::<Vec<_>>().join(", ") })
    };
    steps.into_iter().map(step).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a length on a screen")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

/// What pictures are divided into, each with a colour of its own in the style sheet.
const PARTS: [&str; 4] = ["confirmed", "false_positive", "unclear", "not_reviewed"];
/// Days that are drawn; of a longer period the last ones.
const DAYS: i64 = 400;
/// Units of the drawing, and where in it bars are.
const SIZE: [u32; 2] = [960, 300];
const LEFT: f64 = 58.0;
const RIGHT: f64 = 936.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 270.0;

/// Matches by day, as bars with a part for each finding; lengths and places as they stand in SVG.
#[derive(Serialize)]
pub(super) struct Drawing {
    size: [u32; 2],
    left: f64,
    right: f64,
    bottom: f64,
    parts: [&'static str; 4],
    /// How wide a bar is.
    bar: String,
    /// Counts with their heights, and dates with their places.
    counts: Vec<(String, u64)>,
    dates: Vec<(String, String)>,
    bars: Vec<Bar>,
    /// Places of days whose count is hidden.
    hidden: Vec<String>,
}

#[derive(Serialize)]
struct Bar {
    part: &'static str,
    x: String,
    y: String,
    height: String,
}

impl Drawing {
    /// Draws matches by day; nothing where there are none.
    pub(super) fn of(section: &Section) -> Option<Self> {
        let day = |row: &Row| row.keys.first()?.parse::<Date>().ok();
        let (first, last) = (day(section.rows.first()?)?, day(section.rows.last()?)?);
        let first = first.max(last.saturating_sub((DAYS - 1).days()));
        let number = |day: Date| (day - first).get_days();
        let slot = (RIGHT - LEFT) / f64::from(number(last) + 1);
        let place = |number: i32| LEFT + (f64::from(number) + 0.5) * slot;
        let of = |row, measure| section.value(row, measure).and_then(|value| value.count);
        let most = section.rows.iter().filter_map(|row| of(row, "pictures")).max().unwrap_or(0).max(4);
        // some room above the highest
        let height = |count: u64| (BOTTOM - TOP) * share(count, most) / 1.08;
        let steps = (0..).flat_map(|zeros| [1, 2, 5].map(|digit| digit * 10_u64.pow(zeros)));
        let step = steps.into_iter().find(|step| most / step <= 5)?;

        let (mut bars, mut hidden) = (Vec::new(), Vec::new());
        for row in &section.rows {
            let Some(number) = day(row).filter(|day| *day >= first).map(number) else { continue };
            let Some(pictures) = of(row, "pictures") else {
                hidden.push(units(place(number)));
                continue;
            };
            let parts: Option<Vec<_>> = PARTS.iter().map(|part| Some((*part, of(row, part)?))).collect();
            let mut below = 0;
            for (part, count) in
                parts.unwrap_or_else(|| vec![("untold", pictures)]).into_iter().filter(|part| part.1 > 0)
            {
                below += count;
                let (x, y) = (units(place(number) - 0.38 * slot), units(BOTTOM - height(below)));
                bars.push(Bar { part, x, y, height: units(height(count)) });
            }
        }
        let dates = (0..=number(last)).step_by(usize::try_from(number(last) / 7 + 1).ok()?);
        Some(Self {
            size: SIZE,
            left: LEFT,
            right: RIGHT,
            bottom: BOTTOM,
            parts: PARTS,
            bar: units(0.76 * slot),
            counts: (0..=most / step).map(|at| (units(BOTTOM - height(at * step)), at * step)).collect(),
            dates: dates.map(|at| (units(place(at)), first.saturating_add(at.days()).to_string())).collect(),
            bars,
            hidden,
        })
    }
}

fn units(length: f64) -> String {
    format!("{length:.2}")
}
