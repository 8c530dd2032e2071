//! The JSON that a field accepts.

use std::{marker::PhantomData, ops::RangeInclusive};

use reparto_domain::{Score, Timestamp, text::tidy, values::EmailAddress};
use secrecy::SecretString;
use serde_json::{Number, Value};
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, SchemaFormat,
        schema::{AnyOfBuilder, Type},
    },
};

use super::request::{Faults, Schemas};
use crate::http::{
    names::{Named, TimeOrDate},
    problem::{Fault, Kind as JsonKind},
};

/// The longest text of a field that names no other bound, in characters.
pub const TEXT_MAX: usize = 255;

/// The longest free text (notes of a contact or an opportunity), in characters.
pub const LONG_TEXT_MAX: usize = 20_000;

/// The maximum length of an email address before it is parsed, in characters.
const EMAIL_TEXT_MAX: usize = 1_000;

/// The maximum length of a time before it is parsed, in characters.
const TIME_TEXT_MAX: usize = 100;

/// The JSON that a field accepts.
pub trait Kind {
    /// The type of the parsed value.
    type Value;

    /// Reads a value that is not null; `Ok(None)` if it is blank, which counts as null.
    fn read(&self, sent: &Value) -> Result<Option<Self::Value>, Faults>;

    /// Its schema, without null.
    fn schema(&self) -> RefOr<Schema>;

    /// The schema of a field that must not be blank.
    fn filled(&self) -> RefOr<Schema> {
        self.schema()
    }

    /// The schema of a field that may be blank.
    fn or_blank(&self) -> RefOr<Schema> {
        self.schema()
    }

    /// Adds the schemas that its own schema refers to.
    fn refer(&self, _schemas: &mut Schemas) {}
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// A schema that also accepts an empty text. `anyOf`, not `oneOf`: for a validator that ignores formats, both match.
pub fn or_empty_text(schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    AnyOfBuilder::new().item(schema).item(string().max_length(Some(0))).into()
}

/// A text, without invisible characters and surrounding blanks, with a maximum length in characters; one in which there
/// is nothing to see is blank.
#[derive(Debug)]
pub struct Text {
    max: usize,
}

/// A text, tidied, of at most `max` characters; one in which there is nothing to see is blank.
pub const fn text(max: usize) -> Text {
    Text { max }
}

impl Kind for Text {
    type Value = String;

    fn read(&self, sent: &Value) -> Result<Option<String>, Faults> {
        let Value::String(text) = sent else { return Err(Fault::Type(JsonKind::StringOrNull).into()) };
        // What nobody sees would make two of what looks like one: a name, an address, a number.
        let Some(text) = tidy(text) else {
            return if text.contains('\0') { Err(Fault::Character.into()) } else { Ok(None) };
        };
        if text.chars().nth(self.max).is_some() {
            return Err(Fault::Length { min: 0, max: self.max }.into());
        }
        // JSON allows NUL, but PostgreSQL cannot store it.
        if text.contains('\0') {
            return Err(Fault::Character.into());
        }
        Ok(Some(text.into_owned()))
    }

    fn schema(&self) -> RefOr<Schema> {
        string().max_length(Some(self.max)).into()
    }

    fn filled(&self) -> RefOr<Schema> {
        string().max_length(Some(self.max)).pattern(Some(r"\S")).into()
    }
}

/// A text exactly as it was sent (a password, a token).
#[derive(Debug)]
pub struct Secret;

/// A text exactly as it was sent (a password, a token); never blank.
pub const fn secret() -> Secret {
    Secret
}

impl Kind for Secret {
    type Value = SecretString;

    fn read(&self, sent: &Value) -> Result<Option<SecretString>, Faults> {
        match sent {
            Value::String(text) => Ok(Some(SecretString::from(text.as_str()))),
            _ => Err(Fault::Type(JsonKind::String).into()),
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        string().into()
    }
}

/// A boolean.
#[derive(Debug)]
pub struct Boolean;

/// A boolean.
pub const fn boolean() -> Boolean {
    Boolean
}

impl Kind for Boolean {
    type Value = bool;

    fn read(&self, sent: &Value) -> Result<Option<bool>, Faults> {
        sent.as_bool().map(Some).ok_or_else(|| Fault::Type(JsonKind::Boolean).into())
    }

    fn schema(&self) -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

/// An integer within bounds. `50.0` is an integer, `50.5` is not.
#[derive(Debug)]
pub struct Integer<T> {
    range: RangeInclusive<i64>,
    value: PhantomData<fn() -> T>,
}

/// An integer within bounds. `50.0` is an integer, `50.5` is not.
pub const fn integer<T: TryFrom<i64>>(range: RangeInclusive<i64>) -> Integer<T> {
    Integer { range, value: PhantomData }
}

/// The score of an opportunity, 0 to 100.
pub const fn score() -> Integer<Score> {
    integer(0..=100)
}

impl<T: TryFrom<i64>> Kind for Integer<T> {
    type Value = T;

    fn read(&self, sent: &Value) -> Result<Option<T>, Faults> {
        let number = sent.as_number().and_then(whole).ok_or(Fault::Type(JsonKind::Integer))?;
        let value = T::try_from(number).ok().filter(|_| self.range.contains(&number));
        value.map(Some).ok_or_else(|| Fault::Range { min: *self.range.start(), max: *self.range.end() }.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(*self.range.start()))
            .maximum(Some(*self.range.end()))
            .into()
    }
}

/// The number, if it is whole.
pub fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
}

/// One of the values that a type has names for.
#[derive(Debug)]
pub struct OneOf<T> {
    names: Option<&'static [&'static str]>,
    clearable: bool,
    value: PhantomData<fn() -> T>,
}

/// One of the values that a type has names for.
pub const fn one_of<T: Named>() -> OneOf<T> {
    OneOf { names: None, clearable: false, value: PhantomData }
}

impl<T> OneOf<T> {
    /// Only these names, not all of the type's.
    #[must_use]
    pub const fn among(self, names: &'static [&'static str]) -> Self {
        Self { names: Some(names), ..self }
    }

