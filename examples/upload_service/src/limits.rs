//! How much may be under way: uploads, memory of bodies, checks. What is more is refused at once, never queued without bound.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::args::Args;
use crate::metrics::Metrics;
use crate::refusal::Refusal;

/// What is counted in units of this many bytes, for a semaphore counts to 2^32 only.
const UNIT: u64 = 1024;

/// How much may be under way.
pub(crate) struct Limits {
    uploads: Arc<Semaphore>,
    most_uploads: usize,
    memory: Arc<Semaphore>,
    most_memory: usize,
    jobs: Arc<Semaphore>,
    most_jobs: usize,
    pub(crate) max_body: u64,
    pub(crate) body_timeout: Duration,
    pub(crate) timeout: Duration,
}

/// What an upload holds while it is under way.
#[derive(Debug)]
pub(crate) struct Admitted {
    _upload: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
}

impl Limits {
    pub(crate) fn new(args: &Args) -> Self {
        let most_jobs = args.job_count();
        let most_uploads = args.queue.saturating_add(most_jobs).min(Semaphore::MAX_PERMITS);
        let units = usize::try_from(args.body_memory / UNIT).unwrap_or(usize::MAX);
        // One body at least must fit.
        let least = usize::try_from(args.max_body.div_ceil(UNIT)).unwrap_or(usize::MAX);
        let most_memory = units.max(least).min(Semaphore::MAX_PERMITS);
        Self {
            uploads: Arc::new(Semaphore::new(most_uploads)),
            most_uploads,
            memory: Arc::new(Semaphore::new(most_memory)),
            most_memory,
            jobs: Arc::new(Semaphore::new(most_jobs.min(Semaphore::MAX_PERMITS))),
            most_jobs,
            max_body: args.max_body,
            body_timeout: args.body_timeout,
            timeout: args.timeout,
        }
    }

    /// Lets an upload in whose body has so many bytes at most.
    ///
    /// # Errors
    ///
    /// When too much is under way, or the body would be too long.
    pub(crate) fn admit(&self, announced: Option<u64>) -> Result<Admitted, Refusal> {
        let length = announced.unwrap_or(self.max_body);
        if length > self.max_body {
            return Err(Refusal::TooLarge { allowed: self.max_body });
        }
        let upload = Arc::clone(&self.uploads).try_acquire_owned();
        let upload = upload.map_err(|_| Refusal::Overloaded("queue_full"))?;
        let units = u32::try_from(length.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let memory = Arc::clone(&self.memory).try_acquire_many_owned(units);
        let memory = memory.map_err(|_| Refusal::Overloaded("memory_full"))?;
        Ok(Admitted { _upload: upload, _memory: memory })
    }

    /// Waits until the upload can be checked.
    ///
    /// # Errors
    ///
    /// When that takes too long.
    pub(crate) async fn job(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        let permit = timeout(self.timeout, Arc::clone(&self.jobs).acquire_owned()).await;
        permit.map_err(|_| Refusal::Overloaded("overloaded"))?.map_err(|_| Refusal::Ending)
    }

    /// Writes how much is under way.
    pub(crate) fn measure(&self, metrics: &Metrics) {
        let gauge = |used: usize| i64::try_from(used).unwrap_or(i64::MAX);
        let uploads = self.most_uploads - self.uploads.available_permits();
        metrics.uploads.set(gauge(uploads));
        metrics.running.set(gauge(self.most_jobs.saturating_sub(self.jobs.available_permits())));
        metrics.body_bytes.set(gauge((self.most_memory - self.memory.available_permits()).saturating_mul(1024)));
    }
}
