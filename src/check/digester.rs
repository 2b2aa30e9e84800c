//! Digests of a whole file, of the kinds that an index has, made as the file is read.

use alloc::vec::Vec;
use core::fmt;

use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::Sha256;

use crate::entry::{Digest, DigestKind};

/// Digests being made of a file: of as many kinds as are worth making, in one pass over its bytes.
///
/// ```
/// use lookalike::check::Digester;
/// use lookalike::entry::DigestKind;
///
/// let mut digester = Digester::new([DigestKind::Sha1]);
/// digester.update(b"abc");
/// assert_eq!(digester.finish()[0].to_string(), "a9993e364706816aba3e25717850c26c9cd0d89d");
/// ```
#[derive(Clone, Default)]
pub struct Digester {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    sha256: Option<Sha256>,
}

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [self.md5.is_some(), self.sha1.is_some(), self.sha256.is_some()];
        f.debug_struct("Digester").field("md5, sha1, sha256", &kinds).finish_non_exhaustive()
    }
}

impl Digester {
    /// Makes digests of these kinds.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = DigestKind>) -> Self {
        let mut digester = Self::default();
        for kind in kinds {
            match kind {
                DigestKind::Md5 => digester.md5 = Some(Md5::new()),
                DigestKind::Sha1 => digester.sha1 = Some(Sha1::new()),
                DigestKind::Sha256 => digester.sha256 = Some(Sha256::new()),
            }
        }
        digester
    }

    /// Whether there is nothing to make.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.md5.is_none() && self.sha1.is_none() && self.sha256.is_none()
    }

    /// Adds the next bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        if let Some(sha1) = &mut self.sha1 {
            sha1.update(bytes);
        }
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    /// The digests of everything that was added.
    #[must_use]
    pub fn finish(self) -> Vec<Digest> {
        let md5 = self.md5.map(|md5| Digest::Md5(md5.finalize().into()));
        let sha1 = self.sha1.map(|sha1| Digest::Sha1(sha1.finalize().into()));
        let sha256 = self.sha256.map(|sha256| Digest::Sha256(sha256.finalize().into()));
        [md5, sha1, sha256].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn digests_are_those_of_their_standards() {
        let mut digester = Digester::new(DigestKind::ALL);
        digester.update(b"a");
        digester.update(b"bc");
        // "abc", the first test of RFC 1321, FIPS 180-1 and FIPS 180-2
        let texts: Vec<_> = digester.finish().iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "900150983cd24fb0d6963f7d28e17f72",
                "a9993e364706816aba3e25717850c26c9cd0d89d",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            ]
        );
        assert!(Digester::new([DigestKind::Sha1]).finish().iter().all(|digest| digest.kind() == DigestKind::Sha1));
        assert!(Digester::new([]).is_idle());
    }
}
