//! What is known about every request: its id, its language, its origin.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use reparto_domain::Origin;
use uuid::Uuid;

use super::Language;

/// What is known about a request. The outermost layer makes it; the inner layers read it.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The id of the request: in its answer, in problems, in the logs and in the audit log.
    pub request_id: String,
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
    pub fn new(parts: &Parts, fixed: Option<Language>, trust_forwarded: bool) -> Self {
        let text = |name| parts.headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical().to_string());
        Self {
            request_id: given_id(&parts.headers).unwrap_or_else(|| Uuid::now_v7().to_string()),
            language: fixed.unwrap_or_else(|| Language::negotiate(&parts.headers)),
            ip: if trust_forwarded { forwarded(&parts.headers).or(peer) } else { peer },
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

/// The client as the nearest proxy saw it: the last address of `X-Forwarded-For`.
fn forwarded(headers: &HeaderMap) -> Option<String> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let address: std::net::IpAddr = last.rsplit(',').next()?.trim().parse().ok()?;
    Some(address.to_canonical().to_string())
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(parts, None, false)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(RequestContext::from_request_parts(parts, state).await?.language)
    }
}
