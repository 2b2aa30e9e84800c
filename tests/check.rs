//! Picture files against lists, whole: what an upload service calls.

#![cfg(feature = "check")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;

use std::sync::Arc;

use decode_support::{SIDE, png_of_shapes as png, shapes};
use lookalike::check::{Confirm, Digester, LiveLookup, Lookup, LookupError, RuleBook};
use lookalike::decode::{self, Limits};
use lookalike::entry::{Digest, DigestKind, Role};
use lookalike::hash::{Bits256, ClassicStream, Dihedral, PdqProfile, Profile};
use lookalike::index::{Builder, Index, Source};
use lookalike::matching::{Outcome, Policy, PolicyFile};
use lookalike::mmap::FileBytes;
use lookalike::store::{Contents, Snapshot, Store, Writer};

fn mirrored(pixels: &[u8]) -> Vec<u8> {
    pixels.chunks(SIDE as usize).flat_map(|row| row.iter().rev().copied()).collect()
}

fn pdq(file: &[u8]) -> Bits256 {
    decode::pdq(file, &Limits::default(), PdqProfile::FullResolution).unwrap().pdq().hash
}

/// The hash with its first `count` bits turned.
fn near(hash: Bits256, count: usize) -> Bits256 {
    let mut near = hash;
    let bits = near.bits_mut();
    (0..count).for_each(|bit| bits.set(bit, !bits[bit]));
    near
}

fn source<'a>(list: &'a str, id: &'a str, role: Role) -> Source<'a> {
    Source { list, id, role, ..Source::default() }
}

fn snapshot(entries: &[(Bits256, &str, Role)]) -> Arc<Snapshot> {
    let mut builder = Builder::new(Profile::Pdq).unwrap();
    for (number, (hash, list, role)) in entries.iter().enumerate() {
        builder.add(*hash, source(list, &number.to_string(), *role)).unwrap();
    }
    opened(builder.finish().unwrap())
}

fn opened(bytes: Vec<u8>) -> Arc<Snapshot> {
    Arc::new(Snapshot::from(Index::open(FileBytes::Owned(bytes)).unwrap()))
}

fn plain(snapshot: Arc<Snapshot>) -> Lookup {
    let profile = snapshot.profile();
    Lookup::new(snapshot, Policy::new(profile), RuleBook::plain(profile, profile.default_radius(), 50)).unwrap()
}

fn outcome(lookup: &Lookup, file: &[u8]) -> Outcome<()> {
    lookup.check(file, &Limits::default(), None).unwrap().verdict.outcome
}

#[test]
fn a_listed_picture_matches_as_it_is_and_mirrored_and_another_does_not() {
    let (listed, other) = (png(&shapes(1)), png(&shapes(2)));
    let lookup = plain(snapshot(&[(near(pdq(&listed), 5), "hotline", Role::Abuse)]));
    let checked = lookup.check(&listed, &Limits::default(), None).unwrap();
    assert_eq!(checked.verdict.outcome, Outcome::Match(()));
    let [found] = &checked.verdict.matches[..] else { panic!("one entry: {checked:?}") };
    assert_eq!((found.list.as_str(), found.distance, found.transform), ("hotline", 5, Dihedral::Original));
    assert_eq!((checked.frames, checked.header.unwrap().width, checked.hash), (1, SIDE, Some(pdq(&listed))));
    assert!(checked.quality.unwrap() >= 50);

    let turned = lookup.check(&png(&mirrored(&shapes(1))), &Limits::default(), None).unwrap();
    assert_eq!(turned.verdict.outcome, Outcome::Match(()));
    assert_eq!(turned.verdict.matches[0].transform, Dihedral::FlipY);
    assert_eq!(outcome(&lookup, &other), Outcome::NoMatch);
}

