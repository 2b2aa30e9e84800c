//! Pictures from arbitrary bytes: no panic escapes, the limits hold, and what comes out has the measures announced.

#![no_main]

use core::ops::ControlFlow;

use libfuzzer_sys::{Corpus, fuzz_target};
use lookalike::decode::{self, Limits, View};
use lookalike::hash::pdq::{self, PdqProfile, PdqSpectrum};

fuzz_target!(init: {
    // a decoder's panic is contained and typed; any other aborts the run as usual
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !decode::is_contained() {
            usual(panic);
        }
    }));
}, |bytes: &[u8]| -> Corpus {
    let mut limits = Limits::default();
    limits.max_pixels = 1 << 20;
    limits.max_alloc_bytes = 64 << 20;
    let Ok(header) = decode::inspect(bytes, &limits) else { return Corpus::Reject };
    assert!(u64::from(header.width) * u64::from(header.height) <= limits.max_pixels);
    if let Ok(decoded) = decode::decode(bytes, &limits) {
        let image = decoded.image();
        assert_eq!((image.width(), image.height()), (header.width, header.height));
        assert!(pdq::spectrum(&image, PdqProfile::FullResolution).is_ok());
    }
    // rows, frames, oriented and cropped pictures: whatever becomes of them, the limits hold and nothing panics
    let _ = decode::pdq_views(bytes, &limits, PdqProfile::FullResolution, &mut |_: View, spectrum: &PdqSpectrum| {
        assert!(spectrum.quality() <= 100);
        ControlFlow::Continue(())
    });
    Corpus::Keep
});
