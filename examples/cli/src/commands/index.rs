//! `lookalike index`: lists compiled into an index, and what an index holds.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;

use lookalike::entry::DigestKind;
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Kind, Plan, Source};
use lookalike::lists::{self, ListSpec};

use super::diff;
use crate::args::{BuildArgs, IndexCommand, InspectArgs, VerifyArgs};
use crate::exit::{Exit, Failure};
use crate::lookup;
use crate::names::{shown, shown_text};
use crate::output::Output;
use crate::summary::{self, counted, entries, grouped};

/// How many bad entries of a list are named; the rest is counted.
const NAMED: u64 = 10;

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
    pub(crate) kind: Option<Kind>,
    /// Within which radius it will be asked, where that decides the kind.
    pub(crate) radius: Option<u32>,
    /// One bad entry, and nothing is built.
    pub(crate) strict: bool,
    /// No entry at all is no mistake.
    pub(crate) allow_empty: bool,
}

/// What became of one list.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) name: String,
    pub(crate) lines: u64,
    pub(crate) entries: u64,
    pub(crate) quarantined: u64,
    /// Entries whose hash was already there, in this list or one before; they are kept, as further sources of it.
    pub(crate) duplicates: u64,
    /// The first bad entries: line and reason.
    pub(crate) bad: Vec<String>,
}

fn build(args: &BuildArgs) -> Result<Exit, Failure> {
    if !args.force && args.output.symlink_metadata().is_ok() {
        let path = shown(&args.output);
        return Err(Failure::new(format!("{path} exists already; --force replaces it once the new index is complete")));
    }
    let recipe = Recipe {
        profile: args.profile,
        kind: args.kind.0,
        radius: args.radius,
        strict: args.strict,
        allow_empty: args.allow_empty,
    };
    compile(&args.lists, recipe, &args.output, |list| eprint!("{}", list.text()))?;
    let index = lookup::open(&args.output)?;
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
    lists: &[OsString],
    recipe: Recipe,
    output: &Path,
    mut tell: impl FnMut(&Compiled),
) -> Result<(), Failure> {
    match recipe.profile.bits() {
        64 => compile_wide::<8>(lists, recipe, output, &mut tell),
        _ => compile_wide::<32>(lists, recipe, output, &mut tell),
    }
}

fn compile_wide<const N: usize>(
    lists: &[OsString],
    recipe: Recipe,
    output: &Path,
    tell: &mut dyn FnMut(&Compiled),
) -> Result<(), Failure> {
    let mut builder = Builder::<N>::new(recipe.profile)
        .map_err(|error| Failure::new(format!("cannot build the index: {error}")))?
        .kind(recipe.kind)
        .radius(recipe.radius);
    let mut seen = HashSet::new();
    let mut quarantined = 0;
    for argument in lists {
        let spec = ListSpec::parse(argument)
            .map_err(|error| Failure::new(format!("list {}: {error}", shown(Path::new(argument)))))?;
        let compiled = add(&spec, recipe.profile, &mut builder, &mut seen)?;
        tell(&compiled);
        quarantined += compiled.quarantined;
    }
    if recipe.strict && quarantined > 0 {
        let bad = counted(quarantined, "line");
        return Err(Failure::new(format!(
            "{bad} without a usable entry, and --strict allows none; nothing was written"
        )));
    }
    if seen.is_empty() && !recipe.allow_empty {
        let message = "the lists have no usable entry, so nothing would ever match; check them, or give --allow-empty";
        return Err(Failure::new(message));
    }
    builder.quarantined(quarantined);
    builder.write_to(output).map_err(|error| Failure::new(error.to_string()))
}

