//! The evaluator against a slow one made of sets, and what must hold of all rules.

use super::*;
use crate::coverage::Whole;
use crate::matching::{By, LowQuality};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use proptest::prelude::*;
use std::collections::HashSet;

const CLEAN: Outcome = Outcome::NoMatch(Whole::of_hash());

/// A slow evaluator, written from the words of the rules: sets of names, and every way in which lists can stand for jurisdictions.
fn oracle(rules: &Rules<'static>, picture: &Picture, findings: &[Finding<'static, 32>]) -> (Outcome, Vec<String>) {
    let of = |list: &str| *rules.lists.iter().find(|rule| rule.name == list).unwrap_or(&rules.default);
    let mut held: Vec<BTreeSet<Rule>> = findings.iter().map(|_| BTreeSet::new()).collect();
    for (held, finding) in held.iter_mut().zip(findings) {
        let rule = of(finding.source.list);
        let is_hash = matches!(finding.by, By::Hash(_));
        if finding.source.role == Role::Allow {
            if is_hash && finding.distance > rules.allow_radius {
                held.insert(Rule::Radius);
            }
            continue;
        }
        if is_hash {
            if finding.distance > rule.radius && finding.view != ViewKind::Covered {
                held.insert(Rule::Radius);
            }
            if finding.quality < rule.minimum_quality {
                held.insert(Rule::MinimumQuality);
            }
            if rule.low_quality.is_some_and(|low| finding.quality < low.below && finding.distance > low.radius) {
                held.insert(Rule::LowQualityRadius);
            }
            if rule.confirm && finding.confirmed.is_none_or(|distance| distance > rules.confirm_radius) {
                held.insert(Rule::Confirm);
            }
        }
        let now = picture.now.unwrap_or(i64::MAX);
        let mutes = |mute: &&Mute<'_>| (mute.list, mute.entry) == (finding.source.list, finding.source.id);
        if rules.mutes.iter().filter(mutes).any(|mute| mute.until.is_none_or(|until| now < until)) {
            held.insert(Rule::Muted);
        }
    }
    let allowing: Vec<_> =
        (0..findings.len()).filter(|&at| findings[at].source.role == Role::Allow && held[at].is_empty()).collect();
    for &allow in &allowing {
        let allow = &findings[allow];
        for (held, finding) in held.iter_mut().zip(findings).filter(|(_, finding)| finding.source.role != Role::Allow) {
            if allow.is_exact() {
                held.insert(Rule::AllowExact);
            } else if !finding.is_exact() && allow.frame == finding.frame && allow.view <= finding.view {
                held.insert(Rule::AllowNear);
            }
        }
    }
    // Subjects: sets of positions, put together until none touches another.
    let mut subjects: Vec<HashSet<usize>> = (0..findings.len())
        .filter(|&at| findings[at].source.role == Role::Abuse && held[at].is_empty())
        .map(|at| HashSet::from([at]))
        .collect();
    let touches = |a: usize, b: usize| {
        let (a, b) = (&findings[a], &findings[b]);
        let same_entry = !a.source.id.is_empty() && (a.source.list, a.source.id) == (b.source.list, b.source.id);
        same_entry
            || match (a.by, b.by) {
                (By::Hash(x), By::Hash(y)) => {
                    x.distance(&y) <= rules.quorum.near
                        || a.frame == b.frame && a.distance + b.distance <= rules.quorum.near
                }
                _ => a.distance + b.distance <= rules.quorum.near,
            }
    };
    'again: loop {
        for a in 0..subjects.len() {
            for b in a + 1..subjects.len() {
                if subjects[a].iter().any(|&x| subjects[b].iter().any(|&y| touches(x, y))) {
                    let taken = subjects.swap_remove(b);
                    subjects[a].extend(taken);
                    continue 'again;
                }
            }
        }
        break;
    }
    for subject in &subjects {
        let mut laws_of: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut verified = HashSet::new();
        for &at in subject {
            let (source, rule) = (findings[at].source, of(findings[at].source.list));
            let law = if rule.jurisdiction.is_empty() { source.jurisdiction } else { rule.jurisdiction };
            let laws = laws_of.entry(source.list).or_default();
            if !law.is_empty() {
                laws.insert(law.to_ascii_lowercase());
            }
            if rule.trust == Trust::Verified && !matches!(source.opinion, Opinion::Seed | Opinion::Disputed) {
                verified.insert(source.list);
            }
        }
        let laws_of: Vec<_> = laws_of.into_values().collect();
        let lacks = [
            (Rule::QuorumLists, laws_of.len() < usize::from(rules.quorum.lists)),
            (
                Rule::QuorumJurisdictions,
                most_laws(&laws_of, &BTreeSet::new()) < usize::from(rules.quorum.jurisdictions),
            ),
            (Rule::QuorumVerified, verified.len() < usize::from(rules.quorum.verified)),
        ];
        for (rule, _) in lacks.into_iter().filter(|(_, lacks)| *lacks) {
            for &at in subject {
                held[at].insert(rule);
            }
        }
    }
    let counts = |role| (0..findings.len()).any(|at| findings[at].source.role == role && held[at].is_empty());
    let outcome = match (counts(Role::Abuse), counts(Role::Test), picture.otherwise, picture.quality) {
        (true, ..) => Outcome::Match,
        (_, true, ..) => Outcome::Test,
        (.., Outcome::NoMatch(_), Some(quality)) if quality < picture.required_quality => {
            Outcome::LowQuality { quality }
        }
        (.., otherwise, _) => otherwise,
    };
    let names = |held: &BTreeSet<Rule>| held.iter().copied().collect::<RuleSet>().to_string();
    (outcome, held.iter().map(names).collect())
}

