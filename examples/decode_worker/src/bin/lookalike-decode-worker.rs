//! A worker as a program of its own, for programs that cannot be started as one: those in C, Go or Python.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    if let Some(code) = decode_worker::run_if_asked() {
        return code;
    }
    eprintln!("lookalike-decode-worker: started by hand; name its path in the options of a checker (Linux)");
    ExitCode::FAILURE
}
