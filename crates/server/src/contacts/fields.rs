//! What a request writes of a contact.
#![allow(clippy::option_option, reason = "a field is absent, emptied or set: the form for these three throughout")]

use reparto_domain::{
    Timestamp, UserId,
    consent::{Consent, DoNotContact},
    contacts::{ContactFields, Grading, NAME_SOURCES},
    json::KeptObject,
    values::EmailAddress,
};
use serde_json::json;
use uuid::Uuid;

use crate::http::{
    FieldError, Problem,
    body::{
        boolean, change, email, id, integer, kept_object,
        kinds::{LONG_TEXT_MAX, TEXT_MAX},
        nested, one_of, optional, or_default, request_body, required, text, time,
    },
    problem::Fault,
};

/// The longest address of a picture, in characters.
const URL_MAX: usize = 2_000;

/// The highest age, in years.
const AGE_MAX: i64 = 150;

request_body! {
    /// What a person agreed to.
    pub struct ConsentBody {
        /// Version of the text that the person agreed to.
        text_version: String = required(text(TEXT_MAX)),
        /// When the person agreed to it.
        at: Timestamp = required(time()),
        /// Channel by which the person agreed: `web`, `phone`.
        channel: Option<String> = optional(text(TEXT_MAX)),
    }
}

request_body! {
    /// That a person does not want to be contacted.
    pub struct DoNotContactBody {
        /// Since when; absent: since this request, or as before.
        since: Option<Timestamp> = optional(time()),
        /// Why, as free text; absent: no reason is kept.
        reason: Option<String> = optional(text(TEXT_MAX)),
    }
}

request_body! {
    /// Fields of a contact to write. A field that is absent stays as it is; null or `""` empties it.
    #[example(json!({
        "first_name": "Lucía", "last_name": "Fernández", "phone": "+34 600 123 456", "city": "Málaga",
        "custom_fields": {"campaign": "verano"}
    }))]
    pub struct ContactBody {
        /// First name of the person.
        first_name: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Last name of the person.
        last_name: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Phone number, in any notation.
        phone: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Mobile phone number, in any notation.
        mobile: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Street and number of the address.
        address: Option<Option<String>> = change(text(TEXT_MAX)),
        /// City of the address.
        city: Option<Option<String>> = change(text(TEXT_MAX)),
        /// State or province of the address.
        state: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Postal code of the address.
        postal_code: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Country of the address.
        country: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Id of the company in another system.
        company_id: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Position of the person in the company.
        position: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Nationality of the person.
        nacionalidad: Option<Option<String>> = change(text(TEXT_MAX)),
        /// How long the person has lived in Spain, as free text.
        tiempo_espana: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Where the person lives, as free text.
        lugar_residencia: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Product of the landing page through which the person came.
        landing_product: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Address of a picture of the person.
        avatar_url: Option<Option<String>> = change(text(URL_MAX)),
        /// Free text about the contact.
        notes: Option<Option<String>> = change(text(LONG_TEXT_MAX)),
        /// Where the person came from: a form, a campaign, a partner.
        source: Option<Option<String>> = change(text(TEXT_MAX)),
        /// When the person came from there.
        source_at: Option<Option<Timestamp>> = change(time()),
        /// What the person agreed to; replaced as a whole.
        consent: Option<Option<ConsentBody>> = change(nested()),
        /// That the person does not want to be contacted; null: they may be.
        do_not_contact: Option<Option<DoNotContactBody>> = change(nested()),
        /// Name of the company.
        company_name: Option<Option<String>> = change(text(TEXT_MAX)),
        /// The same as `company_name`, which counts where both are given.
        company: Option<Option<String>> = change(text(TEXT_MAX)),
        /// Whether the person is registered with a Spanish municipality.
        empadronado: Option<Option<bool>> = change(boolean()),
        /// Whether the person has an income.
        tiene_ingresos: Option<Option<bool>> = change(boolean()),
        /// Whether the person works without a contract.
        trabaja_b: Option<Option<bool>> = change(boolean()),
        /// Whether the person has family in Spain.
        tiene_familiares_espana: Option<Option<bool>> = change(boolean()),
        /// Grade of the call with the person.
        grading_llamada: Option<Option<Grading>> = change(one_of().or_empty()),
        /// Grade of the situation of the person.
        grading_situacion: Option<Option<Grading>> = change(one_of().or_empty()),
        /// Age in years, 0 to 150.
        edad: Option<Option<i64>> = change(integer(0..=AGE_MAX)),
        /// Email address of the person.
        email: Option<Option<EmailAddress>> = change(email().or_empty()),
        /// Id of the user responsible for the contact; only administrators may set it.
        responsible_user_id: Option<Option<String>> = change(id()),
        /// Any fields that another system keeps, as an object that is stored as it is.
        custom_fields: Option<Option<KeptObject>> = change(kept_object()),
        /// Whether to let in a person who was erased; administrators only, where the contact is created.
        override_erased: bool = or_default(boolean(), false),
        /// First and last name in one; counts where neither of them is given.
        name: Option<String> = optional(text(TEXT_MAX)),
    }
}

