//! What the bodies that make and change users have in common.

use reparto_domain::{
    users::{PASSWORD_LENGTH, Profile},
    values::EmailAddress,
};
use secrecy::SecretString;
use serde_json::Value;

use crate::{
    auth::passwords,
    http::{Fields, fields::TEXT_MAX, problem::Fault},
};

/// What is looked at of an address, in characters.
const EMAIL_TEXT_MAX: usize = 1_000;

/// The longest address of a picture, in characters.
pub(super) const URL_MAX: usize = 2_048;

/// The longest name of a language, in characters.
pub(super) const LANGUAGE_MAX: usize = 35;

/// The most leads a day.
pub(super) const QUOTA_MAX: i64 = 100_000;

/// The profile of a new user.
pub(super) fn profile(fields: &mut Fields<'_>) -> Profile {
    Profile {
        full_name: fields.text("full_name", TEXT_MAX),
        first_name: fields.text("first_name", TEXT_MAX),
        last_name: fields.text("last_name", TEXT_MAX),
        phone_number: fields.text("phone_number", TEXT_MAX),
        avatar_url: fields.text("avatar_url", URL_MAX),
        preferred_language: fields.text("preferred_language", LANGUAGE_MAX),
        daily_lead_quota: fields.integer("daily_lead_quota", 0, QUOTA_MAX),
    }
}

/// An address that must be there; where it is not, the fault is noted.
pub(crate) fn required_email(fields: &mut Fields<'_>) -> Option<EmailAddress> {
    let text = fields.required_text("email", EMAIL_TEXT_MAX);
    let email = EmailAddress::new(&text);
    if email.is_none() && !text.is_empty() {
        fields.fault("email", Fault::Email);
    }
    email
}

/// A new password, of the right length.
pub(crate) fn password(fields: &mut Fields<'_>) -> SecretString {
    let password = fields.secret("password");
    if fields.raw("password").is_some_and(Value::is_string) && !passwords::fits(&password) {
        fields.fault("password", Fault::Length { min: *PASSWORD_LENGTH.start(), max: *PASSWORD_LENGTH.end() });
    }
    SecretString::from(password)
}
