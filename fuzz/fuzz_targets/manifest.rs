//! Manifests, keys files and signatures from arbitrary bytes never panic; what is taken is what was written; and of manifests that are
//! rightly signed only those are accepted that may follow the last.

#![no_main]

use std::sync::OnceLock;

use arbitrary::{Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use lookalike::hash::Profile;
use lookalike::store::manifest::{
    FileDigest, Guard, Keys, MOST_AHEAD, Manifest, ManifestError, ManifestErrorKind, Verified, verify,
};
use lookalike::store::{EntryDigests, Sha256Digest};
use minisign::KeyPair;

// The first byte chooses what the rest is: a manifest, a keys file, a signature, or how two manifests follow each other.
fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else {
        return;
    };
    match choice & 3 {
        0 => text(rest),
        1 => keys(rest),
        2 => signature(rest),
        _ => {
            if let Ok(steps) = Steps::arbitrary(&mut Unstructured::new(rest)) {
                follow(&steps);
            }
        }
    }
});

/// 2026-11-25T06:00:00Z.
const NOW: i64 = 1_795_586_400_000;

fn text(text: &[u8]) {
    match Manifest::parse(text) {
        Ok(manifest) => assert_eq!(manifest.to_json().expect("it was read"), text, "there are two texts"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let error = ask(text, &[], NOW, None, &Guard::new()).expect_err("nobody signed");
    assert!(
        !matches!(error.kind(), ManifestErrorKind::Freeze { .. } | ManifestErrorKind::FromTheFuture { .. }),
        "looked at unsigned"
    );
}

fn keys(text: &[u8]) {
    let Ok(text) = core::str::from_utf8(text) else { return };
    match Keys::parse(text) {
        Ok(keys) => {
            for list in keys.lists() {
                let sets = [list.keys()].into_iter().chain(list.former());
                assert!(sets.into_iter().all(|set| (1..=set.iter().len()).contains(&set.threshold())));
            }
        }
        Err(error) => {
            let lines = 1 + text.matches('\n').count();
            assert!(matches!(error.kind(), ManifestErrorKind::Keys { line, .. } if *line <= lines), "{error}");
        }
    }
}

fn signature(signature: &[u8]) {
    let Ok(signature) = core::str::from_utf8(signature) else { return };
    let text = manifest(1, 1, 5, 30).to_json().expect("a sound manifest");
    ask(&text, &[signature], NOW, None, &Guard::new()).expect_err("nobody signed this");
}

/// Two manifests, one after the other.
#[derive(Arbitrary, Debug)]
struct Steps {
    first: (u32, u8, u16, u8),
    second: (u64, u8, u16, u8),
    is_next: bool,
    is_chained: bool,
    clock: i32,
    accepts: [bool; 2],
    signs: [bool; 2],
    flip: Option<(u16, u8)>,
}

fn follow(steps: &Steps) {
    let (sequence, created, count, fresh) = steps.first;
    let first = manifest(u64::from(sequence), created, count, fresh);
    let Ok(before) = first.to_json() else { return };
    let Ok(mut verified) = ask(&before, &[&sign(&before, 0)], NOW, None, &Guard::new()) else { return };
    let seen = finished(&mut verified);

    let (sequence, created, count, fresh) = steps.second;
    let mut second = manifest(if steps.is_next { seen.sequence + 1 } else { sequence }, created, count, fresh);
    if steps.is_chained {
        second.previous = Some(seen.manifest);
    }
    let Ok(mut text) = second.to_json() else { return };
    let signatures: Vec<_> = (0..2).filter(|&key| steps.signs[key]).map(|key| sign(&text, key)).collect();
    let signatures: Vec<&str> = signatures.iter().map(String::as_str).collect();
    let guard = Guard::new().accept_size(steps.accepts[0]).accept_clock(steps.accepts[1]);
    let now = NOW + i64::from(steps.clock);
    let Ok(mut verified) = ask(&text, &signatures, now, Some(&seen), &guard) else { return };
    let later = finished(&mut verified);
    assert!(steps.signs[0], "only the first key is trusted");
    assert_eq!(*verified.manifest(), second);
    assert!(now < second.expires && second.created <= now + 3_600_000);
    assert!(later.sequence >= seen.sequence && later.sequence - seen.sequence <= MOST_AHEAD);
    assert_eq!(verified.is_repeat(), later.manifest == seen.manifest);
    assert_eq!(verified.is_repeat(), later.sequence == seen.sequence);
    assert!(later.sequence != seen.sequence + 1 || second.previous == Some(seen.manifest));
    assert!(steps.accepts[0] || guard.sudden(seen.entries, later.entries).is_none());
    assert!(steps.accepts[1] || later.latest_time >= seen.latest_time);

    if let Some((at, bits)) = steps.flip.filter(|(_, bits)| *bits != 0) {
        let at = usize::from(at) % text.len();
        text[at] ^= bits;
        ask(&text, &signatures, now, Some(&seen), &guard).expect_err("it was changed");
    }
}

/// What is remembered once file and entries are what was signed.
fn finished(verified: &mut Verified) -> lookalike::store::manifest::Seen {
    assert!(verified.seen().is_err());
    let (file, entries) = (verified.manifest().file, verified.manifest().entries);
    verified.check_file(file).expect("it is the same");
    assert!(verified.seen().is_err());
    verified.check_entries(entries).expect("they are the same");
    verified.seen().expect("both are checked")
}

fn manifest(sequence: u64, created: u8, count: u16, fresh: u8) -> Manifest {
    let mut entries = EntryDigests::new(Profile::Pdq).list("hotline");
    entries.entries = u64::from(count);
    let mut manifest = Manifest::new("hotline", Profile::Pdq, FileDigest::of(b""), entries);
    manifest.sequence = sequence;
    manifest.previous = (sequence > 1).then(|| Sha256Digest::of(b"another"));
    // half an hour apart, around now
    manifest.created = NOW + (i64::from(created) - 200) * 1_800_000;
    manifest.expires = manifest.created + i64::from(fresh) * 7_200_000;
    manifest
}

fn ask(
    text: &[u8],
    signatures: &[&str],
    now: i64,
    seen: Option<&lookalike::store::manifest::Seen>,
    guard: &Guard,
) -> Result<Verified, ManifestError> {
    verify(text, signatures, "hotline", &trusted().1, seen, now, guard)
}

/// Two keys, of which the first is trusted.
fn trusted() -> &'static ([KeyPair; 2], Keys) {
    static TRUSTED: OnceLock<([KeyPair; 2], Keys)> = OnceLock::new();
    TRUSTED.get_or_init(|| {
        let pairs = [(), ()].map(|()| KeyPair::generate_unencrypted_keypair().expect("there are random numbers"));
        let key = pairs[0].pk.to_base64();
        let text = format!(
            "version = 1\n[[list]]\nname = \"hotline\"\nepoch = 1\nthreshold = 1\nkeys = [{{ name = \"a\", key = {key:?} }}]"
        );
        (pairs, Keys::parse(&text).expect("sound keys"))
    })
}

fn sign(text: &[u8], key: usize) -> String {
    minisign::sign(None, &trusted().0[key].sk, text, Some(""), Some("")).expect("a sound key").to_string()
}