impl ContactBody {
    /// The fields of a new contact. It needs something to be called by.
    pub fn create(&self, at: Timestamp) -> Result<ContactFields, Problem> {
        let named = [&self.first_name, &self.last_name].into_iter().any(|part| matches!(part, Some(Some(_))));
        let contact = self.apply(ContactFields::default(), named, at);
        if contact.name().is_empty() {
            let fault = Fault::OneOfFields(NAME_SOURCES.to_vec());
            return Err(Problem::Invalid(vec![FieldError { field: "name".into(), fault }]));
        }
        Ok(contact)
    }

    /// The fields of a contact after the change.
    pub fn update(&self, fields: ContactFields, at: Timestamp) -> ContactFields {
        let named = self.first_name.is_some() || self.last_name.is_some();
        self.apply(fields, named, at)
    }

    /// Writes what the body says. Whoever names the parts of a name (`named`) means the parts: a client that sends back
    /// a whole contact, whose `name` may be its email address, must not get that as a first name.
    fn apply(&self, mut fields: ContactFields, named: bool, at: Timestamp) -> ContactFields {
        // The name that it has anyhow (its email address, say) is no new one.
        let renamed = self.name.as_ref().filter(|name| !named && **name != fields.name());
        macro_rules! set {
            ($($name:ident),+) => {$(
                if let Some(value) = &self.$name {
                    fields.$name.clone_from(value);
                }
            )+};
        }
        set!(first_name, last_name, phone, mobile, address, city, state, postal_code, country, company_id, position);
        set!(nacionalidad, tiempo_espana, lugar_residencia, landing_product, avatar_url, notes, source, source_at);
        set!(empadronado, tiene_ingresos, trabaja_b, tiene_familiares_espana, grading_llamada, grading_situacion, edad);
        if let Some(company) = self.company_name.as_ref().or(self.company.as_ref()) {
            fields.company_name.clone_from(company);
        }
        if let Some(email) = &self.email {
            fields.email = email.as_ref().map(|email| email.as_str().to_owned());
        }
        if let Some(responsible) = &self.responsible_user_id {
            // A text that is no UUID names nobody, as the nil id does: the store says so, after it has said whether the
            // caller may name anybody.
            fields.responsible_user_id =
                responsible.as_ref().map(|text| text.parse().unwrap_or(UserId::from_uuid(Uuid::nil())));
        }
        if let Some(consent) = &self.consent {
            fields.consent = consent.as_ref().map(|consent| Consent {
                text_version: consent.text_version.clone(),
                at: consent.at,
                channel: consent.channel.clone(),
            });
        }
        if let Some(wish) = &self.do_not_contact {
            let before = fields.do_not_contact.as_ref().map(|wish| wish.since);
            fields.do_not_contact = wish
                .as_ref()
                .map(|wish| DoNotContact { since: wish.since.or(before).unwrap_or(at), reason: wish.reason.clone() });
        }
        if let Some(custom) = &self.custom_fields {
            fields.custom_fields = custom.clone().unwrap_or_default();
        }
        if let Some(name) = renamed {
            let (first, last) = name.split_once(char::is_whitespace).unwrap_or((name, ""));
            fields.first_name = Some(first.to_owned());
            fields.last_name = Some(last.trim().to_owned()).filter(|last| !last.is_empty());
        }
        fields
    }
}
