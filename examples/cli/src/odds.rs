//! How often an index matches by pure chance.

/// The chance that a random hash of `bits` bits lies within `radius` of a given one: the lower tail of the binomial
/// distribution with p = 1/2, summed exactly up to the rounding of `f64`.
///
/// Hashes of real pictures are not random; on photographs the chance is larger.
pub(crate) fn within(bits: u32, radius: u32) -> f64 {
    let mut term = 1.0; // C(bits, k), at most 5.8e75 for 256 bits
    let mut sum = 0.0;
    for k in 0..=radius.min(bits) {
        sum += term;
        term = term * f64::from(bits - k) / f64::from(k + 1);
    }
    sum / f64::from(bits).exp2()
}

/// How many entries per million random needles an index of `hashes` hashes is expected to report falsely.
pub(crate) fn per_million(bits: u32, radius: u32, hashes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let hashes = hashes as f64;
    within(bits, radius) * hashes * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_binomial_one() {
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        close(within(64, 64), 1.0);
        close(within(256, 300), 1.0);
        close(within(64, 0), (-64_f64).exp2());
        close(within(64, 2), (1.0 + 64.0 + 2016.0) * (-64_f64).exp2());
        // Half of the distribution, and half of its centre.
        let centre = within(256, 128) - within(256, 127);
        assert!((within(256, 128) - 0.5 - centre / 2.0).abs() < 1e-12);
    }

    #[test]
    fn small_hashes_collide_at_large_radii() {
        // DESIGN: a random pair of 64-bit hashes lies within 10 about once in 1e8.
        assert!((0.9e-8..1.1e-8).contains(&within(64, 10)), "{}", within(64, 10));
        // At the default radius PDQ does not collide by chance, even in a list of ten million.
        assert!(per_million(256, 31, 10_000_000) < 1e-20);
    }
}
