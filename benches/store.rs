//! A store under load, and how long opening and changing one takes.
//!
//! ```text
//! cargo bench --features store --bench store -- soak SECONDS [DIR]     8 readers, and a process that writes as fast as it can
//! cargo bench --features store --bench store -- size ENTRIES [DIR]     a store of so many entries: publish, open, add, remove, compact
//! cargo bench --features store --bench store -- hidden ENTRIES [DIR]   lookups with many matches, before and after an entry is hidden
//! ```
//!
//! `DIR` is where the store is made, `/dev/shm` (tmpfs) if not said. The soak ends with an error if any answer is not that of the
//! generation it reports.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_docs,
    unsafe_code,
    reason = "a program that measures"
)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Query, Source};
use lookalike::mmap::Opener;
use lookalike::store::{Contents, Snapshot, Store, Writer, compact};

/// Entries of the list that stays as it is during a soak.
const LISTED: u64 = 10_000;
const READERS: usize = 8;
/// Every so many generations a whole index is published.
const PUBLISH_EVERY: u64 = 100;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|it| it != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let place = |at: usize| PathBuf::from(words.get(at).copied().unwrap_or("/dev/shm"));
    match words.as_slice() {
        ["--test", ..] => {
            soak(Duration::from_secs(1), &env::temp_dir());
            size(1000, &env::temp_dir());
            hidden(1000, &env::temp_dir());
        }
        ["soak", seconds, ..] => soak(Duration::from_secs(seconds.parse().unwrap()), &place(2)),
        ["size", entries, ..] => size(entries.parse().unwrap(), &place(2)),
        ["hidden", entries, ..] => hidden(entries.parse().unwrap(), &place(2)),
        ["write", directory] => write(Path::new(directory)),
        _ => println!("say: soak SECONDS [DIR], size ENTRIES [DIR] or hidden ENTRIES [DIR]"),
    }
}

/// A hash of a number; no two are near.
fn hash(number: u64) -> Bits256 {
    let mut state = number;
    let mut bytes = [0; 32];
    for eight in bytes.as_chunks_mut::<8>().0 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *eight = (mixed ^ (mixed >> 31)).to_le_bytes();
    }
    Bits256::from_bytes(bytes)
}

/// The entry that is there in one generation only.
fn marker(generation: u64) -> Bits256 {
    hash(generation.wrapping_mul(0x1_0000_0001) | 1 << 63)
}

fn source<'a>(list: &'a str, id: &'a str) -> Source<'a> {
    Source { list, id, ..Source::default() }
}

fn listed(entries: u64) -> Contents<32> {
    let mut contents = Contents::new(Profile::Pdq).unwrap();
    for number in 0..entries {
        let id = number.to_string();
        contents.add(Some(hash(number)), &[], source("list", &id), Some(&id)).unwrap();
    }
    contents
}

fn with_marker(generation: u64) -> Contents<32> {
    let mut contents = listed(LISTED);
    contents.add(Some(marker(generation)), &[], source("marker", &generation.to_string()), None).unwrap();
    contents
}

/// The process that writes: prints each generation when it is there.
fn write(directory: &Path) {
    let mut writer = Writer::<32>::open(directory).unwrap();
    loop {
        let next = writer.generation() + 1;
        let generation = if next.is_multiple_of(PUBLISH_EVERY) {
            writer.publish(with_marker(next)).unwrap()
        } else {
            let mut change = writer.change();
            change.remove("marker", &(next - 1).to_string()).unwrap();
            change.add(Some(marker(next)), &[], source("marker", &next.to_string()), None).unwrap();
            change.commit().unwrap()
        };
        assert_eq!(generation, next);
        println!("{generation} {}", now());
    }
}

/// Nanoseconds since 1970, by the one clock that processes share.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos()).unwrap()
}

/// When the latest generations were committed.
struct Commits(Vec<AtomicU64>);

impl Commits {
    fn new() -> Self {
        Self((0..1 << 16).map(|_| AtomicU64::new(0)).collect())
    }

    fn of(&self, generation: u64) -> &AtomicU64 {
        &self.0[usize::try_from(generation % (1 << 16)).unwrap()]
    }
}

/// Counts of times, in steps of an eighth of their size: memory that does not grow.
#[derive(Clone)]
struct Times {
    counts: Vec<u64>,
    longest: u64,
}

impl Times {
    fn new() -> Self {
        Self { counts: vec![0; 64 * 8], longest: 0 }
    }

    fn add(&mut self, nanos: u64) {
        let nanos = nanos.max(8);
        let power = nanos.ilog2();
        let place = 8 * power + u32::try_from((nanos >> (power - 3)) & 7).unwrap();
        self.counts[place as usize] += 1;
        self.longest = self.longest.max(nanos);
    }

    fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(a, b)| *a += b);
        self.longest = self.longest.max(other.longest);
    }

    fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// In microseconds, at most an eighth too large.
    #[allow(clippy::cast_precision_loss, reason = "a share")]
    fn quantile(&self, share: f64) -> f64 {
        let mut left = self.count() as f64 * share;
        for (place, count) in (0_u64..).zip(&self.counts) {
            left -= *count as f64;
            if left <= 0.0 {
                let (power, eighth) = (place / 8, place % 8);
                return ((8 + eighth + 1) << power) as f64 / 8e3;
            }
        }
        self.longest as f64 / 1e3
    }
}

fn finds(snapshot: &Snapshot, hash: Bits256) -> usize {
    let needles = [hash];
    snapshot.hits(&Query::new(Profile::Pdq, &needles)).unwrap().len()
}

/// What readers do until they are stopped: how long look-ups take, and for how long there was a newer generation than theirs.
fn read(store: &Store, is_over: &AtomicBool, commits: &Commits, seed: u64) -> (Times, Times) {
    let (mut times, mut stale, mut number) = (Times::new(), Times::new(), seed);
    while !is_over.load(Ordering::Relaxed) {
        let snapshot = store.snapshot();
        let generation = snapshot.generation().unwrap();
        let committed = commits.of(generation + 1).load(Ordering::Relaxed);
        if committed > 0 {
            stale.add(now().saturating_sub(committed));
        }
        number = (number + 7919) % LISTED;
        for (needle, expected) in
            [(hash(number), 1), (marker(generation), 1), (marker(generation + 1), 0), (marker(generation - 1), 0)]
        {
            let started = Instant::now();
            let found = finds(&snapshot, needle);
            times.add(u64::try_from(started.elapsed().as_nanos()).unwrap());
            assert_eq!(found, expected, "a wrong answer in generation {generation}");
        }
    }
    (times, stale)
}

