//! Each outcome, by raw body and by form; what is in an answer, and what is not.

use crate::support::{drawn, failure, flat, index, jpeg, png, start};

#[tokio::test]
async fn each_file_ends_with_its_outcome_by_both_ways() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--max-pixels", "100000"]).await;
    let mut truncated = png(&drawn(1));
    truncated.truncate(truncated.len() / 2);
    let large = image::RgbImage::from_fn(400, 400, |x, y| image::Rgb([(x ^ y) as u8; 3]));
    let files = [
        (png(&drawn(1)), "match"),
        (jpeg(&drawn(1)), "match"),
        (png(&image::imageops::rotate90(&drawn(1))), "match"),
        (b"a listed file".to_vec(), "match"),
        (png(&drawn(2)), "test"),
        (png(&drawn(3)), "no_match"),
        (jpeg(&drawn(3)), "no_match"),
        (png(&flat()), "low_quality"),
        (b"%PDF-1.7 not a picture".to_vec(), "unsupported"),
        (Vec::new(), "unsupported"),
        (truncated, "corrupt"),
        (png(&large), "over_limit"),
    ];
    for (at, (file, outcome)) in files.into_iter().enumerate() {
        assert_eq!(service.check(file.clone()).await.outcome(), outcome, "file {at}, raw");
        assert_eq!(service.form("/v1/check", "photo", &file).await.outcome(), outcome, "file {at}, as a form");
        assert_eq!(service.form("/v1/check", "file", &file).await.outcome(), outcome, "file {at}, as a form");
    }
    for (outcome, count) in [("match", 12.0), ("test", 3.0), ("no_match", 6.0), ("unsupported", 6.0), ("corrupt", 3.0)]
    {
        assert_eq!(
            service.metric(&format!("lookalike_checks_total{{outcome=\"{outcome}\"}}")).await,
            count,
            "{outcome}"
        );
    }
    service.stop().await;
}

#[tokio::test]
async fn an_answer_has_evidence_but_neither_distance_nor_hash() {
    let (_directory, index) = index();
    let service = start(&["--index", &index]).await;
    let answer = service.check(jpeg(&image::imageops::flip_horizontal(&drawn(1)))).await;
    assert_eq!(answer.outcome(), "match");
    let json = answer.json();
    let found = &json["matches"][0];
    assert_eq!(
        (&found["list"], &found["entry"], &found["classification"]),
        (&"hotline".into(), &"7".into(), &"A1".into())
    );
    assert_eq!((&found["transform"], &found["view"]), (&"flipy".into(), &"original".into()));
    assert!(found["quality"].as_u64().unwrap() >= 50 && json["quality"].as_u64().unwrap() >= 50);
    assert_eq!(json["lookup"].as_str().unwrap().len(), 32);
    assert!(!answer.text().contains("distance"), "{json}");
    let hash = crate::support::hash(&png(&drawn(1))).to_string();
    assert!(!answer.text().contains(&hash) && json.get("hash").is_none(), "{json}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("server-timing").is_none());
    let again = service.check(png(&drawn(1))).await.json();
    assert_ne!(again["lookup"], json["lookup"]);
    service.stop().await;

    let service = start(&["--index", &index, "--with-distances", "--server-timing"]).await;
    let answer = service.check(png(&drawn(1))).await;
    assert_eq!(answer.json()["matches"][0]["distance"], 0);
    assert!(answer.header("server-timing").unwrap().contains("own;dur="));
    service.stop().await;
}

#[tokio::test]
async fn rules_of_a_policy_hold() {
    let (directory, index) = index();
    let policy = directory.path().join("policy.toml");
    std::fs::write(
        &policy,
        "version = 1\n[[list]]\nname = 'hotline'\naction = 'block'\n[[mute]]\nlist = 'hotline'\nentry = '7'\n",
    )
    .unwrap();
    let service = start(&["--index", &index, "--policy", policy.to_str().unwrap()]).await;
    let answer = service.check(png(&drawn(1))).await;
    assert_eq!(answer.outcome(), "no_match");
    let json = answer.json();
    assert_eq!((&json["held"][0]["entry"], &json["held"][0]["held_by"]), (&"7".into(), &serde_json::json!(["muted"])));
    let json = service.check("a listed file").await.json();
    assert_eq!((&json["matches"][0]["action"], &json["matches"][0]["by"]), (&"block".into(), &"sha256".into()));
    service.stop().await;

    std::fs::write(&policy, "version = 1\n[quorum]\nlists = 2\n").unwrap();
    let why = failure(&["--index", &index, "--policy", policy.to_str().unwrap()]).to_string();
    assert!(why.contains("nothing would ever match"), "{why}");
}

#[tokio::test]
async fn views_find_what_was_framed() {
    let (_directory, index) = index();
    let mut framed = image::RgbImage::from_fn(320, 320, |x, y| image::Rgb([(x / 2) as u8, 40, (y / 2) as u8]));
    image::imageops::overlay(&mut framed, &drawn(1), 32, 32);
    let with = start(&["--index", &index]).await;
    let without = start(&["--index", &index, "--views", "none"]).await;
    let found = with.check(png(&framed)).await;
    assert_eq!(found.outcome(), "match");
    assert_ne!(found.json()["matches"][0]["view"], "original");
    assert_eq!(without.check(png(&framed)).await.outcome(), "no_match");
    with.stop().await;
    without.stop().await;
}

#[tokio::test]
async fn what_cannot_check_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    assert!(failure(&["--index", &path("none.idx")]).to_string().starts_with("cannot read the index"));
    std::fs::write(path("bad.idx"), "not an index at all, but a text that is long enough").unwrap();
    assert!(failure(&["--index", &path("bad.idx")]).to_string().contains("index build"));
    drop(lookalike::store::Writer::<32>::init(directory.path().join("store"), lookalike::hash::Profile::Pdq).unwrap());
    assert!(failure(&["--store", &path("store")]).to_string().contains("hold no entry"));
    drop(
        lookalike::store::Writer::<8>::init(directory.path().join("short"), lookalike::hash::Profile::Phash64).unwrap(),
    );
    assert!(failure(&["--store", &path("short")]).to_string().contains("hold no entry"));
}

