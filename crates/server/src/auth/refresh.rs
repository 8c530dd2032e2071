//! The next pair of tokens.

use axum::{extract::State, response::Response};
use reparto_domain::{Refusal, sessions::RefreshSession};
use serde_json::Value;
use utoipa::ToSchema;

use super::pair::{self, RefreshToken, TokenPair};
use crate::{
    http::{Incoming, Problem, RequestContext},
    state::App,
};

/// A refresh token.
#[derive(ToSchema)]
#[schema(example = json!({"refresh_token": "c29tZXRoaW5nIHRoYXQgbm9ib2R5IGNhbiBndWVzcy4"}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct RefreshTokenJson {
    /// As the last pair said.
    refresh_token: String,
}

/// Exchanges a refresh token for a new pair. It works once; one that comes back shortly after its first use (two
/// tabs raced) gets another pair, later it ends the session.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    security(()),
    request_body = RefreshTokenJson,
    responses((status = OK, description = "A pair of tokens", body = TokenPair, example = json!(TokenPair::sample()))),
    extensions(("x-refusals" = json!(["refresh_token_invalid"])))
)]
pub(super) async fn refresh(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let body = incoming.json_or_empty().await?;
    // Whatever is wrong with it, the answer is the same: sign in again.
    let Some(Value::String(token)) = body.object.get("refresh_token") else {
        return Err(Refusal::RefreshTokenInvalid.into());
    };
    let (at, replacement) = (app.clock.now(), RefreshToken::new()?);
    let command = RefreshSession {
        token: pair::hash(token),
        replacement: replacement.hash(),
        expires_at: at.plus_seconds(pair::refresh_lifetime(&app)),
        grace_seconds: i64::try_from(app.config.refresh_grace.as_secs()).unwrap_or(i64::MAX),
        origin: context.origin(),
        at,
    };
    let signed_in = app.store.session_refresh(command).await?;
    pair::answer(&app, &signed_in, replacement, at)
}
