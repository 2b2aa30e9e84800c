//! What the rules say of a finding by itself, before others are looked at.

use super::finding::{By, Finding, ViewKind};
use super::judged::Judged;
use super::rule::{Rule, RuleSet};
use super::rules::{ListRule, Rules};
use crate::entry::Role;

impl<'a> Rules<'a> {
    /// Applies to a finding the rules that need no other: all but allow lists and quorum.
    ///
    /// Whoever cannot keep everything that a look-up finds may drop by this what is held back anyway, and keep of the rest the
    /// nearest. What it lets pass does not yet count: that is for [`evaluate`](super::evaluate()) to say.
    ///
    /// ```
    /// use lookalike::hash::Bits256;
    /// use lookalike::index::Source;
    /// use lookalike::matching::{Finding, ListRule, Rule, Rules};
    ///
    /// let rules = Rules::new(ListRule::new("", 31));
    /// let near = |distance| Finding::perceptual(Bits256::ZERO, distance, Source::default());
    /// assert!(!rules.alone(None, &near(31)).is_held());
    /// assert!(rules.alone(None, &near(32)).held.contains(Rule::Radius));
    /// ```
    #[must_use]
    pub fn alone<const N: usize>(&self, now: Option<i64>, finding: &Finding<'a, N>) -> Judged<'a> {
        let (source, rule) = (&finding.source, self.of(finding.source.list));
        let mut judged = Judged {
            trust: rule.trust_in(source.opinion),
            action: rule.action,
            jurisdiction: if rule.jurisdiction.is_empty() { source.jurisdiction } else { rule.jurisdiction },
            ..Judged::default()
        };
        let (fired, held) = (&mut judged.fired, &mut judged.held);
        match (source.role, &finding.by) {
            // Neither the quality nor a mute keeps an allow list from holding back: these rules take alarms away, and add none.
            (Role::Allow, By::Digest(_)) => fired.add(Rule::AllowExact),
            (Role::Allow, By::Hash(_)) if finding.distance <= self.allow_radius => fired.add(Rule::AllowNear),
            (Role::Allow, By::Hash(_)) => held.add(Rule::Radius),
            (Role::Abuse | Role::Test, by) => {
                match by {
                    By::Digest(_) => fired.add(Rule::Digest),
                    By::Hash(_) => self.of_hash(rule, finding, fired, held),
                }
                self.of_mutes(now, source.list, source.id, fired, held);
            }
        }
        judged
    }

    /// The rules for which distance and quality count.
    fn of_hash<const N: usize>(
        &self,
        rule: &ListRule<'_>,
        finding: &Finding<'_, N>,
        fired: &mut RuleSet,
        held: &mut RuleSet,
    ) {
        let mut say = |holds: bool, rule: Rule| if holds { held.add(rule) } else { fired.add(rule) };
        match finding.view {
            _ if finding.distance <= rule.radius => say(false, Rule::Radius),
            ViewKind::Covered => say(false, Rule::Occlusion),
            ViewKind::Exact | ViewKind::Framed => say(true, Rule::Radius),
        }
        if let Some(low) = rule.low_quality.filter(|low| finding.quality < low.below) {
            say(finding.distance > low.radius, Rule::LowQualityRadius);
        }
        say(finding.quality < rule.minimum_quality, Rule::MinimumQuality);
        if rule.confirm {
            let is_confirmed = finding.confirmed.is_some_and(|distance| distance <= self.confirm_radius);
            say(!is_confirmed, Rule::Confirm);
        }
    }

    fn of_mutes(&self, now: Option<i64>, list: &str, entry: &str, fired: &mut RuleSet, held: &mut RuleSet) {
        for mute in self.mutes.iter().filter(|mute| mute.list == list && mute.entry == entry) {
            if mute.holds(now) {
                held.add(Rule::Muted);
            } else {
                fired.add(Rule::MuteEnded);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{Digest, Opinion};
    use crate::hash::Bits256;
    use crate::index::Source;
    use crate::matching::{LowQuality, Mute, Trust};

    fn of(list: &'static str) -> Source<'static> {
        Source { list, id: "1", ..Source::default() }
    }

    fn found(distance: u32) -> Finding<'static, 32> {
        Finding::perceptual(Bits256::ZERO, distance, of("a"))
    }

    const DIGEST: Digest = Digest::Md5([7; 16]);

    fn sets(rules: &Rules<'static>, finding: Finding<'static, 32>) -> (RuleSet, RuleSet) {
        let judged = rules.alone(Some(100), &finding);
        (judged.fired, judged.held)
    }

    fn set<const K: usize>(rules: [Rule; K]) -> RuleSet {
        rules.into_iter().collect()
    }

    #[test]
    fn radius_is_inclusive_and_each_lists_own() {
        let lists = [ListRule::new("a", 20)];
        let rules = Rules::new(ListRule::new("", 31)).lists(&lists);
        let usual = set([Rule::Radius, Rule::MinimumQuality]);
        let judged = |finding: Finding<'static, 32>| rules.alone(None, &finding);
        assert_eq!((judged(found(20)).fired, judged(found(20)).held), (usual, RuleSet::EMPTY));
        assert_eq!(judged(found(21)).held, set([Rule::Radius]));
        let other = Finding { source: of("b"), ..found(31) };
        assert!(!judged(other).is_held());
        assert!(judged(Finding { distance: 32, ..other }).is_held());
    }

    #[test]
    fn what_is_covered_counts_beyond_the_radius() {
        let rules = Rules::new(ListRule::new("", 31));
        let covered = found(50).view(1, ViewKind::Covered);
        assert_eq!(sets(&rules, covered), (set([Rule::Occlusion, Rule::MinimumQuality]), RuleSet::EMPTY));
        assert_eq!(sets(&rules, found(50).view(1, ViewKind::Framed)).1, set([Rule::Radius]));
        assert!(sets(&rules, found(30).view(1, ViewKind::Covered)).0.contains(Rule::Radius));
    }

    #[test]
    fn quality_is_demanded_and_narrows_the_radius() {
        let low = Some(LowQuality { below: 70, radius: 12 });
        let rules = Rules::new(ListRule::new("", 31).minimum_quality(40).low_quality(low));
        assert_eq!(sets(&rules, found(12).quality(39)).1, set([Rule::MinimumQuality]));
        let (fired, held) = sets(&rules, found(12).quality(40));
        assert_eq!((fired.contains(Rule::LowQualityRadius), held), (true, RuleSet::EMPTY));
        assert_eq!(sets(&rules, found(13).quality(69)).1, set([Rule::LowQualityRadius]));
        let (fired, held) = sets(&rules, found(31).quality(70));
        assert_eq!((fired.contains(Rule::LowQualityRadius), held), (false, RuleSet::EMPTY));
        assert_eq!(sets(&rules, found(60).view(1, ViewKind::Covered).quality(60)).1, set([Rule::LowQualityRadius]));
    }

    #[test]
    fn a_second_hash_confirms_where_it_is_demanded() {
        let lists = [ListRule::new("a", 31).confirm(true)];
        let rules = Rules::new(ListRule::new("", 31)).lists(&lists).confirm_radius(8);
        let held = |finding| rules.alone(None, &finding).held;
        assert_eq!(held(found(3)), set([Rule::Confirm]));
        assert_eq!(held(found(3).confirmed(Some(9))), set([Rule::Confirm]));
        assert_eq!(held(found(3).confirmed(Some(8))), RuleSet::EMPTY);
        assert_eq!(held(Finding { source: of("b"), ..found(3) }), RuleSet::EMPTY, "not demanded");
        assert_eq!(held(Finding::digest(DIGEST, of("a"))), RuleSet::EMPTY, "a digest needs no confirmation");
    }

    #[test]
    fn an_entry_is_muted_until_its_time_and_no_other_is() {
        let mute = |until| Mute { list: "a", entry: "1", until };
        for (until, is_held) in [(None, true), (Some(101), true), (Some(100), false), (Some(50), false)] {
            let mutes = [mute(until)];
            let rules = Rules::new(ListRule::new("", 31)).mutes(&mutes);
            for finding in [found(3), Finding::digest(DIGEST, of("a"))] {
                let judged = rules.alone(Some(100), &finding);
                assert_eq!((judged.held.contains(Rule::Muted), judged.is_held()), (is_held, is_held), "{until:?}");
                assert_eq!(judged.fired.contains(Rule::MuteEnded), !is_held);
            }
            for source in [of("b"), Source { id: "2", ..of("a") }] {
                assert!(!rules.alone(Some(100), &Finding { source, ..found(3) }).is_held());
            }
            let allowed = Source { role: Role::Allow, ..of("a") };
            let judged = rules.alone(Some(100), &Finding { source: allowed, ..found(3) });
            assert_eq!((judged.fired, judged.held), (set([Rule::AllowNear]), RuleSet::EMPTY), "no mute adds an alarm");
        }
    }

    #[test]
    fn an_allow_list_has_its_own_radius_and_no_quality() {
        let allowed = Source { role: Role::Allow, ..of("a") };
        let lists = [ListRule::new("a", 2).minimum_quality(90)];
        let rules = Rules::new(ListRule::new("", 31)).lists(&lists).allow_radius(10);
        let judged = |distance| rules.alone(None, &Finding { source: allowed, ..found(distance) }.quality(10));
        assert_eq!((judged(10).fired, judged(10).is_held()), (set([Rule::AllowNear]), false));
        assert_eq!((judged(11).fired, judged(11).held), (RuleSet::EMPTY, set([Rule::Radius])));
        let exact = rules.alone(None, &Finding::<32>::digest(DIGEST, allowed));
        assert_eq!((exact.fired, exact.is_held()), (set([Rule::AllowExact]), false));
    }

    #[test]
    fn labels_are_those_of_the_list_and_the_operator_knows_best_where_it_is_from() {
        let lists = [ListRule::new("a", 31).action("block").jurisdiction("NL").trust(Trust::Seed)];
        let rules = Rules::new(ListRule::new("", 31).action("review")).lists(&lists);
        let judged = |list, opinion| {
            let source = Source { opinion, jurisdiction: "US", ..of(list) };
            let judged = rules.alone(None, &Finding { source, ..found(0) });
            (judged.action, judged.jurisdiction, judged.trust)
        };
        assert_eq!(judged("a", Opinion::Positive), ("block", "NL", Trust::Seed));
        assert_eq!(judged("b", Opinion::Positive), ("review", "US", Trust::Verified));
        assert_eq!(judged("b", Opinion::Disputed), ("review", "US", Trust::Seed));
    }
}
