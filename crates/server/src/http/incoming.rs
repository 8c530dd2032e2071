//! The body of a request, which is read only when the handler asks for it: a caller without the right is refused before
//! the body is looked at.

use std::sync::Arc;

use axum::{
    BoxError,
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use bytes::BytesMut;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use reparto_domain::json::measure;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use tokio::sync::OwnedSemaphorePermit;

use super::{Problem, QueryFields, body::RequestBody, flat::flat};
use crate::state::App;

/// The largest body of a request that needs no account, in bytes.
pub const ANONYMOUS_BODY_MAX: usize = 16 << 10;

/// Whether somebody without an account reaches this path; everywhere else the token is looked at before the body.
fn needs_no_account(path: &str) -> bool {
    path.starts_with("/api/auth/")
}

/// A request whose body has not been read yet.
#[derive(Debug)]
pub struct Incoming {
    /// Everything but the body.
    pub parts: Parts,
    body: Body,
    max: usize,
    timeout: std::time::Duration,
}

impl FromRequest<App> for Incoming {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let max = if needs_no_account(parts.uri.path()) {
            ANONYMOUS_BODY_MAX.min(app.config.body_max)
        } else {
            app.config.body_max
        };
        Ok(Self { parts, body, max, timeout: app.config.body_timeout })
    }
}

impl Incoming {
    /// With another limit on the body, in bytes.
    #[must_use]
    pub fn with_max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// The query parameters.
    pub fn query(&self) -> QueryFields {
        QueryFields::new(&self.parts.uri)
    }

    /// Reads the whole body, within its limits of size and time.
    pub async fn bytes(self) -> Result<(Parts, Bytes), Problem> {
        let max = self.max;
        let length = self.require_small()?.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        match tokio::time::timeout(self.timeout, collect(Limited::new(self.body, max), length)).await {
            Err(_) => Err(Problem::TooSlow),
            Ok(Ok(body)) => Ok((self.parts, body)),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge { max }),
            // The client went away, or sent a malformed body: nobody reads this answer.
            Ok(Err(_)) => Err(Problem::Status(StatusCode::BAD_REQUEST)),
        }
    }

    /// The body as it arrives, unless it is announced as too large, and how long to wait for each piece of it. Whoever
    /// reads it looks at its size.
    pub fn into_stream(self) -> Result<(Parts, Body, std::time::Duration), Problem> {
        self.require_small()?;
        Ok((self.parts, self.body, self.timeout))
    }

    /// The length that is announced, which must not be over the limit.
    fn require_small(&self) -> Result<Option<u64>, Problem> {
        let announced = self.parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let announced = announced.and_then(|length| length.parse::<u64>().ok());
        match announced {
            Some(length) if length > self.max as u64 => Err(Problem::TooLarge { max: self.max }),
            announced => Ok(announced),
        }
    }

    /// Reads the body as a JSON object. An empty body is not JSON.
    pub async fn json(self) -> Result<JsonBody, Problem> {
        let (parts, bytes) = self.bytes().await?;
        JsonBody::parse(&parts, bytes)
    }

    /// Reads the body of a request that needs no account: its fields alone are kept, not the rest of it. The permit is
    /// to be held for as long as the request is worked on; where none is left, the request is refused.
    pub async fn anonymous<T: RequestBody>(self, app: &App) -> Result<Anonymous<T>, Problem> {
        let (parts, bytes) = self.bytes().await?;
        anonymous(app, &parts, &bytes)
    }

    /// As [`Incoming::anonymous`], but an empty body is an empty object.
    pub async fn anonymous_or_empty<T: RequestBody>(self, app: &App) -> Result<Anonymous<T>, Problem> {
        let (parts, bytes) = self.bytes().await?;
        anonymous(app, &parts, if bytes.is_empty() { b"{}" } else { &bytes })
    }

    /// As [`Incoming::json`], but an empty body is an empty object: for requests that need none.
    pub async fn json_or_empty(self) -> Result<JsonBody, Problem> {
        let (parts, bytes) = self.bytes().await?;
        if bytes.is_empty() {
            return Ok(JsonBody::with(&parts, bytes, Map::new()));
        }
        JsonBody::parse(&parts, bytes)
    }
}

/// A body, or what is wrong with it, and the permit under which the request is worked on.
pub type Anonymous<T> = (Result<T, Problem>, OwnedSemaphorePermit);

/// Takes a permit, and reads the fields of a body. The body has arrived by now: a client that sends it slowly takes no
/// permit from others.
fn anonymous<T: RequestBody>(app: &App, parts: &Parts, bytes: &[u8]) -> Result<Anonymous<T>, Problem> {
    let permit = Arc::clone(&app.anonymous).try_acquire_owned().map_err(|_| Problem::Crowded)?;
    if !bytes.is_empty() && !is_json(&parts.headers) {
        return Err(Problem::NotJsonType);
    }
    let object = flat(bytes, T::FIELDS)?;
    Ok((T::parse(&object), permit))
}

