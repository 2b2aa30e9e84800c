//! How a command ends: the exit code it returns, and the message when it could not run.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// The four endings a caller can tell apart, documented in `lookalike --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was checked and nothing matched.
    Clean,
    /// Something matched.
    Matched,
    /// The command could not run.
    CouldNotRun,
    /// Nothing matched, but something could not be checked.
    NotChecked,
}

impl Exit {
    /// The number the process returns.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Matched => 1,
            Self::CouldNotRun => 2,
            Self::NotChecked => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not run: one plain sentence, saying what, where, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    exit: Exit,
}

impl Failure {
    /// Wraps a message for the person at the terminal.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::CouldNotRun }
    }

    /// Something that could not be checked, as [`Exit::NotChecked`] says.
    pub(crate) fn not_checked(message: impl Into<String>) -> Self {
        Self { exit: Exit::NotChecked, ..Self::new(message) }
    }

    /// How the command ends.
    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }

    /// Takes the words of an error of the library.
    pub(crate) fn of(error: impl fmt::Display) -> Self {
        Self::new(error.to_string())
    }

    /// A failed operation on a file: `cannot read x.idx: permission denied`.
    pub(crate) fn file(operation: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {operation} {}: {}", crate::names::shown(path), plain(error)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The words of an operating system's error, without its number and in lower case.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !letters.as_str().starts_with(char::is_uppercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_lose_their_number() {
        assert_eq!(plain(&io::Error::from_raw_os_error(2)), "no such file or directory");
        assert_eq!(plain(&io::Error::other("the file grew")), "the file grew");
    }
}
