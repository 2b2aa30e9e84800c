//! Decoding in worker processes, which another library adds to this one.

use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;
use std::path::Path;
use std::sync::OnceLock;

use super::failure::Failure;
use super::status::Status;
use crate::check::Decoder;
use crate::decode::Limits;

/// Starts workers: the program that each is, the limits of a file, how many there are, how many files each has, and the time of a file. A number
/// or time that is none is the default.
type Start = fn(&Path, Limits, Option<usize>, Option<u32>, Option<Duration>) -> Result<Arc<dyn Decoder>, String>;

static START: OnceLock<Start> = OnceLock::new();

/// Lets C decode in worker processes: `start` is called for every checker whose options name a `worker_program`.
///
/// The package `decode-worker` calls it in `lookalike_workers_enable`. Only the first call of a process counts.
pub fn enable_workers(start: Start) {
    START.get_or_init(|| start);
}

pub(super) fn start(
    program: &Path,
    limits: Limits,
    workers: u32,
    files: u32,
    time: Option<Duration>,
) -> Result<Arc<dyn Decoder>, Failure> {
    let Some(start) = START.get() else {
        let message = "options.worker_program: workers are not enabled; link the library of decode-worker and call lookalike_workers_enable";
        return Err(Failure::new(Status::NoWorkers, message));
    };
    let files = (files > 0).then_some(files);
    let workers = (workers > 0).then_some(workers as usize);
    start(program, limits, workers, files, time).map_err(|error| Failure::new(Status::NoWorkers, error))
}
