//! `lookalike scan`: which pictures below some directories match listed ones, and what could not be checked.

use std::path::Path;
use std::sync::Arc;

use lookalike::Checker;
use lookalike::audit;
use lookalike::check::Status;
use lookalike::hash::Profile;
use lookalike::store;

use super::{Ended, Run, StandardInput};
use crate::args::{ScanArgs, ScanFormat, Views};
use crate::audited::{self, Audited};
use crate::examine::{self, Asked, Examiner};
use crate::exit::{Exit, Failure};
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
/// If the lists are refused, uploads cannot be kept, and as [`Run::run`].
pub(crate) fn run(args: &ScanArgs) -> Result<Exit, Failure> {
    let lists = examine::open_lists(args.place.index.as_deref(), args.place.store.as_deref())?;
    let asked = Asked {
        radius: args.radius,
        min_quality: Some(args.min_quality),
        no_dihedral: args.no_dihedral,
        views: args.views.map(Views::set),
        occlusion: args.occlusion,
        // What is remembered is hashed exactly.
        exact: args.exact || args.remember.is_some(),
        survey: false,
        policy: args.policy.as_deref(),
    };
    let decoder = examine::decoder(&args.decoder, args.work.memory, args.work.threads())?;
    let builder = asked.builder(lists)?.decoder(decoder).memory(args.work.memory).observer(observe);
    let checker = Arc::new(examine::build(builder)?);
    let profile = checker.profile();
    let mut report: Box<dyn Report> = match args.format {
        ScanFormat::Text => Box::new(ScanText { verbose: args.verbose }),
        ScanFormat::Jsonl => Box::new(Jsonl { profiles: vec![profile], dihedral: false }),
        ScanFormat::Csv => Box::new(ScanCsv { profile }),
        ScanFormat::Html => Box::new(Html { verbose: args.verbose }),
    };
    let Some(path) = &args.audit else { return keeping(args, &checker, &mut *report) };
    let options = audit::Options::new().distances(!args.audit_no_distances);
    let trail = audited::open(path, args.audit_key.as_deref(), options, args.audit_retain)?;
    let mut audited = Audited::new(&mut *report, trail, path, Arc::clone(&checker));
    let scanned = keeping(args, &checker, &mut audited);
    // If the log could not be written, that is why the report ended.
    if let Some(failure) = audited.take_failure() {
        return Err(failure);
    }
    audited.finish()?;
    scanned
}

/// Says when a store cannot be followed. The scan goes on with the generation that it has.
fn observe(status: &Status) {
    if let Some(problem) = status.problem() {
        let generation = status.generation().unwrap_or_default();
        eprintln!("lookalike: {problem}; going on with generation {generation}");
    }
}

fn keeping(args: &ScanArgs, checker: &Arc<Checker>, report: &mut dyn Report) -> Result<Exit, Failure> {
    match &args.remember {
        None => scan(args, checker, report),
        Some(store) if checker.profile().bits() == 64 => remembering::<8>(args, checker, report, store),
        Some(store) => remembering::<32>(args, checker, report, store),
    }
}

fn remembering<const N: usize>(
    args: &ScanArgs,
    checker: &Arc<Checker>,
    report: &mut dyn Report,
    store: &Path,
) -> Result<Exit, Failure> {
    let summary = store::Summary::read(store)
        .map_err(|error| Failure::new(format!("--remember: {error}; `lookalike store init` makes one")))?;
    check_profile(summary.profile(), checker.profile(), store)?;
    let mut remember = Remember::<N>::new(report, store);
    let exit = scan(args, checker, &mut remember)?;
    let (kept, unknown) = remember.finish()?;
    let (kept, store, unknown) = (counted(kept, "file"), shown(store), counted(unknown, "file"));
    eprintln!("Kept the hashes of {kept} in {store}; {unknown} without one.");
    Ok(exit)
}

fn check_profile(found: Profile, expected: Profile, store: &Path) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    let store = shown(store);
    Err(Failure::new(format!(
        "--remember: profile of {store}: found {found}, expected {expected} as in the lists; make another store"
    )))
}

fn scan(args: &ScanArgs, checker: &Arc<Checker>, report: &mut dyn Report) -> Result<Exit, Failure> {
    let run = Run {
        paths: &args.paths,
        standard_input: StandardInput::Names { nul_separated: args.null },
        work: &args.work,
        examiner: Examiner::Checks(Arc::clone(checker)),
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
