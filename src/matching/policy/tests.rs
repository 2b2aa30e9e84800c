//! What files say, and what people get wrong in them.

use super::*;
use crate::entry::Opinion;
use crate::hash::Profile;
use crate::matching::{ListRule, LowQuality, Mute, Rules, Trust};
use alloc::string::ToString as _;
use alloc::vec::Vec;

/// The example that is shipped with the command line.
const EXAMPLE: &str = include_str!("../../../examples/cli/policy-example.toml");

#[test]
fn the_example_says_what_its_comments_say() {
    let policy = Policy::parse(EXAMPLE, Profile::Pdq).unwrap();
    let bound = policy.bind();
    let rules = bound.rules();
    assert_eq!(policy.lists().collect::<Vec<_>>(), ["ncmec", "stopncii", "forum"]);

    let other = rules.of("any other list");
    assert_eq!((other.radius, other.minimum_quality, other.action, other.trust), (31, 50, "review", Trust::Verified));
    assert_eq!((other.low_quality, other.confirm, other.jurisdiction), (None, false, ""));
    let ncmec = rules.of("ncmec");
    assert_eq!((ncmec.radius, ncmec.minimum_quality, ncmec.action, ncmec.jurisdiction), (31, 50, "block", "US"));
    let forum = rules.of("forum");
    assert_eq!((forum.radius, forum.minimum_quality, forum.confirm), (20, 60, true));
    assert_eq!(forum.low_quality, Some(LowQuality { below: 80, radius: 12 }));
    assert_eq!((forum.action, forum.trust_in(Opinion::Positive)), ("review", Trust::Seed));

    let quorum = rules.quorum;
    assert_eq!((quorum.lists, quorum.jurisdictions, quorum.verified, quorum.near), (2, 2, 1, 31));
    assert_eq!((rules.allow_radius, rules.confirm_radius), (10, 8));
    assert_eq!(policy.confirm().map(|(index, _)| index.to_str().unwrap()), Some("known-dhash.idx"));
    assert_eq!(rules.mutes.len(), 2);
    assert_eq!(rules.mutes[0], Mute { list: "forum", entry: "4711", until: Some(1_798_761_600_000) });
    assert_eq!(policy.reason("forum", "4711"), Some("a stock photograph; the forum was told"));
    assert_eq!((rules.mutes[1].until, policy.reason("forum", "4712")), (None, None));
    assert_eq!(policy.class("ncmec", "A1"), Some("prepubescent, sex act"));
    assert_eq!((policy.class("ncmec", "C"), policy.class("forum", "A1")), (None, None));
}

#[test]
fn what_is_left_out_is_the_profiles_default() {
    for profile in Profile::all() {
        let policy = Policy::parse("version = 1", profile).unwrap();
        let bound = policy.bind();
        assert_eq!(bound.rules(), Rules::new(ListRule::new("", profile.default_radius())), "{profile}");
    }
}

#[test]
fn a_list_has_what_the_default_says_unless_it_says_otherwise() {
    let text = "version = 1
[[list]]
name = 'narrow'
radius = 10
[[list]]
name = 'plain'
jurisdiction = 'NL'
[default]
radius = 25
action = 'look'
low-quality = { below = 90, radius = 15 }
";
    let policy = Policy::parse(text, Profile::Pdq).unwrap();
    let bound = policy.bind();
    let rules = bound.rules();
    assert_eq!(rules.of("plain"), &ListRule { name: "plain", jurisdiction: "NL", ..rules.default });
    let narrow = rules.of("narrow");
    assert_eq!((narrow.radius, narrow.action), (10, "look"));
    assert_eq!(narrow.low_quality, Some(LowQuality { below: 90, radius: 10 }), "no wider than the list itself");
}

#[test]
fn times_are_those_of_toml() {
    let until = |value: &str| {
        let text = alloc::format!("version = 1\n[[mute]]\nlist = 'a'\nentry = '1'\nuntil = {value}\n");
        Policy::parse(&text, Profile::Pdq).map(|policy| policy.mutes[0].until).map_err(|error| error.to_string())
    };
    assert_eq!(until("2027-01-31"), Ok(Some(1_801_353_600_000)));
    assert_eq!(until("2027-01-31T02:00:00+02:00"), Ok(Some(1_801_353_600_000)));
    assert_eq!(until("2027-01-31 00:00:00.25Z"), Ok(Some(1_801_353_600_250)));
    for (bad, why) in [
        ("'2027-01-31'", "line 5: until is not a time; allowed are a time with its zone, until = 2027-01-31T12:00:00Z"),
        ("7", "line 5: until is not a time; allowed are"),
        ("2027-01-31T12:00:00", "line 5: until has no time zone; allowed are"),
        ("12:00:00", "line 5: until has no date; allowed are"),
        ("2027-02-30", "line 5: "),
        ("tomorrow", "line 5: "),
    ] {
        let error = until(bad).unwrap_err();
        assert!(error.starts_with(why), "{bad}: {error}");
    }
}

