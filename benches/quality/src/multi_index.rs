//! Exact look-up in many hashes: multi-index hashing (Norouzi et al., 2012), as plain as it can be.
//!
//! A hash within a radius of a needle is within a sixteenth of the radius in at least one of its sixteen pieces of 16 bits. For each
//! piece there is a table of all hashes by that piece; a needle looks at the pieces near its own.

use lookalike::hash::Bits256;

const PIECES: usize = 16;
const VALUES: usize = 1 << 16;
/// So many hashes need no tables.
const FEW: usize = 1000;
/// From more bits of a piece on, the neighbourhoods are so large that comparing with all is as fast.
const MOST_WITHIN: u32 = 3;

/// Tables over hashes: 36 bytes a hash and piece, 4 MB beside.
pub struct MultiIndex {
    hashes: Vec<[u64; 4]>,
    tables: Vec<Table>,
}

struct Table {
    starts: Vec<u32>,
    entries: Vec<([u64; 4], u32)>,
}

impl MultiIndex {
    pub fn new(hashes: &[Bits256]) -> Self {
        let hashes: Vec<_> = hashes.iter().map(words).collect();
        let tables =
            if hashes.len() <= FEW { Vec::new() } else { (0..PIECES).map(|at| Table::new(&hashes, at)).collect() };
        Self { hashes, tables }
    }

    /// Calls for every pair of a needle and a hash within the radius, once: the number of each, and the distance.
    ///
    /// The more needles at once the better: those that look at the same entries do so one after the other.
    pub fn search(&self, needles: &[Bits256], radius: u32, mut visit: impl FnMut(usize, u32, u32)) {
        let needles: Vec<_> = needles.iter().map(words).collect();
        let within = radius / PIECES as u32;
        // few hashes are compared one after the other, and all of them where the tables would not save much
        if self.hashes.len() <= FEW || within > MOST_WITHIN {
            for (needle, at) in needles.iter().zip(0..) {
                for (hash, number) in self.hashes.iter().zip(0..) {
                    let distance = distance(hash, needle);
                    if distance <= radius {
                        visit(at, number, distance);
                    }
                }
            }
            return;
        }
        let masks: Vec<u16> = (0..=u16::MAX).filter(|mask| mask.count_ones() <= within).collect();
        for (at, table) in self.tables.iter().enumerate() {
            // who looks at which value, in the order of the values
            let mut starts = vec![0_u32; VALUES + 1];
            let looks = || {
                needles.iter().flat_map(|needle| masks.iter().map(move |mask| usize::from(piece(needle, at) ^ mask)))
            };
            looks().for_each(|value| starts[value + 1] += 1);
            (0..VALUES).for_each(|value| starts[value + 1] += starts[value]);
            let mut next = starts.clone();
            let mut sorted = vec![0_u32; needles.len() * masks.len()];
            for (value, look) in looks().zip(0_u32..) {
                sorted[next[value] as usize] = look / masks.len() as u32;
                next[value] += 1;
            }
            for value in 0..VALUES {
                let entries = &table.entries[table.starts[value] as usize..table.starts[value + 1] as usize];
                for &look in &sorted[starts[value] as usize..starts[value + 1] as usize] {
                    let needle = &needles[look as usize];
                    for (hash, number) in entries {
                        let distance = distance(hash, needle);
                        // visited in the first piece that leads to it
                        let is_first = || {
                            (0..at).all(|before| (piece(hash, before) ^ piece(needle, before)).count_ones() > within)
                        };
                        if distance <= radius && is_first() {
                            visit(look as usize, *number, distance);
                        }
                    }
                }
            }
        }
    }
}

impl Table {
    fn new(hashes: &[[u64; 4]], at: usize) -> Self {
        let mut starts = vec![0_u32; VALUES + 1];
        hashes.iter().for_each(|hash| starts[usize::from(piece(hash, at)) + 1] += 1);
        for value in 0..VALUES {
            starts[value + 1] += starts[value];
        }
        let mut next = starts.clone();
        let mut entries = vec![([0; 4], 0); hashes.len()];
        for (hash, number) in hashes.iter().zip(0..) {
            let place = &mut next[usize::from(piece(hash, at))];
            entries[*place as usize] = (*hash, number);
            *place += 1;
        }
        Self { starts, entries }
    }
}

fn distance(one: &[u64; 4], other: &[u64; 4]) -> u32 {
    one.iter().zip(other).map(|(a, b)| (a ^ b).count_ones()).sum()
}

fn piece(hash: &[u64; 4], at: usize) -> u16 {
    (hash[at / 4] >> (16 * (at % 4))) as u16
}

fn words(hash: &Bits256) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(hash.as_bytes().as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_comparing_with_each_finds() {
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as u8
        };
        let center: [u8; 32] = core::array::from_fn(|_| random());
        let near = |flips: usize, random: &mut dyn FnMut() -> u8| {
            let mut bytes = center;
            (0..flips).for_each(|_| bytes[usize::from(random() % 32)] ^= 1 << (random() % 8));
            Bits256::from_bytes(bytes)
        };
        let hashes: Vec<_> = (0..2000).map(|i| near(i % 90, &mut random)).collect();
        let needles = [near(10, &mut random), near(25, &mut random), near(90, &mut random)];
        let index = MultiIndex::new(&hashes);
        for radius in [0, 15, 31, 40, 52, 68] {
            let mut found = Vec::new();
            index.search(&needles, radius, |needle, number, distance| found.push((needle, number, distance)));
            found.sort_unstable();
            let all = needles.iter().enumerate().flat_map(|(at, needle)| {
                hashes.iter().zip(0..).map(move |(hash, number)| (at, number, hash.distance(needle)))
            });
            let expected: Vec<_> = all.filter(|it| it.2 <= radius).collect();
            assert_eq!(found, expected);
            assert!(radius < 31 || expected.len() > 10);
        }
    }
}