fn readers(
    store: &Arc<Store>,
    how_long: Duration,
    commits: &Commits,
    mut meanwhile: impl FnMut(),
) -> (Times, Times, f64) {
    let is_over = AtomicBool::new(false);
    let all = Mutex::new((Times::new(), Times::new()));
    let started = Instant::now();
    thread::scope(|scope| {
        for reader in 0..READERS {
            let (is_over, all) = (&is_over, &all);
            scope.spawn(move || {
                let (times, stale) = read(store, is_over, commits, reader as u64 * 1237);
                let mut all = all.lock().unwrap();
                all.0.merge(&times);
                all.1.merge(&stale);
            });
        }
        while started.elapsed() < how_long {
            meanwhile();
            thread::sleep(Duration::from_millis(20));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let (times, stale) = all.into_inner().unwrap();
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    let per_second = times.count() as f64 / started.elapsed().as_secs_f64();
    (times, stale, per_second)
}

fn resident() -> (u64, usize) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let files = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    (line.trim().trim_end_matches(" kB").parse().unwrap_or(0), files)
}

fn soak(how_long: Duration, place: &Path) {
    let directory = tempfile::tempdir_in(place).unwrap();
    let mut writer = Writer::<32>::init(directory.path(), Profile::Pdq).unwrap();
    writer.publish(with_marker(2)).unwrap();
    drop(writer);
    let store = Arc::new(Store::open(directory.path()).unwrap());
    let commits = Arc::new(Commits::new());
    let (idle, _, per_second) = readers(&store, how_long / 4, &commits, || ());
    println!(
        "idle: {READERS} readers, {per_second:.0} look-ups a second; p50 {:.1} us, p99 {:.1} us, p99.9 {:.1} us",
        idle.quantile(0.5),
        idle.quantile(0.99),
        idle.quantile(0.999)
    );

    let watch = store.watch(Duration::from_millis(1), |error| panic!("{error}"));
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["write", directory.path().to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = Arc::clone(&commits);
    let listener = thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let (generation, at) = line.split_once(' ').unwrap();
            let generation: u64 = generation.parse().unwrap();
            told.of(generation + 1).store(0, Ordering::Relaxed);
            told.of(generation).store(at.parse().unwrap(), Ordering::Relaxed);
        }
    });
    let (before, mut memory) = (resident(), Vec::with_capacity(1 << 20));
    let started = Instant::now();
    let (busy, stale, per_second) = readers(&store, how_long, &commits, || memory.push(resident()));
    let (generations, took) = (store.status().generation - 2, started.elapsed().as_secs_f64());
    child.kill().unwrap();
    child.wait().unwrap();
    listener.join().unwrap();
    drop(watch);
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    let rate = generations as f64 / took;
    println!(
        "{generations} generations in {took:.1} s: {rate:.0} a second, every {PUBLISH_EVERY}th a whole index of {LISTED} entries"
    );
    println!(
        "busy: {per_second:.0} look-ups a second, {} in all, no wrong answer; p50 {:.1} us, p99 {:.1} us ({:.2} x idle), p99.9 {:.1} us",
        busy.count(),
        busy.quantile(0.5),
        busy.quantile(0.99),
        busy.quantile(0.99) / idle.quantile(0.99),
        busy.quantile(0.999)
    );
    println!(
        "looked up although a newer generation was committed: for {:.1} ms at the median, p99 {:.1} ms, longest {:.1} ms",
        stale.quantile(0.5) / 1e3,
        stale.quantile(0.99) / 1e3,
        stale.quantile(1.0) / 1e3
    );
    let half = memory.len() / 2;
    let most = |of: &[(u64, usize)]| of.iter().fold((0, 0), |a, b| (a.0.max(b.0), a.1.max(b.1)));
    let (first, second) = (most(memory.get(..half).unwrap()), most(memory.get(half..).unwrap()));
    println!(
        "resident {} KiB and {} files at the beginning; at most {} and {} in the first half, {} and {} in the second",
        before.0, before.1, first.0, first.1, second.0, second.1
    );
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    println!("{what}: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    result
}

fn size(entries: u64, place: &Path) {
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path();
    drop(Writer::<32>::init(path, Profile::Pdq).unwrap());
    let contents = timed("collect the entries", || listed(entries));
    timed("publish them: build, write, verify, test", || Writer::open(path).unwrap().publish(contents).unwrap());
    // SAFETY: nobody but the store touches the directory.
    let mapped = unsafe { Opener::mapped() };
    let store = timed("open the store, mapped", || Store::open_with(path, mapped).unwrap());
    assert_eq!(finds(&store.snapshot(), hash(0)), 1);
    drop(timed("open the store, sealed", || Store::open(path).unwrap()));
    timed("add one entry, from opening the writer to the answer of a reader", || {
        let mut writer = Writer::<32>::open(path).unwrap();
        let mut change = writer.change();
        change.add(Some(marker(1)), &[], source("urgent", "1"), Some("1")).unwrap();
        change.commit().unwrap();
        assert!(store.reload().unwrap());
        assert_eq!(finds(&store.snapshot(), marker(1)), 1);
    });
    timed("remove one entry, the same", || {
        let mut writer = Writer::<32>::open(path).unwrap();
        let mut change = writer.change();
        change.remove("list", "0").unwrap();
        change.commit().unwrap();
        assert!(store.reload().unwrap());
        assert_eq!(finds(&store.snapshot(), hash(0)), 0);
    });
    timed("add 5,000 entries, the same", || {
        let mut writer = Writer::<32>::open(path).unwrap();
        let mut change = writer.change();
        for number in 0..5000 {
            let id = number.to_string();
            change.add(Some(marker(2 + number)), &[], source("more", &id), Some(&id)).unwrap();
        }
        change.commit().unwrap();
        assert!(store.reload().unwrap());
        assert_eq!(finds(&store.snapshot(), marker(5001)), 1);
    });
    timed("compact", || compact::<32>(path, mapped).unwrap().unwrap());
}

/// Hashes that are one bit from the needle, each of two entries.
const CROWD: u64 = 250;

/// What hidden entries cost a lookup of `CROWD` matches, its sources included.
fn hidden(entries: u64, place: &Path) {
    let directory = tempfile::tempdir_in(place).unwrap();
    let path = directory.path();
    drop(Writer::<32>::init(path, Profile::Pdq).unwrap());
    let mut contents = listed(entries);
    for number in 0..CROWD {
        let mut bytes = *marker(7).as_bytes();
        bytes[usize::try_from(number / 8).unwrap()] ^= 1 << (number % 8);
        for copy in ["a", "b"] {
            let id = format!("{number}{copy}");
            contents.add(Some(Bits256::from_bytes(bytes)), &[], source("crowd", &id), None).unwrap();
        }
    }
    Writer::<32>::open(path).unwrap().publish(contents).unwrap();
    // SAFETY: nobody but the store touches the directory.
    let store = Store::open_with(path, unsafe { Opener::mapped() }).unwrap();
    let look_up = |what: &str, expected: usize| {
        let snapshot = store.snapshot();
        let mut times = Vec::new();
        for _ in 0..201 {
            let started = Instant::now();
            let hits = snapshot.hits(&Query::new(Profile::Pdq, &[marker(7)])).unwrap();
            let sources = hits.iter().flat_map(|hit| snapshot.sources(hit.place)).filter(Result::is_ok).count();
            times.push(started.elapsed().as_secs_f64() * 1e6);
            assert_eq!(sources, expected);
        }
        let first = times[0];
        times.sort_by(f64::total_cmp);
        println!("{what}: first {first:.1} us, median {:.1} us", times[times.len() / 2]);
    };
    look_up("none hidden", 2 * usize::try_from(CROWD).unwrap());
    for (remove, left) in [(1, 499), (10, 490)] {
        let mut writer = Writer::<32>::open(path).unwrap();
        let mut change = writer.change();
        for number in (0..remove).filter(|number| left == 499 || *number > 0) {
            change.remove("crowd", &format!("{number}a")).unwrap();
        }
        change.commit().unwrap();
        drop(writer);
        timed("reload", || assert!(store.reload().unwrap()));
        look_up(&format!("{remove} hidden"), left);
    }
}
