//! Checking a log: every line against itself, and against the line before.
//!
//! What a whole chain shows: no line was changed, taken out, put in, moved or doubled since the lines behind it were written. What it cannot show
//! by itself: that nothing was cut off at the end, and that nobody who could write the file made all of it anew. Both are shown by a head
//! that was written down elsewhere (printed, mailed, put into another's hands) at the time: give it to [`verify`], and everything up to that
//! line is as it was then.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use std::path::{Path, PathBuf};

use super::chain::{self, Flaw, MAX_LINE, NOTHING, Personal, Sealed, VERSION};
use super::error::{AuditError, AuditErrorKind};
use super::event::Event;
use super::files::{self, Lines, Raw};
use super::readable::readable;
use super::redact;

/// Problems that are told; more are counted.
pub const MAX_PROBLEMS: usize = 1000;

/// What is wrong with a log, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub(super) file: PathBuf,
    /// Its line, counted from 1.
    pub(super) line: u64,
    pub(super) kind: ProblemKind,
    /// What was found and what it means, in words; nothing of the line's content.
    pub(super) what: String,
}

impl Problem {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// The line of the file, counted from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

/// What kind of problem a [`Problem`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ProblemKind {
    /// The line is not as it was written.
    Changed,
    /// Lines are missing before it.
    Missing,
    /// It stands there a second time, or in another's place.
    Misplaced,
    /// It does not follow from the line before: one of both was replaced, or one was put in.
    Unlinked,
    /// Its personal part is gone, and no deletion event says so.
    Redacted,
    /// It has no end: it is being written just now, or a crash cut it short.
    Unfinished,
    /// It claims to be of another file or version.
    Head,
    /// The head that was given is none of the log's: what it stood for was cut off or replaced.
    Anchor,
}

readable! {
    /// What [`verify`] found.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    Verification
    values {
        /// Files read.
        files: usize,
        /// Lines read.
        lines: u64,
        /// The numbers of the first and the last sound line.
        events: Option<(u64, u64)>,
        /// Their times, in Unix milliseconds.
        times: Option<(i64, i64)>,
        /// Lines whose personal part was deleted.
        redacted: u64,
        /// Lines behind the head that was given: what it cannot speak for.
        behind_anchor: Option<u64>,
        /// Problems that are not told.
        more_problems: u64,
    }
    parts {
        /// The hash of the last sound line, which stands for the whole log; of an empty one none.
        head: String,
        /// What is wrong, in order; at most [`MAX_PROBLEMS`] are told.
        problems: Vec<Problem>,
    }
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads a whole log and checks it. `head` is a head that was written down before, if there is one. Takes as long as SHA-256 of all of it does, and no more
/// memory than a line; a log may be verified while it is written.
///
/// # Errors
///
/// When a file cannot be read. A damaged log is no error: see [`Verification::problems`].
pub fn verify(path: impl AsRef<Path>, head: Option<&str>) -> Result<Verification, AuditError> {
    fold(path, head, |_, _, _| {})
}

/// As [`verify`]; also visits every line that is sound by itself, even where its neighbours are not.
///
/// The visitor receives the line's number, the time at which it was written, in Unix milliseconds, and its event, with the personal part unless that was
/// deleted.
///
/// # Errors
///
/// As [`verify`].
pub fn fold(
    path: impl AsRef<Path>,
    head: Option<&str>,
    mut each: impl FnMut(u64, i64, Event),
) -> Result<Verification, AuditError> {
    let path = path.as_ref();
    let mut lines = Lines::open(path)?;
    let mut checker = Checker { anchor: head, ..Checker::default() };
    checker.found.files = lines.files.len();
    while let Some(raw) = lines.next()? {
        #[expect(clippy::indexing_slicing, reason = "a line is of one of the files")]
        let file = lines.files[raw.file].as_path();
        let is_first = checker.found.lines == 0;
        if is_first && !is_log(&raw) {
            return Err(AuditError::new(AuditErrorKind::NotALog, file));
        }
        let Some(sealed) = checker.line(file, &raw) else { continue };
        let Ok(mut event) = serde_json::from_slice::<Event>(&raw.text) else {
            checker.problem(
                file,
                raw.line,
                ProblemKind::Changed,
                "it is sealed, but no event can be read from it".into(),
            );
            continue;
        };
        if let Event::Begin { version, number, .. } = event {
            checker.begin(file, &raw, version, number, path);
        }
        if let Event::Deletion(deletion) = &event {
            checker.deletions.extend(&deletion.events);
        }
        if sealed.personal == Personal::There
            && let Some(part) = files::personal_of(&raw.text)
        {
            match &mut event {
                Event::Match(found) => found.personal = part,
                Event::Review(review) => review.personal = part,
                _ => {}
            }
        }
        each(sealed.seq, sealed.time, event);
    }
    Ok(checker.finish(path))
}

/// Whether the first line can be one of a log, sound or not: a picture or a list must not be called a damaged log.
fn is_log(raw: &Raw) -> bool {
    let matching = raw.text.iter().zip(b"{\"prev\":\"").filter(|(found, expected)| found == expected).count();
    // A short one is the beginning of a first line that a crash cut off.
    matching + 1 >= raw.text.len().min(9)
}

struct Before {
    hash: Option<String>,
    seq: Option<u64>,
    is_sound: bool,
}

#[derive(Default)]
struct Checker<'h> {
    found: Verification,
    /// The last line that was read: what it says its hash is, and its number, if that can be said.
    before: Option<Before>,
    anchor: Option<&'h str>,
    anchored_at: Option<u64>,
    /// Lines without their personal part, and the events that say so.
    redacted: Vec<(PathBuf, u64, u64)>,
    deletions: Vec<(u64, u64)>,
}

