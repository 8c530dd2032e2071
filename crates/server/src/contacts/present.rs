//! How a contact is shown.

use reparto_domain::{
    ContactId, Timestamp, UserId,
    consent::{Consent, DoNotContact},
    contacts::{Contact, ContactFields, Grading},
    json::KeptObject,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Language, names::GradingName, samples};

/// A contact: the person or company behind an opportunity.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactItem {
    /// Id of the contact.
    #[schema(value_type = Uuid)]
    pub id: ContactId,
    /// Name of the contact, never empty: first and last name, else the email address, else a phone number, else
    /// the company; "Persona borrada" or "Erased person" where the person was erased.
    #[schema(example = "Lucía Fernández")]
    pub name: String,
    /// First name of the person.
    #[schema(example = "Lucía")]
    pub first_name: Option<String>,
    /// Last name of the person.
    #[schema(example = "Fernández")]
    pub last_name: Option<String>,
    /// Email address, as it was written.
    pub email: Option<String>,
    /// Phone number, in any notation.
    pub phone: Option<String>,
    /// Mobile phone number, in any notation.
    pub mobile: Option<String>,
    /// Street and number of the address.
    pub address: Option<String>,
    /// City of the address.
    pub city: Option<String>,
    /// State or province of the address.
    pub state: Option<String>,
    /// Postal code of the address.
    pub postal_code: Option<String>,
    /// Country of the address.
    pub country: Option<String>,
    /// Name of the company.
    pub company_name: Option<String>,
    /// Id of the company in another system.
    pub company_id: Option<String>,
    /// Position of the person in the company.
    pub position: Option<String>,
    /// Nationality of the person.
    pub nacionalidad: Option<String>,
    /// Grade of the call with the person.
    #[schema(value_type = Option<GradingName>)]
    pub grading_llamada: Option<Grading>,
    /// Grade of the situation of the person.
    #[schema(value_type = Option<GradingName>)]
    pub grading_situacion: Option<Grading>,
    /// Id of the user responsible for the contact.
    #[schema(value_type = Option<Uuid>)]
    pub responsible_user_id: Option<UserId>,
    /// How long the person has lived in Spain, as free text.
    pub tiempo_espana: Option<String>,
    /// Whether the person is registered with a Spanish municipality.
    pub empadronado: Option<bool>,
    /// Where the person lives, as free text.
    pub lugar_residencia: Option<String>,
    /// Whether the person has an income.
    pub tiene_ingresos: Option<bool>,
    /// Whether the person works without a contract.
    pub trabaja_b: Option<bool>,
    /// Age in years, 0 to 150.
    pub edad: Option<i64>,
    /// Whether the person has family in Spain.
    pub tiene_familiares_espana: Option<bool>,
    /// Product of the landing page through which the person came.
    pub landing_product: Option<String>,
    /// Address of a picture of the person.
    pub avatar_url: Option<String>,
    /// Free text about the contact.
    pub notes: Option<String>,
    /// Where the person came from: a form, a campaign, a partner.
    pub source: Option<String>,
    /// When the person came from there.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub source_at: Option<Timestamp>,
    /// What the person agreed to; null: nothing is known.
    pub consent: Option<ConsentItem>,
    /// Since when and why the person is not to be contacted; null: they may be.
    pub do_not_contact: Option<DoNotContactItem>,
    /// Fields that another system keeps, stored as they were sent.
    #[schema(value_type = Object)]
    pub custom_fields: KeptObject,
    /// Id of the user who created it; null: the operator or an import.
    #[schema(value_type = Option<Uuid>)]
    pub created_by: Option<UserId>,
    /// Id of the user who last changed it; null: the operator or an import.
    #[schema(value_type = Option<Uuid>)]
    pub updated_by: Option<UserId>,
    /// When the contact was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the contact was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Whether the contact was deleted.
    pub is_deleted: bool,
    /// When the person was erased; null: never. All fields of an erased contact are null.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub erased_at: Option<Timestamp>,
}

/// What a person agreed to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Consent)]
pub struct ConsentItem {
    /// Version of the text that the person agreed to.
    pub text_version: String,
    /// When the person agreed to it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Channel by which the person agreed; null: not known.
    pub channel: Option<String>,
}

impl From<Consent> for ConsentItem {
    fn from(consent: Consent) -> Self {
        Self { text_version: consent.text_version, at: consent.at, channel: consent.channel }
    }
}

/// That a person does not want to be contacted.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DoNotContact)]
pub struct DoNotContactItem {
    /// Since when the person does not want to be contacted.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Why, as free text; null: no reason was given.
    pub reason: Option<String>,
}

impl From<DoNotContact> for DoNotContactItem {
    fn from(wish: DoNotContact) -> Self {
        Self { since: wish.since, reason: wish.reason }
    }
}

impl ContactItem {
    /// One to show in the API document.
    pub fn sample() -> Self {
        let text = |text: &str| Some(text.to_owned());
        let agent = UserId::from_uuid(samples::id(samples::AGENT));
        let fields = ContactFields {
            first_name: text("Lucía"),
            last_name: text("Fernández"),
            email: text("lucia@example.org"),
            phone: text("+34 600 123 456"),
            city: text("Málaga"),
            source: text("Formulario web"),
            source_at: Some(samples::AT),
            consent: Some(Consent { text_version: "2026-01".into(), at: samples::AT, channel: text("web") }),
            grading_llamada: Some(Grading::BPlus),
            responsible_user_id: Some(agent),
            ..ContactFields::default()
        };
        let id = ContactId::from_uuid(samples::id(samples::CONTACT));
        let (at, by) = (samples::AT, Some(agent));
        let (is_deleted, erased_at) = (false, None);
        let contact = Contact {
            id,
            fields,
            created_by: by,
            updated_by: by,
            created_at: at,
            updated_at: at,
            is_deleted,
            erased_at,
        };
        Self::new(contact, Language::Spanish)
    }
}

impl ContactItem {
    /// A contact, for an answer in this language.
    pub fn new(contact: Contact, language: Language) -> Self {
        let name = language.name(contact.fields.name());
        let fields = contact.fields;
        Self {
            id: contact.id,
            name,
            first_name: fields.first_name,
            last_name: fields.last_name,
            email: fields.email,
            phone: fields.phone,
            mobile: fields.mobile,
            address: fields.address,
            city: fields.city,
            state: fields.state,
            postal_code: fields.postal_code,
            country: fields.country,
            company_name: fields.company_name,
            company_id: fields.company_id,
            position: fields.position,
            nacionalidad: fields.nacionalidad,
            grading_llamada: fields.grading_llamada,
            grading_situacion: fields.grading_situacion,
            responsible_user_id: fields.responsible_user_id,
            tiempo_espana: fields.tiempo_espana,
            empadronado: fields.empadronado,
            lugar_residencia: fields.lugar_residencia,
            tiene_ingresos: fields.tiene_ingresos,
            trabaja_b: fields.trabaja_b,
            edad: fields.edad,
            tiene_familiares_espana: fields.tiene_familiares_espana,
            landing_product: fields.landing_product,
            avatar_url: fields.avatar_url,
            notes: fields.notes,
            source: fields.source,
            source_at: fields.source_at,
            consent: fields.consent.map(ConsentItem::from),
            do_not_contact: fields.do_not_contact.map(DoNotContactItem::from),
            custom_fields: fields.custom_fields,
            created_by: contact.created_by,
            updated_by: contact.updated_by,
            created_at: contact.created_at,
            updated_at: contact.updated_at,
            is_deleted: contact.is_deleted,
            erased_at: contact.erased_at,
        }
    }
}
