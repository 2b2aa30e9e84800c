//! Named, versioned ways of making a hash, so that hashes made in different ways are never compared.

use core::fmt;
use core::str::FromStr;

/// The way in which a hash was made: algorithm, length and preparation of the pixels.
///
/// Its [`id`](Self::id) is stored in every index; its [`name`](Self::name) stands in lists, logs and on the command
/// line. Neither ever changes its meaning.
///
/// ```
/// use lookalike::hash::Profile;
///
/// let profile: Profile = "pdq".parse()?;
/// assert_eq!(profile, Profile::Pdq);
/// assert_eq!((profile.name(), profile.bits()), ("pdq", 256));
/// # Ok::<(), lookalike::hash::UnknownName>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// PDQ of the full-resolution pixels, as threatexchange and PyPI's pdqhash compute it.
    Pdq,
    /// PDQ as Meta's command-line tool computes it: pixels picked down to 512x512 first.
    Pdq512,
    /// Average hash on an 8x8 grid, as Python ImageHash computes it.
    Ahash64,
    /// Average hash on a 16x16 grid.
    Ahash256,
    /// Difference hash on an 8x8 grid, as Python ImageHash computes it.
    Dhash64,
    /// Difference hash on a 16x16 grid.
    Dhash256,
    /// DCT hash on an 8x8 grid, as Python ImageHash computes it.
    Phash64,
    /// DCT hash on a 16x16 grid.
    Phash256,
    /// Wavelet hash on an 8x8 grid, as Python ImageHash computes it.
    Whash64,
    /// Wavelet hash on a 16x16 grid.
    Whash256,
    /// Block mean value hash on an 8x8 grid, as published by bmvbhash.
    Blockhash64,
    /// Block mean value hash on a 16x16 grid.
    Blockhash256,
}

/// Every profile with its id and name: the single table from which both are read.
const TABLE: [(Profile, u16, &str, u16); 12] = [
    (Profile::Pdq, 1, "pdq", 256),
    (Profile::Pdq512, 2, "pdq512", 256),
    (Profile::Ahash64, 16, "ahash", 64),
    (Profile::Ahash256, 17, "ahash256", 256),
    (Profile::Dhash64, 18, "dhash", 64),
    (Profile::Dhash256, 19, "dhash256", 256),
    (Profile::Phash64, 20, "phash", 64),
    (Profile::Phash256, 21, "phash256", 256),
    (Profile::Whash64, 22, "whash", 64),
    (Profile::Whash256, 23, "whash256", 256),
    (Profile::Blockhash64, 24, "blockhash", 64),
    (Profile::Blockhash256, 25, "blockhash256", 256),
];

impl Profile {
    /// Every profile, in the order of their ids.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The number stored in index files.
    #[must_use]
    pub fn id(self) -> u16 {
        self.row().1
    }

    /// The name used in lists, logs and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// The length of the profile's hashes in bits: 64 or 256.
    #[must_use]
    pub fn bits(self) -> usize {
        usize::from(self.row().3)
    }

    /// The largest distance that counts as a match unless the caller says otherwise.
    ///
    /// 31 of 256 is PDQ's published threshold. 4 of 64 is the usual choice for the classic hashes: a random pair lies
    /// within 10 once in 1e8, which is too often for a list of millions. 16 of 256 keeps the same share of the bits.
    #[must_use]
    pub fn default_radius(self) -> u32 {
        match self {
            Self::Pdq | Self::Pdq512 => 31,
            _ if self.bits() == 64 => 4,
            _ => 16,
        }
    }

    /// Finds the profile that an index file names by its id.
    #[must_use]
    pub fn from_id(id: u16) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == id).map(|row| row.0)
    }

    fn row(self) -> &'static (Self, u16, &'static str, u16) {
        TABLE.iter().find(|row| row.0 == self).expect("every profile has a row")
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Profile {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        const NAMES: [&str; TABLE.len()] = names(&TABLE);
        TABLE.iter().find(|row| row.2 == name).map(|row| row.0).ok_or(UnknownName::new("profile", &NAMES))
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
const fn names<const N: usize>(table: &[(Profile, u16, &'static str, u16); N]) -> [&'static str; N] {
    let (mut names, mut at) = ([""; N], 0);
    while at < N {
        names[at] = table[at].2;
        at += 1;
    }
    names
}

/// Error of parsing a name, of a profile or of a kind of index; its message lists the names that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    names: &'static [&'static str],
}

impl UnknownName {
    pub(crate) const fn new(what: &'static str, names: &'static [&'static str]) -> Self {
        Self { what, names }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {}; expected one of:", self.what)?;
        self.names.iter().enumerate().try_for_each(|(at, name)| write!(f, "{}{name}", if at == 0 { " " } else { ", " }))
    }
}

impl core::error::Error for UnknownName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_id_and_its_name() {
        assert_eq!(Profile::all().len(), TABLE.len());
        for profile in Profile::all() {
            assert_eq!(Profile::from_id(profile.id()), Some(profile));
            assert_eq!(profile.name().parse(), Ok(profile));
            assert!(TABLE.iter().any(|row| row.0 == profile));
        }
        assert_eq!(Profile::from_id(0), None);
        assert!("PDQ".parse::<Profile>().is_err());
    }

    #[test]
    fn ids_never_move() {
        assert_eq!(Profile::Pdq.id(), 1);
        assert_eq!(Profile::Pdq512.id(), 2);
        assert_eq!(Profile::Ahash64.id(), 16);
        assert_eq!(Profile::Blockhash256.id(), 25);
    }
}
