//! Workers for the C library: what `include/lookalike_workers.h` declares.
//!
//! Built as a library for C, this package exports it beside everything that `lookalike.h` declares.

#![expect(unsafe_code, reason = "exports a symbol, whose name no other library may have")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lookalike::check::Decoder;
use lookalike::decode::Limits;

use crate::{Options, Pool, Program};

/// Enables `worker_program` in the options of checkers. The first call counts; later ones do nothing.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn lookalike_workers_enable() {
    lookalike::capi::enable_workers(start);
}

fn start(
    program: &Path,
    limits: Limits,
    workers: Option<usize>,
    files: Option<u32>,
    time: Option<Duration>,
) -> Result<Arc<dyn Decoder>, String> {
    let default = Options::new(limits).program(Program::at(program));
    let (workers, files) = (workers.unwrap_or(default.workers), files.unwrap_or(default.files));
    let time = time.unwrap_or(default.time);
    match Pool::start(default.workers(workers).files(files).time(time)) {
        Ok(pool) => Ok(Arc::new(pool)),
        Err(error) => Err(format!("cannot start the worker {}: {error}", program.display())),
    }
}
