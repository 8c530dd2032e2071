//! A request builder; awaiting it sends the request.

use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    pin::Pin,
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    response::Response,
};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Account, Answer, Server, Stream, document};

/// The request.
pub struct Ask<'a> {
    server: &'a Server,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> Ask<'a> {
    pub(super) fn new(server: &'a Server, method: Method, path: &str) -> Self {
        Self { server, method, path: path.to_owned(), headers: HeaderMap::new(), body: Vec::new() }
    }

    /// With the token of this account.
    pub fn by(self, account: &Account) -> Self {
        let token = account.token.clone();
        self.token(&token)
    }

    /// With this token.
    pub fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With this header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a name of a header");
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value of a header"));
        self
    }

    /// In English.
    pub fn in_english(self) -> Self {
        self.header("accept-language", "en")
    }

    /// With this JSON body.
    pub fn json(self, body: Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// With this body of this type.
    pub fn raw(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.headers.remove(header::CONTENT_TYPE);
        self.header("content-type", content_type)
    }

    /// Sends it and returns the response as a stream.
    pub async fn stream(self) -> Stream {
        let (_, _, response) = self.begin().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert!(!response.headers().contains_key("content-encoding"), "events are not held back to be compressed");
        Stream::new(response.into_body())
    }

    async fn send(self) -> Answer {
        let (method, path, response) = self.begin().await;
        let (parts, body) = response.into_parts();
        // A stream does not end.
        let is_stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|content| content == "text/event-stream");
        let body = if is_stream { Bytes::new() } else { body.collect().await.expect("a whole body").to_bytes() };
        let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
        document::check(&method, &path, &answer);
        answer
    }

    async fn begin(self) -> (Method, String, Response) {
        let method = self.method.clone();
        let mut request = Request::new(if self.body.is_empty() { Body::empty() } else { Body::from(self.body) });
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers;
        if method != Method::GET {
            // Like a real client.
            let length = axum::body::HttpBody::size_hint(request.body()).exact().unwrap_or(0);
            request.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(length));
        }
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 10], 4_711))));
        let response = self.server.service.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        (method, self.path, response)
    }
}

impl<'a> IntoFuture for Ask<'a> {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
