//! `lookalike match`: needles in, entries out.

use std::fs;

use crate::support::{demo, demo_file, demo_index, run, run_with};

/// The hash that the demo lists for a motif.
fn listed(motif: &str) -> String {
    let list = fs::read_to_string(demo().join("known.csv")).unwrap();
    let line = list.lines().find(|line| line.starts_with(motif)).unwrap();
    line.split(',').nth(1).unwrap().to_owned()
}

/// The hash with its first four bits turned over.
fn four_bits_off(hash: &str) -> String {
    let first = u32::from_str_radix(&hash[..1], 16).unwrap() ^ 0xf;
    format!("{first:x}{}", &hash[1..])
}

#[test]
fn rows_name_needle_distance_hash_list_and_entry() {
    let hash = listed("town");
    let needle = four_bits_off(&hash);
    let done = run(["match", "--index", &demo_index(), &needle]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert_eq!(done.out, format!("needle,distance,hash,list,entry\n{needle},4,{hash},known,town\n"));
    assert_eq!(run(["match", "--index", &demo_index(), "--radius", "3", &needle]).code, 0);
    assert_eq!(run(["match", "--index", &demo_index(), "--radius", "4", &needle.to_uppercase()]).code, 1);
}

#[test]
fn what_hash_prints_can_be_looked_up() {
    let hashes = run(["hash", &demo_file("media/altered")]);
    let done = run_with(["match", "--index", &demo_index(), "--format", "jsonl", "-"], hashes.out.as_bytes());
    assert_eq!(done.code, 1, "{}", done.err);
    let records = done.records();
    assert_eq!(records.len(), 21);
    let found = |name: &str| {
        let record = records.iter().find(|record| record["path"].as_str().is_some_and(|path| path.contains(name)));
        record.unwrap()["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!((&*found("hills-blurred"), &*found("hills-mirrored")), ("match", "no_match"));
}

#[test]
fn eight_lines_are_one_picture_with_dihedral() {
    let hashes = run(["hash", "--dihedral", &demo_file("media/altered")]);
    assert_eq!(hashes.out.lines().count(), 8 * 21);
    let done = run_with(["match", "--index", &demo_index(), "--dihedral", "-"], hashes.out.as_bytes());
    assert_eq!(done.code, 1, "{}", done.err);
    let lines: Vec<_> = done.out.lines().collect();
    assert_eq!(lines[0], "needle,distance,hash,list,entry,transform,path");
    assert_eq!(lines.len(), 1 + 21, "each picture once, by its nearest turn");
    let mirrored = lines.iter().find(|line| line.contains("town-mirrored")).unwrap();
    assert!(mirrored.contains(",known,town,flipy,"), "{mirrored}");
    let jsonl = run_with(["match", "--index", &demo_index(), "--dihedral", "--format", "jsonl"], hashes.out.as_bytes());
    assert_eq!(jsonl.records().len(), 21);
}

#[test]
fn half_a_picture_is_not_passed_off_as_checked() {
    let hashes = run(["hash", "--dihedral", &demo_file("media/unrelated/town-1.jpg")]);
    let whole = run_with(["match", "--index", &demo_index(), "--dihedral", "-"], hashes.out.as_bytes());
    assert_eq!(whole.code, 0, "{}", whole.err);
    let three: String = hashes.out.lines().take(3).map(|line| format!("{line}\n")).collect();
    let done = run_with(["match", "--index", &demo_index(), "--dihedral", "-"], three.as_bytes());
    assert_eq!(done.code, 3);
    assert!(done.err.contains("only 3 of the 8 turns"), "{}", done.err);
    let plain = run_with(["match", "--index", &demo_index(), "--dihedral", "-"], listed("town").as_bytes());
    assert_eq!(plain.code, 3, "{}", plain.err);
}

#[test]
fn bad_lines_are_named_and_never_skipped() {
    let input = format!("\u{feff}# a comment\n\n{}\nnonsense\n1234\n", "a5".repeat(32));
    let done = run_with(["match", "--index", &demo_index(), "-"], input.as_bytes());
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("line 4: no hash") && done.err.contains("line 5: no hash"), "{}", done.err);
    assert!(!done.err.contains("nonsense") && done.err.contains("2 bad"), "{}", done.err);
    let jsonl = run_with(["match", "--index", &demo_index(), "--format", "jsonl"], input.as_bytes());
    let outcomes: Vec<_> =
        jsonl.records().iter().map(|record| (record["line"].clone(), record["outcome"].clone())).collect();
    assert_eq!(outcomes, [(3.into(), "no_match".into()), (4.into(), "corrupt".into()), (5.into(), "corrupt".into())]);
    // A bad line does not hide a match.
    let input = format!("nonsense\n{}\n", listed("town"));
    assert_eq!(run_with(["match", "--index", &demo_index(), "-"], input.as_bytes()).code, 1);
}

#[test]
fn a_line_without_end_is_one_bad_line() {
    let mut input = vec![b'f'; 300_000];
    input.extend(format!("\n{}\n", listed("town")).bytes());
    let done = run_with(["match", "--index", &demo_index(), "-"], &input);
    assert_eq!((done.code, done.err.matches("no hash").count()), (1, 1), "{}", done.err);
}

#[test]
fn low_quality_is_not_looked_up() {
    let line = format!("{},12,blank.png\n", listed("town"));
    let done = run_with(["match", "--index", &demo_index(), "-"], line.as_bytes());
    assert_eq!((done.code, done.out.lines().count()), (3, 1));
    assert!(done.err.contains("line 1: quality 12 is below 50"), "{}", done.err);
    assert_eq!(run_with(["match", "--index", &demo_index(), "--min-quality", "10", "-"], line.as_bytes()).code, 1);
}

#[test]
fn nothing_to_look_up_is_not_clean() {
    assert_eq!(run_with(["match", "--index", &demo_index(), "-"], b"").code, 3);
    assert_eq!(run_with(["match", "--index", &demo_index(), "-"], "a5".repeat(32).as_bytes()).code, 0);
    assert_eq!(run(["match", "--index", &demo_file("no-such"), &"a5".repeat(32)]).code, 2);
}

/// Hashes as long as PDQ's, from a fixed sequence.
fn hashes(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb)
    };
    (0..count).map(|_| (0..4).map(|_| format!("{:016x}", next())).collect()).collect()
}

