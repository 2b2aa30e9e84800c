//! Perceptual hashes: short bit strings that stay close together, in Hamming distance, for pictures that look alike.

#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
pub mod average;
pub mod bits;
pub mod blockhash;
pub mod classic;
#[cfg(feature = "alloc")]
mod classic_grid;
#[cfg(feature = "alloc")]
mod classic_stream;
#[cfg(feature = "alloc")]
mod classic_turned;
#[cfg(feature = "alloc")]
mod dct64;
#[cfg(feature = "alloc")]
pub mod difference;
mod dihedral;
pub mod pdq;
#[cfg(feature = "alloc")]
pub mod phash;
mod profile;
mod quality;
mod replica;
pub mod views;
#[cfg(feature = "alloc")]
pub mod wavelet;

pub use bits::{Bits64, Bits256, HashBits, ParseHexError};
#[cfg(feature = "alloc")]
pub use classic_stream::{ClassicHash, ClassicHashes, ClassicStream};
pub use dihedral::Dihedral;
pub use pdq::{Pdq, PdqProfile, PdqSpectrum, PdqStream};
pub use profile::{Profile, UnknownName};
