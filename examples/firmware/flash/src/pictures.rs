//! Pictures drawn by rule: scenes of soft blobs and hard edges, with enough gradient to be hashed.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use lookalike::entry::Role;

use crate::drawn;

/// How a picture lies in flash.
#[derive(Clone, Copy)]
pub enum Coding {
    Raw,
    /// Not at all: the device draws it, row by row.
    Drawn,
    Jpeg {
        quality: u8,
        sampling: SamplingFactor,
        restart: u16,
        progressive: bool,
    },
}

/// How a scene is turned, or otherwise changed.
#[derive(Clone, Copy)]
pub enum Change {
    None,
    /// The picture mirrored left to right.
    Mirrored,
    /// Turned by half a circle.
    Upside,
    Brighter,
    Flat,
}

pub struct Picture {
    pub name: &'static str,
    pub width: u32,
    pub height: u32,
    pub is_color: bool,
    pub coding: Coding,
    /// On which list it is, what that is for, and how many bits the listed hash is off.
    pub listed: Option<(&'static str, Role, usize)>,
    scene: u32,
    change: Change,
}

const fn jpeg(quality: u8) -> Coding {
    Coding::Jpeg { quality, sampling: SamplingFactor::F_2_2, restart: 0, progressive: false }
}

pub fn all() -> Vec<Picture> {
    let mut pictures = Vec::new();
    let mut add = |name, scene, (width, height), is_color, coding, change, listed| {
        pictures.push(Picture { name, width, height, is_color, coding, listed, scene, change });
    };
    let (abuse, test, allow) = (Role::Abuse, Role::Test, Role::Allow);
    use Change::{Brighter, Flat, Mirrored, None as Same, Upside};
    // raw frames
    add("listed", 1, (320, 240), true, Coding::Raw, Same, Some(("hotline", abuse, 0)));
    add("listed, smaller and grey", 1, (200, 150), false, Coding::Raw, Same, None);
    add("listed, mirrored", 1, (200, 150), false, Coding::Raw, Mirrored, None);
    add("listed, turned", 1, (160, 120), false, Coding::Raw, Upside, None);
    add("listed, brighter", 1, (200, 150), true, Coding::Raw, Brighter, None);
    add("near", 2, (200, 150), false, Coding::Raw, Same, Some(("hotline", abuse, 30)));
    add("too far", 3, (200, 150), false, Coding::Raw, Same, Some(("hotline", abuse, 34)));
    add("near, of a strict list", 4, (200, 150), false, Coding::Raw, Same, Some(("forum", abuse, 20)));
    add("for testing", 5, (200, 150), false, Coding::Raw, Same, Some(("drill", test, 4)));
    add("allowed", 6, (200, 150), false, Coding::Raw, Same, Some(("benign", allow, 0)));
    add("flat", 7, (200, 150), false, Coding::Raw, Flat, None);
    add("unlisted", 8, (320, 200), false, Coding::Raw, Same, None);
    add("small", 9, (64, 64), false, Coding::Raw, Same, None);
    add("tiny", 10, (5, 5), false, Coding::Raw, Same, None);
    // JPEGs, at each of the ways in which coefficients are chosen by size
    let luma = Coding::Jpeg { quality: 80, sampling: SamplingFactor::F_1_1, restart: 0, progressive: false };
    let restarts = Coding::Jpeg { quality: 60, sampling: SamplingFactor::F_2_1, restart: 7, progressive: false };
    let progressive = Coding::Jpeg { quality: 75, sampling: SamplingFactor::F_2_2, restart: 0, progressive: true };
    add("jpeg, listed", 1, (640, 480), true, jpeg(85), Same, None);
    add("jpeg, unlisted", 11, (300, 256), false, luma, Same, None);
    add("jpeg, mirrored", 1, (767, 600), true, restarts, Mirrored, None);
    add("jpeg, three of an axis", 12, (1000, 800), true, jpeg(70), Same, None);
    add("jpeg, turned", 1, (1280, 1024), true, jpeg(75), Upside, None);
    add("jpeg, near", 2, (1600, 1100), false, luma, Same, None);
    add("jpeg, for testing", 5, (1024, 768), true, restarts, Same, None);
    add("jpeg, flat", 7, (400, 300), false, luma, Flat, None);
    add("jpeg, 12 megapixels, listed", 1, (4096, 3072), true, jpeg(60), Same, None);
    add(
        "jpeg, 4,096 wide, unlisted",
        13,
        (4096, 2600),
        false,
        Coding::Jpeg { quality: 40, sampling: SamplingFactor::F_1_1, restart: 0, progressive: false },
        Same,
        None,
    );
    add("jpeg, progressive", 1, (1280, 960), true, progressive, Same, None);
    add("jpeg, panorama", 14, (1536, 300), false, luma, Same, None);
    // for which a device has no memory
    add("jpeg, wide panorama", 14, (4096, 600), false, luma, Same, None);
    add(
        "12 megapixels",
        0,
        (drawn::WIDTH as u32, drawn::HEIGHT as u32),
        false,
        Coding::Drawn,
        Same,
        Some(("hotline", abuse, 8)),
    );
    pictures
}

impl Picture {
    /// Its pixels as they lie in flash.
    pub fn stored(&self, pixels: &[u8]) -> Result<Vec<u8>, jpeg_encoder::EncodingError> {
        let Coding::Jpeg { quality, sampling, restart, progressive } = self.coding else { return Ok(pixels.to_vec()) };
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, quality);
        encoder.set_sampling_factor(sampling);
        encoder.set_progressive(progressive);
        if restart > 0 {
            encoder.set_restart_interval(restart);
        }
        let color = if self.is_color { ColorType::Rgb } else { ColorType::Luma };
        let short = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
        encoder.encode(pixels, short(self.width), short(self.height), color)?;
        Ok(file)
    }