#[test]
fn many_needles_are_answered_in_their_order_and_alike_by_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let (list, listed) = (folder.path().join("list.txt"), hashes(1, 60_000));
    fs::write(&list, listed.join("\n")).unwrap();
    let mut needles = hashes(2, 9000);
    for number in (0..9000).step_by(9) {
        needles[number] = four_bits_off(&listed[number * 6]);
    }
    let input = needles.join("\n");
    let mut answers = Vec::new();
    for kind in ["linear", "bk-tree", "mih", "auto"] {
        let index = folder.path().join(kind);
        let (index, list) = (index.to_str().unwrap(), list.to_str().unwrap());
        let built = run(["index", "build", "--kind", kind, "--output", index, &format!("{list},kind=pdq")]);
        assert_eq!(built.code, 0, "{}", built.err);
        let done = run_with(["match", "--index", index, "-"], input.as_bytes());
        assert_eq!(done.code, 1, "{}", done.err);
        answers.push(done.out);
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "every kind gives the same answer");
    let rows: Vec<_> = answers[0].lines().skip(1).collect();
    assert_eq!(rows.len(), 1000);
    for (row, number) in rows.iter().zip((0..).step_by(9)) {
        assert!(row.starts_with(&format!("{},4,{},list,", needles[number], listed[number * 6])), "{row}");
    }
    let inspected = run(["index", "inspect", folder.path().join("auto").to_str().unwrap()]);
    let kind = "kind         mih, 16 chunks of 16 bits, prefixes of 12 bits, 1 line a bucket, overflow of ";
    assert!(inspected.out.contains(kind), "{}", inspected.out);
    let planned = "planned      mih: at radius 31 a look-up in 60000 hashes reads 208 buckets, at about 1/";
    assert!(inspected.out.contains(planned), "{}", inspected.out);
    let wide = run(["index", "inspect", "--radius", "200", folder.path().join("auto").to_str().unwrap()]);
    assert!(wide.out.contains("planned      linear: at radius 200"), "{}", wide.out);
    let wider = run(["index", "inspect", "--radius", "257", folder.path().join("auto").to_str().unwrap()]);
    assert_eq!(wider.code, 2);
    assert!(wider.err.contains("--radius 257 is more than the 256 bits"), "{}", wider.err);
}

#[test]
fn a_needle_is_answered_before_the_next_is_asked_for() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let index = demo_index();
    let args = ["match", "--index", &index, "--format", "jsonl", "-"];
    let mut child = crate::support::command(args).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for (needle, outcome) in [(listed("town"), "\"match\""), ("0f".repeat(32), "\"no_match\"")] {
        writeln!(input, "{needle}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains(outcome), "{line}");
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
