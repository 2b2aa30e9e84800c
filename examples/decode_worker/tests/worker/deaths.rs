//! What becomes of files whose workers die, hang, or lie; and of the files after them.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use decode_worker::{Death, NotDecoded, Options, Pool, Program};
use image::ImageFormat;
use lookalike::decode::{View, Visitor};
use lookalike::hash::{PdqProfile, PdqSpectrum};

use crate::support::{Notes, children, drawn, encoded, in_process, in_worker, kill, options, small};

fn picture() -> Vec<u8> {
    encoded(&drawn(200, 150, 7, 0), ImageFormat::Png)
}

/// The pool still decodes.
fn assert_whole(pool: &Pool) {
    let (file, notes) = (picture(), || Notes { wants_grid: true, ..Notes::default() });
    let (expected, ended) = in_process(&file, 1, &small(), notes());
    let (found, worker_ended) = in_worker(pool, &file, 1, notes());
    assert_eq!(found.calls, expected.calls);
    assert_eq!(worker_ended, ended.map_err(NotDecoded::Refused));
}

/// How a worker ends that is asked for something.
fn asked(pool: &Pool, what: &str) -> Death {
    let file = format!("GIF89a lookalike self-test: {what}\n");
    // what looks like a picture gets as far as a worker
    let mut file = file.into_bytes();
    file.resize(file.len().max(64), b' ');
    match in_worker(pool, &file, 1, Notes::default()).1 {
        Err(NotDecoded::Died(death)) => death,
        other => panic!("{what}: {other:?}"),
    }
}

/// Does something as soon as it is told how much memory is needed.
struct At<F>(F);

impl<F: FnMut()> Visitor for At<F> {
    fn needs(&mut self, _: u64) {
        self.0();
    }

