//! `lookalike hash`: the hashes of pictures, in Meta's form or as records.

use std::sync::Arc;

use lookalike::hash::{Profile, pdq};

use super::{Ended, Run, StandardInput, complaint};
use crate::args::{HashArgs, HashFormat};
use crate::examine::{Examiner, hasher};
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::record::{Ending, Record};
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
        HashFormat::Text => Box::new(HashText { dihedral: args.dihedral }),
        HashFormat::Csv => Box::new(HashCsv { profiles: profiles.clone(), dihedral: args.dihedral }),
        HashFormat::Jsonl => Box::new(Jsonl { profiles: profiles.clone(), dihedral: args.dihedral }),
    };
    let run = Run {
        paths: &args.paths,
        standard_input: StandardInput::Picture,
        work: &args.work,
        examiner: Examiner::Hashes(Arc::new(hasher(profiles, args.work.memory).dihedral(args.dihedral))),
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
    let shortest = record.size().map(|(width, height)| width.min(height));
    if record.ending() != Ending::Hashed {
        Some(complaint(record))
    } else if record.hashes().iter().any(|hashes| is_pdq(hashes.profile()))
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
