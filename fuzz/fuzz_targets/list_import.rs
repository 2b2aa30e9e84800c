//! Lists of every format from arbitrary bytes: never panics, every record is accounted for, and what JSONL is written of them says the same.

#![no_main]

use core::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use lookalike::hash::Profile;
use lookalike::lists::{self, Dedup, Format, Options, Record, Summary, jsonl};

// The first byte chooses the format (what the content looks like, if it is none), the next bit the profile.
fuzz_target!(|input: &[u8]| {
    let Some((choice, bytes)) = input.split_first() else {
        return;
    };
    let format = Format::ALL.get(usize::from(choice & 15)).copied();
    let format = format.unwrap_or_else(|| Format::sniff(bytes, "-".as_ref()));
    if choice & 16 == 0 {
        import::<8>(format, Profile::Phash64, bytes);
    } else {
        import::<32>(format, Profile::Pdq, bytes);
    }
});

fn import<const N: usize>(format: Format, profile: Profile, bytes: &[u8]) {
    let mut converted = Vec::new();
    let Some((summary, left_out)) = read::<N>(format, profile, bytes, &mut |record| {
        jsonl::write(record, profile, &mut converted).expect("a Vec takes everything");
    }) else {
        return;
    };
    let (again, left_out_again) = read::<N>(Format::Jsonl, profile, &converted, &mut |_| {}).expect("JSONL is read");
    assert_eq!(
        (summary.entries(), summary.hashes(), summary.md5(), summary.sha1(), summary.sha256()),
        (again.entries(), again.hashes(), again.md5(), again.sha1(), again.sha256())
    );
    assert_eq!(summary.quarantined() + summary.partial(), again.quarantined());
    assert_eq!(left_out, left_out_again);
}

fn read<const N: usize>(
    format: Format,
    profile: Profile,
    bytes: &[u8],
    tell: &mut dyn FnMut(&Record<'_, N>),
) -> Option<(Summary, Vec<(u32, lists::Disposition)>)> {
    let (mut good, mut bad, mut parts, mut last) = (0_u32, 0, 0, 0);
    let mut dedup = Dedup::new();
    let options = Options::new("fuzz").now(0);
    let summary = lists::read::<N, _>(format, bytes, &options, profile, &mut |record| {
        tell(&record);
        dedup.add(&record, good);
        let line = match &record {
            Record::Entry(entry) => {
                good += 1;
                assert!(entry.hash.is_some() || !entry.digests.is_empty(), "an entry of nothing was let through");
                assert!(entry.hash.is_none_or(|hash| hash.count_ones() > 0), "a degenerate hash was let through");
                assert!(entry.digests.iter().all(|digest| !digest.is_of_nothing()));
                entry.line
            }
            Record::Quarantined(quarantined) => {
                bad += u64::from(!quarantined.partial);
                parts += u64::from(quarantined.partial);
                assert!(!quarantined.to_string().is_empty());
                quarantined.line
            }
            Record::Withdrawal { line, .. } | Record::LeftOut { line, .. } => *line,
            _ => last,
        };
        assert!(line >= last, "records must come in the order of their lines");
        last = line;
        ControlFlow::Continue(())
    });
    let summary = summary.ok()?;
    assert_eq!((summary.entries(), summary.quarantined(), summary.partial()), (u64::from(good), bad, parts));
    assert_eq!(
        summary.records(),
        summary.entries() + summary.withdrawals() + summary.quarantined() + summary.left_out()
    );
    assert!(last <= summary.lines());
    Some((summary, dedup.resolve()))
}
