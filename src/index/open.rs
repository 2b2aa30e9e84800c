//! From bytes to an index: what is checked before anything is looked up.

use core::fmt;

use super::IndexKind;
use super::error::{Corrupt, IndexError};
use super::format::Header;
use super::ring::Ring;
use super::section::SectionId;
use crate::checksum::crc32;
use crate::hash::Profile;
use crate::kernel::Level;

/// An index over bytes that lie anywhere: a `Vec`, a mapped file, flash.
///
/// The bytes are borrowed or owned as `D` does; nothing is copied. See the [module](super) for an example.
#[derive(Clone)]
pub struct Index<D> {
    bytes: D,
    header: Header,
    level: Level,
}

impl<D: AsRef<[u8]>> Index<D> {
    /// Opens an index after checking its structure and every checksum.
    ///
    /// Reads all bytes once and allocates nothing. Never panics, whatever the bytes are. What it accepts is what a
    /// builder wrote, as far as checksums can tell: they find every accident, but someone who writes false checksums
    /// as well can make the answers wrong, which [`verify`](Self::verify) finds and a signature prevents.
    ///
    /// # Errors
    ///
    /// Refuses bytes that are not an index, of another version, cut short, extended or changed.
    pub fn open(bytes: D) -> Result<Self, IndexError> {
        let index = Self::open_without_checksums(bytes)?;
        index.check_checksums()?;
        Ok(index)
    }

    /// Opens an index after checking its header only: at once, however long it is.
    ///
    /// For a file that was verified when it was installed and cannot have changed since. Every reference is still
    /// checked when it is followed, so bytes that did change lead to an error or to a wrong answer, never to a panic,
    /// an endless loop or a read elsewhere.
    ///
    /// # Errors
    ///
    /// Refuses bytes that are not an index, of another version, cut short, extended, or with a changed header.
    pub fn open_without_checksums(bytes: D) -> Result<Self, IndexError> {
        Self::open_of::<false>(bytes)
    }

    /// Opens an index as [`open`](Self::open) does, if its kind is [`IndexKind::Linear`].
    ///
    /// For devices, whose lists are made linear and looked up by [`scan`](Self::scan): a program that opens its indexes only so has
    /// nothing in it that reads the other kinds.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and refuses every other kind.
    pub fn open_linear(bytes: D) -> Result<Self, IndexError> {
        let index = Self::open_linear_without_checksums(bytes)?;
        index.check_checksums()?;
        Ok(index)
    }

    /// Opens an index as [`open_without_checksums`](Self::open_without_checksums) does, if its kind is [`IndexKind::Linear`].
    ///
    /// # Errors
    ///
    /// As [`open_without_checksums`](Self::open_without_checksums), and refuses every other kind.
    pub fn open_linear_without_checksums(bytes: D) -> Result<Self, IndexError> {
        Self::open_of::<true>(bytes)
    }

    fn open_of<const LINEAR: bool>(bytes: D) -> Result<Self, IndexError> {
        let header = Header::read::<LINEAR>(bytes.as_ref())?;
        Ok(Self { bytes, header, level: Level::best() })
    }

    /// Searches with the given CPU level instead of the best; the answers are the same.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
    }

    /// The profile under which all hashes of the index were made.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.header.profile
    }

    /// How the hashes are arranged.
    #[must_use]
    pub fn kind(&self) -> IndexKind {
        self.header.kind
    }

    /// The kind of index with its measures, to be displayed.
    ///
    /// ```
    /// # use lookalike::hash::{Bits256, Profile};
    /// # use lookalike::index::{Builder, Index, IndexKind};
    /// let index = Index::open(Builder::<32>::new(Profile::Pdq)?.kind(Some(IndexKind::Mih)).finish()?)?;
    /// let expected = "mih, 16 chunks of 16 bits, prefixes of 1 bit, 1 line a bucket, overflow of 0 lanes";
    /// assert_eq!(index.arrangement().to_string(), expected);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    #[must_use]
    pub fn arrangement(&self) -> impl fmt::Display + use<D> {
        Arrangement { kind: self.header.kind, ring: self.header.ring, is_sliced: self.header.is_sliced() }
    }

    /// The number of distinct hashes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.header.hashes.into()
    }

    /// Whether the index holds no hash at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of list entries: at least one for each distinct hash.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.header.entries.into()
    }

    /// The number of entries that importers left out because something was wrong with them.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.header.quarantined
    }

    /// The bytes of the index file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    /// Gives back what the index was opened on.
    #[must_use]
    pub fn into_inner(self) -> D {
        self.bytes
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Puts the same bytes into another type.
    #[cfg(feature = "mmap")]
    pub(crate) fn map_bytes<E>(self, into: impl FnOnce(D) -> E) -> Index<E> {
        Index { bytes: into(self.bytes), header: self.header, level: self.level }
    }

    pub(super) const fn cpu_level(&self) -> Level {
        self.level
    }

    pub(super) fn section(&self, id: SectionId) -> Result<&[u8], Corrupt> {
        self.header.cut(self.bytes.as_ref(), id).ok_or(Corrupt { section: id, what: "is no longer there" })
    }

    pub(super) fn check_checksums(&self) -> Result<(), IndexError> {
        for section in self.header.sections() {
            let bytes = self.header.cut(self.bytes.as_ref(), section.id);
            if bytes.map(crc32) != Some(section.checksum) {
                return Err(IndexError::section(section.id, "does not match its checksum"));
            }
        }
        Ok(())
    }
}

/// The kind of an index and its measures.
struct Arrangement {
    kind: IndexKind,
    ring: Ring,
    is_sliced: bool,
}

impl fmt::Display for Arrangement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match self.kind {
            IndexKind::Mih => write!(f, ", {}", self.ring),
            IndexKind::Linear if self.is_sliced => f.write_str(", in planes"),
            _ => Ok(()),
        }
    }
}

impl<D> fmt::Debug for Index<D> {
    /// Prints measures, never hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index")
            .field("profile", &self.header.profile)
            .field("kind", &self.header.kind)
            .field("len", &self.header.hashes)
            .field("entries", &self.header.entries)
            .finish_non_exhaustive()
    }
}
