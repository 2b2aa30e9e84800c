//! The commands, and the run over files that `hash`, `scan` and `demo` share.

pub(crate) mod audit;
pub(crate) mod calibrate;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod hash;
pub(crate) mod index;
pub(crate) mod list;
pub(crate) mod match_hashes;
pub(crate) mod report;
pub(crate) mod scan;
pub(crate) mod store;
pub(crate) mod test_list;

use std::fs;
use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::args::WorkArgs;
use crate::examine::{Examiner, Origin};
use crate::exit::{Failure, plain};
use crate::interrupt::Interrupt;
use crate::names::shown;
use crate::output::Output;
use crate::pipeline::{self, Broken, Event};
use crate::progress::Progress;
use crate::record::Record;
use crate::report::Report;
use crate::summary::Summary;
use crate::walk::{self, Found, Walker};

/// A run over files: what to examine, how, and where the records go.
pub(crate) struct Run<'a> {
    pub(crate) paths: &'a [PathBuf],
    pub(crate) standard_input: StandardInput,
    pub(crate) work: &'a WorkArgs,
    pub(crate) examiner: Examiner,
    pub(crate) report: &'a mut dyn Report,
    pub(crate) output: Output,
    /// What to say about a record on standard error, if anything.
    pub(crate) note: fn(&Record) -> Option<String>,
    pub(crate) summary: Summary,
}

/// What `-` among the paths stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandardInput {
    /// One picture.
    Picture,
    /// Names of files and directories.
    Names { nul_separated: bool },
}

/// How a run ended.
pub(crate) enum Ended {
    /// The records are written; the summary may speak of an interruption.
    Done { summary: Summary, took: Duration },
    /// Nobody reads the records any more (`| head`): end quietly.
    ReaderGone(Summary),
}

/// What a worker is given.
enum Item {
    Found(Found),
    Picture,
    /// The names on standard input ended in an error.
    BrokenInput(String),
}

/// What a worker makes of it.
enum Made {
    Record(Box<Record>),
    LinkInside,
    BrokenInput(String),
    Failed(Failure),
}

impl Run<'_> {
    /// Examines everything and writes the report.
    ///
    /// # Errors
    ///
    /// When no path exists, the report cannot be written, the index is damaged, or a thread is refused.
    pub(crate) fn run(self) -> Result<Ended, Failure> {
        let Self { paths, standard_input, work, examiner, report, mut output, note, mut summary } = self;
        let started = Instant::now();
        some_path_exists(paths)?;
        let interrupt = Interrupt::install()?;
        let from_input = paths.iter().any(|path| is_dash(path));
        let paths = walk::each_once(paths);
        let named = paths.iter().filter(|path| !is_dash(path)).map(PathBuf::as_path);
        let walker = Walker::new(named, output.temporary());
        let progress = Progress::start(!work.no_progress, &walker, (!from_input).then(|| paths.clone()));
        let shares_terminal = output.is_terminal();
        let name = output.name().to_owned();

        let source = move |push: &mut dyn FnMut(Item) -> ControlFlow<()>| find(&paths, standard_input, &walker, push);
        let mut written = report.begin(&mut output);
        let mut failed = None;
        let sink = |event| {
            let record = match event {
                Event::Idle => {
                    written = output.flush();
                    return if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
                }
                Event::Ready(Made::Record(record)) => record,
                Event::Ready(Made::LinkInside) => {
                    summary.add_link_inside();
                    return ControlFlow::Continue(());
                }
                Event::Ready(Made::BrokenInput(why)) => {
                    summary.broken_input = Some(why);
                    return ControlFlow::Continue(());
                }
                Event::Ready(Made::Failed(failure)) => {
                    failed = Some(failure);
                    return ControlFlow::Break(());
                }
            };
            summary.add(&record);
            let note = note(&record);
            written = progress.aside(shares_terminal, || report.record(&mut output, *record));
            if let Some(note) = note {
                progress.aside(true, || eprintln!("lookalike: {note}"));
            }
            progress.advance();
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let jobs = work.threads();
        let examine = move |item| make(&examiner, item);
        let ran = pipeline::run(jobs, interrupt, source, examine, sink);
        progress.finish();
        ran.map_err(|broken| match broken {
            Broken::NotStarted(error) => {
                Failure::new(format!("cannot start {jobs} threads: {}; try --jobs 1", plain(&error)))
            }
            Broken::Lost => Failure::new("not everything was looked at, because of a defect of ours; please report it"),
        })?;
        if let Some(failure) = failed {
            return Err(failure);
        }
        summary.interrupted = interrupt.is_set();
        let took = started.elapsed();
        let written = written.and_then(|()| report.end(&mut output, &summary, took)).and_then(|()| output.finish());
        match written.map_err(|error| Output::failure(&name, &error)) {
            Ok(()) => Ok(Ended::Done { summary, took }),
            Err(None) => Ok(Ended::ReaderGone(summary)),
            Err(Some(failure)) => Err(failure),
        }
    }
}

/// A wrong path among many is a record; nothing but wrong paths is a mistake.
fn some_path_exists(paths: &[PathBuf]) -> Result<(), Failure> {
    let mut missing = None;
    for path in paths {
        match fs::symlink_metadata(path) {
            Err(error) if !is_dash(path) => missing = missing.or(Some((path, error))),
            _ => return Ok(()),
        }
    }
    match missing {
        Some((path, error)) => Err(Failure::file("find", path, &error)),
        None => Ok(()),
    }
}

fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn find(
    paths: &[PathBuf],
    standard_input: StandardInput,
    walker: &Walker,
    push: &mut dyn FnMut(Item) -> ControlFlow<()>,
) {
    for path in paths {
        let flow = match standard_input {
            _ if !is_dash(path) => walker.walk(path, &mut |found| push(Item::Found(found))),
            StandardInput::Picture => push(Item::Picture),
            StandardInput::Names { nul_separated } => {
                let mut flow = ControlFlow::Continue(());
                let read = walk::read_names(io::stdin().lock(), nul_separated, |name| {
                    flow = walker.walk(&name, &mut |found| push(Item::Found(found)));
                    flow
                });
                match read {
                    Ok(()) => flow,
                    Err(error) => push(Item::BrokenInput(plain(&error))),
                }
            }
        };
        if flow.is_break() {
            return;
        }
    }
}

fn make(examiner: &Examiner, item: Item) -> Made {
    let problem = |path, why, is_link| Made::Record(Box::new(examiner.problem(path, why, is_link)));
    let origin = match item {
        Item::Found(Found::File { path, named }) => Origin::File { path, named },
        Item::Picture => Origin::Stdin,
        Item::Found(Found::Problem { path, why }) => return problem(path, why, false),
        Item::Found(Found::LinkOut { path, why }) => return problem(path, why, true),
        Item::Found(Found::LinkInside) => return Made::LinkInside,
        Item::BrokenInput(why) => return Made::BrokenInput(why),
    };
    match examiner.examine(origin) {
        Ok(record) => Made::Record(Box::new(record)),
        Err(failure) => Made::Failed(failure),
    }
}

/// The line on standard error for a file of which a result was asked and cannot be given.
pub(crate) fn complaint(record: &Record) -> String {
    let detail = record.detail().unwrap_or_else(|| "no reason is known".to_owned());
    format!("{}: {}: {}", shown(&record.path), record.ending().words(), crate::names::shown_text(&detail))
}
