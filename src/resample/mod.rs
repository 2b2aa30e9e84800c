//! Reduces a picture of any size to the small grid that a hash is made from, row by row.

#![forbid(unsafe_code)]

pub(crate) mod area;
pub(crate) mod jarosz;
#[cfg(feature = "alloc")]
pub(crate) mod lanczos;
