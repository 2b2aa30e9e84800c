//! Frames of an animated PNG, drawn on a canvas of grey or RGB with 8 bits.
//!
//! The default image, which viewers without animation show, is the first frame, even if the animation excludes it.
//! Source: PNG, third edition, sections 11.3.4 and 13.12.

#![expect(clippy::indexing_slicing, reason = "a pixel has the samples that `DecodedAs` counts")]

use alloc::vec::Vec;

use png::{BlendOp, DisposeOp};

use super::canvas::{Canvas, Disposal, Rectangle};
use super::error::{DecodeError, Stage};
use super::fields::be32;
use super::header::Header;
use super::limits::Limits;
use super::png::{self as still, FileReader};
use super::samples::zeros;
use super::work::Work;
use crate::pixels::PixelFormat;

/// Draws the frames of an animation.
pub(super) struct Frames<'b> {
    reader: FileReader<'b>,
    decoded_as: still::DecodedAs,
    limits: Limits,
    /// The decoded frame; empty before the first.
    buffer: Vec<u8>,
}

impl<'b> Frames<'b> {
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Result<(Header, Work, Self), DecodeError> {
        let (header, decoded_as) = still::read_header(bytes, limits)?;
        let (reader, size) = still::open(bytes, &header, decoded_as)?;
        let pixel_format = if decoded_as.channels <= 2 { PixelFormat::Gray8 } else { PixelFormat::Rgb8 };
        // The canvas, pixels to restore, and the decoded frame.
        let canvas = u64::from(header.width) * u64::from(header.height) * pixel_format.bytes_per_pixel() as u64;
        let header = Header { pixel_format, ..header }.check(canvas + size, limits)?;
        let buffer = Vec::new();
        Ok((header, work(bytes, &header, limits), Self { reader, decoded_as, limits: *limits, buffer }))
    }

    /// Draws the next frame.
    pub(super) fn draw(&mut self, canvas: &mut Canvas) -> Result<(), DecodeError> {
        let is_first = self.buffer.is_empty();
        if is_first {
            let size = self.reader.output_buffer_size().ok_or(still::corrupt(Stage::Header))?;
            self.buffer = zeros(size as u64, &self.limits)?;
        }
        let decoded =
            self.reader.next_frame(&mut self.buffer).map_err(|error| still::translate(Stage::Pixels, &error))?;
        let mut rectangle =
            Rectangle { left: 0, top: 0, width: decoded.width as usize, height: decoded.height as usize };
        // A default image outside the animation is removed before the first frame.
        let (mut disposal, mut is_over) = (Disposal::Fill([0; 3]), false);
        if let Some(control) = self.reader.info().frame_control {
            (rectangle.left, rectangle.top) = (control.x_offset as usize, control.y_offset as usize);
            is_over = control.blend_op == BlendOp::Over;
            disposal = match control.dispose_op {
                DisposeOp::None => Disposal::Keep,
                DisposeOp::Background => Disposal::Fill([0; 3]),
                DisposeOp::Previous => Disposal::Restore,
            };
        }
        canvas.begin(rectangle, disposal);
        // On the empty canvas, transparent pixels keep their hidden colour.
        let is_blended = is_over && !is_first;
        let rows = self.buffer.chunks_exact(decoded.line_size.max(1)).take(rectangle.height);
        for (y, row) in rows.enumerate() {
            draw_row(canvas.row(rectangle, y), row, self.decoded_as, is_blended);
        }
        Ok(())
    }
}

/// Draws a row, which has alpha if it has two or four channels.
fn draw_row(canvas: &mut [u8], row: &[u8], decoded_as: still::DecodedAs, is_blended: bool) {
    let still::DecodedAs { channels, bytes_per_sample, .. } = decoded_as;
    let colors = if channels <= 2 { 1 } else { 3 };
    let sample = |pixel: &[u8], channel: usize| match bytes_per_sample {
        2 => eight_bits(u16::from_be_bytes([pixel[2 * channel], pixel[2 * channel + 1]])),
        _ => pixel[channel],
    };
    for (place, pixel) in canvas.chunks_exact_mut(colors).zip(row.chunks_exact(channels * bytes_per_sample)) {
        let alpha = if is_blended && channels > colors { sample(pixel, colors) } else { 255 };
        for (channel, place) in place.iter_mut().enumerate() {
            *place = mix(sample(pixel, channel), *place, alpha);
        }
    }
}

/// Reduces 16 bits to 8, rounded, as hashing does.
#[expect(clippy::cast_possible_truncation, reason = "at most 65,535 / 257 = 255")]
fn eight_bits(sample: u16) -> u8 {
    ((u32::from(sample) + 128) / 257) as u8
}

/// Blends a colour of the given opacity with the colour behind.
#[expect(clippy::cast_possible_truncation, reason = "a mean of two bytes")]
fn mix(front: u8, behind: u8, alpha: u8) -> u8 {
    let (front, behind, alpha) = (u32::from(front), u32::from(behind), u32::from(alpha));
    ((front * alpha + behind * (255 - alpha) + 127) / 255) as u8
}

/// Adds up the sizes of the canvas for each frame, or those in the frame control chunks if they are larger, up to the number of frames in the header.
fn work(bytes: &[u8], header: &Header, limits: &Limits) -> Work {
    let mut work = Work::new(limits);
    // The default image has the size of the canvas.
    let canvas = u64::from(header.width) * u64::from(header.height);
    work.add(canvas);
    let (mut left, mut begun) = (header.frames - 1, false);
    for (kind, data) in still::chunks(bytes) {
        match &kind {
            b"IDAT" => begun = true,
            b"fcTL" if begun && left > 0 => {
                let side = |at: usize| be32(data, at).map_or(0, u64::from);
                work.add(side(4).saturating_mul(side(8)).max(canvas));
                left -= 1;
            }
            _ => {}
        }
    }
    // An announced frame that is missing is an error once it is drawn.
    (0..left).for_each(|_| work.add(0));
    work
}
