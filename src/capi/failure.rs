//! Why a call failed, kept for each thread.

use alloc::string::{String, ToString};
use core::cell::RefCell;
use core::fmt;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread_local;

use super::status::Status;
use crate::check::{CheckError, CheckErrorKind, NotDecoded};

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Why a call did not end in `Ok`.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: Status,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(status: Status, message: impl fmt::Display) -> Self {
        Self { status, message: message.to_string() }
    }

    pub(super) fn argument(message: impl fmt::Display) -> Self {
        Self::new(Status::InvalidArgument, message)
    }
}

impl From<CheckError> for Failure {
    fn from(error: CheckError) -> Self {
        let status = match error.kind() {
            CheckErrorKind::Open => Status::CannotOpen,
            CheckErrorKind::Empty => Status::Empty,
            CheckErrorKind::Stale => Status::Stale,
            CheckErrorKind::Options => Status::InvalidArgument,
            CheckErrorKind::Policy => Status::PolicyRefused,
            CheckErrorKind::Profile => Status::WrongProfile,
            CheckErrorKind::Damaged => Status::Damaged,
        };
        Self::new(status, error)
    }
}

impl From<&NotDecoded> for Failure {
    fn from(not: &NotDecoded) -> Self {
        Self::new(not.outcome().into(), not)
    }
}

/// Runs a call. Keeps the message of its failure, and contains panics.
pub(super) fn guarded(call: impl FnOnce() -> Result<Status, Failure>) -> Status {
    // State that calls share is behind locks which survive a panic; a stream is the caller's, who learns not to use it further.
    let ended = catch_unwind(AssertUnwindSafe(call));
    let ended = ended.unwrap_or_else(|_| {
        Err(Failure::new(Status::Panicked, "a bug in the library ended the call; please report it"))
    });
    let (status, message) = match ended {
        Ok(status) => (status, String::new()),
        Err(Failure { status, message }) => (status, message),
    };
    keep(message);
    status
}

/// Keeps the message of this thread's latest call.
pub(super) fn keep(message: String) {
    // The thread-local may already be destroyed; then nothing can ask for the message.
    let _ = LAST.try_with(|last| last.replace(message));
}

/// Reads the message of this thread's latest call.
pub(super) fn kept<T>(read: impl FnOnce(&str) -> T) -> Option<T> {
    LAST.try_with(|last| read(&last.borrow())).ok()
}
