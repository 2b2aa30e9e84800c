//! The steps of writing, and faults in them: tests fail a step or end the process at it.

use std::path::Path;

use super::StoreError;

/// An operation on a file, about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Write,
    Sync,
    Rename,
    SyncDirectory,
    Remove,
}

#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "in tests it fails")]
pub(super) const fn step(_: Step, _: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
pub(super) use planned::{Fault, no_plan, plan, step};

#[cfg(test)]
mod planned {
    use core::cell::Cell;

    use super::{Path, Step, StoreError};

    /// What is to happen at a step.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::store) enum Fault {
        /// The step fails, those after it do not.
        Once,
        /// The step fails, and so do all after it.
        ForEver,
        /// The process ends at once, as if killed.
        Abort,
    }

    std::thread_local! {
        static PLAN: Cell<Option<(u64, Fault)>> = const { Cell::new(None) };
        static TAKEN: Cell<u64> = const { Cell::new(0) };
    }

    /// From now on, the `n`-th step of this thread, counted from 0, has a fault.
    pub(in crate::store) fn plan(n: u64, fault: Fault) {
        TAKEN.set(0);
        PLAN.set(Some((n, fault)));
    }

    /// No step has a fault any more; returns how many there were since the last plan.
    pub(in crate::store) fn no_plan() -> u64 {
        PLAN.set(None);
        TAKEN.get()
    }

    pub(in crate::store) fn step(what: Step, path: &Path) -> Result<(), StoreError> {
        let taken = TAKEN.get();
        TAKEN.set(taken + 1);
        match PLAN.get() {
            Some((n, Fault::Abort)) if taken == n => std::process::abort(),
            Some((n, fault)) if taken == n || taken > n && fault == Fault::ForEver => {
                let operation = match what {
                    Step::Create => "create",
                    Step::Write => "write",
                    Step::Sync | Step::SyncDirectory => "fsync",
                    Step::Rename => "rename a finished file to",
                    Step::Remove => "remove",
                };
                Err(StoreError::io(operation, path)(std::io::Error::other("a fault was planned")))
            }
            _ => Ok(()),
        }
    }
}
