//! What became of a finding, and of the picture.

use super::Outcome;
use super::rule::{Rule, RuleSet};
use super::rules::{Quorum, Trust};

/// What the rules said of one finding.
///
/// Also the memory that [`evaluate`](super::evaluate()) works in: a caller makes as many as there are findings, by `Judged::default()`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Judged<'a> {
    /// The rules that let it pass.
    pub fired: RuleSet,
    /// The rules that held it back, all of them; empty: it counts, or, of an allow list, holds others back.
    pub held: RuleSet,
    /// Which subject it belongs to, counted from 1 in the order of the findings. None of what was held back before lists were
    /// compared, nor of allow and test lists.
    pub subject: Option<u32>,
    /// What the entry is taken for.
    pub trust: Trust,
    /// What is to be done about it, in the operator's words.
    pub action: &'a str,
    /// Under whose law it was classified, the operator's word before the entry's. Empty: unknown.
    pub jurisdiction: &'a str,
    pub(super) scratch: Scratch,
}

impl Judged<'_> {
    /// Whether any rule held it back.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        !self.held.is_empty()
    }
}

/// Positions of other findings, while subjects are found and lists counted: [`NONE`] where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scratch {
    /// Towards the first finding of the subject.
    pub(super) root: usize,
    /// The first finding of the subject that is of the same list: it stands for the list.
    pub(super) list: usize,
    /// The first finding of the subject that is from the same jurisdiction: it stands for the jurisdiction.
    pub(super) law: usize,
    /// Of what stands for a list: whether an entry of it is verified.
    pub(super) is_verified: bool,
    /// Of what stands for a list: the jurisdiction that the list stands for; of a jurisdiction: its list.
    pub(super) law_of_list: usize,
    pub(super) list_of_law: usize,
    /// Of a jurisdiction: from which list a search came to it, and which search.
    pub(super) via: usize,
    pub(super) search: usize,
    /// Of a list: which list a search looks at next.
    pub(super) next: usize,
}

/// No position.
pub(super) const NONE: usize = usize::MAX;

impl Default for Scratch {
    fn default() -> Self {
        Self {
            root: NONE,
            list: NONE,
            law: NONE,
            is_verified: false,
            law_of_list: NONE,
            list_of_law: NONE,
            via: NONE,
            search: NONE,
            next: NONE,
        }
    }
}

/// What became of a picture, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// What became of it.
    pub outcome: Outcome,
    /// Findings of lists of abuse material that count.
    pub matches: usize,
    /// Findings of lists for testing that count.
    pub tests: usize,
    /// Findings of these lists that were held back.
    pub held: usize,
    /// Findings of allow lists that hold others back, or would.
    pub allows: usize,
    /// How many subjects the findings are of that got as far as the quorum.
    pub subjects: u32,
    /// Every rule that let a finding pass.
    pub fired: RuleSet,
    /// Every rule that held a finding back.
    pub held_by: RuleSet,
    /// What the subject has that came closest to the quorum.
    pub tally: Tally,
    /// What was demanded.
    pub quorum: Quorum,
}

impl Decision {
    /// What the subject lacks that came closest to the quorum: of each rule how many were found, and how many demanded. Nothing where
    /// it was met, or no finding got so far.
    pub fn lacking(&self) -> impl Iterator<Item = (Rule, u16, u16)> {
        let counts = self.tally.beside(&self.quorum).into_iter();
        counts.filter(|(_, found, demanded)| self.subjects > 0 && found < demanded)
    }
}

/// How many lists have a subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Tally {
    /// Different lists.
    pub lists: u16,
    /// Different jurisdictions that they can stand for, counted no further than demanded.
    pub jurisdictions: u16,
    /// Lists that have it from a verified entry.
    pub verified: u16,
}

impl Tally {
    /// Each count with what is demanded.
    pub(super) const fn beside(&self, quorum: &Quorum) -> [(Rule, u16, u16); 3] {
        [
            (Rule::QuorumLists, self.lists, quorum.lists),
            (Rule::QuorumJurisdictions, self.jurisdictions, quorum.jurisdictions),
            (Rule::QuorumVerified, self.verified, quorum.verified),
        ]
    }

    /// How much of what is demanded is there.
    pub(super) fn met(&self, quorum: &Quorum) -> u32 {
        self.beside(quorum).into_iter().map(|(_, found, demanded)| u32::from(found.min(demanded))).sum()
    }
}
