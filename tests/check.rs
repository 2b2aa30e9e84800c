//! The front door: files against lists, by the one object that every interface uses.

#![cfg(feature = "check")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]
#![allow(clippy::cast_possible_truncation, reason = "test pictures are small")]

mod decode_support;

use std::borrow::Cow;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use decode_support::{SIDE, png_of_shapes as png, shapes};
use lookalike::check::{CheckError, CheckErrorKind, Decoder, Digester, InProcess, NotDecoded, PictureHasher, Status};
use lookalike::coverage::Whole;
use lookalike::decode::{self, Limits, Visitor};
use lookalike::entry::{Digest, DigestKind, Role};
use lookalike::hash::views::ViewSet;
use lookalike::hash::{Bits256, ClassicStream, Dihedral, PdqProfile, Profile};
use lookalike::index::{Builder, Source};
use lookalike::matching::{Outcome, Policy, SearchOptions};
use lookalike::store::manifest::Seen;
use lookalike::store::{Contents, Store, Writer};
use lookalike::{Checker, Lists};

const CLEAN: Outcome = Outcome::NoMatch(Whole::of_hash());

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

fn lists(entries: &[(Bits256, &str, Role)]) -> Lists {
    let mut builder = Builder::new(Profile::Pdq).unwrap();
    for (number, (hash, list, role)) in entries.iter().enumerate() {
        builder.add(*hash, source(list, &number.to_string(), *role)).unwrap();
    }
    Lists::from_bytes(builder.finish().unwrap()).unwrap()
}

fn plain(lists: Lists) -> Checker {
    Checker::new(lists).unwrap()
}

fn outcome(checker: &Checker, file: &[u8]) -> Outcome {
    checker.check(file).unwrap().outcome()
}

#[test]
fn a_listed_picture_matches_as_it_is_and_mirrored_and_another_does_not() {
    let (listed, other) = (png(&shapes(1)), png(&shapes(2)));
    let checker = plain(lists(&[(near(pdq(&listed), 5), "hotline", Role::Abuse)]));
    let report = checker.check(&listed).unwrap();
    assert_eq!(report.outcome(), Outcome::Match);
    let [found] = report.matches() else { panic!("one entry: {report:?}") };
    assert_eq!((&*found.entry.list, found.distance, found.transform), ("hotline", 5, Dihedral::Original));
    assert_eq!((report.frames(), report.header().unwrap().width), (1, SIDE));
    let (_, hash) = report.hashes().unwrap().iter().next().unwrap();
    assert_eq!((hash, report.bytes()), (&pdq(&listed).as_bytes()[..], Some(listed.len() as u64)));
    assert!(report.quality().unwrap() >= 50);

    let turned = checker.check(&png(&mirrored(&shapes(1)))).unwrap();
    assert_eq!((turned.outcome(), turned.matches()[0].transform), (Outcome::Match, Dihedral::FlipY));
    assert_eq!(outcome(&checker, &other), CLEAN);
}

#[test]
fn the_defaults_are_those_of_every_interface() {
    let file = png(&shapes(1));
    let checker = plain(lists(&[(pdq(&file), "hotline", Role::Abuse)]));
    let options = checker.options();
    assert_eq!((options.views(), options.dihedral(), options.screening()), (ViewSet::Standard, true, true));
    assert_eq!((checker.radius(), checker.required_quality()), (31, 50));
}

#[test]
fn what_could_not_be_checked_is_never_no_match() {
    let file = png(&shapes(1));
    let far = || lists(&[(near(pdq(&file), 128), "hotline", Role::Abuse)]);
    let checker = plain(far());
    assert_eq!(outcome(&checker, &file), CLEAN);
    let flat = png(&vec![90; (SIDE * SIDE) as usize]);
    let half = &file[..file.len() / 2];
    for (bytes, name) in
        [(&flat[..], "low_quality"), (half, "corrupt"), (b"", "unsupported"), (b"%PDF-1.7", "unsupported")]
    {
        let report = checker.check(bytes).unwrap();
        assert_eq!(report.outcome().name(), name);
        assert!(!report.outcome().was_checked());
        assert!(report.detail().is_some_and(|detail| !detail.is_empty()), "{name} says why");
    }
    let small = InProcess::new(Limits::default().max_pixels(100));
    let checker = Checker::builder(far()).decoder(Arc::new(small)).build().unwrap();
    let found = u64::from(SIDE * SIDE);
    assert_eq!(outcome(&checker, &file), Outcome::OverLimit { what: "pixels", found, allowed: 100 });
}

