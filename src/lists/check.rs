//! What every format has in common: which records are good, and how they reach the sink.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use core::ops::ControlFlow;

use super::record::Refused;
use super::signal::{self, Signal};
use super::{
    Entry, Kind, ListError, ListErrorKind, Options, Quarantined, Reason, Record, Sink, Summary, Why, encoding,
};
use crate::entry::{Digest, DigestKind, Opinion, Role};
use crate::hash::pdq::MIN_QUALITY;
use crate::hash::{HashBits, Profile};
use crate::index::Source;

/// Fewer ones than a PDQ hash of an ordinary picture has: of 1,616 published ones, 77 % have exactly 128, 98.5 % lie in
/// 112 to 144.
const PDQ_LEAST_ONES: u32 = 64;
/// As many zeros at least.
const PDQ_MOST_ONES: u32 = 192;

/// What a record says, each field trimmed; empty if it does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    /// A hash of `kind`, or of the profile if there is no kind.
    pub(super) hash: &'a str,
    pub(super) kind: &'a str,
    pub(super) quality: &'a str,
    pub(super) md5: &'a str,
    pub(super) sha1: &'a str,
    pub(super) sha256: &'a str,
    pub(super) photodna: &'a str,
    pub(super) list: &'a str,
    pub(super) id: &'a str,
    pub(super) classification: &'a str,
    pub(super) owner: &'a str,
    pub(super) jurisdiction: &'a str,
    /// If unstated, the classification may still name one.
    pub(super) opinion: Opinion,
    /// If the record itself says what its list is for.
    pub(super) role: Option<Role>,
    pub(super) key: Option<&'a str>,
    pub(super) updated: Option<i64>,
    /// Bytes that are not UTF-8 were replaced in one of the fields.
    pub(super) replaced: bool,
    /// Nothing states what `hash` is, if `kind` is empty.
    pub(super) unstated: bool,
}

/// Where a record begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) line: u64,
    /// Which record it is, counted from 1, in formats where a line may hold several.
    pub(super) record: Option<u64>,
}

impl From<u64> for Place {
    fn from(line: u64) -> Self {
        Self { line, record: None }
    }
}

/// The parts of a record that can be looked up, and the reasons to quarantine others.
struct Judged<'a, const N: usize> {
    hash: Option<HashBits<N>>,
    photodna: Option<&'a str>,
    bad: [Option<Reason>; 5],
}

/// Validates records, counts them and passes them to the sink.
pub(super) struct Output<'a, 's, const N: usize> {
    options: &'a Options,
    profile: Profile,
    sink: &'a mut Sink<'s, N>,
    summary: Summary,
    /// The number of the line or record as an id, reused.
    number: String,
    /// The digests of the record under way, reused.
    digests: Vec<Digest>,
    guess: Guess,
}

/// Tells SHA-256 digests from PDQ hashes by their ones: PDQ's median puts 128 of 256 bits on, a digest has 127 to 129 with probability 0.149.
#[derive(Default)]
struct Guess {
    hashes: u32,
    balanced: u32,
}

impl Guess {
    /// How many hashes are looked at.
    const MOST: u32 = 32;
    /// From this number of hashes on, they are judged: 8 digests pass with probability 0.02.
    const LEAST: u32 = 8;

    fn add<const N: usize>(&mut self, hash: &HashBits<N>) {
        if self.hashes < Self::MOST {
            self.hashes += 1;
            self.balanced += u32::from((127..=129).contains(&hash.count_ones()));
        }
    }

    const fn is_digests(&self) -> bool {
        self.hashes >= Self::LEAST && 2 * self.balanced < self.hashes
    }
}

impl<'a, 's, const N: usize> Output<'a, 's, N> {
    pub(super) fn new(options: &'a Options, profile: Profile, sink: &'a mut Sink<'s, N>) -> Self {
        Self {
            options,
            profile,
            sink,
            summary: Summary::default(),
            number: String::new(),
            digests: Vec::with_capacity(DigestKind::ALL.len()),
            guess: Guess::default(),
        }
    }

