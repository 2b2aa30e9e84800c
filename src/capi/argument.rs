//! Arguments of C: pointers that are checked here, once, and cannot be used unchecked.
//!
//! Each type has the layout of a pointer, and the header shows it as one. Safe Rust makes none of them except null, so every other value comes
//! from a caller in C, who promises (see the head of `lookalike.h`) that it is null or valid for what its type says until the call returns.
//! The unsafe blocks below rest on that promise and on the checks beside them. References borrow from the argument, so none outlives the call.

use alloc::boxed::Box;
use core::ffi::{CStr, c_char};
use core::mem::MaybeUninit;
use core::{ptr, slice};
use std::path::Path;

use super::failure::Failure;

/// Points to what is read: a struct, a handle, or the first of some bytes.
#[repr(transparent)]
pub struct In<T>(*const T);

/// Points to a handle that is changed and that no other thread uses.
#[repr(transparent)]
pub struct InOut<T>(*mut T);

/// Points to where a result is written; what is there before is never read.
#[repr(transparent)]
pub struct Out<T>(*mut T);

/// A handle that the caller gives back to be freed.
#[repr(transparent)]
pub struct Owned<T>(*mut T);

impl<T> In<T> {
    pub(super) const NULL: Self = Self(ptr::null());

    pub(super) const fn is_null(&self) -> bool {
        self.0.is_null()
    }

    pub(super) fn get(&self, what: &str) -> Result<&T, Failure> {
        check(self.0, what)?;
        // SAFETY: not null and aligned, as checked above; the caller promises a `T` that is not written to before the call returns, and
        // the reference borrows from an argument of that call.
        Ok(unsafe { &*self.0 })
    }

    /// Returns none for null.
    pub(super) fn optional(&self, what: &str) -> Result<Option<&T>, Failure> {
        if self.is_null() { Ok(None) } else { self.get(what).map(Some) }
    }
}

impl In<u8> {
    /// Borrows `len` bytes; null is allowed if there are none.
    pub(super) fn bytes(&self, len: usize, what: &str) -> Result<&[u8], Failure> {
        if len == 0 {
            return Ok(&[]);
        }
        check(self.0, what)?;
        if isize::try_from(len).is_err() {
            return Err(Failure::argument(format_args!("{what}: {len} bytes are more than memory can hold")));
        }
        // SAFETY: not null, no longer than an object can be, and bytes need no alignment, as checked above; the caller promises `len` bytes
        // that are not written to before the call returns, and the slice borrows from an argument of that call.
        Ok(unsafe { slice::from_raw_parts(self.0, len) })
    }
}

impl In<c_char> {
    /// Borrows text in UTF-8.
    pub(super) fn text(&self, what: &str) -> Result<&str, Failure> {
        self.c_str(what)?.to_str().map_err(|error| Failure::argument(format_args!("{what} is not UTF-8: {error}")))
    }

    /// Borrows the path of a file: any bytes on Unix, UTF-8 elsewhere.
    pub(super) fn path(&self, what: &str) -> Result<&Path, Failure> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            self.c_str(what).map(|text| Path::new(std::ffi::OsStr::from_bytes(text.to_bytes())))
        }
        #[cfg(not(unix))]
        {
            self.text(what).map(Path::new)
        }
    }

    fn c_str(&self, what: &str) -> Result<&CStr, Failure> {
        check(self.0, what)?;
        // SAFETY: not null, as checked above; the caller promises bytes up to a zero byte that are not written to before the call returns,
        // and the text borrows from an argument of that call.
        Ok(unsafe { CStr::from_ptr(self.0) })
    }
}

impl<T> InOut<T> {
    pub(super) fn get(&mut self, what: &str) -> Result<&mut T, Failure> {
        check(self.0, what)?;
        // SAFETY: not null and aligned, as checked above; the caller promises a `T` that nothing else uses before the call returns, and the
        // reference borrows from an argument of that call.
        Ok(unsafe { &mut *self.0 })
    }
}

impl<T> Out<T> {
    pub(super) fn set(&self, value: T, what: &str) -> Result<(), Failure> {
        check(self.0, what)?;
        // SAFETY: not null and aligned, as checked above; the caller promises that it may be written to.
        unsafe { self.0.write(value) };
        Ok(())
    }

    /// Does nothing for null.
    pub(super) fn set_optional(&self, value: T, what: &str) -> Result<(), Failure> {
        if self.0.is_null() { Ok(()) } else { self.set(value, what) }
    }
}

impl<T> Out<*mut T> {
    /// Hands out a new handle: null until it is made, so that a caller who ignores the status has nothing to use.
    pub(super) fn give(&self, what: &str, make: impl FnOnce() -> Result<T, Failure>) -> Result<(), Failure> {
        self.set(ptr::null_mut(), what)?;
        let made = make()?;
        self.set(Box::into_raw(Box::new(made)), what)
    }

    /// The same; null makes the handle and drops it.
    pub(super) fn give_optional(&self, what: &str, make: impl FnOnce() -> Result<T, Failure>) -> Result<(), Failure> {
        if self.0.is_null() { make().map(drop) } else { self.give(what, make) }
    }
}

impl Out<c_char> {
    /// Copies text, cut between characters where it does not fit, and ends it by a zero byte. Returns the length of the whole text in bytes.
    /// Does nothing for null and for a capacity of 0.
    pub(super) fn copy(&self, text: &str, capacity: usize) -> usize {
        if self.0.is_null() || capacity == 0 {
            return text.len();
        }
        let capacity = capacity.min(text.len() + 1);
        let mut end = capacity - 1;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        // SAFETY: not null, and bytes need no alignment; the caller promises at least `capacity` bytes that may be written to and that
        // nothing else uses before the call returns, so `text` is not among them. They may be uninitialised, as their type says.
        let buffer = unsafe { slice::from_raw_parts_mut(self.0.cast::<MaybeUninit<u8>>(), capacity) };
        for (place, byte) in buffer.iter_mut().zip(text.bytes().take(end).chain([0])) {
            place.write(byte);
        }
        text.len()
    }
}

impl<T> Owned<T> {
    pub(super) fn free(self) {
        if !self.0.is_null() {
            // SAFETY: handles are made by `Out::give`, from a box; the caller promises that this one has not been freed and is not in use.
            drop(unsafe { Box::from_raw(self.0) });
        }
    }
}

fn check<T>(pointer: *const T, what: &str) -> Result<(), Failure> {
    if pointer.is_null() {
        return Err(Failure::argument(format_args!("{what} is null")));
    }
    if !pointer.is_aligned() {
        return Err(Failure::argument(format_args!("{what} is not aligned as its type requires")));
    }
    Ok(())
}

/// Arguments as C would pass them; what they point to must outlive them.
#[cfg(test)]
mod tests {
    use super::{In, Out, Owned};

    impl<T> In<T> {
        pub(in crate::capi) const fn test(pointer: *const T) -> Self {
            Self(pointer)
        }
    }

    impl<T> Out<T> {
        pub(in crate::capi) const fn test(pointer: *mut T) -> Self {
            Self(pointer)
        }
    }

    impl<T> Owned<T> {
        pub(in crate::capi) const fn test(pointer: *mut T) -> Self {
            Self(pointer)
        }
    }
}
