//! What a request writes of a contact.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the house's form for these three")]

use reparto_domain::{
    UserId,
    contacts::{ContactFields, Grading, NAME_SOURCES},
};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::{
    Fields,
    fields::{LONG_TEXT_MAX, TEXT_MAX},
    names::{GRADINGS, GradingName},
    problem::Fault,
};

/// Where a field stands in the fields of a contact.
type Place<T> = fn(&mut ContactFields) -> &mut Option<T>;

/// Texts, and how long each may be, in characters.
const TEXTS: [(&str, usize, Place<String>); 18] = [
    ("first_name", TEXT_MAX, |c| &mut c.first_name),
    ("last_name", TEXT_MAX, |c| &mut c.last_name),
    ("phone", TEXT_MAX, |c| &mut c.phone),
    ("mobile", TEXT_MAX, |c| &mut c.mobile),
    ("address", TEXT_MAX, |c| &mut c.address),
    ("city", TEXT_MAX, |c| &mut c.city),
    ("state", TEXT_MAX, |c| &mut c.state),
    ("postal_code", TEXT_MAX, |c| &mut c.postal_code),
    ("country", TEXT_MAX, |c| &mut c.country),
    ("company_id", TEXT_MAX, |c| &mut c.company_id),
    ("position", TEXT_MAX, |c| &mut c.position),
    ("nacionalidad", TEXT_MAX, |c| &mut c.nacionalidad),
    ("tiempo_espana", TEXT_MAX, |c| &mut c.tiempo_espana),
    ("lugar_residencia", TEXT_MAX, |c| &mut c.lugar_residencia),
    ("landing_product", TEXT_MAX, |c| &mut c.landing_product),
    ("avatar_url", URL_MAX, |c| &mut c.avatar_url),
    ("notes", LONG_TEXT_MAX, |c| &mut c.notes),
    // One name for two spellings; see `read`.
    ("company_name", TEXT_MAX, |c| &mut c.company_name),
];

const FLAGS: [(&str, Place<bool>); 4] = [
    ("empadronado", |c| &mut c.empadronado),
    ("tiene_ingresos", |c| &mut c.tiene_ingresos),
    ("trabaja_b", |c| &mut c.trabaja_b),
    ("tiene_familiares_espana", |c| &mut c.tiene_familiares_espana),
];

const GRADES: [(&str, Place<Grading>); 2] =
    [("grading_llamada", |c| &mut c.grading_llamada), ("grading_situacion", |c| &mut c.grading_situacion)];

/// The longest address of a picture, in characters.
const URL_MAX: usize = 2_000;

/// The highest age, in years.
const AGE_MAX: i64 = 150;

/// A change of one field.
type Change = Box<dyn Fn(&mut ContactFields) + Send + Sync>;

/// What a request writes of a contact; fields that it does not name stay as they are.
#[derive(Default)]
pub struct ContactChanges {
    changes: Vec<Change>,
    full_name: Option<String>,
}

impl ContactChanges {
    /// Reads a body.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let mut read = Self::default();
        for (name, max, place) in TEXTS {
            let sent = if name == "company_name" && fields.raw(name).is_none() { "company" } else { name };
            read.set(place, fields.text_change(sent, max));
        }
        for (name, place) in FLAGS {
            read.set(place, fields.boolean_change(name));
        }
        for (name, place) in GRADES {
            read.set(place, fields.one_of_change(name, GRADINGS));
        }
        read.set(|c| &mut c.edad, fields.integer_change("edad", 0, AGE_MAX));
        read.set(|c| &mut c.email, email(fields));
        read.set(|c| &mut c.responsible_user_id, responsible(fields));
        if fields.raw("custom_fields").is_some() {
            let custom = fields.kept_object("custom_fields").unwrap_or_default();
            read.changes.push(Box::new(move |c| c.custom_fields.clone_from(&custom)));
        }
        // Whoever names the parts means the parts: a client that sends back a whole contact, whose `name` may be its
        // email address, must not get that as a first name.
        let full_name = fields.text("name", TEXT_MAX);
        if !says(fields, "first_name") && !says(fields, "last_name") {
            read.full_name = full_name;
        }
        read
    }

    /// As [`ContactChanges::read`], for a change: a part that is there counts, even where it is null.
    pub fn read_update(fields: &mut Fields<'_>) -> Self {
        let mut read = Self::read(fields);
        if fields.raw("first_name").is_some() || fields.raw("last_name").is_some() {
            read.full_name = None;
        }
        read
    }

    fn set<T: Clone + Send + Sync + 'static>(&mut self, place: Place<T>, value: Option<Option<T>>) {
        if let Some(value) = value {
            self.changes.push(Box::new(move |fields| place(fields).clone_from(&value)));
        }
    }

    /// The fields with the changes.
    pub fn apply(&self, mut fields: ContactFields) -> ContactFields {
        // The name that it has anyhow (its email address, say) is no new one.
        let renamed = self.full_name.as_ref().filter(|name| **name != fields.name());
        for change in &self.changes {
            change(&mut fields);
        }
        if let Some(name) = renamed {
            let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
            fields.first_name = Some(first.to_owned());
            fields.last_name = Some(last.trim().to_owned()).filter(|last| !last.is_empty());
        }
        fields
    }
}

