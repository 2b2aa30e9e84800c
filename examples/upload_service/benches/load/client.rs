//! A connection that is used again and again.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A connection to the service.
pub(crate) struct Client(SendRequest<Full<Bytes>>);

/// What a request was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub(crate) async fn send(&mut self, path: &str, kind: &str, body: Option<Bytes>) -> Result<Answer, String> {
        let method = if body.is_some() { "POST" } else { "GET" };
        let request = Request::builder().method(method).uri(path).header("host", "load").header("content-type", kind);
        let request = request.body(Full::new(body.unwrap_or_default())).map_err(|error| error.to_string())?;
        let response = self.0.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }
}

/// A single request on a connection of its own.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Result<Answer, String> {
    Client::connect(address).await?.send(path, "text/plain", None).await
}

/// The value of a metric.
pub(crate) async fn metric(address: SocketAddr, name: &str) -> f64 {
    let answer = get(address, "/metrics").await.unwrap();
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap().parse().unwrap()
}

/// The picture as the only field of a form.
pub(crate) fn form(picture: &[u8]) -> Bytes {
    let mut body = b"--limit\r\ncontent-disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\n".to_vec();
    body.extend(picture);
    body.extend(b"\r\n--limit--\r\n");
    body.into()
}

/// How a form is announced.
pub(crate) const FORM: &str = "multipart/form-data; boundary=limit";
