//! What the tables must say to be rules: ranges, and what goes together.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use toml::Spanned;
use toml::value::{Datetime, Offset};

use super::error::PolicyError;
use super::owned::{ConfirmWith, OwnedList, OwnedMute, Policy};
use super::raw::{Flag, Moment, RawConfirm, RawList, RawMute, RawPolicy, RawQuorum, Text, Whole};
use crate::hash::{Profile, pdq};
use crate::matching::{ListRule, LowQuality, Quorum, Rules, Trust};

/// The only version of the format that there is.
const VERSION: i64 = 1;

/// Second hashes are of 64 or 256 bits; which, only the second index knows.
const MOST_BITS: u32 = 256;

impl Policy {
    /// Parses a policy for lists of this profile, whose hash length bounds the radii.
    ///
    /// # Errors
    ///
    /// Names the line and what is allowed: if the text is not TOML, a key is unknown, repeated or missing, or a value is of the wrong type,
    /// out of range, or contradicts another.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, PolicyError> {
        let raw = toml::from_str(text).map_err(|error| PolicyError::of_toml(text, &error))?;
        checked(raw, text, profile)
    }
}

/// Makes rules of the tables.
fn checked(raw: RawPolicy, text: &str, profile: Profile) -> Result<Policy, PolicyError> {
    let check = Check { text, bits: u32::try_from(profile.bits()).unwrap_or(0) };
    let Some(version) = raw.version else {
        return Err(check.at(&(0..0), "the key `version` is missing; write version = 1 as the first line"));
    };
    if version.get_ref().0 != VERSION {
        let found = version.get_ref().0;
        return Err(check.at(&version.span(), format!("version is {found}; allowed is {VERSION}")));
    }
    let tables = raw.default.iter().chain(&raw.list).filter_map(|table| table.get_ref().confirm.as_ref());
    let asking = tables.into_iter().find(|confirm| confirm.get_ref().0).map(Spanned::span);
    let usual = OwnedList::of(&ListRule::new("", profile.default_radius()));
    let default = match raw.default {
        Some(raw) => check.default(raw, usual)?,
        None => usual,
    };
    let mut lists: Vec<OwnedList> = Vec::new();
    let mut places: Vec<Range<usize>> = Vec::new();
    for raw in raw.list {
        let place = raw.get_ref().name.as_ref().map_or_else(|| raw.span(), Spanned::span);
        let list = check.named(raw, &default)?;
        if let Some(at) = lists.iter().position(|earlier| earlier.name == list.name) {
            let first = places.get(at).map_or(0, |place| check.at(place, "").line());
            let what = format!("the list {:?} has rules in line {first} already; put them together", list.name);
            return Err(check.at(&place, what));
        }
        lists.push(list);
        places.push(place);
    }
    let rules = Rules::new(ListRule::new("", profile.default_radius()));
    let quorum = raw.quorum.map_or(Ok(rules.quorum), |raw| check.quorum(&raw, rules.quorum))?;
    let allow_radius = raw.allow.and_then(|allow| allow.radius);
    let allow_radius =
        allow_radius.map_or(Ok(rules.allow_radius), |radius| check.within("radius", &radius, check.bits))?;
    let mutes = raw.mute.into_iter().map(|raw| check.mute(raw)).collect::<Result<_, _>>()?;
    let confirm = raw.confirm.map(|raw| check.confirm(&raw, asking.is_some())).transpose()?;
    let policy = Policy { default, lists, quorum, allow_radius, mutes, confirm };
    match (asking, &policy.confirm) {
        (Some(place), None) => {
            Err(check.at(&place, "confirm = true needs a second index; add [confirm] with index = \"FILE\""))
        }
        _ => Ok(policy),
    }
}

/// What is needed to say where something is wrong, and how far numbers go.
struct Check<'t> {
    text: &'t str,
    bits: u32,
}

