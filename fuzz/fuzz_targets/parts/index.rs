//! What can be done with an index that may be damaged, and what must hold whatever its bytes are.

#![allow(dead_code, reason = "each target takes its part")]

use core::ops::ControlFlow;
use std::convert::Infallible;

use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::HashBits;
use lookalike::index::{BUFFER_BYTES, Index, IndexError, IndexKind, Query, ReadAt, ReadIndex};

/// A hit: hash, needle, distance.
type Found<const N: usize> = (HashBits<N>, usize, u32);

/// Opens the bytes in every way there is, and asks whatever opens everything.
pub fn open_and_ask(bytes: &[u8], needles: &[[u8; 32]], radius: u32) {
    for index in [Index::open(bytes), Index::open_without_checksums(bytes)].into_iter().flatten() {
        if index.profile().bits() == 64 {
            ask(&index, &needles.iter().map(short).collect::<Vec<_>>(), radius % 65);
        } else {
            let needles: Vec<_> = needles.iter().map(|needle| HashBits::from_bytes(*needle)).collect();
            ask::<32>(&index, &needles, radius % 257);
        }
    }
    let mut buffer = [0; BUFFER_BYTES];
    let mut more = [0; BUFFER_BYTES];
    let pieces =
        (ReadIndex::open(Pieces(bytes), &mut buffer), ReadIndex::open_without_checksums(Pieces(bytes), &mut more));
    // piece by piece, what opens is what opens in memory
    assert_eq!(pieces.0.is_ok(), Index::open(bytes).is_ok());
    assert_eq!(pieces.1.is_ok(), Index::open_without_checksums(bytes).is_ok());
    if let (_, Ok(mut index)) = pieces {
        let mut hits = 0;
        let mut count = || {
            hits += 1;
            ControlFlow::Continue(())
        };
        let _ = if index.profile().bits() == 64 {
            let needles: Vec<HashBits<8>> = needles.iter().map(short).collect();
            index.search(&Query::new(index.profile(), &needles).radius(radius % 65), |_| count())
        } else {
            let needles: Vec<_> = needles.iter().map(|needle| HashBits::from_bytes(*needle)).collect();
            index.search(&Query::new(index.profile(), &needles).radius(radius % 257), |_| count())
        };
        assert!(hits <= index.len() * needles.len() as u64);
    }
}

fn short(long: &[u8; 32]) -> HashBits<8> {
    HashBits::from_bytes(core::array::from_fn(|byte| long[byte]))
}

struct Pieces<'a>(&'a [u8]);

impl ReadAt for Pieces<'_> {
    type Error = Infallible;

    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&mut self, offset: u64, to: &mut [u8]) -> Result<(), Infallible> {
        to.copy_from_slice(&self.0[offset as usize..][..to.len()]);
        Ok(())
    }
}

/// The definition of the answer.
pub fn brute_force<const N: usize>(hashes: &[HashBits<N>], needles: &[HashBits<N>], radius: u32) -> Vec<Found<N>> {
    let mut found = Vec::new();
    for hash in hashes {
        for (number, needle) in needles.iter().enumerate() {
            let distance = hash.as_bytes().iter().zip(needle.as_bytes()).map(|(a, b)| (a ^ b).count_ones()).sum();
            if distance <= radius {
                found.push((*hash, number, distance));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn search<const N: usize>(
    index: &Index<&[u8]>,
    needles: &[HashBits<N>],
    radius: u32,
) -> Result<Vec<Found<N>>, IndexError> {
    let (mut found, most) = (Vec::new(), index.len() * needles.len() as u64);
    index.search(&Query::new(index.profile(), needles).radius(radius), |hit| {
        found.push((hit.hash, hit.needle, hit.distance));
        assert!(found.len() as u64 <= most, "more hits than pairs");
        ControlFlow::Continue(())
    })?;
    found.sort_unstable();
    Ok(found)
}

fn ask<const N: usize>(index: &Index<&[u8]>, needles: &[HashBits<N>], radius: u32) {
    let size = index.as_bytes().len() as u64;
    assert!(index.len() <= size && index.entries() <= size);
    let is_sound = index.verify().is_ok();
    let held: Vec<HashBits<N>> = index.hashes().expect("the width is right").collect();
    assert_eq!(held.len() as u64, index.len());
    let mut needles = needles.to_vec();
    needles.extend(held.first());
    needles.extend(held.last());
    match search(index, &needles, radius) {
        Ok(mut found) => {
            // of two stored hashes that damage has made equal, both are found
            found.dedup();
            if is_sound || index.kind() == IndexKind::Linear {
                assert_eq!(found, brute_force(&held, &needles, radius));
            } else {
                let expected = brute_force(&held, &needles, radius);
                assert!(found.iter().all(|hit| expected.binary_search(hit).is_ok()), "a hit that none is");
            }
        }
        Err(error) => assert!(!is_sound && error.is_corrupt()),
    }
    let batched = index.batch(index.profile(), radius, needles.iter().copied()).expect("the width is right");
    let batched: Result<Vec<_>, _> = batched.map(|hit| hit.map(|hit| (hit.hash, hit.needle, hit.distance))).collect();
    match batched {
        Ok(mut found) if is_sound => {
            found.sort_unstable();
            assert_eq!(found, brute_force(&held, &needles, radius));
        }
        Ok(found) => assert!(found.len() as u64 <= index.len() * needles.len() as u64),
        Err(error) => assert!(!is_sound && error.is_corrupt()),
    }

    for slot in index.slots() {
        let mut sources = index.sources(slot).peekable();
        assert!(sources.peek().is_some(), "a slot without sources or error");
        sources.for_each(|source| assert!(source.is_ok() || !is_sound));
    }
    if let Ok(all) = index.in_order::<N>() {
        let good = all.iter().filter(Result::is_ok).count() as u64;
        assert!(good <= index.entries() && (!is_sound || good == index.entries()));
    } else {
        assert!(!is_sound);
    }
    for kind in DigestKind::ALL {
        for needle in needles.iter().take(2) {
            let bytes: Vec<u8> = needle.as_bytes().iter().copied().cycle().take(kind.bytes()).collect();
            let digest = Digest::from_bytes(kind, &bytes).expect("as long as its kind");
            let found = index.find(&digest).inspect(|source| assert!(source.is_ok() || !is_sound)).count();
            assert!(found as u64 <= index.digests(kind));
        }
    }
    let mut lists = 0;
    index.lists().take_while(Result::is_ok).for_each(|_| lists += 1);
    assert!(lists <= size);
}
