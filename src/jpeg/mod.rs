//! A JPEG's bytes straight to PDQ: no inverse transform, no colour, no pixel.
//!
//! PDQ looks at 64x64 samples, each a weighted sum of pixels, and a JPEG's pixels are weighted sums of its coefficients. So
//! the samples are weighted sums of coefficients, and since a sample covers many pixels, nearly all of it is in the few
//! lowest frequencies of each block: [`per_axis`] says how many are read. What has to be done is to find
//! these coefficients among the others; of a progressive file, whose scans are sorted by frequency, that means to read
//! the first tenth or fifth.
//!
//! The result is a *screening* hash: it differs from the exact one by a few bits, [`Screened::margin`] at most. Look it up
//! with a radius larger by so much; where nothing is found, nothing would have been found by the exact hash, and where
//! something is, the exact hash decides, made from pixels as always.
//!
//! Read are baseline, extended and progressive files of 8 bits with Huffman codes, grey, YCbCr and RGB, with any sampling of
//! chroma and restart intervals. Everything else is a typed [`Unsupported`]. Of a sequential file all data are parsed; what comes behind
//! the scans that were needed is not looked at, nor are those passed over.
//!
//! Memory: that of [`Tables`], 7 to 118 KB; 18 to 26 KB for samples, and as much again for a turned picture; 13 to 75 bytes for each
//! block along the width (6 KB for 4,096 pixels); for a progressive file below 768 pixels 16 bytes for each block; 10 KB of stack. None
//! of the heap unless by [`screen`].
//!
//! ```
//! use lookalike::jpeg::{self, JpegError, Unsupported};
//!
//! let not_one = jpeg::screen(&b"GIF89a"[..]);
//! assert!(matches!(not_one, Err(JpegError::Corrupt { offset: 1, .. })));
//! ```

#![forbid(unsafe_code)]

mod axis;
mod bits;
mod block;
mod cells;
mod color;
mod error;
mod grid;
mod header;
mod huffman;
mod scan;
mod source;
mod tables;
mod wanted;
mod zigzag;

use self::axis::{Line, Outputs, Plan, blocks_needed, weights_needed, weights_of};
use self::cells::{CellSums, Cells, MOST_PER_AXIS};
use self::grid::{Grid as Samples, MOST_ROWS, sums_needed};
use self::header::{Frame, Headers};
use self::scan::Sinks;
use self::source::Input;
use self::wanted::{Any, Fixed, PerAxis};
use crate::hash::Dihedral;
use crate::hash::pdq::PdqSpectrum;
use crate::hash::views::Grid;
use crate::kernel::Level;
use crate::resample::jarosz::Axis;

pub use axis::Block;
pub use block::History;
pub use cells::CellMemory;
#[cfg(feature = "image")]
pub(crate) use color::{ColorMarkers, ColorModel};
pub use error::{Fault, JpegError, Unsupported};
#[cfg(feature = "std")]
pub use source::Buffered;
pub use source::Source;
#[cfg(feature = "image")]
pub(crate) use source::find_ff;
pub use tables::Tables;
#[cfg(feature = "image")]
pub(crate) use zigzag::ZIGZAG;

/// The shortest smaller side of a picture that is screened: 256 pixels. Below, a sample covers less than half a block.
pub const MIN_SIDE: u32 = 256;

/// A coefficient of the hash that lies this close to the median may lie on its other side in truth: the number of these is
/// the margin.
///
/// Among 12,687 hashes of photographs, figures and drawings, altered in many ways, none was farther from the exact one than 10 bits
/// less than this says (`benches/peers/README.md`).
const REACH: f32 = 1.0;

/// The margin of pictures with fewer such coefficients.
const LEAST_MARGIN: u32 = 20;

/// A coefficient this close is in doubt,
const DOUBT: f32 = 0.3;

/// and a picture with more of them is not screened: of 187 photographs 1, of their re-encodings all that would be off by many bits.
const MOST_DOUBTS: u32 = 32;

/// How many coefficients of each axis are read, of 8, by the smaller side in pixels.
///
/// 1 from 2,560 on: the mean of a block. 2 from 1,024 on: also the slope, along both axes. 3 from 768 on; below that all 8.
#[must_use]
pub const fn per_axis(smaller_side: u32) -> usize {
    match smaller_side {
        2560.. => 1,
        1024.. => 2,
        768.. => 3,
        _ => 8,
    }
}

