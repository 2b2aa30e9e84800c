//! Stores that are not written or read, manifests and keys that are refused.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use lookalike::hash::Profile;
use lookalike::index::Source;
use lookalike::mmap::Opener;
use lookalike::store::manifest::{FileDigest, Freshness, Guard, Keys, Manifest, verify};
use lookalike::store::{Contents, Staged, Store, Writer};

use crate::Messages;
use crate::manifest_support::{
    DAY, FILE, NOW, Signer, accept, ask, ask_at, entries, first, keys, later, machine, made_by_minisign, signers, table,
};
use crate::store_support::{PROFILE, contents, hash, store};

struct Failing(bool);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        buffer.fill(b' ');
        if self.0 { Ok(buffer.len()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }
}

/// What was written, and instead of what.
fn instead(from: &str, to: &str) -> String {
    let shown = |text: &str| if text.is_empty() { "nothing".into() } else { text.trim().escape_debug().to_string() };
    format!("{} instead of {}", shown(to), shown(from))
}

pub(crate) fn messages(m: &mut Messages) {
    stores(m);
    manifests(m);
    order(m);
    warnings(m);
    keys_files(m);
}

fn stores(m: &mut Messages) {
    m.section("a store");
    let directory = tempfile::tempdir().unwrap();
    m.hide(directory.path());
    let root = directory.path();
    m.refused("not a store, read", Store::open(root));
    m.refused("not a store, written", Writer::<8>::open(root));
    fs::write(root.join("photo.jpg"), "").unwrap();
    m.refused("other files", Writer::<8>::init(root, PROFILE));
    m.refused("below a file", Writer::<8>::init(root.join("photo.jpg/store"), PROFILE));
    let at = root.join("store");
    let mut writer = store(&at, 0..3);
    m.refused("written elsewhere", Writer::<8>::open(&at));
    m.refused("nothing", writer.publish(Contents::new(PROFILE).unwrap()));
    let mut others = Contents::<8>::new(Profile::Dhash64).unwrap();
    others.add(Some(hash(1)), &[], Source { list: "L", ..Source::default() }, None).unwrap();
    m.refused("another profile", writer.publish(others));
    m.refused("another width", Contents::<8>::new(Profile::Pdq));
    m.refused("an entry of no hash", contents("L", 0..1).add(None, &[], Source::default(), None));
    m.refused("no such entry", writer.change().remove("L", "77"));
    m.refused("no such generation", writer.roll_back(Some(77)));
    let staged = Staged::new(&at, contents("L", 10..20), Opener::default()).unwrap();
    m.refused("staged twice", Staged::new(&at, contents("L", 10..20), Opener::default()));
    drop((staged, writer));

    let record = fs::read_to_string(at.join("generations/2.json")).unwrap();
    let mut indexes = fs::read_dir(at.join("indexes")).unwrap().map(|entry| entry.unwrap().path());
    let is_index = |path: &Path| path.extension().is_some_and(|kind| kind == "idx");
    let index =
        indexes.find(|path| is_index(path) && record.contains(path.file_stem().unwrap().to_str().unwrap())).unwrap();
    m.mask(index.file_stem().unwrap().display(), "SHA256");
    for path in [at.join("CURRENT"), at.join("generations/2.json"), index] {
        let name = path.file_name().unwrap().to_str().unwrap().replace(|letter: char| !letter.is_alphabetic(), "");
        let name = if is_index(&path) { "index" } else { &name };
        let good = fs::read(&path).unwrap();
        fs::write(&path, &good[..good.len() / 2]).unwrap();
        m.refused(&format!("{name} cut"), Store::open_with(&at, Opener::owned()));
        fs::write(&path, "").unwrap();
        m.refused(&format!("{name} empty"), Store::open_with(&at, Opener::owned()));
        fs::remove_file(&path).unwrap();
        m.refused(&format!("{name} gone"), Store::open_with(&at, Opener::owned()));
        fs::write(&path, good).unwrap();
    }
    fs::write(at.join("CURRENT"), "lookalike store 99\n").unwrap();
    m.refused("CURRENT of another version", Store::open(&at));
}

