//! Rules for a policy file that mute the entries which match many benign pictures.

use serde::Serialize;

use super::survey::{Sticky, Survey};
use crate::names::{shown, shown_text};
use crate::summary::{counted, grouped};

#[derive(Serialize)]
struct Mutes<'a> {
    mute: Vec<Mute<'a>>,
}

#[derive(Serialize)]
struct Mute<'a> {
    list: &'a str,
    entry: &'a str,
    reason: String,
}

/// The rules, and how many entries have none because their list gives them no id.
pub(super) fn rules(
    survey: &Survey,
    sticky: &[Sticky],
    index: &std::path::Path,
) -> Result<(String, usize), toml::ser::Error> {
    let (pictures, radius) = (counted(survey.pictures, "benign picture"), survey.radius);
    let mut text = format!(
        "# Entries of {} that match several of {pictures} at radius {radius}, found by `lookalike calibrate`.\n\
         # Look at the pictures before you mute an entry. `until = 2030-01-31T00:00:00Z` in a rule ends it at that time.\n\n",
        shown(index),
    );
    let named: Vec<_> = sticky.iter().filter(|sticky| !sticky.entry.is_empty()).collect();
    let nameless = sticky.len() - named.len();
    let mute = named.iter().map(|sticky| Mute {
        list: &sticky.list,
        entry: &sticky.entry,
        reason: format!(
            "matches {} of {pictures} at radius {radius}, the nearest {} bits away",
            grouped(sticky.pictures),
            sticky.nearest
        ),
    });
    let mutes = Mutes { mute: mute.collect() };
    if mutes.mute.is_empty() {
        text.push_str("# There is none.\n");
    } else {
        text.push_str(&toml::to_string(&mutes)?);
    }
    Ok((text, nameless))
}

/// `entry hills of list known`.
pub(super) fn name(sticky: &Sticky) -> String {
    let or = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { shown_text(text) };
    format!("entry {} of list {}", or(&sticky.entry, "(no id)"), or(&sticky.list, "(no name)"))
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn rules_survive_whatever_lists_and_entries_are_called() {
        let survey = Survey::new(Vec::new(), 31, 64);
        let hostile = "a\"\\\n[[mute]]\nlist='x'\u{1}日";
        let sticky = |entry: &str| Sticky { list: hostile.into(), entry: entry.into(), pictures: 12, nearest: 4 };
        let (text, nameless) = rules(&survey, &[sticky("x = 1"), sticky("")], Path::new("my\n.idx")).unwrap();
        assert_eq!(nameless, 1);
        let read: toml::Table = toml::from_str(&text).unwrap();
        let mutes = read["mute"].as_array().unwrap();
        assert_eq!(mutes.len(), 1);
        assert_eq!((mutes[0]["list"].as_str(), mutes[0]["entry"].as_str()), (Some(hostile), Some("x = 1")));
        assert!(mutes[0]["reason"].as_str().unwrap().starts_with("matches 12 of "));
        let (none, _) = rules(&survey, &[], Path::new("my.idx")).unwrap();
        assert!(toml::from_str::<toml::Table>(&none).unwrap().is_empty());
    }
}
