//! Users: who signs in, acts, and holds opportunities.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{Role, Timestamp, UserId, page::Slice, values::EmailAddress};

/// The daily quota of leads of a user for whom none was set.
pub const DAILY_LEAD_QUOTA: i64 = 10;

/// A user as administrators and the user see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Address, as written.
    pub email: String,
    /// What the user is called.
    pub full_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone.
    pub phone_number: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Whether the user may sign in, act and be given opportunities.
    pub is_active: bool,
    /// Whether the address was verified.
    pub is_verified: bool,
    /// The role.
    pub role: Role,
    /// Preferred language, such as `es`.
    pub preferred_language: Option<String>,
    /// Leads a day.
    pub daily_lead_quota: i64,
    /// When the user last signed in.
    pub last_login: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl User {
    /// What the user is called: full name, else first and last name, else address.
    pub fn name(&self) -> String {
        display_name(self.full_name.as_deref(), self.first_name.as_deref(), self.last_name.as_deref(), &self.email)
    }
}

/// What a user is called: full name, else first and last name, else address.
pub fn display_name(full: Option<&str>, first: Option<&str>, last: Option<&str>, email: &str) -> String {
    if let Some(full) = full.map(str::trim).filter(|full| !full.is_empty()) {
        return full.to_owned();
    }
    let parts: Vec<&str> = [first, last].into_iter().flatten().map(str::trim).filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { email.to_owned() } else { parts.join(" ") }
}

/// A user as colleagues see it: an item of `/api/crm/users`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Its id.
    pub id: UserId,
    /// What the user is called.
    pub name: String,
    /// Address.
    pub email: String,
    /// Phone.
    pub phone: Option<String>,
    /// The role's name.
    pub role_name: Role,
    /// Whether the user is active; a deleted one is not.
    pub is_active: bool,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Leads a day.
    pub daily_lead_quota: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
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

/// The shortest and the longest password, in characters (and at most this many bytes: what bcrypt, which other
/// backends use, looks at).
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=72;

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its id: from outside, so that a demo can be repeated exactly.
    pub id: UserId,
    /// Address; one that exists, in any case, is refused.
    pub email: EmailAddress,
    /// Hash of the password.
    pub password: PasswordHash,
    /// What may be changed later, too.
    pub profile: Profile,
    /// The role.
    pub role: Role,
    /// Whether active at once.
    pub is_active: bool,
    /// Whether the address was verified.
    pub is_verified: bool,
}

/// What a user is called and how to reach them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// What the user is called.
    pub full_name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Phone.
    pub phone_number: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Preferred language.
    pub preferred_language: Option<String>,
    /// Leads a day; `None`: [`DAILY_LEAD_QUOTA`].
    pub daily_lead_quota: Option<i64>,
}

/// Changes to a user; `None` leaves as it is, `Some(None)` empties.
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

/// What users may be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSort {
    /// What the user is called, folded.
    Name,
    /// Address, in lower case.
    Email,
    /// Phone.
    PhoneNumber,
    /// Role's name.
    Role,
    /// Active or not.
    IsActive,
    /// Last sign-in; never is lowest.
    LastLogin,
    /// When it was created.
    #[default]
    CreatedAt,
}

impl UserSort {
    /// Every order that is offered, by name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("name", Self::Name),
        ("email", Self::Email),
        ("phone_number", Self::PhoneNumber),
        ("role", Self::Role),
        ("is_active", Self::IsActive),
        ("last_login", Self::LastLogin),
        ("created_at", Self::CreatedAt),
    ];

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, sort)| sort)
    }
}

/// Which users. Everything that is set must hold. Deleted ones never match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Whose name, address or phone has this part; folded, never empty.
    pub search: Option<String>,
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

/// A question for a list of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery {
    /// Which.
    pub filter: UserFilter,
    /// In which order; rows with the same key follow by id.
    pub sort: UserSort,
    /// From the highest down.
    pub descending: bool,
    /// Which part.
    pub slice: Slice,
}

/// Which people, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonFilter {
    /// Active or not; `None`: both.
    pub is_active: Option<bool>,
    /// Only those with one of these roles.
    pub roles: Option<Vec<Role>>,
}

/// What remains of a user who was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserDeleted {
    /// Which.
    pub id: UserId,
    /// How many open opportunities (pending, assigned or contacted) stay with the user until handed over.
    pub open_opportunities: u64,
}