fn manifests(m: &mut Messages) {
    m.section("a manifest");
    let (signer, one, ..) = machine();
    let text = first().to_json().unwrap();
    let signature = signer.sign(&text);
    let asked = |text: &[u8], signatures: &[&str], list: &str| {
        verify(text, signatures, list, &one, None, NOW, &Guard::new()).map(drop)
    };
    m.refused("endless", Manifest::read_text(Failing(true)));
    m.refused("unreadable", Manifest::read_text(Failing(false)));
    m.refused("cut", asked(&text[..100], &[&signature], "hotline"));
    m.refused("of another list", asked(&text, &[&signature], "forum"));
    let mut forum = first();
    forum.list = "forum".into();
    let forum = forum.to_json().unwrap();
    m.refused("of a list without keys", asked(&forum, &[&signer.sign(&forum)], "forum"));
    m.refused("unsigned", asked(&text, &[], "hotline"));
    m.refused("no signature", asked(&text, &["hello"], "hotline"));
    m.refused("old signature", {
        let (manifest, keys) = (made_by_minisign("hotline.json"), made_by_minisign("keys.toml"));
        let old = made_by_minisign("hotline.json.legacy.minisig");
        verify(manifest.as_bytes(), &[&old], "hotline", &Keys::parse(&keys).unwrap(), None, NOW, &Guard::new())
    });
    m.refused("long signature", asked(&text, &[&signature.replacen("a comment", &"long ".repeat(4000), 1)], "hotline"));
    m.refused("many signatures", asked(&text, &vec![&*signature; 65], "hotline"));
    let mut other = first();
    other.jurisdiction = "US".into();
    m.refused("another's signature", asked(&other.to_json().unwrap(), &[&signature], "hotline"));

    let json = String::from_utf8(text).unwrap();
    for (from, to) in [
        ("manifest 1", "manifest 2"),
        ("\n  ", "\n\t"),
        ("\"epoch\": 1,", "\"epoch\": 0,"),
        ("\"epoch\": 1,", "\"epoch\": -1,"),
        ("\"epoch\": 1,", "\"epoch\": 1, \"unknown\": 1,"),
        ("  \"previous\": null,\n", ""),
        ("\"radius\": 31", "\"radius\": 257"),
        ("T06:00:00Z", "T06:00:00.5Z"),
        ("2026-12-25", "2026-11-24"),
        ("\"pdq\"", "\"PDQ\""),
        ("\"hotline\"", "\" \""),
        ("\"hotline\"", "\"a\\u0007\""),
        ("\"sequence\": 1,", "\"sequence\": 2,"),
    ] {
        m.refused(&instead(from, to), asked(json.replace(from, to).as_bytes(), &[], "hotline"));
    }
    m.refused(
        "a long text",
        asked(json.replace("\"GB\"", &format!("\"{}\"", "x".repeat(201))).as_bytes(), &[], "hotline"),
    );

    m.section("the keys that sign a manifest");
    let [a, b, stranger] = signers(["a", "b", "stranger"]);
    let two = keys(1, 2, &[&a, &b], None);
    m.mask(format!("{:016X}", u64::from_le_bytes(stranger.1.pk.keynum().try_into().unwrap())), "KEY");
    m.refused("too few", ask(&first(), &[&a], &two, None));
    m.refused("twice the same", ask(&first(), &[&a, &a], &two, None));
    m.refused("unknown", ask(&first(), &[&a, &stranger], &two, None));
    let before = accept(ask(&first(), &[&a, &b], &two, None).unwrap());
    let mut rotated = later(2, &first(), 2);
    rotated.epoch = 2;
    m.refused("new keys", ask(&rotated, &[&a, &b], &two, Some(&before)));
    m.refused("no former keys", ask(&rotated, &[&a, &b], &keys(2, 1, &[&b], None), Some(&before)));
    m.refused("former keys", ask(&first(), &[&a, &b], &keys(2, 1, &[&b], None), None));

    m.section("a list and its manifest");
    let mut verified = ask(&first(), &[&signer], &one, None).unwrap();
    m.refused("file not checked", verified.seen());
    m.refused("another length", verified.check_file(FileDigest::of(b"")));
    m.refused("another file", verified.check_file(FileDigest::of(FILE.replacen('f', "0", 1).as_bytes())));
    verified.check_file(FileDigest::of(FILE.as_bytes())).unwrap();
    m.refused("entries not checked", verified.seen());
    m.refused("fewer entries", verified.check_entries(entries(&FILE[..65])));
    m.refused("other entries", verified.check_entries(entries(&FILE.replacen('f', "0", 1))));
    m.refused("endless file", verified.measure(Failing(true)).finish());
    m.refused("unreadable file", verified.measure(Failing(false)).finish());
}

