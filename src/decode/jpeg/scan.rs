//! A scan: its header, and its codes to coefficients.
//!
//! Of a damaged scan the coefficients are those that libjpeg gives: zeros follow where data are missing, the codes of the unit
//! under way are read from them, the units after it are left as they are, and the next restart marker sets everything right.

#![expect(clippy::indexing_slicing, reason = "places in a block are below 64, components below 4, as was checked")]
#![expect(clippy::cast_possible_truncation, reason = "libjpeg keeps 16 bits of a coefficient, too")]

use super::bits::Bits;
use super::faults::{CORRUPT, Faults, corrupt};
use super::frame::Frame;
use super::huffman::{Coded, Table, Tables};
use crate::decode::error::{DecodeError, Stage};
use crate::jpeg::ZIGZAG;

/// Coefficients of a block, row by row.
pub(super) type Block = [i16; 64];

/// Components of a scan, at most.
pub(super) const MOST: usize = 4;

/// Blocks of a unit of interleaved components, at most.
const MOST_BLOCKS: usize = 10;

/// By position in the file: the place in a block, row by row. The last one stays the last for runs that exceed the block.
pub(super) const NATURAL: [u8; 128] = {
    let mut places = [63; 128];
    let (block, _) = places.split_at_mut(64);
    block.copy_from_slice(&ZIGZAG);
    places
};

/// A component of a scan: which of the frame's it is, and its tables.
#[derive(Clone, Copy, Default)]
pub(super) struct Scanned {
    pub(super) component: usize,
    dc: usize,
    ac: usize,
}

/// The header of a scan.
#[derive(Clone, Copy)]
pub(super) struct ScanHeader {
    components: [Scanned; MOST],
    count: usize,
    /// Positions of the coefficients, in zigzag order.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The bits that earlier scans brought already, and those that later ones will bring.
    pub(super) high: u32,
    pub(super) low: u32,
}

impl ScanHeader {
    pub(super) fn new(segment: &[u8], frame: &Frame) -> Result<Self, DecodeError> {
        let Some((&count, rest)) = segment.split_first() else { return Err(CORRUPT) };
        let count = usize::from(count);
        let (pairs, rest) = rest.split_at_checked(2 * count).ok_or(CORRUPT)?;
        let &[from, to, bits] = rest else { return Err(CORRUPT) };
        if !(1..=MOST).contains(&count) {
            return Err(CORRUPT);
        }
        let mut components = [Scanned::default(); MOST];
        for (at, &[id, tables]) in pairs.as_chunks().0.iter().enumerate() {
            // In the order of the frame. libjpeg finds no component whose place is before that of the one looked for.
            let component =
                frame.components.iter().skip(at).position(|component| component.id == id).ok_or(CORRUPT)? + at;
            if components[..at].iter().any(|before| before.component == component) {
                return Err(CORRUPT);
            }
            components[at] = Scanned { component, dc: usize::from(tables >> 4), ac: usize::from(tables & 15) };
        }
        let mut header = Self { components, count, from: 0, to: 63, high: 0, low: 0 };
        if frame.is_progressive {
            (header.from, header.to) = (usize::from(from), usize::from(to));
            (header.high, header.low) = (u32::from(bits >> 4), u32::from(bits & 15));
            let is_band = if from == 0 { to == 0 } else { from <= to && to < 64 && count == 1 };
            if !is_band || header.low > 13 || header.high != 0 && header.high != header.low + 1 {
                return Err(CORRUPT);
            }
        }
        let blocks = header.components().iter().map(|scanned| &frame.components[scanned.component]);
        if count > 1 && blocks.map(|own| own.across * own.down).sum::<usize>() > MOST_BLOCKS {
            return Err(CORRUPT);
        }
        Ok(header)
    }

    pub(super) fn components(&self) -> &[Scanned] {
        &self.components[..self.count]
    }
}

/// Reads the codes of a scan.
pub(super) struct Scan<'b> {
    bits: Bits<'b>,
    /// Units between restart markers, 0 without any, and how many are left to the next one.
    interval: u32,
    left: u32,
    /// The next restart marker's number.
    number: u8,
    /// There are no data up to the next restart marker.
    is_empty: bool,
    /// The last mean of each component.
    predictions: [i32; MOST],
    /// Blocks that have no more coefficients in a band.
    ended: u32,
}

