//! Calls of an operation's code for a CPU level.

/// Calls the function of that name in the module of the level, beside the caller: `scalar`, `avx2`, `neon`, `simd128`.
///
/// `neon as scalar`, `simd128 as scalar`: where what the compiler makes of the plain body is as fast as code by hand.
macro_rules! dispatch {
    ($level:expr, $function:ident($($argument:expr),* $(,)?)) => {
        dispatch!($level, neon as neon, simd128 as simd128, $function($($argument),*))
    };
    ($level:expr, neon as scalar, $function:ident($($argument:expr),* $(,)?)) => {
        dispatch!($level, neon as scalar, simd128 as simd128, $function($($argument),*))
    };
    ($level:expr, simd128 as scalar, $function:ident($($argument:expr),* $(,)?)) => {
        dispatch!($level, neon as neon, simd128 as scalar, $function($($argument),*))
    };
    ($level:expr, neon as $neon:ident, simd128 as $simd128:ident, $function:ident($($argument:expr),* $(,)?)) => {
        match $level.0 {
            $crate::kernel::level::Isa::Scalar => scalar::$function($($argument),*),
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls a function that needs AVX2")]
            // SAFETY: a `Level` of AVX2 is only made by `Level::available`, after detecting it.
            $crate::kernel::level::Isa::Avx2 => unsafe { avx2::$function($($argument),*) },
            #[cfg(all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"))]
            #[expect(unsafe_code, reason = "calls a function that needs NEON")]
            #[allow(unused_unsafe, reason = "the plain body needs nothing")]
            // SAFETY: a `Level` of NEON is only there where the whole build assumes NEON.
            $crate::kernel::level::Isa::Neon => unsafe { $neon::$function($($argument),*) },
            // Every function may call these: a module with an unknown instruction would not have been loaded.
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            $crate::kernel::level::Isa::Simd128 => $simd128::$function($($argument),*),
        }
    };
}

pub(super) use dispatch;
