//! When a copy under a caption, a logo or a sticker counts as a match.

use crate::hash::{Bits256, Dihedral, PdqSpectrum, pdq};

/// A wider radius, whose candidates are confirmed by what speaks against them.
///
/// What covers a part of a picture moves its hash by 30 to 70 bits, out of the usual radius, but not as far as an unrelated
/// picture. A listed hash within this radius counts if there is little [`PdqSpectrum::conflict`]: it takes the needle's coefficients and
/// the published hash, nothing more.
///
/// Measured on the held-out half of `benches/quality`, and on 1,346 benign pictures, most of them graphics, against a list of a million
/// hashes of crops, photographs and graphics, where the picture itself falsely matches 1,500 per million:
///
/// | within | caption bar found | logo at a corner | benign pictures matched, per million |
/// |---|---|---|---|
/// | 52 bits (the default) | 93 % | 78 % | 2,200 (460 to 6,500) |
/// | 68 bits | 97 % | 91 % | 42,000 (31,000 to 54,000) |
///
/// So the wider radius is for short lists of photographs, or for people who look at every match. Looking up with a radius of 68 takes
/// about as long as looking at all listed hashes.
///
/// Where the list also has the dHash of its pictures, that confirms better: take every candidate within a radius of 70, and
/// report those whose dHash (64 bits) lies within 8; both hashes come from one decoding by
/// `decode::Visitor::pixels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Occlusion {
    /// The largest distance of a candidate, inclusive.
    pub radius: u32,
    /// The most [`PdqSpectrum::conflict`] of a match, in thousandths: that of unrelated pictures is 500.
    pub most_conflict: u16,
}

impl Occlusion {
    /// Within 52 bits, a conflict of at most 0.2.
    #[must_use]
    pub const fn new() -> Self {
        Self { radius: 52, most_conflict: 200 }
    }

    /// Sets the largest distance of a candidate, inclusive.
    #[must_use]
    pub const fn radius(self, radius: u32) -> Self {
        Self { radius, ..self }
    }

    /// Sets the most conflict of a match, in thousandths.
    #[must_use]
    pub const fn most_conflict(self, most_conflict: u16) -> Self {
        Self { most_conflict, ..self }
    }

    /// Whether a listed hash that lies so far from a needle, the hash of the picture turned, counts. Never where either of them repeats
    /// one pattern ([`pdq::is_repetitive`]).
    ///
    /// ```
    /// use lookalike::hash::{Dihedral, pdq};
    /// use lookalike::matching::Occlusion;
    /// use lookalike::pixels::{ImageRef, PixelFormat};
    ///
    /// let picture = |x: u32, y: u32| (128.0 + 50.0 * (x as f32 / 9.0).sin() + 60.0 * ((y * x) as f32 / 900.0).sin()) as u8;
    /// let spectrum = |pixels: &[u8]| {
    ///     let image = ImageRef::packed(pixels, 200, 200, PixelFormat::Gray8).unwrap();
    ///     pdq::spectrum(&image, pdq::PdqProfile::FullResolution).unwrap()
    /// };
    /// let plain: Vec<u8> = (0..200 * 200).map(|i| picture(i % 200, i / 200)).collect();
    /// let covered: Vec<u8> = plain.iter().enumerate().map(|(i, &it)| if i / 200 < 172 { it } else { 255 }).collect();
    ///
    /// let (listed, copy) = (spectrum(&plain).pdq().hash, spectrum(&covered));
    /// let distance = copy.pdq().hash.distance(&listed);
    /// assert!(Occlusion::new().counts(&copy, Dihedral::Original, &listed, distance));
    /// assert!(!Occlusion::new().most_conflict(1).counts(&copy, Dihedral::Original, &listed, distance));
    /// ```
    #[must_use]
    pub fn counts(&self, needle: &PdqSpectrum, turn: Dihedral, listed: &Bits256, distance: u32) -> bool {
        let most = f32::from(self.most_conflict) / 1000.0;
        distance <= self.radius
            && needle.conflict(listed, turn).is_some_and(|conflict| conflict <= most)
            && !needle.is_repetitive()
            && !pdq::is_repetitive(listed)
    }
}

impl Default for Occlusion {
    fn default() -> Self {
        Self::new()
    }
}
