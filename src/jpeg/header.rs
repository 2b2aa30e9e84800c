//! The segments of a JPEG: what the picture is, and the tables its scans are coded with.

#![expect(
    clippy::indexing_slicing,
    reason = "a frame and a scan have four components at most, which was checked when they were read"
)]

use super::color::{ColorMarkers, ColorModel};
use super::error::{Fault, JpegError, Unsupported};
use super::source::{Input, Source};
use super::tables::Tables;

/// Components of a picture, at most.
const MOST_COMPONENTS: usize = 4;

/// One component of a picture: its sampling, and the table that its coefficients are quantised by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks across and down in a unit.
    pub(super) across: usize,
    pub(super) down: usize,
    pub(super) quantisation: usize,
    /// Its share of luma: 0 where none of it is wanted.
    pub(super) share: f32,
}

/// The frame header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_progressive: bool,
    components: [Component; MOST_COMPONENTS],
    count: usize,
}

impl Frame {
    pub(super) fn components(&self) -> &[Component] {
        &self.components[..self.count]
    }

    /// The largest sampling factors, across and down.
    pub(super) fn most(&self) -> (usize, usize) {
        let most = |factor: fn(&Component) -> usize| self.components().iter().map(factor).fold(1, usize::max);
        (most(|it| it.across), most(|it| it.down))
    }

    /// Gives each component its share of luma.
    fn share(&mut self, colors: ColorMarkers) -> Result<(), Unsupported> {
        let most = self.most();
        let ids: [u8; MOST_COMPONENTS] = self.components.map(|it| it.id);
        let shares: &[f32] = match colors.model(&ids[..self.count]) {
            Some(ColorModel::Gray) => &[1.0],
            Some(ColorModel::YCbCr) => &[1.0, 0.0, 0.0],
            Some(ColorModel::Rgb) => &[0.299, 0.587, 0.114],
            Some(ColorModel::Cmyk | ColorModel::Ycck) => return Err(Unsupported::FourColors),
            None => return Err(Unsupported::Colors(self.count.to_le_bytes()[0])),
        };
        for (component, &share) in self.components.iter_mut().zip(shares) {
            component.share = share;
            if self.count > 1 && share > 0.0 && (component.across, component.down) != most {
                return Err(Unsupported::SubsampledLuma);
            }
        }
        Ok(())
    }
}

/// Which of a scan's components, with which tables.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ScanComponent {
    pub(super) component: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// The header of a scan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    components: [ScanComponent; MOST_COMPONENTS],
    count: usize,
    /// The coefficients, in zigzag order.
    pub(super) from: usize,
    pub(super) to: usize,
    /// Bits that earlier scans brought already, and bits that later ones will bring.
    pub(super) high: u8,
    pub(super) low: u32,
}

impl Scan {
    pub(super) fn components(&self) -> &[ScanComponent] {
        &self.components[..self.count]
    }
}

/// What follows in the file.
#[derive(Debug)]
pub(super) enum Next {
    Scan(Scan),
    End,
}

/// What was read of a file between its scans.
#[derive(Debug)]
pub(super) struct Headers {
    pub(super) frame: Option<Frame>,
    /// Units between restart markers; 0 without any.
    pub(super) restart: u32,
    colors: ColorMarkers,
}

/// A segment's bytes as they are read.
struct Segment<'i, S> {
    input: &'i mut Input<S>,
    left: usize,
}

impl<S: Source> Segment<'_, S> {
    fn byte(&mut self) -> Result<u8, JpegError<S::Error>> {
        let Some(left) = self.left.checked_sub(1) else { return Err(fault(self.input, Fault::Segment)) };
        self.left = left;
        byte(self.input)
    }

    fn two(&mut self) -> Result<u16, JpegError<S::Error>> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], JpegError<S::Error>> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    fn fault<T>(&self, what: Fault) -> Result<T, JpegError<S::Error>> {
        Err(fault(self.input, what))
    }

    fn finish(self) -> Result<(), JpegError<S::Error>> {
        match self.input.skip(self.left) {
            Ok(0) => Ok(()),
            Ok(_) => Err(fault(self.input, Fault::Truncated)),
            Err(error) => Err(JpegError::Source(error)),
        }
    }
}

/// What is wrong with the bytes before this place.
pub(super) const fn fault<S: Source>(input: &Input<S>, fault: Fault) -> JpegError<S::Error> {
    JpegError::Corrupt { fault, offset: input.offset }
}

fn byte<S: Source>(input: &mut Input<S>) -> Result<u8, JpegError<S::Error>> {
    match input.byte() {
        Ok(Some(byte)) => Ok(byte),
        Ok(None) => Err(fault(input, Fault::Truncated)),
        Err(error) => Err(JpegError::Source(error)),
    }
}

