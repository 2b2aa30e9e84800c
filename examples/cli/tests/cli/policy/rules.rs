//! Both sides of each rule, through the command.

use super::*;

#[test]
fn a_rogue_list_alone_matches_nothing() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let rogue = |id, bits, jurisdiction| Listed {
        source: Source { jurisdiction, ..source("rogue", id) },
        ..listed(&changed(&hash, bits), "", "")
    };
    let flood = || vec![rogue("1", 0, "US"), rogue("2", 2, "NL"), rogue("3", 4, "DE"), rogue("4", 6, "GB")];
    let far = picture(&place, "b.png", 5);
    let other = |list, hash: &str, bits, jurisdiction| Listed {
        source: Source { jurisdiction, ..source(list, "x") },
        ..listed(&changed(hash, bits), "", "")
    };
    fs::remove_file(place.at("media").join("b.png")).unwrap();
    let policy = "[quorum]\nlists = 2\njurisdictions = 2\n";

    let elsewhere = other("hotline", &far, 0, "NL");
    place.index(&flood().into_iter().chain([elsewhere]).collect::<Vec<_>>());
    let (code, record) = place.one(policy);
    assert_eq!((code, &record["outcome"], &record["matches"]), (0, &json!("no_match"), &json!([])));
    assert_eq!(record["held"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&record["rules"]["held_by"], &record["rules"]["lists"]),
        (&json!(["quorum_lists", "quorum_jurisdictions"]), &json!(["rogue"]))
    );
    assert_eq!(record["rules"]["lacking"], json!(["quorum_lists: 1 of 2", "quorum_jurisdictions: 1 of 2"]));
    let held = &record["held"][0];
    assert_eq!((&held["list"], &held["subject"]), (&json!("rogue"), &json!(1)));
    assert_eq!(held["held_by"], json!(["quorum_lists", "quorum_jurisdictions"]));
    let text = place.scan(policy, &[]);
    assert!(text.err.contains("4 findings held back by the policy, in 1 file."), "{}", text.err);
    assert!(text.out.contains("; held back by quorum_lists (1 of 2), quorum_jurisdictions (1 of 2)"), "{}", text.out);
    let html = place.scan(policy, &["--format", "html"]).out;
    assert!(
        html.contains("<div class=\"held\">same hash as entry 1 of list rogue; held back by quorum_lists"),
        "{html}"
    );
    let csv = place.scan(policy, &["--format", "csv"]).out;
    assert_eq!(csv.matches(",\"quorum_lists, quorum_jurisdictions\"\n").count(), 4, "{csv}");

    // Another list of the same country does not help; one of another does, with a near copy and without the same hash.
    place.index(&flood().into_iter().take(1).chain([other("hotline", &hash, 8, "us")]).collect::<Vec<_>>());
    let (code, record) = place.one(policy);
    assert_eq!((code, &record["rules"]["lacking"]), (0, &json!(["quorum_jurisdictions: 1 of 2"])));
    let both = "[[list]]\nname = 'hotline'\njurisdiction = 'NL'\n";
    let (code, record) = place.one(&format!("{both}{policy}"));
    assert_eq!((code, record["matches"].as_array().unwrap().len()), (1, 2));
    assert_eq!(
        (&record["rules"]["lists"], &record["rules"]["jurisdictions"]),
        (&json!(["hotline", "rogue"]), &json!(["NL", "US"]))
    );
    assert_eq!(record["matches"][0]["subject"], record["matches"][1]["subject"]);

    // Seeds alone do not do where verified lists are demanded.
    let verified = "[default]\ntrust = 'verified'\n[[list]]\nname = 'hotline'\n[quorum]\nverified = 1\n";
    assert_eq!(place.one(verified).0, 1);
    let seeds = "[[list]]\nname = 'hotline'\ntrust = 'seed'\n[[list]]\nname = 'rogue'\ntrust = 'seed'\n[[list]]\nname = 'far'\n";
    place.index(
        &flood().into_iter().chain([other("hotline", &hash, 8, "NL"), other("far", &far, 0, "NL")]).collect::<Vec<_>>(),
    );
    let (code, record) = place.one(&format!("{seeds}[quorum]\nlists = 2\nverified = 1\n"));
    assert_eq!((code, &record["rules"]["lacking"]), (0, &json!(["quorum_verified: 0 of 1"])));
}

