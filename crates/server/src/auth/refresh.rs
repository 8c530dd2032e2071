//! The next pair of tokens.

use axum::{extract::State, response::Response};
use reparto_domain::{Refusal, sessions::RefreshSession};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::{
    cookie::Delivery,
    pair::{self, RefreshToken, TokenPair},
};
use crate::{
    http::{
        Incoming, Problem, RequestContext,
        body::{request_body, required, secret},
    },
    state::App,
};

request_body! {
    /// A refresh token to exchange.
    #[example(json!({"refresh_token": "c29tZXRoaW5nIHRoYXQgbm9ib2R5IGNhbiBndWVzcy4"}))]
    pub(super) struct RefreshBody {
        /// The refresh token of the last pair.
        refresh_token: SecretString = required(secret()),
    }
}

/// Exchange a refresh token
///
/// Answers with a new pair of tokens. A refresh token works once. One that is sent again shortly after its first
/// use (two tabs raced) gets the same refresh token as then, and an access token; later it ends the session, with all
/// its access tokens.
#[utoipa::path(
    post,
    path = "/api/auth/refresh",
    tag = "auth",
    security(()),
    request_body = RefreshBody,
    responses((status = OK, description = "A new pair of tokens", body = TokenPair, example = json!(TokenPair::sample()))),
    extensions(("x-refusals" = json!(["refresh_token_invalid"])))
)]
pub(super) async fn refresh(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let delivery = Delivery::asked(&app, &incoming.parts.headers);
    let in_cookie = delivery.sent(&incoming.parts.headers);
    let (body, _permit) = incoming.anonymous_or_empty::<RefreshBody>(&app).await?;
    let refresh_token = match (in_cookie, body) {
        (Some(token), _) => SecretString::from(token),
        (None, Ok(RefreshBody { refresh_token })) => refresh_token,
        // Whatever is wrong with the body, the answer is the same: sign in again.
        (None, Err(_)) => return Err(Refusal::RefreshTokenInvalid.into()),
    };
    let (at, replacement) = (app.clock.now(), RefreshToken::after(&app, refresh_token.expose_secret()));
    let command = RefreshSession {
        token: pair::hash(refresh_token.expose_secret()),
        replacement: replacement.hash(),
        expires_at: at.plus_seconds(pair::seconds(app.config.refresh_lifetime)),
        grace_seconds: pair::seconds(app.config.refresh_grace),
        session_seconds: pair::seconds(app.config.session_max),
        origin: context.origin(),
        at,
    };
    let signed_in = app.store.session_refresh(command).await?;
    pair::answer(&app, &signed_in, replacement, at, delivery)
}