impl Checker<'_> {
    fn problem(&mut self, file: &Path, line: u64, kind: ProblemKind, what: String) {
        if self.found.problems.len() < MAX_PROBLEMS {
            self.found.problems.push(Problem { file: file.to_owned(), line, kind, what });
        } else {
            self.found.more_problems += 1;
        }
    }

    fn line(&mut self, file: &Path, raw: &Raw) -> Option<Sealed> {
        self.found.lines += 1;
        if !raw.is_whole {
            let what = if raw.text.len() > MAX_LINE {
                self.problem(file, raw.line, ProblemKind::Changed, "it is longer than any line is written".into());
                return None;
            } else {
                "it has no end: it is being written just now, or a crash cut it short, and opening the log puts it aside"
            };
            self.problem(file, raw.line, ProblemKind::Unfinished, what.into());
            return None;
        }
        let sealed = match chain::check(&raw.text) {
            Ok(sealed) => sealed,
            Err(flaw) => {
                let what = match flaw {
                    Flaw::Form => "it is no line of an audit log any more",
                    Flaw::Hash => "its content is not what was sealed",
                };
                self.problem(file, raw.line, ProblemKind::Changed, what.into());
                // What follows is measured by what it claims, so that one change is one problem.
                let (hash, seq) = chain::claimed(&raw.text);
                self.before = Some(Before { hash, seq, is_sound: false });
                return None;
            }
        };
        self.link(file, raw, &sealed);
        self.before = Some(Before { hash: Some(sealed.hash.clone()), seq: Some(sealed.seq), is_sound: true });
        let last = (sealed.seq, sealed.time);
        let (first_seq, first_time) =
            (self.found.events.map_or(last.0, |(first, _)| first), self.found.times.map_or(last.1, |(first, _)| first));
        (self.found.events, self.found.times) = (Some((first_seq, last.0)), Some((first_time, last.1)));
        self.found.head.clone_from(&sealed.hash);
        if self.anchor == Some(sealed.hash.as_str()) {
            self.anchored_at = Some(self.found.lines);
        }
        if sealed.personal == Personal::Redacted {
            self.found.redacted += 1;
            self.redacted.push((file.to_owned(), raw.line, sealed.seq));
        }
        Some(sealed)
    }

    /// Whether a sound line follows from the line before.
    fn link(&mut self, file: &Path, raw: &Raw, sealed: &Sealed) {
        let (hash, seq, is_sound) = match &self.before {
            None => (Some(NOTHING), Some(0), true),
            Some(before) => (before.hash.as_deref(), before.seq, before.is_sound),
        };
        let is_linked = hash == Some(sealed.prev.as_str());
        let number = sealed.seq;
        let Some(expected) = seq.and_then(|seq| seq.checked_add(1)) else { return };
        // A line that was changed is named already, and is no measure for its neighbour.
        if (is_linked && (number == expected || !is_sound)) || (!is_sound && number == expected) {
            return;
        }
        let (kind, what) = match number {
            _ if number > expected && self.before.is_none() => (
                ProblemKind::Missing,
                format!("the log begins with event {number}: the events 1 to {} are missing", number - 1),
            ),
            _ if number > expected => {
                let which = if number - 1 == expected {
                    format!("event {expected} is missing")
                } else {
                    format!("the events {expected} to {} are missing", number - 1)
                };
                (ProblemKind::Missing, format!("{which} before event {number}: removed, or moved elsewhere"))
            }
            _ if number < expected => (
                ProblemKind::Misplaced,
                format!("event {number} stands behind event {}: repeated, or moved from its place", expected - 1),
            ),
            _ => (
                ProblemKind::Unlinked,
                format!("event {number} does not follow from the line before it: one of both was replaced or put in"),
            ),
        };
        self.problem(file, raw.line, kind, what);
    }

    fn begin(&mut self, file: &Path, raw: &Raw, version: u32, number: u64, path: &Path) {
        if version > VERSION {
            let what = format!("the file has version {version}, and only {VERSION} is known: use a newer program");
            self.problem(file, raw.line, ProblemKind::Head, what);
        }
        if raw.line != 1 {
            self.problem(file, raw.line, ProblemKind::Head, "the head of a file stands within it".into());
        } else if file != path && file != files::rotated(path, number) {
            let what = format!("the head says that it is file {number}, which its name does not");
            self.problem(file, raw.line, ProblemKind::Head, what);
        }
    }

    fn finish(mut self, path: &Path) -> Verification {
        self.deletions.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (first, last) in core::mem::take(&mut self.deletions) {
            match merged.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => merged.push((first, last)),
            }
        }
        for (file, line, seq) in core::mem::take(&mut self.redacted) {
            if !redact::contains(&merged, seq) {
                let what = format!("the personal part of event {seq} is gone, and no deletion event says so");
                self.problem(&file, line, ProblemKind::Redacted, what);
            }
        }
        self.found.behind_anchor = self.anchored_at.map(|at| self.found.lines - at);
        if self.anchor.is_some() && self.anchored_at.is_none() {
            let what = "no line has the head that was given: the log was cut off before it, or replaced";
            self.problem(path, self.found.lines, ProblemKind::Anchor, what.into());
        }
        self.found
    }
}
