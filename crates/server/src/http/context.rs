//! What is known about every request: its id, its language, its origin.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use reparto_domain::Origin;
use uuid::Uuid;

use super::{Language, proxies::Proxies};

/// What is known about a request. The outermost layer makes it; the inner layers read it.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The id of the request: in its answer, in problems, in the logs and in the audit log.
    pub request_id: String,
    /// The id that the client or a proxy gave it, for the logs: it may be anything, and the same for many.
    pub client_request_id: Option<String>,
    /// The language of its answer.
    pub language: Language,
    /// The peer's address, or what a trusted proxy says it is.
    pub ip: Option<String>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// The path as it was asked for.
    pub path: String,
}

/// What is kept of a `User-Agent`, in characters.
const USER_AGENT_MAX: usize = 512;

impl RequestContext {
    /// Reads it off a request.
    pub fn new(parts: &Parts, fixed: Option<Language>, proxies: &Proxies) -> Self {
        let text = |name| parts.headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        Self {
            request_id: Uuid::now_v7().to_string(),
            client_request_id: given_id(&parts.headers),
            language: fixed.unwrap_or_else(|| Language::negotiate(&parts.headers)),
            ip: proxies.client(peer, &parts.headers).map(|address| address.to_string()),
            user_agent: text(header::USER_AGENT).map(|agent| agent.chars().take(USER_AGENT_MAX).collect()),
            path: parts.uri.path().to_owned(),
        }
    }

    /// Where the request came from, for the audit log.
    pub fn origin(&self) -> Origin {
        Origin { ip: self.ip.clone(), user_agent: self.user_agent.clone(), request_id: Some(self.request_id.clone()) }
    }
}

/// An id that the client or a proxy gave, where it is harmless to repeat.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let harmless = (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    harmless.then(|| id.to_owned())
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(parts, None, &Proxies::default())))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(RequestContext::from_request_parts(parts, state).await?.language)
    }
}
