//! The drawings of a report: matches by day, the funnel of the work, intervals of precision.
//!
//! What is hidden is not drawn: a length would tell it.

use std::fmt::Write as _;

use jiff::ToSpan as _;
use jiff::civil::Date;
use plotters::coord::Shift;
use plotters::prelude::*;

use super::model::{Line, Page, Section, Value};
use crate::exit::Failure;
use crate::report::html::escaped;

const SIZE: (u32, u32) = (960, 300);
/// Colours that stand for those of the style sheet, which differ by day and night.
const PARTS: [(RGBColor, &str); 4] = [
    (RGBColor(1, 2, 3), "confirmed"),
    (RGBColor(2, 3, 4), "false_positive"),
    (RGBColor(3, 4, 5), "unclear"),
    (RGBColor(4, 5, 6), "not_reviewed"),
];
const UNTOLD: RGBColor = RGBColor(5, 6, 7);
const INK: RGBColor = RGBColor(6, 7, 8);
const FAINT: RGBColor = RGBColor(7, 8, 9);
/// Days that are drawn; of a longer period the last ones.
const DAYS: usize = 400;

/// Matches by day, or nothing where there are none.
///
/// # Errors
///
/// When it cannot be drawn, which is a defect.
pub(super) fn days(section: &Section) -> Result<String, Failure> {
    let told: Vec<(Date, &Line)> =
        section.rows.iter().filter_map(|line| Some((line.keys.first()?.parse().ok()?, line))).collect();
    let (Some((first, _)), Some((last, _))) = (told.first(), told.last()) else { return Ok(String::new()) };
    let mut dates = Vec::from([*last]);
    while let Some(date) = dates.last().copied()
        && date > *first
        && dates.len() < DAYS
    {
        dates.push(date.saturating_sub(1.day()));
    }
    dates.reverse();
    let mut svg = String::new();
    let drawn = {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        draw(section, &dates, &told, &root).and_then(|()| root.present().map_err(|error| error.to_string()))
    };
    drawn.map_err(|error| Failure::new(format!("cannot draw the plot: {error}; please report it")))?;
    let names = PARTS.into_iter().chain([(UNTOLD, "untold"), (INK, "ink"), (FAINT, "faint")]);
    for (RGBColor(red, green, blue), name) in names {
        let colour = format!("\"#{red:02X}{green:02X}{blue:02X}\"");
        svg = svg.replace(&format!("fill={colour}"), &format!("style=\"fill:var(--{name})\""));
        svg = svg.replace(&format!("stroke={colour}"), &format!("style=\"stroke:var(--{name})\""));
    }
    Ok(svg.replacen("<svg ", "<svg role=\"img\" aria-label=\"Matches by day\" ", 1))
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Count(count) => Some(u32::try_from(*count).unwrap_or(u32::MAX)),
        _ => None,
    }
}