    /// Validates a parsed record and passes it to the sink.
    pub(super) fn record(
        &mut self,
        place: impl Into<Place>,
        fields: Result<Fields<'_>, Refused<'_>>,
    ) -> ControlFlow<()> {
        let place = place.into();
        let stated = self.options.kind.map_or("", Kind::name);
        let fields = fields.map(|fields| match fields {
            Fields { kind: "", unstated: true, .. } => Fields { kind: stated, ..fields },
            _ => fields,
        });
        let (list, key, updated) = fields.map_or(("", None, None), |fields| (fields.list, fields.key, fields.updated));
        let judged = fields.and_then(|fields| self.judge(&fields).map(|judged| (judged, fields)));
        let (judged, fields) = match judged {
            Ok(good) => good,
            Err(Refused::Quarantined(reason)) => return self.quarantine(place, reason),
            Err(Refused::LeftOut(why)) => return self.leave_out(place, list, key, updated, why),
        };
        if let Some(hash) = judged.hash
            && fields.unstated
            && fields.kind.is_empty()
            && self.profile == Profile::Pdq
        {
            self.guess.add(&hash);
            if self.guess.hashes == Guess::MOST && self.guess.is_digests() {
                // `by_lines` reports it.
                return ControlFlow::Break(());
            }
        }
        let replaced = fields.replaced.then_some(Reason::Replaced);
        for reason in judged.bad.into_iter().flatten().chain(replaced) {
            self.summary.partial += 1;
            let Place { line, record } = place;
            (self.sink)(Record::Quarantined(Quarantined { line, record, reason, partial: true }))?;
        }
        self.summary.records += 1;
        self.summary.entries += 1;
        self.summary.hashes += u64::from(judged.hash.is_some());
        self.summary.photodna += u64::from(judged.photodna.is_some());
        self.digests.iter().for_each(|digest| self.summary.count_digest(digest));
        self.number.clear();
        if fields.id.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(self.number, "{}", place.record.unwrap_or(place.line));
        }
        let opinion = match fields.opinion {
            Opinion::Unstated => Opinion::named(fields.classification).unwrap_or(Opinion::Unstated),
            stated => stated,
        };
        (self.sink)(Record::Entry(Entry {
            hash: judged.hash,
            digests: &self.digests,
            photodna: judged.photodna,
            source: Source {
                list: or(fields.list, &self.options.list),
                id: or(fields.id, &self.number),
                classification: or(fields.classification, &self.options.classification),
                owner: or(fields.owner, &self.options.owner),
                jurisdiction: or(fields.jurisdiction, &self.options.jurisdiction),
                opinion,
                // A list is of abuse unless the record or the caller says otherwise.
                role: fields.role.or(self.options.role).unwrap_or(Role::Abuse),
            },
            key: fields.key,
            updated: fields.updated,
            line: place.line,
        }))
    }

    /// Hands on that a record cannot be taken.
    pub(super) fn quarantine(&mut self, place: impl Into<Place>, reason: Reason) -> ControlFlow<()> {
        let Place { line, record } = place.into();
        self.summary.records += 1;
        self.summary.quarantined += 1;
        (self.sink)(Record::Quarantined(Quarantined { line, record, reason, partial: false }))
    }

    /// Hands on that a record withdraws what was listed under its key.
    pub(super) fn withdraw(
        &mut self,
        place: impl Into<Place>,
        list: &str,
        key: &str,
        updated: Option<i64>,
    ) -> ControlFlow<()> {
        self.summary.records += 1;
        self.summary.withdrawals += 1;
        let (list, line) = (or(list, &self.options.list), place.into().line);
        (self.sink)(Record::Withdrawal { list, key, updated, line })
    }

    /// Hands on that a sound record is not taken.
    pub(super) fn leave_out(
        &mut self,
        place: impl Into<Place>,
        list: &str,
        key: Option<&str>,
        updated: Option<i64>,
        why: Why<'_>,
    ) -> ControlFlow<()> {
        self.summary.records += 1;
        self.summary.count_left_out(&why);
        let (list, line) = (or(list, &self.options.list), place.into().line);
        (self.sink)(Record::LeftOut { list, key, updated, why, line })
    }

    /// Counts lines without a record of their own.
    pub(super) const fn skip(&mut self, lines: u64) {
        self.summary.skipped += lines;
    }

    /// The counts of a format of lines; refuses digests that would be taken for PDQ hashes.
    pub(super) fn by_lines(mut self) -> Result<Summary, ListError> {
        if self.guess.is_digests() {
            let Guess { hashes, balanced } = self.guess;
            let what = format_args!(
                "the hashes seem to be SHA-256 digests: found {balanced} of {hashes} with 127 to 129 ones, expected at least half, as \
                 PDQ hashes have; state what they are with kind=sha256 or kind=pdq after the list's path"
            );
            return Err(ListError::new(ListErrorKind::Format, what));
        }
        self.summary.lines = self.summary.records + self.summary.skipped;
        Ok(self.summary)
    }

    /// The counts of a document, with its number of lines.
    pub(super) fn of_document(mut self, lines: u64) -> Summary {
        self.summary.lines = lines;
        self.summary
    }

    /// Whether every record so far was quarantined.
    pub(super) const fn is_all_bad(&self) -> bool {
        self.summary.records == self.summary.quarantined
    }

    pub(super) const fn profile(&self) -> Profile {
        self.profile
    }

    /// Reads what can be looked up; the digests end in `self.digests`.
    fn judge<'f>(&mut self, fields: &Fields<'f>) -> Result<Judged<'f, N>, Refused<'f>> {
        self.digests.clear();
        // py-tx and ThreatExchange publish what is known to be harmless beside what is not.
        if ["NEGATIVE_CLASS", "NON_MALICIOUS"].iter().any(|class| fields.classification.eq_ignore_ascii_case(class)) {
            return Err(Refused::LeftOut(Why::Negative));
        }
        let mut fields = *fields;
        let mut other = None;
        if !fields.kind.is_empty() {
            let value = core::mem::take(&mut fields.hash);
            match signal::named(fields.kind, self.profile) {
                Signal::Hash => fields.hash = value,
                Signal::Digest(DigestKind::Md5) => fields.md5 = or(value, fields.md5),
                Signal::Digest(DigestKind::Sha1) => fields.sha1 = or(value, fields.sha1),
                Signal::Digest(DigestKind::Sha256) => fields.sha256 = or(value, fields.sha256),
                Signal::PhotoDna => fields.photodna = or(value, fields.photodna),
                Signal::Other | Signal::Unknown => other = Some(fields.kind),
            }
        }
        let mut judged = Judged { hash: None, photodna: None, bad: [None; 5] };
        let [bad_hash, bad_md5, bad_sha1, bad_sha256, bad_photodna] = &mut judged.bad;
        if !fields.hash.is_empty() {
            match self.hash(&fields) {
                Ok(hash) => judged.hash = Some(hash),
                Err(reason) => *bad_hash = Some(reason),
            }
        }
        for (kind, text, bad) in [
            (DigestKind::Md5, fields.md5, bad_md5),
            (DigestKind::Sha1, fields.sha1, bad_sha1),
            (DigestKind::Sha256, fields.sha256, bad_sha256),
        ] {
            if text.is_empty() {
                continue;
            }
            match encoding::digest(kind, text) {
                Ok(digest) => self.digests.push(digest),
                Err(reason) => *bad = Some(reason),
            }
        }
        if !fields.photodna.is_empty() {
            match encoding::is_photodna(fields.photodna) {
                true => judged.photodna = Some(fields.photodna),
                false => *bad_photodna = Some(Reason::PhotoDna),
            }
        }
        if judged.hash.is_some() || !self.digests.is_empty() {
            return Ok(judged);
        }
        if let Some(reason) = judged.bad.into_iter().flatten().next() {
            return Err(Refused::Quarantined(reason));
        }
        if judged.photodna.is_some() {
            self.summary.photodna += 1;
            return Err(Refused::LeftOut(Why::OtherKind { kind: "photodna" }));
        }
        Err(match other {
            Some(kind) => Refused::LeftOut(Why::OtherKind { kind }),
            None => Refused::Quarantined(Reason::Empty),
        })
    }

    fn hash(&self, fields: &Fields<'_>) -> Result<HashBits<N>, Reason> {
        let hash = encoding::hash::<N>(fields.hash, self.profile)?;
        let pdq = matches!(self.profile, Profile::Pdq | Profile::Pdq512);
        let (least, most) =
            if pdq { (PDQ_LEAST_ONES, PDQ_MOST_ONES) } else { (1, HashBits::from_bytes([0xff; N]).count_ones() - 1) };
        let ones = hash.count_ones();
        if ones < least || ones > most {
            return Err(Reason::Degenerate { ones, least, most });
        }
        if !fields.quality.is_empty() {
            let quality = fields.quality.parse().ok().filter(|quality| *quality <= 100).ok_or(Reason::Quality)?;
            let minimum = self.options.minimum_quality.unwrap_or(if pdq { MIN_QUALITY } else { 0 });
            if quality < minimum {
                return Err(Reason::LowQuality { quality, minimum });
            }
        }
        Ok(hash)
    }
}

/// A record's text, if it is text.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Reason> {
    if memchr::memchr(0, bytes).is_some() {
        return Err(Reason::Nul);
    }
    core::str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)
}

/// A hash from a record whose bad bytes were replaced; refused if one of them was in the hash.
pub(super) fn intact(hash: &str) -> Result<(), Reason> {
    if hash.contains(char::REPLACEMENT_CHARACTER) { Err(Reason::NotUtf8) } else { Ok(()) }
}

/// The field, or what holds for entries that do not say.
pub(super) const fn or<'f>(field: &'f str, default: &'f str) -> &'f str {
    if field.is_empty() { default } else { field }
}
