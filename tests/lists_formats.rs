//! Every published format, from files written after its description: each with entries in the encodings found in the wild, deletions or
//! withdrawals, and bad records. What comes out is compared record by record.

#![cfg(feature = "lists")]
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

use core::ops::ControlFlow;
use lookalike::entry::Role;
use lookalike::hash::Profile;
use lookalike::lists::{Format, ListError, Options, Record, Summary, read};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// 2026-01-01.
const NOW: i64 = 1_767_225_600_000;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lists").join(name)
}

/// Reads bytes, and tells one line a record:
///
/// ```text
/// LINE + LIST/ID CLASS|OWNER|JURISDICTION|OPINION|ROLE HASH[..2] DIGEST[..2] ... key=KEY @SECONDS     an entry
/// LINE - KEY @SECONDS                                                                                 a withdrawal
/// LINE ~ KEY @SECONDS WHY                                                                             left out
/// LINE ! REASON        LINE ? REASON                                                                  quarantined, a part of an entry
/// ```
fn told_bytes(format: Format, bytes: &[u8], options: &Options) -> Result<(String, Summary), ListError> {
    let mut told = String::new();
    let at = |updated: Option<i64>| updated.map(|at| format!(" @{}", at as f64 / 1000.0)).unwrap_or_default();
    let short = |text: String| text[..2].to_owned();
    let summary = read::<32, _>(format, bytes, options, Profile::Pdq, &mut |record| {
        match record {
            Record::Entry(it) => {
                write!(told, "{} + {}/{} ", it.line, it.source.list, it.source.id).unwrap();
                write!(told, "{}|{}|{}|", it.source.classification, it.source.owner, it.source.jurisdiction).unwrap();
                write!(told, "{}|{}", it.source.opinion, it.source.role).unwrap();
                it.hash.iter().for_each(|hash| write!(told, " pdq:{}", short(hash.to_string())).unwrap());
                for digest in it.digests {
                    write!(told, " {}:{}", digest.kind(), short(digest.to_string())).unwrap();
                }
                it.photodna.iter().for_each(|_| told.push_str(" photodna"));
                it.key.iter().for_each(|key| write!(told, " key={key}").unwrap());
                writeln!(told, "{}", at(it.updated)).unwrap();
            }
            Record::Withdrawal { key, updated, line, .. } => {
                writeln!(told, "{line} - {key}{}", at(updated)).unwrap();
            }
            Record::LeftOut { key, updated, why, line, .. } => {
                writeln!(told, "{line} ~ {}{} {why}", key.unwrap_or("?"), at(updated)).unwrap();
            }
            Record::Quarantined(it) => {
                writeln!(told, "{} {} {}", it.line, if it.partial { '?' } else { '!' }, it.reason).unwrap();
            }
            other => panic!("{other:?}"),
        }
        ControlFlow::Continue(())
    })?;
    assert_eq!(
        summary.records(),
        summary.entries() + summary.withdrawals() + summary.quarantined() + summary.left_out(),
        "{summary:?}"
    );
    Ok((told, summary))
}

/// Reads a file, of which the format must be told by its content and by its name alike.
fn told(format: Format, name: &str, options: &Options) -> Result<(String, Summary), ListError> {
    let bytes = fs::read(path(name)).unwrap();
    for name in [name, "-"] {
        assert_eq!(Format::detect(&bytes[..], name.as_ref()).unwrap().0, format, "{name}");
    }
    told_bytes(format, &bytes, options)
}

/// Two digits for 32 and more at the end of a word: whole keys would make the expectations unreadable.
fn cut(word: &str) -> String {
    let digits = word.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
    if digits >= 32 { format!("{}..", &word[..word.len() - digits + 2]) } else { word.to_owned() }
}