impl Check<'_> {
    fn at(&self, place: &Range<usize>, what: impl Into<String>) -> PolicyError {
        PolicyError::at(self.text, place, what)
    }

    /// A whole number from 0 to `most`.
    fn within(&self, key: &str, number: &Spanned<Whole>, most: u32) -> Result<u32, PolicyError> {
        self.between(key, number, 0, most)
    }

    fn between(&self, key: &str, number: &Spanned<Whole>, least: u32, most: u32) -> Result<u32, PolicyError> {
        let found = number.get_ref().0;
        let inside = u32::try_from(found).ok().filter(|found| (least..=most).contains(found));
        inside.ok_or_else(|| {
            self.at(&number.span(), format!("{key} is {found}; allowed are whole numbers from {least} to {most}"))
        })
    }

    fn quality(&self, key: &str, number: &Spanned<Whole>, least: u32) -> Result<u8, PolicyError> {
        self.between(key, number, least, 100).map(|quality| u8::try_from(quality).unwrap_or(pdq::MIN_QUALITY))
    }

    fn count(&self, key: &str, number: Option<&Spanned<Whole>>, usual: u16) -> Result<u16, PolicyError> {
        let Some(number) = number else { return Ok(usual) };
        self.within(key, number, MOST_LISTS.into()).map(|count| u16::try_from(count).unwrap_or(MOST_LISTS))
    }

    /// A text that is not empty.
    fn filled(&self, key: &str, text: &Spanned<Text>) -> Result<String, PolicyError> {
        match text.get_ref().0.trim() {
            "" => Err(self.at(&text.span(), format!("{key} is empty; write it, or leave the key out"))),
            _ => Ok(text.get_ref().0.clone()),
        }
    }

    fn default(&self, raw: Spanned<RawList>, usual: OwnedList) -> Result<OwnedList, PolicyError> {
        let raw = raw.into_inner();
        if let Some(name) = &raw.name {
            let what = "[default] has no name, because it holds for every list; for one list write [[list]]";
            return Err(self.at(&name.span(), what));
        }
        if let Some(classes) = &raw.classes {
            let what = "[default] has no classes, because each list has its own; write them below [[list]]";
            return Err(self.at(&classes.span(), what));
        }
        self.list(raw, String::new(), usual)
    }

    fn named(&self, raw: Spanned<RawList>, default: &OwnedList) -> Result<OwnedList, PolicyError> {
        let place = raw.span();
        let raw = raw.into_inner();
        let Some(name) = &raw.name else {
            return Err(
                self.at(&place, "this [[list]] has no name; write name = \"...\", the list's name in the index")
            );
        };
        let name = self.filled("name", name)?;
        self.list(raw, name, default.clone())
    }

    /// What one table says, over what held before.
    fn list(&self, raw: RawList, name: String, before: OwnedList) -> Result<OwnedList, PolicyError> {
        let mut list = OwnedList { name, classes: Vec::new(), ..before };
        if let Some(radius) = &raw.radius {
            list.radius = self.within("radius", radius, self.bits)?;
        }
        if let Some(quality) = &raw.minimum_quality {
            list.minimum_quality = self.quality("minimum-quality", quality, 0)?;
        }
        if let Some(low) = &raw.low_quality {
            list.low_quality = Some(self.low_quality(low, &list)?);
        }
        // A radius that is inherited must not be wider than that of the list, which is tighter already.
        list.low_quality = list.low_quality.map(|low| LowQuality { radius: low.radius.min(list.radius), ..low });
        if let Some(trust) = &raw.trust {
            list.trust = match trust.get_ref().0.as_str() {
                "verified" => Trust::Verified,
                "seed" => Trust::Seed,
                other => {
                    let what = format!("trust is {other:?}; allowed are \"verified\" and \"seed\"");
                    return Err(self.at(&trust.span(), what));
                }
            };
        }
        if let Some(Text(action)) = raw.action {
            list.action = action;
        }
        if let Some(jurisdiction) = &raw.jurisdiction {
            list.jurisdiction = self.filled("jurisdiction", jurisdiction)?;
        }
        if let Some(Flag(confirm)) = raw.confirm.map(Spanned::into_inner) {
            list.confirm = confirm;
        }
        let classes = raw.classes.map(Spanned::into_inner).unwrap_or_default();
        list.classes = classes.into_iter().map(|(published, Text(words))| (published, words)).collect();
        Ok(list)
    }

    fn low_quality(
        &self,
        raw: &Spanned<super::raw::RawLowQuality>,
        list: &OwnedList,
    ) -> Result<LowQuality, PolicyError> {
        let (Some(below), Some(radius)) = (&raw.get_ref().below, &raw.get_ref().radius) else {
            return Err(self.at(&raw.span(), "low-quality needs both keys: { below = 70, radius = 20 }"));
        };
        let (quality, bits) = (self.quality("below", below, 1)?, self.within("radius", radius, self.bits)?);
        if bits > list.radius {
            let what = format!(
                "the radius at low quality is {bits}, wider than the list's {}; it can only be tighter: 0 to {}",
                list.radius, list.radius
            );
            return Err(self.at(&radius.span(), what));
        }
        if quality <= list.minimum_quality {
            let minimum = list.minimum_quality;
            let advice = match minimum.saturating_add(1) {
                least @ ..=100 => format!("allowed are whole numbers from {least} to 100"),
                _ => "lower minimum-quality, or take low-quality away".into(),
            };
            let what =
                format!("below is {quality}, but nothing below minimum-quality {minimum} counts anyway; {advice}");
            return Err(self.at(&below.span(), what));
        }
        Ok(LowQuality { below: quality, radius: bits })
    }

    fn quorum(&self, raw: &RawQuorum, usual: Quorum) -> Result<Quorum, PolicyError> {
        let near = raw.near.as_ref().map_or(Ok(usual.near), |near| self.within("near", near, self.bits))?;
        let quorum = Quorum::new(near).lists(self.count("lists", raw.lists.as_ref(), usual.lists)?);
        let jurisdictions = self.count("jurisdictions", raw.jurisdictions.as_ref(), usual.jurisdictions)?;
        Ok(quorum.jurisdictions(jurisdictions).verified(self.count(
            "verified",
            raw.verified.as_ref(),
            usual.verified,
        )?))
    }

    fn mute(&self, raw: Spanned<RawMute>) -> Result<OwnedMute, PolicyError> {
        let place = raw.span();
        let raw = raw.into_inner();
        let (Some(list), Some(entry)) = (&raw.list, &raw.entry) else {
            return Err(self.at(&place, "[[mute]] needs a list and an entry: list = \"...\", entry = \"...\""));
        };
        Ok(OwnedMute {
            list: self.filled("list", list)?,
            entry: self.filled("entry", entry)?,
            until: raw.until.as_ref().map(|until| self.moment(until)).transpose()?,
            reason: raw.reason.unwrap_or_default().0,
        })
    }

    /// A time in Unix milliseconds.
    fn moment(&self, until: &Spanned<Moment>) -> Result<i64, PolicyError> {
        let time = match until.get_ref() {
            Moment::Time(time) => time,
            Moment::Quoted => return Err(self.at(&until.span(), format!("until is not a time; {TIMES}"))),
        };
        let is_date = time.time.is_none();
        unix_millis(time).filter(|_| is_date || time.offset.is_some()).ok_or_else(|| {
            let why = if time.date.is_some() { "until has no time zone" } else { "until has no date" };
            self.at(&until.span(), format!("{why}; {TIMES}"))
        })
    }

    fn confirm(&self, raw: &Spanned<RawConfirm>, is_asked_for: bool) -> Result<ConfirmWith, PolicyError> {
        let (place, raw) = (raw.span(), raw.get_ref());
        let Some(index) = &raw.index else {
            return Err(self.at(&place, "[confirm] needs the second index: index = \"FILE\""));
        };
        if !is_asked_for {
            let what = "no list asks for [confirm]; write confirm = true below [[list]] or [default], or take it away";
            return Err(self.at(&place, what));
        }
        let radius =
            raw.radius.as_ref().map_or(Ok(CONFIRM_RADIUS), |radius| self.within("radius", radius, MOST_BITS))?;
        Ok(ConfirmWith { index: self.filled("index", index)?.into(), radius })
    }
}

