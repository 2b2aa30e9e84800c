//! The definition, in words of 64 bits: what every other level must equal.

#![forbid(unsafe_code)]

/// Counts the bits in which two hashes differ.
#[inline]
pub(crate) fn distance<const N: usize>(a: &[u8; N], b: &[u8; N]) -> u32 {
    if COUNTS_IN_STEPS && N.is_multiple_of(4) {
        return by_words(a.as_chunks().0, b.as_chunks().0);
    }
    let (a_words, a_rest) = a.as_chunks::<8>();
    let (b_words, b_rest) = b.as_chunks::<8>();
    let words =
        a_words.iter().zip(b_words).map(|(a, b)| (u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b)).count_ones());
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| (a ^ b).count_ones());
    words.chain(rest).sum()
}

/// Whether the machine has no instruction that counts bits. There each word takes a dozen of them, which are worth a call.
const COUNTS_IN_STEPS: bool = cfg!(target_arch = "arm");

/// One loop for hashes of every length.
#[inline(never)]
fn by_words(a: &[[u8; 4]], b: &[[u8; 4]]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (u32::from_le_bytes(*a) ^ u32::from_le_bytes(*b)).count_ones()).sum()
}

/// Sets bit `i` of the answer where `hashes[i]` differs from the needle in at most `radius` bits.
///
/// Takes at most 64 hashes; those after are not looked at.
#[inline]
pub(super) fn within<const N: usize>(needle: &[u8; N], hashes: &[[u8; N]], radius: u32) -> u64 {
    let hashes = hashes.split_at(hashes.len().min(64)).0;
    let bit = |(at, hash)| u64::from(distance(needle, hash) <= radius) << at;
    let all = || hashes.iter().enumerate().map(bit).fold(0, |found, bit| found | bit);
    if COUNTS_IN_STEPS {
        return all();
    }
    // Nearly always no hash is within the radius, which is all that the first loop finds out. It has no branch and
    // keeps nothing but one word, so that the compiler makes vectors of it: below 0 the subtraction sets the top bit.
    let first_outside = u64::from(radius) + 1;
    let below =
        hashes.iter().fold(0, |below, hash| below | u64::from(distance(needle, hash)).wrapping_sub(first_outside));
    if below >> 63 == 0 {
        return 0;
    }
    all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What machines without an instruction that counts bits compute by; the tests of others never get there.
    #[test]
    fn one_loop_for_all_lengths_counts_the_same() {
        fn check<const N: usize>() {
            for seed in 0..40_u8 {
                let a: [u8; N] = core::array::from_fn(|at| (at as u8).wrapping_mul(57).wrapping_add(seed));
                let b: [u8; N] = core::array::from_fn(|at| (at as u8 ^ seed).wrapping_mul(seed));
                assert_eq!(by_words(a.as_chunks().0, b.as_chunks().0), distance(&a, &b));
            }
        }
        check::<8>();
        check::<12>();
        check::<20>();
        check::<32>();
    }
}
