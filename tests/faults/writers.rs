//! Two processes that want to write to one store: in every round one does, the other is told that it is busy, and nothing of either is lost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use lookalike::index::Query;
use lookalike::store::{Store, StoreErrorKind, Writer};

use crate::child::{self, child, scratch, tell};
use crate::support::{PROFILE, hash, source, store};

/// The child: in each round it tries once, and writes when it is told to.
#[test]
fn wants_to_write() {
    let Some(task) = child::task() else { return };
    let directory = Path::new(&task[0]);
    let mut lines = std::io::stdin().lines();
    while let Some(Ok(round)) = lines.next() {
        match Writer::<8>::open(directory) {
            Ok(mut writer) => {
                tell("opened");
                assert_eq!(lines.next().unwrap().unwrap(), "write");
                let mut change = writer.change();
                change.add(Some(hash(7)), &[], source("rounds", &round), Some(&round)).unwrap();
                change.commit().unwrap();
                drop(writer);
                tell("written");
            }
            Err(error) if error.kind() == StoreErrorKind::Busy => tell("busy"),
            Err(error) => panic!("{error}"),
        }
    }
}

struct Rival {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Rival {
    fn start(directory: &Path) -> Self {
        let mut command = child("writers::wants_to_write", &[directory.to_str().unwrap()]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from }
    }

    fn ask(&mut self, what: &str) {
        writeln!(self.to, "{what}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.from.read_line(&mut line).unwrap() > 0, "a writer ended");
            if let Some(told) = line.strip_prefix("told ") {
                return told.trim_end().to_owned();
            }
        }
    }
}

fn rounds(count: usize) {
    let directory = scratch();
    let place = directory.path().join("store");
    drop(store(&place, 0..3));
    let mut rivals = [Rival::start(&place), Rival::start(&place)];
    let mut won = [0, 0];
    for round in 0..count {
        // neither is always asked first
        for rival in [round % 2, 1 - round % 2] {
            rivals[rival].ask(&round.to_string());
        }
        let answers = rivals.each_mut().map(Rival::answer);
        let winner = usize::from(answers[1] == "opened");
        assert_eq!((&*answers[winner], &*answers[1 - winner]), ("opened", "busy"), "round {round}");
        rivals[winner].ask("write");
        assert_eq!(rivals[winner].answer(), "written");
        won[winner] += 1;
    }
    for Rival { mut child, to, mut from } in rivals {
        drop(to);
        std::io::copy(&mut from, &mut std::io::sink()).unwrap();
        assert!(child.wait().unwrap().success());
    }
    let snapshot = Store::open(&place).unwrap().snapshot();
    assert_eq!(snapshot.generation(), Some(2 + count as u64), "a generation for each round");
    let needles = [hash(7)];
    let hits = snapshot.hits(&Query::new(PROFILE, &needles)).unwrap();
    let mut ids: Vec<usize> = hits
        .iter()
        .flat_map(|hit| snapshot.sources(hit.place))
        .map(|source| source.unwrap().id.parse().unwrap())
        .collect();
    ids.sort_unstable();
    assert!(ids.into_iter().eq(0..count), "every addition is there once");
    println!("{count} rounds: the first wrote in {}, the second in {}", won[0], won[1]);
}

#[test]
fn of_two_writers_one_writes_and_the_other_is_told() {
    rounds(20);
}

/// `cargo test --release --all-features --test faults -- --ignored two_writers_a_thousand_times --nocapture`
#[test]
#[ignore = "takes a minute"]
fn two_writers_a_thousand_times() {
    rounds(1000);
}
