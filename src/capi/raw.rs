//! Pointers of C, checked as far as they can be.

use alloc::boxed::Box;
use core::ffi::{CStr, c_char};
use core::{ptr, slice};

use super::failure::Failure;

/// Borrows bytes. None at all may be a null pointer.
///
/// # Safety
///
/// `bytes` points to `len` bytes that nobody writes to as long as the result is used.
pub(super) unsafe fn bytes<'a>(bytes: *const u8, len: usize, what: &str) -> Result<&'a [u8], Failure> {
    if len == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return Err(Failure::argument(format_args!("{what} is null, and its length is {len}")));
    }
    if isize::try_from(len).is_err() {
        return Err(Failure::argument(format_args!("{what} of {len} bytes is longer than memory can be")));
    }
    // SAFETY: not null, no longer than an object can be, and the caller promises the rest; bytes have no alignment.
    Ok(unsafe { slice::from_raw_parts(bytes, len) })
}

/// Borrows text that ends with a zero byte.
///
/// # Safety
///
/// `text` points to bytes up to a zero byte that nobody writes to as long as the result is used.
pub(super) unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<&'a CStr, Failure> {
    if text.is_null() {
        return Err(Failure::argument(format_args!("{what} is null")));
    }
    // SAFETY: not null, and the caller promises the zero byte.
    Ok(unsafe { CStr::from_ptr(text) })
}

/// The same as UTF-8.
///
/// # Safety
///
/// As [`text`].
pub(super) unsafe fn utf8<'a>(pointer: *const c_char, what: &str) -> Result<&'a str, Failure> {
    // SAFETY: passed on from the caller.
    let text = unsafe { text(pointer, what) }?;
    text.to_str().map_err(|error| Failure::argument(format_args!("{what} is not UTF-8: {error}")))
}

/// The same as the path of a file: any bytes on Unix, UTF-8 elsewhere.
///
/// # Safety
///
/// As [`text`].
pub(super) unsafe fn path<'a>(pointer: *const c_char, what: &str) -> Result<&'a std::path::Path, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        // SAFETY: passed on from the caller.
        let text = unsafe { text(pointer, what) }?;
        Ok(std::path::Path::new(std::ffi::OsStr::from_bytes(text.to_bytes())))
    }
    #[cfg(not(unix))]
    {
        // SAFETY: passed on from the caller.
        unsafe { utf8(pointer, what) }.map(std::path::Path::new)
    }
}

/// Borrows a handle, or a struct to be read.
///
/// # Safety
///
/// `pointer` is null, or points to a `T` that nobody writes to as long as the result is used.
pub(super) unsafe fn shared<'a, T>(pointer: *const T, what: &str) -> Result<&'a T, Failure> {
    check(pointer, what)?;
    // SAFETY: not null, aligned, and the caller promises the rest.
    Ok(unsafe { &*pointer })
}

/// Borrows a handle to be changed.
///
/// # Safety
///
/// `pointer` is null, or points to a `T` that nobody else uses as long as the result is.
pub(super) unsafe fn unique<'a, T>(pointer: *mut T, what: &str) -> Result<&'a mut T, Failure> {
    check(pointer, what)?;
    // SAFETY: not null, aligned, and the caller promises the rest.
    Ok(unsafe { &mut *pointer })
}

/// Writes to where an answer goes.
///
/// # Safety
///
/// `place` is null, or may be written to.
pub(super) unsafe fn write<T>(place: *mut T, value: T, what: &str) -> Result<(), Failure> {
    check(place, what)?;
    // SAFETY: not null, aligned, and the caller promises that it may be written to.
    unsafe { place.write(value) };
    Ok(())
}

/// Gives a handle to the caller. `place` is made null where there is none to give, so that a caller who ignores the status has nothing to use.
///
/// # Safety
///
/// As [`write`].
pub(super) unsafe fn give<T>(
    place: *mut *mut T,
    what: &str,
    make: impl FnOnce() -> Result<T, Failure>,
) -> Result<(), Failure> {
    // SAFETY: passed on from the caller.
    unsafe { write(place, ptr::null_mut(), what) }?;
    let made = Box::into_raw(Box::new(make()?));
    // SAFETY: as above.
    unsafe { write(place, made, what) }
}

/// Frees a handle. Null is nothing to free.
///
/// # Safety
///
/// `handle` is null, or was made by [`give`], has not been freed, and nobody uses it.
pub(super) unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: made by a box, and the caller promises that it is freed once.
        drop(unsafe { Box::from_raw(handle) });
    }
}

/// Copies text into a buffer, cut between characters where it does not fit, with a zero byte at its end. Returns the length of all of it.
///
/// # Safety
///
/// `buffer` is null, or points to at least `capacity` bytes that may be written to.
pub(super) unsafe fn copy_text(text: &[u8], buffer: *mut c_char, capacity: usize) -> usize {
    if let Some(room) = capacity.checked_sub(1).filter(|_| !buffer.is_null()) {
        let mut len = text.len().min(room);
        // not within a character
        while len < text.len() && len > 0 && text.get(len).is_some_and(|byte| byte & 0xc0 == 0x80) {
            len -= 1;
        }
        // SAFETY: there is room for `len` bytes and a zero byte, and a borrowed text overlaps no buffer that may be written to.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast::<u8>(), len) };
        // SAFETY: `len` is less than the capacity.
        let end = unsafe { buffer.add(len) };
        // SAFETY: as above.
        unsafe { end.write(0) };
    }
    text.len()
}

fn check<T>(pointer: *const T, what: &str) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err(Failure::argument(format_args!("{what} is null")));
    }
    if !pointer.is_aligned() {
        return Err(Failure::argument(format_args!("{what} is not aligned as its type is")));
    }
    Ok(())
}
