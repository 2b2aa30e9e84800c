//! Bytes of a picture file in, pixels out, inside limits.
//!
//! The kind of file is read from its bytes, never from its name. Everything that can be told from the header (measures,
//! frames, scans, memory) is held against [`Limits`] before a single pixel is allocated, a panic of a decoder is
//! contained, and a file that ends before its picture does is an error, never half a picture with the rest in grey.
//!
//! Pixels come out as hashing wants them, without a needless copy: grey stays grey, palettes are expanded, CMYK and YCCK
//! become RGB, 1, 2 and 4 bits become 8, and 16 bits stay 16. Alpha is dropped, not blended (transparent pixels keep the
//! colour they hide); colour profiles and gamma are ignored, and so is EXIF orientation, which [`Header::orientation`]
//! reports: this is what the reference implementations do, and their lists were made so. Of an animation the first
//! frame is decoded, on its canvas, as Pillow shows it.
//!
//! ```
//! use lookalike::decode::{self, DecodeError, Limits, Stage};
//!
//! // A bitmap of 1x1 pixel with 24 bits: 54 bytes of header, then blue, green, red and one byte of padding.
//! let mut bitmap = b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0".to_vec();
//! bitmap.resize(54, 0);
//! bitmap.extend([10, 20, 30, 0]);
//! let picture = decode::decode(&bitmap, &Limits::default())?;
//! assert_eq!((picture.header().width, picture.header().height), (1, 1));
//! assert_eq!(picture.image().rows().next(), Some(&[30, 20, 10][..]));
//!
//! bitmap.truncate(56);
//! let error = decode::decode(&bitmap, &Limits::default()).unwrap_err();
//! assert!(matches!(error, DecodeError::Corrupt { stage: Stage::Truncated, .. }));
//! # Ok::<(), DecodeError>(())
//! ```

#![forbid(unsafe_code)]

mod apng;
mod bmp;
mod border;
mod canvas;
mod carried;
mod contain;
mod decoded;
mod error;
mod fields;
mod file;
mod frames;
mod gif;
mod header;
mod jpeg;
mod limits;
mod png;
mod rows;
mod samples;
mod screen;
mod sniff;
mod tiff;
mod views;
mod webp;
mod work;

pub use border::unletterboxed;
pub use contain::is_contained;
pub use decoded::Decoded;
pub use error::{DecodeError, Limited, Stage};
pub use file::{decode, inspect};
pub use frames::{Frame, Frames, frames};
pub use header::Header;
pub use limits::Limits;
pub use rows::{Rows, rows};
pub use screen::{SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN, Screening, screen, screen_with_grid};
pub use sniff::{Format, Sniffed, sniff};
pub use views::{Rendition, View, Visitor, pdq, pdq_views};
