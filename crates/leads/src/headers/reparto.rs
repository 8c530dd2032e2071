//! What `reparto export` and the admin page write, so that it can be imported again.

use super::Names;
use crate::fields::Field;

/// The columns of `reparto export`, and of the service's export; newer versions have more.
pub(super) const EXPORT: &str = "id|contact_id|name|first_name|last_name|email|phone|mobile|address|city|state|postal_code|country|\
    company_name|company_id|position|nacionalidad|grading_llamada|grading_situacion|tiempo_espana|empadronado|\
    lugar_residencia|tiene_ingresos|trabaja_b|edad|tiene_familiares_espana|landing_product|avatar_url|\
    contact_notes|custom_fields|detected_at|opportunity_score|priority|status|assigned_to|assigned_to_name|\
    detection_reason|first_call_attempts|first_call_completed|first_call_successful_attempt|notes|created_at|\
    updated_at";

/// Columns that no other system has, by their fixed names. Some of them are enough to know an export of which somebody has
/// taken columns away, or moved them.
pub(super) const OWN: &str = "grading_llamada|grading_situacion|tiempo_espana|lugar_residencia|tiene_ingresos|trabaja_b|\
    tiene_familiares_espana|landing_product|detected_at|detection_reason|first_call_attempts|first_call_completed|\
    first_call_successful_attempt";

/// Those whose names in a language are our own, though the fixed ones may be anybody's.
pub(super) const OWN_TRANSLATED: &str = "id|contact_id|assigned_to|assigned_to_name";

/// So many of them show that a file is ours.
pub(super) const OWN_MIN: usize = 2;

/// The columns of a list that the page writes.
pub(super) const PAGE: &str = "id|contact|email|phone|city|score|priority|status|assigned_to|detected_at|notes";

pub(super) const NAMES: Names = &[
    (
        Field::Ignore,
        "id|assigned_to_name|first_call_completed|first_call_successful_attempt|created_at|\
        updated_at",
    ),
    (Field::ContactId, "contact_id"),
    (Field::Name, "name|contact"),
    (Field::FirstName, "first_name"),
    (Field::LastName, "last_name"),
    (Field::CompanyId, "company_id"),
    (Field::GradingLlamada, "grading_llamada"),
    (Field::GradingSituacion, "grading_situacion"),
    (Field::TiempoEspana, "tiempo_espana|Tiempo en España"),
    (Field::Empadronado, "empadronado"),
    (Field::LugarResidencia, "lugar_residencia|Lugar de residencia"),
    (Field::TieneIngresos, "tiene_ingresos"),
    (Field::TrabajaB, "trabaja_b"),
    (Field::TieneFamiliaresEspana, "tiene_familiares_espana"),
    (Field::LandingProduct, "landing_product"),
    (Field::AvatarUrl, "avatar_url"),
    (Field::ContactNotes, "contact_notes"),
    (Field::Source, "source"),
    (Field::SourceAt, "source_at"),
    (Field::Consent, "consent"),
    (Field::DoNotContact, "do_not_contact"),
    (Field::CustomFields, "custom_fields"),
    (Field::DetectedAt, "detected_at"),
    (Field::Score, "opportunity_score|score"),
    (Field::AssignedTo, "assigned_to"),
    (Field::Reason, "detection_reason"),
    (Field::Attempts, "first_call_attempts"),
];
