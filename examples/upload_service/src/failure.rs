//! Why the service could not start: one plain sentence, saying what, where, and what to do.

use std::fmt;
use std::io;
use std::path::Path;

use lookalike::check::CheckError;

/// A message for the person who starts the service.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// A failed operation on a file: `cannot read x.idx: permission denied`.
    pub(crate) fn file(operation: &str, path: &Path, error: &io::Error) -> Self {
        Self(format!("cannot {operation} {}: {}", path.display(), plain(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        Self::new(error.to_string())
    }
}

/// The words of an operating system's error, without its number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
