//! The scans of a picture: those that hold wanted coefficients are read, the others passed over.

#![expect(
    clippy::indexing_slicing,
    reason = "numbers of components and tables, and positions, were checked when the headers were read"
)]

use super::axis::BLOCK;
use super::bits::{Bits, Finish};
use super::block::{Coding, History, Running, pass, read, read_first_ac, read_first_dc, refine_ac, set_dc};
use super::cells::Cells;
use super::error::{Fault, JpegError, Unsupported};
use super::grid::{Grid, MOST_ROWS};
use super::header::{Component, Frame, Headers, Next, Scan, fault};
use super::huffman::Symbols;
use super::source::{Input, Source};
use super::tables::{Scratch, Tables};
use super::wanted::{PerAxis, Wanted};
use super::zigzag::{COEFFICIENTS, is_low};

/// The most scans that are looked at; encoders write 10 to 20.
const MOST_SCANS: usize = 100;

/// The most bits of a coefficient that may be left to later scans, which are not read.
const MOST_LEFT_OUT: u32 = 2;

/// Below this smaller side a sample covers so few blocks that what is left out of each shows,
const COARSE_SIDE: u32 = 1536;

/// if a coefficient is known no better than in steps of more than this: as files of quality 60 and less are.
const COARSEST: u32 = 32;

/// The Huffman tables of a file, DC and AC, and what is made of them for a scan.
type Codes<'t, const SIZE: usize> = (&'t [Symbols<SIZE>; 4], &'t [Symbols<SIZE>; 4], &'t mut Scratch<SIZE>);

/// Where coefficients are added.
#[derive(Debug)]
pub(super) struct Sinks<'p, C, A> {
    pub(super) per_axis: A,
    pub(super) stored: Grid<'p, A>,
    /// Of the picture mirrored, where that is wanted.
    pub(super) turned: Option<Grid<'p, A>>,
    /// The cells of views, where they are wanted.
    pub(super) cells: C,
}

impl<C: Cells, A: PerAxis> Sinks<'_, C, A> {
    #[inline(always)]
    fn add(&mut self, row: usize, block: usize, coefficients: &A::Values) {
        self.stored.add(row, block, coefficients);
        if let Some(grid) = &mut self.turned {
            grid.add(row, block, coefficients);
        }
        self.cells.add(row, block, coefficients.as_ref(), self.per_axis.get());
    }

    fn end_row(&mut self, row: usize, block: usize) {
        self.stored.end_row(row, block);
        if let Some(grid) = &mut self.turned {
            grid.end_row(row, block);
        }
        self.cells.end_row(row, block);
    }
}