/// A hash that differs from the exact one by a few bits.
#[derive(Clone, Copy, Debug)]
pub struct Screened {
    spectrum: PdqSpectrum,
    margin: u32,
    edge_contrast: f32,
    width: u32,
    height: u32,
    per_axis: usize,
    bytes_read: u64,
}

impl Screened {
    /// The hashes and the quality, as far as the coefficients read tell them.
    #[must_use]
    pub const fn spectrum(&self) -> &PdqSpectrum {
        &self.spectrum
    }

    /// The most bits by which any of the eight hashes may differ from the exact one, of a picture whose quality is 50 or more:
    /// at least 20.
    ///
    /// It is the number of coefficients near the median, which is where bits change. It is measured, not proven: no
    /// picture seen came closer to it than 10 bits.
    #[must_use]
    pub const fn margin(&self) -> u32 {
        self.margin
    }

    /// How much luma varies, of 255, along the side of the picture where it varies the least: a uniform border varies little.
    #[must_use]
    pub const fn edge_contrast(&self) -> f32 {
        self.edge_contrast
    }

    /// Pixels per row, as stored.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows, as stored.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// How many coefficients of each axis were read, of 8.
    #[must_use]
    pub const fn per_axis(&self) -> usize {
        self.per_axis
    }

    /// How many bytes of the file were read.
    #[must_use]
    pub const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

/// Screens a JPEG as it is stored. Bytes in memory are a [`Source`], and so is a [`Buffered`] reader, of which no more is
/// read than needed.
///
/// Takes heap as the [module](self) says: 160 KB for 24 megapixels.
///
/// # Errors
///
/// [`JpegError::Unsupported`] for a JPEG of another kind than is read here, or a small one; [`JpegError::Corrupt`] for bytes that
/// break the rules or end too early. Then decode the picture: a hash is never made of half of one.
#[cfg(feature = "alloc")]
pub fn screen<S: Source>(source: S) -> Result<Screened, JpegError<S::Error>> {
    screen_turned(source, Dihedral::Original).map(|(stored, _)| stored)
}

/// Screens a JPEG as it is stored, and as it is when turned; the same where that is [`Dihedral::Original`].
///
/// The second is what hashing turned pixels gives, not one of the eight of the first: see
/// [`turned`](crate::hash::pdq::turned). For the orientation of a photo see [`Dihedral::from_exif`].
///
/// # Errors
///
/// As [`screen`].
#[cfg(feature = "alloc")]
pub fn screen_turned<S: Source>(source: S, turn: Dihedral) -> Result<(Screened, Screened), JpegError<S::Error>> {
    screen_on_heap(source, turn, None)
}

/// Screens a JPEG as [`screen_turned`] does, and fills the grid from which the [`views`](crate::hash::views) of the picture as
/// stored are made, from the same coefficients.
///
/// Cells that are smaller than a block are known as far as the four lowest coefficients of each axis tell, which is finer than
/// PDQ's samples. Takes another 200 KB of heap.
///
/// # Errors
///
/// As [`screen`]; the grid is then of no picture.
#[cfg(feature = "alloc")]
pub fn screen_with_grid<S: Source>(
    source: S,
    turn: Dihedral,
    grid: &mut Grid,
) -> Result<(Screened, Screened), JpegError<S::Error>> {
    grid.clear();
    screen_on_heap(source, turn, Some(grid))
}

#[cfg(feature = "alloc")]
fn screen_on_heap<S: Source>(
    source: S,
    turn: Dihedral,
    grid: Option<&mut Grid>,
) -> Result<(Screened, Screened), JpegError<S::Error>> {
    use alloc::boxed::Box;
    use alloc::vec;

    let mut tables = Box::new(Tables::new());
    let opened = Opened::new(source, &mut tables)?;
    let needs = if grid.is_some() { opened.needs_with_grid(turn) } else { opened.needs(turn) };
    let Needs { sums, weights, blocks, history } = needs;
    let (mut sums, mut weights, mut blocks) = (vec![0.0; sums], vec![0.0; weights], vec![Block::default(); blocks]);
    let mut history = vec![History::default(); history];
    let memory = Memory { sums: &mut sums, weights: &mut weights, blocks: &mut blocks, history: &mut history };
    match grid {
        Some(grid) => opened.screen_with_grid_in(&mut tables, memory, turn, &mut Box::default(), grid),
        None => opened.screen_in(&mut tables, memory, turn),
    }
}

/// How much memory screening takes, in elements of [`Memory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// Numbers of 4 bytes.
    pub sums: usize,
    /// Numbers of 4 bytes.
    pub weights: usize,
    /// Blocks of 4 bytes.
    pub blocks: usize,
    /// Histories of 16 bytes: one for each block of the picture, if it is progressive and all its bits are wanted; else none.
    pub history: usize,
}

