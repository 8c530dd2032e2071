//! Users: they sign in, act and hold opportunities.

mod changes;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use self::changes::UserEdit;
use crate::{Role, Timestamp, UserId, page::Slice, search::Search, values::EmailAddress};

/// The default daily lead quota.
pub const DAILY_LEAD_QUOTA: i64 = 10;

/// A user as shown to administrators and to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Email address, as written.
    pub email: String,
    /// Full name.
    pub full_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone.
    pub phone_number: Option<String>,
    /// URL of a picture.
    pub avatar_url: Option<String>,
    /// Whether the user may sign in, act and be given opportunities.
    pub is_active: bool,
    /// Whether the address was verified.
    pub is_verified: bool,
    /// The role.
    pub role: Role,
    /// Preferred language, such as `es`.
    pub preferred_language: Option<String>,
    /// Daily lead quota.
    pub daily_lead_quota: i64,
    /// When the user last signed in.
    pub last_login: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// The display name: full name, else first and last name, else address.
    pub fn name(&self) -> String {
        display_name(self.full_name.as_deref(), self.first_name.as_deref(), self.last_name.as_deref(), &self.email)
    }
}

/// A user's display name: full name, else first and last name, else address.
pub fn display_name(full: Option<&str>, first: Option<&str>, last: Option<&str>, email: &str) -> String {
    if let Some(full) = full.map(str::trim).filter(|full| !full.is_empty()) {
        return full.to_owned();
    }
    let parts: Vec<&str> = [first, last].into_iter().flatten().map(str::trim).filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { email.to_owned() } else { parts.join(" ") }
}

/// A user as shown to colleagues (`/api/crm/users`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its id.
    pub id: UserId,
    /// The display name.
    pub name: String,
    /// Address.
    pub email: String,
    /// Phone.
    pub phone: Option<String>,
    /// The role's name.
    pub role_name: Role,
    /// Whether the user is active; a deleted one is not.
    pub is_active: bool,
    /// URL of a picture.
    pub avatar_url: Option<String>,
    /// Daily lead quota.
    pub daily_lead_quota: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A password hash in PHC string format. Never shown.
#[derive(Clone)]
pub struct PasswordHash(pub SecretString);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its id, passed in so that a demo is reproducible.
    pub id: UserId,
    /// Email address; refused if taken, ignoring case.
    pub email: EmailAddress,
    /// Hash of the password.
    pub password: PasswordHash,
    /// The profile.
    pub profile: Profile,
    /// The role.
    pub role: Role,
    /// Whether it is active from the start.
    pub is_active: bool,
    /// Whether the address was verified.
    pub is_verified: bool,
}

/// A user's names and contact details.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Full name.
    pub full_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone.
    pub phone_number: Option<String>,
    /// URL of a picture.
    pub avatar_url: Option<String>,
    /// Preferred language.
    pub preferred_language: Option<String>,
    /// Daily lead quota; `None`: [`DAILY_LEAD_QUOTA`].
    pub daily_lead_quota: Option<i64>,
}

/// Changes to a user; `None` leaves a field unchanged, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// New address.
    pub email: Option<EmailAddress>,
    /// New full name.
    pub full_name: Option<Option<String>>,
    /// New first name.
    pub first_name: Option<Option<String>>,
    /// New last name.
    pub last_name: Option<Option<String>>,
    /// New phone.
    pub phone_number: Option<Option<String>>,
    /// New picture.
    pub avatar_url: Option<Option<String>>,
    /// New language.
    pub preferred_language: Option<Option<String>>,
    /// New quota.
    pub daily_lead_quota: Option<i64>,
    /// Activate or deactivate.
    pub is_active: Option<bool>,
    /// Verified or not.
    pub is_verified: Option<bool>,
}

/// The sort keys of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSort {
    /// Display name, folded.
    Name,
    /// Address, in lower case.
    Email,
    /// Phone.
    PhoneNumber,
    /// Role's name.
    Role,
    /// Active or not.
    IsActive,
    /// Last sign-in; users who never signed in sort lowest.
    LastLogin,
    /// When it was created.
    #[default]
    CreatedAt,
}

impl UserSort {
    /// Every supported order, by name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("name", Self::Name),
        ("email", Self::Email),
        ("phone_number", Self::PhoneNumber),
        ("role", Self::Role),
        ("is_active", Self::IsActive),
        ("last_login", Self::LastLogin),
        ("created_at", Self::CreatedAt),
    ];

    /// Parses the name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, sort)| sort)
    }
}

/// A filter of users: all conditions that are set must match. Deleted users never match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// What is searched for in name, address and phone.
    pub search: Option<Search>,
    /// With this role.
    pub role: Option<Role>,
    /// Active or not.
    pub is_active: Option<bool>,
    /// Verified or not.
    pub is_verified: Option<bool>,
    /// Signed in at or after.
    pub last_login_from: Option<Timestamp>,
    /// Signed in at or before.
    pub last_login_to: Option<Timestamp>,
    /// Created at or after.
    pub created_from: Option<Timestamp>,
    /// Created at or before.
    pub created_to: Option<Timestamp>,
}

/// A query for a list of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery {
    /// The filter.
    pub filter: UserFilter,
    /// The sort order; ties are broken by id.
    pub sort: UserSort,
    /// Whether the order is descending.
    pub descending: bool,
    /// The part to return.
    pub slice: Slice,
}

/// A filter of people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFilter {
    /// Active or not; `None`: both.
    pub is_active: Option<bool>,
    /// Only those with one of these roles.
    pub roles: Option<Vec<Role>>,
}

/// The outcome of deleting a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserDeleted {
    /// Its id.
    pub id: UserId,
    /// The number of open opportunities (pending, assigned or contacted) that the user still holds.
    pub open_opportunities: u64,
}
