//! Policy files from arbitrary text: never panic, an error names a line that there is, and rules stay inside what the profile allows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lookalike::hash::Profile;
use lookalike::matching::Policy;

// The first byte chooses the profile.
fuzz_target!(|input: &[u8]| {
    let Some((choice, text)) = input.split_first() else { return };
    let Ok(text) = core::str::from_utf8(text) else { return };
    let profiles: Vec<Profile> = Profile::all().collect();
    let profile = profiles[usize::from(*choice) % profiles.len()];
    match Policy::parse(text, profile) {
        Ok(file) => {
            let bound = file.bind();
            let rules = bound.rules();
            let most = profile.bits() as u32;
            assert!(rules.widest_radius() <= most && rules.lowest_quality() <= 100);
            for list in file.lists() {
                let rule = rules.of(list);
                assert!(rule.radius <= rules.widest_radius());
            }
            for (list, entry) in file.mutes() {
                assert!(file.reason(list, entry).is_none_or(|reason| text.contains(reason) || text.contains('\\')));
            }
        }
        Err(error) => {
            assert!(error.line() <= 1 + text.matches('\n').count(), "{error}");
            assert!(!error.message().is_empty());
        }
    }
});