#[test]
fn a_flood_of_one_list_does_not_crowd_out_another() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let ids: Vec<_> = (0..5000).map(|id| id.to_string()).collect();
    let mut entries: Vec<_> = ids.iter().map(|id| listed(&hash, "flood", id)).collect();
    entries.push(listed(&changed(&hash, 20), "hotline", "7"));
    place.index(&entries);
    let (code, record) = place.one("[quorum]\nlists = 2\n");
    assert_eq!((code, &record["outcome"]), (1, &json!("match")));
    assert_eq!(record["rules"]["lists"], json!(["flood", "hotline"]));
    // Where the flood is all there is, and some of it was left out, nobody can say what it lacked.
    place.index(&entries.into_iter().take(5000).chain([listed(&"5a".repeat(32), "hotline", "7")]).collect::<Vec<_>>());
    let (code, record) = place.one("[quorum]\nlists = 2\n");
    assert_eq!((code, &record["outcome"]), (3, &json!("over_limit")), "{record}");
}

#[test]
fn what_looks_like_an_allowed_picture_does_not_alarm() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let bytes = fs::read(place.at("media/a.png")).unwrap();
    let allow = |bits, digests| Listed {
        hash: Some(changed(&hash, bits)),
        digests,
        source: Source { role: Role::Allow, ..source("good", "g") },
    };
    place.index(&[listed(&hash, "hotline", "1"), allow(10, vec![])]);
    let (code, record) = place.one("");
    assert_eq!(
        (code, &record["outcome"], &record["held"][0]["held_by"]),
        (0, &json!("no_match"), &json!(["allow_near"]))
    );
    let by = &record["rules"]["allowed_by"][0];
    assert_eq!(
        (&by["list"], &by["entry"], &by["distance"], &by["by"]),
        (&json!("good"), &json!("g"), &json!(10), &json!("pdq"))
    );
    let text = place.scan("", &[]);
    assert!(text.out.contains("held back by allow_near (good)"), "{}", text.out);
    assert!(
        text.err.contains("1 finding held back by the policy, in 1 file.")
            && text.err.contains("Everything was checked.")
    );
    // A policy is not needed; a narrower radius lets the alarm through; an allow list is never printed by `match`.
    let (index, media) = (place.text("known.idx"), place.text("media"));
    assert_eq!(run(["scan", "--index", &index, &media]).code, 0);
    assert_eq!(run(["scan", "--index", &index, "--radius", "0", &media]).code, 0, "also where the look-up is narrower");
    assert_eq!(place.one("[allow]\nradius = 9\n").0, 1);
    let matched = run(["match", "--index", &index, "--format", "jsonl", &changed(&hash, 10)]);
    assert_eq!(matched.records()[0]["matches"].as_array().unwrap().len(), 1);
    assert!(!matched.out.contains("good"), "{}", matched.out);

    // A digest of the abuse list is stronger than what merely looks alike, and weaker than the digest of the allow list.
    let exact = || Listed { digests: vec![md5_of(&bytes)], ..listed(&hash, "hotline", "1") };
    place.index(&[exact(), allow(0, vec![])]);
    let (code, record) = place.one("");
    assert_eq!((code, &record["matches"][0]["by"], &record["held"][0]["by"]), (1, &json!("md5"), &json!("pdq")));
    place.index(&[exact(), allow(0, vec![sha256_of(&bytes)])]);
    let (code, record) = place.one("");
    assert_eq!((code, record["held"].as_array().unwrap().len()), (0, 2));
    assert_eq!(record["rules"]["held_by"], json!(["allow_exact", "allow_near"]));
    // What could not be checked stays so, allowed or not.
    let film = film();
    fs::remove_file(place.at("media/a.png")).unwrap();
    place.media("film.mp4", &film);
    place.index(&[exact(), allow(0, vec![sha256_of(&film)])]);
    assert_eq!((place.one("").0, &place.one("").1["outcome"]), (3, &json!("unsupported")));
}

