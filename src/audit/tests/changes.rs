//! Whoever changes a log is found out.

use alloc::string::String;
use alloc::vec::Vec;
use std::fs;
use std::path::PathBuf;

use super::{found, log_in, still};
use crate::audit::verify::ProblemKind;
use crate::audit::{Conclusion, Log, Options, Review, Verification, verify};

/// A log of five lines with personal parts, and its text.
fn small() -> (tempfile::TempDir, PathBuf, String, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = log_in(&directory);
    let log = Log::open_with(&path, still(Options::new()).0).unwrap();
    let event = log.append(found("a", "1").content("c").decision("removed")).unwrap();
    log.append(Review::new(event).review(Conclusion::Confirmed)).unwrap();
    log.append(found("b", "2")).unwrap();
    log.append(found("b", "3")).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.lines().count(), 5);
    let head = log.head();
    (directory, path, text, head)
}

fn lines_of(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(String::from).collect()
}

#[test]
fn every_flipped_byte_is_found_in_its_line() {
    let (_directory, path, text, _) = small();
    for at in 0..text.len() {
        let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            let found = verify(&path, None).unwrap();
            let first = found.problems.first().unwrap_or_else(|| panic!("byte {at} ^ {flip} was not found"));
            // Where a line break goes, two lines become one; where one comes, one becomes two.
            assert_eq!((first.line, &first.file), (line, &path), "byte {at} ^ {flip}: {:?}", found.problems);
            assert!(matches!(first.kind, ProblemKind::Changed | ProblemKind::Unfinished));
        }
    }
}

fn after(change: impl FnOnce(&mut Vec<String>)) -> (Verification, Verification) {
    let (_directory, path, text, head) = small();
    let mut lines = lines_of(&text);
    change(&mut lines);
    fs::write(&path, lines.concat()).unwrap();
    (verify(&path, None).unwrap(), verify(&path, Some(&head)).unwrap())
}

fn told(found: &Verification) -> Vec<(u64, ProblemKind)> {
    found.problems.iter().map(|problem| (problem.line, problem.kind)).collect()
}

#[test]
fn every_removed_line_is_found() {
    for at in 0..4 {
        let (found, _) = after(|lines| drop(lines.remove(at)));
        assert_eq!(told(&found), [(at as u64 + 1, ProblemKind::Missing)], "{at}");
    }
}

#[test]
fn a_cut_end_is_found_by_its_head_alone() {
    for left in 1..5 {
        let (found, anchored) = after(|lines| lines.truncate(left));
        assert!(found.is_sound(), "the chain itself cannot know: {:?}", found.problems);
        assert_eq!(told(&anchored), [(left as u64, ProblemKind::Anchor)]);
    }
    let (_, anchored) = after(|_| {});
    assert!(anchored.is_sound());
    assert_eq!(anchored.behind_anchor, Some(0));
}

#[test]
fn every_swap_copy_and_insertion_is_found() {
    for (one, other) in (0..5).flat_map(|one| (0..one).map(move |other| (one, other))) {
        let (found, _) = after(|lines| lines.swap(one, other));
        let first = found.problems.first().unwrap_or_else(|| panic!("{one} {other}"));
        assert_eq!(first.line, other as u64 + 1, "{:?}", found.problems);
        assert!(found.problems.iter().any(|problem| problem.kind == ProblemKind::Misplaced), "{:?}", found.problems);
    }
    for at in 0..5 {
        let (found, _) = after(|lines| lines.insert(at, lines[at].clone()));
        let doubled = told(&found);
        assert!(doubled.contains(&(at as u64 + 2, ProblemKind::Misplaced)), "{at}: {doubled:?}");
    }
    // A line of another log, sealed in itself.
    let (_other, _, foreign, _) = small();
    for at in 1..5 {
        let line = lines_of(&foreign).swap_remove(at);
        let (found, _) = after(|lines| lines.insert(at, line.clone()));
        assert!(told(&found).iter().any(|(line, _)| *line == at as u64 + 1), "{at}: {found:?}");
        let (found, _) = after(|lines| lines[at] = line.clone());
        assert_eq!(told(&found).first(), Some(&(at as u64 + 1, ProblemKind::Unlinked)), "{at}: {found:?}");
    }
}

#[test]
fn a_line_sealed_anew_breaks_the_chain_behind_it() {
    let (_directory, path, text, head) = small();
    let mut lines = lines_of(&text);
    let before = super::chain::check(lines[2].trim_end().as_bytes()).unwrap();
    let mut forged = Vec::new();
    let body = br#"{"event":"outcome","of":2,"review":"false_positive"}"#;
    super::chain::seal(&mut forged, &before.prev, before.seq, before.time, body, None);
    lines[2] = String::from_utf8(forged).unwrap();
    fs::write(&path, lines.concat()).unwrap();
    assert_eq!(told(&verify(&path, None).unwrap()), [(4, ProblemKind::Unlinked)]);
    // Who seals everything behind it anew as well is found by the head alone.
    lines.truncate(3);
    fs::write(&path, lines.concat()).unwrap();
    assert!(verify(&path, None).unwrap().is_sound());
    assert_eq!(told(&verify(&path, Some(&head)).unwrap()), [(3, ProblemKind::Anchor)]);
}

#[test]
fn one_change_is_one_problem() {
    let (_directory, path, text, _) = small();
    fs::write(&path, text.replace("\"removed\"", "\"nothing\"")).unwrap();
    let found = verify(&path, None).unwrap();
    assert_eq!(told(&found), [(2, ProblemKind::Changed)]);
    assert_eq!((found.lines, found.events), (5, Some((1, 5))));
}
