//! What is logged: matches one by one, everything else as counts.
//!
//! Every type is made by a constructor with what it cannot do without, and by methods that set the rest; a field that was not set does not stand
//! in the log. Texts are cut off at [`MAX_TEXT`] bytes, so that no list can make a line too long.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::counters::Counters;
use super::text::clipped;
use crate::matching::{Finding, Judged, RuleSet};

/// The most entries that a match event keeps, nearest first.
pub const MAX_ENTRIES: usize = 64;

/// One event of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A file of the log begins. Written by the log itself.
    #[non_exhaustive]
    Begin {
        /// `lookalike-audit`.
        format: String,
        /// The version of the schema: [`VERSION`](super::VERSION).
        version: u32,
        /// Which file of the log it is, counted from 1.
        number: u64,
        /// A random name of the log, the same in all its files.
        log: String,
        /// The version of the library that wrote it.
        library: String,
    },
    /// The end of the file was torn by a crash and was cut off. Written by the log itself.
    #[non_exhaustive]
    Recovery {
        /// Bytes that were cut off, and put beside the log.
        bytes: u64,
    },
    /// A picture matched.
    Match(Match),
    /// What became of a match later.
    #[serde(rename = "outcome")]
    Review(Review),
    /// How much was looked at in a span of time.
    Counters(Counters),
    /// A list changed, or the operator overrode a rule.
    ListChange(ListChange),
    /// Something was deleted: the proof of retention.
    Deletion(Deletion),
    /// A run over pictures whose truth is known.
    TestRun(TestRun),
    /// An event of a kind that this version does not know; its line is part of the chain all the same.
    #[serde(other)]
    Unknown,
}

macro_rules! into_event {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Event {
            fn from(event: $kind) -> Self {
                Self::$kind(event)
            }
        }
    )*};
}
into_event!(Match, Review, Counters, ListChange, Deletion, TestRun);

impl Event {
    /// The fields subject to retention.
    pub(super) fn personal(&self) -> Option<&Personal> {
        let personal = match self {
            Self::Match(found) => &found.personal,
            Self::Review(review) => &review.personal,
            _ => return None,
        };
        (*personal != Personal::default()).then_some(personal)
    }
}

