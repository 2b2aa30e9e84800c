//! A report to read: Markdown with tables.

use std::fmt::Write as _;

use super::model::{Page, Section};
use crate::names::shown_text;

/// The whole report.
pub(super) fn text(page: &Page) -> String {
    let mut out = String::from("# Report on matches\n\n");
    for (key, value) in &page.made_from {
        let _ = writeln!(out, "- {key}: {}", escaped(value));
    }
    for notice in &page.notices {
        let _ = write!(out, "\n**{}**\n", escaped(notice));
    }
    for section in &page.sections {
        table(&mut out, section, page.sign());
    }
    out
}

fn table(out: &mut String, section: &Section, sign: &str) {
    let _ = write!(out, "\n## {}\n\n", section.title);
    if section.rows.is_empty() {
        let _ = writeln!(out, "{}", section.empty);
        return;
    }
    let mut row = |cells: Vec<String>| {
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    let titles = section.keys.iter().copied().chain(section.measures.iter().map(|(_, title)| *title));
    row(titles.map(str::to_owned).collect());
    let rules = section.keys.iter().map(|_| ":--").chain(section.measures.iter().map(|_| "--:"));
    row(rules.map(str::to_owned).collect());
    for line in &section.rows {
        let keys = line.keys.iter().map(|key| escaped(key));
        row(keys.chain(line.values.iter().map(|value| escaped(&value.words(sign)))).collect());
    }
    let _ = write!(out, "\n{}\n", section.note);
}

/// The text with everything escaped that Markdown could read as its own.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in shown_text(text).chars() {
        if "\\`*_[]<>|#&~".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
