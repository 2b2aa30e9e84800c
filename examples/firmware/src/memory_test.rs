//! Holds the routines of `memory.rs` against loops over bytes: every length up to 70, at every alignment.

#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod board;
#[cfg(target_os = "none")]
mod memory;

#[cfg(target_os = "none")]
mod test {
    use core::hint::black_box;

    use cortex_m_rt::entry;
    use cortex_m_semihosting::debug;
    use firmware::{number, small};

    use crate::board::{end, say};

    type Copy = unsafe extern "C" fn(*mut u8, *const u8, usize) -> *mut u8;

    unsafe extern "C" {
        fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8;
        fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8;
        fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8;
        fn memcmp(a: *const u8, b: *const u8, len: usize) -> i32;
        fn __aeabi_memcpy(to: *mut u8, from: *const u8, len: usize);
        fn __aeabi_memmove(to: *mut u8, from: *const u8, len: usize);
        fn __aeabi_memset(to: *mut u8, len: usize, byte: i32);
        fn __aeabi_memclr(to: *mut u8, len: usize);
    }

    const LONGEST: usize = 70;
    const ROOM: usize = 3 * LONGEST;

    /// Aligned, so that offsets are alignments.
    #[repr(align(8))]
    #[derive(Clone, PartialEq)]
    struct Bytes([u8; ROOM]);

    impl Bytes {
        fn new() -> Self {
            Self(core::array::from_fn(|at| (at * 7 + 1).to_le_bytes()[0]))
        }

        /// Whether they are the same, looked at one by one: not by a routine that is under test.
        fn are(&self, other: &Self) -> bool {
            self.0.iter().zip(&other.0).fold(true, |same, (a, b)| same & (black_box(*a) == *b))
        }

        fn at(&mut self, at: usize) -> *mut u8 {
            // SAFETY: callers stay within the array.
            unsafe { self.0.as_mut_ptr().add(at) }
        }
    }

    /// What a routine has to leave behind, byte by byte.
    fn expected(len: usize, to: usize, byte: impl Fn(usize, &Bytes) -> u8) -> Bytes {
        let before = Bytes::new();
        let mut after = Bytes::new();
        for at in 0..len {
            after.0[to + at] = black_box(byte(at, &before));
        }
        after
    }

    fn copied(copy: Copy, (len, to, from): (usize, usize, usize)) -> bool {
        let mut bytes = Bytes::new();
        let start = bytes.at(to);
        // SAFETY: both places lie within the array; where they overlap `copy` is a move.
        let given = unsafe { copy(start, bytes.at(from), len) };
        given == start && bytes.are(&expected(len, to, |at, before| before.0[from + at]))
    }

    fn filled(len: usize, to: usize) -> bool {
        let (mut set, mut aeabi, mut clear) = (Bytes::new(), Bytes::new(), Bytes::new());
        let start = set.at(to);
        // SAFETY: the places lie within the arrays.
        let given = unsafe { memset(start, 0x1a5, len) };
        // SAFETY: as above.
        unsafe { __aeabi_memset(aeabi.at(to), len, 0x1a5) };
        // SAFETY: as above.
        unsafe { __aeabi_memclr(clear.at(to), len) };
        let all = expected(len, to, |_, _| 0xa5);
        given == start && set.are(&all) && aeabi.are(&all) && clear.are(&expected(len, to, |_, _| 0))
    }

    fn compared(len: usize, at: usize, of: usize) -> bool {
        let (mut a, mut b) = (Bytes::new(), Bytes::new());
        for byte in 0..len {
            b.0[of + byte] = a.0[at + byte];
        }
        // SAFETY: the places lie within the arrays.
        let compare = |a: &mut Bytes, b: &mut Bytes| unsafe { memcmp(a.at(at), b.at(of), len) };
        if compare(&mut a, &mut b) != 0 {
            return false;
        }
        // what comes behind does not count
        b.0[of + len] ^= 0x80;
        let mut is_right = compare(&mut a, &mut b) == 0;
        for differing in 0..len {
            let before = b.0[of + differing];
            b.0[of + differing] = before ^ 0x81;
            let is_less = a.0[at + differing] < before ^ 0x81;
            let found = compare(&mut a, &mut b);
            is_right &= if is_less { found < 0 } else { found > 0 };
            b.0[of + differing] = before;
        }
        is_right
    }

    unsafe extern "C" fn by_aeabi_memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { __aeabi_memcpy(to, from, len) };
        to
    }

    unsafe extern "C" fn by_aeabi_memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { __aeabi_memmove(to, from, len) };
        to
    }

    #[entry]
    fn main() -> ! {
        let mut checks = 0_u32;
        let mut hold = |is_right: bool, what: &str| {
            checks += 1;
            if !is_right {
                end(what);
            }
        };
        for len in 0..=LONGEST {
            for a in 0..5 {
                hold(filled(len, a), "memset");
                for b in 0..5 {
                    let apart = (len, a, 100 + b);
                    hold(copied(memcpy, apart), "memcpy");
                    hold(copied(by_aeabi_memcpy, apart), "__aeabi_memcpy");
                    hold(copied(memcpy, (len, 100 + b, a)), "memcpy upwards");
                    hold(compared(len, a, b), "memcmp");
                }
            }
            // overlapping, in both directions
            for (to, from) in (0..24).flat_map(|to| (0..24).map(move |from| (to, from))) {
                hold(copied(memmove, (len, to, from)), "memmove");
                hold(copied(by_aeabi_memmove, (len, to, from)), "__aeabi_memmove");
            }
        }
        number(small(checks), &mut say);
        say(b" checks of memory routines\n");
        debug::exit(debug::EXIT_SUCCESS);
        loop {
            cortex_m::asm::wfi();
        }
    }
}

#[cfg(not(target_os = "none"))]
fn main() {
    std::process::exit(2)
}
