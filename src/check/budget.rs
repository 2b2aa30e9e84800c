//! A weighted semaphore: bounds the bytes that all threads hold together, so that a directory of bombs fits in memory.
//!
//! Waiters are served in the order of their arrival, so light ones never starve a heavy one.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A number of bytes that may be held at the same time.
#[derive(Debug)]
pub(super) struct Budget {
    capacity: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    free: u64,
    /// The ticket of the waiter whose turn it is, and the next ticket to hand out.
    serving: u64,
    next: u64,
}

impl Budget {
    /// Makes a budget of `capacity` bytes, all of them free.
    pub(super) const fn new(capacity: u64) -> Self {
        let state = State { free: capacity, serving: 0, next: 0 };
        Self { capacity, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits until `bytes` are free and holds them until the permit is dropped.
    ///
    /// More than the capacity counts as the capacity: such a job runs, but alone.
    pub(super) fn acquire(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.min(self.capacity);
        let mut state = self.lock();
        let ticket = state.next;
        state.next += 1;
        while state.serving != ticket || state.free < bytes {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.serving += 1;
        state.free -= bytes;
        drop(state);
        self.changed.notify_all();
        Permit { budget: self, bytes }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes held from a [`Budget`]; dropping it gives them back.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    budget: &'a Budget,
    bytes: u64,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.budget.lock().free += self.bytes;
        self.budget.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    #[test]
    fn never_more_is_held_than_the_capacity() {
        let budget = Budget::new(100);
        let (held, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for worker in 1..=8_u64 {
                let (budget, held, peak) = (&budget, &held, &peak);
                scope.spawn(move || {
                    for round in 0..200 {
                        let bytes = (worker * 37 + round * 11) % 150;
                        let permit = budget.acquire(bytes);
                        let now = held.fetch_add(bytes.min(100), Ordering::SeqCst) + bytes.min(100);
                        peak.fetch_max(now, Ordering::SeqCst);
                        thread::yield_now();
                        held.fetch_sub(bytes.min(100), Ordering::SeqCst);
                        drop(permit);
                    }
                });
            }
        });
        let peak = peak.load(Ordering::SeqCst);
        assert!((1..=100).contains(&peak), "{peak}");
        assert_eq!(budget.lock().free, 100);
    }
}
