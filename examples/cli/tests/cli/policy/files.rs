//! Files of every kind under a policy, and what a policy file must say.

use super::*;

#[test]
fn screened_pictures_are_judged_as_decoded_ones() {
    let place = Place::new();
    let known = hills(1, 800, 600);
    let hash = hash_of(&place.media("copy.jpg", &jpeg(&known, 70, 1)));
    place.media("turned.jpg", &jpeg(&imageops::rotate180(&known), 80, 1));
    place.media("small.jpg", &jpeg(&imageops::resize(&known, 560, 420, FilterType::Triangle), 50, 1));
    for seed in 5..12 {
        place.media(&format!("other-{seed}.jpg"), &jpeg(&hills(seed, 900, 800), 75, 1));
    }
    place.media("flat.jpg", &jpeg(&GrayImage::from_pixel(640, 480, Luma([90])), 90, 1));
    place.media("listed.jpg", &jpeg(&hills(20, 700, 540), 75, 1));
    let bytes = fs::read(place.at("media/listed.jpg")).unwrap();
    place.index(&[
        listed(&changed(&hash, 36), "wide", "1"),
        listed(&changed(&hash, 14), "tight", "1"),
        listed(&changed(&hash, 24), "usual", "1"),
        Listed { digests: vec![sha1_of(&bytes)], source: source("digests", "1"), hash: None },
    ]);
    let policy = "[[list]]\nname = 'wide'\nradius = 44\n[[list]]\nname = 'tight'\nradius = 12\nminimum-quality = 20\n";
    let scan = |extra: &[&str]| {
        let mut records = place.scan(policy, &[&["--format", "jsonl"], extra].concat()).records();
        records.sort_by_key(|record| record["path"].as_str().unwrap().to_owned());
        records
    };
    let (screened, exact) = (scan(&[]), scan(&["--exact"]));
    let all = |records: &[Value]| -> Vec<_> {
        let more = |record: &Value| (record["held"].clone(), record["rules"].clone());
        records.iter().map(|record| (told(record).map(Clone::clone), more(record))).collect()
    };
    assert_eq!(all(&screened), all(&exact));
    let by = |found: &Value| found["list"].as_str().unwrap().to_owned();
    let copy = of(&screened, "copy.jpg");
    let lists = |of: &str| copy[of].as_array().unwrap().iter().map(by).collect::<Vec<_>>();
    assert_eq!(
        (lists("matches"), lists("held")),
        (vec!["usual".to_owned(), "wide".to_owned()], vec!["tight".to_owned()])
    );
    assert_eq!(of(&screened, "listed.jpg")["matches"][0]["by"], "sha1");
    assert_eq!(of(&screened, "flat.jpg")["outcome"], "low_quality");
    let unscreened = screened.iter().filter(|record| record["hashed_from"] == "pixels").count();
    assert!(unscreened < screened.len() - 4, "{unscreened} of {} were decoded", screened.len());
}

#[test]
fn files_that_are_too_large_or_no_pictures_match_by_their_digests() {
    let place = Place::new();
    // 16 MiB in all leave a third for files.
    let mut large = png(&hills(1, 320, 240));
    large.resize(9 << 20, 7);
    place.media("large.png", &large);
    place.media("film.mp4", &film());
    place.media("empty", b"");
    let digests = |list, id, digests| Listed { hash: None, digests, source: source(list, id) };
    place.index(&[digests("a", "1", vec![sha256_of(&large)]), digests("a", "2", vec![md5_of(&film()), md5_of(b"")])]);
    let done = place.scan("", &["--memory", "16MiB", "--format", "jsonl"]);
    let records = done.records();
    let told = |name: &str| (of(&records, name)["outcome"].clone(), of(&records, name)["matches"][0]["entry"].clone());
    assert_eq!(told("large.png"), (json!("match"), json!("1")));
    assert_eq!(told("film.mp4"), (json!("match"), json!("2")));
    assert_eq!(told("empty"), (json!("unsupported"), Value::Null), "a digest of nothing says nothing");
    // One byte more, and it is another file.
    large.push(0);
    place.media("large.png", &large);
    let done = place.scan("", &["--memory", "16MiB", "--format", "jsonl"]);
    assert_eq!(of(&done.records(), "large.png")["outcome"], "over_limit");
}