/// Sets fields of a type, one method each: `texts` cuts texts off, `values` takes them as they are.
macro_rules! setters {
    ($type:ty, texts { $($(#[$text_doc:meta])* $text:ident),* $(,)? } values { $($(#[$value_doc:meta])* $value:ident: $of:ty),* $(,)? }) => {
        impl $type {
            $($(#[$text_doc])*
            #[must_use]
            pub fn $text(mut self, $text: &str) -> Self {
                self.$text = clipped($text);
                self
            })*
            $($(#[$value_doc])*
            #[must_use]
            pub fn $value(mut self, $value: $of) -> Self {
                self.$value = $value.into();
                self
            })*
        }
    };
}

/// A picture that matched, with every entry that was found.
///
/// One picture is one event, however many entries it matches: a reviewer judges a picture.
///
/// ```
/// use lookalike::audit::{Automation, Entry, Event, Key, Match};
///
/// let key = Key::new(&[9; 32])?;
/// let entry = Entry::new("hotline", "17").by("pdq", 31).distance(4).quality(82).classification("A1").action("block");
/// let event = Match::new([entry]).generation(12).automation(Automation::Partial).decision("quarantined").content(&key.content(&[1; 32]));
/// let json = serde_json::to_value(Event::from(event))?;
/// assert_eq!((&json["entries"][0]["list"], &json["entries"][0]["radius"]), (&"hotline".into(), &31.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// `match`, or `test` where only lists made for testing have it.
    pub(super) outcome: String,
    /// The entries, the nearest first: of each list the nearest one at least, [`MAX_ENTRIES`] in all at most.
    pub(super) entries: Vec<Entry>,
    /// Entries that were left out for that.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) left_out: u64,
    /// The generation of the store that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generation: Option<u64>,
    /// The service or tenant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) service: String,
    /// What kind of file it was: `image/jpeg`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) media: String,
    /// How far the decision was automated; the detection always is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) automation: Option<Automation>,
    /// What was done, in the operator's words: `removed`, `quarantined`. Nothing is inferred.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) decision: String,
    /// The legal basis of the detection, in the operator's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) legal_basis: String,
    /// Until when the personal part may be kept, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retain_until: Option<i64>,
    /// What can be deleted without breaking the chain.
    #[serde(skip)]
    pub(super) personal: Personal,
}

impl Match {
    /// A picture that matched these entries. Of more than [`MAX_ENTRIES`] the nearest of each list are kept, then the nearest.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(Entry::rank);
        let all = entries.len();
        if all > MAX_ENTRIES {
            let mut lists: Vec<String> = Vec::new();
            let (mut kept, rest): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| {
                let is_new = !lists.contains(&entry.list);
                if is_new {
                    lists.push(entry.list.clone());
                }
                is_new
            });
            kept.extend(rest);
            kept.truncate(MAX_ENTRIES);
            kept.sort_by_key(Entry::rank);
            entries = kept;
        }
        let left_out = (all - entries.len()) as u64;
        Self { outcome: "match".into(), entries, left_out, ..Self::default() }
    }

    /// Says that only lists made for testing have it.
    #[must_use]
    pub fn test(mut self) -> Self {
        self.outcome = "test".into();
        self
    }

    /// Whether it counts: no test.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.outcome == "match"
    }

    /// Sets the name of the file's content: [`Key::content`](super::Key::content).
    #[must_use]
    pub fn content(mut self, name: &str) -> Self {
        self.personal.content = clipped(name);
        self
    }

    /// Sets the name of the picture's hash, which is logged only if you ask for it: [`Key::needle`](super::Key::needle).
    #[must_use]
    pub fn needle(mut self, name: &str) -> Self {
        self.personal.needle = clipped(name);
        self
    }

    /// Sets the length of the file in bytes.
    #[must_use]
    pub const fn bytes(mut self, bytes: u64) -> Self {
        self.personal.bytes = Some(bytes);
        self
    }
}

setters!(Match, texts {
    /// Sets the service or tenant.
    service,
    /// Sets what kind of file it was.
    media,
    /// Sets what was done.
    decision,
    /// Sets the legal basis.
    legal_basis,
} values {
    /// Sets the generation of the store that was asked.
    generation: u64,
    /// Sets how far the decision was automated.
    automation: Automation,
    /// Sets until when the personal part may be kept, in Unix milliseconds.
    retain_until: i64,
});

/// How far a decision was automated, in the words of the DSA Transparency Database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Automation {
    /// By the machine alone.
    Full,
    /// By a person, on the machine's proposal, or the reverse.
    Partial,
    /// By a person.
    None,
}

impl Automation {
    /// The name in logs and reports: `full`, `partial`, `none`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial => "partial",
            Self::None => "none",
        }
    }
}

/// An entry of a list that a picture matched, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name of the list.
    pub(super) list: String,
    /// The entry's id within the list.
    pub(super) entry: String,
    /// What was compared: the profile (`pdq`), or the kind of digest (`sha256`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) by: String,
    /// The radius that held for the list, in bits; none of a digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) radius: Option<u32>,
    /// The version of the list: the sequence of its manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<u64>,
    /// The bits in which the hashes differ. Not written by a log opened with [`Options::distances`](super::Options::distances) off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) distance: Option<u32>,
    /// The PDQ quality of the view: 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) quality: Option<u8>,
    /// How the picture was turned.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) transform: String,
    /// Which view of it matched.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) view: String,
    /// How the publisher classified the material.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) classification: String,
    /// The operator's words for that.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) class: String,
    /// Under whose law it was classified.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) jurisdiction: String,
    /// What the list is for: `abuse`, `test`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) role: String,
    /// What the entry was taken for: `verified`, `seed`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) trust: String,
    /// What the policy wants done.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) action: String,
    /// The rules that let it pass, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) fired: Vec<String>,
    /// The rules that held it back, by name; none: it counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) held_by: Vec<String>,
}