#[test]
fn bytes_a_path_and_a_reader_give_one_report() {
    let directory = tempfile::tempdir().unwrap();
    let listed = png(&shapes(1));
    let checker = plain(lists(&[(near(pdq(&listed), 5), "hotline", Role::Abuse)]));
    let path = directory.path().join("upload");
    for file in [listed, png(&shapes(2)), b"%PDF-1.7".to_vec(), b"".to_vec()] {
        fs::write(&path, &file).unwrap();
        let of_bytes = checker.check(&file).unwrap();
        assert_eq!(of_bytes, checker.check_path(&path, false).unwrap());
        assert_eq!(of_bytes, checker.check_reader(&file[..]).unwrap());
    }
    let gone = checker.check_path(directory.path().join("gone"), false).unwrap();
    assert_eq!(gone.outcome(), Outcome::Unreadable { io: "no such file or directory" });
}

#[test]
fn hashes_alone_match_as_the_picture_does() {
    let file = png(&shapes(1));
    let hash = pdq(&file);
    let checker = plain(lists(&[(near(hash, 31), "hotline", Role::Abuse), (near(hash, 4), "good", Role::Allow)]));
    let held = checker.check_hashes(Profile::Pdq, 100, &[hash]).unwrap();
    assert_eq!((held.outcome(), held.held().len()), (CLEAN, 1));
    let matched = checker.check_hashes(Profile::Pdq, 100, &[near(hash, 31)]).unwrap();
    assert_eq!((matched.outcome(), matched.matches()[0].distance), (Outcome::Match, 0));
    let plain = checker.check_hashes(Profile::Pdq, 49, &[near(hash, 31)]).unwrap();
    assert_eq!(plain.outcome(), Outcome::LowQuality { quality: 49 });
    let wrong = checker.check_hashes(Profile::Phash256, 100, &[hash]).unwrap_err();
    assert_eq!(wrong.kind(), CheckErrorKind::Profile);
    let turned = [(Dihedral::FlipX, near(hash, 31))];
    let original = [(Dihedral::Original, near(hash, 100))];
    let pictures: [(u8, &[(Dihedral, Bits256)]); 3] = [(100, &original), (20, &turned), (100, &turned)];
    let reports = checker.check_pictures(Profile::Pdq, &pictures).unwrap();
    let outcomes: Vec<_> = reports.iter().map(|report| report.outcome().name()).collect();
    assert_eq!(outcomes, ["no_match", "low_quality", "match"]);
    assert_eq!(reports[2].matches()[0].transform, Dihedral::FlipX);
}

#[test]
fn roles_of_lists_decide() {
    let file = png(&shapes(3));
    let hash = pdq(&file);
    let test = plain(lists(&[(hash, "trial", Role::Test)]));
    assert_eq!(outcome(&test, &file), Outcome::Test);
    let both = plain(lists(&[(hash, "trial", Role::Test), (near(hash, 30), "hotline", Role::Abuse)]));
    assert_eq!(outcome(&both, &file), Outcome::Match);
    let allowed = plain(lists(&[(near(hash, 4), "hotline", Role::Abuse), (hash, "known good", Role::Allow)]));
    let report = allowed.check(&file).unwrap();
    assert_eq!(report.outcome(), CLEAN);
    assert_eq!((report.matches().len(), report.held().len()), (0, 1), "what was suppressed is reported");
    assert_eq!(report.rules().unwrap().allowed_by[0].entry.list, "known good");
}

#[test]
fn a_listed_digest_counts_whatever_the_file_is() {
    let directory = tempfile::tempdir().unwrap();
    let broken = b"no picture at all";
    let digest = {
        let mut digester = Digester::new([DigestKind::Sha256]);
        digester.update(broken);
        digester.finish()[0]
    };
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    builder.add_entry(None, &[digest], source("files", "7", Role::Abuse)).unwrap();
    let checker = plain(Lists::from_bytes(builder.finish().unwrap()).unwrap());
    let path = directory.path().join("upload");
    fs::write(&path, broken).unwrap();
    let report = checker.check_path(&path, false).unwrap();
    assert_eq!(report, checker.check(broken).unwrap());
    assert_eq!(report.outcome(), Outcome::Match);
    assert!(report.matches()[0].is_exact() && matches!(digest, Digest::Sha256(_)));
    assert!(report.detail().unwrap().starts_with("it could not be compared as a picture"));
}

