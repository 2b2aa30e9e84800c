//! Project VIC: the VICS data model 1.x and 2.0, in JSON of any length.
//!
//! A hash set is `{"odata.metadata": ..., "value": [Media, ...]}`, a case file has media within its cases: `"value": [{"CaseID": ...,
//! "Media": [Media, ...]}]`. A medium has `MD5` (which identifies it), `SHA1`, `Category`, `DateUpdated`, `PhotoDNA` or `AlternativeHashes`,
//! and more. Names of fields are read in either case. `IsSuspected` makes a seed of it. The id is the `MediaID`, or the MD5 where there is none.
//!
//! # Categories
//!
//! A number says what a medium is, and **which numbers mean abuse differs by country**. The last but one part of a 2.0 file's context names the
//! country; 1.x files are of the United States.
//!
//! | country | abuse | not taken |
//! |---|---|---|
//! | US (1.x, `Default`, `US`) | 1 child abuse material, 2 child exploitive or age difficult | 0 uncategorised, 3 CGI or animation, 4 comparison, 5 non-pertinent |
//! | any other | must be said: `categories=1+2` | |
//!
//! [`Options::categories`](super::Options::categories) says otherwise (`1+2+3` takes animations as well). What is in no such category is left out,
//! counted by its name, and never taken for abuse; under the MD5 of an earlier record it takes that record's place.
//!
//! # Known-good sets
//!
//! CAID and NIST publish harmless files in the same shape. With [`Role::Allow`] media without a category and
//! those of category 5 are taken. A file in which any medium is in a category of abuse (1 to 3, or those of its country) is refused whole: it is not
//! a set of harmless files.
//!
//! Source: sepinf-inc/IPED, `HashDBTool.java`; the model itself is not public.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;
use core::ops::ControlFlow;
use std::io::BufRead;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::check::{Fields, Output, Place, or};
use super::framer::{Event, Framer};
use super::role::role_error;
use super::value::{Text, parse};
use super::{Format, ListError, ListErrorKind, Options, Reason, Sink, Summary, Why, encoding, time};
use crate::entry::{DigestKind, Opinion, Role};
use crate::hash::Profile;

/// What the categories of a country mean.
struct Country {
    /// As contexts name it.
    names: &'static [&'static str],
    /// As lists name jurisdictions: ISO 3166.
    jurisdiction: &'static str,
    abuse: &'static [u32],
    words: &'static [&'static str],
}

const COUNTRIES: [Country; 1] = [Country {
    names: &["", "Default", "US"],
    jurisdiction: "US",
    abuse: &[1, 2],
    words: &[
        "uncategorised",
        "child abuse material",
        "child exploitive or age difficult",
        "CGI or animation",
        "comparison",
        "non-pertinent",
    ],
}];
/// What is taken from a list of harmless files, beside media without a category.
const HARMLESS: &[u32] = &[5];
/// What no list of harmless files may hold, whatever its country.
const NEVER_HARMLESS: &[u32] = &[1, 2, 3];

/// What of a medium is used.
#[derive(Default)]
struct Medium<'a> {
    id: Text<'a>,
    md5: Text<'a>,
    sha1: Text<'a>,
    sha256: Text<'a>,
    category: Text<'a>,
    updated: Text<'a>,
    is_suspected: Text<'a>,
    photodna: Text<'a>,
    pdq: Text<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Medium<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Medium<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a medium")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut medium = Medium::default();
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    let is = |field: &str| name.get().eq_ignore_ascii_case(field);
                    let field = match name.get().len() {
                        3 if is("MD5") => &mut medium.md5,
                        3 if is("PDQ") => &mut medium.pdq,
                        4 if is("SHA1") => &mut medium.sha1,
                        7 if is("MediaID") => &mut medium.id,
                        6 if is("SHA256") => &mut medium.sha256,
                        8 if is("Category") => &mut medium.category,
                        8 if is("PhotoDNA") => &mut medium.photodna,
                        11 if is("DateUpdated") => &mut medium.updated,
                        11 if is("IsSuspected") => &mut medium.is_suspected,
                        17 if is("AlternativeHashes") => {
                            if let Some(hashes) = map.next_value::<Option<Alternatives<'de>>>()? {
                                let Alternatives { photodna, pdq } = hashes;
                                medium.photodna = photodna.unwrap_or(medium.photodna);
                                medium.pdq = pdq.unwrap_or(medium.pdq);
                            }
                            continue;
                        }
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *field = map.next_value()?;
                }
                Ok(medium)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

