//! Work spread over threads: a source of items, workers, and results in the order of the items.
//!
//! At most [`WINDOW`] items are under way between the source and the sink, whatever the source yields, so memory stays
//! bounded for a million files; results that are ready early wait in a reorder buffer no longer than that. The source
//! runs in a thread of its own and is left behind when the run ends early (it may be blocked on standard input).

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded, unbounded};

use crate::interrupt::Interrupt;

/// How many items may be under way: deep enough that one slow file does not starve the other workers.
const WINDOW: usize = 1024;
/// How long a waiting worker sleeps before it looks whether Ctrl-C was pressed.
const TICK: Duration = Duration::from_millis(50);
/// How long an interrupted run waits for the files under way.
const GRACE: Duration = Duration::from_secs(3);
/// Decoders recurse little; the main thread's usual size leaves them room.
const STACK_BYTES: usize = 8 << 20;

/// What the sink is told.
#[derive(Debug)]
pub(crate) enum Event<R> {
    /// The next result, in the order of the source.
    Ready(R),
    /// Nothing is ready now: a good moment to flush.
    Idle,
}

/// Why a run ended although neither the source, the sink nor the user wanted it to.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The operating system refused a thread.
    NotStarted(io::Error),
    /// A thread ended before its work did, so that there are items of which nothing is known.
    Lost,
}

/// How many items there are as long as the source has not ended.
const NOT_ENDED: u64 = u64::MAX;

/// Runs `work` over the items of `source` on `jobs` threads and hands the results to `sink` in order.
///
/// Ends when the source does, when the sink breaks, or soon after an interrupt; items not begun by then are dropped.
///
/// # Errors
///
/// When the operating system refuses a thread, or one panics.
pub(crate) fn run<T, R>(
    jobs: usize,
    interrupt: Interrupt,
    source: impl FnOnce(&mut dyn FnMut(T) -> ControlFlow<()>) + Send + 'static,
    work: impl Fn(T) -> R + Send + Sync + 'static,
    mut sink: impl FnMut(Event<R>) -> ControlFlow<()>,
) -> Result<(), Broken>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let (tokens, window) = bounded::<()>(WINDOW);
    let (items_in, items) = bounded::<(u64, T)>(2 * jobs);
    let (results_in, results) = unbounded::<(u64, R)>();
    let work = Arc::new(work);
    let all = Arc::new(AtomicU64::new(NOT_ENDED));
    let ended = Arc::clone(&all);

    spawn("source", move || {
        let mut number = 0;
        source(&mut |item| {
            // Each send fails once its other side is gone, which is how the source learns of an early end.
            if interrupt.is_set() || tokens.send(()).is_err() || items_in.send((number, item)).is_err() {
                return ControlFlow::Break(());
            }
            number += 1;
            ControlFlow::Continue(())
        });
        // Before its side of the channel is dropped, by which the workers end.
        ended.store(number, Ordering::SeqCst);
    })?;
    for _ in 0..jobs {
        let (items, results_in, work) = (items.clone(), results_in.clone(), Arc::clone(&work));
        spawn("worker", move || {
            while let Some((number, item)) = next(&items, interrupt) {
                if results_in.send((number, work(item))).is_err() {
                    return;
                }
            }
        })?;
    }
    drop((items, results_in));

    let mut early = BTreeMap::new();
    let mut expected = 0;
    let mut broke = false;
    let mut sink = |event| {
        let flow = sink(event);
        broke |= flow.is_break();
        flow
    };
    while let Some((number, result)) = receive(&results, interrupt, &mut sink) {
        early.insert(number, result);
        while let Some(result) = early.remove(&expected) {
            expected += 1;
            let _ = window.try_recv();
            if sink(Event::Ready(result)).is_break() {
                return Ok(());
            }
        }
    }
    // After an interrupt some items were never begun; what lies behind the gaps was checked and is reported.
    let is_complete = early.is_empty() && all.load(Ordering::SeqCst) == expected;
    for result in early.into_values() {
        if sink(Event::Ready(result)).is_break() {
            break;
        }
    }
    if is_complete || broke || interrupt.is_set() { Ok(()) } else { Err(Broken::Lost) }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), Broken> {
    let started = thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES).spawn(body);
    started.map(drop).map_err(Broken::NotStarted)
}

