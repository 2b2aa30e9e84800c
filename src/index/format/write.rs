//! A file put together: header, section table, and room for the sections.

#![expect(clippy::indexing_slicing, reason = "sections lie where the layout has put them")]

use alloc::vec::Vec;

use super::records::write_words;
use super::{ALIGNMENT, FIXED_HEADER, HEADER_CHECKSUM, LABEL, TABLE_ROW, is_sliced};
use crate::checksum::crc32;
use crate::entry::DigestKind;
use crate::hash::Profile;
use crate::index::IndexKind;
use crate::index::ring::Chunk;
use crate::index::section::{SectionId, VERSION, sections};

/// What the header says beside the section table.
pub(in crate::index) struct Counts {
    pub(in crate::index) profile: Profile,
    pub(in crate::index) kind: IndexKind,
    pub(in crate::index) hashes: u64,
    pub(in crate::index) entries: u64,
    pub(in crate::index) quarantined: u64,
    pub(in crate::index) lists: u64,
}

impl Chunk {
    pub(in crate::index) fn write(&self, out: &mut Vec<u8>) {
        let (width, prefix) = (self.width, self.prefix);
        write_words(out, [width | prefix << 16, u32::try_from(self.lines_each).expect("at most 2,047")]);
        out.extend_from_slice(&(self.overflow as u64).to_le_bytes());
    }
}

impl Counts {
    /// Whether the hashes are to be written in blocks of planes.
    pub(in crate::index) fn is_sliced(&self) -> bool {
        is_sliced(VERSION, self.kind, self.profile.bits() / 8)
    }
}

/// Room for the contents of the sections, all zeros.
pub(in crate::index) struct Room<'o>(Vec<(SectionId, &'o mut [u8])>);

impl<'o> Room<'o> {
    /// The room of a section, once; none for a section that the kind does not have.
    pub(in crate::index) fn take(&mut self, id: SectionId) -> &'o mut [u8] {
        match self.0.iter_mut().find(|(section, _)| *section == id) {
            Some((_, room)) => core::mem::take(room),
            None => &mut [],
        }
    }
}

/// Where the sections of a file will lie.
pub(in crate::index) struct Layout {
    places: Vec<(SectionId, usize, usize)>,
    header_len: usize,
    end: usize,
}

impl Layout {
    /// One after the other, in the lengths that `len` says; those of digests are upper bounds.
    pub(in crate::index) fn new(kind: IndexKind, len: impl Fn(SectionId) -> usize) -> Self {
        let ids = sections(VERSION, kind);
        let header_len = FIXED_HEADER + TABLE_ROW * ids.len() + HEADER_CHECKSUM;
        let mut end = header_len;
        let places = ids.iter().map(|&id| {
            let start = end.next_multiple_of(ALIGNMENT);
            end = start + len(id);
            (id, start, end)
        });
        Self { places: places.collect(), header_len, end }
    }
}

/// Puts a file together, whose sections `fill` writes in place; it says how many bytes of digests of each kind it wrote.
pub(in crate::index) fn assemble(
    counts: &Counts,
    layout: Layout,
    fill: impl FnOnce(&mut Room<'_>) -> [(DigestKind, usize); 3],
) -> Vec<u8> {
    let Layout { mut places, header_len, end } = layout;
    let mut out = alloc::vec![0; end];
    let (mut rooms, mut rest, mut at) = (Vec::new(), out.as_mut_slice(), 0);
    for &(id, start, end) in &places {
        let (_, from_start) = rest.split_at_mut(start - at);
        let (room, after) = from_start.split_at_mut(end - start);
        rooms.push((id, room));
        (rest, at) = (after, end);
    }
    let digests = fill(&mut Room(rooms));
    let written = |id| digests.iter().find(|(kind, _)| id == SectionId::Digests(*kind)).map_or(usize::MAX, |row| row.1);
    close_up(&mut out, &mut places, header_len, written);
    let mut header = Vec::with_capacity(header_len);
    header.extend_from_slice(&LABEL);
    header.extend_from_slice(&VERSION.to_le_bytes());
    header.extend_from_slice(&counts.profile.id().to_le_bytes());
    header.extend_from_slice(&counts.kind.id().to_le_bytes());
    let short = |number: usize| u16::try_from(number).expect("at most 256 bits, and fourteen sections").to_le_bytes();
    header.extend_from_slice(&short(counts.profile.bits() / 8));
    header.extend_from_slice(&short(places.len()));
    header.extend_from_slice(&0_u32.to_le_bytes());
    for count in [counts.hashes, counts.entries, counts.quarantined, counts.lists, out.len() as u64] {
        header.extend_from_slice(&count.to_le_bytes());
    }
    for &(id, start, end) in &places {
        header.extend_from_slice(&id.number().to_le_bytes());
        header.extend_from_slice(&crc32(&out[start..end]).to_le_bytes());
        header.extend_from_slice(&(start as u64).to_le_bytes());
        header.extend_from_slice(&((end - start) as u64).to_le_bytes());
    }
    header.extend_from_slice(&crc32(&header).to_le_bytes());
    out[..header.len()].copy_from_slice(&header);
    out
}

/// Moves sections down over what those before them left unused, with zeros between.
fn close_up(
    out: &mut Vec<u8>,
    places: &mut [(SectionId, usize, usize)],
    header_len: usize,
    written: impl Fn(SectionId) -> usize,
) {
    let mut at = header_len;
    for (id, start, end) in places {
        let from = *start..*end.min(&mut start.saturating_add(written(*id)));
        let to = at.next_multiple_of(ALIGNMENT);
        let len = from.len();
        if to != from.start {
            out.copy_within(from, to);
            out[at..to].fill(0);
        }
        (*start, *end) = (to, to + len);
        at = to + len;
    }
    out.truncate(at);
}
