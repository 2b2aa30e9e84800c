//! Pictures to hashes.

use alloc::sync::Arc;
use alloc::vec::Vec;
use alloc::{format, vec};
use core::ffi::c_char;
use core::fmt;

use super::argument::{In, Out};
use super::failure::{Failure, guarded};
use super::limits::{Limits, limits};
use super::names::{hash_bytes, profile};
use super::status::Status;
use crate::check::{InProcess, PictureHasher};
use crate::hash::{
    Bits64, Bits256, ClassicHash, ClassicStream, Dihedral, HashBits, PdqProfile, PdqSpectrum, Profile, pdq,
};
use crate::pixels::{ImageRef, PixelFormat};

/// The hashes of one picture, or one hash computed elsewhere.
///
/// A hash computed elsewhere is checked by itself, with `count` 1, and with `quality` 100 if its quality is unknown.
#[repr(C)]
pub struct Hashes {
    /// The id of the profile.
    profile: u16,
    /// PDQ's quality of the picture, 0 to 100. Below 50 a hash means little.
    quality: u8,
    /// The length of each hash in bytes: 8 or 32.
    hash_bytes: u8,
    /// The number of hashes: 1, or 8 for all ways to turn and mirror the picture, in the order of `lookalike_transform_name`.
    count: u8,
    /// 1 if the hashes are certain to equal the reference's, bit for bit; 0 if rounding may decide some bits, in streams only.
    is_certain: u8,
    /// Zero.
    reserved: [u8; 2],
    /// The hashes; those of 8 bytes are followed by zeros.
    hashes: [[u8; 32]; 8],
}

/// A picture in memory, as stored. Alpha is ignored; samples of 16 bits are little-endian.
#[repr(C)]
pub struct Pixels {
    /// The first byte of the first row.
    bytes: In<u8>,
    /// The number of bytes.
    len: usize,
    /// The distance from one row to the next in bytes; 0 if rows have no padding.
    stride: usize,
    /// Pixels per row.
    width: u32,
    /// Rows.
    height: u32,
    /// 8 bits: 0 grey, 1 RGB, 2 RGBA, 3 BGR, 4 BGRA. 16 bits: 5 grey, 6 RGB, 7 RGBA.
    format: u32,
}

impl Hashes {
    fn new<'a>(profile: Profile, quality: u8, hashes: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut found = Self {
            profile: profile.id(),
            quality,
            hash_bytes: hash_bytes(profile),
            count: 0,
            is_certain: 1,
            reserved: [0; 2],
            hashes: [[0; 32]; 8],
        };
        for (place, hash) in found.hashes.iter_mut().zip(hashes) {
            place.iter_mut().zip(hash).for_each(|(place, byte)| *place = *byte);
            found.count += 1;
        }
        found
    }

    pub(super) fn of_spectrum(profile: Profile, spectrum: &PdqSpectrum) -> Self {
        let turned = spectrum.dihedral();
        let hashes = Self::new(profile, spectrum.quality(), turned.iter().map(|turned| &turned.hash.as_bytes()[..]));
        Self { is_certain: u8::from(spectrum.is_certain()), ..hashes }
    }

    /// Of classic hashes, to which PDQ lends its quality.
    pub(super) fn of_classic(profile: Profile, quality: u8, turned: &[ClassicHash]) -> Self {
        let bytes = |hash: &'_ ClassicHash| match hash {
            ClassicHash::Bits64(bits) => bits.as_bytes().to_vec(),
            ClassicHash::Bits256(bits) => bits.as_bytes().to_vec(),
        };
        let turned: Vec<_> = turned.iter().map(bytes).collect();
        Self::new(profile, quality, turned.iter().map(Vec::as_slice))
    }

    /// The profile, the quality, and the length of each hash in bytes.
    pub(super) fn described(&self) -> Result<(Profile, u8, u8), Failure> {
        let profile = profile(self.profile)?;
        if self.quality > 100 {
            return Err(Failure::argument(format_args!(
                "hashes.quality: found {}, expected at most 100",
                self.quality
            )));
        }
        if self.hash_bytes != hash_bytes(profile) {
            let (found, expected) = (self.hash_bytes, hash_bytes(profile));
            return Err(Failure::argument(format_args!(
                "hashes.hash_bytes: found {found}, expected {expected} for profile {profile}"
            )));
        }
        if !(1..=8).contains(&self.count) {
            return Err(Failure::argument(format_args!("hashes.count: found {}, expected 1 to 8", self.count)));
        }
        Ok((profile, self.quality, self.hash_bytes))
    }

    /// The hashes, of which the first `N` bytes count.
    pub(super) fn bits<const N: usize>(&self) -> Vec<HashBits<N>> {
        let first = |hash: &[u8; 32]| hash.first_chunk::<N>().copied().map(HashBits::from_bytes);
        self.hashes.iter().take(usize::from(self.count)).filter_map(first).collect()
    }
}

