//! One plain body, compiled anew for every CPU level.
//!
//! For loops that the compiler vectorises well by itself. The operations and their order are the same at every level,
//! and the compiler neither reorders nor fuses operations on floats; so the results are the same too, bit for bit. NEON
//! and simd128 are there for the whole build or not at all: their code is that of the plain body.

/// Defines a function with a first argument `level: Level` from a function without it.
macro_rules! multiversion {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$attribute])*
        $visibility fn $name(level: $crate::kernel::Level, $($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                body($($argument),*)
            }

            match level.0 {
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "calls a function that needs AVX2")]
                // SAFETY: a `Level` of AVX2 is only made by `Level::available`, after detecting it.
                $crate::kernel::level::Isa::Avx2 => unsafe { avx2($($argument),*) },
                _ => body($($argument),*),
            }
        }
    };
}

pub(super) use multiversion;
