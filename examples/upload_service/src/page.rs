//! The page at `/`, where a person checks a picture.
//!
//! It shows distances, and so is served to this machine only, unless the operator wants otherwise: to a peer on a loopback address, asking for a
//! name of this machine (or another site could ask in its visitor's name), and without a word of a proxy in the request.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use data_encoding::BASE64;
use lookalike::check::Disclosure;
use sha2::{Digest as _, Sha256};

use crate::answer::json;
use crate::refusal::Refusal;
use crate::service::{Service, Wanted};

/// From where a request came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

const PAGE: &str = include_str!("../page/index.html");

/// What a proxy adds.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// `GET /`.
pub(crate) async fn page(State(service): State<Arc<Service>>, request: Request) -> Response {
    if let Err(refusal) = offered(&service, &request) {
        return service.refuse(refusal);
    }
    let mut response = json(StatusCode::OK, PAGE.as_bytes().to_vec());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    if let Ok(policy) = HeaderValue::from_str(&policy()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// `POST /page/check`: as `/v1/check`, with distances.
pub(crate) async fn check(State(service): State<Arc<Service>>, request: Request) -> Response {
    match offered(&service, &request) {
        Ok(()) => service.check(request, Wanted::Report(Disclosure::Distances)).await,
        Err(refusal) => service.refuse(refusal),
    }
}

fn offered(service: &Service, request: &Request) -> Result<(), Refusal> {
    if !service.args.page {
        let message = "POST a picture to /v1/check; the page is off, start the service with --page to have it here";
        return Err(Refusal::NotOffered(message.to_owned()));
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    if service.args.page_anywhere || (peer.is_some_and(is_this_machine) && asks_for_this_machine(request.headers())) {
        return Ok(());
    }
    Err(Refusal::NotOffered("the page is for this machine only, not through a proxy".to_owned()))
}

fn is_this_machine(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn asks_for_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.strip_prefix('[').map_or_else(
        || host.rsplit_once(':').map_or(host, |(name, _)| name),
        |rest| rest.split_once(']').map_or(rest, |(name, _)| name),
    );
    let is_here = name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_this_machine);
    is_here && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}

/// What the page may do: run its own script, ask this service, show the chosen picture.
fn policy() -> String {
    let [script, style] = ["script", "style"].map(|tag| BASE64.encode(&Sha256::digest(inner(tag))));
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; connect-src 'self'; img-src blob:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// What stands between the first tags of a name.
fn inner(tag: &str) -> &'static str {
    let from = PAGE.split_once(&format!("<{tag}>")).map_or("", |(_, rest)| rest);
    from.split_once(&format!("</{tag}>")).map_or("", |(inner, _)| inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_one_script_and_one_style_and_nothing_from_elsewhere() {
        for tag in ["script", "style"] {
            assert!(inner(tag).len() > 100);
            assert_eq!(PAGE.matches(&format!("<{tag}")).count(), 1);
        }
        assert!(!PAGE.contains("http://") && !PAGE.contains("https://") && !PAGE.contains("style="));
    }

    #[test]
    fn only_this_machine_by_its_own_names_is_this_machine() {
        let asks = |host: &str, more: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
            if let Some(name) = more {
                headers.insert(name, HeaderValue::from_static("10.0.0.1"));
            }
            asks_for_this_machine(&headers)
        };
        assert!(asks("localhost:8088", None) && asks("127.0.0.1:8088", None) && asks("[::1]:8088", None));
        assert!(!asks("evil.example:8088", None) && !asks("127.0.0.1.evil.example", None) && !asks("", None));
        assert!(!asks("localhost:8088", Some("x-forwarded-for")));
        assert!(is_this_machine("::ffff:127.0.0.1".parse().unwrap()) && !is_this_machine("10.0.0.1".parse().unwrap()));
    }
}
