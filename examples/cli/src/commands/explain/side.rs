//! One side of a comparison: a picture with all its hashes and views, or a hash alone.

use std::io;
use std::path::Path;

use lookalike::check::{Hashes, PictureHasher};
use lookalike::decode::View;
use lookalike::hash::views::ViewSet;
use lookalike::hash::{Bits64, Bits256, HashBits, PdqSpectrum, Profile, pdq};

use crate::exit::Failure;
use crate::names::shown;

/// What is compared.
#[derive(Debug)]
pub(super) struct Side {
    /// As it is shown: a path, or `hash`.
    pub(super) name: String,
    /// None of a hash that was given.
    pub(super) picture: Option<Picture>,
    /// Of a picture a hash for each profile and turn, in the order of [`Dihedral::ALL`]; else the one hash.
    pub(super) hashes: Vec<(Profile, Vec<Bits>)>,
}

/// What is known of a picture beside its hashes.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// PDQ's, for every profile.
    pub(super) quality: u8,
    /// Further views with enough structure to be looked up; the first frame as stored is not among them.
    pub(super) views: Vec<(View, PdqSpectrum)>,
}

/// The bits of a hash, 64 or 256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(pub(super) Vec<u8>);

impl Side {
    /// Reads a hash or a picture. `given`: the profile of hashes, where it is known.
    ///
    /// # Errors
    ///
    /// When there is no such file, the file is no intact picture, or a hash is not one of its profile.
    pub(super) fn of(operand: &Path, given: Option<Profile>, views: ViewSet) -> Result<Self, Failure> {
        match operand.to_str().filter(|text| is_hash(text)) {
            Some(text) => Self::of_hash(text, given),
            None => Self::of_picture(operand, views),
        }
    }

    fn of_hash(text: &str, given: Option<Profile>) -> Result<Self, Failure> {
        let digits = text.len();
        let profile = match given {
            Some(profile) if profile.bits() == 4 * digits => profile,
            Some(profile) => {
                let expected = profile.bits() / 4;
                return Err(Failure::new(format!(
                    "a hash of {digits} hexadecimal digits is none of profile {profile}, which has {expected}"
                )));
            }
            None if digits == 64 => Profile::Pdq,
            None => {
                let names: Vec<_> = Profile::all().filter(|it| it.bits() == 64).map(Profile::name).collect();
                let names = names.join(", ");
                return Err(Failure::new(format!(
                    "a hash of 16 hexadecimal digits may be of several profiles; say which by --profile: {names}"
                )));
            }
        };
        let bits = match digits {
            16 => text.parse::<Bits64>().map(Bits::from),
            _ => text.parse::<Bits256>().map(Bits::from),
        };
        let bits = bits.map_err(|error| Failure::new(format!("not a hash: {error}")))?;
        Ok(Self { name: "hash".to_owned(), picture: None, hashes: vec![(profile, vec![bits])] })
    }

    fn of_picture(path: &Path, views: ViewSet) -> Result<Self, Failure> {
        let name = shown(path);
        let is_input = path.as_os_str() == "-";
        if let Err(error) = path.symlink_metadata()
            && !is_input
        {
            return Err(Failure::file("find", path, &error));
        }
        let hasher = PictureHasher::new(Profile::all().collect()).dihedral(true).views(views);
        let hashed = if is_input { hasher.hash_reader(io::stdin().lock()) } else { hasher.hash_path(path, true) };
        let not_checked = |why: &dyn std::fmt::Display| Failure::not_checked(format!("{name}: {why}"));
        let hashes = hashed.hashes().map_err(|not| not_checked(&not))?;
        let (Some(header), Some(first)) = (hashed.header(), hashes.first()) else {
            return Err(not_checked(&"there is no picture"));
        };
        let (width, height, quality) = (header.width, header.height, first.quality());
        let bits = |hashes: &Hashes| hashes.iter().map(|(_, bytes)| Bits(bytes.to_vec())).collect();
        let turned = hashes.iter().map(|hashes| (hashes.profile(), bits(hashes))).collect();
        let picture = Picture { width, height, quality, views: hashed.views().to_vec() };
        Ok(Self { name, picture: Some(picture), hashes: turned })
    }

    /// The hashes under a profile: eight of a picture, one of a hash, none of a hash of another profile.
    pub(super) fn turned(&self, profile: Profile) -> &[Bits] {
        self.hashes.iter().find(|(own, _)| *own == profile).map_or(&[], |(_, hashes)| hashes)
    }

    /// Whether it is a picture whose hashes mean little.
    pub(super) fn is_of_low_quality(&self) -> bool {
        self.picture.as_ref().is_some_and(|picture| picture.quality < pdq::MIN_QUALITY)
    }

    /// `picture, 800 x 600 pixels, quality 100`, or `hash of profile pdq, 128 of 256 bits set`.
    pub(super) fn words(&self) -> String {
        match (&self.picture, self.hashes.first()) {
            (Some(Picture { width, height, quality, .. }), _) => {
                format!("picture, {width} x {height} pixels, quality {quality} of 100")
            }
            (None, Some((profile, hashes))) => {
                let ones = hashes.first().map_or(0, Bits::count_ones);
                format!("hash of profile {profile}, {ones} of {} bits set", profile.bits())
            }
            (None, None) => String::new(),
        }
    }
}

impl<const N: usize> From<HashBits<N>> for Bits {
    fn from(bits: HashBits<N>) -> Self {
        Self(bits.as_bytes().to_vec())
    }
}

impl Bits {
    /// Counts the bits in which two hashes of one length differ.
    pub(super) fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    pub(super) fn count_ones(&self) -> u32 {
        self.0.iter().map(|byte| byte.count_ones()).sum()
    }

    /// How many bits a row of the grid has: 8 or 16.
    pub(super) fn side(&self) -> usize {
        (8 * self.0.len()).isqrt()
    }

    /// In hexadecimal.
    pub(super) fn hexadecimal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether a hash of 256 bits repeats one pattern, of which a view says little.
pub(super) fn is_repetitive(hash: &[u8]) -> bool {
    hash.try_into().is_ok_and(|bytes| pdq::is_repetitive(&Bits256::from_bytes(bytes)))
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 16 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The eight hashes of a spectrum.
pub(super) fn turned(spectrum: &PdqSpectrum) -> Vec<Bits> {
    spectrum.dihedral().map(|turned| turned.hash.into()).into()
}
