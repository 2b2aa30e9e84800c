//! `lookalike audit`: a log verified, what became of matches, personal parts deleted.

use std::fs;
use std::path::Path;

use lookalike::audit::{AuditError, Event, Log, Review, TestRun, fold, verify};

use crate::args::audit::{AuditCommand, OutcomeArgs, RedactArgs, TestRunArgs, VerifyArgs};
use crate::commands::list::signed::now;
use crate::exit::{Exit, Failure};
use crate::names::shown;
use crate::output::Output;
use crate::summary::counted;

/// Runs one of the subcommands.
///
/// # Errors
///
/// When a log cannot be read or written, is no log, or is not sound.
pub(crate) fn run(command: &AuditCommand) -> Result<Exit, Failure> {
    match command {
        AuditCommand::Verify(args) => check(args),
        AuditCommand::Outcome(args) => outcome(args),
        AuditCommand::Redact(args) => redact(args),
        AuditCommand::TestRun(args) => test_run(args),
    }
}

fn failure(error: AuditError) -> Failure {
    Failure::new(error.to_string())
}

/// A log that is there: a wrong name must not begin another one.
fn open(path: &Path) -> Result<Log, Failure> {
    fs::metadata(path).map_err(|error| Failure::file("find the log", path, &error))?;
    Log::open(path).map_err(failure)
}

fn check(args: &VerifyArgs) -> Result<Exit, Failure> {
    let found = verify(&args.log, args.head.as_deref()).map_err(failure)?;
    let name = shown(&args.log);
    let mut text = format!("{name}: {} in {}\n", counted(found.lines(), "line"), counted(found.files() as u64, "file"));
    if let Some((first, last)) = found.events() {
        text += &format!("events {first} to {last}");
        if found.redacted() > 0 {
            text += &format!(", of which {} lost the personal part", found.redacted());
        }
        text += &format!("\nhead {}\n", found.head());
    }
    if let Some(behind) = found.behind_anchor() {
        let lines = counted(behind, "line");
        text += &format!("everything up to the head that was given is as it was then; {lines} came later\n");
    }
    if found.is_sound() {
        text += "sound: no line was changed, removed, put in or moved";
        text += match args.head {
            Some(_) => "\n",
            None => "; whether lines were cut off at the end, only a head that was written down elsewhere can tell\n",
        };
    }
    Output::print(&text)?;
    for problem in found.problems() {
        eprintln!("lookalike: {problem}");
    }
    if found.more_problems() > 0 {
        eprintln!("lookalike: and {} more", found.more_problems());
    }
    Ok(if found.is_sound() { Exit::Clean } else { Exit::CouldNotRun })
}

fn outcome(args: &OutcomeArgs) -> Result<Exit, Failure> {
    let before = Review::new(args.of);
    let event = args.review.into_iter().fold(before.clone(), Review::review);
    let event = args.complaint.into_iter().fold(event, Review::complaint);
    let event = args.reinstated.into_iter().fold(event, Review::reinstated);
    let event = args.viewed.into_iter().fold(event, Review::file_viewed_by_provider);
    let event = args.reported_to.iter().fold(event, |event, who| event.reported_to(who));
    let event = args.report_id.iter().fold(event, |event, id| event.report_id(id));
    let event = args.complaint_id.iter().fold(event, |event, id| event.complaint_id(id));
    let event = args.statement_id.iter().fold(event, |event, id| event.statement_id(id));
    let event = args.decision.iter().fold(event, |event, words| event.decision(words));
    if event == before {
        return Err(Failure::new(
            "say what became of it: --review, --complaint, --reported-to ...; see `audit outcome --help`",
        ));
    }
    is_a_match(&args.log, args.of)?;
    let log = open(&args.log)?;
    let number = log.append(event).map_err(failure)?;
    eprintln!("Logged as event {number} of {}; its head is {}.", shown(&args.log), log.head());
    Ok(Exit::Clean)
}

/// Refuses an outcome of anything but a match.
fn is_a_match(path: &Path, of: u64) -> Result<(), Failure> {
    let mut found = None;
    fold(path, None, |seq, _, event| {
        if seq == of {
            found = Some(matches!(event, Event::Match(_)));
        }
    })
    .map_err(failure)?;
    match found {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::new(format!("event {of} of {} is no match", shown(path)))),
        None => Err(Failure::new(format!("{} has no event {of}", shown(path)))),
    }
}

fn redact(args: &RedactArgs) -> Result<Exit, Failure> {
    let older_than = args.older_than.map(|days| now() - i64::from(days) * 86_400_000);
    let log = open(&args.log)?;
    let count = log.redact(older_than).map_err(failure)?;
    match count {
        0 => eprintln!("{} has no personal part whose time is over.", shown(&args.log)),
        count => eprintln!("Deleted {} of {}.", counted(count, "personal part"), shown(&args.log)),
    }
    Ok(Exit::Clean)
}

fn test_run(args: &TestRunArgs) -> Result<Exit, Failure> {
    if args.found > args.positives || args.false_alarms.unwrap_or(0) > args.negatives.unwrap_or(0) {
        return Err(Failure::new("more cannot match than were looked up: see --found and --false-alarms"));
    }
    let mut run = TestRun::new(&args.sample, args.positives, args.found).list(args.list.as_deref().unwrap_or_default());
    if let (Some(negatives), Some(alarms)) = (args.negatives, args.false_alarms) {
        run = run.negatives(negatives, alarms);
    }
    if let (Some(profile), Some(radius)) = (args.profile, args.radius) {
        run = run.by(profile.name(), radius);
    }
    let number = open(&args.log)?.append(run).map_err(failure)?;
    eprintln!("Logged as event {number} of {}.", shown(&args.log));
    Ok(Exit::Clean)
}
