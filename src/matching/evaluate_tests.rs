//! Both sides of each rule.

use super::*;
use crate::coverage::Whole;
use crate::entry::{Digest, Opinion};
use crate::hash::Bits256;
use crate::index::Source;
use crate::matching::{ListRule, Mute, Quorum, Trust, ViewKind};
use alloc::string::ToString as _;
use alloc::vec::Vec;

const NOW: i64 = 1_000;

fn judge(
    rules: &Rules<'static>,
    picture: &Picture,
    findings: &[Finding<'static, 32>],
) -> (Decision, Vec<Judged<'static>>) {
    let mut judged: Vec<_> = findings.iter().map(|_| Judged::default()).collect();
    let decision = evaluate(rules, picture, findings, &mut judged);
    (decision, judged)
}

/// The first `ones` bits set, so that distances are differences of numbers.
fn hash(ones: usize) -> Bits256 {
    let mut hash = Bits256::ZERO;
    hash.bits_mut()[..ones].fill(true);
    hash
}

fn found(list: &'static str, distance: u32) -> Finding<'static, 32> {
    Finding::perceptual(hash(distance as usize), distance, Source { list, id: "1", ..Source::default() })
}

fn of_role(role: Role, finding: Finding<'static, 32>) -> Finding<'static, 32> {
    Finding { source: Source { role, ..finding.source }, ..finding }
}

fn digest(list: &'static str) -> Finding<'static, 32> {
    Finding::digest(Digest::Md5([1; 16]), found(list, 0).source)
}

const CLEAN: Outcome = Outcome::NoMatch(Whole::of_hash());
const PLAIN: Rules<'static> = Rules::new(ListRule::new("", 31));
const CHECKED: Picture = Picture::looked_up(90, 50, Whole::of_hash()).now(Some(NOW));

#[test]
fn an_entry_within_the_radius_matches_and_one_outside_does_not() {
    assert_eq!(judge(&PLAIN, &CHECKED, &[found("a", 31)]).0.outcome, Outcome::Match);
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[found("a", 32)]);
    assert_eq!((decision.outcome, decision.held), (CLEAN, 1));
    assert_eq!((judged[0].held.to_string(), judged[0].subject), ("radius".into(), None));
    assert_eq!(judge(&PLAIN, &CHECKED, &[]).0.outcome, CLEAN);
}

#[test]
fn a_test_list_makes_a_test_and_beside_abuse_a_match() {
    let test = of_role(Role::Test, found("eicar", 2));
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[test]);
    assert_eq!((decision.outcome, decision.tests, decision.matches), (Outcome::Test, 1, 0));
    assert!(judged[0].fired.contains(Rule::Test) && judged[0].subject.is_none());
    assert_eq!(judge(&PLAIN, &CHECKED, &[test, found("a", 4)]).0.outcome, Outcome::Match);
    // The quorum is for abuse: a test list is one list, and works alone.
    let quorum = PLAIN.quorum(Quorum::new(31).lists(2).jurisdictions(2));
    assert_eq!(judge(&quorum, &CHECKED, &[test]).0.outcome, Outcome::Test);
    assert_eq!(judge(&quorum, &CHECKED, &[test, found("a", 4)]).0.outcome, Outcome::Test, "and adds to none");
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[of_role(Role::Test, found("eicar", 40))]);
    assert_eq!((decision.outcome, decision.held), (CLEAN, 1));
    assert!(!judged[0].fired.contains(Rule::Test));
}

#[test]
fn an_allowed_digest_holds_back_everything() {
    let allow = of_role(Role::Allow, digest("nsrl"));
    let all =
        [found("a", 0), digest("b"), of_role(Role::Test, found("eicar", 0)), found("a", 3).view(7, ViewKind::Framed)];
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[&[allow][..], &all].concat());
    assert_eq!((decision.outcome, decision.held, decision.allows), (CLEAN, 4, 1));
    assert!(judged[1..].iter().all(|judged| judged.held.to_string() == "allow_exact"));
    assert!(judged[0].fired.contains(Rule::AllowExact) && !judged[0].is_held());
    assert_eq!(judge(&PLAIN, &CHECKED, &all).0.outcome, Outcome::Match);
}

