//! `lookalike index diff`: what one index has and another has not.

use std::collections::BTreeSet;
use std::path::Path;

use lookalike::entry::{Digest, DigestKind, Opinion, Role};
use lookalike::hash::{Bits256, Profile};
use lookalike::index::{Builder, IndexKind, Source};
use serde_json::{Value, json};

use crate::support::{demo_index, run};

/// An entry by small numbers: they make its hash, its digests and its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listed {
    hash: Option<u8>,
    list: &'static str,
    classification: &'static str,
    id: usize,
    digests: &'static [u8],
}

const HASHED: Listed = Listed { hash: Some(1), list: "ncmec", classification: "A1", id: 1, digests: &[] };

fn hash(number: u8) -> Bits256 {
    Bits256::from_bytes([number; 32])
}

fn digest(number: u8) -> Digest {
    let kind = DigestKind::ALL[usize::from(number) % 3];
    Digest::from_bytes(kind, &vec![number; kind.bytes()]).unwrap()
}

fn write(path: &Path, kind: IndexKind, role: Role, entries: &[Listed]) {
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap().kind(Some(kind));
    for entry in entries {
        let digests: Vec<_> = entry.digests.iter().map(|&number| digest(number)).collect();
        let id = entry.id.to_string();
        let Listed { list, classification, .. } = *entry;
        let source = Source { list, id: &id, classification, role, opinion: Opinion::Seed, ..Source::default() };
        builder.add_entry(entry.hash.map(hash), &digests, source).unwrap();
    }
    builder.write_to(path).unwrap();
}

