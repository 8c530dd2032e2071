//! A new user.

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use reparto_domain::{
    Role, UserId,
    users::{NewUser, Profile},
    values::EmailAddress,
};
use secrecy::SecretString;
use serde_json::json;

use super::{
    json::{UserJson, answer},
    profile::{LANGUAGE_MAX, QUOTA_MAX, URL_MAX, password},
};
use crate::{
    http::{
        Incoming, Problem, Signed,
        body::{boolean, email, integer, kinds::TEXT_MAX, one_of, optional, or_default, request_body, required, text},
    },
    state::App,
};

request_body! {
    /// A user to create.
    #[example(json!({
        "email": "marta.ruiz@example.org", "password": "a long sentence", "full_name": "Marta Ruiz", "role": "agent"
    }))]
    pub(super) struct CreateUserBody {
        /// Email address to sign in with; one that exists, whatever its case, is refused.
        email: EmailAddress = required(email()),
        /// The password: 8 to 128 characters, none of the commonest, and not the email address.
        password: SecretString = required(password()),
        /// Full name, as colleagues see it.
        full_name: Option<String> = optional(text(TEXT_MAX)),
        /// First name of the user.
        first_name: Option<String> = optional(text(TEXT_MAX)),
        /// Last name of the user.
        last_name: Option<String> = optional(text(TEXT_MAX)),
        /// Phone number, in any notation.
        phone_number: Option<String> = optional(text(TEXT_MAX)),
        /// Address of a picture of the user.
        avatar_url: Option<String> = optional(text(URL_MAX)),
        /// Preferred language, such as `es` or `en-GB`.
        preferred_language: Option<String> = optional(text(LANGUAGE_MAX)),
        /// Leads that the user should get per day; 10 where none is given.
        daily_lead_quota: Option<i64> = optional(integer(0..=QUOTA_MAX)),
        /// Role of the user, `user` by default.
        role: Role = or_default(one_of(), Role::User),
        /// Whether the user is active at once.
        is_active: bool = or_default(boolean(), true),
        /// Whether the email address counts as verified.
        is_verified: bool = or_default(boolean(), false),
    }
}

impl CreateUserBody {
    fn profile(&self) -> Profile {
        Profile {
            full_name: self.full_name.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            phone_number: self.phone_number.clone(),
            avatar_url: self.avatar_url.clone(),
            preferred_language: self.preferred_language.clone(),
            daily_lead_quota: self.daily_lead_quota,
        }
    }
}

/// Create a user
///
/// For administrators; only a superuser creates a superuser.
#[utoipa::path(
    post,
    path = "/api/users",
    tag = "users",
    request_body = CreateUserBody,
    responses((
        status = CREATED,
        description = "The user as it stands",
        body = UserJson,
        headers(("Location" = String, description = "Path of the new user")),
        example = json!(UserJson::sample())
    )),
    extensions(("x-refusals" = json!(["administrators_only", "superuser_only", "email_taken", "password_too_common", "sign_in_busy"])))
)]
pub(super) async fn create(State(app): State<App>, signed: Signed, incoming: Incoming) -> Result<Response, Problem> {
    signed.administrator()?;
    let body: CreateUserBody = incoming.json().await?.read()?;
    let profile = body.profile();
    let user = NewUser {
        id: UserId::new(),
        profile,
        password: app.passwords.choose(body.password, body.email.as_str(), "password").await?,
        email: body.email,
        role: body.role,
        is_active: body.is_active,
        is_verified: body.is_verified,
    };
    let user = app.store.user_create(&signed.caller, user).await?;
    let location = HeaderValue::from_str(&format!("/api/users/{}", user.id));
    let mut response = answer(StatusCode::CREATED, user);
    if let Ok(location) = location {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