#[test]
fn an_allowed_hash_holds_back_hashes_near_it_and_no_digest() {
    let allow = |distance| of_role(Role::Allow, found("good", distance));
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[found("a", 0), allow(10)]);
    assert_eq!((decision.outcome, judged[0].held.to_string()), (CLEAN, "allow_near".into()));
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[found("a", 0), allow(11)]);
    assert_eq!((decision.outcome, judged[1].held.to_string()), (Outcome::Match, "radius".into()));
    assert_eq!((decision.allows, decision.held, decision.held_by.is_empty()), (0, 0, true));
    let (decision, judged) = judge(&PLAIN, &CHECKED, &[allow(0), digest("a"), found("a", 0)]);
    assert_eq!((decision.outcome, judged[1].is_held(), judged[2].is_held()), (Outcome::Match, false, true));
    // An allow list is never a match itself.
    assert_eq!(judge(&PLAIN, &CHECKED, &[allow(0)]).0.outcome, CLEAN);
}

#[test]
fn a_harmless_frame_or_part_hides_no_other() {
    let allow = |frame, view| of_role(Role::Allow, found("good", 0)).view(frame, view);
    for (by, of, is_held) in [
        ((1, ViewKind::Exact), (1, ViewKind::Exact), true),
        ((1, ViewKind::Exact), (1, ViewKind::Framed), true),
        ((1, ViewKind::Exact), (1, ViewKind::Covered), true),
        ((1, ViewKind::Framed), (1, ViewKind::Framed), true),
        ((1, ViewKind::Framed), (1, ViewKind::Exact), false),
        ((1, ViewKind::Exact), (2, ViewKind::Exact), false),
    ] {
        let (decision, _) = judge(&PLAIN, &CHECKED, &[allow(by.0, by.1), found("a", 0).view(of.0, of.1)]);
        assert_eq!(decision.outcome == CLEAN, is_held, "{by:?} {of:?}");
    }
}

#[test]
fn a_quorum_of_lists_needs_different_lists_of_one_subject() {
    let rules = PLAIN.quorum(Quorum::new(20).lists(2));
    let (decision, judged) = judge(&rules, &CHECKED, &[found("a", 1), found("a", 2), found("a", 3)]);
    assert_eq!((decision.outcome, decision.held, decision.subjects), (CLEAN, 3, 1));
    assert_eq!((judged[2].held.to_string(), judged[2].subject), ("quorum_lists".into(), Some(1)));
    assert_eq!(decision.lacking().collect::<Vec<_>>(), [(Rule::QuorumLists, 1, 2)]);
    let (decision, judged) = judge(&rules, &CHECKED, &[found("a", 1), found("b", 2)]);
    assert_eq!((decision.outcome, decision.lacking().count()), (Outcome::Match, 0));
    assert!(judged[0].fired.contains(Rule::QuorumLists));
    // Two lists, but not of the same subject: the hashes are too far apart, and so are both from the picture.
    let apart = [found("a", 30), Finding { distance: 25, ..found("b", 60) }];
    assert_eq!(judge(&rules, &CHECKED, &apart).0.outcome, CLEAN);
    // What is held back by another rule does not count for the quorum.
    let muted = [Mute { list: "b", entry: "1", until: None }];
    let (decision, judged) = judge(
        &Rules { mutes: alloc::boxed::Box::leak(alloc::boxed::Box::new(muted)), ..rules },
        &CHECKED,
        &[found("a", 1), found("b", 2)],
    );
    assert_eq!(decision.outcome, CLEAN);
    assert_eq!((judged[0].held.to_string(), judged[1].held.to_string()), ("quorum_lists".into(), "muted".into()));
}

