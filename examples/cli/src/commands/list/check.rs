//! `lookalike list check`: what an import would take, merge, withdraw and leave out.

use lookalike::lists::Entry;
use serde_json::json;

use crate::args::{ListCheckArgs, TextFormat};
use crate::exit::{Exit, Failure};
use crate::gather::{Target, gather};
use crate::lists::Tally;
use crate::output::Output;
use crate::template::{add, render};

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
        let mut values = tally.values();
        add(&mut values, json!({ "profile": args.profile.name() }));
        texts.push(match args.format {
            TextFormat::Text => {
                let opinions: Vec<_> = tally.opinions().collect();
                render("list-check.txt", json!({ "list": values, "opinions": opinions }))
            }
            TextFormat::Jsonl => Ok(format!("{values}\n")),
        });
    };
    let bad = gather::<N, _>(&args.lists, args.profile, false, false, &mut Numbered(0), &mut tell)?;
    Output::print(&texts.into_iter().collect::<Result<String, _>>()?)?;
    Ok(if bad > 0 { Exit::NotChecked } else { Exit::Clean })
}
