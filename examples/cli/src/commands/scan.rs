//! `lookalike scan`: which pictures below some directories look like listed ones, and what could not be checked.

use std::path::Path;

use lookalike::audit;
use lookalike::hash::Profile;
use lookalike::store;

use super::{Ended, Run, StandardInput};
use crate::args::{ScanArgs, ScanFormat, Views};
use crate::audited::{Audited, Trail};
use crate::examine::Examiner;
use crate::exit::{Exit, Failure};
use crate::lookup::{self, Lookup};
use crate::lookups::{self, Lookups};
use crate::names::shown;
use crate::output::Output;
use crate::remember::Remember;
use crate::report::Report;
use crate::report::csv::ScanCsv;
use crate::report::html::Html;
use crate::report::jsonl::Jsonl;
use crate::report::text::ScanText;
use crate::summary::{Summary, counted};

/// Scans everything named; the summary goes to standard error.
///
/// # Errors
///
/// When the index is refused, uploads cannot be kept, and as [`Run::run`].
pub(crate) fn run(args: &ScanArgs) -> Result<Exit, Failure> {
    let store = args.place.store.as_deref().map(lookups::open_store).transpose()?;
    let (index, name) = match (&store, &args.place.index) {
        (Some(store), _) => (store.snapshot(), format!("the store {}", shown(store.directory()))),
        (None, Some(path)) => (lookup::open_alone(path)?, shown(path)),
        (None, None) => return Err(Failure::new("give --index FILE or --store DIR to look up in")),
    };
    let views = args.views.map(Views::set);
    let mut lookup = Lookup::of(index, name, args.radius, !args.no_dihedral, args.min_quality, views, args.occlusion)?;
    if let Some(policy) = &args.policy {
        let warnings;
        (lookup, warnings) = lookup.with_policy(policy)?;
        warnings.iter().for_each(|warning| eprintln!("lookalike: {warning}"));
    }
    if let Some(warning) = lookup.warning() {
        eprintln!("lookalike: {warning}");
    }
    let mut report: Box<dyn Report> = match args.format {
        ScanFormat::Text => Box::new(ScanText { verbose: args.verbose }),
        ScanFormat::Jsonl => Box::new(Jsonl),
        ScanFormat::Csv => Box::new(ScanCsv),
        ScanFormat::Html => Box::new(Html { verbose: args.verbose }),
    };
    let (profile, systems) = (lookup.profile(), lookup.systems()?);
    let usual_radius = lookup.rules().lend().rules().default.radius;
    let lookups = match store {
        Some(store) => Lookups::of_store(lookup, store),
        None => lookup.into(),
    };
    let Some(path) = &args.audit else { return keeping(args, profile, lookups, &mut *report) };
    let options = audit::Options::new().distances(!args.audit_no_distances);
    let trail = Trail::open(path, args.audit_key.as_deref(), options, args.audit_retain)?;
    let mut audited = Audited::new(&mut *report, &trail, systems, profile, usual_radius);
    let scanned = keeping(args, profile, lookups, &mut audited);
    // What kept the log from being written is why the report ended.
    if let Some(failure) = audited.take_failure() {
        return Err(failure);
    }
    audited.finish()?;
    scanned
}

fn keeping(args: &ScanArgs, profile: Profile, lookups: Lookups, report: &mut dyn Report) -> Result<Exit, Failure> {
    match &args.remember {
        None => scan(args, profile, lookups, report),
        Some(store) if profile.bits() == 64 => remembering::<8>(args, profile, lookups, report, store),
        Some(store) => remembering::<32>(args, profile, lookups, report, store),
    }
}

fn remembering<const N: usize>(
    args: &ScanArgs,
    profile: Profile,
    lookups: Lookups,
    report: &mut dyn Report,
    store: &Path,
) -> Result<Exit, Failure> {
    let summary = store::Summary::read(store)
        .map_err(|error| Failure::new(format!("--remember: {error}; `lookalike store init` makes one")))?;
    if summary.profile() != profile {
        let (found, store) = (summary.profile(), shown(store));
        return Err(Failure::new(format!(
            "--remember: {store} holds profile {found}, and pictures are hashed as the index is, under {profile}"
        )));
    }
    let mut remember = Remember::<N>::new(report, store);
    let exit = scan(args, profile, lookups, &mut remember)?;
    let (kept, unknown) = remember.finish()?;
    eprintln!(
        "Kept the hashes of {} in {}; {} without one.",
        counted(kept, "file"),
        shown(store),
        counted(unknown, "file")
    );
    Ok(exit)
}

fn scan(args: &ScanArgs, profile: Profile, lookups: Lookups, report: &mut dyn Report) -> Result<Exit, Failure> {
    let keeps = args.remember.is_some();
    let examiner = Examiner::new(vec![profile], keeps, Some(lookups), args.work.memory);
    let run = Run {
        paths: &args.paths,
        standard_input: StandardInput::Names { nul_separated: args.null },
        work: &args.work,
        examiner: examiner.screening(!args.exact && !keeps).decoding(&args.decoder, args.work.threads())?,
        report,
        output: Output::open(args.output.as_deref())?,
        note: |_| None,
        summary: Summary::new(args.ignore_unsupported),
    };
    match run.run()? {
        Ended::Done { summary, took } => {
            eprint!("{}", summary.text(took));
            Ok(summary.exit())
        }
        Ended::ReaderGone(summary) => {
            // What was not written was not reported, so nothing may be called clean.
            Ok(if summary.exit() == Exit::Matched { Exit::Matched } else { Exit::NotChecked })
        }
    }
}
