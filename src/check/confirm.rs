//! A second index, whose hashes of another profile must find the same entries.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use std::collections::HashMap;

use super::needles::by_length;
use super::{CheckError, CheckErrorKind};
use crate::hash::{ClassicStream, Dihedral, HashBits, PdqProfile, Profile, pdq};
use crate::index::{Index, IndexError, Query};
use crate::mmap::FileBytes;
use crate::pixels::ImageRef;

/// The second index, and the distance within which it confirms.
#[derive(Debug)]
pub(super) struct Confirm {
    index: Index<FileBytes>,
    radius: u32,
}

/// The entries that the second index finds for a frame, by list and id, with the least distance.
#[derive(Debug, Default)]
pub(super) struct Confirmed<'a>(HashMap<(&'a str, &'a str), u32>);

impl Confirmed<'_> {
    /// The distance of an entry, if it was found.
    pub(super) fn distance(&self, list: &str, id: &str) -> Option<u32> {
        self.0.get(&(list, id)).copied()
    }
}

impl Confirm {
    /// Confirms by an index, within a radius.
    ///
    /// # Errors
    ///
    /// If the radius is larger than its hashes are long.
    pub(super) fn new(index: Index<FileBytes>, radius: u32) -> Result<Self, CheckError> {
        check_radius("[confirm] radius", index.profile(), radius)?;
        Ok(Self { index, radius })
    }

    /// The names of its lists.
    ///
    /// # Errors
    ///
    /// If the index is damaged.
    pub(super) fn lists(&self) -> Result<Vec<&str>, IndexError> {
        self.index.lists().map(|list| list.map(|list| list.name)).collect()
    }

    /// The memory that hashing for it takes beside decoding, in bytes.
    pub(super) fn memory_bytes(&self, width: u32, height: u32) -> u64 {
        ClassicStream::memory_bytes(width, height, &[self.index.profile()])
    }

    /// Searches for a view in each of these turns, and adds the entries found.
    ///
    /// # Errors
    ///
    /// If the index is damaged.
    pub(super) fn search_view<'a>(
        &'a self,
        image: &ImageRef<'_>,
        view: Dihedral,
        turns: &[Dihedral],
        confirmed: &mut Confirmed<'a>,
    ) -> Result<(), IndexError> {
        let profile = self.index.profile();
        if let Some(pdq_profile) = PdqProfile::of(profile) {
            // A picture that cannot be hashed confirms nothing.
            let Ok(spectrum) = pdq::reference(image, pdq_profile) else { return Ok(()) };
            let eight: Vec<_> = Dihedral::ALL.into_iter().zip(spectrum.dihedral()).collect();
            let wanted: Vec<_> = turns.iter().map(|&turn| view.then(turn)).collect();
            let needles: Vec<_> =
                eight.iter().filter(|(turn, _)| wanted.contains(turn)).map(|(_, pdq)| pdq.hash).collect();
            return self.search(&needles, confirmed);
        }
        let hashes = turns.iter().map(|&turn| ClassicStream::of_turned(image, &[profile], view.then(turn)));
        let (short, long) = by_length(hashes.filter_map(Result::ok));
        if short.is_empty() { self.search(&long, confirmed) } else { self.search(&short, confirmed) }
    }

    fn search<'a, const N: usize>(
        &'a self,
        needles: &[HashBits<N>],
        confirmed: &mut Confirmed<'a>,
    ) -> Result<(), IndexError> {
        let mut failed = None;
        let query = Query::new(self.index.profile(), needles).radius(self.radius);
        let searched = self.index.search(&query, |hit| {
            for source in self.index.sources(hit.slot) {
                match source {
                    // An entry without an id cannot be found again in another index.
                    Ok(source) if !source.id.is_empty() => {
                        let nearest = confirmed.0.entry((source.list, source.id)).or_insert(hit.distance);
                        *nearest = hit.distance.min(*nearest);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            ControlFlow::Continue(())
        });
        searched?;
        failed.map_or(Ok(()), Err)
    }
}

/// Refuses a radius that is larger than the hashes are long.
pub(super) fn check_radius(what: &str, profile: Profile, radius: u32) -> Result<(), CheckError> {
    let bits = profile.bits();
    if radius as usize > bits {
        let message = format_args!("{what}: {radius} bits, but hashes of profile {profile} have {bits}; lower it");
        return Err(CheckError::new(CheckErrorKind::Options, message));
    }
    Ok(())
}
