//! The shapes that clients of Hasher-Matcher-Actioner speak.

use std::fs;

use crate::support::{drawn, flat, hash, index, png, start};

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
