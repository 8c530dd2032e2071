//! Helping a user who cannot sign in: a link for a new password, and a second factor taken away.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reparto_domain::{Refusal, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::guard::may_change;
use crate::{
    auth::{cookie::is_https, pair},
    http::{Incoming, Json, Language, PathId, Problem, Signed},
    random::random_bytes,
    state::App,
};

/// Seconds for which a link is good.
const LIFETIME: i64 = 24 * 3_600;

/// A one-time link for a new password.
#[derive(Serialize, ToSchema)]
#[schema(as = PasswordReset)]
pub(super) struct ResetLink {
    /// What to do with the link, in the language of the answer.
    message: &'static str,
    /// Address to give to the user, shown this once.
    reset_url: String,
    /// When the link expires.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl ResetLink {
    fn new(language: Language, reset_url: String, expires_at: Timestamp) -> Self {
        let message = language.pick(
            "Entregue este enlace a la persona: sirve una vez, durante 24 horas, para elegir una contraseña nueva",
            "Give this link to the person: it is good once, for 24 hours, to choose a new password",
        );
        Self { message, reset_url, expires_at }
    }
}

/// Make a link for a new password
///
/// A one-time link with which the user chooses a new password, good for 24 hours, in place of an earlier one. For
/// administrators; only a superuser makes one for a superuser, and nobody one for themselves.
#[utoipa::path(
    post,
    path = "/api/users/{id}/reset-password",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    responses((
        status = OK,
        description = "The link, shown this once",
        body = ResetLink,
        example = json!(ResetLink::new(
            Language::Spanish,
            "https://crm.example.org/reset-password#token=c29tZXRoaW5nIGZyb20gYSBsaW5r".into(),
            Timestamp::from_seconds(1_768_467_600)
        ))
    )),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "reset_of_oneself"
    ])))
)]
pub(super) async fn reset_password(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let token = URL_SAFE_NO_PAD.encode(random_bytes::<32>()?);
    let expires_at = signed.caller.at.plus_seconds(LIFETIME);
    let id = id.or(Refusal::UserNotFound)?;
    app.store.password_reset_offer(&signed.caller, id, pair::hash(&token), expires_at).await?;
    // Behind `#`, so that no server and no log along the way sees the token.
    let url = format!("{}/reset-password#token={token}", page(&app, &incoming.parts.headers));
    Ok(Json(ResetLink::new(signed.context.language, url, expires_at)).into_response())
}

/// Where the page is: the setting, else where the request went.
fn page(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", if is_https(app, headers) { "https" } else { "http" })
}

/// Take a user's second factor away
///
/// For somebody whose telephone is lost. The recovery codes go with it. For administrators; only a superuser changes a
/// superuser. One's own is removed at `/api/users/me/totp`.
#[utoipa::path(
    delete,
    path = "/api/users/{id}/totp",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    responses((status = NO_CONTENT, description = "The second factor is removed")),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "totp_not_found", "current_password_wrong"
    ])))
)]
pub(super) async fn remove_second_factor(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
) -> Result<StatusCode, Problem> {
    may_change(&app, &signed, id.known()).await?;
    app.store.second_factor_remove(&signed.caller, id.or(Refusal::UserNotFound)?, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
