//! Writes JPEG files coefficient by coefficient, so that every corner of the format can be drawn: sampling factors, scans, markers,
//! names of components, restarts. The same calls give the same bytes for ever.

#![allow(dead_code, clippy::std_instead_of_alloc, reason = "each test uses its part; tests have std")]
#![allow(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests may panic"
)]
#![allow(clippy::cast_possible_wrap, reason = "small numbers")]

/// How the components of a picture come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// One sequential scan of all components.
    Interleaved,
    /// A sequential scan for each component.
    Scans,
    /// Means of all components, bands, and a bit of all that follows later.
    Progressive,
    /// Means alone, the lowest bit of which is missing: the rest is never sent.
    Means,
    /// Means, and the first band without its lowest bits.
    Coarse,
}

/// A picture to be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Sampling factors across and down.
    pub(crate) factors: Vec<(u8, u8)>,
    pub(crate) ids: Vec<u8>,
    pub(crate) coding: Coding,
    /// Units between restart markers.
    pub(crate) restart: u16,
    pub(crate) jfif: bool,
    pub(crate) adobe: Option<u8>,
    /// Huffman tables are in the file.
    pub(crate) tables: bool,
    /// Steps of 16 bits.
    pub(crate) wide_steps: bool,
    /// Coefficients are as large as can be coded.
    pub(crate) extreme: bool,
    pub(crate) seed: u32,
}

impl Drawing {
    pub(crate) fn new(width: u16, height: u16, factors: &[(u8, u8)], coding: Coding) -> Self {
        let ids = (1..=factors.len() as u8).collect();
        let seed = u32::from(width) << 16 ^ u32::from(height);
        let factors = factors.to_vec();
        Self {
            width,
            height,
            factors,
            ids,
            coding,
            restart: 0,
            jfif: false,
            adobe: None,
            tables: true,
            wide_steps: false,
            extreme: false,
            seed,
        }
    }

