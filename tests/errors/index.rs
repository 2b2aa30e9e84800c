//! Indexes that cannot be built, opened, searched or read.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use lookalike::entry::Role;
use lookalike::hash::{Bits64, Bits256, Profile};
use lookalike::index::{BUFFER_BYTES, Builder, Index, IndexKind, Query, ReadAt, ReadIndex, Source};
use lookalike::mmap::Opener;

use crate::Messages;
use crate::index_support::{Random, reseal};

fn built(kind: IndexKind) -> Vec<u8> {
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap().kind(Some(kind));
    let mut random = Random(1);
    for number in 0..300 {
        let id = number.to_string();
        builder.add(random.hash(), Source { list: "hotline", id: &id, ..Source::default() }).unwrap();
    }
    builder.finish().unwrap()
}

/// A disk that fails after so many bytes.
struct Failing<'b>(&'b [u8], u64);

impl ReadAt for Failing<'_> {
    type Error = io::Error;

    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&mut self, offset: u64, to: &mut [u8]) -> Result<(), io::Error> {
        if offset + to.len() as u64 > self.1 {
            return Err(io::Error::other("the card was pulled out"));
        }
        to.copy_from_slice(&self.0[offset as usize..][..to.len()]);
        Ok(())
    }
}

pub(crate) fn messages(m: &mut Messages) {
    m.section("an index that is not built");
    m.refused("kind", "btree".parse::<IndexKind>());
    m.refused("hashes of another width", Builder::<8>::new(Profile::Pdq));
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    let source = Source { list: "hotline", ..Source::default() };
    m.refused("nothing to find", builder.add_entry(None, &[], source));
    builder.add(Random(1).hash(), source).unwrap();
    m.refused("two roles", builder.add(Random(2).hash(), Source { role: Role::Allow, ..source }));

    m.section("an index that is not opened");
    let good = built(IndexKind::Linear);
    let with = |at: usize, value: u8| {
        let mut changed = good.clone();
        changed[at] = value;
        changed
    };
    let sealed = |at: usize, value: u8| {
        let mut changed = with(at, value);
        reseal(&mut changed);
        changed
    };
    m.refused("nothing", Index::open(b""));
    m.refused("a picture", Index::open(&b"GIF89a, and what follows"[..]));
    m.refused("cut in the header", Index::open(&good[..70]));
    m.refused("cut behind", Index::open(&good[..4000]));
    m.refused("another version", Index::open(with(16, 99)));
    m.refused("damaged header", Index::open(with(32, !good[32])));
    m.refused("damaged hashes", Index::open(with(good.len() / 3, !good[good.len() / 3])));
    m.refused("unknown profile", Index::open(sealed(20, 99)));
    m.refused("unknown kind", Index::open(sealed(22, 99)));
    m.refused("width of another profile", Index::open(sealed(24, 8)));
    m.refused("reserved field", Index::open(sealed(28, 1)));
    m.refused("not linear", Index::open_linear(built(IndexKind::Mih)));

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/index");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    for name in names {
        let bytes = fs::read(folder.join(&name)).unwrap();
        let case = format!("tests/corrupt/index/{}", name.display());
        match Index::open(&bytes) {
            Ok(index) => m.refused(&case, index.verify()),
            Err(error) => m.say(&case, error),
        }
    }

    m.section("an index file");
    let directory = tempfile::tempdir().unwrap();
    m.hide(directory.path());
    let at = |name| directory.path().join(name);
    fs::write(at("picture.idx"), "GIF89a, and what follows").unwrap();
    m.refused("not there", Opener::owned().open(at("gone.idx")));
    m.refused("a directory", Opener::owned().open(directory.path()));
    m.refused("not an index", Opener::owned().open(at("picture.idx")));
    m.refused("not there, sealed", Opener::sealed().open(at("gone.idx")));
    m.refused("not an index, sealed", Opener::sealed().open(at("picture.idx")));
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    builder.add(Random(1).hash(), source).unwrap();
    m.refused("no directory to write to", builder.write_to(at("gone/known.idx")));

    m.section("a search that is not made");
    let index = Index::open(&good).unwrap();
    let (narrow, wide) = ([Bits64::from_bytes([0; 8])], [Bits256::from_bytes([0; 32])]);
    m.refused("hashes of another width", index.hits(&Query::new(Profile::Phash64, &narrow)));
    m.refused("hashes of another profile", index.hits(&Query::new(Profile::Phash256, &wide)));
    m.refused("radius", index.hits(&Query::new(Profile::Pdq, &wide).radius(257)));
    let other = Index::open(built(IndexKind::Mih)).unwrap();
    let slot = other.slots().last().unwrap();
    let mut few = Builder::<32>::new(Profile::Pdq).unwrap();
    few.add(Random(1).hash(), source).unwrap();
    let few = Index::open(few.finish().unwrap()).unwrap();
    m.refused("slot of another index", few.sources(slot).next().unwrap());

    m.section("an index read piece by piece");
    let mut buffer = [0; BUFFER_BYTES];
    m.refused("not an index", ReadIndex::open(Failing(b"GIF89a, and what follows", u64::MAX), &mut buffer));
    m.refused("disk", ReadIndex::open(Failing(&good, 1000), &mut buffer));
    let mut reading = ReadIndex::open(Failing(&good, u64::MAX), &mut buffer).unwrap();
    m.refused("width", reading.search(&Query::new(Profile::Phash64, &narrow), |_| ControlFlow::Continue(())));
    m.refused("texts", reading.lists(&mut [0; 3], |_| ControlFlow::Continue(())));
}
