//! The n-th allocation fails, alone or with all after it: an operation ends as it should, by a typed error, or by an end of the process that says
//! why, and never by a wrong answer or by half a file.
//!
//! What a file or an argument makes large is asked for so that a refusal is an error: an index read into memory, a delta, the pixels of a
//! picture, grids and tables of hashes. The rest (entries of a list being built, hits that are collected) ends the process, as Rust does.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use lookalike::index::{Index, Query};
use lookalike::mmap::{self, Opener};
use lookalike::store::{Store, Writer};

use crate::child::{self, Ended, child, scratch, tell};
use crate::operations::{self, WRITING, assert_tidy};
use crate::support::{PROFILE, contents, entries, found, hash};

/// The system's allocator, which has nothing left where a test wants it.
struct Failing;

#[global_allocator]
static ALLOCATOR: Failing = Failing;

static IS_PLANNED: AtomicBool = AtomicBool::new(false);
static FAILS_AT: AtomicU64 = AtomicU64::new(0);
static FOR_EVER: AtomicBool = AtomicBool::new(false);
static ASKED: AtomicU64 = AtomicU64::new(0);

fn fails() -> bool {
    if !IS_PLANNED.load(Ordering::Relaxed) {
        return false;
    }
    let (asked, at) = (ASKED.fetch_add(1, Ordering::Relaxed), FAILS_AT.load(Ordering::Relaxed));
    asked == at || asked > at && FOR_EVER.load(Ordering::Relaxed)
}