fn order(m: &mut Messages) {
    m.section("a manifest after another");
    let (signer, one, fifth, seen) = machine();
    let next = |manifest: &Manifest| ask(manifest, &[&signer], &one, Some(&seen));
    m.refused("older", next(&later(4, &first(), 100)));
    m.refused("far ahead", next(&later(20_000_000, &fifth, 100)));
    let mut other = fifth.clone();
    other.jurisdiction = "US".into();
    m.refused("of the same number", next(&other));
    m.refused("of another chain", next(&later(6, &first(), 100)));
    let mut earlier = later(6, &fifth, 100);
    earlier.created -= DAY;
    m.refused("made before", next(&earlier));
    let mut profile = later(6, &fifth, 100);
    (profile.profile, profile.radius) = (Profile::Phash256, 16);
    m.refused("of another profile", next(&profile));
    m.refused("growth", next(&later(6, &fifth, 151)));
    m.refused("shrinking", next(&later(6, &fifth, 89)));
    let at = |now| ask_at(now, &fifth, &[&signer], &one, Some(&seen), &Guard::new());
    m.refused("clock set back", at(NOW - DAY / 2));
    m.refused("from the future", ask_at(NOW - 40 * DAY, &fifth, &[&signer], &one, None, &Guard::new()));
    m.refused("expired", at(NOW + 40 * DAY));
}

fn warnings(m: &mut Messages) {
    m.section("warnings of a manifest that is accepted");
    let (signer, one, fifth, seen) = machine();
    m.say("first", &ask(&first(), &[&signer], &one, None).unwrap().warnings()[0]);
    m.say("first seen", &ask(&fifth, &[&signer], &one, None).unwrap().warnings()[0]);
    m.say("skipped", &ask(&later(8, &first(), 100), &[&signer], &one, Some(&seen)).unwrap().warnings()[0]);
    let guard = Guard::new().accept_size(true);
    let grown = ask_at(NOW, &later(6, &fifth, 151), &[&signer], &one, Some(&seen), &guard).unwrap();
    m.say("accepted", &grown.warnings()[0]);
    let new = Signer::new("new");
    let mut rotated = later(6, &fifth, 100);
    rotated.epoch = 2;
    let both = keys(2, 1, &[&new], Some((1, &[&signer])));
    m.say("new keys", &ask(&rotated, &[&signer, &new], &both, Some(&seen)).unwrap().warnings()[0]);
    m.say("fresh", Freshness::Fresh { until: NOW });
    m.say("stale", Freshness::Stale { since: NOW });
}

fn keys_files(m: &mut Messages) {
    m.section("a keys file");
    let [a, b] = signers(["a", "b"]);
    let tables = [table(&[&a, &b]), table(&[&a])];
    let good = format!(
        "version = 1\n[[list]]\nname = \"hotline\"\nepoch = 2\nthreshold = 1\n{}\n[[list.former]]\nepoch = 1\nthreshold = 1\n{}\n",
        tables[0], tables[1]
    );
    Keys::parse(&good).unwrap();
    for (from, to) in [
        ("version = 1", "version = 2"),
        ("version = 1", ""),
        ("name = \"hotline\"", "name = \" \""),
        ("epoch = 2", "epoch = 0"),
        ("epoch = 2", "epoch = 1"),
        ("epoch = 2", "epochs = 2"),
        ("threshold = 1", "threshold = 0"),
        ("threshold = 1", "threshold = 3"),
        ("threshold = 1", "threshold = \"1\""),
        ("epoch = 2", "epoch = 2\non-stale = \"ask\""),
        ("key = \"RW", "key = \"RX"),
        ("name = \"b\"", "name = \"a\""),
    ] {
        m.refused(&instead(from, to), Keys::parse(&good.replacen(from, to, 1)));
    }
    m.refused("no keys", Keys::parse(&good.replacen(&tables[0], "keys = []", 1)));
    let same = good.replacen(&b.1.pk.to_base64(), &a.1.pk.to_base64(), 1);
    m.refused("one key under two names", Keys::parse(&same));
    m.refused("one list twice", Keys::parse(&format!("{good}{}", good.replacen("version = 1", "", 1))));
    m.refused("too large", Keys::parse(&" ".repeat(Keys::MAX_BYTES + 1)));
    m.refused("endless", Keys::read_text(Failing(true)));
    m.refused("unreadable", Keys::read_text(Failing(false)));
    m.refused("not UTF-8", Keys::read_text(&b"\xff"[..]));
}