#[track_caller]
fn holds(format: Format, name: &str, expected: &str) -> Summary {
    let (told, summary) = told(format, name, &Options::new("L").now(NOW)).unwrap();
    let short: String =
        told.lines().map(|line| line.split(' ').map(cut).collect::<Vec<_>>().join(" ") + "\n").collect();
    let expected: String = expected.lines().map(|line| format!("{}\n", line.trim_start())).collect();
    assert!(short == expected, "found:\n{short}\nexpected:\n{expected}");
    summary
}

#[test]
fn ncmec_xml_is_read_record_by_record() {
    let summary = holds(
        Format::Ncmec,
        "ncmec.xml",
        "5 + L/42/1 A1|Example & Member||positive|abuse pdq:0f md5:a1 sha1:a2 photodna key=42/1 @1508857200
        16 ? the md5 is that of an empty file
        16 + L/42/2 A2|Example & Member||disputed|abuse pdq:3c key=42/2 @1508857260
        24 ! the md5 has 31 characters or a wrong one, expected 32 hexadecimal digits or 24 of base64
        29 ! the record is not well-formed XML
        34 ! the record is not well-formed XML
        37 + L/42/1 A1|Example & Member||unstated|abuse md5:a1 key=42/1 @1508857560
        44 - 42/2 @1508857620
        51 + L/43/1 |Other||unstated|abuse md5:b1 sha1:b2 key=43/1 @1508857680
        52 ~ 43/2 the record is of another kind: tmk-pdqf
        53 ! the record has no id
        54 - 43/9",
    );
    assert_eq!((summary.lines(), summary.records(), summary.partial(), summary.photodna()), (57, 11, 1, 1));
    assert_eq!((summary.hashes(), summary.md5(), summary.sha1(), summary.sha256()), (2, 3, 2, 0));
}

#[test]
fn stopncii_honours_every_withdrawal() {
    let summary = holds(
        Format::Stopncii,
        "stopncii.json",
        "3 + L/c-1 Objectionable nude|||positive|abuse pdq:0f key=imagepdq/0f.. @1650000001
        5 + L/c-3 |||seed|abuse pdq:3c key=imagepdq/3c.. @1650000002
        6 + L/3 |||disputed|abuse md5:a1 key=videomd5/a1.. @1650000003
        7 - imagepdq/0f.. @1650000004
        8 - imagepdq/5a.. @1650000005
        9 ! the hash has 32 digits, pdq has 64
        10 + L/c-7 |||seed|abuse md5:a2 key=videomd5/oqkioqkioqkioqkioqkiog== @1650000007
        11 ~ videotmk/https://example.org/tmk @1650000008 the record is of another kind: VideoTMK
        12 ! the record has no hashValue",
    );
    assert_eq!((summary.lines(), summary.records(), summary.withdrawals(), summary.other_kinds()), (13, 9, 2, 1));
}

#[test]
fn tat_json_is_read_with_its_deletions() {
    holds(
        Format::Tat,
        "tat.json",
        "2 + L/11 far-right|||unstated|abuse pdq:0f key=11 @1700000000.25
        3 + L/12 islamist|||unstated|abuse md5:a1 key=12 @1700000001
        4 + L/13 all|||unstated|abuse pdq:3c key=13 @1700000002
        5 - 13 @1700000003
        6 ! the md5 is that of an empty file
        7 ~ 15 @1700000005 the record is of another kind: SHA512
        8 ! a field of the record has another type than the format gives it",
    );
}

#[test]
fn threatexchange_weighs_descriptors_and_drops_what_has_none() {
    holds(
        Format::Threatexchange,
        "threatexchange.json",
        "2 + L/1 csam ncii|900||positive|abuse pdq:0f key=1 @1600000000
        4 + L/2 media_type_video|901||seed|abuse md5:a1 key=2 @1600000001
        6 + L/3 |900||disputed|abuse pdq:3c key=3 @1600000002
        8 ~ 4 @1600000003 the list says that this picture is not abuse
        10 - 1 @1600000004
        11 - 5 @1600000005
        12 ~ 6 @1600000006 the record is of another kind: URI
        13 ! character 64 of the hash is not a hexadecimal digit
        14 + L/8 |900||positive|abuse sha256:a2 key=8 @1600000008",
    );
}

