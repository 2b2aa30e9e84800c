//! `lookalike hash`: the hashes of pictures, in Meta's form or as records.

use lookalike::hash::pdq;

use super::{Ended, Run, StandardInput, complaint};
use crate::args::{HashArgs, HashFormat};
use crate::examine::Examiner;
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::record::{Outcome, Record};
use crate::report::Report;
use crate::report::csv::HashCsv;
use crate::report::jsonl::Jsonl;
use crate::report::text::HashText;
use crate::summary::{Summary, counted};

/// Hashes everything named. Exit code 3 if something could not be hashed.
///
/// # Errors
///
/// As [`Run::run`].
pub(crate) fn run(args: &HashArgs) -> Result<Exit, Failure> {
    let mut report: Box<dyn Report> = match args.format {
        HashFormat::Text => Box::new(HashText),
        HashFormat::Csv => Box::new(HashCsv { dihedral: args.dihedral }),
        HashFormat::Jsonl => Box::new(Jsonl),
    };
    let run = Run {
        paths: &args.paths,
        standard_input: StandardInput::Picture,
        work: &args.work,
        examiner: Examiner::new(args.profile, args.dihedral, None, args.work.memory),
        report: &mut *report,
        output: Output::open(None)?,
        note,
        summary: Summary::default(),
    };
    let summary = match run.run()? {
        Ended::Done { summary, .. } => summary,
        Ended::ReaderGone(_) => return Ok(Exit::NotChecked),
    };
    if summary.interrupted {
        eprintln!("lookalike: interrupted after {}", counted(summary.files(), "file"));
    } else if summary.not_checked() > 0 && summary.files() > 1 {
        let (failed, all) = (summary.not_checked(), counted(summary.files(), "file"));
        eprintln!("lookalike: {failed} of {all} could not be hashed");
    } else if summary.files() == 0 {
        eprintln!("lookalike: there was no file to hash");
    }
    Ok(summary.exit())
}

fn note(record: &Record) -> Option<String> {
    let shortest = record.width.min(record.height);
    if record.outcome != Outcome::Hashed {
        Some(complaint(record))
    } else if shortest.is_some_and(|side| side < pdq::MIN_SIDE) {
        let (path, least) = (shown(&record.path), pdq::MIN_SIDE);
        Some(format!("{path}: a side is shorter than {least} pixels, so its hash is zero and means nothing"))
    } else {
        None
    }
}