#[test]
fn a_quorum_of_jurisdictions_needs_lists_from_different_ones() {
    const LISTS: [ListRule<'static>; 2] =
        [ListRule::new("a", 31).jurisdiction("NL"), ListRule::new("b", 31).jurisdiction("nl")];
    let rules = PLAIN.quorum(Quorum::new(31).lists(2).jurisdictions(2));
    let from = |list, jurisdiction| {
        let finding = found(list, 1);
        Finding { source: Source { jurisdiction, ..finding.source }, ..finding }
    };
    assert_eq!(judge(&rules, &CHECKED, &[from("a", "US"), from("b", "NL")]).0.outcome, Outcome::Match);
    for (a, b) in [("US", "US"), ("US", ""), ("", "")] {
        let (decision, judged) = judge(&rules, &CHECKED, &[from("a", a), from("b", b)]);
        assert_eq!((decision.outcome, judged[0].held.to_string()), (CLEAN, "quorum_jurisdictions".into()));
        assert!(judged[0].fired.contains(Rule::QuorumLists));
    }
    // What the operator says of a list counts, not what its author writes into it.
    let rules = Rules { lists: &LISTS, ..rules };
    let (decision, judged) = judge(&rules, &CHECKED, &[from("a", "US"), from("b", "DE")]);
    assert_eq!((decision.outcome, judged[1].jurisdiction), (CLEAN, "nl"));
}

#[test]
fn a_quorum_of_verified_lists_needs_entries_that_somebody_saw() {
    let rules = PLAIN.quorum(Quorum::new(31).verified(1));
    let said = |list, opinion| {
        let finding = found(list, 1);
        Finding { source: Source { opinion, ..finding.source }, ..finding }
    };
    let seeds = [said("a", Opinion::Seed), said("b", Opinion::Disputed)];
    let (decision, judged) = judge(&rules, &CHECKED, &seeds);
    assert_eq!((decision.outcome, judged[0].held.to_string()), (CLEAN, "quorum_verified".into()));
    assert_eq!(judged[0].trust, Trust::Seed);
    let (decision, judged) = judge(&rules, &CHECKED, &[seeds[0], seeds[1], said("c", Opinion::Unstated)]);
    assert_eq!((decision.outcome, decision.matches), (Outcome::Match, 3), "a verified one lifts its subject");
    assert!(judged[0].fired.contains(Rule::QuorumVerified));
}

#[test]
fn what_was_not_checked_stays_so_unless_something_counts() {
    let reasons = [
        Outcome::Corrupt { stage: "header" },
        Outcome::Unsupported { format: "MP4" },
        Outcome::OverLimit { what: "pixels", found: 2, allowed: 1 },
        Outcome::Unreadable { io: "input error" },
        Outcome::LowQuality { quality: 3 },
    ];
    for why in reasons {
        let picture = Picture::not_checked(why);
        assert_eq!(judge(&PLAIN, &picture, &[]).0.outcome, why);
        assert_eq!(judge(&PLAIN, &picture, &[digest("a")]).0.outcome, Outcome::Match);
        let test = of_role(Role::Test, digest("eicar"));
        assert_eq!(judge(&PLAIN, &picture, &[test]).0.outcome, Outcome::Test);
        let allow = of_role(Role::Allow, digest("nsrl"));
        assert_eq!(judge(&PLAIN, &picture, &[allow, digest("a")]).0.outcome, why, "allowed is not checked");
    }
}

#[test]
fn a_picture_below_the_quality_of_an_abuse_list_was_not_checked_against_it() {
    const LISTS: [ListRule<'static>; 2] =
        [ListRule::new("strict", 31).minimum_quality(80), ListRule::new("eicar", 31).minimum_quality(90)];
    let rules = PLAIN.lists(&LISTS);
    let lists = [("a", Role::Abuse), ("strict", Role::Abuse), ("eicar", Role::Test)];
    let picture = Picture::looked_up(79, rules.required_quality(lists), Whole::of_hash());
    assert_eq!(judge(&rules, &picture, &[]).0.outcome, Outcome::LowQuality { quality: 79 });
    assert_eq!(judge(&rules, &picture, &[found("a", 3).quality(79)]).0.outcome, Outcome::Match);
    let picture = Picture::looked_up(80, rules.required_quality(lists), Whole::of_hash());
    assert_eq!(judge(&rules, &picture, &[]).0.outcome, CLEAN);
    // Whoever forgets what is required is not told "clean" about a list that was seen to be there.
    let forgetful = Picture::looked_up(60, 0, Whole::of_hash());
    let (decision, judged) = judge(&rules, &forgetful, &[found("strict", 0).quality(60)]);
    assert_eq!(decision.outcome, Outcome::LowQuality { quality: 60 });
    assert_eq!(judged[0].held.to_string(), "minimum_quality");
}

#[test]
fn where_there_is_no_room_nothing_is_judged_and_nothing_is_clean() {
    let mut judged = [Judged::default(); 1];
    let decision = evaluate(&PLAIN, &CHECKED, &[found("a", 40), found("a", 41)], &mut judged);
    assert_eq!(decision.outcome, Outcome::OverLimit { what: "findings", found: 2, allowed: 1 });
    let mut more = [Judged::default(); 3];
    assert_eq!(evaluate(&PLAIN, &CHECKED, &[found("a", 31)], &mut more).outcome, Outcome::Match);
}

// proptest is not there where tests run on other machines
#[cfg(feature = "policy")]
#[path = "evaluate_properties.rs"]
mod properties;
