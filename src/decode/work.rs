//! The budget of an animation: how many of its frames may be drawn, each of which is then hashed as large as its canvas.

use super::limits::Limits;

/// The pixels of all frames, added up before any frame is drawn.
#[derive(Clone, Copy)]
pub(super) struct Work {
    allowed: u64,
    pub(super) frames: u32,
    pub(super) pixels: u64,
    /// Frames from the first on that the budget covers.
    pub(super) within: u32,
}

impl Work {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self { allowed: limits.max_animation_pixels, frames: 0, pixels: 0, within: 0 }
    }

    /// The work of a still picture, whose one frame is always drawn.
    pub(super) const fn still() -> Self {
        Self { allowed: 0, frames: 1, pixels: 0, within: 1 }
    }

    /// Adds a frame.
    pub(super) const fn add(&mut self, pixels: u64) {
        self.frames = self.frames.saturating_add(1);
        self.pixels = self.pixels.saturating_add(pixels);
        if self.pixels <= self.allowed {
            self.within = self.frames;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_covers_a_run_of_frames_from_the_first_on() {
        let mut work = Work::new(&Limits::default().max_animation_pixels(10));
        [4, 4, 4, 1].into_iter().for_each(|pixels| work.add(pixels));
        assert_eq!((work.frames, work.pixels, work.within), (4, 13, 2));
    }
}
