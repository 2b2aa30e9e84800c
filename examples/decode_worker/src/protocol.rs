//! What goes through the pipes.
//!
//! ```text
//!  message:  version u8 │ kind u8 │ length u32 │ so many bytes          numbers are little-endian
//!
//!  program                               worker
//!                                  ◄──   hello: what holds it
//!  request: how, and the file      ──►
//!                                  ◄──   header
//!                                  ◄──   needs: bytes of memory
//!  go, when there is room          ──►
//!                                  ◄──   hashed │ grid │ pixels, of a view; twin: a frame like an earlier one, needs no answer
//!  go │ stop                       ──►   (read before the next message is sent, so that both sides work meanwhile)
//!                                  ◄──   end │ error
//! ```
//!
//! The worker trusts the program. The program trusts nothing: every length is held against what the kind allows before memory is taken, every
//! number against what a picture can lead to.

use lookalike::decode::{DecodeError, Header, Limits, Rendition, View};
use lookalike::hash::views::Grid;
use lookalike::hash::{Dihedral, PdqProfile, PdqSpectrum};
use lookalike::pixels::PixelFormat;

/// Both sides are the same program; a version tells nonsense early.
pub(crate) const VERSION: u8 = 2;

/// Bytes before those that a message counts.
pub(crate) const HEAD: usize = 6;

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Hello = 1,
    Header,
    Needs,
    Hashed,
    Grid,
    Pixels,
    End,
    Error,
    Request,
    Go,
    Stop,
    Twin,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Hello,
        Self::Header,
        Self::Needs,
        Self::Hashed,
        Self::Grid,
        Self::Pixels,
        Self::End,
        Self::Error,
        Self::Request,
        Self::Go,
        Self::Stop,
        Self::Twin,
    ];

    /// How long a message of this kind is, as far as that is always the same.
    pub(crate) const fn len(self) -> Option<usize> {
        match self {
            Self::Hello => Some(1),
            Self::Twin => Some(4),
            Self::Header => Some(Header::BYTES),
            Self::Needs => Some(8),
            Self::Hashed => Some(VIEW + PdqSpectrum::BYTES),
            Self::Grid => Some(VIEW + Grid::BYTES),
            Self::Error => Some(DecodeError::BYTES),
            Self::End | Self::Go | Self::Stop => Some(0),
            Self::Pixels | Self::Request => None,
        }
    }
}

/// The head of a message.
pub(crate) fn head(kind: Kind, len: u32) -> [u8; HEAD] {
    let [a, b, c, d] = len.to_le_bytes();
    [VERSION, kind as u8, a, b, c, d]
}

/// The kind of a message, and how long it is. None for a head that nobody sends.
pub(crate) fn parse_head([version, code, len @ ..]: [u8; HEAD]) -> Option<(Kind, usize)> {
    let kind = Kind::ALL.into_iter().find(|kind| *kind as u8 == code)?;
    let len = usize::try_from(u32::from_le_bytes(len)).ok()?;
    (version == VERSION && kind.len().is_none_or(|expected| expected == len)).then_some((kind, len))
}

/// Bytes of a view.
pub(crate) const VIEW: usize = 5;

/// A view of those that [`pdq_views`](lookalike::decode::pdq_views) hands out.
pub(crate) fn view_bytes(view: View) -> [u8; VIEW] {
    let kind = match view.kind {
        Rendition::Oriented => 1,
        Rendition::Unletterboxed => 2,
        Rendition::OnWhite => 3,
        Rendition::OnBlack => 4,
        _ => 0,
    };
    let [a, b, c, d] = view.frame.to_le_bytes();
    [a, b, c, d, kind]
}

pub(crate) fn parse_view([a, b, c, d, kind]: [u8; VIEW]) -> Option<View> {
    let kind = match kind {
        0 => Rendition::Stored,
        1 => Rendition::Oriented,
        2 => Rendition::Unletterboxed,
        3 => Rendition::OnWhite,
        4 => Rendition::OnBlack,
        _ => return None,
    };
    let frame = u32::from_le_bytes([a, b, c, d]);
    (frame > 0).then_some(View::new(frame, kind))
}

/// How pixels lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) dihedral: Dihedral,
    pub(crate) format: PixelFormat,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Shape {
    pub(crate) const BYTES: usize = 10;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let turn =
            Dihedral::ALL.iter().zip(0..).find(|(other, _)| **other == self.dihedral).map_or(0, |(_, code)| code);
        let format = PIXELS.iter().zip(0..).find(|(other, _)| **other == self.format).map_or(0, |(_, code)| code);
        let ([a, b, c, d], [e, f, g, h]) = (self.width.to_le_bytes(), self.height.to_le_bytes());
        [turn, format, a, b, c, d, e, f, g, h]
    }

    pub(crate) fn parse([turn, format, a, b, c, d, e, f, g, h]: [u8; Self::BYTES]) -> Option<Self> {
        Some(Self {
            dihedral: *Dihedral::ALL.get(usize::from(turn))?,
            format: *PIXELS.get(usize::from(format))?,
            width: u32::from_le_bytes([a, b, c, d]),
            height: u32::from_le_bytes([e, f, g, h]),
        })
    }

    /// How many bytes the pixels take, without padding.
    pub(crate) fn len(self) -> Option<usize> {
        let pixels = u64::from(self.width).checked_mul(u64::from(self.height))?;
        usize::try_from(pixels).ok()?.checked_mul(self.format.bytes_per_pixel())
    }
}