#[tokio::test]
async fn lists_of_another_hash_than_pdq_are_looked_up_too() {
    use lookalike::hash::{ClassicStream, Profile};
    let picture = lookalike::decode::decode(&png(&drawn(1)), &lookalike::decode::Limits::default()).unwrap();
    let hashes = ClassicStream::of_image(&picture.image(), &[Profile::Phash64]).unwrap();
    let mut builder = lookalike::index::Builder::new(Profile::Phash64).unwrap();
    let source = lookalike::index::Source { list: "hotline", id: "1", ..Default::default() };
    builder.add(hashes.bits64(Profile::Phash64).unwrap(), source).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let index = directory.path().join("short.idx");
    std::fs::write(&index, builder.finish().unwrap()).unwrap();
    let service = start(&["--index", index.to_str().unwrap()]).await;
    assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    assert_eq!(service.check(png(&drawn(2))).await.outcome(), "no_match");
    service.stop().await;
}

#[tokio::test]
async fn an_answer_names_the_option_that_raises_a_limit() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--max-pixels", "60000"]).await;
    let json = service.check(png(&drawn(1))).await.json();
    assert_eq!((&json["outcome"], &json["raised_by"]), (&"over_limit".into(), &"--max-pixels".into()));
    assert!(service.check("no picture").await.json()["raised_by"].is_null());
    service.stop().await;
}

#[tokio::test]
async fn screening_changes_no_answer_but_says_that_no_pixel_was_seen() {
    let (_directory, index) = index();
    let (exact, screening) = (start(&["--index", &index, "--no-screen"]).await, start(&["--index", &index]).await);
    let large = |number| image::imageops::resize(&drawn(number), 1200, 1200, image::imageops::FilterType::Triangle);
    let mut framed = image::RgbImage::from_fn(1200, 1200, |x, y| image::Rgb([(x / 8) as u8, 40, (y / 8) as u8]));
    image::imageops::overlay(&mut framed, &image::imageops::crop_imm(&large(1), 0, 0, 1000, 1000).to_image(), 100, 100);
    let mut screened = 0;
    let files = [
        jpeg(&large(1)),
        jpeg(&large(2)),
        jpeg(&large(3)),
        jpeg(&large(4)),
        png(&drawn(3)),
        jpeg(&framed),
        jpeg(&flat()),
    ];
    for (at, file) in files.into_iter().enumerate() {
        let [by_pixels, answer] =
            [exact.check(file.clone()).await, screening.check(file).await].map(|answer| answer.json());
        assert_eq!(
            (&by_pixels["outcome"], &by_pixels["matches"]),
            (&answer["outcome"], &answer["matches"]),
            "file {at}"
        );
        if answer["hashed_from"] == "coefficients" {
            assert_eq!(
                (&answer["outcome"], &answer["quality"]),
                (&"no_match".into(), &serde_json::Value::Null),
                "file {at}"
            );
            screened += 1;
        } else {
            assert_eq!(by_pixels["hashed_from"], answer["hashed_from"], "file {at}");
        }
    }
    assert!(screened >= 1, "something is screened");
    exact.stop().await;
    screening.stop().await;

    // Who asks for distances asks for what is exact.
    let service = start(&["--index", &index, "--with-distances"]).await;
    assert_eq!(service.check(jpeg(&large(3))).await.json()["hashed_from"], "pixels");
    service.stop().await;
}