/// Each mistake, on line 2 and following, and the words that must stand in the error, which begins with the line.
const MISTAKES: &[(&str, &str)] = &[
    (
        "raduis = 3",
        "line 2: the key `raduis` is not known here; allowed are `version`, `default`, `list`, `quorum`, `allow`, `mute`, `confirm`",
    ),
    (
        "[default]\nraduis = 3",
        "line 3: the key `raduis` is not known here; allowed are `name`, `radius`, `minimum-quality`",
    ),
    ("[default]\nradius = 257", "line 3: radius is 257; allowed are whole numbers from 0 to 256"),
    ("[default]\nradius = -1", "line 3: radius is -1; allowed are whole numbers from 0 to 256"),
    ("[default]\nradius = '31'", "line 3: found the text \"31\", expected a whole number without quotes, such as 31"),
    ("[default]\nradius = 3.5", "line 3: found the number `3.5`, expected a whole number"),
    ("[default]\nradius = true", "line 3: found the word `true`, expected a whole number"),
    ("[default]\nname = 'x'", "line 3: [default] has no name"),
    ("[default]\nclasses = { A = 'a' }", "line 3: [default] has no classes"),
    ("[default]\nminimum-quality = 101", "line 3: minimum-quality is 101; allowed are whole numbers from 0 to 100"),
    ("[default]\ntrust = 'trusted'", "line 3: trust is \"trusted\"; allowed are \"verified\" and \"seed\""),
    ("[default]\ntrust = true", "line 3: found the word `true`, expected a text in quotes"),
    ("[default]\njurisdiction = ''", "line 3: jurisdiction is empty; write it, or leave the key out"),
    ("[default]\nconfirm = 'yes'", "line 3: found the text \"yes\", expected true or false, without quotes"),
    ("[default]\nconfirm = true", "line 3: confirm = true needs a second index; add [confirm]"),
    (
        "[default]\nlow-quality = 60",
        "line 3: found the number 60, expected [ ] around the name of the table, or braces { }",
    ),
    ("[default]\nlow-quality = { below = 60 }", "line 3: low-quality needs both keys: { below = 70, radius = 20 }"),
    (
        "[default]\nlow-quality = { below = 0, radius = 3 }",
        "line 3: below is 0; allowed are whole numbers from 1 to 100",
    ),
    (
        "[default]\nradius = 20\nlow-quality = { below = 60, radius = 21 }",
        "line 4: the radius at low quality is 21, wider than the list's 20; it can only be tighter: 0 to 20",
    ),
    (
        "[default]\nlow-quality = { below = 50, radius = 3 }",
        "line 3: below is 50, but nothing below minimum-quality 50 counts anyway; allowed are whole numbers from 51 to 100",
    ),
    (
        "[default]\nminimum-quality = 100\nlow-quality = { below = 100, radius = 3 }",
        "line 4: below is 100, but nothing below minimum-quality 100 counts anyway; lower minimum-quality, or take low-quality away",
    ),
    ("[[list]]\nradius = 3", "line 2: this [[list]] has no name; write name ="),
    ("[list]\nname = 'a'", "line 2: found a table, expected [[ ]] around the name of the table, once for each"),
    ("[[list]]\nname = ''", "line 3: name is empty"),
    (
        "[[list]]\nname = 'a'\n[[list]]\nname = 'b'\n[[list]]\nname = 'a'",
        "line 7: the list \"a\" has rules in line 3 already; put them together",
    ),
    ("[[list]]\nname = 'a'\nname = 'b'", "line 4: duplicate key"),
    ("[quorum]\nlists = -2", "line 3: lists is -2; allowed are whole numbers from 0 to 1000"),
    ("[quorum]\nnear = 300", "line 3: near is 300; allowed are whole numbers from 0 to 256"),
    (
        "[quorum]\nlists = 2\ncountries = 2",
        "line 4: the key `countries` is not known here; allowed are `lists`, `jurisdictions`, `verified`, `near`",
    ),
    ("[allow]\nradius = 900", "line 3: radius is 900"),
    ("[[mute]]\nlist = 'a'", "line 2: [[mute]] needs a list and an entry"),
    ("[[mute]]\nlist = 'a'\nentry = ''", "line 4: entry is empty"),
    ("[confirm]\nradius = 8", "line 2: [confirm] needs the second index: index = \"FILE\""),
    ("[confirm]\nindex = 'x.idx'", "line 2: no list asks for [confirm]; write confirm = true below"),
    ("[quorum]\nlists = ", "line 3: "),
    ("[quorum", "line 2: "),
];

#[test]
fn mistakes_are_named_by_line_with_what_is_allowed() {
    for (mistake, words) in MISTAKES {
        let error = Policy::parse(&alloc::format!("version = 1\n{mistake}\n"), Profile::Pdq).unwrap_err();
        assert!(error.to_string().starts_with(words), "{mistake}\n{error}");
        assert!(!error.to_string().contains('\n') && !error.message().contains("Spanned"), "{error}");
    }
}

#[test]
fn a_file_without_its_version_is_refused() {
    let error = |text| Policy::parse(text, Profile::Pdq).unwrap_err().to_string();
    assert_eq!(error(""), "line 1: the key `version` is missing; write version = 1 as the first line");
    assert_eq!(error("\nversion = 2\n"), "line 2: version is 2; allowed is 1");
}

#[test]
fn a_radius_at_low_quality_may_be_that_of_the_list() {
    let text = "version = 1\n[default]\nradius = 20\nlow-quality = { below = 60, radius = 20 }\n";
    let policy = Policy::parse(text, Profile::Pdq).unwrap();
    assert_eq!(policy.bind().rules().default.low_quality, Some(LowQuality { below: 60, radius: 20 }));
}

#[test]
fn radiuses_end_at_the_length_of_the_hashes() {
    let text = "version = 1\n[default]\nradius = 65\n";
    assert!(Policy::parse(text, Profile::Dhash256).is_ok());
    let error = Policy::parse(text, Profile::Dhash64).unwrap_err();
    assert_eq!((error.line(), error.message()), (3, "radius is 65; allowed are whole numbers from 0 to 64"));
}