#[test]
fn what_could_not_be_checked_is_never_no_match() {
    let file = png(&shapes(1));
    let lookup = plain(snapshot(&[(near(pdq(&file), 128), "hotline", Role::Abuse)]));
    assert_eq!(outcome(&lookup, &file), Outcome::NoMatch);
    let flat = png(&vec![90; (SIDE * SIDE) as usize]);
    let half = &file[..file.len() / 2];
    for (bytes, name) in
        [(&flat[..], "low_quality"), (half, "corrupt"), (b"", "unsupported"), (b"%PDF-1.7", "unsupported")]
    {
        let checked = lookup.check(bytes, &Limits::default(), None).unwrap();
        assert_eq!(checked.verdict.outcome.name(), name);
        assert!(!checked.verdict.outcome.was_checked());
        assert!(checked.detail.is_some_and(|detail| !detail.is_empty()), "{name} says why");
    }
    let small = Limits::default().max_pixels(100);
    let checked = lookup.check(&file, &small, None).unwrap();
    assert_eq!(
        checked.verdict.outcome,
        Outcome::OverLimit { what: "pixels", found: u64::from(SIDE * SIDE), allowed: 100 }
    );
}

#[test]
fn roles_of_lists_decide() {
    let file = png(&shapes(3));
    let hash = pdq(&file);
    let test = plain(snapshot(&[(hash, "trial", Role::Test)]));
    assert_eq!(outcome(&test, &file), Outcome::Test(()));
    let both = plain(snapshot(&[(hash, "trial", Role::Test), (near(hash, 30), "hotline", Role::Abuse)]));
    assert_eq!(outcome(&both, &file), Outcome::Match(()));
    let allowed = plain(snapshot(&[(near(hash, 4), "hotline", Role::Abuse), (hash, "known good", Role::Allow)]));
    let checked = allowed.check(&file, &Limits::default(), None).unwrap();
    assert_eq!(checked.verdict.outcome, Outcome::NoMatch);
    assert_eq!((checked.verdict.matches.len(), checked.verdict.held.len()), (0, 1), "what was held back is told");
}

#[test]
fn a_listed_digest_counts_whatever_the_file_is() {
    let broken = b"no picture at all";
    let digest = {
        let mut digester = Digester::new([DigestKind::Sha256]);
        digester.update(broken);
        digester.finish()[0]
    };
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    builder.add_entry(None, &[digest], source("files", "7", Role::Abuse)).unwrap();
    let lookup = plain(opened(builder.finish().unwrap()));
    let checked = lookup.check(broken, &Limits::default(), None).unwrap();
    assert_eq!(checked.verdict.outcome, Outcome::Match(()));
    assert!(checked.verdict.matches[0].is_exact() && matches!(digest, Digest::Sha256(_)));
    assert!(checked.detail.unwrap().starts_with("it could not be looked up as a picture"));
}

#[test]
fn classic_hashes_are_looked_up_turned_too() {
    let pixels = shapes(4);
    let (file, turned) = (png(&pixels), png(&mirrored(&pixels)));
    let picture = decode::decode(&file, &Limits::default()).unwrap();
    let profile = Profile::Phash64;
    let hash = ClassicStream::of_image(&picture.image(), &[profile]).unwrap().bits64(profile).unwrap();
    let mut builder = Builder::new(profile).unwrap();
    builder.add(hash, source("hotline", "1", Role::Abuse)).unwrap();
    let lookup = plain(opened(builder.finish().unwrap()));
    assert_eq!(outcome(&lookup, &file), Outcome::Match(()));
    let checked = lookup.check(&turned, &Limits::default(), None).unwrap();
    assert_eq!(checked.verdict.matches[0].transform, Dihedral::FlipY);
    assert_eq!(outcome(&lookup, &png(&vec![90; (SIDE * SIDE) as usize])).name(), "low_quality");
}

