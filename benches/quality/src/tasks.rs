//! The same work for many pictures, on as many threads as there are cores.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The results for all items, in their order; each thread has something of its own.
pub fn each<T, R: Send>(
    items: &[&str],
    own: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, &str) -> Result<R, Box<dyn Error>> + Sync,
) -> Result<Vec<R>, Box<dyn Error>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                let mut own = own();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { break };
                    let result = work(&mut own, item).map_err(|why| format!("{item}: {why}"));
                    results.lock().unwrap_or_else(PoisonError::into_inner).push((number, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|it| it.0);
    Ok(results.into_iter().map(|it| it.1).collect::<Result<_, _>>()?)
}
