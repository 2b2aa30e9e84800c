//! The two multiplications of a DCT: sums of products in a fixed order, never fused.

#![expect(
    clippy::indexing_slicing,
    reason = "the sides of the matrices are constants, and every index counts to one of them"
)]

use super::multiversion::multiversion;

multiversion! {
    /// Adds `factor * row` to each row of sums.
    pub(crate) fn add_outer(sums: &mut [[f32; 64]; 16], factors: &[f32; 16], row: &[f32; 64]) {
        for (sums, factor) in sums.iter_mut().zip(factors) {
            for (sum, sample) in sums.iter_mut().zip(row) {
                *sum += factor * sample;
            }
        }
    }
}

multiversion! {
    /// Writes what [`add_outer`] makes of sums of 0 and 64 rows, one after the other.
    pub(crate) fn sum_outer(factors: &[[f32; 16]; 64], rows: &[[f32; 64]; 64], product: &mut [[f32; 64]; 16]) {
        // a block of 4 rows of 16 sums stays in registers while all 64 rows are added to it
        for (number, product) in product.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            for at in 0..4 {
                let mut sums = [[0.0; 16]; 4];
                for (factors, row) in factors.iter().zip(rows) {
                    let (factors, row) = (&factors.as_chunks::<4>().0[number], &row.as_chunks::<16>().0[at]);
                    for (sums, factor) in sums.iter_mut().zip(factors) {
                        for (sum, sample) in sums.iter_mut().zip(row) {
                            *sum += factor * sample;
                        }
                    }
                }
                for (product, sums) in product.iter_mut().zip(&sums) {
                    product.as_chunks_mut::<16>().0[at] = *sums;
                }
            }
        }
    }
}

multiversion! {
    /// Multiplies a 16x64 by a 64x16 matrix, adding in rising order of the inner index.
    pub(crate) fn multiply(left: &[[f32; 64]; 16], right: &[[f32; 16]; 64]) -> [[f32; 16]; 16] {
        let mut product = [[0.0; 16]; 16];
        // four rows side by side keep the adders busy while each sum waits for itself
        for (left, product) in left.as_chunks::<4>().0.iter().zip(product.as_chunks_mut::<4>().0) {
            let mut sums = [[0.0; 16]; 4];
            for (k, factors) in right.iter().enumerate() {
                for (sums, left) in sums.iter_mut().zip(left) {
                    for (sum, factor) in sums.iter_mut().zip(factors) {
                        *sum += left[k] * factor;
                    }
                }
            }
            *product = sums;
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    #[test]
    fn every_level_equals_the_definition() {
        let left: [[f32; 64]; 16] =
            core::array::from_fn(|i| core::array::from_fn(|k| ((i * 71 + k * 13) % 97) as f32 / 7.0));
        let right: [[f32; 16]; 64] =
            core::array::from_fn(|k| core::array::from_fn(|j| ((k * 29 + j * 41) % 89) as f32 / -11.0));
        let mut sums = [[0.0; 64]; 16];
        let mut expected = [[0.0_f32; 16]; 16];
        for (i, row) in expected.iter_mut().enumerate() {
            for (j, sum) in row.iter_mut().enumerate() {
                for k in 0..64 {
                    *sum += left[i][k] * right[k][j];
                }
            }
        }
        for level in Level::available() {
            assert_eq!(multiply(level, &left, &right), expected, "{level:?}");
            let mut found = left;
            add_outer(level, &mut found, &right[5], &left[3]);
            for i in 0..16 {
                for j in 0..64 {
                    sums[i][j] = left[i][j] + right[5][i] * left[3][j];
                }
            }
            assert_eq!(found, sums, "{level:?}");

            let rows: [[f32; 64]; 64] = core::array::from_fn(|k| left[k % 16].map(|sample| sample + k as f32 / 3.0));
            let mut one_by_one = [[0.0; 64]; 16];
            rows.iter().zip(&right).for_each(|(row, factors)| add_outer(level, &mut one_by_one, factors, row));
            let mut together = [[f32::NAN; 64]; 16];
            sum_outer(level, &right, &rows, &mut together);
            assert_eq!(together, one_by_one, "{level:?}");
        }
    }
}