/// A decoder with a bug: it hands out the views of a picture, and panics.
#[derive(Debug)]
struct Buggy(InProcess);

impl Decoder for Buggy {
    fn limits(&self) -> &Limits {
        self.0.limits()
    }

    fn views(&self, file: &[u8], page: u32, profile: PdqProfile, visitor: &mut dyn Visitor) -> Result<(), NotDecoded> {
        self.0.views(file, page, profile, visitor)?;
        panic!("a bug");
    }
}

#[test]
fn a_panic_is_the_outcome_of_its_picture_and_what_was_found_before_counts() {
    let (listed, other) = (png(&shapes(1)), png(&shapes(2)));
    let lists = lists(&[(near(pdq(&listed), 5), "hotline", Role::Abuse)]);
    let checker = Checker::builder(lists).decoder(Arc::new(Buggy(InProcess::default()))).build().unwrap();
    assert_eq!(outcome(&checker, &other), Outcome::Corrupt { stage: "defect" });
    let report = checker.check(&listed).unwrap();
    assert_eq!((report.outcome(), report.matches()[0].distance), (Outcome::Match, 5));
    assert!(report.detail().unwrap().contains("please report it"));
    let hasher = PictureHasher::new(vec![Profile::Phash64, Profile::Dhash64]).views(ViewSet::None);
    let hashed = hasher.decoder(Arc::new(Buggy(InProcess::default()))).hash(&other);
    assert_eq!(hashed.hashes().unwrap_err().outcome(), Outcome::Corrupt { stage: "defect" });
}

#[test]
fn classic_hashes_are_searched_for_turned_too() {
    let pixels = shapes(4);
    let (file, turned) = (png(&pixels), png(&mirrored(&pixels)));
    let picture = decode::decode(&file, &Limits::default()).unwrap();
    let profile = Profile::Phash64;
    let hash = ClassicStream::of_image(&picture.image(), &[profile]).unwrap().bits64(profile).unwrap();
    let mut builder = Builder::new(profile).unwrap();
    builder.add(hash, source("hotline", "1", Role::Abuse)).unwrap();
    let checker = plain(Lists::from_bytes(builder.finish().unwrap()).unwrap());
    assert_eq!(outcome(&checker, &file), Outcome::Match);
    assert_eq!(checker.check(&turned).unwrap().matches()[0].transform, Dihedral::FlipY);
    assert_eq!(outcome(&checker, &png(&vec![90; (SIDE * SIDE) as usize])).name(), "low_quality");
    let views = SearchOptions::new(profile).with_views(ViewSet::Standard);
    let mut builder = Builder::new(profile).unwrap();
    builder.add(hash, source("hotline", "1", Role::Abuse)).unwrap();
    let lists = Lists::from_bytes(builder.finish().unwrap()).unwrap();
    let refused = Checker::builder(lists).search(views).build().unwrap_err();
    assert_eq!(refused.kind(), CheckErrorKind::Options);
}

const CONFIRMED: &str =
    "version = 1\n[[list]]\nname = \"hotline\"\nconfirm = true\n[confirm]\nindex = \"second.idx\"\nradius = 4\n";

#[test]
fn rules_that_never_match_are_refused() {
    let hash = pdq(&png(&shapes(1)));
    let refused = |policy: Policy| -> CheckError {
        let lists = lists(&[(hash, "hotline", Role::Abuse)]);
        Checker::builder(lists).policy(policy).build().unwrap_err()
    };
    let policy = |text| Policy::parse(text, Profile::Pdq).unwrap();
    assert_eq!(refused(policy("version = 1\n[quorum]\nlists = 2\n")).kind(), CheckErrorKind::Policy);
    assert_eq!(refused(policy(CONFIRMED)).kind(), CheckErrorKind::Open, "there is no second index");
    assert_eq!(refused(Policy::new(Profile::Pdq).radius(257)).kind(), CheckErrorKind::Options);
    let empty = Builder::<32>::new(Profile::Pdq).unwrap().finish().unwrap();
    let empty = Checker::new(Lists::from_bytes(empty).unwrap()).unwrap_err();
    assert_eq!(empty.kind(), CheckErrorKind::Empty);
}

