//! The hashes and needles, the same for the same seed.
//!
//! *uniform*: random bits. *pictures*: PDQ of drawn pictures of 64x64 pixels, discs and boxes of random grey that hide each other
//! ("dead leaves"), eight dihedral hashes each; of 64 bits the first 64 of these. Hashes are distinct and in random order.
//!
//! Every tenth needle is a listed hash with bits flipped, 0 to 40 of them in turn (of 64 bits: 0 to 16); the others are fresh, drawn
//! as the hashes were, one a picture. Most look-ups find nothing, as for a service that looks up what people upload.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use lookalike::hash::HashBits;
use lookalike::hash::pdq::{self, MIN_QUALITY, PdqProfile};
use lookalike::pixels::{ImageRef, PixelFormat};

use crate::Failure;

const SIDE: usize = 64;

/// Writes hashes and needles into a folder, packed and as hexadecimal lines.
pub fn write<const N: usize>(
    folder: &Path,
    kind: &str,
    hashes: usize,
    needles: usize,
    seed: u64,
) -> Result<(), Failure> {
    let mut source = Source::new(kind, seed)?;
    let (mut seen, mut list) = (HashSet::with_capacity(hashes), Vec::with_capacity(hashes));
    while list.len() < hashes {
        for hash in source.draw::<N>()? {
            if list.len() < hashes && seen.insert(hash) {
                list.push(hash);
            }
        }
    }
    // the eight of a picture would otherwise follow each other, as in no list
    let mut random = Random(seed ^ 0x5d1);
    for last in (1..list.len()).rev() {
        list.swap(last, random.below(last + 1));
    }
    save(folder, "hashes", &list)?;

    let mut source = Source::new(kind, seed ^ 0xf5e5)?;
    let mut fresh = || source.draw::<N>().map(|hashes| hashes[0]);
    let farthest = if N == 8 { 16 } else { 40 };
    let needles = (0..needles)
        .map(|number| match number % 10 {
            0 => {
                let listed = list[random.below(list.len())];
                Ok(random.near(&listed, number / 10 % (farthest + 1)))
            }
            _ => fresh(),
        })
        .collect::<Result<Vec<_>, _>>()?;
    save(folder, "needles", &needles)
}

/// Reads packed hashes.
pub fn read<const N: usize>(path: &Path) -> Result<Vec<HashBits<N>>, Failure> {
    let bytes = fs::read(path)?;
    let (hashes, rest) = bytes.as_chunks::<N>();
    if !rest.is_empty() {
        return Err(format!("{} holds no whole number of hashes", path.display()).into());
    }
    Ok(hashes.iter().map(|&hash| HashBits::from_bytes(hash)).collect())
}

fn save<const N: usize>(folder: &Path, name: &str, hashes: &[HashBits<N>]) -> Result<(), Failure> {
    let mut packed = BufWriter::new(File::create(folder.join(name).with_extension("bin"))?);
    let mut lines = BufWriter::new(File::create(folder.join(name).with_extension("txt"))?);
    for hash in hashes {
        packed.write_all(hash.as_bytes())?;
        writeln!(lines, "{hash}")?;
    }
    packed.flush()?;
    Ok(lines.flush()?)
}

/// Where fresh hashes come from.
enum Source {
    Uniform(Random),
    Pictures(Random),
}

impl Source {
    fn new(kind: &str, seed: u64) -> Result<Self, Failure> {
        match kind {
            "uniform" => Ok(Self::Uniform(Random(seed))),
            "pictures" => Ok(Self::Pictures(Random(seed))),
            _ => Err(format!("found data {kind:?}, expected uniform or pictures").into()),
        }
    }

    /// The next hash, or the eight of the next picture.
    fn draw<const N: usize>(&mut self) -> Result<Vec<HashBits<N>>, Failure> {
        let random = match self {
            Self::Uniform(random) => return Ok(vec![random.hash()]),
            Self::Pictures(random) => random,
        };
        loop {
            let pixels = dead_leaves(random);
            let image = ImageRef::packed(&pixels, SIDE as u32, SIDE as u32, PixelFormat::Gray8)?;
            let spectrum = pdq::spectrum(&image, PdqProfile::FullResolution)?;
            // lists hold nothing of low quality
            if spectrum.quality() >= MIN_QUALITY {
                let eight = spectrum.dihedral().map(|pdq| *pdq.hash.as_bytes());
                let first = eight.iter().filter_map(|hash| hash.first_chunk());
                return Ok(first.map(|&hash| HashBits::from_bytes(hash)).collect());
            }
        }
    }
}

/// Twenty to fifty discs and boxes; there are far more small ones than large ones, as in photographs.
fn dead_leaves(random: &mut Random) -> Vec<u8> {
    let mut pixels = vec![random.below(256) as u8; SIDE * SIDE];
    for _ in 0..20 + random.below(31) {
        let (grey, round) = (random.below(256) as u8, random.below(2) == 0);
        let reach = 2.0 + 22.0 * random.unit().powi(3);
        let (x, y) = (random.unit() * SIDE as f32, random.unit() * SIDE as f32);
        let (wide, high) = if round { (reach, reach) } else { (reach, reach * (0.5 + random.unit())) };
        let lines = |middle: f32, reach: f32| (middle - reach).max(0.0) as usize..((middle + reach) as usize).min(SIDE);
        for row in lines(y, high) {
            for column in lines(x, wide) {
                let (dx, dy) = (column as f32 - x, row as f32 - y);
                if !round || dx * dx + dy * dy <= reach * reach {
                    pixels[row * SIDE + column] = grey;
                }
            }
        }
    }
    pixels
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, end: usize) -> usize {
        (self.word() % end as u64) as usize
    }

    fn unit(&mut self) -> f32 {
        (self.word() >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn hash<const N: usize>(&mut self) -> HashBits<N> {
        let mut bytes = [0; N];
        bytes.chunks_mut(8).for_each(|word| word.copy_from_slice(&self.word().to_le_bytes()[..word.len()]));
        HashBits::from_bytes(bytes)
    }

    /// The hash with exactly so many bits flipped.
    fn near<const N: usize>(&mut self, hash: &HashBits<N>, bits: usize) -> HashBits<N> {
        let (mut near, mut places) = (*hash, (0..8 * N).collect::<Vec<_>>());
        let near_bits = near.bits_mut();
        for _ in 0..bits {
            let place = places.swap_remove(self.below(places.len()));
            near_bits.set(place, !near_bits[place]);
        }
        near
    }
}
