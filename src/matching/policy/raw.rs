//! The file's tables as they stand there, each value with its place.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use toml::Spanned;
use toml::value::Datetime;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawPolicy {
    pub(super) version: Option<Spanned<Whole>>,
    #[serde(default)]
    pub(super) default: Option<Spanned<RawList>>,
    #[serde(default)]
    pub(super) list: Vec<Spanned<RawList>>,
    pub(super) quorum: Option<RawQuorum>,
    pub(super) allow: Option<RawAllow>,
    #[serde(default)]
    pub(super) mute: Vec<Spanned<RawMute>>,
    pub(super) confirm: Option<Spanned<RawConfirm>>,
}

/// `[default]`, or one `[[list]]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawList {
    pub(super) name: Option<Spanned<Text>>,
    pub(super) radius: Option<Spanned<Whole>>,
    pub(super) minimum_quality: Option<Spanned<Whole>>,
    pub(super) low_quality: Option<Spanned<RawLowQuality>>,
    pub(super) trust: Option<Spanned<Text>>,
    pub(super) action: Option<Text>,
    pub(super) jurisdiction: Option<Spanned<Text>>,
    pub(super) confirm: Option<Spanned<Flag>>,
    #[serde(default)]
    pub(super) classes: Option<Spanned<BTreeMap<String, Text>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawLowQuality {
    pub(super) below: Option<Spanned<Whole>>,
    pub(super) radius: Option<Spanned<Whole>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawQuorum {
    pub(super) lists: Option<Spanned<Whole>>,
    pub(super) jurisdictions: Option<Spanned<Whole>>,
    pub(super) verified: Option<Spanned<Whole>>,
    pub(super) near: Option<Spanned<Whole>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawAllow {
    pub(super) radius: Option<Spanned<Whole>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawMute {
    pub(super) list: Option<Spanned<Text>>,
    pub(super) entry: Option<Spanned<Text>>,
    pub(super) until: Option<Spanned<Moment>>,
    pub(super) reason: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawConfirm {
    pub(super) index: Option<Spanned<Text>>,
    pub(super) radius: Option<Spanned<Whole>>,
}

/// A number, expected in plain words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole(pub(super) i64);

/// A text, expected in plain words.
#[derive(Clone, Debug, Default)]
pub(super) struct Text(pub(super) String);

/// A yes or no, expected in plain words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flag(pub(super) bool);

/// A time as TOML writes it, or the text that stands in its place.
#[derive(Clone, Debug)]
pub(super) enum Moment {
    Time(Datetime),
    Quoted,
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Plain;
        impl Visitor<'_> for Plain {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number without quotes, such as 31")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
                Ok(Whole(number))
            }
        }
        deserializer.deserialize_i64(Plain)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Plain;
        impl Visitor<'_> for Plain {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes, such as \"hotline\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.into()))
            }
        }
        deserializer.deserialize_string(Plain)
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Plain;
        impl Visitor<'_> for Plain {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false, without quotes")
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }
        }
        deserializer.deserialize_bool(Plain)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Time(Datetime),
            Other(serde::de::IgnoredAny),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Time(time) => Self::Time(time),
            Either::Other(_) => Self::Quoted,
        })
    }
}
