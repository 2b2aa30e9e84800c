//! Which of the trusted keys signed a manifest: different keys are counted, not signatures.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;

use minisign_verify::{Error, Signature};

use super::keys::{Key, KeyId, KeySet, printed};
use super::{ManifestError, ManifestErrorKind};

/// The longest signature that is read: minisign's have about 300 bytes, of which a comment can be longer.
pub(super) const MAX_BYTES: usize = 8 << 10;
/// The most signatures that are looked at: two epochs of as many keys as there may be.
pub(super) const MAX_SIGNATURES: usize = 64;

/// A signature's number of its key.
struct Signed {
    number: usize,
    id: KeyId,
    signature: Signature,
}

/// Finds out which of the keys signed.
///
/// A signature by a key that none of the sets has is passed over: a publisher signs for machines that have other keys, too. One that claims
/// to be by a key that they have must be right.
pub(super) struct Tally<'k> {
    by: Vec<&'k Key>,
    twice: Option<&'k Key>,
    unknown: Option<KeyId>,
}

impl<'k> Tally<'k> {
    pub(super) fn of(manifest: &[u8], signatures: &[&str], sets: &[&'k KeySet]) -> Result<Self, ManifestError> {
        if signatures.len() > MAX_SIGNATURES {
            return Err(ManifestErrorKind::TooManySignatures { found: signatures.len(), most: MAX_SIGNATURES }.into());
        }
        let mut tally = Self { by: Vec::new(), twice: None, unknown: None };
        for (text, number) in signatures.iter().zip(1..) {
            let Signed { number, id, signature } = read(text, number)?;
            let Some(key) = sets.iter().flat_map(|set| set.iter()).find(|key| key.id == id) else {
                tally.unknown = tally.unknown.or(Some(id));
                continue;
            };
            match key.public.verify(manifest, &signature, false) {
                Ok(()) => {}
                Err(Error::UnexpectedAlgorithm) => return Err(ManifestErrorKind::LegacySignature { number }.into()),
                Err(_) => return Err(ManifestErrorKind::BadSignature { key: key.name().to_owned() }.into()),
            }
            if tally.by.iter().any(|other| other.is(key)) {
                tally.twice = tally.twice.or(Some(key));
            } else {
                tally.by.push(key);
            }
        }
        Ok(tally)
    }

    /// The keys of a set that signed, if they are enough.
    pub(super) fn enough(&self, set: &'k KeySet) -> Result<impl Iterator<Item = &'k Key>, ManifestError> {
        let signed = |key: &&Key| self.by.iter().any(|other| other.is(key));
        let (found, needed) = (set.iter().filter(signed).count(), set.threshold());
        if found < needed {
            let twice = self.twice.filter(|key| set.iter().any(|other| other.is(key)));
            return Err(match (twice, self.unknown) {
                (Some(key), _) => ManifestErrorKind::DuplicateKeys { key: key.name().to_owned(), found, needed },
                (None, Some(id)) => ManifestErrorKind::UnknownKey { id: printed(id), found, needed },
                (None, None) => ManifestErrorKind::TooFewKeys { epoch: set.epoch(), found, needed },
            }
            .into());
        }
        let by = self.by.clone();
        Ok(set.iter().filter(move |key| by.iter().any(|other| other.is(key))))
    }
}

fn read(text: &str, number: usize) -> Result<Signed, ManifestError> {
    if text.len() > MAX_BYTES {
        return Err(ManifestErrorKind::TooLarge { what: "signature", most: MAX_BYTES as u64 }.into());
    }
    let refused = || ManifestError::from(ManifestErrorKind::NotASignature { number });
    let signature = Signature::decode(text).map_err(|_| refused())?;
    // the reader of signatures keeps the key's number to itself
    let line = text.lines().nth(1).ok_or_else(refused)?;
    let decoded = data_encoding::BASE64.decode(line.as_bytes()).map_err(|_| refused())?;
    let id = decoded.get(2..).and_then(<[u8]>::first_chunk).ok_or_else(refused)?;
    Ok(Signed { number, id: *id, signature })
}
