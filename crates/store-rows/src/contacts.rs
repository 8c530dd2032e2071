//! A contact's row: its keys, and the columns to write, each with its value.

use std::sync::LazyLock;

use reparto_domain::{
    Timestamp,
    contacts::{ContactFields, Grading, Searched, former_phone_key},
    fold::fold,
    phone::Country,
    search,
};

/// The keys that identify a contact in imports, and that lists sort and filter by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// See [`ContactFields::search_text`].
    pub search_text: String,
    /// The display name, folded.
    pub name: String,
    /// Email address in lower case.
    pub email: Option<String>,
    /// See [`phone_key`](reparto_domain::contacts::phone_key).
    pub phone: Option<String>,
    /// See [`phone_key`](reparto_domain::contacts::phone_key).
    pub mobile: Option<String>,
    /// See [`former_phone_key`]: of the numbers that had another key then.
    pub former_numbers: [Option<String>; 2],
    /// City, folded.
    pub city: Option<String>,
    /// Nationality, folded.
    pub nacionalidad: Option<String>,
}

impl Keys {
    /// Derives the keys from the fields.
    pub fn of(fields: &ContactFields) -> Self {
        let Searched { text: search_text, phone, mobile } = fields.searched();
        let former = |number: &Option<String>, key: &Option<String>| {
            number.as_deref().and_then(former_phone_key).filter(|former| Some(former) != key.as_ref())
        };
        Self {
            former_numbers: [former(&fields.phone, &phone), former(&fields.mobile, &mobile)],
            search_text,
            name: fold(&fields.name()),
            email: fields.email.as_deref().map(|email| email.trim().to_lowercase()).filter(|key| !key.is_empty()),
            phone,
            mobile,
            city: fields.city.as_deref().map(fold),
            nacionalidad: fields.nacionalidad.as_deref().map(fold),
        }
    }
}

/// What marks the texts and keys of contacts and users that were made by the rules of this program.
pub fn folded() -> i64 {
    search::mark(Country::home()).into()
}

/// Who writes a contact, when, and the responsible user.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    /// The seq of the responsible user.
    pub responsible: Option<i64>,
    /// The seq of the writing user; `None`: the system.
    pub by: Option<i64>,
    /// The time.
    pub at: Timestamp,
}

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// A text.
    Text(Option<&'a str>),
    /// A whole number.
    Number(Option<i64>),
    /// A small enum's number.
    Small(Option<i16>),
    /// A boolean.
    Flag(Option<bool>),
    /// A point in time.
    Time(Option<Timestamp>),
}

/// The columns written when a contact is created or changed, with their values.
pub fn written<'a>(fields: &'a ContactFields, keys: &'a Keys, written: Written) -> [(&'static str, Cell<'a>); 45] {
    let text = |text: &'a Option<String>| Cell::Text(text.as_deref());
    let consent = fields.consent.as_ref();
    let do_not_contact = fields.do_not_contact.as_ref();
    let grade = |grade: Option<Grading>| Cell::Small(grade.map(Grading::number));
    [
        ("search_text", Cell::Text(Some(&keys.search_text))),
        ("folded", Cell::Number(Some(folded()))),
        ("name_key", Cell::Text(Some(&keys.name))),
        ("email_key", text(&keys.email)),
        ("phone_key", text(&keys.phone)),
        ("mobile_key", text(&keys.mobile)),
        ("first_name", text(&fields.first_name)),
        ("last_name", text(&fields.last_name)),
        ("email", text(&fields.email)),
        ("phone", text(&fields.phone)),
        ("mobile", text(&fields.mobile)),
        ("address", text(&fields.address)),
        ("city", text(&fields.city)),
        ("city_key", text(&keys.city)),
        ("state", text(&fields.state)),
        ("postal_code", text(&fields.postal_code)),
        ("country", text(&fields.country)),
        ("company_name", text(&fields.company_name)),
        ("company_id", text(&fields.company_id)),
        ("position", text(&fields.position)),
        ("nacionalidad", text(&fields.nacionalidad)),
        ("nacionalidad_key", text(&keys.nacionalidad)),
        ("grading_llamada", grade(fields.grading_llamada)),
        ("grading_situacion", grade(fields.grading_situacion)),
        ("responsible_seq", Cell::Number(written.responsible)),
        ("tiempo_espana", text(&fields.tiempo_espana)),
        ("empadronado", Cell::Flag(fields.empadronado)),
        ("lugar_residencia", text(&fields.lugar_residencia)),
        ("tiene_ingresos", Cell::Flag(fields.tiene_ingresos)),
        ("trabaja_b", Cell::Flag(fields.trabaja_b)),
        ("edad", Cell::Number(fields.edad)),
        ("tiene_familiares_espana", Cell::Flag(fields.tiene_familiares_espana)),
        ("landing_product", text(&fields.landing_product)),
        ("avatar_url", text(&fields.avatar_url)),
        ("notes", text(&fields.notes)),
        ("source", text(&fields.source)),
        ("source_at", Cell::Time(fields.source_at)),
        ("consent_text_version", Cell::Text(consent.map(|consent| consent.text_version.as_str()))),
        ("consent_at", Cell::Time(consent.map(|consent| consent.at))),
        ("consent_channel", Cell::Text(consent.and_then(|consent| consent.channel.as_deref()))),
        ("do_not_contact_since", Cell::Time(do_not_contact.map(|wish| wish.since))),
        ("do_not_contact_reason", Cell::Text(do_not_contact.and_then(|wish| wish.reason.as_deref()))),
        ("custom_fields", Cell::Text(Some(fields.custom_fields.as_str()))),
        ("updated_by_seq", Cell::Number(written.by)),
        ("updated_at", Cell::Time(Some(written.at))),
    ]
}

/// The columns that [`written`] returns.
pub static WRITTEN: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let nobody = Written { responsible: None, by: None, at: Timestamp::from_micros(0) };
    written(&ContactFields::default(), &Keys::default(), nobody).map(|(column, _)| column).to_vec()
});

/// The columns written only when a contact is created, after [`WRITTEN`].
pub const MADE: [&str; 3] = ["id", "created_by_seq", "created_at"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copy::TABLES;

    #[test]
    fn every_written_column_is_one_of_the_table() {
        let table = TABLES.iter().find(|table| table.name == "contacts").unwrap();
        for column in WRITTEN.iter().chain(&MADE) {
            assert!(table.column(column).is_some(), "contacts has no column {column}");
        }
        let left = table.columns.len() - WRITTEN.len() - MADE.len();
        assert_eq!(left, 3, "all but seq, deleted_at and erased_at are written");
    }
}
