//! Verification: recompute everything that a builder promises.

use super::bk_tree::Tree;
use super::error::{Corrupt, IndexError};
use super::format::{Entry, Origin};
use super::provenance::Tables;
use super::section::SectionId;
use super::{Index, IndexKind};
use crate::entry::DigestKind;
use crate::wire::{self, u64_of};

impl<D: AsRef<[u8]>> Index<D> {
    /// Recomputes everything that a builder promises: checksums, order, distances, references, texts, counts.
    ///
    /// What it accepts answers exactly, whoever wrote it. Allocates nothing and never panics. Looks at every hash up to
    /// 32 times, and at every entry once for every 256 lists.
    ///
    /// # Errors
    ///
    /// The first damage that is found.
    pub fn verify(&self) -> Result<(), IndexError> {
        self.check_checksums()?;
        // The header allows no other lengths.
        if self.header().hash_bytes == 8 {
            self.verify_hashes::<8>()?
        } else {
            self.verify_hashes::<32>()?
        }
        self.verify_provenance()?;
        DigestKind::ALL.iter().try_for_each(|&kind| self.verify_digests(kind))?;
        Ok(())
    }

    fn verify_hashes<const N: usize>(&self) -> Result<(), IndexError> {
        match self.kind() {
            IndexKind::Linear => {
                let mut before = None;
                self.stored::<N>()?.for_each(|hash| match before.replace(*hash) {
                    Some(before) if before >= *hash => {
                        Err(Corrupt { section: SectionId::Hashes, what: "holds hashes that do not rise" })
                    }
                    _ => Ok(()),
                })?;
            }
            IndexKind::BkTree => {
                let branches = wire::records(self.section(SectionId::Tree)?);
                Tree { hashes: self.rows::<N>()?, branches }.verify()?;
            }
            IndexKind::Mih => self.tables(self.stored::<N>()?)?.verify()?,
        }
        Ok(())
    }

    fn verify_provenance(&self) -> Result<(), Corrupt> {
        let tables = Tables::of(self)?;
        tables.verify_strings()?;
        for list in tables.lists.numbers() {
            tables.string(tables.list(list)?.name)?;
        }
        for origin in tables.origins.numbers() {
            let Origin { list, classification, owner, jurisdiction, .. } = tables.origin(origin)?;
            tables.list(list)?;
            [classification, owner, jurisdiction].iter().try_for_each(|&text| tables.string(text).map(drop))?;
        }
        rising(
            SectionId::Lists,
            tables.lists.numbers().map_while(|list| tables.list(list).ok()).map(|list| list.name),
        )?;
        rising(SectionId::Origins, tables.origins.numbers().map_while(|origin| tables.origin(origin).ok()))?;
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
                tables.verify_entry(entry)?;
            }
        }
        // Those without a hash follow; before version 3 there are none.
        if tables.first_of_no_hash()? != end || !self.header().has_digests() && u64::from(end) != self.entries() {
            return Err(Corrupt { section: SectionId::FirstEntries, what: "leaves entries out" });
        }
        let without_hash = end..self.header().entries;
        rising(SectionId::Entries, without_hash.clone().map_while(|entry| tables.entry(entry).ok()))?;
        for entry in without_hash {
            tables.verify_entry(entry)?;
        }
        tables.verify_counts()
    }

    /// Rows rise by digest, then as their entries do, which exist.
    fn verify_digests(&self, kind: DigestKind) -> Result<(), Corrupt> {
        let (tables, rows) = (Tables::of(self)?, self.digest_rows(kind)?);
        let mut previous = None;
        for at in 0..rows.len() {
            let (digest, number) = rows.at(at);
            let row = (digest, tables.entry(number)?, number);
            rising(SectionId::Digests(kind), previous.into_iter().chain([row]))?;
            previous = Some(row);
        }
        Ok(())
    }
}

impl Tables<'_> {
    /// An entry refers to what there is.
    fn verify_entry(&self, entry: u32) -> Result<(), Corrupt> {
        let Entry { origin, id } = self.entry(entry)?;
        self.origin(origin)?;
        self.string(id)?;
        Ok(())
    }

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
        let lists = self.lists.numbers();
        for first in lists.clone().step_by(AT_A_TIME) {
            let mut counts = [0_u64; AT_A_TIME];
            for entry in self.entries {
                let list = self.origin(Entry::read(*entry).origin)?.list;
                // the lists of another pass are not counted in this one
                if let Some(count) = list.checked_sub(first).and_then(|at| counts.get_mut(at as usize)) {
                    *count += 1;
                }
            }
            for (list, count) in (first..lists.end).zip(counts) {
                if count == 0 || self.list(list)?.entries != count {
                    return Err(Corrupt { section: SectionId::Lists, what: "counts other entries than there are" });
                }
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