    /// The file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut file = self.head();
        self.body(&mut file);
        file.extend([0xff, 0xd9]);
        file
    }

    /// The start-of-image marker, and the segments that tell of colours.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut file = vec![0xff, 0xd8];
        if self.jfif {
            segment(&mut file, 0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        }
        if let Some(transform) = self.adobe {
            segment(&mut file, 0xee, &[b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, transform]);
        }
        file
    }

    /// Everything from the tables to the last scan.
    pub(crate) fn body(&self, file: &mut Vec<u8>) {
        for number in 0..2 {
            // Larger for higher frequencies, other ones for chroma.
            let step = |at: u16| if self.extreme { 255 } else { 3 + at / (3 - number) + at % 3 };
            let mut steps = vec![number as u8 | if self.wide_steps { 0x10 } else { 0 }];
            for at in 0..64 {
                if self.wide_steps {
                    steps.push((step(at) >> 8) as u8);
                }
                steps.push(step(at) as u8);
            }
            segment(file, 0xdb, &steps);
        }
        let is_progressive = !matches!(self.coding, Coding::Interleaved | Coding::Scans);
        let mut frame = vec![8];
        frame.extend(self.height.to_be_bytes());
        frame.extend(self.width.to_be_bytes());
        frame.push(self.factors.len() as u8);
        for (at, (&id, &(across, down))) in self.ids.iter().zip(&self.factors).enumerate() {
            frame.extend([id, across << 4 | down, u8::from(at == 1 || at == 2)]);
        }
        segment(file, if is_progressive { 0xc2 } else { 0xc0 }, &frame);
        if self.tables {
            for (head, codes) in [(0x00, &Codes::dc()), (0x10, &Codes::ac()), (0x11, &Codes::flat())] {
                segment(file, 0xc4, &codes.segment(head));
            }
        }
        if self.restart > 0 {
            segment(file, 0xdd, &self.restart.to_be_bytes());
        }
        let planes = self.planes();
        let all: Vec<usize> = (0..self.factors.len()).collect();
        let is_one_unit = self.factors.iter().map(|(across, down)| across * down).sum::<u8>() <= 10;
        let each: Vec<Vec<usize>> = all.iter().map(|&one| vec![one]).collect();
        let means = if is_one_unit { vec![all.clone()] } else { each.clone() };
        match self.coding {
            Coding::Interleaved => self.scan(file, &planes, &all, Band::sequential()),
            Coding::Scans => each.iter().for_each(|one| self.scan(file, &planes, one, Band::sequential())),
            Coding::Means => means.iter().for_each(|some| self.scan(file, &planes, some, Band::new(0, 0, 0, 1))),
            Coding::Coarse => {
                means.iter().for_each(|some| self.scan(file, &planes, some, Band::new(0, 0, 0, 0)));
                self.scan(file, &planes, &[0], Band::new(1, 5, 0, 2));
            }
            Coding::Progressive => {
                means.iter().for_each(|some| self.scan(file, &planes, some, Band::new(0, 0, 0, 1)));
                for one in &each {
                    self.scan(file, &planes, one, Band::new(1, 5, 0, 2));
                    self.scan(file, &planes, one, Band::new(6, 63, 0, 2));
                    self.scan(file, &planes, one, Band::new(1, 63, 2, 1));
                }
                means.iter().for_each(|some| self.scan(file, &planes, some, Band::new(0, 0, 1, 0)));
                each.iter().for_each(|one| self.scan(file, &planes, one, Band::new(1, 63, 1, 0)));
            }
        }
    }

    fn most(&self) -> (usize, usize) {
        let most = |factor: fn(&(u8, u8)) -> u8| self.factors.iter().map(factor).max().unwrap().into();
        (most(|it| it.0), most(|it| it.1))
    }

    /// Units across and down.
    fn units(&self) -> (usize, usize) {
        let (across, down) = self.most();
        (usize::from(self.width).div_ceil(8 * across), usize::from(self.height).div_ceil(8 * down))
    }

    /// Coefficients in zigzag order: blocks across, and the blocks.
    fn planes(&self) -> Vec<(usize, Vec<[i32; 64]>)> {
        let units = self.units();
        let mut noise = Noise(self.seed.wrapping_mul(747_796_405).wrapping_add(1));
        let mut planes = Vec::new();
        for (component, &(across, down)) in self.factors.iter().enumerate() {
            let (wide, high) = (units.0 * usize::from(across), units.1 * usize::from(down));
            let mut blocks = Vec::new();
            for row in 0..high {
                for column in 0..wide {
                    let mut block = [0; 64];
                    if self.extreme {
                        block[0] = noise.below(2047) - 1023;
                        (0..noise.below(64))
                            .for_each(|_| block[1 + noise.below(63) as usize] = noise.below(2047) - 1023);
                    } else {
                        let wave = (row * 37 + column * 53 + component * 91) % 160;
                        block[0] = wave as i32 - 80 + noise.below(60);
                        for _ in 0..noise.below(9) {
                            let at = 1 + noise.below(63).min(noise.below(63)).min(noise.below(63));
                            block[at as usize] = (noise.below(41) - 20) / (1 + at / 6);
                        }
                    }
                    blocks.push(block);
                }
            }
            planes.push((wide, blocks));
        }
        planes
    }

    fn scan(&self, file: &mut Vec<u8>, planes: &[(usize, Vec<[i32; 64]>)], components: &[usize], band: Band) {
        let is_progressive = !band.is_sequential;
        let mut header = vec![components.len() as u8];
        components.iter().for_each(|&one| header.extend([self.ids[one], u8::from(is_progressive)]));
        header.extend([band.from as u8, band.to as u8, (band.high << 4 | band.low) as u8]);
        segment(file, 0xda, &header);
        let (dc, ac) = (Codes::dc(), if is_progressive { Codes::flat() } else { Codes::ac() });
        let mut coder = Coder { bits: Bits::default(), dc, ac, band, means: [0; 4], ended: 0 };
        let mut units: Vec<Vec<(usize, usize)>> = Vec::new();
        let most = self.most();
        if let &[one] = components {
            let (across, down) = self.factors[one];
            let size =
                |all: u16, own: u8, most: usize| (usize::from(all) * usize::from(own)).div_ceil(most).div_ceil(8);
            for row in 0..size(self.height, down, most.1) {
                let wide = size(self.width, across, most.0);
                units.extend((0..wide).map(|column| vec![(0, row * planes[one].0 + column)]));
            }
        } else {
            let all = self.units();
            for unit in 0..all.0 * all.1 {
                let mut blocks = Vec::new();
                for (at, &one) in components.iter().enumerate() {
                    let (across, down) = (usize::from(self.factors[one].0), usize::from(self.factors[one].1));
                    for row in unit / all.0 * down..(unit / all.0 + 1) * down {
                        let columns = unit % all.0 * across..(unit % all.0 + 1) * across;
                        blocks.extend(columns.map(|column| (at, row * planes[one].0 + column)));
                    }
                }
                units.push(blocks);
            }
        }
        for (number, unit) in units.iter().enumerate() {
            let restart = usize::from(self.restart);
            if restart > 0 && number > 0 && number % restart == 0 {
                coder.finish();
                file.append(&mut coder.bits.bytes);
                file.extend([0xff, 0xd0 + (number / restart - 1) as u8 % 8]);
                coder.means = [0; 4];
            }
            for &(at, place) in unit {
                coder.block(at, &planes[components[at]].1[place]);
            }
        }
        coder.finish();
        file.append(&mut coder.bits.bytes);
    }
}

