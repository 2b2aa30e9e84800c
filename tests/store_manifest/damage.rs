//! Every byte of a manifest, of its signatures and of a keys file, changed by every value; every length; and what minisign itself signed.
//!
//! Unoptimised, a spread of the values is tried. Every test prints what became of them.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_alloc,
    reason = "they tell what they did, and have a standard library"
)]

use std::collections::BTreeMap;

use lookalike::store::manifest::{Guard, KeySet, Keys, ManifestError, ManifestErrorKind, Verified, verify};

use crate::support::{NOW, made_by_minisign};

/// Everything that a machine gets, as bytes.
#[derive(Clone)]
struct Shipped {
    manifest: Vec<u8>,
    signatures: [Vec<u8>; 2],
    keys: Vec<u8>,
}

#[derive(Debug)]
enum Refusal {
    Manifest(ManifestError),
    /// A signature that is no text, which nobody can hand over.
    NotText,
}

impl Shipped {
    fn new() -> Self {
        let read = |name| made_by_minisign(name).into_bytes();
        let signatures = ["hotline.json.desk.minisig", "hotline.json.vault.minisig"].map(read);
        Self { manifest: read("hotline.json"), signatures, keys: read("keys.toml") }
    }

    /// As programs do it: the keys are read, then signatures and manifest.
    fn ask(&self) -> Result<(Keys, Verified), Refusal> {
        let keys = Keys::read_text(self.keys.as_slice()).map_err(Refusal::Manifest)?;
        let keys = Keys::parse(&keys).map_err(Refusal::Manifest)?;
        let text = |bytes| str::from_utf8(bytes).map_err(|_| Refusal::NotText);
        let signatures = [text(&self.signatures[0])?, text(&self.signatures[1])?];
        let verified = verify(&self.manifest, &signatures, "hotline", &keys, None, NOW, &Guard::new());
        Ok((keys, verified.map_err(Refusal::Manifest)?))
    }
}

/// What became of the changes, by the name of the error.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    fn refused(&mut self, refusal: &Refusal) {
        let text = match refusal {
            Refusal::Manifest(error) => error.to_string(),
            Refusal::NotText => "not text".into(),
        };
        assert!(!text.is_empty() && !text.contains('\n'), "{text}");
        let Refusal::Manifest(error) = refusal else { return self.count("no text") };
        self.count(match error.kind() {
            ManifestErrorKind::NotAManifest { .. } => "no manifest",
            ManifestErrorKind::WrongList { .. } => "wrong list",
            ManifestErrorKind::NoKeys { .. } => "no keys of the list",
            ManifestErrorKind::NewEpoch { .. } => "new epoch",
            ManifestErrorKind::FormerEpoch { .. } => "former epoch",
            ManifestErrorKind::NotASignature { .. } => "no signature",
            ManifestErrorKind::BadSignature { .. } => "bad signature",
            ManifestErrorKind::LegacySignature { .. } => "legacy signature",
            ManifestErrorKind::UnknownKey { .. } => "unknown key",
            ManifestErrorKind::TooFewKeys { .. } => "too few keys",
            ManifestErrorKind::Unreadable { .. } => "no text",
            ManifestErrorKind::Keys { .. } => "no keys file",
            _ => panic!("{error}"),
        });
    }
}

/// Calls `with` with every change of some bytes: where it is, and what came of it.
fn every_change(bytes: &[u8], mut with: impl FnMut(usize, Vec<u8>)) {
    let masks = (1..=255_u8).filter(|mask| !cfg!(debug_assertions) || [0x01, 0x04, 0x20, 0x80].contains(mask));
    for at in 0..bytes.len() {
        for mask in masks.clone() {
            let mut changed = bytes.to_vec();
            changed[at] ^= mask;
            with(at, changed);
        }
    }
}

/// Calls `with` with every shorter text, and with what is up to 64 bytes longer.
fn every_length(bytes: &[u8], mut with: impl FnMut(usize, Vec<u8>)) {
    (0..bytes.len()).for_each(|len| with(len, bytes[..len].to_vec()));
    for more in 1..=64 {
        for filling in [0, b' ', b'\n', b'A', 0xff] {
            let mut longer = bytes.to_vec();
            longer.resize(bytes.len() + more, filling);
            with(bytes.len(), longer);
        }
    }
}

