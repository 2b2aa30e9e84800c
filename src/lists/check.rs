//! What every format has in common: which entries are good, and how they reach the sink.

use alloc::string::String;
use core::fmt::Write as _;
use core::ops::ControlFlow;

use super::{Entry, Options, Quarantined, Reason, Sink, Summary};
use crate::hash::pdq::MIN_QUALITY;
use crate::hash::{HashBits, Profile};

/// Fewer ones than a PDQ hash of an ordinary picture has: of 1,616 published ones, 77 % have exactly 128, 98.5 % lie in
/// 112 to 144.
const PDQ_LEAST_ONES: u32 = 64;
/// As many zeros at least.
const PDQ_MOST_ONES: u32 = 192;

/// What a record says, each field trimmed; empty if it does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) hash: &'a str,
    pub(super) id: &'a str,
    pub(super) classification: &'a str,
    pub(super) owner: &'a str,
    pub(super) jurisdiction: &'a str,
    pub(super) list: &'a str,
    pub(super) quality: &'a str,
    pub(super) kind: &'a str,
}

/// Judges records, counts them and hands them on.
pub(super) struct Output<'a, 's, const N: usize> {
    options: &'a Options,
    profile: Profile,
    sink: &'a mut Sink<'s, N>,
    summary: Summary,
    /// The line number as an id, reused.
    number: String,
}

impl<'a, 's, const N: usize> Output<'a, 's, N> {
    pub(super) fn new(options: &'a Options, profile: Profile, sink: &'a mut Sink<'s, N>) -> Self {
        Self { options, profile, sink, summary: Summary::default(), number: String::new() }
    }

    /// Judges the record that begins on `line`.
    pub(super) fn record(&mut self, line: u64, fields: Result<Fields<'_>, Reason>) -> ControlFlow<()> {
        self.summary.lines += 1;
        let judged = fields.and_then(|fields| self.judge(&fields).map(|hash| (hash, fields)));
        let (hash, fields) = match judged {
            Ok(good) => good,
            Err(reason) => {
                self.summary.quarantined += 1;
                return (self.sink)(Err(Quarantined { line, reason }));
            }
        };
        self.summary.entries += 1;
        self.number.clear();
        if fields.id.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(self.number, "{line}");
        }
        (self.sink)(Ok(Entry {
            hash,
            list: or(fields.list, &self.options.list),
            id: or(fields.id, &self.number),
            classification: or(fields.classification, &self.options.classification),
            owner: or(fields.owner, &self.options.owner),
            jurisdiction: or(fields.jurisdiction, &self.options.jurisdiction),
            line,
        }))
    }

    /// Counts lines without an entry of their own.
    pub(super) const fn skip(&mut self, lines: u64) {
        self.summary.lines += lines;
        self.summary.skipped += lines;
    }

    pub(super) const fn summary(&self) -> Summary {
        self.summary
    }

    pub(super) const fn profile(&self) -> Profile {
        self.profile
    }

    fn judge(&self, fields: &Fields<'_>) -> Result<HashBits<N>, Reason> {
        if !fields.kind.is_empty() && !is_kind(fields.kind, self.profile) {
            return Err(Reason::OtherKind { profile: self.profile });
        }
        // py-tx and ThreatExchange publish what is known to be harmless beside what is not.
        if ["NEGATIVE_CLASS", "NON_MALICIOUS"].iter().any(|class| fields.classification.eq_ignore_ascii_case(class)) {
            return Err(Reason::Negative);
        }
        let hash = parse::<N>(fields.hash, self.profile)?;
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

/// Reads a hash, or says why it is none.
pub(super) fn parse<const N: usize>(text: &str, profile: Profile) -> Result<HashBits<N>, Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    text.parse().map_err(|_| match text.chars().position(|char| !char.is_ascii_hexdigit()) {
        Some(at) => Reason::NotHex { character: at + 1 },
        None => Reason::Length { digits: text.len(), profile },
    })
}

/// Whether a record of this kind is a hash of the profile: its name, or what other systems call it.
pub(super) fn is_kind(kind: &str, profile: Profile) -> bool {
    kind.eq_ignore_ascii_case(profile.name())
        || (profile == Profile::Pdq
            && ["HASH_PDQ", "ImagePDQ", "pdq_hash"].iter().any(|name| kind.eq_ignore_ascii_case(name)))
}

/// A record's text, if it is text.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Reason> {
    if bytes.contains(&0) {
        return Err(Reason::Nul);
    }
    core::str::from_utf8(bytes).map_err(|_| Reason::NotUtf8)
}

/// The field, or what holds for entries that do not say.
const fn or<'f>(field: &'f str, default: &'f str) -> &'f str {
    if field.is_empty() { default } else { field }
}
