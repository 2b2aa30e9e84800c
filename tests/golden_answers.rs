//! The same files, the same answers, on every machine: hits, provenance, digests and lists of the golden indexes, and hashes of drawn
//! pictures, each summed up to one number that was recorded on x86-64.
//!
//! It needs no feature, no heap and no file system, so it runs wherever a program runs: `.ci/targets` has it on big-endian and
//! 32-bit machines and in a browser's engine.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "tests may panic, and know their numbers"
)]

use core::ops::ControlFlow;

use lookalike::Level;
use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{HashBits, PdqProfile, PdqStream};
use lookalike::index::{Index, Query};
use lookalike::pixels::PixelFormat;

/// FNV-1a over whatever is told: short, and the same everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sum(u64);

impl Sum {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        bytes.iter().for_each(|&byte| self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }

    fn number(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Everything that a file answers: all hits of each stored hash and of one a few bits away, at small and large radii, with their
/// sources; the digests of the first rows; the lists.
fn answers<const N: usize>(bytes: &[u8], level: Level) -> (u64, Sum) {
    let index = Index::open(bytes).unwrap().level(level);
    index.verify().unwrap();
    let (mut hits, mut all) = (0, Sum::EMPTY);
    for (at, hash) in index.hashes::<N>().unwrap().enumerate() {
        let mut near = *hash.as_bytes();
        near[at % N] ^= 0x81;
        near[(at + 5) % N] ^= 0x10;
        for radius in [0, N as u32 / 2, N as u32, 3 * N as u32] {
            let needles = [hash, HashBits::from_bytes(near)];
            // the order of hits is not promised, so they are added up
            let mut sum = 0_u64;
            index
                .search(&Query::new(index.profile(), &needles).radius(radius), |hit| {
                    let mut one = Sum::EMPTY;
                    one.number(u64::from(hit.distance));
                    one.number(hit.needle as u64);
                    one.bytes(hit.hash.as_bytes());
                    for source in index.sources(hit.slot) {
                        let source = source.unwrap();
                        for text in [source.list, source.id, source.classification, source.owner, source.jurisdiction] {
                            one.bytes(text.as_bytes());
                        }
                        one.number(source.opinion as u64);
                        one.number(source.role as u64);
                    }
                    (sum, hits) = (sum.wrapping_add(one.0), hits + 1);
                    ControlFlow::Continue(())
                })
                .unwrap();
            all.number(sum);
        }
    }
    for kind in DigestKind::ALL {
        all.number(index.digests(kind));
        // no digest of one repeated byte is listed
        let none = Digest::from_bytes(kind, &[0x5a; 32][..kind.bytes()]).unwrap();
        assert_eq!(index.find(&none).count(), 0);
    }
    for list in index.lists() {
        let list = list.unwrap();
        all.bytes(list.name.as_bytes());
        all.number(list.entries);
    }
    (hits, all)
}

macro_rules! golden {
    ($($name:literal, $bytes:literal, $hits:literal, $sum:literal;)*) => {
        [$(($name, include_bytes!(concat!("golden/index-", $name, ".bin")) as &[u8], answers::<$bytes> as fn(&[u8], Level) -> (u64, Sum), $hits, $sum),)*]
    };
}

#[test]
fn golden_files_answer_alike_everywhere() {
    let mut failed = false;
    for (name, bytes, answers, hits, sum) in golden! {
        "v1-bk-tree-256", 32, 31277, 0xf71c_5908_351e_16fa;
        "v1-bk-tree-64", 8, 27731, 0x3327_ccea_7698_7316;
        "v1-empty", 32, 0, 0x81d2_3fd7_003c_2305;
        "v1-linear-256", 32, 170, 0xd5b7_3ad4_e2b3_d41c;
        "v1-linear-64", 8, 167, 0x45e6_ff9b_504d_6241;
        "v2-bk-tree-256", 32, 31277, 0xf71c_5908_351e_16fa;
        "v2-bk-tree-64", 8, 27731, 0x3327_ccea_7698_7316;
        "v2-empty", 32, 0, 0x81d2_3fd7_003c_2305;
        "v2-linear-256", 32, 51726, 0x913f_39ef_844a_eab6;
        "v2-linear-64", 8, 167, 0x45e6_ff9b_504d_6241;
        "v2-mih-256", 32, 882, 0x8ce5_bdfd_4c92_b1d9;
        "v2-mih-64", 8, 60785, 0x65a4_60d6_84d7_5026;
        "v3-bk-tree-64", 8, 16190, 0x044c_4e51_cfe2_5686;
        "v3-empty", 32, 0, 0x81d2_3fd7_003c_2305;
        "v3-linear-256", 32, 53174, 0xa3e6_236d_b6a2_0786;
        "v3-linear-64", 8, 103, 0x1ac4_9837_96f1_3988;
        "v3-mih-256", 32, 532, 0xe126_a863_42ab_e195;
        "v3-mih-64", 8, 34361, 0x774a_a66e_94cb_765a;
    } {
        for level in Level::available() {
            let found = answers(bytes, level);
            if found != (hits, Sum(sum)) {
                eprintln!("{name}, {level:?}: {}, {:#018x}", found.0, found.1.0);
                failed = true;
            }
        }
    }
    assert!(!failed, "these files answered as they did not on x86-64");
}

#[test]
fn drawn_pictures_hash_alike_everywhere() {
    let (mut sums, mut number) = ([Sum::EMPTY; 4], 0);
    for (width, height, format) in [
        (64_u32, 64_u32, PixelFormat::Gray8),
        (257, 91, PixelFormat::Rgb8),
        (300, 301, PixelFormat::Gray16),
        (640, 480, PixelFormat::Bgra8),
        (1030, 70, PixelFormat::Rgb16),
    ] {
        number = 0;
        for level in Level::available() {
            let mut of_level = PdqStream::new(width, height, format, PdqProfile::FullResolution).unwrap().level(level);
            let (mut state, mut row) = (1_u32, [0_u8; 8 * 1030]);
            let row = &mut row[..width as usize * format.bytes_per_pixel()];
            for y in 0..height {
                for (x, byte) in (0_u32..).zip(row.iter_mut()) {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *byte = (x * 97 / width + x / 64 * 31 + y * 150 / height + y / 9 * 57 + (state >> 27)) as u8;
                }
                of_level.push_row(row).unwrap();
            }
            let spectrum = of_level.finish().unwrap();
            let one = &mut sums[number];
            number += 1;
            one.number(u64::from(spectrum.quality()));
            spectrum.dihedral().iter().for_each(|pdq| {
                one.bytes(pdq.hash.as_bytes());
                one.number(u64::from(pdq.median_gap.to_bits()));
            });
        }
    }
    // coefficients are compared to the last bit of their floats
    for sum in &sums[..number] {
        assert_eq!(*sum, Sum(0x0f90_3298_9fc1_16a2), "{:#018x}", sum.0);
    }
}
