//! `lookalike list check`: what an import would take, merge, withdraw and leave out.

use lookalike::entry::{DigestKind, Opinion};
use lookalike::hash::Profile;
use lookalike::lists::Entry;
use serde_json::{Map, Value, json};

use crate::args::{ListCheckArgs, TextFormat};
use crate::exit::{Exit, Failure};
use crate::gather::{Target, gather};
use crate::lists::{Bad, Tally};
use crate::output::Output;
use crate::template::render;

/// How many bad records of a reason are shown.
const SHOWN: usize = 3;

/// Numbers entries, and keeps none.
struct Numbered(u32);

impl<const N: usize> Target<N> for Numbered {
    type Entry = u32;

    fn add(&mut self, _: &Entry<'_, N>) -> Result<u32, String> {
        self.0 = self.0.checked_add(1).ok_or("these are more entries than fit into one index")?;
        Ok(self.0)
    }

    fn remove(&mut self, _: u32) {}
}

pub(super) fn run(args: &ListCheckArgs) -> Result<Exit, Failure> {
    by_width!(args.profile, check(args))
}

fn check<const N: usize>(args: &ListCheckArgs) -> Result<Exit, Failure> {
    let mut texts = Vec::new();
    let mut tell = |tally: &Tally| {
        let checked = checked(tally, args.profile);
        texts.push(match args.format {
            TextFormat::Text => {
                render("list-check.txt", json!({ "list": checked, "opinions": opinions(tally).collect::<Vec<_>>() }))
            }
            TextFormat::Jsonl => Ok(format!("{checked}\n")),
        });
    };
    let bad = gather::<N, _>(&args.lists, args.profile, false, false, &mut Numbered(0), &mut tell)?;
    Output::print(&texts.into_iter().collect::<Result<String, _>>()?)?;
    Ok(if bad > 0 { Exit::NotChecked } else { Exit::Clean })
}

/// The opinions that entries have.
fn opinions(tally: &Tally) -> impl Iterator<Item = (&'static str, u64)> {
    let opinions = Opinion::ALL.into_iter().zip(tally.opinions).filter(|(_, count)| *count > 0);
    opinions.map(|(opinion, count)| (opinion.name(), count))
}

/// What there is to say of a list.
fn checked(tally: &Tally, profile: Profile) -> Value {
    let summary = &tally.summary;
    let counts = |words: &mut dyn Iterator<Item = (String, u64)>| {
        words.map(|(word, count)| (word, count.into())).collect::<Map<String, Value>>()
    };
    let reason = |bad: &Bad| json!({ "count": bad.count, "first": bad.first.iter().take(SHOWN).collect::<Vec<_>>() });
    json!({
        "list": tally.name,
        "format": tally.format.name(),
        "profile": profile.name(),
        "lines": summary.lines,
        "records": summary.records,
        "entries": summary.entries,
        "taken": summary.entries - tally.replaced - tally.withdrawn,
        "replaced": tally.replaced,
        "withdrawn": tally.withdrawn,
        "withdrawals": summary.withdrawals,
        "duplicates": tally.duplicates,
        "hashes": summary.hashes,
        "digests": counts(&mut DigestKind::ALL.iter().map(|kind| (kind.to_string(), summary.digests(*kind)))),
        "photodna": summary.photodna,
        "left_out": summary.left_out(),
        "left_out_why": counts(&mut tally.left_out.iter()),
        "quarantined": summary.quarantined,
        "partial": summary.partial,
        "quarantined_why": tally.bad.iter().map(reason).collect::<Vec<_>>(),
        "opinions": counts(&mut opinions(tally).map(|(word, count)| (word.to_owned(), count))),
        "classes": counts(&mut tally.classes.iter()),
    })
}
