//! DCT-II of 32 or 64 doubles, rounded exactly as SciPy rounds it.
//!
//! For [`phash`](super::phash), whose bits compare coefficients with their median. On pictures with
//! symmetries many coefficients are zero but for rounding, and equal bits need equal rounding: the same additions and
//! multiplications in the same order, and twiddle factors with the same last bits.
//!
//! The transform is a real inverse FFT of half the sums and differences of neighbours, turned by an eighth of a sample
//! (Makhoul 1980). The FFT works on "half-complex" arrays (a real number, then the real and imaginary part of each
//! frequency, then a last real number), in passes of radix 2 and 4 that leave the result in natural order (Swarztrauber's
//! FFTPACK). SciPy's `scipy.fftpack.dct` does the same through pocketfft, several columns at a time, each rounded as one.
//!
//! No fused multiply-add, on any machine: it would change the rounding.

#![expect(
    clippy::indexing_slicing,
    reason = "the indices of each pass run over its radix, its length and its repetitions, whose product is the array's length"
)]

use core::f64::consts::{FRAC_1_SQRT_2, SQRT_2};
use core::ops::{Add, Mul, Sub};

/// Replaces `values` by their DCT-II, unnormalised: `2 * Σ values[n] * cos(π * k * (2n + 1) / 2N)`.
///
/// `N` is 32 or 64.
pub(crate) fn dct<const N: usize>(values: &mut [f64; N]) {
    const { assert!(N == 32 || N == 64, "the passes are laid out for these lengths") };
    values[0] *= 2.0;
    values[N - 1] *= 2.0;
    for k in (1..N - 1).step_by(2) {
        (values[k], values[k + 1]) = (values[k + 1] + values[k], values[k + 1] - values[k]);
    }
    inverse_fft(values);
    let turns = const { half_turns::<N>() };
    for k in 1..N / 2 {
        let (low, high) = (values[k], values[N - k]);
        let sum = turns[k] * high + turns[N - k] * low;
        let difference = turns[k] * low - turns[N - k] * high;
        values[k] = 0.5 * (sum + difference);
        values[N - k] = 0.5 * (sum - difference);
    }
    values[N / 2] *= turns[N / 2];
}

/// Turns a half-complex array into the real array that it is the transform of, without dividing by `N`.
fn inverse_fft<const N: usize>(values: &mut [f64; N]) {
    let mut other = [0.0; N];
    if N == 32 {
        pass_of_2(values, &mut other);
        pass_of_4(2, &other, values);
        pass_of_4(8, values, &mut other);
    } else {
        pass_of_4(1, values, &mut other);
        pass_of_4(4, &other, values);
        pass_of_4(16, values, &mut other);
    }
    *values = other;
}

/// Splits the transform into two of half the length.
fn pass_of_2<const N: usize>(from: &[f64; N], to: &mut [f64; N]) {
    let points = const { points::<N>() };
    let len = N / 2;
    (to[0], to[len]) = (from[0] + from[N - 1], from[0] - from[N - 1]);
    (to[len - 1], to[N - 1]) = (2.0 * from[len - 1], -2.0 * from[len]);
    for i in (2..len).step_by(2) {
        let a = Complex::at(from, i);
        let b = Complex::at(from, len + len - i).conjugate();
        (a + b).put(to, i);
        (points[i / 2] * (a - b)).put(to, len + i);
    }
}

/// Splits each of `count` transforms into four of a quarter of the length.
fn pass_of_4<const N: usize>(count: usize, from: &[f64; N], to: &mut [f64; N]) {
    let points = const { points::<N>() };
    let len = N / 4 / count;
    for nth in 0..count {
        // The four parts of the array that goes in, and where those of the result begin.
        let parts = [0, 1, 2, 3].map(|part| len * (part + 4 * nth));
        let outs = [0, 1, 2, 3].map(|part| len * (nth + count * part));
        let last = len - 1;

        let (sum, difference) = (from[parts[0]] + from[parts[3] + last], from[parts[0]] - from[parts[3] + last]);
        let (real, imaginary) = (2.0 * from[parts[1] + last], 2.0 * from[parts[2]]);
        (to[outs[0]], to[outs[2]]) = (sum + real, sum - real);
        (to[outs[3]], to[outs[1]]) = (difference + imaginary, difference - imaginary);
        if len == 1 {
            continue;
        }

        let (sum, difference) = (from[parts[3]] + from[parts[1]], from[parts[3]] - from[parts[1]]);
        let (left, right) = (from[parts[0] + last], from[parts[2] + last]);
        let (total, rest) = (left + right, left - right);
        to[outs[0] + last] = total + total;
        to[outs[1] + last] = SQRT_2 * (rest - sum);
        to[outs[2] + last] = difference + difference;
        to[outs[3] + last] = -SQRT_2 * (rest + sum);

        for i in (2..len).step_by(2) {
            let a = Complex::at(from, parts[0] + i);
            let b = Complex::at(from, parts[1] + len - i).conjugate();
            let c = Complex::at(from, parts[2] + i);
            let d = Complex::at(from, parts[3] + len - i).conjugate();
            let (even, odd) = (a + d, a - d);
            let (other_even, other_odd) = (c + b, (c - b).times_i());
            let step = count * i / 2;
            (even + other_even).put(to, outs[0] + i);
            (points[step] * (odd + other_odd)).put(to, outs[1] + i);
            (points[2 * step] * (even - other_even)).put(to, outs[2] + i);
            (points[3 * step] * (odd - other_odd)).put(to, outs[3] + i);
        }
    }
}

