//! An opportunity as a CSV row and as a JSON object. `reparto import` reads the row back.

use reparto_domain::{opportunities::Opportunity, spreadsheet::escape_cell};
use serde_json::{Map, Value, json};

use crate::http::Language;

/// The columns.
pub const HEADER: [&str; 47] = [
    "id",
    "contact_id",
    "name",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "address",
    "city",
    "state",
    "postal_code",
    "country",
    "company_name",
    "company_id",
    "position",
    "nacionalidad",
    "grading_llamada",
    "grading_situacion",
    "tiempo_espana",
    "empadronado",
    "lugar_residencia",
    "tiene_ingresos",
    "trabaja_b",
    "edad",
    "tiene_familiares_espana",
    "landing_product",
    "avatar_url",
    "contact_notes",
    "source",
    "source_at",
    "consent",
    "do_not_contact",
    "custom_fields",
    "detected_at",
    "opportunity_score",
    "priority",
    "status",
    "assigned_to",
    "assigned_to_name",
    "detection_reason",
    "first_call_attempts",
    "first_call_completed",
    "first_call_successful_attempt",
    "notes",
    "created_at",
    "updated_at",
];

/// The cells of a row, harmless to spreadsheets.
pub fn cells(opportunity: &Opportunity, language: Language) -> Vec<String> {
    let values = values(opportunity, language);
    HEADER.iter().map(|column| escape_cell(&cell(values.get(*column))).into_owned()).collect()
}

/// The opportunity as an object: a key for each column, and values in their own types.
pub fn object(opportunity: &Opportunity, language: Language) -> Map<String, Value> {
    let mut values = values(opportunity, language);
    HEADER.iter().map(|column| ((*column).to_owned(), values.remove(*column).unwrap_or(Value::Null))).collect()
}

fn values(opportunity: &Opportunity, language: Language) -> Map<String, Value> {
    let contact = &opportunity.contact;
    let mut values = match serde_json::to_value(&contact.fields) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    values.insert("contact_notes".to_owned(), json!(contact.fields.notes));
    let holder = opportunity.holder.as_ref();
    let own = json!({
        "id": opportunity.id,
        "contact_id": contact.id,
        "name": language.name(contact.fields.name()),
        "detected_at": opportunity.detected_at,
        "opportunity_score": opportunity.score.get(),
        "priority": opportunity.priority,
        "status": opportunity.status,
        "assigned_to": holder.map(|holder| &holder.email),
        "assigned_to_name": holder.map(|holder| language.name(holder.name.clone())),
        "detection_reason": opportunity.detection_reason,
        "first_call_attempts": opportunity.attempts,
        "first_call_completed": opportunity.first_call_completed,
        "first_call_successful_attempt": opportunity.first_call_successful_attempt,
        "notes": opportunity.notes,
        "created_at": opportunity.created_at,
        "updated_at": opportunity.updated_at,
    });
    if let Value::Object(own) = own {
        values.extend(own);
    }
    values
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(object)) if object.is_empty() => String::new(),
        Some(other) => other.to_string(),
    }
}
