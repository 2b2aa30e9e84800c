//! The firmware: hashes each picture in flash, looks it up, judges it, and prints what came of it, then what it took.
//!
//! Output goes over semihosting, which QEMU and debug probes understand; a product has a UART instead, and no pictures in flash.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod board;
#[cfg(target_os = "none")]
mod memory;

#[cfg(target_os = "none")]
mod device {
    use core::hint::black_box;
    use core::ops::ControlFlow;
    use core::ptr;
    use core::sync::atomic::{AtomicU32, Ordering};

    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;
    use cortex_m_rt::{entry, exception};
    use cortex_m_semihosting::debug;
    #[cfg(feature = "hash")]
    use firmware::drawn;
    #[cfg(feature = "jpeg")]
    use firmware::{BLOCKS, NUMBERS, over_memory};
    use firmware::{
        Content, LIST, Line, MOST_FINDINGS, Nearest, PICTURES, RULES, Stored, data_bytes, number, small, summed,
    };
    use lookalike::coverage::Whole;
    #[cfg(feature = "hash")]
    use lookalike::hash::pdq::{PdqProfile, PdqSpectrum, PdqStream};
    use lookalike::hash::{Bits256, Dihedral, Profile};
    use lookalike::index::{Index, Query, Source};
    #[cfg(feature = "jpeg")]
    use lookalike::jpeg::{self, JpegError, Unsupported};
    use lookalike::matching::{By, Finding, Judged, Outcome, Picture, evaluate};
    #[cfg(feature = "hash")]
    use lookalike::pixels::PixelFormat;

    use crate::board::{end, say};

    #[entry]
    fn main() -> ! {
        let clock = Clock::start();
        // As in a product, whose list comes after its code: nothing of what the compiler could know of it is built in.
        let list = black_box(&LIST[..]);
        // The list was verified when it was flashed; the header is checked anew.
        let Ok(index) = Index::open_linear_without_checksums(list) else { end("the list is damaged") };
        let required = RULES.required_quality(index.lists().flatten().map(|list| (list.name, list.role)));
        let mut most = Spent::default();
        for stored in PICTURES {
            let (line, spent) = check(&index, stored, required, &clock);
            line.say(&mut say);
            report("# hash: instructions", spent.hash);
            report("# hash: stack", spent.hash_stack as u64);
            report("# look-up: instructions", spent.look_up);
            report("# look-up: stack", spent.look_up_stack as u64);
            most.hash_stack = most.hash_stack.max(spent.hash_stack);
            most.look_up_stack = most.look_up_stack.max(spent.look_up_stack);
        }
        report("# most of the stack: hash", most.hash_stack as u64);
        report("# most of the stack: look-up", most.look_up_stack as u64);
        report("# data", data_bytes() as u64);
        // the whole list, as when it is installed
        let before = clock.instructions();
        if Index::open_linear(list).is_err() {
            end("the list is damaged");
        }
        report("# list verified: instructions", clock.instructions() - before);
        debug::exit(debug::EXIT_SUCCESS);
        loop {
            cortex_m::asm::wfi();
        }
    }

    /// What a picture took.
    #[derive(Clone, Copy, Default)]
    struct Spent {
        hash: u64,
        hash_stack: usize,
        look_up: u64,
        look_up_stack: usize,
    }

    /// The eight hashes of a picture, their quality, and how far they may be off.
    struct Hashed {
        how: &'static str,
        needles: [Bits256; 8],
        quality: u8,
        margin: u32,
    }

