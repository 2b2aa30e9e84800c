//! False matches by radius as a drawing: the estimate, its interval, each list, the budget.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::Calibration;
use super::advice::per_million;
use super::interval::Share;
use super::survey::Tally;
use crate::exit::Failure;
use crate::names::shown_text;
use crate::report::html::escaped;

/// What `--plot` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Svg,
    Html,
}

impl Form {
    /// By the name of the file.
    ///
    /// # Errors
    ///
    /// For any other name than FILE.svg or FILE.html.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(std::ffi::OsStr::to_str).map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("html" | "htm") => Ok(Self::Html),
            _ => Err(Failure::new("--plot draws a plot: name it FILE.svg or FILE.html")),
        }
    }
}

const SIZE: (u32, u32) = (960, 560);
/// The lists that have a line of their own; more could not be told apart.
const LINES: usize = 6;
const GREY: RGBColor = RGBColor(110, 110, 110);
const BLUE: RGBColor = RGBColor(31, 84, 140);
const RED: RGBColor = RGBColor(200, 40, 40);
/// Told apart by their dashes as well.
const COLOURS: [RGBColor; LINES] = [
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(148, 124, 0),
    RGBColor(86, 140, 200),
    RGBColor(90, 60, 140),
];

/// Draws the plot.
///
/// # Errors
///
/// When it cannot be drawn, which is a defect.
pub(super) fn svg(it: &Calibration) -> Result<String, Failure> {
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(it, &root).and_then(|()| root.present().map_err(|error| error.to_string()))
    };
    drawn.map_err(|error| Failure::new(format!("cannot draw the plot: {error}; please report it")))?;
    Ok(svg)
}

fn draw(it: &Calibration, root: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), String> {
    let words = |error: DrawingAreaErrorKind<_>| -> String {
        let error: DrawingAreaErrorKind<std::io::Error> = error;
        error.to_string()
    };
    let survey = &it.survey;
    let widest = f64::from(survey.widest);
    // One picture is the least that can match; a decade below it is room for bounds.
    let floor =
        10_f64.powf((Share::of(0, survey.pictures).per_million().2 / 30.0).min(it.budget / 3.0).log10().floor());
    let floor = floor.clamp(1e-3, 1e5);
    root.fill(&WHITE).map_err(words)?;
    let (pictures, entries) = (crate::summary::grouped(survey.pictures), crate::summary::grouped(survey.all.entries));
    let title = format!("False matches among {pictures} benign pictures, {entries} listed entries");
    let mut chart = ChartBuilder::on(root)
        .caption(title, ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(46)
        .y_label_area_size(84)
        .build_cartesian_2d(0.0..widest, (floor..1e6).log_scale())
        .map_err(words)?;
    chart
        .configure_mesh()
        .x_desc("radius in bits")
        .y_desc("per million uploads")
        .axis_desc_style(("sans-serif", 15))
        .label_style(("sans-serif", 13))
        .light_line_style(WHITE)
        .x_labels(17)
        .x_label_formatter(&|radius| format!("{radius:.0}"))
        .y_label_formatter(&|number| per_million(*number))
        .draw()
        .map_err(words)?;

    let shares: Vec<_> = steps(&survey.all, survey.widest, survey.pictures);
    let lower = shares.iter().map(|&(radius, (_, lower, _))| (radius, lower.max(floor)));
    let upper = shares.iter().rev().map(|&(radius, (_, _, upper))| (radius, upper));
    let band: Vec<_> = lower.chain(upper).collect();
    let drawn = chart.draw_series(std::iter::once(Polygon::new(band, BLUE.mix(0.15)))).map_err(words)?;
    drawn
        .label("95 % interval")
        .legend(|(x, y)| Rectangle::new([(x, y - 5), (x + 24, y + 5)], BLUE.mix(0.15).filled()));

    let style = ShapeStyle::from(BLUE).stroke_width(3);
    let line = LineSeries::new(estimates(&survey.all, survey.widest, survey.pictures), style);
    let label = if survey.lists.len() > 1 { "estimate, all lists" } else { "estimate" };
    let drawn = chart.draw_series(line).map_err(words)?;
    drawn.label(label).legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 24, y)], style));
    if survey.lists.len() > 1 {
        for ((list, colour), dash) in survey.lists.iter().take(LINES).zip(COLOURS).zip(3..) {
            let points = estimates(list, survey.widest, survey.pictures);
            let style = ShapeStyle::from(colour).stroke_width(2);
            let dashed = DashedLineSeries::new(points, 2 * dash, dash, style);
            let name = if list.name.is_empty() { "(no name)".to_owned() } else { shortened(&list.name) };
            chart
                .draw_series(dashed)
                .map_err(words)?
                .label(name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 24, y)], style));
        }
    }

    let style = ShapeStyle::from(RED).stroke_width(1);
    let budget = DashedLineSeries::new([(0.0, it.budget), (widest, it.budget)], 8, 5, style);
    let drawn = chart.draw_series(budget).map_err(words)?;
    drawn
        .label(format!("budget, {} per million", per_million(it.budget)))
        .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 24, y)], style));
    let (own, style) = (f64::from(survey.radius), ShapeStyle::from(GREY).stroke_width(1));
    let drawn = chart.draw_series(DashedLineSeries::new([(own, floor), (own, 1e6)], 2, 4, style)).map_err(words)?;
    drawn
        .label(format!("radius in use, {}", survey.radius))
        .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 24, y)], style));
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .border_style(GREY)
        .label_font(("sans-serif", 14))
        .draw()
        .map_err(words)
}

type PerMillion = (f64, f64, f64);

/// A count holds until the next whole radius: two points for each.
fn steps(list: &Tally, widest: u32, pictures: u64) -> Vec<(f64, PerMillion)> {
    let each = (0..=widest).flat_map(|radius| {
        let share = Share::of(list.within(radius), pictures).per_million();
        let end = f64::from(radius + 1).min(f64::from(widest));
        [(f64::from(radius), share), (end, share)]
    });
    each.collect()
}

/// The estimates that are not zero, which a logarithm has no place for.
fn estimates(list: &Tally, widest: u32, pictures: u64) -> Vec<(f64, f64)> {
    let points = steps(list, widest, pictures).into_iter().map(|(radius, (estimate, ..))| (radius, estimate));
    points.filter(|&(_, estimate)| estimate > 0.0).collect()
}

fn shortened(name: &str) -> String {
    let name = shown_text(name);
    if name.chars().count() <= 28 { name } else { name.chars().take(27).chain(['…']).collect() }
}

/// The plot and the text on one self-contained page.
pub(super) fn page(svg: &str, text: &str) -> String {
    let text = escaped(text);
    format!("{HEAD}{svg}\n<pre>{text}</pre>\n</body></html>\n")
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>lookalike calibrate</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 2em auto; padding: 0 1em; max-width: 62em; font: 15px/1.5 system-ui, sans-serif; color-scheme: light dark }
svg { width: 100%; height: auto }
pre { overflow-x: auto }
</style></head><body>
<h1>lookalike calibrate</h1>
"#;