#[test]
fn a_second_index_confirms_or_suppresses() {
    let (file, other) = (png(&shapes(5)), png(&shapes(6)));
    let directory = tempfile::tempdir().unwrap();
    let policy = directory.path().join("policy.toml");
    fs::write(&policy, CONFIRMED).unwrap();
    let checked = |second: &[u8], list: &str| {
        let picture = decode::decode(second, &Limits::default()).unwrap();
        let hash =
            ClassicStream::of_image(&picture.image(), &[Profile::Phash64]).unwrap().bits64(Profile::Phash64).unwrap();
        let mut builder = Builder::new(Profile::Phash64).unwrap();
        builder.add(hash, source(list, "0", Role::Abuse)).unwrap();
        fs::write(directory.path().join("second.idx"), builder.finish().unwrap()).unwrap();
        let first = lists(&[(pdq(&file), "hotline", Role::Abuse)]);
        let checker = Checker::builder(first).policy_file(&policy).unwrap().build();
        checker.map(|checker| outcome(&checker, &file)).map_err(|error| error.kind())
    };
    assert_eq!(checked(&file, "hotline"), Ok(Outcome::Match));
    assert_eq!(checked(&other, "hotline"), Ok(CLEAN));
    assert_eq!(checked(&file, "another"), Err(CheckErrorKind::Policy), "the second index lacks the list");
}

/// A store that holds one entry, far from the file, and follows what is written.
struct Followed {
    directory: tempfile::TempDir,
    writer: Writer<32>,
    store: Arc<Store>,
    file: Vec<u8>,
}

impl Followed {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let writer = Writer::<32>::init(directory.path(), Profile::Pdq).unwrap();
        let store = Arc::new(Store::open(directory.path()).unwrap());
        let mut followed = Self { directory, writer, store, file: png(&shapes(7)) };
        followed.publish("hotline");
        followed
    }

    /// Publishes a generation of one entry.
    fn publish(&mut self, list: &str) -> u64 {
        let mut contents = Contents::new(Profile::Pdq).unwrap();
        contents.add(Some(near(pdq(&self.file), 128)), &[], source(list, "far", Role::Abuse), Some("far")).unwrap();
        let generation = self.writer.publish(contents).unwrap();
        self.store.reload().unwrap();
        generation
    }

    fn lists(&self) -> Lists {
        Lists::from_store(Arc::clone(&self.store))
    }

    fn checked(&self, checker: &Checker) -> (Option<u64>, Outcome) {
        let report = checker.check(&self.file).unwrap();
        (report.generation(), report.outcome())
    }
}

#[test]
fn an_empty_store_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    Writer::<32>::init(directory.path(), Profile::Pdq).unwrap();
    let error = Checker::new(Lists::open(directory.path()).unwrap()).unwrap_err();
    assert_eq!(error.kind(), CheckErrorKind::Empty);
}

#[test]
fn a_store_is_followed_from_picture_to_picture() {
    let mut followed = Followed::new();
    let checker = plain(followed.lists());
    assert_eq!(followed.checked(&checker), (Some(2), CLEAN));
    let hash = pdq(&followed.file);
    let mut change = followed.writer.change();
    change.add(Some(hash), &[], source("hotline", "near", Role::Abuse), None).unwrap();
    change.commit().unwrap();
    assert_eq!(followed.checked(&checker), (Some(2), CLEAN), "not before it is loaded");
    assert!(followed.store.reload().unwrap());
    assert_eq!(followed.checked(&checker), (Some(3), Outcome::Match));
    let status = checker.status();
    assert_eq!((status.generation(), status.entries(), status.problem(), status.failures()), (Some(3), 2, None, 0));
}

#[test]
fn a_store_that_is_emptied_keeps_its_last_good_generation_and_says_why() {
    let mut followed = Followed::new();
    let told = Arc::new(Mutex::new(Vec::<Status>::new()));
    let tell = Arc::clone(&told);
    let checker = Checker::builder(followed.lists())
        .observer(move |status: &Status| tell.lock().unwrap().push(status.clone()))
        .build()
        .unwrap();
    assert_eq!(followed.checked(&checker), (Some(2), CLEAN));
    let mut change = followed.writer.change();
    change.remove("hotline", "far").unwrap();
    change.commit().unwrap();
    followed.store.reload().unwrap();
    for _ in 0..3 {
        assert_eq!(followed.checked(&checker), (Some(2), CLEAN), "nothing is called clean by an empty store");
    }
    let status = checker.status();
    let problem = status.problem().unwrap();
    assert!(problem.contains("generation 3 is refused") && problem.contains("keeping generation 2"), "{problem}");
    assert_eq!((told.lock().unwrap().len(), status.failures()), (1, 1), "said once");
    assert_eq!(followed.publish("hotline"), 4);
    assert_eq!(followed.checked(&checker), (Some(4), CLEAN));
    assert_eq!(checker.status().problem(), None);
}