/// `[{"HashName": "PhotoDNA", "HashValue": ...}]`.
#[derive(Default)]
struct Alternatives<'a> {
    photodna: Option<Text<'a>>,
    pdq: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Alternatives<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Alternatives<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of hashes")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut hashes: A) -> Result<Self::Value, A::Error> {
                let mut found = Alternatives::default();
                while let Some(Alternative { name, value }) = hashes.next_element::<Alternative<'de>>()? {
                    if name.get().eq_ignore_ascii_case("PhotoDNA") {
                        found.photodna = Some(value);
                    } else if name.get().eq_ignore_ascii_case("PDQ") {
                        found.pdq = Some(value);
                    }
                }
                Ok(found)
            }
        }

        deserializer.deserialize_seq(Reader)
    }
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Alternative<'a> {
    #[serde(borrow, rename = "HashName", alias = "hashName", alias = "hashname")]
    name: Text<'a>,
    #[serde(borrow, rename = "HashValue", alias = "hashValue", alias = "hashvalue")]
    value: Text<'a>,
}

/// The field of an envelope that says which model a file follows.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Context<'a> {
    #[serde(borrow, rename = "odata.metadata", alias = "odata.context")]
    one: Text<'a>,
    #[serde(borrow, rename = "@odata.context", alias = "@odata.metadata")]
    two: Text<'a>,
}

/// The country of a context such as `http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media`.
fn country_of(context: &str) -> &str {
    let model = context.split_once('#').map_or(context, |(model, _)| model);
    let model = model.strip_suffix("/$metadata").unwrap_or(model);
    match model.rsplit_once(".xml/") {
        Some((_, country)) => country,
        None => "",
    }
}

/// What holds for the whole of a file, or of a page of it.
struct Rules<'o> {
    options: &'o Options,
    country: Option<&'static Country>,
    role: Role,
    /// The categories that are taken; `None` until the country is known and has some.
    taken: Option<&'o [u32]>,
}

impl<'o> Rules<'o> {
    fn new(options: &'o Options, country: &str) -> Result<Self, ListError> {
        let known = COUNTRIES.iter().find(|known| known.names.iter().any(|name| name.eq_ignore_ascii_case(country)));
        let role = options.role.unwrap_or(Role::Abuse);
        let usual = if role == Role::Allow { Some(HARMLESS) } else { known.map(|known| known.abuse) };
        let taken = options.categories.as_deref().or(usual);
        if taken.is_none() {
            return Err(ListError::new(
                ListErrorKind::Argument,
                format_args!(
                    "the list has the categories of {country:?}, and which of them are abuse is not known here; say it with \
                     categories=1+2 after the list's path"
                ),
            ));
        }
        if role == Role::Allow && taken.into_iter().flatten().any(|category| NEVER_HARMLESS.contains(category)) {
            let why = "categories 1 to 3 are abuse, and cannot be taken as harmless";
            return Err(role_error(Format::Vics, role, 0, why));
        }
        Ok(Self { options, country: known, role, taken })
    }

    fn is_taken(&self, category: u32) -> bool {
        self.taken.is_some_and(|taken| taken.contains(&category))
    }

    /// Whether a medium of a category shows that a list is none of harmless files.
    fn is_abuse(&self, category: u32) -> bool {
        NEVER_HARMLESS.contains(&category) || self.country.is_some_and(|country| country.abuse.contains(&category))
    }

    /// The category with its meaning, for counts.
    fn class(&self, category: u32, name: &mut String) {
        let words = self.country.map_or(&[][..], |country| country.words);
        // Lists state categories that no country has defined.
        let word = words.get(category as usize).copied().unwrap_or("(no name is known)");
        *name = format!("{category} {word}");
    }

    /// Under whose law the media were categorised, unless the caller says so.
    fn jurisdiction(&self, is_named: bool) -> &'static str {
        match self.country {
            Some(country) if is_named && self.options.jurisdiction.is_empty() => country.jurisdiction,
            _ => "",
        }
    }
}

