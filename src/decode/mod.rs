//! Decodes picture files to pixels, within limits.
//!
//! The format is recognised by the bytes of the file, never by its name. Size, frames, scans and memory are checked against
//! [`Limits`] before pixels are allocated. A panic of a decoder is contained. A file that ends before its picture is complete is an
//! error; missing pixels are never replaced by grey, except by [`salvage`](salvage()).
//!
//! Pixels have the layout that hashing needs: grey stays grey, palettes are expanded, CMYK and YCCK become RGB, 1, 2 and 4 bits
//! become 8, and 16 bits stay 16. Alpha is dropped, not blended, so transparent pixels keep their hidden colour. Colour profiles,
//! gamma and EXIF orientation ([`Header::orientation`]) are ignored, as in the reference implementations that made the published
//! lists. Of an animation the first frame is decoded, on its canvas, as Pillow shows it; of a TIFF the first page. What else a file holds, and
//! transparent pixels as a page shows them, are [views](pdq_views).
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
mod composite;
mod contain;
mod decoded;
mod error;
mod fields;
mod file;
mod frames;
mod gif;
mod header;
#[cfg(feature = "check")]
mod inside;
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
pub use file::{decode, inspect, salvage};
pub use frames::{Frame, Frames, frames};
pub use header::Header;
#[cfg(feature = "check")]
pub(crate) use inside::{Place, inside};
pub use limits::Limits;
pub use rows::{Rows, rows};
pub use screen::{SCREENED_QUALITY_MARGIN, SCREENED_VIEW_MARGIN, Screening, screen, screen_with_grid};
pub use sniff::{Format, Sniffed, sniff};
pub use views::{Part, Rendition, View, Visitor, page_views, pdq, pdq_views};
