//! Logs that are not written or read, and what is wrong with those that are.

use std::fs;
use std::path::Path;

use lookalike::audit::{Entry, Key, Log, Match, Options, Review, verify};

use crate::Messages;
use crate::manifest_support::NOW;

fn options() -> Options {
    Options::new().clock(|| NOW)
}

fn written(path: &Path, events: u64) {
    let log = Log::open_with(path, options()).unwrap();
    for generation in 0..events {
        log.append(Match::new([Entry::new("hotline", "1").by("pdq", 31)]).generation(generation)).unwrap();
    }
}

pub(crate) fn messages(m: &mut Messages) {
    m.section("a log that is not written or read");
    let directory = tempfile::tempdir().unwrap();
    m.hide(directory.path());
    let path = directory.path().join("audit.jsonl");
    let log = Log::open_with(&path, options()).unwrap();
    m.refused("written elsewhere", Log::open(&path));
    m.refused("no such event", log.append(Review::new(99)));
    m.refused("short key", Key::new(b"secret"));
    m.refused("no directory", Log::open(directory.path().join("gone/audit.jsonl")));
    m.refused("not there", verify(directory.path().join("gone.jsonl"), None));
    m.refused("a directory", verify(directory.path(), None));
    let other = directory.path().join("list.txt");
    fs::write(&other, "f8f8f0cee0f4a84f\n").unwrap();
    m.refused("another file, written", Log::open(&other));
    m.refused("another file, read", verify(&other, None));

    m.section("what is wrong with a log");
    let lines = |number: u64| {
        let path = directory.path().join(format!("{number}.jsonl"));
        written(&path, 4);
        let lines: Vec<String> = fs::read_to_string(&path).unwrap().lines().map(String::from).collect();
        (path, lines)
    };
    type Change = fn(&mut Vec<String>);
    let changes: [(&str, Change); 7] = [
        ("a word changed", |lines| lines[2] = lines[2].replace("hotline", "Hotline")),
        ("no line any more", |lines| lines[2] = "hello".into()),
        ("a line removed", |lines| drop(lines.remove(2))),
        ("two lines removed", |lines| drop(lines.drain(1..3))),
        ("the head removed", |lines| drop(lines.remove(0))),
        ("a line repeated", |lines| lines.insert(3, lines[2].clone())),
        ("the head repeated", |lines| lines.push(lines[0].clone())),
    ];
    for (number, (case, change)) in changes.into_iter().enumerate() {
        let (path, mut lines) = lines(number as u64);
        change(&mut lines);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        let found = verify(&path, None).unwrap();
        assert!(!found.is_sound(), "{case}");
        for problem in found.problems() {
            m.say(case, problem);
        }
    }
    let (path, lines) = lines(100);
    fs::write(&path, lines.join("\n")).unwrap();
    m.say("cut", &verify(&path, None).unwrap().problems()[0]);
    m.say("another head", &verify(&path, Some("0123")).unwrap().problems()[1]);
}
