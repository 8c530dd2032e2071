//! Meta (Facebook and Instagram) Lead Ads: the columns around a form's questions, and the questions that Meta itself
//! words, English and Spanish. The file is UTF-16 with tabs; ids and numbers have prefixes (`l:`, `p:`).

use super::Names;
use crate::fields::Field;

/// Columns that no other system has.
pub(super) const OWN: &str = "ad_id|adset_id|adset_name|ad_name|form_id|form_name|is_organic|inbox_url";

/// How many of them a file must have.
pub(super) const OWN_MIN: usize = 2;

pub(super) const NAMES: Names = &[
    (Field::Name, "full_name|full name|nombre_completo|nombre y apellidos"),
    (Field::FirstName, "first_name|nombre"),
    (Field::LastName, "last_name|apellido|apellidos"),
    (Field::Email, "email|work_email|correo_electrónico|correo electrónico"),
    (Field::Phone, "phone_number|phone|work_phone_number|número_de_teléfono|teléfono"),
    (Field::Address, "street_address|dirección"),
    (Field::City, "city|ciudad"),
    (Field::State, "state|province|provincia"),
    (Field::PostalCode, "post_code|zip_code|código_postal"),
    (Field::Country, "country|país"),
    (Field::CompanyName, "company_name|nombre_de_la_empresa"),
    (Field::Position, "job_title|puesto|cargo"),
    (Field::DetectedAt, "created_time"),
    (Field::Status, "lead_status"),
    (Field::Source, "platform"),
    (
        Field::Custom,
        "id|ad_id|ad_name|adset_id|adset_name|campaign_id|campaign_name|form_id|form_name|is_organic|inbox_url",
    ),
];
