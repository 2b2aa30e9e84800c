//! A picture whose rows arrive one after the other.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::argument::{In, InOut, Out, Owned};
use super::failure::{Failure, guarded};
use super::hashes::{Hashes, format};
use super::names::profile;
use super::status::Status;
use crate::hash::{ClassicStream, PdqProfile, PdqStream, Profile};

/// A picture that is being hashed row by row, by one thread at a time.
pub struct StreamHandle {
    profile: Profile,
    row_bytes: usize,
    rows_left: usize,
    /// Gives the quality, and the hashes if the profile is one of PDQ.
    pdq: Box<PdqStream>,
    classic: Option<ClassicStream>,
}

/// Begins a picture of `width` x `height` pixels. Only a few of its rows are kept in memory.
///
/// A stream gives all eight hashes of PDQ, and one of other profiles: that of the picture as stored. `format_id` is that of
/// `lookalike_pixels`.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_stream_new(
    width: u32,
    height: u32,
    format_id: u32,
    profile_id: u16,
    stream: Out<*mut StreamHandle>,
) -> Status {
    guarded(|| {
        let make = || {
            let (profile, format) = (profile(profile_id)?, format(format_id)?);
            let pdq_profile = PdqProfile::of(profile);
            let pdq = PdqStream::new(width, height, format, pdq_profile.unwrap_or_default());
            let pdq = pdq.map_err(|error| Failure::new(Status::OverLimit, error))?;
            let classic = match pdq_profile {
                Some(_) => None,
                None => Some(ClassicStream::new(width, height, format, &[profile]).map_err(Failure::argument)?),
            };
            let row_bytes = width as usize * format.bytes_per_pixel();
            Ok(StreamHandle { profile, row_bytes, rows_left: height as usize, pdq: Box::new(pdq), classic })
        };
        stream.give("stream", make)?;
        Ok(Status::Ok)
    })
}

/// Takes the next rows, from top to bottom: any number of complete rows, without padding.
///
/// If it fails, no row was taken and the stream is unchanged.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_stream_push(mut stream: InOut<StreamHandle>, rows: In<u8>, len: usize) -> Status {
    guarded(|| {
        let (stream, rows) = (stream.get("stream")?, rows.bytes(len, "rows")?);
        let (row_bytes, left) = (stream.row_bytes, stream.rows_left);
        if !len.is_multiple_of(row_bytes) {
            return Err(Failure::argument(format_args!("len: found {len}, expected a multiple of {row_bytes}, a row")));
        }
        let found = len / row_bytes;
        if found > left {
            return Err(Failure::argument(format_args!(
                "rows: found {found}, expected at most the {left} missing ones"
            )));
        }
        for row in rows.chunks_exact(row_bytes) {
            stream.pdq.push_row(row).map_err(Failure::argument)?;
            if let Some(classic) = &mut stream.classic {
                classic.push_row(row).map_err(Failure::argument)?;
            }
        }
        stream.rows_left = left - found;
        Ok(Status::Ok)
    })
}

/// Returns the hashes of a picture once all its rows were pushed. The stream must still be freed.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_stream_finish(stream: In<StreamHandle>, hashes: Out<Hashes>) -> Status {
    guarded(|| {
        let stream = stream.get("stream")?;
        let spectrum = stream.pdq.spectrum().map_err(Failure::argument)?;
        let found = match &stream.classic {
            None => Hashes::of_spectrum(stream.profile, &spectrum),
            Some(classic) => {
                let made = classic.clone().finish().map_err(Failure::argument)?;
                let made: Vec<_> = made.iter().map(|(_, hash)| hash).collect();
                Hashes::of_classic(stream.profile, spectrum.quality(), &made)
            }
        };
        hashes.set(found, "hashes")?;
        Ok(Status::Ok)
    })
}

/// Frees a stream; null is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_stream_free(stream: Owned<StreamHandle>) {
    stream.free();
}
