//! The definition of moments and of sums of blocks.

#![forbid(unsafe_code)]

use super::{BLOCK, BLOCKS, BlockWeights, BlockWindow, MOMENTS, Moments};

pub(super) fn moments(pixels: &[i16], moments: [&mut [i16]; 3]) {
    let blocks = pixels.as_chunks::<BLOCK>().0;
    for (moments, weights) in moments.into_iter().zip(MOMENTS) {
        for (moment, block) in moments.iter_mut().zip(blocks) {
            *moment = block.iter().zip(weights).map(|(pixel, weight)| pixel * weight).sum();
        }
    }
}

pub(super) fn block_sums(
    windows: &[BlockWindow],
    weights: &[BlockWeights],
    moments: Moments<'_>,
    sums: &mut [[i32; 3]],
) {
    let mut start = 0;
    for (window, sums) in windows.iter().zip(sums) {
        let weights = weights.get(start..window.weights_end).unwrap_or_default();
        start = window.weights_end;
        for ((plane, moments), sum) in moments.into_iter().enumerate().zip(sums) {
            let moments = moments.get(window.first..).unwrap_or_default().as_chunks::<BLOCKS>().0;
            let products = weights.iter().filter_map(|weights| weights.get(plane)).zip(moments);
            *sum = products.fold(0, |sum: i32, (weights, moments)| sum.wrapping_add(dot(weights, moments)));
        }
    }
}

fn dot(weights: &[i16; BLOCKS], moments: &[i16; BLOCKS]) -> i32 {
    weights
        .iter()
        .zip(moments)
        .fold(0, |sum, (&weight, &moment)| sum.wrapping_add(i32::from(weight) * i32::from(moment)))
}