#[test]
fn threatexchange_keeps_what_only_some_call_harmless() {
    let hash = "0f".repeat(32);
    let list = format!(
        r#"{{"data": [{{"id": "1", "indicator": "{hash}", "type": "HASH_PDQ", "last_updated": 1600000000, "descriptors": {{"data": [
            {{"owner": {{"id": "900"}}, "status": "NON_MALICIOUS"}}, {{"owner": {{"id": "901"}}, "status": "MALICIOUS"}}]}}}}]}}"#
    );
    let (told, _) = told_bytes(Format::Threatexchange, list.as_bytes(), &Options::new("L")).unwrap();
    assert_eq!(told, "1 + L/1 |900 901||disputed|abuse pdq:0f key=1 @1600000000\n");
}

#[test]
fn signal_files_of_py_tx_are_read() {
    holds(
        Format::Pytx,
        "pytx.txt",
        "1 + L/1 |||unstated|abuse pdq:0f
        2 + L/2 |||unstated|abuse md5:a1
        3 ~ ? the record is of another kind: vpdq
        4 ~ ? the record is of another kind: raw_text
        5 ~ ? the record is of another kind: url
        6 ~ ? the record is of another kind: url_md5
        7 + L/7 |||unstated|abuse pdq:3c
        8 ! the md5 is that of an empty file
        9 ! the hash has 63 digits, pdq has 64
        10 + L/10 |||unstated|abuse sha256:a3",
    );
}

#[test]
fn datasets_of_py_tx_are_read_with_opinions() {
    holds(
        Format::Pytx,
        "pytx.csv",
        "2 + L/2 csam nude|Sample||positive|abuse pdq:0f
        3 + L/3 |Sample||seed|abuse pdq:3c
        4 ~ ? the list says that this picture is not abuse
        5 + L/5 |Sample||disputed|abuse md5:a1
        6 ~ ? the record is of another kind: vpdq
        7 ! 0 bits of the hash are set, an ordinary picture has 64 to 192",
    );
}

#[test]
fn contents_of_hma_are_on_off_or_off_until_a_time() {
    holds(
        Format::Hma,
        "hma.json",
        "2 + BANK_A/1 |sample||unstated|abuse pdq:0f md5:a1 key=1
        3 ~ 2 the record is switched off
        4 ~ 3 the record is switched off until 2030-01-01T00:00:00Z
        5 + BANK_B/4 |||unstated|abuse pdq:3c key=4
        6 ~ 5 the record is of another kind: vpdq
        7 ~ 6 the record is switched off
        8 ! the value of disable_until_ts is not usable, expected 0 (off), 1 (on) or a time in seconds since 1970
        9 ? 256 bits of the hash are set, an ordinary picture has 64 to 192
        9 + BANK_B/8 |||unstated|abuse md5:a8 key=8
        10 ~ 1 the record is switched off",
    );
    // Later, it is on again.
    let (later, _) = told(Format::Hma, "hma.json", &Options::new("L").now(1_893_456_000_000)).unwrap();
    assert!(later.contains("4 + BANK_A/3"), "{later}");
}

