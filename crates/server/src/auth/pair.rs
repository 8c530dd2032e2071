//! The pair of tokens that a sign-in and a refresh answer with.

use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reparto_domain::{
    Timestamp,
    sessions::{SignedIn, TokenHash},
};
use reparto_store::StoreResult;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::{
    http::{Json, Problem},
    state::{App, random_bytes},
};

/// An access token and the refresh token that follows it.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenPair)]
pub(super) struct TokenPair {
    /// Access token for the header `Authorization: Bearer …`.
    access_token: String,
    /// Refresh token, which gets the next pair once.
    refresh_token: String,
    /// Type of the access token, always `bearer`.
    token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    expires_in: i64,
    /// Lifetime of the refresh token, in seconds.
    refresh_expires_in: i64,
}

impl TokenPair {
    /// One to show in the API document.
    pub(super) fn sample() -> Self {
        Self {
            access_token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl".into(),
            refresh_token: "c29tZXRoaW5nIHRoYXQgbm9ib2R5IGNhbiBndWVzcy4".into(),
            token_type: "bearer",
            expires_in: 1_800,
            refresh_expires_in: 2_592_000,
        }
    }
}

/// A random refresh token. Only its hash is kept.
pub(super) struct RefreshToken(String);

impl RefreshToken {
    /// A new one.
    pub(super) fn new() -> StoreResult<Self> {
        random_bytes::<32>().map(|bytes| Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Its hash.
    pub(super) fn hash(&self) -> TokenHash {
        hash(&self.0)
    }
}

/// The hash of a refresh token, as it was sent.
pub(super) fn hash(token: &str) -> TokenHash {
    TokenHash(Sha256::digest(token.as_bytes()).into())
}

/// Seconds that a refresh token lives.
pub(super) fn refresh_lifetime(app: &App) -> i64 {
    i64::try_from(app.config.refresh_lifetime.as_secs()).unwrap_or(i64::MAX)
}

/// The answer.
pub(super) fn answer(
    app: &App,
    signed_in: &SignedIn,
    refresh_token: RefreshToken,
    at: Timestamp,
) -> Result<Response, Problem> {
    let (access_token, expires_in) = app.tokens.issue(signed_in, at)?;
    let pair = TokenPair {
        access_token,
        refresh_token: refresh_token.0,
        token_type: "bearer",
        expires_in,
        refresh_expires_in: refresh_lifetime(app),
    };
    Ok(Json(pair).into_response())
}
