//! Keeps a decoder's panic from leaving this room.

use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread_local;

use super::error::{DecodeError, Stage};
use super::sniff::Format;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Tells whether a panic of this thread, now, would be contained by [`decode`](super::decode()) or
/// [`inspect`](super::inspect) and come out as [`Stage::Panicked`].
///
/// Made for a program's panic hook, which runs before the panic is contained and would print a message about a fault
/// that the program reports anyway:
///
/// ```
/// let default = std::panic::take_hook();
/// std::panic::set_hook(Box::new(move |panic| {
///     if !lookalike::decode::is_contained() {
///         default(panic);
///     }
/// }));
/// ```
///
/// A program built with `panic = "abort"` cannot contain panics.
#[must_use]
pub fn is_contained() -> bool {
    CONTAINED.try_with(Cell::get).unwrap_or(false)
}

/// Runs a decoder; its panic becomes an error.
pub(super) fn contained<T>(format: Format, work: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    let outer = CONTAINED.replace(true);
    // Nothing half made is seen after a panic: what the closure borrows it only reads, what it was making is dropped.
    let result = catch_unwind(AssertUnwindSafe(work));
    CONTAINED.set(outer);
    result.unwrap_or(Err(DecodeError::Corrupt { format, stage: Stage::Panicked }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_is_announced_as_contained() {
        assert!(!is_contained());
        let seen = Cell::new(false);
        let error = contained::<()>(Format::Png, || {
            seen.set(is_contained());
            std::panic::resume_unwind(alloc::boxed::Box::new("as a decoder would"))
        });
        assert_eq!(error, Err(DecodeError::Corrupt { format: Format::Png, stage: Stage::Panicked }));
        assert!(seen.get());
        assert!(!is_contained());
    }
}
