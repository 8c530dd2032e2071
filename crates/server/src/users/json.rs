//! The `User` as it is sent.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use reparto_domain::{Role, Timestamp, UserId, users::User};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Json, names::RoleName};

/// A user, as administrators and the user see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserJson {
    /// Id of the user.
    #[schema(value_type = String, format = Uuid)]
    pub id: UserId,
    /// Email address, as it was written.
    #[schema(format = Email)]
    pub email: String,
    /// Full name, as colleagues see it.
    pub full_name: Option<String>,
    /// First name of the user.
    pub first_name: Option<String>,
    /// Last name of the user.
    pub last_name: Option<String>,
    /// Phone number, in any notation.
    pub phone_number: Option<String>,
    /// Address of a picture of the user.
    pub avatar_url: Option<String>,
    /// Whether the user may sign in, act and hold opportunities.
    pub is_active: bool,
    /// Whether the email address was verified.
    pub is_verified: bool,
    /// Whether the role is `superuser`.
    pub is_superuser: bool,
    /// Role of the user, which decides their rights.
    #[schema(value_type = RoleName)]
    pub role: Role,
    /// Preferred language, such as `es` or `en-GB`.
    pub preferred_language: Option<String>,
    /// Leads that the user should get per day.
    pub daily_lead_quota: i64,
    /// When the user last signed in; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_login: Option<Timestamp>,
    /// When the user was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the user was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl From<User> for UserJson {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: user.email,
            full_name: user.full_name,
            first_name: user.first_name,
            last_name: user.last_name,
            phone_number: user.phone_number,
            avatar_url: user.avatar_url,
            is_active: user.is_active,
            is_verified: user.is_verified,
            is_superuser: user.role == Role::Superuser,
            role: user.role,
            preferred_language: user.preferred_language,
            daily_lead_quota: user.daily_lead_quota,
            last_login: user.last_login,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

impl UserJson {
    /// One to show in the API document.
    pub fn sample() -> Self {
        let at = Timestamp::from_seconds(1_768_467_600);
        Self {
            id: UserId::from_uuid(uuid::uuid!("0190a6e0-7c1b-7abc-8def-0123456789ab")),
            email: "marta.ruiz@example.org".into(),
            full_name: Some("Marta Ruiz".into()),
            first_name: Some("Marta".into()),
            last_name: Some("Ruiz".into()),
            phone_number: Some("+34 600 000 000".into()),
            avatar_url: None,
            is_active: true,
            is_verified: true,
            is_superuser: false,
            role: Role::Agent,
            preferred_language: Some("es".into()),
            daily_lead_quota: 10,
            last_login: Some(at),
            created_at: at,
            updated_at: at,
        }
    }
}

/// A user as an answer.
pub(crate) fn answer(status: StatusCode, user: User) -> Response {
    (status, Json(UserJson::from(user))).into_response()
}
