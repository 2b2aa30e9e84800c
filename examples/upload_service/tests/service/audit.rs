//! A match is in the audit log before it is answered.

use std::fs;
use std::path::Path;

use lookalike::audit::{Event, Key, fold, verify};
use sha2::{Digest as _, Sha256};

use crate::support::{drawn, flat, index, png, start};

/// The events of a log, as JSON.
fn events(directory: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(directory.join("audit.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn matches_are_logged_before_they_are_answered_and_the_rest_is_counted() {
    let (directory, index) = index();
    let (log, key) = (directory.path().join("audit"), directory.path().join("key"));
    fs::write(&key, "32 random bytes, kept elsewhere!\n").unwrap();
    let words = ["--index", &index, "--audit", log.to_str().unwrap(), "--audit-key", key.to_str().unwrap()];
    let service = start(&words).await;
    let listed = png(&drawn(1));
    for (file, outcome) in [(listed.clone(), "match"), (png(&drawn(2)), "test"), (b"a listed file".to_vec(), "match")] {
        let answer = service.check(file).await;
        assert_eq!(answer.outcome(), outcome);
        let number = answer.json()["audit"].as_u64().unwrap();
        let event = events(&log).into_iter().find(|event| event["seq"] == number).unwrap();
        assert_eq!((&event["event"], &event["outcome"]), (&"match".into(), &outcome.into()));
    }
    let content = Key::new(b"32 random bytes, kept elsewhere!").unwrap().content(&Sha256::digest(&listed).into());
    let first = events(&log).into_iter().find(|event| event["event"] == "match").unwrap();
    assert_eq!(first["personal"]["content"], content);
    let entry = &first["entries"][0];
    assert_eq!(
        (&entry["list"], &entry["entry"], &entry["radius"], &entry["distance"]),
        (&"hotline".into(), &"7".into(), &31.into(), &0.into())
    );
    let before = events(&log).len();
    for file in [png(&drawn(3)), png(&flat()), b"no picture".to_vec()] {
        assert!(service.check(file).await.json()["audit"].is_null());
    }
    assert_eq!(events(&log).len(), before);
    service.stop().await;

    let path = log.join("audit.jsonl");
    assert!(verify(&path, None).unwrap().is_sound());
    let mut counted = None;
    fold(&path, None, |_, _, event| {
        if let Event::Counters(counters) = event {
            counted = Some(counters);
        }
    })
    .unwrap();
    let counted = counted.unwrap();
    assert_eq!((counted.seen, counted.looked_up, counted.matched, counted.tests), (6, 4, 2, 1));
    assert_eq!((counted.below_quality, counted.unsupported, counted.interrupted), (1, 1, false));
    let hotline = counted.systems.iter().find(|system| system.list == "hotline" && system.by == "pdq").unwrap();
    assert_eq!((hotline.looked_up, hotline.matched, hotline.radius), (4, 1, Some(31)));
    let hash = crate::support::hash(&listed).to_string();
    assert!(!fs::read_to_string(path).unwrap().contains(&hash));
}

#[tokio::test]
async fn a_log_that_somebody_else_writes_is_not_shared() {
    let (directory, index) = index();
    let log = directory.path().join("audit");
    let words = ["--index", &index, "--audit", log.to_str().unwrap()];
    let service = start(&words).await;
    crate::support::failure(&words);
    service.stop().await;
    start(&words).await.stop().await;
}
