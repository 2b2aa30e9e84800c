//! The scans of a picture: those that hold wanted coefficients are read, the others passed over.

use super::axis::{BLOCK, Plan};
use super::bits::{Bits, Finish};
use super::block::{Coding, Running, Wanted, pass, read, read_first_ac, read_first_dc, set_dc};
use super::error::{Fault, JpegError, Unsupported};
use super::grid::{Grid, MOST_ROWS};
use super::header::{Component, Frame, Headers, Next, Scan, Tables, fault};
use super::huffman::{Skips, Starts, Values};
use super::source::{Input, Source};

/// The most bits of a coefficient that may be left to later scans, which are not read.
const MOST_LEFT_OUT: u32 = 2;

/// Tables made from the Huffman tables for one scan.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    /// By component of the scan.
    starts: [Starts; 4],
    /// By AC table.
    values: [Values; 4],
    skips: [Skips; 4],
}

impl Scratch {
    pub(super) const EMPTY: Self =
        Self { starts: [Starts::EMPTY; 4], values: [Values::EMPTY; 4], skips: [Skips::EMPTY; 4] };
}

/// Reads scans until all wanted coefficients are there, into one or two grids.
pub(super) fn read_all<S: Source, const PER_AXIS: usize, const ALL: usize>(
    input: &mut Input<S>,
    headers: &mut Headers,
    tables: &mut Tables,
    plans: &[[&Plan<'_>; 2]],
    mut finished: impl FnMut(usize, &Grid<'_, PER_AXIS, ALL>),
) -> Result<(), JpegError<S::Error>> {
    let mut grids = [None, None];
    for (grid, [across, down]) in grids.iter_mut().zip(plans) {
        *grid = Some(Grid::new(across, down));
    }
    // By component: positions that have arrived.
    let mut arrived = [0_u64; 4];
    let mut marker = None;
    loop {
        let Next::Scan(scan) = headers.read_scan(input, tables, marker)? else {
            return Err(fault(input, Fault::Truncated));
        };
        let Some(frame) = headers.shared_frame()? else { return Err(fault(input, Fault::Frame)) };
        let mut wanted: [Option<Wanted<ALL>>; 4] = [const { None }; 4];
        for (wanted, component) in wanted.iter_mut().zip(frame.components()) {
            if component.share > 0.0 {
                if !tables.has_quantisation.get(component.quantisation).is_some_and(|has| *has) {
                    return Err(fault(input, Fault::Table));
                }
                let steps = tables.quantisation.get(component.quantisation);
                *wanted = steps.map(|steps| Wanted::new(PER_AXIS, steps, component.share));
            }
        }
        let is_useful = is_useful(&scan, &wanted, &mut arrived).ok_or_else(|| fault(input, Fault::Scan))?;
        marker = if is_useful {
            if scan.low > MOST_LEFT_OUT {
                return Err(Unsupported::Coarse.into());
            }
            let job = Job::new(input, &frame, &scan, tables, &wanted)?;
            Some(job.read(input, headers.restart, &mut grids)?)
        } else {
            input.skip_scan().map_err(JpegError::Source)?
        };
        let is_done = wanted
            .iter()
            .zip(&arrived)
            .all(|(wanted, arrived)| wanted.as_ref().is_none_or(|wanted| wanted.positions & !arrived == 0));
        if is_done {
            for (number, grid) in grids.iter().flatten().enumerate() {
                finished(number, grid);
            }
            return Ok(());
        }
        if marker.is_none() {
            return Err(fault(input, Fault::Truncated));
        }
    }
}

/// Whether a scan brings wanted coefficients, which then count as arrived; none if it brings any again.
fn is_useful<const ALL: usize>(scan: &Scan, wanted: &[Option<Wanted<ALL>>; 4], arrived: &mut [u64; 4]) -> Option<bool> {
    if scan.high > 0 {
        return Some(false);
    }
    let brought = (u64::MAX >> (63 - scan.to)) & (u64::MAX << scan.from);
    let mut is_useful = false;
    for scanned in scan.components() {
        let (wanted, arrived) = (wanted.get(scanned.component)?, arrived.get_mut(scanned.component)?);
        if *arrived & brought != 0 {
            return None;
        }
        *arrived |= brought;
        is_useful |= wanted.as_ref().is_some_and(|wanted| wanted.positions & brought != 0);
    }
    Some(is_useful)
}

/// A component of the scan under way.
struct Part<'t, const ALL: usize> {
    component: Component,
    coding: Coding<'t>,
    wanted: Option<&'t Wanted<ALL>>,
    running: Running,
}

/// A scan to be read.
struct Job<'t, const ALL: usize> {
    parts: [Option<Part<'t, ALL>>; 4],
    /// Units across and down: a block, or all components' blocks of the same place.
    units: (usize, usize),
    /// Rows of blocks in a row of units, of wanted components.
    rows: usize,
    is_progressive: bool,
    /// First and last position, and bits left out.
    band: (usize, usize, u32),
}

/// What went wrong within a scan.
enum Halt<E> {
    Fault(Fault),
    Source(E),
}

impl<'t, const ALL: usize> Job<'t, ALL> {
    fn new<S: Source>(
        input: &Input<S>,
        frame: &Frame,
        scan: &Scan,
        tables: &'t mut Tables,
        wanted: &'t [Option<Wanted<ALL>>; 4],
    ) -> Result<Self, JpegError<S::Error>> {
        let wants_ac = ALL > 1;
        let (needs_dc, needs_ac) = (scan.from == 0, scan.to > 0);
        let Tables { dc, ac, scratch, .. } = tables;
        let Scratch { starts, values, skips } = scratch;
        let missing = || fault(input, Fault::Table);
        let mut prepared = [false; 4];
        for (scanned, starts) in scan.components().iter().zip(&mut *starts) {
            let (dc, ac) = (dc.get(scanned.dc).ok_or_else(missing)?, ac.get(scanned.ac).ok_or_else(missing)?);
            if needs_dc && !dc.is_defined() || needs_ac && !ac.is_defined() {
                return Err(missing());
            }
            let is_wanted = wanted.get(scanned.component).is_some_and(Option::is_some);
            if needs_dc && needs_ac {
                starts.define(dc, ac, is_wanted && wants_ac);
            }
            if let (Some(prepared), true) = (prepared.get_mut(scanned.ac).filter(|done| !**done), needs_ac) {
                *prepared = true;
                if let Some(values) = values.get_mut(scanned.ac) {
                    values.define(ac);
                }
                if let Some(skips) = skips.get_mut(scanned.ac).filter(|_| needs_dc) {
                    skips.define(ac);
                }
            }
        }
        let mut parts = [const { None }; 4];
        let is_single = scan.components().len() == 1;
        for ((part, scanned), starts) in parts.iter_mut().zip(scan.components()).zip(&*starts) {
            let mut component = *frame.components().get(scanned.component).ok_or_else(missing)?;
            if is_single {
                (component.across, component.down) = (1, 1);
            }
            let (Some(dc), Some(ac), Some(values), Some(skips)) =
                (dc.get(scanned.dc), ac.get(scanned.ac), values.get(scanned.ac), skips.get(scanned.ac))
            else {
                return Err(missing());
            };
            *part = Some(Part {
                component,
                coding: Coding { starts, dc, ac, values, skips },
                wanted: wanted.get(scanned.component).and_then(Option::as_ref),
                running: Running::default(),
            });
        }
        let most = frame.most();
        let scanned = scan.components().first().and_then(|it| frame.components().get(it.component));
        let (across, down) = match scanned.filter(|_| is_single) {
            // the blocks that the component has in the picture
            Some(it) => (
                (frame.width as usize * it.across).div_ceil(most.0).div_ceil(BLOCK as usize),
                (frame.height as usize * it.down).div_ceil(most.1).div_ceil(BLOCK as usize),
            ),
            None => (
                (frame.width as usize).div_ceil(most.0 * BLOCK as usize),
                (frame.height as usize).div_ceil(most.1 * BLOCK as usize),
            ),
        };
        Ok(Self {
            parts,
            units: (across, down),
            rows: if is_single { 1 } else { most.1.min(MOST_ROWS) },
            is_progressive: frame.is_progressive,
            band: (scan.from, scan.to, scan.low),
        })
    }

    /// Reads the scan; gives the marker that ends it.
    fn read<S: Source, const PER_AXIS: usize>(
        mut self,
        input: &mut Input<S>,
        restart: u32,
        grids: &mut [Option<Grid<'_, PER_AXIS, ALL>>; 2],
    ) -> Result<u8, JpegError<S::Error>> {
        let halt = match self.rows(&mut Bits::new(input), restart, grids) {
            Ok(marker) => return Ok(marker),
            Err(halt) => halt,
        };
        Err(match halt {
            Halt::Fault(what) => fault(input, what),
            Halt::Source(error) => JpegError::Source(error),
        })
    }

    fn rows<S: Source, const PER_AXIS: usize>(
        &mut self,
        bits: &mut Bits<'_, S>,
        restart: u32,
        grids: &mut [Option<Grid<'_, PER_AXIS, ALL>>; 2],
    ) -> Result<u8, Halt<S::Error>> {
        let (mut until_restart, mut restarts) = (restart, 0_u8);
        for row in 0..self.units.1 {
            for unit in 0..self.units.0 {
                if restart > 0 {
                    if until_restart == 0 {
                        expect_marker(bits.restart(), 0xd0 | restarts)?;
                        restarts = (restarts + 1) & 7;
                        until_restart = restart;
                        self.parts.iter_mut().flatten().for_each(|part| part.running = Running::default());
                    }
                    until_restart -= 1;
                }
                let is_read = if self.is_progressive {
                    self.progressive_unit(bits, unit, grids)
                } else {
                    self.sequential_unit(bits, unit, grids)
                };
                if is_read.is_none() {
                    // zeros beyond the end may well be no code
                    return Err(Halt::Fault(if bits.is_short() { Fault::Truncated } else { Fault::Code }));
                }
            }
            if bits.is_short() {
                return Err(match bits.restart() {
                    Finish::Error(error) => Halt::Source(error),
                    _ => Halt::Fault(Fault::Truncated),
                });
            }
            for grid in grids.iter_mut().flatten() {
                (0..self.rows).for_each(|at| grid.end_row(at, row * self.rows + at));
            }
        }
        match bits.restart() {
            Finish::Marker(0xd0..=0xd7) => Err(Halt::Fault(Fault::Restart)),
            Finish::Marker(marker) => Ok(marker),
            other => expect_marker(other, 0).map(|()| 0),
        }
    }

    #[inline]
    fn sequential_unit<S: Source, const PER_AXIS: usize>(
        &mut self,
        bits: &mut Bits<'_, S>,
        unit: usize,
        grids: &mut [Option<Grid<'_, PER_AXIS, ALL>>; 2],
    ) -> Option<()> {
        let mut coefficients = [0.0; ALL];
        for part in self.parts.iter_mut().map_while(Option::as_mut) {
            let Component { across, down, .. } = part.component;
            let Some(wanted) = part.wanted else {
                for _ in 0..across * down {
                    pass(bits, part.coding)?;
                }
                continue;
            };
            for y in 0..down {
                for x in 0..across {
                    read(bits, part.coding, wanted, &mut part.running, &mut coefficients)?;
                    add(grids, y, unit * across + x, &coefficients);
                }
            }
        }
        Some(())
    }

    #[inline]
    fn progressive_unit<S: Source, const PER_AXIS: usize>(
        &mut self,
        bits: &mut Bits<'_, S>,
        unit: usize,
        grids: &mut [Option<Grid<'_, PER_AXIS, ALL>>; 2],
    ) -> Option<()> {
        let mut coefficients = [0.0; ALL];
        let band @ (from, _, low) = self.band;
        for part in self.parts.iter_mut().map_while(Option::as_mut) {
            let Component { across, down, .. } = part.component;
            for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
                let block = unit * across + x;
                if from > 0 {
                    let Some(wanted) = part.wanted else { continue };
                    if read_first_ac(bits, part.coding, wanted, band, &mut part.running, &mut coefficients)? {
                        add(grids, y, block, &coefficients);
                    }
                } else {
                    read_first_dc(bits, part.coding.dc, &mut part.running)?;
                    if let Some(wanted) = part.wanted {
                        set_dc(wanted, &mut coefficients, part.running.dc.wrapping_shl(low));
                        add(grids, y, block, &coefficients);
                    }
                }
            }
        }
        Some(())
    }
}

#[inline(always)]
fn add<const PER_AXIS: usize, const ALL: usize>(
    grids: &mut [Option<Grid<'_, PER_AXIS, ALL>>; 2],
    row: usize,
    block: usize,
    coefficients: &[f32; ALL],
) {
    let [first, second] = grids;
    if let Some(grid) = first {
        grid.add(row, block, coefficients);
    }
    if let Some(grid) = second {
        grid.add(row, block, coefficients);
    }
}

fn expect_marker<E>(finish: Finish<E>, expected: u8) -> Result<(), Halt<E>> {
    match finish {
        Finish::Marker(found) if found == expected => Ok(()),
        Finish::Marker(_) => Err(Halt::Fault(Fault::Restart)),
        Finish::Leftover => Err(Halt::Fault(Fault::Leftover)),
        Finish::Short | Finish::File => Err(Halt::Fault(Fault::Truncated)),
        Finish::Error(error) => Err(Halt::Source(error)),
    }
}