/// Whether the field is there and neither null nor an empty text.
fn says(fields: &Fields<'_>, name: &str) -> bool {
    fields.raw(name).is_some_and(|value| !value.is_null() && value.as_str() != Some(""))
}

/// The address, as written.
fn email(fields: &mut Fields<'_>) -> Option<Option<String>> {
    match fields.raw("email")? {
        Value::Null => Some(None),
        Value::String(text) if text.trim().is_empty() => Some(None),
        _ => fields.email("email").map(|email| Some(email.as_str().to_owned())),
    }
}

/// Who is to look after the contact. A text that is no UUID names nobody, as the nil id does: the store says so, after
/// it has said whether the caller may name anybody.
fn responsible(fields: &mut Fields<'_>) -> Option<Option<UserId>> {
    match fields.raw("responsible_user_id")? {
        Value::Null => Some(None),
        Value::String(text) if text.trim().is_empty() => Some(None),
        _ => fields
            .id_text("responsible_user_id")
            .map(|text| Some(text.parse().unwrap_or(UserId::from_uuid(Uuid::nil())))),
    }
}

/// Notes what is missing where a new contact has nothing to be called by.
pub fn require_name(fields: &mut Fields<'_>, contact: &ContactFields) {
    if !fields.failed() && contact.name().is_empty() {
        fields.fault("name", Fault::OneOfFields(NAME_SOURCES.to_vec()));
    }
}

/// What a request writes of a contact. A field that is absent stays as it is; null or `""` empties it.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "first_name": "Lucía", "last_name": "Fernández", "phone": "+34 600 123 456", "city": "Málaga",
    "custom_fields": {"campaign": "verano"}
}))]
#[allow(missing_docs, reason = "as in the answer")]
pub struct ContactBody {
    /// First and last name in one; counts where neither of them is there.
    #[schema(example = "Lucía Fernández")]
    pub name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    #[schema(example = "lucia@example.org")]
    pub email: Option<String>,
    #[schema(example = "+34 600 123 456")]
    pub phone: Option<String>,
    pub mobile: Option<String>,
    pub address: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub company_name: Option<String>,
    /// The same as `company_name`.
    pub company: Option<String>,
    pub company_id: Option<String>,
    pub position: Option<String>,
    pub nacionalidad: Option<String>,
    #[schema(value_type = Option<GradingName>)]
    pub grading_llamada: Option<Grading>,
    #[schema(value_type = Option<GradingName>)]
    pub grading_situacion: Option<Grading>,
    /// Administrators alone.
    pub responsible_user_id: Option<Uuid>,
    pub tiempo_espana: Option<String>,
    pub empadronado: Option<bool>,
    pub lugar_residencia: Option<String>,
    pub tiene_ingresos: Option<bool>,
    pub trabaja_b: Option<bool>,
    #[schema(minimum = 0, maximum = 150)]
    pub edad: Option<i64>,
    pub tiene_familiares_espana: Option<bool>,
    pub landing_product: Option<String>,
    pub avatar_url: Option<String>,
    pub notes: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub custom_fields: Option<Map<String, Value>>,
}
