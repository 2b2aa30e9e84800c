//! Files that were cut short or added to, and headers that were made to say so.

use lookalike::index::Index;

use crate::exercise::{Tally, exercise, open};
use crate::index_support::{reseal, sections};
use crate::reference::{Reference, references};

/// Where the header says how long the file is, and where the section table begins, of rows of 24 bytes: offset and length from 8 on.
const LENGTH: usize = 64;
const TABLE: usize = 72;
const ROW: usize = 24;

#[test]
fn every_truncation_and_extension_is_refused() {
    let mut tally = Tally::default();
    let mut refused = |bytes: &[u8], case: &dyn Fn() -> String| {
        assert!(Index::open_without_checksums(bytes).is_err(), "{}", case());
        tally.refuses(bytes, case);
    };
    for Reference { name, bytes, .. } in references() {
        for len in 0..bytes.len() {
            refused(&bytes[..len], &|| format!("{name}, cut to {len} bytes"));
        }
        for more in (1..=64).chain([4096]) {
            for longer in extended(&bytes, more) {
                refused(&longer, &|| format!("{name}, {more} bytes added"));
            }
        }
    }
    println!("every truncation, every extension of 1 to 64 bytes, checksums intact: {tally}");
}

/// So many bytes more: zeros, ones, and the end of the file once more.
fn extended(bytes: &[u8], more: usize) -> [Vec<u8>; 3] {
    let filled = |filling: &mut dyn Iterator<Item = u8>| {
        let mut longer = bytes.to_vec();
        longer.extend(filling.take(more));
        longer
    };
    let again = &bytes[bytes.len().saturating_sub(more)..];
    let zeros = || std::iter::repeat(0);
    [filled(&mut zeros()), filled(&mut std::iter::repeat(0xff)), filled(&mut again.iter().copied().chain(zeros()))]
}

/// Makes the header say how long the file is, once so that the last section ends where it did, and once so that it ends the file.
fn mended(bytes: &[u8]) -> Vec<Vec<u8>> {
    let len = bytes.len() as u64;
    let mut recorded = bytes.to_vec();
    let Some(place) = recorded.get_mut(LENGTH..LENGTH + 8) else { return Vec::new() };
    place.copy_from_slice(&len.to_le_bytes());
    let mut last = recorded.clone();
    let row = (bytes.len() >= TABLE).then(|| TABLE + ROW * usize::from(u16::from_le_bytes([bytes[26], bytes[27]])));
    if let Some(row) = row.and_then(|end| last.get_mut(end - ROW..end)) {
        let offset = u64::from_le_bytes(row[8..16].try_into().unwrap());
        row[16..24].copy_from_slice(&len.wrapping_sub(offset).to_le_bytes());
    }
    let mut all = vec![recorded, last];
    all.iter_mut().for_each(|bytes| reseal(bytes));
    all
}

#[test]
fn every_other_length_that_the_header_admits_to_is_survived() {
    let mut tally = Tally::default();
    let mut cut = 0;
    for Reference { name, bytes, .. } in references() {
        let step = if cfg!(debug_assertions) { 1 + bytes.len() / 400 } else { 1 };
        for len in (0..bytes.len()).step_by(step) {
            for shorter in mended(&bytes[..len]) {
                cut += 1;
                tally.count(exercise(&shorter, open, || format!("{name}, cut to {len} bytes, mended")));
            }
        }
        for more in 1..=64 {
            for longer in extended(&bytes, more).iter().flat_map(|longer| mended(longer)) {
                tally.count(exercise(&longer, open, || format!("{name}, {more} bytes added, mended")));
            }
        }
        assert_eq!(sections(&bytes).last().map(|(_, start, len)| start + len), Some(bytes.len()), "{name}");
    }
    assert!(cut > 0);
    println!("every truncation, every extension of 1 to 64 bytes, header and checksums mended: {tally}");
}