/// Appends a segment.
pub(crate) fn segment(file: &mut Vec<u8>, marker: u8, contents: &[u8]) {
    file.extend([0xff, marker]);
    file.extend((contents.len() as u16 + 2).to_be_bytes());
    file.extend(contents);
}

/// Positions and bits of the coefficients of a scan.
#[derive(Clone, Copy)]
struct Band {
    is_sequential: bool,
    from: usize,
    to: usize,
    high: u32,
    low: u32,
}

impl Band {
    const fn new(from: usize, to: usize, high: u32, low: u32) -> Self {
        Self { is_sequential: false, from, to, high, low }
    }

    const fn sequential() -> Self {
        Self { is_sequential: true, from: 0, to: 63, high: 0, low: 0 }
    }
}

/// Codes of the blocks of a scan.
struct Coder {
    bits: Bits,
    dc: Codes,
    ac: Codes,
    band: Band,
    means: [i32; 4],
    /// Blocks that ended, and of which nothing is written yet.
    ended: u32,
}

impl Coder {
    fn block(&mut self, component: usize, block: &[i32; 64]) {
        let Band { is_sequential, from, to, high, low } = self.band;
        match (is_sequential, from, high) {
            (true, ..) => {
                self.mean(component, block[0]);
                self.coefficients(&block[1..]);
            }
            (false, 0, 0) => self.mean(component, block[0] >> low),
            (false, 0, _) => self.bits.put((block[0] >> low) as u32 & 1, 1),
            (false, _, 0) => {
                // Bits are dropped of the amount, whatever its sign.
                let dropped: Vec<i32> =
                    block[from..=to].iter().map(|value| value.signum() * (value.abs() >> low)).collect();
                self.coefficients(&dropped);
            }
            (false, ..) => self.refine(&block[from..=to], low),
        }
    }

    fn mean(&mut self, component: usize, mean: i32) {
        let difference = mean - self.means[component];
        self.means[component] = mean;
        self.dc.put(&mut self.bits, bits_of(difference) as u8);
        self.bits.put_value(difference);
    }

    fn coefficients(&mut self, band: &[i32]) {
        let mut zeros = 0;
        for (at, &value) in band.iter().enumerate() {
            if value == 0 {
                zeros += 1;
                continue;
            }
            self.finish_ended();
            while zeros > 15 {
                self.ac.put(&mut self.bits, 0xf0);
                zeros -= 16;
            }
            self.ac.put(&mut self.bits, zeros << 4 | bits_of(value) as u8);
            self.bits.put_value(value);
            zeros = 0;
            debug_assert!(at < 64);
        }
        if zeros > 0 {
            self.ended += 1;
            if self.band.is_sequential || self.ended == 0x7fff {
                self.finish_ended();
            }
        }
    }

