//! False matches by radius as a drawing: the estimate, its interval, each list, the budget; on a logarithmic scale.

use serde::Serialize;

use super::Calibration;
use super::advice::figure;
use super::rows::per_million;
use super::survey::Tally;
use crate::exit::Failure;
use crate::summary::grouped;
use crate::template::render;

/// Where in a drawing of 960 to 560 units the curves are.
const LEFT: f64 = 88.0;
const RIGHT: f64 = 940.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 500.0;
/// The most that can match in a million.
const MOST: f64 = 1e6;
/// The lists that have a line of their own, told apart by their dashes as well; more could not be.
const COLOURS: [&str; 6] = ["#d55e00", "#009e73", "#cc79a7", "#947c00", "#568cc8", "#5a3c8c"];

#[derive(Serialize)]
struct Drawing {
    title: String,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// Places of some radii, heights of powers of ten.
    radii: Vec<(String, u32)>,
    powers: Vec<(String, String)>,
    /// The corners of the interval's band.
    band: String,
    curves: Vec<Curve>,
}

#[derive(Serialize)]
struct Curve {
    name: String,
    points: String,
    colour: &'static str,
    width: u32,
    dashes: String,
}

/// Draws the plot.
///
/// # Errors
///
/// When it cannot be drawn, which is a defect.
pub(super) fn svg(calibration: &Calibration) -> Result<String, Failure> {
    let Calibration { survey, budget, .. } = calibration;
    let pictures = survey.pictures;
    // One picture is the least that can match; a decade below it is room for bounds.
    let [.., least] = per_million(0, pictures);
    let floor = (least / 30.0).min(budget / 3.0).log10().floor().clamp(-3.0, 5.0);
    let scale = Scale { floor, widest: f64::from(survey.widest.max(1)) };
    let curve = |name: String, points: &[(f64, f64)], colour, width, dashes: String| Curve {
        name,
        points: scale.points(points),
        colour,
        width,
        dashes,
    };
    let estimates = |list: &Tally| {
        let steps = steps(list, survey.widest, pictures).into_iter();
        // a logarithm has no place for zero
        steps.map(|(radius, [estimate, ..])| (radius, estimate)).filter(|at| at.1 > 0.0).collect::<Vec<_>>()
    };
    let several = survey.lists.len() > 1;
    let name = if several { "estimate, all lists" } else { "estimate" };
    let mut curves = vec![curve(name.to_owned(), &estimates(&survey.all), "#1f548c", 3, String::new())];
    for ((list, colour), dash) in survey.lists.iter().filter(|_| several).zip(COLOURS).zip(3..) {
        let dashes = format!("{} {dash}", 2 * dash);
        curves.push(curve(shortened(list.shown()), &estimates(list), colour, 2, dashes));
    }
    let name = format!("budget, {} per million", figure(*budget));
    curves.push(curve(name, &[(0.0, *budget), (scale.widest, *budget)], "#c82828", 1, "8 5".to_owned()));
    let (name, own) = (format!("radius in use, {}", survey.radius), f64::from(survey.radius));
    curves.push(curve(name, &[(own, 0.0), (own, MOST)], "#6e6e6e", 1, "2 4".to_owned()));

    let steps = steps(&survey.all, survey.widest, pictures);
    let lower = steps.iter().map(|&(radius, [_, lower, _])| (radius, lower));
    let band: Vec<_> = lower.chain(steps.iter().rev().map(|&(radius, [.., upper])| (radius, upper))).collect();
    let radii = (0..=survey.widest).step_by(survey.widest as usize / 16 + 1);
    let powers = (-3..=6).map(f64::from).filter(|power| *power >= floor).map(|power| 10_f64.powf(power));
    let (shown, entries) = (grouped(pictures), grouped(survey.all.entries));
    let drawing = Drawing {
        title: format!("False matches among {shown} benign pictures, {entries} listed entries"),
        left: LEFT,
        right: RIGHT,
        top: TOP,
        bottom: BOTTOM,
        radii: radii.map(|radius| (format!("{:.1}", scale.x(f64::from(radius))), radius)).collect(),
        powers: powers.map(|power| (format!("{:.1}", scale.y(power)), figure(power))).collect(),
        band: scale.points(&band),
        curves,
    };
    render("calibrate.svg", drawing)
}

/// Where radii and numbers in a million stand.
struct Scale {
    /// The power of ten at the bottom.
    floor: f64,
    /// The radius on the right.
    widest: f64,
}

impl Scale {
    fn x(&self, radius: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * radius / self.widest
    }

    /// What is below the scale stands at its bottom.
    fn y(&self, number: f64) -> f64 {
        let share = (number.log10() - self.floor) / (MOST.log10() - self.floor);
        BOTTOM - (BOTTOM - TOP) * share.max(0.0)
    }

    /// Points of a line as they stand in SVG.
    fn points(&self, points: &[(f64, f64)]) -> String {
        let points = points.iter().map(|&(radius, number)| format!("{:.1},{:.1}", self.x(radius), self.y(number)));
        points.collect::<Vec<_>>().join(" ")
    }
}

/// A count holds until the next whole radius: two points for each, with estimate, lower and upper bound in a million.
fn steps(list: &Tally, widest: u32, pictures: u64) -> Vec<(f64, [f64; 3])> {
    let each = (0..=widest).flat_map(|radius| {
        let share = per_million(list.within(radius), pictures);
        [(f64::from(radius), share), (f64::from((radius + 1).min(widest)), share)]
    });
    each.collect()
}

fn shortened(name: String) -> String {
    if name.chars().count() <= 28 { name } else { name.chars().take(27).chain(['…']).collect() }
}
