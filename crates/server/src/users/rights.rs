//! Role, status and password of a user.

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, Role, UserId};
use secrecy::SecretString;
use serde_json::json;

use super::{
    guard::may_change,
    json::{UserJson, answer},
    own,
    profile::password,
};
use crate::{
    auth::cookie::Delivery,
    http::{
        Incoming, PathId, Problem, Signed,
        body::{boolean, one_of, optional, request_body, required, secret},
    },
    state::App,
};

request_body! {
    /// The new role of a user.
    #[example(json!({"role": "lawyer"}))]
    pub(super) struct SetRoleBody {
        /// The role that the user gets, from the next request on.
        role: Role = required(one_of()),
    }
}

request_body! {
    /// Whether a user is active.
    #[example(json!({"is_active": false}))]
    pub(super) struct SetActiveBody {
        /// True to activate the user, false to deactivate.
        is_active: bool = required(boolean()),
    }
}

request_body! {
    /// The new password of a user.
    #[example(json!({"password": "another long sentence"}))]
    pub(super) struct SetPasswordBody {
        /// The new password: 8 to 128 characters, none of the commonest, and not the email address.
        password: SecretString = required(password()),
        /// Current password of the administrator, needed to change one's own password.
        current_password: Option<SecretString> = optional(secret()),
    }
}

/// Set a user's role
///
/// The new role counts from the next request on. For administrators; only a superuser appoints or changes a
/// superuser.
#[utoipa::path(
    patch,
    path = "/api/users/{id}/role",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    request_body = SetRoleBody,
    responses((status = OK, description = "The user as it stands", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "last_administrator"
    ])))
)]
pub(super) async fn set_role(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let SetRoleBody { role } = incoming.json().await?.read()?;
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_set_role(&signed.caller, id, role).await?))
}

/// Activate or deactivate a user
///
/// A deactivation ends the user's sessions, and access tokens issued before are refused. For administrators; only a
/// superuser changes a superuser.
#[utoipa::path(
    patch,
    path = "/api/users/{id}/status",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    request_body = SetActiveBody,
    responses((status = OK, description = "The user as it stands", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "last_administrator"
    ])))
)]
pub(super) async fn set_status(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let SetActiveBody { is_active } = incoming.json().await?.read()?;
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_set_active(&signed.caller, id, is_active).await?))
}

/// Set a user's password
///
/// The user's sessions end, and access tokens issued before are refused. The user has to choose another password at
/// the next sign-in. One's own password needs the current one, has to differ from it, and need not be changed again. For
/// administrators; only a superuser changes a superuser.
#[utoipa::path(
    patch,
    path = "/api/users/{id}/password",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    request_body = SetPasswordBody,
    responses((status = OK, description = "The user as it stands", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "current_password_wrong", "password_too_common",
        "password_unchanged", "sign_in_paused", "sign_in_busy"
    ])))
)]
pub(super) async fn set_password(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let SetPasswordBody { password, current_password } = incoming.json().await?.read()?;
    let id = id.or(Refusal::UserNotFound)?;
    if id == signed.viewer.id {
        let current = current_password.ok_or(Refusal::CurrentPasswordWrong)?;
        own::password::replace(&app, &signed, current, password, ("password", Delivery::Body)).await?;
        return Ok(answer(StatusCode::OK, app.store.user_get(id).await?));
    }
    let email = app.store.user_get(id).await?.email;
    let password = app.passwords.choose(password, &email, "password").await?;
    Ok(answer(StatusCode::OK, app.store.user_set_password(&signed.caller, id, password).await?))
}
