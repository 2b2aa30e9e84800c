//! The fixed order in which multi-index hashing reads the bits of a hash.
//!
//! Neighbouring bits of a hash depend on each other: of PDQ, rows and columns of a DCT are frequencies of one axis. Chunks made
//! of rows would be far from uniform, and buckets full. So chunks are made of *diagonals*: the bits are laid out as a square
//! (16x16, or 8x8), row `i` is turned by `i` places, and the square is read by columns. Of hashes drawn like pictures, buckets
//! then have 1.01 times the entries of uniform ones, at the median and on average, where rows have 1.12 and 1.14.

use super::hashes::transposed;

/// The bits of a hash in the order of the chunks: bit `i` is bit `i % 64` of word `i / 64`.
///
/// The word after the last repeats the first, so that runs of bits that go round the end need no special case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Permuted([u64; 5]);

impl Permuted {
    /// Puts the bits of a hash of 8 or 32 bytes in order: no profile has hashes of another length.
    #[inline]
    pub(super) fn of<const N: usize>(hash: &[u8; N]) -> Self {
        if let (Some(bytes), 8) = (hash.first_chunk::<8>(), N) {
            let mut rows = *bytes;
            rows.iter_mut().zip(0..).for_each(|(row, turn)| *row = row.rotate_right(turn));
            let word = transposed(u64::from_le_bytes(rows));
            Self([word, word, 0, 0, 0])
        } else if let Some(bytes) = hash.first_chunk::<32>() {
            let mut words = [0; 4];
            for ((word, rows), turn) in words.iter_mut().zip(bytes.as_chunks::<8>().0).zip((0..).step_by(4)) {
                for (row, place) in rows.as_chunks::<2>().0.iter().zip(0..4) {
                    let row = u16::from_be_bytes(*row).rotate_right(turn + place);
                    *word |= u64::from(row) << (16 * place);
                }
            }
            let [a, b, c, d] = transposed_16(words);
            Self([a, b, c, d, a])
        } else {
            unreachable!("hashes have 8 or 32 bytes")
        }
    }

    /// The `len` bits from `start` on, at most 63 of them: bit `i` of the answer is bit `start + i`, going round the end.
    #[inline]
    pub(super) fn bits(&self, start: u32, len: u32) -> u64 {
        let (word, shift) = ((start / 64) as usize, start % 64);
        #[expect(
            clippy::indexing_slicing,
            reason = "chunks start within the hash, so there is a word after that of `start`"
        )]
        let (low, high) = (self.0[word], self.0[word + 1]);
        // shifted in two steps, as one of 64 is none
        let (low, high) = (low >> shift, high << 1 << (63 - shift));
        (low | high) & !(u64::MAX << len)
    }
}

/// Mirrors a matrix of 16x16 bits along its diagonal: four rows a word, the lowest bits first.
const fn transposed_16([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    (a, c) = swapped(a, c, 8, 0x00ff_00ff_00ff_00ff);
    (b, d) = swapped(b, d, 8, 0x00ff_00ff_00ff_00ff);
    (a, b) = swapped(a, b, 4, 0x0f0f_0f0f_0f0f_0f0f);
    (c, d) = swapped(c, d, 4, 0x0f0f_0f0f_0f0f_0f0f);
    [within_word(a), within_word(b), within_word(c), within_word(d)]
}

/// Swaps the off-diagonal quarters of the squares that two words of rows make up.
const fn swapped(upper: u64, lower: u64, side: u32, mask: u64) -> (u64, u64) {
    let swap = (upper >> side ^ lower) & mask;
    (upper ^ swap << side, lower ^ swap)
}

/// The same for rows of one word: two rows apart, then one.
const fn within_word(mut rows: u64) -> u64 {
    let mut swap = (rows >> 2 ^ rows >> 32) & 0x3333_3333;
    rows ^= swap << 32 ^ swap << 2;
    swap = (rows >> 1 ^ rows >> 16) & 0x0000_5555_0000_5555;
    rows ^ swap << 16 ^ swap << 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bit `i` of row `row` of the square, the row's value being its bytes in printed order.
    fn bit<const N: usize>(hash: &[u8; N], side: usize, row: usize, i: usize) -> u64 {
        let bytes = side / 8;
        let byte = hash[bytes * row + bytes - 1 - i / 8];
        u64::from(byte >> (i % 8) & 1)
    }

    fn is_diagonals<const N: usize>(side: usize) {
        for seed in 0..50_u8 {
            let hash: [u8; N] =
                core::array::from_fn(|at| (at as u8).wrapping_mul(seed * 2 + 1).wrapping_add(seed) ^ 0x35);
            let permuted = Permuted::of(&hash);
            for chunk in 0..side {
                for row in 0..side {
                    let expected = bit(&hash, side, row, (chunk + row) % side);
                    assert_eq!(permuted.bits((side * chunk + row) as u32, 1), expected, "chunk {chunk}, row {row}");
                }
            }
        }
    }

    #[test]
    fn chunks_are_the_diagonals() {
        is_diagonals::<8>(8);
        is_diagonals::<32>(16);
    }

    #[test]
    fn runs_of_bits_go_round_the_end() {
        let hash: [u8; 32] = core::array::from_fn(|at| (at * at + 3 * at) as u8);
        let permuted = Permuted::of(&hash);
        for start in 0..256 {
            for len in [1, 16, 32, 39, 63] {
                let expected = (0..len).map(|i| permuted.bits((start + i) % 256, 1) << i).sum::<u64>();
                assert_eq!(permuted.bits(start, len), expected, "{len} bits from {start}");
            }
        }
        let short = Permuted::of(&[0x81, 2, 3, 4, 5, 6, 7, 0x48]);
        for start in 0..64 {
            let expected = (0..32).map(|i| short.bits((start + i) % 64, 1) << i).sum::<u64>();
            assert_eq!(short.bits(start, 32), expected);
        }
    }
}