#[test]
fn vics_1_takes_the_categories_of_the_united_states() {
    let summary = holds(
        Format::Vics,
        "vics_1.json",
        "4 + L/1 1|||unstated|abuse md5:a1 sha1:a2 photodna key=a1.. @1433937600
        5 + L/2 2|||seed|abuse md5:b1 key=b1.. @1433937600
        6 ~ c1.. the record is in another class: 0 uncategorised
        7 ~ d1.. the record is in another class: 3 CGI or animation
        8 ~ b1.. @1434024000 the record is in another class: 5 non-pertinent
        9 ? the md5 is that of an empty file
        9 + L/6 1|||unstated|abuse sha1:a6 key=d4..
        10 ! the record has no MD5
        11 ! the record is not well-formed JSON
        12 ! the value of Category is not usable, expected a whole number
        13 ! the record is not well-formed JSON
        14 ~ ab.. the record is in another class: without a category
        15 + L/12 2|||unstated|abuse md5:ac sha1:ad photodna key=ac..",
    );
    assert_eq!((summary.lines(), summary.records(), summary.photodna(), summary.other_classes()), (17, 12, 2, 4));

    let (more, _) = told(Format::Vics, "vics_1.json", &Options::new("L").categories(&[1, 2, 3])).unwrap();
    assert!(more.contains("7 + L/4 3"), "{more}");
}

#[test]
fn vics_2_has_media_within_cases_and_a_country() {
    holds(
        Format::Vics,
        "vics_2_cases.json",
        "1 + L/1 1||US|unstated|abuse md5:a1 photodna key=a1..
        1 + L/2 2||US|unstated|abuse md5:a2 sha1:a3 key=a2..
        2 ~ a4.. the record is in another class: 4 comparison
        2 ? the PhotoDNA value is not one, expected 192 characters of base64 or 288 hexadecimal digits
        2 + L/4 1||US|unstated|abuse md5:a5 key=a5..",
    );
}

#[test]
fn categories_of_a_country_that_is_not_known_must_be_said() {
    let error = told(Format::Vics, "vics_uk.json", &Options::new("L")).unwrap_err().to_string();
    assert!(error.contains("\"UK\"") && error.contains("categories=1+2"), "{error}");
    let (told, _) = told(Format::Vics, "vics_uk.json", &Options::new("L").categories(&[1])).unwrap();
    assert!(told.contains("+ L/1 ") && told.contains("another class: 5 (no name is known)"), "{told}");
}

#[test]
fn known_good_media_are_an_allow_list_and_abuse_is_never_one() {
    let allow = Options::new("L").role(Role::Allow);
    let (good, _) = told(Format::Vics, "vics_good.json", &allow).unwrap();
    let words: Vec<&str> = good.lines().map(|line| &line[..9]).collect();
    assert_eq!(words, ["2 + L/1 |", "3 + L/2 5", "4 ~ a4a4a", "5 ! the m"], "{good}");
    assert_eq!(good.matches("|allow ").count(), 2, "{good}");

    // As a list of abuse, nothing of it is taken.
    let (_, summary) = told(Format::Vics, "vics_good.json", &Options::new("L")).unwrap();
    assert_eq!((summary.entries(), summary.other_classes()), (0, 4));

    for (name, line) in [("vics_1.json", "on line 4"), ("vics_2_cases.json", "on line 1")] {
        let error = told(Format::Vics, name, &allow).unwrap_err().to_string();
        assert!(error.contains("role=allow") && error.contains(line), "{error}");
    }
    let error = told(Format::Vics, "vics_good.json", &allow.clone().categories(&[1])).unwrap_err().to_string();
    assert!(error.contains("cannot be taken as harmless"), "{error}");
}

#[test]
fn icse_csv_is_read() {
    holds(
        Format::Icse,
        "icse.csv",
        "2 + L/1001 baseline|||unstated|abuse md5:a1 sha1:a2 photodna
        3 + L/1002 non-baseline|||unstated|abuse md5:a3 sha1:a4
        4 ! the md5 is that of an empty file
        5 ? the sha1 has 38 characters or a wrong one, expected 40 hexadecimal digits or 28 of base64 or 32 of base32
        5 + L/1004 baseline|||unstated|abuse md5:a5
        6 ~ ? the record is of another kind: photodna",
    );
}

