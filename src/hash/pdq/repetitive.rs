//! Hashes that repeat one pattern: of pictures with structure along one axis only.
//!
//! Of a picture of stripes, or of a margin with a line in it, all coefficients but those of one axis are zero, and rounding decides
//! which bits they become. The reference's quality does not see that: such pictures can have any. As a matrix of 16x16 signs their bits are
//! nearly one pattern repeated, row by row as it is or turned over; so the square of the largest singular value, of 256 in all,
//! tells them apart. Of 441 photographs the highest had 0.48 of it, pictures of one axis 0.6 and more (`benches/quality`).

use crate::hash::Bits256;

/// Half of what all singular values have, squared, together.
const HALF: f64 = 128.0;
const SIDE: u32 = 16;

/// Whether the bits are nearly one pattern repeated, so that what matches them says little.
///
/// Whoever derives needles from a picture should leave those out; the reference looks them up. Costs about 0.2 us.
///
/// ```
/// use lookalike::hash::{Bits256, pdq};
///
/// let photograph: Bits256 = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22".parse()?;
/// let stripes: Bits256 = "5555aaaa5555aaaa5555aaaa5555aaaa5555aaaa5555aaaa5555aaaa5555aaab".parse()?;
/// assert!(!pdq::is_repetitive(&photograph) && pdq::is_repetitive(&stripes));
/// # Ok::<(), lookalike::hash::ParseHexError>(())
/// ```
#[must_use]
pub fn is_repetitive(hash: &Bits256) -> bool {
    let rows: [u16; SIDE as usize] = {
        let mut rows = [0; SIDE as usize];
        rows.iter_mut().zip(hash.as_bytes().as_chunks().0).for_each(|(row, bytes)| *row = u16::from_be_bytes(*bytes));
        rows
    };
    // the products of all rows: their eigenvalues are the squares of the singular values
    let product = |a: u16, b: u16| f64::from(SIDE) - 2.0 * f64::from((a ^ b).count_ones());
    let products = rows.map(|a| rows.map(|b| product(a, b)));
    // The squares of the eigenvalues add up to this, and the eigenvalues to 256: so from 32,768 on the largest must be half,
    // and below 17,476 it cannot be, whatever the others are. Most hashes have about 8,000.
    let squares: f64 = products.iter().flatten().map(|product| product * product).sum();
    if squares >= 256.0 * HALF {
        return true;
    }
    if squares < HALF * HALF * (1.0 + 1.0 / 15.0) {
        return false;
    }
    largest_eigenvalue(&products) >= HALF
}

/// By multiplying a vector with the matrix again and again: from the row of the largest products, which is not far from the answer.
fn largest_eigenvalue(products: &[[f64; SIDE as usize]; SIDE as usize]) -> f64 {
    const STEPS: usize = 24;
    let dot = |a: &[f64; SIDE as usize], b: &[f64; SIDE as usize]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let longest = products.iter().max_by(|a, b| dot(a, a).total_cmp(&dot(b, b)));
    let (mut vector, mut value) = (*longest.expect("there are sixteen rows"), 0.0);
    for _ in 0..STEPS {
        let next = products.map(|row| dot(&row, &vector));
        // the Rayleigh quotient, which never exceeds the eigenvalue
        let (length, along) = (dot(&vector, &vector), dot(&next, &vector));
        if length == 0.0 {
            return 0.0;
        }
        value = along / length;
        // a power of two would be exact, but any scale will do: the quotient does not depend on it
        vector = next.map(|it| it / value);
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn hash_of(rows: impl IntoIterator<Item = u16>) -> Bits256 {
        let bytes: Vec<u8> = rows.into_iter().flat_map(u16::to_be_bytes).collect();
        Bits256::from_bytes(*bytes.first_chunk().unwrap())
    }

    /// The definition by Jacobi's rotations, which find all eigenvalues.
    fn share(hash: &Bits256) -> f64 {
        let rows: Vec<u16> = hash.as_bytes().as_chunks().0.iter().map(|row| u16::from_be_bytes(*row)).collect();
        let mut a: Vec<Vec<f64>> =
            rows.iter().map(|x| rows.iter().map(|y| 16.0 - 2.0 * f64::from((x ^ y).count_ones())).collect()).collect();
        for _ in 0..60 {
            for p in 0..16 {
                for q in p + 1..16 {
                    if a[p][q].abs() < 1e-12 {
                        continue;
                    }
                    let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
                    let (sin, cos) = angle.sin_cos();
                    for row in &mut a {
                        (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                    }
                    let (upper, lower) = (a[p].clone(), a[q].clone());
                    for k in 0..16 {
                        (a[p][k], a[q][k]) = (cos * upper[k] - sin * lower[k], sin * upper[k] + cos * lower[k]);
                    }
                }
            }
        }
        (0..16).map(|i| a[i][i]).fold(0.0, f64::max) / 256.0
    }

    #[test]
    fn it_is_half_of_the_largest_singular_value_squared() {
        let mut state = 9_u64;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 40
        };
        let (mut repetitive, mut close) = (0, 0);
        for noise in 0..400 {
            let pattern = next() as u16;
            // one pattern, as it is or turned over, with some bits changed: from none to all
            let rows: Vec<u16> = (0..16)
                .map(|_| {
                    let row = if next() % 2 == 0 { pattern } else { !pattern };
                    (0..16).filter(|_| next() % 800 < noise).fold(row, |row, bit| row ^ 1 << bit)
                })
                .collect();
            let hash = hash_of(rows);
            let share = share(&hash);
            if (share - 0.5).abs() > 1e-3 {
                assert_eq!(is_repetitive(&hash), share >= 0.5, "share {share}");
            }
            repetitive += u32::from(share >= 0.5);
            close += u32::from((share - 0.5).abs() < 0.1);
        }
        assert!(repetitive > 50 && repetitive < 350 && close > 20, "{repetitive}, {close}");
        assert!(is_repetitive(&Bits256::ZERO) && is_repetitive(&hash_of([0x5555; 16])));
        assert!(is_repetitive(&hash_of((0..16).map(|row| if row % 3 == 0 { 0xff00 } else { 0x00ff }))));
    }
}
