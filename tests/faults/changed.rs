//! A file that others replace, cut short or overwrite while it is open: owned and sealed indexes do not notice; a mapped one ends its process only
//! where the file was cut short, and otherwise answers something within bounds, without a panic and without an endless loop.

use std::fs::{self, File, OpenOptions};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lookalike::entry::DigestKind;
use lookalike::hash::HashBits;
use lookalike::index::{Builder, Index, IndexKind, Query, Source};
use lookalike::mmap::{self, MappedFile, Opener};

use crate::child::{self, Ended, child, run, run_well, scratch, tell};
use crate::index_support::{KINDS, Random, brute_force, profile, search};

const HASHES: usize = 3000;

/// An index of clusters, with digests and several lists; some of its hashes.
fn index<const N: usize>(kind: IndexKind) -> (Vec<u8>, Vec<HashBits<N>>) {
    let mut random = Random(3);
    let mut builder = Builder::new(profile(N)).unwrap().kind(Some(kind));
    let (mut centre, mut hashes) = (random.hash::<N>(), Vec::new());
    for number in 0..HASHES {
        if number % 50 == 0 {
            centre = random.hash();
        }
        let bits = random.below(N);
        let hash = random.near(&centre, bits);
        let digest = random.digest(DigestKind::ALL[number % 3]);
        let id = number.to_string();
        builder
            .add_entry(Some(hash), &[digest], Source { list: ["a", "b"][number % 2], id: &id, ..Source::default() })
            .unwrap();
        hashes.push(hash);
    }
    (builder.finish().unwrap(), hashes)
}

fn needles<const N: usize>(hashes: &[HashBits<N>]) -> Vec<HashBits<N>> {
    hashes.iter().copied().step_by(HASHES / 6).collect()
}

/// What an open file suffers.
const MISHAPS: [&str; 4] = ["replaced", "removed", "cut short", "overwritten"];

fn suffer(path: &Path, mishap: &str) {
    match mishap {
        "replaced" => {
            let other = path.with_extension("other");
            fs::write(&other, [0xff; 64]).unwrap();
            fs::rename(other, path).unwrap();
        }
        "removed" => fs::remove_file(path).unwrap(),
        "cut short" => OpenOptions::new().write(true).open(path).unwrap().set_len(100).unwrap(),
        _ => {
            let len = usize::try_from(fs::metadata(path).unwrap().len()).unwrap();
            OpenOptions::new().write(true).open(path).unwrap().write_all_at(&vec![0xa5; len], 0).unwrap();
        }
    }
}

fn owned_and_sealed<const N: usize>(kind: IndexKind) {
    let (bytes, hashes) = index::<N>(kind);
    let (needles, radius) = (needles(&hashes), u32::try_from(N).unwrap());
    let expected = brute_force(&hashes, &needles, radius);
    assert!(expected.len() > needles.len());
    for opener in [Opener::owned(), Opener::sealed()] {
        for mishap in MISHAPS {
            let directory = scratch();
            let path = directory.path().join("list.index");
            fs::write(&path, &bytes).unwrap();
            let index = opener.open(&path).unwrap();
            let is_over = AtomicBool::new(false);
            thread::scope(|scope| {
                let looks_up = scope.spawn(|| {
                    let mut rounds = 0;
                    while !is_over.load(Ordering::Relaxed) || rounds < 2 {
                        assert!(search(&index, &needles, radius).unwrap() == expected, "{kind}, {opener:?}, {mishap}");
                        rounds += 1;
                    }
                });
                suffer(&path, mishap);
                is_over.store(true, Ordering::Relaxed);
                looks_up.join().unwrap();
            });
            index.verify().unwrap();
            assert!(opener.open(&path).is_err(), "what is there now is no index");
        }
    }
}

#[test]
fn owned_and_sealed_indexes_answer_whatever_becomes_of_the_file() {
    for kind in KINDS {
        owned_and_sealed::<8>(kind);
        owned_and_sealed::<32>(kind);
    }
}

#[allow(
    unsafe_code,
    reason = "mapping is unsafe; what comes of a promise that is broken is what is tested, in a process of its own"
)]
fn map(path: &Path) -> Index<MappedFile> {
    // SAFETY: the promise is broken on purpose, of a file that nobody else knows. No reference to its bytes outlives a call.
    unsafe { mmap::map_without_checksums(path) }.unwrap()
}