impl<'b> Scan<'b> {
    pub(super) const fn new(data: &'b [u8], interval: u16) -> Self {
        let interval = interval as u32;
        Self {
            bits: Bits::new(data),
            interval,
            left: interval,
            number: 0,
            is_empty: false,
            predictions: [0; MOST],
            ended: 0,
        }
    }

    /// Returns false if data are known to be missing.
    pub(super) const fn has_data(&self) -> bool {
        !self.is_empty
    }

    /// Begins a unit. Returns false if there are no data for it.
    #[inline]
    pub(super) fn begin(&mut self, faults: &mut Faults) -> Result<bool, DecodeError> {
        if self.interval > 0 {
            if self.left == 0 {
                self.restart(faults)?;
            }
            self.left -= 1;
        }
        Ok(!self.is_empty)
    }

    /// Returns true if the data of the unit were there.
    #[inline]
    pub(super) fn finish(&mut self, faults: &mut Faults) -> Result<(), DecodeError> {
        if self.bits.is_short() && !self.is_empty {
            self.is_empty = true;
            faults.note(Stage::Truncated)?;
        }
        Ok(())
    }

    #[cold]
    fn restart(&mut self, faults: &mut Faults) -> Result<(), DecodeError> {
        let mut is_expected = true;
        self.is_empty &= !self.bits.restart(self.number, &mut is_expected);
        if !is_expected {
            faults.note(Stage::Pixels)?;
        }
        self.number = (self.number + 1) & 7;
        self.left = self.interval;
        self.predictions = [0; MOST];
        self.ended = 0;
        Ok(())
    }

    /// Reads a block of a sequential file. Returns true if there is any coefficient but the mean.
    #[inline]
    pub(super) fn block(
        &mut self,
        component: usize,
        (dc, ac): (&Table, &Table),
        block: &mut Block,
        faults: &mut Faults,
    ) -> Result<bool, DecodeError> {
        let bits = &mut self.bits;
        let mean = coded(dc.read(bits), faults)?.value;
        let mean = self.predictions[component].wrapping_add(mean);
        self.predictions[component] = mean;
        block[0] = mean as i16;
        let mut at = 1;
        let mut has_more = false;
        while at < 64 {
            let coded = coded(ac.read(bits), faults)?;
            if coded.size == 0 {
                if coded.run != 15 {
                    break;
                }
                at += 16;
                continue;
            }
            at += coded.run;
            has_more = true;
            block[usize::from(NATURAL[at & 127] & 63)] = coded.value as i16;
            at += 1;
        }
        if at > 64 {
            faults.note(Stage::Pixels)?;
        }
        Ok(has_more)
    }

    /// Reads the upper bits of a mean, of a progressive file.
    pub(super) fn mean(
        &mut self,
        component: usize,
        dc: &Table,
        low: u32,
        block: &mut Block,
        faults: &mut Faults,
    ) -> Result<(), DecodeError> {
        let mean = self.predictions[component].wrapping_add(coded(dc.read(&mut self.bits), faults)?.value);
        self.predictions[component] = mean;
        block[0] = (mean << low) as i16;
        Ok(())
    }

    /// Reads one more bit of a mean.
    pub(super) fn refine_mean(&mut self, low: u32, block: &mut Block) {
        self.bits.refill();
        if self.bits.take(1) == 1 {
            block[0] |= 1 << low;
        }
    }

    /// Reads the upper bits of a band.
    pub(super) fn band(
        &mut self,
        header: &ScanHeader,
        ac: &Table,
        block: &mut Block,
        faults: &mut Faults,
    ) -> Result<(), DecodeError> {
        if self.ended > 0 {
            self.ended -= 1;
            return Ok(());
        }
        let mut at = header.from;
        while at <= header.to {
            let coded = coded(ac.read(&mut self.bits), faults)?;
            if coded.size == 0 {
                if coded.run != 15 {
                    self.ended = self.run_of_ends(coded.run) - 1;
                    break;
                }
                at += 16;
                continue;
            }
            at += coded.run;
            block[usize::from(NATURAL[at & 127] & 63)] = (coded.value << header.low) as i16;
            at += 1;
        }
        if at > header.to + 1 {
            faults.note(Stage::Pixels)?;
        }
        Ok(())
    }