/// The caller's memory, at least as much as [`Opened::needs`].
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by the caller")]
pub struct Memory<'m> {
    /// Samples, and what they are added up from.
    pub sums: &'m mut [f32],
    /// Weights of coefficients.
    pub weights: &'m mut [f32],
    /// Where the weights of each block are.
    pub blocks: &'m mut [Block],
    /// What has been read of each block of the picture.
    pub history: &'m mut [History],
}

/// A JPEG of which the headers have been read, up to that of the frame.
#[derive(Debug)]
pub struct Opened<S> {
    input: Input<S>,
    headers: Headers,
    frame: Frame,
}

impl<S: Source> Opened<S> {
    /// Reads the headers.
    ///
    /// # Errors
    ///
    /// As [`screen`], as far as the headers tell.
    pub fn new<const SIZE: usize>(source: S, tables: &mut Tables<SIZE>) -> Result<Self, JpegError<S::Error>> {
        tables.clear();
        let mut input = Input::new(source);
        let mut headers = Headers::start(&mut input)?;
        let frame = headers.read_frame(&mut input, tables)?;
        if frame.width.min(frame.height) < MIN_SIDE {
            return Err(Unsupported::Small.into());
        }
        Ok(Self { input, headers, frame })
    }

    /// Pixels per row, as stored.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.frame.width
    }

    /// Rows, as stored.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.frame.height
    }

    /// Whether the scans are sorted by frequency, so that only a part of the file will be read.
    #[must_use]
    pub const fn is_progressive(&self) -> bool {
        self.frame.is_progressive
    }

    /// How much memory screening takes: of a picture that is mirrored along an axis by the turn, twice as much.
    #[must_use]
    pub fn needs(&self, turn: Dihedral) -> Needs {
        let (across, _) = self.axes();
        let per_axis = self.per_axis();
        let grids = if turn.parts().0 == 0 { 1 } else { 2 };
        Needs {
            sums: grids * sums_needed(self.rows(), per_axis),
            weights: grids * weights_needed(across, per_axis),
            blocks: grids * blocks_needed(across),
            history: self.history_needed(),
        }
    }

    /// How much memory screening takes where a grid is made as well, beside [`CellMemory`].
    #[must_use]
    pub fn needs_with_grid(&self, turn: Dihedral) -> Needs {
        let (across, _) = self.axes();
        let weights = weights_of(across, self.per_axis().min(MOST_PER_AXIS), Outputs::Cells);
        let needs = self.needs(turn);
        Needs { weights: needs.weights + weights, blocks: needs.blocks + blocks_needed(across), ..needs }
    }

    /// Rows of blocks under way at once.
    fn rows(&self) -> usize {
        self.frame.most().1.min(MOST_ROWS)
    }

    fn history_needed(&self) -> usize {
        let (across, down) = self.axes();
        let wants_all = self.frame.is_progressive && self.per_axis() == 8;
        if wants_all { blocks_needed(across).saturating_mul(blocks_needed(down)) } else { 0 }
    }

    const fn axes(&self) -> (Axis, Axis) {
        (Axis::new(self.frame.width), Axis::new(self.frame.height))
    }

    fn per_axis(&self) -> usize {
        per_axis(self.frame.width.min(self.frame.height))
    }

    /// Screens the picture, in the caller's memory: as stored, and as turned.
    ///
    /// # Errors
    ///
    /// As [`screen`]; [`Unsupported::Memory`] if there is less memory than needed.
    pub fn screen_in<const SIZE: usize>(
        self,
        tables: &mut Tables<SIZE>,
        memory: Memory<'_>,
        turn: Dihedral,
    ) -> Result<(Screened, Screened), JpegError<S::Error>> {
        let (mut stored, mut turned) = (None, None);
        self.screen_by(tables, memory, turn, &mut stored, &mut turned)?;
        let stored = stored.ok_or(Unsupported::Memory)?;
        Ok((stored, turned.unwrap_or(stored)))
    }

    /// Screens the picture as it is stored, in the caller's memory: for devices, in the least stack and the least code.
    ///
    /// The same hash as [`screen_in`](Self::screen_in) gives. There what reads scans is compiled once for each number of coefficients
    /// ([`per_axis`]), which is faster; here once for all of them, in a fifth of the code.
    ///
    /// # Errors
    ///
    /// As [`screen`]; [`Unsupported::Memory`] if there is less memory than [`Opened::needs`] says of [`Dihedral::Original`].
    pub fn screen_stored_in<const SIZE: usize>(
        self,
        tables: &mut Tables<SIZE>,
        memory: Memory<'_>,
    ) -> Result<Screened, JpegError<S::Error>> {
        let mut stored = None;
        let per_axis = Any(self.per_axis());
        self.with(per_axis, tables, memory, Dihedral::Original, NoCells, (&mut stored, &mut None))?;
        stored.ok_or_else(|| Unsupported::Memory.into())
    }

    /// Screens the picture, in the caller's memory: as stored, and as turned; and fills the grid of the picture as stored.
    ///
    /// # Errors
    ///
    /// As [`screen`]; [`Unsupported::Memory`] if there is less memory than [`Opened::needs_with_grid`].
    pub fn screen_with_grid_in<'m, const SIZE: usize>(
        self,
        tables: &mut Tables<SIZE>,
        memory: Memory<'m>,
        turn: Dihedral,
        cells: &'m mut CellMemory,
        grid: &'m mut Grid,
    ) -> Result<(Screened, Screened), JpegError<S::Error>> {
        grid.clear();
        let (mut stored, mut turned) = (None, None);
        let out = (&mut stored, &mut turned);
        match self.per_axis() {
            1 => self.with(Fixed::<1, 1>, tables, memory, turn, Celled::<'_, 1>(cells, grid), out)?,
            2 => self.with(Fixed::<2, 4>, tables, memory, turn, Celled::<'_, 2>(cells, grid), out)?,
            3 => self.with(Fixed::<3, 9>, tables, memory, turn, Celled::<'_, 3>(cells, grid), out)?,
            _ => self.with(Fixed::<8, 64>, tables, memory, turn, Celled::<'_, MOST_PER_AXIS>(cells, grid), out)?,
        }
        let stored = stored.ok_or(Unsupported::Memory)?;
        Ok((stored, turned.unwrap_or(stored)))
    }

    fn screen_by<const SIZE: usize>(
        self,
        tables: &mut Tables<SIZE>,
        memory: Memory<'_>,
        turn: Dihedral,
        stored: &mut Option<Screened>,
        turned: &mut Option<Screened>,
    ) -> Result<(), JpegError<S::Error>> {
        let out = (stored, turned);
        match self.per_axis() {
            1 => self.with(Fixed::<1, 1>, tables, memory, turn, NoCells, out),
            2 => self.with(Fixed::<2, 4>, tables, memory, turn, NoCells, out),
            3 => self.with(Fixed::<3, 9>, tables, memory, turn, NoCells, out),
            _ => self.with(Fixed::<8, 64>, tables, memory, turn, NoCells, out),
        }
    }

    fn with<'m, W: WantedCells<'m>, A: PerAxis, const SIZE: usize>(
        mut self,
        per_axis: A,
        tables: &mut Tables<SIZE>,
        memory: Memory<'m>,
        turn: Dihedral,
        cells: W,
        out: (&mut Option<Screened>, &mut Option<Screened>),
    ) -> Result<(), JpegError<S::Error>> {
        let (across, down) = self.axes();
        let rows = self.rows();
        let (number, swap) = turn.parts();
        let Memory { sums, weights, blocks, history } = memory;
        let history = history.get_mut(..self.history_needed()).ok_or(Unsupported::Memory)?;
        history.fill(History::default());
        let mut room = Room { sums, weights, blocks };
        let mut samples = |is_mirrored: (bool, bool)| -> Result<Samples<'m, A>, Unsupported> {
            let (count, needed) = (per_axis.get(), weights_needed(across, per_axis.get()));
            let plan = room.plan(across, count, Outputs::samples(is_mirrored.0), needed)?;
            let sums = take(&mut room.sums, sums_needed(rows, count))?;
            let down = Line::new(down, Outputs::samples(is_mirrored.1));
            Samples::new(per_axis, plan, down, sums).ok_or(Unsupported::Memory)
        };
        let stored = samples((false, false))?;
        let turned = (number != 0).then(|| samples((number & 2 != 0, number & 1 != 0))).transpose()?;
        let (cells, filled) = cells.begin(across, down, &mut room)?;
        let mut sinks = Sinks { per_axis, stored, turned, cells };
        let Self { input, headers, frame } = &mut self;
        scan::read_all(input, headers, tables, history, &mut sinks)?;
        let Sinks { stored, turned, cells, .. } = sinks;
        W::finish(cells, filled, frame);
        let blank = Screened {
            spectrum: PdqSpectrum::TOO_SMALL,
            margin: 0,
            edge_contrast: 0.0,
            width: frame.width,
            height: frame.height,
            per_axis: per_axis.get(),
            bytes_read: input.offset,
        };
        judge(out.0.insert(blank), &stored, false)?;
        if number != 0 || swap {
            judge(out.1.insert(blank), turned.as_ref().unwrap_or(&stored), swap)?;
        }
        Ok(())
    }
}

/// Which cells are wanted beside the samples.
trait WantedCells<'m> {
    type Sums: Cells;
    type Filled;

    fn begin(self, across: Axis, down: Axis, room: &mut Room<'m>) -> Result<(Self::Sums, Self::Filled), Unsupported>;

    fn finish(sums: Self::Sums, filled: Self::Filled, frame: &Frame);
}

/// None.
struct NoCells;

impl WantedCells<'_> for NoCells {
    type Sums = ();
    type Filled = ();

    fn begin(self, _: Axis, _: Axis, _: &mut Room<'_>) -> Result<((), ()), Unsupported> {
        Ok(((), ()))
    }

    fn finish((): (), (): (), _: &Frame) {}
}

/// Those of a grid, of so many coefficients of each axis.
struct Celled<'m, const PER_AXIS: usize>(&'m mut CellMemory, &'m mut Grid);

impl<'m, const PER_AXIS: usize> WantedCells<'m> for Celled<'m, PER_AXIS> {
    type Sums = CellSums<'m, PER_AXIS>;
    type Filled = &'m mut Grid;

    fn begin(self, across: Axis, down: Axis, room: &mut Room<'m>) -> Result<(Self::Sums, &'m mut Grid), Unsupported> {
        let needed = weights_of(across, PER_AXIS, Outputs::Cells);
        let plan = room.plan(across, PER_AXIS, Outputs::Cells, needed)?;
        Ok((CellSums::new(plan, Line::new(down, Outputs::Cells), self.0), self.1))
    }

    fn finish(sums: Self::Sums, filled: &'m mut Grid, frame: &Frame) {
        sums.finish(frame.width, frame.height, filled);
    }
}

