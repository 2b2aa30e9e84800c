//! The body of an upload: raw, or a field of a form, inside limits of length, time and memory.

use axum::body::Body;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::limits::{Admitted, Limits};
use crate::refusal::Refusal;

/// A file that has come in whole.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) bytes: Vec<u8>,
    /// What it holds until it has been checked.
    _admitted: Admitted,
}

/// The fields of a form that may hold the file.
const FIELDS: [&str; 2] = ["photo", "file"];

/// What is set aside at first for a body whose length nobody announced.
const FIRST: usize = 64 << 10;

/// Reads the file of a request: its body, or the field `photo` or `file` of a `multipart/form-data`.
///
/// # Errors
///
/// When it is too long, too slow, cut off, no sound form, or too much is under way.
pub(crate) async fn receive(limits: &Limits, request: Request) -> Result<Upload, Refusal> {
    let (announced, is_form) = announced(request.headers());
    let admitted = limits.admit(announced)?;
    let most = usize::try_from(limits.max_body).unwrap_or(usize::MAX);
    // As much as was admitted.
    let first = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(FIRST).min(most);
    let reading =
        async { if is_form { form(request, first, most).await } else { raw(request.into_body(), first, most).await } };
    let bytes = timeout(limits.body_timeout, reading).await;
    let bytes = bytes.map_err(|_| Refusal::SlowBody { millis: limits.body_timeout.as_millis() })?;
    let bytes = bytes.map_err(|why| match why {
        Refusal::TooLarge { .. } => Refusal::TooLarge { allowed: limits.max_body },
        why => why,
    })?;
    Ok(Upload { bytes, _admitted: admitted })
}

/// The length that a request announces, and whether it is a form.
fn announced(headers: &HeaderMap) -> (Option<u64>, bool) {
    const FORM: &str = "multipart/form-data";
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let kind = text(header::CONTENT_TYPE).and_then(|kind| kind.trim_start().get(..FORM.len()));
    (length, kind.is_some_and(|kind| kind.eq_ignore_ascii_case(FORM)))
}

async fn raw(body: Body, first: usize, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut body = Limited::new(body, most);
    let mut bytes = Vec::with_capacity(first);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() { Refusal::TooLarge { allowed: 0 } } else { Refusal::Aborted }
        })?;
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}

async fn form(request: Request, first: usize, most: usize) -> Result<Vec<u8>, Refusal> {
    // The limit is ours, and must not be that of the framework.
    let (parts, body) = request.into_parts();
    let mut request = Request::from_parts(parts, Body::new(Limited::new(body, most)));
    DefaultBodyLimit::disable().apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| Refusal::BadForm(error.to_string()))?;
    let mut file = None;
    while let Some(mut field) = form.next_field().await.map_err(|error| refused(&error))? {
        if !field.name().is_some_and(|name| FIELDS.contains(&name)) {
            while field.chunk().await.map_err(|error| refused(&error))?.is_some() {}
            continue;
        }
        if file.is_some() {
            return Err(Refusal::BadForm("the form has more than one file; send one at a time".to_owned()));
        }
        let mut bytes = Vec::with_capacity(first);
        while let Some(chunk) = field.chunk().await.map_err(|error| refused(&error))? {
            bytes.extend_from_slice(&chunk);
        }
        file = Some(bytes);
    }
    file.ok_or_else(|| Refusal::BadForm("the form has no field `photo` or `file`".to_owned()))
}

/// What a form's error means: the body was too long, was cut off, or is no form.
fn refused(error: &MultipartError) -> Refusal {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Refusal::TooLarge { allowed: 0 };
        }
        if error.is::<hyper::Error>() {
            return Refusal::Aborted;
        }
        cause = error.source();
    }
    Refusal::BadForm(format!("the form cannot be read: {error}"))
}
