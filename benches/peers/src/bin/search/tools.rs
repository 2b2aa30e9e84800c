//! Those who look up: our kinds of index and two crates, each set up as its documentation does.

use std::ops::ControlFlow;
use std::path::Path;

use bk_tree::{BKTree, Metric};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Index, Query};
use lookalike::mmap::{self, MappedFile};

use crate::{Failure, data};

/// A list, ready to be looked up in.
pub enum Tool<const N: usize> {
    /// Of any kind.
    Ours(Index<MappedFile>),
    BkTree(BKTree<HashBits<N>, Hamming>, usize),
    /// Its answers are positions in the list.
    MihRs(mih_rs::Index<u64>, Vec<HashBits<N>>),
}

impl<const N: usize> Tool<N> {
    /// Builds a crate's structure, or maps our index file.
    pub fn open(name: &str, folder: &Path) -> Result<Self, Failure> {
        let hashes = || data::read::<N>(&folder.join("hashes.bin"));
        match name {
            "bk-tree-crate" => {
                let (hashes, mut tree) = (hashes()?, BKTree::new(Hamming));
                tree.extend(hashes.iter().copied());
                Ok(Self::BkTree(tree, hashes.len()))
            }
            "mih-rs" => {
                let hashes = hashes()?;
                let words: Option<Vec<u64>> = hashes.iter().map(word).collect();
                let words = words.ok_or("mih-rs takes hashes of 64 bits")?;
                Ok(Self::MihRs(mih_rs::Index::new(words)?, hashes))
            }
            kind => Ok(Self::Ours(mmap::seal(folder.join(kind).with_extension("idx"))?)),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Ours(index) => index.len() as usize,
            Self::BkTree(_, len) => *len,
            Self::MihRs(_, hashes) => hashes.len(),
        }
    }

    pub fn searcher(&self) -> Searcher<'_, N> {
        match self {
            Self::Ours(index) => Searcher::Ours(index),
            Self::BkTree(tree, _) => Searcher::BkTree(tree),
            Self::MihRs(index, hashes) => Searcher::MihRs(Box::new(index.range_searcher()), hashes),
        }
    }
}

/// A tool with the memory that it keeps from one look-up to the next.
pub enum Searcher<'a, const N: usize> {
    Ours(&'a Index<MappedFile>),
    BkTree(&'a BKTree<HashBits<N>, Hamming>),
    MihRs(Box<mih_rs::index::RangeSearcher<'a, u64>>, &'a [HashBits<N>]),
}

impl<const N: usize> Searcher<'_, N> {
    /// Visits every hit of every needle: the needle's position, and the hash.
    pub fn search(
        &mut self,
        needles: &[HashBits<N>],
        radius: u32,
        mut visit: impl FnMut(usize, &HashBits<N>),
    ) -> Result<(), Failure> {
        match self {
            Self::Ours(index) => {
                let profile = if N == 8 { Profile::Phash64 } else { Profile::Pdq };
                index.search(&Query::new(profile, needles).radius(radius), |hit| {
                    visit(hit.needle, &hit.hash);
                    ControlFlow::Continue(())
                })?;
            }
            Self::BkTree(tree) => {
                for (number, needle) in needles.iter().enumerate() {
                    tree.find(needle, radius).for_each(|(_, hash)| visit(number, hash));
                }
            }
            Self::MihRs(searcher, hashes) => {
                for (number, needle) in needles.iter().enumerate() {
                    let needle = word(needle).ok_or("mih-rs takes hashes of 64 bits")?;
                    for &hash in searcher.run(needle, radius as usize) {
                        visit(number, hashes.get(hash as usize).ok_or("mih-rs answered with no position")?);
                    }
                }
            }
        }
        Ok(())
    }
}

fn word<const N: usize>(hash: &HashBits<N>) -> Option<u64> {
    Some(u64::from_le_bytes(hash.as_bytes().as_slice().try_into().ok()?))
}

/// The distance, counted in words of 64 bits as `mih-rs` does.
pub struct Hamming;

impl<const N: usize> Metric<HashBits<N>> for Hamming {
    fn distance(&self, a: &HashBits<N>, b: &HashBits<N>) -> u32 {
        let words = a.as_bytes().as_chunks::<8>().0.iter().zip(b.as_bytes().as_chunks::<8>().0);
        words.map(|(a, b)| (u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b)).count_ones()).sum()
    }

    fn threshold_distance(&self, a: &HashBits<N>, b: &HashBits<N>, _: u32) -> Option<u32> {
        Some(self.distance(a, b))
    }
}