#[test]
fn rules_that_never_match_are_refused() {
    let hash = pdq(&png(&shapes(1)));
    let policy = |text: &str| RuleBook::of_file(PolicyFile::parse(text, Profile::Pdq).unwrap());
    let refused = |rules: RuleBook| {
        let snapshot = snapshot(&[(hash, "hotline", Role::Abuse)]);
        Lookup::new(snapshot, Policy::new(Profile::Pdq), rules).map(|_| ()).unwrap_err()
    };
    assert!(matches!(refused(policy("version = 1\n[quorum]\nlists = 2\n")), LookupError::NeverMet(_)));
    let confirmed =
        "version = 1\n[[list]]\nname = \"hotline\"\nconfirm = true\n[confirm]\nindex = \"second.idx\"\nradius = 4\n";
    match PolicyFile::parse(confirmed, Profile::Pdq) {
        Ok(file) => assert!(matches!(refused(RuleBook::of_file(file)), LookupError::NeverConfirmed { .. })),
        Err(error) => panic!("the policy is one: {error}"),
    }
    assert!(matches!(
        Lookup::new(
            snapshot(&[(hash, "a", Role::Abuse)]),
            Policy::new(Profile::Pdq).radius(257),
            RuleBook::plain(Profile::Pdq, 31, 50)
        ),
        Err(LookupError::Radius { found: 257, .. })
    ));
}

#[test]
fn a_second_index_confirms_or_holds_back() {
    let (file, other) = (png(&shapes(5)), png(&shapes(6)));
    let text =
        "version = 1\n[[list]]\nname = \"hotline\"\nconfirm = true\n[confirm]\nindex = \"second.idx\"\nradius = 4\n";
    let checked = |second: &[u8]| {
        let picture = decode::decode(second, &Limits::default()).unwrap();
        let hash =
            ClassicStream::of_image(&picture.image(), &[Profile::Phash64]).unwrap().bits64(Profile::Phash64).unwrap();
        let mut builder = Builder::new(Profile::Phash64).unwrap();
        builder.add(hash, source("hotline", "0", Role::Abuse)).unwrap();
        let second = Index::open(FileBytes::Owned(builder.finish().unwrap())).unwrap();
        let confirm = Some(Arc::new(Confirm::new(second, 4).unwrap()));
        let first = snapshot(&[(pdq(&file), "hotline", Role::Abuse)]);
        let rules = RuleBook::of_file(PolicyFile::parse(text, Profile::Pdq).unwrap());
        let lookup = Lookup::confirmed(first, Policy::new(Profile::Pdq), rules, confirm).unwrap();
        outcome(&lookup, &file)
    };
    assert_eq!(checked(&file), Outcome::Match(()));
    assert_eq!(checked(&other), Outcome::NoMatch);
}

#[test]
fn a_store_is_followed_from_picture_to_picture() {
    let directory = tempfile::tempdir().unwrap();
    let file = png(&shapes(7));
    let mut writer = Writer::<32>::init(directory.path(), Profile::Pdq).unwrap();
    let store = Arc::new(Store::open(directory.path()).unwrap());
    let live = |store: &Arc<Store>| {
        LiveLookup::new(Arc::clone(store), Policy::new(Profile::Pdq), RuleBook::plain(Profile::Pdq, 31, 50), None)
    };
    assert!(matches!(live(&store), Err(LookupError::Empty)), "an empty store finds everything clean");

    let mut contents = Contents::new(Profile::Pdq).unwrap();
    contents.add(Some(near(pdq(&file), 128)), &[], source("hotline", "far", Role::Abuse), None).unwrap();
    writer.publish(contents).unwrap();
    store.reload().unwrap();
    let live = live(&store).unwrap();
    let checked = || {
        let lookup = live.current(0).unwrap();
        (lookup.snapshot().generation().unwrap(), outcome(&lookup, &file))
    };
    assert_eq!(checked(), (2, Outcome::NoMatch));
    let mut change = writer.change();
    change.add(Some(pdq(&file)), &[], source("hotline", "near", Role::Abuse), None).unwrap();
    change.commit().unwrap();
    assert_eq!(checked(), (2, Outcome::NoMatch), "not before it is loaded");
    assert!(store.reload().unwrap());
    assert_eq!(checked(), (3, Outcome::Match(())));
    assert_eq!(live.refused(), None);
}