#[test]
fn nsrl_is_an_allow_list_and_nothing_else() {
    holds(
        Format::Nsrl,
        "nsrl.txt",
        "2 + L/1 |||unstated|allow md5:a2 sha1:a1
        3 ~ ? the record is in another class: malicious
        4 ? the md5 is that of an empty file
        4 + L/2 |||unstated|allow sha1:a5
        5 ! the md5 is that of an empty file",
    );
    let error = |format, role: Option<Role>| {
        let bytes = fs::read(path("nsrl.txt")).unwrap();
        let options = role.map_or(Options::new("L"), |role| Options::new("L").role(role));
        told_bytes(format, &bytes, &options).unwrap_err().to_string()
    };
    for role in [Role::Abuse, Role::Test] {
        assert!(error(Format::Nsrl, Some(role)).contains("use role=allow, or leave role away"));
        assert!(error(Format::Csv, Some(role)).contains("put nsrl: before its path"));
    }
    assert!(error(Format::Csv, None).contains("columns of NSRL"));
}

#[test]
fn jsonl_says_everything() {
    holds(
        Format::Jsonl,
        "list.jsonl",
        "1 + L/a A1|o|NL|positive|abuse pdq:0f md5:a1 sha1:a2 sha256:a3 photodna key=k1 @1704164645
        3 + other/b |||unstated|test md5:a4 key=k2 @1700000000
        4 ~ ? the record is of another kind: phash
        5 - k1 @1706843045
        6 ! the record has no key
        7 ! quality 49 is below 50
        8 ~ k3 the list says that this picture is not abuse
        9 ! the value of opinion is not usable, expected unstated, positive, seed, disputed or a category of python-threatexchange
        10 ! the record is not well-formed JSON
        11 ! there is no record where one should be
        12 ! the record was quarantined when the list was converted
        13 ! there is no hash",
    );
    let error = told(Format::Jsonl, "list.jsonl", &Options::new("L").role(Role::Abuse)).unwrap_err().to_string();
    assert!(error.contains("role=abuse: on line 3"), "{error}");
}

#[test]
fn csv_and_text_hold_digests_beside_hashes() {
    holds(
        Format::Csv,
        "list.csv",
        "3 + L/3 A1||GB|unstated|abuse pdq:0f md5:a1
        4 + L/4 A2||GB|unstated|abuse md5:a2 sha1:a3 sha256:a4
        5 ? the md5 is that of an empty file
        5 + L/5 A1||GB|unstated|abuse pdq:3c
        6 ! there is no hash
        7 ! the sha1 has 41 characters or a wrong one, expected 40 hexadecimal digits or 28 of base64 or 32 of base32",
    );
    holds(
        Format::Text,
        "list.txt",
        "2 + L/2 |||unstated|abuse md5:a1
        3 + L/3 |||unstated|abuse sha1:a2
        4 + L/4 |||unstated|abuse sha256:a3
        5 + L/5 |||unstated|abuse md5:a4
        6 + L/6 |||unstated|abuse pdq:0f
        7 + L/x.jpg |||unstated|abuse pdq:3c
        8 ~ ? the record is of another kind: photodna
        9 ~ ? the record is of another kind: clip
        10 ! the md5 is that of an empty file",
    );
}

#[test]
fn a_list_that_ends_in_the_middle_is_an_error_that_says_where() {
    for (format, name) in [
        (Format::Vics, "vics_1.json"),
        (Format::Vics, "vics_2_cases.json"),
        (Format::Stopncii, "stopncii.json"),
        (Format::Ncmec, "ncmec.xml"),
        (Format::Hma, "hma.json"),
    ] {
        let bytes = fs::read(path(name)).unwrap();
        let whole = bytes.trim_ascii_end().len();
        for end in (20..whole).step_by(7).chain([whole - 1]) {
            let error = match told_bytes(format, &bytes[..end], &Options::new("L")) {
                Err(error) => error.to_string(),
                // Brackets of a damaged record can look like the end of the list; then at least it is the last that is read.
                Ok((told, _)) => {
                    let last = told.lines().last().unwrap_or_default();
                    assert!(last.ends_with("not well-formed JSON"), "{name} of {end} bytes was read as whole: {told}");
                    continue;
                }
            };
            // Before the document's first tag ends, nothing tells which it is.
            if format == Format::Ncmec && end < 120 && error.contains("no list of format") {
                continue;
            }
            assert!(error.contains("it is not complete") && error.contains("ends on line"), "{end}: {error}");
        }
    }
}