#[allow(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed on unchanged to the system's allocator, or answered as if that had no memory.
unsafe impl GlobalAlloc for Failing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if fails() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, len: usize) -> *mut u8 {
        if fails() {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps the contract of `realloc`, and the pointer is the system allocator's.
        unsafe { System.realloc(pointer, layout, len) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and the pointer is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Does something while the `n`-th allocation fails; says how many there were.
fn short_of_memory<T>(n: u64, for_ever: bool, work: impl FnOnce() -> T) -> (T, u64) {
    FAILS_AT.store(n, Ordering::Relaxed);
    FOR_EVER.store(for_ever, Ordering::Relaxed);
    ASKED.store(0, Ordering::Relaxed);
    IS_PLANNED.store(true, Ordering::SeqCst);
    let done = work();
    IS_PLANNED.store(false, Ordering::SeqCst);
    (done, ASKED.load(Ordering::Relaxed))
}

/// Everything that reads.
const READING: [&str; 6] = ["read", "seal", "open", "look up", "reload", "decode"];

/// The child: one operation, with one plan.
#[test]
fn does_one_thing_short_of_memory() {
    let Some(task) = child::task() else { return };
    let [operation, n, for_ever, directory] = task.as_slice() else { panic!("{task:?}") };
    let (n, for_ever, directory) = (n.parse().unwrap(), for_ever == "true", Path::new(directory));
    let (result, asked) = match operation.as_str() {
        "decode" => decode(n, for_ever),
        writing if WRITING.contains(&writing) => {
            short_of_memory(n, for_ever, || operations::write(directory, operation))
        }
        _ => read(operation, n, for_ever, directory),
    };
    match result {
        Ok(()) => tell(format_args!("{asked} fine")),
        Err(error) => tell(format_args!("{asked} {error}")),
    }
}

type Done = (Result<(), Box<dyn Error>>, u64);

fn read(operation: &str, n: u64, for_ever: bool, directory: &Path) -> Done {
    let (place, file) = (directory.join("store"), directory.join("list.index"));
    let needles: Vec<_> = (0..16).map(hash).collect();
    let query = Query::new(PROFILE, &needles);
    match operation {
        "read" => {
            let (index, asked) = short_of_memory(n, for_ever, || Index::read(&file));
            (index.map(|index| assert_eq!(index.hits(&query).unwrap().len(), 1)).map_err(Into::into), asked)
        }
        "seal" => {
            let (index, asked) = short_of_memory(n, for_ever, || mmap::seal(&file));
            (index.map(|index| assert_eq!(index.hits(&query).unwrap().len(), 1)).map_err(Into::into), asked)
        }
        "open" => {
            let (store, asked) = short_of_memory(n, for_ever, || Store::open_with(&place, Opener::owned()));
            (store.map(|store| assert_eq!(found(&store.snapshot()), entries("L", 0..3))).map_err(Into::into), asked)
        }
        "look up" => {
            let snapshot = Store::open(&place).unwrap().snapshot();
            let (hits, asked) = short_of_memory(n, for_ever, || {
                let batch = snapshot.batch(PROFILE, 4, &needles).map(Iterator::count);
                (snapshot.hits(&query), batch)
            });
            assert_eq!((hits.0.unwrap().len(), hits.1.unwrap()), (3, 3));
            (Ok(()), asked)
        }
        "reload" => {
            let store = Store::open(&place).unwrap();
            Writer::<8>::open(&place).unwrap().publish(contents("L", [5, 6])).unwrap();
            let (reloaded, asked) = short_of_memory(n, for_ever, || store.reload());
            if let Err(error) = &reloaded {
                assert_eq!(found(&store.snapshot()), entries("L", 0..3), "the last good generation stays");
                assert_eq!(store.status().failure, Some(error.to_string()));
                assert!(store.reload().unwrap());
            }
            assert_eq!(found(&store.snapshot()), entries("L", [5, 6]));
            (reloaded.map(drop).map_err(Into::into), asked)
        }
        other => panic!("{other}"),
    }
}

/// Pictures of all kinds of files.
#[cfg(feature = "image")]
fn decode(n: u64, for_ever: bool) -> Done {
    use lookalike::decode::{self, Limits};
    use lookalike::hash::PdqProfile;
    let picture = image::RgbImage::from_fn(90, 70, |x, y| image::Rgb([x, y, x ^ y].map(|it| it.to_le_bytes()[0] * 2)));
    use image::ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
    let files = [Bmp, Gif, Jpeg, Png, Tiff, WebP].map(|format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    });
    let pdq = |bytes: &[u8]| decode::pdq(bytes, &Limits::default(), PdqProfile::FullResolution);
    let expected = files.each_ref().map(|bytes| pdq(bytes).unwrap().pdq());
    let (found, asked) = short_of_memory(n, for_ever, || files.each_ref().map(|bytes| pdq(bytes)));
    let mut failed = None;
    for (found, expected) in found.into_iter().zip(expected) {
        match found {
            Ok(found) => assert_eq!(found.pdq(), expected),
            Err(error) => failed = Some(error.into()),
        }
    }
    (failed.map_or(Ok(()), Err), asked)
}

#[cfg(not(feature = "image"))]
fn decode(n: u64, for_ever: bool) -> Done {
    short_of_memory(n, for_ever, || Ok(()))
}

/// How often an operation ended in an error, and how often by the end of its process.
#[derive(Debug, Default)]
struct Counts {
    fine: u64,
    errors: u64,
    ends: u64,
}

fn sweep(operation: &str, for_ever: bool, at_most: u64, counts: &mut Counts) {
    let is_writing = WRITING.contains(&operation);
    let in_child = |n: u64, directory: &Path| {
        let (n, for_ever) = (n.to_string(), for_ever.to_string());
        let task = [operation, &n, &for_ever, directory.to_str().unwrap()];
        child::run(child("allocation::does_one_thing_short_of_memory", &task))
    };
    let asked = |told: &[String]| told[0].split(' ').next().unwrap().parse::<u64>().unwrap();
    let fresh = || {
        let directory = scratch();
        operations::prepare(directory.path());
        directory
    };
    let Ended::Well(told) = in_child(u64::MAX, fresh().path()) else { panic!("{operation} needs no fault to fail") };
    assert!(told[0].ends_with(" fine"), "{told:?}");
    let all = asked(&told);
    let mut directory = fresh();
    for n in (0..all).step_by(usize::try_from(all.div_ceil(at_most).max(1)).unwrap()) {
        let case = format!("{operation}, allocation {n} of {all}, for ever: {for_ever}");
        let is_fine = match in_child(n, directory.path()) {
            Ended::Well(told) if told[0].ends_with(" fine") => true,
            Ended::Well(told) => {
                counts.errors += 1;
                let error = &told[0];
                // a decoder may call what it lacks memory for corrupt
                let is_named = error.contains("memory") && error.contains("cannot ") && error.contains('/');
                assert!(operation == "decode" || is_named, "{case}: {error}");
                false
            }
            Ended::Killed(signal, words) => {
                counts.ends += 1;
                assert!(signal == 6 && words.contains("memory allocation of"), "{case}: signal {signal}\n{words}");
                false
            }
        };
        counts.fine += u64::from(is_fine);
        if is_writing || operation == "reload" {
            let (state, after) = (
                operations::state(directory.path()),
                match operation {
                    "reload" => operations::after("publish"),
                    _ => operations::after(operation),
                },
            );
            assert!(state == after || !is_fine && state == operations::before(), "{case}: {state:?}");
            // the next writer needs no help, and cleans up
            operations::write(directory.path(), "publish").unwrap();
            operations::write(directory.path(), "build").unwrap();
            assert_tidy(&directory.path().join("store"), &case);
            directory = fresh();
        }
    }
}

fn sweeps(at_most: u64) {
    let mut counts = Counts::default();
    for operation in READING.iter().chain(&WRITING) {
        for for_ever in [false, true] {
            sweep(operation, for_ever, at_most, &mut counts);
        }
    }
    println!("{counts:?}");
    assert!(counts.errors > 0 && counts.ends > 0, "{counts:?}");
}

#[test]
fn an_allocation_that_fails_leaves_no_wrong_answer_and_no_half_file() {
    sweeps(12);
}

/// `cargo test --release --all-features --test faults -- --ignored every_allocation --nocapture`
#[test]
#[ignore = "takes minutes"]
fn every_allocation_that_fails_leaves_no_wrong_answer_and_no_half_file() {
    sweeps(u64::MAX);
}
