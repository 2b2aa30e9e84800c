//! What is signed: text, file and entries, of the right list and of no other version.

use std::io::Read;

use bitvec::order::Lsb0;
use bitvec::view::BitView;
use lookalike::store::manifest::{FileDigest, Guard, Keys, Manifest, ManifestErrorKind, Seen, verify};
use lookalike::store::{EntryDigests, Sha256Digest};

use crate::support::{FILE, NOW, accept, ask, ask_at, entries, first, index, keys, later, machine, refused, signers};

#[test]
fn an_honest_list_is_accepted_from_its_manifest_to_its_entries() {
    let [desk, vault, other] = signers(["desk", "vault", "other"]);
    let keys = keys(1, 2, &[&desk, &vault, &other], None);
    let mut verified = ask(&first(), &[&vault, &desk], &keys, None).unwrap();
    assert_eq!(verified.manifest(), &first());
    assert_eq!(verified.signers().collect::<Vec<_>>(), ["desk", "vault"]);
    assert!(!verified.is_repeat());

    let mut file = verified.measure(FILE.as_bytes());
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    verified.check_file(file.finish().unwrap()).unwrap();
    verified.check_entries(EntryDigests::of(&index(&text)).unwrap().list("hotline")).unwrap();
    let seen = verified.seen().unwrap();
    assert_eq!((seen.epoch, seen.sequence, seen.entries, seen.latest_time), (1, 1, 2, NOW));
    assert_eq!(seen.manifest, Sha256Digest::of(&first().to_json().unwrap()));
    // what is remembered survives being written down
    let written = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<Seen>(&written).unwrap(), seen);

    // the same once more, an hour later, changes nothing but the time
    let again = ask_at(NOW + 3_600_000, &first(), &[&other, &desk], &keys, Some(&seen), &Guard::new()).unwrap();
    assert!(again.is_repeat() && !again.is_first_seen() && again.warnings().is_empty());
    assert_eq!(accept(again).latest_time, NOW + 3_600_000);
    // and the next follows
    let second = later(2, &first(), 3);
    let next = ask(&second, &[&other, &desk], &keys, Some(&seen)).unwrap();
    assert!(!next.is_repeat() && next.warnings().is_empty());
    assert_eq!(accept(next).sequence, 2);
}

#[test]
fn mix_and_match_of_files_is_refused() {
    let (signer, keys, ..) = machine();
    let mut verified = ask(&first(), &[&signer], &keys, None).unwrap();
    let longer = format!("{FILE}{FILE}");
    let other = FILE.replacen('f', "0", 1);
    for file in ["", &FILE[1..], &other, &longer] {
        let length = file.len() as u64;
        let error = verified.check_file(FileDigest::of(file.as_bytes())).unwrap_err();
        assert_eq!(*error.kind(), ManifestErrorKind::OtherFile { signed: FILE.len() as u64, found: length });
        assert_eq!(verified.seen(), Err(ManifestErrorKind::Unchecked { what: "list's file has" }.into()));
    }
    // the right file with the entries of another
    verified.check_file(FileDigest::of(FILE.as_bytes())).unwrap();
    assert_eq!(verified.seen(), Err(ManifestErrorKind::Unchecked { what: "list's entries have" }.into()));
    let error = verified.check_entries(entries(&other)).unwrap_err();
    assert_eq!(*error.kind(), ManifestErrorKind::OtherEntries { signed: 2, found: 2 });
    let error = verified.check_entries(entries(&FILE[..65])).unwrap_err();
    assert_eq!(*error.kind(), ManifestErrorKind::OtherEntries { signed: 2, found: 1 });
    assert!(verified.seen().is_err());
    verified.check_entries(entries(FILE)).unwrap();
    assert!(verified.seen().is_ok());
    // a later failure takes it back
    verified.check_file(FileDigest::of(b"")).unwrap_err();
    assert!(verified.seen().is_err());
}

