//! The shapes that clients of Hasher-Matcher-Actioner speak.

use std::fs;

use lookalike::hash::{Bits256, Profile};
use lookalike::index::Builder;

use crate::support::{drawn, flat, hash, index, png, source, start};

#[tokio::test]
async fn a_picture_is_hashed_and_its_hash_is_found_in_its_bank() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--hma"]).await;
    let listed = png(&drawn(1));
    let hex = hash(&listed).to_string();
    let answer = service.form("/h/hash", "photo", &listed).await;
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!({ "pdq": hex })));

    let look_up = async |rest: &str| service.get(&format!("/m/lookup?signal_type=pdq&signal={rest}")).await;
    let found = serde_json::json!({ "hotline": [{ "bank_content_id": 7, "distance": "0", "entry": "7" }] });
    let answer = look_up(&hex).await;
    assert_eq!((answer.status, answer.json()), (200, found.clone()));
    assert_eq!(look_up(&hex.to_uppercase()).await.json(), found);
    assert_eq!(look_up(&format!("{hex}&banks=OTHER,hotline")).await.json(), found);
    assert_eq!(look_up(&format!("{hex}&banks=OTHER")).await.json(), serde_json::json!({}));
    let unlisted = hash(&png(&drawn(3))).to_string();
    assert_eq!(look_up(&unlisted).await.json(), serde_json::json!({}));

    let answer = service.form("/m/lookup", "photo", &listed).await;
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!({ "pdq": found })));
    let answer = service.form("/m/lookup", "photo", &png(&drawn(3))).await;
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!({ "pdq": {} })));

    let status = service.get("/m/index/status").await.json();
    assert_eq!((&status["pdq"]["present"], &status["pdq"]["size"]), (&true.into(), &3.into()));
    assert_eq!(
        (service.get("/status").await.status, service.get("/status").await.text()),
        (200, "I-AM-ALIVE".to_owned())
    );
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_hashed_is_an_error_and_never_an_empty_answer() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--hma"]).await;
    for path in ["/h/hash", "/m/lookup"] {
        for (file, outcome) in [
            (png(&flat()), "low_quality"),
            (b"no picture".to_vec(), "unsupported"),
            (b"\x89PNG\r\n\x1a\n".to_vec(), "corrupt"),
        ] {
            let answer = service.form(path, "photo", &file).await;
            assert_eq!((answer.status, answer.refusal().as_str()), (422, "not_hashed"), "{path}");
            assert_eq!(answer.json()["outcome"], outcome, "{path}");
            assert!(answer.json()["message"].is_string());
        }
    }
    let hex = "0".repeat(63);
    for rest in [
        "signal=&signal_type=pdq",
        &format!("signal={hex}&signal_type=pdq"),
        "signal=xyz&signal_type=pdq",
        "signal_type=pdq",
        "signal=00",
    ] {
        let answer = service.get(&format!("/m/lookup?{rest}")).await;
        assert_eq!((answer.status, answer.refusal().as_str()), (400, "bad_request"), "{rest}");
        assert!(answer.json()["message"].is_string());
    }
    let answer = service.get(&format!("/m/lookup?signal_type=md5&signal={hex}0")).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (400, "bad_request"));
    service.stop().await;
}

/// The hash with two bits flipped.
fn near(hash: Bits256, bits: [usize; 2]) -> Bits256 {
    let mut bytes = *hash.as_bytes();
    bits.into_iter().for_each(|bit| bytes[bit / 8] ^= 1 << (bit % 8));
    Bits256::from_bytes(bytes)
}

