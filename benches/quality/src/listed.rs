//! Exact look-up in many hashes, by the library's index, with the numbers that they have in their list.

use std::error::Error;

use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Index, Source};

/// An index, and for each of its slots the first number of its hash.
pub struct Listed {
    index: Index<Vec<u8>>,
    numbers: Vec<u32>,
}

impl Listed {
    pub fn new(hashes: &[Bits256]) -> Result<Self, Box<dyn Error>> {
        let mut builder = Builder::new(Profile::Pdq)?;
        for hash in hashes {
            builder.add(*hash, Source { list: "listed", ..Source::default() })?;
        }
        let mut sorted: Vec<_> = hashes.iter().zip(0..).collect();
        sorted.sort_unstable();
        sorted.dedup_by_key(|(hash, _)| *hash);
        // linear and multi-indexes keep their hashes sorted
        Ok(Self {
            index: Index::open(builder.finish()?)?,
            numbers: sorted.into_iter().map(|(_, number)| number).collect(),
        })
    }

    /// Calls for every pair of a needle and a distinct hash within the radius: the number of each, and the distance.
    pub fn search(
        &self,
        needles: &[Bits256],
        radius: u32,
        mut visit: impl FnMut(usize, u32, u32),
    ) -> Result<(), Box<dyn Error>> {
        for hit in self.index.batch(Profile::Pdq, radius, needles.iter().copied())? {
            let hit = hit?;
            visit(hit.needle, self.numbers[hit.slot.number() as usize], hit.distance);
        }
        Ok(())
    }
}
