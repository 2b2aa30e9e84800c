//! Entries, stores, and what a reader finds in them.

use std::path::Path;

use lookalike::entry::{Digest, DigestKind};
use lookalike::hash::{Bits64, Profile};
use lookalike::index::{Query, Source};
use lookalike::mmap::Opener;
use lookalike::store::{Contents, Snapshot, Staged, Store, StoreError, StoreErrorKind, Writer};

pub(crate) const PROFILE: Profile = Profile::Phash64;

/// The hash of a number: no two within the default radius of 4.
pub(crate) fn hash(number: u8) -> Bits64 {
    Bits64::from_bytes([number, number, number, number, number, !number, number, number])
}

pub(crate) fn md5(number: u8) -> Digest {
    Digest::from_bytes(DigestKind::Md5, &[number; 16]).unwrap()
}

pub(crate) fn source<'a>(list: &'a str, id: &'a str) -> Source<'a> {
    Source { list, id, classification: "A1", owner: "Org", jurisdiction: "XX", ..Source::default() }
}

/// Contents of entries with the ids and hashes of numbers, keyed by their ids.
pub(crate) fn contents(list: &str, numbers: impl IntoIterator<Item = u8>) -> Contents<8> {
    let mut contents = Contents::new(PROFILE).unwrap();
    for number in numbers {
        let id = number.to_string();
        contents.add(Some(hash(number)), &[md5(number)], source(list, &id), Some(&id)).unwrap();
    }
    contents
}

/// A store with one list of such entries, in generation 2.
pub(crate) fn store(directory: &Path, numbers: impl IntoIterator<Item = u8>) -> Writer<8> {
    let mut writer = Writer::init(directory, PROFILE).unwrap();
    writer.publish(contents("L", numbers)).unwrap();
    writer
}

/// Publishes contents, and keeps the changes made since the last publication on top of them.
pub(crate) fn publish_keeping_changes(writer: &mut Writer<8>, directory: &Path, contents: Contents<8>) {
    let staged = Staged::new(directory, contents, Opener::default()).unwrap();
    writer.switch_to(staged, true).unwrap();
}

/// Whether something failed with an error of this kind.
pub(crate) fn is<T>(result: Result<T, StoreError>, kind: StoreErrorKind) -> bool {
    result.is_err_and(|error| error.kind() == kind)
}

/// Which of all hashes are found, with list and id, by a look-up of each by itself.
pub(crate) fn found(snapshot: &Snapshot) -> Vec<(u8, String)> {
    let mut found = Vec::new();
    for number in 0..=255 {
        let needles = [hash(number)];
        let mut of_hash: Vec<String> = Vec::new();
        for hit in snapshot.hits(&Query::new(PROFILE, &needles)).unwrap() {
            assert_eq!((hit.hash, hit.distance), (hash(number), 0));
            let mut sources = snapshot.sources(hit.place).peekable();
            assert!(sources.peek().is_some(), "a hit without an entry");
            of_hash
                .extend(sources.map(|source| source.unwrap()).map(|source| format!("{}/{}", source.list, source.id)));
        }
        let batch = snapshot.batch(PROFILE, 4, &needles).unwrap().count();
        assert_eq!(batch, snapshot.hits(&Query::new(PROFILE, &needles)).unwrap().len());
        let mut by_digest: Vec<String> = snapshot
            .find(&md5(number))
            .map(|source| source.unwrap())
            .map(|source| format!("{}/{}", source.list, source.id))
            .collect();
        of_hash.sort();
        by_digest.sort();
        assert_eq!(of_hash, by_digest, "hash and digest of {number}");
        found.extend(of_hash.into_iter().map(|entry| (number, entry)));
    }
    found
}

/// The same of the current generation of a directory.
pub(crate) fn found_in(directory: &Path) -> Vec<(u8, String)> {
    found(&Store::open(directory).unwrap().snapshot())
}

pub(crate) fn entries(list: &str, numbers: impl IntoIterator<Item = u8>) -> Vec<(u8, String)> {
    numbers.into_iter().map(|number| (number, format!("{list}/{number}"))).collect()
}
