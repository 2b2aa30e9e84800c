//! A writer is killed at any time: the store is in the state before or after what it was doing, and goes on by itself.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use lookalike::index::{Query, Source};
use lookalike::mmap::Opener;
use lookalike::store::{Snapshot, Store, Writer, compact};

use crate::support::{PROFILE, contents, entries, found, hash, md5, source};

const DIRECTORY: &str = "LOOKALIKE_STORE_TO_WRITE_TO";
/// How many writers are killed; `cargo test --release --test store -- --ignored a_thousand` kills a thousand.
const KILLS: u64 = 60;
/// The step is kept as the id of the one entry of a list of its own, of a hash that no other entry has.
const STEP: u8 = 255;

/// In step `k` the list holds these numbers.
fn numbers(step: u64) -> std::ops::Range<u8> {
    let first = u8::try_from(step % 200).unwrap();
    first..first + 5
}

fn step_of(snapshot: &Snapshot) -> u64 {
    let needles = [hash(STEP)];
    let hits = snapshot.hits(&Query::new(PROFILE, &needles)).unwrap();
    let ids: Vec<u64> =
        hits.iter().flat_map(|hit| snapshot.sources(hit.place)).map(|it| it.unwrap().id.parse().unwrap()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    ids[0]
}

#[expect(clippy::print_stdout, reason = "the process that kills reads it")]
fn tell(step: u64) {
    println!("\ndone {step}");
}

/// The process that is killed: it goes from step to step in all the ways that there are, and prints each when it is done.
#[test]
fn writes_until_it_is_killed() {
    let Some(directory) = env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    loop {
        let mut writer = Writer::<8>::open_within(directory, Duration::from_secs(10)).unwrap();
        for _ in 0..5 {
            let step = step_of(&Store::open(directory).unwrap().snapshot());
            let (old, new) = (numbers(step), numbers(step + 1));
            let (before, id) = (step.to_string(), (step + 1).to_string());
            if step % 6 == 5 {
                let mut whole = contents("L", new);
                whole.add(Some(hash(STEP)), &[md5(STEP)], source("step", &id), None).unwrap();
                writer.publish(whole).unwrap();
            } else {
                let mut change = writer.change();
                old.clone()
                    .filter(|it| !new.contains(it))
                    .for_each(|it| assert_eq!(change.remove("L", &it.to_string()).unwrap(), 1));
                for number in new.filter(|it| !old.contains(it)) {
                    let id = number.to_string();
                    change.add(Some(hash(number)), &[md5(number)], source("L", &id), Some(&id)).unwrap();
                }
                change.remove("step", &before).unwrap();
                change.add(Some(hash(STEP)), &[md5(STEP)], Source { list: "step", ..source("", &id) }, None).unwrap();
                change.commit().unwrap();
            }
            tell(step + 1);
        }
        drop(writer);
        compact::<8>(directory, Opener::default()).unwrap();
    }
}

fn kill_writers(kills: u64) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    let mut writer = Writer::<8>::init(path, PROFILE).unwrap();
    let mut whole = contents("L", numbers(0));
    whole.add(Some(hash(STEP)), &[md5(STEP)], source("step", "0"), None).unwrap();
    writer.publish(whole).unwrap();
    drop(writer);
    let (mut last, mut seed) = (0, 7_u64);
    for kill in 0..kills {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "kill::writes_until_it_is_killed", "--nocapture"])
            .env(DIRECTORY, path)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let first = Instant::now();
        let mut done = last;
        let mut killed = false;
        for line in lines {
            let Ok(line) = line else { break };
            if let Some(step) = line.strip_prefix("done ") {
                done = step.parse().unwrap();
                if !killed {
                    // It works now; some time within its next steps it dies.
                    thread::sleep(Duration::from_micros((seed >> 33) % 40_000));
                    child.kill().unwrap();
                    killed = true;
                }
            }
            assert!(first.elapsed() < Duration::from_secs(120), "the writer hangs");
        }
        child.wait().unwrap();
        assert!(killed, "the writer ended by itself");

        let snapshot = Store::open(path).unwrap().snapshot();
        let step = step_of(&snapshot);
        assert!(step == done || step == done + 1, "kill {kill}: {step} after {done} was done");
        let mut of_list = found(&snapshot);
        of_list.retain(|(number, _)| *number != STEP);
        assert_eq!(of_list, entries("L", numbers(step)), "kill {kill}, step {step}");
        last = step;
    }
    assert!(last > kills, "{last} steps");
}

#[test]
fn a_writer_that_is_killed_leaves_the_old_state_or_the_new_one() {
    kill_writers(KILLS);
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_writers_are_killed() {
    kill_writers(1000);
}
