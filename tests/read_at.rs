//! An index read piece by piece answers as one in memory, in as many reads as its documentation says; a read that fails is an error.

#![cfg(feature = "alloc")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "tests may panic, and know their numbers"
)]

use core::cell::Cell;
use core::ops::ControlFlow;

use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{
    BUFFER_BYTES, Builder, Index, IndexError, IndexKind, Query, ReadAt, ReadError, ReadIndex, Source,
};

/// A flash chip behind a bus, which counts what is read of it, and fails from some read on.
struct Flash<'a> {
    bytes: &'a [u8],
    reads: &'a Cell<usize>,
    longest: &'a Cell<usize>,
    fails_at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Silent;

impl ReadAt for Flash<'_> {
    type Error = Silent;

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&mut self, offset: u64, to: &mut [u8]) -> Result<(), Silent> {
        if self.reads.get() == self.fails_at {
            return Err(Silent);
        }
        self.reads.set(self.reads.get() + 1);
        self.longest.set(self.longest.get().max(to.len()));
        to.copy_from_slice(&self.bytes[offset as usize..][..to.len()]);
        Ok(())
    }
}

/// Everything that is asked of an index: hits with their sources, digests, lists.
type Told = (Vec<(u32, usize, Vec<u8>, u32, Vec<String>)>, Vec<String>, Vec<String>);

const RADII: [u32; 3] = [0, 9, 70];

fn needles<const N: usize>(index: &Index<&[u8]>) -> Vec<HashBits<N>> {
    let hashes: Vec<HashBits<N>> = index.hashes::<N>().unwrap().collect();
    let mut needles: Vec<_> = hashes.iter().copied().step_by(hashes.len() / 4 + 1).collect();
    needles.push(HashBits::from_bytes([0x5a; N]));
    needles
}

fn in_memory<const N: usize>(index: &Index<&[u8]>, digests: &[Digest]) -> Told {
    let needles = needles::<N>(index);
    let mut hits = Vec::new();
    for radius in RADII {
        index
            .search(&Query::new(index.profile(), &needles).radius(radius.min(8 * N as u32)), |hit| {
                let sources = index.sources(hit.slot).map(|source| format!("{:?}", source.unwrap())).collect();
                hits.push((hit.distance, hit.needle, hit.hash.as_bytes().to_vec(), hit.slot.number(), sources));
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    hits.sort();
    let found = digests.iter().flat_map(|digest| index.find(digest)).map(|it| format!("{:?}", it.unwrap())).collect();
    (hits, found, index.lists().map(|list| format!("{:?}", list.unwrap())).collect())
}

fn piece_by_piece<const N: usize>(
    bytes: &[u8],
    digests: &[Digest],
    fails_at: usize,
) -> Result<(Told, usize), ReadError<Silent>> {
    let (reads, longest) = (Cell::new(0), Cell::new(0));
    let mut buffer = [0x77; BUFFER_BYTES];
    let flash = Flash { bytes, reads: &reads, longest: &longest, fails_at };
    let mut index = ReadIndex::open(flash, &mut buffer)?;
    let needles = needles::<N>(&Index::open(bytes).unwrap());
    let (mut hits, mut slots) = (Vec::new(), Vec::new());
    for radius in RADII {
        index.search(&Query::new(index.profile(), &needles).radius(radius.min(8 * N as u32)), |hit| {
            slots.push(hit.slot);
            hits.push((hit.distance, hit.needle, hit.hash.as_bytes().to_vec(), hit.slot.number(), Vec::new()));
            ControlFlow::Continue(())
        })?;
    }
    let mut texts = [0; 300];
    for (hit, slot) in hits.iter_mut().zip(slots) {
        index.sources(slot, &mut texts, |source| {
            hit.4.push(format!("{source:?}"));
            ControlFlow::Continue(())
        })?;
    }
    let (mut found, mut lists) = (Vec::new(), Vec::new());
    for digest in digests {
        index.find(digest, &mut texts, |source| {
            found.push(format!("{source:?}"));
            ControlFlow::Continue(())
        })?;
    }
    index.lists(&mut texts, |list| {
        lists.push(format!("{list:?}"));
        ControlFlow::Continue(())
    })?;
    hits.sort();
    assert!(longest.get() <= BUFFER_BYTES);
    Ok(((hits, found, lists), reads.get()))
}

fn check<const N: usize>(bytes: &[u8], digests: &[Digest]) -> usize {
    let expected = in_memory::<N>(&Index::open(bytes).unwrap(), digests);
    let (found, reads) = piece_by_piece::<N>(bytes, digests, usize::MAX).unwrap();
    assert!(found == expected, "{} hits, expected {}", found.0.len(), expected.0.len());
    // every read, or some of them where there are thousands
    for fails_at in (0..reads).step_by(reads / 400 + 1) {
        let failed = piece_by_piece::<N>(bytes, digests, fails_at);
        assert_eq!(failed.err(), Some(ReadError::Source(Silent)), "read {fails_at} of {reads}");
    }
    expected.0.len()
}

fn built<const N: usize>(profile: Profile, kind: IndexKind, len: usize) -> (Vec<u8>, Vec<Digest>) {
    let mut builder = Builder::<N>::new(profile).unwrap().kind(Some(kind));
    let (mut state, mut hash, mut digests) = (5_u64, [0_u8; N], Vec::new());
    let mut next = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (state >> 56) as u8
    };
    for number in 0..len {
        // families, so that hashes lie at all distances
        if number % 30 == 0 {
            hash = core::array::from_fn(|_| next());
        }
        hash[number % N] ^= next() & next();
        let id = format!("entry {number}");
        let list = ["hotline", "forum"][number % 2];
        let digest = Digest::from_bytes(
            DigestKind::ALL[number % 3],
            &[(number / 4) as u8; 32][..DigestKind::ALL[number % 3].bytes()],
        )
        .unwrap();
        let source = Source { list, id: &id, owner: "a hotline", ..Source::default() };
        let with = if number % 5 == 0 { &[digest][..] } else { &[] };
        builder.add_entry(Some(HashBits::from_bytes(hash)), with, source).unwrap();
        if digests.len() < 6 {
            digests.push(digest);
        }
    }
    (builder.finish().unwrap(), digests)
}

#[test]
fn answers_are_those_of_an_index_in_memory() {
    for kind in IndexKind::all() {
        for len in [0, 1, 255, 256, 257, 700] {
            let (bytes, digests) = built::<32>(Profile::Pdq, kind, len);
            let hits = check::<32>(&bytes, &digests);
            assert!(len < 256 || hits > 10, "{kind}, {len}: {hits} hits");
        }
        for len in [0, 1, 1023, 1100] {
            let (bytes, digests) = built::<8>(Profile::Phash64, kind, len);
            check::<8>(&bytes, &digests);
        }
    }
}

#[test]
fn files_of_earlier_versions_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        match Index::open(&bytes[..]).unwrap().profile().bits() {
            64 => check::<8>(&bytes, &[]),
            _ => check::<32>(&bytes, &[]),
        };
        count += 1;
    }
    assert!(count >= 18);
}

