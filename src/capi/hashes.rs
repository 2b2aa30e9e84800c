//! Pictures to hashes.

use alloc::vec::Vec;
use core::ffi::c_char;
use core::ops::ControlFlow;

use super::failure::{Failure, guarded};
use super::profile::profile;
use super::{Status, raw};
use crate::decode::{self, View, Visitor};
use crate::hash::{
    Bits64, Bits256, ClassicHash, ClassicStream, Dihedral, HashBits, PdqProfile, PdqSpectrum, Profile, pdq,
};
use crate::pixels::{ImageRef, PixelFormat};

/// The hashes of one picture, or one hash that came from elsewhere.
///
/// A hash that came from elsewhere is looked up by itself with `count` 1 and `quality` 100, if its quality is not known.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Hashes {
    /// The profile under which they were made.
    pub profile: u16,
    /// PDQ's quality of the picture: 0 to 100. Below 50 a hash means little.
    pub quality: u8,
    /// How long each is, in bytes: 8 or 32.
    pub hash_bytes: u8,
    /// How many there are: 1, or 8 for all ways to turn and mirror the picture, in the order of `lookalike_transform_name`.
    pub count: u8,
    /// Whether they are certain to equal the reference's, bit for bit: 1, or 0 where rounding may decide some. Always 1 but for streams.
    pub is_certain: u8,
    /// Zero.
    pub reserved: [u8; 2],
    /// The hashes; of short ones the first bytes, the rest zero.
    pub hashes: [[u8; 32]; 8],
}

/// A picture in memory, as it is. Alpha is dropped; samples of 16 bits are little-endian.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Pixels {
    /// The first byte of the first row.
    pub bytes: *const u8,
    /// How many bytes there are.
    pub len: usize,
    /// From one row to the next, in bytes; 0: rows follow each other without padding.
    pub stride: usize,
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 0 grey, 1 RGB, 2 RGBA, 3 BGR, 4 BGRA of 8 bits; 5 grey, 6 RGB, 7 RGBA of 16 bits.
    pub format: u32,
}

/// How much a picture file may ask for before it is refused, unread. Call `lookalike_limits_init` first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The size of this struct in bytes, which `lookalike_limits_init` sets.
    pub struct_bytes: usize,
    /// Width times height. Default 100,000,000.
    pub max_pixels: u64,
    /// Memory for decoding one picture, in bytes. Default 320 MiB.
    pub max_alloc_bytes: u64,
    /// Size of the file in bytes. Default 1 GiB.
    pub max_file_bytes: u64,
    /// Pixels drawn to compose the frames of one animation. Default 500,000,000.
    pub max_animation_pixels: u64,
    /// Frames of an animation, pages of a TIFF. Default 50,000.
    pub max_frames: u32,
    /// Frames that are looked at, evenly spaced. Default 16.
    pub max_sampled_frames: u32,
    /// Scans of a JPEG. Default 100.
    pub max_scans: u32,
    /// Zero.
    pub reserved: u32,
}

/// Sets the usual limits.
///
/// # Safety
///
/// `limits` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_limits_init(limits: *mut Limits) -> Status {
    let usual = decode::Limits::default();
    let value = Limits {
        struct_bytes: size_of::<Limits>(),
        max_pixels: usual.max_pixels,
        max_alloc_bytes: usual.max_alloc_bytes,
        max_file_bytes: usual.max_file_bytes,
        max_animation_pixels: usual.max_animation_pixels,
        max_frames: usual.max_frames,
        max_sampled_frames: usual.max_sampled_frames,
        max_scans: usual.max_scans,
        reserved: 0,
    };
    guarded(|| {
        // SAFETY: passed on from the caller.
        unsafe { raw::write(limits, value, "limits") }?;
        Ok(Status::Ok)
    })
}

/// The limits that a caller gave, or the usual ones for null.
///
/// # Safety
///
/// `limits` is null, or points to limits that nobody writes to.
pub(super) unsafe fn limits(limits: *const Limits) -> Result<decode::Limits, Failure> {
    if limits.is_null() {
        return Ok(decode::Limits::default());
    }
    // SAFETY: passed on from the caller.
    let limits = unsafe { raw::shared(limits, "limits") }?;
    if limits.struct_bytes != size_of::<Limits>() {
        return Err(Failure::argument("limits were not set by lookalike_limits_init, or by that of another version"));
    }
    Ok(decode::Limits::default()
        .max_pixels(limits.max_pixels)
        .max_alloc_bytes(limits.max_alloc_bytes)
        .max_file_bytes(limits.max_file_bytes)
        .max_animation_pixels(limits.max_animation_pixels)
        .max_frames(limits.max_frames)
        .max_sampled_frames(limits.max_sampled_frames)
        .max_scans(limits.max_scans))
}