/// The most different jurisdictions that lists can stand for: every choice is tried.
fn most_laws(lists: &[BTreeSet<String>], taken: &BTreeSet<String>) -> usize {
    let Some((first, rest)) = lists.split_first() else { return taken.len() };
    let with = first.iter().filter(|law| !taken.contains(*law)).map(|law| {
        let mut taken = taken.clone();
        taken.insert(law.clone());
        most_laws(rest, &taken)
    });
    with.chain([most_laws(rest, taken)]).max().unwrap_or(0)
}

const LISTS: [&str; 5] = ["a", "b", "c", "d", "e"];
const LAWS: [&str; 5] = ["", "US", "us", "NL", "DE"];

prop_compose! {
    fn any_finding()(
        list in 0..LISTS.len(), id in 0..4_usize, law in 0..LAWS.len(), opinion in 0..4_usize, role in 0..12_usize,
        kind in 0..6_usize, ones in 0..60_usize, distance in 0..45_u32, frame in 1..3_u32, view in 0..6_usize,
        quality in 0..=100_u8, confirmed in proptest::option::of(0..20_u32)
    ) -> Finding<'static, 32> {
        let source = Source {
            list: LISTS[list],
            id: ["", "1", "2", "3"][id],
            jurisdiction: LAWS[law],
            opinion: Opinion::ALL[opinion],
            role: match role { 0 => Role::Allow, 1 => Role::Test, _ => Role::Abuse },
            ..Source::default()
        };
        if kind == 0 {
            return Finding::digest(Digest::Sha1([id as u8; 20]), source);
        }
        let view = [ViewKind::Exact, ViewKind::Exact, ViewKind::Exact, ViewKind::Exact, ViewKind::Framed, ViewKind::Covered][view];
        Finding::perceptual(hash(ones), distance, source).view(frame, view).quality(quality).confirmed(confirmed)
    }
}

prop_compose! {
    fn any_list(name: &'static str)(
        radius in 5..40_u32, minimum_quality in 0..80_u8, low in proptest::option::of((1..=100_u8, 0..40_u32)),
        seed in any::<bool>(), law in 0..LAWS.len(), confirm in 0..4_usize
    ) -> ListRule<'static> {
        let low = low.map(|(below, bits)| LowQuality { below, radius: bits.min(radius) });
        let trust = if seed { Trust::Seed } else { Trust::Verified };
        let rule = ListRule::new(name, radius).minimum_quality(minimum_quality).low_quality(low);
        rule.trust(trust).jurisdiction(LAWS[law]).confirm(confirm == 0)
    }
}