    /// Pixel by pixel, of one byte or three.
    pub fn pixels(&self) -> Vec<u8> {
        if matches!(self.coding, Coding::Drawn) {
            let mut pixels = vec![0; drawn::WIDTH * drawn::HEIGHT];
            pixels.as_chunks_mut().0.iter_mut().enumerate().for_each(|(y, row)| drawn::row(y, row));
            return pixels;
        }
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let mut pixels = Vec::new();
        let blobs: Vec<[f64; 5]> =
            (0..14).map(|blob| core::array::from_fn(|of| random(self.scene * 100 + blob, of))).collect();
        for y in 0..self.height {
            for x in 0..self.width {
                let (u, v) = ((f64::from(x) + 0.5) / width, (f64::from(y) + 0.5) / height);
                let (u, v) = match self.change {
                    Change::Mirrored => (1.0 - u, v),
                    Change::Upside => (1.0 - u, 1.0 - v),
                    _ => (u, v),
                };
                let mut light = 40.0 + 60.0 * u;
                for &[cx, cy, size, strength, hardness] in &blobs {
                    let (dx, dy) = (u - cx, v - cy);
                    let (radius, edge) = (0.05 + 0.25 * size, 1.0 + 12.0 * hardness);
                    let square = dx * dx + dy * dy;
                    // beyond its edge a blob adds nothing
                    if square > radius * radius * (1.0 + 0.5 / edge) * (1.0 + 0.5 / edge) {
                        continue;
                    }
                    let distance = square.sqrt() / radius;
                    light += (strength - 0.4) * 160.0 * (0.5 - (distance - 1.0) * edge).clamp(0.0, 1.0);
                }
                let light = match self.change {
                    Change::Brighter => 20.0 + 0.9 * light,
                    Change::Flat => 90.0 + 8.0 * u,
                    _ => light,
                };
                let sample = |value: f64| value.clamp(0.0, 255.0) as u8;
                if self.is_color {
                    pixels.extend([sample(light + 12.0 * v), sample(light), sample(light - 18.0 * u)]);
                } else {
                    pixels.push(sample(light));
                }
            }
        }
        pixels
    }
}

/// 0 to 1, by two numbers.
fn random(seed: u32, of: usize) -> f64 {
    let mut z = (u64::from(seed) << 8 | of as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from((z >> 40) as u32) / f64::from(1 << 24)
}
