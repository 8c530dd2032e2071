//! Contacts: the people and companies behind opportunities.

mod access;

use serde::{Deserialize, Serialize};

pub use access::{AgentsSee, ContactAccess, ContactTies, ContactVisibility, LiveOpportunity};

use crate::{
    ContactId, Timestamp, UserId,
    consent::{Consent, DoNotContact},
    json::KeptObject,
    page::Slice,
    phone::{self, Country},
    search::{Search, text_of_read},
    values::named_values,
};

named_values! {
    /// The grade of a contact, for the call or for their situation.
    Grading {
        /// Best.
        A = 0 "A",
        /// Good.
        BPlus = 1 "B+",
        /// Fair.
        BMinus = 2 "B-",
        /// Poor.
        C = 3 "C",
        /// Worst.
        D = 4 "D",
    }
}

/// The editable fields of a contact. Texts are trimmed and never empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactFields {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Email address, as written.
    pub email: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Mobile phone.
    pub mobile: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// The company's id in another system.
    pub company_id: Option<String>,
    /// Position in the company.
    pub position: Option<String>,
    /// Nationality.
    pub nacionalidad: Option<String>,
    /// Grade of the call.
    pub grading_llamada: Option<Grading>,
    /// Grade of the situation.
    pub grading_situacion: Option<Grading>,
    /// The user responsible for the contact.
    pub responsible_user_id: Option<UserId>,
    /// How long they have been in Spain.
    pub tiempo_espana: Option<String>,
    /// Registered with a town hall.
    pub empadronado: Option<bool>,
    /// Where they live.
    pub lugar_residencia: Option<String>,
    /// Has an income.
    pub tiene_ingresos: Option<bool>,
    /// Works without a contract.
    pub trabaja_b: Option<bool>,
    /// Age in years.
    pub edad: Option<i64>,
    /// Has family in Spain.
    pub tiene_familiares_espana: Option<bool>,
    /// The product of the landing page they came from.
    pub landing_product: Option<String>,
    /// URL of a picture.
    pub avatar_url: Option<String>,
    /// Free text.
    pub notes: Option<String>,
    /// Where the person came from: a form, a campaign, a partner.
    pub source: Option<String>,
    /// When they came from there.
    pub source_at: Option<Timestamp>,
    /// What they agreed to.
    pub consent: Option<Consent>,
    /// That they do not want to be contacted.
    pub do_not_contact: Option<DoNotContact>,
    /// Further fields from other systems.
    pub custom_fields: KeptObject,
}

/// The fields that can give a contact its name ([`ContactFields::name`]), as requests spell them; at least one is
/// required. `name` stands for first and last name together.
pub const NAME_SOURCES: [&str; 7] = ["name", "first_name", "last_name", "email", "phone", "mobile", "company_name"];

/// Calls a macro with the names of all fields that may be empty.
macro_rules! optional_fields {
    ($each:ident) => {
        $each!(
            first_name,
            last_name,
            email,
            phone,
            mobile,
            address,
            city,
            state,
            postal_code,
            country,
            company_name,
            company_id,
            position,
            nacionalidad,
            grading_llamada,
            grading_situacion,
            responsible_user_id,
            tiempo_espana,
            empadronado,
            lugar_residencia,
            tiene_ingresos,
            trabaja_b,
            edad,
            tiene_familiares_espana,
            landing_product,
            avatar_url,
            notes,
            source,
            source_at,
            consent,
            do_not_contact
        )
    };
}

impl ContactFields {
    /// The display name: first and last name, else email, else phone, else mobile, else company. Empty only if all of
    /// these are missing, which is refused on writing.
    pub fn name(&self) -> String {
        let full = [self.first_name.as_deref(), self.last_name.as_deref()];
        let full: Vec<&str> = full.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect();
        if full.is_empty() {
            [&self.email, &self.phone, &self.mobile, &self.company_name]
                .into_iter()
                .flatten()
                .map(|text| text.trim())
                .find(|text| !text.is_empty())
                .unwrap_or_default()
                .to_owned()
        } else {
            full.join(" ")
        }
    }

