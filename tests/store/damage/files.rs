//! Files that are gone, cut short, added to, made of other sectors, or those of another generation.

use std::fs;
use std::path::Path;

use lookalike::mmap::Opener;
use lookalike::store::{Store, StoreErrorKind, Writer};

use super::reference::{DEEDS, Deed, Reference, references};
use crate::support::{contents, entries, found_in, store};

/// What is in the place of a file.
enum Damage {
    Bytes(Vec<u8>),
    Nothing,
    Directory,
}

/// The sectors of disks: files of these stores have one to four.
const SECTOR: usize = 512;

/// Calls `with` with every damage to a file that others of its kind are known of. `is_coarse`: lengths here and there only.
fn every_damage(bytes: &[u8], others: &[&[u8]], is_coarse: bool, with: &mut dyn FnMut(Damage, &dyn Fn() -> String)) {
    with(Damage::Nothing, &|| "gone".into());
    with(Damage::Directory, &|| "a directory".into());
    let mut damaged = |changed: Vec<u8>, what: &dyn Fn() -> String| {
        if changed != bytes {
            with(Damage::Bytes(changed), what);
        }
    };
    let parts = if is_coarse { 4 } else { bytes.len().max(1) };
    let parts = if cfg!(debug_assertions) { parts.min(12) } else { parts };
    for len in (0..bytes.len()).step_by(bytes.len().div_ceil(parts).max(1)) {
        damaged(bytes[..len].to_vec(), &|| format!("cut to {len}"));
    }
    let every = if is_coarse || cfg!(debug_assertions) { 21 } else { 1 };
    for more in (1..=64).step_by(every).chain([4096]) {
        for filling in [0, 0xff] {
            let mut longer = bytes.to_vec();
            longer.resize(bytes.len() + more, filling);
            damaged(longer, &|| format!("{more} bytes of {filling} more"));
        }
    }
    damaged([bytes, bytes].concat(), &|| "twice".into());
    let places: Vec<_> = (0..bytes.len()).step_by(SECTOR).map(|at| at..(at + SECTOR).min(bytes.len())).collect();
    for (number, place) in places.iter().enumerate() {
        for filling in [0, 0xff] {
            let mut lost = bytes.to_vec();
            lost[place.clone()].fill(filling);
            damaged(lost, &|| format!("sector {number} filled with {filling}"));
        }
        for (other, from) in places.iter().enumerate().skip(number + 1) {
            let mut swapped = bytes.to_vec();
            let len = place.len().min(from.len());
            let (head, tail) = swapped.split_at_mut(from.start);
            head[place.start..place.start + len].swap_with_slice(&mut tail[..len]);
            damaged(swapped, &|| format!("sectors {number} and {other} swapped"));
        }
    }
    for (version, other) in others.iter().enumerate() {
        damaged(other.to_vec(), &|| format!("version {version} instead"));
        for (number, place) in places.iter().enumerate() {
            let end = place.end.min(other.len());
            for stale in [place.start.min(end)..end, 0..end] {
                let mut old = bytes.to_vec();
                old[stale.clone()].copy_from_slice(&other[stale.clone()]);
                damaged(old, &|| format!("{stale:?} of version {version}, up to sector {number}"));
            }
        }
    }
}

fn put(path: &Path, damage: &Damage) {
    if path.is_dir() {
        fs::remove_dir(path).unwrap();
    } else if path.exists() {
        fs::remove_file(path).unwrap();
    }
    match damage {
        Damage::Bytes(bytes) => fs::write(path, bytes).unwrap(),
        Damage::Directory => fs::create_dir(path).unwrap(),
        Damage::Nothing => {}
    }
}

/// Calls `with` so many times for each damage, which it finds as it was each time.
fn damaged_files(is_coarse: bool, times: usize, mut with: impl FnMut(&Reference, &Path, &dyn Fn() -> String)) {
    for reference in references() {
        for (path, bytes, others) in reference.files() {
            let whole = reference.path().join(&path);
            every_damage(bytes, &others, is_coarse, &mut |damage, what| {
                for _ in 0..times {
                    put(&whole, &damage);
                    with(&reference, &path, &|| format!("{}: {}: {}", reference.name, path.display(), what()));
                }
                put(&whole, &Damage::Bytes(bytes.to_vec()));
            });
        }
    }
}

#[test]
fn a_damaged_file_is_refused_or_does_not_matter_to_readers() {
    let (mut opened, mut refused) = (0_u64, 0_u64);
    damaged_files(false, 1, |reference, path, case| {
        for opener in [Opener::default(), Opener::owned()] {
            opened += 1;
            refused += u64::from(reference.read(opener, path, case));
        }
    });
    assert!(refused > 0 && refused < opened, "what a reader does not need may be damaged");
    println!("files of stores damaged, readers: {opened} opens, {refused} refused, the others exact");
}

