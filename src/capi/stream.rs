//! A picture whose rows arrive one after the other.

use alloc::boxed::Box;

use super::failure::{Failure, guarded};
use super::hashes::{Hashes, format};
use super::profile::profile;
use super::{Status, raw};
use crate::hash::{ClassicStream, PdqProfile, PdqStream, Profile};

/// A picture under way, used by one thread at a time.
#[derive(Debug)]
pub struct StreamHandle {
    profile: Profile,
    row_bytes: usize,
    rows_left: usize,
    /// Gives the quality, and the hashes where the profile is one of PDQ.
    pdq: Box<PdqStream>,
    classic: Option<ClassicStream>,
}

/// Begins a picture of `width` x `height` pixels, of which no more than some rows are ever in memory.
///
/// PDQ gets all eight hashes of a stream, other profiles the one of the picture as it is.
///
/// # Safety
///
/// `stream` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_stream_new(
    width: u32,
    height: u32,
    format_id: u32,
    profile_id: u16,
    stream: *mut *mut StreamHandle,
) -> Status {
    guarded(|| {
        let make = || {
            let (profile, format) = (profile(profile_id)?, format(format_id)?);
            let pdq = PdqStream::new(width, height, format, PdqProfile::of(profile).unwrap_or_default());
            let pdq = pdq.map_err(|error| Failure::new(Status::OverLimit, error))?;
            let classic = match PdqProfile::of(profile) {
                Some(_) => None,
                None => Some(ClassicStream::new(width, height, format, &[profile]).map_err(Failure::argument)?),
            };
            let row_bytes = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(format.bytes_per_pixel());
            let rows_left = usize::try_from(height).unwrap_or(usize::MAX);
            Ok(StreamHandle { profile, row_bytes, rows_left, pdq: Box::new(pdq), classic })
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::give(stream, "stream", make) }?;
        Ok(Status::Ok)
    })
}

/// Takes the next rows, from top to bottom: any number of whole ones, without padding.
///
/// Where it fails no row was taken, and the stream is as it was.
///
/// # Safety
///
/// `stream` was made by `lookalike_stream_new` and is used by nobody else meanwhile, `rows` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_stream_push(stream: *mut StreamHandle, rows: *const u8, len: usize) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let stream = unsafe { raw::unique(stream, "stream") }?;
        // SAFETY: passed on from the caller.
        let rows = unsafe { raw::bytes(rows, len, "rows") }?;
        let row_bytes = stream.row_bytes;
        if !len.is_multiple_of(row_bytes) {
            return Err(Failure::argument(format_args!("{len} bytes are no whole rows; one has {row_bytes}")));
        }
        let (found, left) = (len / row_bytes, stream.rows_left);
        if found > left {
            return Err(Failure::argument(format_args!(
                "{found} rows are more than the {left} that the picture still has"
            )));
        }
        for row in rows.chunks_exact(row_bytes) {
            stream.pdq.push_row(row).map_err(Failure::argument)?;
            stream.classic.as_mut().map_or(Ok(()), |classic| classic.push_row(row)).map_err(Failure::argument)?;
        }
        stream.rows_left = left - found;
        Ok(Status::Ok)
    })
}

/// Gives the hashes of a picture of which all rows were pushed. The stream stays as it is, to be freed.
///
/// # Safety
///
/// `stream` was made by `lookalike_stream_new` and is used by nobody else meanwhile, `hashes` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_stream_finish(stream: *const StreamHandle, hashes: *mut Hashes) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let stream = unsafe { raw::shared(stream, "stream") }?;
        let spectrum = stream.pdq.spectrum().map_err(Failure::argument)?;
        let found = match &stream.classic {
            None => Hashes::of_spectrum(stream.profile, &spectrum),
            Some(classic) => {
                let made = classic.clone().finish().map_err(Failure::argument)?;
                Hashes::of_classic(stream.profile, spectrum.quality(), made.iter().map(|(_, hash)| hash))
            }
        };
        // SAFETY: passed on from the caller.
        unsafe { raw::write(hashes, found, "hashes") }?;
        Ok(Status::Ok)
    })
}

/// Frees a stream. Null is nothing to free.
///
/// # Safety
///
/// `stream` is null, or was made by `lookalike_stream_new`, has not been freed, and nobody uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_stream_free(stream: *mut StreamHandle) {
    // SAFETY: passed on from the caller.
    unsafe { raw::free(stream) }
}