impl Hashes {
    fn new(profile: Profile, quality: u8, is_certain: bool) -> Self {
        Self {
            profile: profile.id(),
            quality,
            hash_bytes: u8::try_from(profile.bits() / 8).unwrap_or(0),
            count: 0,
            is_certain: u8::from(is_certain),
            reserved: [0; 2],
            hashes: [[0; 32]; 8],
        }
    }

    fn push(&mut self, hash: &[u8]) {
        if let Some(place) = self.hashes.get_mut(usize::from(self.count)) {
            place.iter_mut().zip(hash).for_each(|(place, byte)| *place = *byte);
            self.count += 1;
        }
    }

    pub(super) fn of_spectrum(profile: Profile, spectrum: &PdqSpectrum) -> Self {
        let mut hashes = Self::new(profile, spectrum.quality(), spectrum.is_certain());
        spectrum.dihedral().iter().for_each(|turned| hashes.push(turned.hash.as_bytes()));
        hashes
    }

    /// Of classic hashes, which have no quality of their own.
    pub(super) fn of_classic(profile: Profile, quality: u8, turned: impl IntoIterator<Item = ClassicHash>) -> Self {
        let mut hashes = Self::new(profile, quality, true);
        for hash in turned {
            match hash {
                ClassicHash::Bits64(bits) => hashes.push(bits.as_bytes()),
                ClassicHash::Bits256(bits) => hashes.push(bits.as_bytes()),
            }
        }
        hashes
    }

    /// The hashes as needles of a length.
    pub(super) fn needles<const N: usize>(&self) -> Result<Vec<HashBits<N>>, Failure> {
        let (count, bytes) = (usize::from(self.count), usize::from(self.hash_bytes));
        if count == 0 || count > self.hashes.len() || bytes != N {
            return Err(Failure::argument(format_args!(
                "{count} hashes of {bytes} bytes are none; hashes of their profile have {N}, and there are 1 to 8"
            )));
        }
        let first = |hash: &[u8; 32]| hash.first_chunk::<N>().copied().map(HashBits::from_bytes);
        Ok(self.hashes.iter().take(count).filter_map(first).collect())
    }
}

/// Hashes a picture file: its first frame, as stored, in all eight ways to turn it.
///
/// Returns LOOKALIKE_STATUS_UNSUPPORTED, _CORRUPT or _OVER_LIMIT where there is no picture to hash. `limits` may be null for the usual ones. A picture of low
/// quality has hashes all the same: `lookalike_look_up` looks at the quality. To check a file against lists, call `lookalike_check_file`, which sees
/// further frames and views.
///
/// # Safety
///
/// `bytes` points to `len` bytes, `limits` is null or points to limits, `hashes` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_hash_file(
    bytes: *const u8,
    len: usize,
    profile_id: u16,
    limits: *const Limits,
    hashes: *mut Hashes,
) -> Status {
    guarded(|| {
        let profile = profile(profile_id)?;
        // SAFETY: passed on from the caller.
        let bytes = unsafe { raw::bytes(bytes, len, "bytes") }?;
        // SAFETY: passed on from the caller.
        let limits = unsafe { self::limits(limits) }?;
        let found = of_file(bytes, profile, &limits)?;
        // SAFETY: passed on from the caller.
        unsafe { raw::write(hashes, found, "hashes") }?;
        Ok(Status::Ok)
    })
}

/// What PDQ of the first view is, and its pixels where they are wanted.
struct First {
    profile: Profile,
    found: Option<Result<Hashes, Failure>>,
}

impl Visitor for First {
    fn hashed(&mut self, _: View, spectrum: &PdqSpectrum) -> ControlFlow<()> {
        if self.wants_pixels() {
            return ControlFlow::Continue(());
        }
        self.found = Some(Ok(Hashes::of_spectrum(self.profile, spectrum)));
        ControlFlow::Break(())
    }

    fn wants_pixels(&self) -> bool {
        PdqProfile::of(self.profile).is_none()
    }

    fn pixels(&mut self, _: View, image: &ImageRef<'_>, _: Dihedral) -> ControlFlow<()> {
        self.found = Some(of_image(image, self.profile));
        ControlFlow::Break(())
    }
}

fn of_file(bytes: &[u8], profile: Profile, limits: &decode::Limits) -> Result<Hashes, Failure> {
    let mut first = First { profile, found: None };
    let pdq = PdqProfile::of(profile).unwrap_or_default();
    let decoded = decode::pdq_views(bytes, limits, pdq, &mut first);
    match first.found {
        Some(found) => found,
        None => {
            Err(decoded.err().map_or_else(|| Failure::new(Status::Corrupt, "the file has no frame"), Failure::from))
        }
    }
}

