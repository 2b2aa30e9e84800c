//! `lookalike list manifest`, `list trust`, `list verify`: from a publisher's list to an operator who trusts it; and digests of entries.

use std::fs;
use std::path::{Path, PathBuf};

use minisign::KeyPair;
use serde_json::Value;

use crate::support::{Done, demo_index, run};

const HASHES: [&str; 3] = [
    "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
    "0f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b2",
    "00ff00ff00ff00ff0f0f0f0f0f0f0f0f3333333333333333555555555555aaaa",
];

/// A publisher's directory, with two keys.
struct Publisher {
    directory: tempfile::TempDir,
    keys: [(&'static str, KeyPair); 2],
}

impl Publisher {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let keys = ["desk", "vault"].map(|name| (name, KeyPair::generate_unencrypted_keypair().unwrap()));
        let table =
            keys.each_ref().map(|(name, pair)| format!("{{ name = {name:?}, key = {:?} }}", pair.pk.to_base64()));
        let text = format!(
            "version = 1\n[[list]]\nname = \"hotline\"\nepoch = 1\nthreshold = 2\nkeys = [{}]\n",
            table.join(", ")
        );
        let publisher = Self { directory, keys };
        fs::write(publisher.path("keys.toml"), text).unwrap();
        publisher
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn list(&self, name: &str, hashes: &[&str]) -> String {
        fs::write(self.path(name), hashes.join("\n")).unwrap();
        self.text(name)
    }

    fn sign(&self, manifest: &str) -> Vec<String> {
        let text = fs::read(self.path(manifest)).unwrap();
        let signed = self.keys.iter().map(|(name, pair)| {
            let signature = minisign::sign(None, &pair.sk, &text[..], None, None).unwrap().to_string();
            let path = self.text(&format!("{manifest}.{name}.minisig"));
            fs::write(&path, signature).unwrap();
            path
        });
        signed.collect()
    }

    fn verify(&self, manifest: &str, signatures: &[String], list: &str) -> Done {
        let mut args = vec!["list".to_owned(), "verify".into(), "--keys".into(), self.text("keys.toml")];
        args.extend(["--manifest".into(), self.text(manifest), "--list".into(), list.into(), "--signature".into()]);
        args.extend_from_slice(signatures);
        run(args)
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_list_goes_from_its_publisher_to_an_operator() {
    let publisher = Publisher::new();
    let file = publisher.list("export.txt", &HASHES[..2]);
    let list = format!("text:{file},list=hotline,jurisdiction=GB");
    let first = publisher.text("hotline-1.json");
    let done = run(["list", "manifest", "-o", &first, "--publisher", "The Hotline", "--jurisdiction", "GB", &list]);
    assert_eq!((done.code, &*done.out), (0, ""), "{}", done.err);
    for words in
        ["list hotline, number 1 of key epoch 1, 2 entries.", "minisign -S -s KEY -m ", "hotline-1.json.KEY.minisig"]
    {
        assert!(done.err.contains(words), "{words} in {}", done.err);
    }
    let said = json(&publisher.path("hotline-1.json"));
    assert_eq!((&said["list"], &said["publisher"]), (&"hotline".into(), &"The Hotline".into()));
    assert_eq!(
        (&said["file"]["format"], &said["file"]["options"]),
        (&"text".into(), &"list=hotline,jurisdiction=GB".into())
    );
    assert_eq!((&said["entries"]["count"], &said["radius"]), (&2.into(), &31.into()));

    let signatures = publisher.sign("hotline-1.json");
    let done = publisher.verify("hotline-1.json", &signatures, &list);
    assert_eq!((done.code, &*done.err), (0, ""));
    assert!(done.out.starts_with("list hotline, number 1 of key epoch 1: 2 entries, fresh until 20"), "{}", done.out);
    assert!(done.out.ends_with("signed by desk, vault\n"), "{}", done.out);

    // the digest is that which an index of the list shows, in whatever kind
    let index = publisher.text("hotline.idx");
    assert_eq!(run(["index", "build", "--kind", "bk-tree", "-o", &index, &list]).code, 0);
    let shown = run(["index", "inspect", &index]).out;
    let digest = said["entries"]["sha256"].as_str().unwrap();
    assert!(shown.contains(&format!("hotline: 2 entries, abuse, entry digest {digest}")), "{shown}");

    // a second version follows the first
    publisher.list("export.txt", &HASHES);
    let second = publisher.text("hotline-2.json");
    let next = ["list", "manifest", "-o", &second, "--previous", &first, "--expires-in", "12h", &list];
    let done = run(next);
    assert!(done.code == 0 && done.err.contains("number 2 of key epoch 1, 3 entries (2 before)."), "{}", done.err);
    assert!(!done.err.contains("sudden"), "{}", done.err);
    let (before, said) = (fs::read(&first).unwrap(), json(&publisher.path("hotline-2.json")));
    assert_eq!(said["previous"], lookalike::store::Sha256Digest::of(&before).to_string());
    assert_eq!((&said["publisher"], &said["sequence"]), (&"The Hotline".into(), &2.into()));
    let signatures = publisher.sign("hotline-2.json");
    assert_eq!(publisher.verify("hotline-2.json", &signatures, &list).code, 0);
    // what is there is not replaced
    let done = run(next);
    assert!(done.code == 2 && done.err.contains("exists already"), "{}", done.err);
    // new keys begin with 1
    let third = publisher.text("hotline-3.json");
    let done = run(["list", "manifest", "-o", &third, "--previous", &second, "--new-epoch", &list]);
    assert!(done.code == 0 && done.err.contains("number 1 of key epoch 2"), "{}", done.err);
    assert!(done.err.contains("enough of the list's old keys and enough of the new ones"), "{}", done.err);
}

#[test]
fn what_was_changed_on_the_way_is_refused() {
    let publisher = Publisher::new();
    let file = publisher.list("export.txt", &HASHES[..2]);
    let list = format!("text:{file},list=hotline");
    assert_eq!(run(["list", "manifest", "-o", &publisher.text("m.json"), &list]).code, 0);
    let signatures = publisher.sign("m.json");
    let refused = |list: &str, signatures: &[String], words: &str| {
        let done = publisher.verify("m.json", signatures, list);
        assert_eq!((done.code, &*done.out), (2, ""));
        assert!(done.err.contains(words), "{words} in {}", done.err);
        assert!(!HASHES.iter().any(|hash| done.err.contains(hash)), "{}", done.err);
    };
    refused(&list, &signatures[..1], "too few keys: 1 of epoch 1 signed the manifest, and 2 must");
    refused(&list, &[signatures[0].clone(), signatures[0].clone()], "duplicate keys: \"desk\"");
    refused(&list, &[publisher.text("keys.toml")], "signature 1 is not one of minisign's");
    refused(&list, &[publisher.text("none")], "cannot read the signature");
    // read in another way, other entries come out
    refused(&format!("{list},owner=somebody"), &signatures, "entries are not those that were signed");
    refused(&format!("text:{file},list=other"), &signatures, "is read as the list other, and hotline was signed");
    publisher.list("export.txt", &[HASHES[0], HASHES[2]]);
    refused(&list, &signatures, "not the one of this manifest");
    publisher.list("export.txt", &HASHES[..1]);
    refused(&list, &signatures, "64 bytes, and 129 were signed: it is not the file");
    publisher.list("export.txt", &HASHES);
    refused(&list, &signatures, "endless data");
    publisher.list("export.txt", &HASHES[..2]);
    assert_eq!(publisher.verify("m.json", &signatures, &list).code, 0);
    let text = fs::read_to_string(publisher.path("m.json")).unwrap();
    fs::write(publisher.path("m.json"), text.replace("\"radius\": 31", "\"radius\": 41")).unwrap();
    refused(&list, &signatures, "the signature by the key \"desk\" is not one of this manifest");
    fs::write(publisher.path("m.json"), vec![b' '; (1 << 20) + 1]).unwrap();
    refused(&list, &signatures, "the manifest is larger than 1048576 bytes");
}

#[test]
fn manifests_that_make_no_sense_are_not_written() {
    let publisher = Publisher::new();
    let file = publisher.list("hotline.txt", &HASHES);
    let refused = |args: &[&str], words: &str| {
        let output = publisher.text("m.json");
        let done = run(["list", "manifest", "-o", &output].iter().chain(args));
        assert_eq!(done.code, 2, "{args:?}");
        assert!(done.err.contains(words), "{words} in {}", done.err);
        assert!(!publisher.path("m.json").exists());
    };
    refused(&["-"], "a manifest is of a file");
    refused(&["--radius", "257", &file], "radius is 257");
    refused(&["--publisher", "a\u{7}b", &file], "publisher has control characters");
    refused(&["--expires-in", "0d", &file], "expected a whole number of days");
    refused(&["--new-epoch", &file], "--previous");
    let two = publisher.path("two.jsonl");
    let line = |list: &str, hash: &str| format!("{{\"list\":\"{list}\",\"hash\":\"{hash}\",\"kind\":\"pdq\"}}\n");
    fs::write(&two, line("a", HASHES[0]) + &line("b", HASHES[1])).unwrap();
    refused(&[two.to_str().unwrap()], "has entries of 2 lists (a, b)");
    // a manifest of another list is no predecessor
    let other = publisher.text("other.json");
    assert_eq!(run(["list", "manifest", "-o", &other, &format!("{file},list=other")]).code, 0);
    refused(&["--previous", &other, &file], "is of the list other, and this one is hotline");
    // all withdrawn: said, or refused
    let empty = publisher.list("empty.txt", &[]);
    let nothing = format!("text:{empty},list=other");
    refused(&[&nothing], "no usable entry");
    let done =
        run(["list", "manifest", "-o", &publisher.text("m.json"), "--allow-empty", "--previous", &other, &nothing]);
    assert!(
        done.code == 0 && done.err.contains("sudden shrinking: the list had 3 entries and now has 0"),
        "{}",
        done.err
    );
}

#[test]
fn trust_is_told_in_plain_words() {
    let publisher = Publisher::new();
    let keys = publisher.text("keys.toml");
    let text = fs::read_to_string(&keys).unwrap();
    let former = format!("[[list.former]]\nepoch = 1\nthreshold = 1\n{}\n", text.lines().last().unwrap());
    fs::write(&keys, text.replace("epoch = 1", "epoch = 2\non-stale = \"refuse\"") + &former).unwrap();
    let done = run(["list", "trust", &keys]);
    assert_eq!((done.code, &*done.err), (0, ""));
    for words in [
        "list hotline\n  key epoch 2: 2 of 2 keys must sign\n    desk   minisign ",
        "    vault  minisign ",
        "once its manifest has expired, the list is no longer looked up",
        "  key epoch 1: 1 of 2 keys must sign the first manifest of epoch 2 as well\n",
    ] {
        assert!(done.out.contains(words), "{words} in {}", done.out);
    }
    for (_, pair) in &publisher.keys {
        let bytes = pair.pk.to_bytes();
        let fingerprint = lookalike::store::Sha256Digest::of(&bytes[10..]).to_string();
        assert_eq!(done.out.matches(&fingerprint).count(), 2, "{}", done.out);
    }
    fs::write(&keys, text.replace("threshold = 2", "threshold = 3")).unwrap();
    let done = run(["list", "trust", &keys]);
    assert!(done.code == 2 && done.err.contains("keys.toml, line 5: threshold is 3"), "{}", done.err);
    fs::write(&keys, "version = 1").unwrap();
    let done = run(["list", "trust", &keys]);
    assert!(done.code == 2 && done.err.contains("has keys for no list"), "{}", done.err);
}

#[test]
fn two_machines_agree_by_their_digests() {
    let publisher = Publisher::new();
    // records that have ids, so that these are not the numbers of their lines
    let list = |name: &str, numbers: &[usize]| {
        let line = |&at: &usize| format!("{{\"id\":\"case {at}\",\"hash\":\"{}\",\"kind\":\"pdq\"}}", HASHES[at]);
        let lines: Vec<_> = numbers.iter().map(line).collect();
        fs::write(publisher.path(name), lines.join("\n")).unwrap();
        format!("jsonl:{},list", publisher.text(name))
    };
    let (all, turned, fewer) =
        (list("all.jsonl", &[0, 1, 2]), list("turned.jsonl", &[2, 0, 1]), list("fewer.jsonl", &[0, 1]));
    let index = |name: &str, kind: &str, list: &str| {
        let path = publisher.text(name);
        let lists = [format!("{list}=hotline"), format!("{fewer}=second")];
        let (a, b) = if kind == "linear" { (&lists[0], &lists[1]) } else { (&lists[1], &lists[0]) };
        let done = run(["index", "build", "--kind", kind, "-o", &path, a, b]);
        assert_eq!(done.code, 0, "{}", done.err);
        path
    };
    let (here, there) = (index("a.idx", "linear", &all), index("b.idx", "mih", &turned));
    let digest = |path: &str| {
        let out = run(["index", "inspect", path]).out;
        out.lines().find_map(|line| line.strip_prefix("entry digest ")).unwrap().to_owned()
    };
    assert_eq!(digest(&here), digest(&there));
    assert_ne!(digest(&here), digest(&demo_index()));
    let done = run(["index", "diff", &here, &there]);
    let equal = format!("no difference: 5 entries in both\nthe entry digests are equal: {}\n", digest(&here));
    assert_eq!((done.code, done.out), (0, equal));
    let other = index("c.idx", "mih", &fewer);
    let done = run(["index", "diff", "--format", "jsonl", &here, &other]);
    let differ = format!("the entry digest was {}\nand is           {}\n", digest(&here), digest(&other));
    assert!(done.code == 1 && done.err.ends_with(&differ), "{}", done.err);
}

/// A store, and what publishing into it says.
struct Subscriber<'p> {
    publisher: &'p Publisher,
    store: String,
}

impl<'p> Subscriber<'p> {
    fn new(publisher: &'p Publisher) -> Self {
        let store = publisher.text("store");
        assert_eq!(run(["store", "init", &store]).code, 0);
        Self { publisher, store }
    }

    fn publish(&self, manifest: Option<&str>, list: &str, more: &[&str]) -> Done {
        let (keys, manifest) = (self.publisher.text("keys.toml"), manifest.map(|name| self.publisher.text(name)));
        let mut args = vec!["store", "publish", &self.store, list];
        if let Some(manifest) = &manifest {
            args.extend(["--keys", &keys, "--manifest", manifest]);
        }
        args.extend(more);
        run(args)
    }

    fn refuses(&self, manifest: Option<&str>, list: &str, words: &str) {
        let before = run(["store", "status", "--format", "json", &self.store]).out;
        let done = self.publish(manifest, list, &[]);
        assert_eq!(done.code, 2, "{}", done.err);
        assert!(done.err.contains(words), "{words} in {}", done.err);
        assert_eq!(run(["store", "status", "--format", "json", &self.store]).out, before);
    }
}

#[test]
fn a_store_takes_a_signed_list_only_as_it_was_signed_and_in_order() {
    let publisher = Publisher::new();
    let version = |number: usize, hashes: &[&str]| {
        let file = publisher.list(&format!("{number}.txt"), hashes);
        let list = format!("text:{file},list=hotline");
        let name = format!("hotline-{number}.json");
        let (output, previous) = (publisher.text(&name), publisher.text(&format!("hotline-{}.json", number - 1)));
        let _ = fs::remove_file(&output);
        let mut args = vec!["list", "manifest", "-o", &output, "--publisher", "The Hotline", &list];
        if number > 1 {
            args.extend(["--previous", &previous]);
        }
        let done = run(args);
        assert_eq!(done.code, 0, "{}", done.err);
        publisher.sign(&name);
        (name, list)
    };
    let (first, list_1) = version(1, &HASHES[..2]);
    let (second, list_2) = version(2, &HASHES);
    let subscriber = Subscriber::new(&publisher);
    assert_eq!(subscriber.publish(Some(&first), &list_1, &[]).code, 0);
    let status = || run(["store", "status", &subscriber.store]).out;
    assert!(status().contains("signed: hotline, number 1 of key epoch 1, fresh until 20"), "{}", status());

    subscriber.refuses(Some(&second), &list_1, "none of the lists given is the file");
    assert_eq!(subscriber.publish(Some(&second), &list_2, &[]).code, 0);
    subscriber.refuses(Some(&first), &list_1, "number 1");
    subscriber.refuses(None, &list_2, "was signed before and has no manifest now");
    let unsigned = run(["store", "add", &subscriber.store, &list_1]);
    assert!(unsigned.code == 2 && unsigned.err.contains("is signed by its publisher"), "{}", unsigned.err);
    // A list beside it may have entries of its own, but none in the name of the signed one.
    let other = publisher.list("other.txt", &["11ff00ff00ff00ff0f0f0f0f0f0f0f0f3333333333333333555555555555aaaa"]);
    let mixed = format!("text:{other},list=hotline");
    let both = run([
        "store",
        "publish",
        &subscriber.store,
        &list_2,
        &mixed,
        "--keys",
        &publisher.text("keys.toml"),
        "--manifest",
        &publisher.text(&second),
    ]);
    assert_eq!(both.code, 2, "{}", both.err);
    assert!(both.err.contains("entries"), "{}", both.err);

    // Without a signature, with one only, and with a manifest that was changed after it was signed.
    let vault = publisher.path("hotline-2.json.vault.minisig");
    let kept = fs::read(&vault).unwrap();
    fs::remove_file(&vault).unwrap();
    subscriber.refuses(Some(&second), &list_2, "too few keys: 1 of epoch 1");
    fs::write(&vault, kept).unwrap();
    let text = fs::read_to_string(publisher.path(&second)).unwrap();
    fs::write(publisher.path(&second), text.replace("The Hotline", "A Hotline")).unwrap();
    subscriber.refuses(Some(&second), &list_2, "sign");

    // A manifest that follows another than the one that was accepted.
    let (third, list_3) = version(3, &HASHES[..1]);
    subscriber.refuses(Some(&third), &list_3, "wrong chain");
    // A sudden change waits for a person.
    fs::write(publisher.path(&second), text).unwrap();
    let (third, list_3) = version(3, &HASHES[..1]);
    subscriber.refuses(Some(&third), &list_3, "sudden shrinking");
    assert_eq!(subscriber.publish(Some(&third), &list_3, &["--accept-size"]).code, 0);
    assert!(status().contains("number 3"));

    // What was rolled back does not let an older manifest in.
    assert_eq!(run(["store", "rollback", &subscriber.store]).code, 0);
    subscriber.refuses(Some("hotline-2.json"), &list_2, "number 2");
}
