//! Composes the frames of an animation, so that a harmless first frame hides nothing.
//!
//! Each frame is returned as a viewer shows it, composed on the frames before it. Transparent pixels show the frame behind;
//! pixels that no frame covers have the colour that [`decode`](super::decode()) gives them.

use alloc::boxed::Box;
use core::fmt;

use super::canvas::Canvas;
use super::contain::contained;
use super::decoded::Decoded;
use super::error::{DecodeError, Limited};
use super::file::{decode, inspect, supported};
use super::header::Header;
use super::limits::Limits;
use super::sniff::Format;
use super::work::Work;
use super::{apng, gif, webp};
use crate::pixels::ImageRef;

/// Opens a picture file to read its frames.
///
/// Returns the frames of an animated GIF, PNG or WebP; where [`Limits::max_sampled_frames`] is less than their number, the first, the last, and
/// evenly spaced ones between. Any other file, including a TIFF of several pages, has one frame. The first frame equals [`decode`](super::decode()).
///
/// Uses at most [`Header::bytes_needed`] of [`Frames::header`], which differs from that of [`inspect`]; allocated at the first frame.
///
/// # Errors
///
/// As [`inspect`]; composing may exceed the memory limit although decoding one frame does not.
pub fn frames<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Frames<'b>, DecodeError> {
    let format = supported(bytes, limits)?;
    let still = inspect(bytes, limits)?;
    let animation = contained(format, || {
        Ok(match format {
            Format::Gif if still.frames > 1 => {
                let (header, work, frames) = gif::Frames::open(bytes, limits)?;
                Some((header, work, Source::Gif(Box::new(frames))))
            }
            Format::Png if still.frames > 1 => {
                let (header, work, frames) = apng::Frames::open(bytes, limits)?;
                Some((header, work, Source::Png(Box::new(frames))))
            }
            Format::WebP if still.frames > 1 => {
                let (header, work, frames) = webp::Frames::open(bytes, limits)?;
                Some((header, work, Source::WebP(Box::new(frames))))
            }
            _ => None,
        })
    })?;
    let (header, work, source) = animation.unwrap_or((still, Work::still(), Source::Still { bytes, picture: None }));
    let within = work.within.max(1);
    let wanted = within.min(limits.max_sampled_frames.max(1));
    Ok(Frames {
        header,
        limits: *limits,
        work,
        within,
        wanted,
        handed_out: 0,
        drawn: 0,
        source,
        canvas: None,
        failed: None,
    })
}

/// A sample of the frames of a picture file; created by [`frames`].
pub struct Frames<'b> {
    header: Header,
    limits: Limits,
    work: Work,
    /// Frames from the first on that the budget of pixels covers: at least 1.
    within: u32,
    /// Frames to return, and frames returned.
    wanted: u32,
    handed_out: u32,
    /// Frames drawn on the canvas.
    drawn: u32,
    source: Source<'b>,
    canvas: Option<Canvas>,
    failed: Option<DecodeError>,
}

/// A frame as a viewer shows it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// Which frame of the file it is, counted from 1.
    pub number: u32,
    /// The whole canvas.
    pub image: ImageRef<'a>,
}

impl Frames<'_> {
    /// Returns the header of the file; its `bytes_needed` is the peak memory of composing frames.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Composes the next frame of the sample; returns none after the last.
    ///
    /// # Errors
    ///
    /// As [`decode`](super::decode()). [`DecodeError::OverLimit`] if the frames exceed [`Limits::max_animation_pixels`]; it is
    /// returned after a sample of the frames within the limit. Further calls return the same error.
    #[expect(clippy::missing_panics_doc, reason = "never panics: the first frame of the sample is always drawn")]
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.handed_out == self.wanted {
            return self.end().map(|()| None);
        }
        let number = sampled(self.handed_out, self.wanted, self.within);
        self.handed_out += 1;
        while self.drawn < number {
            self.drawn += 1;
            if let Err(error) = self.draw() {
                self.failed = Some(error);
                return Err(error);
            }
        }
        let image = match &self.source {
            Source::Still { picture, .. } => picture.as_ref().map(Decoded::image),
            _ => self.canvas.as_ref().map(Canvas::image),
        };
        Ok(Some(Frame { number, image: image.expect("the first frame was drawn") }))
    }

    fn draw(&mut self) -> Result<(), DecodeError> {
        let Self { header, limits, source, canvas, .. } = self;
        contained(header.format, || {
            if let Source::Still { bytes, picture } = source {
                *picture = Some(decode(bytes, limits)?);
                return Ok(());
            }
            let canvas = match canvas {
                Some(canvas) => canvas,
                None => canvas.insert(Canvas::new(header.width, header.height, header.pixel_format, limits)?),
            };
            match source {
                Source::Still { .. } => Ok(()),
                Source::Gif(frames) => frames.draw(canvas),
                Source::Png(frames) => frames.draw(canvas),
                Source::WebP(frames) => frames.draw(canvas),
            }
        })
    }

    /// Returns an error if the animation has frames beyond the budget.
    fn end(&mut self) -> Result<(), DecodeError> {
        if self.work.frames > self.within {
            let (found, allowed) = (self.work.pixels, self.limits.max_animation_pixels);
            self.failed = Some(DecodeError::OverLimit { what: Limited::AnimationPixels, found, allowed });
        }
        self.failed.map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Frames<'_> {
    /// Never prints pixels.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames").field("header", &self.header).field("drawn", &self.drawn).finish_non_exhaustive()
    }
}

enum Source<'b> {
    Still { bytes: &'b [u8], picture: Option<Decoded> },
    Gif(Box<gif::Frames<'b>>),
    Png(Box<apng::Frames<'b>>),
    WebP(Box<webp::Frames<'b>>),
}

/// The number of the `index`th of `wanted` frames spread evenly over `count`: the first is 1, the last `count`.
fn sampled(index: u32, wanted: u32, count: u32) -> u32 {
    let (index, gaps, last) = (u64::from(index), u64::from(wanted).saturating_sub(1).max(1), u64::from(count) - 1);
    #[expect(clippy::cast_possible_truncation, reason = "at most the last, as `index` is at most `gaps`")]
    let number = (index * last / gaps) as u32 + 1;
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn samples_are_spread_from_the_first_to_the_last() {
        let numbers = |wanted, count| (0..wanted).map(|index| sampled(index, wanted, count)).collect::<Vec<_>>();
        assert_eq!(numbers(5, 5), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(4, 10), [1, 4, 7, 10]);
        assert_eq!(numbers(2, 50_000), [1, 50_000]);
        assert_eq!((numbers(1, 9), numbers(1, 1)), (Vec::from([1]), Vec::from([1])));
        let sixteen = numbers(16, 3001);
        assert!(sixteen.windows(2).all(|pair| pair[1] - pair[0] == 200), "{sixteen:?}");
    }
}
