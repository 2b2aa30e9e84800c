//! The digests of a whole file, of the kinds that the lists have: exact matching beside the perceptual hash.

use lookalike::entry::{Digest, DigestKind};
use lookalike::store::Snapshot;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// Makes the digests that a generation has any of.
pub(crate) fn of(bytes: &[u8], snapshot: &Snapshot) -> Vec<Digest> {
    let kinds = DigestKind::ALL.into_iter().filter(|kind| snapshot.digests(*kind) > 0);
    kinds.filter_map(|kind| digest(kind, bytes)).collect()
}

fn digest(kind: DigestKind, bytes: &[u8]) -> Option<Digest> {
    match kind {
        DigestKind::Md5 => Some(Digest::Md5(Md5::digest(bytes).into())),
        DigestKind::Sha1 => Some(Digest::Sha1(Sha1::digest(bytes).into())),
        DigestKind::Sha256 => Some(Digest::Sha256(Sha256::digest(bytes).into())),
        _ => None,
    }
}