/// Reads scans until all wanted coefficients are there.
#[inline(never)] // so that its stack is free again when the samples are judged
pub(super) fn read_all<S: Source, C: Cells, A: PerAxis, const SIZE: usize>(
    input: &mut Input<S>,
    headers: &mut Headers,
    tables: &mut Tables<SIZE>,
    history: &mut [History],
    sinks: &mut Sinks<'_, C, A>,
) -> Result<(), JpegError<S::Error>> {
    // Whether all bits of the coefficients are wanted, which of a large picture are not.
    let refines = !history.is_empty();
    let per_axis = sinks.per_axis.get();
    let mut arrivals = Arrivals::NONE;
    let mut marker = None;
    for _ in 0..MOST_SCANS {
        let Next::Scan(scan) = headers.read_scan(input, tables, marker)? else {
            return Err(fault(input, Fault::Truncated));
        };
        let Some(frame) = headers.shared_frame()? else { return Err(fault(input, Fault::Frame)) };
        let mut wanted: [Option<Wanted<'_, A>>; 4] = [const { None }; 4];
        for (wanted, component) in wanted.iter_mut().zip(frame.components()) {
            if component.share > 0.0 {
                if !tables.has_quantisation[component.quantisation] {
                    return Err(fault(input, Fault::Table));
                }
                let steps = &tables.quantisation[component.quantisation];
                *wanted = Some(Wanted::new(sinks.per_axis, steps, component.share));
            }
        }
        if refines && wanted.iter().flatten().count() > 1 {
            return Err(Unsupported::Coarse.into());
        }
        let is_useful = arrivals
            .take(&scan, wanted.each_ref().map(Option::is_some), per_axis, refines)
            .ok_or_else(|| fault(input, Fault::Scan))?;
        marker = if is_useful {
            if !refines && is_coarse(&scan, &frame, &tables.quantisation, per_axis) {
                return Err(Unsupported::Coarse.into());
            }
            let codes = (&tables.dc, &tables.ac, &mut tables.scratch);
            let job = Job::new(input, &frame, &scan, codes, &wanted)?;
            job.read(input, headers.restart, sinks, history)?
        } else {
            let marker = input.skip_scan().map_err(JpegError::Source)?;
            Some(marker.ok_or_else(|| fault(input, Fault::Truncated))?)
        };
        if wanted.iter().zip(&arrivals.low).filter(|(wanted, _)| wanted.is_some()).all(|(_, low)| {
            let mut low = low.iter().enumerate().filter(|&(position, _)| is_low(position, per_axis));
            low.all(|(_, &low)| low == 0 || low != ABSENT && !refines)
        }) {
            return Ok(());
        }
    }
    Err(Unsupported::Scans.into())
}

/// Whether a scan leaves so much of wanted coefficients to later ones that these would have to be read.
fn is_coarse(scan: &Scan, frame: &Frame, quantisation: &[[u16; COEFFICIENTS]; 4], per_axis: usize) -> bool {
    let is_small = frame.width.min(frame.height) < COARSE_SIDE;
    scan.low > MOST_LEFT_OUT
        || is_small
            && scan.low > 0
            && scan.components().iter().map(|scanned| frame.components()[scanned.component]).any(|component| {
                let steps = &quantisation[component.quantisation];
                component.share > 0.0
                    && (scan.from.max(1)..=scan.to)
                        .filter(|&position| is_low(position, per_axis))
                        .any(|position| u32::from(steps[position]) << scan.low > COARSEST)
            })
}

/// A coefficient of which no scan has been read.
const ABSENT: u8 = u8::MAX;

/// What has arrived: by component and position, how many bits are left out, or [`ABSENT`].
struct Arrivals {
    low: [[u8; COEFFICIENTS]; 4],
}

impl Arrivals {
    const NONE: Self = Self { low: [[ABSENT; COEFFICIENTS]; 4] };

    /// Takes note of a scan, and tells whether it is to be read; none if it cannot follow those before.
    fn take(&mut self, scan: &Scan, wanted: [bool; 4], per_axis: usize, refines: bool) -> Option<bool> {
        let mut is_useful = false;
        let expected = if scan.high == 0 { ABSENT } else { scan.high };
        if scan.high > 0 && !refines {
            return Some(false);
        }
        for scanned in scan.components() {
            let band = &mut self.low[scanned.component][scan.from..=scan.to];
            if band.iter().any(|&low| low != expected) {
                return None;
            }
            band.fill(scan.low.to_le_bytes()[0]);
            is_useful |= wanted[scanned.component]
                && (refines || (scan.from..=scan.to).any(|position| is_low(position, per_axis)));
        }
        Some(is_useful)
    }
}

/// A component of the scan under way.
struct Part<'t, 'q, A: PerAxis, const SIZE: usize> {
    component: Component,
    coding: Coding<'t, SIZE>,
    wanted: Option<&'t Wanted<'q, A>>,
    running: Running,
}

/// A scan to be read.
struct Job<'t, 'q, A: PerAxis, const SIZE: usize> {
    parts: [Option<Part<'t, 'q, A, SIZE>>; 4],
    /// Units across and down: a block, or all components' blocks of the same place.
    units: (usize, usize),
    /// Rows of blocks in a row of units, of wanted components.
    rows: usize,
    is_progressive: bool,
    /// Whether the scan brings one more bit of coefficients that have been read.
    refines: bool,
    /// First and last position, and bits left out.
    band: (usize, usize, u32),
}

/// What went wrong within a scan.
enum Halt<E> {
    Fault(Fault),
    Source(E),
}

impl<'t, 'q, A: PerAxis, const SIZE: usize> Job<'t, 'q, A, SIZE> {
    fn new<S: Source>(
        input: &Input<S>,
        frame: &Frame,
        scan: &Scan,
        (dc, ac, scratch): Codes<'t, SIZE>,
        wanted: &'t [Option<Wanted<'q, A>>; 4],
    ) -> Result<Self, JpegError<S::Error>> {
        let wants_ac = wanted.iter().flatten().any(|wanted| wanted.last() > 0);
        // one more bit of a DC comes as it is
        let (needs_dc, needs_ac) = (scan.from == 0 && scan.high == 0, scan.to > 0);
        let Scratch { starts, values, skips } = scratch;
        let missing = || fault(input, Fault::Table);
        let mut prepared = [false; 4];
        for (scanned, starts) in scan.components().iter().zip(&mut *starts) {
            let (dc, ac) = (&dc[scanned.dc], &ac[scanned.ac]);
            if needs_dc && !dc.is_defined() || needs_ac && !ac.is_defined() {
                return Err(missing());
            }
            let is_wanted = wanted[scanned.component].is_some();
            if needs_dc && needs_ac {
                starts.define(dc, ac, is_wanted && wants_ac);
            }
            if needs_ac && !prepared[scanned.ac] {
                prepared[scanned.ac] = true;
                values[scanned.ac].define(ac);
                if needs_dc {
                    skips[scanned.ac].define(ac);
                }
            }
        }
        let mut parts = [const { None }; 4];
        let is_single = scan.components().len() == 1;
        for ((part, scanned), starts) in parts.iter_mut().zip(scan.components()).zip(&*starts) {
            let mut component = frame.components()[scanned.component];
            if is_single {
                (component.across, component.down) = (1, 1);
            }
            *part = Some(Part {
                component,
                coding: Coding {
                    starts,
                    dc: &dc[scanned.dc],
                    ac: &ac[scanned.ac],
                    values: &values[scanned.ac],
                    skips: &skips[scanned.ac],
                },
                wanted: wanted[scanned.component].as_ref(),
                running: Running::default(),
            });
        }
        let most = frame.most();
        let (across, down) = match scan.components() {
            // the blocks that the component has in the picture
            [single] => {
                let component = &frame.components()[single.component];
                (
                    (frame.width as usize * component.across).div_ceil(most.0).div_ceil(BLOCK as usize),
                    (frame.height as usize * component.down).div_ceil(most.1).div_ceil(BLOCK as usize),
                )
            }
            _ => (
                (frame.width as usize).div_ceil(most.0 * BLOCK as usize),
                (frame.height as usize).div_ceil(most.1 * BLOCK as usize),
            ),
        };
        Ok(Self {
            parts,
            units: (across, down),
            rows: if is_single { 1 } else { most.1.min(MOST_ROWS) },
            is_progressive: frame.is_progressive,
            refines: scan.high > 0,
            band: (scan.from, scan.to, scan.low),
        })
    }

    /// Reads the scan; gives the marker that ends it, unless that is one for a restart.
    fn read<S: Source, C: Cells>(
        mut self,
        input: &mut Input<S>,
        restart: u32,
        sinks: &mut Sinks<'_, C, A>,
        history: &mut [History],
    ) -> Result<Option<u8>, JpegError<S::Error>> {
        let halt = match self.rows(&mut Bits::new(input), restart, sinks, history) {
            Ok(marker) => return Ok(marker),
            Err(halt) => halt,
        };
        Err(match halt {
            Halt::Fault(what) => fault(input, what),
            Halt::Source(error) => JpegError::Source(error),
        })
    }

    fn rows<S: Source, C: Cells>(
        &mut self,
        bits: &mut Bits<'_, S>,
        restart: u32,
        sinks: &mut Sinks<'_, C, A>,
        history: &mut [History],
    ) -> Result<Option<u8>, Halt<S::Error>> {
        let (mut until_restart, mut restarts) = (restart, 0_u8);
        // Of one block after the other. Scans of DCs leave all else as it is: zero.
        let mut coefficients = A::ZERO;
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
                    let history = history.get_mut(row * self.units.0 + unit);
                    self.progressive_unit(bits, unit, sinks, &mut coefficients, history)
                } else {
                    self.sequential_unit(bits, unit, sinks, &mut coefficients)
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
            (0..self.rows).for_each(|at| sinks.end_row(at, row * self.rows + at));
        }
        match bits.restart() {
            // some encoders write one behind the last block, too
            Finish::Marker(marker) if restart > 0 && marker == 0xd0 | restarts => Ok(None),
            Finish::Marker(0xd0..=0xd7) => Err(Halt::Fault(Fault::Restart)),
            Finish::Marker(marker) => Ok(Some(marker)),
            other => expect_marker(other, 0).map(|()| None),
        }
    }

    #[inline]
    fn sequential_unit<S: Source, C: Cells>(
        &mut self,
        bits: &mut Bits<'_, S>,
        unit: usize,
        sinks: &mut Sinks<'_, C, A>,
        coefficients: &mut A::Values,
    ) -> Option<()> {
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
                    read(bits, part.coding, wanted, &mut part.running, coefficients)?;
                    sinks.add(y, unit * across + x, coefficients);
                }
            }
        }
        Some(())
    }

    /// `history` is that of the block, where histories are kept: a unit of AC coefficients is always one block.
    #[inline]
    fn progressive_unit<S: Source, C: Cells>(
        &mut self,
        bits: &mut Bits<'_, S>,
        unit: usize,
        sinks: &mut Sinks<'_, C, A>,
        coefficients: &mut A::Values,
        history: Option<&mut History>,
    ) -> Option<()> {
        let band @ (from, _, low) = self.band;
        if from > 0 {
            let [Some(part), ..] = &mut self.parts else { return None };
            let (wanted, running) = (part.wanted?, &mut part.running);
            if self.refines {
                refine_ac(bits, part.coding.ac, wanted, band, running, coefficients, history?)?;
                sinks.add(0, unit, coefficients);
            } else if read_first_ac(bits, part.coding, wanted, band, running, coefficients, history)? {
                sinks.add(0, unit, coefficients);
            }
            return Some(());
        }
        for part in self.parts.iter_mut().map_while(Option::as_mut) {
            let Component { across, down, .. } = part.component;
            for (y, x) in (0..down).flat_map(|y| (0..across).map(move |x| (y, x))) {
                let dc = if self.refines {
                    bits.refill();
                    bits.take(1).cast_signed()
                } else {
                    read_first_dc(bits, part.coding.dc, &mut part.running)?;
                    part.running.dc
                };
                if let Some(wanted) = part.wanted {
                    set_dc(wanted, coefficients, dc.wrapping_shl(low));
                    sinks.add(y, unit * across + x, coefficients);
                }
            }
        }
        Some(())
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
