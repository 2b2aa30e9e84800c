//! Whoever poisons a list hides no other list, outvotes nobody, and makes no answer long.

#![cfg(all(feature = "check", feature = "lists"))]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;

use decode_support::{png_of_shapes as png, shapes};
use lookalike::check::Report;
use lookalike::decode::{self, Limits};
use lookalike::entry::Role;
use lookalike::hash::{Bits256, PdqProfile, Profile};
use lookalike::index::{Builder, IndexKind, Source};
use lookalike::lists::{self, Format, Options, Record};
use lookalike::matching::{Outcome, Policy};
use lookalike::{Checker, Lists};

/// Entries of a flood: some hundred times as many as are kept of a list.
const FLOOD: usize = 30_000;

fn pdq(file: &[u8]) -> Bits256 {
    decode::pdq(file, &Limits::default(), PdqProfile::FullResolution).unwrap().pdq().hash
}

/// Another hash for each number, at a distance of 1 to 31.
fn near(hash: Bits256, number: usize) -> Bits256 {
    let mut bytes = *hash.as_bytes();
    let mut state = number as u64 + 1;
    for _ in 0..=number % 31 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bit = (state >> 56) as usize;
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    Bits256::from_bytes(bytes)
}

fn snapshot(kind: IndexKind, flood: Bits256, others: &[(Bits256, &str, Role)]) -> Lists {
    let mut builder = Builder::new(Profile::Pdq).unwrap().kind(Some(kind));
    for number in 0..FLOOD {
        let id = number.to_string();
        builder.add(near(flood, number), Source { list: "flood", id: &id, ..Source::default() }).unwrap();
    }
    for (hash, list, role) in others {
        builder.add(*hash, Source { list, id: "the one", role: *role, ..Source::default() }).unwrap();
    }
    Lists::from_bytes(builder.finish().unwrap()).unwrap()
}

fn check(lists: Lists, rules: &str, file: &[u8]) -> Report {
    let policy = Policy::parse(rules, Profile::Pdq).unwrap();
    Checker::builder(lists).policy(policy).build().unwrap().check(file).unwrap()
}

#[test]
fn a_flood_hides_no_entry_of_another_list() {
    let file = png(&shapes(1));
    let hash = pdq(&file);
    // as far as it may be, so that every entry of the flood is nearer or as near
    let far = {
        let mut bytes = *hash.as_bytes();
        bytes[..4].iter_mut().for_each(|byte| *byte ^= 0xff);
        bytes[0] ^= 1;
        Bits256::from_bytes(bytes)
    };
    assert_eq!(hash.distance(&far), 31);
    for kind in IndexKind::all() {
        let checked = check(snapshot(kind, hash, &[(far, "hotline", Role::Abuse)]), "version = 1", &file);
        assert_eq!(checked.outcome(), Outcome::Match, "{kind}");
        let matches = checked.matches();
        assert!(matches.iter().any(|found| found.entry.list == "hotline" && found.distance == 31), "{kind}");
        assert!(matches.len() <= 256, "{kind}: {} entries", matches.len());
        let note = checked.detail().unwrap_or_default();
        assert!(note.contains("entries"), "{kind}: that more were found is said: {note:?}");
    }
}

#[test]
fn a_flood_is_one_list_in_a_quorum() {
    let file = png(&shapes(2));
    let hash = pdq(&file);
    let two = "version = 1\n[quorum]\nlists = 2\n";
    // the second list is there, and has another picture
    let alone = check(snapshot(IndexKind::Mih, hash, &[(pdq(&png(&shapes(9))), "hotline", Role::Abuse)]), two, &file);
    // what was not kept is of the same list, but nobody says that it is clean
    let outcome = alone.outcome();
    assert!(matches!(outcome, Outcome::OverLimit { what: "listed entries near the picture", .. }), "{outcome:?}");
    assert!(!alone.held().is_empty(), "what was held back is told");
    let both = check(snapshot(IndexKind::Mih, hash, &[(hash, "hotline", Role::Abuse)]), two, &file);
    assert_eq!(both.outcome(), Outcome::Match);
}

#[test]
fn a_flood_is_held_back_by_what_is_known_to_be_good() {
    let file = png(&shapes(3));
    let hash = pdq(&file);
    let checked = check(snapshot(IndexKind::Mih, hash, &[(hash, "known good", Role::Allow)]), "version = 1", &file);
    // entries near the good one are held back, the others of the list count: what lies there is for the operator to mute
    let nearest = checked.matches().iter().map(|found| found.distance).min();
    assert!(nearest.is_none_or(|distance| distance > 10), "{nearest:?}");
    assert!(checked.held().iter().any(|found| found.distance <= 10));
}

#[test]
fn hashes_that_would_match_anything_flat_are_not_let_in() {
    let mut list = String::new();
    for byte in ["00", "ff", "01", "80"] {
        list.push_str(&byte.repeat(32));
        list.push('\n');
    }
    list.push_str(&"5a".repeat(32));
    let (mut good, mut bad) = (0, Vec::new());
    let summary =
        lists::read::<32, _>(Format::Text, list.as_bytes(), &Options::new("poisoned"), Profile::Pdq, &mut |record| {
            match record {
                Record::Entry(_) => good += 1,
                Record::Quarantined(quarantined) => bad.push(quarantined.line),
                _ => {}
            }
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((good, bad), (1, vec![1, 2, 3, 4]));
    assert_eq!(summary.quarantined(), 4);
}