fn of_image(image: &ImageRef<'_>, profile: Profile) -> Result<Hashes, Failure> {
    let over = |error: &dyn core::fmt::Display| Failure::new(Status::OverLimit, error);
    let spectrum = pdq::reference(image, PdqProfile::of(profile).unwrap_or_default()).map_err(|error| over(&error))?;
    if PdqProfile::of(profile).is_some() {
        return Ok(Hashes { is_certain: 1, ..Hashes::of_spectrum(profile, &spectrum) });
    }
    let mut turned = Vec::new();
    for turn in Dihedral::ALL {
        let hashes = ClassicStream::of_turned(image, &[profile], turn).map_err(|error| over(&error))?;
        turned.extend(hashes.iter().map(|(_, hash)| hash));
    }
    Ok(Hashes::of_classic(profile, spectrum.quality(), turned))
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
        other => return Err(Failure::argument(format_args!("format {other} is none; they are numbered 0 to 7"))),
    })
}

/// Hashes a picture that is in memory, in all eight ways to turn it.
///
/// # Safety
///
/// `pixels` points to a struct whose `bytes` point to `len` bytes, `hashes` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_hash_pixels(pixels: *const Pixels, profile_id: u16, hashes: *mut Hashes) -> Status {
    guarded(|| {
        let profile = profile(profile_id)?;
        // SAFETY: passed on from the caller.
        let pixels = unsafe { raw::shared(pixels, "pixels") }?;
        // SAFETY: passed on from the caller.
        let bytes = unsafe { raw::bytes(pixels.bytes, pixels.len, "pixels.bytes") }?;
        let format = format(pixels.format)?;
        let image = match pixels.stride {
            0 => ImageRef::packed(bytes, pixels.width, pixels.height, format),
            stride => ImageRef::new(bytes, pixels.width, pixels.height, stride, format),
        };
        let found = of_image(&image.map_err(Failure::argument)?, profile)?;
        // SAFETY: passed on from the caller.
        unsafe { raw::write(hashes, found, "hashes") }?;
        Ok(Status::Ok)
    })
}

/// Writes a hash as lower-case hexadecimal, as lists have it, with a zero byte at its end: 17 or 65 bytes.
///
/// # Safety
///
/// `hash` points to `hash_bytes` bytes, `buffer` to `capacity` bytes that may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_hash_to_hex(
    hash: *const u8,
    hash_bytes: usize,
    buffer: *mut c_char,
    capacity: usize,
) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let hash = unsafe { raw::bytes(hash, hash_bytes, "hash") }?;
        let text = if let Ok(bytes) = hash.try_into() {
            alloc::format!("{}", Bits256::from_bytes(bytes))
        } else if let Ok(bytes) = hash.try_into() {
            alloc::format!("{}", Bits64::from_bytes(bytes))
        } else {
            return Err(Failure::argument(format_args!("{hash_bytes} bytes are no hash; one has 8 or 32")));
        };
        if buffer.is_null() || capacity <= text.len() {
            let needed = text.len() + 1;
            return Err(Failure::argument(format_args!("buffer has room for {capacity} bytes, {needed} are needed")));
        }
        // SAFETY: passed on from the caller.
        unsafe { raw::copy_text(text.as_bytes(), buffer, capacity) };
        Ok(Status::Ok)
    })
}

/// Reads a hash from hexadecimal, to be looked up by itself: `hashes` gets one, of quality 100.
///
/// # Safety
///
/// `hex` points to text that ends with a zero byte, `hashes` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_hash_from_hex(hex: *const c_char, profile_id: u16, hashes: *mut Hashes) -> Status {
    guarded(|| {
        let profile = profile(profile_id)?;
        // SAFETY: passed on from the caller.
        let hex = unsafe { raw::utf8(hex, "hex") }?;
        let refused = |error: &dyn core::fmt::Display| Failure::argument(format_args!("hex: {error}"));
        let mut found = Hashes::new(profile, 100, true);
        if profile.bits() == 64 {
            found.push(hex.parse::<Bits64>().map_err(|error| refused(&error))?.as_bytes());
        } else {
            found.push(hex.parse::<Bits256>().map_err(|error| refused(&error))?.as_bytes());
        }
        // SAFETY: passed on from the caller.
        unsafe { raw::write(hashes, found, "hashes") }?;
        Ok(Status::Ok)
    })
}

/// Counts the bits in which two hashes of one profile differ.
///
/// # Safety
///
/// `a` and `b` point to `hash_bytes` bytes each, `distance` may be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lookalike_distance(
    a: *const u8,
    b: *const u8,
    hash_bytes: usize,
    distance: *mut u32,
) -> Status {
    guarded(|| {
        // SAFETY: passed on from the caller.
        let a = unsafe { raw::bytes(a, hash_bytes, "a") }?;
        // SAFETY: passed on from the caller.
        let b = unsafe { raw::bytes(b, hash_bytes, "b") }?;
        if !matches!(hash_bytes, 8 | 32) {
            return Err(Failure::argument(format_args!("{hash_bytes} bytes are no hash; one has 8 or 32")));
        }
        let bits = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
        // SAFETY: passed on from the caller.
        unsafe { raw::write(distance, bits, "distance") }?;
        Ok(Status::Ok)
    })
}
