//! What a program on the board needs beside itself: a vector table, a place to say things, an end.

use core::panic::PanicInfo;

use cortex_m_semihosting::{debug, hio};

unsafe extern "C" {
    fn DefaultHandler();
}

/// The interrupts of the chip, of which none is enabled, so that none of their 240 places is needed. A product has its chip's.
#[unsafe(link_section = ".vector_table.interrupts")]
#[unsafe(no_mangle)]
static __INTERRUPTS: [unsafe extern "C" fn(); 1] = [DefaultHandler];

pub fn say(text: &[u8]) {
    if let Ok(mut out) = hio::hstdout() {
        // there is nobody to tell
        let _ = out.write_all(text);
    }
}

pub fn end(why: &str) -> ! {
    say(why.as_bytes());
    debug::exit(debug::EXIT_FAILURE);
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    end("panic")
}