/// Rules that borrow from nobody, as a test may: what they leak is small.
fn any_rules() -> impl Strategy<Value = Rules<'static>> {
    let mute = (0..LISTS.len(), 1..4_usize, proptest::option::of(0..2 * NOW));
    let mute = mute.prop_map(|(list, id, until)| Mute { list: LISTS[list], entry: ["", "1", "2", "3"][id], until });
    let lists = (any_list("a"), any_list("b"), any_list("c"), 0..4_usize);
    let quorum = (0..4_u16, 0..4_u16, 0..3_u16, 0..40_u32);
    (any_list(""), lists, proptest::collection::vec(mute, 0..3), quorum, 0..20_u32).prop_map(
        |(default, (a, b, c, named), mutes, (lists, jurisdictions, verified, near), allow_radius)| {
            let named: Vec<_> = [a, b, c].into_iter().take(named).collect();
            Rules::new(default)
                .lists(Vec::leak(named))
                .mutes(Vec::leak(mutes))
                .quorum(Quorum::new(near).lists(lists).jurisdictions(jurisdictions).verified(verified))
                .allow_radius(allow_radius)
        },
    )
}

/// A picture as a scan makes it: what is required is what the lists require.
fn any_picture() -> impl Strategy<Value = Picture> {
    let unchecked = prop_oneof![
        6 => Just(CLEAN),
        1 => Just(Outcome::Corrupt { stage: "pixels" }),
        1 => Just(Outcome::Unsupported { format: "MP4" }),
    ];
    (unchecked, proptest::option::of(0..=100_u8)).prop_map(|(otherwise, quality)| Picture {
        otherwise,
        quality: quality.or((otherwise == CLEAN).then_some(100)),
        required_quality: 0,
        now: Some(NOW),
    })
}

fn required(rules: &Rules<'_>, picture: Picture) -> Picture {
    Picture { required_quality: rules.required_quality(LISTS.map(|list| (list, Role::Abuse))), ..picture }
}

