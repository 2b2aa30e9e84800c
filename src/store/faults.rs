//! In tests, the steps of writing fail or end the process where the test wants it.

use core::cell::Cell;
use std::path::Path;

use super::StoreError;
use super::disk::Step;

/// What is to happen at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
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
pub(super) fn plan(n: u64, fault: Fault) {
    TAKEN.set(0);
    PLAN.set(Some((n, fault)));
}

/// No step has a fault any more; returns how many there were since the last plan.
pub(super) fn no_plan() -> u64 {
    PLAN.set(None);
    TAKEN.get()
}

pub(super) fn step(what: Step, path: &Path) -> Result<(), StoreError> {
    let taken = TAKEN.get();
    TAKEN.set(taken + 1);
    match PLAN.get() {
        Some((n, Fault::Abort)) if taken == n => std::process::abort(),
        Some((n, fault)) if taken == n || taken > n && fault == Fault::ForEver => {
            let operation = match what {
                Step::Create => "create",
                Step::Write => "write",
                Step::Sync | Step::SyncDirectory => "bring to the disk",
                Step::Rename => "rename a finished file to",
                Step::Remove => "remove",
            };
            Err(StoreError::io(operation, path)(std::io::Error::other("a fault was planned")))
        }
        _ => Ok(()),
    }
}
