//! The progress bar on a terminal: files done, files per second, time left.
//!
//! The number of files is counted by a pass of its own that runs ahead of the scan, so that the scan need not wait for
//! it nor remember a single path. Where standard error is not a terminal nothing is drawn and nothing counted.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::walk::{Found, Walker};

/// How often the bar is drawn, and how many files the counting pass adds at a time.
const DRAWS_PER_SECOND: u8 = 10;
const COUNTED_AT_A_TIME: u64 = 256;

/// A progress bar, or nothing at all.
pub(crate) struct Progress {
    bar: ProgressBar,
    done: Arc<AtomicBool>,
}

impl Progress {
    /// Starts a bar over the named paths; `wanted` is the user's word on it. Names from standard input (`None`) cannot
    /// be counted ahead.
    pub(crate) fn start(wanted: bool, walker: &Walker, named: Option<Vec<PathBuf>>) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        if !wanted || !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), done };
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(DRAWS_PER_SECOND));
        bar.enable_steady_tick(Duration::from_millis(200));
        bar.set_style(style(if named.is_some() { COUNTING } else { UNCOUNTED }));
        if let Some(named) = named {
            let (walker, bar, done) = (walker.clone(), bar.clone(), Arc::clone(&done));
            // The bar is only decoration: without the thread it counts nothing and the scan goes on.
            let _ = thread::Builder::new().name("count".into()).spawn(move || count(&walker, &named, &bar, &done));
        }
        Self { bar, done }
    }

    /// One more file is done.
    pub(crate) fn advance(&self) {
        self.bar.inc(1);
    }

    /// Runs `print` while the bar is out of the way, where both share a terminal.
    pub(crate) fn aside<R>(&self, shared: bool, print: impl FnOnce() -> R) -> R {
        if shared { self.bar.suspend(print) } else { print() }
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.done.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

fn count(walker: &Walker, named: &[PathBuf], bar: &ProgressBar, done: &AtomicBool) {
    let mut files = 0;
    for path in named {
        let walked = walker.walk(path, &mut |found| {
            if !matches!(found, Found::LinkInside) {
                files += 1;
                if files % COUNTED_AT_A_TIME == 0 {
                    bar.set_length(files);
                }
            }
            if done.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if walked.is_break() {
            return;
        }
    }
    bar.set_length(files);
    bar.set_style(style(COUNTED));
}

const UNCOUNTED: &str = "{spinner} {human_pos} files, {speed} files/s, {elapsed}";
const COUNTING: &str = "{spinner} {human_pos} of {human_len} files and counting, {speed} files/s, {elapsed}";
const COUNTED: &str = "{bar:30} {human_pos} of {human_len} files, {speed} files/s, {eta} left";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).with_key(
        "speed",
        |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{:.0}", state.per_sec());
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_understood() {
        for template in [UNCOUNTED, COUNTING, COUNTED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
