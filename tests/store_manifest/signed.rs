//! Who signed: how many keys, which, and how they change.

use std::io::Cursor;

use lookalike::store::manifest::{Guard, Keys, ManifestErrorKind, verify};
use minisign::KeyPair;

use crate::support::{
    NOW, Signer, accept, ask, entries, first, keys, later, machine, made_by_minisign, refused, signers, table,
};

#[test]
fn key_rotation_needs_enough_of_the_old_and_of_the_new_keys() {
    let [a, b, c, d, e] = signers(["a", "b", "c", "d", "e"]);
    let before = keys(1, 2, &[&a, &b, &c], None);
    let seen = accept(ask(&first(), &[&a, &b], &before, None).unwrap());
    // c stays, in both epochs: it counts in both
    let after = keys(2, 2, &[&c, &d, &e], Some((2, &[&a, &b, &c])));
    let mut rotated = later(2, &first(), 2);
    rotated.epoch = 2;
    let by = |signers: &[&Signer]| ask(&rotated, signers, &after, Some(&seen));
    assert!(by(&[&a, &c, &d]).is_ok());
    assert!(by(&[&a, &b, &d, &e]).is_ok());
    assert_eq!(*refused(by(&[&a, &b, &c])).kind(), ManifestErrorKind::TooFewKeys { epoch: 2, found: 1, needed: 2 });
    assert_eq!(*refused(by(&[&c, &d, &e])).kind(), ManifestErrorKind::TooFewKeys { epoch: 1, found: 1, needed: 2 });
    // a keys file that forgot the old keys cannot tell whether they agree
    let forgetful = keys(2, 2, &[&c, &d, &e], None);
    let error = refused(ask(&rotated, &[&a, &b, &c, &d], &forgetful, Some(&seen)));
    assert_eq!(*error.kind(), ManifestErrorKind::NoFormerKeys { epoch: 1 });
    // one that remembers nothing of the list asks the new keys alone
    assert!(ask(&rotated, &[&d, &e], &forgetful, None).unwrap().is_first_seen());
}

#[test]
fn too_few_keys_are_refused() {
    let [a, b, c] = signers(["a", "b", "c"]);
    let all = [&a, &b, &c];
    for threshold in 1..=3 {
        let keys = keys(1, threshold, &all, None);
        for signed in 0..=3 {
            let result = ask(&first(), &all[..signed], &keys, None);
            if signed >= threshold {
                assert_eq!(result.unwrap().signers().count(), signed);
            } else {
                let expected = ManifestErrorKind::TooFewKeys { epoch: 1, found: signed, needed: threshold };
                assert_eq!(refused(result), expected.into());
            }
        }
    }
}

#[test]
fn duplicate_keys_count_once() {
    let [a, b, c] = signers(["a", "b", "c"]);
    let keys = keys(1, 2, &[&a, &b, &c], None);
    let duplicate = ManifestErrorKind::DuplicateKeys { key: "a".into(), found: 1, needed: 2 };
    assert_eq!(refused(ask(&first(), &[&a, &a, &a], &keys, None)), duplicate.clone().into());
    // the same signature twice, and one that differs in its comments
    let text = first().to_json().unwrap();
    let one = a.sign(&text);
    let other = minisign::sign(None, &a.1.sk, &text[..], Some("another"), Some("another")).unwrap().to_string();
    for signatures in [[&*one, &*one], [&*one, &*other]] {
        let result = verify(&text, &signatures, "hotline", &keys, None, NOW, &Guard::new());
        assert_eq!(*refused(result).kind(), duplicate);
    }
    assert_eq!(ask(&first(), &[&a, &a, &b], &keys, None).unwrap().signers().collect::<Vec<_>>(), ["a", "b"]);
    // one key under two names would count twice, and is refused when the keys are read
    let twice = format!(
        "version = 1\n[[list]]\nname = \"hotline\"\nepoch = 1\nthreshold = 2\n{}",
        table(&[&a, &Signer("b", copy(&a))])
    );
    let error = Keys::parse(&twice).unwrap_err();
    assert_eq!(error.to_string(), "line 6: \"a\" and \"b\" have the same key; each counts once");
    // nor does another number make another key of it
    let mut bytes = a.1.pk.to_bytes();
    bytes[2] ^= 1;
    let renumbered = minisign::PublicKey::from_bytes(&bytes).unwrap();
    let text = twice.replacen(
        &format!("\"b\", key = {:?}", a.1.pk.to_base64()),
        &format!("\"b\", key = {:?}", renumbered.to_base64()),
        1,
    );
    assert_ne!(text, twice);
    assert!(Keys::parse(&text).unwrap_err().to_string().ends_with("have the same key; each counts once"));
}

