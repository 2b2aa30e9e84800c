//! Everything that a builder promises, computed again.

use core::fmt;

use super::bk_tree::Tree;
use super::format::{Entry, List, Origin, SectionId};
use super::provenance::Tables;
use super::{Corrupt, Index, Kind, OpenError, SearchError};
use crate::wire::{self, u64_of};

impl<D: AsRef<[u8]>> Index<D> {
    /// Computes everything again that a builder promises: checksums, order, distances, references, texts, counts.
    ///
    /// What it accepts answers exactly, whoever wrote it. Allocates nothing and never panics. Looks at every hash up to
    /// 32 times, and at every entry once for every 256 lists.
    ///
    /// # Errors
    ///
    /// Says in which section the first damage was found, and what it is.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.check_checksums()?;
        // The header allows no other lengths.
        if self.header().hash_bytes == 8 {
            self.verify_hashes::<8>()?
        } else {
            self.verify_hashes::<32>()?
        }
        self.verify_provenance()?;
        Ok(())
    }

    fn verify_hashes<const N: usize>(&self) -> Result<(), SearchError> {
        match self.kind() {
            Kind::Linear => {
                let mut before = None;
                self.stored::<N>()?.for_each(|hash| match before.replace(*hash) {
                    Some(before) if before >= *hash => {
                        Err(Corrupt { section: SectionId::Hashes, what: "holds hashes that do not rise" })
                    }
                    _ => Ok(()),
                })?;
            }
            Kind::BkTree => {
                let branches = wire::records(self.section(SectionId::Tree)?);
                Tree { hashes: self.rows::<N>()?, branches }.verify()?;
            }
            Kind::Mih => self.tables(self.stored::<N>()?)?.verify()?,
        }
        Ok(())
    }

    fn verify_provenance(&self) -> Result<(), Corrupt> {
        let tables = Tables::of(self)?;
        tables.verify_strings()?;
        rising(SectionId::Lists, tables.lists.iter().map(|&list| List::read(list).name))?;
        rising(SectionId::Origins, tables.origins.iter().map(|&origin| Origin::read(origin)))?;
        for list in tables.lists {
            tables.string(List::read(*list).name)?;
        }
        for origin in tables.origins {
            let Origin { list, classification, owner, jurisdiction } = Origin::read(*origin);
            tables.list(list)?;
            [classification, owner, jurisdiction].iter().try_for_each(|&text| tables.string(text).map(drop))?;
        }
        // Slots take up the entries one after the other, each at least one.
        let mut end = 0;
        for slot in self.slots() {
            let entries = tables.entries_of(slot)?;
            if entries.start != end {
                return Err(Corrupt { section: SectionId::FirstEntries, what: "leaves entries out" });
            }
            end = entries.end;
            rising(SectionId::Entries, entries.clone().map_while(|entry| tables.entry(entry).ok()))?;
            for entry in entries {
                let Entry { origin, id } = tables.entry(entry)?;
                tables.origin(origin)?;
                tables.string(id)?;
            }
        }
        if u64::from(end) != self.entries() {
            return Err(Corrupt { section: SectionId::FirstEntries, what: "leaves entries out" });
        }
        tables.verify_counts()
    }
}

impl Tables<'_> {
    /// Texts are UTF-8, rise, and fill their section.
    fn verify_strings(&self) -> Result<(), Corrupt> {
        let len = self.string_ends.last().map_or(0, |&[low, high]| u64_of(low, high));
        if len != self.strings.len() as u64 {
            return Err(Corrupt { section: SectionId::StringEnds, what: "does not fill the section of strings" });
        }
        let mut previous = None;
        for (number, _) in (0..).zip(self.string_ends) {
            let string = self.string(number)?;
            rising(SectionId::Strings, previous.into_iter().chain([string]))?;
            previous = Some(string);
        }
        Ok(())
    }

    /// Every list has as many entries as it says, counted for a few lists at a time to do without memory.
    fn verify_counts(&self) -> Result<(), Corrupt> {
        const AT_A_TIME: usize = 256;
        for (pass, lists) in self.lists.chunks(AT_A_TIME).enumerate() {
            let mut counts = [0_u64; AT_A_TIME];
            for entry in self.entries {
                let list = self.origin(Entry::read(*entry).origin)?.list as usize;
                if let Some(count) = list.checked_sub(AT_A_TIME * pass).and_then(|at| counts.get_mut(at)) {
                    *count += 1;
                }
            }
            if lists.iter().zip(counts).any(|(&list, count)| count == 0 || List::read(list).entries != count) {
                return Err(Corrupt { section: SectionId::Lists, what: "counts other entries than there are" });
            }
        }
        Ok(())
    }
}

fn rising<T: PartialOrd>(section: SectionId, records: impl Iterator<Item = T>) -> Result<(), Corrupt> {
    if records.is_sorted_by(|a, b| a < b) {
        Ok(())
    } else {
        Err(Corrupt { section, what: "holds records that do not rise" })
    }
}

/// Says what an index holds that no builder writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyError(Reason);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Open(OpenError),
    Search(SearchError),
}

impl From<OpenError> for VerifyError {
    fn from(error: OpenError) -> Self {
        Self(Reason::Open(error))
    }
}

impl From<SearchError> for VerifyError {
    fn from(error: SearchError) -> Self {
        Self(Reason::Search(error))
    }
}

impl From<Corrupt> for VerifyError {
    fn from(corrupt: Corrupt) -> Self {
        SearchError::from(corrupt).into()
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::Open(error) => error.fmt(f),
            Reason::Search(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for VerifyError {}
