//! A store that changes while it is looked up in.

use std::fs;
use std::path::Path;

use lookalike::entry::Role;
use lookalike::hash::Profile;
use lookalike::index::Source;
use lookalike::store::manifest::Seen;
use lookalike::store::{Contents, Writer};

use crate::support::{Running, drawn, hash, png, source, start, until};

fn contents(entries: &[(u32, Source<'_>)]) -> Contents<32> {
    let mut contents = Contents::new(Profile::Pdq).unwrap();
    for (picture, source) in entries {
        contents.add(Some(hash(&png(&drawn(*picture)))), &[], *source, None).unwrap();
    }
    contents
}

fn store() -> (tempfile::TempDir, Writer<32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut writer = Writer::<32>::init(directory.path().join("store"), Profile::Pdq).unwrap();
    writer.publish(contents(&[(1, source("hotline", "7"))])).unwrap();
    let path = directory.path().join("store").to_str().unwrap().to_owned();
    (directory, writer, path)
}

/// The outcome of a picture, and the generation that it was looked up in.
async fn looked_up(service: &Running, picture: u32) -> (String, u64) {
    let answer = service.check(png(&drawn(picture))).await;
    (answer.outcome(), answer.json()["generation"].as_u64().unwrap())
}

async fn until_generation(service: &Running, generation: u64) {
    until("the generation is looked up in", async || looked_up(service, 9).await.1 == generation).await;
}

#[tokio::test]
async fn what_is_added_is_found_and_what_is_removed_is_not_and_answers_name_their_generation() {
    let (_directory, mut writer, path) = store();
    let service = start(&["--store", &path]).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 2));
    assert_eq!(looked_up(&service, 3).await, ("no_match".to_owned(), 2));

    let mut change = writer.change();
    change.add(Some(hash(&png(&drawn(3)))), &[], source("hotline", "8"), None).unwrap();
    change.commit().unwrap();
    until_generation(&service, 3).await;
    assert_eq!(looked_up(&service, 3).await, ("match".to_owned(), 3));

    let mut change = writer.change();
    change.remove("hotline", "7").unwrap();
    change.commit().unwrap();
    until_generation(&service, 4).await;
    assert_eq!(looked_up(&service, 1).await, ("no_match".to_owned(), 4));
    assert_eq!(looked_up(&service, 3).await, ("match".to_owned(), 4));

    writer.publish(contents(&[(5, source("other", "1"))])).unwrap();
    until_generation(&service, 5).await;
    assert_eq!(looked_up(&service, 3).await, ("no_match".to_owned(), 5));
    assert_eq!(looked_up(&service, 5).await, ("match".to_owned(), 5));
    assert_eq!(service.metric("lookalike_generation").await, 5.0);
    assert_eq!(service.metric("lookalike_reload_failing").await, 0.0);
    service.stop().await;
}

/// Overwrites the record of the newest generation.
fn break_newest(store: &Path) {
    let newest = fs::read_dir(store.join("generations")).unwrap().map(|entry| entry.unwrap().path()).max().unwrap();
    let mut permissions = fs::metadata(&newest).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of this test")]
    permissions.set_readonly(false);
    fs::set_permissions(&newest, permissions).unwrap();
    fs::write(&newest, "{}").unwrap();
}

#[tokio::test]
async fn a_broken_generation_keeps_the_one_before_and_is_told() {
    let (_directory, mut writer, path) = store();
    let service = start(&["--store", &path, "--max-stale", "0.5"]).await;
    // CURRENT names a generation whose record is not what it should be.
    let current = fs::read(Path::new(&path).join("CURRENT")).unwrap();
    fs::write(Path::new(&path).join("CURRENT"), "nothing that names a generation").unwrap();
    until("it is told", async || service.metric("lookalike_reload_failing").await == 1.0).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 2));
    assert!(service.metric("lookalike_reload_failures_total").await >= 1.0);
    until("it is not ready for too long", async || service.get("/readyz").await.status == 503).await;
    let ready = service.get("/readyz").await.json();
    assert_eq!((&ready["generation"], &ready["problems"][0]["what"]), (&2.into(), &"stale_store".into()));
    assert_eq!(ready["warnings"][0]["what"], "reload");
    assert_eq!(service.get("/status").await.text(), "INDEX-STALE");
    fs::write(Path::new(&path).join("CURRENT"), current).unwrap();
    until("it is ready again", async || service.get("/readyz").await.status == 200).await;
    // And a new generation is taken as before.
    writer.publish(contents(&[(3, source("hotline", "9"))])).unwrap();
    until_generation(&service, 3).await;
    assert_eq!(looked_up(&service, 3).await, ("match".to_owned(), 3));

    let mut change = writer.change();
    change.add(Some(hash(&png(&drawn(4)))), &[], source("hotline", "10"), None).unwrap();
    drop(service.get("/livez").await);
    change.commit().unwrap();
    until_generation(&service, 4).await;
    break_newest(Path::new(&path));
    assert_eq!(looked_up(&service, 4).await, ("match".to_owned(), 4), "what is open is not read again");
    service.stop().await;
}

