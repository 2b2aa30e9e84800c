//! A second index, whose hashes under another profile must find the same entries.

use alloc::vec::Vec;
use core::ops::ControlFlow;
use std::collections::HashMap;

use super::LookupError;
use super::needles::by_length;
use crate::hash::{ClassicStream, Dihedral, HashBits, PdqProfile, pdq};
use crate::index::{Index, IndexError, Query};
use crate::mmap::FileBytes;
use crate::pixels::ImageRef;

/// The second index, and how near an entry must be there.
#[derive(Debug)]
pub struct Confirm {
    index: Index<FileBytes>,
    radius: u32,
}

/// Entries that the second index finds of a frame: list and id, and the least distance.
#[derive(Debug, Default)]
pub struct Confirmed<'a>(HashMap<(&'a str, &'a str), u32>);

impl Confirmed<'_> {
    /// At which distance an entry was found, if it was.
    #[must_use]
    pub fn distance(&self, list: &str, id: &str) -> Option<u32> {
        self.0.get(&(list, id)).copied()
    }
}

impl Confirm {
    /// Takes an index to confirm by, and how near an entry must be there.
    ///
    /// # Errors
    ///
    /// When the radius is larger than its hashes are long.
    pub fn new(index: Index<FileBytes>, radius: u32) -> Result<Self, LookupError> {
        LookupError::check_radius(index.profile(), radius)?;
        Ok(Self { index, radius })
    }

    /// The names of its lists.
    ///
    /// # Errors
    ///
    /// When the index is damaged.
    pub fn lists(&self) -> Result<Vec<&str>, IndexError> {
        self.index.lists().map(|list| list.map(|list| list.name)).collect()
    }

    /// How much memory hashing for it takes beside decoding, in bytes.
    #[must_use]
    pub fn memory_bytes(&self, width: u32, height: u32) -> u64 {
        ClassicStream::memory_bytes(width, height, &[self.index.profile()])
    }

    /// Finds what confirms a view, by its pixels turned in all these ways.
    ///
    /// # Errors
    ///
    /// When the index turns out to be damaged.
    pub fn look_up<'a>(
        &'a self,
        image: &ImageRef<'_>,
        view: Dihedral,
        turns: &[Dihedral],
        confirmed: &mut Confirmed<'a>,
    ) -> Result<(), IndexError> {
        let profile = self.index.profile();
        if let Some(pdq_profile) = PdqProfile::of(profile) {
            // A picture of which the hash cannot be made has nothing that confirms.
            let Ok(spectrum) = pdq::reference(image, pdq_profile) else { return Ok(()) };
            let eight: Vec<_> = Dihedral::ALL.into_iter().zip(spectrum.dihedral()).collect();
            let turned = |turn: Dihedral| eight.iter().find(|(of, _)| *of == view.then(turn)).map(|(_, pdq)| pdq.hash);
            let needles: Vec<_> = turns.iter().filter_map(|&turn| turned(turn)).collect();
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
                    // An entry without an id is no entry of another index.
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
