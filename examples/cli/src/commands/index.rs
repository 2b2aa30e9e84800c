//! `lookalike index`: lists compiled into an index, and what an index holds.

use std::ffi::OsString;
use std::path::Path;

use lookalike::entry::DigestKind;
use lookalike::hash::Profile;
use lookalike::index::{Builder, IndexKind, Plan};
use lookalike::store::EntryDigests;
use serde_json::json;

use super::diff;
use crate::args::{BuildArgs, IndexCommand, InspectArgs, VerifyArgs};
use crate::exit::{Exit, Failure};
use crate::gather::gather;
use crate::index_file;
use crate::lists::Tally;
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::summary::{entries, grouped};
use crate::template::render;

/// Runs one of the subcommands.
///
/// # Errors
///
/// When a list or an index cannot be read, is refused, or cannot be written.
pub(crate) fn run(command: &IndexCommand) -> Result<Exit, Failure> {
    match command {
        IndexCommand::Build(args) => build(args),
        IndexCommand::Inspect(args) => inspect(args),
        IndexCommand::Verify(args) => verify(args),
        IndexCommand::Diff(args) => diff::run(args),
    }
}

/// How lists are compiled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    pub(crate) profile: Profile,
    pub(crate) kind: Option<IndexKind>,
    /// Within which radius it will be asked, where that decides the kind.
    pub(crate) radius: Option<u32>,
    /// One bad entry, and nothing is built.
    pub(crate) strict: bool,
    /// No entry at all is no mistake.
    pub(crate) allow_empty: bool,
    /// The safe test list is added.
    pub(crate) test_list: bool,
}

impl Recipe {
    /// The same with the safe test list.
    pub(crate) const fn with_test_list(self) -> Self {
        Self { test_list: true, ..self }
    }
}

fn build(args: &BuildArgs) -> Result<Exit, Failure> {
    if !args.force && args.output.symlink_metadata().is_ok() {
        let path = shown(&args.output);
        return Err(Failure::new(format!("{path} exists already; --force replaces it once the new index is complete")));
    }
    let recipe = Recipe {
        profile: args.profile,
        kind: args.compile.kind.0,
        radius: args.compile.radius,
        strict: args.compile.strict,
        allow_empty: args.allow_empty,
        test_list: args.compile.test_list,
    };
    compile(&args.lists, recipe, &args.output, tell)?;
    let index = index_file::open(&args.output)?;
    eprintln!(
        "Wrote {}: {}, {} distinct, profile {}, kind {}, {} bytes.",
        shown(&args.output),
        entries(index.entries()),
        grouped(index.len()),
        index.profile(),
        index.kind(),
        grouped(index.as_bytes().len() as u64),
    );
    Ok(Exit::Clean)
}

/// Reads lists, says what became of each, and writes the index under its name at once, or not at all.
///
/// # Errors
///
/// When an argument makes no sense, a list cannot be read, the recipe forbids what was found, or the index cannot be
/// written. Nothing is written then.
pub(crate) fn compile(
    arguments: &[OsString],
    recipe: Recipe,
    output: &Path,
    mut tell: impl FnMut(&Tally),
) -> Result<(), Failure> {
    by_width!(recipe.profile, compile_wide(arguments, recipe, output, &mut tell))
}

fn compile_wide<const N: usize>(
    arguments: &[OsString],
    recipe: Recipe,
    output: &Path,
    tell: &mut dyn FnMut(&Tally),
) -> Result<(), Failure> {
    let mut builder = Builder::<N>::new(recipe.profile)
        .map_err(|error| Failure::new(format!("cannot build the index: {error}")))?
        .kind(recipe.kind)
        .radius(recipe.radius);
    let bad = gather(arguments, recipe.profile, recipe.strict, recipe.test_list, &mut builder, tell)?;
    if builder.entries() == 0 && !recipe.allow_empty {
        let message = "the lists have no usable entry, so nothing would ever match; check them, or give --allow-empty";
        return Err(Failure::new(message));
    }
    builder.quarantined(bad);
    builder.write_to(output).map_err(|error| Failure::new(error.to_string()))
}

/// Says what became of a list: its counts, then its first bad records.
pub(crate) fn tell(list: &Tally) {
    let named: Vec<_> = list.first_bad().collect();
    let more = list.bad_count() - named.len() as u64;
    match render("list-summary.txt", json!({ "list": list.values(), "named": named, "more": more })) {
        Ok(text) => eprint!("{text}"),
        Err(failure) => eprintln!("lookalike: {failure}"),
    }
}

fn inspect(args: &InspectArgs) -> Result<Exit, Failure> {
    let index = index_file::open(&args.index)?;
    let profile = index.profile();
    let bits = profile.bits();
    let radius = args.radius.unwrap_or_else(|| profile.default_radius());
    if radius as usize > bits {
        return Err(Failure::new(format!(
            "--radius {radius} is more than the {bits} bits of the index's profile {profile}"
        )));
    }
    let plan = Plan::new(profile, index.len(), radius);
    let mut lines = vec![
        ("profile", format!("{profile} ({bits} bits)")),
        ("kind", index.arrangement().to_string()),
        ("planned", plan.to_string()),
        ("bytes", grouped(index.as_bytes().len() as u64)),
        ("hashes", format!("{} distinct", grouped(index.len()))),
        ("entries", grouped(index.entries())),
        ("quarantined", grouped(index.quarantined())),
    ];
    let digests = DigestKind::ALL.iter().map(|&kind| (kind, index.digests(kind))).filter(|(_, count)| *count > 0);
    let digests: Vec<_> = digests.map(|(kind, count)| format!("{} {kind}", grouped(count))).collect();
    lines.push(("digests", if digests.is_empty() { "none".to_owned() } else { digests.join(", ") }));
    let damaged = |error| Failure::new(format!("{}: {error}", shown(&args.index)));
    let of_entries = EntryDigests::of(&index).map_err(damaged)?;
    lines.push(("entry digest", of_entries.whole().to_string()));
    for list in index.lists() {
        let list = list.map_err(damaged)?;
        let digest = of_entries.list(list.name).sha256;
        let (name, count) = (shown_text(list.name), entries(list.entries));
        lines.push(("list", format!("{name}: {count}, {}, entry digest {digest}", list.role)));
    }
    // Of random needles: pictures are not random, and the eight turns of one are eight needles.
    lines.push((
        "by chance",
        format!(
            "{:.2e} false matches expected per million random needles at radius {radius}",
            plan.false_matches_per_million()
        ),
    ));
    let text: String = lines.iter().map(|(name, value)| format!("{name:<12} {value}\n")).collect();
    Output::print(&text).map(|()| Exit::Clean)
}

fn verify(args: &VerifyArgs) -> Result<Exit, Failure> {
    let index = index_file::open(&args.index)?;
    let name = shown(&args.index);
    index.verify().map_err(|error| {
        Failure::new(format!("the index {name} is not sound: {error}; build it again with `lookalike index build`"))
    })?;
    let text = format!("{name} is sound: {} distinct hashes of {}\n", grouped(index.len()), index.profile());
    Output::print(&text).map(|()| Exit::Clean)
}
