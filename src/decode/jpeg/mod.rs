//! JPEG, decoded as libjpeg-turbo decodes it by default, to the last bit of every pixel.
//!
//! Nearly everybody looks at pictures through libjpeg-turbo: browsers, Pillow, and the programs that made the published lists. So
//! its rules are followed where the standard has none: which colours components are, how subsampled components are
//! stretched, and what is passed over between segments. What libjpeg-turbo only warns of is an error here,
//! because a damaged picture may be another one. A picture is whole if
//!
//! - the walk meets the end-of-image marker after the last scan (what follows it is not looked at),
//! - no code in the scans is invalid, and no code reads beyond its scan, and
//! - there is a scan for each component.
//!
//! A file that is cut anywhere before the end-of-image marker is therefore [`Stage::Truncated`], even if only that marker
//! is missing: whether the last row of blocks is complete cannot be told without it. Pillow does the same. What is not
//! noticed, here or in libjpeg, is data cut out before the end-of-image marker: zeros are decoded in its place.
//!
//! Supported: baseline, extended sequential and progressive files of 8 bits with Huffman codes, with 1, 3 or 4 components, of any
//! sampling factors that divide the largest. Everything else is refused by name.
//!
//! A sequential file whose components are interleaved is decoded row by row. Of other files the coefficients are kept up to the last
//! scan.

mod bits;
mod coefficients;
mod faults;
mod frame;
mod huffman;
mod quantisation;
mod rows;
mod scan;
mod segments;
mod smooth;
mod walk;

use self::coefficients::Coefficients;
use self::faults::{CORRUPT, Faults, corrupt};
use self::frame::Frame;
use self::huffman::Tables;
use self::quantisation::{Quantisation, Steps, steps_of};
use self::rows::PixelRows;
use self::scan::{Block, MOST, Scan, ScanHeader, ScanTables};
use self::segments::{Segment, Segments};
use self::walk::Walk;
use super::decoded::Decoded;
use super::error::{DecodeError, Stage};
use super::fields::be16;
use super::header::Header;
use super::limits::Limits;
use super::samples::zeros;
use crate::kernel::jpeg_block::{transform, transform_mean};
use crate::pixels::PixelFormat;

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Header, DecodeError> {
    Walk::new(bytes, limits)?.header(limits)
}

/// Refuses a file that ends before its picture does.
pub(super) fn check_whole(bytes: &[u8], limits: &Limits) -> Result<(), DecodeError> {
    if Walk::new(bytes, limits)?.is_whole { Ok(()) } else { Err(corrupt(Stage::Truncated)) }
}

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    read(bytes, limits, &mut Faults::new(false))
}

/// Decodes a picture as libjpeg does where it warns of damage.
pub(super) fn salvage(bytes: &[u8], limits: &Limits) -> Result<Decoded, DecodeError> {
    let mut faults = Faults::new(true);
    let picture = read(bytes, limits, &mut faults)?;
    Ok(picture.salvaged(faults.is_damaged))
}

fn read(bytes: &[u8], limits: &Limits, faults: &mut Faults) -> Result<Decoded, DecodeError> {
    let walk = Walk::new(bytes, limits)?;
    let header = walk.header(limits)?;
    if !walk.is_whole {
        faults.note(Stage::Truncated)?;
    }
    let frame = &walk.frame;
    let samples = if header.pixel_format == PixelFormat::Gray8 { 1 } else { 3 };
    let mut pixels = zeros((samples * frame.width * frame.height) as u64, limits)?;
    let mut rows = PixelRows::new(frame, walk.model, &mut pixels, limits)?;
    let mut kept = if walk.is_in_scans { Some(Coefficients::new(frame, limits)?) } else { None };
    let (mut tables, mut quantisation, mut interval) = (Tables::default(), Quantisation::default(), 0);
    // libjpeg keeps the steps that a component's first scan finds.
    let mut steps: [Option<Steps>; MOST] = [None; MOST];
    let mut segments = Segments::new(bytes);
    while let Some(segment) = segments.next()? {
        match segment {
            Segment::Huffman(contents) => tables.define(contents)?,
            Segment::Quantisation(contents) => quantisation.define(contents)?,
            Segment::RestartInterval(contents) if contents.len() == 2 => interval = be16(contents, 0).ok_or(CORRUPT)?,
            Segment::RestartInterval(_) => return Err(CORRUPT),
            Segment::Scan { header, data } => {
                let header = ScanHeader::new(header, frame)?;
                for scanned in header.components() {
                    let (Some(steps), Some(own)) =
                        (steps.get_mut(scanned.component), frame.components.get(scanned.component))
                    else {
                        return Err(CORRUPT);
                    };
                    if steps.is_none() {
                        *steps = Some(quantisation.get(own.quantisation)?);
                    }
                }
                if !frame.is_progressive {
                    tables.fill_in();
                }
                let tables = ScanTables::new(&tables, &header, frame.is_progressive)?;
                let mut scan = Scan::new(data, interval);
                if let Some(kept) = &mut kept {
                    kept.add(frame, &header, &tables, &mut scan, faults)?;
                } else {
                    interleaved(frame, &header, &tables, &steps, &mut scan, &mut rows, faults)?;
                    break;
                }
            }
            Segment::End => break,
            Segment::Frame(..) | Segment::Lines | Segment::Application(..) => {}
        }
    }
    if let Some(kept) = kept {
        if steps.iter().take(frame.components.len()).any(Option::is_none) {
            faults.note(Stage::Truncated)?;
        }
        kept.finish(frame, &steps, &mut rows);
    }
    Decoded::new(header, pixels)
}

/// Decodes the one scan of a sequential file, a row of units at a time.
fn interleaved(
    frame: &Frame,
    header: &ScanHeader,
    tables: &ScanTables<'_>,
    steps: &[Option<Steps>],
    scan: &mut Scan<'_>,
    rows: &mut PixelRows<'_>,
    faults: &mut Faults,
) -> Result<(), DecodeError> {
    let level = rows.level();
    let mut parts = alloc::vec::Vec::new();
    for (at, scanned) in header.components().iter().enumerate() {
        let own = *frame.components.get(scanned.component).ok_or(CORRUPT)?;
        parts.push((scanned.component, own, (tables.dc(at)?, tables.ac(at)?), steps_of(steps, scanned.component)));
    }
    let mut block: Block = [0; 64];
    for unit_row in 0..frame.units_down {
        for unit in 0..frame.units_across {
            let has_data = scan.begin(faults)?;
            for (at, (component, own, tables, steps)) in parts.iter().enumerate() {
                for row in unit_row * own.down..(unit_row + 1) * own.down {
                    for column in unit * own.across..(unit + 1) * own.across {
                        block.fill(0);
                        let has_more = has_data && scan.block(at, *tables, &mut block, faults)?;
                        let (samples, stride) = rows.block(*component, row, column);
                        if has_more {
                            transform(level, &block, steps, samples, stride);
                        } else {
                            let ([mean, ..], [step, ..]) = (block, *steps);
                            transform_mean(mean, step, samples, stride);
                        }
                    }
                }
            }
            scan.finish(faults)?;
        }
        rows.finish_units(unit_row);
    }
    Ok(())
}
