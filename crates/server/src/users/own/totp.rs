//! One's own second factor.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use reparto_domain::{
    Refusal, Timestamp,
    guessing::Outcome,
    second_factor::{ConfirmSecondFactor, SealedSecret},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::verified;
use crate::{
    auth::totp,
    http::{
        Incoming, Json, Problem, SignedForTotp,
        body::{request_body, required, secret, text},
    },
    seal::Purpose,
    state::App,
};

/// The longest code that is read, in characters.
const CODE_TEXT_MAX: usize = 64;

/// A secret for an authenticator application.
#[derive(Serialize, ToSchema)]
#[schema(as = NewSecondFactor)]
pub(in crate::users) struct NewTotp {
    /// Secret in base32, to type where no QR code can be read.
    secret: String,
    /// Address that applications read from a QR code.
    otpauth_url: String,
}

/// The state of a second factor.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub(in crate::users) struct TotpJson {
    /// Whether a second factor is set up and confirmed.
    enabled: bool,
    /// When it was confirmed; null: it was not.
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    /// How many recovery codes are left.
    recovery_codes_left: u64,
    /// Whether the account needs a second factor.
    required: bool,
}

/// Codes that sign in where the second factor is lost.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub(in crate::users) struct RecoveryCodes {
    /// The codes, shown this once; each signs in once, as `totp_code`.
    recovery_codes: Vec<String>,
}

request_body! {
    /// The first code of a new second factor.
    #[example(json!({"code": "123456"}))]
    pub(in crate::users) struct ConfirmTotpBody {
        /// Code that the application shows now.
        code: String = required(text(CODE_TEXT_MAX)),
    }
}

request_body! {
    /// The current password of the user.
    #[example(json!({"current_password": "a long sentence"}))]
    pub(in crate::users) struct RemoveTotpBody {
        /// Current password of the user.
        current_password: SecretString = required(secret()),
    }
}

/// Get the own second factor
///
/// Whether one is set up, and whether the account needs one.
#[utoipa::path(
    get,
    path = "/api/users/me/totp",
    tag = "users",
    responses((
        status = OK,
        description = "The state of the second factor",
        body = TotpJson,
        example = json!(TotpJson { enabled: false, confirmed_at: None, recovery_codes_left: 0, required: false })
    ))
)]
pub(in crate::users) async fn get_totp(
    State(app): State<App>,
    SignedForTotp(signed): SignedForTotp,
) -> Result<Response, Problem> {
    let factor = app.store.second_factor(&signed.caller).await?;
    let confirmed_at = factor.as_ref().and_then(|factor| factor.confirmed_at);
    let answer = TotpJson {
        enabled: confirmed_at.is_some(),
        confirmed_at,
        recovery_codes_left: factor.map_or(0, |factor| factor.recovery_codes),
        required: app.config.require_totp.includes(signed.viewer.role),
    };
    Ok(Json(answer).into_response())
}

/// Begin to set up a second factor
///
/// Makes a secret for an authenticator application, in place of an unconfirmed one. It counts once a code of it was
/// confirmed.
#[utoipa::path(
    post,
    path = "/api/users/me/totp",
    tag = "users",
    responses((
        status = OK,
        description = "The secret, shown this once",
        body = NewTotp,
        example = json!(NewTotp {
            secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into(),
            otpauth_url: "otpauth://totp/Reparto:ana%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".into()
        })
    )),
    extensions(("x-refusals" = json!(["totp_exists"])))
)]
pub(in crate::users) async fn begin_totp(
    State(app): State<App>,
    SignedForTotp(signed): SignedForTotp,
) -> Result<Response, Problem> {
    let secret = totp::make()?;
    let sealed = app.keys.seal(Purpose::SecondFactor, secret.expose_secret())?;
    app.store.second_factor_begin(&signed.caller, SealedSecret(sealed)).await?;
    let email = app.store.user_get(signed.viewer.id).await?.email;
    let otpauth_url = totp::address(&secret, &email);
    Ok(Json(NewTotp { secret: secret.expose_secret().to_owned(), otpauth_url }).into_response())
}

/// Confirm a second factor
///
/// With the first code of the application. From then on signing in needs a code; the present session goes on.
#[utoipa::path(
    post,
    path = "/api/users/me/totp/confirm",
    tag = "users",
    request_body = ConfirmTotpBody,
    responses((
        status = OK,
        description = "Recovery codes, shown this once",
        body = RecoveryCodes,
        example = json!(RecoveryCodes { recovery_codes: vec!["ABCD-EFGH-IJKL-MNOP".into()] })
    )),
    extensions(("x-refusals" = json!(["totp_confirmation_wrong", "totp_not_found", "totp_exists", "sign_in_paused"])))
)]
pub(in crate::users) async fn confirm_totp(
    State(app): State<App>,
    SignedForTotp(signed): SignedForTotp,
    incoming: Incoming,
) -> Result<Response, Problem> {
    let body: ConfirmTotpBody = incoming.json().await?.read()?;
    let factor = app.store.second_factor(&signed.caller).await?.ok_or(Refusal::TotpNotFound)?;
    if factor.confirmed_at.is_some() {
        return Err(Refusal::TotpExists.into());
    }
    let secret = app.keys.open(Purpose::SecondFactor, &factor.secret.0)?;
    let email = app.store.user_get(signed.viewer.id).await?.email;
    let guessing = app.guesses.begin(&signed.context, &email).await?;
    let Some(step) = totp::step_of(&secret, &body.code, signed.caller.at) else {
        app.store.account_check_failed(&signed.caller).await?;
        return Err(Refusal::TotpConfirmationWrong.into());
    };
    app.guesses.settle(guessing, Outcome::Void).await;
    let codes = totp::recovery_codes()?;
    let hashes = codes.iter().map(|code| totp::recovery_hash(code)).collect();
    let command = ConfirmSecondFactor { secret: factor.secret, step, recovery_codes: hashes };
    app.store.second_factor_confirm(&signed.caller, command).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes }).into_response())
}

/// Remove the own second factor
///
/// With its recovery codes. Asks for the current password.
#[utoipa::path(
    delete,
    path = "/api/users/me/totp",
    tag = "users",
    request_body = RemoveTotpBody,
    responses((status = NO_CONTENT, description = "The second factor is removed")),
    extensions(("x-refusals" = json!(["current_password_wrong", "totp_not_found", "sign_in_paused", "sign_in_busy"])))
)]
pub(in crate::users) async fn remove_totp(
    State(app): State<App>,
    SignedForTotp(signed): SignedForTotp,
    incoming: Incoming,
) -> Result<StatusCode, Problem> {
    let body: RemoveTotpBody = incoming.json().await?.read()?;
    let credentials = verified(&app, &signed, body.current_password).await?;
    app.store.second_factor_remove(&signed.caller, signed.viewer.id, Some(credentials.password)).await?;
    Ok(StatusCode::NO_CONTENT)
}