#[tokio::test]
async fn a_generation_that_the_rules_do_not_fit_is_not_taken() {
    let (directory, mut writer, path) = store();
    writer.publish(contents(&[(1, source("a", "1")), (1, source("b", "1"))])).unwrap();
    let policy = directory.path().join("policy.toml");
    fs::write(&policy, "version = 1\n[quorum]\nlists = 2\n").unwrap();
    let service = start(&["--store", &path, "--policy", policy.to_str().unwrap()]).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 3));
    // With one list nothing could ever match.
    writer.publish(contents(&[(1, source("a", "1"))])).unwrap();
    until("it is told", async || service.metric("lookalike_reload_failing").await == 1.0).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 3));
    let ready = service.get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(ready.json()["warnings"][0]["message"].as_str().unwrap().contains("generation 4"), "{}", ready.text());
    service.stop().await;
}

#[tokio::test]
async fn a_generation_without_entries_is_refused_and_the_one_before_goes_on() {
    let (_directory, mut writer, path) = store();
    let service = start(&["--store", &path]).await;
    assert_eq!(service.get("/readyz").await.json()["warnings"], serde_json::json!([]));
    let mut change = writer.change();
    change.remove("hotline", "7").unwrap();
    change.commit().unwrap();
    until("it is told", async || service.metric("lookalike_reload_failing").await == 1.0).await;
    assert_eq!(service.metric("lookalike_reload_failures_total").await, 1.0);
    let ready = service.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["generation"]), (200, &2.into()), "{}", ready.text());
    let warning = &ready.json()["warnings"][0];
    let message = warning["message"].as_str().unwrap();
    assert_eq!(warning["what"], "reload");
    assert!(message.contains("generation 3 is refused") && message.contains("no entry"), "{message}");
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 2));
    assert_eq!(looked_up(&service, 3).await, ("no_match".to_owned(), 2));
    let mut change = writer.change();
    change.add(Some(hash(&png(&drawn(3)))), &[], Source { role: Role::Abuse, ..source("hotline", "8") }, None).unwrap();
    change.commit().unwrap();
    until_generation(&service, 4).await;
    assert_eq!(looked_up(&service, 3).await, ("match".to_owned(), 4));
    assert_eq!(service.get("/readyz").await.json()["warnings"], serde_json::json!([]));
    assert_eq!(service.metric("lookalike_reload_failing").await, 0.0);
    service.stop().await;
}

const LONG_AGO: &str = "2020-02-01T00:00:00Z";

/// Publishes the list `hotline` as one that is signed and whose manifest expires then.
fn expire(writer: &mut Writer<32>, expires: &str, refuses_stale: bool) {
    let seen = serde_json::json!({
        "epoch": 1, "sequence": 1, "manifest": "0".repeat(64), "created": "2020-01-01T00:00:00Z", "expires": expires,
        "entries": 1, "profile": "pdq", "latest_time": 0,
    });
    let mut seen: Seen = serde_json::from_value(seen).unwrap();
    seen.refuses_stale = refuses_stale;
    writer.remember("hotline", seen);
    writer.publish(contents(&[(1, source("hotline", "7"))])).unwrap();
}

#[tokio::test]
async fn a_stale_list_keeps_matching_with_a_warning_and_one_that_must_not_is_not_taken() {
    let (_directory, mut writer, path) = store();
    expire(&mut writer, LONG_AGO, false);
    let service = start(&["--store", &path]).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 3));
    let ready = service.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["warnings"][0]["what"]), (200, &"stale_list".into()));
    assert_eq!(service.metric("lookalike_stale_lists").await, 1.0);

    expire(&mut writer, LONG_AGO, true);
    until("it is told", async || service.metric("lookalike_reload_failing").await == 1.0).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 3));
    let ready = service.get("/readyz").await;
    assert_eq!((ready.status, &ready.json()["warnings"][1]["what"]), (200, &"reload".into()));
    assert!(ready.text().contains("generation 4 is refused"), "{}", ready.text());
    service.stop().await;
}

#[tokio::test]
async fn a_list_that_expires_while_it_is_looked_up_is_refused_as_the_operator_wants() {
    let (_directory, mut writer, path) = store();
    // Manifests expire at a full second.
    let soon = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 5).unwrap();
    expire(&mut writer, &soon.to_string(), true);
    let service = start(&["--store", &path]).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 3));
    assert_eq!(service.get("/readyz").await.status, 200);
    // No generation changes.
    until("it is not ready", async || service.get("/readyz").await.status == 503).await;
    assert!(jiff::Timestamp::now() >= soon);
    assert_eq!(service.get("/readyz").await.json()["problems"][0]["what"], "stale_list");
    let answer = service.check(png(&drawn(1))).await;
    assert_eq!((answer.status, answer.refusal().as_str()), (503, "unusable"));
    assert_eq!(service.get("/status").await.text(), "INDEX-STALE");
    assert_eq!(service.metric("lookalike_stale_lists").await, 1.0);
    service.stop().await;

    // It starts nevertheless, and is ready as soon as a newer manifest has come.
    let service = start(&["--store", &path]).await;
    assert_eq!(service.get("/readyz").await.status, 503);
    assert_eq!(service.check(png(&drawn(1))).await.refusal(), "unusable");
    expire(&mut writer, LONG_AGO, false);
    until("it is ready", async || service.get("/readyz").await.status == 200).await;
    assert_eq!(looked_up(&service, 1).await, ("match".to_owned(), 4));
    service.stop().await;
}
