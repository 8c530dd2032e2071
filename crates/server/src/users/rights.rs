//! Role, status and password of a user.

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, Role, UserId};
use utoipa::ToSchema;

use super::{
    json::{UserJson, answer},
    may_change, profile,
};
use crate::{
    http::{Incoming, PathId, Problem, Signed, problem::Fault},
    state::App,
};

/// A role to give.
#[derive(ToSchema)]
#[schema(example = json!({"role": "lawyer"}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct NewRole {
    /// `superuser`, `admin`, `lawyer`, `agent` or `user`.
    role: String,
}

/// Whether the user is to be active.
#[derive(ToSchema)]
#[schema(example = json!({"is_active": false}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct NewUserStatus {
    /// Active or not.
    is_active: bool,
}

/// A password to set.
#[derive(ToSchema)]
#[schema(example = json!({"password": "another long sentence"}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct NewPassword {
    /// 8 to 72 characters.
    #[schema(min_length = 8, max_length = 72)]
    password: String,
}

/// Gives a user another role; it counts at once. For administrators; only a superuser appoints or changes a superuser.
#[utoipa::path(
    patch,
    path = "/api/users/{id}/role",
    tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    request_body = NewRole,
    responses((status = OK, description = "The user", body = UserJson, example = json!(UserJson::sample()))),
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
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let role = fields.one_of("role", &Role::ALL.map(Role::as_str));
    if !fields.has("role") {
        fields.fault("role", Fault::Missing);
    }
    fields.finish()?;
    let Some(role) = role else { return Err(Problem::internal("role was read without a fault and is missing")) };
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_set_role(&signed.caller, id, role).await?))
}

/// Activates or deactivates a user. A deactivation ends the user's sessions, and access tokens issued before are
/// refused. For administrators; only a superuser changes a superuser.
#[utoipa::path(
    patch,
    path = "/api/users/{id}/status",
    tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    request_body = NewUserStatus,
    responses((status = OK, description = "The user", body = UserJson, example = json!(UserJson::sample()))),
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
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let active = fields.boolean("is_active");
    if !fields.has("is_active") {
        fields.fault("is_active", Fault::Missing);
    }
    fields.finish()?;
    let Some(active) = active else {
        return Err(Problem::internal("is_active was read without a fault and is missing"));
    };
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_set_active(&signed.caller, id, active).await?))
}

/// Sets a user's password; the user's sessions end, and access tokens issued before are refused. For administrators;
/// only a superuser changes a superuser.
#[utoipa::path(
    patch,
    path = "/api/users/{id}/password",
    tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    request_body = NewPassword,
    responses((status = OK, description = "The user", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!(["administrators_only", "superuser_only", "user_not_found"])))
)]
pub(super) async fn set_password(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let password = profile::password(&mut fields);
    fields.finish()?;
    let id = id.or(Refusal::UserNotFound)?;
    let password = app.passwords.hash(password).await?;
    Ok(answer(StatusCode::OK, app.store.user_set_password(&signed.caller, id, password).await?))
}