impl Headers {
    /// Reads the start marker.
    pub(super) fn start<S: Source>(input: &mut Input<S>) -> Result<Self, JpegError<S::Error>> {
        for expected in [0xff, 0xd8] {
            match input.byte() {
                Ok(Some(found)) if found == expected => {}
                Ok(_) => return Err(fault(input, Fault::NotJpeg)),
                Err(error) => return Err(JpegError::Source(error)),
            }
        }
        Ok(Self { frame: None, restart: 0, colors: ColorMarkers::default() })
    }

    /// Reads segments up to the frame header.
    pub(super) fn read_frame<S: Source, const SIZE: usize>(
        &mut self,
        input: &mut Input<S>,
        tables: &mut Tables<SIZE>,
    ) -> Result<Frame, JpegError<S::Error>> {
        while self.frame.is_none() {
            let marker = next_marker(input)?;
            if self.segment(input, tables, marker)?.is_some() {
                return Err(fault(input, Fault::Frame));
            }
        }
        self.frame.ok_or_else(|| fault(input, Fault::Frame))
    }

    /// Reads segments up to the next scan. `marker`: one that has been read already.
    pub(super) fn read_scan<S: Source, const SIZE: usize>(
        &mut self,
        input: &mut Input<S>,
        tables: &mut Tables<SIZE>,
        marker: Option<u8>,
    ) -> Result<Next, JpegError<S::Error>> {
        let mut marker = marker;
        loop {
            let read = match marker.take() {
                Some(marker) => marker,
                None => next_marker(input)?,
            };
            if let Some(next) = self.segment(input, tables, read)? {
                return Ok(next);
            }
        }
    }

    /// What is to be known of the picture before its first scan: segments behind the frame header may tell of its colours.
    pub(super) fn shared_frame(&mut self) -> Result<Option<Frame>, Unsupported> {
        if let Some(frame) = &mut self.frame {
            frame.share(self.colors)?;
        }
        Ok(self.frame)
    }

    fn segment<S: Source, const SIZE: usize>(
        &mut self,
        input: &mut Input<S>,
        tables: &mut Tables<SIZE>,
        marker: u8,
    ) -> Result<Option<Next>, JpegError<S::Error>> {
        match marker {
            0xd9 => return Ok(Some(Next::End)),
            0xc3 => return Err(Unsupported::Lossless.into()),
            0xc5..=0xc7 | 0xde | 0xdf => return Err(Unsupported::Hierarchical.into()),
            0xc9..=0xcf => return Err(Unsupported::Arithmetic.into()),
            0xdc => return Err(Unsupported::LateHeight.into()),
            // a start within the file, a restart outside of a scan, reserved
            0xd0..=0xd8 | 0x00..=0xbf | 0xc8 | 0xf0..=0xfd if marker != 0x01 => {
                return Err(fault(input, Fault::Segment));
            }
            0x01 => return Ok(None),
            _ => {}
        }
        let length = u16::from_be_bytes([byte(input)?, byte(input)?]);
        let Some(left) = usize::from(length).checked_sub(2) else { return Err(fault(input, Fault::Segment)) };
        let mut segment = Segment { input, left };
        let mut next = None;
        match marker {
            0xdb => quantisation(&mut segment, tables)?,
            0xc4 => huffman(&mut segment, tables)?,
            0xdd => self.restart = u32::from(segment.two()?),
            0xc0..=0xc2 => self.frame(&mut segment, marker)?,
            0xda => next = Some(Next::Scan(self.scan(&mut segment)?)),
            0xe0 | 0xee => {
                let mut start = [0; ColorMarkers::LENGTH];
                let length = segment.left.min(start.len());
                for byte in &mut start[..length] {
                    *byte = segment.byte()?;
                }
                self.colors.note(marker, &start[..length]);
            }
            _ => {}
        }
        segment.finish()?;
        Ok(next)
    }

    fn frame<S: Source>(&mut self, segment: &mut Segment<'_, S>, marker: u8) -> Result<(), JpegError<S::Error>> {
        if self.frame.is_some() {
            return segment.fault(Fault::Frame);
        }
        let depth = segment.byte()?;
        let (height, width) = (u32::from(segment.two()?), u32::from(segment.two()?));
        let count = segment.byte()?;
        if depth != 8 {
            return Err(Unsupported::Depth(depth).into());
        }
        if !(1..=4).contains(&count) {
            return Err(Unsupported::Colors(count).into());
        }
        if width == 0 {
            return segment.fault(Fault::Frame);
        }
        if height == 0 {
            return Err(Unsupported::LateHeight.into());
        }
        let mut components = [Component::default(); MOST_COMPONENTS];
        for at in 0..usize::from(count) {
            let [id, sampling, quantisation] = segment.array()?;
            let (across, down) = (usize::from(sampling >> 4), usize::from(sampling & 15));
            let is_known = components.iter().take(at).any(|it| it.id == id);
            let is_possible = (1..=4).contains(&across) && (1..=4).contains(&down) && quantisation < 4 && !is_known;
            if !is_possible {
                return segment.fault(Fault::Frame);
            }
            components[at] = Component { id, across, down, quantisation: usize::from(quantisation), share: 0.0 };
        }
        if count == 1 {
            // a single component is coded block by block, whatever its factors
            components = components.map(|it| Component { across: 1, down: 1, ..it });
        }
        self.frame =
            Some(Frame { width, height, is_progressive: marker == 0xc2, components, count: usize::from(count) });
        Ok(())
    }

