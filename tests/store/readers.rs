//! Readers: every answer is that of the generation it reports, and a failed reload keeps the last good one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use lookalike::index::Query;
use lookalike::store::{Store, StoreErrorKind};

use crate::support::{PROFILE, contents, entries, found, hash, md5, source, store};

/// In generation `g` of these stores, the entry of number `g % 250` is there and no other.
fn number_of(generation: u64) -> u8 {
    u8::try_from(generation % 250).unwrap()
}

#[test]
fn no_reader_gets_an_answer_of_another_generation_while_one_writes() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), [number_of(2)]);
    let reader = Arc::new(Store::open(directory.path()).unwrap());
    let watch = reader.watch(Duration::from_micros(100), |error| panic!("{error}"));
    let (is_over, looked_up) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while !is_over.load(Ordering::Relaxed) {
                    let snapshot = reader.snapshot();
                    let generation = snapshot.generation().unwrap();
                    assert!(generation >= last, "generations only rise");
                    last = generation;
                    for number in [number_of(generation), number_of(generation + 1), number_of(generation - 1)] {
                        let needles = [hash(number)];
                        let hits = snapshot.hits(&Query::new(PROFILE, &needles)).unwrap().len();
                        assert_eq!(hits, usize::from(number == number_of(generation)), "generation {generation}");
                    }
                    looked_up.fetch_add(3, Ordering::Relaxed);
                }
            });
        }
        let mut generation = 2;
        while generation < 200 {
            let (old, new) = (number_of(generation), number_of(generation + 1));
            if generation.is_multiple_of(10) {
                generation = writer.publish(contents("L", [new])).unwrap();
            } else {
                let mut change = writer.change();
                change.remove("L", &old.to_string()).unwrap();
                change.add(Some(hash(new)), &[md5(new)], source("L", &new.to_string()), None).unwrap();
                generation = change.commit().unwrap();
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(looked_up.load(Ordering::Relaxed) > 0);
    // The watch brings every reader to the last generation.
    let until = Instant::now() + Duration::from_secs(60);
    while reader.status().generation < 200 {
        assert!(Instant::now() < until, "{:?}", reader.status());
        thread::sleep(Duration::from_millis(1));
    }
    drop(watch);
}

#[test]
fn a_failed_reload_keeps_the_last_good_generation_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..5);
    let reader = Store::open(directory.path()).unwrap();
    let mut change = writer.change();
    change.remove("L", "1").unwrap();
    change.commit().unwrap();
    let delta = fs::read_dir(directory.path().join("deltas")).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&delta).unwrap();
    let mut changed = bytes.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::remove_file(&delta).unwrap();
    fs::write(&delta, changed).unwrap();

    let failure = reader.reload().unwrap_err();
    assert_eq!((failure.kind(), failure.path()), (StoreErrorKind::Damaged, Some(delta.as_path())), "{failure}");
    let status = reader.status();
    assert_eq!((status.generation, status.failure), (2, Some(failure.to_string())));
    assert_eq!(found(&reader.snapshot()), entries("L", 0..5));

    fs::write(&delta, bytes).unwrap();
    assert!(reader.reload().unwrap());
    assert_eq!((reader.status().generation, reader.status().failure), (3, None));
}

#[test]
fn a_reader_of_mapped_files_finds_the_same_after_they_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..5);
    #[allow(unsafe_code, reason = "the files of a store are never changed")]
    // SAFETY: nobody but the store touches the directory.
    let opener = unsafe { lookalike::mmap::Opener::mapped() };
    let reader = Store::open_with(directory.path(), opener).unwrap();
    let old = reader.snapshot();
    for from in 1..5 {
        writer.publish(contents("L", from..9)).unwrap();
    }
    assert_eq!(found(&old), entries("L", 0..5));
    assert!(reader.reload().unwrap());
    assert_eq!(found(&reader.snapshot()), entries("L", 4..9));
}

#[test]
fn generations_that_are_no_longer_needed_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = store(directory.path(), 0..5);
    for from in 1..20 {
        writer.publish(contents("L", from..30)).unwrap();
        for number in from..from + 3 {
            let mut change = writer.change();
            change.remove("L", &number.to_string()).unwrap();
            change.commit().unwrap();
        }
    }
    let count = |name: &str| fs::read_dir(directory.path().join(name)).unwrap().count();
    assert_eq!(
        (count("generations"), count("indexes"), count("deltas")),
        (3, 4, 3),
        "three deltas: two here, one of the index before"
    );
}