impl Entry {
    /// An entry by its list and id.
    #[must_use]
    pub fn new(list: &str, entry: &str) -> Self {
        Self { list: clipped(list), entry: clipped(entry), ..Self::default() }
    }

    /// An entry as a look-up found it and the rules judged it. `profile` is that of the look-up, `radius` what held for the list.
    #[must_use]
    pub fn of<const N: usize>(finding: &Finding<'_, N>, judged: &Judged<'_>, profile: &str, radius: u32) -> Self {
        let source = &finding.source;
        let entry = Self::new(source.list, source.id)
            .distance(finding.distance)
            .quality(finding.quality)
            .transform(finding.transform.name())
            .view(finding.view.name())
            .classification(source.classification)
            .jurisdiction(judged.jurisdiction)
            .role(source.role.name())
            .trust(judged.trust.name())
            .action(judged.action)
            .rules(judged.fired, judged.held);
        match finding.by {
            crate::matching::By::Hash(_) => entry.by(profile, radius),
            crate::matching::By::Digest(digest) => entry.by_digest(digest.kind().name()),
        }
    }

    /// Sets what was compared, and within which radius.
    #[must_use]
    pub fn by(mut self, profile: &str, radius: u32) -> Self {
        (self.by, self.radius) = (clipped(profile), Some(radius));
        self
    }

    /// Sets that the digest of the whole file was found, and which kind it is.
    #[must_use]
    pub fn by_digest(mut self, kind: &str) -> Self {
        (self.by, self.radius) = (clipped(kind), None);
        self
    }

    /// Sets the rules that let it pass and those that held it back.
    #[must_use]
    pub fn rules(mut self, fired: RuleSet, held_by: RuleSet) -> Self {
        let names = |rules: RuleSet| rules.iter().map(|rule| rule.name().into()).collect();
        (self.fired, self.held_by) = (names(fired), names(held_by));
        self
    }

    /// Whether a rule held it back.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.held_by.is_empty()
    }

    /// What counts comes first, then what is near.
    fn rank(&self) -> (bool, u32) {
        // A digest is at distance 0.
        (self.is_held(), self.distance.unwrap_or(0))
    }
}

setters!(Entry, texts {
    /// Sets how the picture was turned.
    transform,
    /// Sets which view of it matched.
    view,
    /// Sets how the publisher classified the material.
    classification,
    /// Sets the operator's words for that.
    class,
    /// Sets under whose law it was classified.
    jurisdiction,
    /// Sets what the list is for.
    role,
    /// Sets what the entry was taken for.
    trust,
    /// Sets what the policy wants done.
    action,
} values {
    /// Sets the version of the list.
    sequence: u64,
    /// Sets the distance in bits.
    distance: u32,
    /// Sets the PDQ quality of the view: 0 to 100.
    quality: u8,
});

/// The fields subject to retention: deleted when their time is over, and pseudonymous from the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Personal {
    /// The name of the file's content: [`Key::content`](super::Key::content).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) content: String,
    /// The name of the picture's hash: [`Key::needle`](super::Key::needle).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) needle: String,
    /// The length of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// The id of the report to the authority.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) report_id: String,
    /// The id of the complaint.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) complaint_id: String,
    /// The id of the statement of reasons.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) statement_id: String,
}