    fn check<'i>(index: &'i Index<&'static [u8]>, stored: &Stored, required: u8, clock: &Clock) -> (Line<'i>, Spent) {
        let mut spent = Spent::default();
        paint();
        let before = clock.instructions();
        let hashed = hash(stored);
        spent.hash = clock.instructions() - before;
        spent.hash_stack = painted_over();
        paint();
        let before = clock.instructions();
        let line = match hashed {
            Ok(hashed) => look_up(index, stored.name, &hashed, required),
            Err(why) => Line { hashed: "none", hashes: 0, quality: 0, ..blank(stored.name, why) },
        };
        spent.look_up = clock.instructions() - before;
        spent.look_up_stack = painted_over();
        (line, spent)
    }

    const fn blank<'i>(name: &'static str, outcome: Outcome) -> Line<'i> {
        Line {
            name,
            hashed: "",
            hashes: 0,
            quality: 0,
            margin: 0,
            outcome,
            to_confirm: false,
            nearest: None,
            findings: 0,
        }
    }

    #[inline(never)]
    fn hash(stored: &Stored) -> Result<Hashed, Outcome> {
        match &stored.content {
            #[cfg(feature = "hash")]
            Content::Raw(pixels) => frame(stored, Some(pixels)),
            #[cfg(feature = "hash")]
            Content::Drawn => frame(stored, None),
            #[cfg(feature = "jpeg")]
            Content::Jpeg(file) => screen(file),
            Content::Hashes(quality, hashes) => {
                Ok(Hashed { how: "given", needles: hashes.map(Bits256::from_bytes), quality: *quality, margin: 0 })
            }
            #[allow(unreachable_patterns, reason = "with all features there is nothing else")]
            _ => Err(Outcome::Unsupported { format: "picture" }),
        }
    }

    /// Takes the rows of a frame as they would arrive from a sensor; without pixels in flash, those that are drawn one by one.
    #[cfg(feature = "hash")]
    #[inline(never)]
    fn frame(stored: &Stored, pixels: Option<&[u8]>) -> Result<Hashed, Outcome> {
        let format = if stored.is_color { PixelFormat::Rgb8 } else { PixelFormat::Gray8 };
        let corrupt = |_| Outcome::Corrupt { stage: "frame" };
        // begun where it stays: it is 8 KB
        let mut stream = PdqStream::idle();
        stream.begin(stored.width, stored.height, format, PdqProfile::FullResolution).map_err(corrupt)?;
        match pixels {
            Some(pixels) => {
                for row in pixels.chunks(stored.width as usize * format.bytes_per_pixel()) {
                    stream.push_row(row).map_err(corrupt)?;
                }
            }
            None => {
                let mut row = [0; drawn::WIDTH];
                for y in 0..drawn::HEIGHT {
                    drawn::row(y, &mut row);
                    stream.push_row(&row).map_err(corrupt)?;
                }
            }
        }
        spectrum_of(&stream)
    }

    #[cfg(feature = "hash")]
    #[inline(never)] // its stack is not needed while rows are pushed
    fn spectrum_of(stream: &PdqStream) -> Result<Hashed, Outcome> {
        match stream.spectrum() {
            Ok(spectrum) => Ok(hashed("exact", &spectrum, 0)),
            Err(_) => Err(Outcome::Corrupt { stage: "frame" }),
        }
    }

    #[cfg(feature = "hash")]
    #[inline(never)] // its stack is free again when the caller goes on
    fn hashed(how: &'static str, spectrum: &PdqSpectrum, margin: u32) -> Hashed {
        Hashed { how, needles: spectrum.dihedral().map(|pdq| pdq.hash), quality: spectrum.quality(), margin }
    }

    #[cfg(feature = "jpeg")]
    #[inline(never)]
    fn screen(file: &'static [u8]) -> Result<Hashed, Outcome> {
        use jpeg::{Block, Memory, Opened, Tables};

        struct Room {
            tables: Tables<16>,
            numbers: [f32; NUMBERS],
            blocks: [Block; BLOCKS],
        }
        static mut ROOM: Room =
            Room { tables: Tables::of_size(), numbers: [0.0; NUMBERS], blocks: [Block::NONE; BLOCKS] };
        let refused = |error| match error {
            JpegError::Unsupported(_) => Outcome::Unsupported { format: "jpeg" },
            _ => Outcome::Corrupt { stage: "jpeg" },
        };
        // SAFETY: there is one thread, no interrupt calls this function, and it does not call itself.
        let Room { tables, numbers, blocks } = unsafe { &mut *ptr::addr_of_mut!(ROOM) };
        let opened = Opened::new(file, tables).map_err(refused)?;
        let needs = opened.needs(Dihedral::Original);
        // pictures that need many sums need few weights
        let (sums, weights) = numbers.split_at_mut(needs.sums.min(NUMBERS));
        let memory = Memory { sums, weights, blocks, history: &mut [] };
        let screened = opened.screen_stored_in(tables, memory).map_err(|error| match error {
            JpegError::Unsupported(Unsupported::Memory) => over_memory(&needs).unwrap_or(refused(error)),
            _ => refused(error),
        })?;
        Ok(hashed("screened", screened.spectrum(), screened.margin()))
    }

    #[inline(never)]
    fn look_up<'i>(index: &'i Index<&'static [u8]>, name: &'static str, hashed: &Hashed, required: u8) -> Line<'i> {
        let mut line = Line {
            hashed: hashed.how,
            hashes: summed(hashed.needles.iter().map(Bits256::as_bytes)),
            quality: hashed.quality,
            margin: hashed.margin,
            ..blank(name, Outcome::NoMatch(Whole::of_hash()))
        };
        if hashed.quality < RULES.lowest_quality() {
            line.outcome = Outcome::LowQuality { quality: hashed.quality };
            return line;
        }
        let query = Query::new(Profile::Pdq, &hashed.needles).radius(RULES.widest_radius() + hashed.margin);
        let nothing = Finding::perceptual(Bits256::ZERO, 0, Source::default());
        let (mut findings, mut count) = ([nothing; MOST_FINDINGS], 0);
        let mut is_damaged = false;
        let searched = index.scan(&query, |hit| {
            for source in index.sources(hit.slot) {
                let Ok(source) = source else {
                    is_damaged = true;
                    return ControlFlow::Break(());
                };
                let transform = Dihedral::ALL.get(hit.needle).copied().unwrap_or(Dihedral::Original);
                if let Some(to) = findings.get_mut(count) {
                    (to.by, to.distance, to.source) = (By::Hash(hit.hash), hit.distance, source);
                    (to.transform, to.quality) = (transform, hashed.quality);
                }
                count += 1;
            }
            ControlFlow::Continue(())
        });
        if is_damaged || searched.is_err() {
            line.outcome = Outcome::Unreadable { io: "list" };
            return line;
        }
        line.findings = count;
        let Some(findings) = findings.get(..count) else {
            line.outcome = Outcome::OverLimit { what: "findings", found: count as u64, allowed: MOST_FINDINGS as u64 };
            return line;
        };
        let mut judged = [Judged::default(); MOST_FINDINGS];
        let picture = Picture::looked_up(hashed.quality, required, Whole::of_hash());
        line.outcome = evaluate(&RULES, &picture, findings, &mut judged).outcome;
        line.to_confirm = hashed.margin > 0 && !findings.is_empty();
        line.nearest = findings.iter().map(Nearest::of).min();
        line
    }

    /// Counts instructions: under `qemu -icount shift=0` each takes a nanosecond, and the clock has a tick for every 40.
    struct Clock(SYST);

    static WRAPS: AtomicU32 = AtomicU32::new(0);

    impl Clock {
        const PER_TICK: u64 = if cfg!(feature = "microbit") { 62 } else { 40 };
        const RELOAD: u32 = 0x00ff_ffff;

        fn start() -> Self {
            // SAFETY: `main` calls this once, and nothing else has them.
            let mut peripherals = unsafe { cortex_m::Peripherals::steal() };
            peripherals.SYST.set_clock_source(SystClkSource::Core);
            peripherals.SYST.set_reload(Self::RELOAD);
            peripherals.SYST.clear_current();
            peripherals.SYST.enable_counter();
            peripherals.SYST.enable_interrupt();
            Self(peripherals.SYST)
        }

        #[inline(never)]
        fn instructions(&self) -> u64 {
            let _ = &self.0;
            loop {
                let wraps = WRAPS.load(Ordering::Relaxed);
                let ticks = u64::from(Self::RELOAD - SYST::get_current());
                if wraps == WRAPS.load(Ordering::Relaxed) {
                    return (u64::from(wraps) * (u64::from(Self::RELOAD) + 1) + ticks) * Self::PER_TICK;
                }
            }
        }
    }

    #[exception]
    fn SysTick() {
        // not an addition: ARMv6-M cannot add in one step, and nobody else writes
        WRAPS.store(WRAPS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    unsafe extern "C" {
        static mut __sheap: u32;
        static _stack_start: u32;
    }

    const PAINT: u32 = 0xa5a5_a5a5;
    /// Beyond the deepest use; so far the stack is painted.
    const PAINTED: usize = if cfg!(feature = "microbit") { 12 << 10 } else { 64 << 10 };

    /// The lowest and the highest address of the painted part: from the end of the static variables or [`PAINTED`] up to here.
    fn painted() -> (*mut u32, *mut u32) {
        let here = 0_u32;
        let top = (ptr::addr_of!(here) as usize - 256) & !3;
        let floor = (ptr::addr_of_mut!(__sheap) as usize).max(top.saturating_sub(PAINTED));
        (floor as *mut u32, top as *mut u32)
    }

    /// Fills the unused stack.
    #[inline(never)]
    fn paint() {
        let (mut at, top) = painted();
        while at < top {
            // SAFETY: between the static variables and 256 bytes below the frame of this function nothing is in use.
            unsafe { at.write_volatile(PAINT) };
            at = at.wrapping_add(1);
        }
    }

    /// How far the stack has reached below its start since it was painted.
    #[inline(never)]
    fn painted_over() -> usize {
        let (mut at, top) = painted();
        // SAFETY: as above; the words are only read.
        while at < top && unsafe { at.read_volatile() } == PAINT {
            at = at.wrapping_add(1);
        }
        ptr::addr_of!(_stack_start) as usize - at as usize
    }

    #[inline(never)]
    fn report(what: &str, count: u64) {
        say(what.as_bytes());
        say(b" ");
        number(small(count), &mut say);
        say(b"\n");
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    std::process::exit(2)
}