#[test]
fn endless_data_is_refused_before_it_is_read() {
    let (signer, keys, ..) = machine();
    let most = Manifest::MAX_BYTES as u64;
    assert_eq!(Manifest::read_text(Endless(0)), Err(ManifestErrorKind::TooLarge { what: "manifest", most }.into()));
    assert_eq!(Keys::read_text(Endless(0)), Err(ManifestErrorKind::TooLarge { what: "keys file", most }.into()));
    let huge = vec![b' '; Manifest::MAX_BYTES + 1];
    assert_eq!(Manifest::parse(&huge), Err(ManifestErrorKind::TooLarge { what: "manifest", most }.into()));

    let verified = ask(&first(), &[&signer], &keys, None).unwrap();
    let mut file = verified.measure(Endless(0));
    assert!(std::io::copy(&mut file, &mut std::io::sink()).is_err());
    assert_eq!(file.finish(), Err(ManifestErrorKind::EndlessData { signed: FILE.len() as u64 }.into()));
    assert!(verified.measure(Endless(0)).finish().is_err());
    let one_more = format!("{FILE}0");
    let error = verified.measure(one_more.as_bytes()).finish().unwrap_err();
    assert_eq!(*error.kind(), ManifestErrorKind::EndlessData { signed: FILE.len() as u64 });
    // a file that is too short is another file
    let found = verified.measure(&FILE.as_bytes()[1..]).finish().unwrap();
    assert_eq!(found, FileDigest::of(&FILE.as_bytes()[1..]));

    let text = first().to_json().unwrap();
    let ask = |signatures: &[&str]| refused(verify(&text, signatures, "hotline", &keys, None, NOW, &Guard::new()));
    let signature = signer.sign(&text);
    let long = signature.replacen("a comment", &"long ".repeat(4000), 1);
    assert_eq!(*ask(&[&long]).kind(), ManifestErrorKind::TooLarge { what: "signature", most: 8192 });
    assert_eq!(*ask(&vec![&*signature; 65]).kind(), ManifestErrorKind::TooManySignatures { found: 65, most: 64 });
}

#[test]
fn the_wrong_list_is_refused() {
    let (signer, keys, ..) = machine();
    let mut other = first();
    other.list = "forum".into();
    let error = refused(ask(&other, &[&signer], &keys, None));
    assert_eq!(*error.kind(), ManifestErrorKind::WrongList { expected: "hotline".into(), found: "forum".into() });
    // nor is a list taken for which nobody is trusted, although its publisher is for another
    let text = other.to_json().unwrap();
    let error = refused(verify(&text, &[&signer.sign(&text)], "forum", &keys, None, NOW, &Guard::new()));
    assert_eq!(*error.kind(), ManifestErrorKind::NoKeys { list: "forum".into() });
}

#[test]
fn truncated_manifests_and_signatures_are_refused_at_every_byte() {
    let (signer, keys, ..) = machine();
    let text = first().to_json().unwrap();
    let signature = signer.sign(&text);
    let ask = |text: &[u8], signature: &str| verify(text, &[signature], "hotline", &keys, None, NOW, &Guard::new());
    assert!(ask(&text, &signature).is_ok());
    for end in 0..text.len() {
        let error = refused(ask(&text[..end], &signature));
        assert!(matches!(error.kind(), ManifestErrorKind::NotAManifest { .. }), "{end}: {error}");
        // nor with a signature that fits
        assert_eq!(refused(ask(&text[..end], &signer.sign(&text[..end]))), error);
    }
    let whole = signature.trim_end().len();
    for end in (0..whole).filter(|end| signature.is_char_boundary(*end)) {
        let error = refused(ask(&text, &signature[..end]));
        assert!(matches!(error.kind(), ManifestErrorKind::NotASignature { number: 1 }), "{end}: {error}");
    }
}

#[test]
fn bits_that_flip_anywhere_are_refused() {
    let (signer, keys, ..) = machine();
    let text = first().to_json().unwrap();
    let signature = signer.sign(&text);
    let ask = |text: &[u8], signature: &str| verify(text, &[signature], "hotline", &keys, None, NOW, &Guard::new());
    let mut bad_signatures = 0;
    for bit in 0..8 * text.len() {
        let mut flipped = text.clone();
        let bits = flipped.view_bits_mut::<Lsb0>();
        bits.set(bit, !bits[bit]);
        match refused(ask(&flipped, &signature)).kind() {
            ManifestErrorKind::BadSignature { .. } => bad_signatures += 1,
            // nothing says more than that the text is none, or which of these was changed
            ManifestErrorKind::NotAManifest { .. }
            | ManifestErrorKind::WrongList { .. }
            | ManifestErrorKind::NewEpoch { .. } => {}
            error => panic!("{error}"),
        }
    }
    // texts with another letter are manifests still
    assert!(bad_signatures > 100, "{bad_signatures}");
    // every letter of a signature counts but those of the first line, which is a comment and not signed
    let first_line = signature.find('\n').unwrap();
    for bit in 0..8 * signature.trim_end().len() {
        let mut flipped = signature.clone().into_bytes();
        let bits = flipped.view_bits_mut::<Lsb0>();
        bits.set(bit, !bits[bit]);
        let Ok(flipped) = String::from_utf8(flipped) else { continue };
        let result = ask(&text, &flipped);
        if bit / 8 > first_line {
            refused(result);
        } else if let Ok(verified) = result {
            assert_eq!(verified.manifest(), &first());
        }
    }
}

