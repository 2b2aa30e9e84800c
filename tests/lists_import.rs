//! Lists as they are published, entry by entry: what is taken, what is quarantined, and where.

#![cfg(feature = "lists")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use core::ops::ControlFlow;
use lookalike::entry::{Opinion, Role};
use lookalike::hash::Profile;
use lookalike::lists::{Column, Format, Kind, ListError, ListSpec, Options, Reason, Record, Summary, read};
use std::fmt::Write as _;

/// 128 ones, as PDQ hashes have.
const A: &str = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
const B: &str = "d8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";

/// What came out, one line a record: `LINE LIST/ID CLASSIFICATION OWNER JURISDICTION HASH[..2]` with digests and opinion behind,
/// or `LINE REASON`, or `LINE left out: WHY`.
fn told_with(format: Format, profile: Profile, list: &[u8], options: &Options) -> Result<(String, Summary), ListError> {
    let mut told = String::new();
    let summary = read::<32, _>(format, list, options, profile, &mut |record| {
        match record {
            Record::Entry(entry) => {
                let hash = entry.hash.map_or_else(|| "-".into(), |hash| hash.to_string()[..2].to_owned());
                write!(told, "{} {}/{} ", entry.line, entry.source.list, entry.source.id).unwrap();
                write!(
                    told,
                    "{} {} {} {hash}",
                    entry.source.classification, entry.source.owner, entry.source.jurisdiction
                )
                .unwrap();
                for digest in entry.digests {
                    write!(told, " {}:{}", digest.kind(), &digest.to_string()[..2]).unwrap();
                }
                if entry.source.opinion != Opinion::Unstated {
                    write!(told, " {}", entry.source.opinion).unwrap();
                }
                assert!(entry.key.is_none() && entry.updated.is_none());
                writeln!(told).unwrap();
            }
            Record::LeftOut { why, line, .. } => writeln!(told, "{line} left out: {why}").unwrap(),
            Record::Quarantined(bad) if bad.partial => writeln!(told, "{} part: {}", bad.line, bad.reason).unwrap(),
            Record::Quarantined(bad) => writeln!(told, "{} {}", bad.line, bad.reason).unwrap(),
            other => panic!("{other:?}"),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(summary.lines(), summary.records() + summary.skipped());
    assert_eq!(summary.records(), summary.entries() + summary.quarantined() + summary.left_out());
    Ok((told, summary))
}

#[track_caller]
fn text(list: &[u8], expected: &str) {
    assert_eq!(told_with(Format::Text, Profile::Pdq, list, &Options::new("L")).unwrap().0, expected);
}

#[track_caller]
fn csv(list: &str, expected: &str) {
    csv_with(list, &Options::new("L"), expected);
}

#[track_caller]
fn csv_with(list: &str, options: &Options, expected: &str) {
    assert_eq!(told_with(Format::Csv, Profile::Pdq, list.as_bytes(), options).unwrap().0, expected);
}

#[test]
fn text_has_comments_blank_lines_and_either_case() {
    let upper = A.to_uppercase();
    let list = format!("# head\n\n{A}\n   \t\n  {upper}  \n{B} # trailing\n{B}# close\n   # indented\n");
    text(list.as_bytes(), "3 L/3    f8\n5 L/5    f8\n6 L/6    d8\n7 L/7    d8\n");
}

#[test]
fn lines_end_in_any_way_and_a_mark_is_skipped() {
    for end in ["\n", "\r\n", "\r"] {
        let list = format!("\u{feff}{A}{end}{end}# comment{end}{B}");
        text(list.as_bytes(), "1 L/1    f8\n4 L/4    d8\n");
        let csv_list = format!("\u{feff}id,hash{end}{end}x,{A}{end}y,{B}");
        csv(&csv_list, "3 L/x    f8\n4 L/y    d8\n");
    }
    text("\u{feff}# comment".as_bytes(), "");
}

#[test]
fn text_of_hash_commands_is_read_with_the_path_as_id() {
    let list = format!(
        "{A},100,a b/#1, two.jpg\n{A},50\n{A},49,low.jpg\n{A},,no quality.jpg\n{A},101\n{A},x,y\n{A}, 77 # note\n"
    );
    text(
        list.as_bytes(),
        "1 L/a b/#1, two.jpg    f8\n2 L/2    f8\n3 quality 49 is below 50\n4 L/no quality.jpg    f8\n\
         5 the quality is not a number from 0 to 100\n6 the quality is not a number from 0 to 100\n7 L/7    f8\n",
    );
}

#[test]
fn text_of_py_tx_is_read_by_its_types() {
    let md5 = "0".repeat(31) + "1";
    let list = format!("pdq {A}\nPDQ\t{B}\nvideo_md5 {md5}\nhello world\n{A} {B}\npdq\npdq {A} rest\n");
    text(
        list.as_bytes(),
        "1 L/1    f8\n2 L/2    d8\n3 L/3    - md5:00\n\
         4 character 1 of the hash is not a hexadecimal digit\n\
         5 text follows the hash, expected nothing, a comment, or ,QUALITY,ID\n\
         6 character 1 of the hash is not a hexadecimal digit\n\
         7 text follows the hash, expected nothing, a comment, or ,QUALITY,ID\n",
    );
}

#[test]
fn what_is_no_usable_hash_is_quarantined_with_its_reason() {
    let (zeros, ones, few) = ("0".repeat(64), "f".repeat(64), "0".repeat(48) + &"f".repeat(15) + "7");
    let list = format!("{}\n{}0\n{}g\n{zeros}\n{ones}\n{few}\n,100,x\n0123456789abcdef\n", &A[1..], A, &A[1..]);
    text(
        list.as_bytes(),
        "1 the hash has 63 digits, pdq has 64\n2 the hash has 65 digits, pdq has 64\n\
         3 character 64 of the hash is not a hexadecimal digit\n\
         4 0 bits of the hash are set, an ordinary picture has 64 to 192\n\
         5 256 bits of the hash are set, an ordinary picture has 64 to 192\n\
         6 63 bits of the hash are set, an ordinary picture has 64 to 192\n7 there is no hash\n\
         8 the hash has 16 digits, pdq has 64\n",
    );
    let (least, most) = ("0".repeat(48) + &"f".repeat(16), "0".repeat(16) + &"f".repeat(48));
    text(format!("{least}\n{most}\n").as_bytes(), "1 L/1    00\n2 L/2    00\n");
    // Other profiles have no usual number of ones: only none and all are degenerate.
    let told = told_with(Format::Text, Profile::Phash256, list.as_bytes(), &Options::new("L")).unwrap().0;
    assert!(told.contains("6 L/6    00\n"), "{told}");
    assert!(told.contains("4 0 bits of the hash are set, an ordinary picture has 1 to 255\n"), "{told}");
    assert!(told.contains("5 256 bits"), "{told}");
}

#[test]
fn bytes_that_are_no_text_are_quarantined_where_they_are() {
    let list =
        [A.as_bytes(), b"\n\xff\xfe", A.as_bytes(), b"\n", &A.as_bytes()[..60], b"\0\0\0\0\n", B.as_bytes()].concat();
    text(&list, "1 L/1    f8\n2 the text is not UTF-8\n3 the text has a NUL character\n4 L/4    d8\n");
    // Beside the hash, bad bytes are replaced and reported.
    let list =
        [A.as_bytes(), b",100,caf\xe9.jpg\n", &A.as_bytes()[..63], b"\xe9,100,x\npdq \xe9", A.as_bytes()].concat();
    text(
        &list,
        "1 part: text beside the hash is not UTF-8, its bad bytes are read as U+FFFD\n1 L/caf\u{fffd}.jpg    f8\n\
         2 the text is not UTF-8\n3 the text is not UTF-8\n",
    );
    // The text of a comment is nobody's business.
    text(&[b"# caf\xe9\n", A.as_bytes()].concat(), "2 L/2    f8\n");
}

#[test]
fn utf_16_is_read_with_its_mark_and_refused_without() {
    for mark in [true, false] {
        for big in [true, false] {
            let units = mark.then_some(0xfeff).into_iter().chain(A.encode_utf16());
            let bytes: Vec<u8> =
                units.flat_map(|unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect();
            if mark {
                let text = told_with(Format::Text, Profile::Pdq, &bytes, &Options::new("L")).unwrap().0;
                assert_eq!(text, "1 L/1    f8\n");
                assert_eq!(Format::detect(&bytes[..], "-".as_ref()).unwrap().0, Format::Text);
                continue;
            }
            for format in [Format::Text, Format::Csv, Format::Jsonl, Format::Pytx, Format::Icse, Format::Nsrl] {
                let error = told_with(format, Profile::Pdq, &bytes, &Options::new("L")).unwrap_err();
                assert!(error.to_string().contains("UTF-16, expected UTF-8; convert it"), "{error}");
            }
        }
    }
}

#[test]
fn an_unpaired_surrogate_is_replaced_and_reported() {
    let mut units: Vec<u16> =
        format!("\u{feff}id,hash,owner\r\na,{A},x?\r\nb,?{A},x\r\nc,{B},\u{e9}\r\n").encode_utf16().collect();
    units.iter_mut().filter(|unit| **unit == u16::from(b'?')).for_each(|unit| *unit = 0xd800);
    let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
    assert_eq!(Format::detect(&bytes[..], "-".as_ref()).unwrap().0, Format::Csv);
    assert_eq!(
        told_with(Format::Csv, Profile::Pdq, &bytes, &Options::new("L")).unwrap().0,
        "2 part: text beside the hash is not UTF-8, its bad bytes are read as U+FFFD\n2 L/a  x\u{fffd}  f8\n\
         3 the text is not UTF-8\n4 L/c  \u{e9}  d8\n"
    );
}

#[test]
fn json_without_a_known_key_is_refused_with_the_keys_it_has() {
    let error = |list: &str| {
        told_with(Format::Jsonl, Profile::Pdq, list.as_bytes(), &Options::new("L")).unwrap_err().to_string()
    };
    let expected = "expected an object a line with one of hash, md5, sha1, sha256, photodna; rename the keys";
    let list = format!("\n{{\"name\": {{\"inner\": 1}}, \"fingerprint\": \"{A}\"}}\n");
    assert_eq!(error(&list), format!("no record has a known key: found keys name, fingerprint; {expected}"));
    let array = "the list is a JSON array: found";
    let advice = "expected an object a line; convert it (jq -c '.[]')";
    assert_eq!(
        error(&format!("[\n  {{\"hash\": \"{A}\", \"id\": [1]}}\n]\n")),
        format!("{array} keys hash, id; {advice}")
    );
    assert_eq!(error(&format!("[\"{A}\"]")), format!("{array} no keys; {advice}"));
    // A key that may be a hash is not shown.
    assert_eq!(
        error(&format!("{{\"{A}\": 1}}")),
        format!("no record has a known key: found keys (not a name); {expected}")
    );
    // Known keys with bad values are bad records, and so is a single odd one.
    for (list, bad) in [("{\"hash\": \"\"}\n".to_owned(), 1), (format!("{{\"a\": 1}}\n{{\"hash\": \"{A}\"}}\n"), 1)] {
        let summary = told_with(Format::Jsonl, Profile::Pdq, list.as_bytes(), &Options::new("L")).unwrap().1;
        assert_eq!(summary.quarantined(), bad, "{list}");
    }
}

/// A ZIP archive of files, each with its bytes, how they are packed, method and flags.
fn zip(files: &[(&[u8], &[u8], u16, u16)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (text, packed, method, flags) in files {
        let mut crc = flate2::Crc::new();
        crc.update(text);
        let sizes = [crc.sum(), u32::try_from(packed.len()).unwrap(), u32::try_from(text.len()).unwrap()]
            .map(u32::to_le_bytes)
            .concat();
        bytes.extend(b"PK\x03\x04\x14\0");
        bytes.extend([*flags, *method, 0, 0].map(u16::to_le_bytes).concat());
        bytes.extend(if flags & 8 == 0 { sizes.clone() } else { vec![0; 12] });
        bytes.extend([5, 0, 2, 0]);
        bytes.extend(b"a.txt??");
        bytes.extend(*packed);
        if flags & 8 != 0 {
            bytes.extend([&b"PK\x07\x08"[..], &sizes].concat());
        }
    }
    bytes.extend(b"PK\x01\x02 and so on");
    bytes
}

#[test]
fn packed_lists_are_read_or_refused_by_name() {
    use flate2::Compression;
    use std::io::Write as _;
    let list = format!("{A}\n{B}\n");
    let list = list.as_bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(list).unwrap();
    let gzip = gzip.finish().unwrap();
    let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(list).unwrap();
    let deflated = deflated.finish().unwrap();
    let utf_16: Vec<u8> =
        [0xfeff].into_iter().chain(format!("{A}\n{B}\n").encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for packed in [
        gzip.clone(),
        [gzip.clone(), gzip.clone()].concat(),
        zip(&[(list, list, 0, 0)]),
        zip(&[(list, &deflated, 8, 0)]),
        zip(&[(list, &deflated, 8, 8)]),
        zip(&[(&utf_16, &utf_16, 0, 0)]),
    ] {
        assert_eq!(Format::detect(&packed[..], "list.gz".as_ref()).unwrap().0, Format::Text);
        let told = told_with(Format::Text, Profile::Pdq, &packed, &Options::new("L")).unwrap().0;
        assert!(told.starts_with("1 L/1    f8\n2 L/2    d8\n"), "{told}");
    }
    let error =
        |bytes: &[u8]| told_with(Format::Text, Profile::Pdq, bytes, &Options::new("L")).unwrap_err().to_string();
    for (packed, why) in [
        (zip(&[(list, list, 0, 0), (list, list, 0, 0)]), "a ZIP archive of several files, expected one; unpack it"),
        (zip(&[(list, list, 0, 1)]), "a ZIP archive that is encrypted; unpack it"),
        (zip(&[(list, list, 0, 8)]), "stored without its size; unpack it"),
        (zip(&[(list, list, 9, 0)]), "neither stored nor deflated; unpack it"),
        (zip(&[(list, &list[1..], 0, 0)]), "another checksum"),
        (b"PK\x05\x06".repeat(4), "without a file"),
        (b"7z\xbc\xaf\x27\x1c".to_vec(), "a 7z file, expected text, gzip or ZIP; unpack it"),
        (b"Rar!\x1a\x07\0".to_vec(), "a RAR file"),
        (b"\xfd7zXZ\0".to_vec(), "an xz file"),
        (b"BZh91AY&SY".to_vec(), "a bzip2 file"),
        (b"\x28\xb5\x2f\xfd".to_vec(), "a Zstandard file"),
    ] {
        let error = error(&packed);
        assert!(error.contains(why), "{error}");
    }
    let mut zip64 = zip(&[(list, list, 0, 0)]);
    zip64[18..22].fill(0xff);
    assert!(error(&zip64).contains("zip64; unpack it"));
    for cut in [gzip.len() - 1, gzip.len() / 2, 12, 4] {
        assert!(told_with(Format::Text, Profile::Pdq, &gzip[..cut], &Options::new("L")).is_err(), "{cut}");
    }
    // 80 MiB of blank lines pack to a thousandth.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    (0..80).for_each(|_| bomb.write_all(&[b'\n'; 1 << 20]).unwrap());
    let error = error(&bomb.finish().unwrap());
    assert!(error.contains("unpacked size limit exceeded: more than 200 times"), "{error}");
}

/// Hashes with a number of ones from 95 to 158.
fn with_ones(ones: u32, count: usize) -> Vec<String> {
    let rest = (1u64 << (ones - 95)) - 1;
    let low = u64::from(u32::MAX);
    (0..u32::try_from(count).unwrap())
        .map(|turn| {
            let (a, b) = ((u64::MAX >> 1).rotate_left(turn), rest.rotate_left(turn / 64));
            format!("{a:016x}{low:016x}{:016x}{b:016x}", 0)
        })
        .collect()
}

#[test]
fn digests_are_not_taken_for_pdq_hashes() {
    let list = |bad: usize, good: usize| [with_ones(126, bad), with_ones(127, good)].concat().join("\n");
    let read =
        |format: Format, list: &str, options: &Options| told_with(format, Profile::Pdq, list.as_bytes(), options);
    let options = Options::new("L");
    for (bad, good) in [(7, 0), (4, 4), (16, 16), (16, 100), (0, 8)] {
        let summary = read(Format::Text, &list(bad, good), &options).unwrap().1;
        assert_eq!(summary.hashes(), (bad + good) as u64, "{bad} {good}");
    }
    for (bad, good, counts) in [(8, 0, "0 of 8"), (5, 4, "4 of 9"), (17, 100, "15 of 32"), (1000, 0, "0 of 32")] {
        let expected = format!(
            "the hashes seem to be SHA-256 digests: found {counts} with 127 to 129 ones, expected at least half, as PDQ hashes have; \
             state what they are with kind=sha256 or kind=pdq after the list's path"
        );
        let list = list(bad, good);
        let csv = format!("hash\n{list}\n");
        for (format, list) in [(Format::Text, &list), (Format::Csv, &csv)] {
            assert_eq!(read(format, list, &options).unwrap_err().to_string(), expected);
            let pdq = read(format, list, &options.clone().kind(Kind::Pdq)).unwrap().1;
            assert_eq!((pdq.hashes(), pdq.sha256()), ((bad + good) as u64, 0));
            let sha256 = read(format, list, &options.clone().kind(Kind::Sha256)).unwrap().1;
            assert_eq!((sha256.hashes(), sha256.sha256()), (0, (bad + good) as u64));
        }
    }
    // Where the list states the kind, nothing is guessed.
    let digests = with_ones(126, 40);
    let summary = read(Format::Csv, &format!("pdq\n{}\n", digests.join("\n")), &options).unwrap().1;
    assert_eq!(summary.hashes(), 40);
    let summary = read(Format::Text, &format!("pdq {}\n", digests.join("\npdq ")), &options).unwrap().1;
    assert_eq!(summary.hashes(), 40);
    let told = told_with(Format::Text, Profile::Phash256, digests.join("\n").as_bytes(), &options).unwrap().1;
    assert_eq!(told.hashes(), 40);
    // Digests of other lengths.
    let options = options.kind(Kind::Md5);
    assert_eq!(read(Format::Text, &A[..32], &options).unwrap().0, "1 L/1    - md5:f8\n");
}

#[test]
fn sums_of_files_are_read_without_their_names() {
    let sums = |list: &str, expected: &str| {
        assert_eq!(Format::sniff(list.as_bytes(), "-".as_ref()), Format::Sums, "{list}");
        let told = told_with(Format::Sums, Profile::Pdq, list.as_bytes(), &Options::new("L")).unwrap().0;
        assert_eq!(told, expected);
    };
    let (md5, sha1) = (&A[..32], &B[..40]);
    sums(
        &format!("{A}  a b.jpg\n{B} *b.jpg\n\\{A}  two\\nlines\n{md5}  c\n{sha1}  d\n{}  e\n{A} f\n", &A[1..]),
        "1 L/1    - sha256:f8\n2 L/2    - sha256:d8\n3 L/3    - sha256:f8\n4 L/4    - md5:f8\n5 L/5    - sha1:d8\n\
         6 the md5 has 63 characters or a wrong one, expected 32 hexadecimal digits or 24 of base64\n\
         7 text follows the hash, expected nothing, a comment, or ,QUALITY,ID\n",
    );
    sums(
        &format!("SHA256 (a) = (b).jpg) = {A}\nMD5 (x) = {md5}\nSHA1 (x) = {sha1}\n"),
        "1 L/1    - sha256:f8\n2 L/2    - md5:f8\n3 L/3    - sha1:d8\n",
    );
    sums(
        &format!(
            "%%%% HASHDEEP-1.0\n%%%% size,md5,sha256,filename\n## Invoked from: /\n##\n7,{md5},{A},/a,b.jpg\n8,{md5},{B},/caf\u{e9}\n"
        ),
        "5 L/5    - md5:f8 sha256:f8\n6 L/6    - md5:f8 sha256:d8\n",
    );
    for list in [format!("{A}\n"), format!("{A} # note\n"), format!("{A},100,x  y\n"), format!("{A}      # note\n")] {
        assert_eq!(Format::sniff(list.as_bytes(), "-".as_ref()), Format::Text, "{list}");
    }
}

#[test]
fn a_csv_is_read_by_its_usual_names() {
    let list = format!("Id,PDQ,Category,Owner,Country,Quality\n7,{A},A1,org,GB,100\n8,{B},,,,\n9,{A},A2,org,GB,10\n");
    csv(&list, "2 L/7 A1 org GB f8\n3 L/8    d8\n4 quality 10 is below 50\n");
    let options = Options::new("L").classification("?").owner("me").jurisdiction("NL").minimum_quality(0);
    csv_with(&list, &options, "2 L/7 A1 org GB f8\n3 L/8 ? me NL d8\n4 L/9 A2 org GB f8\n");
}

#[test]
fn a_csv_of_py_tx_is_read_without_its_harmless_entries() {
    let list = format!(
        "signal_type,signal_str,collab,category,tags\npdq,{A},c1,POSITIVE_CLASS,a b\nvideo_md5,0123,c1,POSITIVE_CLASS,\n\
         pdq,{B},c2,NEGATIVE_CLASS,\npdq,{B},c2,INVESTIGATION_SEED,\n"
    );
    csv(
        &list,
        "2 L/2 POSITIVE_CLASS c1  f8 positive\n\
         3 the md5 has 4 characters or a wrong one, expected 32 hexadecimal digits or 24 of base64\n\
         4 left out: the list says that this picture is not abuse\n5 L/5 INVESTIGATION_SEED c2  d8 seed\n",
    );
}

#[test]
fn csv_columns_are_mapped_by_name() {
    let list = format!("a;b c;d;e\n{A};one;x;other\n");
    let options = Options::new("L")
        .column(Column::Hash, "a")
        .column(Column::Id, "B-C")
        .column(Column::Classification, "d")
        .column(Column::List, "e");
    csv_with(&list, &options, "2 other/one x   f8\n");
    // The name as it stands goes before one that differs in case.
    let list = format!("HASH,hash\n{A},{B}\n");
    csv_with(&list, &Options::new("L").column(Column::Hash, "hash"), "2 L/2    d8\n");
}

#[test]
fn csv_delimiters_are_told_from_the_header_or_given() {
    for delimiter in [",", ";", "\t"] {
        csv(&format!("hash{delimiter}id\n{A}{delimiter}x\n"), "2 L/x    f8\n");
    }
    csv(&format!("hash\n{A}\n"), "2 L/2    f8\n");
    csv_with(&format!("hash|id\n{A}|x\n"), &Options::new("L").delimiter(b'|'), "2 L/x    f8\n");
}

#[test]
fn quoted_fields_hold_delimiters_quotes_and_line_ends() {
    let list = format!("\"id\",\"hash\"\n\"a, \"\"b\"\"\",\"{A}\"\n\"two\r\nlines\",{B}\nlast,{A}\n");
    csv(&list, "2 L/a, \"b\"    f8\n3 L/two\nlines    d8\n5 L/last    f8\n");
}

#[test]
fn one_latin_1_byte_in_a_note_does_not_cost_the_hash() {
    let list = [
        b"id,hash,owner,pr\xe9cis\na,",
        A.as_bytes(),
        b",x,caf\xe9\nb,",
        B.as_bytes(),
        b",J\xf6rg,\nc,",
        &A.as_bytes()[..63],
        b"\xe9,x,y\nd,",
        A.as_bytes(),
        b",x,y\n",
    ]
    .concat();
    let (told, summary) = told_with(Format::Csv, Profile::Pdq, &list, &Options::new("L")).unwrap();
    assert_eq!(
        told,
        "2 part: text beside the hash is not UTF-8, its bad bytes are read as U+FFFD\n2 L/a  x  f8\n\
         3 part: text beside the hash is not UTF-8, its bad bytes are read as U+FFFD\n3 L/b  J\u{fffd}rg  d8\n\
         4 the text is not UTF-8\n5 L/d  x  f8\n"
    );
    assert_eq!((summary.entries(), summary.partial(), summary.quarantined()), (3, 2, 1));
}

#[test]
fn exports_of_spreadsheets_are_unwrapped() {
    csv(&format!("sep=;\nid;hash\nx;{A}\n"), "3 L/x    f8\n");
    csv(&format!("sep=|\r\nid|hash\r\nx|{A}\r\n"), "3 L/x    f8\n");
    let list = format!("id,hash\n=\"1\",=\"{A}\"\n2,\"=\"\"{B}\"\"\"\n3,'{A}\n");
    csv(&list, "2 L/1    f8\n3 L/2    d8\n4 L/3    f8\n");
    assert_eq!(Format::sniff(b"sep=;\nid;hash\n", "-".as_ref()), Format::Csv);
    let list = format!("\"{A}\"\n'{B}'\n'{A}\n=\"{B}\"\n\"{A}\",100,x\n\"{A}\n");
    text(
        list.as_bytes(),
        "1 L/1    f8\n2 L/2    d8\n3 L/3    f8\n4 L/4    d8\n5 L/x    f8\n\
         6 character 1 of the hash is not a hexadecimal digit\n",
    );
}

#[test]
fn words_for_nothing_and_invisible_characters_are_no_values() {
    let list = format!(
        "id,hash,md5,quality,owner,country\nNULL,{A},N/A,-,none,n/a\n\u{feff}7,\u{a0}{B}\u{200b},NULL,100\u{202f},o\u{2060},-\n8,NULL,-,,,\n"
    );
    csv(&list, "2 L/2    f8\n3 L/7  o  d8\n4 there is no hash\n");
    let list = format!("\u{200b}{A}\u{a0}\n{B}\u{2060},-,x\n{B}\u{feff} # note\n");
    text(list.as_bytes(), "1 L/1    f8\n2 L/x    d8\n3 L/3    d8\n");
}

#[test]
fn a_column_named_twice_is_refused() {
    for (header, name) in [("hash,hash,quality", "hash"), ("note,hash,note", "note"), ("HASH,hash", "hash")] {
        let list = format!("# made by hand\n{header}\nx,{A},100\n");
        let error = told_with(Format::Csv, Profile::Pdq, list.as_bytes(), &Options::new("L")).unwrap_err();
        let expected = format!("line 2 names two columns \"{name}\", expected one; rename or remove one of them");
        assert_eq!(error.to_string(), expected);
    }
    csv(&format!(",hash,\nx,{A},y\n"), "2 L/2    f8\n");
}

#[test]
fn a_quote_that_is_never_closed_costs_its_line_and_no_more() {
    let many = format!("x,{A}\n").repeat(500);
    let list = format!("id,hash\n\"open,{A}\n{many}");
    let (told, summary) = told_with(Format::Csv, Profile::Pdq, list.as_bytes(), &Options::new("L")).unwrap();
    assert_eq!((summary.entries(), summary.quarantined(), summary.lines()), (500, 1, 502));
    assert!(told.starts_with("2 a quote is opened and not closed\n3 L/x"), "{}", &told[..100]);
    // The same at the end of the file.
    csv(
        &format!("id,hash\nx,{A}\n\"open,{A}\ny,{B}"),
        "2 L/x    f8\n3 a quote is opened and not closed\n4 L/y    d8\n",
    );
}

#[test]
fn short_and_long_records_are_read_as_far_as_they_go() {
    csv(&format!("id,hash,owner\nx\ny,{A}\nz,{B},o,more,columns\n"), "2 there is no hash\n3 L/y    f8\n4 L/z  o  d8\n");
    let wide = ["x"; 3000].join(",");
    csv(&format!("hash,id\n{A},{wide}\n{B},y\n"), "2 L/x    f8\n3 L/y    d8\n");
}

#[test]
fn a_header_without_the_columns_is_an_error_that_names_them() {
    let error = |list: &str, options: &Options| {
        told_with(Format::Csv, Profile::Pdq, list.as_bytes(), options).unwrap_err().to_string()
    };
    let options = Options::new("L");
    assert_eq!(
        error("# made by hand\nname, digest \nx,y\n", &options),
        "line 2 has no column that is known to hold the hash; found \"name\", \"digest\"; name the column with hash-column=NAME \
         after the list's path"
    );
    assert_eq!(
        error("hash,id\n", &options.clone().column(Column::Id, "case")),
        "line 1 has no column \"case\" for the id; found \"hash\", \"id\"; name the column with id-column=NAME after the list's path"
    );
    assert_eq!(error("", &options), "the list is empty, expected a line with the names of its columns");
    assert!(error("a,\"b\n1,2\n", &options).starts_with("line 1 is not a line of column names"));
}

#[test]
fn a_list_without_a_header_does_not_put_its_first_hash_into_the_error() {
    let list = format!("{A},x\n{B},y\n");
    let error = told_with(Format::Csv, Profile::Pdq, list.as_bytes(), &Options::new("L")).unwrap_err().to_string();
    assert!(!error.contains(&A[..8]), "{error}");
    assert!(error.contains("found (column 1, which is not a name), \"x\""), "{error}");
}

#[test]
fn the_sink_ends_the_reading() {
    let list = format!("{A}\n{A}\nbad\n{A}\n");
    let mut seen = 0;
    let summary = read::<32, _>(Format::Text, list.as_bytes(), &Options::new("L"), Profile::Pdq, &mut |record| {
        seen += 1;
        if let Record::Quarantined(_) = record { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    assert_eq!((seen, summary.entries(), summary.quarantined(), summary.lines()), (3, 2, 1, 3));
}

#[test]
fn a_profile_of_another_width_is_an_error() {
    let error =
        read::<8, _>(Format::Text, &b""[..], &Options::new("L"), Profile::Pdq, &mut |_| ControlFlow::Continue(()));
    assert_eq!(error.unwrap_err().to_string(), "a hash of pdq has 32 bytes, the caller reads 8");
}

#[test]
fn reasons_can_be_told_apart() {
    let mut reasons = Vec::new();
    read::<32, _>(Format::Text, &b"0123\n"[..], &Options::new("L"), Profile::Pdq, &mut |record| {
        if let Record::Quarantined(quarantined) = record {
            reasons.push(quarantined.reason);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(matches!(reasons[..], [Reason::Length { digits: 4, .. }]));
}

#[test]
fn arguments_name_format_path_and_keys() {
    let parse = |argument: &str| ListSpec::parse(argument.as_ref());
    let spec =
        parse("lists/known.csv,list=ncmec,id-column=case id,delimiter=semicolon,owner=a,,b,minimum-quality=0").unwrap();
    assert_eq!((spec.format, spec.path.to_str()), (None, Some("lists/known.csv")));
    let expected = Options::new("ncmec").owner("a,b").column(Column::Id, "case id").delimiter(b';').minimum_quality(0);
    assert_eq!(spec.options, expected);

    let spec = parse("text:known.csv,role=allow,classification=c,jurisdiction=GB").unwrap();
    assert_eq!((spec.format, spec.options.list()), (Some(Format::Text), "known"));
    assert_eq!(spec.options, Options::new("known").role(Role::Allow).classification("c").jurisdiction("GB"));
    for format in Format::ALL {
        assert_eq!(parse(&format!("{format}:x")).unwrap().format, Some(format));
    }
    assert_eq!(parse("vics:x,categories=1+2+3").unwrap().options, Options::new("x").categories(&[1, 2, 3]));
    assert_eq!(parse("-").unwrap().options.list(), "stdin");
    assert_eq!(parse("C:\\a\\list.csv").unwrap().path.to_str(), Some("C:\\a\\list.csv"));
    assert_eq!(parse("a=b.txt").unwrap().path.to_str(), Some("a=b.txt"));
    assert_eq!(parse("x.csv,delimiter=,,").unwrap().options, Options::new("x").delimiter(b','));
    let expected =
        [(Column::List, "set"), (Column::Kind, "type"), (Column::Md5, "m"), (Column::Sha1, "s"), (Column::Sha256, "t")];
    let expected = expected.iter().fold(Options::new("x"), |options, (column, name)| options.column(*column, name));
    let argument = "x.csv,list-column=set,kind-column=type,md5-column=m,sha1-column=s,sha256-column=t";
    assert_eq!(parse(argument).unwrap().options, expected);

    let error = |argument: &str| parse(argument).unwrap_err().to_string();
    assert!(error("").starts_with("the list has no path"));
    assert!(error("csv:").starts_with("the list has no path"));
    assert!(error("may,june.txt").starts_with("found \"june.txt\" after a comma"));
    let unknown = error("x.csv,hash=y");
    assert!(unknown.starts_with("unknown key \"hash\"") && unknown.contains("hash-column"), "{unknown}");
    assert!(error("text:x,classification-column=A1").contains("use classification= if one value holds"));
    assert!(error("csv:x,categories=1").contains("put vics: before"));
    assert!(error("x.csv,delimiter=ab").contains("comma, semicolon"));
    assert!(error("x.csv,minimum-quality=101").contains("0 to 100"));
    assert_eq!(parse("x,kind=sha256").unwrap().options, Options::new("x").kind(Kind::Sha256));
    assert_eq!(parse("x,kind=pdq").unwrap().options, Options::new("x").kind(Kind::Pdq));
    assert!(error("x,kind=sha512").contains("pdq, md5, sha1 or sha256"));
    assert!(error("x.csv,role=good").contains("abuse, allow or test"));
    assert!(error("x,categories=1,2").contains("after a comma") && error("x,categories=a").contains("as 1+2"));
    assert!(error("x.csv,list=").contains("list"));
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_unicode() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let spec = ListSpec::parse(OsStr::from_bytes(b"csv:\xff,,x.txt,list=l")).unwrap();
    assert_eq!((spec.format, spec.path.as_os_str().as_bytes()), (Some(Format::Csv), &b"\xff,x.txt"[..]));
    assert_eq!(spec.options.list(), "l");
}