/// What may stand behind `until =`.
const TIMES: &str = "allowed are a time with its zone, until = 2027-01-31T12:00:00Z or 2027-01-31T12:00:00+02:00, and a date, \
                     until = 2027-01-31, which means its first moment in UTC, all without quotes";

/// More lists than anybody has.
const MOST_LISTS: u16 = 1000;

/// 8 of the 64 bits of a dHash: what was measured beside occlusion.
const CONFIRM_RADIUS: u32 = 8;

impl OwnedList {
    pub(super) fn of(rule: &ListRule<'_>) -> Self {
        Self {
            name: rule.name.into(),
            radius: rule.radius,
            minimum_quality: rule.minimum_quality,
            low_quality: rule.low_quality,
            trust: rule.trust,
            action: rule.action.into(),
            jurisdiction: rule.jurisdiction.into(),
            confirm: rule.confirm,
            classes: Vec::new(),
        }
    }
}

/// A time in Unix milliseconds; that of a date is its first moment in UTC. By hand, because operators write 9999-12-31 for "never",
/// where libraries of times end.
fn unix_millis(time: &Datetime) -> Option<i64> {
    let date = time.date?;
    // Years begin in March, so that the day that is sometimes there is the last.
    let (year, month) = (i64::from(date.year), i64::from(date.month));
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(date.day) - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let mut millis = (year * 365 + leap_days + day_of_year - DAYS_TO_1970) * 86_400_000;
    if let Some(time) = time.time {
        let (second, nanosecond) = (time.second.unwrap_or(0), time.nanosecond.unwrap_or(0));
        millis += i64::from(time.hour) * 3_600_000 + i64::from(time.minute) * 60_000;
        millis += i64::from(second) * 1000 + i64::from(nanosecond / 1_000_000);
    }
    if let Some(Offset::Custom { minutes }) = time.offset {
        millis -= i64::from(minutes) * 60_000;
    }
    Some(millis)
}

/// From the first of March of the year 0 to the first of January 1970.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_counted_from_1970() {
        let millis = |text: &str| unix_millis(&text.parse().unwrap());
        assert_eq!(millis("1970-01-01"), Some(0));
        assert_eq!(millis("1969-12-31T23:59:59.999Z"), Some(-1));
        assert_eq!(millis("2000-02-29T12:00:00Z"), Some(951_825_600_000));
        assert_eq!(millis("2024-03-01"), Some(1_709_251_200_000));
        assert_eq!(millis("2026-11-25T02:00:00+02:00"), Some(1_795_564_800_000));
        assert_eq!(millis("9999-12-31T23:59:59Z"), Some(253_402_300_799_000));
        assert_eq!(millis("0001-01-01"), Some(-62_135_596_800_000));
        assert_eq!(millis("12:00:00"), None);
    }
}
