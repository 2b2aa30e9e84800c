//! Why a call failed, kept for whoever asks.

use alloc::string::{String, ToString};
use core::cell::RefCell;
use core::ffi::c_char;
use core::fmt;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread_local;

use super::{Status, raw};
use crate::decode::DecodeError;
use crate::index::IndexError;
use crate::store::{StoreError, StoreErrorKind};

thread_local! {
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Why a call did not end in `Ok`.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: Status,
    pub(super) words: String,
}

impl Failure {
    pub(super) fn new(status: Status, words: impl fmt::Display) -> Self {
        Self { status, words: words.to_string() }
    }

    /// An argument that cannot be meant.
    pub(super) fn argument(words: impl fmt::Display) -> Self {
        Self::new(Status::InvalidArgument, words)
    }
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        let status = match error {
            DecodeError::Unsupported { .. } => Status::Unsupported,
            DecodeError::Corrupt { .. } => Status::Corrupt,
            DecodeError::OverLimit { .. } => Status::OverLimit,
        };
        Self::new(status, error)
    }
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        Self::new(if error.is_corrupt() { Status::Damaged } else { Status::WrongProfile }, error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(if error.kind() == StoreErrorKind::Io { Status::Io } else { Status::Refused }, error)
    }
}

/// Runs a call: what it says when it fails is kept, and a panic ends here.
pub(super) fn guarded(call: impl FnOnce() -> Result<Status, Failure>) -> Status {
    // Whatever a call changes is behind locks that a panic leaves whole, or is the caller's, who learns that it is not to be used.
    let ended = catch_unwind(AssertUnwindSafe(call));
    let ended = ended.unwrap_or_else(|_| {
        Err(Failure::new(Status::Panicked, "a defect of the library ended the call; please report it"))
    });
    let (status, words) = match ended {
        Ok(status) => (status, String::new()),
        Err(Failure { status, words }) => (status, words),
    };
    keep(words);
    status
}

/// Keeps what is said of this thread's latest call.
pub(super) fn keep(words: String) {
    // A thread that is ending has nobody left to ask.
    let _ = LAST.try_with(|last| last.replace(words));
}

/// Copies what there is to say of this thread's latest call that returned a status into `buffer`, cut where it does not fit and ended by a zero
/// byte. Nothing where it had nothing to say.
///
/// Returns the length of all of it in bytes, without the zero byte: if that is less than `capacity`, nothing was cut. `buffer` may be null if
/// `capacity` is 0.
///
/// # Safety
///
/// `buffer` points to at least `capacity` bytes that may be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_last_error(buffer: *mut c_char, capacity: usize) -> usize {
    let copied = LAST.try_with(|last| {
        let last = last.borrow();
        // SAFETY: passed on from the caller.
        unsafe { raw::copy_text(last.as_bytes(), buffer, capacity) }
    });
    copied.unwrap_or(0)
}