#[test]
fn there_is_one_text_for_each_manifest() {
    let (signer, keys, ..) = machine();
    let text = String::from_utf8(first().to_json().unwrap()).unwrap();
    let mut others = vec![
        format!("{text}\n"),
        format!("{text}{{}}"),
        format!(" {text}"),
        format!("\u{feff}{text}"),
        text.trim_end().to_owned(),
        text.replace("\n  ", "\n\t"),
        text.replace('\n', "\r\n"),
        text.replace("\"GB\"", "\"\\u0047B\""),
        text.replace("  \"epoch\": 1,\n", "  \"epoch\": 1,\n  \"epoch\": 1,\n"),
        text.replace("  \"epoch\": 1,\n", "  \"epoch\": 1,\n  \"unknown\": 1,\n"),
        text.replace("\"epoch\": 1", "\"epoch\": 1.0"),
        text.replace("\"epoch\": 1", "\"epoch\": 0"),
        text.replace("\"epoch\": 1", "\"epoch\": -1"),
        text.replace("  \"previous\": null,\n", ""),
        text.replace("manifest 1", "manifest 2"),
        text.replace("\"radius\": 31", "\"radius\": 257"),
        text.replace("T06:00:00Z", "T06:00:00.5Z"),
        text.replace("T06:00:00Z", "T07:00:00+01:00"),
        text.replace("2026-12-25", "2026-11-24"),
        text.replace("\"pdq\"", "\"PDQ\""),
        text.replace("\"hotline\"", "\" \""),
        text.replace("\"hotline\"", "\"a\\u0007\""),
        text.replace("\"GB\"", &format!("\"{}\"", "x".repeat(201))),
        "null".into(),
        "[]".into(),
        "[".repeat(100_000),
    ];
    // a field's name is quoted, but nobody's terminal or log is written to
    let quoted = text.replace("\"epoch\"", "\"\\n\\u001b[2J\\u202e\"");
    let error = refused(verify(quoted.as_bytes(), &[], "hotline", &keys, None, NOW, &Guard::new())).to_string();
    assert!(error.contains("unknown field") && !error.contains(['\n', '\u{1b}', '\u{202e}']), "{error:?}");
    let upper = first().file.sha256.to_string();
    others.push(text.replace(&upper, &upper.to_uppercase()));
    for other in others {
        assert_ne!(other, text);
        let signature = signer.sign(other.as_bytes());
        let result = verify(other.as_bytes(), &[&signature], "hotline", &keys, None, NOW, &Guard::new());
        assert!(matches!(refused(result).kind(), ManifestErrorKind::NotAManifest { .. }), "{other}");
    }
    // and it is this
    let file = first().file.sha256;
    let expected = format!(
        r#"{{
  "format": "lookalike manifest 1",
  "list": "hotline",
  "publisher": "Hotline of the test",
  "jurisdiction": "GB",
  "profile": "pdq",
  "radius": 31,
  "epoch": 1,
  "sequence": 1,
  "created": "2026-11-24T06:00:00Z",
  "expires": "2026-12-25T06:00:00Z",
  "previous": null,
  "file": {{
    "length": 130,
    "sha256": "{file}",
    "format": "",
    "options": ""
  }},
  "entries": {{
    "count": 2,
    "sha256": "{}"
  }}
}}
"#,
        entries(FILE).sha256
    );
    assert_eq!(text, expected);
}

/// Counts what is read of something that never ends.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(b'{');
        self.0 += buffer.len() as u64;
        assert!(self.0 < 8 << 20, "this is read without end");
        Ok(buffer.len())
    }
}
