//! What a picture file may demand.

use super::argument::{In, Out};
use super::failure::{Failure, guarded};
use super::status::Status;
use crate::decode;

/// What a picture file may demand before it is refused, undecoded. Set by `lookalike_limits_init` before any field.
#[repr(C)]
pub struct Limits {
    /// The size of this struct in bytes, set by `lookalike_limits_init`.
    struct_bytes: usize,
    /// Width times height. Default 100,000,000.
    max_pixels: u64,
    /// Memory for decoding one picture, in bytes. Default 320 MiB.
    max_alloc_bytes: u64,
    /// Size of the file in bytes. Default 1 GiB.
    max_file_bytes: u64,
    /// Pixels of all frames of one animation, each as large as its canvas. Default 500,000,000.
    max_animation_pixels: u64,
    /// Frames of an animation, pages of a TIFF. Default 50,000.
    max_frames: u32,
    /// Frames that are compared with the lists, evenly spaced; with fewer than all a picture is only partly checked. Default 4,294,967,295: all.
    max_sampled_frames: u32,
    /// Scans of a JPEG. Default 100.
    max_scans: u32,
    /// Zero.
    reserved: u32,
}

/// Sets the default limits.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_limits_init(limits: Out<Limits>) -> Status {
    let default = decode::Limits::default();
    let value = Limits {
        struct_bytes: size_of::<Limits>(),
        max_pixels: default.max_pixels,
        max_alloc_bytes: default.max_alloc_bytes,
        max_file_bytes: default.max_file_bytes,
        max_animation_pixels: default.max_animation_pixels,
        max_frames: default.max_frames,
        max_sampled_frames: default.max_sampled_frames,
        max_scans: default.max_scans,
        reserved: 0,
    };
    guarded(|| limits.set(value, "limits").map(|()| Status::Ok))
}

/// The limits that a caller gave; the default ones for null.
pub(super) fn limits(limits: &In<Limits>) -> Result<decode::Limits, Failure> {
    let Some(limits) = limits.optional("limits")? else { return Ok(decode::Limits::default()) };
    check_struct(limits.struct_bytes, size_of::<Limits>(), "limits", "lookalike_limits_init")?;
    Ok(decode::Limits::default()
        .max_pixels(limits.max_pixels)
        .max_alloc_bytes(limits.max_alloc_bytes)
        .max_file_bytes(limits.max_file_bytes)
        .max_animation_pixels(limits.max_animation_pixels)
        .max_frames(limits.max_frames)
        .max_sampled_frames(limits.max_sampled_frames)
        .max_scans(limits.max_scans))
}

/// Refuses a struct that was not initialised, or by another version of the library.
pub(super) fn check_struct(found: usize, expected: usize, what: &str, init: &str) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(Failure::argument(format_args!("{what}.struct_bytes: found {found}, expected {expected}; call {init} first")))
}