/// Collects a body as it arrives. No frame is kept besides the buffer, which is allocated as long as was announced.
async fn collect(mut body: Limited<Body>, length: usize) -> Result<Bytes, BoxError> {
    let mut whole = BytesMut::with_capacity(length);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

/// A body that is a JSON object.
#[derive(Debug, Clone)]
pub struct JsonBody {
    /// The method of the request.
    pub method: Method,
    /// The path of the request.
    pub path: String,
    /// The headers of the request.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub bytes: Bytes,
    /// The parsed body.
    pub object: Map<String, Value>,
}

impl JsonBody {
    fn with(parts: &Parts, bytes: Bytes, object: Map<String, Value>) -> Self {
        let path = parts.uri.path().trim_end_matches('/').to_owned();
        Self { method: parts.method.clone(), path, headers: parts.headers.clone(), bytes, object }
    }

    fn parse(parts: &Parts, bytes: Bytes) -> Result<Self, Problem> {
        if !bytes.is_empty() && !is_json(&parts.headers) {
            return Err(Problem::NotJsonType);
        }
        require_few_values(&bytes)?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Self::with(parts, bytes, object)),
            Ok(_) => Err(Problem::NotAnObject),
            Err(_) => Err(Problem::NotJson),
        }
    }

    /// Reads the fields, or answers with all faults.
    pub fn read<T: RequestBody>(&self) -> Result<T, Problem> {
        T::parse(&self.object)
    }
}

/// The body that is read without a look at how many values it has, in bytes: its tree is some megabytes at most.
const PLAIN_MAX: usize = 32 << 10;

/// The most values of a larger body, and of these the most objects and lists. A tree takes some 30 bytes for a number,
/// but 600 for an object with a key: of a megabyte of the smallest objects it would be 90 MB.
const VALUES_MAX: usize = 100_000;
const NESTED_MAX: usize = 4_000;

/// The levels to which a parser follows objects and lists.
const LEVELS_MAX: usize = 127;

/// Refuses a body whose tree would be many times its size, before it is made. What is no JSON is refused as that, however
/// large it is.
fn require_few_values(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.len() <= PLAIN_MAX {
        return Ok(());
    }
    let size = measure(bytes);
    if size.commas <= VALUES_MAX && size.containers <= NESTED_MAX {
        return Ok(());
    }
    let is_json = size.depth <= LEVELS_MAX && serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
    Err(if is_json { Problem::TooManyValues } else { Problem::NotJson })
}

/// Whether the body may be JSON: announced as such (`application/json`, or anything `+json`, in UTF-8), or not
/// announced at all.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let Ok(value) = value.to_str() else { return false };
    let mut pieces = value.split(';').map(str::trim);
    let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
    let json = media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
    let utf8 = pieces.all(|piece| match piece.to_ascii_lowercase().strip_prefix("charset=") {
        Some(charset) => matches!(charset.trim_matches('"'), "utf-8" | "utf8"),
        None => true,
    });
    json && utf8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_whose_tree_would_be_many_times_its_size_is_refused() {
        let list = |count: usize, value: &str| format!(r#"{{"x":[{}]}}"#, vec![value; count].join(","));
        let refused = |text: &str| matches!(require_few_values(text.as_bytes()), Err(Problem::TooManyValues));
        // The smallest objects and lists, and the smallest values.
        for (count, value, is_refused) in [
            (NESTED_MAX - 2, r#"{"":0,"a":12}"#, false),
            (NESTED_MAX, r#"{"":0}"#, false),
            (NESTED_MAX + 1_000, r#"{"":0}"#, true),
            (20_000, "[]", true),
            (VALUES_MAX, "1", false),
            (VALUES_MAX + 2, "1", true),
            // Inside a text these are letters.
            (20, &format!(r#""{}""#, r#"[{,\"{["#.repeat(2_000)), false),
            (10_000, r#""0190a6e0-7c1b-7abc-8def-0123456789ab""#, false),
        ] {
            let text = list(count, value);
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{count} {value:.20}");
            assert_eq!(refused(&text), is_refused, "{count} {value:.20}");
        }
    }

    #[test]
    fn a_large_body_that_is_no_json_is_refused_as_that() {
        let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
        for text in [deep, ",".repeat(200_000), format!("{{{}", r#""a":[],"#.repeat(10_000))] {
            assert!(matches!(require_few_values(text.as_bytes()), Err(Problem::NotJson)), "{text:.20}");
        }
    }
}