#[test]
fn a_harmless_first_frame_hides_no_other() {
    let place = Place::new();
    let (good, bad) = (hills(1, 640, 480), hills(2, 640, 480));
    let (good_hash, bad_hash) = (picture(&place, "good.png", 1), picture(&place, "bad.png", 2));
    fs::remove_file(place.at("media/good.png")).unwrap();
    fs::remove_file(place.at("media/bad.png")).unwrap();
    place.media("both.png", &animated(&[good, bad]));
    let allow = Source { role: Role::Allow, ..source("good", "g") };
    place.index(&[
        Listed { source: allow, ..listed(&good_hash, "", "") },
        listed(&good_hash, "hotline", "first"),
        listed(&bad_hash, "hotline", "second"),
    ]);
    let (code, record) = place.one("");
    let entries = |of: &str| -> Vec<_> {
        let of = record[of].as_array().unwrap().iter();
        of.map(|found| found["entry"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((code, entries("matches"), entries("held")), (1, vec!["second".to_owned()], vec!["first".to_owned()]));
}

#[test]
fn an_entry_is_muted_until_its_time() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[listed(&hash, "hotline", "1")]);
    let mute = |entry: &str, until: &str| {
        place.one(&format!("[[mute]]\nlist = 'hotline'\nentry = '{entry}'\n{until}\nreason = 'a stock photograph'\n"))
    };
    for until in ["", "until = 9999-12-31T23:59:59Z", "until = 9999-12-31"] {
        let (code, record) = mute("1", until);
        assert_eq!((code, &record["held"][0]["held_by"]), (0, &json!(["muted"])), "{until}");
    }
    let (code, record) = mute("1", "until = 2001-01-01T00:00:00+01:00");
    assert_eq!((code, &record["rules"]["fired"]), (1, &json!(["radius", "minimum_quality", "mute_ended"])));
    assert_eq!(mute("2", "").0, 1, "another entry");
}

#[test]
fn a_second_hash_confirms() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    let other = picture(&place, "b.png", 2);
    let dhash = |name: &str| {
        let done = run(["hash", "--profile", "dhash", &place.text(&format!("media/{name}"))]);
        done.out.split(',').next().unwrap().to_owned()
    };
    place.index(&[listed(&hash, "hotline", "1"), listed(&other, "hotline", "2"), listed(&other, "sure", "3")]);
    // The second index is of another opinion about the second picture.
    place.index_of::<8>(
        "second.idx",
        Profile::Dhash64,
        &[listed(&dhash("a.png"), "hotline", "1"), listed(&dhash("a.png"), "hotline", "2")],
    );
    let policy = "[[list]]\nname = 'hotline'\nconfirm = true\n[confirm]\nindex = 'second.idx'\n";
    let (code, records) = place.records(policy);
    let (a, b) = (of(&records, "a.png"), of(&records, "b.png"));
    assert_eq!((code, &a["matches"][0]["entry"], &a["held"]), (1, &json!("1"), &json!([])));
    assert_eq!(a["rules"]["fired"], json!(["radius", "minimum_quality", "confirm"]));
    assert_eq!((&b["matches"][0]["list"], &b["held"][0]["entry"]), (&json!("sure"), &json!("2")));
    assert_eq!(b["held"][0]["held_by"], json!(["confirm"]));
    // Turned pictures are confirmed by their turned hashes.
    let turned = imageops::rotate90(&hills(1, 640, 480));
    place.media("turned.png", &png(&turned));
    assert_eq!(of(&place.records(policy).1, "turned.png")["matches"][0]["entry"], "1");
    // A radius of none at all leaves only equal hashes.
    let strict = policy.replace("second.idx'\n", "second.idx'\nradius = 0\n");
    assert_eq!(of(&place.records(&strict).1, "a.png")["matches"][0]["entry"], "1");
    // The same names, a second time, where the other hash is the one that is looked up.
    let main = place.at("known.idx");
    fs::rename(&main, place.at("pdq.idx")).unwrap();
    fs::rename(place.at("second.idx"), &main).unwrap();
    let swapped = policy.replace("second.idx", "pdq.idx");
    let (_, records) = place.records(&swapped);
    let found = |name| {
        of(&records, name)["matches"].as_array().unwrap().iter().map(|it| it["entry"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((found("a.png"), found("b.png")), (vec![json!("1")], vec![]));
}

#[test]
fn each_list_has_its_radius_and_quality() {
    let place = Place::new();
    let hash = picture(&place, "a.png", 1);
    place.index(&[listed(&changed(&hash, 20), "near", "1"), listed(&changed(&hash, 40), "far", "1")]);
    let entries = |policy: &str, of: &str| -> Vec<_> {
        let (_, record) = place.one(policy);
        record[of].as_array().unwrap().iter().map(|found| found["list"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(entries("", "matches"), ["near"]);
    let wide = "[[list]]\nname = 'far'\nradius = 40\n";
    assert_eq!(entries(wide, "matches"), ["near", "far"]);
    let crossed = "[default]\nradius = 19\n[[list]]\nname = 'far'\nradius = 40\n";
    assert_eq!(
        (entries(crossed, "matches"), entries(crossed, "held")),
        (vec!["far".to_owned()], vec!["near".to_owned()])
    );
    assert_eq!(place.one("[default]\nradius = 19\n").0, 0);

    // Of low quality: a tighter radius, or none. A picture of less and less contrast, until its quality is below 90.
    let quality = (1..20).map(|step| {
        let dim = |Luma([shade]): Luma<u8>| Luma([96 + (u32::from(shade) * 2 / (2 + step)).to_le_bytes()[0] / 2]);
        let whole = hills(1, 640, 480);
        place.media("a.png", &png(&GrayImage::from_fn(640, 480, |x, y| dim(*whole.get_pixel(x, y)))));
        place.one("[default]\nminimum-quality = 0\n").1["quality"].as_u64().unwrap()
    });
    let quality = quality.into_iter().find(|quality| *quality < 90).unwrap();
    assert!((52..90).contains(&quality), "{quality}");
    let hash = hash_of(&place.at("media/a.png"));
    place.index(&[listed(&changed(&hash, 20), "near", "1"), listed(&changed(&hash, 40), "far", "1")]);
    let low = |below: u64, radius: u32| format!("[default]\nlow-quality = {{ below = {below}, radius = {radius} }}\n");
    let (code, record) = place.one(&low(quality + 1, 19));
    assert_eq!((code, &record["held"][0]["held_by"]), (0, &json!(["low_quality_radius"])));
    assert_eq!(place.one(&low(quality + 1, 20)).0, 1);
    assert_eq!(place.one(&low(quality, 19)).0, 1);
    // A picture that one list could not be asked about is not clean, unless another list has it.
    let demanding = |list: &str| format!("[[list]]\nname = '{list}'\nminimum-quality = {}\n", quality + 1);
    let (code, record) = place.one(&demanding("far"));
    assert_eq!((code, &record["outcome"]), (1, &json!("match")));
    let (code, record) = place.one(&demanding("near"));
    assert_eq!(
        (code, &record["outcome"], &record["held"][0]["held_by"]),
        (3, &json!("low_quality"), &json!(["minimum_quality"]))
    );
    let detail = record["detail"].as_str().unwrap();
    assert_eq!(detail, format!("quality {quality} of 100, at least {} is compared", quality + 1));
}
