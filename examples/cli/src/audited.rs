//! A scan that leaves a trail: every match is in the log before it is printed, and everything else is counted.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lookalike::Checker;
use lookalike::audit::{AuditError, Key, Options};
use lookalike::check::{Digester, Subject, Trail};
use lookalike::entry::{Digest, DigestKind};

use crate::exit::Failure;
use crate::names::shown;
use crate::record::Record;
use crate::report::Report;
use crate::summary::Summary;

/// How often counts are logged: a scan that is killed loses no more of them.
const COUNTED: Duration = Duration::from_secs(60);

/// A report whose matches are logged first.
pub(crate) struct Audited<'r> {
    inner: &'r mut dyn Report,
    trail: Trail,
    name: String,
    checker: Arc<Checker>,
    /// When counts were logged.
    counted: Instant,
    /// Why nothing can be logged any more.
    failure: Option<AuditError>,
    /// Not everything was examined, as far as is known.
    is_interrupted: bool,
}

/// Opens a log for writing, or begins one.
///
/// # Errors
///
/// If the file is not a log, is damaged, or another process writes to it; if the key is too short.
pub(crate) fn open(
    path: &Path,
    key: Option<&Path>,
    options: Options,
    retain_days: Option<u32>,
) -> Result<Trail, Failure> {
    let key = key.map(read_key).transpose()?;
    let trail = Trail::open(path, options, key, retain_days).map_err(Failure::of)?;
    if let Some(torn) = trail.recovered() {
        eprintln!("lookalike: the last line of the log was incomplete, and was moved to {}", shown(&torn));
    }
    Ok(trail)
}

fn read_key(path: &Path) -> Result<Key, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::file("read the audit key", path, &error))?;
    // Editors and `echo` end a file with a line break, which is not part of the key.
    let key = Key::new(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
    key.map_err(|error| Failure::new(format!("audit key {}: {error}", shown(path))))
}

/// A file by its SHA-256, which has to be read once more; only matches are.
fn subject(path: &Path) -> Subject<'static> {
    let read = || -> io::Result<Option<Digest>> {
        let mut digester = Digester::new([DigestKind::Sha256]);
        let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
        loop {
            let bytes = file.fill_buf()?;
            let len = bytes.len();
            if len == 0 {
                return Ok(digester.finish().pop());
            }
            digester.update(bytes);
            file.consume(len);
        }
    };
    match read() {
        Ok(Some(Digest::Sha256(sha256))) => Subject::Sha256(sha256),
        // The match is logged without the name of its content.
        _ => Subject::Unknown,
    }
}

impl<'r> Audited<'r> {
    /// Passes on to `inner` what has been logged.
    pub(crate) fn new(inner: &'r mut dyn Report, trail: Trail, path: &Path, checker: Arc<Checker>) -> Self {
        let counted = Instant::now();
        Self { inner, trail, name: shown(path), checker, counted, failure: None, is_interrupted: true }
    }

    /// Logs a match, and counts.
    fn note(&mut self, record: &Record) -> Result<Option<u64>, AuditError> {
        let event = record.report().map(|report| self.trail.record(report, &self.checker, || subject(&record.path)));
        let event = event.transpose()?.flatten();
        if self.counted.elapsed() >= COUNTED {
            self.trail.log_counts(false)?;
            self.counted = Instant::now();
        }
        Ok(event)
    }

    /// Logs what was counted.
    ///
    /// # Errors
    ///
    /// If something could not be logged.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if let Some(failure) = self.failure {
            return Err(Failure::of(failure));
        }
        self.trail.log_counts(self.is_interrupted).map_err(Failure::of)?;
        eprintln!("Logged in {}; its head is {}.", self.name, self.trail.head().unwrap_or_default());
        Ok(())
    }

    /// Why the log could not be written, if that ended the run.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take().map(Failure::of)
    }
}

impl Report for Audited<'_> {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.inner.begin(out)
    }

    fn record(&mut self, out: &mut dyn Write, mut record: Record) -> io::Result<()> {
        match self.note(&record) {
            Ok(event) => {
                record.audit = event;
                self.inner.record(out, record)
            }
            Err(failure) => {
                // What is not logged is not reported.
                let error = io::Error::other(failure.to_string());
                self.failure = Some(failure);
                Err(error)
            }
        }
    }

    fn end(&mut self, out: &mut dyn Write, summary: &Summary, took: Duration) -> io::Result<()> {
        self.is_interrupted = summary.interrupted || summary.broken_input.is_some();
        self.inner.end(out, summary, took)
    }
}
