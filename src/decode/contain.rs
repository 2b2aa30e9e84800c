//! Contains panics of decoders.

use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::thread_local;

use super::error::{DecodeError, Stage};
use super::sniff::Format;

thread_local! {
    static CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Returns true if a panic of this thread would currently be contained and returned as [`Stage::Panicked`].
///
/// Use it in a panic hook, which runs before the panic is contained, to suppress the message about a fault that is reported as an
/// error anyway:
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
    // The closure only reads what it borrows, and what it was building is dropped.
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