#[test]
fn whatever_is_changed_in_a_manifest_is_refused() {
    let shipped = Shipped::new();
    shipped.ask().unwrap();
    let mut tally = Tally::default();
    let mut refused = |manifest: Vec<u8>, is_long: bool| {
        let refusal = Shipped { manifest, ..shipped.clone() }.ask().unwrap_err();
        assert!(
            !is_long
                || matches!(&refusal, Refusal::Manifest(error) if matches!(error.kind(), ManifestErrorKind::NotAManifest { .. })),
            "{refusal:?}"
        );
        tally.refused(&refusal);
    };
    every_change(&shipped.manifest, |_, changed| refused(changed, false));
    every_length(&shipped.manifest, |_, changed| refused(changed, true));
    println!("manifest: {:?}", tally.0);
}

#[test]
fn whatever_is_changed_in_a_signature_is_refused_but_its_untrusted_comment() {
    let shipped = Shipped::new();
    let (_, honest) = shipped.ask().unwrap();
    let mut tally = Tally::default();
    for number in 0..2 {
        let signature = &shipped.signatures[number];
        let (comment, end) = (signature.iter().position(|byte| *byte == b'\n').unwrap(), signature.len() - 1);
        let mut asked = |at: usize, changed: Vec<u8>| {
            let mut other = shipped.clone();
            other.signatures[number] = changed;
            match other.ask() {
                Err(refusal) => tally.refused(&refusal),
                Ok((_, verified)) => {
                    // it is in no signature, and neither is what follows the last line
                    assert!(at < comment || at >= end, "byte {at}");
                    assert_eq!(verified.manifest(), honest.manifest());
                    assert!(verified.signers().eq(honest.signers()));
                    tally.count("the same");
                }
            }
        };
        every_change(signature, &mut asked);
        every_length(signature, &mut asked);
    }
    println!("signatures: {:?}", tally.0);
}

#[test]
fn whatever_is_changed_in_an_old_signature_is_refused() {
    let mut shipped = Shipped::new();
    let legacy = made_by_minisign("hotline.json.legacy.minisig").into_bytes();
    let mut tally = Tally::default();
    every_change(&legacy, |_, changed| {
        shipped.signatures[0] = changed;
        tally.refused(&shipped.ask().unwrap_err());
    });
    println!("signature of the old kind: {:?}", tally.0);
}

/// A keys file has no checksum: who changes a name or a threshold has written another. But no change makes a key trusted that was not.
#[test]
fn whatever_is_changed_in_a_keys_file_no_other_key_is_trusted() {
    let shipped = Shipped::new();
    let (honest, _) = shipped.ask().unwrap();
    let keys_of = |set: &KeySet| set.iter().map(|key| (key.id(), key.fingerprint())).collect::<Vec<_>>();
    let trusted = honest.list("hotline").unwrap();
    let text = str::from_utf8(&shipped.keys).unwrap();
    let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count();
    let threshold = line_of(text.find("threshold").unwrap());
    let mut tally = Tally::default();
    let mut asked = |at: usize, keys: Vec<u8>| match (Shipped { keys, ..shipped.clone() }).ask() {
        Err(refusal) => tally.refused(&refusal),
        Ok((keys, _)) if keys == honest => tally.count("the same"),
        Ok((keys, verified)) => {
            let list = keys.list("hotline").unwrap();
            assert_eq!(keys_of(list.keys()), keys_of(trusted.keys()), "byte {at}");
            assert_eq!((list.keys().epoch(), list.former().len(), keys.lists().count()), (1, 0, 1), "byte {at}");
            assert_eq!(verified.signers().count(), 2, "byte {at}");
            let same_threshold = list.keys().threshold() == trusted.keys().threshold();
            assert!(same_threshold || line_of(at) == threshold, "byte {at}");
            tally.count(if same_threshold { "other names of the same keys" } else { "another threshold" });
        }
    };
    every_change(&shipped.keys, &mut asked);
    every_length(&shipped.keys, &mut asked);
    println!("keys file: {:?}", tally.0);
}
