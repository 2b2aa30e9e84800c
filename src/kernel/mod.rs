//! The inner loops, by operation and then by CPU level.
//!
//! A kernel takes slices of plain bytes and numbers and knows no other type of the crate. Each operation is a folder:
//! `scalar.rs` is its definition and runs everywhere; a faster level stands beside it with the same signature and is
//! held to it by test.

#[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
mod aarch64;
pub(crate) mod box_filter;
#[allow(dead_code, reason = "not every machine has a level besides scalar")]
mod chunk;
pub(crate) mod differences;
mod dispatch;
pub(crate) mod edge_counts;
pub(crate) mod grid_mean;
pub(crate) mod hamming;
#[cfg(feature = "image")]
pub(crate) mod jpeg_block;
#[cfg(feature = "image")]
pub(crate) mod jpeg_color;
#[cfg(feature = "image")]
pub(crate) mod jpeg_upsample;
#[cfg(feature = "alloc")]
pub(crate) mod lanczos;
#[cfg(feature = "alloc")]
pub(crate) mod lanczos_groups;
#[cfg(feature = "alloc")]
pub(crate) mod lanczos_weights;
mod level;
pub(crate) mod luma;
pub(crate) mod matrix;
pub(crate) mod median;
mod multiversion;
pub(crate) mod planes;
mod prefetch;
pub(crate) mod sketches;
pub(crate) mod tent_filter;
pub(crate) mod triangle;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;
pub(crate) mod weighted_luma;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use level::Level;
pub(crate) use prefetch::prefetch;
