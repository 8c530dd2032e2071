//! Signing out.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{pair, refresh::RefreshTokenJson};
use crate::{
    http::{Incoming, Language, Problem, RequestContext, Signed},
    state::App,
};

/// The longest refresh token that is looked at, in characters.
const TOKEN_TEXT_MAX: usize = 4_096;

/// What was done, for people.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
    /// In the language of the answer.
    message: &'static str,
}

fn signed_out(language: Language) -> Message {
    Message { message: language.pick("Sesión cerrada", "Signed out") }
}

fn signed_out_everywhere(language: Language) -> Message {
    Message { message: language.pick("Todas las sesiones se han cerrado", "Signed out everywhere") }
}

/// Ends the session of a refresh token; one that is used, expired or unknown is no error.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    tag = "auth",
    security(()),
    request_body = RefreshTokenJson,
    responses((
        status = OK,
        description = "Signed out",
        body = Message,
        example = json!(signed_out(Language::Spanish))
    ))
)]
pub(super) async fn logout(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let token = fields.required_text("refresh_token", TOKEN_TEXT_MAX);
    fields.finish()?;
    app.store.session_close(pair::hash(&token), context.origin(), app.clock.now()).await?;
    Ok(Json(signed_out(context.language)).into_response())
}

/// Ends every session of the user of the token.
#[utoipa::path(
    post,
    path = "/api/auth/logout/all",
    tag = "auth",
    responses((
        status = OK,
        description = "Signed out everywhere",
        body = Message,
        example = json!(signed_out_everywhere(Language::Spanish))
    ))
)]
pub(super) async fn logout_all(State(app): State<App>, signed: Signed) -> Result<Response, Problem> {
    app.store.session_close_all(&signed.caller).await?;
    Ok(Json(signed_out_everywhere(signed.context.language)).into_response())
}