#[test]
fn a_bad_policy_is_refused_by_line_and_in_plain_words() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[listed(&hash, "hotline", "1"), listed(&hash, "forum", "1")]);
    place.index_of::<8>("second.idx", Profile::Dhash64, &[listed("00ff00ff12345678", "forum", "1")]);
    let cases = [
        ("[default]\nradius = 300", "policy.toml: line 3: radius is 300; allowed are whole numbers from 0 to 256"),
        ("[default]\nraduis = 3", "line 3: the key `raduis` is not known here; allowed are `name`, `radius`"),
        (
            "[quorum]\nlists = 3",
            "[quorum] lists = 3, but the index has 2 lists of abuse material, so nothing would ever match",
        ),
        ("[quorum]\njurisdictions = 3", "[quorum] jurisdictions = 3, but the index has"),
        (
            "[default]\ntrust = 'seed'\n[quorum]\nverified = 1",
            "[quorum] verified = 1, but the index has 0 lists of abuse material that are trusted as verified",
        ),
        ("[default]\nconfirm = true\n[confirm]\nindex = 'none.idx'", "none.idx: no such file or directory"),
        (
            "[default]\nconfirm = true\n[confirm]\nindex = 'second.idx'\nradius = 65",
            "[confirm] radius: 65 bits, but hashes of",
        ),
        (
            "[[list]]\nname = 'hotline'\nconfirm = true\n[confirm]\nindex = 'second.idx'",
            "the list \"hotline\" must be confirmed, but",
        ),
    ];
    for (policy, words) in cases {
        let done = place.scan(policy, &[]);
        assert_eq!((done.code, &*done.out), (2, ""), "{policy}: {}", done.err);
        assert!(done.err.contains(words), "{policy}: {}", done.err);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
    // Names that the index has not got may be another index's: a warning.
    let done = place.scan("[[list]]\nname = 'hotlin'\n[[mute]]\nlist = 'x'\nentry = 'y'\n", &[]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("policy: rules for the list \"hotlin\", which the index does not have"), "{}", done.err);
    assert!(done.err.contains("policy: mutes the entry \"y\" of the list \"x\""), "{}", done.err);
    for option in [["--radius", "3"], ["--min-quality", "3"]] {
        let done = place.scan("", &option);
        assert_eq!(done.code, 2);
        assert!(done.err.contains("cannot be used with"), "{}", done.err);
    }
    let (index, media, none) = (place.text("known.idx"), place.text("media"), place.text("none.toml"));
    let done = run(["scan", "--index", &index, "--policy", &none, &media]);
    assert!(
        done.code == 2 && done.err.contains("cannot read the policy") && done.err.contains("no such file"),
        "{}",
        done.err
    );
}

#[test]
fn the_example_works_with_the_index_it_speaks_of() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[
        listed(&hash, "ncmec", "1"),
        listed(&changed(&hash, 6), "stopncii", "1"),
        listed(&hash, "forum", "1"),
    ]);
    place.index_of::<8>("known-dhash.idx", Profile::Dhash64, &[listed("00ff00ff12345678", "forum", "1")]);
    let example = include_str!("../../../policy-example.toml").replace("version = 1", "");
    let (code, record) = place.one(&example);
    let found = |of: &str| {
        record[of].as_array().unwrap().iter().map(|it| (it["list"].clone(), it["action"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(
        (code, found("matches")),
        (1, vec![(json!("ncmec"), json!("block")), (json!("stopncii"), json!("review"))])
    );
    assert_eq!(found("held"), [(json!("forum"), json!("review"))]);
    assert_eq!(record["rules"]["jurisdictions"], json!(["GB", "US"]));
}
