//! A large list: the hashes of random crops of many pictures.

use std::error::Error;
use std::fs;
use std::path::Path;

use lookalike::hash::Bits256;
use lookalike::hash::pdq::{self, MIN_QUALITY, PdqProfile};

use crate::{needles, tasks};

const RECORD: usize = 32 + 4 + 4 * 2;
/// Each side of a crop is this share of the picture's, or more.
const LEAST_SHARE: f64 = 0.3;
const LEAST_SIDE: f64 = 48.0;

/// Writes the hashes of so many crops of each picture as have the quality to be listed, each hash once.
pub fn make(sources: &Path, seed: u64, out: &Path) -> Result<(), Box<dyn Error>> {
    let sources = fs::read_to_string(sources)?;
    let sources: Vec<String> = sources.lines().zip(0..).map(|(line, number)| format!("{line}\t{number}")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut records = tasks::each(
        &sources,
        || (),
        |(), line| {
            let [path, count, number] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err("expected a path, a tab, and a number".into());
            };
            crops(path, count.parse()?, number.parse()?, seed)
        },
    )?
    .concat();
    records.sort_unstable();
    records.dedup_by(|a, b| a[..32] == b[..32]);
    Ok(fs::write(out, records.concat())?)
}

fn crops(path: &str, count: usize, number: u32, seed: u64) -> Result<Vec<[u8; RECORD]>, Box<dyn Error>> {
    let decoded = needles::decoded(Path::new(path))?;
    let image = decoded.image();
    let mut random = Random(seed ^ u64::from(number) << 32);
    let mut records = Vec::new();
    for _ in 0..count {
        let mut axis = |length: u32| {
            let part = (f64::from(length) * (LEAST_SHARE + (1.0 - LEAST_SHARE) * random.next()))
                .max(LEAST_SIDE)
                .min(f64::from(length)) as u32;
            ((f64::from(length - part + 1) * random.next()) as u32, part)
        };
        let ((left, width), (top, height)) = (axis(image.width()), axis(image.height()));
        let Some(part) = image.crop(left, top, width, height) else { continue };
        let found = pdq::spectrum(&part, PdqProfile::FullResolution)?.pdq();
        if found.quality >= MIN_QUALITY {
            let mut record = [0; RECORD];
            record[..32].copy_from_slice(found.hash.as_bytes());
            record[32..36].copy_from_slice(&number.to_le_bytes());
            for (place, value) in record[36..].as_chunks_mut::<2>().0.iter_mut().zip([left, top, width, height]) {
                *place = (value as u16).to_le_bytes();
            }
            records.push(record);
        }
    }
    Ok(records)
}

/// The hashes of a list.
pub fn hashes(path: &str) -> Result<Vec<Bits256>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (records, rest) = bytes.as_chunks::<RECORD>();
    if !rest.is_empty() {
        return Err(format!("{path}: found {} bytes, expected records of {RECORD}", bytes.len()).into());
    }
    Ok(records.iter().map(|record| Bits256::from_bytes(core::array::from_fn(|i| record[i]))).collect())
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ it >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ it >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