/// What became of a match later. Several of one match add up, and the last word on each field counts.
///
/// ```
/// use lookalike::audit::{Complaint, Conclusion, Event, Review};
///
/// let review = Review::new(17).review(Conclusion::FalsePositive).complaint(Complaint::Upheld).reinstated(true);
/// let json = serde_json::to_value(Event::from(review))?;
/// assert_eq!((&json["of"], &json["review"]), (&17.into(), &"false_positive".into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The `seq` of the match.
    pub(super) of: u64,
    /// What a reviewer found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) review: Option<Conclusion>,
    /// What became of a complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) complaint: Option<Complaint>,
    /// Whether the file was put back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reinstated: Option<bool>,
    /// To whom it was reported: `ncmec`, `police`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reported_to: String,
    /// Whether somebody at the provider looked at the file before it was reported. Only ever what was said: a match does not imply it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file_viewed_by_provider: Option<bool>,
    /// What was done, in the operator's words, where it is not what the match says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) decision: String,
    /// How far that decision was automated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) automation: Option<Automation>,
    /// Until when the personal part may be kept, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retain_until: Option<i64>,
    /// What can be deleted without breaking the chain.
    #[serde(skip)]
    pub(super) personal: Personal,
}

impl Review {
    /// Of the match with this number.
    #[must_use]
    pub fn new(of: u64) -> Self {
        Self { of, ..Self::default() }
    }

    /// Sets the id of the report to the authority.
    #[must_use]
    pub fn report_id(mut self, id: &str) -> Self {
        self.personal.report_id = clipped(id);
        self
    }

    /// Sets the id of the complaint.
    #[must_use]
    pub fn complaint_id(mut self, id: &str) -> Self {
        self.personal.complaint_id = clipped(id);
        self
    }

    /// Sets the id of the statement of reasons.
    #[must_use]
    pub fn statement_id(mut self, id: &str) -> Self {
        self.personal.statement_id = clipped(id);
        self
    }
}

setters!(Review, texts {
    /// Sets to whom it was reported.
    reported_to,
    /// Sets what was done.
    decision,
} values {
    /// Sets what a reviewer found.
    review: Conclusion,
    /// Sets what became of a complaint.
    complaint: Complaint,
    /// Sets whether the file was put back.
    reinstated: bool,
    /// Sets whether somebody at the provider looked at the file before it was reported.
    file_viewed_by_provider: bool,
    /// Sets how far the decision was automated.
    automation: Automation,
    /// Sets until when the personal part may be kept, in Unix milliseconds.
    retain_until: i64,
});

/// What a reviewer found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Conclusion {
    /// It is what the list says.
    Confirmed,
    /// It is not.
    FalsePositive,
    /// It cannot be told.
    Unclear,
}

/// What became of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Complaint {
    /// It was made, and is not decided.
    Filed,
    /// The complainant was right.
    Upheld,
    /// The complainant was not.
    Rejected,
}

/// A list that changed, or a rule that the operator overrode.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChange {
    /// The name of the list.
    pub(super) list: String,
    /// What happened, in a word: `added`, `updated`, `removed`, `override`, `muted`.
    pub(super) change: String,
    /// The generation of the store from which on it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) generation: Option<u64>,
    /// The sequence of the list's manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sequence: Option<u64>,
    /// The SHA-256 of the manifest, in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) manifest: String,
    /// Entries that came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) added: Option<u64>,
    /// Entries that went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) removed: Option<u64>,
    /// Why, in the operator's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
}

impl ListChange {
    /// A list, and what happened to it.
    #[must_use]
    pub fn new(list: &str, change: &str) -> Self {
        Self { list: clipped(list), change: clipped(change), ..Self::default() }
    }
}

setters!(ListChange, texts {
    /// Sets the SHA-256 of the manifest, in hexadecimal.
    manifest,
    /// Sets why.
    reason,
} values {
    /// Sets the generation of the store from which on it holds.
    generation: u64,
    /// Sets the sequence of the list's manifest.
    sequence: u64,
    /// Sets how many entries came.
    added: u64,
    /// Sets how many entries went.
    removed: u64,
});

