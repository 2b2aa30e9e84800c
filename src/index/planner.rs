//! Which kind of index, and of which measures: from the number of hashes, their length and the radius they will be asked for.

use alloc::vec::Vec;
use core::fmt;

use super::IndexKind;
use super::mih;
use super::ring::{Chunk, MAX_LINES};
use crate::hash::Profile;
use crate::wire;

/// What the builder does by itself for so many hashes, and why.
///
/// Displayed as a sentence, which the command line prints.
///
/// ```
/// use lookalike::hash::Profile;
/// use lookalike::index::{IndexKind, Plan};
///
/// let plan = Plan::new(Profile::Pdq, 1_000_000, 31);
/// assert_eq!(plan.kind(), IndexKind::Mih);
/// assert!(plan.false_matches_per_million() < 1e-20);
/// assert_eq!(Plan::new(Profile::Pdq, 500, 31).kind(), IndexKind::Linear);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    bits: u32,
    hashes: u64,
    radius: u32,
    /// What a look-up by a multi-index is expected to cost, counted in hashes that a scan compares in the same time; and the
    /// buckets it reads.
    cost: u64,
    buckets: u64,
}

impl Plan {
    /// Plans for so many distinct hashes under a profile, to be looked up within a radius.
    ///
    /// A radius beyond the length of the hashes counts as their length.
    #[must_use]
    pub fn new(profile: Profile, hashes: u64, radius: u32) -> Self {
        let bits = wire::number(profile.bits());
        let radius = radius.min(bits);
        let (cost, buckets) = mih::expected(&chunks(bits, hashes), bits, hashes, radius);
        Self { bits, hashes, radius, cost, buckets }
    }

    /// The kind: [`IndexKind::Mih`] where a look-up is expected to cost at most a sixth of a scan, else [`IndexKind::Linear`].
    ///
    /// A tree is never the best choice: at 64 bits it is slower than the other two at every size and radius.
    #[must_use]
    pub fn kind(&self) -> IndexKind {
        if mih::pays(self.cost, self.scan()) { IndexKind::Mih } else { IndexKind::Linear }
    }

    /// What a scan costs.
    fn scan(&self) -> u64 {
        mih::scan(self.bits, self.hashes, self.radius)
    }

    /// How many stored hashes a million random needles are expected to match by chance.
    ///
    /// The lower tail of the binomial distribution with p = 1/2, times the hashes, times a million. Hashes of real pictures
    /// are not random: on photographs the chance is larger. The eight turned hashes of a picture are eight needles.
    #[must_use]
    pub fn false_matches_per_million(&self) -> f64 {
        // each term is the one before times (bits - k) / (k + 1), from 2^-bits on
        let mut term = (0..self.bits).fold(1.0, |half, _| half / 2.0);
        let mut sum = 0.0;
        for k in 0..=self.radius {
            sum += term;
            term = term * f64::from(self.bits - k.min(self.bits)) / f64::from(k + 1);
        }
        #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
        let hashes = self.hashes as f64;
        sum * hashes * 1e6
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hashes, radius, cost, buckets, .. } = self;
        let (kind, scan) = (self.kind(), self.scan());
        write!(f, "{kind}: at radius {radius} a look-up in {hashes} hashes ")?;
        if kind == IndexKind::Mih {
            write!(f, "reads {buckets} buckets, at about 1/{} of the cost of a scan", scan / (*cost).max(1))
        } else if *hashes == 0 {
            f.write_str("has nothing to read")
        } else if *cost >= scan {
            f.write_str("by multi-index hashing would cost more than a scan")
        } else {
            write!(
                f,
                "by multi-index hashing would cost about 1/{} of a scan, too little to gain",
                hashes / (*cost).max(1)
            )
        }
    }
}

/// The least entries of a bucket on average: with fewer, tables become larger than what they save.
const LEAST_LOAD: u64 = 12;
/// From so many hashes on buckets of 16 chunks are so long that fewer, longer chunks take fewer lines.
const TWELVE_FROM: u64 = 30_000_000;

