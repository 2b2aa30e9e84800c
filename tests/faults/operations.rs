//! What is done to a store and a file, and what they hold before and afterwards.

use std::error::Error;
use std::fs;
use std::path::Path;

use lookalike::index::{Builder, Index, Query};
use lookalike::mmap::Opener;
use lookalike::store::{Store, Writer, compact};

use crate::support::{PROFILE, contents, hash, md5, source, store};

/// Everything that writes.
pub(crate) const WRITING: [&str; 5] = ["publish", "change", "compact", "roll back", "build"];

/// The numbers whose hashes are found in the store, and in the file.
pub(crate) type State = (Vec<u8>, Vec<u8>);

/// A store, and beside it an index file, in a directory.
pub(crate) fn prepare(directory: &Path) {
    let mut writer = store(&directory.join("store"), [0, 1]);
    let mut change = writer.change();
    change.add(Some(hash(2)), &[md5(2)], source("L", "2"), Some("2")).unwrap();
    change.commit().unwrap();
    builder(&[0]).write_to(directory.join("list.index")).unwrap();
}

fn builder(numbers: &[u8]) -> Builder<8> {
    let mut builder = Builder::new(PROFILE).unwrap();
    for number in numbers {
        builder.add_entry(Some(hash(*number)), &[md5(*number)], source("L", &number.to_string())).unwrap();
    }
    builder
}

pub(crate) fn before() -> State {
    (vec![0, 1, 2], vec![0])
}

pub(crate) fn after(operation: &str) -> State {
    let (store, file) = before();
    match operation {
        "publish" => (vec![5, 6], file),
        "change" => (vec![1, 2, 9], file),
        "compact" => (store, file),
        "roll back" => (vec![0, 1], file),
        "build" => (store, vec![7, 8]),
        other => panic!("{other}"),
    }
}

pub(crate) fn write(directory: &Path, operation: &str) -> Result<(), Box<dyn Error>> {
    let place = directory.join("store");
    match operation {
        "publish" => drop(Writer::<8>::open(place)?.publish(contents("L", [5, 6]))?),
        "change" => {
            let mut writer = Writer::<8>::open(place)?;
            let mut change = writer.change();
            change.remove("L", "0")?;
            change.add(Some(hash(9)), &[md5(9)], source("L", "9"), Some("9"))?;
            change.commit()?;
        }
        "compact" => drop(compact::<8>(place, Opener::default())?),
        "roll back" => drop(Writer::<8>::open(place)?.roll_back(Some(2))?),
        "build" => builder(&[7, 8]).write_to(directory.join("list.index"))?,
        other => panic!("{other}"),
    }
    Ok(())
}

pub(crate) fn state(directory: &Path) -> State {
    let snapshot = Store::open(directory.join("store")).unwrap().snapshot();
    let index = Index::read(directory.join("list.index")).unwrap();
    let in_store = |number: &u8| {
        let is_there = !snapshot.hits(&Query::new(PROFILE, &[hash(*number)])).unwrap().is_empty();
        assert_eq!(is_there, snapshot.find(&md5(*number)).next().is_some());
        is_there
    };
    let in_file = |number: &u8| !index.hits(&Query::new(PROFILE, &[hash(*number)])).unwrap().is_empty();
    ((0..16).filter(in_store).collect(), (0..16).filter(in_file).collect())
}

/// Nothing is left of what was not finished.
pub(crate) fn assert_tidy(directory: &Path, what: &str) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.extension().is_none_or(|end| end != "tmp"), "{what} left {}", path.display());
        if path.is_dir() {
            assert_tidy(&path, what);
        }
    }
}
