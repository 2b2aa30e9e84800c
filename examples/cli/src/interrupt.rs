//! Ctrl-C: the first asks for a clean end with the summary so far, the second ends at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::exit::Failure;

static PRESSED: AtomicBool = AtomicBool::new(false);
/// What shells report for a process ended by Ctrl-C.
const KILLED: i32 = 130;

/// Tells whether the user asked for an end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupt(&'static AtomicBool);

impl Interrupt {
    /// Installs the handler for Ctrl-C (and for termination and hang-up), once for all runs of the process.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the handler.
    pub(crate) fn install() -> Result<Self, Failure> {
        static INSTALLED: AtomicBool = AtomicBool::new(false);
        if INSTALLED.swap(true, Ordering::SeqCst) {
            return Ok(Self(&PRESSED));
        }
        ctrlc::set_handler(|| {
            if PRESSED.swap(true, Ordering::SeqCst) {
                process::exit(KILLED);
            }
        })
        .map_err(|error| Failure::new(format!("cannot install the Ctrl-C handler: {error}")))?;
        Ok(Self(&PRESSED))
    }

    /// An interrupt that is never set.
    #[cfg(test)]
    pub(crate) fn never() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Self(&NEVER)
    }

    /// Whether Ctrl-C was pressed.
    pub(crate) fn is_set(self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
