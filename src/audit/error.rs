//! Why a log cannot be opened, written or read.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString};
use core::{error, fmt};
use std::io;
use std::path::{Path, PathBuf};

/// An operation on a log that failed: what, on which file, and what to do about it.
#[derive(Debug)]
pub struct AuditError {
    kind: AuditErrorKind,
    path: PathBuf,
    source: Option<io::Error>,
}

/// What kind of failure an [`AuditError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditErrorKind {
    /// Another process, or another [`Log`](super::Log) of this one, has the log open for writing.
    Busy,
    /// The file is there, and is no log of this kind; nothing of it was changed.
    NotALog,
    /// The log was written by a newer version.
    Newer {
        /// Its version; this library writes [`VERSION`](super::VERSION).
        found: u32,
    },
    /// The event is longer than a line may be; nothing was written.
    TooLong {
        /// Bytes of the line.
        found: usize,
    },
    /// A review of an event that the log has not got yet.
    NoSuchEvent {
        /// The number that was given.
        event: u64,
    },
    /// The operating system refused something.
    Io {
        /// What: `write to`, `sync`, `open` ...
        what: &'static str,
    },
    /// An earlier failure left the end of the file in doubt: open the log anew, which puts it right.
    Stopped,
    /// An HMAC key shorter than 16 bytes.
    ShortKey {
        /// Its bytes.
        found: usize,
    },
}

impl AuditError {
    pub(super) fn new(kind: AuditErrorKind, path: &Path) -> Self {
        Self { kind, path: path.to_owned(), source: None }
    }

    /// For `map_err`: an operating system's error on a file.
    pub(super) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { kind: AuditErrorKind::Io { what }, path: path.to_owned(), source: Some(source) }
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> AuditErrorKind {
        self.kind
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The operating system's error, if it is one.
    #[must_use]
    pub const fn io_error(&self) -> Option<&io::Error> {
        self.source.as_ref()
    }
}

impl fmt::Display for AuditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.kind {
            AuditErrorKind::Busy => write!(f, "the log {path} is open for writing elsewhere: one writer at a time"),
            AuditErrorKind::NotALog => write!(f, "{path} is not an audit log: give another name"),
            AuditErrorKind::Newer { found } => write!(
                f,
                "the log {path} has version {found}, and this program knows {}: use a newer one",
                super::chain::VERSION
            ),
            AuditErrorKind::TooLong { found } => {
                write!(
                    f,
                    "an event of {found} bytes is too long for the log {path}: at most {}",
                    super::chain::MAX_LINE
                )
            }
            AuditErrorKind::NoSuchEvent { event } => write!(f, "the log {path} has no event {event} yet"),
            AuditErrorKind::Io { what } => {
                let why = self.source.as_ref().map(ToString::to_string);
                let why = why.as_deref().and_then(|why| why.split(" (os error").next()).unwrap_or("unknown error");
                let hint = match self.source.as_ref().map(io::Error::kind) {
                    Some(io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded) => {
                        "; what was logged before is kept: make room"
                    }
                    _ => "",
                };
                write!(f, "cannot {what} the log {path}: {}{hint}", lower(why))
            }
            AuditErrorKind::Stopped => {
                write!(f, "the log {path} takes no more events after a failed write or sync: open it anew")
            }
            AuditErrorKind::ShortKey { found } => {
                write!(f, "a key of {found} bytes is too short: at least 16, better 32 random ones")
            }
        }
    }
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

impl error::Error for AuditError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
