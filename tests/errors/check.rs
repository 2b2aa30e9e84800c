//! Lists that no picture can be checked against.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use lookalike::check::CheckError;
use lookalike::hash::views::ViewSet;
use lookalike::hash::{HashBits, Profile};
use lookalike::index::{Builder, Source};
use lookalike::matching::{Policy, SearchOptions};
use lookalike::store::{Store, Writer};
use lookalike::{Checker, Lists};

use crate::Messages;
use crate::manifest_support::{DAY, NOW, machine};
use crate::store_support::{PROFILE, contents, store};

fn index<const N: usize>(profile: Profile) -> Vec<u8> {
    let mut builder = Builder::<N>::new(profile).unwrap();
    let hash = HashBits::from_bytes(std::array::from_fn(|at| 0x5a ^ at as u8));
    builder.add(hash, Source { list: "hotline", id: "1", ..Source::default() }).unwrap();
    builder.finish().unwrap()
}

fn lists<const N: usize>(profile: Profile) -> Lists {
    Lists::from_bytes(index::<N>(profile)).unwrap()
}

fn by_policy(directory: &Path, text: &str) -> Result<Checker, CheckError> {
    let path = directory.join("policy.toml");
    fs::write(&path, text).unwrap();
    Checker::builder(lists::<32>(Profile::Pdq)).policy_file(path)?.build()
}

fn following(directory: &Path, now: i64) -> Result<Checker, CheckError> {
    Checker::builder(Lists::from_store(Arc::new(Store::open(directory).unwrap()))).clock(now).build()
}

pub(crate) fn messages(m: &mut Messages) {
    m.section("lists that pictures are not checked against");
    let directory = tempfile::tempdir().unwrap();
    let at = |name| directory.path().join(name);
    m.hide(directory.path());
    let (pdq, phash) = (Profile::Pdq, Profile::Phash64);
    m.refused("not there", Lists::open(at("known.idx")));
    fs::write(at("picture.idx"), "GIF89a, and what follows").unwrap();
    m.refused("not an index", Lists::open(at("picture.idx")));
    m.refused("not an index in memory", Lists::from_bytes(b"GIF89a, and what follows".to_vec()));
    m.refused("a directory", Lists::open(directory.path()));
    let views = SearchOptions::new(pdq).with_views(ViewSet::Standard);
    m.refused("views", Checker::builder(lists::<8>(phash)).search(views).build());
    m.refused("radius", Checker::builder(lists::<32>(pdq)).policy(Policy::new(pdq).radius(257)).build());
    let checker = Checker::new(lists::<32>(pdq)).unwrap();
    m.refused("hashes of another profile", checker.check_pictures::<8>(phash, &[]));

    m.refused("no policy", Checker::builder(lists::<32>(pdq)).policy_file(at("gone.toml")));
    m.refused("bad policy", by_policy(directory.path(), "version = 1\nraduis = 3\n"));
    let confirming = "version = 1\n[[list]]\nname = 'hotline'\nconfirm = true\n[confirm]\nindex = 'second.idx'\n";
    m.refused("no second index", by_policy(directory.path(), confirming));
    let mut other = Builder::<8>::new(phash).unwrap();
    let hash = HashBits::from_bytes(*b"\x5a\xa5\x3c\xc3\x0f\xf0\x69\x96");
    other.add(hash, Source { list: "forum", id: "1", ..Source::default() }).unwrap();
    fs::write(at("second.idx"), other.finish().unwrap()).unwrap();
    m.refused("second index of another list", by_policy(directory.path(), confirming));
    fs::write(at("second.idx"), index::<8>(phash)).unwrap();
    m.refused("radius of the second index", by_policy(directory.path(), &format!("{confirming}radius = 65\n")));
    let confirmed = by_policy(directory.path(), confirming).unwrap();
    m.refused("hashes where pictures confirm", confirmed.check_pictures::<32>(pdq, &[]));
    m.refused(
        "a policy that nothing meets",
        by_policy(directory.path(), "version = 1\n[quorum]\nlists = 9\njurisdictions = 9\nverified = 9\n"),
    );

    let empty = at("empty");
    drop(Writer::<8>::init(&empty, PROFILE).unwrap());
    m.refused("empty store", following(&empty, NOW));
    let signed = at("signed");
    let mut writer = store(&signed, 0..3);
    let (.., mut seen) = machine();
    seen.refuses_stale = true;
    writer.remember("L", seen);
    writer.publish(contents("L", 0..3)).unwrap();
    m.refused("expired list", following(&signed, NOW + 40 * DAY).and_then(|checker| checker.check(b"")));
}
