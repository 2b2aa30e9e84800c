//! Lists from arbitrary bytes: never panics, and every line is accounted for.

#![no_main]

use core::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use lookalike::hash::Profile;
use lookalike::lists::{self, Format, Options};

fuzz_target!(|input: (bool, bool, &[u8])| {
    let (csv, short, bytes) = input;
    let format = if csv { Format::Csv } else { Format::Text };
    if short {
        import::<8>(format, Profile::Phash64, bytes);
    } else {
        import::<32>(format, Profile::Pdq, bytes);
    }
});

fn import<const N: usize>(format: Format, profile: Profile, bytes: &[u8]) {
    let (mut good, mut bad, mut last) = (0, 0, 0);
    let summary = lists::read::<N, _>(format, bytes, &Options::new("fuzz"), profile, &mut |entry| {
        let line = match &entry {
            Ok(entry) => {
                good += 1;
                assert!(entry.hash.count_ones() > 0, "a degenerate hash was let through");
                entry.line
            }
            Err(quarantined) => {
                bad += 1;
                assert!(!quarantined.to_string().is_empty());
                quarantined.line
            }
        };
        assert!(line > last, "entries must come in the order of their lines");
        last = line;
        ControlFlow::Continue(())
    });
    if let Ok(summary) = summary {
        assert_eq!((summary.entries, summary.quarantined), (good, bad));
        assert_eq!(summary.lines, summary.entries + summary.quarantined + summary.skipped);
        assert!(last <= summary.lines);
    }
}
