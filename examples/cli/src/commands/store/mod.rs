//! `lookalike store`: lists that change while they are looked up in.

mod add;
mod logged;
mod pending;
mod retro;
mod signed;
mod status;

use std::path::Path;

use lookalike::hash::Profile;
use lookalike::mmap::Opener;
use lookalike::store::{Contents, MANY_CHANGES, Staged, StoreError, StoreErrorKind, Summary, Writer, compact};

use super::index::tell;
use crate::args::store::{CompactArgs, InitArgs, PublishArgs, RemoveArgs, RollbackArgs, StoreCommand};
use crate::exit::{Exit, Failure};
use crate::gather::gather;
use crate::names::{shown, shown_text};
use crate::summary::{counted, entries};

/// Runs one of the subcommands.
///
/// # Errors
///
/// When a list or the store is refused, or cannot be read or written. The store is as before then.
pub(crate) fn run(command: &StoreCommand) -> Result<Exit, Failure> {
    match command {
        StoreCommand::Init(args) => by_width!(args.profile, init(args)),
        StoreCommand::Publish(args) => by_width!(profile(&args.directory)?, publish(args)),
        StoreCommand::Add(args) => by_width!(profile(&args.directory)?, add::run(args)),
        StoreCommand::Remove(args) => by_width!(profile(&args.directory)?, remove(args)),
        StoreCommand::Compact(args) => by_width!(profile(&args.directory)?, compact_wide(args)),
        StoreCommand::Status(args) => status::run(args),
        StoreCommand::Retro(args) => by_width!(profile(&args.directory)?, retro::run(args)),
        StoreCommand::Forget(args) => by_width!(profile(&args.directory)?, retro::forget(args)),
        StoreCommand::Rollback(args) => by_width!(profile(&args.directory)?, roll_back(args)),
    }
}

/// What to say of an error of a store: where there is none, how to make one.
fn failure(error: StoreError) -> Failure {
    match error.kind() {
        StoreErrorKind::NotAStore => Failure::new(format!("{error}; make one with `lookalike store init`")),
        StoreErrorKind::Busy => Failure::new(format!("{error}, or let it wait longer with --wait")),
        _ => Failure::new(error.to_string()),
    }
}

/// The profile of a store, from its record alone.
fn profile(directory: &Path) -> Result<Profile, Failure> {
    Summary::read(directory).map(|summary| summary.profile()).map_err(failure)
}

fn init<const N: usize>(args: &InitArgs) -> Result<Exit, Failure> {
    Writer::<N>::init(&args.directory, args.profile).map_err(failure)?;
    let directory = shown(&args.directory);
    eprintln!(
        "Made {directory}, an empty store of profile {}; publish lists with `lookalike store publish`.",
        args.profile
    );
    Ok(Exit::Clean)
}

fn publish<const N: usize>(args: &PublishArgs) -> Result<Exit, Failure> {
    let summary = Summary::read(&args.directory).map_err(failure)?;
    let profile = summary.profile();
    let mut checked = signed::check(&args.signed, &args.lists, &summary)?;
    let mut contents =
        Contents::<N>::new(profile).map_err(failure)?.kind(args.compile.kind.0).radius(args.compile.radius);
    let bad = gather(&args.lists, profile, args.compile.strict, args.compile.test_list, &mut contents, &mut tell)?;
    contents.quarantined(bad);
    // Everything that takes long happens while others may change the store.
    let staged = Staged::new(&args.directory, contents, Opener::default()).map_err(failure)?;
    let count = staged.entries();
    let digests = staged.entry_digests(Opener::default()).map_err(failure)?;
    let accepted = signed::check_entries(&mut checked, &digests, &summary, &args.signed)?;
    let mut writer = open::<N>(&args.directory, args.changing.wait())?;
    if !signed::is_as_before(&checked, |list| writer.signed(list)) {
        return Err(Failure::new("the store accepted another manifest meanwhile; nothing was published, try again"));
    }
    let before = logged::Before::new(&args.changing, &writer)?;
    for (list, seen) in accepted {
        writer.remember(&list, seen);
    }
    let dropped = if args.keep_changes { 0 } else { writer.changes() };
    let generation = writer.switch_to(staged, args.keep_changes).map_err(failure)?;
    before.log(&writer, |list| digests.list(list).entries > 0, &args.signed.overrides())?;
    eprintln!("Published generation {generation}: {}, profile {profile}.", entries(count));
    if dropped > 0 {
        let changes = counted(dropped, "earlier change");
        eprintln!(
            "{changes} are no longer there, since --keep-changes was not given; `store rollback` brings them back."
        );
    }
    Ok(done(bad))
}

/// How a command ends that left bad records out.
const fn done(bad: u64) -> Exit {
    if bad > 0 { Exit::NotChecked } else { Exit::Clean }
}

fn open<const N: usize>(directory: &Path, wait: std::time::Duration) -> Result<Writer<N>, Failure> {
    Writer::open_within(directory, wait).map_err(failure)
}

fn remove<const N: usize>(args: &RemoveArgs) -> Result<Exit, Failure> {
    let mut writer = open::<N>(&args.directory, args.changing.wait())?;
    let lists: Vec<_> = writer.lists().map(|(name, ..)| shown_text(name)).collect();
    let is_known = writer.lists().any(|(name, ..)| name == args.list);
    let before = logged::Before::new(&args.changing, &writer)?;
    let mut change = writer.change();
    let mut removed = 0;
    for entry in &args.entries {
        removed += change.remove(&args.list, entry).map_err(|error| match error.kind() {
            StoreErrorKind::NoSuchEntry if !is_known => {
                let (list, lists) = (shown_text(&args.list), lists.join(", "));
                Failure::new(format!("the store has no list {list}; it has {lists}; nothing was changed"))
            }
            _ => failure(error),
        })?;
    }
    let generation = change.commit().map_err(failure)?;
    before.log(&writer, |list| list == args.list, &[])?;
    eprintln!("Removed {} of {}: generation {generation}.", entries(removed), shown_text(&args.list));
    Ok(Exit::Clean)
}

fn compact_wide<const N: usize>(args: &CompactArgs) -> Result<Exit, Failure> {
    let directory = shown(&args.directory);
    if args.when_many {
        let summary = Summary::read(&args.directory).map_err(failure)?;
        let changes = {
            let (added, hidden) = summary.changes();
            added + hidden
        };
        if changes < MANY_CHANGES {
            eprintln!("{directory} has {}: too few to compact.", counted(changes, "change"));
            return Ok(Exit::Clean);
        }
    }
    match compact::<N>(&args.directory, Opener::default()).map_err(failure)? {
        Some(generation) => eprintln!("Built the changes of {directory} into a new index: generation {generation}."),
        None => eprintln!("{directory} has no changes to build in."),
    }
    Ok(Exit::Clean)
}

fn roll_back<const N: usize>(args: &RollbackArgs) -> Result<Exit, Failure> {
    let mut writer = open::<N>(&args.directory, args.changing.wait())?;
    let to = args.to.or(writer.earlier().map_err(failure)?.last().copied());
    let before = logged::Before::new(&args.changing, &writer)?;
    let generation = writer.roll_back(args.to).map_err(failure)?;
    before.log(&writer, |_| true, &["rolled back"])?;
    let of = to.map(|to| format!(" of generation {to}")).unwrap_or_default();
    eprintln!("Rolled back: generation {generation} has the contents{of}.");
    Ok(Exit::Clean)
}
