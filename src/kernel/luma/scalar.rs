//! The definition of the luma and of sums, in a form that the compiler vectorises.

#![forbid(unsafe_code)]

use super::{BLUE, GREEN, Layout, RED};

/// Pixels multiplied at a time.
const BATCH: usize = 16;

pub(crate) fn luma(layout: Layout, row: &[u8], luma: &mut [i16]) {
    match layout {
        Layout::Rgb => color_row::<3, { 3 * BATCH }, RED, BLUE>(row, luma),
        Layout::Bgr => color_row::<3, { 3 * BATCH }, BLUE, RED>(row, luma),
        Layout::Rgbx => color_row::<4, { 4 * BATCH }, RED, BLUE>(row, luma),
        Layout::Bgrx => color_row::<4, { 4 * BATCH }, BLUE, RED>(row, luma),
    }
}

/// Rows of `SAMPLES` bytes a pixel, of which the first is weighted with `FIRST` and the third with `THIRD`; `BYTES` are a
/// batch of pixels.
fn color_row<const SAMPLES: usize, const BYTES: usize, const FIRST: u32, const THIRD: u32>(
    row: &[u8],
    luma: &mut [i16],
) {
    let (batches, rest) = row.as_chunks::<BYTES>();
    let (outs, rest_out) = luma.split_at_mut(batches.len() * BATCH);
    for (batch, out) in batches.iter().zip(outs.as_chunks_mut().0) {
        weigh::<SAMPLES, BYTES, FIRST, THIRD>(batch, out);
    }
    let (mut last, mut last_out) = ([0; BYTES], [0; BATCH]);
    last.iter_mut().zip(rest).for_each(|(byte, rest)| *byte = *rest);
    weigh::<SAMPLES, BYTES, FIRST, THIRD>(&last, &mut last_out);
    rest_out.iter_mut().zip(last_out).take(rest.len() / SAMPLES).for_each(|(out, last)| *out = last);
}

/// The luma of a batch. All bytes are multiplied first, each with the weight of its place, as the compiler does that many at
/// a time whatever the length of a pixel.
fn weigh<const SAMPLES: usize, const BYTES: usize, const FIRST: u32, const THIRD: u32>(
    bytes: &[u8; BYTES],
    luma: &mut [i16; BATCH],
) {
    let weights = const { repeated::<BYTES>(SAMPLES, [FIRST, GREEN, THIRD]) };
    let mut products = [0; BYTES];
    for ((product, &byte), weight) in products.iter_mut().zip(bytes).zip(weights) {
        *product = u32::from(byte) * weight;
    }
    for (out, products) in luma.iter_mut().zip(products.as_chunks::<SAMPLES>().0) {
        let sum: u32 = products.iter().take(3).sum();
        // The weights sum to 65,536, so the high half is at most 255.
        *out = i16::from(((sum + 0x8000) >> 16).to_le_bytes()[0]);
    }
}

/// The weights of a batch of pixels of `samples` bytes; what follows the three colours has none.
const fn repeated<const BYTES: usize>(samples: usize, weights: [u32; 3]) -> [u32; BYTES] {
    let mut places = [0; BYTES];
    let (mut rest, mut place): (&mut [u32], usize) = (&mut places, 0);
    while let Some((first, after)) = rest.split_first_mut() {
        *first = match place % samples {
            0 => weights[0],
            1 => weights[1],
            2 => weights[2],
            _ => 0,
        };
        (rest, place) = (after, place + 1);
    }
    places
}

pub(super) fn byte_sum(bytes: &[u8]) -> u64 {
    // 2^16 bytes sum to less than 2^24, so most of the adding is done in 32 bits.
    bytes.chunks(1 << 16).map(|bytes| u64::from(bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>())).sum()
}