/// Does with an index whatever can be done, and holds what is found within bounds; says how much was found and how much was damage.
fn exercise<const N: usize>(index: &Index<MappedFile>, needles: &[HashBits<N>]) -> (u64, u64) {
    let (mut found, mut damage) = (0, 0);
    for radius in [0, 4, 31, 8 * N] {
        let mut visits = 0;
        let query = Query::new(profile(N), needles).radius(u32::try_from(radius).unwrap());
        let searched = index.search(&query, |hit| {
            visits += 1;
            index.sources(hit.slot).take(100).for_each(|source| damage += u64::from(source.is_err()));
            ControlFlow::Continue(())
        });
        // a hash that changes may be met again where it went to; of a file that nobody changes each is met once
        assert!(visits <= 20 * (HASHES * needles.len()) as u64, "{visits} hits");
        found += visits;
        damage += u64::from(searched.is_err());
    }
    for kind in DigestKind::ALL {
        let digest = Random(9).digest(kind);
        found += index.find(&digest).take(HASHES).filter(Result::is_ok).count() as u64;
    }
    damage += u64::from(index.verify().is_err());
    if let Ok(all) = index.in_order::<N>() {
        found += all.iter().take(2 * HASHES).map_while(Result::ok).count() as u64;
    }
    damage += index.lists().take(HASHES).filter(Result::is_err).count() as u64;
    (found, damage)
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn survive<const N: usize>(kind: IndexKind, path: &Path) -> (u64, u64) {
    let (bytes, hashes) = index::<N>(kind);
    let needles = needles(&hashes);
    let (mut found, mut damage) = (0, 0);
    let mut random = Random(17);
    for round in 0..12 {
        fs::write(path, &bytes).unwrap();
        let (index, file) = (map(path), OpenOptions::new().write(true).open(path).unwrap());
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // some bytes here and there, or all that comes behind the header
                while !is_over.load(Ordering::Relaxed) {
                    for _ in 0..64 {
                        let at = 400 + random.below(bytes.len() - 400 - 64);
                        let value = [0, 0xff, random.next().to_le_bytes()[0]][random.below(3)];
                        let len = [1, 4, 64][random.below(3)];
                        file.write_all_at(&[value; 64][..len], at as u64).unwrap();
                    }
                    if round % 3 == 2 {
                        file.write_all_at(&bytes, 0).unwrap();
                    }
                }
            });
            // the other thread ends also where this one panics
            let _over = Over(&is_over);
            for _ in 0..4 {
                let (more_found, more_damage) = exercise(&index, &needles);
                found += more_found;
                damage += more_damage;
            }
        });
    }
    (found, damage)
}

/// The child: an index that is mapped while its file is overwritten.
#[test]
fn looks_up_in_what_is_overwritten() {
    let Some(task) = child::task() else { return };
    let path = Path::new(&task[0]);
    for kind in KINDS {
        let (short, long) = (survive::<8>(kind, path), survive::<32>(kind, path));
        tell(format_args!("{kind} {} {} {} {}", short.0, short.1, long.0, long.1));
    }
}

#[test]
fn a_mapped_index_that_is_overwritten_does_not_panic_and_ends() {
    let directory = scratch();
    let path = directory.path().join("list.index");
    let command = child("changed::looks_up_in_what_is_overwritten", &[path.to_str().unwrap()]);
    let told = run_well(command);
    assert_eq!(told.len(), KINDS.len());
    for line in &told {
        let numbers: Vec<u64> = line.split(' ').skip(1).map(|number| number.parse().unwrap()).collect();
        assert!(numbers.iter().all(|number| *number > 0), "{line}: something was found, and something was damage");
    }
}

/// The child: an index that is mapped while its file suffers something, and then looked up in.
#[test]
fn looks_up_after_a_mishap() {
    let Some(task) = child::task() else { return };
    let [kind, mishap, path] = task.as_slice() else { panic!("{task:?}") };
    let kind = KINDS.into_iter().find(|it| it.to_string() == *kind).unwrap();
    let (bytes, hashes) = index::<32>(kind);
    let (needles, path) = (needles(&hashes), Path::new(path));
    fs::write(path, bytes).unwrap();
    let index = map(path);
    suffer(path, mishap);
    let found = search(&index, &needles, 31);
    tell(if found.is_ok_and(|found| found == brute_force(&hashes, &needles, 31)) { "right" } else { "wrong" });
}

#[test]
fn a_mapped_index_dies_only_of_a_file_cut_short() {
    const SIGBUS: i32 = 7;
    for kind in KINDS {
        for mishap in MISHAPS {
            let directory = scratch();
            let path = directory.path().join("list.index");
            let task = [&kind.to_string(), mishap, path.to_str().unwrap()];
            let ended = run(child("changed::looks_up_after_a_mishap", &task));
            match (mishap, &ended) {
                ("replaced" | "removed", Ended::Well(told)) => assert_eq!(told, &["right"], "{kind}, {mishap}"),
                ("overwritten", Ended::Well(_)) | ("cut short", Ended::Killed(SIGBUS, _)) => {}
                _ => panic!("{kind}, {mishap}: {ended:?}"),
            }
        }
    }
}

/// The files of a store are replaced by nobody but its writer; a file that is cut short under its name is refused at the next opening.
#[test]
fn a_file_of_a_store_that_is_cut_short_is_refused_and_the_generation_before_is_kept() {
    use lookalike::store::{Store, StoreErrorKind, Writer};
    let directory = scratch();
    crate::operations::prepare(directory.path());
    let place = directory.path().join("store");
    for (opener, next) in [(Opener::owned(), [5, 6]), (Opener::sealed(), [7, 8])] {
        let store = Store::open_with(&place, opener).unwrap();
        let before = crate::support::found(&store.snapshot());
        let generation = Writer::<8>::open(&place).unwrap().publish(crate::support::contents("L", next)).unwrap();
        let newest = |folder: &str| {
            let files = fs::read_dir(place.join(folder)).unwrap().map(|entry| entry.unwrap().path());
            let files = files.filter(|path| path.extension().is_some_and(|end| end == "idx"));
            files.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap()
        };
        let path = newest("indexes");
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        for len in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            drop(File::create(&path).unwrap());
            fs::write(&path, &bytes[..len]).unwrap();
            let error = store.reload().unwrap_err();
            assert!(error.kind() == StoreErrorKind::Damaged && error.path() == Some(&*path), "{len} bytes: {error:?}");
            assert_eq!(crate::support::found(&store.snapshot()), before);
        }
        fs::write(&path, &bytes).unwrap();
        assert!(store.reload().unwrap());
        assert_eq!(store.snapshot().generation(), Some(generation));
    }
}