#[test]
fn a_reader_keeps_what_it_has_until_there_is_something_better() {
    let (mut reloads, mut kept) = (0_u64, 0_u64);
    for reference in references() {
        for (path, bytes, others) in reference.files() {
            let whole = reference.path().join(&path);
            every_damage(bytes, &others, true, &mut |damage, what| {
                let case = || format!("{}: {}: {}", reference.name, path.display(), what());
                let before = reference.opened_before().unwrap();
                put(&whole, &damage);
                reference.reload(&before, &path, &case);
                reloads += 1;
                kept += u64::from(before.status().failure.is_some());
                put(&whole, &Damage::Bytes(bytes.to_vec()));
                reference.reload(&before, Path::new(""), &case);
                assert_eq!(before.status().failure, None, "{}", case());
            });
        }
    }
    assert!(kept > 0 && kept < reloads, "what a reader does not need may be damaged");
    println!("files of stores damaged, readers that had them open: {reloads} reloads, {kept} kept what they had");
}

#[test]
fn a_damaged_file_is_refused_or_does_not_matter_to_writers() {
    let (mut opened, mut refused) = (0_u64, 0_u64);
    let mut deeds = DEEDS.into_iter().cycle();
    // unoptimised one of them for each damage, by turns
    let times = if cfg!(debug_assertions) { 1 } else { DEEDS.len() };
    damaged_files(true, times, |reference, path, case| {
        opened += 1;
        refused += u64::from(reference.write(deeds.next().unwrap(), path, case));
        reference.restore();
    });
    assert!(refused > 0 && refused < opened, "what a writer does not need may be damaged");
    println!("files of stores damaged, writers: {opened} opens, {refused} refused, the others as without damage");
}

#[test]
fn a_whole_file_of_another_generation_is_refused_by_readers_that_map_it_too() {
    #[allow(unsafe_code, reason = "the files of a store are never changed")]
    // SAFETY: nobody changes a file that is mapped: others are put in their places, and none is when the test ends.
    let mapped = unsafe { Opener::mapped() };
    let mut refused = 0;
    for reference in references() {
        for (path, bytes, others) in reference.files() {
            let is_needed = path.extension().is_some_and(|kind| kind == "idx" || kind == "delta");
            for other in others.into_iter().filter(|other| is_needed && other.len() == bytes.len()) {
                let whole = reference.path().join(&path);
                put(&whole, &Damage::Bytes(other.to_vec()));
                let case = || format!("{}: {}", reference.name, path.display());
                refused += u32::from(reference.read(mapped, &path, &case));
                put(&whole, &Damage::Bytes(bytes.to_vec()));
            }
        }
    }
    assert!(refused > 0, "some have the same length, and are told apart by more than that");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let fifo = |path: &Path| std::process::Command::new("mkfifo").arg(path).status().is_ok_and(|done| done.success());
    for reference in references() {
        for (path, bytes, _) in reference.files().filter(|(_, bytes, _)| !bytes.is_empty()) {
            let whole = reference.path().join(&path);
            let case = || format!("{}: {} is a FIFO", reference.name, path.display());
            // opening one for reading waits until somebody opens it for writing
            put(&whole, &Damage::Nothing);
            if !fifo(&whole) {
                println!("skipped: there is no mkfifo");
                return;
            }
            reference.read(Opener::default(), &path, &case);
            reference.write(Deed::Change, &path, &case);
            put(&whole, &Damage::Nothing);
            reference.restore();
            assert_eq!(fs::read(&whole).unwrap(), bytes);
        }
    }
}

#[test]
fn what_the_error_says_helps() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..10);
    writer.publish(contents("L", 1..10)).unwrap();
    drop(writer);
    let current = |kind: &str| {
        let record = fs::read_to_string(directory.path().join("generations/3.json")).unwrap();
        let files = fs::read_dir(directory.path().join("indexes")).unwrap().map(|entry| entry.unwrap().path());
        let is_named = |path: &Path| record.contains(path.file_stem().unwrap().to_str().unwrap());
        let mut files = files.filter(|path| path.extension().unwrap() == kind && is_named(path));
        files.next().unwrap()
    };
    let index = current("idx");
    let whole = fs::read(&index).unwrap();
    let broken = |bytes: &[u8]| {
        put(&index, &Damage::Bytes(bytes.to_vec()));
        let error = Store::open(directory.path()).unwrap_err();
        assert_eq!((error.kind(), error.path()), (StoreErrorKind::Damaged, Some(index.as_path())), "{error}");
        assert!(error.to_string().ends_with("; publish the lists again, or roll back"), "{error}");
    };
    broken(&whole[..100]);
    Writer::<8>::open(directory.path()).unwrap().publish(contents("L", 1..10)).unwrap();
    assert_eq!(found_in(directory.path()), entries("L", 1..10));
    broken(b"");
    assert_eq!(Writer::<8>::open(directory.path()).unwrap().roll_back(Some(2)).unwrap(), 5);
    assert_eq!(found_in(directory.path()), entries("L", 0..10));
}