pub(super) fn read<const N: usize, R: BufRead>(
    reader: R,
    options: &Options,
    profile: Profile,
    sink: &mut Sink<'_, N>,
) -> Result<Summary, ListError> {
    let mut output = Output::new(options, profile, sink);
    let mut framer = Framer::new(reader, &["value", "Media"]);
    let mut rules = None;
    let mut jurisdiction = "";
    let mut scratch = (String::new(), String::new());
    let mut is_list = false;
    while let Some(event) = framer.next()? {
        is_list = true;
        let flow = match event {
            Event::Envelope(head) => {
                // A case says nothing of the model; the document around it did.
                let mut head = head.trim_ascii_end().to_vec();
                if head.last() == Some(&b',') {
                    head.pop();
                }
                head.push(b'}');
                let context = parse::<Context<'_>>(&head).unwrap_or_default();
                let context = or(context.one.get(), context.two.get());
                if !context.is_empty() {
                    let country = country_of(context);
                    let new = Rules::new(options, country)?;
                    jurisdiction = new.jurisdiction(country.eq_ignore_ascii_case("US"));
                    rules = Some(new);
                }
                continue;
            }
            Event::Bad(place, reason) => output.quarantine(place, reason),
            Event::Record(place, record) => {
                let rules = match &mut rules {
                    Some(rules) => rules,
                    none => none.insert(Rules::new(options, "")?),
                };
                match parse::<Medium<'_>>(record) {
                    Ok(medium) => take(&medium, place, rules, jurisdiction, &mut scratch, &mut output)?,
                    Err(reason) => output.quarantine(place, reason),
                }
            }
        };
        if flow.is_break() {
            break;
        }
    }
    if !is_list {
        return Err(ListError::not_format(Format::Vics, framer.lines()));
    }
    Ok(output.of_document(framer.lines()))
}

fn take<const N: usize>(
    medium: &Medium<'_>,
    place: Place,
    rules: &Rules<'_>,
    jurisdiction: &str,
    (key, class): &mut (String, String),
    output: &mut Output<'_, '_, N>,
) -> Result<ControlFlow<()>, ListError> {
    let category = match medium.category.get() {
        "" => None,
        text => match text.parse::<u32>() {
            Ok(category) => Some(category),
            Err(_) => {
                let reason = Reason::Value { field: "Category", expected: "a whole number" };
                return Ok(output.quarantine(place, reason));
            }
        },
    };
    if rules.role == Role::Allow && category.is_some_and(|category| rules.is_abuse(category)) {
        let why = "there is a medium in a category of abuse, so that this is no set of harmless files";
        return Err(role_error(Format::Vics, Role::Allow, place.line, why));
    }
    let md5 = medium.md5.get();
    if md5.is_empty() {
        return Ok(output.quarantine(place, Reason::Missing { field: "MD5" }));
    }
    key.clear();
    key.push_str(md5);
    key.make_ascii_lowercase();
    if md5.len() != 2 * DigestKind::Md5.bytes() {
        // One key for all encodings.
        if let Ok(digest) = encoding::digest(DigestKind::Md5, md5) {
            *key = digest.to_string();
        }
    }
    let updated = time::read(medium.updated.get());
    let is_taken = match category {
        Some(category) => rules.is_taken(category),
        None => rules.role == Role::Allow,
    };
    if !is_taken {
        match category {
            Some(category) => rules.class(category, class),
            None => "without a category".clone_into(class),
        }
        return Ok(output.leave_out(place, "", Some(key), updated, Why::OtherClass { class }));
    }
    let fields = Fields {
        hash: medium.pdq.get(),
        kind: if medium.pdq.get().is_empty() { "" } else { "pdq" },
        md5,
        sha1: medium.sha1.get(),
        sha256: medium.sha256.get(),
        photodna: medium.photodna.get(),
        id: or(medium.id.get(), key),
        classification: medium.category.get(),
        jurisdiction,
        opinion: if medium.is_suspected.is_true() { Opinion::Seed } else { Opinion::Unstated },
        key: Some(key),
        updated,
        ..Fields::default()
    };
    Ok(output.record(place, Ok(fields)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_stands_in_the_context() {
        for (context, country) in [
            ("http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media", ""),
            ("http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/Default/$metadata#Media", "Default"),
            ("http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/UK/$metadata#Cases", "UK"),
            ("", ""),
        ] {
            assert_eq!(country_of(context), country, "{context}");
        }
    }
}