#[test]
fn unknown_keys_are_refused_and_do_no_harm_beside_enough_known_ones() {
    let [a, b, stranger] = signers(["a", "b", "stranger"]);
    let keys = keys(1, 2, &[&a, &b], None);
    let id = format!("{:016X}", u64::from_le_bytes(stranger.1.pk.keynum().try_into().unwrap()));
    let error = refused(ask(&first(), &[&stranger, &a], &keys, None));
    assert!(matches!(error.kind(), ManifestErrorKind::UnknownKey { id: found, found: 1, needed: 2 } if *found == id));
    assert!(error.to_string().contains(&id));
    let verified = ask(&first(), &[&stranger, &a, &b], &keys, None).unwrap();
    assert_eq!(verified.signers().collect::<Vec<_>>(), ["a", "b"]);
    // a stranger who numbers his key as a trusted one does not become it
    let text = first().to_json().unwrap();
    let mut forged = stranger.sign(&text);
    let line = forged.lines().nth(1).unwrap().to_owned();
    let real = a.sign(&text);
    let mut decoded = decoded(&line);
    decoded[2..10].copy_from_slice(&self::decoded(real.lines().nth(1).unwrap())[2..10]);
    forged = forged.replace(&line, &encoded(&decoded));
    let result = verify(&text, &[&forged, &b.sign(&text)], "hotline", &keys, None, NOW, &Guard::new());
    assert_eq!(*refused(result).kind(), ManifestErrorKind::BadSignature { key: "a".into() });
}

#[test]
fn mix_and_match_of_signatures_is_refused() {
    let (signer, keys, fifth, seen) = machine();
    let (text, other) = (fifth.to_json().unwrap(), later(6, &fifth, 100).to_json().unwrap());
    let signature = signer.sign(&other);
    let error = refused(verify(&text, &[&signature], "hotline", &keys, Some(&seen), NOW, &Guard::new()));
    assert_eq!(*error.kind(), ManifestErrorKind::BadSignature { key: "desk".into() });
}

#[test]
fn signatures_of_minisign_itself_are_taken() {
    let keys = Keys::parse(&made_by_minisign("keys.toml")).unwrap();
    let text = made_by_minisign("hotline.json");
    let (desk, vault) = (made_by_minisign("hotline.json.desk.minisig"), made_by_minisign("hotline.json.vault.minisig"));
    let ask = |signatures: &[&str]| verify(text.as_bytes(), signatures, "hotline", &keys, None, NOW, &Guard::new());
    let mut verified = ask(&[&desk, &vault]).unwrap();
    assert_eq!(verified.signers().collect::<Vec<_>>(), ["desk", "vault"]);
    verified.check_file(verified.measure(Cursor::new(made_by_minisign("hotline.txt"))).finish().unwrap()).unwrap();
    verified.check_entries(entries(&made_by_minisign("hotline.txt"))).unwrap();
    assert_eq!(verified.seen().unwrap().sequence, 1);
    assert_eq!(*refused(ask(&[&desk])).kind(), ManifestErrorKind::TooFewKeys { epoch: 1, found: 1, needed: 2 });
    // the numbers that minisign printed when it made the keys
    let ids: Vec<_> = keys.list("hotline").unwrap().keys().iter().map(|key| key.id().to_string()).collect();
    for (name, id) in ["desk.pub", "vault.pub"].into_iter().zip(ids) {
        assert!(made_by_minisign(name).starts_with(&format!("untrusted comment: minisign public key {id}\n")));
    }
    // the old kind, which minisign -l makes
    let legacy = made_by_minisign("hotline.json.legacy.minisig");
    assert_eq!(*refused(ask(&[&vault, &legacy])).kind(), ManifestErrorKind::LegacySignature { number: 2 });
}

fn copy(signer: &Signer) -> KeyPair {
    KeyPair { pk: signer.1.pk.clone(), sk: signer.1.sk.clone() }
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding, read.
fn decoded(text: &str) -> Vec<u8> {
    let bits: Vec<u8> = text
        .bytes()
        .filter_map(|letter| LETTERS.iter().position(|it| *it == letter))
        .flat_map(|value| (0..6).rev().map(move |bit| (value >> bit & 1) as u8))
        .collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// Base64 with padding, written.
fn encoded(bytes: &[u8]) -> String {
    let mut text: String = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect::<Vec<u8>>()
        .chunks(6)
        .map(|six| LETTERS[six.iter().chain(&[0; 6]).take(6).fold(0, |all, bit| all << 1 | usize::from(*bit))] as char)
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}
