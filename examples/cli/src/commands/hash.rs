//! `lookalike hash`: the hashes of pictures, in Meta's form or as records.

use lookalike::hash::{Profile, pdq};

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
/// When lines of text would not tell several profiles apart, and as [`Run::run`].
pub(crate) fn run(args: &HashArgs) -> Result<Exit, Failure> {
    let mut profiles: Vec<Profile> = Vec::new();
    for &profile in &args.profile {
        if !profiles.contains(&profile) {
            profiles.push(profile);
        }
    }
    if profiles.len() > 1 && args.format == HashFormat::Text {
        return Err(Failure::new(
            "lines of text do not name the profile; use --format csv or --format jsonl for several",
        ));
    }
    let mut report: Box<dyn Report> = match args.format {
        HashFormat::Text => Box::new(HashText),
        HashFormat::Csv => Box::new(HashCsv { dihedral: args.dihedral }),
        HashFormat::Jsonl => Box::new(Jsonl),
    };
    let run = Run {
        paths: &args.paths,
        standard_input: StandardInput::Picture,
        work: &args.work,
        examiner: Examiner::new(profiles, args.dihedral, None, args.work.memory),
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
    } else if record.hashes.iter().any(|hashed| is_pdq(hashed.profile))
        && shortest.is_some_and(|side| side < pdq::MIN_SIDE)
    {
        let (path, least) = (shown(&record.path), pdq::MIN_SIDE);
        Some(format!("{path}: a side is shorter than {least} pixels, so its PDQ hash is zero and means nothing"))
    } else {
        None
    }
}

const fn is_pdq(profile: Profile) -> bool {
    matches!(profile, Profile::Pdq | Profile::Pdq512)
}
