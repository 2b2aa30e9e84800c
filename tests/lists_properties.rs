//! Whatever the bytes: no panic, every line accounted for, and memory that does not grow with the list.

#![cfg(feature = "lists")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use core::ops::ControlFlow;
use lookalike::hash::Profile;
use lookalike::lists::{Dedup, Format, MAX_RECORD_BYTES, Options, Reason, Record, Summary, jsonl, read};
use proptest::prelude::*;
use std::io::{BufRead, BufReader, Read};

/// What a list was read as: its counts, and every record as text; nothing where it is refused.
fn counted(format: Format, bytes: &[u8], buffer: usize) -> Option<(Summary, Vec<String>)> {
    let mut records = Vec::new();
    let mut lines = Vec::new();
    let reader = BufReader::with_capacity(buffer, bytes);
    let summary = read::<8, _>(format, reader, &Options::new("L").now(0), Profile::Phash64, &mut |record| {
        match &record {
            Record::Entry(entry) => {
                assert!(!entry.source.id.is_empty() && (entry.hash.is_some() || !entry.digests.is_empty()));
                assert!(entry.digests.is_sorted_by_key(|digest| digest.kind()));
                lines.push(entry.line);
            }
            Record::Withdrawal { line, .. } => lines.push(*line),
            Record::LeftOut { why, line, .. } => {
                assert!(!why.to_string().is_empty());
                lines.push(*line);
            }
            Record::Quarantined(quarantined) => {
                assert!(!quarantined.to_string().is_empty());
                lines.push(quarantined.line);
            }
            other => panic!("{other:?}"),
        }
        records.push(format!("{record:?}"));
        ControlFlow::Continue(())
    });
    let summary = summary.ok()?;
    assert!(lines.is_sorted(), "{lines:?}");
    assert!(lines.iter().all(|line| (1..=summary.lines()).contains(line)), "{lines:?} of {}", summary.lines());
    Some((summary, records))
}

fn holds(format: Format, bytes: &[u8]) -> Result<(), TestCaseError> {
    let whole = counted(format, bytes, 8192);
    // The same in pieces of one and of seven bytes: nothing may depend on where a piece ends.
    prop_assert_eq!(&whole, &counted(format, bytes, 1));
    prop_assert_eq!(&whole, &counted(format, bytes, 7));
    if let Some((summary, records)) = whole {
        let known = summary.entries() + summary.withdrawals() + summary.quarantined() + summary.left_out();
        prop_assert_eq!(summary.records(), known);
        prop_assert_eq!(summary.records() + summary.partial(), records.len() as u64);
        if matches!(format, Format::Text | Format::Csv | Format::Jsonl | Format::Pytx | Format::Icse | Format::Nsrl) {
            prop_assert_eq!(summary.lines(), summary.records() + summary.skipped());
        }
    }
    Ok(())
}

/// Files of every format, which mutation then spoils.
fn fixtures() -> &'static [Vec<u8>] {
    static FILES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    FILES.get_or_init(|| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read(file).unwrap()).collect()
    })
}

/// A file of some format with bytes changed, left out, put in, or moved.
fn spoilt() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..4),
        prop_oneof![
            Just("\""),
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(","),
            Just("\\"),
            Just("\n"),
            Just("<"),
            Just(">")
        ]
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    let change = (any::<prop::sample::Index>(), 0..40_usize, bytes);
    (0..fixtures().len(), proptest::collection::vec(change, 0..5)).prop_map(|(file, changes)| {
        let mut bytes = fixtures()[file].clone();
        for (at, gone, new) in changes {
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..(at + gone).min(bytes.len()), new);
        }
        bytes
    })
}

