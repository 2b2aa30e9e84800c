//! One block of a scan: its wanted coefficients are read, the others passed over.

use super::bits::Bits;
use super::huffman::{Skips, Starts, Symbols, Values, extend};
use super::source::Source;
use super::wanted::{PerAxis, Wanted};
use super::zigzag::COEFFICIENTS;

/// The tables that a component's blocks are read by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coding<'t, const SIZE: usize> {
    pub(super) starts: &'t Starts<SIZE>,
    pub(super) dc: &'t Symbols<SIZE>,
    pub(super) ac: &'t Symbols<SIZE>,
    pub(super) values: &'t Values<SIZE>,
    pub(super) skips: &'t Skips<SIZE>,
}

/// Where the coding of blocks stands in the scan.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Running {
    /// The DC of the block before.
    pub(super) dc: i32,
    /// Blocks to come without a coefficient (progressive).
    pub(super) empty: u32,
}

/// Passes over a block of a sequential scan; none where a code is impossible.
#[inline]
pub(super) fn pass<S: Source, const SIZE: usize>(bits: &mut Bits<'_, S>, coding: Coding<'_, SIZE>) -> Option<()> {
    bits.refill();
    let start = coding.starts.at(bits.peek());
    let mut position = 1;
    if start.skip.bits > 0 {
        bits.pass(start.skip.bits);
        if start.skip.ends {
            return Some(());
        }
        position += start.skip.count;
    } else {
        let (length, size) = coding.dc.at(bits.peek())?;
        bits.pass(length);
        bits.pass(u32::from(size));
    }
    pass_rest(bits, coding, position)
}

/// Passes over the coefficients from a position on.
#[inline]
fn pass_rest<S: Source, const SIZE: usize>(
    bits: &mut Bits<'_, S>,
    coding: Coding<'_, SIZE>,
    mut position: usize,
) -> Option<()> {
    while position < COEFFICIENTS {
        bits.refill();
        let mut is_stuck = true;
        // three look-ups and a symbol with its value are 65 bits at most, so a symbol is preceded by a refill
        for _ in 0..3 {
            let skip = coding.skips.at(bits.peek());
            // not where the block may be full before the look-up's last coefficient
            if skip.bits == 0 || position + skip.count >= COEFFICIENTS {
                break;
            }
            is_stuck = false;
            bits.pass(skip.bits);
            position += skip.count;
            if skip.ends {
                return Some(());
            }
        }
        if is_stuck {
            let (length, symbol) = coding.ac.at(bits.peek())?;
            bits.pass(length);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run == 0 {
                return Some(());
            }
            if size == 0 && run < 15 {
                return None;
            }
            bits.pass(size);
            position += run + 1;
        }
    }
    (position == COEFFICIENTS).then_some(())
}

/// Reads a block of a sequential scan; none where a code is impossible.
#[inline]
pub(super) fn read<S: Source, A: PerAxis, const SIZE: usize>(
    bits: &mut Bits<'_, S>,
    coding: Coding<'_, SIZE>,
    wanted: &Wanted<'_, A>,
    running: &mut Running,
    coefficients: &mut A::Values,
) -> Option<()> {
    bits.refill();
    wanted.clear(coefficients);
    let start = coding.starts.at(bits.peek());
    let mut position = 1;
    let difference = if start.skip.bits > 0 {
        bits.pass(start.skip.bits);
        position += start.skip.count;
        start.difference
    } else {
        let (length, size) = coding.dc.at(bits.peek())?;
        bits.pass(length);
        let size = u32::from(size);
        extend(bits.take(size), size)
    };
    running.dc = running.dc.wrapping_add(difference);
    wanted.set(coefficients, 0, running.dc);
    if start.skip.ends && start.skip.bits > 0 {
        return Some(());
    }
    while position <= wanted.last() {
        bits.refill();
        let value = coding.values.at(bits.peek());
        if value.bits > 0 {
            bits.pass(value.bits);
            if value.value == 0 {
                return Some(());
            }
            position += value.run;
            if position >= COEFFICIENTS {
                return None;
            }
            wanted.set(coefficients, position, value.value);
        } else {
            let (length, symbol) = coding.ac.at(bits.peek())?;
            bits.pass(length);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run < 15 {
                // an end of block longer than a look-up, or the run of a progressive file
                return (run == 0).then_some(());
            }
            position += run;
            if position >= COEFFICIENTS {
                return None;
            }
            if size > 0 {
                wanted.set(coefficients, position, extend(bits.take(size), size));
            }
        }
        position += 1;
    }
    pass_rest(bits, coding, position)
}

