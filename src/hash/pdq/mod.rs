//! PDQ: 256 bits and a quality from a picture of any size, fed row by row, in less than 8 KB and without heap.
//!
//! The picture is blurred and reduced to 64x64, of which a DCT keeps the frequencies 1 to 16 of
//! both axes; each of the 256 bits says whether its coefficient lies above the median. Everything up to the 64x64 is
//! integer arithmetic, so the hash is the same on every machine; every finished row of the 64x64 is multiplied
//! straight into the DCT and forgotten.
//!
//! The reference adds up its box filters in running f32 sums, whose rounding depends on everything to the left and
//! above. Where the coefficients around the median lie closer together than that rounding, the reference's bits are
//! noise, and those of [`spectrum()`] and [`PdqStream`] may differ from them: [`PdqSpectrum::is_certain`] tells. Then
//! [`reference()`] does the reference's own arithmetic over again, and equals it for every picture, flat ones included.
//!
//! Source: Meta's PDQ (github.com/facebook/ThreatExchange, `pdq`). `pdq` equals PyPI's pdqhash and threatexchange,
//! `pdq512` Meta's command-line tool; the two differ, by 6 bits at the median of photographs.

mod pick;
mod profile;
mod reduce;
mod reference;
mod repetitive;
mod spectrum;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(feature = "alloc")]
mod turned;
mod whole;

pub use profile::{MAX_SIDE, MIN_QUALITY, MIN_SIDE, PdqProfile};
#[cfg(feature = "alloc")]
pub use reference::reference;
pub use reference::{memory_len, reference_in};
pub use repetitive::is_repetitive;
pub use spectrum::{CERTAIN_GAP, Pdq, PdqSpectrum};
pub use stream::PdqStream;
#[cfg(feature = "alloc")]
pub use turned::{exact_dihedral, turned};
pub use whole::spectrum;