/// The ways of making rules stricter, none of which may add a match.
fn stricter(rules: &Rules<'static>, way: usize, list: usize, amount: u32) -> Rules<'static> {
    let mut lists: Vec<_> = LISTS.iter().map(|name| ListRule { name, ..*rules.of(name) }).collect();
    let rule = &mut lists[list];
    match way {
        0 => rule.radius = rule.radius.saturating_sub(amount),
        1 => rule.minimum_quality = rule.minimum_quality.saturating_add(amount as u8).min(100),
        2 => {
            let low = rule.low_quality.unwrap_or(LowQuality { below: 100, radius: rule.radius });
            rule.low_quality = Some(LowQuality { radius: low.radius.saturating_sub(amount), ..low });
        }
        3 => rule.confirm = true,
        4 => rule.trust = Trust::Seed,
        _ => {}
    }
    let quorum = rules.quorum;
    let quorum = match way {
        5 => Quorum { lists: quorum.lists + 1, ..quorum },
        6 => Quorum { jurisdictions: quorum.jurisdictions + 1, ..quorum },
        7 => Quorum { verified: quorum.verified + 1, ..quorum },
        8 => Quorum { near: quorum.near.saturating_sub(amount), ..quorum },
        _ => quorum,
    };
    let mut mutes = rules.mutes.to_vec();
    if way == 9 {
        mutes.push(Mute { list: LISTS[list], entry: "1", until: None });
    }
    let allow_radius = if way == 10 { rules.allow_radius + amount } else { rules.allow_radius };
    let confirm_radius = if way == 11 { rules.confirm_radius.saturating_sub(amount) } else { rules.confirm_radius };
    Rules { lists: Vec::leak(lists), mutes: Vec::leak(mutes), quorum, allow_radius, confirm_radius, ..*rules }
}

/// How alarming an outcome is: a match, a test, not checked, clean.
fn rank(outcome: &Outcome) -> u32 {
    match outcome {
        Outcome::Match => 3,
        Outcome::Test => 2,
        Outcome::NoMatch(_) => 0,
        _ => 1,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_decides_as_the_slow_one_does(
        rules in any_rules(), picture in any_picture(), findings in proptest::collection::vec(any_finding(), 0..10)
    ) {
        let picture = required(&rules, picture);
        let (decision, judged) = judge(&rules, &picture, &findings);
        let (outcome, held) = oracle(&rules, &picture, &findings);
        prop_assert_eq!(decision.outcome, outcome);
        prop_assert_eq!(judged.iter().map(|judged| judged.held.to_string()).collect::<Vec<_>>(), held);
        let allow = |at: &usize| findings[*at].source.role == Role::Allow;
        let held = (0..findings.len()).filter(|at| !allow(at) && judged[*at].is_held()).count();
        let counted = (0..findings.len()).filter(|at| !allow(at) && !judged[*at].is_held()).count();
        prop_assert_eq!((decision.held, decision.matches + decision.tests), (held, counted));
        // Every finding that counts says why, and what is demanded of all is not lacking where one counts.
        prop_assert!(judged.iter().all(|judged| judged.is_held() || !judged.fired.is_empty()));
        prop_assert!(decision.matches == 0 || decision.lacking().next().is_none());
    }

    #[test]
    fn the_order_of_findings_does_not_matter(
        rules in any_rules(), picture in any_picture(),
        findings in proptest::collection::vec(any_finding(), 0..10).prop_shuffle(), keys in any::<[u64; 10]>()
    ) {
        let picture = required(&rules, picture);
        let mut order: Vec<_> = (0..findings.len()).collect();
        order.sort_by_key(|&at| keys[at]);
        let shuffled: Vec<_> = order.iter().map(|&at| findings[at]).collect();
        let ((a, of_a), (b, of_b)) = (judge(&rules, &picture, &findings), judge(&rules, &picture, &shuffled));
        prop_assert_eq!(a, b);
        for (new, &old) in order.iter().enumerate() {
            prop_assert_eq!((of_a[old].held, of_a[old].fired), (of_b[new].held, of_b[new].fired));
            let together = |of: &[Judged<'_>], x: usize, y: usize| of[x].subject == of[y].subject;
            prop_assert!(order.iter().enumerate().all(|(other, &was)| together(&of_a, old, was) == together(&of_b, new, other)));
        }
    }

    #[test]
    fn a_rule_more_adds_no_match_and_makes_nothing_clean_that_was_not_checked(
        rules in any_rules(), picture in any_picture(), findings in proptest::collection::vec(any_finding(), 0..10),
        way in 0..12_usize, list in 0..LISTS.len(), amount in 1..30_u32
    ) {
        let narrower = stricter(&rules, way, list, amount);
        let (before, _) = judge(&rules, &required(&rules, picture), &findings);
        let (after, _) = judge(&narrower, &required(&narrower, picture), &findings);
        prop_assert!(after.matches <= before.matches, "way {}", way);
        prop_assert!(after.tests <= before.tests, "way {}", way);
        prop_assert!(rank(&after.outcome) <= rank(&before.outcome).max(1), "way {}", way);
        if !before.outcome.was_checked() {
            prop_assert!(!after.outcome.was_checked(), "way {}: {} became {}", way, before.outcome, after.outcome);
        }
        if !picture.otherwise.was_checked() {
            prop_assert!(after.outcome != CLEAN);
        }
    }

    #[test]
    fn what_an_abuse_list_no_longer_has_adds_no_match_and_an_allow_list_more_neither(
        rules in any_rules(), picture in any_picture(), findings in proptest::collection::vec(any_finding(), 1..10),
        taken in 0..10_usize
    ) {
        let picture = required(&rules, picture);
        let taken = taken % findings.len();
        let mut fewer = findings.clone();
        let removed = fewer.remove(taken);
        let (before, after) = (judge(&rules, &picture, &findings).0, judge(&rules, &picture, &fewer).0);
        let (less, more) = if removed.source.role == Role::Allow { (before, after) } else { (after, before) };
        prop_assert!(less.matches <= more.matches && less.tests <= more.tests);
        prop_assert!(more.outcome.was_checked() || !less.outcome.was_checked());
    }

    #[test]
    fn one_list_alone_never_meets_a_quorum_of_two(
        rules in any_rules(), picture in any_picture(), findings in proptest::collection::vec(any_finding(), 0..30)
    ) {
        let lists = rules.quorum.lists.max(2);
        let rules = Rules { quorum: Quorum { lists, ..rules.quorum }, ..rules };
        let rogue: Vec<_> = findings
            .iter()
            .map(|found| Finding { source: Source { list: "a", role: Role::Abuse, ..found.source }, ..*found })
            .collect();
        let (decision, judged) = judge(&rules, &required(&rules, picture), &rogue);
        prop_assert!(!matches!(decision.outcome, Outcome::Match | Outcome::Test));
        prop_assert!(judged.iter().all(Judged::is_held));
    }
}
