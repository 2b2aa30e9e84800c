//! A publisher who signs, an operator who trusts him, and a machine that remembers.

use std::path::Path;

use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, Index, Source};
use lookalike::store::manifest::{FileDigest, Guard, Keys, Manifest, ManifestError, Seen, Verified, verify};
use lookalike::store::{EntryDigests, ListDigest, Sha256Digest};
use minisign::KeyPair;

/// 2026-11-25T06:00:00Z.
pub(crate) const NOW: i64 = 1_795_586_400_000;
pub(crate) const DAY: i64 = 86_400_000;

/// A publisher's key and what the operator calls it.
pub(crate) struct Signer(pub(crate) &'static str, pub(crate) KeyPair);

impl Signer {
    pub(crate) fn new(name: &'static str) -> Self {
        Self(name, KeyPair::generate_unencrypted_keypair().unwrap())
    }

    pub(crate) fn sign(&self, text: &[u8]) -> String {
        minisign::sign(None, &self.1.sk, text, Some("for the test"), Some("a comment")).unwrap().to_string()
    }
}

pub(crate) fn signers<const K: usize>(names: [&'static str; K]) -> [Signer; K] {
    names.map(Signer::new)
}

pub(crate) fn table(signers: &[&Signer]) -> String {
    let key = |Signer(name, pair): &&Signer| format!("{{ name = {name:?}, key = {:?} }}", pair.pk.to_base64());
    format!("keys = [{}]", signers.iter().map(key).collect::<Vec<_>>().join(", "))
}

/// A keys file for the list `hotline`; `former` is the epoch before.
pub(crate) fn keys(epoch: u64, threshold: usize, now: &[&Signer], former: Option<(usize, &[&Signer])>) -> Keys {
    let mut text = format!(
        "version = 1\n[[list]]\nname = \"hotline\"\nepoch = {epoch}\nthreshold = {threshold}\n{}\n",
        table(now)
    );
    if let Some((threshold, signers)) = former {
        text += &format!("[[list.former]]\nepoch = {}\nthreshold = {threshold}\n{}\n", epoch - 1, table(signers));
    }
    Keys::parse(&text).unwrap()
}

pub(crate) const FILE: &str = "\
f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22\n\
0f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b2\n";

pub(crate) fn index(file: &str) -> Index<Vec<u8>> {
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    for line in file.lines() {
        builder.add(line.parse::<Bits256>().unwrap(), Source { list: "hotline", ..Source::default() }).unwrap();
    }
    Index::open(builder.finish().unwrap()).unwrap()
}

pub(crate) fn entries(file: &str) -> ListDigest {
    EntryDigests::of(&index(file)).unwrap().list("hotline")
}

/// The first manifest of the list, fresh for a month.
pub(crate) fn first() -> Manifest {
    let mut manifest = Manifest::new("hotline", Profile::Pdq, FileDigest::of(FILE.as_bytes()), entries(FILE));
    manifest.publisher = "Hotline of the test".into();
    manifest.jurisdiction = "GB".into();
    (manifest.created, manifest.expires) = (NOW - DAY, NOW + 30 * DAY);
    manifest
}

/// One of a later number, so many entries long.
pub(crate) fn later(sequence: u64, previous: &Manifest, count: u64) -> Manifest {
    let mut manifest = previous.clone();
    manifest.sequence = sequence;
    manifest.previous = Some(Sha256Digest::of(&previous.to_json().unwrap()));
    manifest.entries = numbered(count);
    manifest
}

/// The digest of a list that is said to have so many entries.
pub(crate) fn numbered(count: u64) -> ListDigest {
    let mut digest = entries(FILE);
    digest.entries = count;
    digest
}

/// Asks as a machine would whose clock shows [`NOW`].
pub(crate) fn ask(
    manifest: &Manifest,
    by: &[&Signer],
    keys: &Keys,
    seen: Option<&Seen>,
) -> Result<Verified, ManifestError> {
    ask_at(NOW, manifest, by, keys, seen, &Guard::new())
}

pub(crate) fn ask_at(
    now: i64,
    manifest: &Manifest,
    by: &[&Signer],
    keys: &Keys,
    seen: Option<&Seen>,
    guard: &Guard,
) -> Result<Verified, ManifestError> {
    let text = manifest.to_json().unwrap();
    let signatures: Vec<_> = by.iter().map(|signer| signer.sign(&text)).collect();
    verify(&text, &signatures.iter().map(String::as_str).collect::<Vec<_>>(), "hotline", keys, seen, now, guard)
}

/// Accepts a manifest to the end: file and entries are what it says.
pub(crate) fn accept(mut verified: Verified) -> Seen {
    let (file, entries) = (verified.manifest().file, verified.manifest().entries);
    verified.check_file(file).unwrap();
    verified.check_entries(entries).unwrap();
    verified.seen().unwrap()
}

pub(crate) fn refused(result: Result<Verified, ManifestError>) -> ManifestError {
    let error = result.expect_err("this had to be refused");
    assert!(!error.to_string().is_empty() && !error.to_string().contains('\n'));
    error
}

/// One signer, and a machine that has accepted manifest 5, which has 100 entries.
pub(crate) fn machine() -> (Signer, Keys, Manifest, Seen) {
    let signer = Signer::new("desk");
    let keys = keys(1, 1, &[&signer], None);
    let fifth = later(5, &first(), 100);
    let seen = accept(ask(&fifth, &[&signer], &keys, None).unwrap());
    (signer, keys, fifth, seen)
}

/// What minisign 0.11 of Debian made: see `tests/manifest/README.md`.
pub(crate) fn made_by_minisign(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifest").join(name)).unwrap()
}