/// A complex number; in a half-complex array the one numbered `i` lies at `i - 1` and `i`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Complex {
    fn at(array: &[f64], i: usize) -> Self {
        Self { real: array[i - 1], imaginary: array[i] }
    }

    fn put(self, array: &mut [f64], i: usize) {
        (array[i - 1], array[i]) = (self.real, self.imaginary);
    }

    const fn conjugate(self) -> Self {
        Self { real: self.real, imaginary: -self.imaginary }
    }

    fn times_i(self) -> Self {
        Self { real: -self.imaginary, imaginary: self.real }
    }

    /// The product, in the order of operations of pocketfft's tables.
    const fn times(self, other: Self) -> Self {
        Self {
            real: self.real * other.real - self.imaginary * other.imaginary,
            imaginary: self.real * other.imaginary + self.imaginary * other.real,
        }
    }
}

impl Add for Complex {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { real: self.real + other.real, imaginary: self.imaginary + other.imaginary }
    }
}

impl Sub for Complex {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { real: self.real - other.real, imaginary: self.imaginary - other.imaginary }
    }
}

impl Mul for Complex {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.times(other)
    }
}

/// The points of the unit circle at `n / N` of a turn.
const fn points<const N: usize>() -> [Complex; N] {
    let mut points = [Complex { real: 1.0, imaginary: 0.0 }; N];
    let mut n = 0;
    while n < N {
        points[n] = point(N, n);
        n += 1;
    }
    points
}

/// The cosines of `n / 4N` of a turn.
const fn half_turns<const N: usize>() -> [f64; N] {
    let mut cosines = [0.0; N];
    let mut n = 0;
    while n < N {
        cosines[n] = point(4 * N, n).real;
        n += 1;
    }
    cosines
}

/// The point of the unit circle at `n / parts` of a turn, as pocketfft makes it: the product of a coarse and a fine point,
/// which is not always the double nearest to the cosine.
const fn point(parts: usize, n: usize) -> Complex {
    if 2 * n > parts {
        return point(parts, parts - n).conjugate();
    }
    // The fine points are a power of two, the least whose square exceeds half the turn.
    let mut fine = 2;
    while fine * fine < parts / 2 + 1 {
        fine *= 2;
    }
    let scale = 256 / parts;
    near_point(n % fine * scale).times(near_point(n / fine * fine * scale))
}

/// The point of the unit circle at `n / 256` of a turn, for half a turn, folded into the first eighth.
const fn near_point(n: usize) -> Complex {
    let (real, imaginary) = match n {
        0..32 => EIGHTH[n],
        32..64 => (EIGHTH[64 - n].1, EIGHTH[64 - n].0),
        64..96 => (-EIGHTH[n - 64].1, EIGHTH[n - 64].0),
        _ => (-EIGHTH[128 - n].0, EIGHTH[128 - n].1),
    };
    Complex { real, imaginary }
}

/// Cosine and sine of `n / 256` of a turn.
const EIGHTH: [(f64, f64); 33] = [
    (1.0, 0.0),
    (0.9996988186962042, 0.024541228522912288),
    (0.9987954562051724, 0.049067674327418015),
    (0.9972904566786902, 0.07356456359966743),
    (0.9951847266721969, 0.0980171403295606),
    (0.99247953459871, 0.1224106751992162),
    (0.989176509964781, 0.14673047445536175),
    (0.9852776423889412, 0.17096188876030122),
    (0.9807852804032304, 0.19509032201612825),
    (0.9757021300385286, 0.2191012401568698),
    (0.970031253194544, 0.24298017990326387),
    (0.9637760657954398, 0.26671275747489837),
    (0.9569403357322088, 0.29028467725446233),
    (0.9495281805930367, 0.3136817403988915),
    (0.9415440651830208, 0.33688985339222005),
    (0.932992798834739, 0.3598950365349881),
    (0.9238795325112867, 0.3826834323650898),
    (0.9142097557035307, 0.40524131400498986),
    (0.9039892931234433, 0.4275550934302821),
    (0.8932243011955153, 0.44961132965460654),
    (0.881921264348355, 0.47139673682599764),
    (0.8700869911087115, 0.49289819222978404),
    (0.8577286100002721, 0.5141027441932217),
    (0.8448535652497071, 0.5349976198870972),
    (0.8314696123025452, 0.5555702330196022),
    (0.8175848131515837, 0.5758081914178453),
    (0.8032075314806449, 0.5956993044924334),
    (0.7883464276266063, 0.6152315905806268),
    (0.773010453362737, 0.6343932841636455),
    (0.7572088465064846, 0.6531728429537768),
    (0.7409511253549591, 0.6715589548470183),
    (0.724247082951467, 0.6895405447370668),
    (FRAC_1_SQRT_2, FRAC_1_SQRT_2.next_down()),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, summed directly.
    fn slow<const N: usize>(values: &[f64; N]) -> [f64; N] {
        core::array::from_fn(|k| {
            let angle = |n: usize| core::f64::consts::PI * (k * (2 * n + 1) % (4 * N)) as f64 / (2 * N) as f64;
            2.0 * values.iter().enumerate().map(|(n, value)| value * libm::cos(angle(n))).sum::<f64>()
        })
    }

    fn check<const N: usize>() {
        for seed in 0..20_u64 {
            let values: [f64; N] = core::array::from_fn(|n| ((n as u64 * 7919 + seed * 104_729) % 256) as f64);
            let mut fast = values;
            dct(&mut fast);
            for (found, expected) in fast.iter().zip(slow(&values)) {
                assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }
    }

    #[test]
    fn the_transform_is_the_definition() {
        check::<32>();
        check::<64>();
    }
}
