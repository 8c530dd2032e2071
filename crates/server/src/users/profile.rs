//! What the bodies that create and change users have in common.

use reparto_domain::passwords::{self, PASSWORD_LENGTH};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};

use crate::http::{
    body::{Faults, kinds::Kind, secret},
    problem::Fault,
};

/// The longest address of a picture, in characters.
pub(super) const URL_MAX: usize = 2_048;

/// The longest name of a language, in characters.
pub(super) const LANGUAGE_MAX: usize = 35;

/// The most leads per day.
pub(super) const QUOTA_MAX: i64 = 100_000;

/// A new password.
#[derive(Debug)]
pub(crate) struct Password;

/// A new password: exactly as it was sent, and of the right length.
pub(crate) const fn password() -> Password {
    Password
}

impl Kind for Password {
    type Value = SecretString;

    fn read(&self, sent: &Value) -> Result<Option<SecretString>, Faults> {
        let password = secret().read(sent)?;
        if password.as_ref().is_some_and(|password| !passwords::fits(password.expose_secret())) {
            return Err(Fault::Length { min: *PASSWORD_LENGTH.start(), max: *PASSWORD_LENGTH.end() }.into());
        }
        Ok(password)
    }

    fn schema(&self) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .min_length(Some(*PASSWORD_LENGTH.start()))
            .max_length(Some(*PASSWORD_LENGTH.end()))
            .into()
    }
}
