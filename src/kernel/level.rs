//! CPU levels: which instructions the kernels may use.

#![forbid(unsafe_code)]

use core::fmt;

/// A level of CPU instructions that this machine has.
///
/// Every level gives the same results, bit for bit; a level can only be had by detection, so that no code can ask for
/// instructions that the machine lacks. Detection happens once, when an object that hashes is made, and is stored in it.
///
/// | level | where |
/// |---|---|
/// | `scalar` | everywhere |
/// | `avx2` | on x86-64, found at run time with feature `std`, else if the build assumes it |
/// | `neon` | on little-endian aarch64, always; not on its soft-float targets |
/// | `simd128` | on wasm32, if built with `-C target-feature=+simd128` |
///
/// ```
/// use lookalike::Level;
///
/// let levels: Vec<Level> = Level::available().collect();
/// assert_eq!(levels.first(), Some(&Level::SCALAR));
/// assert_eq!(levels.last(), Some(&Level::best()));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Level(pub(super) Isa);

/// What the dispatchers match on; private to the kernels, so that a level stays a proof of detection.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Isa {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
    Neon,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Simd128,
}

impl Level {
    /// Plain Rust, on every machine: the definition of every kernel.
    pub const SCALAR: Self = Self(Isa::Scalar);

    /// The levels that this machine has, the plainest first.
    ///
    /// Without feature `std` only what the build already assumes of the machine counts.
    pub fn available() -> impl Iterator<Item = Self> {
        let levels = [
            Some(Self::SCALAR),
            #[cfg(target_arch = "x86_64")]
            has_avx2().then_some(Self(Isa::Avx2)),
            // miri knows few of the intrinsics
            #[cfg(all(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"), not(miri)))]
            Some(Self(Isa::Neon)),
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Some(Self(Isa::Simd128)),
        ];
        levels.into_iter().flatten()
    }

    /// The fastest level that this machine has.
    #[must_use]
    pub fn best() -> Self {
        Self::available().last().unwrap_or(Self::SCALAR)
    }

    /// The name used in benchmarks and reports: `scalar`, `avx2`, `neon`, `simd128`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            Isa::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => "avx2",
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            Isa::Neon => "neon",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Isa::Simd128 => "simd128",
        }
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Level({})", self.name())
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    #[cfg(all(feature = "std", not(miri)))]
    let found = std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(all(feature = "std", not(miri))))]
    let found = cfg!(all(target_feature = "avx2", not(miri)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// So that the tests of "every level" cannot pass by there being none.
    #[test]
    fn the_levels_are_those_of_the_machine() {
        let found: Vec<_> = Level::available().map(Level::name).collect();
        let expected = match std::env::consts::ARCH {
            _ if cfg!(miri) => vec!["scalar"],
            "aarch64" if cfg!(target_endian = "little") => vec!["scalar", "neon"],
            "wasm32" if cfg!(target_feature = "simd128") => vec!["scalar", "simd128"],
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            "x86_64" if std::arch::is_x86_feature_detected!("avx2") => vec!["scalar", "avx2"],
            "x86_64" if cfg!(target_feature = "avx2") => vec!["scalar", "avx2"],
            _ => vec!["scalar"],
        };
        assert_eq!(found, expected);
    }
}
