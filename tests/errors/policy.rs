//! Policy files that are no rules.

use lookalike::hash::Profile;
use lookalike::matching::Policy;

use crate::Messages;

/// What is written behind `version = 1`.
const MISTAKES: &[&str] = &[
    "raduis = 3",
    "[default]\nraduis = 3",
    "[default]\nradius = 257",
    "[default]\nradius = -1",
    "[default]\nradius = '31'",
    "[default]\nradius = 3.5",
    "[default]\nradius = true",
    "[default]\nname = 'x'",
    "[default]\nclasses = { A = 'a' }",
    "[default]\nminimum-quality = 101",
    "[default]\ntrust = 'trusted'",
    "[default]\ntrust = true",
    "[default]\njurisdiction = ''",
    "[default]\nconfirm = 'yes'",
    "[default]\nconfirm = true",
    "[default]\nlow-quality = 60",
    "[default]\nlow-quality = { below = 60 }",
    "[default]\nlow-quality = { below = 0, radius = 3 }",
    "[default]\nradius = 20\nlow-quality = { below = 60, radius = 21 }",
    "[default]\nlow-quality = { below = 50, radius = 3 }",
    "[[list]]\nradius = 3",
    "[list]\nname = 'a'",
    "[[list]]\nname = ''",
    "[[list]]\nname = 'a'\n[[list]]\nname = 'a'",
    "[[list]]\nname = 'a'\nname = 'b'",
    "[quorum]\nlists = -2",
    "[quorum]\nnear = 300",
    "[quorum]\ncountries = 2",
    "[allow]\nradius = 900",
    "[[mute]]\nlist = 'a'",
    "[[mute]]\nlist = 'a'\nentry = ''",
    "[[mute]]\nlist = 'a'\nentry = '1'\nuntil = '2027-01-31'",
    "[[mute]]\nlist = 'a'\nentry = '1'\nuntil = 2027-01-31T12:00:00",
    "[[mute]]\nlist = 'a'\nentry = '1'\nuntil = 12:00:00",
    "[confirm]\nradius = 8",
    "[confirm]\nindex = 'x.idx'",
    "[quorum",
];

pub(crate) fn messages(m: &mut Messages) {
    m.section("a policy file");
    m.refused("(empty)", Policy::parse("", Profile::Pdq));
    m.refused("version = 2", Policy::parse("version = 2", Profile::Pdq));
    for mistake in MISTAKES {
        let text = format!("version = 1\n{mistake}\n");
        m.refused(&mistake.replace('\n', " | "), Policy::parse(&text, Profile::Pdq));
    }
}