#[test]
fn a_generation_that_the_policy_does_not_fit_is_refused() {
    let mut followed = Followed::new();
    let verified = "version = 1\n[[list]]\nname = \"forum\"\ntrust = \"seed\"\n[quorum]\nverified = 1\n";
    let policy = Policy::parse(verified, Profile::Pdq).unwrap();
    let checker = Checker::builder(followed.lists()).policy(policy).build().unwrap();
    followed.publish("forum");
    assert_eq!(followed.checked(&checker).0, Some(2), "of the forum alone nothing would ever match");
    assert!(checker.status().problem().unwrap().contains("verified = 1"));
    followed.publish("hotline");
    assert_eq!(followed.checked(&checker).0, Some(4));
}

#[test]
fn an_older_generation_is_refused() {
    let mut followed = Followed::new();
    let current = followed.directory.path().join("CURRENT");
    let old = fs::read(&current).unwrap();
    followed.publish("hotline");
    let checker = plain(followed.lists());
    assert_eq!(followed.checked(&checker).0, Some(3));
    fs::write(&current, old).unwrap();
    followed.store.reload().unwrap();
    assert_eq!(followed.store.snapshot().generation(), Some(2), "the store itself reads what is there");
    assert_eq!(followed.checked(&checker).0, Some(3));
    assert!(checker.status().problem().unwrap().contains("older"));
}

#[test]
fn a_list_that_has_expired_is_refused_where_its_keys_file_says_so() {
    let mut followed = Followed::new();
    let expire = |followed: &mut Followed, refuses_stale: bool| {
        let seen = serde_json::json!({
            "epoch": 1, "sequence": 1, "manifest": "0".repeat(64), "entries": 1, "profile": "pdq", "latest_time": 0,
            "created": "2020-01-01T00:00:00Z", "expires": "2020-02-01T00:00:00Z",
        });
        let mut seen: Seen = serde_json::from_value(seen).unwrap();
        seen.refuses_stale = refuses_stale;
        followed.writer.remember("hotline", seen);
        followed.publish("hotline")
    };
    let checker = plain(followed.lists());
    assert_eq!(expire(&mut followed, true), 3);
    assert_eq!(followed.checked(&checker), (Some(2), CLEAN), "the generation before goes on");
    assert!(checker.status().problem().unwrap().contains("generation 3 is refused"));

    // A new checker is refused, or checks nothing until a newer manifest comes.
    assert_eq!(Checker::new(followed.lists()).unwrap_err().kind(), CheckErrorKind::Stale);
    let waiting = Checker::builder(followed.lists()).allow_expired().build().unwrap();
    assert_eq!(waiting.check(&followed.file).unwrap_err().kind(), CheckErrorKind::Stale);
    assert!(waiting.status().unusable().is_some() && waiting.status().stale()[0].refused);
    assert_eq!(expire(&mut followed, false), 4);
    assert_eq!(followed.checked(&waiting), (Some(4), CLEAN));
    assert_eq!(followed.checked(&checker), (Some(4), CLEAN));
    assert!(waiting.status().unusable().is_none() && !waiting.status().stale()[0].refused);
}

#[test]
fn a_picture_that_takes_longer_than_it_may_is_over_a_limit() {
    let palette: Vec<u8> = (0..=255).flat_map(|level: u8| [level; 3]).collect();
    let drawn: Vec<_> = (10..70).map(shapes).collect();
    let side = SIDE as u16;
    let frame = |pixels| gif::Frame { width: side, height: side, buffer: Cow::Borrowed(pixels), ..Default::default() };
    let frames: Vec<_> = drawn.iter().map(|pixels| frame(pixels.as_slice())).collect();
    let file = decode_support::gif_file(side, side, &palette, &frames);
    let check = |limit| {
        let lists = lists(&[(Bits256::from_bytes([0xa5; 32]), "listed", Role::Abuse)]);
        Checker::builder(lists).time_limit(limit).build().unwrap().check(&file).unwrap()
    };
    let late = check(Duration::from_millis(1));
    assert!(matches!(late.outcome(), Outcome::OverLimit { what: "milliseconds", .. }), "{}", late.outcome());
    assert!(late.frames() < 60);
    assert_eq!(check(Duration::from_secs(600)).outcome(), CLEAN);
}