    /// Fills each empty field from `offered`. Returns the names of offered custom fields for which there was no room.
    pub fn fill(&mut self, offered: &Self) -> Vec<String> {
        macro_rules! fill {
            ($($field:ident),*) => {$(
                if self.$field.is_none() {
                    self.$field.clone_from(&offered.$field);
                }
            )*};
        }
        optional_fields!(fill);
        self.custom_fields.fill(&offered.custom_fields)
    }

    /// The names of the fields, custom ones too, for which `offered` has another value than this contact has.
    pub fn differing(&self, offered: &Self) -> Vec<String> {
        let mut names = Vec::new();
        macro_rules! compare {
            ($($field:ident),*) => {$(
                if self.$field.is_some() && offered.$field.is_some() && self.$field != offered.$field {
                    names.push(stringify!($field).to_owned());
                }
            )*};
        }
        optional_fields!(compare);
        names.extend(self.custom_fields.differing(&offered.custom_fields));
        names
    }

    /// The text by which search finds the contact: names, email, city, company and phones.
    pub fn search_text(&self) -> String {
        self.searched().text
    }

    /// Its [`search_text`](Self::search_text), and the keys of its numbers, each of which is read once for both.
    pub fn searched(&self) -> Searched {
        // It has first and last name, if there are any.
        let name = self.name();
        let parts = [&self.email, &self.city, &self.company_name].into_iter().flatten().map(String::as_str);
        let read = |text: &str| phone::read(text, Country::home());
        let numbers = [&self.phone, &self.mobile].map(|number| number.as_deref().map(|text| (text, read(text))));
        let text = text_of_read(std::iter::once(name.as_str()).chain(parts), numbers.iter().flatten());
        let [phone, mobile] = numbers.map(|number| number.and_then(|(_, phones)| phones.first_key()));
        Searched { text, phone, mobile }
    }
}

/// By what a contact is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// See [`ContactFields::search_text`].
    pub text: String,
    /// The [`phone_key`] of the phone.
    pub phone: Option<String>,
    /// The [`phone_key`] of the mobile phone.
    pub mobile: Option<String>,
}

/// The key by which a phone number is recognised: the same for every spelling of it, so that `+34 600 123 456`,
/// `0034600123456` and `600-123-456` are one person's. `None` for numbers that identify nobody: fewer than five digits,
/// or one repeated digit (`000 000 000`).
pub fn phone_key(text: &str) -> Option<String> {
    phone::key(text)
}

/// The key that earlier versions had: digits without `+` and `00`, and without 34 before a Spanish number. Hashes of
/// erased people's numbers were made of it, and cannot be made anew.
pub fn former_phone_key(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    let national = digits.strip_prefix("34").filter(|rest| {
        // Spanish numbers have nine digits, the first of them 6 to 9.
        rest.len() == 9 && rest.starts_with(['6', '7', '8', '9'])
    });
    let key = national.unwrap_or(digits);
    let first = key.chars().next()?;
    (key.len() >= 5 && key.chars().any(|c| c != first)).then(|| key.to_owned())
}

/// A contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Its editable fields.
    pub fields: ContactFields,
    /// Who created it; `None` for the operator or an import.
    pub created_by: Option<UserId>,
    /// Who last changed it.
    pub updated_by: Option<UserId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// When the person was erased: none of the fields has a value since.
    pub erased_at: Option<Timestamp>,
}

impl Contact {
    /// The users whom it concerns, given its opportunity.
    pub const fn ties(&self, opportunity: LiveOpportunity) -> ContactTies {
        ContactTies { responsible: self.fields.responsible_user_id, created_by: self.created_by, opportunity }
    }
}

/// The sort keys of contacts. An unknown name falls back to `created_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ContactSort {
    /// When it was created.
    #[default]
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Display name, folded.
    Name,
    /// Email.
    Email,
    /// City.
    City,
}

