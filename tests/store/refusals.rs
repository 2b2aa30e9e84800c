//! What a store does not do, and what it says then.

use std::fs;

use lookalike::hash::Profile;
use lookalike::mmap::Opener;
use lookalike::store::{Contents, Staged, Store, StoreErrorKind, Writer, compact};

use crate::support::{PROFILE, contents, entries, found_in, is, store};

#[test]
fn there_is_one_writer() {
    let directory = tempfile::tempdir().unwrap();
    let writer = store(directory.path(), 0..3);
    assert!(is(Writer::<8>::open(directory.path()), StoreErrorKind::Busy));
    let wait = std::time::Duration::from_millis(20);
    assert!(is(Writer::<8>::open_within(directory.path(), wait), StoreErrorKind::Busy));
    drop(writer);
    Writer::<8>::open(directory.path()).unwrap();
}

#[test]
fn one_index_is_staged_at_a_time_while_changes_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..5);
    let staged = Staged::new(directory.path(), contents("L", 10..20), Opener::default()).unwrap();
    assert_eq!((staged.entries(), staged.profile()), (10, PROFILE));
    let second = Staged::new(directory.path(), contents("L", 10..20), Opener::default());
    assert!(is(second, StoreErrorKind::Busy));
    assert!(is(compact::<8>(directory.path(), Opener::default()), StoreErrorKind::Busy));
    let mut change = writer.change();
    change.remove("L", "1").unwrap();
    change.commit().unwrap();
    assert_eq!(found_in(directory.path()), entries("L", [0, 2, 3, 4]));
    // another writer removes what interrupted ones left, but not this
    drop(writer);
    let mut writer = Writer::<8>::open(directory.path()).unwrap();
    writer.switch_to(staged, false).unwrap();
    assert_eq!(found_in(directory.path()), entries("L", 10..20));
    let staged = Staged::new(directory.path(), contents("L", 10..20), Opener::default()).unwrap();
    let path = staged.path().to_owned();
    assert!(path.exists());
    drop(staged);
    assert!(!path.exists());
}

#[test]
fn nothing_is_published_of_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    let refused = writer.publish(Contents::new(PROFILE).unwrap()).unwrap_err().to_string();
    assert!(refused.starts_with("nothing was published: there is no entry"), "{refused}");
    assert_eq!(found_in(directory.path()), entries("L", 0..3));
}

#[test]
fn hashes_of_another_profile_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    let mut others = Contents::<8>::new(Profile::Dhash64).unwrap();
    others.add(Some(crate::support::hash(1)), &[], crate::support::source("L", "1"), None).unwrap();
    assert!(is(writer.publish(others), StoreErrorKind::Profile));
    drop(writer);
    assert!(is(Writer::<32>::open(directory.path()), StoreErrorKind::Profile));
}

#[test]
fn what_is_no_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    assert!(is(Store::open(directory.path()), StoreErrorKind::NotAStore));
    assert!(is(Writer::<8>::open(directory.path()), StoreErrorKind::NotAStore));
    assert!(fs::read_dir(directory.path()).unwrap().next().is_none(), "not even a lock is left");
    fs::write(directory.path().join("photo.jpg"), "").unwrap();
    assert!(is(Store::open(directory.path().join("photo.jpg")), StoreErrorKind::NotAStore), "a file");
    assert!(is(Writer::<8>::init(directory.path(), PROFILE), StoreErrorKind::NotEmpty));
    let inner = directory.path().join("store");
    Writer::<8>::init(&inner, PROFILE).unwrap();
    assert!(is(Writer::<8>::init(&inner, PROFILE), StoreErrorKind::NotEmpty));
    // an attempt that was interrupted is made again; what lost its CURRENT is not emptied
    fs::remove_file(inner.join("CURRENT")).unwrap();
    Writer::<8>::init(&inner, PROFILE).unwrap().publish(contents("L", 0..3)).unwrap();
    let current = fs::read(inner.join("CURRENT")).unwrap();
    fs::remove_file(inner.join("CURRENT")).unwrap();
    assert!(is(Writer::<8>::init(&inner, PROFILE), StoreErrorKind::NotEmpty));
    fs::write(inner.join("CURRENT"), current).unwrap();
    assert_eq!(found_in(&inner), entries("L", 0..3));
}

#[test]
fn every_changed_byte_of_every_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..3);
    let mut change = writer.change();
    change.remove("L", "1").unwrap();
    change.commit().unwrap();
    writer.roll_back(Some(2)).unwrap();
    let mut change = writer.change();
    change.remove("L", "2").unwrap();
    change.commit().unwrap();
    drop(writer);
    let generation = Store::open(directory.path()).unwrap().status().generation;
    let mut files =
        vec![directory.path().join("CURRENT"), directory.path().join(format!("generations/{generation}.json"))];
    for folder in ["indexes", "deltas"] {
        files.extend(fs::read_dir(directory.path().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    let record = fs::read_to_string(&files[1]).unwrap();
    files.retain(|path| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        // the table of names is the writer's
        path.extension().is_none_or(|kind| kind != "names") && (name.len() < 64 || record.contains(name))
    });
    assert_eq!(files.len(), 4);
    for path in files {
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(Store::open_with(directory.path(), Opener::owned()).is_err(), "{} byte {at}", path.display());
            fs::write(&path, &bytes[..at]).unwrap();
            assert!(Store::open_with(directory.path(), Opener::owned()).is_err(), "{} length {at}", path.display());
        }
        fs::write(&path, bytes).unwrap();
        Store::open(directory.path()).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_store() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("store");
    let mut writer = store(&root, 0..3);
    let mut change = writer.change();
    change.remove("L", "1").unwrap();
    change.commit().unwrap();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o077, 0, "{}", folder.display());
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o077, 0, "{}", path.display());
            }
        }
    }
}