/// How hashes of `bits` bits are cut into chunks, and what buckets their tables have.
pub(super) fn chunks(bits: u32, hashes: u64) -> Vec<Chunk> {
    let count = match bits {
        ..=64 => bits.div_ceil(16),
        _ if hashes > TWELVE_FROM => 12,
        _ => 16,
    };
    // all of the same width, but for one bit
    let end = |chunk: u32| bits * chunk / count;
    (0..count).map(|number| measured(end(number + 1) - end(number), hashes)).collect()
}

/// The prefix and the buckets of a chunk.
fn measured(width: u32, hashes: u64) -> Chunk {
    let prefix = (hashes / LEAST_LOAD).max(2).ilog2().min(width);
    // Room for the average and 2.3 standard deviations (of a Poisson distribution: the square root), and for the head.
    let load = hashes >> prefix;
    let lanes = load + (529 * load).isqrt() / 10 + 3;
    let lines_each = usize::try_from(lanes.div_ceil(32)).map_or(MAX_LINES, |lines| lines.min(MAX_LINES));
    Chunk::new(width, prefix, lines_each, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn chunks_and_buckets_grow_with_the_list() {
        let measures = |bits, hashes| {
            let chunks = chunks(bits, hashes);
            let first = chunks[0];
            (chunks.len(), first.width, first.prefix, first.lines_each)
        };
        assert_eq!(measures(256, 0), (16, 16, 1, 1));
        assert_eq!(measures(256, 100_000), (16, 16, 13, 1));
        assert_eq!(measures(256, 1_000_000), (16, 16, 16, 1));
        assert_eq!(measures(256, 10_000_000), (16, 16, 16, 6));
        assert_eq!(measures(256, 100_000_000), (12, 21, 21, 3));
        assert_eq!(chunks(256, 100_000_000).iter().map(|chunk| chunk.width).sum::<u32>(), 256);
        assert_eq!(measures(64, 1_000_000), (4, 16, 16, 1));
        assert_eq!(measures(64, u64::from(u32::MAX)), (4, 16, 16, 2047));
    }

    #[test]
    fn the_kind_is_the_cheaper_one_and_the_reason_is_said() {
        let kind = |profile, hashes, radius| Plan::new(profile, hashes, radius).kind();
        assert_eq!(kind(Profile::Pdq, 0, 31), IndexKind::Linear);
        assert_eq!(kind(Profile::Pdq, 2_000, 31), IndexKind::Linear);
        assert_eq!(kind(Profile::Pdq, 100_000, 31), IndexKind::Mih);
        assert_eq!(kind(Profile::Pdq, 1_000_000, 80), IndexKind::Linear);
        assert_eq!(kind(Profile::Phash64, 10_000, 4), IndexKind::Mih);
        assert_eq!(kind(Profile::Phash64, 1_000_000, 64), IndexKind::Linear);
        let says = |hashes, what: &str| {
            let text = Plan::new(Profile::Pdq, hashes, 31).to_string();
            assert!(text.starts_with(what), "{text}");
        };
        says(0, "linear: at radius 31 a look-up in 0 hashes has nothing to read");
        says(1_000, "linear: at radius 31 a look-up in 1000 hashes by multi-index hashing would cost more");
        says(1_000_000, "mih: at radius 31 a look-up in 1000000 hashes reads 272 buckets, at about 1/");
    }

    #[test]
    fn the_chance_is_the_binomial_tail() {
        let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        let chance = |profile, radius| Plan::new(profile, 1, radius).false_matches_per_million();
        close(chance(Profile::Phash64, 64), 1e6);
        close(chance(Profile::Pdq, 300), 1e6);
        close(chance(Profile::Phash64, 2), 1e6 * (1.0 + 64.0 + 2016.0) * (-64_f64).exp2());
        // A random pair of 64-bit hashes lies within 10 about once in 1e8.
        assert!((0.9e-2..1.1e-2).contains(&chance(Profile::Phash64, 10)));
        assert!(10_000_000.0 * chance(Profile::Pdq, 31) < 1e-20);
    }
}
