//! An opportunity as a CSV row and as a JSON object. `reparto import` reads the row back.

use reparto_domain::{
    ContactId, OpportunityId, Priority, Status, Timestamp,
    headings::{Heading, OPPORTUNITIES},
    json::{KeptObject, ObjectText},
    opportunities::{Attempts, Opportunity},
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::http::Language;

/// The cells of a row, which [`add_row`](reparto_domain::spreadsheet::add_row) makes harmless.
pub fn cells(opportunity: &Opportunity, language: Language) -> Vec<String> {
    let values = values(opportunity, language);
    let value = |column: &str| values.iter().find(|(known, _)| known == column).map(|(_, value)| &**value);
    OPPORTUNITIES.iter().map(|column| cell(value(column.name))).collect()
}

/// The opportunity as an object: a key for each column, and values in their own types.
pub fn object(opportunity: &Opportunity, language: Language) -> ObjectText {
    let values = values(opportunity, language);
    let entry = |column: &Heading| {
        let value = values.iter().find(|(known, _)| known == column.name).map(|(_, value)| value.clone());
        (column.name.to_owned(), value.unwrap_or_else(|| RawValue::NULL.to_owned()))
    };
    ObjectText::of_entries(&OPPORTUNITIES.iter().map(entry).collect::<Vec<_>>())
}

/// The values by name. Each is a text of JSON: what clients keep is not read into a tree.
fn values(opportunity: &Opportunity, language: Language) -> Vec<(String, Box<RawValue>)> {
    let contact = &opportunity.contact;
    let holder = opportunity.holder.as_ref();
    let own = Own {
        id: opportunity.id,
        contact_id: contact.id,
        name: language.name(contact.fields.name()),
        contact_notes: contact.fields.notes.as_deref(),
        detected_at: opportunity.detected_at,
        opportunity_score: opportunity.score.get(),
        priority: opportunity.priority,
        status: opportunity.status,
        assigned_to: holder.map(|holder| holder.email.as_str()),
        assigned_to_name: holder.map(|holder| language.name(holder.name.clone())),
        detection_reason: &opportunity.detection_reason,
        first_call_attempts: &opportunity.attempts,
        first_call_completed: opportunity.first_call_completed,
        first_call_successful_attempt: opportunity.first_call_successful_attempt,
        notes: opportunity.notes.as_deref(),
        created_at: opportunity.created_at,
        updated_at: opportunity.updated_at,
    };
    let entries =
        |text: serde_json::Result<String>| text.map_or_else(|_| Vec::new(), |text| ObjectText::stored(text).entries());
    let mut values = entries(serde_json::to_string(&own));
    values.extend(entries(serde_json::to_string(&contact.fields)));
    values
}

/// What a row has beside the fields of the contact. Of two values with one name, these count.
#[derive(Serialize)]
struct Own<'a> {
    id: OpportunityId,
    contact_id: ContactId,
    name: String,
    contact_notes: Option<&'a str>,
    detected_at: Timestamp,
    opportunity_score: i64,
    priority: Priority,
    status: Status,
    assigned_to: Option<&'a str>,
    assigned_to_name: Option<String>,
    detection_reason: &'a KeptObject,
    first_call_attempts: &'a Attempts,
    first_call_completed: bool,
    first_call_successful_attempt: Option<u8>,
    notes: Option<&'a str>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn cell(value: Option<&RawValue>) -> String {
    match value.map(RawValue::get) {
        None | Some("null" | "{}") => String::new(),
        Some(json) if json.starts_with('"') => serde_json::from_str(json).unwrap_or_default(),
        Some(json) => json.to_owned(),
    }
}
