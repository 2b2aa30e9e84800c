//! Whether a manifest is the latest: rollback, freeze, fast-forward, chain, clock, lost state.

use lookalike::store::Sha256Digest;
use lookalike::store::manifest::{Freshness, Guard, Keys, MOST_AHEAD, Manifest, ManifestErrorKind, Warning};

use crate::support::{DAY, NOW, accept, ask, ask_at, first, keys, later, machine, refused, signers, table};

#[test]
fn rollback_is_refused() {
    let (signer, keys, fifth, seen) = machine();
    for sequence in 1..5 {
        let old = later(sequence, &first(), 100);
        let error = refused(ask(&old, &[&signer], &keys, Some(&seen)));
        assert_eq!(*error.kind(), ManifestErrorKind::Rollback { seen: (1, 5), found: (1, sequence) });
    }
    // an unsigned one is refused for that: what it says is not even looked at
    let error = refused(ask(&later(4, &first(), 100), &[], &keys, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::TooFewKeys { epoch: 1, found: 0, needed: 1 });
    assert!(ask(&fifth, &[&signer], &keys, Some(&seen)).is_ok());
}

#[test]
fn freeze_is_refused_when_installing_and_shows_afterwards() {
    let (signer, keys, fifth, seen) = machine();
    let at = |now| ask_at(now, &fifth, &[&signer], &keys, Some(&seen), &Guard::new());
    assert!(at(fifth.expires - 1).is_ok());
    for now in [fifth.expires, fifth.expires + 1, fifth.expires + 1000 * DAY] {
        assert_eq!(*refused(at(now)).kind(), ManifestErrorKind::Freeze { expired: fifth.expires, now });
    }
    // the list that was accepted goes stale by itself, and a clock that is set back does not freshen it
    let until = fifth.expires;
    assert_eq!(seen.freshness(NOW), Freshness::Fresh { until });
    assert_eq!(seen.freshness(until - 1), Freshness::Fresh { until });
    assert_eq!(seen.freshness(until), Freshness::Stale { since: until });
    let mut seen = seen;
    seen.observe(until + DAY);
    seen.observe(NOW);
    assert_eq!(seen.freshness(NOW), Freshness::Stale { since: until });
    assert_eq!(seen.freshness(NOW).to_string(), "stale since 2026-12-25T06:00:00Z");
    // what becomes of it then is the operator's choice
    assert!(!keys.list("hotline").unwrap().refuses_stale() && !seen.is_refused(NOW));
    let text = format!(
        "version = 1\n[[list]]\nname = \"hotline\"\nepoch = 1\nthreshold = 1\non-stale = \"refuse\"\n{}",
        table(&[&signer])
    );
    let keys = Keys::parse(&text).unwrap();
    let strict = accept(ask(&fifth, &[&signer], &keys, None).unwrap());
    assert!(keys.list("hotline").unwrap().refuses_stale() && !strict.is_refused(NOW) && strict.is_refused(until));
}

#[test]
fn fast_forward_is_refused() {
    let (signer, keys, fifth, seen) = machine();
    for sequence in [5 + MOST_AHEAD + 1, Manifest::MAX_NUMBER] {
        let error = refused(ask(&later(sequence, &fifth, 100), &[&signer], &keys, Some(&seen)));
        assert_eq!(*error.kind(), ManifestErrorKind::FastForward { seen: 5, found: sequence, most: MOST_AHEAD });
    }
    let farthest = ask(&later(5 + MOST_AHEAD, &fifth, 100), &[&signer], &keys, Some(&seen)).unwrap();
    assert_eq!(farthest.warnings(), [Warning::Skipped { manifests: MOST_AHEAD - 1 }]);
    // numbers that no later one could follow at all are none
    let mut beyond = fifth;
    beyond.sequence = Manifest::MAX_NUMBER + 1;
    assert!(matches!(beyond.to_json(), Err(error) if matches!(error.kind(), ManifestErrorKind::NotAManifest { .. })));
}

#[test]
fn fast_forward_is_recovered_from_by_a_new_key_epoch() {
    let [thief, desk, vault] = signers(["desk, stolen", "desk", "vault"]);
    let before = keys(1, 1, &[&thief, &vault], None);
    // a machine that had lost its state took the last number there is
    let last = later(Manifest::MAX_NUMBER, &first(), 2);
    let seen = accept(ask(&last, &[&thief], &before, None).unwrap());
    let error = refused(ask(&later(6, &first(), 2), &[&vault], &before, Some(&seen)));
    assert!(matches!(error.kind(), ManifestErrorKind::Rollback { .. }));

    let mut anew = first();
    anew.epoch = 2;
    // the machine does not know the new keys yet
    let error = refused(ask(&anew, &[&desk, &vault], &before, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::NewEpoch { found: 2, trusted: 1 });
    // now it does; both epochs have to sign, and the thief's machine-breaking number is forgotten
    let after = keys(2, 1, &[&desk], Some((1, &[&thief, &vault])));
    let error = refused(ask(&anew, &[&desk], &after, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::TooFewKeys { epoch: 1, found: 0, needed: 1 });
    let error = refused(ask(&anew, &[&vault], &after, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::TooFewKeys { epoch: 2, found: 0, needed: 1 });
    let verified = ask(&anew, &[&desk, &vault], &after, Some(&seen)).unwrap();
    assert_eq!(verified.warnings(), [Warning::NewKeys { before: 1, now: 2 }]);
    assert_eq!(verified.signers().collect::<Vec<_>>(), ["desk", "vault"]);
    let seen = accept(verified);
    assert_eq!((seen.epoch, seen.sequence), (2, 1));
    // from then on the new key suffices, and nothing of the old epoch is taken
    let mut second = later(2, &anew, 2);
    second.epoch = 2;
    assert!(ask(&second, &[&desk], &after, Some(&seen)).is_ok());
    let error = refused(ask(&last, &[&thief], &after, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::Rollback { seen: (2, 1), found: (1, Manifest::MAX_NUMBER) });
    // neither by a machine that remembers nothing
    let error = refused(ask(&last, &[&thief], &after, None));
    assert_eq!(*error.kind(), ManifestErrorKind::FormerEpoch { found: 1, trusted: 2 });
    // nor with a keys file from before
    let error = refused(ask(&later(7, &first(), 2), &[&vault], &before, Some(&seen)));
    assert!(matches!(error.kind(), ManifestErrorKind::Rollback { seen: (2, 1), .. }));
}

#[test]
fn a_wrong_chain_is_refused() {
    let (signer, keys, fifth, seen) = machine();
    let expected = Sha256Digest::of(&fifth.to_json().unwrap());
    let mut sixth = later(6, &first(), 100);
    let error = refused(ask(&sixth, &[&signer], &keys, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::WrongChain { expected, found: sixth.previous });
    sixth.previous = Some(expected);
    assert!(ask(&sixth, &[&signer], &keys, Some(&seen)).unwrap().warnings().is_empty());
    sixth.previous = None;
    assert!(matches!(sixth.to_json(), Err(error) if matches!(error.kind(), ManifestErrorKind::NotAManifest { .. })));
    // of numbers that were skipped the chain cannot be known, which is said
    let eighth = ask(&later(8, &first(), 100), &[&signer], &keys, Some(&seen)).unwrap();
    assert_eq!(eighth.warnings(), [Warning::Skipped { manifests: 2 }]);
    // two versions of one number
    let mut other = fifth.clone();
    other.jurisdiction = "US".into();
    let error = refused(ask(&other, &[&signer], &keys, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::TwoOfOneSequence { sequence: 5 });
    // a later number that was made earlier
    let mut earlier = later(6, &fifth, 100);
    earlier.created -= 1000;
    let error = refused(ask(&earlier, &[&signer], &keys, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::MadeBefore { seen: fifth.created, found: fifth.created - 1000 });
}

#[test]
fn a_clock_that_goes_back_is_refused() {
    let (signer, keys, fifth, seen) = machine();
    let at = |now, guard: Guard| ask_at(now, &fifth, &[&signer], &keys, Some(&seen), &guard);
    // as far as clocks are set right in the ordinary course of things
    let last = accept(at(NOW - 60_000, Guard::new()).unwrap());
    assert_eq!(last.latest_time, NOW);
    let error = refused(at(NOW - 60_001, Guard::new()));
    assert_eq!(*error.kind(), ManifestErrorKind::ClockBack { latest: NOW, now: NOW - 60_001 });
    // an operator who set it right may say so, and the new time is the one that counts
    let verified = at(NOW - DAY / 2, Guard::new().accept_clock(true)).unwrap();
    let clock_back = ManifestErrorKind::ClockBack { latest: NOW, now: NOW - DAY / 2 };
    assert_eq!(verified.warnings(), [Warning::Accepted(clock_back)]);
    assert_eq!(accept(verified).latest_time, NOW - DAY / 2);
    // before the manifest was made nothing is accepted, whatever is remembered
    let before = fifth.created - 3_600_001;
    let error = refused(at(before, Guard::new().accept_clock(true)));
    assert_eq!(*error.kind(), ManifestErrorKind::FromTheFuture { created: fifth.created, now: before });
    assert!(ask_at(before + 1, &fifth, &[&signer], &keys, None, &Guard::new()).is_ok());
    for now in [i64::MIN, i64::MAX] {
        refused(ask_at(now, &fifth, &[&signer], &keys, Some(&seen), &Guard::new()));
    }
}

#[test]
fn lost_state_is_said() {
    let (signer, keys, fifth, _) = machine();
    let verified = ask(&fifth, &[&signer], &keys, None).unwrap();
    assert!(verified.is_first_seen());
    assert_eq!(verified.warnings(), [Warning::FirstSeen { epoch: 1, sequence: 5 }]);
    assert!(verified.warnings()[0].to_string().contains("its state was lost"));
    // of a list that begins there is nothing to be afraid of
    let verified = ask(&first(), &[&signer], &keys, None).unwrap();
    assert!(verified.is_first_seen());
    assert_eq!(verified.warnings()[0].to_string(), "this is the list's first manifest");
}
