//! `lookalike list verify`: would an operator with these keys take this list?

use std::fs::File;

use lookalike::store::manifest::{Guard, Manifest, Warning, verify};

use super::signed;
use crate::args::manifest::VerifyArgs;
use crate::exit::{Exit, Failure};
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::summary::entries;

pub(super) fn run(args: &VerifyArgs) -> Result<Exit, Failure> {
    let keys = signed::keys(&args.keys)?;
    let text = signed::manifest_text(&args.manifest)?;
    let signatures = args.signatures.iter().map(|path| signed::signature(path)).collect::<Result<Vec<_>, _>>()?;
    let signatures: Vec<&str> = signatures.iter().map(String::as_str).collect();
    let refused = |error| signed::of(&args.manifest, &error);
    // whatever list it is of: there is no other to be mixed up with
    let name = Manifest::parse(&text).map_err(refused)?.list;
    let guard = Guard::new();
    let mut verified = verify(&text, &signatures, &name, &keys, None, signed::now(), &guard).map_err(refused)?;

    let path = signed::spec(&args.list)?.path;
    let of_file = |error| signed::of(&path, &error);
    let file = File::open(&path).map_err(|error| Failure::file("read the list", &path, &error))?;
    let file = verified.measure(file).finish().map_err(of_file)?;
    verified.check_file(file).map_err(of_file)?;
    let contents = signed::contents(&args.list, verified.manifest().profile, true)?;
    if contents.list != name {
        let (found, name) = (shown_text(&contents.list), shown_text(&name));
        return Err(Failure::new(format!("{} is read as the list {found}, and {name} was signed", shown(&path))));
    }
    verified.check_entries(contents.entries).map_err(of_file)?;
    let seen = verified.seen().map_err(of_file)?;
    for warning in verified.warnings() {
        if !matches!(warning, Warning::FirstSeen { .. }) {
            eprintln!("lookalike: {warning}");
        }
    }
    let by: Vec<_> = verified.signers().map(shown_text).collect();
    let line = format!(
        "list {}, number {} of key epoch {}: {}, {}, signed by {}\n",
        shown_text(&name),
        seen.sequence,
        seen.epoch,
        entries(seen.entries),
        seen.freshness(signed::now()),
        by.join(", "),
    );
    Output::print(&line).map(|()| Exit::Clean)
}