    fn hashed(&mut self, _: View, _: &PdqSpectrum) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

pub(crate) fn a_kill_in_mid_file_is_its_outcome_alone() {
    let pool = Pool::start(options()).unwrap();
    for _ in 0..5 {
        let [worker] = pool.idle()[..] else { panic!("one worker waits") };
        let mut client = At(|| kill(worker.try_into().unwrap()));
        let ended = pool.decode(&picture(), PdqProfile::FullResolution, &mut client);
        assert_eq!(ended, Err(NotDecoded::Died(Death::Signal(9))));
        assert_eq!(pool.idle(), [0_u32; 0]);
        assert_whole(&pool);
        assert_ne!(pool.idle(), [worker]);
    }
}

pub(crate) fn a_worker_that_hangs_is_killed_in_time() {
    let time = Duration::from_millis(300);
    let pool = Pool::start(options().time(time)).unwrap();
    let begun = Instant::now();
    assert_eq!(asked(&pool, "hang"), Death::Late(time));
    assert!(begun.elapsed() >= time);
    assert_eq!(children(), [0_i32; 0]);
    let pool = Pool::start(options()).unwrap();
    assert_whole(&pool);
}

pub(crate) fn a_bomb_is_stopped_by_the_limit_of_memory() {
    let pool = Pool::start(options()).unwrap();
    let Death::Memory(allowed) = asked(&pool, "memory") else { panic!("not a matter of memory") };
    assert!(allowed < 512 << 20, "{allowed}");
    assert_whole(&pool);
}

pub(crate) fn the_sandbox_forbids_all_but_decoding() {
    let pool = Pool::start(options()).unwrap();
    if !pool.sandbox().seccomp {
        println!("skipped: this kernel or processor has no filter of system calls: {}", pool.sandbox());
        return;
    }
    for what in ["open", "create", "socket", "process", "thread", "sleep"] {
        assert_eq!(asked(&pool, what), Death::Forbidden, "{what}");
        assert_whole(&pool);
    }
    assert!(!std::path::Path::new("/tmp/lookalike-self-test").exists());
}

pub(crate) fn every_end_is_told() {
    let pool = Pool::start(options()).unwrap();
    assert_eq!(asked(&pool, "panic"), Death::Exit(101));
    assert_eq!(asked(&pool, "abort"), Death::Signal(6));
    assert_eq!(asked(&pool, "exit"), Death::Exit(0));
    assert_eq!(asked(&pool, "flood"), Death::Nonsense);
    assert!(matches!(asked(&pool, "stack"), Death::Signal(6 | 11)));
    assert_whole(&pool);
    // Without a self-test nothing of the kind is listened to.
    let pool = Pool::start(Options::new(small()).workers(1)).unwrap();
    let mut file = b"GIF89a lookalike self-test: exit".to_vec();
    file.resize(64, b' ');
    assert!(matches!(in_worker(&pool, &file, 1, Notes::default()).1, Err(NotDecoded::Refused(_))));
}

pub(crate) fn what_is_no_worker_is_an_error_at_the_start() {
    let none: [String; 0] = [];
    for program in [
        Program::any("/bin/true", none.clone()),
        Program::any("/nonexistent", none),
        Program::any("/bin/sh", ["-c", "yes"]),
        Program::any("/bin/sh", ["-c", "head -c 10000000 /dev/zero"]),
    ] {
        assert!(Pool::start(options().program(program.clone())).is_err(), "{program:?}");
    }
}

pub(crate) fn nonsense_is_a_dead_worker() {
    let hello = r"printf '\002\001\001\000\000\000\000';";
    let time = Duration::from_millis(500);
    let heads = [
        // nothing, for ever
        ("sleep 100", Death::Late(time)),
        // reads nothing: the pipe takes the file, and no answer comes
        ("exec sleep 100", Death::Late(time)),
        ("head -c 80 >/dev/null; exit 7", Death::Exit(7)),
        ("head -c 80 >/dev/null; yes", Death::Nonsense),
        ("head -c 80 >/dev/null; cat /dev/zero", Death::Nonsense),
        // an end before a header
        (r"head -c 80 >/dev/null; printf '\002\007\000\000\000\000'; sleep 100", Death::Nonsense),
        // four gigabytes of pixels, and of a spectrum
        (r"head -c 80 >/dev/null; printf '\002\006\377\377\377\377'; sleep 100", Death::Nonsense),
        (r"head -c 80 >/dev/null; printf '\002\004\377\377\377\377'; sleep 100", Death::Nonsense),
        // an error that there is none of
        (
            r"head -c 80 >/dev/null; printf '\002\010\023\000\000\000\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377'; sleep 100",
            Death::Nonsense,
        ),
        // half a message
        (r"head -c 80 >/dev/null; printf '\002\002\040\000\000\000\001'; sleep 100", Death::Late(time)),
    ];
    for (script, expected) in heads {
        let program = Program::any("/bin/sh", ["-c".to_owned(), format!("{hello} {script}")]);
        let pool = Pool::start(options().program(program).time(time)).unwrap();
        for _ in 0..2 {
            let begun = Instant::now();
            let ended = pool.decode(&picture(), PdqProfile::FullResolution, &mut Notes::default());
            assert_eq!(ended, Err(NotDecoded::Died(expected)), "{script}");
            assert!(begun.elapsed() < Duration::from_secs(60), "{script}");
        }
    }
}

pub(crate) fn a_worker_that_died_idle_costs_no_file() {
    let pool = Pool::start(options().files(3)).unwrap();
    for _ in 0..4 {
        let [worker] = pool.idle()[..] else { panic!("one worker waits") };
        kill(worker.try_into().unwrap());
        // until its pipes are closed
        let begun = Instant::now();
        while std::fs::read_to_string(format!("/proc/{worker}/stat")).is_ok_and(|stat| !stat.contains(") Z")) {
            assert!(begun.elapsed() < Duration::from_secs(30));
            thread::sleep(Duration::from_millis(1));
        }
        assert_whole(&pool);
    }
    // after three files it is another
    let [worker] = pool.idle()[..] else { panic!("one worker waits") };
    assert_whole(&pool);
    assert_eq!(pool.idle(), [worker]);
    assert_whole(&pool);
    assert_eq!(pool.idle(), [0_u32; 0]);
    assert_whole(&pool);
}

pub(crate) fn a_client_that_panics_leaves_the_pool_whole() {
    let pool = Pool::start(options()).unwrap();
    for _ in 0..3 {
        let mut client = At(|| std::panic::resume_unwind(Box::new("a defect")));
        let decode = || pool.decode(&picture(), PdqProfile::FullResolution, &mut client);
        assert!(catch_unwind(AssertUnwindSafe(decode)).is_err());
        assert_whole(&pool);
    }
}

pub(crate) fn a_thousand_files_with_random_kills_lose_nothing() {
    const FILES: usize = 1000;
    const THREADS: usize = 3;
    let pool = Pool::start(options().workers(THREADS)).unwrap();
    let file = picture();
    let expected = in_process(&file, 1, &small(), Notes::default()).0.calls;
    let (next, whole, killed, is_over) =
        (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    while next.fetch_add(1, Ordering::SeqCst) < FILES {
                        let (notes, ended) = in_worker(&pool, &file, 1, Notes::default());
                        match ended {
                            Ok(_) => {
                                assert_eq!(notes.calls, expected);
                                whole.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(NotDecoded::Died(Death::Signal(9) | Death::NotStarted)) => {
                                assert!(expected.starts_with(&notes.calls));
                                killed.fetch_add(1, Ordering::SeqCst);
                            }
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut random = 12345_u64;
            while !is_over.load(Ordering::SeqCst) {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let workers = children();
                if let Some(worker) = workers.get((random >> 33) as usize % workers.len().max(1)) {
                    kill(*worker);
                }
                thread::sleep(Duration::from_micros(random >> 50));
            }
        });
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join().is_ok()).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(|is_fine| *is_fine));
    });
    let (whole, killed) = (whole.into_inner(), killed.into_inner());
    println!("{whole} files decoded, {killed} lost their worker");
    assert_eq!(whole + killed, FILES);
    assert!(killed > 10 && whole > 10, "{whole} decoded, {killed} killed");
    assert!(children().len() <= THREADS);
}
