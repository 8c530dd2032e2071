//! A new user.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use reparto_domain::{Role, UserId, users::NewUser};
use utoipa::ToSchema;

use super::{
    json::{UserJson, answer},
    profile,
};
use crate::{
    http::{Incoming, Problem, Signed},
    state::App,
};

/// A new user.
#[derive(ToSchema)]
#[schema(example = json!({
    "email": "marta.ruiz@example.org", "password": "a long sentence", "full_name": "Marta Ruiz", "role": "agent"
}))]
#[allow(dead_code, reason = "describes the body in the API document")]
pub(super) struct NewUserJson {
    /// Address; one that exists, in any case, is refused.
    #[schema(format = Email)]
    email: String,
    /// 8 to 72 characters.
    #[schema(min_length = 8, max_length = 72)]
    password: String,
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
    /// The role: `superuser`, `admin`, `lawyer`, `agent` or `user` (the default).
    role: Option<String>,
    /// Whether active at once; true by default.
    is_active: Option<bool>,
    /// Whether the address was verified; false by default.
    is_verified: Option<bool>,
    /// Preferred language, such as `es`.
    preferred_language: Option<String>,
    /// Leads a day; 10 by default.
    #[schema(minimum = 0, maximum = 100_000)]
    daily_lead_quota: Option<i64>,
}

/// Makes a user. For administrators; only a superuser makes a superuser.
#[utoipa::path(
    post,
    path = "/api/users",
    tag = "users",
    request_body = NewUserJson,
    responses((
        status = CREATED,
        description = "The user",
        body = UserJson,
        headers(("Location" = String, description = "Where the user is")),
        example = json!(UserJson::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "superuser_only", "email_taken"])))
)]
pub(super) async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body = incoming.json().await?;
    let mut fields = body.fields();
    let (email, password) = (profile::required_email(&mut fields), profile::password(&mut fields));
    let profile = profile::profile(&mut fields);
    let role = fields.one_of("role", &Role::ALL.map(Role::as_str)).unwrap_or(Role::User);
    let is_active = fields.boolean("is_active").unwrap_or(true);
    let is_verified = fields.boolean("is_verified").unwrap_or(false);
    fields.finish()?;
    let Some(email) = email else { return Err(Problem::internal("email was read without a fault and is missing")) };
    let password = app.passwords.hash(password).await?;
    let user = NewUser { id: UserId::new(), email, password, profile, role, is_active, is_verified };
    let user = app.store.user_create(&signed.caller, user).await?;
    let location = HeaderValue::from_str(&format!("/api/users/{}", user.id));
    let mut response = answer(StatusCode::CREATED, user);
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