    /// Writes that blocks ended.
    fn finish_ended(&mut self) {
        if self.ended > 0 {
            let size = self.ended.ilog2();
            self.ac.put(&mut self.bits, (size << 4) as u8);
            self.bits.put(self.ended - (1 << size), size);
            self.ended = 0;
        }
    }

    fn refine(&mut self, band: &[i32], low: u32) {
        let amounts: Vec<i32> = band.iter().map(|value| value.abs() >> low).collect();
        let last_new = amounts.iter().rposition(|&amount| amount == 1);
        let (mut zeros, mut corrections) = (0, Vec::new());
        for (at, &amount) in amounts.iter().enumerate() {
            if amount == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 && last_new.is_some_and(|last| at <= last) {
                self.ac.put(&mut self.bits, 0xf0);
                corrections.drain(..).for_each(|bit| self.bits.put(bit, 1));
                zeros -= 16;
            }
            if amount > 1 {
                corrections.push(amount as u32 & 1);
                continue;
            }
            self.ac.put(&mut self.bits, zeros << 4 | 1);
            self.bits.put(u32::from(band[at] > 0), 1);
            corrections.drain(..).for_each(|bit| self.bits.put(bit, 1));
            zeros = 0;
        }
        if zeros > 0 || !corrections.is_empty() {
            self.ac.put(&mut self.bits, 0);
            corrections.drain(..).for_each(|bit| self.bits.put(bit, 1));
        }
    }

    fn finish(&mut self) {
        self.finish_ended();
        // Filled with ones.
        let free = (8 - self.bits.count % 8) % 8;
        self.bits.put((1 << free) - 1, free);
    }
}

fn bits_of(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}

/// Bits, with stuffing.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    window: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, bits: u32, size: u32) {
        for at in (0..size).rev() {
            self.window = self.window << 1 | (bits >> at & 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.window as u8);
                if self.window as u8 == 0xff {
                    self.bytes.push(0);
                }
                (self.window, self.count) = (0, 0);
            }
        }
    }

    fn put_value(&mut self, value: i32) {
        let size = bits_of(value);
        let bits = if value < 0 { value + (1 << size) - 1 } else { value };
        self.put(bits as u32, size);
    }
}

/// A Huffman table.
struct Codes {
    counts: [u8; 16],
    symbols: Vec<u8>,
}

impl Codes {
    /// The standard's table of means.
    fn dc() -> Self {
        Self { counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: (0..12).collect() }
    }

    /// The standard's table of coefficients of luma.
    fn ac() -> Self {
        let counts = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d];
        Self { counts, symbols: AC_SYMBOLS.to_vec() }
    }

    /// Any symbol, in 8 or 9 bits.
    fn flat() -> Self {
        let mut counts = [0; 16];
        (counts[7], counts[8]) = (254, 2);
        Self { counts, symbols: (0..=255).collect() }
    }

    fn segment(&self, head: u8) -> Vec<u8> {
        [&[head], &self.counts[..], &self.symbols].concat()
    }

    fn put(&self, bits: &mut Bits, symbol: u8) {
        let (mut code, mut place) = (0, 0);
        for (length, &count) in (1..).zip(&self.counts) {
            for _ in 0..count {
                if self.symbols[place] == symbol {
                    return bits.put(code, length);
                }
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
        panic!("no code for {symbol:#x}");
    }
}

/// Numbers without a pattern, the same ones for ever.
struct Noise(u32);

impl Noise {
    fn below(&mut self, end: i32) -> i32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((u64::from(self.0 >> 8) * end as u64) >> 24) as i32
    }
}

const AC_SYMBOLS: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14,
    0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09,
    0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a,
    0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65,
    0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88,
    0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9,
    0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca,
    0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea,
    0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];