#[tokio::test]
async fn a_hash_that_cannot_be_judged_is_an_error_and_never_an_empty_answer() {
    // More entries are near the hash than are kept, and those that are dropped might have met the quorum.
    let directory = tempfile::tempdir().unwrap();
    let (index, policy) = (directory.path().join("flood.idx"), directory.path().join("policy.toml"));
    let listed = hash(&png(&drawn(1)));
    let mut builder = Builder::<32>::new(Profile::Pdq).unwrap();
    for (number, bits) in (0..30).flat_map(|a| (a + 1..30).map(move |b| [a, b])).enumerate() {
        builder.add(near(listed, bits), source("flood", &number.to_string())).unwrap();
    }
    builder.add(hash(&png(&drawn(2))), source("other", "1")).unwrap();
    fs::write(&index, builder.finish().unwrap()).unwrap();
    fs::write(&policy, "version = 1\n[quorum]\nlists = 2\n").unwrap();
    let log = directory.path().join("audit");
    let [index, policy, log] = [&index, &policy, &log].map(|path| path.to_str().unwrap());
    let service = start(&["--index", index, "--policy", policy, "--audit", log, "--hma"]).await;
    let answer = service.get(&format!("/m/lookup?signal_type=pdq&signal={listed}")).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (422, "not_checked"), "{}", answer.text());
    assert_eq!(answer.json()["outcome"], "over_limit");
    assert!(answer.json()["message"].as_str().unwrap().contains("over_limit"), "{}", answer.text());
    let answer = service.form("/m/lookup", "photo", &png(&drawn(1))).await;
    assert_eq!((answer.status, &answer.json()["outcome"]), (422, &"over_limit".into()));
    assert_eq!(service.metric("lookalike_checks_total{outcome=\"over_limit\"}").await, 1.0);
    service.stop().await;
}

#[tokio::test]
async fn a_hash_that_a_second_index_would_have_to_confirm_is_refused() {
    let (directory, index) = index();
    let policy = directory.path().join("policy.toml");
    let rules =
        "version = 1\n[confirm]\nindex = 'lists.idx'\nradius = 20\n[[list]]\nname = 'hotline'\nconfirm = true\n";
    fs::write(&policy, rules).unwrap();
    let service = start(&["--index", &index, "--policy", policy.to_str().unwrap(), "--hma"]).await;
    let listed = hash(&png(&drawn(1)));
    let answer = service.get(&format!("/m/lookup?signal_type=pdq&signal={listed}")).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (400, "bad_request"), "{}", answer.text());
    assert!(answer.json()["message"].as_str().unwrap().contains("check the file"), "{}", answer.text());
    assert_eq!(service.check(png(&drawn(1))).await.outcome(), "match");
    service.stop().await;
}

#[tokio::test]
async fn nothing_is_fetched_from_any_address() {
    let (_directory, index) = index();
    let service = start(&["--index", &index, "--hma"]).await;
    for url in ["http://127.0.0.1:1/a.png", "file:///etc/passwd", "https://example.org/a.png", ""] {
        for path in ["/h/hash", "/m/lookup"] {
            let answer = service.get(&format!("{path}?url={url}")).await;
            assert_eq!((answer.status, answer.refusal().as_str()), (400, "bad_request"), "{path} {url}");
            assert!(answer.text().contains("fetches nothing"), "{}", answer.text());
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn hashes_and_distances_are_handed_out_only_where_that_was_wanted() {
    let (_directory, index) = index();
    let service = start(&["--index", &index]).await;
    let hex = hash(&png(&drawn(1))).to_string();
    for answer in [
        service.form("/h/hash", "photo", &png(&drawn(1))).await,
        service.form("/m/lookup", "photo", &png(&drawn(1))).await,
        service.get(&format!("/m/lookup?signal_type=pdq&signal={hex}")).await,
        service.get("/h/hash?url=x").await,
        service.get("/m/index/status").await,
    ] {
        assert_eq!((answer.status, answer.refusal().as_str()), (404, "not_offered"));
        assert!(answer.text().contains("--hma") && !answer.text().contains(&hex));
    }
    assert_eq!(service.get("/status").await.text(), "I-AM-ALIVE");
    service.stop().await;
}

#[tokio::test]
async fn hashing_is_no_look_up_and_a_look_up_of_a_hash_is_logged() {
    let (directory, index) = index();
    let log = directory.path().join("audit");
    let service = start(&["--index", &index, "--hma", "--audit", log.to_str().unwrap()]).await;
    let matches = || fs::read_to_string(log.join("audit.jsonl")).unwrap().matches("\"event\":\"match\"").count();
    assert_eq!(service.form("/h/hash", "photo", &png(&drawn(1))).await.status, 200);
    assert_eq!(matches(), 0);
    let hex = hash(&png(&drawn(1))).to_string();
    assert_eq!(service.get(&format!("/m/lookup?signal_type=pdq&signal={hex}")).await.status, 200);
    assert_eq!(matches(), 1);
    assert_eq!(service.form("/m/lookup", "photo", &png(&drawn(1))).await.status, 200);
    assert_eq!(matches(), 2);
    service.stop().await;
}