/// Bytes that look like lists at least in part.
fn list_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"0123456789abcdef".to_vec()),
        Just(b"FEDCBA9876543210,88,path".to_vec()),
        Just(b"phash ".to_vec()),
        Just(b"hash,id,quality".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\"".to_vec()),
        Just(b",".to_vec()),
        Just(b"#".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just(br#"{"MD5":"0123456789abcdef0123456789abcdef","Category":1}"#.to_vec()),
        Just(br#"{"key":"k","withdrawn":true}"#.to_vec()),
        Just(br#"{"value":["#.to_vec()),
        Just(b"]}".to_vec()),
        Just(b"{".to_vec()),
        Just(b"}".to_vec()),
        Just(b"[".to_vec()),
        Just(b"<image><id>1</id>".to_vec()),
        Just(b"</image>".to_vec()),
        Just(b"<queryResult>".to_vec()),
        Just(b"</queryResult>".to_vec()),
        Just(b"<!--".to_vec()),
        Just(b"-->".to_vec()),
        Just(b"\0".to_vec()),
        Just(vec![0xff]),
        proptest::collection::vec(any::<u8>(), 0..8),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_bytes_are_read_and_accounted_for(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in Format::ALL {
            holds(format, &bytes)?;
        }
    }

    #[test]
    fn what_looks_like_a_list_is_read_and_accounted_for(bytes in list_like()) {
        for format in Format::ALL {
            holds(format, &bytes)?;
        }
        holds(Format::Csv, &[b"id,hash\n", &bytes[..]].concat())?;
    }

    #[test]
    fn every_good_hash_of_a_list_comes_out_as_it_went_in(hashes in proptest::collection::vec(1..u64::MAX, 1..50), crlf: bool) {
        let end = if crlf { "\r\n" } else { "\n" };
        let text: String = hashes.iter().map(|hash| format!("{hash:016x}{end}")).collect();
        let csv: String = hashes.iter().map(|hash| format!("x,\"{hash:016X}\"{end}")).collect();
        for (format, list) in [(Format::Text, text), (Format::Csv, format!("id,phash{end}{csv}"))] {
            let mut out = Vec::new();
            read::<8, _>(format, list.as_bytes(), &Options::new("L"), Profile::Phash64, &mut |record| {
                let Record::Entry(entry) = record else { panic!("{record:?}") };
                out.push(u64::from_be_bytes(*entry.hash.unwrap().as_bytes()));
                ControlFlow::Continue(())
            }).unwrap();
            prop_assert_eq!(&out, &hashes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn files_that_were_spoilt_are_read_and_accounted_for(bytes in spoilt()) {
        holds(Format::sniff(&bytes, "-".as_ref()), &bytes)?;
    }

    #[test]
    fn what_is_written_as_jsonl_says_the_same(bytes in spoilt()) {
        let mut jsonl = Vec::new();
        let read_pdq = |format, bytes: &[u8], out: &mut Vec<u8>| {
            let (mut dedup, mut entries) = (Dedup::new(), 0_u32);
            let options = Options::new("L").now(0);
            let summary = read::<32, _>(format, bytes, &options, Profile::Pdq, &mut |record| {
                jsonl::write(&record, Profile::Pdq, out).unwrap();
                dedup.add(&record, entries);
                entries += u32::from(matches!(record, Record::Entry(_)));
                ControlFlow::Continue(())
            });
            summary.ok().map(|summary| (summary, dedup.resolve()))
        };
        if let Some((first, fates)) = read_pdq(Format::sniff(&bytes, "-".as_ref()), &bytes, &mut jsonl) {
            let mut again = Vec::new();
            let (second, fates_again) = read_pdq(Format::Jsonl, &jsonl, &mut again).unwrap();
            let counts = |of: &Summary| {
                (of.entries(), of.hashes(), of.md5(), of.sha1(), of.sha256(), of.quarantined() + of.partial())
            };
            prop_assert_eq!(counts(&first), counts(&second));
            prop_assert_eq!(fates, fates_again);
            let sound = |lines: &[u8]| -> Vec<String> {
                let lines = String::from_utf8(lines.to_vec()).unwrap();
                lines.lines().filter(|line| !line.contains("\"quarantined\"")).map(str::to_owned).collect()
            };
            prop_assert_eq!(sound(&jsonl), sound(&again));
        }
    }
}

/// A reader of as many bytes as asked for, without any of them in memory.
struct Endless {
    pattern: &'static [u8],
    at: usize,
    left: usize,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let chunk = self.fill_buf()?;
        let count = chunk.len().min(out.len());
        out[..count].copy_from_slice(&chunk[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Endless {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        let chunk = &self.pattern[self.at..];
        Ok(&chunk[..chunk.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count) % self.pattern.len();
        self.left -= count;
    }
}

/// Bytes that this process holds, from the system's books; none where it keeps none.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| kilobytes << 10)
}

#[test]
fn lines_and_quotes_without_end_take_bounded_memory() {
    let reasons = |format, pattern: &'static [u8], head: &'static [u8], left| {
        let mut reasons = Vec::new();
        let reader = head.chain(Endless { pattern, at: 0, left });
        read::<8, _>(format, reader, &Options::new("L"), Profile::Phash64, &mut |record| {
            let Record::Quarantined(quarantined) = record else { panic!("{record:?}") };
            if reasons.len() < 2 {
                reasons.push(quarantined.reason);
            }
            ControlFlow::Continue(())
        })
        .unwrap();
        reasons
    };
    let before = resident();
    let size = 64 * MAX_RECORD_BYTES;
    let long = [b'a'; 4096];
    let long: &'static [u8] = Box::leak(Box::new(long));
    assert_eq!(reasons(Format::Text, long, b"", size), [Reason::TooLong]);
    assert_eq!(reasons(Format::Csv, long, b"hash\n", size), [Reason::TooLong]);
    assert_eq!(reasons(Format::Csv, long, b"hash\n\"", size), [Reason::TooLong]);
    assert_eq!(reasons(Format::Jsonl, long, b"", size), [Reason::TooLong]);
    // A quote that is opened on a line, and a million lines in which none is closed.
    let lines = reasons(Format::Csv, b"0\n", b"hash\n\"open\n", 1 << 20);
    assert_eq!(lines[0], Reason::OpenQuote);
    // Documents that never come to an end: in a string, in a number, in brackets, in a tag, in text.
    for (format, pattern, head) in [
        (Format::Vics, &b"a"[..], &br#"{"value":[{"MD5":""#[..]),
        (Format::Vics, b"1", br#"{"value":[{"Category":"#),
        (Format::Vics, br#"{"a":[1],"b":"#, b""),
        (Format::Vics, b"[", b""),
        (Format::Vics, b" ", br#"{"value":["#),
        (Format::Stopncii, br#""k":[{"v":"w"}],"#, b"{"),
        (Format::Ncmec, b"a", b"<queryResult><image><id>"),
        (Format::Ncmec, b"<a>", b"<queryResult><image>"),
        (Format::Ncmec, b"a", b"<queryResult><image a='"),
        (Format::Ncmec, b"-", b"<!--"),
    ] {
        let pattern: &'static [u8] = Box::leak(pattern.repeat(4096 / pattern.len()).into_boxed_slice());
        let reader = head.chain(Endless { pattern, at: 0, left: size });
        let read =
            read::<8, _>(format, reader, &Options::new("L"), Profile::Phash64, &mut |_| ControlFlow::Continue(()));
        assert!(read.is_err(), "{format} {:?}", core::str::from_utf8(head));
    }
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after - before < 32 << 20, "grew by {} bytes while reading {size}", after - before);
    }
}

#[test]
fn files_that_once_failed_still_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corrupt/lists");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for format in Format::ALL {
            holds(format, &bytes).unwrap();
            count += 1;
        }
    }
    assert!(count > 0);
}
