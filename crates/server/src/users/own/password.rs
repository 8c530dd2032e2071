//! One's own password.

use axum::{extract::State, response::Response};
use reparto_domain::{SessionId, passwords::require_another};
use reparto_store::{ChangePassword, NewSession};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::verified;
use crate::{
    auth::{
        cookie::Delivery,
        pair::{self, RefreshToken, TokenPair},
    },
    http::{
        Incoming, Problem, Signed, SignedForPassword,
        body::{request_body, required, secret},
    },
    state::App,
    users::profile::password,
};

request_body! {
    /// The current password and a new one.
    #[example(json!({"current_password": "a long sentence", "new_password": "another long sentence"}))]
    pub(in crate::users) struct OwnPasswordBody {
        /// Current password of the user.
        current_password: SecretString = required(secret()),
        /// New password: 8 to 128 characters, none of the commonest, and neither the email address nor the current password.
        new_password: SecretString = required(password()),
    }
}

/// Change the own password
///
/// All sessions end; the answer is a pair of tokens of a new one. Wrong current passwords count like failed sign-ins.
#[utoipa::path(
    post,
    path = "/api/users/me/password",
    tag = "users",
    request_body = OwnPasswordBody,
    responses((status = OK, description = "A new pair of tokens", body = TokenPair, example = json!(TokenPair::sample()))),
    extensions(("x-refusals" = json!([
        "current_password_wrong", "password_too_common", "password_unchanged", "sign_in_paused", "sign_in_busy"
    ])))
)]
pub(in crate::users) async fn change(
    State(app): State<App>,
    SignedForPassword(signed): SignedForPassword,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let delivery = Delivery::asked(&app, &incoming.parts.headers);
    let body: OwnPasswordBody = incoming.json().await?.read()?;
    replace(&app, &signed, body.current_password, body.new_password, ("new_password", delivery)).await
}

/// Replaces the caller's password, which a field of the request holds, and answers with a new pair of tokens, delivered as asked.
pub(in crate::users) async fn replace(
    app: &App,
    signed: &Signed,
    current: SecretString,
    new: SecretString,
    (field, delivery): (&'static str, Delivery),
) -> Result<Response, Problem> {
    let is_present = new.expose_secret() == current.expose_secret();
    let credentials = verified(app, signed, current).await?;
    require_another(is_present, field)?;
    let password = app.passwords.choose(new, &credentials.email, field).await?;
    let (token, at) = (RefreshToken::new()?, app.clock.now());
    let session = NewSession { id: SessionId::new(), token: token.hash(), expires_at: pair::first_expires(app, at) };
    let command = ChangePassword { current: credentials.password, password, session };
    let signed_in = app.store.account_change_password(&signed.caller, command).await?;
    pair::answer(app, &signed_in, token, at, delivery)
}
