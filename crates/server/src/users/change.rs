//! Changes to a user.

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, UserId, users::UserChanges};
use utoipa::ToSchema;

use super::{
    json::{UserJson, answer},
    may_change,
    profile::{LANGUAGE_MAX, QUOTA_MAX, URL_MAX, required_email},
};
use crate::{
    http::{Incoming, PathId, Problem, Signed, fields::TEXT_MAX},
    state::App,
};

/// What is to be changed; what is absent stays as it is, `""` empties an optional text.
#[derive(ToSchema)]
#[schema(example = json!({"full_name": "Marta Ruiz Gil", "daily_lead_quota": 15}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct UserChangesJson {
    /// Address.
    #[schema(format = Email)]
    email: Option<String>,
    /// What the user is called.
    full_name: Option<String>,
    /// First name.
    first_name: Option<String>,
    /// Last name.
    last_name: Option<String>,
    /// Phone.
    phone_number: Option<String>,
    /// A picture.
    avatar_url: Option<String>,
    /// Preferred language, such as `es`.
    preferred_language: Option<String>,
    /// Leads a day.
    #[schema(minimum = 0, maximum = 100_000)]
    daily_lead_quota: Option<i64>,
    /// Activate or deactivate.
    is_active: Option<bool>,
    /// Verified or not.
    is_verified: Option<bool>,
}

/// Changes a user. For administrators; only a superuser changes a superuser. A role in the body is ignored.
#[utoipa::path(
    patch,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = String, Path, description = "The user's id")),
    request_body = UserChangesJson,
    responses((status = OK, description = "The user", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "email_taken", "last_administrator"
    ])))
)]
pub(super) async fn change(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let email = if fields.has("email") { required_email(&mut fields) } else { None };
    let changes = UserChanges {
        email,
        full_name: fields.text_change("full_name", TEXT_MAX),
        first_name: fields.text_change("first_name", TEXT_MAX),
        last_name: fields.text_change("last_name", TEXT_MAX),
        phone_number: fields.text_change("phone_number", TEXT_MAX),
        avatar_url: fields.text_change("avatar_url", URL_MAX),
        preferred_language: fields.text_change("preferred_language", LANGUAGE_MAX),
        daily_lead_quota: fields.integer("daily_lead_quota", 0, QUOTA_MAX),
        is_active: fields.boolean("is_active"),
        is_verified: fields.boolean("is_verified"),
    };
    fields.finish()?;
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_update(&signed.caller, id, changes).await?))
}