impl ContactSort {
    /// Every supported order; each has an index.
    pub const ALL: [(&'static str, Self); 7] = [
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("name", Self::Name),
        ("first_name", Self::Name),
        ("last_name", Self::Name),
        ("email", Self::Email),
        ("city", Self::City),
    ];

    /// Parses the name; an unknown one is `created_at`.
    pub fn from_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map_or(Self::CreatedAt, |(_, sort)| sort)
    }
}

/// A filter of contacts: all conditions that are set must match. Deleted contacts never match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactFilter {
    /// What is searched for.
    pub search: Option<Search>,
    /// The responsible user; `Some(None)` for a user who does not exist.
    pub responsible: Option<Option<UserId>>,
    /// With this grade of the call.
    pub grading_llamada: Option<Grading>,
    /// With this grade of the situation.
    pub grading_situacion: Option<Grading>,
    /// With this nationality, in any case and with or without accents.
    pub nacionalidad: Option<String>,
}

impl ContactFilter {
    /// What is searched for, where that is all that is asked of those whom somebody with this visibility sees, and they
    /// are all: lists in memory count these.
    pub fn search_of_all(&self, visibility: ContactVisibility) -> Option<&Search> {
        let Self { search, responsible: None, grading_llamada: None, grading_situacion: None, nacionalidad: None } =
            self
        else {
            return None;
        };
        search.as_ref().filter(|_| visibility.listed_for().is_none())
    }
}

/// A query for a list of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactQuery {
    /// What the viewer may see.
    pub visibility: ContactVisibility,
    /// The filter.
    pub filter: ContactFilter,
    /// The sort order; ties are broken by id.
    pub sort: ContactSort,
    /// Whether the order is descending.
    pub descending: bool,
    /// The part to return.
    pub slice: Slice,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(first: &str, last: &str, email: &str, phone: &str) -> ContactFields {
        let text = |t: &str| (!t.is_empty()).then(|| t.to_owned());
        ContactFields {
            first_name: text(first),
            last_name: text(last),
            email: text(email),
            phone: text(phone),
            ..ContactFields::default()
        }
    }

    #[test]
    fn a_contact_is_named_by_what_it_has() {
        assert_eq!(contact("Ana", "García", "a@b.es", "1").name(), "Ana García");
        assert_eq!(contact("", "García", "a@b.es", "1").name(), "García");
        assert_eq!(contact("", "", "a@b.es", "1").name(), "a@b.es");
        assert_eq!(contact("", "", "", "600").name(), "600");
    }

    #[test]
    fn phone_spellings_share_a_key_other_numbers_do_not() {
        let key = |text| phone_key(text).unwrap_or_default();
        for same in ["600 123 456", "+34 600-123-456", "0034600123456", "34600123456", "(600) 123.456", "600123456.0"] {
            assert_eq!(key(same), "600123456", "{same}");
        }
        for same in ["+49 30 123456", "0049 (30) 123456", "+49 (0)30 123456", "＋49 30 123456"] {
            assert_eq!(key(same), "4930123456", "{same}");
        }
        // A number that merely starts with 34 keeps it.
        assert_eq!(key("3412345"), "3412345");
        assert_ne!(key("600123456"), key("600123457"));
    }

    #[test]
    fn placeholder_numbers_have_no_key() {
        for text in ["", "-", "0", "1234", "000000000", "n/a", "999 999 999", "3,46E+10"] {
            assert_eq!(phone_key(text), None, "{text}");
            assert!(text.contains('E') || former_phone_key(text).is_none());
        }
    }

    #[test]
    fn search_text_has_name_address_city_and_digits() {
        let mut fields = contact("Ana", "García", "a@b.es", "+34 600 111 222");
        (fields.city, fields.mobile) = (Some("Ávila".to_owned()), Some("+49 (0)30 123456".to_owned()));
        assert_eq!(fields.search_text(), "ana garcia\na@b es\navila\n=600111222\n+4930123456");
    }
}
