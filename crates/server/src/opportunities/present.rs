//! How an opportunity is shown.

use std::{collections::BTreeMap, sync::Arc};

use axum::{http::StatusCode, response::Response};
use reparto_domain::{
    AttemptStatus, OpportunityId, Priority, Status, Timestamp, UserId,
    idempotency::StoredAnswer,
    json::KeptObject,
    opportunities::{Attempt, Opportunity},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    contacts::present::ContactItem,
    http::{
        Language,
        etag::etag,
        idempotency::{Render, json_answer, response},
        names::{AttemptStatusName, PriorityName, StatusName},
        samples,
    },
    people::PersonItem,
};

/// An opportunity, with its contact and its holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadOpportunity {
    /// Id of the opportunity.
    #[schema(value_type = Uuid)]
    pub id: OpportunityId,
    /// Id of the contact behind it.
    #[schema(value_type = Uuid)]
    pub contact_id: reparto_domain::ContactId,
    /// The contact behind it, with all fields.
    pub contact: ContactItem,
    /// When the opportunity was detected.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Timestamp,
    /// How promising it is: 0 to 100.
    #[schema(minimum = 0, maximum = 100, example = 75)]
    pub opportunity_score: i64,
    /// How urgent the opportunity is.
    #[schema(value_type = PriorityName)]
    pub priority: Priority,
    /// Where the opportunity stands.
    #[schema(value_type = StatusName)]
    pub status: Status,
    /// Why it was detected, with every key that was given.
    #[schema(value_type = Object)]
    pub detection_reason: KeptObject,
    /// Id of the present holder; null: nobody.
    #[schema(value_type = Option<Uuid>)]
    pub assigned_to_id: Option<UserId>,
    /// The present holder, even one who is inactive or deleted by now; null: nobody.
    pub assigned_to: Option<PersonItem>,
    /// Attempts at the first call, by number from `1` to `5`.
    #[schema(value_type = BTreeMap<String, AttemptItem>)]
    pub first_call_attempts: BTreeMap<u8, AttemptItem>,
    /// Whether the first call is completed.
    pub first_call_completed: bool,
    /// Number of the attempt that succeeded; null: none.
    pub first_call_successful_attempt: Option<u8>,
    /// Free text about the opportunity.
    pub notes: Option<String>,
    /// When the opportunity was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the opportunity last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Warning for a person, in the language of the answer: only where who took the opportunity has exceeded the daily
    /// quota by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Ha superado su cupo diario de oportunidades (10)")]
    pub warning: Option<String>,
}

/// An attempt at a first call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FirstCallAttempt)]
pub struct AttemptItem {
    /// Result of the attempt.
    #[schema(value_type = AttemptStatusName)]
    pub status: AttemptStatus,
    /// Id of the call in the telephone system; absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub call_id: Option<String>,
    /// When the attempt was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub attempted_at: Timestamp,
    /// What the caller noted; absent where nothing was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notes: Option<String>,
}

impl From<Attempt> for AttemptItem {
    fn from(attempt: Attempt) -> Self {
        Self {
            status: attempt.status,
            call_id: attempt.call_id,
            attempted_at: attempt.attempted_at,
            notes: attempt.notes,
        }
    }
}

impl LeadOpportunity {
    /// An opportunity, for an answer in this language.
    pub fn new(opportunity: Opportunity, language: Language) -> Self {
        Self {
            id: opportunity.id,
            contact_id: opportunity.contact.id,
            contact: ContactItem::new(opportunity.contact, language),
            detected_at: opportunity.detected_at,
            opportunity_score: opportunity.score.get(),
            priority: opportunity.priority,
            status: opportunity.status,
            detection_reason: opportunity.detection_reason,
            assigned_to_id: opportunity.holder.as_ref().map(|holder| holder.id),
            assigned_to: opportunity.holder.map(|holder| PersonItem::new(holder, language)),
            first_call_attempts: opportunity.attempts.into_iter().map(|(number, a)| (number, a.into())).collect(),
            first_call_completed: opportunity.first_call_completed,
            first_call_successful_attempt: opportunity.first_call_successful_attempt,
            notes: opportunity.notes,
            created_at: opportunity.created_at,
            updated_at: opportunity.updated_at,
            warning: None,
        }
    }
}

fn warning(quota: i64, language: Language) -> String {
    match language {
        Language::Spanish => format!("Ha superado su cupo diario de oportunidades ({quota})"),
        Language::English => format!("You have exceeded your daily quota of opportunities ({quota})"),
    }
}

impl LeadOpportunity {
    /// One to show in the API document.
    pub fn sample() -> Self {
        let (contact, holder) = (ContactItem::sample(), PersonItem::sample());
        let attempt = AttemptItem {
            status: AttemptStatus::Orange,
            call_id: None,
            attempted_at: samples::AT,
            notes: Some("No contesta".into()),
        };
        Self {
            id: OpportunityId::from_uuid(samples::id(samples::OPPORTUNITY)),
            contact_id: contact.id,
            contact,
            detected_at: samples::AT,
            opportunity_score: 75,
            priority: Priority::High,
            status: Status::Assigned,
            detection_reason: KeptObject::stored(r#"{"reason":"Formulario web"}"#.into()),
            assigned_to_id: Some(holder.id),
            assigned_to: Some(holder),
            first_call_attempts: BTreeMap::from([(1, attempt)]),
            first_call_completed: false,
            first_call_successful_attempt: None,
            notes: Some("Llamar por la tarde".into()),
            created_at: samples::AT,
            updated_at: samples::AT,
            warning: None,
        }
    }
}

/// The answer that shows an opportunity, with its version as `ETag`.
fn answer(status: StatusCode, opportunity: Opportunity, language: Language) -> StoredAnswer {
    let contact = Some(opportunity.contact.id);
    let tag = etag(&opportunity.version);
    let warning = opportunity.over_quota.map(|quota| warning(quota, language));
    let names_users = opportunity.holder.is_some();
    StoredAnswer {
        etag: Some(tag),
        contact,
        names_users,
        ..json_answer(status, &LeadOpportunity { warning, ..LeadOpportunity::new(opportunity, language) })
    }
}

/// The response that shows an opportunity.
pub fn shown(opportunity: Opportunity, language: Language) -> Response {
    response(answer(StatusCode::OK, opportunity, language))
}

/// How a request that may be repeated shows the opportunity that it changed.
pub fn changed(language: Language) -> Render<Opportunity> {
    Arc::new(move |opportunity| answer(StatusCode::OK, opportunity.clone(), language))
}

/// How a request that may be repeated shows the opportunity that it made.
pub fn created(language: Language) -> Render<Opportunity> {
    Arc::new(move |opportunity| {
        let mut answer = answer(StatusCode::CREATED, opportunity.clone(), language);
        answer.location = Some(format!("/api/crm/opportunities/{}", opportunity.id));
        answer
    })
}
