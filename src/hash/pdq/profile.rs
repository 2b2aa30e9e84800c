//! Which pictures PDQ hashes, and which of their pixels it looks at.

use crate::hash::Profile;
use crate::resample::jarosz::Axis;

/// The shortest side that is hashed: 5 pixels. Smaller pictures get the zero hash and quality 0, as in the reference.
pub const MIN_SIDE: u32 = 5;

/// The longest side that is hashed: 524,288 pixels.
pub const MAX_SIDE: u32 = Axis::MAX_LEN;

/// The quality from which on a hash may be listed and matched: 50 of 100, the reference's rule.
pub const MIN_QUALITY: u8 = 50;

/// Which pixels PDQ looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PdqProfile {
    /// All pixels: [`Profile::Pdq`].
    #[default]
    FullResolution,
    /// 512x512 pixels picked by nearest neighbour where either side is longer: [`Profile::Pdq512`].
    Meta512,
}

impl PdqProfile {
    /// The profile under which the hash is listed and looked up.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::FullResolution => Profile::Pdq,
            Self::Meta512 => Profile::Pdq512,
        }
    }

    /// The way in which hashes of a profile are made; none for one that is not of PDQ.
    #[must_use]
    pub const fn of(profile: Profile) -> Option<Self> {
        match profile {
            Profile::Pdq => Some(Self::FullResolution),
            Profile::Pdq512 => Some(Self::Meta512),
            _ => None,
        }
    }
}
