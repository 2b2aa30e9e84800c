//! Views: further needles from the same picture, which undo a change of framing such as a border, a crop, a tilt or a screenshot.
//!
//! PDQ is robust against re-encoding but not against reframing: a border of 3 % moves the hash out of its radius. The lists
//! cannot be changed, so the picture at hand is hashed as it may have looked before. While it is hashed, it is also reduced
//! to a [`Grid`] of 192x192 cells, of which every [`Framing`] is sampled and hashed in microseconds. Look up all framings of a
//! [`ViewSet`] together, and report which of them matched.
//!
//! A hash from the grid is not exact: the grid is coarser than the picture, and its filter is nearly, but not quite, that of
//! PDQ. A match found by it is evidence of its own kind, named after the framing.
//!
//! ```
//! use lookalike::hash::views::{Framing, Grid, Scratch, ViewSet};
//! use lookalike::pixels::{ImageRef, PixelFormat};
//!
//! // A picture, and the same in a black border.
//! let picture = |x: i32, y: i32| (128.0 + 60.0 * (x as f32 / 9.0).sin() + 60.0 * ((y * x) as f32 / 900.0).sin()) as u8;
//! let plain: Vec<u8> = (0..200 * 200).map(|i| picture(i % 200, i / 200)).collect();
//! let inner = |i: i32| (10..210).contains(&i);
//! let framed = |x: i32, y: i32| if inner(x) && inner(y) { picture(x - 10, y - 10) } else { 0 };
//! let framed: Vec<u8> = (0..220 * 220).map(|i| framed(i % 220, i / 220)).collect();
//!
//! let listed = Grid::of(&ImageRef::packed(&plain, 200, 200, PixelFormat::Gray8)?)?;
//! let copy = Grid::of(&ImageRef::packed(&framed, 220, 220, PixelFormat::Gray8)?)?;
//! let mut scratch = Scratch::new();
//! let listed = listed.spectrum(&Framing::WHOLE, &mut scratch).unwrap().pdq().hash;
//! let whole = copy.spectrum(&Framing::WHOLE, &mut scratch).unwrap().pdq().hash;
//! let trimmed = copy.spectrum(&Framing::TRIM, &mut scratch).unwrap().pdq().hash;
//! assert!(listed.distance(&whole) > 60);
//! assert!(listed.distance(&trimmed) <= 31);
//! assert!(ViewSet::Standard.framings().contains(&Framing::TRIM));
//! assert_eq!(Framing::TRIM.to_string(), "trim");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod frames;
mod framing;
mod grid;
mod name;
mod sample;
mod sets;
mod tilt;
mod window;

pub use framing::{Base, Beyond, Framing, Sides};
pub use grid::{Grid, GridStream};
pub use sample::Scratch;
pub use sets::ViewSet;