    /// `""` is blank, not an unknown name.
    #[must_use]
    pub const fn or_empty(self) -> Self {
        Self { clearable: true, ..self }
    }
}

impl<T: Named> Kind for OneOf<T> {
    type Value = T;

    fn read(&self, sent: &Value) -> Result<Option<T>, Faults> {
        let name = sent.as_str().ok_or(Fault::Type(JsonKind::String))?;
        if self.clearable && name.is_empty() {
            return Ok(None);
        }
        let names = self.names.unwrap_or(T::NAMES);
        let value = name.parse().ok().filter(|_| names.contains(&name));
        value.map(Some).ok_or_else(|| Fault::NotOneOf(names.to_vec()).into())
    }

    fn schema(&self) -> RefOr<Schema> {
        let named: RefOr<Schema> = match self.names {
            Some(names) => string().enum_values(Some(names.iter().copied())).into(),
            None => Ref::from_schema_name(T::Schema::name()).into(),
        };
        if self.clearable {
            return OneOfBuilder::new().item(named).item(string().enum_values(Some([""]))).into();
        }
        named
    }

    fn refer(&self, schemas: &mut Schemas) {
        if self.names.is_none() {
            schemas.push((T::Schema::name().into_owned(), T::Schema::schema()));
        }
    }
}

/// An email address.
#[derive(Debug)]
pub struct Email {
    clearable: bool,
}

/// An email address; `""` is an error, like an absent one.
pub const fn email() -> Email {
    Email { clearable: false }
}

impl Email {
    /// `""` is blank.
    #[must_use]
    pub const fn or_empty(self) -> Self {
        Self { clearable: true }
    }
}

impl Kind for Email {
    type Value = EmailAddress;

    fn read(&self, sent: &Value) -> Result<Option<EmailAddress>, Faults> {
        match text(EMAIL_TEXT_MAX).read(sent)? {
            Some(text) => EmailAddress::new(&text).map(Some).ok_or_else(|| Fault::Email.into()),
            None if self.clearable => Ok(None),
            None => Err(Fault::Missing.into()),
        }
    }

    fn schema(&self) -> RefOr<Schema> {
        let email = string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)));
        if self.clearable { or_empty_text(email) } else { email.into() }
    }
}

/// A point in time: RFC 3339, or a bare date, which is the first or the last moment of that day in UTC.
#[derive(Debug)]
pub struct Time {
    is_upper: bool,
    first: Timestamp,
}

/// The first time that both databases store as it is: 0001-01-01T00:00:00Z.
const FIRST: Timestamp = Timestamp::from_seconds(-62_135_596_800);

/// A point in time to be stored, since the first day of the year 1. A bare date is the first moment of its day in UTC.
pub const fn time() -> Time {
    Time { is_upper: false, first: FIRST }
}

/// A bound of a filter, at any time; a bare date is the first moment of its day in UTC, for an upper bound the last.
pub const fn time_bound(is_upper: bool) -> Time {
    Time { is_upper, first: Timestamp::from_micros(i64::MIN) }
}

impl Kind for Time {
    type Value = Timestamp;

    fn read(&self, sent: &Value) -> Result<Option<Timestamp>, Faults> {
        let Some(text) = text(TIME_TEXT_MAX).read(sent)? else { return Ok(None) };
        let at = if self.is_upper { Timestamp::parse_upper(&text) } else { Timestamp::parse(&text) };
        at.filter(|at| *at >= self.first).map(Some).ok_or_else(|| Fault::Time.into())
    }

    fn schema(&self) -> RefOr<Schema> {
        Ref::from_schema_name(TimeOrDate::name()).into()
    }

    fn refer(&self, schemas: &mut Schemas) {
        schemas.push((TimeOrDate::name().into_owned(), TimeOrDate::schema()));
    }
}

/// An id, as any text: the parser does not check whether it exists.
#[derive(Debug)]
pub struct Id {
    clearable: bool,
}

/// An id, as any text, trimmed; a text that is not a UUID counts as an unknown id. An empty text is blank.
pub const fn id() -> Id {
    Id { clearable: true }
}

/// Like [`id`], but an empty text counts as an unknown id.
pub const fn id_or_empty() -> Id {
    Id { clearable: false }
}

impl Kind for Id {
    type Value = String;

    fn read(&self, sent: &Value) -> Result<Option<String>, Faults> {
        let text = sent.as_str().ok_or(Fault::Type(JsonKind::String))?.trim();
        Ok(Some(text).filter(|text| !self.clearable || !text.is_empty()).map(str::to_owned))
    }

    fn schema(&self) -> RefOr<Schema> {
        string().into()
    }
}

/// A list of ids, each as any text.
#[derive(Debug)]
pub struct Ids;

/// A list of ids, each as any text.
pub const fn ids() -> Ids {
    Ids
}

impl Kind for Ids {
    type Value = Vec<String>;

    fn read(&self, sent: &Value) -> Result<Option<Vec<String>>, Faults> {
        let items = sent.as_array().ok_or(Fault::Type(JsonKind::ListOfStrings))?;
        let texts: Option<Vec<String>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
        texts.map(Some).ok_or_else(|| Fault::Type(JsonKind::ListOfStrings).into())
    }

    fn schema(&self) -> RefOr<Schema> {
        ArrayBuilder::new().items(string()).min_items(Some(1)).unique_items(true).into()
    }
}