fn next<T>(items: &Receiver<T>, interrupt: Interrupt) -> Option<T> {
    loop {
        match items.recv_timeout(TICK) {
            _ if interrupt.is_set() => return None,
            Ok(item) => return Some(item),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn receive<R>(
    results: &Receiver<(u64, R)>,
    interrupt: Interrupt,
    sink: &mut impl FnMut(Event<R>) -> ControlFlow<()>,
) -> Option<(u64, R)> {
    if let Ok(result) = results.try_recv() {
        return Some(result);
    }
    if sink(Event::Idle).is_break() {
        return None;
    }
    let mut interrupted = None;
    loop {
        match results.recv_timeout(TICK) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Disconnected) => return None,
            // A worker may hang on a dead network share or on standard input.
            Err(RecvTimeoutError::Timeout) if interrupt.is_set() => {
                if interrupted.get_or_insert_with(Instant::now).elapsed() > GRACE {
                    return None;
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_the_order_of_the_source() {
        let mut seen = Vec::new();
        let source = |push: &mut dyn FnMut(u64) -> ControlFlow<()>| {
            let _ = (0..5000).try_for_each(push);
        };
        let work = |item: u64| {
            if item.is_multiple_of(97) {
                thread::sleep(Duration::from_millis(1));
            }
            item
        };
        run(4, Interrupt::never(), source, work, |event| {
            if let Event::Ready(item) = event {
                seen.push(item);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(seen, (0..5000).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_than_the_window_is_under_way() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let source = |push: &mut dyn FnMut(()) -> ControlFlow<()>| {
            while MADE.load(Ordering::SeqCst) < 20_000 && push(()).is_continue() {
                MADE.fetch_add(1, Ordering::SeqCst);
            }
        };
        let mut taken = 0;
        run(
            2,
            Interrupt::never(),
            source,
            |()| (),
            |event| {
                if let Event::Ready(()) = event {
                    taken += 1;
                    assert!(MADE.load(Ordering::SeqCst) <= taken + WINDOW + 2, "after {taken}");
                }
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert_eq!(taken, 20_000);
    }

    #[test]
    fn a_thread_that_panics_does_not_end_a_run_well() {
        let panic = || std::panic::resume_unwind(Box::new("a defect"));
        let all = |push: &mut dyn FnMut(u64) -> ControlFlow<()>| {
            let _ = (0..40).try_for_each(push);
        };
        let part = move |push: &mut dyn FnMut(u64) -> ControlFlow<()>| {
            let _ = (0..20).try_for_each(push);
            panic();
        };
        let good = |item| item;
        let bad = move |item| if item == 20 { panic() } else { item };
        let sink = |_: Event<u64>| ControlFlow::Continue(());
        run(2, Interrupt::never(), all, good, sink).unwrap();
        assert!(matches!(run(2, Interrupt::never(), all, bad, sink), Err(Broken::Lost)));
        assert!(matches!(run(2, Interrupt::never(), part, good, sink), Err(Broken::Lost)));
        // neither does the last item, behind which no gap shows
        let last = move |item| if item == 39 { panic() } else { item };
        assert!(matches!(run(1, Interrupt::never(), all, last, sink), Err(Broken::Lost)));
    }

    #[test]
    fn a_sink_that_breaks_ends_the_run() {
        let source = |push: &mut dyn FnMut(()) -> ControlFlow<()>| while push(()).is_continue() {};
        let mut taken = 0;
        run(
            2,
            Interrupt::never(),
            source,
            |()| (),
            |event| match event {
                Event::Ready(()) => {
                    taken += 1;
                    if taken == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                }
                Event::Idle => ControlFlow::Continue(()),
            },
        )
        .unwrap();
        assert_eq!(taken, 3);
    }
}