/// Completes what is said of a picture by its samples, their axes swapped or not.
#[inline(never)] // so that its stack and that of the scans are the same
fn judge<A: PerAxis>(screened: &mut Screened, grid: &Samples<'_, A>, swap: bool) -> Result<(), Unsupported> {
    screened.spectrum = PdqSpectrum::of_each_row(Level::best(), |row| grid.samples(row, swap));
    screened.margin = screened.spectrum.near_median(REACH).max(LEAST_MARGIN);
    screened.edge_contrast = grid.least_edge_contrast();
    if screened.spectrum.near_median(DOUBT) > MOST_DOUBTS { Err(Unsupported::Doubtful) } else { Ok(()) }
}

/// Memory that is dealt out.
struct Room<'m> {
    sums: &'m mut [f32],
    weights: &'m mut [f32],
    blocks: &'m mut [Block],
}

impl<'m> Room<'m> {
    fn plan(&mut self, axis: Axis, per_axis: usize, outputs: Outputs, weights: usize) -> Result<Plan<'m>, Unsupported> {
        let (weights, blocks) = (take(&mut self.weights, weights)?, take(&mut self.blocks, blocks_needed(axis))?);
        Plan::new(axis, per_axis, outputs, blocks, weights).ok_or(Unsupported::Memory)
    }
}

/// Takes the first elements.
fn take<'m, T>(from: &mut &'m mut [T], count: usize) -> Result<&'m mut [T], Unsupported> {
    from.split_off_mut(..count).ok_or(Unsupported::Memory)
}
