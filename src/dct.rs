//! The DCT-II of PDQ: 16 frequencies, 1 to 16, of 64 samples per axis.
//!
//! `coefficient(i, k) = sqrt(2 / 64) * cos(pi / 128 * (i + 1) * (2 k + 1))`, each rounded to f32 as the reference does.
//! The reference multiplies a 16x64 by a 64x64 and then by a 64x16 matrix, adding in rising order of `k` and never
//! fusing a multiplication with an addition; the same order here gives the same floats. The constant frequency 0 is
//! left out, which makes the hash blind to brightness.
//!
//! Source: `pdqhashing.cpp` of Meta's PDQ (github.com/facebook/ThreatExchange, `pdq/cpp/hashing`).

#![expect(clippy::indexing_slicing, reason = "samples are numbered from 0 to 63; the table is filled at compile time")]
#![forbid(unsafe_code)]

use crate::kernel::{Level, matrix};
use crate::resample::jarosz::SAMPLES;

/// Frequencies per axis.
pub(crate) const FREQUENCIES: usize = 16;

/// `COSINES[m] = sqrt(2 / 64) * cos(pi / 128 * m)` in f64, rounded to f32: a quarter of a turn.
const COSINES: [f32; 65] = [
    0.17677669,
    0.17672345,
    0.17656375,
    0.17629771,
    0.17592546,
    0.17544726,
    0.17486335,
    0.17417413,
    0.17337997,
    0.17248139,
    0.17147891,
    0.17037314,
    0.16916475,
    0.16785446,
    0.16644305,
    0.16493139,
    0.16332036,
    0.16161098,
    0.15980424,
    0.15790124,
    0.15590313,
    0.1538111,
    0.15162642,
    0.14935042,
    0.14698444,
    0.14452994,
    0.14198837,
    0.13936128,
    0.13665023,
    0.13385688,
    0.13098289,
    0.12803,
    0.125,
    0.121894695,
    0.11871597,
    0.11546574,
    0.112145945,
    0.108758606,
    0.10530575,
    0.10178947,
    0.09821187,
    0.09457511,
    0.090881385,
    0.08713291,
    0.08333196,
    0.079480805,
    0.075581774,
    0.07163722,
    0.06764951,
    0.06362105,
    0.059554275,
    0.05545162,
    0.051315565,
    0.0471486,
    0.042953234,
    0.038731992,
    0.034487423,
    0.030222077,
    0.025938528,
    0.021639355,
    0.017327147,
    0.0130045,
    0.008674021,
    0.004338317,
    0.0,
];

/// Column `k` of the DCT matrix in row `k`: what one sample adds to each of the 16 frequencies.
static COLUMNS: [[f32; FREQUENCIES]; SAMPLES] = columns();

const fn columns() -> [[f32; FREQUENCIES]; SAMPLES] {
    let mut table = [[0.0; FREQUENCIES]; SAMPLES];
    let mut k = 0;
    while k < SAMPLES {
        let mut i = 0;
        while i < FREQUENCIES {
            // the angle in 1/256 of a turn, folded into the first quarter
            let angle = (i + 1) * (2 * k + 1) % 256;
            let half = if angle > 128 { 256 - angle } else { angle };
            table[k][i] = if half <= 64 { COSINES[half] } else { -COSINES[128 - half] };
            i += 1;
        }
        k += 1;
    }
    table
}

/// The product of the DCT matrix with the rows seen so far: 16 x 64.
pub(crate) type Columns = [[f32; SAMPLES]; FREQUENCIES];
/// The finished coefficients: vertical frequency, then horizontal.
pub(crate) type Coefficients = [[f32; FREQUENCIES]; FREQUENCIES];

/// Adds row `k` of the 64x64 samples to the vertical transform; rows must come in rising order.
pub(crate) fn add_row(level: Level, columns: &mut Columns, k: usize, row: &[f32; SAMPLES]) {
    matrix::add_outer(level, columns, &COLUMNS[k], row);
}

/// The transform of all 64 rows of samples: the same as adding them one by one.
pub(crate) fn transform(level: Level, rows: &[[f32; SAMPLES]; SAMPLES]) -> Coefficients {
    let mut columns = [[0.0; SAMPLES]; FREQUENCIES];
    matrix::sum_outer(level, &COLUMNS, rows, &mut columns);
    finish(level, &columns)
}

/// The horizontal transform of the finished vertical one.
pub(crate) fn finish(level: Level, columns: &Columns) -> Coefficients {
    matrix::multiply(level, columns, &COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_factor_equals_the_formula_of_the_reference() {
        let scale = f64::from((2.0_f64 / 64.0).sqrt() as f32);
        for (k, column) in COLUMNS.iter().enumerate() {
            for (i, factor) in column.iter().enumerate() {
                let angle = (core::f64::consts::PI / 2.0 / 64.0) * (i as f64 + 1.0) * (2.0 * k as f64 + 1.0);
                assert_eq!(factor.to_bits(), ((scale * angle.cos()) as f32).to_bits(), "sample {k}, frequency {i}");
            }
        }
    }

    #[test]
    fn a_pure_cosine_has_one_coefficient() {
        let mut columns = [[0.0; SAMPLES]; FREQUENCIES];
        for (k, column) in COLUMNS.iter().enumerate() {
            let row = core::array::from_fn(|j| column[3] * COLUMNS[j][9]);
            add_row(Level::best(), &mut columns, k, &row);
        }
        for (i, row) in finish(Level::best(), &columns).iter().enumerate() {
            for (j, &coefficient) in row.iter().enumerate() {
                let expected = f32::from(u8::from((i, j) == (3, 9)));
                assert!((coefficient - expected).abs() < 1e-5, "({i}, {j}) is {coefficient}");
            }
        }
    }
}