#[test]
fn reads_are_as_few_as_said() {
    let (bytes, _) = built::<32>(Profile::Pdq, IndexKind::Linear, 1000);
    let (reads, longest) = (Cell::new(0), Cell::new(0));
    let mut buffer = [0; BUFFER_BYTES];
    let flash = Flash { bytes: &bytes, reads: &reads, longest: &longest, fails_at: usize::MAX };
    let mut index = ReadIndex::open_without_checksums(flash, &mut buffer).unwrap();
    assert!(reads.get() <= 16 && longest.get() <= 412, "{} reads of up to {}", reads.get(), longest.get());
    let needles = needles::<32>(&Index::open(&bytes[..]).unwrap());
    let mut slot = None;
    for (count, groups) in [(1, 1), (2, 1), (5, 3)] {
        reads.set(0);
        index
            .search(&Query::new(Profile::Pdq, &needles[..count]).radius(31), |hit| {
                slot = Some(hit.slot);
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(reads.get(), groups * (2 * (1000 / 256) + 1));
    }
    reads.set(0);
    let mut texts = [0; 64];
    let mut entries = 0;
    index
        .sources(slot.unwrap(), &mut texts, |_| {
            entries += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(entries > 0 && reads.get() <= 1 + 18 * entries, "{} for {entries}", reads.get());
    let error = index.sources(slot.unwrap(), &mut texts[..5], |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(error, ReadError::Texts { allowed: 5, .. }));
}

#[test]
fn what_is_no_index_is_refused_and_what_does_not_fit_is_no_answer() {
    let (bytes, _) = built::<32>(Profile::Pdq, IndexKind::Mih, 300);
    let opened = |bytes: &[u8]| {
        let mut buffer = [0; BUFFER_BYTES];
        let flash = Flash { bytes, reads: &Cell::new(0), longest: &Cell::new(0), fails_at: usize::MAX };
        match ReadIndex::open(flash, &mut buffer) {
            Ok(_) => None,
            Err(ReadError::Index(error)) => Some(error),
            Err(error) => panic!("{error:?}"),
        }
    };
    assert_eq!(opened(&bytes), None);
    // what opening in memory says, word for word
    for len in (0..bytes.len()).step_by(bytes.len() / 150 + 1) {
        assert_eq!(opened(&bytes[..len]), Index::open(&bytes[..len]).err());
    }
    let mut changed = bytes.clone();
    for at in (0..bytes.len()).step_by(bytes.len() / 500 + 1).chain(0..420) {
        changed[at] ^= 0x20;
        assert_eq!(opened(&changed), Index::open(&changed[..]).err(), "byte {at}");
        assert!(opened(&changed).is_some());
        changed[at] ^= 0x20;
    }
    let mut buffer = [0; BUFFER_BYTES];
    let flash = Flash { bytes: &bytes, reads: &Cell::new(0), longest: &Cell::new(0), fails_at: usize::MAX };
    let mut index = ReadIndex::open(flash, &mut buffer).unwrap();
    let of_memory = Index::open(&bytes[..]).unwrap();
    let ask =
        |query: &Query<'_, 32>| -> IndexError { of_memory.search(query, |_| ControlFlow::Continue(())).unwrap_err() };
    for query in
        [Query::new(Profile::Phash256, &[HashBits::ZERO]), Query::new(Profile::Pdq, &[HashBits::ZERO]).radius(257)]
    {
        let found = index.search(&query, |_| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(found, ReadError::Index(ask(&query)));
    }
    assert!(index.search(&Query::<8>::new(Profile::Pdq, &[]), |_| ControlFlow::Continue(())).is_err());
}