/// Two indexes in a directory, and the arguments that compare them.
fn two(before: (IndexKind, &[Listed]), after: (IndexKind, &[Listed])) -> (tempfile::TempDir, [String; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let paths = ["before.idx", "after.idx"].map(|name| directory.path().join(name));
    for (path, (kind, entries)) in paths.iter().zip([before, after]) {
        write(path, kind, Role::Abuse, entries);
    }
    (directory, paths.map(|path| path.to_str().unwrap().to_owned()))
}

#[test]
fn counts_are_by_list_and_classification() {
    let before = [
        HASHED,
        Listed { id: 2, ..HASHED },
        Listed { list: "stopncii", classification: "", ..HASHED },
        Listed { hash: None, id: 3, digests: &[3], ..HASHED },
    ];
    let after = [
        HASHED,
        Listed { id: 2, classification: "B2", ..HASHED },
        Listed { list: "stopncii", classification: "", digests: &[7], ..HASHED },
        Listed { hash: Some(2), id: 3, digests: &[3], ..HASHED },
        Listed { hash: None, id: 4, digests: &[4, 5], ..HASHED },
    ];
    let (_directory, [a, b]) = two((IndexKind::Linear, &before), (IndexKind::BkTree, &after));
    let done = run(["index", "diff", &a, &b]);
    let expected = [
        "       added      removed      changed  list, classification",
        "           2            2            0  ncmec, A1",
        "           1            0            0  ncmec, B2",
        "           0            0            1  stopncii",
        "           3            2            1  in all",
        "1 entry in both",
        "",
    ];
    let (counts, digests) = done.out.split_at(done.out.find("the entry digest was").unwrap());
    assert_eq!((done.code, counts, done.err.as_str()), (1, &*expected.join("\n"), ""));
    assert_eq!(digests.lines().count(), 2);
    // the other way round
    let done = run(["index", "diff", &b, &a]);
    assert!(done.out.contains("           2            3            1  in all"), "{}", done.out);
    // of itself
    let done = run(["index", "diff", &a, &a]);
    assert!(done.code == 0 && done.out.starts_with("no difference: 4 entries in both\nthe entry digests are equal: "));
    for format in ["csv", "jsonl"] {
        let done = run(["index", "diff", "--format", format, &b, &b]);
        let none = "no difference: 5 entries in both\nthe entry digests are equal: ";
        assert!(done.code == 0 && done.err.starts_with(none), "{format}: {}", done.err);
        assert_eq!(done.out.lines().count(), usize::from(format == "csv"), "{}", done.out);
    }
}

#[test]
fn every_entry_is_told_in_full() {
    let before = [Listed { digests: &[3, 1], ..HASHED }, Listed { id: 2, list: "=1+1", ..HASHED }];
    let after = [Listed { digests: &[1, 2], ..HASHED }, Listed { hash: None, id: 9, digests: &[5], ..HASHED }];
    let (_directory, [a, b]) = two((IndexKind::Mih, &before), (IndexKind::Linear, &after));
    let done = run(["index", "diff", "--format", "jsonl", &a, &b]);
    assert_eq!(done.code, 1, "{}", done.err);
    let line = |change: &str, list: &str, entry: &str, hash: Value, added: Value, removed: Value| {
        json!({
            "change": change, "list": list, "entry": entry, "classification": "A1", "owner": "", "jurisdiction": "",
            "opinion": "seed", "role": "abuse", "hash": hash, "digests_added": added, "digests_removed": removed,
        })
    };
    let first = json!(hash(1).to_string());
    let named = |number: u8| format!("{}:{}", digest(number).kind(), digest(number));
    let expected = [
        line("removed", "=1+1", "2", first.clone(), json!([]), json!([])),
        line("changed", "ncmec", "1", first, json!([named(2)]), json!([named(3)])),
        line("added", "ncmec", "9", Value::Null, json!([named(5)]), json!([])),
    ];
    assert_eq!(done.records(), expected);
    assert!(done.err.contains("           1            1            1  in all"), "{}", done.err);

    let done = run(["index", "diff", "--format", "csv", &a, &b]);
    let rows: Vec<_> = done.out.lines().collect();
    let head = "change,list,entry,classification,owner,jurisdiction,opinion,role,hash,digests_added,digests_removed";
    assert_eq!((done.code, rows.len(), rows[0]), (1, 4, head));
    assert_eq!(rows[1], format!("removed,'=1+1,2,A1,,,seed,abuse,{},,", hash(1)));
    assert_eq!(rows[2], format!("changed,ncmec,1,A1,,,seed,abuse,{},{},{}", hash(1), named(2), named(3)));
    assert_eq!(rows[3], format!("added,ncmec,9,A1,,,seed,abuse,,{},", named(5)));
}

#[test]
fn the_difference_is_that_of_the_sets() {
    let entry = |number: usize| Listed {
        hash: (!number.is_multiple_of(4)).then(|| u8::try_from(number % 250).unwrap()),
        list: ["a", "b", "c"][number % 3],
        classification: ["", "x"][number % 2],
        id: number,
        digests: if number.is_multiple_of(4) { &[1, 2] } else { &[] },
    };
    // two thousand entries each, of which a part is in both
    let before: Vec<_> = (0..3000).filter(|number| number % 7 != 1 && number % 3 != 2).map(entry).collect();
    let after: Vec<_> = (0..3000).filter(|number| number % 5 != 3).map(entry).collect();
    let [old, new] = [&before, &after].map(|entries| entries.iter().map(|entry| entry.id).collect::<BTreeSet<_>>());
    for kinds in [(IndexKind::Mih, IndexKind::BkTree), (IndexKind::BkTree, IndexKind::Linear)] {
        let (_directory, [a, b]) = two((kinds.0, &before), (kinds.1, &after));
        let records = run(["index", "diff", "--format", "jsonl", &a, &b]).records();
        let of = |change: &str| {
            let of = records.iter().filter(|record| record["change"] == change);
            of.map(|record| record["entry"].as_str().unwrap().parse().unwrap()).collect::<BTreeSet<usize>>()
        };
        assert_eq!(of("added"), new.difference(&old).copied().collect());
        assert_eq!(of("removed"), old.difference(&new).copied().collect());
        assert_eq!(records.len(), old.symmetric_difference(&new).count());
    }
}

#[test]
fn a_role_that_changed_is_a_difference() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = ["a.idx", "b.idx"].map(|name| directory.path().join(name));
    write(&a, IndexKind::Linear, Role::Abuse, &[HASHED]);
    write(&b, IndexKind::Linear, Role::Allow, &[HASHED]);
    let done = run(["index", "diff", a.to_str().unwrap(), b.to_str().unwrap()]);
    let expected = "the role of list ncmec was abuse and is allow\n1 entry in both\nthe entry digest was ";
    assert!(done.code == 1 && done.out.starts_with(expected), "{}", done.out);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("phash.idx");
    Builder::<8>::new(Profile::Phash64).unwrap().write_to(&path).unwrap();
    let path = path.to_str().unwrap();
    let done = run(["index", "diff", &demo_index(), path]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("of profile pdq") && done.err.contains("of profile phash"), "{}", done.err);
    let done = run(["index", "diff", path, "no-such.idx"]);
    assert!(done.code == 2 && done.err.contains("no-such.idx"), "{}", done.err);
    assert_eq!(run(["index", "diff", path]).code, 2);
}

#[test]
fn inspect_counts_digests_and_names_roles() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("digests.idx");
    let entry = Listed { hash: None, digests: &[0, 1, 3], ..HASHED };
    write(&path, IndexKind::Linear, Role::Allow, &[entry]);
    let done = run(["index", "inspect", path.to_str().unwrap()]);
    for words in ["hashes       0 distinct", "entries      1", "digests      2 md5, 1 sha1", "ncmec: 1 entry, allow"] {
        assert!(done.out.contains(words), "{words} in {}", done.out);
    }
}
