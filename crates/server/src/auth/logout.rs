//! Signing out.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{cookie::Delivery, pair};
use crate::{
    http::{
        Incoming, Json, Language, Problem, RequestContext, Signed,
        body::{request_body, required, text},
    },
    state::App,
};

/// The longest refresh token that is read, in characters.
const TOKEN_TEXT_MAX: usize = 4_096;

request_body! {
    /// The refresh token of the session to end.
    #[example(json!({"refresh_token": "c29tZXRoaW5nIHRoYXQgbm9ib2R5IGNhbiBndWVzcy4"}))]
    pub(super) struct LogoutBody {
        /// A refresh token of the session, used or not.
        refresh_token: String = required(text(TOKEN_TEXT_MAX)),
    }
}

/// A message for the person who made the request.
#[derive(Serialize, ToSchema)]
pub(crate) struct Message {
    /// The message, in the language of the answer.
    pub message: &'static str,
}

fn signed_out(language: Language) -> Message {
    Message { message: language.pick("Sesión cerrada", "Signed out") }
}

fn signed_out_everywhere(language: Language) -> Message {
    Message { message: language.pick("Todas las sesiones se han cerrado", "Signed out everywhere") }
}

/// Sign out
///
/// Ends the session of a refresh token, with all its access tokens. A token that is used, expired or unknown is no error.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    security(()),
    request_body = LogoutBody,
    responses((
        status = OK,
        description = "The session has ended",
        body = Message,
        example = json!(signed_out(Language::Spanish))
    ))
)]
pub(super) async fn logout(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let delivery = Delivery::asked(&app, &incoming.parts.headers);
    let (refresh_token, _permit) = if let Some(token) = delivery.sent(&incoming.parts.headers) {
        (token, None)
    } else {
        let (body, permit) = incoming.anonymous::<LogoutBody>(&app).await?;
        (body?.refresh_token, Some(permit))
    };
    app.store.session_close(pair::hash(&refresh_token), context.origin(), app.clock.now()).await?;
    let mut response = Json(signed_out(context.language)).into_response();
    if let Some(cookie) = delivery.set("", 0) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Sign out everywhere
///
/// Ends every session of the user who makes the request, with all access tokens.
#[utoipa::path(
    post,
    path = "/api/auth/logout/all",
    tag = "auth",
    responses((
        status = OK,
        description = "All sessions have ended",
        body = Message,
        example = json!(signed_out_everywhere(Language::Spanish))
    ))
)]
pub(super) async fn logout_all(State(app): State<App>, signed: Signed) -> Result<Response, Problem> {
    app.store.session_close_all(&signed.caller).await?;
    Ok(Json(signed_out_everywhere(signed.context.language)).into_response())
}
