//! The page, as far as HTTP goes; `tests/page` tests it in a browser.

use http_body_util::Full;
use hyper::Request;

use crate::support::{Running, drawn, index, png, send, start};

async fn get_with(service: &Running, path: &str, name: &str, value: &str) -> crate::support::Answer {
    let request = Request::get(path).header(name, value).body(Full::default()).unwrap();
    send(service.address, request).await
}

#[tokio::test]
async fn the_page_is_off_unless_wanted_and_then_for_this_machine_only() {
    let (_directory, index) = index();
    let off = start(&["--index", &index]).await;
    assert_eq!(off.get("/").await.refusal(), "not_offered");
    assert_eq!(off.post("/page/check", png(&drawn(1))).await.refusal(), "not_offered");
    off.stop().await;

    let on = start(&["--index", &index, "--page"]).await;
    let page = on.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(on.post("/page/check", png(&drawn(1))).await.json()["matches"][0]["distance"], 0);
    // The way of uploads has no distances for all that.
    assert!(!on.check(png(&drawn(1))).await.text().contains("distance"));
    for (name, value) in [("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1"), ("host", "evil.example")] {
        assert_eq!(get_with(&on, "/", name, value).await.refusal(), "not_offered", "{name}");
    }
    on.stop().await;

    let anywhere = start(&["--index", &index, "--page", "--page-anywhere"]).await;
    assert_eq!(get_with(&anywhere, "/", "host", "moderation.example").await.status, 200);
    anywhere.stop().await;
}