fn add<const N: usize>(
    spec: &ListSpec,
    profile: Profile,
    builder: &mut Builder<N>,
    seen: &mut HashSet<HashBits<N>>,
) -> Result<Compiled, Failure> {
    let is_input = spec.path.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { shown(&spec.path) };
    let reader: Box<dyn BufRead> = if is_input {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(&spec.path).map_err(|error| Failure::file("read the list", &spec.path, &error))?;
        Box::new(BufReader::with_capacity(1 << 16, file))
    };
    let mut bad = Vec::new();
    let mut duplicates = 0;
    let mut refused = None;
    let read = lists::read::<N, _>(spec.format, reader, &spec.options, profile, &mut |entry| {
        match entry {
            Err(quarantined) if (bad.len() as u64) < NAMED => {
                bad.push(format!("{name}:{}: {}", quarantined.line, quarantined.reason))
            }
            Err(_) => {}
            Ok(entry) => {
                duplicates += u64::from(!seen.insert(entry.hash));
                let source = Source {
                    list: entry.list,
                    id: entry.id,
                    classification: entry.classification,
                    owner: entry.owner,
                    jurisdiction: entry.jurisdiction,
                    ..Source::default()
                };
                if let Err(error) = builder.add(entry.hash, source) {
                    refused = Some(Failure::new(format!("{name}:{}: {error}", entry.line)));
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    });
    let summary = read.map_err(|error| Failure::new(format!("cannot read the list {name}: {error}")))?;
    match refused {
        Some(failure) => Err(failure),
        None => Ok(Compiled {
            name,
            lines: summary.lines,
            entries: summary.entries,
            quarantined: summary.quarantined,
            duplicates,
            bad,
        }),
    }
}

impl Compiled {
    /// The counts of the list, then its first bad entries.
    fn text(&self) -> String {
        let Self { name, lines, entries, quarantined, duplicates, bad } = self;
        let mut text = format!(
            "{name}: {} read, {}, {} quarantined, {}\n",
            counted(*lines, "line"),
            summary::entries(*entries),
            grouped(*quarantined),
            counted(*duplicates, "duplicate"),
        );
        for line in bad {
            text.push_str("  left out ");
            text.push_str(&shown_text(line));
            text.push('\n');
        }
        let more = self.quarantined - bad.len() as u64;
        if more > 0 {
            text.push_str(&format!("  and {} more\n", grouped(more)));
        }
        text
    }
}

fn inspect(args: &InspectArgs) -> Result<Exit, Failure> {
    let index = lookup::open(&args.index)?;
    let profile = index.profile();
    let bits = profile.bits();
    let radius = args.radius.unwrap_or_else(|| profile.default_radius());
    if radius as usize > bits {
        return Err(Failure::new(format!(
            "--radius {radius} is more than the {bits} bits of the index's profile {profile}"
        )));
    }
    let plan = Plan::new(profile, index.len(), radius);
    let mut out = Output::open(None)?;
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
    for list in index.lists() {
        let list = list.map_err(|error| Failure::new(format!("{}: {error}", shown(&args.index))))?;
        lines.push(("list", format!("{}: {}, {}", shown_text(list.name), entries(list.entries), list.role)));
    }
    // Of random needles: pictures are not random, and the eight turns of one are eight needles.
    lines.push((
        "by chance",
        format!(
            "{:.2e} false matches expected per million random needles at radius {radius}",
            plan.false_matches_per_million()
        ),
    ));
    let written =
        lines.iter().try_for_each(|(name, value)| writeln!(out, "{name:<12} {value}")).and_then(|()| out.finish());
    match written.map_err(|error| Output::failure("standard output", &error)) {
        Err(Some(failure)) => Err(failure),
        _ => Ok(Exit::Clean),
    }
}

fn verify(args: &VerifyArgs) -> Result<Exit, Failure> {
    let index = lookup::open(&args.index)?;
    let name = shown(&args.index);
    index.verify().map_err(|error| {
        Failure::new(format!("the index {name} is not sound: {error}; build it again with `lookalike index build`"))
    })?;
    println_quietly(&format!("{name} is sound: {} distinct hashes of {}", grouped(index.len()), index.profile()));
    Ok(Exit::Clean)
}

/// Prints a line; nobody reading it is no failure.
fn println_quietly(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
