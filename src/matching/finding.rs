//! What a look-up found of one picture, entry by entry, and what is known of the picture apart from that.

use super::Outcome;
use crate::coverage::Whole;
use crate::entry::Digest;
use crate::hash::{Dihedral, HashBits};
use crate::index::Source;

/// An entry that a look-up found.
///
/// ```
/// use lookalike::hash::{Bits256, Dihedral};
/// use lookalike::index::Source;
/// use lookalike::matching::Finding;
///
/// let source = Source { list: "hotline", id: "17", ..Source::default() };
/// let finding = Finding::perceptual(Bits256::ZERO, 4, source).transform(Dihedral::FlipX).quality(82);
/// assert_eq!((finding.distance, finding.source.list), (4, "hotline"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding<'a, const N: usize> {
    /// What of the entry was found.
    pub by: By<N>,
    /// The bits in which the picture's hash differs from the entry's: 0 for a digest.
    pub distance: u32,
    /// How the picture was turned to look like the entry.
    pub transform: Dihedral,
    /// Of which frame the view was, counted from 1.
    pub frame: u32,
    /// What kind of view of the frame was hashed.
    pub view: ViewKind,
    /// The PDQ quality of the view: 0 to 100.
    pub quality: u8,
    /// The least distance at which a hash of the same frame under the second profile finds the same list and entry; none if it does not.
    pub confirmed: Option<u32>,
    /// The entry.
    pub source: Source<'a>,
}

/// What of an entry was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "entries have hashes and digests, and nothing else")]
pub enum By<const N: usize> {
    /// Its perceptual hash, within some distance.
    Hash(HashBits<N>),
    /// The digest of the whole file.
    Digest(Digest),
}

/// What kind of view of a frame was hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ViewKind {
    /// The frame, or what lies within its border.
    #[default]
    Exact,
    /// A view made from a grid: see [`hash::views`](crate::hash::views).
    Framed,
    /// The frame with a part of it covered: [`Occlusion`](super::Occlusion) says that it counts, whatever the radius.
    Covered,
}

impl ViewKind {
    /// The name in reports: `exact`, `framed`, `covered`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Framed => "framed",
            Self::Covered => "covered",
        }
    }
}

impl<'a, const N: usize> Finding<'a, N> {
    /// A listed hash that lies `distance` from that of a picture as it is, of quality 100.
    #[must_use]
    pub const fn perceptual(hash: HashBits<N>, distance: u32, source: Source<'a>) -> Self {
        let by = By::Hash(hash);
        Self {
            by,
            distance,
            transform: Dihedral::Original,
            frame: 1,
            view: ViewKind::Exact,
            quality: 100,
            confirmed: None,
            source,
        }
    }

    /// A listed digest that is the file's.
    #[must_use]
    pub const fn digest(digest: Digest, source: Source<'a>) -> Self {
        let found = Self::perceptual(HashBits::ZERO, 0, source);
        Self { by: By::Digest(digest), ..found }
    }

    /// Sets how the picture was turned.
    #[must_use]
    pub const fn transform(self, transform: Dihedral) -> Self {
        Self { transform, ..self }
    }

    /// Sets the frame, and what kind of view of it was hashed.
    #[must_use]
    pub const fn view(self, frame: u32, view: ViewKind) -> Self {
        Self { frame, view, ..self }
    }

    /// Sets the quality of the view.
    #[must_use]
    pub const fn quality(self, quality: u8) -> Self {
        Self { quality, ..self }
    }

    /// Sets at which distance the second profile finds the same entry.
    #[must_use]
    pub const fn confirmed(self, confirmed: Option<u32>) -> Self {
        Self { confirmed, ..self }
    }

    /// Whether the whole file is the one that is listed.
    #[must_use]
    pub const fn is_exact(&self) -> bool {
        matches!(self.by, By::Digest(_))
    }
}

/// What is known of a picture apart from what was found of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Picture {
    /// What became of it if nothing counts: [`Outcome::NoMatch`] where it was looked up, else why it could not be.
    pub otherwise: Outcome,
    /// The best quality of its views: 0 to 100. None where no hash was made of it.
    pub quality: Option<u8>,
    /// The quality at which it counts as checked: [`Rules::required_quality`](super::Rules::required_quality).
    pub required_quality: u8,
    /// Now, in Unix milliseconds, if there is a clock.
    pub now: Option<i64>,
}

impl Picture {
    /// A picture that was looked up by hashes of this best quality, in an index whose lists require that one.
    #[must_use]
    pub const fn looked_up(quality: u8, required_quality: u8, whole: Whole) -> Self {
        Self { otherwise: Outcome::NoMatch(whole), quality: Some(quality), required_quality, now: None }
    }

    /// A file that could not be looked up, or only in part, by its hashes, and why. A digest may have been found nevertheless.
    #[must_use]
    pub const fn not_checked(why: Outcome) -> Self {
        Self { otherwise: why, quality: None, required_quality: 0, now: None }
    }

    /// Sets the time, in Unix milliseconds.
    #[must_use]
    pub const fn now(self, now: Option<i64>) -> Self {
        Self { now, ..self }
    }
}
