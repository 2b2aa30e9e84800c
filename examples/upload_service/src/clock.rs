//! How long something took, on the wall and on the processor: on a busy machine the first says how long others had it, too.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// When something began on this thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    wall: Instant,
    processor: Duration,
}

/// How long something took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    /// Of this thread.
    pub(crate) processor: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), processor: processor() }
    }

    pub(crate) fn spent(&self) -> Spent {
        Spent { wall: self.wall.elapsed(), processor: processor().saturating_sub(self.processor) }
    }
}

impl Spent {
    /// Both together.
    pub(crate) const fn and(self, other: Self) -> Self {
        let (wall, processor) = (self.wall, self.processor);
        Self { wall: wall.saturating_add(other.wall), processor: processor.saturating_add(other.processor) }
    }

    /// This without the other.
    pub(crate) const fn without(self, other: Self) -> Self {
        let (wall, processor) = (self.wall, self.processor);
        Self { wall: wall.saturating_sub(other.wall), processor: processor.saturating_sub(other.processor) }
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        *self = self.and(other);
    }
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