const PIXELS: [PixelFormat; 8] = [
    PixelFormat::Gray8,
    PixelFormat::Rgb8,
    PixelFormat::Rgba8,
    PixelFormat::Bgr8,
    PixelFormat::Bgra8,
    PixelFormat::Gray16,
    PixelFormat::Rgb16,
    PixelFormat::Rgba16,
];

/// How a file is to be decoded; stands before its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) limits: Limits,
    /// Which picture of a TIFF, counted from 1.
    pub(crate) page: u32,
    pub(crate) profile: PdqProfile,
    pub(crate) wants_grid: bool,
    pub(crate) wants_pixels: bool,
    /// How many seconds of processor time the file may take: for a worker whose program is no more, and kills nobody.
    pub(crate) seconds: u32,
}

impl Request {
    pub(crate) const BYTES: usize = 7 * 8 + 1 + 4 + 4;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let limits = self.limits;
        let numbers = [
            limits.max_pixels,
            limits.max_alloc_bytes,
            limits.max_frames.into(),
            limits.max_sampled_frames.into(),
            limits.max_animation_pixels,
            limits.max_scans.into(),
            limits.max_file_bytes,
        ];
        let is_512 = self.profile == PdqProfile::Meta512;
        let flags = u8::from(is_512) | u8::from(self.wants_grid) << 1 | u8::from(self.wants_pixels) << 2;
        let (numbers, words) = (numbers.map(u64::to_le_bytes), [self.seconds, self.page].map(u32::to_le_bytes));
        let mut bytes = [0; Self::BYTES];
        let fields =
            numbers.as_flattened().iter().chain(&[flags]).chain(words.as_flattened()).copied().collect::<Vec<u8>>();
        bytes.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        bytes
    }

    pub(crate) fn parse(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let (numbers, rest) = bytes.split_at(7 * 8);
        let [pixels, alloc, frames, sampled, animation, scans, file] =
            *<&[[u8; 8]; 7]>::try_from(numbers.as_chunks().0).ok()?;
        let [pixels, alloc, animation, file] = [pixels, alloc, animation, file].map(u64::from_le_bytes);
        let [frames, sampled, scans] = [frames, sampled, scans].map(u64::from_le_bytes).map(u32::try_from);
        let [flags, a, b, c, d, page @ ..] = *<&[u8; 9]>::try_from(rest).ok()?;
        let limits = Limits::default().max_pixels(pixels).max_alloc_bytes(alloc).max_animation_pixels(animation);
        let limits = limits.max_frames(frames.ok()?).max_sampled_frames(sampled.ok()?).max_scans(scans.ok()?);
        Some(Self {
            limits: limits.max_file_bytes(file),
            profile: if flags & 1 == 0 { PdqProfile::FullResolution } else { PdqProfile::Meta512 },
            wants_grid: flags & 2 != 0,
            wants_pixels: flags & 4 != 0,
            seconds: u32::from_le_bytes([a, b, c, d]),
            page: u32::from_le_bytes(page),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_is_read() {
        let limits = Limits::default().max_pixels(1).max_alloc_bytes(u64::MAX).max_frames(3).max_sampled_frames(4);
        let limits = limits.max_animation_pixels(5).max_scans(u32::MAX).max_file_bytes(7);
        for (profile, wants_grid, wants_pixels) in
            [(PdqProfile::Meta512, true, false), (PdqProfile::FullResolution, false, true)]
        {
            let request =
                Request { limits, page: 0x0506_0708, profile, wants_grid, wants_pixels, seconds: 0x0102_0304 };
            assert_eq!(Request::parse(&request.to_bytes()), Some(request));
        }
        for kind in
            [Rendition::Stored, Rendition::Oriented, Rendition::Unletterboxed, Rendition::OnWhite, Rendition::OnBlack]
        {
            let view = View::new(0x0a0b_0c0d, kind);
            assert_eq!(parse_view(view_bytes(view)), Some(view));
        }
        for (dihedral, format) in Dihedral::ALL.into_iter().zip(PIXELS) {
            let shape = Shape { dihedral, format, width: 300, height: 70_000 };
            assert_eq!(Shape::parse(shape.to_bytes()), Some(shape));
            assert_eq!(shape.len(), Some(300 * 70_000 * format.bytes_per_pixel()));
        }
        for kind in Kind::ALL {
            let len = kind.len().unwrap_or(77);
            assert_eq!(parse_head(head(kind, u32::try_from(len).unwrap())), Some((kind, len)));
        }
    }

    #[test]
    fn what_nobody_sends_is_none() {
        assert_eq!(parse_head([VERSION + 1, Kind::End as u8, 0, 0, 0, 0]), None);
        assert_eq!(parse_head([VERSION, 0, 0, 0, 0, 0]), None);
        assert_eq!(parse_head([VERSION, 13, 0, 0, 0, 0]), None);
        assert_eq!(parse_head([VERSION, Kind::Hashed as u8, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(parse_head([VERSION, Kind::End as u8, 1, 0, 0, 0]), None);
        assert_eq!(parse_view([0, 0, 0, 0, 0]), None);
        assert_eq!(parse_view([1, 0, 0, 0, 5]), None);
        assert_eq!(Shape::parse([8, 0, 1, 0, 0, 0, 1, 0, 0, 0]), None);
        assert_eq!(Shape::parse([0, 8, 1, 0, 0, 0, 1, 0, 0, 0]), None);
        let endless =
            Shape { dihedral: Dihedral::Original, format: PixelFormat::Rgba16, width: u32::MAX, height: u32::MAX };
        assert_eq!(endless.len(), None);
    }
}