    fn scan<S: Source>(&self, segment: &mut Segment<'_, S>) -> Result<Scan, JpegError<S::Error>> {
        let Some(frame) = &self.frame else { return segment.fault(Fault::Frame) };
        let count = segment.byte()?;
        let mut components = [ScanComponent::default(); MOST_COMPONENTS];
        if !(1..=4).contains(&count) {
            return segment.fault(Fault::Scan);
        }
        for at in 0..usize::from(count) {
            let [id, tables] = segment.array()?;
            let component = frame.components().iter().position(|it| it.id == id);
            let is_known = components.iter().take(at).any(|it| Some(it.component) == component);
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            let Some(component) = component.filter(|_| !is_known && dc < 4 && ac < 4) else {
                return segment.fault(Fault::Scan);
            };
            components[at] = ScanComponent { component, dc, ac };
        }
        let [from, to, bits] = segment.array()?;
        let (high, low) = (bits >> 4, bits & 15);
        let is_possible = if frame.is_progressive {
            let is_range = if from == 0 { to == 0 } else { from <= to && to < 64 && count == 1 };
            is_range && low <= 13 && (high == 0 || high == low + 1)
        } else {
            // what sequential files say here is fixed, and not looked at by anyone
            true
        };
        let (from, to) = if frame.is_progressive { (usize::from(from), usize::from(to)) } else { (0, 63) };
        let (high, low) = if frame.is_progressive { (high, u32::from(low)) } else { (0, 0) };
        let blocks: usize = components
            .iter()
            .take(usize::from(count))
            .map(|scanned| frame.components[scanned.component])
            .map(|component| component.across * component.down)
            .sum();
        if !is_possible || count > 1 && blocks > 10 {
            return segment.fault(Fault::Scan);
        }
        Ok(Scan { components, count: usize::from(count), from, to, high, low })
    }
}

/// The next marker; bytes of ones may stand before it, and nothing else.
fn next_marker<S: Source>(input: &mut Input<S>) -> Result<u8, JpegError<S::Error>> {
    if byte(input)? != 0xff {
        return Err(fault(input, Fault::Segment));
    }
    loop {
        match byte(input)? {
            0xff => {}
            0 => return Err(fault(input, Fault::Segment)),
            marker => return Ok(marker),
        }
    }
}

fn quantisation<S: Source, const SIZE: usize>(
    segment: &mut Segment<'_, S>,
    tables: &mut Tables<SIZE>,
) -> Result<(), JpegError<S::Error>> {
    while segment.left > 0 {
        let head = segment.byte()?;
        let (is_wide, at) = (head >> 4, usize::from(head & 15));
        let mut values = [0; 64];
        for value in &mut values {
            *value = if is_wide == 0 { u16::from(segment.byte()?) } else { segment.two()? };
        }
        let (Some(to), Some(has)) = (tables.quantisation.get_mut(at), tables.has_quantisation.get_mut(at)) else {
            return segment.fault(Fault::Table);
        };
        if is_wide > 1 || values.contains(&0) {
            return segment.fault(Fault::Table);
        }
        (*to, *has) = (values, true);
    }
    Ok(())
}

fn huffman<S: Source, const SIZE: usize>(
    segment: &mut Segment<'_, S>,
    tables: &mut Tables<SIZE>,
) -> Result<(), JpegError<S::Error>> {
    while segment.left > 0 {
        let head = segment.byte()?;
        let counts: [u8; 16] = segment.array()?;
        let mut symbols = [0; 256];
        let all = counts.iter().map(|&count| usize::from(count)).sum();
        let Some(symbols) = symbols.get_mut(..all) else { return segment.fault(Fault::Table) };
        for symbol in &mut *symbols {
            *symbol = segment.byte()?;
        }
        let of_class = match head >> 4 {
            0 => &mut tables.dc,
            1 => &mut tables.ac,
            _ => return segment.fault(Fault::Table),
        };
        let is_possible = head >> 4 != 0 || symbols.iter().all(|&size| size <= 15);
        let Some(table) = of_class.get_mut(usize::from(head & 15)).filter(|_| is_possible) else {
            return segment.fault(Fault::Table);
        };
        if table.define(&counts, symbols).is_none() {
            return segment.fault(Fault::Table);
        }
    }
    Ok(())
}
