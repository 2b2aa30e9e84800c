//! A calibration for the terminal.

use std::io::{self, Write};

use super::Calibration;
use super::advice::per_million;
use super::interval::Share;
use super::mutes::name;
use super::survey::Tally;
use crate::names::shown_text;
use crate::summary::{counted, entries, grouped};

/// How many entries that match many pictures are named; the rest is counted.
const NAMED: usize = 20;

/// Writes everything.
pub(super) fn write(out: &mut dyn Write, it: &Calibration) -> io::Result<()> {
    let survey = &it.survey;
    writeln!(
        out,
        "{} checked against {} of {}",
        counted(survey.pictures, "picture"),
        entries(survey.all.entries),
        it.index
    )?;
    if survey.repeated > 0 {
        let repeated = counted(survey.repeated, "picture");
        writeln!(out, "{repeated} among them with the hash of another: the sample says less than its size")?;
    }
    let listed = survey.all.within(0);
    if listed > 0 {
        let listed = counted(listed, "picture");
        writeln!(out, "{listed} among them with a listed hash: look at them first, they may not be harmless")?;
    }
    writeln!(out)?;
    let title = match &*survey.lists {
        [only] => of_list(only),
        _ => "All lists together".to_owned(),
    };
    table(out, it, &title, &survey.all)?;
    if survey.lists.len() > 1 {
        survey.lists.iter().try_for_each(|list| table(out, it, &of_list(list), list))?;
    }
    writeln!(out, "Recommended radius")?;
    for (list, advice) in survey.lists.iter().zip(&it.advice) {
        indented(out, &format!("{}: {}", name_of(list), advice.words(survey.pictures, it.budget)))?;
    }
    sticky(out, it)
}

/// Lines of a terminal, all but the first further to the right.
fn indented(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let options = textwrap::Options::new(78).initial_indent("  ").subsequent_indent("    ");
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

fn of_list(list: &Tally) -> String {
    format!("List {}, {}", name_of(list), entries(list.entries))
}

fn name_of(list: &Tally) -> String {
    if list.name.is_empty() { "(no name)".to_owned() } else { shown_text(&list.name) }
}

/// Of all radii those where something changes, and the one in use.
fn table(out: &mut dyn Write, it: &Calibration, title: &str, list: &Tally) -> io::Result<()> {
    let survey = &it.survey;
    writeln!(out, "{title}")?;
    writeln!(out, "   radius   matched   per million   95 % interval")?;
    for radius in shown_radii(list, survey.radius, survey.widest) {
        let matched = list.within(radius);
        let (estimate, lower, upper) = Share::of(matched, survey.pictures).per_million();
        let mark = if radius == survey.radius { ">" } else { " " };
        let (matched, estimate) = (grouped(matched), per_million(estimate));
        let interval = format!("{} to {}", per_million(lower), per_million(upper));
        writeln!(out, " {mark} {radius:>6} {matched:>9} {estimate:>13}   {interval}")?;
    }
    writeln!(out)
}

/// The radius at which a count begins to hold, the last one, and the one in use; at most some twenty.
pub(super) fn shown_radii(list: &Tally, own: u32, widest: u32) -> Vec<u32> {
    let changes = |radius: u32| radius.checked_sub(1).is_none_or(|before| list.within(before) != list.within(radius));
    let mut radii: Vec<u32> =
        (0..=widest).filter(|&radius| changes(radius) || radius == own || radius == widest).collect();
    let mut step = 4;
    while radii.len() > MOST_ROWS {
        radii = (0..=widest).filter(|radius| radius % step == 0 || *radius == own || *radius == widest).collect();
        step *= 2;
    }
    radii
}

const MOST_ROWS: usize = 20;

fn sticky(out: &mut dyn Write, it: &Calibration) -> io::Result<()> {
    let (least, radius) = (it.least_sticky, it.survey.radius);
    if it.sticky.is_empty() {
        return writeln!(out, "\nNo entry matches {least} pictures or more at radius {radius}.");
    }
    writeln!(out, "\nEntries that match {least} pictures or more at radius {radius}")?;
    for sticky in it.sticky.iter().take(NAMED) {
        let pictures = counted(sticky.pictures, "picture");
        writeln!(out, "  {}: {pictures}, the nearest {} bits away", name(sticky), sticky.nearest)?;
    }
    let more = it.sticky.len().saturating_sub(NAMED);
    if more > 0 {
        writeln!(out, "  and {} more; --mutes FILE names all", grouped(more as u64))?;
    }
    Ok(())
}

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
