//! A comparison for the terminal: 80 columns, readable without colour.

use std::io::{self, Write};

use lookalike::hash::Dihedral;

use super::Explained;
use super::compare::{Comparison, Row, Which};
use super::lists::{Listed, record_words};
use super::side::{Bits, Side};
use super::words::{sentences, view_and_turn};
use crate::names::shown_text;

/// How many views are named; the rest is counted.
const VIEWS_NAMED: usize = 6;

/// Marks and colours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    /// Whether escapes are written at all.
    pub(super) colours: bool,
}

impl Paint {
    /// Bold red where colours are on: what differs.
    fn differing(self, text: &str) -> String {
        self.escaped("1;31", text)
    }

    /// Bold: what is to be seen first.
    fn bold(self, text: &str) -> String {
        self.escaped("1", text)
    }

    /// Grey: equal bits that are clear.
    fn faint(self, text: &str) -> String {
        self.escaped("2", text)
    }

    fn escaped(self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Writes everything.
pub(super) fn write(out: &mut dyn Write, explained: &Explained, paint: Paint) -> io::Result<()> {
    if let (Some(b), Some(comparison)) = (&explained.b, &explained.comparison) {
        side(out, "A", &explained.a)?;
        side(out, "B", b)?;
        writeln!(out)?;
        for sentence in sentences(&explained.a, b, comparison) {
            for line in textwrap::wrap(&sentence.text, COLUMNS) {
                writeln!(out, "{}", if sentence.is_loud { paint.bold(&line) } else { line.into_owned() })?;
            }
        }
        writeln!(out)?;
        grids(out, &explained.a, b, comparison, paint)?;
        table(out, comparison, paint)?;
        views(out, comparison)?;
    } else {
        side(out, "A", &explained.a)?;
    }
    match &explained.listed {
        Some(listed) => lists(out, listed, explained.b.is_some()),
        None => Ok(()),
    }
}

fn side(out: &mut dyn Write, letter: &str, side: &Side) -> io::Result<()> {
    writeln!(out, "{letter}  {}: {}", side.name, side.words())
}

/// Both hashes side by side, each row behind its hexadecimal digits.
fn grids(out: &mut dyn Write, a: &Side, b: &Side, comparison: &Comparison, paint: Paint) -> io::Result<()> {
    let Some((of_a, of_b)) = comparison.grids(a, b) else { return Ok(()) };
    let (turn, distance) = comparison.nearest();
    let head = |which: Which| match turn {
        Dihedral::Original => which.letter().to_owned(),
        turn if comparison.turned == Some(which) => format!("{} after {turn}", which.letter()),
        _ => which.letter().to_owned(),
    };
    let side = of_a.side();
    let digits = side / 4;
    let width = digits + 2 + 2 * side;
    writeln!(
        out,
        "{:digits$}  {:<rest$}   {:digits$}  {}",
        "",
        head(Which::A),
        "",
        head(Which::B),
        rest = width - digits - 2
    )?;
    for row in 0..side {
        let (left, right) = (grid_row(of_a, of_b, row, paint), grid_row(of_b, of_a, row, paint));
        writeln!(out, "{left}   {}", right.trim_end())?;
    }
    let bits = comparison.profile.bits();
    writeln!(out, "# set   . clear   ! differs: {distance} of {bits} bits of {}\n", comparison.profile)
}

fn grid_row(own: &Bits, other: &Bits, row: usize, paint: Paint) -> String {
    let side = own.side();
    let (from, digits) = (row * side / 4, side / 4);
    let hexadecimal = own.hexadecimal();
    let mut line = format!("{}  ", hexadecimal.get(from..from + digits).unwrap_or_default());
    for bit in row * side..(row + 1) * side {
        let mark = if own.is_set(bit) { '#' } else { '.' };
        match (own.is_set(bit) == other.is_set(bit), own.is_set(bit)) {
            (false, _) => line.push_str(&paint.differing(&format!("{mark}!"))),
            (true, true) => line.push_str("# "),
            (true, false) => {
                line.push_str(&paint.faint("."));
                line.push(' ');
            }
        }
    }
    line
}

/// Distances by profile and turn.
fn table(out: &mut dyn Write, comparison: &Comparison, paint: Paint) -> io::Result<()> {
    let turned = match comparison.turned {
        Some(which) => format!("{} turned", which.letter()),
        None => String::new(),
    };
    write!(out, "{turned:<12}")?;
    let columns = comparison.rows.iter().map(|row| row.distances.len()).max().unwrap_or(0);
    for name in TURNS.iter().take(columns) {
        write!(out, "{name:>7}")?;
    }
    writeln!(out, " radius hit")?;
    comparison.rows.iter().try_for_each(|row| {
        let line = table_row(row);
        writeln!(out, "{}", if row.profile == comparison.profile { paint.bold(&line) } else { line })
    })?;
    writeln!(out, "* the smallest of its row\n")
}

fn table_row(row: &Row) -> String {
    let (nearest, _) = row.nearest();
    let mut line = format!("{:<12}", row.profile.name());
    for (turn, distance) in Dihedral::ALL.into_iter().zip(&row.distances) {
        let mark = if turn == nearest { "*" } else { "" };
        line.push_str(&format!("{:>7}", format!("{mark}{distance}")));
    }
    line.push_str(&format!("{:>7} {}", row.radius, if row.matches() { "yes" } else { "no" }));
    line
}

/// The turns as Meta's tool abbreviates them.
const TURNS: [&str; 8] = ["orig", "rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"];

fn views(out: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    let Some(most) = comparison.views.len().checked_sub(1) else { return Ok(()) };
    writeln!(out, "Views within their radius, the nearest first")?;
    for seen in comparison.views.iter().take(VIEWS_NAMED) {
        let name = view_and_turn(seen.view, seen.turn);
        writeln!(out, "  {} {:>3} bits  quality {:>3}  {name}", seen.of.letter(), seen.distance, seen.quality)?;
    }
    if most >= VIEWS_NAMED {
        writeln!(out, "  and {} more", most + 1 - VIEWS_NAMED)?;
    }
    writeln!(out)
}

fn lists(out: &mut dyn Write, listed: &Listed, is_compared: bool) -> io::Result<()> {
    if !is_compared {
        writeln!(out)?;
    }
    writeln!(out, "What the lists of {} have near A", listed.index)?;
    for list in &listed.lists {
        let name = if list.name.is_empty() { "(no name)".to_owned() } else { shown_text(&list.name) };
        let text = format!("{name}: {}", list.words(listed));
        let indented = textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("    ");
        textwrap::wrap(&text, indented).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    let Some(record) = &listed.scanned else { return Ok(()) };
    writeln!(out, "\nWhat a scan would report of A")?;
    for text in record_words(record) {
        let indented = textwrap::Options::new(COLUMNS).initial_indent("  ").subsequent_indent("    ");
        textwrap::wrap(&text, indented).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// Lines of a terminal.
const COLUMNS: usize = 78;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_bits_are_marked_without_colour() {
        let (a, b) = (Bits(vec![0xf0; 8]), Bits(vec![0xf1; 8]));
        let plain = Paint { colours: false };
        assert_eq!(grid_row(&a, &b, 0, plain), "f0  # # # # . . . .!");
        assert_eq!(grid_row(&b, &a, 7, plain), "f1  # # # # . . . #!");
        assert!(grid_row(&a, &b, 0, Paint { colours: true }).contains("\x1b[1;31m.!\x1b[0m"));
    }
}
