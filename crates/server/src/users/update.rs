//! Changes to a user.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the form for these three throughout")]

use axum::{extract::State, http::StatusCode, response::Response};
use reparto_domain::{Refusal, UserId, users::UserChanges, values::EmailAddress};
use serde_json::json;

use super::{
    guard::may_change,
    json::{UserJson, answer},
    profile::{LANGUAGE_MAX, QUOTA_MAX, URL_MAX},
};
use crate::{
    http::{
        Incoming, PathId, Problem, Signed,
        body::{boolean, change, email, integer, kinds::TEXT_MAX, optional, request_body, text},
    },
    state::App,
};

request_body! {
    /// Changes to a user. A field that is absent stays as it is; null or `""` empties an optional text.
    #[example(json!({"full_name": "Marta Ruiz Gil", "daily_lead_quota": 15}))]
    pub(super) struct UpdateUserBody {
        /// New email address; one that exists, whatever its case, is refused.
        email: Option<EmailAddress> = optional(email()),
        /// Full name, as colleagues see it.
        full_name: Option<Option<String>> = change(text(TEXT_MAX)),
        /// First name of the user.
        first_name: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Last name of the user.
        last_name: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Phone number, in any notation.
        phone_number: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Address of a picture of the user.
        avatar_url: Option<Option<String>> = change(text(URL_MAX)),
        /// Preferred language, such as `es` or `en-GB`.
        preferred_language: Option<Option<String>> = change(text(LANGUAGE_MAX)),
        /// Leads that the user should get per day; null leaves the number as it is.
        daily_lead_quota: Option<i64> = optional(integer(0..=QUOTA_MAX)),
        /// True to activate the user, false to deactivate.
        is_active: Option<bool> = optional(boolean()),
        /// Whether the email address counts as verified.
        is_verified: Option<bool> = optional(boolean()),
    }
}

/// Change a user
///
/// For administrators; only a superuser changes a superuser. A role in the body is ignored.
#[utoipa::path(
    patch,
    path = "/api/users/{id}",
    tag = "users",
    params(("id" = Uuid, Path, description = "Id of the user")),
    request_body = UpdateUserBody,
    responses((status = OK, description = "The user as it stands", body = UserJson, example = json!(UserJson::sample()))),
    extensions(("x-refusals" = json!([
        "administrators_only", "superuser_only", "user_not_found", "email_taken", "last_administrator"
    ])))
)]
pub(super) async fn update(
    State(app): State<App>,
    signed: Signed,
    id: PathId<UserId>,
    incoming: Incoming,
) -> Result<Response, Problem> {
    may_change(&app, &signed, id.known()).await?;
    let body: UpdateUserBody = incoming.json().await?.read()?;
    let changes = UserChanges {
        email: body.email,
        full_name: body.full_name,
        first_name: body.first_name,
        last_name: body.last_name,
        phone_number: body.phone_number,
        avatar_url: body.avatar_url,
        preferred_language: body.preferred_language,
        daily_lead_quota: body.daily_lead_quota,
        is_active: body.is_active,
        is_verified: body.is_verified,
    };
    let id = id.or(Refusal::UserNotFound)?;
    Ok(answer(StatusCode::OK, app.store.user_update(&signed.caller, id, changes).await?))
}
