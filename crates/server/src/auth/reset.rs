//! A new password by a one-time link.

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use reparto_domain::passwords::require_another;
use reparto_store::ResetPassword;
use secrecy::SecretString;
use serde_json::json;

use super::{logout::Message, pair};
use crate::{
    http::{
        Incoming, Json, Language, Problem, RequestContext,
        body::{request_body, required, text},
    },
    state::App,
    users::profile::password,
};

/// The longest token that is read, in characters.
const TOKEN_TEXT_MAX: usize = 200;

request_body! {
    /// A new password, with the token of the link.
    #[example(json!({"token": "c29tZXRoaW5nIGZyb20gYSBsaW5r", "new_password": "another long sentence"}))]
    pub(super) struct ResetPasswordBody {
        /// Token of the link that an administrator made.
        token: String = required(text(TOKEN_TEXT_MAX)),
        /// New password: 8 to 128 characters, none of the commonest, and neither the email address nor the current password.
        new_password: SecretString = required(password()),
    }
}

fn changed(language: Language) -> Message {
    Message { message: language.pick("Contraseña cambiada; inicie sesión", "Password changed; sign in") }
}

/// Set a new password by a link
///
/// Sets the password of the user for whom an administrator made a one-time link, and ends all their sessions. Counts
/// against the limit for sign-ins.
#[utoipa::path(
    post,
    path = "/api/auth/reset-password",
    tag = "auth",
    security(()),
    request_body = ResetPasswordBody,
    responses((
        status = OK,
        description = "The password is changed",
        body = Message,
        example = json!(changed(Language::Spanish))
    )),
    extensions(("x-refusals" = json!(["reset_token_invalid", "password_too_common", "password_unchanged", "sign_in_busy"])))
)]
pub(super) async fn reset(
    State(app): State<App>,
    context: RequestContext,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let (body, _permit) = incoming.anonymous::<ResetPasswordBody>(&app).await?;
    let body = body?;
    let (at, token) = (app.clock.now(), pair::hash(&body.token));
    // Looked up first, so that nobody else can make the service hash passwords.
    let present = app.store.password_reset_credentials(token, at).await?;
    let is_present = app.passwords.verify(body.new_password.clone(), Some(present.password)).await?;
    require_another(is_present, "new_password")?;
    let password = app.passwords.choose(body.new_password, &present.email, "new_password").await?;
    app.store.password_reset(ResetPassword { token, password, origin: context.origin(), at }).await?;
    Ok(Json(changed(context.language)).into_response())
}