#[test]
fn what_is_of_another_format_is_refused() {
    for (format, bytes) in [
        (Format::Ncmec, "<html><body>503 Service Unavailable</body></html>"),
        (Format::Ncmec, "just text"),
        (Format::Stopncii, "  \n"),
        (Format::Vics, ""),
    ] {
        let error = told_bytes(format, bytes.as_bytes(), &Options::new("L")).unwrap_err().to_string();
        assert!(error.contains(&format!("no list of format {format} was found")), "{error}");
    }
    let error = told_bytes(Format::Tat, b"[]", &Options::new("L").delimiter(b';')).unwrap_err().to_string();
    assert!(error.contains("put csv: before"), "{error}");
    let error = told_bytes(Format::Tat, b"[]", &Options::new("L").categories(&[1])).unwrap_err().to_string();
    assert!(error.contains("put vics: before"), "{error}");
}

#[test]
fn pages_arrays_and_lines_of_records_are_read_alike() {
    let bytes = fs::read_to_string(path("tat.json")).unwrap();
    let (page, summary) = told_bytes(Format::Tat, bytes.as_bytes(), &Options::new("L")).unwrap();
    let (_, pages) = told_bytes(Format::Tat, bytes.repeat(3).as_bytes(), &Options::new("L")).unwrap();
    assert_eq!((pages.records(), pages.entries()), (3 * summary.records(), 3 * summary.entries()));

    let records = &bytes[bytes.find('[').unwrap()..bytes.rfind(']').unwrap() + 1];
    let lines: String = records
        .lines()
        .filter(|line| line.starts_with("  {"))
        .map(|l| l.trim_end_matches(',').to_owned() + "\n")
        .collect();
    let without_lines =
        |told: &str| -> String { told.lines().map(|line| line.split_once(' ').unwrap().1.to_owned() + "\n").collect() };
    for form in [records, &lines] {
        let (told, _) = told_bytes(Format::Tat, form.as_bytes(), &Options::new("L")).unwrap();
        assert_eq!(without_lines(&told), without_lines(&page));
    }
}

#[test]
fn damage_in_one_line_costs_one_record() {
    let medium = |n: u32, rest: &str| {
        format!(
            r#"{{"MediaID":{n},"Category":1,"MD5":"{n:032x}"{rest},"MediaFiles":[{{"MD5":"{n:032x}","FileName":"a"}}]}}"#
        )
    };
    for damage in [
        r#","Comments":"no end"#,
        r#","Comments":no start""#,
        r#","Comments":{"open":1"#,
        r#","Comments":[1,2}"#,
        "}",
        r#","Comments":"a line\nend""#,
        ",,",
        "\u{1}",
    ] {
        let damage = damage.replace("\\n", "\n");
        let media: Vec<String> =
            (1..=40).map(|n| medium(n, if n % 10 == 5 { &damage } else { r#","Comments":"{[\\\"""# })).collect();
        let list = format!(r#"{{"odata.metadata":"x.xml#Media","value":[{}]}}"#, media.join(","));
        let (told, summary) = told_bytes(Format::Vics, list.as_bytes(), &Options::new("L")).unwrap();
        assert!(
            summary.entries() >= 36 && summary.entries() + summary.quarantined() >= 40,
            "{damage}: {summary:?}\n{told}"
        );
        assert!(summary.quarantined() >= 4 && told.contains("+ L/40 "), "{damage}: {told}");
    }
}