/// Reads the DC of a block in the first scan of a progressive file that holds it.
#[inline]
pub(super) fn read_first_dc<S: Source, const SIZE: usize>(
    bits: &mut Bits<'_, S>,
    dc: &Symbols<SIZE>,
    running: &mut Running,
) -> Option<()> {
    bits.refill();
    let (length, size) = dc.at(bits.peek())?;
    bits.pass(length);
    let size = u32::from(size);
    running.dc = running.dc.wrapping_add(extend(bits.take(size), size));
    Some(())
}

/// Which AC coefficients of a block are nonzero so far, and which are negative, by position in the file.
///
/// Refining scans depend on nothing else of the earlier scans.
#[derive(Clone, Copy, Debug, Default)]
pub struct History {
    nonzero: u64,
    negative: u64,
}

impl History {
    #[inline(always)]
    fn note(&mut self, position: usize, value: i32) {
        self.nonzero |= u64::from(value != 0) << (position & 63);
        self.negative |= u64::from(value < 0) << (position & 63);
    }

    #[inline(always)]
    const fn at(self, position: usize) -> Option<bool> {
        if self.nonzero >> (position & 63) & 1 == 0 { None } else { Some(self.negative >> (position & 63) & 1 == 1) }
    }
}

/// Reads the AC coefficients of a block in the first scan of a progressive file that holds them; tells whether there are any.
#[inline]
pub(super) fn read_first_ac<S: Source, A: PerAxis, const SIZE: usize>(
    bits: &mut Bits<'_, S>,
    coding: Coding<'_, SIZE>,
    wanted: &Wanted<'_, A>,
    band: (usize, usize, u32),
    running: &mut Running,
    coefficients: &mut A::Values,
    mut history: Option<&mut History>,
) -> Option<bool> {
    if running.empty > 0 {
        running.empty -= 1;
        return Some(false);
    }
    wanted.clear(coefficients);
    let (mut position, to, low) = band;
    while position <= to {
        bits.refill();
        let value = coding.values.at(bits.peek());
        let value = if value.bits > 0 {
            bits.pass(value.bits);
            if value.value == 0 {
                return Some(true);
            }
            position += value.run;
            value.value
        } else {
            let (length, symbol) = coding.ac.at(bits.peek())?;
            bits.pass(length);
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run < 15 {
                running.empty = (1 << run) - 1 + bits.take(run);
                return Some(true);
            }
            position += run as usize;
            extend(bits.take(size), size)
        };
        if position > to {
            return None;
        }
        if let Some(history) = &mut history {
            history.note(position, value);
        }
        let half = if history.is_some() { 0 } else { (1 << low) >> 1 };
        wanted.set(coefficients, position, (value << low) + value.signum() * half);
        position += 1;
    }
    Some(true)
}

/// Reads one more bit of the AC coefficients of a block: what it changes of them.
#[inline]
pub(super) fn refine_ac<S: Source, A: PerAxis, const SIZE: usize>(
    bits: &mut Bits<'_, S>,
    ac: &Symbols<SIZE>,
    wanted: &Wanted<'_, A>,
    band: (usize, usize, u32),
    running: &mut Running,
    coefficients: &mut A::Values,
    history: &mut History,
) -> Option<()> {
    wanted.clear(coefficients);
    let (mut position, to, low) = band;
    let before = *history;
    while running.empty == 0 && position <= to {
        bits.refill();
        let (length, symbol) = ac.at(bits.peek())?;
        bits.pass(length);
        let (mut zeros, size) = (u32::from(symbol >> 4), symbol & 15);
        let new = match size {
            0 if zeros < 15 => {
                running.empty = (1 << zeros) + bits.take(zeros);
                break;
            }
            0 => 0,
            1 if bits.take(1) == 1 => 1,
            1 => -1,
            _ => return None,
        };
        // over so many coefficients that are zero, and one more; those that are not are refined on the way
        loop {
            if position > to {
                return None;
            }
            if before.at(position).is_some() {
                refine_one(bits, wanted, low, coefficients, before, position);
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            position += 1;
        }
        history.note(position, new);
        wanted.set(coefficients, position, new << low);
        position += 1;
    }
    if running.empty > 0 {
        (position..=to).for_each(|position| {
            if before.at(position).is_some() {
                refine_one(bits, wanted, low, coefficients, before, position);
            }
        });
        running.empty -= 1;
    }
    Some(())
}

#[inline(always)]
fn refine_one<S: Source, A: PerAxis>(
    bits: &mut Bits<'_, S>,
    wanted: &Wanted<'_, A>,
    low: u32,
    coefficients: &mut A::Values,
    before: History,
    position: usize,
) {
    bits.refill();
    if bits.take(1) == 1 {
        let sign = if before.at(position) == Some(true) { -1 } else { 1 };
        wanted.set(coefficients, position, sign << low);
    }
}

#[inline]
pub(super) fn set_dc<A: PerAxis>(wanted: &Wanted<'_, A>, coefficients: &mut A::Values, dc: i32) {
    wanted.set(coefficients, 0, dc);
}