/// Something was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// What, in a word: `personal` (parts of this log), or something of the operator's: `uploads`, `hashes`.
    pub(super) what: String,
    /// How many.
    pub(super) count: u64,
    /// Of this log: which events, as ranges of their numbers, both ends included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<(u64, u64)>,
    /// What was deleted had to be by this time, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) due: Option<i64>,
    /// Why, in the operator's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
}

impl Deletion {
    /// A number of something was deleted.
    #[must_use]
    pub fn new(what: &str, count: u64) -> Self {
        Self { what: clipped(what), count, ..Self::default() }
    }
}

setters!(Deletion, texts {
    /// Sets why.
    reason,
} values {
    /// Sets by when it had to be deleted, in Unix milliseconds.
    due: i64,
});

/// A run over pictures whose truth is known: the only source of recall.
///
/// ```
/// use lookalike::audit::TestRun;
///
/// let run = TestRun::new("200 listed pictures, recompressed at quality 60", 200, 193).by("pdq", 31).negatives(10_000, 0);
/// assert_eq!((run.positives, run.found, run.false_alarms), (200, 193, Some(0)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestRun {
    /// Which pictures, and how they were drawn.
    pub sample: String,
    /// Pictures that should match.
    pub positives: u64,
    /// Positives that matched.
    pub found: u64,
    /// Pictures that should not match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negatives: Option<u64>,
    /// Of these so many did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_alarms: Option<u64>,
    /// The list that was asked; none: all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub list: String,
    /// What was compared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Within which radius, in bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<u32>,
    /// The generation of the store that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
}

impl TestRun {
    /// Of `positives` pictures that should match, `found` did; more than all cannot be.
    #[must_use]
    pub fn new(sample: &str, positives: u64, found: u64) -> Self {
        Self { sample: clipped(sample), positives, found: found.min(positives), ..Self::default() }
    }

    /// Sets how many pictures were looked up that should not match, and how many did.
    #[must_use]
    pub fn negatives(mut self, negatives: u64, false_alarms: u64) -> Self {
        (self.negatives, self.false_alarms) = (Some(negatives), Some(false_alarms.min(negatives)));
        self
    }

    /// Sets what was compared, and within which radius.
    #[must_use]
    pub fn by(mut self, profile: &str, radius: u32) -> Self {
        (self.by, self.radius) = (clipped(profile), Some(radius));
        self
    }
}

setters!(TestRun, texts {
    /// Sets the list that was asked.
    list,
} values {
    /// Sets the generation of the store that was asked.
    generation: u64,
});

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString as _;

    #[test]
    fn of_many_entries_the_nearest_of_each_list_are_kept() {
        let far = (0..500).map(|at| Entry::new("big", &at.to_string()).distance(at % 20));
        let event = Match::new(far.chain([Entry::new("small", "x").distance(31)]));
        assert_eq!((event.entries.len(), event.left_out), (MAX_ENTRIES, 501 - MAX_ENTRIES as u64));
        assert_eq!(event.entries.last().map(|entry| entry.list.as_str()), Some("small"));
        assert!(event.entries.windows(2).all(|two| two[0].distance <= two[1].distance));
    }

    #[test]
    fn what_was_not_set_does_not_stand_there() {
        let json = serde_json::to_string(&Event::from(Match::new([Entry::new("l", "1")]).content("c"))).unwrap();
        assert_eq!(json, r#"{"event":"match","outcome":"match","entries":[{"list":"l","entry":"1"}]}"#);
        let json = serde_json::to_string(&Event::from(Review::new(4))).unwrap();
        assert_eq!(json, r#"{"event":"outcome","of":4}"#);
    }

    #[test]
    fn unknown_kinds_are_read_as_such() {
        let event: Event = serde_json::from_str(r#"{"seq":1,"event":"of the future","x":[1]}"#).unwrap();
        assert_eq!(event, Event::Unknown);
        assert!(format!("{event:?}").contains("Unknown"));
    }
}
