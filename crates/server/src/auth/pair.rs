//! The pair of tokens that a sign-in and a refresh answer with.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reparto_domain::{
    Timestamp,
    sessions::{SignedIn, TokenHash},
};
use reparto_store::StoreResult;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::cookie::Delivery;
use crate::{
    http::{Json, Problem},
    random::random_bytes,
    state::App,
};

/// An access token and the refresh token that follows it.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenPair)]
pub(crate) struct TokenPair {
    /// Access token for the header `Authorization: Bearer …`.
    access_token: String,
    /// Refresh token for the next pair, good once. Absent where a cookie has it, or the password must be changed first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refresh_token: Option<String>,
    /// Type of the access token, always `bearer`.
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    expires_in: i64,
    /// Lifetime of the refresh token, in seconds. Absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    refresh_expires_in: Option<i64>,
    /// True where somebody else set the password: the access token is good for `POST /api/users/me/password` alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    must_change_password: bool,
    /// True where a second factor is needed and none is set up: the access token is good for `/api/users/me/totp` alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    must_set_up_totp: bool,
}

impl TokenPair {
    /// One to show in the API document.
    pub(crate) fn sample() -> Self {
        Self {
            access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl".into(),
            refresh_token: Some("c29tZXRoaW5nIHRoYXQgbm9ib2R5IGNhbiBndWVzcy4".into()),
            token_type: "bearer",
            expires_in: 1_800,
            refresh_expires_in: Some(2_592_000),
            must_change_password: false,
            must_set_up_totp: false,
        }
    }
}

/// A refresh token. Only its hash is kept.
pub(crate) struct RefreshToken(String);

impl RefreshToken {
    /// A random one, which begins a session.
    pub(crate) fn new() -> StoreResult<Self> {
        random_bytes::<32>().map(|bytes| Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The one that replaces a token: whoever sends the same token again gets the same replacement, though nothing but
    /// its hash is kept.
    pub(super) fn after(app: &App, token: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(app.keys.derive("refresh token", token.as_bytes())))
    }

    /// Its hash.
    pub(crate) fn hash(&self) -> TokenHash {
        hash(&self.0)
    }
}

/// The hash of a refresh token, as it was sent.
pub(crate) fn hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token.as_bytes()).into())
}

/// When a refresh token expires that is issued now, in a session that begins now.
pub(crate) fn first_expires(app: &App, at: Timestamp) -> Timestamp {
    at.plus_seconds(seconds(app.config.refresh_lifetime.min(app.config.session_max)))
}

/// Whole seconds.
pub(super) fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// The answer.
pub(crate) fn answer(
    app: &App,
    signed_in: &SignedIn,
    refresh_token: RefreshToken,
    at: Timestamp,
    delivery: Delivery,
) -> Result<Response, Problem> {
    let (access_token, expires_in) = app.tokens.issue(&signed_in.into(), at)?;
    // Whoever has to change the password gets no other token than for that.
    let refresh_token = (!signed_in.must_change_password).then_some(refresh_token.0);
    let left = (signed_in.refresh_expires_at.seconds() - at.seconds()).max(0);
    let cookie = refresh_token.as_ref().and_then(|token| delivery.set(token, left));
    let in_body = refresh_token.filter(|_| cookie.is_none());
    let pair = TokenPair {
        access_token,
        refresh_expires_in: (!signed_in.must_change_password).then_some(left),
        refresh_token: in_body,
        token_type: "bearer",
        expires_in,
        must_change_password: signed_in.must_change_password,
        must_set_up_totp: app.config.require_totp.includes(signed_in.role) && !signed_in.second_factor,
    };
    let mut response = Json(pair).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
