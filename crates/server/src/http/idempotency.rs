//! `Idempotency-Key`: a request that is repeated gets its first answer again.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use reparto_domain::{
    Timestamp,
    idempotency::{Answer, KEY_MAX, Keyed, StoredAnswer},
};
use serde::Serialize;
use serde_json::Map;
use sha2::{Digest, Sha256};

use super::{JsonBody, Problem};
use crate::state::App;

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
static IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer as JSON.
pub fn json_answer(status: StatusCode, body: &impl Serialize) -> StoredAnswer {
    match serde_json::to_vec(body) {
        Ok(body) => StoredAnswer {
            status: status.as_u16(),
            location: None,
            etag: None,
            body,
            contact: None,
            names_users: false,
        },
        // Answers are plain structures with text keys: this is a defect, and is answered as one.
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            let status = StatusCode::INTERNAL_SERVER_ERROR.as_u16();
            StoredAnswer { status, location: None, etag: None, body: Vec::new(), contact: None, names_users: false }
        }
    }
}

/// How an outcome is written as an answer.
pub type Render<T> = Arc<dyn Fn(&T) -> StoredAnswer + Send + Sync>;

/// The key of a request with how its answer is rendered; `None` where it carries no key.
pub fn keyed<T>(app: &App, body: &JsonBody, now: Timestamp, render: Render<T>) -> Result<Option<Keyed<T>>, Problem> {
    let Some(key) = key(&body.headers)? else { return Ok(None) };
    let mut digest = Sha256::new();
    digest.update(body.method.as_str());
    digest.update([0]);
    digest.update(&body.path);
    digest.update([0]);
    digest.update(&body.bytes);
    let lifetime = i64::try_from(app.config.idempotency_lifetime.as_secs()).unwrap_or(i64::MAX);
    let (fingerprint, request) = (digest.finalize().into(), Arc::from(&*body.bytes));
    Ok(Some(Keyed { key, fingerprint, request, expires_at: now.plus_seconds(lifetime), render }))
}

/// As [`keyed`], of a request whose body is a file: it is known by the digest of its bytes, and by its query.
pub fn keyed_file<T>(
    app: &App,
    parts: &Parts,
    file: [u8; 32],
    now: Timestamp,
    render: Render<T>,
) -> Result<Option<Keyed<T>>, Problem> {
    let path = format!("{}?{}", parts.uri.path().trim_end_matches('/'), parts.uri.query().unwrap_or_default());
    let (method, headers, bytes) = (parts.method.clone(), parts.headers.clone(), Bytes::copy_from_slice(&file));
    keyed(app, &JsonBody { method, path, headers, bytes, object: Map::new() }, now, render)
}

/// The key; quoted or plain is the same.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(&IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::IdempotencyKeyMalformed)?.trim();
    let plain = match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        // The two escapes of a structured field's string.
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.to_owned(),
    };
    let fits = (1..=KEY_MAX).contains(&plain.len()) && plain.bytes().all(|b| (0x20..0x7f).contains(&b));
    if fits { Ok(Some(plain)) } else { Err(Problem::IdempotencyKeyMalformed) }
}

/// The response to a request with a key: rendered now, or as it was stored.
pub fn respond<T>(answer: Answer<T>, render: &(dyn Fn(&T) -> StoredAnswer + Send + Sync)) -> Response {
    match answer {
        Answer::Fresh(outcome) => response(render(&outcome)),
        Answer::Stored(stored) => {
            let mut response = response(stored);
            response.headers_mut().insert(IDEMPOTENCY_REPLAYED.clone(), HeaderValue::from_static("true"));
            response
        }
    }
}

/// An answer as a response.
pub fn response(answer: StoredAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, Body::from(answer.body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let optional = [(header::LOCATION, answer.location), (header::ETAG, answer.etag)];
    for (name, value) in optional {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Option<String>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(&IDEMPOTENCY_KEY, value.parse().unwrap());
        key(&headers)
    }

    #[test]
    fn quoted_and_plain_are_the_same_key() {
        assert_eq!(read("\"8e03978e\"").unwrap(), read("8e03978e").unwrap());
    }

    #[test]
    fn an_empty_or_endless_key_is_refused() {
        assert!(matches!(read(""), Err(Problem::IdempotencyKeyMalformed)));
        assert!(matches!(read("\"\""), Err(Problem::IdempotencyKeyMalformed)));
        assert!(matches!(read(&"x".repeat(KEY_MAX + 1)), Err(Problem::IdempotencyKeyMalformed)));
    }
}
