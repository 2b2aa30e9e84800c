//! What the right keys sign and a person must accept.

use lookalike::hash::Profile;
use lookalike::store::manifest::{Guard, ManifestErrorKind, Warning};

use crate::support::{NOW, accept, ask, ask_at, keys, later, machine, refused, signers};

#[test]
fn sudden_growth_is_refused_unless_accepted() {
    let (signer, keys, fifth, seen) = machine();
    let with = |count, guard: Guard| ask_at(NOW, &later(6, &fifth, count), &[&signer], &keys, Some(&seen), &guard);
    assert!(with(150, Guard::new()).unwrap().warnings().is_empty());
    let growth = ManifestErrorKind::SuddenGrowth { before: 100, now: 151, most_percent: 50 };
    assert_eq!(refused(with(151, Guard::new())), growth.into());
    let verified = with(151, Guard::new().accept_size(true)).unwrap();
    assert_eq!(verified.warnings(), [Warning::Accepted(growth)]);
    assert!(with(1100, Guard::new().growth(1000)).is_ok());
    refused(with(101, Guard::new().growth(0)));
}

#[test]
fn sudden_shrinking_is_refused_unless_accepted() {
    let (signer, keys, fifth, seen) = machine();
    let with = |count, guard: Guard| ask_at(NOW, &later(6, &fifth, count), &[&signer], &keys, Some(&seen), &guard);
    assert!(with(90, Guard::new()).unwrap().warnings().is_empty());
    for count in [0, 89] {
        let shrinking = ManifestErrorKind::SuddenShrinking { before: 100, now: count, most_percent: 10 };
        assert_eq!(refused(with(count, Guard::new())), shrinking.into());
        let verified = with(count, Guard::new().accept_size(true)).unwrap();
        assert_eq!(verified.warnings(), [Warning::Accepted(shrinking)]);
    }
    assert!(with(0, Guard::new().shrinking(100)).is_ok());
    // also where the keys change
    let [old, new] = signers(["old", "new"]);
    let seen = accept(ask(&fifth, &[&old], &self::keys(1, 1, &[&old], None), None).unwrap());
    let mut rotated = later(6, &fifth, 1);
    rotated.epoch = 2;
    let error = refused(ask(&rotated, &[&old, &new], &self::keys(2, 1, &[&new], Some((1, &[&old]))), Some(&seen)));
    assert!(matches!(error.kind(), ManifestErrorKind::SuddenShrinking { .. }));
}

#[test]
fn another_profile_is_refused_unless_accepted() {
    let (signer, keys, fifth, seen) = machine();
    let mut other = later(6, &fifth, 100);
    (other.profile, other.radius) = (Profile::Phash256, 16);
    let with = |guard: Guard| ask_at(NOW, &other, &[&signer], &keys, Some(&seen), &guard);
    let error = ManifestErrorKind::OtherProfile { before: Profile::Pdq, now: Profile::Phash256 };
    assert_eq!(refused(with(Guard::new())), error.into());
    assert_eq!(with(Guard::new().accept_profile(true)).unwrap().warnings(), [Warning::Accepted(error)]);
}
