//! A comparison as one page: self-contained, no script, no thumbnail, everything escaped; the grids are inline SVG.

use std::fmt::Write as _;

use lookalike::hash::Dihedral;

use super::Explained;
use super::compare::{Comparison, Which};
use super::lists::record_words;
use super::side::{Bits, Side};
use super::words::{sentences, view_and_turn};
use crate::names::shown_text;
use crate::report::html::escaped;

/// The whole page.
pub(super) fn page(explained: &Explained) -> String {
    let mut page = String::from(HEAD);
    let _ = write!(page, "<dl><dt>A<dd>{}", side(&explained.a));
    if let (Some(b), Some(comparison)) = (&explained.b, &explained.comparison) {
        let _ = writeln!(page, "<dt>B<dd>{}</dl>", side(b));
        for sentence in sentences(&explained.a, b, comparison) {
            let class = if sentence.is_loud { " class=\"loud\"" } else { "" };
            let _ = writeln!(page, "<p{class}>{}</p>", escaped(&sentence.text));
        }
        compared(&mut page, &explained.a, b, comparison);
    } else {
        page.push_str("</dl>\n");
    }
    if let Some(listed) = &explained.listed {
        let _ = writeln!(page, "<h2>What the lists of {} have near A</h2>\n<ul>", escaped(&listed.index));
        for list in &listed.lists {
            let name = if list.name.is_empty() { "(no name)".to_owned() } else { shown_text(&list.name) };
            let _ = writeln!(page, "<li><b>{}</b>: {}</li>", escaped(&name), escaped(&list.words(listed)));
        }
        page.push_str("</ul>\n");
        if let Some(record) = &listed.scanned {
            page.push_str("<h2>What a scan would report of A</h2>\n<ul>\n");
            for line in record_words(record) {
                let _ = writeln!(page, "<li>{}</li>", escaped(&line));
            }
            page.push_str("</ul>\n");
        }
    }
    page.push_str("</body></html>\n");
    page
}

fn side(side: &Side) -> String {
    format!("<code>{}</code><br>{}", escaped(&side.name), escaped(&side.words()))
}

fn compared(page: &mut String, a: &Side, b: &Side, comparison: &Comparison) {
    let (turn, distance) = comparison.nearest();
    if let Some((of_a, of_b)) = comparison.grids(a, b) {
        let name = |which: Which| match turn {
            turn if comparison.turned == Some(which) && turn != Dihedral::Original => {
                format!("{} after {turn}", which.letter())
            }
            _ => which.letter().to_owned(),
        };
        let (left, right) = (grid(of_a, of_b, &name(Which::A)), grid(of_b, of_a, &name(Which::B)));
        let bits = comparison.profile.bits();
        let _ = writeln!(page, "<div class=\"grids\">{left}{right}</div>");
        let _ = writeln!(
            page,
            "<p class=\"legend\">Dark: a set bit. Red with a ring: {distance} of {bits} bits of {} that differ. In the order in \
             which the hash is printed.</p>",
            comparison.profile
        );
    }
    page.push_str("<h2>Distances</h2>\n<table><tr><th>profile");
    let columns = comparison.rows.iter().map(|row| row.distances.len()).max().unwrap_or(0);
    for turn in Dihedral::ALL.iter().take(columns) {
        let _ = write!(page, "<th>{turn}");
    }
    page.push_str("<th>radius<th>match\n");
    for row in &comparison.rows {
        let (nearest, _) = row.nearest();
        let class = if row.profile == comparison.profile { " class=\"chosen\"" } else { "" };
        let _ = write!(page, "<tr{class}><td>{}", row.profile);
        for (turn, distance) in Dihedral::ALL.into_iter().zip(&row.distances) {
            let class = if turn == nearest { " class=\"least\"" } else { "" };
            let _ = write!(page, "<td{class}>{distance}");
        }
        let _ = writeln!(page, "<td>{}<td>{}", row.radius, if row.matches() { "yes" } else { "no" });
    }
    page.push_str("</table>\n");
    if let Some(which) = comparison.turned {
        let _ =
            writeln!(page, "<p class=\"legend\">{} is turned; the smallest of each row is framed.</p>", which.letter());
    }
    if !comparison.views.is_empty() {
        page.push_str(
            "<h2>Views within their radius</h2>\n<table class=\"views\"><tr><th>of<th>bits<th>quality<th>view\n",
        );
        for seen in &comparison.views {
            let name = escaped(&view_and_turn(seen.view, seen.turn));
            let _ = writeln!(page, "<tr><td>{}<td>{}<td>{}<td>{name}", seen.of.letter(), seen.distance, seen.quality);
        }
        page.push_str("</table>\n");
    }
}

/// A hash as a drawing: squares of ten units.
fn grid(own: &Bits, other: &Bits, name: &str) -> String {
    let side = own.side();
    let cell = 160 / side.max(1);
    let mut svg = format!(
        "<figure><svg viewBox=\"-1 -1 162 162\" role=\"img\" aria-label=\"{}\">\n<rect class=\"ground\" width=\"160\" height=\"160\"/>\n",
        escaped(name)
    );
    for bit in 0..side * side {
        let (x, y) = (bit % side * cell, bit / side * cell);
        let class = match (own.is_set(bit), own.is_set(bit) == other.is_set(bit)) {
            (true, true) => "set",
            (false, true) => continue,
            (true, false) => "set differs",
            (false, false) => "differs",
        };
        let _ = write!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{cell}\" height=\"{cell}\"/>");
        if class != "set" {
            let (x, y, radius) = (x + cell / 2, y + cell / 2, cell / 4);
            let _ = write!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>");
        }
    }
    let _ = write!(svg, "\n</svg><figcaption>{}</figcaption></figure>", escaped(name));
    svg
}

const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>lookalike explain</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 2em auto; padding: 0 1em; max-width: 66em; font: 15px/1.5 system-ui, sans-serif; color-scheme: light dark }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3em 1em }
dt { font-weight: bold }
dd { margin: 0; overflow-wrap: anywhere }
.loud { font-weight: bold; font-size: 115% }
.legend { color: #888 }
.grids { display: flex; flex-wrap: wrap; gap: 2em; margin: 1.5em 0 .5em }
figure { margin: 0; flex: 1 1 18em; max-width: 24em }
figcaption { text-align: center; margin-top: .3em }
.ground { fill: #f4f4f4; stroke: #888; stroke-width: .5 }
.set { fill: #345 }
.differs { fill: #f6c9c2; stroke: #c22; stroke-width: .8 }
.set.differs { fill: #c22 }
circle { fill: none; stroke: #c22; stroke-width: 1 }
.set.differs + circle { stroke: #fff }
table { display: block; overflow-x: auto; border-collapse: collapse }
th, td { text-align: right; padding: .2em .7em; border-bottom: 1px solid #8886 }
.views th, .views td, th:first-child, td:first-child { text-align: left; padding-left: 0 }
.chosen { font-weight: bold }
.least { outline: 2px solid #c22; outline-offset: -2px }
</style></head><body>
<h1>lookalike explain</h1>
"#;