    /// How many blocks end, the one under way included.
    fn run_of_ends(&mut self, size: usize) -> u32 {
        let size = size as u32;
        self.bits.refill();
        (1 << size) + if size > 0 { self.bits.take(size) } else { 0 }
    }

    /// Reads one more bit of a band: of the coefficients that there are, and new ones.
    pub(super) fn refine_band(
        &mut self,
        header: &ScanHeader,
        ac: &Table,
        block: &mut Block,
        faults: &mut Faults,
    ) -> Result<(), DecodeError> {
        let bit = 1_i16 << header.low;
        let mut at = header.from;
        if self.ended == 0 {
            while at <= header.to {
                let Some(symbol) = ac.read_symbol(&mut self.bits).or_else(|| faults.lenient_symbol()) else {
                    return Err(corrupt(Stage::Pixels));
                };
                let (mut run, size) = (usize::from(symbol >> 4), symbol & 15);
                let mut new = 0;
                if size > 0 {
                    if size != 1 {
                        faults.note(Stage::Pixels)?;
                    }
                    self.bits.refill();
                    new = if self.bits.take(1) == 1 { bit } else { -bit };
                } else if run != 15 {
                    self.ended = self.run_of_ends(run);
                    break;
                }
                // Past the coefficients that there are, and `run` of those that are not.
                while at <= header.to {
                    let coefficient = &mut block[usize::from(NATURAL[at & 127] & 63)];
                    if *coefficient != 0 {
                        self.refine(coefficient, bit);
                    } else if run == 0 {
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                if new != 0 {
                    block[usize::from(NATURAL[at & 127] & 63)] = new;
                    if at > header.to {
                        faults.note(Stage::Pixels)?;
                    }
                }
                at += 1;
            }
        }
        if self.ended > 0 {
            for place in places(at, header.to) {
                let coefficient = &mut block[place];
                if *coefficient != 0 {
                    self.refine(coefficient, bit);
                }
            }
            self.ended -= 1;
        }
        Ok(())
    }

    #[inline(always)]
    fn refine(&mut self, coefficient: &mut i16, bit: i16) {
        self.bits.refill();
        if self.bits.take(1) == 1 && *coefficient & bit == 0 {
            *coefficient = coefficient.wrapping_add(if *coefficient >= 0 { bit } else { -bit });
        }
    }
}

/// The places in a block of some positions.
fn places(from: usize, to: usize) -> impl Iterator<Item = usize> {
    (from..=to).map(|at| usize::from(NATURAL[at & 127] & 63))
}

/// A code; where there is none, what libjpeg takes for it.
#[inline(always)]
fn coded(read: Option<Coded>, faults: &mut Faults) -> Result<Coded, DecodeError> {
    match read {
        Some(coded) => Ok(coded),
        None => {
            faults.note(Stage::Pixels)?;
            Ok(Coded { run: 0, size: 0, value: 0 })
        }
    }
}

/// The tables of a scan's components.
pub(super) struct ScanTables<'t> {
    dc: [Option<&'t Table>; MOST],
    ac: [Option<&'t Table>; MOST],
}

impl<'t> ScanTables<'t> {
    /// Looks up the tables that a scan needs.
    pub(super) fn new(tables: &'t Tables, header: &ScanHeader, is_progressive: bool) -> Result<Self, DecodeError> {
        let (mut dc, mut ac) = ([None; MOST], [None; MOST]);
        for (at, scanned) in header.components().iter().enumerate() {
            if !is_progressive || header.from == 0 && header.high == 0 {
                dc[at] = Some(tables.dc(scanned.dc)?);
            }
            if !is_progressive || header.from > 0 {
                ac[at] = Some(tables.ac(scanned.ac)?);
            }
        }
        Ok(Self { dc, ac })
    }

    pub(super) fn dc(&self, at: usize) -> Result<&'t Table, DecodeError> {
        self.dc[at].ok_or(CORRUPT)
    }

    pub(super) fn ac(&self, at: usize) -> Result<&'t Table, DecodeError> {
        self.ac[at].ok_or(CORRUPT)
    }
}