fn draw(
    section: &Section,
    dates: &[Date],
    told: &[(Date, &Line)],
    root: &DrawingArea<SVGBackend<'_>, Shift>,
) -> Result<(), String> {
    let words = |error: DrawingAreaErrorKind<_>| -> String {
        let error: DrawingAreaErrorKind<std::io::Error> = error;
        error.to_string()
    };
    let most = told.iter().filter_map(|(_, line)| number(section.value(line, "pictures"))).max().unwrap_or(0);
    let place = |at: usize| f64::from(u32::try_from(at).unwrap_or(u32::MAX));
    let end = place(dates.len()) - 0.5;
    let top = f64::from(most.max(4)) * 1.08;
    let mut chart = ChartBuilder::on(root)
        .margin(8)
        .margin_right(24)
        .x_label_area_size(30)
        .y_label_area_size(58)
        .build_cartesian_2d(-0.5..end, 0.0..top)
        .map_err(words)?;
    let label = |at: &f64| {
        let whole = at.round();
        let date = (0..dates.len()).find(|&place_of| (place(place_of) - whole).abs() < 0.1);
        let date = date.filter(|_| (at - whole).abs() < 1e-6).and_then(|at| dates.get(at));
        date.map(Date::to_string).unwrap_or_default()
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .axis_style(FAINT)
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .label_style(("sans-serif", 14).into_font().color(&INK))
        .x_labels(dates.len().min(7))
        .y_labels(5)
        .x_label_formatter(&label)
        .y_label_formatter(&|count| if count.fract() == 0.0 { format!("{count:.0}") } else { String::new() })
        .draw()
        .map_err(words)?;
    for (at, date) in dates.iter().enumerate() {
        let Some((_, line)) = told.iter().find(|(other, _)| other == date) else { continue };
        let (left, right) = (place(at) - 0.38, place(at) + 0.38);
        let Some(pictures) = number(section.value(line, "pictures")) else {
            let mark = Circle::new((place(at), 0.0), 5, UNTOLD.filled());
            chart.draw_series(std::iter::once(mark)).map_err(words)?;
            continue;
        };
        let mut below = 0.0;
        let parts: Option<Vec<_>> =
            PARTS.iter().map(|(colour, id)| Some((*colour, number(section.value(line, id))?))).collect();
        for (colour, part) in
            parts.unwrap_or_else(|| vec![(UNTOLD, pictures)]).into_iter().filter(|(_, part)| *part > 0)
        {
            let above = below + f64::from(part);
            let bar = Rectangle::new([(left, below), (right, above)], colour.filled());
            chart.draw_series(std::iter::once(bar)).map_err(words)?;
            below = above;
        }
    }
    Ok(())
}

/// The work as a funnel: each step with the share of the files that came in.
pub(super) fn funnel(section: &Section, sign: &str) -> String {
    let of = |key: &str| {
        let line = section.rows.iter().find(|line| line.keys.first().is_some_and(|own| own == key));
        line.map_or(&Value::NotMeasured, |line| section.value(line, "files"))
    };
    let Value::Count(seen) = of("seen") else { return String::new() };
    let mut out = String::from("<div class=\"funnel\">\n");
    let losses: [(&str, &[&str]); 4] = [
        ("seen", &[]),
        ("hashed", &["unsupported", "corrupt", "over limit", "unreadable"]),
        ("looked up", &["below quality"]),
        ("matched", &["held back by rules"]),
    ];
    for (step, lost) in losses {
        let value = of(step);
        let lost: Vec<_> = lost
            .iter()
            .filter(|key| *of(key) != Value::Count(0))
            .map(|key| format!("{key} {}", of(key).words(sign)))
            .collect();
        let bar = match value {
            Value::Count(count) => format!("<i style=\"width:{:.3}%\"></i>", percent(*count, *seen)),
            _ => String::new(),
        };
        let _ = writeln!(
            out,
            "<div><b>{step}</b><span class=\"track\">{bar}</span><em>{}</em><small>{}</small></div>",
            escaped(&value.words(sign)),
            escaped(&lost.join(", "))
        );
    }
    out.push_str("</div>\n");
    out
}

#[expect(clippy::cast_precision_loss, reason = "a length on a screen")]
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 100.0).min(100.0) }
}

/// The interval of a precision between 0 and 100 %, the estimate as a dot.
pub(super) fn interval(section: &Section, line: &Line) -> String {
    let of = |measure| section.value(line, measure);
    let (Value::Share(estimate), Value::Share(lower), Value::Share(upper)) =
        (of("precision_percent"), of("precision_lower_percent"), of("precision_upper_percent"))
    else {
        return "<span class=\"range\"></span>".into();
    };
    format!(
        "<span class=\"range\"><i style=\"left:{:.2}%;width:{:.2}%\"></i><b style=\"left:{:.2}%\"></b></span>",
        lower * 100.0,
        (upper - lower) * 100.0,
        estimate * 100.0
    )
}

/// What the colours mean.
pub(super) fn legend(page: &Page) -> String {
    let mut out = String::from("<p class=\"legend\">");
    for (_, id) in PARTS {
        let _ = write!(out, "<span><i style=\"background:var(--{id})\"></i>{}</span>", id.replace('_', " "));
    }
    if page.sections.iter().flat_map(|section| &section.rows).any(|line| line.values.contains(&Value::Hidden)) {
        let _ = write!(out, "<span><i style=\"background:var(--untold)\"></i>not told (a dot: hidden)</span>");
    }
    out.push_str("</p>\n");
    out
}