/// Hashes a picture file: its first frame, as stored, in all eight ways to turn and mirror it.
///
/// Returns `LOOKALIKE_STATUS_UNSUPPORTED`, `_CORRUPT` or `_OVER_LIMIT` if the file cannot be decoded. `limits` may be null for the default
/// ones. Pictures of low quality are hashed, too. To compare a file with lists, call `lookalike_checker_check`, which covers further frames
/// and views.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_hash_file(
    bytes: In<u8>,
    len: usize,
    profile_id: u16,
    limits: In<Limits>,
    hashes: Out<Hashes>,
) -> Status {
    guarded(|| {
        let (profile, bytes) = (profile(profile_id)?, bytes.bytes(len, "bytes")?);
        let decoder = Arc::new(InProcess::new(self::limits(&limits)?));
        let hashed = PictureHasher::new(vec![profile]).dihedral(true).decoder(decoder).hash(bytes);
        // One profile was asked for.
        for found in hashed.hashes()? {
            let found = Hashes::new(profile, found.quality(), found.iter().map(|(_, hash)| hash));
            hashes.set(found, "hashes")?;
        }
        Ok(Status::Ok)
    })
}

fn of_image(image: &ImageRef<'_>, profile: Profile) -> Result<Hashes, Failure> {
    let over = |error: &dyn fmt::Display| Failure::new(Status::OverLimit, error);
    let pdq_profile = PdqProfile::of(profile);
    let spectrum = pdq::reference(image, pdq_profile.unwrap_or_default()).map_err(|error| over(&error))?;
    if pdq_profile.is_some() {
        return Ok(Hashes { is_certain: 1, ..Hashes::of_spectrum(profile, &spectrum) });
    }
    let mut turned = Vec::new();
    for turn in Dihedral::ALL {
        let hashes = ClassicStream::of_turned(image, &[profile], turn).map_err(|error| over(&error))?;
        turned.extend(hashes.iter().map(|(_, hash)| hash));
    }
    Ok(Hashes::of_classic(profile, spectrum.quality(), &turned))
}

pub(super) fn format(format: u32) -> Result<PixelFormat, Failure> {
    Ok(match format {
        0 => PixelFormat::Gray8,
        1 => PixelFormat::Rgb8,
        2 => PixelFormat::Rgba8,
        3 => PixelFormat::Bgr8,
        4 => PixelFormat::Bgra8,
        5 => PixelFormat::Gray16,
        6 => PixelFormat::Rgb16,
        7 => PixelFormat::Rgba16,
        other => return Err(Failure::argument(format_args!("format: found {other}, expected 0 to 7"))),
    })
}

/// Hashes a picture in memory, in all eight ways to turn and mirror it.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_hash_pixels(pixels: In<Pixels>, profile_id: u16, hashes: Out<Hashes>) -> Status {
    guarded(|| {
        let (profile, pixels) = (profile(profile_id)?, pixels.get("pixels")?);
        let bytes = pixels.bytes.bytes(pixels.len, "pixels.bytes")?;
        let format = format(pixels.format)?;
        let image = match pixels.stride {
            0 => ImageRef::packed(bytes, pixels.width, pixels.height, format),
            stride => ImageRef::new(bytes, pixels.width, pixels.height, stride, format),
        };
        hashes.set(of_image(&image.map_err(Failure::argument)?, profile)?, "hashes")?;
        Ok(Status::Ok)
    })
}

fn check_hash_bytes(hash_bytes: usize) -> Result<(), Failure> {
    if matches!(hash_bytes, 8 | 32) {
        return Ok(());
    }
    Err(Failure::argument(format_args!("hash_bytes: found {hash_bytes}, expected 8 or 32")))
}

/// Writes a hash in lower-case hexadecimal, ended by a zero byte: 17 or 65 bytes.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_hash_to_hex(
    hash: In<u8>,
    hash_bytes: usize,
    buffer: Out<c_char>,
    capacity: usize,
) -> Status {
    guarded(|| {
        check_hash_bytes(hash_bytes)?;
        let needed = 2 * hash_bytes + 1;
        if capacity < needed {
            return Err(Failure::argument(format_args!("capacity: found {capacity}, expected at least {needed}")));
        }
        // Null is refused like any pointer, though text may be null elsewhere.
        buffer.set(0, "buffer")?;
        let digits: alloc::string::String =
            hash.bytes(hash_bytes, "hash")?.iter().map(|byte| format!("{byte:02x}")).collect();
        buffer.copy(&digits, capacity);
        Ok(Status::Ok)
    })
}

/// Parses a hash from hexadecimal, to be checked by itself: `hashes` gets one, of quality 100.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_hash_from_hex(hex: In<c_char>, profile_id: u16, hashes: Out<Hashes>) -> Status {
    guarded(|| {
        let (profile, hex) = (profile(profile_id)?, hex.text("hex")?);
        let refused = |error: &dyn fmt::Display| Failure::argument(format_args!("hex: {error}"));
        let found = if hash_bytes(profile) == 8 {
            let bits = hex.parse::<Bits64>().map_err(|error| refused(&error))?;
            Hashes::new(profile, 100, [&bits.as_bytes()[..]])
        } else {
            let bits = hex.parse::<Bits256>().map_err(|error| refused(&error))?;
            Hashes::new(profile, 100, [&bits.as_bytes()[..]])
        };
        hashes.set(found, "hashes")?;
        Ok(Status::Ok)
    })
}

/// Counts the bits in which two hashes of one profile differ.
#[unsafe(no_mangle)]
pub extern "C" fn lookalike_distance(a: In<u8>, b: In<u8>, hash_bytes: usize, distance: Out<u32>) -> Status {
    guarded(|| {
        check_hash_bytes(hash_bytes)?;
        let (a, b) = (a.bytes(hash_bytes, "a")?, b.bytes(hash_bytes, "b")?);
        distance.set(a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum(), "distance")?;
        Ok(Status::Ok)
    })
}
